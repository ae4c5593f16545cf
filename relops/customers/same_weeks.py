"""Last year's same weeks: what was bought in them, and how the model would have done.

The models know no season. So beside a forecast stands what customers bought in the same weeks a year before,
what the model, fitted to the time before those weeks, would have said of them, and the week that stood out.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from relops.customers.availability import TOO_LITTLE, Unavailable, attempt
from relops.customers.fitting import fit_gamma_gamma, fit_model
from relops.customers.history import CustomerHistory, customer_history
from relops.customers.history_summary import holdout_summary, spend_summary
from relops.customers.models import GammaGamma, PurchaseModel
from relops.customers.validation import Validation, hold_out, validate
from relops.customers.value_terms import ValueTerms
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence
from relops.units import DAYS_PER_WEEK

YEAR_WEEKS = 52
# a model that has seen less than half a year knows neither how customers differ nor a busy and a quiet season: what
# it would have said of a year is no record; to ask for as long as the horizon would need two years of data and more
LEAST_WEEKS = 26
AROUND_WEEKS = 6  # a week is held against the median of so many on either side
STANDS_OUT = 1.5
SURE = 3.0  # and lies so many standard deviations of a Poisson count above it


@dataclass(frozen=True, eq=False)
class SameWeeks:
    """The weeks of last year that the forecast looks at again this year, ``start`` to ``end``.

    ``customers`` had bought before ``start``; ``purchases`` and ``revenue`` are theirs in these weeks.
    ``validation`` holds what the model, fitted to the time before, would have said of them (or the reason why it
    could not: M2 where that time is under half a year). ``peak`` is the week that stood out most (None where none
    did): its first day, its purchases, and its ratio to the weeks around it.
    """

    start: datetime.date
    end: datetime.date
    customers: int
    purchases: int
    revenue: float
    validation: Validation | Unavailable
    peak: Peak | None

    @property
    def weeks(self) -> int:
        """Number of weeks compared."""
        return ((self.end - self.start).days + 1) // DAYS_PER_WEEK


@dataclass(frozen=True)
class Peak:
    """A week that stood out from those around it."""

    first_day: datetime.date
    purchases: int
    ratio: float


def same_weeks(purchase_days: Any, model: PurchaseModel, terms: ValueTerms, refund_policy: str, *,
               level: float) -> SameWeeks:
    """Return last year's same weeks, and how ``model``, fitted anew to the time before, would have done on them.

    Raises Unavailable (M2) where nobody had bought a year before the end of the data.
    """
    observation_end = terms.observation_end
    before = observation_end - datetime.timedelta(weeks=YEAR_WEEKS)
    weeks = min(YEAR_WEEKS, int(terms.span("days") // DAYS_PER_WEEK))
    end = before + datetime.timedelta(weeks=weeks)
    summary = holdout_summary(purchase_days, before, end)
    if summary.empty or not weeks:
        nobody = Evidence("lifetime_value.same_weeks.customers", 0, "customers")
        raise Unavailable(TOO_LITTLE, "orders.ordered_at", {"customers": nobody})
    past = customer_history(summary, before, refund_policy)
    spend = attempt(fit_gamma_gamma, spend_summary(purchase_days, before))
    counts = weekly_purchases(purchase_days, observation_end)
    return SameWeeks(before + datetime.timedelta(days=1), end, past.n,
                     int(weighted_sum(past.customers, past.frame["holdout_purchases"].to_numpy(float))),
                     float(past.frame["holdout_spend"].sum()),
                     attempt(_forecast_then, past, model, end, spend=spend, level=level),
                     find_peak(counts, observation_end, weeks))


def _forecast_then(past: CustomerHistory, model: PurchaseModel, end: datetime.date, *,
                   spend: GammaGamma | Unavailable, level: float) -> Validation:
    seen_weeks = (past.longest_weeks * DAYS_PER_WEEK + 1) / DAYS_PER_WEEK  # the first day counts too
    if seen_weeks < LEAST_WEEKS:
        raise Unavailable(TOO_LITTLE, "orders.ordered_at", {
            "seen": Evidence("lifetime_value.same_weeks.weeks_before", seen_weeks, "weeks", n=past.n),
            "needed": Evidence("lifetime_value.same_weeks.weeks_needed", LEAST_WEEKS, "weeks", tag="A")})
    return validate(hold_out(past, [fit_model(model.name, past)], end), model, spend=spend, level=level)


def track_record(same: SameWeeks | Unavailable, checked: Validation | Unavailable) -> Validation | Unavailable:
    """Return the check that speaks of a forecast: last year's same weeks where they can be judged by revenue,
    else the latest hold-out."""
    if isinstance(same, SameWeeks) and isinstance(same.validation, Validation) and same.validation.revenue_bias:
        return same.validation
    return checked


def weekly_purchases(purchase_days: Any, observation_end: datetime.date) -> np.ndarray:
    """Return the purchases of each of the last 52 weeks up to ``observation_end``, oldest first."""
    back = purchase_days.day.delta(ibis.literal(observation_end), unit="day")
    weeks = purchase_days.mutate(week=(-back) // DAYS_PER_WEEK).filter((_.week >= 0) & (_.week < YEAR_WEEKS))
    counted = weeks.group_by("week").aggregate(purchases=_.count()).to_pandas()
    found = pd.Series(0, index=range(YEAR_WEEKS)).add(counted.set_index("week")["purchases"], fill_value=0)
    return found.to_numpy(float)[::-1]


def find_peak(counts: np.ndarray, observation_end: datetime.date, weeks: int) -> Peak | None:
    """Return which of the first ``weeks`` of last year's weekly purchases stood out most from those around it:
    at least half as much again, beyond chance; None where none did."""
    found: Peak | None = None
    for week in range(weeks):
        around = np.concatenate([counts[max(0, week - AROUND_WEEKS):week], counts[week + 1:week + 1 + AROUND_WEEKS]])
        usual = float(np.median(around))
        ratio = counts[week] / usual if usual > 0 else 0.0
        beyond = counts[week] > usual + SURE * np.sqrt(max(usual, 1))
        if ratio >= STANDS_OUT and beyond and (found is None or ratio > found.ratio):
            back = datetime.timedelta(weeks=len(counts) - week)
            found = Peak(observation_end - back + datetime.timedelta(days=1), int(counts[week]), float(ratio))
    return found
