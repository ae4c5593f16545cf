"""The company at a glance, asked of the engine: channels, order value, calendar, recommendation, ticket causes.

Every function takes Ibis tables and returns a small frozen result; None where the table, the column or enough
cases are lacking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import norm

from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE, OTHER
from relops.units import MONTHS_PER_YEAR

LEVEL = 0.95
MOST_ROWS = 10
NOT_RECORDED = "@data.company.not_recorded"
HIGHEST_SCORE, LOWEST_PROMOTER, HIGHEST_DETRACTOR = 10, 9, 6
# Rocks (2016): three answers added, a quarter of them at either end and half in the middle
ADDED, ADDED_END = 3.0, 0.75


@dataclass(frozen=True)
class Estimate:
    """A value with its interval at :data:`LEVEL`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Basket:
    """Median and mean value of the orders above zero, before refunds, and how many these are."""

    median: Estimate
    mean: Estimate
    orders: int


@dataclass(frozen=True)
class Buyers:
    """Customers with a purchase day, the share of them with at least two, and purchase days per customer."""

    repeat_rate: Estimate
    days_per_customer: Estimate
    customers: int


@dataclass(frozen=True)
class NetPromoters:
    """The net promoter score in points; ``rows`` asked for it, ``answers`` of them hold a score of the scale.

    ``score`` is None with too few answers to state it.
    """

    score: Estimate | None
    answers: int
    rows: int


@dataclass(frozen=True)
class CompanyPage:
    """The company at a glance; a part is None where the data do not hold it."""

    channels: pd.DataFrame | None
    basket: Basket | None
    buyers: Buyers | None
    season: pd.DataFrame | None
    net_promoters: NetPromoters | None
    causes: pd.DataFrame | None


def company_page(tables: Any, whole_months: pd.DataFrame) -> CompanyPage:
    """Return the page of a run; ``tables`` answers to absent names with None, ``whole_months`` are those of
    :meth:`relops.data.profile.DataProfile.whole_months`."""
    purchases, feedback, tickets = tables.purchases, tables.feedback, tables.tickets
    return CompanyPage(
        channels=None if purchases is None else channel_summary(purchases),
        basket=None if purchases is None else basket_summary(purchases),
        buyers=None if tables.purchase_days is None else buyer_summary(tables.purchase_days),
        season=season_index(whole_months),
        net_promoters=None if feedback is None else net_promoter_summary(feedback),
        causes=None if tickets is None else cause_summary(tickets),
    )


def channel_summary(purchases: ir.Table) -> pd.DataFrame | None:
    """Return orders by channel, most first: channel, orders, order_share, net, net_share, median (money of an
    order before refunds; None in the merged last row).

    Channels beyond ten, or of fewer than ten orders, are one row. None where no channel is recorded.
    """
    if "channel" not in purchases.columns:
        return None
    frame = purchases.group_by("channel").aggregate(
        orders=_.count(), net=_.net_amount.sum().cast("float64"), median=_.amount.cast("float64").median(),
    ).to_pandas()
    if frame["channel"].isna().all():
        return None
    frame = _top_rows(frame, "channel", "orders")
    return frame.assign(order_share=frame["orders"] / frame["orders"].sum(),
                        net_share=frame["net"] / (frame["net"].sum() or np.nan))


def basket_summary(purchases: ir.Table) -> Basket | None:
    """Return median and mean order value. None with fewer than thirty orders.

    The interval of the median runs between order statistics (binomial, normal approximation), that of the mean
    is its standard error's.
    """
    paid = purchases.filter(_.amount > 0).select(value=_.amount.cast("float64"))
    orders = int(paid.count().execute())
    if orders < MIN_PEOPLE_FOR_RATE:
        return None
    z = norm.ppf((1 + LEVEL) / 2)
    half = z / (2 * np.sqrt(orders))
    row = paid.aggregate(median=_.value.median(), low=_.value.quantile(0.5 - half), mean=_.value.mean(),
                         high=_.value.quantile(0.5 + half), deviation=_.value.std()).to_pandas().iloc[0]
    error = z * row["deviation"] / np.sqrt(orders)
    return Basket(Estimate(*(float(row[name]) for name in ("median", "low", "high"))),
                  Estimate(float(row["mean"]), float(row["mean"] - error), float(row["mean"] + error)), orders)


