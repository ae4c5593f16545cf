"""How the rows of one file come into a staging table: a new file format is added here.

Parquet, DuckDB files and nearly all texts are read by the engine; what its reader does not take (cells of megabytes,
rows that are too long, carriage returns that end a line alone), workbooks, pages and databases are read row by row.
Both ways give the same rows (a test holds them against each other).
"""

from __future__ import annotations

import csv
import io
import itertools
import mmap
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from relops.brief.sources import Source
from relops.data.engine import Engine, literal, quote
from relops.data.readers.databases import attach_duckdb, read_database, read_sqlite
from relops.data.readers.inputs import Input
from relops.data.readers.json_lines import read_json
from relops.data.readers.layout import HEAD_ROWS, Layout, find_table
from relops.data.readers.sheets import Grid, read_sheet
from relops.data.readers.text_files import SEPARATORS, Row, Span, TextFile, open_text_file, read_rows
from relops.data.readers.web_tables import read_sheet_xml, read_web_table
from relops.errors import BadInput, Problem

MOST_CHARACTERS = 1_000_000
KEPT_OF_A_FAULTY_ROW = 2_000
CHUNK_ROWS = 50_000
# tells cells that are not there from empty ones; a text that holds this sign itself is read row by row
ABSENT = "\x01"


@dataclass
class OpenedFile:
    """A file whose header is read: names of its columns (made up where empty), those that stand there twice,
    the line of the header (0: none), how many cells a row needs, and the rows below the header.

    The rows come from one of: ``sql`` (a relation of the engine), ``text`` (``skip`` lines above them), ``rows``.
    """

    shown: str
    names: list[str]
    twice: set[str] = field(default_factory=set)
    header_line: int = 0
    least_cells: int = 0
    skip: int = 0
    explained: int | None = None
    titles: int = 0
    rows: Iterator[Row] | None = None
    text: TextFile | None = None
    sql: str | None = None
    kind: str = "text"
    headed: bool = True


def open_file(engine: Engine, given: Input, source: Source, draft: Path, *, headed: bool = True) -> OpenedFile:
    """Return a file with its header read; ``headed`` False lets the cells tell whether there is one.

    Raises BadInput when it is empty or not what it should be.
    """
    path, shown, sheet = given.path, given.shown, given.sheet
    merged: Sequence[Span] = ()
    text = None
    if given.kind == "parquet":
        try:
            names = list(pyarrow.parquet.read_schema(path).names)
            return OpenedFile(shown, names, sql=f"read_parquet({pattern(path)})", kind=given.kind)
        except (pa.ArrowInvalid, OSError) as fault:
            raise BadInput(Problem("data.door.workbook", shown, {})) from fault
    if given.kind == "duckdb":
        names, sql = attach_duckdb(engine, path, shown, sheet, draft.stem)
        return OpenedFile(shown, names, sql=sql, kind=given.kind)
    if given.kind in ("json", "sqlite", "server"):
        names, rows = (read_json(path, shown) if given.kind == "json" else read_sqlite(path, shown, sheet)
                       if given.kind == "sqlite" else read_database(shown, sheet, draft))
        if not isinstance(rows, Path):
            return OpenedFile(shown, names, least_cells=len(names), rows=rows, kind=given.kind)
        text = open_text_file(rows, shown, "utf-8", ",", draft)
        return OpenedFile(shown, names, header_line=0, least_cells=len(names), skip=1, text=text,
                          rows=itertools.islice(read_rows(text), 1, None), kind=given.kind)
    if given.kind == "text":
        text = open_text_file(path, shown, source.encoding, source.separator, draft)
        rows = read_rows(text)
    else:
        grid = _grid(given, source)
        rows, merged = iter(grid), grid.merged
    return _read_header(given, source, rows, text, merged, headed)


def _grid(given: Input, source: Source) -> Grid:
    if given.kind == "web":
        return read_web_table(given.path, given.shown, source.encoding)
    read = read_sheet_xml if given.kind == "sheet_xml" else read_sheet
    return read(given.path, given.shown, given.sheet)


