"""What stands behind the chapters: the ledger of evidence and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

from relops.exhibits import describe
from relops.locale import text
from relops.locale.format import is_missing
from relops.store import Exhibits
from relops.suite.site_markup import Voice, anchor
from relops.suite.site_notebooks import Notebooks

HASH_LENGTH = 12


class Sections:
    """Turns the store of a run into the sections that stand behind the chapters."""

    def __init__(self, exhibits: Exhibits, notebooks: Notebooks, voice: Voice):
        self.exhibits, self.notebooks, self.voice = exhibits, notebooks, voice

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
            "period": self.voice.period(record.period), "filter": self.voice.filter(record.filter),
            "notebook": record.notebook, "cell": record.cell,
            "page": self.notebooks.page(record.notebook, record.cell),
            "inputs": [source.removeprefix("sha256:")[:HASH_LENGTH] for source in record.inputs],
        }

    def _name(self, evidence_id: str) -> Markup:
        if evidence_id in self.exhibits.tables:
            table = self.exhibits.tables[evidence_id]
            return self.voice.message(table["title"], words=table["words"])
        described = describe(evidence_id)
        return self.voice.both(lambda language: described[language]) if described else escape(evidence_id)

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
            "numbers": [(self._name(proof.id), self.voice.proof(proof))
                        for proof in numbers],
            "notebook": self.notebooks.title(record["notebook"]), "chapter": anchor("chapter", record["notebook"]),
        }
