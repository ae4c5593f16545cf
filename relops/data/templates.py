"""Empty Excel files of the eight tables for records that nobody exports: filled in, the door reads them as they are."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from relops.archives import workbook_bytes
from relops.data.contract import ContractColumn, ContractTable, contract
from relops.data.dictionary import allowed_values
from relops.locale import text

FOLDER = "templates"
REQUIRED = PatternFill("solid", fgColor="FFF2B3")
FORMATS = {"customer": "@", "text": "@", "date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm:ss"}
ROWS_WITH_CHOICES = 5000


def write_templates(folder: Path, language: str) -> None:
    """Write ``<table>.xlsx`` for every table: the columns by their names, what each means in ``language``."""
    folder.mkdir()
    for table in contract().values():
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = table.name
        for place, column in enumerate(table.columns.values(), 1):
            heading = sheet.cell(1, place, column.name)
            heading.font = Font(bold=True)
            heading.comment = Comment(_words(column, language), "relops")
            letter = get_column_letter(place)
            sheet.column_dimensions[letter].width = max(14, len(column.name) + 2)
            sheet.column_dimensions[letter].number_format = FORMATS.get(column.type, "General")
            if column.required is True:
                heading.fill = REQUIRED
            if column.allowed:
                rule = DataValidation(type="list", formula1=f'"{",".join(column.allowed)}"', allow_blank=True)
                rule.add(f"{letter}2:{letter}{ROWS_WITH_CHOICES}")
                sheet.add_data_validation(rule)
        sheet.freeze_panes = "A2"
        _explain(book, table, language)
        (folder / f"{table.name}.xlsx").write_bytes(workbook_bytes(book))


def _words(column: ContractColumn, language: str) -> str:
    required = f" ({text('intake.template.required', language)})" if column.required is True else ""
    return f"{text(f'data.column.{column.name}', language)}{required}\n{column.example}"


def _explain(book: openpyxl.Workbook, table: ContractTable, language: str) -> None:
    """Write a second sheet that says what each column means."""
    sheet = book.create_sheet(text("intake.template.columns", language))
    sheet.append([text(f"intake.template.{key}", language)
                  for key in ("name", "meaning", "required", "example", "allowed")])
    for column in table.columns.values():
        needed = text("intake.template.required", language) if column.required is True else ""
        sheet.append([column.name, text(f"data.column.{column.name}", language), needed, column.example,
                      allowed_values(column)])
    for letter, width in zip("ABCDE", (20, 24, 12, 24, 44), strict=True):
        sheet.column_dimensions[letter].width = width
        sheet[f"{letter}1"].font = Font(bold=True)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