def buyer_summary(purchase_days: ir.Table) -> Buyers | None:
    """Return how many customers came back, and how often. None with fewer than thirty customers.

    The interval of the share is Wilson's, that of the mean its standard error's.
    """
    each = purchase_days.group_by("customer_id").aggregate(days=_.count())
    row = each.aggregate(customers=_.count(), repeated=(_.days > 1).sum(), mean=_.days.mean(),
                         deviation=_.days.std()).to_pandas().iloc[0]
    customers = int(row["customers"])
    if customers < MIN_PEOPLE_FOR_RATE:
        return None
    z = norm.ppf((1 + LEVEL) / 2)
    share = float(row["repeated"]) / customers
    centre = (share + z**2 / (2 * customers)) / (1 + z**2 / customers)
    half = z / (1 + z**2 / customers) * np.sqrt(share * (1 - share) / customers + z**2 / (4 * customers**2))
    mean, error = float(row["mean"]), z * float(row["deviation"]) / np.sqrt(customers)
    return Buyers(Estimate(share, float(centre - half), float(centre + half)),
                  Estimate(mean, float(mean - error), float(mean + error)), customers)


def season_index(whole_months: pd.DataFrame) -> pd.DataFrame | None:
    """Return one row per month of the year: month (1..12), index (its mean orders over the mean of the twelve),
    years (months it rests on). None unless every month of the year was seen whole."""
    by_month = whole_months.groupby(whole_months["month"].dt.month)["orders"].agg(["mean", "size"])
    if len(by_month) < MONTHS_PER_YEAR or not by_month["mean"].sum():
        return None
    frame = pd.DataFrame({"month": by_month.index, "index": by_month["mean"] / by_month["mean"].mean(),
                          "years": by_month["size"]})
    return frame.reset_index(drop=True)


def net_promoter_summary(feedback: ir.Table) -> NetPromoters | None:
    """Return the net promoter score of the rows of kind nps. None where there are none."""
    if not {"kind", "score"} <= set(feedback.columns):
        return None
    rows = feedback.filter(_.kind == "nps")
    on_scale = _.score.between(0, HIGHEST_SCORE)
    if "scale_max" in feedback.columns:
        on_scale &= _.scale_max.fill_null(HIGHEST_SCORE) == HIGHEST_SCORE
    count = rows.aggregate(
        rows_=_.count(), answers=on_scale.sum(), promoters=(on_scale & (_.score >= LOWEST_PROMOTER)).sum(),
        detractors=(on_scale & (_.score <= HIGHEST_DETRACTOR)).sum(),
    ).to_pandas().fillna(0).astype("int64").iloc[0]
    if not count["answers"]:
        return None
    enough = count["answers"] >= MIN_PEOPLE_FOR_RATE
    score = net_promoter_score(*count[["promoters", "detractors", "answers"]]) if enough else None
    return NetPromoters(score, int(count["answers"]), int(count["rows_"]))


def net_promoter_score(promoters: int, detractors: int, answers: int) -> Estimate:
    """Return the score in points (-100..100) with its adjusted Wald interval.

    Rocks, B. (2016). Interval estimation for the net promoter score. The American Statistician 70(4), 365-372.
    """
    total = answers + ADDED
    above, below = (promoters + ADDED_END) / total, (detractors + ADDED_END) / total
    centre = above - below
    half = norm.ppf((1 + LEVEL) / 2) * np.sqrt((above + below - centre**2) / total)
    low, high = max(-1.0, centre - half), min(1.0, centre + half)
    return Estimate(*(float(100 * value) for value in ((promoters - detractors) / answers, low, high)))


def cause_summary(tickets: ir.Table) -> pd.DataFrame | None:
    """Return tickets by category, most first: category, tickets, share and, where closing is recorded, open
    (tickets that hold no day of closing).

    Categories beyond ten, or of fewer than ten tickets, are one row. None where no category is recorded.
    """
    if "category" not in tickets.columns:
        return None
    still_open = {"open": _.closed_at.isnull().sum()} if "closed_at" in tickets.columns else {}  # noqa: PD003
    frame = tickets.group_by("category").aggregate(tickets=_.count(), **still_open).to_pandas()
    if frame["category"].isna().all():
        return None
    frame = _top_rows(frame, "category", "tickets")
    return frame.assign(share=frame["tickets"] / frame["tickets"].sum())


def _top_rows(frame: pd.DataFrame, label: str, count: str) -> pd.DataFrame:
    """Return the largest rows in order, then one of all others; a median of theirs is not known."""
    # a client's own word must not be taken for the id of a message
    named = frame[label].map(lambda word: NOT_RECORDED if pd.isna(word) else str(word).lstrip("@"))
    frame = frame.assign(**{label: named}).sort_values([count, label], ascending=[False, True])
    kept = frame.head(MOST_ROWS)
    kept = kept[kept[count] >= MIN_PEOPLE]
    others = frame.drop(kept.index)
    if others.empty:
        return kept.reset_index(drop=True)
    sums = others.drop(columns=[label, "median"], errors="ignore").sum()
    return pd.concat([kept, pd.DataFrame([{label: OTHER, **sums}])], ignore_index=True).astype({count: "int64"})
