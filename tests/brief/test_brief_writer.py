"""The commented template: whole, in both languages, and read back as what was written."""

import datetime
import json
import re
from pathlib import Path

import pytest
import yaml
from brief_texts import LEAST

from relops.brief import Brief, brief_schema, load_brief, write_brief
from relops.brief.load import load_text
from relops.brief.scalars import plain_values
from relops.brief.schema import all_blocks
from relops.brief.words import field_words
from relops.brief.writer import brief_text, example
from relops.errors import BadInput
from relops.locale import messages

REQUIRED = {"client": {"name": "Harbour Tea"}, "finance": {"currency": "GBP"}, "period": {"timezone": "UTC"}}
SOURCE = {"table": "orders", "files": "orders.csv", "separator": "tab",
          "columns": {"customer_id": "Kunde: Nr", "amount": {"sql": "\"Menge\" * \"Preis\""}}}


def uncommented(text):
    """The template with every example made active."""
    lines = [line for line in text.splitlines() if not line.startswith("# yaml-language-server")]
    return "\n".join(re.sub(r"^(\s*)# ", r"\1", line) for line in lines)


def line_of(text, start):
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_values_are_active_and_the_rest_is_commented(tmp_path):
    write_brief(tmp_path / "brief.yaml", REQUIRED)
    assert load_brief(tmp_path / "brief.yaml") == Brief.model_validate(REQUIRED)
    assert not list(tmp_path.glob("*.part"))


def test_examples_made_active_are_a_whole_brief():
    text = uncommented(brief_text(REQUIRED))
    whole = plain_values(load_text(text, "brief.yaml"))
    for block, key, value in (("client", "name", "Harbour Tea"), ("finance", "currency", "GBP"),
                              ("period", "timezone", "UTC")):
        assert whole[block].pop(key) == value
    expected = plain_values(Brief.model_validate(example()))
    for block, key in (("client", "name"), ("finance", "currency"), ("period", "timezone")):
        del expected[block][key]
    assert whole == expected


def test_the_example_has_every_entry_of_every_block():
    seen = set()

    def visit(block):
        for name in block.model_fields_set:
            seen.add((type(block).__name__, name))
        for value in (getattr(block, name) for name in block.model_fields_set):
            entries = list(value.values()) if isinstance(value, dict) else value
            for entry in entries if isinstance(entries, list) else [entries]:
                if hasattr(entry, "model_fields_set"):
                    visit(entry)

    visit(Brief.model_validate(example()))
    assert seen == {(block.__name__, name) for block in all_blocks(Brief) for name in block.model_fields}


def test_every_entry_has_words_and_every_word_an_entry():
    used = set()
    for block in all_blocks(Brief):
        for name, field in block.model_fields.items():
            words = field_words(block, field.alias or name)
            assert re.search(r"[\u4e00-\u9fff]", words) and " / " in words
            used.add(words)
    entries = [entry for message, entry in messages("brief").items() if message.startswith("brief.field.")]
    assert {" ".join(f"{entry['zh']} / {entry['en']}".split()) for entry in entries} == used


def test_notes_stand_beside_their_entries():
    text = brief_text(REQUIRED | {"data": {"sources": [SOURCE]}}, {
        "data.sources.0.columns.amount": {"zh": "由数量与单价得出", "en": "from quantity\nand price"},
        "data.sources[0].grain": "not settled"})
    assert line_of(text, "amount:").strip() == (
        "amount: {sql: '\"Menge\" * \"Preis\"'}  # 由数量与单价得出 / from quantity and price")
    assert line_of(text, "# grain:").strip().endswith("# not settled")
    assert load_text(text, "brief.yaml").data.sources[0].columns["customer_id"] == "Kunde: Nr"


def test_a_note_on_nothing_is_an_error():
    with pytest.raises(ValueError, match=r"data\.sources\[0\]\.columns\.amuont"):
        brief_text(REQUIRED | {"data": {"sources": [SOURCE]}}, {"data.sources.0.columns.amuont": "by header"})


@pytest.mark.parametrize(("values", "place"), [
    (REQUIRED | {"finance": {}}, "finance.currency"),
    (REQUIRED | {"budgets": {}}, "budgets"),
    (REQUIRED | {"data": {"sources": [SOURCE | {"grain": "row"}]}}, "data.sources[0].grain"),
    (REQUIRED | {"budget": {"total": 2, "lines": [{"id": "a", "amount": 1}]}}, "budget.total"),
])
def test_values_that_make_no_brief_are_not_written(tmp_path, values, place):
    with pytest.raises(BadInput) as caught:
        write_brief(tmp_path / "brief.yaml", values)
    assert [problem.place for problem in caught.value.problems] == [place]
    assert list(tmp_path.iterdir()) == []


def test_dates_paths_tuples_and_a_brief_itself_can_be_written(tmp_path):
    values = REQUIRED | {
        "period": {"timezone": "UTC", "data_end": datetime.date(1997, 9, 30)},
        "data": {"sources": ({"table": "orders", "files": Path("data") / "a b.csv"},)}}
    write_brief(tmp_path / "brief.yaml", values)
    brief = load_brief(tmp_path / "brief.yaml")
    assert brief.period.data_end == datetime.date(1997, 9, 30)
    assert brief.data.sources[0].files == "data/a b.csv"
    write_brief(tmp_path / "again.yaml", brief)
    assert load_brief(tmp_path / "again.yaml") == brief
    with pytest.raises(TypeError):
        brief_text(REQUIRED | {"meta": {"title": object()}})


def test_file_is_utf8_with_plain_line_ends(tmp_path):
    write_brief(tmp_path / "简报 brief.yaml", REQUIRED)
    raw = (tmp_path / "简报 brief.yaml").read_bytes()
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8").endswith("\n")


def test_other_readers_of_yaml_see_the_same_values():
    units = ["no", "21:00", "0123", "~", "#a", "x: y", "'", "", " a ", "1_000", "-", "a, b", "=", "a\u2028b"]
    text = brief_text(REQUIRED | {"scope": {"units": units}})
    assert yaml.safe_load(text)["scope"]["units"] == units


def test_schema_accepts_the_example_and_empty_entries():
    validator = pytest.importorskip("jsonschema").Draft202012Validator(brief_schema())
    assert list(validator.iter_errors(example())) == []
    assert list(validator.iter_errors(REQUIRED | {"goals": None, "scope": {"units": None}})) == []
    json.dumps(brief_schema())


@pytest.mark.parametrize("wrong", [
    {"budgets": {}}, {"missing": "hide"}, {"budget": {"total": -1}}, {"goals": [{"id": "g", "kpi": "nps"}]},
    {"experiments": [{"id": "Come back"}]}, {"client": {}},
    {"data": {"sources": [{"table": "order", "files": "a"}]}},
])
def test_schema_refuses_what_the_model_refuses(wrong):
    validator = pytest.importorskip("jsonschema").Draft202012Validator(brief_schema())
    assert len(list(validator.iter_errors(REQUIRED | wrong))) == 1


def test_schema_explains_every_entry():
    schema = brief_schema()
    assert schema["properties"]["finance"]["description"] == "金额口径 / money"
    for block in (schema, *schema["$defs"].values()):
        assert all(entry.get("description") for entry in block.get("properties", {}).values())


def test_template_is_for_a_reader_of_either_language():
    head = brief_text(REQUIRED).splitlines()[:12]
    assert head[0] == "# yaml-language-server: $schema=brief.schema.json"
    assert sum(bool(re.search(r"[\u4e00-\u9fff]", line)) for line in head) == 5
    assert load_text(LEAST, "brief.yaml").client.name == "Harbour Tea"
