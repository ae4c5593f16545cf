"""Expressions of the brief: one value from one row, and nothing beyond it."""

import pytest

from relops.data.expressions import compile_expression
from relops.errors import BadInput

CELLS = {"Quantity": "CAST(c0 AS BIGINT)", "单价": "as_number(c1)", "Unit Price": "as_number(c2)", "note": "c3"}


def compiled(sql):
    return compile_expression(sql, "place", CELLS.get, list(CELLS))


@pytest.mark.parametrize(("sql", "expected"), [
    ("Quantity * 单价", "CAST(c0 AS BIGINT) * AS_NUMBER(c1)"),
    ('"Unit Price" + 1', "AS_NUMBER(c2) + 1"),
    ("Quantity -- the count", "CAST(c0 AS BIGINT)"),
    ("CASE WHEN Quantity > 0 THEN 'keep' ELSE 'drop' END",
     "CASE WHEN CAST(c0 AS BIGINT) > 0 THEN 'keep' ELSE 'drop' END"),
    ("list_transform([Quantity], x -> x + 1)", "LIST_TRANSFORM([CAST(c0 AS BIGINT)], x -> x + 1)"),
])
def test_columns_become_cells(sql, expected):
    assert compiled(sql) == expected


@pytest.mark.parametrize("sql", [
    "(SELECT 1)", "1; DROP TABLE x", "read_csv('x')", "sum(Quantity)", "sum(Quantity) OVER ()", "count(*)", "*", "?",
    "$1", "now()", "current_date", "current_timestamp", "today()", "random()", "uuid()", "getenv('HOME')",
    "nextval('s')", "Quantity IN (SELECT 1)", "EXISTS (SELECT 1)", "CREATE TABLE x AS SELECT 1", "COPY x TO 'y'", "",
    "FROM x", "read_text('x')", "current_setting('threads')", "pg_typeof(Quantity)",
])
def test_what_looks_beyond_the_row_is_refused(sql):
    with pytest.raises(BadInput) as raised:
        compiled(sql)
    assert raised.value.problems[0].code == "data.door.sql_forbidden"


@pytest.mark.parametrize("sql", ["Quantity *", "'abc", "Quantity, 1", "CASE WHEN"])
def test_what_is_no_sql_is_refused(sql):
    with pytest.raises(BadInput) as raised:
        compiled(sql)
    assert raised.value.problems[0].code == "data.door.sql_syntax"


def test_all_absent_columns_are_named():
    with pytest.raises(BadInput) as raised:
        compiled("Quantity * Price + Tax")
    assert [problem.values["column"] for problem in raised.value.problems] == ["Price", "Tax"]
