"""What a source reads: files found by name or pattern, members of archives, tables of databases."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relops.data.readers.archives import Passwords, unpack_gzip, unpack_zip
from relops.data.readers.databases import is_url
from relops.data.readers.kinds import kind_of
from relops.data.readers.prose import is_note
from relops.data.readers.sheets import series_of_sheets
from relops.errors import BadInput, Problem

LOCK = "~$"
# the kind of what lies beside the tables of an archive for people to read
NOTE = "note"
DEEPEST = 3


@dataclass(frozen=True)
class Input:
    """One thing to read: where its bytes lie (None: on a server), what it is, the name its owner knows.

    ``shown`` leads to it in a message, ``name`` is relative to the project; ``sheet`` is what to take of it.
    """

    path: Path | None
    kind: str
    shown: str
    name: str
    sheet: str | None = None


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


def find_paths(folder: Path, patterns: list[str], place: str) -> tuple[list[Path | str], list[Path]]:
    """Return the files (and URLs) that patterns name, in order of names, and the lock files left aside.

    Raises BadInput where a pattern finds none, a folder, or a link that leads nowhere.
    """
    found: list[Path | str] = []
    locks: list[Path] = []
    problems = []
    for pattern in patterns:
        if is_url(pattern):
            found.append(pattern)
            continue
        absolute = Path(pattern).expanduser()
        root, rest = (Path(absolute.anchor), absolute.relative_to(absolute.anchor)) if absolute.is_absolute() \
            else (folder, absolute)
        exact = root / rest  # a name may hold brackets, which a pattern would take for its own
        files = [exact] if exact.is_file() or exact.is_symlink() else sorted(root.glob(str(rest)))
        files = files or _in_any_case(root, rest)
        locks += [path for path in files if path.name.startswith(LOCK)]
        files = [path for path in files if not path.name.startswith((LOCK, "."))] if len(files) > 1 or locks else files
        broken = [path for path in files if path.is_symlink() and not path.exists()]
        problems += [Problem("data.door.broken_link", str(path), {"target": str(path.readlink())}) for path in broken]
        files = [path for path in files if path not in broken]
        if not files and not broken and locks and locks[-1] == exact:
            problems.append(Problem("data.door.lock_file", str(exact), {"file": exact.name.removeprefix(LOCK)}))
        elif not files and not broken:
            problems.append(Problem("data.door.no_file", str(exact), {"place": f"{place}.files"}))
        elif files == [exact] and exact.is_dir():
            problems.append(Problem("data.door.folder", str(exact), {"example": f"{pattern.rstrip('/')}/*.csv"}))
        found += [path for path in files if path.is_file()]
    if problems:
        raise BadInput(problems)
    return list(dict.fromkeys(found)), locks


def _in_any_case(root: Path, rest: Path) -> list[Path]:
    """Return what a pattern finds where capitals do not count, as on Windows: ``data/Orders.CSV``."""
    found = [root]
    for part in rest.parts:
        wanted = part.casefold()
        found = [child for folder in found if folder.is_dir() for child in folder.iterdir()
                 if fnmatch.fnmatchcase(child.name.casefold(), wanted)]
    return sorted(found)


def open_inputs(path: Path | str, folder: Path, sheet: str | None, drafts: Path, passwords: Passwords
                ) -> list[Input]:
    """Return what a file or URL holds to be read: itself, unpacked, or the members of an archive.

    Drafts of unpacked files go below ``drafts``. Raises BadInput for what is damaged, locked or no table.
    """
    if isinstance(path, str):
        return [Input(None, "server", path, f"{path}#{sheet}" if sheet else path, sheet)]
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    return list(_open(path, str(path), name, sheet, drafts, passwords, 0))


def _open(path: Path, shown: str, name: str, sheet: str | None, drafts: Path, passwords: Passwords, depth: int
          ) -> Iterator[Input]:
    with _told_as(path, shown):
        kind = kind_of(path)
        if kind in ("gzip", "zip") and depth == DEEPEST:
            raise BadInput(Problem("data.door.foreign", shown, {"kind": kind}))
        if kind == "gzip":
            unpacked = unpack_gzip(path, drafts.with_name(f"{drafts.name}-{depth}.unpacked"))
    if kind == "gzip":
        yield from _open(unpacked, shown, name, sheet, drafts, passwords, depth + 1)
    elif kind == "zip":
        with _told_as(path, shown):
            members = unpack_zip(path, sheet if sheet else None, drafts / str(depth), passwords)
        notes = {member for member, unpacked in members if not sheet and is_note(unpacked, member)}
        for number, (member, unpacked) in enumerate(members):
            if member in notes and len(notes) < len(members):
                yield Input(unpacked, NOTE, f"{shown}/{member}", f"{name}/{member}")
                continue
            inner = drafts / f"{depth}-{number}"
            inner.mkdir(parents=True, exist_ok=True)
            yield from _open(unpacked, f"{shown}/{member}", f"{name}/{member}", None, inner / "m", passwords, depth + 1)
    elif kind == "workbook" and (pieces := series_of_sheets(path, sheet)):
        for piece in pieces:
            yield Input(path, kind, f"{shown}#{piece}", f"{name}#{piece}", piece)
    else:
        yield Input(path, kind, shown, name, sheet)


class _told_as:
    """Tell problems of a draft under the name that its owner knows."""

    def __init__(self, path: Path, shown: str):
        self._path, self._shown = str(path), shown

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> None:
        if isinstance(fault, BadInput) and self._path != self._shown:
            raise BadInput([Problem(one.code, one.place.replace(self._path, self._shown), one.values)
                            for one in fault.problems]) from fault
