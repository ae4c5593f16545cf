"""Rows of an engine streamed into the first sheet of a workbook.

openpyxl makes the book, with its heading and whatever else it holds; the rows are worded as XML by the engine, since
writing a million rows cell by cell would take longer than everything before. Texts are written so that no spreadsheet
computes them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

MOST_ROWS = 1_048_576 - 1  # what a sheet of Excel holds below the heading
SHEET = "xl/worksheets/sheet1.xml"
END_OF_ROWS = b"</sheetData>"
ROWS_AT_ONCE = 20_000
CONTROL_CHARACTERS = "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]"


def harmless(column: str) -> str:
    """Return the SQL of a text that no spreadsheet computes: what starts like a formula gets an apostrophe before
    it, control characters that a workbook cannot hold are left out."""
    clean = f"regexp_replace({column}, '{CONTROL_CHARACTERS}', '', 'g')"
    return f"CASE WHEN regexp_matches({column}, '^[=+@\\t\\r-]') THEN '''' || {clean} ELSE {clean} END"


def text_cell(value: str) -> str:
    """Return the SQL of a text as a sheet stores it."""
    escaped = f"replace(replace(replace({value}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    return f"""'<c t="inlineStr"><is><t xml:space="preserve">' || {escaped} || '</t></is></c>'"""


def number_cell(value: str) -> str:
    """Return the SQL of a number as a sheet stores it, an empty cell where it is null."""
    return f"""coalesce('<c><v>' || {value} || '</v></c>', '<c/>')"""


def row_of(cells: list[str]) -> str:
    """Return the SQL of a row of cells."""
    return f"'<row>' || {' || '.join(cells)} || '</row>'"


def stream_book(book: openpyxl.Workbook, path: Path, rows: Any) -> None:
    """Write ``book`` to ``path`` with ``rows`` below what its first sheet holds: a cursor over single texts, each a
    row as :func:`row_of` words it."""
    skeleton = io.BytesIO()
    book.save(skeleton)
    with zipfile.ZipFile(skeleton) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as filled:
        for entry in made.infolist():
            content = made.read(entry)
            if entry.filename != SHEET:
                filled.writestr(entry, content)
                continue
            head, tail = content.split(END_OF_ROWS)
            with filled.open(SHEET, "w", force_zip64=True) as sheet:
                sheet.write(re.sub(rb"<dimension[^>]*/>", b"", head))  # it tells of the heading alone
                for batch in _batches(rows):
                    sheet.write(batch)
                sheet.write(END_OF_ROWS + tail)


def _batches(rows: Any) -> Iterator[bytes]:
    while batch := rows.fetchmany(ROWS_AT_ONCE):
        yield "".join(row for row, in batch).encode()
