"""Refused rows, as they stood, with file, line and reason: one CSV a table, for the owner of the data alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from relops.data.engine import Engine, quote
from relops.data.grain import Placed
from relops.data.readers.file_formats import KEPT_OF_A_FAULTY_ROW, as_line
from relops.locale import text

HEADER = ("file", "line", "reason", "column", "explanation", "original")
FETCHED = 10_000


def write_quarantine(engine: Engine, placed: Placed, folder: Path, languages: Sequence[str]) -> None:
    """Write ``<folder>/<table>.csv`` if rows of the table were refused (UTF-8 with mark, as Excel wants it).

    ``reason`` is the id of the message ``data.reason.<reason>``, ``explanation`` its text. Raises OSError.
    """
    rows = _refused(engine, placed)
    first = next(rows, None)
    if first is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{placed.table.name}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for name, line, reason, column, original in (first, *rows):
            explanation = " / ".join(text(f"data.reason.{reason}", language) for language in languages)
            writer.writerow([name, line, reason, column, explanation, original])
    path.chmod(0o600)


def _refused(engine: Engine, placed: Placed) -> Iterator[tuple[str, int, str, str, str]]:
    before = 0
    for place, typed in enumerate(placed.sources):
        staged = typed.mapping.staged
        cells = ", ".join(f"s.c{number}" for number in range(len(staged.headers)))
        cursor = engine.execute(
            f"SELECT p._file, p._line, split_part(p._reason, ':', 1), split_part(p._reason, ':', 2), s.raw, {cells} "
            f"FROM {placed.rows} p JOIN {quote(staged.table)} s ON s.n = p._row - {before} "
            f"WHERE p._source = {place} AND p._class = 'refused' ORDER BY p._row")
        while found := cursor.fetchmany(FETCHED):
            for file, line, reason, column, raw, *values in found:
                original = raw or as_line((value or "")[:KEPT_OF_A_FAULTY_ROW] for value in values)
                yield staged.files[file].name, line, reason, column, original
        before += staged.last
