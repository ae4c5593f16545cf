"""Diagnosis of a customer base: revenue by month, who comes back, and how acquisition cohorts hold up.

Plain functions on the small frames of :mod:`relops.customers.diagnosis.summary`. A customer belongs to the cohort
of the month of the first purchase day inside the data; who bought before the data starts counts as new.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from relops.customers.absence import unless_unavailable
from relops.customers.availability import NOT_SUPPLIED, TOO_LITTLE, Unavailable
from relops.customers.demands import require_whole
from relops.customers.estimates import LEVEL, Estimate, estimate_ratio, estimate_share
from relops.units import MONTHS_PER_YEAR

# half a year: long enough to see the fall, short enough that most cohorts have been watched for it
COMPARED_MONTHS = 6


@dataclass(frozen=True)
class MonthlyRevenue:
    """Revenue by calendar month.

    ``months`` has one row a month, empty ones too: month (its first day), is_partial (the data cover only
    part of it), customers, new_customers, orders, revenue, and its parts new_revenue, returning_revenue and
    anonymous_revenue. ``customers`` counts distinct customers, ``order_value`` is net revenue per order.
    """

    months: pd.DataFrame
    customers: int
    orders: int
    revenue: float
    order_value: Estimate
    first_day: datetime.date
    last_day: datetime.date

    @property
    def full_months(self) -> pd.DataFrame:
        """The months that the data cover from first to last day."""
        return self.months[~self.months["is_partial"]]


@dataclass(frozen=True)
class RepeatRate:
    """Customers with at least two purchase days among all with one; ``rate`` with its Wilson interval."""

    customers: int
    repeat_customers: int
    rate: Estimate


@dataclass(frozen=True)
class LaterRevenue:
    """Revenue after the first purchase day, and its share of the revenue of identified customers."""

    revenue: float
    share: Estimate


@dataclass(frozen=True)
class Retention:
    """How many of a cohort buy again, by months since acquisition; only months the data cover whole.

    ``triangle``: cohort, customers, months_since (from 1), active, share. ``curve`` pools the cohorts
    observed that long: months_since, customers, active, share, low, high (Wilson); its later months rest on older
    cohorts alone. ``first`` and ``last`` compare month one with month ``depth_months`` within the same cohorts,
    those observed that long.
    """

    triangle: pd.DataFrame
    curve: pd.DataFrame
    depth_months: int
    first: Estimate
    last: Estimate


@dataclass(frozen=True)
class SecondPurchase:
    """First-time buyers observed for at least ``window_days``: how many bought again within them (Wilson)."""

    window_days: int
    customers: int
    returned: int
    rate: Estimate


def full_months(data_start: datetime.date, data_end: datetime.date) -> pd.PeriodIndex:
    """Return the calendar months that lie whole between two days (both included)."""
    months = pd.period_range(data_start, data_end, freq="M")
    inside = (months.start_time.date >= data_start) & (months.end_time.date <= data_end)
    return months[inside]


@unless_unavailable
def monthly_revenue(daily: pd.DataFrame, order_values: pd.DataFrame, data_start: datetime.date,
                    data_end: datetime.date, *, cohorts: pd.DataFrame | Unavailable) -> MonthlyRevenue:
    """Return revenue by month from the summaries of days, order values and cohorts.

    Where every order is anonymous there are no cohorts, and no customers. Raises Unavailable without any
    order.
    """
    if daily.empty:
        raise Unavailable(NOT_SUPPLIED, "orders")
    if isinstance(cohorts, Unavailable):
        cohorts = pd.DataFrame({"cohort": [], "month": [], "customers": [], "revenue": []}).astype(
            {"cohort": "datetime64[s]", "month": "datetime64[s]"})
    calendar = pd.period_range(data_start, data_end, freq="M")
    by_month = daily.groupby(daily["day"].dt.to_period("M"))[["orders", "revenue", "anonymous_revenue"]].sum()
    known = cohorts.assign(month=cohorts["month"].dt.to_period("M"),
                           cohort=cohorts["cohort"].dt.to_period("M"))
    arrivals = known[known["cohort"] == known["month"]].set_index("month")
    months = by_month.reindex(calendar, fill_value=0)
    months["customers"] = known.groupby("month")["customers"].sum()
    months["new_customers"] = arrivals["customers"]
    months["new_revenue"] = arrivals["revenue"]
    months = months.fillna(0).astype({"customers": int, "new_customers": int, "orders": int})
    months["returning_revenue"] = months["revenue"] - months["anonymous_revenue"] - months["new_revenue"]
    months["is_partial"] = ~calendar.isin(full_months(data_start, data_end))
    months = months.rename_axis("month").reset_index()
    months["month"] = months["month"].dt.to_timestamp()
    return MonthlyRevenue(
        months, int(arrivals["customers"].sum()), int(daily["orders"].sum()), float(daily["revenue"].sum()),
        order_value(order_values),
        data_start, data_end)


def order_value(sums: pd.DataFrame) -> Estimate:
    """Return net revenue per order; the interval draws customers whole, for one customer's orders are alike."""
    row = sums.iloc[0]
    ratio = estimate_ratio(int(row["customers"]), row["revenue"], row["orders"], row["revenue_squares"],
                           row["orders_squares"], row["products"])
    return replace(ratio, n=int(row["orders"]))


