"""The scores as a workbook for people: ``private/customers.xlsx``.

openpyxl makes the book, with its heading and its page of notes; the engine streams the rows in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from relops.data.sheet_stream import MOST_ROWS, harmless, number_cell, row_of, stream_book, text_cell
from relops.files import private_draft
from relops.locale import text
from relops.locale.format import format_value

BOOK = "customers.xlsx"
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
    with private_draft(folder / BOOK) as draft:
        cut = {"everyone": f"{everyone:,}", "most": f"{most_rows:,}"} if kept < everyone else {}
        stream_book(_skeleton(columns, terms, level_text, languages, cut), draft, rows)
    return Scored(everyone, kept)


def _row_xml(columns: Sequence[str], language: str) -> str:
    """Return the SQL expression of a row as a spreadsheet stores it."""
    cells = []
    for name in columns:
        if name == "customer":
            cells.append(text_cell(harmless(name)))
        elif name == "group":
            cases = " ".join(f"WHEN {literal(group)} THEN {literal(text(f'customers.value.scores.{group}', language))}"
                             for group in GROUPS_AS_WORDS)
            cells.append(text_cell(f'CASE "group" {cases} ELSE "group" END'))
        else:
            number = f'"{name}"' if name in ("recency_days", "frequency", "rank") else f'round("{name}", 4)'
            cells.append(number_cell(number))
    return row_of(cells)


def _skeleton(columns: Sequence[str], terms: ValueTerms, level_text: str, languages: Sequence[str],
              cut: Mapping[str, str]) -> openpyxl.Workbook:
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
    return book
