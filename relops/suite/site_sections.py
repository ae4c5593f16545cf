"""What stands on a page: chapters, the ledger of evidence, what is missing, what was refused."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from relops.exhibits import describe
from relops.locale import messages, text
from relops.locale.format import is_missing
from relops.store import Exhibits
from relops.suite.site_markup import BLOCK, LANG, Voice, anchor, evidence_link, is_numeric
from relops.suite.site_record import title_of
from relops.suite.svg import inline_svg

HASH_LENGTH = 12
WIDE_TEXT = 24


@dataclass(frozen=True)
class Chapter:
    """What one notebook contributes, ready for the page."""

    name: str
    id: str
    title: Markup
    page: str | None
    findings: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    tables: list[dict[str, Any]]

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to state."""
        return not (self.findings or self.figures or self.tables)


class Sections:
    """Turns the store of a run into the parts of a page."""

    def __init__(self, run_folder: Path, exhibits: Exhibits, record: Mapping[str, Any], voice: Voice):
        self.run_folder = run_folder
        self.notebooks = {entry["name"]: entry for entry in record.get("notebooks", ())}
        self.exhibits = exhibits
        self.voice = voice

    # chapters -------------------------------------------------------------------------------------------
    def chapters(self) -> list[Chapter]:
        """Return a chapter for each notebook of the run; tables and figures are numbered throughout."""
        counters: Counter[str] = Counter()
        return [self._chapter(name, counters) for name in self.notebooks]

    def _chapter(self, name: str, counters: Counter[str]) -> Chapter:
        def own(kind: str) -> list[dict]:
            return [record for record in getattr(self.exhibits, kind).values() if record["notebook"] == name]

        return Chapter(
            name, anchor("chapter", name), self.title(name), self.notebook_page(name),
            [self._finding(record) for record in own("findings")],
            [self._figure(record, counters) for record in own("figures")],
            [self._table(record, counters) for record in own("tables")],
        )

    def title(self, notebook: str) -> Markup:
        """Return a notebook's title, or its name where the record holds none."""
        entry = self.notebooks.get(notebook, {"name": notebook})
        return self.voice.both(lambda language: title_of(entry, language))

    def notebook_page(self, notebook: str | None, cell: str | None = None) -> str | None:
        """Return the address of a notebook's page, at one cell if given; None where there is no such page."""
        if not notebook or not (self.run_folder / "notebooks" / f"{notebook}.html").exists():
            return None
        place = f"#cell-id={quote(cell)}" if cell else ""
        return f"notebooks/{quote(notebook)}.html{place}"

    def _finding(self, record: dict) -> dict[str, Any]:
        worth = self.exhibits.record(record["worth"]) if record["worth"] else None
        numbers = self.exhibits.numbers(record)
        return {
            "id": anchor("finding", record["id"]), "code": record["code"],
            "sentence": self.voice.message(record["message"], numbers, record["words"]),
            "worth": worth and evidence_link(worth.id, self.voice.evidence(worth)),
            "interval": worth and self.voice.interval(worth),
        }

    def _figure(self, record: dict, counters: Counter[str]) -> dict[str, Any]:
        counters["figure"] += 1
        number = counters["figure"]
        numbers = self.exhibits.numbers(record)

        def drawing(language: str) -> Markup:
            alt = Voice([language]).message(record["alt"], numbers, plain=True)
            path = self.exhibits.figure_file(record["id"], language, "svg")
            box = Markup('<div class="canvas" role="img" tabindex="0" aria-label="{}">{}</div>')
            return box.format(alt, inline_svg(path, f"f{number}{language}-"))

        return {
            "id": anchor("figure", record["id"]), "number": number, "n": record["n"],
            "title": self.voice.message(record["title"], numbers),
            "alt": self.voice.message(record["alt"], numbers),
            "period": self.voice.period(record["period"]), "drawing": self.voice.both(drawing, BLOCK),
        }

    def _table(self, record: dict, counters: Counter[str]) -> dict[str, Any]:
        counters["table"] += 1
        units = [column["unit"] for column in record["columns"]]
        columns = [self._column(column, [row[place] for row in record["rows"]])
                   for place, column in enumerate(record["columns"])]
        return {
            "id": anchor("table", record["id"]), "number": counters["table"], "columns": columns,
            "rows": [[self._cell(cell, unit) for cell, unit in zip(row, units, strict=True)]
                     for row in record["rows"]],
            "title": self.voice.message(record["title"]), "n": record["n"], "filter": record["filter"],
            "period": self.voice.period(record["period"]), "evidence": anchor("evidence", record["id"]),
            "downloads": self._downloads(record["id"]),
        }

    def _column(self, column: dict, cells: list[Any]) -> dict[str, Any]:
        unit = column["unit"]
        return {
            "label": self.voice.message(column["label"]), "numeric": is_numeric(unit),
            "unit": "" if unit in ("text", "date") else self.voice.unit(unit),
            "wide": any(isinstance(cell, str) and len(cell) > WIDE_TEXT for cell in cells),
        }

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
        """Return the CSV files of a table; where there is one a language, each is for its readers only."""
        folder = self.run_folder / "tables"
        if (folder / f"{table_id}.csv").exists():
            return [{"href": f"tables/{quote(table_id)}.csv", "lang": None}]
        return [{"href": f"tables/{quote(table_id)}.{language}.csv", "lang": LANG[language]}
                for language in self.voice.languages if (folder / f"{table_id}.{language}.csv").exists()]

    # the ledger -----------------------------------------------------------------------------------------
    def ledger(self, only: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Return the rows of the evidence ledger, sorted by id; ``only`` limits it to some ids."""
        wanted = set(self.exhibits.evidence) if only is None else set(only) & set(self.exhibits.evidence)
        return [self._proof(evidence_id) for evidence_id in sorted(wanted)]

    def _proof(self, evidence_id: str) -> dict[str, Any]:
        record = self.exhibits.record(evidence_id)
        is_table = record.unit == "table"
        return {
            "id": evidence_id, "anchor": anchor("evidence", evidence_id), "name": self._name(evidence_id),
            "value": escape(str(record.value)[:HASH_LENGTH]) if is_table else self.voice.evidence(record),
            "unit": self.voice.unit(record.unit), "interval": self.voice.interval(record),
            "n": None if is_missing(record.n) else self.voice.count(record.n), "tag": record.tag,
            "tag_name": self.voice.both(lambda language: text(f"locale.tag.{record.tag}", language)),
            "period": self.voice.period(record.period), "filter": record.filter,
            "notebook": record.notebook, "cell": record.cell,
            "page": self.notebook_page(record.notebook, record.cell),
            "inputs": [source.removeprefix("sha256:")[:HASH_LENGTH] for source in record.inputs],
        }

    def _name(self, evidence_id: str) -> Markup:
        if evidence_id in self.exhibits.tables:
            return self.voice.message(self.exhibits.tables[evidence_id]["title"])
        described = describe(evidence_id)
        return self.voice.both(lambda language: described[language]) if described else escape(evidence_id)

    # what is missing, what was refused ------------------------------------------------------------------
    def missing(self) -> list[dict[str, Any]]:
        """Return what the run could not state, in the order of codes and notebooks."""
        ordered = sorted(self.exhibits.missing.values(), key=lambda item: (item["code"], item["notebook"]))
        return [self._lack(record) for record in ordered]

    def _lack(self, record: dict) -> dict[str, Any]:
        numbers = self.exhibits.numbers(record).values()
        return {
            "code": record["code"], "field": record["field"],
            "measure": self.voice.message(record["measure"]),
            "meaning": self.voice.both(lambda language: text(f"documents.code.{record['code']}", language)),
            "numbers": [(self._name(proof.id), evidence_link(proof.id, self.voice.evidence(proof)))
                        for proof in numbers],
            "notebook": self.title(record["notebook"]), "chapter": anchor("chapter", record["notebook"]),
        }

    def refused(self) -> list[dict[str, Any]]:
        """Return how many rows were refused, by table and reason; nothing else of such a row is read."""
        counted: list[dict[str, Any]] = []
        for path in sorted((self.run_folder / "private" / "quarantine").glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                reasons = Counter(reason_message(row["reason"]) for row in csv.DictReader(file))
            counted += [{"table": path.stem, "reason": self.voice.message(reason), "rows": rows}
                        for reason, rows in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))]
        return counted


def reason_message(reason: str) -> str:
    """Return the message of a reason; one that no message names may be the client's words: not printed."""
    named = f"data.reason.{reason}"
    return named if named in messages("data") else "suite.site.quarantine.other"
