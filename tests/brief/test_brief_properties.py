"""What must hold for every brief: written values come back, and nothing unknown slips in unseen."""

import copy
import functools

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from relops.brief import Brief
from relops.brief.load import load_text
from relops.brief.paths import entry_type, may_be_block, show_path
from relops.brief.writer import brief_text, example
from relops.errors import BadInput

NEEDED = ("client", "finance", "period")
SINGLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
TEXTS = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() == text and text != "")

NESTED = st.recursive(
    SINGLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
PARAMETERS = st.dictionaries(TEXTS, NESTED, max_size=3)


def leaves(value, path=()):
    """All paths to single values of the example."""
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    else:
        return [path]
    return [leaf for key, entry in entries for leaf in leaves(entry, (*path, key))]


def blocks(value, path=()):
    """All paths to mappings of the example that are blocks, whose keys are settled."""
    if isinstance(value, list):
        return [block for key, entry in enumerate(value) for block in blocks(entry, (*path, key))]
    if not isinstance(value, dict):
        return []
    found = [path] if may_be_block(entry_type(Brief, path)) else []
    return found + [block for key, entry in value.items() for block in blocks(entry, (*path, key))]


def at(content, path):
    return functools.reduce(lambda here, part: here[part], path, content)


def valid(content):
    try:
        Brief.model_validate(content)
    except (ValidationError, BadInput):
        return False
    return True


def changed(path, value):
    content = copy.deepcopy(example())
    at(content, path[:-1])[path[-1]] = value
    return content


@functools.cache
def free_texts():
    """The leaves where any text may stand."""
    return [path for path in leaves(example())
            if all(valid(changed(path, text)) for text in ("a", "§ \x85: #", "[(*"))]


def test_there_are_blocks_and_free_texts_to_try():
    assert len(blocks(example())) > 80
    assert len(free_texts()) > 100


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_written_values_load_back_equal(data):
    """Any text in any free entry, any parameters, any columns, any choice of blocks."""
    content = copy.deepcopy(example())
    for path in data.draw(st.lists(st.sampled_from(free_texts()), max_size=12, unique=True)):
        at(content, path[:-1])[path[-1]] = data.draw(TEXTS)
    content["parameters"] = data.draw(st.dictionaries(TEXTS, PARAMETERS, max_size=3))
    content["data"]["sources"][0]["columns"] = data.draw(st.dictionaries(TEXTS, TEXTS, max_size=4))
    kept = data.draw(st.sets(st.sampled_from(sorted(content))))
    content = {key: value for key, value in content.items() if key in kept or key in NEEDED}
    assert load_text(brief_text(content), "brief.yaml") == Brief.model_validate(content)


@settings(max_examples=40, deadline=None)
@given(path=st.sampled_from(blocks(example())), flow=st.sampled_from([True, False, None]),
       first=st.booleans())
def test_an_unknown_key_anywhere_is_told_with_its_line(path, flow, first):
    content = copy.deepcopy(example())
    block = at(content, path)
    entries = dict(block)
    block.clear()
    block.update({"unheard_of": 1} | entries if first else entries | {"unheard_of": 1})
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, default_flow_style=flow, width=60)
    line = next(place for place, row in enumerate(text.splitlines(), 1) if "unheard_of" in row)
    with pytest.raises(BadInput) as caught:
        load_text(text, "brief.yaml")
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [
        ("brief.unknown_key", f"brief.yaml:{line} {show_path((*path, 'unheard_of'))}")]


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from(leaves(example())))
def test_no_single_value_takes_a_mapping(path):
    if path[0] == "parameters" or {"unpivot", "columns", "scales"} & set(path):
        return  # a mapping may stand there
    text = yaml.safe_dump(changed(path, {"deep": [1]}), allow_unicode=True, sort_keys=False)
    line = next(place for place, row in enumerate(text.splitlines(), 1) if "deep:" in row)
    with pytest.raises(BadInput) as caught:
        load_text(text, "brief.yaml")
    told = [problem.place.partition(" ")[0] for problem in caught.value.problems]
    assert {f"brief.yaml:{line}", f"brief.yaml:{line - 1}"} & set(told)


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from(leaves(example())), depth=st.integers(0, 4),
       junk=st.sampled_from([None, [], {}, [None], [[]], {"id": {}}, [{"id": []}], "x", -1, 1.5, True, [1]]))
def test_no_junk_breaks_the_rules_themselves(path, depth, junk):
    content = changed(path[:max(1, len(path) - depth)], junk)
    try:
        load_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "brief.yaml")
    except BadInput as error:
        assert all(problem.place.startswith("brief.yaml") for problem in error.problems)


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.sampled_from("ab:-# \n[]{}\"'\t,&*!|>%@`?1.~茶"), max_size=80))
def test_any_text_is_a_brief_or_a_told_mistake(text):
    with pytest.raises(BadInput) as caught:
        load_text(text, "brief.yaml")
    assert caught.value.problems and all(caught.value.render(language) for language in ("zh", "en"))
