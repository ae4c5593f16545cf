"""Reading ``brief.xlsx``: plain content, the cell of every entry, and the brief as it was when it was written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import python_calamine

from relops.brief.paths import Path
from relops.brief.workbook.cells import Cell, from_cell
from relops.brief.workbook.layout import BASE, FIRST_ROW, ITEM, OWNER, Entry, Table, layout
from relops.errors import BadInput, Problem
from relops.locale import messages

Rows = list[list[Cell]]


@dataclass
class Workbook:
    """A brief as a workbook: ``content`` in plain Python, ``base`` the content it was written with (None: lost),
    ``problems`` of its cells, and the cell of every path."""

    file_name: str
    content: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] | None = None
    problems: list[Problem] = field(default_factory=list)
    cells: dict[Path, str] = field(default_factory=dict)

    def place(self, path: Path) -> str:
        """Return ``brief.xlsx 目标!C5`` for the entry at ``path``, or for the nearest around it."""
        for depth in range(len(path), 0, -1):
            if path[:depth] in self.cells:
                return f"{self.file_name} {self.cells[path[:depth]]}"
        return self.file_name


def read_workbook(path: FilePath) -> Workbook:
    """Return a workbook that :func:`write_workbook` wrote and a person may have edited.

    A cell that cannot be read is a problem of the result. Raises BadInput when the file is no such workbook.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except OSError as fault:
        raise BadInput(Problem("brief.unreadable", path.name, {"reason": fault.strerror or str(fault)})) from fault
    except python_calamine.CalamineError as fault:
        raise BadInput(Problem("brief.no_workbook", path.name, {"reason": str(fault)})) from fault
    reader = _Reader(Workbook(path.name))
    reader.read(sheets)
    return reader.book


class _Reader:
    """Fills a workbook's content from its sheets."""

    def __init__(self, book: Workbook):
        self.book = book

    def read(self, sheets: dict[str, Rows]) -> None:
        """Read all sheets; those of tables are known by their first cell, wherever they stand."""
        entries, tables = layout()
        named = {str(rows[0][0]): (name, rows) for name, rows in sheets.items() if rows and rows[0]}
        headings = tuple(messages("brief")["brief.workbook.path"].values())
        single = next(((name, rows) for name, rows in sheets.items()
                       if rows and len(rows[0]) > 3 and rows[0][3] in headings), None)
        if single is None:
            raise BadInput(Problem("brief.no_workbook", self.book.file_name, {"reason": headings[0]}))
        self._single(*single, {entry.name: entry for entry in entries})
        items: dict[tuple[str, ...], dict[Any, tuple[Path, dict[str, Any]]]] = {(): {None: ((), self.book.content)}}
        for table in tables:
            name, rows = named.get(table.name, ("", []))
            items[table.keys] = self._table(table, name, rows, items[table.parent or ()])
        self.book.base = _base(sheets.get(BASE))

    def _single(self, name: str, rows: Rows, entries: dict[str, Entry]) -> None:
        for number, row in enumerate(rows[1:], 2):
            key = str(row[3]).strip() if len(row) > 3 else ""
            if key in entries:
                self._put(self.book.content, entries[key], row[1], (), f"{name}!B{number}")
            elif key:
                self._fault("unknown_row", f"{name}!D{number}", key=key)

    def _table(self, table: Table, name: str, rows: Rows, owners: dict[Any, tuple[Path, dict[str, Any]]]
               ) -> dict[Any, tuple[Path, dict[str, Any]]]:
        """Read the items of a list into their owners; return them by the numbers they bear."""
        keys = [str(key).strip() for key in rows[1]] if len(rows) > 1 else []
        entries = {entry.name: entry for entry in table.entries}
        for place, key in enumerate(keys):
            if key and key not in entries and key not in (OWNER, ITEM):
                self._fault("unknown_column", f"{name}!{letters(place)}2", key=key)
        items: dict[Any, tuple[Path, dict[str, Any]]] = {}
        for number, row in enumerate(rows[FIRST_ROW - 1:], FIRST_ROW):
            cells = {key: cell for key, cell in zip(keys, row, strict=False) if key}
            if all(cell in (None, "") for key, cell in cells.items() if key != OWNER):
                continue
            owner = owners.get(_number(cells.get(OWNER)) if table.parent else None)
            if owner is None:
                above = ".".join(table.parent or ())
                self._fault("no_owner", f"{name}!A{number}", value=cells.get(OWNER, ""), list=above)
                continue
            path, around = owner
            item = self._append(around, table, path, f"{name}!{number}:{number}")
            own = _number(cells.get(ITEM)) or len(items) + 1
            items[own] = item
            for place, key in enumerate(keys):
                if key in entries and place < len(row):
                    self._put(item[1], entries[key], row[place], item[0], f"{name}!{letters(place)}{number}")
        return items

    def _append(self, around: dict[str, Any], table: Table, path: Path, cell: str) -> tuple[Path, dict[str, Any]]:
        for key in table.own_keys[:-1]:
            around = around.setdefault(key, {})
        items = around.setdefault(table.own_keys[-1], [])
        items.append({})
        own = (*path, *table.own_keys, len(items) - 1)
        self.book.cells[own] = cell
        self.book.cells.setdefault(own[:-1], cell)
        return own, items[-1]

    def _put(self, block: dict[str, Any], entry: Entry, cell: Cell, path: Path, place: str) -> None:
        self.book.cells[(*path, *entry.keys)] = place
        try:
            value = from_cell(cell, entry.annotation, f"{self.book.file_name} {place}")
        except BadInput as fault:
            self.book.problems += fault.problems
            return
        if value is None:
            return
        for key in entry.keys[:-1]:
            block = block.setdefault(key, {})
        block[entry.keys[-1]] = value

    def _fault(self, code: str, place: str, **values: Any) -> None:
        self.book.problems.append(Problem(f"brief.{code}", f"{self.book.file_name} {place}", values))


def _number(cell: Cell) -> Any:
    return int(cell) if isinstance(cell, int | float) or (isinstance(cell, str) and cell.strip().isdecimal()) else None


def letters(place: int) -> str:
    """Return the name of a column by its place, from 0."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _base(rows: Rows | None) -> dict[str, Any] | None:
    try:
        base = json.loads("".join(str(row[0]) for row in rows or () if row))
    except ValueError:
        return None
    return base if isinstance(base, dict) else None
