"""Values as YAML text that every YAML reader, of version 1.1 or 1.2, takes for the same value."""

from __future__ import annotations

import datetime
import json
import math
import re
from pathlib import PurePath
from typing import Any

from relops.brief.base import ISO_DATE
from relops.brief.composer import UNPRINTABLE

# letters of any script, then what cannot be mistaken for a sign of YAML, in a list as little as in a line
_PLAIN = re.compile(r"[^\W\d_](?:[\w%()+/;@^$~=<>\\.,、。，；：（）“”《》·é-]| (?=\S))*")
_IN_FLOW = re.compile(r"[,;]")
_WORDS_OF_YAML = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"}
_ESCAPED = re.compile(f"{UNPRINTABLE.pattern}|[\x7f\x85\u2028\u2029\ufeff]")


def plain_values(value: Any) -> Any:
    """Return a value built of mappings with text keys, lists, text, numbers, booleans, dates and None only.

    Raises TypeError on anything a brief cannot hold.
    """
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, dict):
        return {str(key): plain_values(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(entry) for entry in value]
    if isinstance(value, PurePath):
        return value.as_posix()
    if hasattr(value, "item"):  # a number of NumPy
        return value.item()
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a brief cannot hold {type(value).__name__}")


def inline(value: Any) -> str:
    """Return a value on one line; lists and mappings in brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(entry) for entry in value) + "]"
    return scalar(value)


def scalar(value: str | int | float | bool | None) -> str:
    """Return a single value; text is quoted only where it must be."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
        return repr(value)
    return str(value) if isinstance(value, int) else _text(value)


def _flow(value: Any) -> str:
    if isinstance(value, str) and _IN_FLOW.search(value):
        return _quoted(value)
    return inline(value)


def _text(text: str) -> str:
    if ISO_DATE.fullmatch(text):
        return text
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    # single quotes keep expressions and paths readable: nothing is escaped in them but the quote
    if ("\\" in text or '"' in text) and not _ESCAPED.search(text) and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return _ESCAPED.sub(lambda hit: f"\\u{ord(hit[0]):04X}", json.dumps(text, ensure_ascii=False))
