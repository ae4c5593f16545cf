"""JSON as rows of cells: one object a line, or one list of objects; nested values are refused with their name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relops.data.readers.text_files import Row
from relops.errors import BadInput, Problem


def read_json(path: Path, shown: str) -> tuple[list[str], Iterator[Row]]:
    """Return the names of all fields, in order of first sight, and (line, cells) of every object.

    Raises BadInput, naming the line: no JSON, no object, a nested value.
    """
    names = list(dict.fromkeys(name for _, entry in _objects(path, shown) for name in entry))
    if not names:
        raise BadInput(Problem("data.door.empty", shown, {}))
    return names, ((line, [_text(entry.get(name)) for name in names]) for line, entry in _objects(path, shown))


def _objects(path: Path, shown: str) -> Iterator[tuple[int, dict[str, Any]]]:
    encoding = "utf-16" if path.open("rb").read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with path.open(encoding=encoding) as file:
        for line, entry in _entries(file, shown):
            if not isinstance(entry, dict):
                raise BadInput(Problem("data.door.json", f"{shown}:{line}", {"detail": type(entry).__name__}))
            nested = [name for name, value in entry.items() if isinstance(value, dict | list) and value]
            if nested:
                raise BadInput(Problem("data.door.json_nested", f"{shown}:{line}", {"fields": ", ".join(nested)}))
            yield line, entry


def _entries(file: Iterator[str], shown: str) -> Iterator[tuple[int, Any]]:
    """Yield (line, value); a text that is one JSON value over several lines is read whole."""
    number = 0
    try:
        for number, line in enumerate(file, 1):
            if number == 1 and line.lstrip().startswith("["):
                yield from enumerate(_whole(line + "".join(file)), 1)
                return
            if number == 1 and line.strip() == "{":
                yield from enumerate(_whole(line + "".join(file)), 1)
                return
            if line.strip():
                yield number, json.loads(line, parse_int=str, parse_float=str)
    except json.JSONDecodeError as fault:
        place = f"{shown}:{max(number, 1) + fault.lineno - 1}"
        raise BadInput(Problem("data.door.json", place, {"detail": fault.msg})) from fault
    except UnicodeDecodeError as fault:
        raise BadInput(Problem("data.door.json", f"{shown}:{number + 1}", {"detail": fault.reason})) from fault


def _whole(body: str) -> list[Any]:
    value = json.loads(body, parse_int=str, parse_float=str)
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
