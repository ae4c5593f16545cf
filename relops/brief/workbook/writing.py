"""Writing ``brief.xlsx``: labels in one language, drop-downs, what is required marked, and the state it was written in.

The hidden last sheet holds the brief as it was written: what somebody changed since, here or in ``brief.yaml``, is
told by it (:mod:`relops.brief.forms`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from relops.archives import workbook_bytes
from relops.brief.model import Brief
from relops.brief.scalars import inline, plain_values
from relops.brief.words import field_words
from relops.brief.workbook.cells import choices, kind_of, to_cell
from relops.brief.workbook.layout import BASE, CHOICES, FIRST_ROW, ITEM, OWNER, Entry, Table, layout, title
from relops.brief.writer import example
from relops.errors import BadInput, Problem
from relops.locale import messages

ROWS_WITH_CHOICES = 500
BASE_CHARACTERS = 30_000
GREY = Font(color="8A8A8A", size=8)
BOLD = Font(bold=True)
HEADING = PatternFill("solid", fgColor="E7ECEF")
REQUIRED = PatternFill("solid", fgColor="FFF2B3")
INPUT = PatternFill("solid", fgColor="FBFBF4")
WRAPPED = Alignment(wrap_text=True, vertical="top")
FORMATS = {"date": "yyyy-mm-dd", "text": "@", "texts": "@", "one_or_many": "@", "yaml": "@", "choice": "@"}
WIDTHS = {"texts": 30, "yaml": 34, "text": 26}
Content = Mapping[str, Any]


def write_workbook(path: str | Path, values: Content | Brief, language: str) -> None:
    """Write a brief as a workbook with labels in ``language``.

    Raises BadInput where an entry is too long for a cell.
    """
    writer = _Writer(language)
    writer.write(plain_values(values))
    if writer.problems:
        raise BadInput(writer.problems)
    path = Path(path)
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(workbook_bytes(writer.book))
    draft.replace(path)


class _Writer:
    """A workbook while it grows."""

    def __init__(self, language: str):
        self.language, self.example = language, example()
        self.book = openpyxl.Workbook()
        self.problems: list[Problem] = []
        self._lists: dict[tuple[str, ...], str] = {}

    def write(self, content: Content) -> None:
        """Write all sheets."""
        entries, tables = layout()
        self._first_page()
        self._single(entries, content)
        self._choices = self.book.create_sheet(CHOICES)
        rows = {(): [((), content)]}
        for table in tables:
            rows[table.keys] = self._table(table, rows[table.parent or ()])
        self._choices.sheet_state = "hidden"
        for column, offered in enumerate(self._lists, 1):
            for row, option in enumerate(offered, 1):
                self._text(self._choices.cell(row, column), option)
        base = self.book.create_sheet(BASE)
        base.sheet_state = "veryHidden"
        kept = json.dumps(content, ensure_ascii=True)
        for place in range(0, len(kept), BASE_CHARACTERS):
            base.append([kept[place:place + BASE_CHARACTERS]])
        for row in base.iter_rows():
            row[0].data_type = "s"

    def _say(self, key: str) -> str:
        return messages("brief")[f"brief.workbook.{key}"][self.language]

    def _first_page(self) -> None:
        sheet = self.book.active
        sheet.title = self._say("help")
        sheet.column_dimensions["A"].width = 100
        sheet.append([self._say("title")])
        sheet["A1"].font = Font(bold=True, size=14)
        for key in ("required", "lists", "values", "empty", "two_forms", "delete"):
            sheet.append([self._say(key)])
        for row in sheet.iter_rows(min_row=2):
            row[0].alignment = WRAPPED
        sheet["A2"].fill = REQUIRED

    def _single(self, entries: tuple[Entry, ...], content: Content) -> None:
        sheet = self.book.create_sheet(self._say("single"))
        sheet.append([self._say(key) for key in ("entry", "value", "allowed", "path")])
        for column, width in zip("ABCD", (38, 44, 44, 30), strict=True):
            sheet.column_dimensions[column].width = width
            sheet[f"{column}1"].font, sheet[f"{column}1"].fill = BOLD, HEADING
        sheet.freeze_panes = "B2"
        block = ""
        for entry in entries:
            if len(entry.keys) > 1 and entry.keys[0] != block:
                sheet.append([field_words(Brief, entry.keys[0], self.language)])
                sheet.cell(sheet.max_row, 1).font = BOLD
                for column in range(1, 5):
                    sheet.cell(sheet.max_row, column).fill = HEADING
            block = entry.keys[0]
            self._single_row(sheet, entry, content)

    def _single_row(self, sheet: Worksheet, entry: Entry, content: Content) -> None:
        offered = choices(entry.annotation, entry.keys[-1], self.language)
        sample = at(self.example, entry.keys)
        shown = " / ".join(offered) if len(offered) < 10 else ""
        if not shown and sample is not None:
            shown = f"{self._say('sample')}{sample if isinstance(sample, str) else inline(sample)}"
        star = "★ " if entry.required else ""
        label = field_words(*entry.trail[-1], self.language)
        sheet.append([f"{star}{label}", None, None, entry.name])
        row = sheet.max_row
        value = sheet.cell(row, 2)
        self._fill(value, at(content, entry.keys), entry, entry.name)
        value.fill = REQUIRED if entry.required else INPUT
        self._text(sheet.cell(row, 3), shown)
        for column, font in ((3, GREY), (4, GREY)):
            sheet.cell(row, column).font, sheet.cell(row, column).alignment = font, WRAPPED
        sheet.cell(row, 1).alignment = WRAPPED
        self._offer(sheet, value.coordinate, offered)

    def _table(self, table: Table, owners: list[tuple[Any, Content]]) -> list[tuple[Any, Content]]:
        """Write a list as a sheet and return its items, each with the number it bears there."""
        sheet = self.book.create_sheet(title(table, self.language))
        keys = [*([OWNER] if table.parent else []), ITEM, *(entry.name for entry in table.entries)]
        sheet.append([table.name])
        sheet.append(keys)
        sheet.append([self._heading(table, key) for key in keys])
        items = [(owner, item) for owner, around in owners for item in at(around, table.own_keys) or ()]
        first = len(keys) - len(table.entries) + 1
        sheet.freeze_panes = sheet.cell(FIRST_ROW, first)
        numbered = []
        for number, (owner, item) in enumerate(items, 1):
            row = FIRST_ROW + number - 1
            if table.parent:
                sheet.cell(row, 1, owner)
            sheet.cell(row, first - 1, number)
            for column, entry in enumerate(table.entries, first):
                self._fill(sheet.cell(row, column), at(item, entry.keys), entry, f"{table.name}[{number}].{entry.name}")
            numbered.append((number, item))
        self._dress(sheet, table, first)
        return numbered

    def _heading(self, table: Table, key: str) -> str:
        if key in (OWNER, ITEM):
            return self._say("owner" if key == OWNER else "number")
        entry = next(entry for entry in table.entries if entry.name == key)
        words = [field_words(block, key, self.language) for block, key in entry.trail]
        return f"{'★ ' if entry.required else ''}{' · '.join(words)}"

    def _dress(self, sheet: Worksheet, table: Table, first: int) -> None:
        for cell in (*sheet[1], *sheet[2]):
            cell.font = GREY
        for cell in sheet[3]:
            cell.font, cell.fill, cell.alignment = BOLD, HEADING, WRAPPED
        sample = at(self.example, (table.parent or ()))
        sample = at(sample[0] if isinstance(sample, list) else self.example, table.own_keys)
        for column, entry in enumerate(table.entries, first):
            kind = kind_of(entry.annotation)
            letter = get_column_letter(column)
            sheet.column_dimensions[letter].width = WIDTHS.get(kind, 16)
            sheet.column_dimensions[letter].number_format = FORMATS.get(kind, "General")
            heading = sheet.cell(FIRST_ROW - 1, column)
            if entry.required:
                heading.fill = REQUIRED
            shown = at(sample[0], entry.keys) if sample and isinstance(sample[0], dict) else None
            if shown is not None:
                text = shown if isinstance(shown, str) else inline(shown)
                heading.comment = Comment(f"{self._say('sample')}{text}", "relops")
            offered = choices(entry.annotation, entry.keys[-1], self.language)
            self._offer(sheet, f"{letter}{FIRST_ROW}:{letter}{ROWS_WITH_CHOICES}", offered)

    def _fill(self, cell: Any, value: Any, entry: Entry, place: str) -> None:
        kind = kind_of(entry.annotation)
        cell.number_format = FORMATS.get(kind, "General")
        cell.alignment = WRAPPED
        try:
            written = to_cell(value, entry.annotation, self.language)
        except ValueError:
            self.problems.append(Problem("brief.too_long_for_cell", place, {}))
            return
        if isinstance(written, str):
            self._text(cell, written)
        else:
            cell.value = written

    @staticmethod
    def _text(cell: Any, text: str) -> None:
        """Write a text that stays one: Excel neither computes it nor turns it into a number or a date."""
        if text:
            cell.value = text
            cell.data_type = "s"
            cell.quotePrefix = text[0] in "=+-@\t"

    def _offer(self, sheet: Worksheet, cells: str, offered: list[str]) -> None:
        if not offered:
            return
        if tuple(offered) not in self._lists:
            column = get_column_letter(len(self._lists) + 1)
            self._lists[tuple(offered)] = f"={CHOICES}!${column}$1:${column}${len(offered)}"
        place = self._lists[tuple(offered)]
        rule = DataValidation(type="list", formula1=place, allow_blank=True, showErrorMessage=True)
        rule.error, rule.errorTitle = self._say("choose"), self._say("title")
        rule.add(cells)
        sheet.add_data_validation(rule)


def at(content: Any, keys: tuple[str, ...]) -> Any:
    """Return what stands at ``keys`` of plain content, None where nothing does."""
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content
