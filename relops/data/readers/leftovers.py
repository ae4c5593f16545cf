"""What stands among the rows of a file and is none of them: totals, notes below the table, headers that repeat."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field

from relops.data.engine import Engine, literal, literals, quote
from relops.data.readers.file_formats import OpenedFile
from relops.data.readers.inputs import StagedFile
from relops.data.readers.layout import HEAD_ROWS, TOTALS, footer_rows
from relops.data.readers.text_files import SEPARATORS
from relops.errors import BadInput, Problem

TAIL_ROWS = 60
LEAST_NAMES = 2
# a line drawn between the parts of a printed report
LINE = "[-=*_─━]{3,}"


@dataclass(frozen=True)
class LeftOut:
    """Something left out of a file: why (``data.reason.<reason>``), how many rows, the file, the first line."""

    reason: str
    rows: int
    file: str
    line: int
    numbers: tuple[int, ...] = field(default=())


def find_leftovers(engine: Engine, table: str, files: Sequence[StagedFile], starts: Sequence[int],
                   headers: Sequence[str], footer: int | None) -> list[LeftOut]:
    """Return totals, notes and repeated headers among staged rows.

    ``footer`` is the number of last rows that the brief says to leave out (None: told by the rows themselves); with
    a number, totals further up are left out all the same. Raises BadInput where a second header has another order.
    """
    found: list[LeftOut] = []
    ends: dict[int, int] = {}
    for file, start in zip(files, starts, strict=True):
        cut = min(footer, file.rows) if footer is not None else _footer(engine, table, file, start, headers)
        ends[file.number] = start + file.rows - cut
        if cut:
            numbers = tuple(range(ends[file.number] + 1, start + file.rows + 1))
            found.append(_left(engine, table, "footer" if footer else "total_row", file, numbers))
    inside = f"n <= {[ends[file.number] for file in files]}[file + 1]"
    found += _headers_again(engine, table, files, headers, inside)
    if footer is None:
        found += _totals(engine, table, files, headers, inside)
    return found


def _left(engine: Engine, table: str, reason: str, file: StagedFile, numbers: tuple[int, ...]) -> LeftOut:
    line = engine.value(f"SELECT line FROM {quote(table)} WHERE n = {numbers[0]}")
    return LeftOut(reason, len(numbers), file.name, line, numbers)


def _rows(engine: Engine, table: str, first: int, last: int, file: StagedFile, headers: Sequence[str]
          ) -> list[list[str]]:
    """Return rows as lists of cells in the file's own order; a faulty one is cut anew."""
    cells = ", ".join(f"c{headers.index(name)}" for name in file.headers)
    rows = engine.rows(f"SELECT raw, {cells} FROM {quote(table)} WHERE n BETWEEN {first} AND {last} ORDER BY n")
    return [next(csv.reader([raw.replace("\n", " ")])) if raw else [(cell or "").strip() for cell in row]
            for raw, *row in rows]


def _footer(engine: Engine, table: str, file: StagedFile, start: int, headers: Sequence[str]) -> int:
    end = start + file.rows
    head = _rows(engine, table, start + 1, min(start + HEAD_ROWS, end), file, headers)
    tail = _rows(engine, table, max(start + 1, end - TAIL_ROWS + 1), end, file, headers)
    return min(footer_rows(tail, head, len(file.headers)), max(file.rows - 1, 0))


def _headers_again(engine: Engine, table: str, files: Sequence[StagedFile], headers: Sequence[str], inside: str
                   ) -> list[LeftOut]:
    found = []
    for names in {tuple(file.headers) for file in files}:
        cells = {name: f"c{headers.index(name)}" for name in names if not name.startswith("column_")}
        if len(cells) < LEAST_NAMES:
            continue
        known = literals(cells)
        first = list(cells.values())[:3]
        own = [file for file in files if tuple(file.headers) == names]
        numbers = ", ".join(str(file.number) for file in own)
        blank = literal(" \t\ufeff\u3000")
        variants = literals(mark + name + end for name in cells for mark in ("", "\ufeff", " ")
                            for end in ("", " ", "\t"))
        looks = f"{first[0]} IN ({variants}) AND " + " AND ".join(
            f"trim({cell}, {blank}) IN ({known})" for cell in first[1:])
        same = " AND ".join(f"trim({cell}, {blank}) = {literal(name)}" for name, cell in list(cells.items())[:3])
        rows = engine.rows(f"SELECT file, n, line, {same} FROM (SELECT * FROM {quote(table)} WHERE {looks}) "
                           f"WHERE ({inside}) AND file IN ({numbers}) ORDER BY n")
        for file in own:
            again = [row for row in rows if row[0] == file.number]
            moved = next((row for row in again if not row[3]), None)
            if moved:
                raise BadInput(Problem("data.door.second_header", f"{file.name}:{moved[2]}", {}))
            if again:
                found.append(LeftOut("header_again", len(again), file.name, again[0][2],
                                     tuple(row[1] for row in again)))
    return found


