"""Decisions that follow from a named rule: what the numbers say must be done, whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from relops.brief import Brief
from relops.documents.chapters import finding_runs
from relops.documents.model import Runs, fill, words
from relops.exhibits import Evidence, Run, format_evidence
from relops.store import Exhibits

Records = Mapping[str, Evidence]


@dataclass(frozen=True)
class Rule:
    """A rule: key of its messages, the evidence it reads, which sentence it asks for (None: none)."""

    key: str
    reads: dict[str, str]
    judge: Callable[[Records], str | None]


def _some(records: Records) -> str | None:
    return "then" if records["value"].value > 0 else None


def _beats(records: Records) -> str:
    """Judge by the whole interval of the gain: a model not proved better is not used."""
    gain = records["gain"]
    return "won" if gain.low is not None and gain.low > 0 else "lost"


HOLDOUT = "lifetime_value.holdout"
TESTED = re.compile(r"experiment\.\w+\.decision\.finding")
RULES = (
    Rule("refused", {"value": "data.orders.rows_refused"}, _some),
    Rule("refunds", {"value": "data.refunds.unmatched"}, _some),
    Rule("anonymous", {"value": "data.orders.rows_anonymous"}, _some),
    Rule("holdout", {"gain": f"{HOLDOUT}.gain", "model": "lifetime_value.chosen.rmse",
                     "baseline": f"{HOLDOUT}.baseline.rmse"}, _beats),
    Rule("dormant", {"value": "rfm.group.dormant.customers"}, _some),
)


def decisions(exhibits: Exhibits, brief: Brief, language: str) -> Iterator[Runs]:
    """Yield a sentence for each rule that the run meets; one whose evidence is absent is silent."""
    for rule in RULES:
        records = {name: exhibits.record(key) for name, key in rule.reads.items() if key in exhibits.evidence}
        if len(records) < len(rule.reads) or any(record.value is None for record in records.values()):
            continue
        sentence = rule.judge(records)
        if sentence:
            yield _line(rule.key, sentence, records, language)
    for name, finding in exhibits.findings.items():
        if TESTED.fullmatch(name):  # judged by the rule its brief states
            yield finding_runs(finding, exhibits, language)
    if not brief.goals:
        yield _line("goals", "then", {}, language)


def _line(key: str, sentence: str, records: Records, language: str) -> Runs:
    numbers = {name: Run("evidence", format_evidence(record, "", language), record.id)
               for name, record in records.items()}
    then = fill(f"documents.rule.{key}.{sentence}", language, **numbers)
    rule = words(f"documents.rule.{key}.name", language)
    return fill("documents.rule.line", language, rule=rule, then=then)
