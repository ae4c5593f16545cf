"""Values of the brief as cells of a workbook, and back, exactly.

Numbers, dates and choices are such cells; a list of texts has a line for each. What has no form of its own in a
workbook (mappings, lists of numbers) is written as in ``brief.yaml``; a text that would be read as something else,
or that a workbook cannot hold, stands in quotes as in JSON.
"""

from __future__ import annotations

import datetime
import functools
import json
import re
import typing
import zoneinfo
from typing import Any

from relops.brief.base import ISO_DATE
from relops.brief.composer import UNPRINTABLE, plain_scalar
from relops.brief.currencies import CURRENCIES
from relops.brief.reader import Document
from relops.brief.scalars import inline
from relops.brief.workbook.layout import is_union
from relops.errors import BadInput, Problem
from relops.locale import messages

Cell = str | int | float | bool | datetime.date | None
MARK = " · "
# Excel counts characters in UTF-16, and holds no whole number beyond fifteen digits exactly
LONGEST_CELL = 32_000
LARGEST_NUMBER = 10**15
UNSAFE = re.compile(rf"{UNPRINTABLE.pattern}|[\r\x7f\x85\u2028\u2029\ufeff\ufffe\uffff]|_x[0-9A-Fa-f]{{4}}_")
YES, NO = "yes", "no"
# offered before all others
USUAL = {"currency": ("CNY", "USD", "EUR", "GBP", "HKD", "JPY"),
         "timezone": ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Europe/London", "Europe/Berlin",
                      "America/New_York", "America/Los_Angeles", "UTC")}


@functools.cache
def kind_of(annotation: Any) -> str:
    """Return how an entry is written: flag, choice, date, whole, number, text, texts, one_or_many or yaml."""
    kinds = tuple(_kinds(annotation))
    plain = {kind if not _options(kind) else str for kind in kinds}
    if all(_options(kind) for kind in kinds):
        return "choice" if all(isinstance(option, str) for kind in kinds for option in _options(kind)) else "whole"
    if plain == {bool}:
        return "flag"
    if plain <= {datetime.date, str} and datetime.date in plain:
        return "date"
    if plain in ({int}, {float}):
        return "whole" if plain == {int} else "number"
    if plain <= {str, int}:
        return "text"
    lists = [kind for kind in kinds if typing.get_origin(kind) is list]
    if len(lists) == 1 and plain - {lists[0]} <= {str}:
        items = set(_kinds(typing.get_args(lists[0])[0]))
        if all(item is str or _options(item) for item in items):
            return "one_or_many" if str in plain else "texts"
    return "yaml"


def _kinds(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) is typing.Annotated:
        return _kinds(typing.get_args(annotation)[0])
    if is_union(annotation):
        return [kind for part in typing.get_args(annotation) for kind in _kinds(part)]
    return [] if annotation is type(None) else [annotation]


