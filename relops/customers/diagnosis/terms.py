"""On what terms revenue comes: at a discount, from members, from customers who were recommended; and what one more
point of retention is worth."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

from relops.customers.absence import unless_unavailable
from relops.customers.availability import NOT_SUPPLIED, TOO_LITTLE, Unavailable
from relops.customers.diagnosis.bridge import YEAR_MONTHS, Windows, months_found
from relops.customers.estimates import LEVEL, Estimate, critical_value, estimate_ratio, estimate_share

POINT = 0.01
BRIEF_EMPTY = "M4"


@dataclass(frozen=True)
class DiscountDependence:
    """Revenue share of orders with a discount (customers drawn whole), and the share of customers with two orders or
    more who never paid full price (Wilson; None where nobody ordered twice). ``given`` is the discount given."""

    revenue_share: Estimate
    discount_only: Estimate | None
    discount_only_customers: int
    orders_share: float
    revenue: float
    given: float


@dataclass(frozen=True)
class Membership:
    """Members by their status at the time of each order.

    ``share`` and ``share_before`` are the members' share of revenue in the current and the previous window.
    ``members`` and ``others`` are shares of those who bought in the ``window_days`` up to ``cut`` and again in the
    ``window_days`` after it (Wilson), ``difference`` in points (Newcombe; None where a side is empty): an
    association, for nobody was made a member by lot.
    """

    share: Estimate
    share_before: Estimate | None
    window_days: int
    cut: datetime.date
    members: Estimate | None
    others: Estimate | None
    difference: Estimate | None


@dataclass(frozen=True)
class EarnedGrowth:
    """Earned growth after Reichheld, Darnell & Burns (2021): net revenue retention plus revenue of earned new
    customers over revenue of the window before, less one. ``reason_share`` is the share of new customers whose reason
    is known."""

    rate: Estimate
    retained: Estimate
    earned_revenue: float
    earned_share: float
    earned_customers: int
    new_customers: int
    reason_share: Estimate


@dataclass(frozen=True)
class RetentionWorth:
    """What one more point of yearly retention is worth (Gupta, Lehmann & Stuart 2004).

    Value of the base = customers × yearly margin × r / (1 + i − r), taken at r and at r plus a point. Without a margin
    the yearly revenue stands in its place and ``measure`` is ``revenue_value``, else ``clv``.
    """

    measure: str
    customers: int
    retention: Estimate
    yearly_value: Estimate
    discount_rate: float
    margin_rate: float | None
    margin_tag: str
    base_value: float
    worth: Estimate


@unless_unavailable
def discount_dependence(sums: pd.DataFrame) -> DiscountDependence:
    """Return how far revenue depends on discounts. Raises Unavailable without revenue, or (M1) without a single
    discount: a column of noughts says that discounts are not recorded."""
    row = sums.iloc[0]
    if not row["customers"] or not row["revenue"] > 0:
        raise Unavailable(TOO_LITTLE, "orders.discount")
    if not row["discounted_orders"]:
        raise Unavailable(NOT_SUPPLIED, "orders.discount")
    share = estimate_ratio(int(row["customers"]), row["discounted"], row["revenue"], row["discounted_squares"],
                           row["revenue_squares"], row["products"])
    repeat = int(row["repeat_customers"])
    only = estimate_share(int(row["discount_only"]), repeat) if repeat else None
    return DiscountDependence(within_one(share), only, int(row["discount_only"]),
                              float(row["discounted_orders"] / row["orders"]), float(row["discounted"]),
                              float(row["given"]))


def within_one(share: Estimate) -> Estimate:
    """Return a share whose linearised interval keeps to nought and one."""
    if share.low is None:
        return share
    return replace(share, low=float(np.clip(share.low, 0, 1)), high=float(np.clip(share.high, 0, 1)))


@unless_unavailable
def membership(shares: pd.DataFrame, returns: pd.DataFrame, data_end: datetime.date,
               window_days: int) -> Membership:
    """Return what members bring and whether they come back. Raises Unavailable without revenue in the window."""
    of_window = {row.window: _member_share(row) for row in shares.itertuples(index=False)}
    if of_window.get("current") is None:
        raise Unavailable(TOO_LITTLE, "customers.member_since")
    sides = {bool(row.is_member): row for row in returns.itertuples(index=False)}
    rates = {side: estimate_share(int(row.returned), int(row.customers)) for side, row in sides.items()}
    difference = None
    if len(sides) == 2:
        low, high = confint_proportions_2indep(sides[True].returned, sides[True].customers, sides[False].returned,
                                               sides[False].customers, method="newcomb", alpha=1 - LEVEL)
        difference = Estimate(rates[True].value - rates[False].value, float(low), float(high),
                              int(returns["customers"].sum()))
    cut = data_end - datetime.timedelta(window_days)
    return Membership(of_window["current"], of_window.get("previous"), window_days, cut, rates.get(True),
                      rates.get(False), difference)


def _member_share(row: Any) -> Estimate | None:
    if not row.customers or not row.revenue > 0:
        return None
    return within_one(estimate_ratio(int(row.customers), row.member, row.revenue, row.member_squares,
                                     row.revenue_squares, row.products))


@unless_unavailable
def earned_growth(movements: pd.DataFrame, reasons: pd.DataFrame, windows: Windows) -> EarnedGrowth:
    """Return the earned growth rate. Raises Unavailable without a year against a year, without new customers, or
    (M1) where no new customer carries a reason."""
    if windows.months < YEAR_MONTHS:
        raise Unavailable(TOO_LITTLE, "orders.ordered_at", months_found(windows.months_observed, 2 * YEAR_MONTHS))
    base = movements[movements["movement"].isin(["lost", "kept"])].sum(numeric_only=True)
    new, known = int(reasons["customers"].sum()), reasons[reasons["has_reason"]]
    if not known["customers"].sum():
        raise Unavailable(NOT_SUPPLIED, "customers.acquisition_channel")
    if not base["previous"] > 0:
        raise Unavailable(TOO_LITTLE, "orders.customer_id, orders.amount")
    earned = reasons[reasons["is_earned"]][["customers", "revenue", "revenue_squares"]].sum()
    people = int(base["customers"] + earned["customers"])
    whole = estimate_ratio(people, base["current"] + earned["revenue"], base["previous"],
                           base["current_squares"] + earned["revenue_squares"], base["previous_squares"],
                           base["products"])
    retained = estimate_ratio(int(base["customers"]), base["current"], base["previous"], base["current_squares"],
                              base["previous_squares"], base["products"])
    bounds = (None, None) if whole.low is None else (whole.low - 1, whole.high - 1)
    return EarnedGrowth(Estimate(whole.value - 1, *bounds, people), retained, float(earned["revenue"]),
                        float(earned["revenue"] / base["previous"]), int(earned["customers"]), new,
                        estimate_share(int(known["customers"].sum()), new))


@unless_unavailable
def retention_worth(movements: pd.DataFrame, windows: Windows, *, margin_rate: float | None,
                    finance: Any) -> RetentionWorth:
    """Return what one more point of yearly retention is worth. ``margin_rate`` is that of the orders, or None: then the
    brief's ``finance.margin_rate`` counts. Raises Unavailable without a year against a year, without a discount rate
    in the brief (M4), or without customers to keep."""
    if windows.months < YEAR_MONTHS:
        raise Unavailable(TOO_LITTLE, "orders.ordered_at", months_found(windows.months_observed, 2 * YEAR_MONTHS))
    if finance.discount_rate_year is None:
        raise Unavailable(BRIEF_EMPTY, "finance.discount_rate_year")
    rate, tag = (margin_rate, "D") if isinstance(margin_rate, float) else (finance.margin_rate, "B")
    moved = movements.set_index("movement").reindex(["lost", "kept", "reactivated", "new"]).fillna(0)
    before = int(moved.loc[["lost", "kept"], "customers"].sum())
    active = moved.loc[["kept", "reactivated", "new"]].sum()
    customers = int(active["customers"])
    if not before or customers < 2 or not active["current"] > 0:
        raise Unavailable(TOO_LITTLE, "orders.customer_id, orders.amount")
    kept = estimate_share(int(moved.loc["kept", "customers"]), before)
    each = estimate_ratio(customers, active["current"], customers, active["current_squares"], customers,
                          active["current"])
    scale = 1.0 if rate is None else float(rate)
    yearly = Estimate(each.value * scale, each.low * scale, each.high * scale, customers)
    discount = float(finance.discount_rate_year)
    return RetentionWorth("revenue_value" if rate is None else "clv", customers, kept, yearly, discount, rate, tag,
                          customers * yearly.value * multiple(kept.value, discount),
                          _worth(customers, yearly, kept, discount))


def multiple(retention: float, discount_rate: float) -> float:
    """Return r / (1 + i − r): what a yearly margin of one, kept with chance r each year, is worth today."""
    return retention / (1 + discount_rate - retention)


def _worth(customers: int, yearly: Estimate, kept: Estimate, discount: float) -> Estimate:
    """The worth of a point, its interval by the delta method with retention and yearly value independent."""
    def gain(retention: float) -> float:
        return multiple(min(retention + POINT, 1.0), discount) - multiple(retention, discount)

    z, step = critical_value(LEVEL), POINT / 10
    slope = (gain(min(kept.value + step, 1 - POINT)) - gain(kept.value - step)) / (2 * step)
    value = customers * yearly.value * gain(kept.value)
    spread = np.hypot((yearly.high - yearly.low) / 2 * gain(kept.value),
                      (kept.high - kept.low) / 2 * slope * yearly.value) / z
    half = z * spread * customers
    return Estimate(float(value), float(value - half), float(value + half), kept.n)