def _read_header(given: Input, source: Source, rows: Iterator[Row], text: TextFile | None, merged: Sequence[Span],
                 headed: bool) -> OpenedFile:
    first_line = source.header if isinstance(source.header, int) else 1
    rows = itertools.dropwhile(lambda row: row[0] < first_line, rows)
    head = list(itertools.islice(rows, HEAD_ROWS))
    if not head:
        raise BadInput(Problem("data.door.empty", given.shown, {}))
    if source.header == "none":
        layout = Layout(0, 0, ("",) * len(head[0][1]))
    elif isinstance(source.header, int):
        layout = Layout(head[0][0], head[0][0], tuple(cell.strip() for cell in head[0][1]))
    else:
        found = find_table(head, merged, headed=headed)
        if found is None:
            title = " | ".join(cell for cell in head[0][1] if cell)
            raise BadInput(Problem("data.door.titles_only", given.shown, {"title": title[:100]}))
        layout = found
    body = [row for row in head if row[0] > layout.last_line][layout.titles if not layout.header_line else 0:]
    found = list(layout.names)
    if source.names:
        if len(source.names) != len(found):
            raise BadInput(Problem("data.door.names", given.shown, {
                "names": len(source.names), "columns": len(found), "row": " | ".join(head[0][1])[:200]}))
        found = list(source.names)
    named = [place for place, name in enumerate(found, 1) if name] or [len(found)]
    least = max(named) if layout.header_line else len(found)
    # most rows end in a separator that the header lacks: columns without a name
    widths = Counter(len(cells) for _, cells in body)
    usual = widths.most_common(1)[0][0] if body else len(found)
    found += [""] * (usual - len(found))
    names, twice = _numbered(found)
    above = [row for row in head if row[0] <= layout.last_line] or head[:layout.titles]
    last = above[-1] if above else (0, [])
    skip = last[0] + sum(cell.count("\n") for cell in last[1]) if text else 0
    return OpenedFile(given.shown, names, twice, layout.header_line, least, skip, layout.explained, layout.titles,
                      itertools.chain(body, rows), text, kind=given.kind,
                      headed=bool(layout.header_line))


def _numbered(found: list[str]) -> tuple[list[str], set[str]]:
    """Return names for all columns, made up where empty, numbered where they come again, and those that do."""
    names: list[str] = []
    twice: set[str] = set()
    for place, name in enumerate(found, 1):
        name = " ".join(name.split()) or f"column_{place}"
        twice |= {name} & set(names)
        names.append(f"{name} ({place})" if name in names else name)
    return names, twice


def fill(engine: Engine, table: str, files: Sequence[OpenedFile], number: int, cells: list[str]) -> None:
    """Write the rows of files into a staging table, in order.

    ``number`` is the first file's in its source, ``cells`` the cell columns that the columns of each go to. Several
    files at once are texts of one form (:func:`alike`): the engine reads them together, on all threads.
    """
    target = f"{quote(table)} (file, line, fault, raw, {', '.join(cells)})"
    if files[0].sql:
        names = ", ".join(f"NULLIF(CAST({quote(name)} AS VARCHAR), '')" for name in files[0].names)
        engine.execute(f"INSERT INTO {target} SELECT {number}, NULL, NULL, NULL, {names} FROM {files[0].sql}")
        return
    if files[0].text and files[0].text.engine_can_read and _fill_plainly(engine, table, target, files, number):
        return
    for place, file in enumerate(files, number):
        if not (file.text and file.text.engine_can_read and _fill_exactly(engine, target, file, place)):
            _fill_row_by_row(engine, target, file, place)


def alike(one: OpenedFile, other: OpenedFile) -> bool:
    """Return whether the engine can read two texts in one go."""
    def form(file: OpenedFile) -> tuple[object, ...]:
        text = file.text
        return (text.separator, text.quote, text.escape, text.engine_can_read, file.names, file.skip) if text else ()

    return bool(one.text and other.text) and form(one) == form(other)


