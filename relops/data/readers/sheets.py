"""Workbooks as rows of cells with their line numbers, every cell as text."""

from __future__ import annotations

import datetime
import fnmatch
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from relops.data.readers.layout import find_table
from relops.data.readers.text_files import Row, Span
from relops.errors import BadInput, Problem

SHEET_ROWS = 50  # rows in which a table has begun
# a spreadsheet keeps fifteen digits of a number: a longer one has lost the rest
MOST_EXACT = 10**15
UNCALCULATED = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')
# what differs between the sheets of a series: 3月 and 4月, 2025-01 and 2025-02, Jan and Feb, Sheet1 and Sheet2
SERIAL = re.compile(r"\d+|[一二三四五六七八九十]+|(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*")


@dataclass
class Grid:
    """Rows of a sheet or of a table on a page: (line, cells), with merged areas as (row, column, row, column).

    Areas are counted from zero, ends included.
    """

    rows: list[Row]
    merged: list[Span] = field(default_factory=list)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def read_sheet(path: Path, shown: str, sheet: str | None) -> Grid:
    """Return the rows of a sheet that are not blank (without a name: of the first that holds a table, else any).

    Raises BadInput when the file is no workbook, has no such sheet, or holds formulas that were never worked out.
    """
    try:
        with _book(path) as workbook:
            names = _named(workbook, sheet)
            if not names:
                raise BadInput(Problem("data.door.sheet", shown, {
                    "sheet": sheet, "sheets": ", ".join(workbook.sheet_names)}))
            grids = {}
            for name in names:
                grids[name] = grid = _grid(workbook.get_sheet_by_name(name))
                if _is_table(grid):
                    break
            else:  # no sheet holds a table
                name, grid = next(((name, grid) for name, grid in grids.items() if grid.rows), (name, grid))
    except (CalamineError, OSError, ValueError) as fault:
        if isinstance(fault, PermissionError):
            raise
        raise BadInput(Problem("data.door.workbook", shown, {})) from fault
    _refuse_uncalculated(path, shown, name)
    if not grid.rows:
        raise BadInput(Problem("data.door.empty", shown, {}))
    return grid


def other_sheets(path: Path) -> list[str]:
    """Return the sheets of a workbook that hold a table and are not read, because another one before them is; none
    where the file is no workbook."""
    try:
        with _book(path) as workbook:
            names = workbook.sheet_names if len(workbook.sheet_names) > 1 else []
            tables = [name for name in names if _is_table(_grid(workbook.get_sheet_by_name(name), SHEET_ROWS))]
            series = _series(workbook, tables) or tables[:1]
            return [name for name in tables if name not in series]
    except (CalamineError, OSError, ValueError):
        return []  # what is no workbook has no sheets; what is wrong with it, the reader says


def series_of_sheets(path: Path, sheet: str | None) -> list[str]:
    """Return the sheets of a workbook that are one table cut into pieces: those that ``sheet`` names (None: any) of
    the first one's headers, whose names differ in a number or month alone; none where there is at most one."""
    try:
        if _has_one_sheet(path):
            return []
        with _book(path) as workbook:
            names = _named(workbook, sheet)
            if len({SERIAL.sub("9", name.casefold()) for name in names}) == len(names):
                return []
            series = _series(workbook, names)
            return series if len(series) > 1 else []
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile):
        return []


def _has_one_sheet(path: Path) -> bool:
    """Return whether a new workbook has one sheet: to open it, all its texts would be read."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return sum(name.startswith("xl/worksheets/sheet") for name in archive.namelist()) == 1


def _series(workbook: CalamineWorkbook, names: list[str]) -> list[str]:
    first, headers, found = "", (), []
    for name in names:
        grid = _grid(workbook.get_sheet_by_name(name), SHEET_ROWS)
        layout = find_table(grid.rows, grid.merged, headed=False) if _is_table(grid) else None
        if layout and not found:
            first, headers = SERIAL.sub("9", name.casefold()), layout.names
        if layout and layout.names == headers and SERIAL.sub("9", name.casefold()) == first \
                and (layout.header_line or not found):
            found.append(name)
    return found


def _book(path: Path) -> CalamineWorkbook:
    """Open a workbook by its content where its name says another kind: an .xls is often a new workbook."""
    try:
        return CalamineWorkbook.from_path(str(path))
    except CalamineError:
        with path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)


def _named(workbook: CalamineWorkbook, sheet: str | None) -> list[str]:
    return [name for name in workbook.sheet_names if sheet is None or fnmatch.fnmatch(name, sheet) or name == sheet]


def _is_table(grid: Grid) -> bool:
    """Return whether rows hold more than a column of words, such as instructions."""
    return sum(sum(map(bool, cells)) > 1 for _, cells in grid.rows) > 1


def _grid(sheet: CalamineSheet, most_rows: int | None = None) -> Grid:
    # kept whole, empty edges too, so that a line here is the line the user sees
    cells = sheet.to_python(skip_empty_area=False, nrows=most_rows)
    spans = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
    fill_down(cells, spans)
    rows = ((number, [cell_text(cell) for cell in row]) for number, row in enumerate(cells, 1))
    return Grid([(number, row) for number, row in rows if any(row)], spans)


def fill_down(cells: list[list[Any]], spans: list[Span]) -> None:
    """Write what stands in a cell merged over several rows into each of them.

    Numbers are written once only, unless they lead their block: a total merged over the lines of an order would
    count several times, a running number or an id in the first column names each line.
    """
    leading: dict[int, int] = {}
    for top, left, bottom, _ in spans:
        if bottom > top:
            leading[top] = min(left, leading.get(top, left))
    for top, left, bottom, _ in spans:
        value = cells[top][left] if bottom > top and top < len(cells) and left < len(cells[top]) else None
        if value is None or (isinstance(value, float) and left != leading[top]):
            continue
        for row in cells[top + 1: bottom + 1]:
            row[left] = value


def cell_text(cell: Any) -> str:
    """Return a cell of a workbook as text: whole numbers without a point, times in ISO form.

    Numbers of more than fifteen digits come in the form that shows they are rounded (``1.23456789012346E+17``).
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float) and abs(cell) >= MOST_EXACT:
        return f"{cell:.14E}"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    return str(cell).strip()


def _refuse_uncalculated(path: Path, shown: str, sheet: str) -> None:
    """Raise BadInput where formulas of an .xlsx have no value beside them: the program that wrote it had none."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        member = _member_of(archive, sheet)
        body = archive.read(member) if member in archive.namelist() else b""
    found = [match[1].decode() for match in UNCALCULATED.finditer(body)] if b"<f" in body else []
    if found:
        raise BadInput(Problem("data.door.uncalculated", f"{shown}:{sheet}!{found[0]}", {"cells": len(found)}))


def _member_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part of an .xlsx that holds a sheet."""
    from lxml import etree

    try:
        book = etree.fromstring(archive.read("xl/workbook.xml"))
        links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, etree.XMLSyntaxError):
        return ""
    ids = {one.get("name"): value for one in book.iter("{*}sheet") for key, value in one.attrib.items()
           if key.endswith("}id")}
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    return posixpath.normpath(posixpath.join("xl", targets.get(ids.get(sheet), ""))).lstrip("/")
