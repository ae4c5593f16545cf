"""All tables of a run as files: CSV to look at, Parquet to compute with, one workbook with an index."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from relops.archives import workbook_bytes
from relops.exhibits import Column, filter_text, plain, titled
from relops.files import defused
from relops.locale import text
from relops.notebook.display import cell_text, heading
from relops.store import Exhibits

NUMBER_FORMATS = {"share": "0.0%", "ratio": "0.000", "p_value": "0.0000", "points": "0.0", "parameter": "General",
                  "log_likelihood": "0.00", "money": "#,##0.00", "weeks": "0.0", "months": "0.0"}
COUNT_FORMAT = "#,##0"
MAX_SHEET_NAME = 31
MAX_WIDTH, MIN_WIDTH = 40, 9
BOLD = Font(bold=True)


def write_tables(folder: Path, exhibits: Exhibits, languages: list[str]) -> None:
    """Write every table of the run into ``folder``.

    ``<id>.<language>.csv`` (UTF-8 with mark, headings and labels of that language, unrounded),
    ``<id>.parquet`` (column keys, message ids as labels) and ``tables.xlsx`` (all tables, index first, both
    languages). A text that a spreadsheet would take for a formula is written with an apostrophe before it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for record in exhibits.tables.values():
        _parquet(folder / f"{record['id']}.parquet", record)
        for language in languages:
            _csv(folder / f"{record['id']}.{language}.csv", record, language)
    (folder / "tables.xlsx").write_bytes(workbook_bytes(_workbook(exhibits, languages)))


def _columns(record: Mapping[str, Any]) -> list[Column]:
    return [Column(**column) for column in record["columns"]]


def _cell(value: Any, unit: str, language: str) -> Any:
    """A cell for a spreadsheet: numbers stay numbers, labels are translated."""
    if isinstance(value, str) and unit != "date":
        return defused(cell_text(value, unit, language))
    return value


def _csv(path: Path, record: Mapping[str, Any], language: str) -> None:
    columns = _columns(record)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([defused(heading(column, language)) for column in columns])
        for row in record["rows"]:
            cells = zip(row, columns, strict=True)
            writer.writerow([_cell(value, column.unit, language) for value, column in cells])


def _parquet(path: Path, record: Mapping[str, Any]) -> None:
    frame = pd.DataFrame(record["rows"], columns=[column["key"] for column in record["columns"]])
    for key in frame:
        kinds = {type(value) for value in frame[key] if value is not None}
        if kinds <= {int, float} and kinds:
            frame[key] = pd.to_numeric(frame[key])
        elif kinds != {bool}:
            frame[key] = frame[key].map(lambda value: None if value is None else str(value)).astype("string")
    frame.to_parquet(path, index=False)


def _workbook(exhibits: Exhibits, languages: list[str]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    index = book.active
    index.title = " ".join(text("suite.tables.index", language) for language in languages)
    keys = ("sheet", "table", "id", "notebook", "rows", "n", "period", "filter")
    index.append([_both(key, languages) for key in keys])
    for record in exhibits.tables.values():
        sheet = book.create_sheet(_sheet_name(record["id"], set(book.sheetnames)))
        _fill(sheet, record, languages)
        period = " – ".join(record["period"]) if record["period"] else None
        title = " / ".join(plain(titled(record, language)) for language in languages)
        index.append([sheet.title, title, record["id"], record["notebook"], len(record["rows"]), record["n"],
                      period, defused(_filter(record["filter"], languages))])
        link = index.cell(index.max_row, 1)
        link.hyperlink, link.style = f"#'{sheet.title}'!A1", "Hyperlink"
    _dress(index, head_rows=1)
    return book


def _filter(told: str | None, languages: list[str]) -> str | None:
    return " / ".join(dict.fromkeys(filter_text(told, language) for language in languages)) if told else None


def _both(key: str, languages: list[str]) -> str:
    return " / ".join(text(f"suite.tables.{key}", language) for language in languages)


def _sheet_name(table_id: str, taken: set[str]) -> str:
    """Return a name Excel accepts: short, without signs, not used yet."""
    name = re.sub(r"[^\w]+", "_", table_id.removesuffix(".table"))[:MAX_SHEET_NAME]
    number = 1
    while name in taken:
        number += 1
        name = f"{name[:MAX_SHEET_NAME - 3]}_{number}"
    return name


def _fill(sheet: Any, record: Mapping[str, Any], languages: list[str]) -> None:
    """Write one table: a line of title and one of headings in each language, then the rows."""
    columns = _columns(record)
    for language in languages:
        sheet.append([defused(plain(titled(record, language)))])
    for language in languages:
        sheet.append([defused(heading(column, language)) for column in columns])
    for row in record["rows"]:
        cells = []
        for value, column in zip(row, columns, strict=True):
            said = dict.fromkeys(_cell(value, column.unit, language) for language in languages)
            cells.append(" / ".join(said) if len(said) > 1 else next(iter(said)))
        sheet.append(cells)
    for position, column in enumerate(columns, start=1):
        kind = column.unit.split(":")[0]
        for cells in sheet.iter_rows(min_row=2 * len(languages) + 1, min_col=position, max_col=position):
            if isinstance(cells[0].value, (int, float)):
                cells[0].number_format = NUMBER_FORMATS.get(kind, COUNT_FORMAT)
    _dress(sheet, head_rows=2 * len(languages))


def _dress(sheet: Any, head_rows: int) -> None:
    """Set headings in bold and in view, columns as wide as what they hold."""
    for row in sheet.iter_rows(max_row=head_rows):
        for cell in row:
            cell.font, cell.alignment = BOLD, Alignment(vertical="top")
    sheet.freeze_panes = sheet.cell(head_rows + 1, 1)
    for position, column in enumerate(sheet.iter_cols(min_row=head_rows), start=1):
        width = max((_width(cell.value) for cell in column), default=0)
        sheet.column_dimensions[get_column_letter(position)].width = min(max(width + 2, MIN_WIDTH), MAX_WIDTH)


def _width(value: Any) -> int:
    """Return about how many Latin letters wide a value stands; a Chinese character counts two."""
    shown = f"{value:,.2f}" if isinstance(value, float) else str(value or "")
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in shown)
