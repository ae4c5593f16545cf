"""The files of a source, stacked into one staging table of texts.

A staging table has one row for each row of the files: ``n`` (order of file and line), ``file`` (number of the
file), ``line`` (of the file, as an editor shows it), ``fault`` (why the row cannot be cut into cells, else null),
``raw`` (such a row as it stands) and the cells ``c0``, ``c1`` ... as text, empty ones null.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from pathlib import Path

from relops.brief.sources import Source
from relops.data.engine import Engine, is_full
from relops.data.readers.file_formats import OpenedFile, fill, open_file
from relops.data.readers.text_files import file_hash
from relops.errors import BadInput, Problem

STAGING = {"n": "BIGINT", "file": "INTEGER", "line": "BIGINT", "fault": "VARCHAR", "raw": "VARCHAR"}
DATE_IN_NAME = re.compile(r"(\d{4})\D?(\d{2})\D?(\d{2})")


@dataclass
class StagedFile:
    """A file that was read: number in its source, name relative to the project, hash, headers, rows, day of
    export."""

    number: int
    name: str
    sha256: str
    headers: list[str]
    rows: int = 0
    exported_at: datetime.date | None = None


@dataclass
class Staged:
    """A source in its staging table; ``headers`` are those of all its files, ``c<i>`` the cells under each.

    ``place`` leads to it in the brief, ``label`` names it to a reader, ``twice`` are headers that a file bears
    more than once.
    """

    place: str
    label: str
    source: Source
    table: str
    headers: list[str] = field(default_factory=list)
    files: list[StagedFile] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """Rows in, over all files."""
        return sum(file.rows for file in self.files)

    def cell(self, header: str) -> str | None:
        """Return the cell column of a header: exact, else but for case; None if no file has it."""
        exact = [place for place, name in enumerate(self.headers) if name == header]
        folded = header.strip().casefold()
        found = exact or [place for place, name in enumerate(self.headers) if name.casefold() == folded]
        return f"c{found[0]}" if found else None


def stage(engine: Engine, folder: Path, source: Source, number: int, drafts: Path) -> Staged:
    """Read all files of a source into the temporary table ``staged_<number>``.

    ``folder`` is the project's, ``drafts`` a folder for transcoded texts. Raises BadInput, all problems of the
    source's files together: no such file, empty, header only, wrong encoding, not readable.
    """
    label = source.files if isinstance(source.files, str) else ", ".join(source.files)
    staged = Staged(f"brief.yaml data.sources[{number}]", label, source, f"staged_{number}")
    problems: list[Problem] = []
    opened: list[OpenedFile] = []
    for place, path in enumerate(find_files(folder, staged)):
        try:
            name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
            exported_at = export_day(source, path.name, staged.place)
            one = open_file(path, source, drafts / f"{number}-{place}.csv")
            opened.append(one)
            staged.files.append(StagedFile(place, name, file_hash(path), one.names, exported_at=exported_at))
        except BadInput as fault:
            problems += fault.problems
        except OSError as fault:
            if is_full(fault):  # a draft could not be written: no fault of the file
                raise
            problems.append(Problem("data.door.unreadable", str(path), {"fault": fault.strerror or str(fault)}))
    if problems:
        raise BadInput(problems)
    for one in opened:
        staged.headers += [name for name in one.names if name not in staged.headers]
        staged.twice |= one.twice
    cells = {f"c{place}": "VARCHAR" for place in range(len(staged.headers))}
    engine.create_empty(staged.table, STAGING | cells, temporary=True)
    for file, one in zip(staged.files, opened, strict=True):
        before = staged.rows
        cells = [f"c{staged.headers.index(name)}" for name in one.names]
        file.rows = fill(engine, staged.table, one, file.number, before, cells)
    if staged.rows == 0:
        raise BadInput(Problem("data.door.header_only", label, {"headers": ", ".join(staged.headers)}))
    return staged


def find_files(folder: Path, staged: Staged) -> list[Path]:
    """Return the files of a source in order of their names. Raises BadInput where a pattern finds none."""
    patterns = staged.source.files
    found, problems = [], []
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        absolute = Path(pattern).expanduser()
        root, rest = (Path(absolute.anchor), absolute.relative_to(absolute.anchor)) if absolute.is_absolute() \
            else (folder, absolute)
        exact = root / rest  # a name may hold brackets, which a pattern would take for its own
        files = [exact] if exact.is_file() else sorted(path for path in root.glob(str(rest)) if path.is_file())
        if not files:
            problems.append(Problem("data.door.no_file", str(exact), {"place": f"{staged.place}.files"}))
        found += files
    if problems:
        raise BadInput(problems)
    return list(dict.fromkeys(found))


def export_day(source: Source, name: str, place: str) -> datetime.date | None:
    """Return the day a file was exported, as the brief states it: a constant or a pattern in the file's name.

    Raises BadInput when the pattern finds no date in the name.
    """
    stated = source.exported_at
    if stated is None or isinstance(stated, datetime.date):
        return stated
    match = re.search(stated, name)
    date = DATE_IN_NAME.search((match.group(1) if match.re.groups else match.group()) or "") if match else None
    try:
        return datetime.date(*map(int, date.groups())) if date else _no_day(stated, name, place)
    except ValueError:
        return _no_day(stated, name, place)


def _no_day(pattern: str, name: str, place: str) -> datetime.date:
    raise BadInput(Problem("data.door.exported_at", f"{place}.exported_at", {"pattern": pattern, "name": name}))
