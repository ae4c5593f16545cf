"""What each entry of the brief means, in both languages: for the template and for the JSON Schema."""

from __future__ import annotations

import re

from relops.brief.base import Block
from relops.locale import LANGUAGES, messages

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def field_words(block: type[Block], key: str, language: str | None = None) -> str:
    """Return the words on one entry of a block, in one language or as ``中文 / English``."""
    name = _CAPITAL.sub("_", block.__name__).lower()
    known = messages("brief")
    entry = known.get(f"brief.field.{name}.{key}") or known[f"brief.field.any.{key}"]
    return both(entry if language is None else entry[language])


def both(entry: dict[str, str] | str) -> str:
    """Return a message in both languages on one line."""
    text = entry if isinstance(entry, str) else " / ".join(entry[language] for language in LANGUAGES)
    return " ".join(text.split())
