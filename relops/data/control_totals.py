"""The client's own monthly totals, from the brief or from a file, as the door keeps them."""

from __future__ import annotations

import datetime
from pathlib import Path

from relops.brief.sources import ControlFile, Data, Source
from relops.data.cells import cleaned
from relops.data.engine import Engine
from relops.data.headers import headers, normal
from relops.data.sources import Staged, stage
from relops.errors import BadInput, Problem

NAMES = ("month", "orders", "sales", "refunds")
MONTH = r"^([0-9]{4})[^0-9]?([0-9]{2}|[0-9])([^0-9].*|[0-9]{2})?$"
Totals = tuple[datetime.date, float | None, float | None, float | None]


def read_control(engine: Engine, folder: Path, data: Data, drafts: Path) -> list[Totals]:
    """Return month (its first day), orders, sales and refunds (positive) as the client counts them; None: not given.

    Raises BadInput when the file of ``control_file`` cannot be read, has no column of months, none of the totals,
    a month twice, or a total that is no number.
    """
    given: list[Totals] = [
        (datetime.date.fromisoformat(f"{line.month}-01"), line.orders, line.sales, line.refunds)
        for line in data.control]
    if data.control_file:
        given += _from_file(engine, folder, data, drafts)
    months = [month for month, *_ in given]
    twice = sorted({month for month in months if months.count(month) > 1})
    if twice:
        raise BadInput(Problem("data.door.control_twice", "brief.yaml data.control", {
            "months": ", ".join(f"{month:%Y-%m}" for month in twice)}))
    return sorted(given, key=lambda line: line[0])


def _from_file(engine: Engine, folder: Path, data: Data, drafts: Path) -> list[Totals]:
    told = data.control_file
    source = Source(table="orders", files=told.file, sheet=told.sheet, header=told.header)
    staged = stage(engine, folder, source, len(data.sources), drafts)
    cells = {name: _cell(staged, told, name) for name in NAMES}
    problems = [Problem("data.door.no_column", told.file, {"column": told.columns[name], "headers": ", ".join(
        staged.headers)}) for name in told.columns if cells[name] is None]
    if not problems and (cells["month"] is None or not any(cells[name] for name in NAMES[1:])):
        problems = [Problem("data.door.control_columns", told.file, {"headers": ", ".join(staged.headers)})]
    if problems:
        raise BadInput(problems)
    found = {name: cell for name, cell in cells.items() if cell}
    number = {name: f"as_money({found[name]})" if name in found else "NULL" for name in NAMES[1:]}
    unread = " OR ".join(f"({found[name]} IS NOT NULL AND {number[name]} IS NULL)"
                         for name in NAMES[1:] if name in found)
    month = (f"TRY(make_date(CAST(regexp_extract({found['month']}, '{MONTH}', 1) AS BIGINT), "
             f"CAST(regexp_extract({found['month']}, '{MONTH}', 2) AS BIGINT), 1))")
    rows = engine.rows(
        f"SELECT {month} AS month, CAST({number['orders']} AS DOUBLE), CAST({number['sales']} AS DOUBLE), "
        f"abs(CAST({number['refunds']} AS DOUBLE)), {unread}, line, {found['month']} "
        f"FROM {cleaned(staged.table, list(found.values()))} ORDER BY n")
    # a line without a month is a heading or a total
    dated = [row for row in rows if row[0] is not None]
    faulty = [Problem("data.door.control_number", f"{told.file}:{line}", {"month": shown})
              for *_, wrong, line, shown in dated if wrong]
    if faulty or not dated:
        raise BadInput(faulty or Problem("data.door.control_columns", told.file, {
            "headers": ", ".join(staged.headers)}))
    return [tuple(row[:4]) for row in dated]


def _cell(staged: Staged, told: ControlFile, name: str) -> str | None:
    """Return the cell column of one of the totals: by the header the brief states, else by one that is known."""
    if name in told.columns:
        return staged.cell(told.columns[name])
    known = headers()["control"][name]
    header = next((header for word in known for header in staged.headers if normal(header) == word), None)
    return staged.cell(header) if header else None
