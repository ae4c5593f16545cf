"""brief.xlsx: it holds any brief, and with brief.yaml it is one brief."""

import copy
import functools

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_brief_properties import NEEDED, PARAMETERS, TEXTS, at, free_texts, leaves

from relops.brief import Brief, load_brief
from relops.brief.workbook.cells import from_cell, kind_of, to_cell
from relops.brief.workbook.layout import layout
from relops.brief.workbook.reading import read_workbook
from relops.brief.workbook.writing import write_workbook
from relops.brief.writer import example, write_brief
from relops.errors import BadInput

BOTH = [("zh", "基本信息"), ("en", "Brief")]


def put(folder, content, language="zh"):
    """Both forms of a brief in a folder; returns the path of the YAML."""
    write_brief(folder / "brief.yaml", content)
    write_workbook(folder / "brief.xlsx", content, language)
    return folder / "brief.yaml"


def edit(folder, changes, sheet="基本信息"):
    """Change cells as a person does in Excel: by the grey key of a row, or by sheet and cell."""
    book = openpyxl.load_workbook(folder / "brief.xlsx")
    rows = {row[3].value: row[1] for row in book[sheet].iter_rows(min_row=2, max_col=4)}
    for key, value in changes.items():
        if isinstance(key, tuple):
            book[key[0]][key[1]].value = value
        else:
            rows[key].value = value
    book.save(folder / "brief.xlsx")


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def codes(caught):
    assert all(caught.value.render(language) for language in ("zh", "en"))
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(("language", "sheet"), BOTH)
def test_the_example_comes_back_equal(tmp_path, language, sheet):
    write_workbook(tmp_path / "b.xlsx", example(), language)
    read = read_workbook(tmp_path / "b.xlsx")
    assert read.problems == [] and read.base == example()
    assert Brief.model_validate(read.content) == Brief.model_validate(example())
    assert sheet in openpyxl.load_workbook(tmp_path / "b.xlsx").sheetnames


def test_every_entry_of_the_schema_is_reachable():
    entries, tables = layout()
    singles = {entry.keys for entry in entries}
    lists = {table.keys: {entry.keys for entry in table.entries} for table in tables}
    missing = []
    for path in leaves(example()):
        names = [tuple(part for part in path if isinstance(part, str))]
        table = max((keys for keys in lists if names[0][:len(keys)] == keys), key=len, default=())
        inner, known = names[0][len(table):], lists.get(table, singles)
        if not any(inner[:depth] in known for depth in range(1, len(inner) + 1)):
            missing.append(path)
    assert missing == []


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_brief_comes_back_equal(data, tmp_path_factory):
    content = copy.deepcopy(example())
    for path in data.draw(st.lists(st.sampled_from(free_texts()), max_size=12, unique=True)):
        at(content, path[:-1])[path[-1]] = data.draw(TEXTS)
    content["parameters"] = data.draw(st.dictionaries(TEXTS, PARAMETERS, max_size=3))
    content["data"]["sources"][0]["columns"] = data.draw(st.dictionaries(TEXTS, TEXTS, max_size=4))
    kept = data.draw(st.sets(st.sampled_from(sorted(content))))
    content = {key: value for key, value in content.items() if key in kept or key in NEEDED}
    folder = tmp_path_factory.mktemp("book")
    write_workbook(folder / "b.xlsx", content, data.draw(st.sampled_from(["zh", "en"])))
    read = read_workbook(folder / "b.xlsx")
    assert read.problems == []
    assert Brief.model_validate(read.content) == Brief.model_validate(content)


@functools.cache
def text_entries():
    entries, tables = layout()
    return [entry for entry in (*entries, *(one for table in tables for one in table.entries))
            if kind_of(entry.annotation) == "text"]


@settings(max_examples=300, deadline=None)
@given(text=st.text(min_size=1, max_size=40) | st.sampled_from(["=1+1", "'x", "_x000D_", "[a]", '"', "否 · no"]))
def test_any_text_comes_back_from_its_cell(text):
    entry = text_entries()[0]
    assert from_cell(to_cell(text, entry.annotation, "zh"), entry.annotation, "x") == text


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4))
def test_any_list_of_texts_comes_back_from_its_cell(texts):
    assert from_cell(to_cell(texts, list[str], "zh"), list[str], "x") == texts


@settings(max_examples=100, deadline=None)
@given(number=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-10**18, 10**18))
def test_any_number_comes_back_from_its_cell(number):
    kind = float if isinstance(number, float) else int
    assert from_cell(to_cell(number, kind, "zh"), kind, "x") == number


