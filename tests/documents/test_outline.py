import re

import pytest

from relops.brief import brief_value
from relops.brief.model import Brief
from relops.brief.paths import brief_keys, parse_path
from relops.documents.brief_content import columns_of
from relops.documents.model import DIGIT
from relops.documents.outline import DOCUMENTS, FOLDER, load_outline
from relops.exhibits import ID, MISSING_CODES
from relops.locale import messages, read_yaml

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# sections of each chapter, in order; subsections in brackets
RELATIONSHIP = {"R1": 3, "R2": 3, "R3": 4, "R4": 4, "R5": 3, "R5b": 3, "R6": 3, "R7": 3, "R8": 3}
WORD_OF_MOUTH = {"W1": 1, "W2": 3, "W3": 4, "W4": 3, "W5": 4, "W6": 3, "W7": 4, "W8": 3, "W9": 3, "W10": 4}
SUBSECTIONS = ("W1.1", "W2.1", "W2.2")
SECTIONS = [spec for which in DOCUMENTS for spec in load_outline(which).sections]


def expected(chapters: dict[str, int]) -> list[str]:
    ids = []
    for chapter, sections in chapters.items():
        for section in (f"{chapter}.{number}" for number in range(1, sections + 1)):
            ids += [section, *(f"{section}.{number}" for number in (1, 2, 3) if section in SUBSECTIONS)]
    return ids


@pytest.mark.parametrize(("which", "chapters", "count"), [("relationship", RELATIONSHIP, 29),
                                                          ("word_of_mouth", WORD_OF_MOUTH, 41)])
def test_every_heading_of_the_outline_stands_in_its_place(which, chapters, count):
    ids = [spec.id for spec in load_outline(which).sections]
    assert ids == expected(chapters)
    assert len(ids) == count


def test_seventy_headings_in_all():
    assert len(SECTIONS) == 70


def printed(which: str, numbering: str, language: str = "en") -> dict[str, str]:
    outline = load_outline(which)
    return {spec.id: outline.number(spec, numbering, language) for spec in outline.headings}


def test_the_first_outline_prints_its_fifth_chapter_twice():
    numbers = printed("relationship", "as_outline", "zh")
    assert (numbers["R5"], numbers["R5b"], numbers["R6"], numbers["R8"]) == ("五、", "五、", "六、", "八、")
    assert (numbers["R5.1"], numbers["R5b.1"], numbers["R6.1"]) == ("5.1", "5.1", "6.1")


def test_renumbered_it_has_nine_chapters():
    numbers = printed("relationship", "renumbered", "zh")
    assert (numbers["R5"], numbers["R5b"], numbers["R6"], numbers["R8"]) == ("五、", "六、", "七、", "九、")
    assert (numbers["R5b.2"], numbers["R8.3"]) == ("6.2", "9.3")


def test_the_second_outline_prints_alike_either_way():
    assert printed("word_of_mouth", "as_outline") == printed("word_of_mouth", "renumbered")
    numbers = printed("word_of_mouth", "as_outline", "zh")
    assert (numbers["W10"], numbers["W1.1.3"], numbers["W10.4"]) == ("十、", "1.1.3", "10.4")


def well_written(entry: dict[str, str]) -> bool:
    if set(entry) != {"zh", "en"} or not all(value.strip() for value in entry.values()):
        return False
    if CHINESE.search(entry["en"]) or not CHINESE.search(entry["zh"]):
        return False
    return not DIGIT.search(entry["zh"] + entry["en"])


def test_headings_and_purposes_stand_in_both_languages_without_numbers():
    wrong = []
    for which in DOCUMENTS:
        for spec in load_outline(which).headings:
            texts = [spec.title, *(lack.gives for lack in spec.lacks)]
            texts += [entry for entry in (spec.gives, spec.limits) if entry]
            wrong += [f"{spec.id}: {entry}" for entry in texts if not well_written(entry)]
    assert wrong == []


def test_every_heading_without_exhibits_says_what_would_fill_it():
    assert [spec.id for spec in SECTIONS if not (spec.brief or spec.lacks)] == []


def test_exhibits_follow_the_grammar_and_lacks_have_a_code():
    exhibits = [name for spec in SECTIONS for name in spec.exhibits]
    assert [name for name in exhibits if not ID.fullmatch(name.replace("*", "x"))] == []
    codes = {item.code for spec in SECTIONS for item in (*spec.lacks, *spec.brief)}
    assert codes <= set(MISSING_CODES)


def published_patterns() -> list[re.Pattern]:
    """Every id of an exhibit that the code of a room publishes, whatever it fills in between braces."""
    patterns = []
    for path in (FOLDER.parents[1] / room for room in ("data", "customers")):
        for module in path.rglob("*.py"):
            for name in re.findall(r'"([a-z_{}.]+\.(?:finding|table|figure|missing))"', module.read_text("utf-8")):
                patterns.append(re.compile(re.sub(r"\\{[^}]*\\}", "[a-z0-9_.]+", re.escape(name))))
    return patterns


def test_every_exhibit_named_is_published_by_some_room():
    patterns = published_patterns()
    named = [name for spec in SECTIONS for name in spec.exhibits if "*" not in name]
    assert len(named) > 50
    assert [name for name in named if not any(pattern.fullmatch(name) for pattern in patterns)] == []


def test_what_settles_a_lack_can_come_to_stand_in_its_heading():
    subjects = {lack.until.partition(".")[0] for spec in SECTIONS for lack in spec.lacks}
    assert [name for name in subjects if not name.startswith("brief:") and not ID.match(f"{name}.x")] == []


def test_every_place_of_the_brief_exists(empty):
    for spec in SECTIONS:
        for item in spec.brief:
            brief_value(empty.brief, item.path)  # a misspelt path raises KeyError


def test_every_column_printed_of_a_list_exists_in_the_brief():
    declared = read_yaml(FOLDER.parent / "brief_columns.yaml")
    wrong = []
    for path, views in declared.items():
        place = (*parse_path(path.removesuffix(".referral")), 0)
        keys = brief_keys(Brief, place)
        for columns in views.values():
            names = [part for column in columns for part in column.partition(":")[0].split("|")]
            wrong += [f"{path}.{name}" for name in names if name.split(".")[0] not in keys]
            assert len(columns) <= 7, path
    assert wrong == []


def test_every_place_has_a_name_and_an_owner():
    known = messages("documents")
    paths = {item.path.partition("[")[0] for spec in SECTIONS for item in spec.brief}
    assert [path for path in paths if f"documents.brief.{path.replace('.', '_')}" not in known] == []
    heads = {path.partition(".")[0] for path in paths} | {
        lack.field.partition(".")[0] for spec in SECTIONS for lack in spec.lacks}
    assert [head for head in heads if f"documents.owner.{head}" not in known] == []


def test_every_column_has_a_heading():
    known = messages("documents")
    names = {name.split("|")[0] for path in ("goals", "risks", "budget.lines", "team.roles", "systems")
             for name, _ in columns_of(path, "all")}
    assert [name for name in names if f"documents.column.{name.replace('.', '_')}" not in known] == []


def test_columns_of_an_unknown_list_are_none():
    assert columns_of("nowhere", "all") == ()
