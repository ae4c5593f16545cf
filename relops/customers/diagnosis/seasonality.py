"""Seasonality: the rhythm of the week, the plain profile of the months, and STL where two years allow it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare
from scipy.stats import t as student

from relops.customers.absence import unless_unavailable
from relops.customers.diagnosis.cohorts import full_months
from relops.customers.estimates import LEVEL, Estimate
from relops.units import DAYS_PER_WEEK, MONTHS_PER_YEAR

STL_MONTHS = 2 * MONTHS_PER_YEAR
MOVING_SEASON_MONTHS = 5 * MONTHS_PER_YEAR
LEAST_WEEKS = 8


@dataclass(frozen=True)
class WeekRhythm:
    """The rhythm of the week over ``weeks`` whole weeks.

    ``weekdays``: weekday (0 = Monday), index (orders over those of an even day of the same week), low, high;
    weekdays without a single order are closed and left out.
    ``p_value`` is that of Friedman's test (1937) with weeks as blocks: picking the busiest and the quietest
    of seven days and comparing these two would find a difference too often.
    """

    weeks: int
    weekdays: pd.DataFrame
    p_value: float

    @property
    def differs(self) -> bool:
        """Whether weekdays can be told apart at all."""
        return self.p_value < 1 - LEVEL

    def extreme(self, which: str) -> tuple[int, Estimate]:
        """Return weekday and index of the ``busiest`` or ``quietest`` day."""
        column = self.weekdays["index"]
        row = self.weekdays.loc[column.idxmax() if which == "busiest" else column.idxmin()]
        estimate = Estimate(*(float(row[key]) for key in ("index", "low", "high")), self.weeks)
        return int(row["weekday"]), estimate


@dataclass(frozen=True)
class Seasonality:
    """What recurs. ``months_observed`` and ``weeks_observed`` count whole ones.

    ``months``: month (1..12), observed (how many of them), revenue (their mean), index: over the mean month,
    which mixes season with trend, or, with two years, one plus the season over the trend. ``decomposition``
    (None below 24 months): month, revenue, trend, seasonal, remainder. ``strength`` is the share of detrended
    variance that the season explains (Wang, Smith & Hyndman 2006). ``week`` is None below eight whole weeks
    with orders.
    """

    months_observed: int
    months: pd.DataFrame
    decomposition: pd.DataFrame | None
    strength: float | None
    weeks_observed: int
    week: WeekRhythm | None


@unless_unavailable
def seasonality(daily: pd.DataFrame, data_start: datetime.date,
                data_end: datetime.date) -> Seasonality:
    """Return what recurs in daily orders and revenue between two days."""
    days = daily.set_index("day")[["orders", "revenue"]]
    days = days.reindex(pd.date_range(data_start, data_end), fill_value=0)
    whole = full_months(data_start, data_end)
    months = days["revenue"].groupby(days.index.to_period("M")).sum().reindex(whole)
    decomposition, strength = _decompose(months) if len(whole) >= STL_MONTHS else (None, None)
    weeks, rhythm = _week_rhythm(days["orders"])
    return Seasonality(len(whole), _month_profile(months, decomposition), decomposition, strength, weeks, rhythm)


def _month_profile(months: pd.Series, decomposition: pd.DataFrame | None) -> pd.DataFrame:
    grouped = months.groupby(months.index.month).agg(["size", "mean"])
    frame = grouped.rename_axis("month").reset_index().rename(columns={"size": "observed", "mean": "revenue"})
    if decomposition is not None and decomposition["trend"].mean() > 0:
        seasonal = decomposition["seasonal"].groupby(decomposition["month"].dt.month).mean()
        frame["index"] = 1 + frame["month"].map(seasonal) / decomposition["trend"].mean()
    else:
        frame["index"] = frame["revenue"] / months.mean() if months.sum() > 0 else np.nan
    return frame


def _decompose(months: pd.Series) -> tuple[pd.DataFrame, float]:
    from statsmodels.tsa.seasonal import STL  # imported late: short histories never need it

    # one season for all years until there are five of them: with fewer a moving season explains everything
    settled = {"robust": True} if len(months) >= MOVING_SEASON_MONTHS else {"seasonal": 10 * len(months) + 1}
    fit = STL(months.to_numpy(), period=MONTHS_PER_YEAR, **settled).fit()
    frame = pd.DataFrame({"month": months.index.to_timestamp(), "revenue": months.to_numpy(),
                          "trend": fit.trend, "seasonal": fit.seasonal, "remainder": fit.resid})
    detrended = np.var(fit.seasonal + fit.resid)
    strength = max(0.0, 1 - np.var(fit.resid) / detrended) if detrended > 0 else 0.0
    return frame, float(strength)


def _week_rhythm(orders: pd.Series) -> tuple[int, WeekRhythm | None]:
    # each day over its own week's mean: free of the trend between weeks
    start = (DAYS_PER_WEEK - orders.index[0].weekday()) % DAYS_PER_WEEK
    whole = (len(orders) - start) // DAYS_PER_WEEK
    if whole < LEAST_WEEKS:
        return max(0, whole), None
    grid = orders.to_numpy()[start:start + whole * DAYS_PER_WEEK].reshape(whole, DAYS_PER_WEEK)
    grid = grid[grid.sum(axis=1) > 0]
    if len(grid) < LEAST_WEEKS:
        return len(grid), None
    is_open = grid.any(axis=0)
    grid = grid[:, is_open]
    indices = grid / grid.mean(axis=1, keepdims=True)
    half = student.ppf((1 + LEVEL) / 2, len(grid) - 1) * indices.std(axis=0, ddof=1) / np.sqrt(len(grid))
    mean = indices.mean(axis=0)
    frame = pd.DataFrame({"weekday": np.flatnonzero(is_open), "index": mean,
                          "low": (mean - half).clip(min=0), "high": mean + half})
    testable = indices.shape[1] > 2 and np.ptp(indices, axis=1).any()
    p_value = friedmanchisquare(*indices.T).pvalue if testable else 1.0
    return len(grid), WeekRhythm(len(grid), frame, float(p_value))