def test_texts_that_look_like_formulas_are_never_computed(tmp_path):
    content = {**example(), "client": {**example()["client"], "name": "=HYPERLINK(\"http://x\")"}}
    write_workbook(tmp_path / "b.xlsx", content, "zh")
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    computed = [cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert computed == []
    cell = next(row[1] for row in book["基本信息"].iter_rows(max_col=4) if row[3].value == "client.name")
    assert cell.value.startswith("=") and cell.quotePrefix


def test_drop_downs_and_marks(tmp_path):
    write_workbook(tmp_path / "b.xlsx", example(), "zh")
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    sheet = book["基本信息"]
    rows = {row[3].value: row for row in sheet.iter_rows(max_col=4)}
    starred = {key for key, row in rows.items() if str(row[0].value).startswith("★")}
    assert starred == {"client.name", "finance.currency", "period.timezone"}
    offered = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    place = offered[rows["finance.currency"][1].coordinate].removeprefix("=")
    name, cells = place.split("!")
    assert [row[0].value for row in book[name][cells.replace("$", "")]][:2] == ["CNY", "USD"]
    assert {"目标", "任务", "风险登记册", "互动策略", "对照试验"} <= set(book.sheetnames)
    assert all(sheet.data_validations.dataValidation for sheet in (book["目标"], book["风险登记册"]))


def test_an_edit_in_either_form_counts_and_in_both_where_they_agree(tmp_path):
    path = put(tmp_path, example())
    edit(tmp_path, {"client.industry": "面包", "finance.margin_rate": 0.5, "budget.vat_included": "否 · no"})
    replace(path, "margin_rate: 0.42", "margin_rate: 0.5")
    replace(path, "plan_months: 12", "plan_months: 18")
    brief = load_brief(path)
    assert (brief.client.industry, brief.finance.margin_rate, brief.budget.vat_included) == ("面包", 0.5, False)
    assert brief.period.plan_months == 18


def test_a_new_row_of_a_list_and_a_new_row_of_a_list_within_it(tmp_path):
    path = put(tmp_path, example())
    before = load_brief(path)
    book = openpyxl.load_workbook(tmp_path / "brief.xlsx")
    sheet = book["市场事实"]
    sheet.append([None, "会员数止跌", "公司年报"])
    steps = book["作业步骤"]
    steps.append([1, None, *([None] * 5)])
    column = [cell.value for cell in steps[2]].index("name") + 1 if "name" in [cell.value for cell in steps[2]] else 3
    steps.cell(steps.max_row, column, "回访")
    book.save(tmp_path / "brief.xlsx")
    after = load_brief(path)
    assert [fact.text for fact in after.market.facts][len(before.market.facts):] == ["会员数止跌"]
    assert len(after.sop[0].steps) == len(before.sop[0].steps) + 1


def test_a_conflict_is_told_with_both_places_and_both_values(tmp_path):
    path = put(tmp_path, example())
    edit(tmp_path, {"client.industry": "面包"})
    replace(path, "industry: bakery", "industry: pastry")
    line = next(n for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "pastry" in row)
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    assert codes(caught) == ["brief.two_forms"]
    problem, = caught.value.problems
    assert problem.place.startswith("brief.xlsx 基本信息!B") and f"brief.yaml:{line} client.industry" in problem.place
    assert problem.values == {"yaml": "pastry", "sheet": "面包"}


def test_a_conflict_in_a_list_names_the_first_cell_that_differs(tmp_path):
    path = put(tmp_path, example())
    rows = [cell.value for cell in openpyxl.load_workbook(tmp_path / "brief.xlsx")["市场事实"][2]]
    cell = f"{chr(ord('A') + rows.index('text'))}4"
    edit(tmp_path, {("市场事实", cell): "甲"})
    text = example()["market"]["facts"][0]["text"]
    replace(path, text, "乙")
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    problem, = caught.value.problems
    assert problem.values == {"yaml": "乙", "sheet": "甲"}
    assert f"市场事实!{cell}" in problem.place and "market.facts[0].text" in problem.place


def test_without_the_kept_state_only_what_differs_is_a_conflict(tmp_path):
    path = put(tmp_path, {key: example()[key] for key in NEEDED})
    edit(tmp_path, {"client.industry": "面包", "meta.title": "方案"})
    book = openpyxl.load_workbook(tmp_path / "brief.xlsx")
    del book["_base"]
    book.save(tmp_path / "brief.xlsx")
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    assert codes(caught) == ["brief.two_forms_no_base"]
    edit(tmp_path, {"client.industry": "bakery"})
    assert load_brief(path).meta.title == "方案"


def test_the_workbook_alone_is_a_brief(tmp_path):
    path = put(tmp_path, example())
    path.unlink()
    assert load_brief(path) == Brief.model_validate(example())


def test_a_faulty_cell_is_told_by_sheet_and_cell(tmp_path):
    path = put(tmp_path, example())
    edit(tmp_path, {"finance.currency": "RMB", "period.plan_months": "一年"})
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    assert sorted(codes(caught)) == ["brief.bad_currency", "brief.not_whole"]
    assert all("brief.xlsx 基本信息!B" in problem.place for problem in caught.value.problems)


def test_an_unknown_row_or_column_is_told(tmp_path):
    path = put(tmp_path, example())
    book = openpyxl.load_workbook(tmp_path / "brief.xlsx")
    book["基本信息"].append(["颜色", "红", None, "client.colour"])
    book["目标"].cell(2, book["目标"].max_column + 1, "colour")
    book.save(tmp_path / "brief.xlsx")
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    assert sorted(codes(caught)) == ["brief.unknown_column", "brief.unknown_row"]


def test_an_item_of_no_owner_is_told(tmp_path):
    path = put(tmp_path, example())
    book = openpyxl.load_workbook(tmp_path / "brief.xlsx")
    book["作业步骤"]["A4"].value = 99
    book.save(tmp_path / "brief.xlsx")
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    assert "brief.no_owner" in codes(caught)


def test_a_file_that_is_no_workbook_is_told(tmp_path):
    path = put(tmp_path, example())
    (tmp_path / "brief.xlsx").write_text("nothing", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    assert codes(caught) == ["brief.no_workbook"]


def test_windows_line_ends_are_no_change(tmp_path):
    path = put(tmp_path, example())
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_brief(path) == Brief.model_validate(example())


def test_a_text_longer_than_a_cell_is_told_and_nothing_written(tmp_path):
    content = {**example(), "client": {**example()["client"], "background": "长" * 40_000}}
    with pytest.raises(BadInput) as caught:
        write_workbook(tmp_path / "b.xlsx", content, "zh")
    assert codes(caught) == ["brief.too_long_for_cell"]
    assert list(tmp_path.iterdir()) == []
