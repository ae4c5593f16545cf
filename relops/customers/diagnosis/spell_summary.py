"""What the engine is asked about the time between purchases: spells, gaps, and how gaps cluster by customer."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.customers.absence import unless_unavailable
from relops.customers.diagnosis.cohorts import full_months


@unless_unavailable
def spell_summary(purchase_days: ir.Table, data_start: datetime.date, data_end: datetime.date,
                  most: int = 3) -> pd.DataFrame:
    """Return the distinct spells that begin on a customer's first to ``most``-th purchase day: nth, days (to the
    next purchase day, or to ``data_end`` where there is none yet), is_event, spells.

    Only customers acquired in a month that the data cover whole are in it; each has at most one spell an nth.
    """
    months = full_months(data_start, data_end)
    if not len(months):
        return pd.DataFrame({"nth": [], "days": [], "is_event": [], "spells": []})
    own = ibis.window(group_by="customer_id", order_by="day")
    numbered = purchase_days.mutate(nth=ibis.row_number().over(own) + 1, next_day=_.day.lead().over(own),
                                    first_day=_.day.min().over(group_by=_.customer_id))
    within = numbered.filter(_.first_day.between(months[0].start_time.date(), months[-1].end_time.date()),
                             _.nth <= most)
    spells = within.mutate(is_event=_.next_day.notnull(),  # noqa: PD004 (Ibis)
                           days=ibis.coalesce(_.next_day, data_end).delta(_.day, unit="day"))
    keys = ["nth", "days", "is_event"]
    return spells.group_by(keys).aggregate(spells=_.count()).order_by(keys).to_pandas()


@unless_unavailable
def gap_spread_summary(purchase_days: ir.Table, limits_days: Sequence[float]) -> pd.DataFrame:
    """Return for each limit the sums over customers behind the share of gaps that last at most so long: limit_days,
    customers (with a gap), gaps, within, and the sums of squares and products (gap_squares, within_squares,
    products)."""
    before = purchase_days.day.lag().over(group_by=purchase_days.customer_id, order_by=purchase_days.day)
    gaps = purchase_days.mutate(gap_days=_.day.delta(before, unit="day")).filter(_.gap_days > 0)
    counts = {f"within_{place}": (_.gap_days <= limit).sum() for place, limit in enumerate(limits_days)}
    each = gaps.group_by("customer_id").aggregate(gaps=_.count(), **counts)
    sums = {"customers": each.count(), "gaps": each.gaps.sum(), "gap_squares": (each.gaps * each.gaps).sum()}
    for place in range(len(limits_days)):
        within = each[f"within_{place}"]
        sums |= {f"within_{place}": within.sum(), f"within_squares_{place}": (within * within).sum(),
                 f"products_{place}": (within * each.gaps).sum()}
    row = each.aggregate(**sums).to_pandas().iloc[0].fillna(0)
    shared = {key: int(row[key]) for key in ("customers", "gaps", "gap_squares")}
    return pd.DataFrame([{"limit_days": float(limit), **shared, **{
        key: int(row[f"{key}_{place}"]) for key in ("within", "within_squares", "products")}}
        for place, limit in enumerate(limits_days)])
