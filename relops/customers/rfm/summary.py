"""What RFM asks of the engine: Ibis tables in, small pandas frames out."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.customers.absence import unless_unavailable
from relops.customers.rfm.scores import CutPoints


def _recency_table(purchase_days: ir.Table, data_end: datetime.date) -> ir.Table:
    each = purchase_days.group_by("customer_id").aggregate(
        last_day=_.day.max(), purchase_days=_.count(), orders=_.orders.sum().cast("int64"),
        revenue=_.amount.sum())
    return each.mutate(recency_days=-_.last_day.delta(data_end, unit="day"))


@unless_unavailable
def recency_frequency_summary(purchase_days: ir.Table, data_end: datetime.date) -> pd.DataFrame:
    """Return one row per days since the last purchase day (``recency_days``, up to ``data_end``) and
    number of purchase days: customers, orders, revenue."""
    grouped = _recency_table(purchase_days, data_end).group_by(["recency_days", "purchase_days"]).aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), revenue=_.revenue.sum().cast("float64"))
    return grouped.order_by(["recency_days", "purchase_days"]).to_pandas()


@unless_unavailable
def score_summary(purchase_days: ir.Table, data_end: datetime.date, cuts: CutPoints) -> pd.DataFrame:
    """Return one row per combination of scores: recency_score, frequency_score, monetary_score (1 = lowest),
    customers, orders, revenue. A score is one more than the number of cut points a customer lies beyond."""
    def beyond(column: ir.NumericValue, points: Sequence[float], sign: int) -> ir.NumericValue:
        score = (column * 0 + 1).cast("int64")
        for cut in points:
            score = score + (column > cut if sign > 0 else column < cut).cast("int64")
        return score

    scored = _recency_table(purchase_days, data_end).mutate(money=_.revenue.cast("float64")).mutate(
        recency_score=beyond(_.recency_days, cuts.recency, -1),
        frequency_score=beyond(_.purchase_days, cuts.frequency, 1),
        monetary_score=beyond(_.money, cuts.monetary, 1))
    keys = ["recency_score", "frequency_score", "monetary_score"]
    return scored.group_by(keys).aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), revenue=_.revenue.sum().cast("float64"),
    ).order_by(keys).to_pandas()
