"""The purchase histories of a customer base: one object that knows its unit, grain, end and refund policy."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.demands import require_unit, require_whole, unit_problems
from relops.customers.history_summary import history_summary, holdout_summary
from relops.customers.outlook import Cases
from relops.errors import BadInput, Problem
from relops.exhibits import Evidence
from relops.units import DAYS_PER, DAYS_PER_WEEK, convert_span

COLUMNS = ("frequency", "recency", "T", "customers", "mean_spend")


@dataclass(frozen=True, eq=False)
class CustomerHistory:
    """Distinct purchase histories with the number of customers who share each.

    ``frame`` has the columns frequency (purchase days after the first), recency (first to last purchase day)
    and T (first purchase day to ``observation_end``), both in ``unit``; customers; mean_spend (the sum over
    these customers of each one's mean spend per repeat purchase day); and, for a hold-out, holdout_purchases
    and holdout_spend. ``event_grain`` is what counts as one purchase: the day, whatever the unit of time;
    merging a week's purchases into one is another data set, not another unit. ``refund_policy`` says what a
    refund did.

    Raises BadInput when the rows contradict themselves, all faults at once.
    """

    frame: pd.DataFrame
    observation_end: datetime.date
    unit: str = "days"
    event_grain: str = "day"
    refund_policy: str = "none"

    def __post_init__(self) -> None:
        problems = check_history(self.frame, self.unit)
        if f"{self.event_grain}s" not in DAYS_PER:
            problems.append(Problem("customers.grain", f"CustomerHistory ({self.unit})", {
                "grain": self.event_grain, "grains": ", ".join(unit.removesuffix("s") for unit in DAYS_PER)}))
        if problems:
            raise BadInput(problems)

    @cached_property
    def frequency(self) -> np.ndarray:
        """Purchase days after the first, one number a row."""
        return self.frame["frequency"].to_numpy(float)

    @cached_property
    def recency(self) -> np.ndarray:
        """Time from the first to the last purchase day, in ``unit``."""
        return self.frame["recency"].to_numpy(float)

    @cached_property
    def T(self) -> np.ndarray:
        """Time from the first purchase day to the end of observation, in ``unit``."""
        return self.frame["T"].to_numpy(float)

    @cached_property
    def customers(self) -> np.ndarray:
        """How many customers share each row."""
        return self.frame["customers"].to_numpy(float)

    @cached_property
    def cases(self) -> Cases:
        """The distinct pairs of frequency and T."""
        return Cases(self.frequency, self.T)

    @property
    def n(self) -> int:
        """Number of customers."""
        return int(self.frame["customers"].sum())

    @property
    def repeat_customers(self) -> int:
        """Number of customers with at least two purchase days."""
        return int(self.frame.loc[self.frame["frequency"] > 0, "customers"].sum())

    @property
    def repeat_purchases(self) -> int:
        """Number of purchase days after each customer's first."""
        return int((self.frame["frequency"] * self.frame["customers"]).sum())

    @property
    def longest_weeks(self) -> float:
        """The longest time a customer has been observed, in weeks."""
        return convert_span(float(self.frame["T"].max()), self.unit, "weeks")

    def in_unit(self, unit: str) -> CustomerHistory:
        """Return the same history with its times in another unit (days, weeks, months, years). Raises BadInput on any
        other."""
        require_unit(unit, "in_unit")
        # whole days are divided once, so that weeks are the same floats whichever way they were reached
        days_old, days_new = DAYS_PER[self.unit], DAYS_PER[unit]
        times = {name: self.frame[name] * days_old / days_new for name in ("recency", "T")}
        return replace(self, frame=self.frame.assign(**times), unit=unit)

    def provenance(self) -> dict[str, str | int]:
        """Return what the history was made of, as plain data."""
        return {"unit": self.unit, "event_grain": self.event_grain, "refund_policy": self.refund_policy,
                "observation_end": self.observation_end.isoformat(), "customers": self.n,
                "rows": len(self.frame)}


def check_history(frame: pd.DataFrame, unit: str) -> list[Problem]:
    """Return what is wrong with distinct histories: absent columns, an unknown unit, impossible rows."""
    place = f"CustomerHistory ({unit})"
    if unit_problems(unit, place):
        return unit_problems(unit, place)
    absent = [name for name in COLUMNS if name not in frame]
    if absent:
        return [Problem("customers.history_columns", place, {"columns": ", ".join(absent),
                                                             "required": ", ".join(COLUMNS)})]
    x, recency, age, customers, spend = (frame[name].to_numpy(float) for name in COLUMNS)
    checks = {
        "history_recency": recency > age,
        "history_frequency": ~((x >= 0) & np.isfinite(x)) | (x != np.floor(x)),
        "history_first": (x == 0) != (recency == 0),
        "history_time": ~np.isfinite(recency) | ~np.isfinite(age) | (recency < 0) | (age < 0),
        "history_customers": ~((customers > 0) & np.isfinite(customers)) | (customers != np.floor(customers)),
        "history_spend": ~((spend >= 0) & np.isfinite(spend)),
    }
    return [Problem(f"customers.{name}", place, {"rows": int(wrong.sum()), "example": _example(frame, wrong)})
            for name, wrong in checks.items() if wrong.any()]


def _example(frame: pd.DataFrame, wrong: np.ndarray) -> str:
    row = frame.loc[wrong, list(COLUMNS)].iloc[0]
    return ", ".join(f"{name} {value:g}" for name, value in row.items())


def customer_history(summary: pd.DataFrame, observation_end: datetime.date, refund_policy: str = "none",
                     unit: str = "weeks") -> CustomerHistory:
    """Return the history behind a summary counted in days
    (:func:`relops.customers.history_summary.history_summary` or ``holdout_summary``), converted once to
    ``unit``."""
    frame = summary.rename(columns={"recency_days": "recency", "T_days": "T"})
    return CustomerHistory(frame, observation_end, refund_policy=refund_policy).in_unit(unit)


def constructed_history(frequency: np.ndarray, recency: np.ndarray, T: np.ndarray,
                        unit: str = "weeks", event_grain: str = "day") -> CustomerHistory:
    """Return histories that nobody lived, one customer each, to ask a model about: the numbers may be single
    or arrays."""
    columns = np.broadcast_arrays(*(np.atleast_1d(values) for values in (frequency, recency, T)))
    frame = pd.DataFrame(dict(zip(COLUMNS[:3], columns, strict=True)))
    return CustomerHistory(frame.assign(customers=1, mean_spend=0.0), datetime.date.min, unit, event_grain)


def read_history(purchase_days: Any, observation_end: datetime.date, refund_policy: str) -> CustomerHistory:
    """Return the history of all customers up to a day, in weeks. Raises Unavailable (M2) without any
    customer."""
    return _of_customers(history_summary(purchase_days, observation_end), observation_end, refund_policy)


def read_holdout(purchase_days: Any, observation_end: datetime.date, holdout_weeks: int,
                 refund_policy: str) -> CustomerHistory:
    """Return the history up to ``holdout_weeks`` before the end, with what was bought after it, in weeks.

    Raises Unavailable (M2) when no customer was observed for as long before the hold-out as it lasts.
    """
    require_whole(holdout_weeks, 1, "holdout_weeks")
    end = calibration_end(observation_end, holdout_weeks)
    history = _of_customers(holdout_summary(purchase_days, end, observation_end), end, refund_policy)
    # a history from its first day to its last is one day longer than the time between them
    if history.longest_weeks + 1 / DAYS_PER_WEEK < holdout_weeks:
        longest = Evidence("lifetime_value.holdout.weeks_before", history.longest_weeks, "weeks")
        raise Unavailable(TOO_LITTLE, "lifetime_value.holdout", {"longest": longest})
    return history


def _of_customers(summary: pd.DataFrame, end: datetime.date, refund_policy: str) -> CustomerHistory:
    if summary.empty:
        nobody = Evidence("lifetime_value.customers", 0, "customers")
        raise Unavailable(TOO_LITTLE, "orders", {"customers": nobody})
    return customer_history(summary, end, refund_policy)


def calibration_end(observation_end: datetime.date, holdout_weeks: int) -> datetime.date:
    """Return the last day of calibration when the last ``holdout_weeks`` weeks are held out."""
    return observation_end - datetime.timedelta(weeks=holdout_weeks)
