"""How the rows of one file come into a staging table: a new file format is added here.

Parquet is read by the engine. A text of one line a row is left to the engine's own reader; any other text, and
every workbook, is read row by row. Both ways give the same rows (a test holds them against each other).
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from relops.brief.sources import Source
from relops.data.engine import Engine, literal, quote
from relops.data.readers.sheets import read_sheet
from relops.data.readers.sniff import SEPARATORS, WORKBOOKS
from relops.data.readers.text_files import Row, TextFile, open_text_file, read_rows
from relops.errors import BadInput, Problem

MOST_CHARACTERS = 1_000_000
KEPT_OF_A_FAULTY_ROW = 2_000
CHUNK_ROWS = 50_000


@dataclass
class OpenedFile:
    """A file whose header is read: names of its columns (made up where empty), those that stand there twice,
    the line of the header (0: none), how many cells a row needs, and the rows below the header."""

    path: Path
    names: list[str]
    twice: set[str] = field(default_factory=set)
    header_line: int = 0
    least_cells: int = 0
    footer: int = 0
    rows: Iterator[Row] | None = None
    text: TextFile | None = None


def open_file(path: Path, source: Source, draft: Path) -> OpenedFile:
    """Return a file with its header read. Raises BadInput when it is empty or not what its name says."""
    if path.stat().st_size == 0:
        raise BadInput(Problem("data.door.empty", str(path), {}))
    if path.suffix.lower() == ".parquet":
        try:
            return OpenedFile(path, list(pyarrow.parquet.read_schema(path).names), footer=source.footer)
        except pa.ArrowInvalid as fault:
            raise BadInput(Problem("data.door.workbook", str(path), {"fault": str(fault)})) from fault
    text = None
    if path.suffix.lower() in WORKBOOKS:
        rows = read_sheet(path, source.sheet)
    else:
        text = open_text_file(path, source.encoding, source.separator, draft)
        rows = read_rows(text)
    return _read_header(path, source, rows, text)


def _read_header(path: Path, source: Source, rows: Iterator[Row], text: TextFile | None) -> OpenedFile:
    first_line = source.header if isinstance(source.header, int) else 1
    rows = itertools.dropwhile(lambda row: row[0] < first_line, rows)
    line, cells = next(rows, (0, None))
    if cells is None:
        raise BadInput(Problem("data.door.empty", str(path), {}))
    found = [cell.strip() for cell in cells]
    if source.header == "none":
        rows, line, found = itertools.chain([(line, cells)], rows), 0, [""] * len(cells)
    if source.names:
        if len(source.names) != len(found):
            raise BadInput(Problem("data.door.names", str(path), {
                "names": len(source.names), "columns": len(found), "row": " | ".join(cells)[:200]}))
        found = list(source.names)
    if any("\n" in cell for cell in cells):
        text = None  # the engine's reader skips lines, not rows
    named = [place for place, name in enumerate(found, 1) if name] or [len(found)]
    names, twice = [], set()
    for place, name in enumerate(found, 1):
        name = name or f"column_{place}"
        twice |= {name} & set(names)
        names.append(f"{name} ({place})" if name in names else name)
    least = max(named) if line else len(found)
    return OpenedFile(path, names, twice, line, least, source.footer, rows, text)


def fill(engine: Engine, table: str, file: OpenedFile, number: int, before: int, cells: list[str]) -> int:
    """Write the rows of a file into a staging table and return their number.

    ``number`` is the file's in its source, ``before`` the rows that stand there already, ``cells`` the cell
    columns that its columns go to.
    """
    target = f"{quote(table)} (n, file, line, fault, raw, {', '.join(cells)})"
    if file.path.suffix.lower() == ".parquet":
        _fill_from_parquet(engine, target, file, number, before)
    elif not (file.text and file.text.engine_can_read and _fill_by_engine(engine, target, file, number, before)):
        _fill_row_by_row(engine, target, file, number, before)
    count = f"SELECT count(*) FROM {quote(table)} WHERE file = {number}"
    if file.footer:
        last = before + engine.value(count) - file.footer
        engine.execute(f"DELETE FROM {quote(table)} WHERE file = {number} AND n > {last}")
    return engine.value(count)


def _pattern(path: Path) -> str:
    """Return the SQL literal of a pattern that this one file answers to, whatever signs its name holds."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _fill_from_parquet(engine: Engine, target: str, file: OpenedFile, number: int, before: int) -> None:
    source = f"read_parquet({_pattern(file.path)})"
    cells = "".join(f", NULLIF(CAST({quote(name)} AS VARCHAR), '') AS c{place}"
                    for place, name in enumerate(file.names))
    names = "".join(f", c{place}" for place in range(len(file.names)))
    engine.execute(
        f"INSERT INTO {target} SELECT {before} + line, {number}, line, NULL, NULL{names} "
        f"FROM (SELECT row_number() OVER () AS line{cells} FROM {source})")


def _fill_by_engine(engine: Engine, target: str, file: OpenedFile, number: int, before: int) -> bool:
    """Let the engine read the text; return False, with nothing written, where a row is not just one line."""
    lines = file.text.lines - file.header_line
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(file.names)))
    options = (f"delim = {literal(SEPARATORS[file.text.separator])}, quote = '\"', escape = '\"', header = false, "
               f"auto_detect = false, skip = {file.header_line}, columns = {{{columns}}}, "
               f"max_line_size = {MOST_CHARACTERS}")
    cells = ", ".join(f"NULLIF(c{place}, '')" for place in range(len(file.names)))
    engine.execute("BEGIN")
    try:
        written = engine.value(
            f"INSERT INTO {target} SELECT {before} + row, {number}, {file.header_line} + row, NULL, NULL, {cells} "
            f"FROM (SELECT row_number() OVER () AS row, * FROM read_csv({_pattern(file.text.path)}, {options}))")
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        written = None  # the exact reader says which row is at fault
    engine.execute("COMMIT" if written == lines else "ROLLBACK")
    return written == lines


def _fill_row_by_row(engine: Engine, target: str, file: OpenedFile, number: int, before: int) -> None:
    width = len(file.names)
    names = ["n", "file", "line", "fault", "raw", *(f"c{place}" for place in range(width))]
    types = [pa.int64(), pa.int32(), pa.int64(), *[pa.string()] * (width + 2)]
    while chunk := list(itertools.islice(file.rows, CHUNK_ROWS)):
        numbered = ((before + place, number, *_cut(line, cells, file)) for place, (line, cells) in enumerate(chunk, 1))
        columns = zip(*numbered, strict=True)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
        engine.insert(target, pa.table(arrays, names=names))
        before += len(chunk)


def _cut(line: int, cells: list[str], file: OpenedFile) -> tuple[int | str | None, ...]:
    """Return line, fault, the row as it stands if faulty, and as many cells as the file has columns."""
    width = len(file.names)
    fault = None
    if len(cells) < file.least_cells or any(cells[width:]):
        fault = "width"
    elif any(len(cell) > MOST_CHARACTERS for cell in cells):
        fault = "cell_size"
    if fault:
        return line, fault, as_line(cell[:KEPT_OF_A_FAULTY_ROW] for cell in cells), *[None] * width
    padded = cells[:width] + [""] * (width - len(cells))
    return line, None, None, *(cell or None for cell in padded)


def as_line(cells: Iterable[str | None]) -> str:
    """Return cells as one line of CSV, cut to a length that a person still reads."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()[:KEPT_OF_A_FAULTY_ROW]
