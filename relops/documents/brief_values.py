"""How a value of the brief is printed: in the formats of each language, never changed in substance."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from relops.exhibits import Run
from relops.locale import messages, text
from relops.locale.format import format_date, format_value

THREE_POINT = ("low", "mode", "high")


def plain_value(value: Any) -> Any:
    """Return a value of the brief as plain data: models become mappings under their names in the file."""
    if hasattr(value, "model_dump"):
        return value.model_dump(by_alias=True)
    if isinstance(value, (list, tuple)):
        return [plain_value(entry) for entry in value]
    if isinstance(value, Mapping):
        return {key: plain_value(entry) for key, entry in value.items()}
    return value


def choice(value: Any, language: str) -> str:
    """Return the name of an enumerated value, or the value as the client wrote it."""
    known = f"documents.choice.{value}"
    return text(known, language) if known in messages("documents") else str(value)


def _key(key: str, language: str) -> str:
    """Return the name of a key; a stage of word of mouth may be called as a risk response is (``share``)."""
    stage = f"documents.stage.{key}"
    return text(stage, language) if stage in messages("documents") else choice(key, language)


def number(value: float, language: str) -> str:
    """Return a bare number: thousands set off, no decimals invented."""
    if float(value).is_integer():
        return format_value(value, "count", language)
    return f"{value:,.10g}"


def join(parts: list[str], language: str, mark: str = "comma") -> str:
    """Return parts joined by the language's comma, semicolon or slash."""
    return text(f"documents.label.{mark}", language).join(parts)


def format_any(value: Any, language: str, unit: str = "text", currency: str = "") -> str:
    """Return a value as text. ``unit`` is one of ``brief_columns.yaml``; nested values are written flat."""
    if unit.startswith("three_"):
        return _three(value, unit.removeprefix("three_"), language, currency)
    if isinstance(value, bool):
        return choice("yes" if value else "no", language)
    if isinstance(value, Mapping):
        named = [
            (_key(key, language), format_any(entry, language, "choice"))
            for key, entry in value.items()
            if entry not in (None, "", [], {})
        ]
        if {"kpi", "op", "value"} <= set(value):
            signs = {">=": "≥", "<=": "≤", "==": "="}
            return " ".join(signs.get(words, words) for _, words in named)
        if isinstance(value.get("text"), str):
            return value["text"]  # a step, a factor, an activity: owner and date have columns of their own
        colon = text("documents.label.colon", language)
        return join([f"{key}{colon}{entry}" for key, entry in named], language)
    if isinstance(value, (list, tuple)):
        nested = any(isinstance(entry, (Mapping, list, tuple)) for entry in value)
        parts = [format_any(entry, language, "choice") for entry in value]
        return join(parts, language, "semicolon" if nested else "comma")
    if isinstance(value, datetime.date):
        return format_date(value, language)
    if isinstance(value, (int, float)):
        return _scalar(value, unit, language, currency)
    return choice(value, language) if unit == "choice" else str(value)


def _scalar(value: float, unit: str, language: str, currency: str) -> str:
    if unit == "money":
        return format_value(value, f"money:{currency}", language)
    if unit in ("share", "count", "days"):
        return format_value(value, unit, language, bare=True)
    return str(value) if unit == "year" else number(value, language)


def _three(value: Any, unit: str, language: str, currency: str) -> str:
    if not isinstance(value, Mapping):
        return format_any(value, language, unit, currency)
    points = [
        format_value(value[point], f"money:{currency}" if unit == "money" else unit, language, bare=True)
        for point in THREE_POINT
        if value.get(point) is not None
    ]
    return join(points, language, "slash") if points else text("locale.not_available", language)


def format_change(row: Mapping[str, Any], language: str) -> str:
    """Return a goal's change in the unit its ``change_type`` demands: points, percent, or a level."""
    change, kind = row["change"], row["change_type"]
    sign = "+" if change > 0 and kind != "level" else ""
    if kind == "points":
        return sign + format_value(change, "points", language)
    if kind == "relative":
        return sign + format_value(change, "share", language)
    return number(change, language)


def brief_run(value: str, path: str) -> Run:
    """Return text of the brief as a run that names its path."""
    return Run("brief", value, path)
