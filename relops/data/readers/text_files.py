"""Text files as rows of cells with their line numbers: any encoding, any separator, quoted or not.

:func:`read_rows` reads every file there is, exactly; most files are left to the engine's own reader, which is many
times faster (:attr:`TextFile.engine_can_read`).
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relops.data.readers.encodings import BLOCK_BYTES, find_encoding, find_mixture, wrong_encoding
from relops.data.readers.encodings import blocks as read_blocks
from relops.errors import BadInput, Problem

SAMPLE_LINES = 200
TAIL_CHARACTERS = 64
MOSTLY = 0.9
OFTEN = 0.8
SEPARATORS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
UNKNOWN_SEPARATORS = ("^", "~", "¦", "§", "#", "\x01", "\x1f", "，", "；", "、", "｜")
QUOTES = ('"', "'")
# the csv module refuses cells of more than 128 KB unless told otherwise; the door judges their size itself
csv.field_size_limit(2**31 - 1)
Row = tuple[int, list[str]]
Span = tuple[int, int, int, int]


@dataclass(frozen=True)
class TextFile:
    """A text file, decoded once from end to end.

    ``path`` is where its text lies (a draft in UTF-8 where the client's file is in another encoding), ``shown`` the
    name its owner knows; ``separator`` a word of the brief; ``quote`` the sign around cells, ``escape`` the sign
    before a quote inside; ``lines`` the number of physical lines without blank ones at the end; ``lone_returns``
    whether a carriage return ends a line by itself.
    """

    path: Path
    shown: str
    encoding: str
    separator: str
    lines: int
    lone_returns: bool
    quote: str = '"'
    escape: str = '"'

    @property
    def engine_can_read(self) -> bool:
        """Whether the engine's reader may try: one character between cells, usual line ends."""
        return self.separator in SEPARATORS and not self.lone_returns

    @property
    def dialect(self) -> dict[str, object]:
        """The same for the csv module."""
        own = {"doublequote": False, "escapechar": self.escape} if self.escape != self.quote else {}
        return {"delimiter": SEPARATORS[self.separator], "quotechar": self.quote, **own}


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_text(path: Path) -> io.TextIOWrapper:
    """Return a text in UTF-8, with or without mark, opened."""
    return path.open(encoding="utf-8-sig", newline="")


def open_text_file(path: Path, shown: str, encoding: str, separator: str, draft: Path) -> TextFile:
    """Return a text file ready to be read; ``encoding`` and ``separator`` may be ``auto``.

    Text that is not UTF-8 is written to ``draft`` as UTF-8. Raises BadInput when the file does not follow the
    encoding, or two of them (the line is named), or holds zero bytes.
    """
    found = "utf-8" if encoding == "auto" else codecs.lookup(encoding).name
    try:
        lines, returns = _decode(path, shown, found, draft)
    except _WrongEncoding as fault:
        if encoding != "auto":
            raise wrong_encoding(shown, found, fault.line) from fault
        found = find_encoding(read_blocks(path))
        if found in ("utf-8", "utf-8-sig"):  # sound but for its very end
            raise BadInput(Problem("data.door.cut_sign", f"{shown}:{fault.line}", {})) from fault
        mixed = None if found.startswith("utf-16") else find_mixture(path)
        if mixed is not None:
            line = fault.line if fault.line > 1 else mixed
            raise BadInput(Problem("data.door.mixed_encodings", f"{shown}:{line}", {"encoding": found})) from fault
        try:
            lines, returns = _decode(path, shown, found, draft)
        except _WrongEncoding as second:
            raise wrong_encoding(shown, found, second.line) from second
    place = path if found in ("utf-8", "utf-8-sig") else draft
    with open_text(place) as file:
        sample = [line for line in itertools.islice(file, SAMPLE_LINES) if line.strip()]
    if not sample:
        raise BadInput(Problem("data.door.empty", shown, {}))
    quote, escape = find_quote(sample)
    if separator == "auto":
        separator = find_separator(sample, quote, escape)
        _check_cut(sample, separator, quote, escape, shown)
    return TextFile(place, shown, found, separator, lines, returns, quote, escape)


class _WrongEncoding(Exception):
    """A byte that the encoding does not know, in line ``line``."""

    def __init__(self, line: int):
        self.line = line


def _decode(path: Path, shown: str, encoding: str, draft: Path) -> tuple[int, bool]:
    """Return the number of lines and whether a carriage return ends one alone; UTF-8 stays where it is."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=False)
    lines, block, end = 0, b"start", ""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        plain = encoding in ("utf-8", "utf-8-sig")
        keep = None if plain else stack.enter_context(draft.open("w", encoding="utf-8", newline=""))
        while block:
            block = file.read(BLOCK_BYTES)
            try:
                part = decoder.decode(block, final=not block)
            except UnicodeDecodeError as fault:
                raise _WrongEncoding(lines + fault.object[: fault.start].count(b"\n") + 1) from fault
            if "\0" in part:
                if plain and find_encoding([block]).startswith("utf-16"):
                    raise _WrongEncoding(1)
                line = lines + part[: part.index("\0")].count("\n") + 1
                raise BadInput(Problem("data.door.zero_bytes", f"{shown}:{line}", {}))
            lines += part.count("\n")
            end = (end + part)[-TAIL_CHARACTERS:]
            if keep:
                keep.write(part)
    kinds = decoder.newlines if isinstance(decoder.newlines, tuple) else (decoder.newlines,)
    blank = end[len(end.rstrip("\r\n")):].count("\n") - 1  # lines at the end; -1 where the last has no end
    return lines - blank, "\r" in kinds


def find_quote(lines: list[str]) -> tuple[str, str]:
    """Return the sign around cells and the one before such a sign inside a cell."""
    body = "".join(lines)
    single = sum(bool(re.search(r"^'[^']*'[,;|\t].*'\s*$", line)) for line in lines)
    quote = "'" if single > len(lines) // 2 and body.count('"') < single else '"'
    escaped = f"\\{quote}" in body and f"{quote}{quote}{quote}" not in body
    return quote, "\\" if escaped and not re.search(rf"\\{quote}\s*[,;|\t\r\n]", body) else quote


def split_lines(lines: list[str], separator: str, quote: str = '"', escape: str = '"') -> list[list[str]]:
    """Return the cells of text lines, stripped."""
    if separator == "blanks":
        return [line.split() for line in lines]
    dialect = TextFile(Path(), "", "", separator, 0, False, quote, escape).dialect
    return [[cell.strip() for cell in row] for row in csv.reader(lines, **dialect) if row]


def find_separator(lines: list[str], quote: str = '"', escape: str = '"') -> str:
    """Return the separator that cuts most lines into equally many cells (two at least); a comma if none."""
    best, best_score = ",", (0.0, 0)
    for separator in ("tab", ";", "|", ",", "blanks"):  # a comma stands in texts more often than the others
        widths = Counter(len(row) for row in split_lines(lines, separator, quote, escape))
        if separator != "blanks":
            widths.pop(1, None)  # a line that a separator does not cut says nothing for it
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        if separator == "blanks" and (best_score[0] >= OFTEN or times < MOSTLY * len(lines) or (
                best_score[1] > 1 and len(lines[0].split()) != width)):
            continue  # a header that another sign cuts and blanks do not: the blanks stand inside dates
        # blanks also stand inside texts and dates: they count only where nothing else cuts as evenly
        score = (round(times / max(len(lines), 1), 2), -1 if separator == "blanks" else width)
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best


def _check_cut(lines: list[str], separator: str, quote: str, escape: str, shown: str) -> None:
    """Raise BadInput where no separator cuts the lines, since each stands in quotes as a whole or an unknown sign
    parts its cells."""
    whole = rf"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"
    if len(lines) > 1 and all(re.fullmatch(whole, line.strip()) for line in lines) and any(
            sign in lines[0] and len(split_lines(lines[:1], word, quote, escape)[0]) == 1
            for word, sign in SEPARATORS.items()):
        raise BadInput(Problem("data.door.quoted_lines", f"{shown}:1", {"quote": quote}))
    if separator != "blanks" and any(len(row) > 1 for row in split_lines(lines[:1], separator, quote, escape)):
        return
    for sign in UNKNOWN_SEPARATORS:
        counts = {line.count(sign) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts.pop() >= 2:
            raise BadInput(Problem("data.door.unknown_separator", f"{shown}:1", {"sign": sign}))


def read_rows(file: TextFile) -> Iterator[Row]:
    """Yield (line number of its beginning, cells) of every row that is not blank.

    Raises BadInput where a quote is opened and never closed, naming the line of its row.
    """
    with open_text(file.path) as text:
        if file.separator == "blanks":
            for number, line in enumerate(text, 1):
                if cells := line.split():
                    yield number, cells
            return
        reader = csv.reader(text, **file.dialect)
        begin = 1
        for cells in reader:
            end = reader.line_num
            if cells:
                if end > begin and end >= file.lines and _is_open(file, begin):
                    raise BadInput(Problem("data.door.open_quote", f"{file.shown}:{begin}", {"quote": file.quote}))
                yield begin, cells
            begin = end + 1


def _is_open(file: TextFile, begin: int) -> bool:
    """Return whether the last row, which begins in line ``begin``, ends inside quotes."""
    with open_text(file.path) as text:
        rest = list(itertools.islice(text, begin - 1, None))
    try:
        for _ in csv.reader(rest, **file.dialect, strict=True):
            pass
    except csv.Error as fault:
        return "unexpected end" in str(fault)
    return False
