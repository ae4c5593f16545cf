"""The chapters of the site: what each notebook found, part by part: sentence, picture, numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from relops.locale.format import is_missing
from relops.notebook.display import WORDS, cell_text
from relops.store import Exhibits
from relops.suite.site_markup import BLOCK, LANG, Voice, anchor, is_numeric
from relops.suite.site_notebooks import Notebooks
from relops.suite.svg import inline_svg

# wider text than this (a Chinese character counts two) wraps within its column
WIDE_TEXT = 26


@dataclass(frozen=True)
class Part:
    """Exhibits that stand under one heading of a notebook."""

    title: Markup
    page: str | None
    findings: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    tables: list[dict[str, Any]]


@dataclass(frozen=True)
class Chapter:
    """What one notebook contributes; without parts it has nothing to state."""

    id: str
    title: Markup
    page: str | None
    file: str | None
    parts: list[Part]


class Chapters:
    """Turns what the notebooks published into chapters; tables and figures are numbered throughout.

    ``exists`` says whether the run holds a file.
    """

    def __init__(self, exhibits: Exhibits, notebooks: Notebooks, voice: Voice, exists: Callable[[str], bool]):
        self.exhibits, self.notebooks, self.voice, self.exists = exhibits, notebooks, voice, exists
        self.counters: Counter[str] = Counter()

    def all(self) -> list[Chapter]:
        """Return a chapter for each notebook of the run."""
        books = self.notebooks
        return [Chapter(anchor("chapter", name), books.title(name), books.page(name), books.file(name),
                        list(self._parts(name))) for name in books.entries]

    def _parts(self, name: str) -> Iterator[Part]:
        left = [key for kind in (self.exhibits.findings, self.exhibits.figures, self.exhibits.tables)
                for key, record in kind.items() if record["notebook"] == name]
        for stretch in self.notebooks.stretches(name):
            here = [key for key in dict.fromkeys(stretch.ids) if key in left]
            left = [key for key in left if key not in here]
            if here:
                title = self.voice.both(lambda language, said=stretch.heading: said.get(language, ""))
                yield self._part(title, self.notebooks.page(name, stretch.cell), here)
        if left:
            yield self._part(Markup(""), None, left)

    def _part(self, title: Markup, page: str | None, ids: Iterable[str]) -> Part:
        ids = list(ids)
        store = self.exhibits
        return Part(title, page,
                    [self._finding(store.findings[key]) for key in ids if key in store.findings],
                    [self._figure(store.figures[key]) for key in ids if key in store.figures],
                    [self._table(store.tables[key]) for key in ids if key in store.tables])

    def _finding(self, record: dict) -> dict[str, Any]:
        numbers = self.exhibits.numbers(record)
        worth = self.exhibits.record(record["worth"]) if record["worth"] else None
        if worth and is_missing(worth.low) and worth.id in record["numbers"].values():
            worth = None  # the sentence itself says all there is to say
        return {
            "id": anchor("finding", record["id"]), "code": record["code"],
            "sentence": self.voice.message(record["message"], numbers, record["words"]),
            "worth": worth and self.voice.proof(worth),
            "interval": worth and self.voice.interval(worth),
        }

    def _figure(self, record: dict) -> dict[str, Any]:
        self.counters["figure"] += 1
        number = self.counters["figure"]
        numbers = self.exhibits.numbers(record)

        def drawing(language: str) -> Markup:
            alt = Voice([language]).message(record["alt"], numbers, record["words"], plain=True)
            path = self.exhibits.figure_file(record["id"], language, "svg")
            box = Markup('<div class="canvas" role="img" tabindex="0" aria-label="{}">{}</div>')
            return box.format(alt, inline_svg(path, f"f{number}{language}-"))

        return {
            "id": anchor("figure", record["id"]), "number": number, "n": record["n"],
            "title": self.voice.message(record["title"], numbers, record["words"]),
            "alt": self.voice.message(record["alt"], numbers, record["words"]),
            "period": self.voice.period(record["period"]), "drawing": self.voice.both(drawing, BLOCK),
        }

    def _table(self, record: dict) -> dict[str, Any]:
        self.counters["table"] += 1
        units = [column["unit"] for column in record["columns"]]
        columns = [self._column(column, [row[place] for row in record["rows"]])
                   for place, column in enumerate(record["columns"])]
        return {
            "id": anchor("table", record["id"]), "number": self.counters["table"], "columns": columns,
            "rows": [[self._cell(cell, unit) for cell, unit in zip(row, units, strict=True)]
                     for row in record["rows"]],
            "title": self.voice.message(record["title"], words=record["words"]), "n": record["n"],
            "filter": self.voice.filter(record["filter"]),
            "period": self.voice.period(record["period"]), "evidence": anchor("evidence", record["id"]),
            "downloads": self._downloads(record["id"]),
        }

    def _column(self, column: dict, cells: list[Any]) -> dict[str, Any]:
        unit = column["unit"]
        width = max((_width(cell_text(cell, unit, language)) for cell in cells
                     for language in self.voice.languages), default=0)
        kind = "n" if is_numeric(unit) else "w" if width > WIDE_TEXT else "s"
        return {"label": self.voice.message(column["label"]), "kind": kind,
                "unit": "" if unit in WORDS else self.voice.unit(unit)}

    def _cell(self, cell: Any, unit: str) -> dict[str, Any]:
        """A cell's text and, where letters do not give its order, the value to sort by (absent: empty)."""
        value = None
        if is_missing(cell):
            value = ""
        elif is_numeric(unit):
            value = "" if isinstance(cell, str) else f"{float(cell):.10g}"
        elif unit == "date":
            value = cell
        return {"text": self.voice.cell(cell, unit), "value": value}

    def _downloads(self, table_id: str) -> list[dict[str, Any]]:
        """Return the CSV files of a table, each for the readers of its language."""
        return [{"href": f"tables/{quote(table_id)}.{language}.csv", "lang": LANG[language]}
                for language in self.voice.languages if self.exists(f"tables/{table_id}.{language}.csv")]


def _width(words: str) -> int:
    """Return about how many Latin letters wide some words stand."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in words)
