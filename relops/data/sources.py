"""The files of a source, stacked into one staging table of texts.

A staging table has one row for each row of the files: ``n`` (order of file and line, with gaps where totals and
repeated headers were left out), ``file`` (number of the file), ``line`` (of the file, as an editor shows it),
``fault`` (why the row cannot be cut into cells, else null), ``raw`` (such a row as it stands) and the cells ``c0``,
``c1`` ... as text, empty ones null.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from relops.brief.sources import Source
from relops.data.contract import contract
from relops.data.engine import Engine, is_full, quote
from relops.data.readers.archives import Passwords
from relops.data.readers.decimals import decimal_commas, thousands_or_decimals, with_point
from relops.data.readers.file_formats import OpenedFile, alike, fill, open_file
from relops.data.readers.inputs import NOTE, Input, StagedFile, find_paths, open_inputs
from relops.data.readers.leftovers import LeftOut, check_quotes, check_separators, check_sheets, find_leftovers
from relops.data.readers.text_files import file_hash
from relops.errors import BadInput, Problem

STAGING = {"file": "INTEGER", "line": "BIGINT", "fault": "VARCHAR", "raw": "VARCHAR"}
DATE_IN_NAME = re.compile(r"(\d{4})\D?(\d{2})\D?(\d{2})")
SHARED_HEADERS = 0.5


@dataclass
class Staged:
    """A source in its staging table; ``headers`` are those of all its files, ``c<i>`` the cells under each.

    ``place`` leads to it in the brief, ``label`` names it to a reader, ``twice`` are headers that a file bears
    more than once, ``last`` is the highest ``n``, ``left_out`` what stood in the files and is no row of the table.
    """

    place: str
    label: str
    source: Source
    table: str
    headers: list[str] = field(default_factory=list)
    files: list[StagedFile] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)
    last: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    opened: list[OpenedFile] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows in, over all files."""
        return sum(file.rows for file in self.files)

    def cell(self, header: str) -> str | None:
        """Return the cell column of a header: exact, else but for case and blanks; None if no file has it."""
        exact = [place for place, name in enumerate(self.headers) if name == header]
        folded = " ".join(header.split()).casefold()
        found = exact or [place for place, name in enumerate(self.headers) if name.casefold() == folded]
        return f"c{found[0]}" if found else None


def stage(engine: Engine, folder: Path, source: Source, number: int, drafts: Path, *, headed: bool = True) -> Staged:
    """Read all files of a source into the temporary table ``staged_<number>``.

    ``folder`` is the project's, ``drafts`` a folder for unpacked and transcoded texts; ``headed`` False lets the
    cells tell whether files have a header; the macros of cells must be known to the engine. Raises BadInput, all
    problems of the source's files together.
    """
    label = ", ".join(source.file_names)
    staged = Staged(f"brief.yaml data.sources[{number}]", label, source, f"staged_{number}")
    problems: list[Problem] = []
    for given in _inputs(folder, staged, drafts / str(number), problems):
        with _problems_of(given, problems):
            place = len(staged.opened)
            exported_at = export_day(source, given.name.rsplit("#", 1)[0], staged.place)
            one = open_file(engine, given, source, drafts / f"{number}-{place}.csv", headed=headed)
            staged.opened.append(one)
            digest = file_hash(given.path or drafts / f"{number}-{place}.csv") if given.path or one.text else ""
            staged.files.append(StagedFile(place, given.name, digest, one.names, exported_at=exported_at))
    problems += _strangers(staged)
    if problems:
        raise BadInput(problems)
    for one in staged.opened:
        staged.headers += [name for name in one.names if name not in staged.headers]
        staged.twice |= one.twice
    _fill(engine, staged)
    if staged.rows == 0:
        raise BadInput(Problem("data.door.header_only", label, {"headers": ", ".join(staged.headers)}))
    return staged


class _problems_of:
    """Gather the problems of one file instead of stopping at the first."""

    def __init__(self, given: Input | Path | str, problems: list[Problem]):
        self._shown = given.shown if isinstance(given, Input) else str(given)
        self._problems = problems

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> bool:
        if isinstance(fault, BadInput):
            self._problems += fault.problems
            return True
        if isinstance(fault, PermissionError):
            self._problems.append(Problem("data.door.locked", self._shown, {}))
            return True
        if isinstance(fault, OSError) and not is_full(fault):  # a draft could not be written: no fault of the file
            self._problems.append(Problem("data.door.unreadable", self._shown, {"fault": fault.strerror or str(fault)}))
            return True
        return False


def _inputs(folder: Path, staged: Staged, drafts: Path, problems: list[Problem]) -> list[Input]:
    """Return what the source reads; lock files and notes for people, which are left aside, are noted."""
    patterns = staged.source.files
    paths, locks = find_paths(folder, [patterns] if isinstance(patterns, str) else patterns, staged.place)
    staged.left_out += [LeftOut("lock_file", 1, path.name, 0) for path in locks]
    passwords = Passwords()
    inputs: list[Input] = []
    for number, path in enumerate(paths):
        with _problems_of(path, problems):
            own = drafts / str(number)
            own.mkdir(parents=True, exist_ok=True)
            inputs += open_inputs(path, folder, staged.source.sheet, own / "unpacked", passwords)
    staged.left_out += [LeftOut("note", 1, one.name, 0) for one in inputs if one.kind == NOTE]
    return [one for one in inputs if one.kind != NOTE]


