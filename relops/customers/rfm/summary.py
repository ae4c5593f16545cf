"""What RFM asks of the engine: Ibis tables in, small pandas frames out."""

from __future__ import annotations

import datetime
import functools
import math
import operator
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.customers.absence import unless_unavailable
from relops.customers.rfm.groups import GROUPS, GroupRules
from relops.customers.rfm.migration import NEWCOMER
from relops.customers.rfm.scores import SCORES, CutPoints
from relops.customers.rfm.segments import OTHERS, SegmentRule

PAIR_STEPS, PER_DOUBLING, LN2 = 20, 2, math.log(2)


def _recency_table(purchase_days: ir.Table, data_end: datetime.date) -> ir.Table:
    each = purchase_days.group_by("customer_id").aggregate(
        last_day=_.day.max(), purchase_days=_.count(), orders=_.orders.sum().cast("int64"),
        revenue=_.amount.sum())
    return each.mutate(recency_days=-_.last_day.delta(data_end, unit="day"))


def grouped_customers(purchase_days: ir.Table, data_end: datetime.date, rules: GroupRules) -> ir.Table:
    """Return a row a customer: customer_id, recency_days, purchase_days and group, one of :data:`GROUPS`."""
    each = _recency_table(purchase_days.drop_null("customer_id"), data_end)
    return each.select("customer_id", "recency_days", "purchase_days", group=_group(each, rules))


@unless_unavailable
def recency_frequency_summary(purchase_days: ir.Table, data_end: datetime.date) -> pd.DataFrame:
    """Return one row per days since the last purchase day (``recency_days``, up to ``data_end``) and
    number of purchase days: customers, orders, revenue."""
    grouped = _recency_table(purchase_days, data_end).group_by(["recency_days", "purchase_days"]).aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), revenue=_.revenue.sum().cast("float64"))
    return grouped.order_by(["recency_days", "purchase_days"]).to_pandas()


def _beyond(column: ir.NumericValue, points: Sequence[float], sign: int) -> ir.NumericValue:
    score = (column * 0 + 1).cast("int64")
    for cut in points:
        score = score + (column > cut if sign > 0 else column < cut).cast("int64")
    return score


def _by_cell(column: ir.NumericValue, cells: Mapping, keys: Sequence[ir.NumericValue]) -> ir.NumericValue:
    """A score whose cut points hang on the scores before it: one branch a cell."""
    branches = []
    for own, points in cells.items():
        scores = own if isinstance(own, tuple) else (own,)
        is_own = functools.reduce(operator.and_, (key == value for key, value in zip(keys, scores, strict=True)))
        branches.append((is_own, _beyond(column, points, 1)))
    return ibis.cases(*branches, else_=1)


def scored_customers(purchase_days: ir.Table, data_end: datetime.date, cuts: CutPoints) -> ir.Table:
    """Return a row a customer: customer_id, last_day, recency_days, purchase_days, orders, revenue, money (revenue as
    float) and the three scores. A score is one more than the number of cut points a customer lies beyond."""
    each = _recency_table(purchase_days, data_end).mutate(money=_.revenue.cast("float64")).mutate(
        recency_score=_beyond(_.recency_days, cuts.recency, -1))
    if cuts.nested_frequency is None:
        each = each.mutate(frequency_score=_beyond(_.purchase_days, cuts.frequency, 1))
    else:
        each = each.mutate(frequency_score=_by_cell(each.purchase_days, cuts.nested_frequency, [each.recency_score]))
    if cuts.nested_monetary is None:
        return each.mutate(monetary_score=_beyond(_.money, cuts.monetary, 1))
    return each.mutate(monetary_score=_by_cell(each.money, cuts.nested_monetary,
                                               [each.recency_score, each.frequency_score]))


@unless_unavailable
def totals_by_cell_summary(purchase_days: ir.Table, data_end: datetime.date, cuts: CutPoints) -> pd.DataFrame:
    """Return the distinct totals customers have spent by their scores of R and F: recency_score, frequency_score,
    revenue, customers; nothing where binning is independent, for nobody needs them then."""
    keys = ["recency_score", "frequency_score", "revenue"]
    if not cuts.nested:
        return pd.DataFrame({key: [] for key in (*keys, "customers")})
    scored = scored_customers(purchase_days, data_end, cuts).select(
        "recency_score", "frequency_score", revenue=_.money)
    return scored.group_by(keys).aggregate(customers=_.count()).order_by(keys).to_pandas()


