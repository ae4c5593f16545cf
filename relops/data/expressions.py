"""SQL expressions of the brief: one value from the columns of a file's own row, checked before they run."""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
from sqlglot import exp

from relops.errors import BadInput, Problem

# what looks beyond the row, at another table, at a file, at the clock or at chance: the same input must give the
# same numbers
BEYOND_THE_ROW = (exp.Query, exp.Subquery, exp.Window, exp.AggFunc, exp.Star, exp.Placeholder, exp.Parameter,
                  exp.UDTF, exp.DDL, exp.DML, exp.Command)
FORBIDDEN_NODES = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime, exp.CurrentUser,
                   exp.Rand, exp.Randn, exp.Uuid)
FORBIDDEN_NAMES = {
    "now", "today", "current_date", "current_time", "current_timestamp", "get_current_time", "get_current_timestamp",
    "transaction_timestamp", "localtime", "localtimestamp", "random", "setseed", "uuid", "gen_random_uuid", "uuidv4",
    "uuidv7", "nextval", "currval", "getenv", "getvariable", "current_setting", "current_database", "current_schema",
    "current_schemas", "current_query", "txid_current", "in_search_path", "version", "write_log", "error", "sleep_ms",
}


def compile_expression(sql: str, place: str, cell_of: Callable[[str], str | None], headers: list[str]) -> str:
    """Return an expression of the brief as SQL over a staging table.

    ``cell_of`` gives the SQL of a column by its header (None: no such column); ``place`` leads to the expression
    in the brief. Raises BadInput when it is no SQL, more than one value of one row, or names an absent column.
    """
    tree = _parse(sql, place)
    fault = next((node for node in tree.walk() if _is_forbidden(node)), None)
    if fault is not None:
        raise BadInput(Problem("data.door.sql_forbidden", place, {"sql": sql, "part": fault.sql(dialect="duckdb")}))
    own = {name.name for node in tree.find_all(exp.Lambda) for name in node.expressions}
    absent = []

    def insert(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Column) or (node.name in own and not cell_of(node.name)):
            return node
        cell = cell_of(node.name) if not node.table else None
        if cell is None:
            absent.append(node.sql(dialect="duckdb"))
            return node
        return sqlglot.parse_one(cell, dialect="duckdb")

    compiled = tree.transform(insert)
    if absent:
        raise BadInput([Problem("data.door.no_column", place, {"column": name, "headers": ", ".join(headers)})
                        for name in dict.fromkeys(absent)])
    return compiled.sql(dialect="duckdb", comments=False)


def columns_of(sql: str) -> list[str]:
    """Return the headers that an expression names, each once. Raises BadInput where it is no SQL."""
    return list(dict.fromkeys(column.name for column in _parse(sql, sql).find_all(exp.Column)))


def _parse(sql: str, place: str) -> exp.Expression:
    try:
        trees = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as fault:
        detail = str(fault).splitlines()[0]
        raise BadInput(Problem("data.door.sql_syntax", place, {"sql": sql, "detail": detail})) from fault
    if len(trees) != 1 or trees[0] is None:
        raise BadInput(Problem("data.door.sql_forbidden", place, {"sql": sql, "part": sql}))
    return trees[0]


def _is_forbidden(node: exp.Expression) -> bool:
    if isinstance(node, BEYOND_THE_ROW + FORBIDDEN_NODES):
        return True
    name = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
    return name.lower() in FORBIDDEN_NAMES or name.lower().startswith(("read_", "pg_", "duckdb_"))
