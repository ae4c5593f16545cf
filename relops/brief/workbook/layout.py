"""Which entry of the brief stands where in the workbook: single entries by path, lists of blocks as tables.

The layout is read off the model, so an entry that the schema gains stands in the workbook too.
"""

from __future__ import annotations

import functools
import typing
from dataclasses import dataclass
from typing import Any

from relops.brief.base import Block
from relops.brief.model import Brief
from relops.brief.paths import is_block
from relops.locale import messages

Keys = tuple[str, ...]
# two hidden sheets: the brief as it was written, and what the drop-downs offer
BASE, CHOICES = "_base", "_choices"
# the first columns of a table: the number of the item it belongs to, and its own
OWNER, ITEM = "^", "#"
FIRST_ROW = 4
LONGEST_TITLE = 31


@dataclass(frozen=True)
class Entry:
    """One entry: the blocks and keys that lead to it from the brief or from an item, and what may stand in it."""

    trail: tuple[tuple[type[Block], str], ...]
    annotation: Any
    required: bool

    @property
    def keys(self) -> Keys:
        """The keys alone."""
        return tuple(key for _, key in self.trail)

    @property
    def name(self) -> str:
        """The keys as one text: ``finance.currency``."""
        return ".".join(self.keys)


@dataclass(frozen=True)
class Table:
    """A list of blocks; one that lies within the items of another list has that list's keys as ``parent``."""

    keys: Keys
    block: type[Block]
    entries: tuple[Entry, ...]
    parent: Keys | None = None

    @property
    def name(self) -> str:
        """The keys as one text: ``roadmap.tasks``."""
        return ".".join(self.keys)

    @property
    def own_keys(self) -> Keys:
        """The keys below the item of the parent, or below the brief."""
        return self.keys[len(self.parent or ()):]


@functools.cache
def layout() -> tuple[tuple[Entry, ...], tuple[Table, ...]]:
    """Return the single entries of the brief and its tables, each in the order of the model."""
    tables: list[Table] = []
    return tuple(_walk(Brief, (), True, None, tables)), tuple(tables)


def _walk(block: type[Block], trail: tuple[tuple[type[Block], str], ...], needed: bool, above: Keys | None,
          tables: list[Table]) -> list[Entry]:
    """Return the entries of a block; its lists of blocks go to ``tables``, behind the table they lie within.

    ``trail`` leads to the block from the brief or from an item of the list at ``above``.
    """
    entries: list[Entry] = []
    for name, field in block.model_fields.items():
        here, kind = (*trail, (block, field.alias or name)), _without_none(field.annotation)
        inner = _item_block(kind)
        if is_block(kind):
            entries += _walk(kind, here, needed and field.is_required(), above, tables)
        elif inner is not None:
            place, whole = len(tables), (*(above or ()), *(key for _, key in here))
            tables.insert(place, Table(whole, inner, tuple(_walk(inner, (), True, whole, tables)), above))
        else:
            entries.append(Entry(here, field.annotation, needed and field.is_required()))
    return entries


def _without_none(annotation: Any) -> Any:
    """Return an annotation without what only checks it, and without None beside one kind of value."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _without_none(typing.get_args(annotation)[0])
    if is_union(annotation):
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        return _without_none(kinds[0]) if len(kinds) == 1 else annotation
    return annotation


def _item_block(annotation: Any) -> type[Block] | None:
    if typing.get_origin(annotation) is not list:
        return None
    inner = _without_none(typing.get_args(annotation)[0])
    return inner if is_block(inner) else None


def is_union(annotation: Any) -> bool:
    """Return whether an annotation is a choice between kinds."""
    return typing.get_origin(annotation) is typing.Union or type(annotation).__name__ == "UnionType"


def title(table: Table, language: str) -> str:
    """Return the name of a table's sheet."""
    named = messages("brief").get(f"brief.workbook.sheet.{table.name}")
    return named[language] if named else table.name[:LONGEST_TITLE]
