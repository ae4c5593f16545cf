"""Text files as rows of cells with their line numbers: any encoding, any separator, quoted or not.

:func:`read_rows` reads every file there is, exactly; a file of one line a row can also be left to the engine's own
reader, which is several times faster (:attr:`TextFile.engine_can_read`).
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relops.data.readers.sniff import (
    BLOCK_BYTES,
    ENCODINGS,
    SEPARATORS,
    find_encoding,
    find_separator,
    open_bytes,
    open_text,
)
from relops.errors import BadInput, Problem

SAMPLE_LINES = 200
TAIL_CHARACTERS = 64
# the csv module refuses cells of more than 128 KB unless told otherwise; the door judges their size itself
csv.field_size_limit(2**31 - 1)
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class TextFile:
    """A text file, decoded once from end to end.

    ``path`` is where its text lies (a draft in UTF-8 where the client's file is in another encoding);
    ``separator`` a word of the brief; ``lines`` the number of physical lines without blank ones at the end;
    ``lone_returns`` whether a carriage return ends a line by itself.
    """

    path: Path
    encoding: str
    separator: str
    lines: int
    lone_returns: bool

    @property
    def engine_can_read(self) -> bool:
        """Whether the engine's reader may try: UTF-8, one character between cells, usual line ends."""
        return self.encoding == "utf-8" and self.separator in SEPARATORS and not self.lone_returns


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_text_file(path: Path, encoding: str, separator: str, draft: Path) -> TextFile:
    """Return a text file ready to be read; ``encoding`` and ``separator`` may be ``auto``.

    Text that is not UTF-8 is written to ``draft`` as UTF-8. Raises BadInput when the file is empty or does not
    follow the encoding (the line is named).
    """
    if path.stat().st_size == 0:
        raise BadInput(Problem("data.door.empty", str(path), {}))
    found = "utf-8" if encoding == "auto" else codecs.lookup(encoding).name
    try:
        lines, returns = _decode(path, found, draft)
    except _WrongEncoding as fault:
        found = find_encoding(path) if encoding == "auto" else found
        if encoding != "auto" or found in ("utf-8", "utf-8-sig"):
            raise _not_in(path, found, fault) from fault
        try:
            lines, returns = _decode(path, found, draft)
        except _WrongEncoding as second:
            raise _not_in(path, found, second) from second
    place = path if found == "utf-8" else draft
    if separator == "auto":
        with open_text(place, "utf-8-sig") as file:
            separator = find_separator([line for line in itertools.islice(file, SAMPLE_LINES) if line.strip()])
    return TextFile(place, "utf-8", separator, lines, returns)


class _WrongEncoding(Exception):
    """A byte that the encoding does not know, in line ``line``."""

    def __init__(self, line: int):
        self.line = line


def _not_in(path: Path, encoding: str, fault: _WrongEncoding) -> BadInput:
    values = {"encoding": encoding, "encodings": ENCODINGS}
    return BadInput(Problem("data.door.encoding", f"{path}:{fault.line}", values))


def _decode(path: Path, encoding: str, draft: Path) -> tuple[int, bool]:
    """Return the number of lines and whether a carriage return ends one alone; UTF-8 stays where it is."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=False)
    lines, block, end = 0, b"start", ""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open_bytes(path))
        target = None if encoding == "utf-8" else draft.open("w", encoding="utf-8", newline="")
        keep = stack.enter_context(target) if target else None
        while block:
            block = file.read(BLOCK_BYTES)
            try:
                part = decoder.decode(block, final=not block)
            except UnicodeDecodeError as fault:
                raise _WrongEncoding(lines + fault.object[: fault.start].count(b"\n") + 1) from fault
            lines += part.count("\n")
            end = (end + part)[-TAIL_CHARACTERS:]
            if keep:
                keep.write(part)
    kinds = decoder.newlines if isinstance(decoder.newlines, tuple) else (decoder.newlines,)
    blank = end[len(end.rstrip("\r\n")):].count("\n") - 1  # lines at the end; -1 where the last has no end
    return lines - blank, "\r" in kinds


def read_rows(file: TextFile) -> Iterator[Row]:
    """Yield (line number of its beginning, cells) of every row that is not blank."""
    with open_text(file.path, "utf-8-sig") as text:
        if file.separator == "blanks":
            for number, line in enumerate(text, 1):
                if cells := line.split():
                    yield number, cells
            return
        reader = csv.reader(text, delimiter=SEPARATORS[file.separator])
        begin = 1
        for cells in reader:
            if cells:
                yield begin, cells
            begin = reader.line_num + 1
