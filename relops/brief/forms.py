"""One brief in two forms: ``brief.yaml`` and ``brief.xlsx`` beside it.

The workbook keeps the state both were written in. Against it, what changed in one of them counts, whichever it is;
what changed in both to the same value is agreed; what changed in both to different values is told with line and cell,
and nothing is guessed. Entries are compared one by one, lists of blocks as a whole. Where the workbook has lost that
state, an empty entry gives way to a filled one and two filled ones must be the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from relops.brief.model import Brief
from relops.brief.paths import Path, entry_type, has_path, is_empty, show_path
from relops.brief.reader import Document
from relops.brief.scalars import inline
from relops.brief.workbook.layout import layout
from relops.brief.workbook.reading import Workbook, read_workbook
from relops.errors import Problem

WORKBOOK = ".xlsx"
LONGEST_SHOWN = 80


class TwoForms:
    """The brief of both forms: like :class:`Document`, ``content``, ``problems`` and the place of every path."""

    def __init__(self, document: Document | None, book: Workbook):
        self._document, self._book = document, book
        self._taken: set[Path] = set()
        written = document.content if document else {}
        self.content: dict[str, Any] = copy.deepcopy(written)
        self.problems = [*(document.problems if document else ()), *book.problems]
        unread = document.unread if document else ()
        for keys in _units():
            if keys[0] not in unread:
                self._settle(keys, written)

    def _settle(self, keys: Path, written: dict[str, Any]) -> None:
        """Take one entry from the form in which it changed, or tell that it changed in both."""
        yaml, sheet = _at(written, keys), _at(self._book.content, keys)
        if self._document is None:
            self._take(keys, sheet)
            return
        base = self._book.base
        if base is None:
            if is_empty(sheet) or _same(yaml, sheet, keys):
                return
            if is_empty(yaml):
                self._take(keys, sheet)
            else:
                self._refuse("two_forms_no_base", keys, yaml, sheet)
            return
        before = _at(base, keys)
        if _same(sheet, before, keys) or _same(sheet, yaml, keys):
            return
        if _same(yaml, before, keys):
            self._take(keys, sheet)
        else:
            self._refuse("two_forms", keys, yaml, sheet)

    def _take(self, keys: Path, value: Any) -> None:
        block = self.content
        for key in keys[:-1]:
            if isinstance(block, dict):
                # nothing to take out of a block that is not there
                block = block.get(key) if value is None else block.setdefault(key, {})
        if not isinstance(block, dict):
            return  # there is none, or the writing of the block itself is at fault, and is told
        if value is None:
            block.pop(keys[-1], None)
        else:
            block[keys[-1]] = value
        self._taken.add(keys)

    def _refuse(self, code: str, keys: Path, yaml: Any, sheet: Any) -> None:
        path, yaml, sheet = _first_difference(keys, yaml, sheet)
        place = f"{self._book.place(path)} · {self._document.place(path) if self._document else ''}"
        self.problems.append(Problem(f"brief.{code}", place, {"yaml": _shown(yaml), "sheet": _shown(sheet)}))

    def has(self, path: Path) -> bool:
        """Return whether there is an entry at ``path``."""
        return has_path(self.content, path)

    def is_refused(self, path: Path) -> bool:
        """Return whether the writing of the entry at ``path`` is refused already."""
        return self._document is not None and not self._from_sheet(path) and self._document.is_refused(path)

    def place(self, path: Path) -> str:
        """Return line or cell of an entry, after the form it was taken from."""
        if self._document is None or self._from_sheet(path):
            return f"{self._book.place(path)} {show_path(path)}".rstrip()
        return self._document.place(path)

    def _from_sheet(self, path: Path) -> bool:
        return any(path[:len(keys)] == keys for keys in self._taken)


def read_forms(path: FilePath, read_yaml: Callable[[FilePath], Document]) -> Document | TwoForms:
    """Return the brief of ``path`` (``brief.yaml``), and of the workbook beside it where there is one.

    Either may be absent, not both. Raises BadInput as reading them does.
    """
    book = path.with_suffix(WORKBOOK)
    if not book.is_file():
        return read_yaml(path)
    return TwoForms(read_yaml(path) if path.is_file() else None, read_workbook(book))


def _units() -> list[Path]:
    """Return the paths of what is compared: single entries, and lists as a whole."""
    entries, tables = layout()
    return [entry.keys for entry in entries] + [table.keys for table in tables if table.parent is None]


def _at(content: Any, keys: Path) -> Any:
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _same(one: Any, other: Any, keys: Path) -> bool:
    """Return whether two values of an entry say the same, however they are written."""
    return one == other or _settled(one, keys) == _settled(other, keys)


def _settled(value: Any, keys: Path) -> Any:
    """Return a value in the model's own form, without what is empty; as it is where the model refuses it."""
    try:
        kind: Any = TypeAdapter(entry_type(Brief, keys))
        value = kind.dump_python(kind.validate_python(value), mode="json", by_alias=True, exclude_unset=True)
    except ValidationError:
        pass  # what the model refuses is told when the whole brief is checked
    return _without_empty(value)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kept for key, entry in value.items() if not is_empty(kept := _without_empty(entry))} or None
    if isinstance(value, list):
        return [_without_empty(entry) for entry in value] or None
    return value


def _first_difference(path: Path, yaml: Any, sheet: Any) -> tuple[Path, Any, Any]:
    """Return the place furthest in at which two values differ, and both there."""
    if isinstance(yaml, list) and isinstance(sheet, list):
        place = next((place for place, pair in enumerate(zip(yaml, sheet, strict=False)) if pair[0] != pair[1]), None)
        if place is not None and isinstance(yaml[place], dict):
            return _first_difference((*path, place), yaml[place], sheet[place])
    if isinstance(yaml, dict) and isinstance(sheet, dict):
        for key in dict.fromkeys([*yaml, *sheet]):
            if _without_empty(yaml.get(key)) != _without_empty(sheet.get(key)):
                return _first_difference((*path, key), yaml.get(key), sheet.get(key))
    return path, yaml, sheet


def _shown(value: Any) -> str:
    text = "–" if value is None else value if isinstance(value, str) else inline(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