def _totals(engine: Engine, table: str, files: Sequence[StagedFile], headers: Sequence[str], inside: str
            ) -> list[LeftOut]:
    """Return subtotals among the rows: they begin with a word of totals and lack cells that most rows have."""
    cells = [f"c{place}" for place in range(len(headers))]
    first = f"coalesce({', '.join(cells[:3])})"
    filled = " + ".join(f"CAST({cell} IS NOT NULL AS INTEGER)" for cell in cells)
    usual = engine.value(f"SELECT mode({filled}) FROM (FROM {quote(table)} WHERE fault IS NULL LIMIT 1000)")
    rows = engine.rows(
        f"SELECT file, n, line FROM {quote(table)} WHERE (fault = 'width' AND regexp_full_match(raw, '{LINE}') OR "
        # few rows have gaps: only these are worth the pattern
        f"CASE WHEN fault IS NULL AND {filled} < {usual or 0} AND strlen({first}) < 40 "
        f"THEN regexp_matches({first}, {literal('(?i)' + TOTALS.pattern)}) END) AND ({inside}) ORDER BY n")
    found = []
    for file in files:
        own = [row for row in rows if row[0] == file.number]
        if own:
            found.append(LeftOut("total_row", len(own), file.name, own[0][2], tuple(row[1] for row in own)))
    return found


def check_quotes(engine: Engine, table: str, files: Sequence[StagedFile], opened: Sequence[OpenedFile]) -> None:
    """Raise BadInput where a cell holds whole rows of its file: a quote was opened too early or closed too late."""
    for file, one in zip(files, opened, strict=True):
        if one.text is None or one.text.separator not in SEPARATORS or len(one.names) < 3:
            continue
        sign = SEPARATORS[one.text.separator]
        marks = [f"c{place}" for place in range(len(one.names))]
        some = " OR ".join(f"contains({cell}, chr(10))" for cell in marks)
        inner = f"(?:^|\\n)(?:[^\\n{sign}]*[{sign}]){{{len(one.names) - 1}}}[^\\n{sign}]*(?:\\n|$)"
        if "|" in sign:
            inner = inner.replace("[|]", "\\|")
        swallowed = " OR ".join(f"regexp_matches({cell}, {literal(inner)})" for cell in marks)
        line = engine.value(f"SELECT min(line) FROM {quote(table)} WHERE file = {file.number} AND ({some}) "
                            f"AND ({swallowed})") if one.text.lines - one.skip != file.rows else None
        if line is not None:
            raise BadInput(Problem("data.door.swallowed", f"{one.shown}:{line}", {"quote": one.text.quote}))


def check_separators(engine: Engine, table: str, files: Sequence[StagedFile], opened: Sequence[OpenedFile]) -> None:
    """Raise BadInput where several rows are cut as the header is by another sign than the header's: exports of two
    kinds were joined, and refusing those rows would load half of the file."""
    own = {file.number: one for file, one in zip(files, opened, strict=True)
           if one.text is not None and len(one.names) >= 3}
    signs = ", ".join(f"({number}, {literal(word)}, {literal(sign)}, {len(one.names)})" for number, one in own.items()
                      for word, sign in SEPARATORS.items() if word != one.text.separator)
    problems = [] if not signs else [
        Problem("data.door.mixed_separators", f"{own[number].shown}:{line}", {
            "rows": f"{rows:,}", "separator": word, "usual": own[number].text.separator})
        for number, word, rows, line in engine.rows(
            f"SELECT file, word, count(*), min(line) FROM {quote(table)} "
            f"JOIN (VALUES {signs}) AS signs(file, word, sign, width) USING (file) "
            "WHERE fault = 'width' AND len(string_split(raw, sign)) = width GROUP BY ALL HAVING count(*) > 1 "
            "ORDER BY ALL")]
    if problems:
        raise BadInput(problems)


def check_sheets(engine: Engine, table: str, files: Sequence[StagedFile], width: int) -> None:
    """Raise BadInput where most rows of a sheet stand in another sheet of its workbook too: a copy, or a sheet of all
    months beside those of each, would count twice."""
    books = [file.name.rsplit("#", 1)[0] for file in files]
    again = {file.number: file for file, book in zip(files, books, strict=True)
             if "#" in file.name and books.count(book) > 1}
    if not again:
        return
    cells = ", ".join(f"c{place}" for place in range(width))
    rows = engine.rows(
        f"SELECT file, count(*), count(*) FILTER (first <> last), min(if(first = file, last, first)) "
        f"FILTER (first <> last) FROM (SELECT file, min(file) OVER same AS first, max(file) OVER same AS last "
        f"FROM (SELECT file, hash({cells}) AS h FROM {quote(table)} WHERE file IN ({', '.join(map(str, again))})) "
        "WINDOW same AS (PARTITION BY h)) GROUP BY file ORDER BY file")
    problems = [Problem("data.door.sheets_again", again[file].name, {
        "rows": f"{twice:,}", "all": f"{count:,}", "other": again[other].name})
        for file, count, twice, other in rows if twice > count / 2]
    if problems:
        raise BadInput(problems[-1])
