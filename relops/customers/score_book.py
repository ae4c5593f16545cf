"""The scores as a workbook for people: ``private/customers.xlsx``.

openpyxl makes the book, with its heading and its page of notes; the rows are worded as XML by the engine and
streamed in, since writing a million rows cell by cell would take longer than all models together. Keys are written
as text that no spreadsheet computes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font

from relops.customers.history import CustomerHistory
from relops.customers.models import GammaGamma, PurchaseModel
from relops.customers.scores import ScoreTerms, write_scores
from relops.customers.value_terms import ValueTerms
from relops.data.engine import literal
from relops.locale import text
from relops.locale.format import format_value

BOOK = "customers.xlsx"
MOST_ROWS = 1_048_576 - 1  # what a sheet of Excel holds below the heading
SHEET = "xl/worksheets/sheet1.xml"
END_OF_ROWS = b"</sheetData>"
ROWS_AT_ONCE = 20_000
CONTROL_CHARACTERS = "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]"
GROUPS_AS_WORDS = ("loyal", "riser", "dormant", "churned", "everyone")


@dataclass(frozen=True)
class Scored:
    """What was written: ``customers`` in scores.parquet, ``listed`` of them in customers.xlsx."""

    customers: int
    listed: int


def score_customers(history: CustomerHistory, model: PurchaseModel, activity: PurchaseModel, terms: ValueTerms, *,
                    engine: Any, purchase_days: Any, spend: GammaGamma | Any, rules: Any, level: float,
                    ids: Path, folder: Path, languages: Sequence[str]) -> Scored:
    """Write scores.parquet and customers.xlsx into the private ``folder``, and return how many customers are in
    each; ``ids`` is the map from hash to the client's own id that the door keeps."""
    valued = spend if isinstance(spend, GammaGamma) else None
    made_with = ScoreTerms(model, activity, valued, terms, rules, level)
    path = write_scores(engine, purchase_days, history, made_with, ids, folder)
    return write_book(engine, path, folder, terms, format_value(level, "share", languages[0]).replace(".0", ""),
                      languages)


def write_book(engine: Any, scores: Path, folder: Path, terms: ValueTerms, level_text: str,
               languages: Sequence[str], most_rows: int = MOST_ROWS) -> Scored:
    """Write the workbook of a file of scores into ``folder``, readable by its owner alone. Where customers are
    more than a sheet holds, the first by rank are in it and a sentence on the page of notes says so."""
    source = f"read_parquet({literal(str(scores))})"
    everyone = engine.value(f"SELECT count(*) FROM {source}")
    kept = min(everyone, most_rows)
    columns = [name for name, in engine.rows(f"SELECT column_name FROM (DESCRIBE SELECT * FROM {source})")]
    rows = engine.execute(f"SELECT {_row_xml(columns, languages[0])} FROM {source} ORDER BY rank, customer "
                          f"LIMIT {kept}")
    path, draft = folder / BOOK, folder / f"{BOOK}.part"
    try:
        cut = {"everyone": f"{everyone:,}", "most": f"{most_rows:,}"} if kept < everyone else {}
        skeleton = _skeleton(columns, terms, level_text, languages, cut)
        _fill(skeleton, draft, _batches(rows))
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return Scored(everyone, kept)


def _row_xml(columns: Sequence[str], language: str) -> str:
    """Return the SQL expression of a row as a spreadsheet stores it."""
    cells = []
    for name in columns:
        if name == "customer":
            clean = f"regexp_replace(customer, '{CONTROL_CHARACTERS}', '', 'g')"
            safe = f"CASE WHEN regexp_matches(customer, '^[=+@\\t\\r-]') THEN '''' || {clean} ELSE {clean} END"
            cells.append(_text_cell(safe))
        elif name == "group":
            cases = " ".join(f"WHEN {literal(group)} THEN {literal(text(f'customers.value.scores.{group}', language))}"
                             for group in GROUPS_AS_WORDS)
            cells.append(_text_cell(f'CASE "group" {cases} ELSE "group" END'))
        else:
            number = f'"{name}"' if name in ("recency_days", "frequency", "rank") else f'round("{name}", 4)'
            cells.append(f"""coalesce('<c><v>' || {number} || '</v></c>', '<c/>')""")
    return f"'<row>' || {' || '.join(cells)} || '</row>'"


def _text_cell(value: str) -> str:
    escaped = f"replace(replace(replace({value}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    return f"""'<c t="inlineStr"><is><t xml:space="preserve">' || {escaped} || '</t></is></c>'"""


def _batches(rows: Any) -> Iterator[bytes]:
    while batch := rows.fetchmany(ROWS_AT_ONCE):
        yield "".join(row for row, in batch).encode()


def _skeleton(columns: Sequence[str], terms: ValueTerms, level_text: str, languages: Sequence[str],
              cut: Mapping[str, str]) -> bytes:
    """Return the workbook without its rows: heading, widths, and the page of notes in every language (with the
    numbers of ``cut``, where customers were left out)."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "scores"
    sheet.append([" / ".join(text(f"customers.value.scores.{name}", language) for language in languages)
                  for name in columns])
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[cell.column_letter].width = 18
    sheet.freeze_panes = "B2"
    notes = book.create_sheet("notes")
    notes.column_dimensions["A"].width = 110
    for language in languages:
        lines = ["private", "columns", terms.measure, "interval"] + (["cut"] if cut else [])
        for line in lines:
            notes.append([text(f"customers.value.scores.note_{line}", language, level=level_text,
                               end=terms.horizon_end.isoformat(), **cut)])
            notes.cell(notes.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(skeleton: bytes, path: Path, rows: Iterator[bytes]) -> None:
    """Write the workbook with ``rows`` streamed into its first sheet."""
    with zipfile.ZipFile(io.BytesIO(skeleton)) as book, zipfile.ZipFile(
            path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as filled:
        for entry in book.infolist():
            content = book.read(entry)
            if entry.filename != SHEET:
                filled.writestr(entry, content)
                continue
            head, tail = content.split(END_OF_ROWS)
            with filled.open(SHEET, "w", force_zip64=True) as sheet:
                sheet.write(re.sub(rb"<dimension[^>]*/>", b"", head))  # it tells of the heading alone
                for batch in rows:
                    sheet.write(batch)
                sheet.write(END_OF_ROWS + tail)
