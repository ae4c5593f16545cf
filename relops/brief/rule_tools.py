"""How rules read the plain content of a brief: what they cannot read they pass over."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from relops.brief.base import ISO_DATE
from relops.brief.paths import Path


class Broken(NamedTuple):
    """A broken rule: where, which problem of ``messages.yaml``, what fills its sentences."""

    path: Path
    code: str
    values: dict[str, Any]


def found(content: Any, pattern: str) -> Iterator[tuple[Path, Any]]:
    """Yield path and value of everything at ``pattern``; ``*`` stands for every entry of a list."""
    hits: list[tuple[Path, Any]] = [((), content)]
    for part in pattern.split("."):
        below: list[tuple[Path, Any]] = []
        for path, value in hits:
            if part == "*" and isinstance(value, list):
                below += [((*path, place), entry) for place, entry in enumerate(value)]
            elif part != "*" and isinstance(value, dict) and value.get(part) is not None:
                below.append(((*path, part), value[part]))
        hits = below
    yield from hits


def blocks(content: Any, pattern: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield path and content of every mapping at ``pattern``."""
    return ((path, value) for path, value in found(content, pattern) if isinstance(value, dict))


def number(value: Any) -> float | None:
    """Return a number as such, anything else as None."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None


def day(value: Any) -> datetime.date | None:
    """Return an ISO date as such, anything else as None."""
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:  # refused as a date by the model
            return None
    return value if isinstance(value, datetime.date) else None


def filled(value: Any) -> bool:
    """Return whether an entry says something."""
    return value is not None and str(value).strip() != ""


def money(amount: float) -> str:
    """Return an amount as it may stand in a sentence of any language."""
    return f"{amount:,.2f}".removesuffix(".00")