@unless_unavailable
def score_summary(purchase_days: ir.Table, data_end: datetime.date, cuts: CutPoints) -> pd.DataFrame:
    """Return one row per combination of scores: recency_score, frequency_score, monetary_score (1 = lowest),
    customers, orders, revenue."""
    keys = ["recency_score", "frequency_score", "monetary_score"]
    return scored_customers(purchase_days, data_end, cuts).group_by(keys).aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), revenue=_.revenue.sum().cast("float64"),
    ).order_by(keys).to_pandas()


@unless_unavailable
def segment_summary(purchase_days: ir.Table, data_end: datetime.date, cuts: CutPoints,
                    boxes: Sequence[SegmentRule]) -> pd.DataFrame:
    """Return the named segments: segment, customers, orders, revenue and the medians recency_days, purchase_days and
    spend. The first rule that holds names a customer; who fits none is in :data:`OTHERS`."""
    scored = scored_customers(purchase_days, data_end, cuts)
    branches = []
    for rule in boxes:
        holds = [scored[f"{letter}_score"].isin(rule.scores(letter, cuts.bins)) for letter in SCORES]
        branches.append((functools.reduce(operator.and_, holds), rule.name))
    named = scored.mutate(segment=ibis.cases(*branches, else_=OTHERS))
    return named.group_by("segment").aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), total=_.revenue.sum().cast("float64"),
        recency_days=_.recency_days.quantile(0.5), purchase_days=_.purchase_days.quantile(0.5),
        spend=_.money.quantile(0.5)).rename(revenue="total").order_by("segment").to_pandas()


@unless_unavailable
def migration_summary(purchase_days: ir.Table, earlier: datetime.date, data_end: datetime.date,
                      rules: GroupRules) -> pd.DataFrame:
    """Return how customers moved between the groups of two days, by the same rulers: origin (a group, or ``new`` who
    had not bought by the earlier day), destination, customers."""
    before = _recency_table(purchase_days.filter(_.day <= earlier), earlier)
    now = _recency_table(purchase_days, data_end)
    origin = before.select("customer_id", origin=_group(before, rules))
    moved = now.select("customer_id", destination=_group(now, rules)).left_join(origin, "customer_id")
    return moved.select("destination", origin=_.origin.fill_null(NEWCOMER)).group_by(
        ["origin", "destination"]).aggregate(customers=_.count()).order_by(["origin", "destination"]).to_pandas()


def _group(each: ir.Table, rules: GroupRules) -> ir.StringValue:
    active = each.recency_days <= rules.r1_days
    loyal, riser, dormant, churned = GROUPS
    return ibis.cases((active & (each.purchase_days >= rules.f_star), loyal), (active, riser),
                      (each.recency_days <= rules.r2_days, dormant), else_=churned)


@unless_unavailable
def likelihood_summary(purchase_days: ir.Table, cut: datetime.date, data_end: datetime.date,
                       cuts: CutPoints) -> pd.DataFrame:
    """Return by scores of R and F on the day ``cut`` how many customers bought again up to ``data_end``:
    recency_score, frequency_score, customers, returned."""
    then = scored_customers(purchase_days.filter(_.day <= cut), cut, cuts)
    later = purchase_days.filter(_.day > cut, _.day <= data_end).select("customer_id").distinct().mutate(
        is_back=ibis.literal(value=True))
    joined = then.select("customer_id", "recency_score", "frequency_score").left_join(later, "customer_id")
    keys = ["recency_score", "frequency_score"]
    return joined.group_by(keys).aggregate(
        customers=_.count(), returned=_.is_back.fill_null(False).sum()).order_by(keys).to_pandas()


@unless_unavailable
def pair_summary(purchase_days: ir.Table, data_end: datetime.date) -> pd.DataFrame:
    """Return customers counted in cells of the pairs R–F, R–M and F–M: pair, x, y (the middle of the cell: days,
    purchase days, money), customers. Recency is cut in steps of a twentieth, purchase days and money on a log scale."""
    each = _recency_table(purchase_days, data_end).mutate(money=_.revenue.cast("float64")).filter(_.money > 0)
    span = each.recency_days.max().execute()
    step = max(1.0, (span or 0) / PAIR_STEPS)
    placed = each.mutate(
        recency=((_.recency_days / step).floor() + 0.5) * step,
        frequency=((_.purchase_days.log2() * PER_DOUBLING).round() / PER_DOUBLING * LN2).exp(),
        monetary=((_.money.log2() * PER_DOUBLING).round() / PER_DOUBLING * LN2).exp())
    frames = []
    for x, y in (("recency", "frequency"), ("recency", "monetary"), ("frequency", "monetary")):
        counted = placed.group_by(x=placed[x], y=placed[y]).aggregate(customers=_.count()).order_by(["x", "y"])
        frames.append(counted.to_pandas().assign(pair=f"{x}_{y}"))
    return pd.concat(frames, ignore_index=True)
