"""The customers counted in opportunities: who buys at all in each calendar month, by BG/BB, and whether it earned its
place.

A month with several purchase days counts once. So errors are of months with a purchase and compare with those of a
constant share of months alone, never with those of models of purchase days; and BG/BB never serves.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.estimates import Estimate
from relops.customers.fitting import fit_model
from relops.customers.history import CustomerHistory
from relops.customers.history_summary import opportunity_summary
from relops.customers.holdout_scores import METRICS, score
from relops.customers.models import BgBb, ConstantRate
from relops.customers.validation import LEAST_PURCHASES
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence
from relops.units import MONTHS_PER_YEAR, convert_span

CONSTANT = "constant_use"


@dataclass(frozen=True, eq=False)
class Opportunities:
    """BG/BB fitted to all complete months, and the hold-out of the last ``holdout_months``: months with a purchase in
    it, the customers seen before it, and the ``scores`` of bg_bb and of each one's constant share of months so far."""

    model: BgBb
    holdout_months: int
    used: int
    customers: int
    scores: Mapping[tuple[str, str], Estimate]


def read_opportunities(purchase_days: Any, observation_end: datetime.date, held_out: int = 0,
                       period: str = "month") -> CustomerHistory:
    """Return the history counted in calendar periods, without the last ``held_out`` complete ones (what was bought in
    those is its ``holdout_purchases``)."""
    summary = opportunity_summary(purchase_days, observation_end, period, held_out)
    return CustomerHistory(summary, observation_end, f"{period}s", period)


def months_of(weeks: float) -> int:
    """Return a number of weeks in whole months, one at least."""
    return max(round(weeks / 52 * MONTHS_PER_YEAR), 1)


def judge_opportunities(purchase_days: Any, observation_end: datetime.date, holdout_months: int,
                        level: float) -> Opportunities:
    """Return BG/BB and its hold-out. Raises Unavailable: M2 with fewer than thirty repeat customers, no customer seen
    for as long before the hold-out as it lasts, or fewer than thirty months with a purchase in it; M7 with no peak."""
    past = read_opportunities(purchase_days, observation_end, holdout_months)
    longest = float(past.T.max(initial=0))
    if longest < holdout_months:
        raise Unavailable(TOO_LITTLE, "lifetime_value.holdout", {"longest": Evidence(
            "lifetime_value.opportunities.weeks_before", convert_span(longest, "months", "weeks"), "weeks")})
    actual = past.frame["holdout_purchases"].to_numpy(float)
    used = int(weighted_sum(past.customers, actual))
    if used < LEAST_PURCHASES:
        raise Unavailable(TOO_LITTLE, "lifetime_value.holdout", {
            "purchases": Evidence("lifetime_value.holdout.used_months", used, "count")})
    expected = {"bg_bb": fit_model("bg_bb", past).expected_purchases(past, holdout_months),
                CONSTANT: ConstantRate().expected_purchases(past, holdout_months)}
    found = score(expected, actual, past.customers, level)
    model = fit_model("bg_bb", read_opportunities(purchase_days, observation_end))
    return Opportunities(model, holdout_months, used, past.n,
                         {key: one for key, one in found.items() if key[1] in METRICS})
