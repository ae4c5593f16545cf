"""Decisions that follow from a named rule: what the numbers say must be done, whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from relops.brief import Brief
from relops.documents.model import Runs, fill, words
from relops.exhibits import Evidence, Run, format_evidence
from relops.store import Exhibits


@dataclass(frozen=True)
class Rule:
    """A rule: key of its messages, the evidence it reads, which sentence its values ask for (None: none)."""

    key: str
    reads: dict[str, str]
    judge: Callable[[dict[str, float]], str | None]


def _some(values: dict[str, float]) -> str | None:
    return "then" if values["value"] > 0 else None


def _beats(values: dict[str, float]) -> str:
    return "won" if values["model"] < values["baseline"] else "lost"


RULES = (
    Rule("refused", {"value": "data.orders.rows_refused"}, _some),
    Rule("refunds", {"value": "data.refunds.unmatched"}, _some),
    Rule("anonymous", {"value": "data.orders.rows_anonymous"}, _some),
    Rule(
        "holdout",
        {"model": "lifetime_value.holdout.bg_nbd.mae", "baseline": "lifetime_value.holdout.baseline.mae"},
        _beats,
    ),
    Rule("dormant", {"value": "rfm.group.dormant.customers"}, _some),
)


def decisions(exhibits: Exhibits, brief: Brief, language: str) -> Iterator[Runs]:
    """Yield a sentence for each rule that the run meets; one whose evidence is absent is silent."""
    for rule in RULES:
        records = {name: exhibits.record(key) for name, key in rule.reads.items() if key in exhibits.evidence}
        if len(records) < len(rule.reads) or any(record.value is None for record in records.values()):
            continue
        sentence = rule.judge({name: float(record.value) for name, record in records.items()})
        if sentence:
            yield _line(rule.key, sentence, records, language)
    if not brief.goals:
        yield _line("goals", "then", {}, language)


def _line(key: str, sentence: str, records: dict[str, Evidence], language: str) -> Runs:
    numbers = {
        name: Run("evidence", format_evidence(record, "", language), record.id)
        for name, record in records.items()
    }
    then = fill(f"documents.rule.{key}.{sentence}", language, **numbers)
    return fill(
        "documents.rule.line", language, rule=words(f"documents.rule.{key}.name", language), then=then
    )
