"""The client's own totals come from the brief or from a file as people keep them."""

import datetime

import pytest
from door_project import orders

from relops.errors import BadInput

FILES = {"o.csv": "date,amount,customer\n2025-01-05,5,x\n2025-02-01,6,x\n2025-03-31,7,x\n",
         "own.csv": "月份,单量,销售额,退款\n2025年1月,1,¥5.00,\n2025-02,1,\"1,006.00\",3\n合计,2,\"1,011.00\",3\n"}
BOOK = orders(files="data/o.csv")


def own(audit):
    return [(line.month, line.orders, line.sales, line.refunds) for line in audit.control]


def test_from_the_brief_and_from_a_file(door):
    through = door(FILES, BOOK, data__control_file="data/own.csv",
                   data__control=[{"month": "2025-03", "sales": 7}])
    assert own(through.audit) == [
        (datetime.date(2025, 1, 1), 1, 5, None), (datetime.date(2025, 2, 1), 1, 1006, 3),
        (datetime.date(2025, 3, 1), None, 7, None)]


def test_from_named_columns(door):
    files = FILES | {"own.csv": "当月,流水\n2025/1,5\n202502,6\n"}
    columns = {"month": "当月", "sales": "流水"}
    through = door(files, BOOK, data__control_file={"file": "data/own.csv", "columns": columns})
    assert [line[2] for line in own(through.audit)] == [5, 6]


@pytest.mark.parametrize(("content", "control", "code"), [
    ("当月,流水\n2025/1,5\n", [], "control_columns"), ("月份,销售额\n合计,5\n", [], "control_columns"),
    ("月份,销售额\n2025-01,five\n", [], "control_number"),
    ("月份,销售额\n2025-01,5\n", [{"month": "2025-01", "sales": 5}], "control_twice")])
def test_faults_are_told(door, content, control, code):
    with pytest.raises(BadInput) as caught:
        door(FILES | {"own.csv": content}, BOOK, data__control_file="data/own.csv", data__control=control)
    assert [p.code for p in caught.value.problems] == [f"data.door.{code}"]


def test_a_month_in_words_is_told_and_not_dropped(door):
    content = "月份,销售额\n2025-01,5\n八月,6\n9月,7\n备注：含税,\n合计,18\n"
    with pytest.raises(BadInput) as caught:
        door(FILES | {"own.csv": content}, BOOK, data__control_file="data/own.csv")
    assert [(p.code, p.place, p.values) for p in caught.value.problems] == [
        ("data.door.control_month", "data/own.csv:3", {"month": "八月"}),
        ("data.door.control_month", "data/own.csv:4", {"month": "9月"})]
    assert all(caught.value.render(language) for language in ("zh", "en"))


def test_totals_in_another_unit_are_read_in_the_currency(door):
    content = "月份,销售额（万元）,单量\n2025-01,0.25,5\n"
    through = door(FILES | {"own.csv": content}, BOOK, data__control_file="data/own.csv")
    assert own(through.audit) == [(datetime.date(2025, 1, 1), 5, 2500, None)]


def test_a_file_that_is_not_there_is_told_where_the_brief_names_it(door):
    with pytest.raises(BadInput) as caught:
        door(FILES, BOOK, data__control_file="data/none.csv")
    problem, = caught.value.problems
    assert (problem.code, problem.values) == ("data.door.no_file", {"place": "brief.yaml data.control_file"})
    assert problem.place.endswith("data/none.csv")
