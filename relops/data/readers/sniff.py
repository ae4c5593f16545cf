"""The outer form of an unknown file, found by evidence: kind, encoding, separator, header."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd

from relops.errors import BadInput, Problem

HEAD_LINES = 200
CHUNK_ROWS = 200_000
BLOCK_BYTES = 1 << 20
SEPARATORS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
ENCODINGS = "UTF-8, GB18030, UTF-16, Windows-1252"
WORKBOOKS = (".xlsx", ".xls", ".xlsm")
NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(e[-+]?\d+)?%?", re.IGNORECASE)
DATE = re.compile(r"\d{4}[-/.年]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")


@dataclass(frozen=True)
class FileForm:
    """How a file is to be read; ``separator`` is a word of the brief (``,`` ``;`` ``tab`` ``|`` ``blanks``),
    None for workbooks and Parquet. ``names`` are the headers, made up (column_1 ...) where there are none."""

    path: Path
    kind: str
    encoding: str | None
    separator: str | None
    has_header: bool
    names: tuple[str, ...]


def sniff(path: Path) -> FileForm:
    """Return the form of a text file (plain or .gz), workbook or Parquet file.

    Raises BadInput when the file does not exist, is empty, holds only a header, or is in no known encoding.
    """
    if not path.is_file():
        raise BadInput(Problem("data.guess.no_file", str(path), {}))
    if path.stat().st_size == 0:
        raise BadInput(Problem("data.guess.empty", str(path), {}))
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet

        return FileForm(path, "parquet", None, None, True, tuple(pyarrow.parquet.read_schema(path).names))
    if path.suffix.lower() in WORKBOOKS:
        rows = _sheet_rows(path)
        return _with_header(FileForm(path, "excel", None, None, True, ()), rows)
    encoding = find_encoding(path)
    with open_text(path, encoding) as file:
        lines = [line for _, line in zip(range(HEAD_LINES), file, strict=False) if line.strip()]
    separator = find_separator(lines)
    return _with_header(FileForm(path, "text", encoding, separator, True, ()), split_lines(lines, separator))


def _with_header(form: FileForm, rows: list[list[str]]) -> FileForm:
    if not rows:
        raise BadInput(Problem("data.guess.empty", str(form.path), {}))
    has_header = looks_like_header(rows)
    if has_header and len(rows) == 1:
        raise BadInput(Problem("data.guess.header_only", str(form.path), {"headers": ", ".join(rows[0])}))
    width = max(len(row) for row in rows)
    found = rows[0] if has_header else []
    names = [name or f"column_{number}" for number, name in enumerate(found + [""] * (width - len(found)), 1)]
    return FileForm(form.path, form.kind, form.encoding, form.separator, has_header, tuple(names))


class _Packed(gzip.GzipFile):
    """A packed file that says in a sentence that it is cut off or no gzip at all."""

    def read(self, size: int | None = -1) -> bytes:
        return self._told(super().read, size)

    def read1(self, size: int = -1) -> bytes:
        return self._told(super().read1, size)

    def _told(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        try:
            return read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
            raise BadInput(Problem("data.door.packed", str(self.name), {"fault": str(fault)})) from fault


def open_bytes(path: Path) -> IO[bytes]:
    """Return the file opened for reading, unpacked where its name ends in .gz. A damaged one raises BadInput."""
    return _Packed(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def open_text(path: Path, encoding: str) -> IO[str]:
    """Return the file opened as text."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="")


def find_encoding(path: Path) -> str:
    """Return the encoding of a text: by its mark, UTF-8 if all of it decodes, else GB18030 or Windows-1252.

    Chinese text holds its high bytes in pairs, Western text holds them one by one.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, alone, paired, zeros = True, 0, 0, 0
    with open_bytes(path) as file:
        first = file.read(BLOCK_BYTES)
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        block = first
        while block:
            if utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    utf8 = False
            runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", block)]
            alone += sum(length % 2 for length in runs)
            paired += sum(length // 2 for length in runs)
            zeros += block.count(0)
            block = file.read(BLOCK_BYTES)
    if zeros:
        raise BadInput(Problem("data.guess.not_text", str(path), {"encodings": ENCODINGS, "ending": ".xlsx"}))
    if utf8:
        return "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"
    return "gb18030" if paired > alone else "cp1252"


def split_lines(lines: list[str], separator: str) -> list[list[str]]:
    """Return the cells of text lines, stripped."""
    if separator == "blanks":
        return [line.split() for line in lines]
    rows = csv.reader(lines, delimiter=SEPARATORS[separator])
    return [[cell.strip() for cell in row] for row in rows if row]


def find_separator(lines: list[str]) -> str:
    """Return the separator that cuts most lines into equally many cells (two at least); a comma if none."""
    best, best_score = ",", (0.0, 0)
    for separator in [*SEPARATORS, "blanks"]:
        widths = Counter(len(row) for row in split_lines(lines, separator))
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        # blanks also stand inside texts and dates: they count only where nothing else cuts as evenly
        score = (round(times / max(len(lines), 1), 2), -1 if separator == "blanks" else width)
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best


def is_value(cell: str) -> bool:
    """Return whether a cell looks like data (a number or a date), not like a name."""
    return bool(NUMBER.fullmatch(cell.strip("¥￥$€£ ")) or DATE.match(cell))


def looks_like_header(rows: list[list[str]]) -> bool:
    """Return whether the first row names the columns: none of its cells is a number or date, while below it
    some are; a file of texts alone counts as headed."""
    first, below = rows[0], rows[1:50]
    if any(is_value(cell) for cell in first if cell):
        return False
    if not any(is_value(cell) for row in below for cell in row):
        return len(set(first)) == len(first)
    return True


def _sheet_rows(path: Path) -> list[list[str]]:
    frame = pd.read_excel(path, header=None, dtype=str, nrows=HEAD_LINES, engine="calamine",
                          keep_default_na=False)
    return [[str(cell).strip() for cell in row] for row in frame.itertuples(index=False, name=None)]


def read_chunks(form: FileForm, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the whole file in pieces, only ``columns``, every cell as stripped text, empty cells as ''."""
    positions = [form.names.index(name) for name in columns]
    for chunk in _raw_chunks(form, positions):
        chunk.columns = columns
        yield chunk.apply(lambda column: column.astype("string").fillna("").str.strip())


def _raw_chunks(form: FileForm, positions: list[int]) -> Iterator[pd.DataFrame]:
    if form.kind == "parquet":
        import pyarrow.parquet

        names = [form.names[position] for position in positions]
        for batch in pyarrow.parquet.ParquetFile(form.path).iter_batches(CHUNK_ROWS, columns=names):
            yield batch.to_pandas()[names]
        return
    first = 1 if form.has_header else 0
    if form.kind == "excel":
        frame = pd.read_excel(form.path, header=None, skiprows=first, dtype=str, engine="calamine",
                              keep_default_na=False)
        yield frame.iloc[:, positions]
        return
    separator = r"\s+" if form.separator == "blanks" else SEPARATORS[form.separator]
    with open_text(form.path, form.encoding) as file:
        for chunk in pd.read_csv(file, sep=separator, header=None, skiprows=first, dtype=str,
                                 names=range(len(form.names)), keep_default_na=False, index_col=False,
                                 chunksize=CHUNK_ROWS, on_bad_lines="skip"):
            yield chunk.iloc[:, positions]
