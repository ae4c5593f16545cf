"""What a new project takes in, shown before anything is analysed: a few rows of each table, and monthly totals."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from relops.data.audit import Audit
from relops.data.contract import ContractTable, contract
from relops.data.door import ingest
from relops.data.engine import Engine, quote
from relops.project import Project

ROWS = 5
DIGITS = 6
# more would not be read on a terminal
MOST_COLUMNS = 7
# words about a person, or by one
HIDDEN = ("text",)


@dataclass
class Preview:
    """First records of each table (personal data masked) and orders, revenue, refunds, customers by month."""

    audit: Audit
    rows: dict[str, pd.DataFrame] = field(default_factory=dict)
    months: pd.DataFrame | None = None


def preview_project(project: Project, hidden: str) -> Preview:
    """Return what comes in of a project's data; free text is shown as ``hidden``.

    Raises BadInput as :func:`relops.data.door.ingest` does; nothing of it stays on the disk.
    """
    with tempfile.TemporaryDirectory(prefix="relops-") as folder:
        path = Path(folder) / "engine.duckdb"
        preview = Preview(ingest(project, path, Path(folder) / "private" / "quarantine"))
        with Engine.open(path) as engine:
            for table in contract().values():
                if engine.has(table.name):
                    preview.rows[table.name] = _first_rows(engine, table, project, hidden)
            if engine.has("orders"):
                preview.months = engine.execute(_MONTHS).df()
    return preview


# by the customer's own day; a refund counts in the month it was made
_MONTHS = """
    SELECT strftime(ordered_on, '%Y-%m') AS month, count(*) FILTER (NOT is_refund) AS orders,
        CAST(coalesce(sum(amount) FILTER (NOT is_refund), 0) AS DOUBLE) AS gross,
        CAST(coalesce(-sum(amount) FILTER (is_refund), 0) AS DOUBLE) AS refunds,
        CAST(sum(amount) AS DOUBLE) AS net, count(DISTINCT customer_id) FILTER (NOT is_refund) AS customers
    FROM orders GROUP BY 1 ORDER BY 1"""


def _first_rows(engine: Engine, table: ContractTable, project: Project, hidden: str) -> pd.DataFrame:
    """Return the first records in the columns of the contract that are filled in them."""
    shown = []
    kinds = dict(engine.rows("SELECT column_name, data_type FROM information_schema.columns "
                             f"WHERE table_name = '{table.name}'"))
    counts = ", ".join(f"count({quote(name)})" for name in kinds)
    filled = engine.rows(f"SELECT {counts} FROM {quote(table.name)}")[0]
    some = {name for name, count in zip(kinds, filled, strict=True) if count}
    for name, column in [pair for pair in table.columns.items() if pair[0] in some][:MOST_COLUMNS]:
        value = quote(name)
        if column.type == "customer":
            value = f"left({value}, {DIGITS}) || '…'"
        elif name in HIDDEN:
            value = f"CASE WHEN {value} IS NOT NULL THEN ? END"
        elif column.type == "money":
            value = f"CAST({value} AS DECIMAL(18, 2))"
        elif column.type in ("number", "quantity"):
            value = f"regexp_replace(CAST({value} AS VARCHAR), '[.]0+$', '')"
        elif kinds[name] == "TIMESTAMP WITH TIME ZONE":
            value = f"strftime(timezone('{project.brief.period.timezone}', {value}), '%Y-%m-%d %H:%M')"
        shown.append((name, value))
    listed = ", ".join(f"CAST({value} AS VARCHAR) AS {quote(name)}" for name, value in shown)
    marks = [hidden for _, value in shown if "?" in value]
    return engine.execute(f"SELECT {listed} FROM {quote(table.name)} ORDER BY record LIMIT {ROWS}", marks).df()
