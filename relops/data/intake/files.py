"""What a user hands over: files, folders and patterns; sorted into data, recognisers and what is left aside."""

from __future__ import annotations

import filecmp
import fnmatch
import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relops.data.readers.archives import BESIDE_THE_DATA
from relops.data.readers.databases import PASSWORDS, SCHEMES, without_password
from relops.data.readers.inputs import LOCK
from relops.data.readers.prose import is_note
from relops.errors import Problem

RECOGNISERS = (".yaml", ".yml")
# what a folder may hold of data; a file named by itself is tried whatever it is called
ENDINGS = (".csv", ".txt", ".tsv", ".tab", ".xlsx", ".xls", ".xlsm", ".parquet", ".gz", ".zip", ".json", ".jsonl",
           ".ndjson", ".db", ".sqlite", ".sqlite3", ".duckdb", ".htm", ".html")
LEFT_ASIDE = (LOCK, ".")
DIGITS = re.compile(r"\d+")
# what a name says of a copy
COPY = re.compile(r"[\s_-]*([(（]\d+[)）]|copy( of)?|副本|复制|拷贝|コピー|kopie|copie)[\s_-]*")
ADDRESS = re.compile(r"([A-Za-z][\w+.-]+)://")


@dataclass
class Gathered:
    """Data files with the name each gets below ``data/``, recognisers, files left aside, and what is amiss.

    ``copies`` are files whose contents another file has to the byte, with the name of that one: they are not read.
    ``control`` is the client's own monthly totals among the data, as the brief names them, once they have been found.
    """

    data: dict[Path, str] = field(default_factory=dict)
    recognisers: list[Path] = field(default_factory=list)
    left_aside: list[Path] = field(default_factory=list)
    copies: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    control: str | None = None


def gather_files(given: Sequence[str | Path]) -> Gathered:
    """Return the files that are meant by paths, folders and patterns, in order of their names.

    A pattern or folder that holds nothing and two files of one name are problems of the result.
    """
    found = Gathered()
    problems = found.problems
    for one in given:
        if address := ADDRESS.match(str(one)):
            problems.append(_no_file(str(one), address[1].lower()))
            continue
        path = Path(one).expanduser()
        if path.is_dir():
            _take_folder(found, _real(path), problems)
        elif path.name.startswith(LOCK) and path.with_name(path.name.removeprefix(LOCK)) in map(Path, given):
            found.left_aside.append(path)
        elif path.is_file() or not glob.has_magic(str(one)):
            _take(found, _real(path), path.name)
        else:
            matches = sorted(_matches(path))
            files = [match for match in matches if match.is_file() and not match.name.startswith(LEFT_ASIDE)]
            notes = [match for match in files if is_note(match, match.name)]
            found.left_aside += notes
            files = [match for match in files if match not in notes]
            if not files:
                problems.append(Problem("intake.no_match", str(one), {}))
            for file in files:
                _take(found, _real(file), file.name)
    _leave_copies(found)
    seen: set[str] = set()
    for path, name in found.data.items():
        if name.casefold() in seen:  # one file on Windows
            problems.append(Problem("data.project.twins", str(path), {"name": name}))
        seen.add(name.casefold())
    return found


def _no_file(address: str, scheme: str) -> Problem:
    """Return the problem of an address given as a file; one of a server is written in the brief, its table named."""
    shown = without_password(address)
    kind = SCHEMES.get(scheme.split("+")[0])
    if kind is None:
        return Problem("intake.address", shown, {})
    return Problem("intake.server", shown, {"variable": PASSWORDS[kind], "address": re.sub(
        r"^[^:]+", kind, shown)})


def is_open(path: Path) -> bool:
    """Return whether a workbook is open in Excel or WPS, which lay a lock file beside it."""
    return path.with_name(f"{LOCK}{path.name}").exists()


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve() raises on a link that leads to itself


def _matches(pattern: Path) -> list[Path]:
    root = Path(pattern.anchor) if pattern.is_absolute() else Path()
    return list(root.glob(str(pattern.relative_to(root))))


def _take_folder(found: Gathered, folder: Path, problems: list[Problem]) -> None:
    before = len(found.data)
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder)
        beside = any(part.startswith(LEFT_ASIDE) for part in name.parts) or BESIDE_THE_DATA.search(name.as_posix())
        if beside or file.suffix.lower() not in (*ENDINGS, *RECOGNISERS) or is_note(file, file.name):
            found.left_aside.append(file)
        else:
            _take(found, file, name.as_posix())
    if len(found.data) == before:
        problems.append(Problem("intake.empty_folder", str(folder), {"endings": ", ".join(ENDINGS)}))


def _take(found: Gathered, path: Path, name: str) -> None:
    if path.suffix.lower() in RECOGNISERS:
        found.recognisers.append(path)
    elif path not in found.data:
        found.data[path] = name


def _leave_copies(found: Gathered) -> None:
    """Leave aside files that have the contents of another and its name but for the mark of a copy, as a file downloaded
    twice has: the shortest name stays. Two stores that sold the same are two stores."""
    sizes: dict[int, list[Path]] = {}
    for path in sorted(found.data, key=lambda path: len(found.data[path])):
        size = path.stat().st_size if path.is_file() else 0
        alike = [one for one in sizes.get(size, []) if size and _is_named_like(one, path)]
        kept = next((one for one in alike if _are_equal(one, path)), None)
        if kept is None:
            sizes.setdefault(size, []).append(path)
        else:
            found.copies[path] = found.data[kept]
            del found.data[path]


def _is_named_like(one: Path, other: Path) -> bool:
    return COPY.sub("", one.stem.casefold()) == COPY.sub("", other.stem.casefold())


def _are_equal(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:  # what cannot be opened the reader will say
        return False


def common_pattern(names: Sequence[str], others: Sequence[str]) -> str | list[str]:
    """Return one pattern for files that differ in their numbers alone, so that next month's is found too.

    It is the list of names where there is no such pattern, or it would find one of the ``others``.
    """
    if len(names) == 1:
        return names[0]
    parts = [DIGITS.split(name) for name in names]
    if any(part != parts[0] for part in parts):
        return list(names)
    runs = [DIGITS.findall(name) for name in names]
    kept = [run[0] if len(set(run)) == 1 else "*" for run in zip(*runs, strict=True)]
    pieces = [glob.escape(piece) for piece in parts[0]]
    pattern = pieces[0] + "".join(number + piece for number, piece in zip(kept, pieces[1:], strict=True))
    pattern = re.sub(r"\*[-_.年月]?(?=\*)", "", pattern)
    return list(names) if any(fnmatch.fnmatchcase(other, pattern) for other in others) else pattern
