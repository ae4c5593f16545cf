"""On what terms future purchases are valued, and the parameters of the notebook that decide it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from relops.customers.history import CustomerHistory
from relops.customers.rfm.groups import GroupRules, assign_groups
from relops.errors import BadInput, Problem
from relops.units import DAYS_PER_WEEK, MONTHS_PER_YEAR, AnnualRate, convert_span

LEAST_REPLICATES = 50
MOST_WEEKS = 5_200  # a century: beyond it dates end
EVERYONE = "everyone"


@dataclass(frozen=True)
class ValueTerms:
    """How purchases are valued: up to ``horizon_end``, discounted at ``discount`` (None: not at all), as
    margin where ``margin_rate`` is known (``margin_tag`` D: from the orders, B: from the brief). Without it the
    result is a revenue value, not a lifetime value."""

    observation_end: datetime.date
    horizon_end: datetime.date
    discount: AnnualRate | None = None
    margin_rate: float | None = None
    margin_tag: str = "B"

    def __post_init__(self) -> None:
        if self.horizon_end < self.observation_end:
            raise BadInput(Problem("customers.horizon_end", "ValueTerms", {
                "end": self.horizon_end, "observed": self.observation_end}))
        if self.discount is not None and not isinstance(self.discount, AnnualRate):
            raise BadInput(Problem("customers.untyped_discount", "ValueTerms", {"discount": repr(self.discount)}))
        if self.margin_rate is not None and not -1 <= self.margin_rate <= 1:
            raise BadInput(Problem("customers.margin_rate", "ValueTerms", {"rate": self.margin_rate}))

    @property
    def measure(self) -> str:
        """``clv`` where the margin is known, else ``revenue_value``."""
        return "revenue_value" if self.margin_rate is None else "clv"

    @property
    def kept(self) -> float:
        """What a unit of revenue counts: its margin, or one where that is not known."""
        return 1.0 if self.margin_rate is None else self.margin_rate

    @property
    def horizon_weeks(self) -> float:
        """Weeks from the end of observation to the end of the horizon."""
        return self.span("days") / DAYS_PER_WEEK

    def span(self, unit: str) -> float:
        """Return the horizon's length in ``unit``."""
        return convert_span((self.horizon_end - self.observation_end).days, "days", unit)


def check_parameters(horizon_weeks: int, holdout_weeks: int, replicates: int, level: float,
                     origins: int = 1) -> None:
    """Raise BadInput with every parameter of the notebook that is out of range."""
    checks = (("horizon_weeks", horizon_weeks, 0 <= horizon_weeks <= MOST_WEEKS, "horizon_weeks"),
              ("holdout_weeks", holdout_weeks, 1 <= holdout_weeks <= MOST_WEEKS, "holdout_weeks"),
              ("replicates", replicates, replicates >= LEAST_REPLICATES, "replicates"),
              ("level", level, 0.5 <= level < 1, "level"), ("origins", origins, origins >= 1, "origins"))
    problems = [Problem(f"customers.{name}", f"04_customer_lifetime_value.{parameter}",
                        {"value": value, "least": LEAST_REPLICATES, "most": MOST_WEEKS})
                for parameter, value, fine, name in checks if not fine]
    if problems:
        raise BadInput(problems)


def value_terms(observation_end: datetime.date, finance: Any, horizon_weeks: int,
                margin: float | None = None) -> ValueTerms:
    """Return the terms that the brief's ``finance`` block sets: horizon, yearly discount rate, margin rate.

    ``margin`` is the rate the orders themselves state; it goes before the brief's.
    """
    rate = finance.discount_rate_year
    discount = None if rate is None else AnnualRate(rate)
    end = horizon_day(observation_end, horizon_weeks, finance.clv_horizon_months)
    if isinstance(margin, float):
        return ValueTerms(observation_end, end, discount, margin, "D")
    return ValueTerms(observation_end, end, discount, finance.margin_rate)


def horizon_day(observation_end: datetime.date, horizon_weeks: int,
                horizon_months: int | None) -> datetime.date:
    """Return the last day of the horizon: ``horizon_weeks`` ahead; where that is zero, ``horizon_months`` (of
    the brief) ahead; where that is None too, a year."""
    if horizon_weeks:
        return observation_end + datetime.timedelta(weeks=horizon_weeks)
    months = MONTHS_PER_YEAR if horizon_months is None else horizon_months
    return (pd.Timestamp(observation_end) + pd.DateOffset(months=months)).date()


def refund_policy(sources: Iterable[Any]) -> str:
    """Return what refunds did to the amounts: ``net`` where a source of orders declares how they come in."""
    declared = any(source.table == "orders" and source.refunds is not None for source in sources)
    return "net" if declared else "none"


def history_groups(history: CustomerHistory, rules: GroupRules | Any) -> np.ndarray:
    """Return the group of each row of a history, by the rule that notebook 03 applies; ``everyone`` where the
    rule has no limits (too few gaps between purchases)."""
    if not isinstance(rules, GroupRules):
        return np.full(len(history.frame), EVERYONE)
    since_last = convert_span(history.T - history.recency, history.unit, "days")
    return assign_groups(np.round(since_last), history.frequency + 1, rules)
