"""Named checks a result must pass before anybody reads it, and the key values that tests compare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from relops.customers.availability import Unavailable
from relops.customers.diagnosis.bridge import RevenueBridge
from relops.customers.diagnosis.cohorts import MonthlyRevenue, RepeatRate
from relops.customers.diagnosis.concentration import Concentration
from relops.customers.rfm.groups import Groups
from relops.customers.rfm.scores import SCORES
from relops.exhibits import Column, Evidence, Finding, Table

HALF_CENT = 0.005
DIGITS = 4


def check_diagnosis(months: MonthlyRevenue | Unavailable, repeat: RepeatRate | Unavailable,
                    spread: Concentration | Unavailable,
                    bridge: RevenueBridge | Unavailable) -> dict[str, bool]:
    """Return the checks of the diagnosis, name → passed; those of results that are not there are left out."""
    results = {}
    if not isinstance(months, Unavailable):
        parts = months.months[["new_revenue", "returning_revenue", "anonymous_revenue"]].to_numpy().sum()
        results["months_add_up"] = bool(abs(parts - months.revenue) < HALF_CENT)
        if not isinstance(repeat, Unavailable):
            results["customers_agree"] = months.customers == repeat.customers
    if not isinstance(spread, Unavailable):
        results["deciles_add_up"] = bool(abs(spread.deciles["revenue"].sum() - spread.revenue) < HALF_CENT)
    if not isinstance(bridge, Unavailable):
        moved = bridge.steps["revenue"].to_numpy()
        results["bridge_adds_up"] = bool(abs(moved[:-1].sum() - moved[-1]) < HALF_CENT)
    return results


def check_rfm(groups: Groups | Unavailable, scores: pd.DataFrame | Unavailable,
              table: pd.DataFrame | Unavailable) -> dict[str, bool]:
    """Return the checks of RFM, name → passed: every customer in one group and with one score a letter."""
    results = {}
    if not isinstance(groups, Unavailable):
        results["groups_hold_everyone"] = int(groups.table["customers"].sum()) == groups.customers
        results["groups_add_up"] = bool(abs(groups.table["revenue"].sum() - groups.revenue) < HALF_CENT)
    if not isinstance(scores, Unavailable):
        everyone = int(scores["customers"].sum())
        held = [int(table[f"{letter}_customers"].sum()) for letter in SCORES]
        results["scores_hold_everyone"] = held == [everyone] * len(SCORES)
        if not isinstance(groups, Unavailable):
            results["totals_agree"] = everyone == groups.customers
    return results


def tabulate_checks(subject: str, results: dict[str, bool]) -> list[Table]:
    """Return the checks as a table; none where nothing could be checked."""
    if not results:
        return []
    outcome = ["@customers.check.passed" if good else "@customers.check.failed" for good in results.values()]
    frame = pd.DataFrame({"check": [f"@customers.check.{name}" for name in results], "outcome": outcome})
    columns = (Column("check", "customers.column.check"), Column("outcome", "customers.column.outcome"))
    return [Table(f"{subject}.checks.table", "customers.table.checks", frame, columns, n=len(results))]


def key_values(*said: list[Any]) -> str:
    """Return the numbers of what was said, one ``id value`` a line, rounded: what a test can compare."""
    lines = {}
    for exhibit in (exhibit for exhibits in said for exhibit in exhibits):
        for record in _records(exhibit):
            value = record.value
            lines[record.id] = f"{record.id} {round(value, DIGITS) if isinstance(value, float) else value}"
    return "\n".join(lines.values())


def _records(exhibit: Any) -> Iterable[Evidence]:
    if isinstance(exhibit, Evidence):
        return [exhibit]
    return exhibit.evidence if isinstance(exhibit, Finding) else exhibit.numbers.values()
