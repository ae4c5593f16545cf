"""Writing ``brief.yaml``: the whole template, commented in both languages, what is known already active."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic.fields import FieldInfo

from relops.brief.base import AmountRange, Block, RateRange
from relops.brief.composer import UNPRINTABLE
from relops.brief.load import check_values, load_text
from relops.brief.model import Brief
from relops.brief.paths import Path, block_of, may_be_block, parse_path, show_path
from relops.brief.scalars import inline, plain_values, scalar
from relops.brief.sources import Formula
from relops.brief.words import both, field_words
from relops.locale import messages, read_yaml

SCHEMA_FILE = "brief.schema.json"
# blocks so small that they read best on one line
ON_ONE_LINE = (RateRange, AmountRange, Formula)
LONGEST_MAPPING = 60
COMMENT_COLUMN = 44
LONGEST_BESIDE_COMMENT = 76
Note = str | dict[str, str]


@dataclass
class Line:
    """A line of the template: its ``off`` column is where it is commented out, None where it is active.

    A ``note`` stands beside the entry whatever its length; other words on a long entry stand above it.
    """

    indent: int
    text: str
    comment: str = ""
    off: int | None = None
    note: bool = False

    def __str__(self) -> str:
        written = " " * self.indent + self.text
        if self.off is not None:
            written = f"{written[:self.off]}# {written[self.off:]}"
        if not self.comment:
            return written
        comment = UNPRINTABLE.sub(" ", self.comment)
        if not self.note and _width(written) > LONGEST_BESIDE_COMMENT:
            return " " * self.indent + f"## {comment}\n{written}"
        return written + " " * max(2, COMMENT_COLUMN - _width(written)) + f"# {comment}"


def write_brief(path: str | FilePath, values: Mapping[str, Any] | Brief,
                notes: Mapping[str, Note] | None = None) -> None:
    """Write the commented template to ``path``, the entries of ``values`` active, all others as examples.

    ``notes`` maps paths (``data.sources.0.columns.amount``) to words, or words in each language, that stand
    beside that entry instead of its description. Raises BadInput when ``values`` make no valid brief, and
    ValueError on a note for an entry that the template does not write.
    """
    text = brief_text(values, notes)
    path = FilePath(path)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)


def brief_text(values: Mapping[str, Any] | Brief, notes: Mapping[str, Note] | None = None) -> str:
    """Return the text that :func:`write_brief` writes. Raises as it does."""
    content = plain_values(values if isinstance(values, Block) else dict(values))
    check_values(content)
    template = Template({parse_path(place): note for place, note in (notes or {}).items()})
    text = template.text(content)
    unwritten = template.notes.keys() - template.written
    if unwritten:
        raise ValueError("notes on entries that are not written: " + ", ".join(map(show_path, unwritten)))
    load_text(text, "brief.yaml")
    return text


@functools.cache
def example() -> dict[str, Any]:
    """Return the invented company's brief, in which every entry occurs once."""
    return plain_values(read_yaml(FilePath(__file__).with_name("example.yaml")))


class Template:
    """The lines of the template; ``written`` collects the paths that have a line."""

    def __init__(self, notes: dict[Path, Note]):
        self.notes = notes
        self.written: set[Path] = set()

    def text(self, content: dict[str, Any]) -> str:
        """Return the whole file."""
        lines = [f"# yaml-language-server: $schema={SCHEMA_FILE}"]
        for part in ("title", "required", "marks", "numbers", "schema"):
            for words in messages("brief")[f"brief.template.{part}"].values():
                lines.append(f"## {words.format(file=SCHEMA_FILE)}")
        for key, field in _fields(Brief):
            lines += ["", f"## {field_words(Brief, key)}"]
            off = None if _says(content.get(key)) else 0
            value = example()[key] if off == 0 else content[key]
            lines += map(str, self.entry(Brief, key, field, value, example()[key], ((key,), 0, off)))
        return "\n".join(lines) + "\n"

    def entry(self, block: type[Block], key: str, field: FieldInfo, value: Any, shown: Any,
              at: tuple[Path, int, int | None]) -> list[Line]:
        """Return the lines of one entry; its unset entries are taken from the example ``shown``, if any."""
        path, indent, off = at
        comment = "" if block is Brief and path not in self.notes else self.comment(block, key, path)
        inner = block_of(field.annotation)
        below: list[Line] = []
        if isinstance(value, dict) and may_be_block(field.annotation) and inner not in ON_ONE_LINE:
            below = self.block(inner, value, shown, (path, indent + 2, off))
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value) and inner:
            below = self.items(inner, value, shown, (path, indent + 2, off))
        elif isinstance(value, dict) and self.spreads(path, value):
            below = self.mapping(value, (path, indent + 2, off))
        self.written.add(path)
        head = f"{key}:" if below else f"{key}: {inline(value)}"
        return [Line(indent, head, comment, off, path in self.notes), *below]

    def block(self, block: type[Block], values: dict[str, Any], shown: Any,
              at: tuple[Path, int, int | None], given_first: bool = False) -> list[Line]:
        """Return the lines of a block: what ``values`` hold, and what only ``shown`` holds commented out."""
        path, indent, off = at
        given: list[Line] = []
        unset: list[Line] = []
        examples = shown if isinstance(shown, dict) and off is None else {}
        for key, field in _fields(block):
            here = (*path, key)
            if _says(values.get(key)):
                given += self.entry(block, key, field, values[key], examples.get(key), (here, indent, off))
            elif key in examples:
                lines = self.entry(block, key, field, examples[key], None, (here, indent, indent))
                (unset if given_first else given).extend(lines)
        return given + unset

    def items(self, block: type[Block], values: list[Any], shown: Any,
              at: tuple[Path, int, int | None]) -> list[Line]:
        """Return the lines of a list of blocks; the first of them shows its unset entries too."""
        path, indent, off = at
        lines: list[Line] = []
        for place, item in enumerate(values):
            here = (*path, place)
            pattern = shown[0] if isinstance(shown, list) and shown and place == 0 else None
            rows: list[Line] = []
            if isinstance(item, dict) and any(map(_says, item.values())):
                rows = self.block(block, item, pattern, (here, indent + 2, off), given_first=True)
            if rows:
                rows[0].indent, rows[0].text = indent, f"- {rows[0].text}"
            lines += rows or [Line(indent, f"- {inline(item)}", "", off)]
        return lines

    def mapping(self, values: dict[str, Any], at: tuple[Path, int, int | None]) -> list[Line]:
        """Return a free mapping, one line an entry."""
        path, indent, off = at
        lines = []
        for key, value in values.items():
            here = (*path, key)
            self.written.add(here)
            comment = both(self.notes[here]) if here in self.notes else ""
            lines.append(Line(indent, f"{scalar(key)}: {inline(value)}", comment, off, here in self.notes))
        return lines

    def spreads(self, path: Path, values: dict[str, Any]) -> bool:
        """Return whether a free mapping takes one line an entry: it is long, or an entry of it has a note."""
        noted = any(place[:len(path)] == path and len(place) > len(path) for place in self.notes)
        return bool(values) and (noted or path[-1] == "columns" or len(inline(values)) > LONGEST_MAPPING)

    def comment(self, block: type[Block], key: str, path: Path) -> str:
        """Return the note on an entry, or else what the entry means."""
        return both(self.notes[path]) if path in self.notes else field_words(block, key)


def _fields(block: type[Block]) -> list[tuple[str, FieldInfo]]:
    return [(field.alias or name, field) for name, field in block.model_fields.items()]


def _says(value: Any) -> bool:
    return value is not None and value != {}


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