def _options(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()


def choices(annotation: Any, key: str, language: str) -> list[str]:
    """Return what a drop-down offers for an entry; nothing where anything may stand."""
    kind = kind_of(annotation)
    if kind == "flag":
        return [label(YES, language), label(NO, language)]
    if key in USUAL:
        known = CURRENCIES if key == "currency" else zoneinfo.available_timezones()
        return [*USUAL[key], *sorted(known - set(USUAL[key]))]
    options = [option for part in _kinds(annotation) for option in _options(part)]
    return [label(option, language) for option in options] if kind == "choice" else []


def label(option: str, language: str) -> str:
    """Return a choice as the reader sees it: its name, then what ``brief.yaml`` calls it."""
    named = messages("documents").get(f"documents.choice.{option}", {}).get(language)
    return option if named is None or named == option else f"{named}{MARK}{option}"


def to_cell(value: Any, annotation: Any, language: str) -> Cell:
    """Return the cell of a plain value; None for none. Raises ValueError where it is too long for a cell."""
    cell = _cell(value, kind_of(annotation), language)
    if isinstance(cell, str) and len(cell.encode("utf-16-le")) // 2 > LONGEST_CELL:
        raise ValueError("too long for a cell")
    return cell


def _cell(value: Any, kind: str, language: str) -> Cell:
    if value is None:
        return None
    if kind == "flag" and isinstance(value, bool):
        return label(YES if value else NO, language)
    if kind == "choice" and isinstance(value, str) and _is_plain(value):
        return label(value, language)
    if kind == "date" and isinstance(value, str) and ISO_DATE.fullmatch(value):
        return datetime.date.fromisoformat(value)
    if kind in ("whole", "number", "text") and isinstance(value, int | float) and not isinstance(value, bool):
        exact = abs(value) < LARGEST_NUMBER and float(f"{value:.15g}") == value
        return value if exact else repr(value)
    if kind in ("text", "date", "choice", "one_or_many") and isinstance(value, str):
        return value if _is_plain(value) and not (kind == "one_or_many" and "\n" in value) else _quoted(value)
    if kind in ("texts", "one_or_many") and isinstance(value, list) and len(value) > (kind == "one_or_many") and all(
            isinstance(item, str) and _is_plain(item) and "\n" not in item for item in value):
        return "\n".join(value)
    return _safe(inline(value))


def _is_plain(text: str) -> bool:
    """Return whether a text comes back as it is: no blanks around it, no sign that opens another form."""
    return bool(text) and text == text.strip() and text[0] not in "\"[{'" and not UNSAFE.search(text)


def _quoted(text: str) -> str:
    return _safe(json.dumps(text, ensure_ascii=False))


def _safe(written: str) -> str:
    return UNSAFE.sub(lambda hit: f"\\u{ord(hit[0][0]):04x}{hit[0][1:]}", written)


def from_cell(cell: Cell, annotation: Any, place: str) -> Any:
    """Return the plain value of a cell, None for an empty one; what the entry refuses is left to the model.

    Raises BadInput on a mapping or list that is no YAML.
    """
    kind = kind_of(annotation)
    if isinstance(cell, str):
        cell = cell.strip().replace("\r\n", "\n")
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        cell = cell.date()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and kind != "number":
        cell = int(cell)
    if not isinstance(cell, str):
        as_text = kind in ("text", "texts", "one_or_many") and int not in _kinds(annotation)
        return str(cell) if as_text and not isinstance(cell, bool) else cell
    return _read(cell, kind, place)


def _read(text: str, kind: str, place: str) -> Any:
    if (kind in ("texts", "one_or_many") and text[0] == "[") or kind == "yaml":
        return _yaml(text, place)
    if text[0] == '"':
        return _unquoted(text)
    if kind == "flag":
        word = text.split(MARK)[-1].strip().lower()
        return {**dict.fromkeys(("yes", "true", "是", "1"), True),
                **dict.fromkeys(("no", "false", "否", "0"), False)}.get(word, text)
    if kind == "choice":
        return text.rpartition(MARK)[2]
    if kind in ("whole", "number"):
        number = plain_scalar(text.replace(",", ""), "float")
        return number if not isinstance(number, str) else text
    if kind == "texts" or (kind == "one_or_many" and "\n" in text):
        return [_unquoted(line.strip()) for line in text.split("\n") if line.strip()]
    return text


def _unquoted(text: str) -> str:
    try:
        value = json.loads(text) if text.startswith('"') else text
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def _yaml(text: str, place: str) -> Any:
    """Return what a text of YAML says; lines ``key: value`` are a mapping."""
    flow = text[0] in "[{\"'" or ("\n" not in text and not re.match(r"[^\s:]+: ", text))
    indented = "\n".join(f"  {line}" for line in text.split("\n"))
    try:
        document = Document(f"value: {text}" if flow else f"value:\n{indented}", place)
        problems = document.problems
    except BadInput as fault:
        problems = fault.problems
    if problems:
        raise BadInput([Problem(problem.code, place, problem.values) for problem in problems])
    return document.content["value"]
