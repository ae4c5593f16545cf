"""The contract names its columns in both languages, and its examples pass the door."""

import csv
import io

import pytest

from relops.data.contract import SQL_TYPES, contract
from relops.locale import LANGUAGES, messages

TABLES = contract()


def test_eight_tables_with_known_types():
    assert list(TABLES) == [
        "orders", "customers", "touches", "assignments", "feedback", "tickets", "referrals", "mentions"]
    assert {column.type for table in TABLES.values() for column in table.columns.values()} <= set(SQL_TYPES)
    assert all(table.time in table.columns for table in TABLES.values())


def test_every_column_has_a_name_in_both_languages():
    named = {name for table in TABLES.values() for name in table.columns}
    lacking = [name for name in sorted(named) if set(messages("data").get(f"data.column.{name}", {})) != set(LANGUAGES)]
    assert lacking == []


def test_assignments_need_no_time_where_outcomes_are_columns():
    table = TABLES["assignments"]
    assert "assigned_at" in table.required(set(table.columns))
    assert table.required({*table.columns, "revenue_90d"}) == ("experiment_id", "customer_id", "arm")


@pytest.mark.parametrize("name", list(TABLES))
def test_examples_pass_the_door(door, name):
    columns = TABLES[name].columns
    buffer = io.StringIO()
    csv.writer(buffer).writerows([columns, [column.example for column in columns.values()]])
    rule = {"status": {"counted": [columns["status"].example]}} if "status" in columns else {}
    through = door({f"{name}.csv": buffer.getvalue()}, {"table": name} | rule)
    assert through.classes(name) == (1, 1, 0, 0, 0, 0)
    assert through.audit.warnings == ()
    counts = ", ".join(f'count("{column}")' for column in columns)
    assert through.rows(f"SELECT {counts} FROM {name}") == [(1,) * len(columns)]
    types = dict(through.rows(f"SELECT column_name, column_type FROM (DESCRIBE {name})"))
    wanted = {column: spec.sql_type.replace(" ", "").replace("TIMESTAMPTZ", "TIMESTAMPWITHTIMEZONE")
              for column, spec in columns.items()}
    assert {column: types[column].replace(" ", "") for column in columns} == wanted
