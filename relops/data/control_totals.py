"""The client's own monthly totals, from the brief or from a file, as the door keeps them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from relops.brief.sources import ControlFile, Data, Source
from relops.data.cells import cleaned
from relops.data.engine import Engine
from relops.data.headers import headers, normal, scale
from relops.data.readers.layout import TOTALS
from relops.data.sources import Staged, stage
from relops.errors import BadInput, Problem
from relops.project import BRIEF

CONTROL_FILE = f"{BRIEF} data.control_file"
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
    staged = _staged(engine, folder, source, len(data.sources), drafts)
    cells = {name: _cell(staged, told, name) for name in NAMES}
    problems = [Problem("data.door.no_column", told.file, {"column": told.columns[name], "headers": ", ".join(
        staged.headers)}) for name in told.columns if cells[name] is None]
    if not problems and (cells["month"] is None or not any(cells[name] for name in NAMES[1:])):
        problems = [Problem("data.door.control_columns", told.file, {"headers": ", ".join(staged.headers)})]
    if problems:
        raise BadInput(problems)
    found = {name: cell for name, cell in cells.items() if cell}
    number = {name: _money(staged, found[name]) if name in found else "NULL" for name in NAMES[1:]}
    unread = " OR ".join(f"({found[name]} IS NOT NULL AND {number[name]} IS NULL)"
                         for name in NAMES[1:] if name in found)
    month = (f"TRY(make_date(CAST(regexp_extract({found['month']}, '{MONTH}', 1) AS BIGINT), "
             f"CAST(regexp_extract({found['month']}, '{MONTH}', 2) AS BIGINT), 1))")
    rows = engine.rows(
        f"SELECT {month} AS month, CAST({number['orders']} AS DOUBLE), CAST({number['sales']} AS DOUBLE), "
        f"abs(CAST({number['refunds']} AS DOUBLE)), {unread}, line, {found['month']} "
        f"FROM {cleaned(staged.table, list(found.values()))} ORDER BY n")
    # a line without a month is a heading or a total; one that bears totals and no such word is a month not read
    dated = [row for row in rows if row[0] is not None]
    faulty = [Problem("data.door.control_month", f"{told.file}:{line}", {"month": shown})
              for day, *totals, _, line, shown in rows
              if day is None and shown and not TOTALS.match(shown) and any(total is not None for total in totals)]
    faulty += [Problem("data.door.control_number", f"{told.file}:{line}", {"month": shown})
              for *_, wrong, line, shown in dated if wrong]
    faulty = faulty if dated else []
    if faulty or not dated:
        raise BadInput(faulty or Problem("data.door.control_columns", told.file, {
            "headers": ", ".join(staged.headers)}))
    return [tuple(row[:4]) for row in dated]


def _staged(engine: Engine, folder: Path, source: Source, number: int, drafts: Path) -> Staged:
    """Return the file in its staging table; its problems lead to where the brief names it, which is no source."""
    place = f"{BRIEF} data.sources[{number}]"
    own = {f"{place}.files": CONTROL_FILE, f"{place}.sheet": f"{CONTROL_FILE}.sheet", place: CONTROL_FILE}

    def told(value: Any) -> Any:
        return own.get(value, value) if isinstance(value, str) else value

    try:
        return stage(engine, folder, source, number, drafts)
    except BadInput as fault:
        raise BadInput([Problem(one.code, told(one.place), {key: told(value) for key, value in one.values.items()})
                        for one in fault.problems]) from fault


def _money(staged: Staged, cell: str) -> str:
    """Return the SQL of a total in units of the currency, where its header says that it counts in others."""
    header = next(name for name in staged.headers if staged.cell(name) == cell)
    unit = scale(header)
    return f"as_money({cell}) * {unit[1]}" if unit else f"as_money({cell})"


def _cell(staged: Staged, told: ControlFile, name: str) -> str | None:
    """Return the cell column of one of the totals: by the header the brief states, else by one that is known."""
    if name in told.columns:
        return staged.cell(told.columns[name])
    known = headers()["control"][name]
    header = next((header for word in known for header in staged.headers if normal(header) == word), None)
    return staged.cell(header) if header else None