@unless_unavailable
def repeat_rate(frequencies: pd.DataFrame) -> RepeatRate:
    """Return the repeat rate from the summary of purchase days. Raises Unavailable without any customer."""
    customers = int(frequencies["customers"].sum())
    if not customers:
        raise Unavailable(NOT_SUPPLIED, "orders.customer_id")
    repeat = int(frequencies.loc[frequencies["purchase_days"] >= 2, "customers"].sum())
    return RepeatRate(customers, repeat, estimate_share(repeat, customers))


@unless_unavailable
def later_revenue(sums: pd.DataFrame) -> LaterRevenue:
    """Return what comes after a customer's first purchase day.

    The interval treats customers as drawn one by one. Raises Unavailable without any identified revenue.
    """
    row = sums.iloc[0]
    if not row["customers"] or not row["revenue"] > 0:
        raise Unavailable(NOT_SUPPLIED, "orders.customer_id, orders.amount")
    share = estimate_ratio(int(row["customers"]), row["later_revenue"], row["revenue"], row["later_squares"],
                           row["revenue_squares"], row["products"])
    bounds = [None if bound is None else float(np.clip(bound, 0, 1)) for bound in (share.low, share.high)]
    return LaterRevenue(float(row["later_revenue"]), Estimate(share.value, *bounds, share.n))


@unless_unavailable
def retention(cohorts: pd.DataFrame, data_end: datetime.date) -> Retention:
    """Return the retention triangle and the pooled curve.

    Raises Unavailable while no cohort has a whole month after its own.
    """
    last_full = full_months(cohorts["cohort"].min().date(), data_end)[-1:] if len(cohorts) else []
    if not len(last_full):
        raise Unavailable(TOO_LITTLE, "orders.ordered_at")
    month = cohorts["month"].dt.to_period("M")
    cohort = cohorts["cohort"].dt.to_period("M")
    counted = pd.DataFrame({"cohort": cohort, "months_since": _months_between(cohort, month),
                            "active": cohorts["customers"]})
    wide = counted.pivot_table(index="cohort", columns="months_since", values="active", fill_value=0)
    observed = _months_between(wide.index, last_full[0])
    deepest = max(0, int(observed.max()))
    grid = wide.reindex(columns=range(deepest + 1), fill_value=0).to_numpy().astype(int)
    rows, since = np.nonzero(np.arange(1, deepest + 1) <= observed[:, np.newaxis])
    if not len(rows):
        raise Unavailable(TOO_LITTLE, "orders.ordered_at")
    triangle = pd.DataFrame({"cohort": wide.index.to_timestamp()[rows], "customers": grid[rows, 0],
                             "months_since": since + 1, "active": grid[rows, since + 1]})
    triangle["share"] = triangle["active"] / triangle["customers"]
    curve = triangle.groupby("months_since", as_index=False)[["customers", "active"]].sum()
    curve["share"] = curve["active"] / curve["customers"]
    curve["low"], curve["high"] = proportion_confint(
        curve["active"], curve["customers"], alpha=1 - LEVEL, method="wilson")
    depth = min(COMPARED_MONTHS, int(curve["months_since"].max()))
    same = triangle[triangle.groupby("cohort")["months_since"].transform("max") >= depth]
    first, last = (same.loc[same["months_since"] == month, ["active", "customers"]].sum() for month in (1, depth))
    return Retention(triangle, curve, depth, estimate_share(*first), estimate_share(*last))


def _months_between(first: pd.Series | pd.PeriodIndex,
                    last: pd.Series | pd.Period) -> np.ndarray:
    def count(month: pd.Series | pd.PeriodIndex | pd.Period) -> np.ndarray:
        month = month.dt if isinstance(month, pd.Series) else month
        return np.asarray(month.year) * MONTHS_PER_YEAR + np.asarray(month.month)

    return count(last) - count(first)


@unless_unavailable
def second_purchase(spans: pd.DataFrame, window_days: int) -> SecondPurchase:
    """Return how many first-time buyers bought again within a window.

    Raises Unavailable where nobody was observed that long.
    """
    require_whole(window_days, 1, "second_purchase_days")
    observed = spans[spans["days_observed"] >= window_days]
    customers = int(observed["customers"].sum())
    if not customers:
        raise Unavailable(TOO_LITTLE, "orders.ordered_at")
    returned = int(observed.loc[observed["days_to_second"] <= window_days, "customers"].sum())
    return SecondPurchase(window_days, customers, returned, estimate_share(returned, customers))