def _strangers(staged: Staged) -> list[Problem]:
    """Return the members of an archive that share few headers with its first one: they are other tables."""
    problems = []
    for _, members in itertools.groupby((file for file in staged.files if ".zip/" in file.name.lower()),
                                              key=lambda file: file.name.lower().split(".zip/")[0]):
        first, *others = members
        for other in others:
            shared = set(first.headers) & set(other.headers)
            if len(shared) < SHARED_HEADERS * min(len(first.headers), len(other.headers)):
                problems.append(Problem("data.door.other_headers", other.name, {
                    "headers": ", ".join(other.headers), "other": first.name,
                    "others": ", ".join(first.headers), "place": f"{staged.place}.sheet"}))
    return problems


def _fill(engine: Engine, staged: Staged) -> None:
    opened = staged.opened
    rows = f"{staged.table}_rows"
    cells = {f"c{place}": "VARCHAR" for place in range(len(staged.headers))}
    engine.create_empty(rows, STAGING | cells, temporary=True)
    number = 0
    while number < len(opened):
        first = opened[number]
        group = [first, *itertools.takewhile(functools.partial(alike, first), opened[number + 1:])]
        fill(engine, rows, group, number, [f"c{staged.headers.index(name)}" for name in group[0].names])
        number += len(group)
    counts = dict(engine.rows(f"SELECT file, count(*) FROM {quote(rows)} GROUP BY file"))
    starts = [sum(counts.get(before, 0) for before in range(place)) for place in range(len(opened))]
    staged.last = sum(counts.values())
    for file, one in zip(staged.files, opened, strict=True):
        file.rows = counts.get(file.number, 0)
        if one.explained:
            staged.left_out.append(LeftOut("explaining_row", 1, file.name, one.explained))
    shifts = [one.skip - start for one, start in zip(opened, starts, strict=True)]
    _name_rows(engine, staged, shifts)
    check_quotes(engine, staged.table, staged.files, opened)
    check_separators(engine, staged.table, staged.files, opened)
    check_sheets(engine, staged.table, staged.files, len(staged.headers))
    found = find_leftovers(engine, staged.table, staged.files, starts, staged.headers, staged.source.footer)
    for leftover in found:
        staged.left_out.append(leftover)
        place = next(file for file in staged.files if file.name == leftover.file)
        place.rows -= leftover.rows
    where = ""
    if found:
        left = [row for leftover in found for row in leftover.numbers]
        engine.create_empty(f"{staged.table}_left", {"n": "BIGINT"}, temporary=True)
        engine.insert(f"{staged.table}_left", pa.table({"n": pa.array(left, pa.int64())}))
        where = f" WHERE rowid + 1 NOT IN (FROM {staged.table}_left)"
        _name_rows(engine, staged, shifts, where)
    decimal = staged.source.decimal
    if decimal == "comma" or (decimal == "auto" and all(one.text and one.text.separator != "," for one in opened)):
        cells = [f"c{place}" for place in range(len(staged.headers))]
        commas = decimal_commas(engine, staged.table, cells, stated=decimal == "comma")
        _name_rows(engine, staged, shifts, where, commas)
        if decimal == "auto" and commas:
            return
    if decimal == "auto" and not any(one.text and one.text.separator == "," for one in opened):
        _check_thousands(engine, staged, computed=not all(one.text and one.text.separator == ";" for one in opened))


def _check_thousands(engine: Engine, staged: Staged, computed: bool) -> None:
    """Raise BadInput with the columns of amounts in which 1.250 may be read as either."""
    known = contract()[staged.source.table].columns
    rules = [rule for name, rule in staged.source.columns.items()
             if name not in known or known[name].type in ("money", "quantity", "number")]
    used = [header for header in staged.headers if any(
        header == rule or header in (getattr(rule, "sql", None) or "") for rule in rules)]
    cells = {cell: header for header in used if (cell := staged.cell(header))}
    unclear = thousands_or_decimals(engine, staged.table, list(cells), computed)
    if unclear:
        raise BadInput([Problem("data.door.thousands", f"{staged.place}.decimal", {
            "column": cells[cell], "example": example}) for cell, example in unclear.items()])


def _name_rows(engine: Engine, staged: Staged, shifts: list[int], where: str = "", commas: Sequence[str] = ()) -> None:
    """Name the filled rows, numbered as they stand; a row without a line of its own is counted from its file's."""
    names = [f"c{place}" for place in range(len(staged.headers))]
    cells = ", ".join(f"{with_point(name)} AS {name}" if name in commas else name for name in names)
    engine.create_view(staged.table, f"SELECT rowid + 1 AS n, file, coalesce(line, rowid + 1 + {shifts}[file + 1]) "
                       f"AS line, fault, raw, {cells} FROM {quote(staged.table + '_rows')}{where}")


def export_day(source: Source, name: str, place: str) -> datetime.date | None:
    """Return the day a file was exported, as the brief states it: a constant or a pattern in the file's name.

    Raises BadInput when the pattern finds no date in the name.
    """
    stated = source.exported_at
    if stated is None or isinstance(stated, datetime.date):
        return stated
    match = re.search(stated, name.rsplit("/", 1)[-1]) or re.search(stated, name)
    date = DATE_IN_NAME.search((match.group(1) if match.re.groups else match.group()) or "") if match else None
    try:
        return datetime.date(*map(int, date.groups())) if date else _no_day(stated, name, place)
    except ValueError:
        return _no_day(stated, name, place)


def _no_day(pattern: str, name: str, place: str) -> datetime.date:
    raise BadInput(Problem("data.door.exported_at", f"{place}.exported_at", {"pattern": pattern, "name": name}))
