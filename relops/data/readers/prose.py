"""Notes that lie beside the data: a text for people, a PDF, a picture. They are no table and are left aside."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from relops.data.readers.encodings import find_encoding

# never a table, whatever is in it
FOR_PEOPLE = (".pdf", ".doc", ".docx", ".ppt", ".pptx", ".rtf", ".md", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".eml")
TEXTS = (".txt", ".text", "")
NAMED = re.compile(r"read[ _-]?me|说明|須知|须知|必读|备注|口径|声明|notes?\b|instruction|licen[cs]e|disclaimer",
                   re.IGNORECASE)
HEAD_BYTES = 1 << 16
SEPARATORS = (",", ";", "\t", "|")
# parts of the lines that one number of separators must hold in a table, and of the signs that are letters in prose
SAME_WIDTH, LETTERS = 0.8, 0.6
SENTENCE = re.compile(r"[。！？；：，、]|[a-z][.!?:,]?\s+[a-z]+\s+[a-z]", re.IGNORECASE)


def is_note(path: Path, name: str) -> bool:
    """Return whether the file, which its owner calls ``name``, is for people to read and no table."""
    suffix = Path(name).suffix.lower()
    if suffix in FOR_PEOPLE:
        return True
    if suffix not in TEXTS:
        return False
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    text = head.decode(find_encoding([head]), errors="ignore")
    lines = [line.strip("\ufeff \r") for line in text.splitlines() if line.strip("\ufeff \r\t")]
    if not lines or "\0" in text or text.lstrip("\ufeff \r\n\t").startswith(("<", "{", "[")) or _is_table(lines):
        return False
    return bool(NAMED.search(Path(name).stem)) or _is_prose(lines)


def _is_table(lines: list[str]) -> bool:
    """Return whether most lines have the same number of separators; of one line alone, whether it has two."""
    for separator in SEPARATORS:
        (width, count), = Counter(line.count(separator) for line in lines).most_common(1)
        if width > (1 if len(lines) == 1 else 0) and count >= SAME_WIDTH * len(lines):
            return True
    return False


def _is_prose(lines: list[str]) -> bool:
    signs = [sign for line in lines for sign in line if not sign.isspace()]
    letters = sum(sign.isalpha() for sign in signs)
    sentences = sum(bool(SENTENCE.search(line)) for line in lines)
    return letters >= LETTERS * len(signs) and 2 * sentences >= len(lines)
