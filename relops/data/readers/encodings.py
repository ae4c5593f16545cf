"""The encoding of a text by evidence: its mark, strict UTF-8, zeros in every second byte, else the commonest signs.

Western text holds its high bytes one by one. Of the double-byte encodings the right one reads mostly signs of the
first level of its own standard (GB 2312, Big5) or kana and everyday kanji (JIS X 0208): a wrong one scatters them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from relops.errors import BadInput, Problem

BLOCK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 22
ENCODINGS = "UTF-8, GB18030, Big5, Shift-JIS, UTF-16, Windows-1252"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
         codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
HIGH = re.compile(rb"[\x80-\xff]+")
PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
SHIFT_JIS = re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|[\xa1-\xdf]")
# Chinese signs in UTF-8 between plain bytes; by chance a few of a million signs of GB18030 look like that
UTF8_SIGNS = re.compile(rb"(?<![\x80-\xff])(?:[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc-\xbd][\x80-\xbf]){2,}(?![\x80-\xff])")
CHANCE = 1e-3
SURE_BYTES = 12


def blocks(path: Path) -> Iterator[bytes]:
    """Yield a file in pieces."""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def find_encoding(parts: Iterable[bytes]) -> str:
    """Return the encoding of a text given in pieces; one that no encoding fits gets the likeliest."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, first, sample = True, b"", bytearray()
    zeros = [0, 0]
    for number, part in enumerate(parts):
        if number == 0:
            first = part
            marked = next((name for mark, name in MARKS.items() if part.startswith(mark)), None)
            if marked and marked != "utf-8-sig":
                return marked
        if utf8:
            try:
                decoder.decode(part)
            except UnicodeDecodeError:
                utf8 = False
        if number == 0 and b"\0" in part:
            zeros = [part[::2].count(0), part[1::2].count(0)]
        if not part.isascii() and len(sample) < SAMPLE_BYTES:
            sample += part
    if max(zeros) > len(first) // 8 and min(zeros) <= max(zeros) // 50:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if utf8:
        return "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"
    return _likeliest(bytes(sample))


def _likeliest(sample: bytes) -> str:
    runs = [len(run) for run in HIGH.findall(sample)]
    if sum(length % 2 for length in runs) >= sum(length // 2 for length in runs) and not _kana(sample):
        return "cp1252"
    pairs = PAIR.findall(sample)
    signs = SHIFT_JIS.findall(sample)
    shares = {
        "gb18030": _share([0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs if not _is_mark(pair)]),
        "big5": _share([0xA4 <= pair[0] <= 0xC6 for pair in pairs if not _is_mark(pair)]),
        "shift_jis": _share([len(sign) > 1 and (sign[0] <= 0x83 or 0x88 <= sign[0] <= 0x97) for sign in signs]),
    }
    return max(shares, key=lambda name: shares[name])


def _is_mark(pair: bytes) -> bool:
    return 0xA1 <= pair[0] <= 0xA3


def _kana(sample: bytes) -> bool:
    return len(re.findall(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]", sample)) > 2


def _share(hits: list[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


def find_mixture(path: Path) -> int | None:
    """Return the line of a text, not UTF-8 as a whole, where UTF-8 stands all the same; None where none does."""
    found, runs, sure, lines, line, rest = 0, 0, False, 0, None, b""
    for block in blocks(path):
        body = rest + block
        cut = body.rfind(b"\n") + 1
        body, rest = (body[:cut], body[cut:]) if cut else (body, b"")
        for match in UTF8_SIGNS.finditer(body):
            found += 1
            sure = sure or len(match[0]) >= SURE_BYTES
            line = line or lines + body[: match.start()].count(b"\n") + 1
        runs += len(HIGH.findall(body))
        lines += body.count(b"\n")
    return line if found and (sure or found > CHANCE * runs) else None


def decode(body: bytes, encoding: str, shown: str) -> str:
    """Return bytes as text; ``encoding`` may be ``auto``. Raises BadInput, naming the line."""
    found = find_encoding([body]) if encoding == "auto" else encoding
    try:
        return body.decode(found).lstrip("\ufeff")
    except UnicodeDecodeError as fault:
        raise wrong_encoding(shown, found, body[: fault.start].count(b"\n") + 1) from fault


def wrong_encoding(shown: str, encoding: str, line: int) -> BadInput:
    """Return the problem of a line whose bytes are not of the encoding."""
    return BadInput(Problem("data.door.encoding", f"{shown}:{line}", {"encoding": encoding, "encodings": ENCODINGS}))
