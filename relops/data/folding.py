"""Words as they are compared: without case, width and the accents of Latin letters."""

from __future__ import annotations

import re
import unicodedata

ACCENTS = re.compile("[\u0300-\u036f]")


def fold(text: str) -> str:
    """Return a text in lower case and plain width, Latin letters without accents; other scripts keep their marks."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text.replace("°", "o")))
    return unicodedata.normalize("NFKC", plain).lower()