def pattern(path: Path) -> str:
    """Return the SQL literal of a pattern that this one file answers to, whatever signs its name holds."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _reader(files: Sequence[OpenedFile], more: str) -> str:
    text = files[0].text
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(files[0].names)))
    return (f"read_csv([{', '.join(pattern(file.text.path) for file in files)}], "
            f"delim = {literal(SEPARATORS[text.separator])}, quote = {literal(text.quote)}, "
            f"escape = {literal(text.escape)}, header = false, auto_detect = false, skip = {files[0].skip}, "
            f"columns = {{{columns}}}, max_line_size = {MOST_CHARACTERS}, {more})")


def _fill_plainly(engine: Engine, table: str, target: str, files: Sequence[OpenedFile], number: int) -> bool:
    """Let the engine read texts of one line a row; return False, with nothing written, where a row is not that."""
    cells = ", ".join(f"c{place}" for place in range(len(files[0].names)))
    engine.execute("BEGIN")
    try:
        engine.execute(f"INSERT INTO {target} SELECT {number} + file_index, NULL, NULL, NULL, {cells} "
                       f"FROM {_reader(files, 'allow_quoted_nulls = true')}")
        counts = dict(engine.rows(f"SELECT file, count(*) FROM {quote(table)} WHERE file >= {number} GROUP BY file"))
        whole = all(counts.get(place, 0) == file.text.lines - file.skip for place, file in enumerate(files, number))
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        whole = False
    engine.execute("COMMIT" if whole else "ROLLBACK")
    return whole


def _fill_exactly(engine: Engine, target: str, file: OpenedFile, number: int) -> bool:
    """Let the engine read a text whose cells hold line breaks or whose rows may be short.

    Return False, with nothing written, where rows and line breaks do not add up to the lines of the file.
    """
    with file.text.path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(ABSENT.encode()) >= 0:
            return False
    names = [f"c{place}" for place in range(len(file.names))]
    breaks = " + ".join(f"coalesce(length({name}) - length(replace({name}, chr(10), '')), 0)" for name in names)
    fault = f"CASE WHEN c{file.least_cells - 1} IS NULL THEN 'width' END"
    quoted = (f"CASE WHEN regexp_matches({name}, '[,\"\\r\\n]') THEN '\"' || replace({name}, '\"', '\"\"') || '\"' "
              f"ELSE {name} END" for name in names)
    raw = f"left(concat_ws(',', {', '.join(quoted)}), {KEPT_OF_A_FAULTY_ROW})"
    cells = ", ".join(f"CASE WHEN fault IS NULL THEN NULLIF({name}, '') END" for name in names)
    more = f"null_padding = true, parallel = false, nullstr = {literal(ABSENT)}"
    try:
        engine.create_table("exact_rows", f"SELECT *, 1 + {breaks} AS high, {fault} AS fault FROM "
                            f"{_reader([file], more)}", temporary=True)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False  # the exact reader says which row is at fault
    whole = engine.value("SELECT coalesce(sum(high), 0) FROM exact_rows") == file.text.lines - file.skip
    if whole:
        line = f"{file.skip} + 1 + coalesce(sum(high) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
        engine.execute(f"INSERT INTO {target} SELECT {number}, {line}, fault, CASE WHEN fault IS NOT NULL THEN {raw} "
                       f"END, {cells} FROM (SELECT * FROM exact_rows ORDER BY rowid)")
    engine.drop_table("exact_rows")
    return whole


def _fill_row_by_row(engine: Engine, target: str, file: OpenedFile, number: int) -> None:
    width = len(file.names)
    names = ["file", "line", "fault", "raw", *(f"c{place}" for place in range(width))]
    types = [pa.int32(), pa.int64(), *[pa.string()] * (width + 2)]
    while chunk := list(itertools.islice(file.rows, CHUNK_ROWS)):
        columns = zip(*((number, *_cut(line, cells, file)) for line, cells in chunk), strict=True)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
        engine.insert(target, pa.table(arrays, names=names))


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
