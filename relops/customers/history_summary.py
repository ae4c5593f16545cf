"""Purchase histories as the engine counts them: Ibis tables in, small pandas frames of distinct histories
out.

``purchase_days`` holds one row per customer and day: customer_id, day, amount (net). The terms are the
field's own: *frequency* is the number of purchase days after the first, *recency* the days from the first to
the last purchase day, *T* the days from the first purchase day to the end of observation. Spend is that of
the repeat purchase days. Sums run over exact decimals and rows come sorted, so the same orders give the same
bytes on any number of threads.
"""

from __future__ import annotations

import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

# a customer's mean spend is kept to a millionth: exact to add up, far finer than any currency's smallest coin
MEAN_SPEND = "decimal(38, 6)"
# squares are taken of cents: exact, and wide enough for any currency's largest sums
CENTS = "decimal(18, 2)"
SIGNIFICANT_DIGITS = 4  # three move the Gamma-Gamma estimates by more than a millionth
PERIODS = {"week": ("W", "week"), "month": ("M", "month"), "year": ("Y", "year")}
KEYS = ["frequency", "recency_days", "T_days"]


def amount_at_first(amount: ir.Column, day: ir.Column) -> ir.Scalar:
    """Return the aggregate: the amount on the first day. The engine's own arg_min: Ibis writes its argmin as a sort,
    which takes the whole summary a quarter longer."""
    def arg_min(value, key):
        """Stands for the engine's function."""

    return ibis.udf.agg.builtin(arg_min, signature=((amount.type(), day.type()), amount.type()))(amount, day)


def customer_histories(purchase_days: ir.Table, observation_end: datetime.date) -> ir.Table:
    """Return one row per customer, still in the engine: customer_id, frequency, recency_days, T_days,
    mean_spend (money per repeat purchase day, 0 without one, and where refunds took more than was paid) and revenue
    (all of it). Later days than ``observation_end`` are not seen."""
    seen = purchase_days.filter(_.day <= observation_end)
    each = seen.group_by("customer_id").aggregate(
        first_day=_.day.min(), last_day=_.day.max(), frequency=_.count() - 1,
        revenue=_.amount.sum(), first_spend=amount_at_first(seen.amount, seen.day))
    return each.mutate(
        recency_days=_.last_day.delta(_.first_day, unit="day"),
        T_days=-_.first_day.delta(observation_end, unit="day"),
        mean_spend=_mean_spend(_.revenue),
    ).select("customer_id", *KEYS, "mean_spend", "revenue")


def _mean_spend(spent: ir.Value) -> ir.Value:
    # nobody is expected to go on being paid: what is below zero counts as nothing
    later = ibis.greatest((spent - _.first_spend).cast("float64"), 0.0)
    return (_.frequency > 0).ifelse(later / _.frequency.nullif(0), 0.0)


def history_summary(purchase_days: ir.Table, observation_end: datetime.date) -> pd.DataFrame:
    """Return the distinct histories: frequency, recency_days, T_days, customers (how many share the row) and
    mean_spend (the sum over these customers of each one's mean spend per repeat purchase day)."""
    each = customer_histories(purchase_days, observation_end)
    distinct = each.group_by(KEYS).aggregate(
        customers=_.count(), mean_spend=_.mean_spend.cast(MEAN_SPEND).sum().cast("float64"))
    return _in_order(distinct, KEYS)


def _in_order(distinct: ir.Table, keys: list[str]) -> pd.DataFrame:
    """Return the rows sorted by whole numbers that no two rows share. Here and not in the engine, whose sort takes as
    long as a third of the summary: one number made of all keys sorts five times as fast."""
    frame, place = distinct.to_pandas(), 0
    if frame.empty:
        return frame
    for key in keys:  # days and counts of days: four of them stay far below 2^63
        values = frame[key].to_numpy(np.int64)
        place = place * (int(values.max()) + 1) + values
    return frame.take(np.argsort(place)).reset_index(drop=True)


def holdout_summary(purchase_days: ir.Table, calibration_end: datetime.date,
                    holdout_end: datetime.date) -> pd.DataFrame:
    """Return the distinct histories at ``calibration_end`` together with what came after it.

    The columns of :func:`history_summary`, split by ``holdout_purchases`` (purchase days after
    ``calibration_end`` up to ``holdout_end``), ``holdout_spend`` (the money spent on these days) and
    ``holdout_spend_squares`` (the sum over customers of the square of what each spent on them).
    Customers whose first purchase lies in the hold-out are not in it.
    """
    each = customer_histories(purchase_days, calibration_end)
    held_out = purchase_days.filter((_.day > calibration_end) & (_.day <= holdout_end))
    later = held_out.group_by("customer_id").aggregate(
        holdout_purchases=_.count(), holdout_spend=_.amount.sum())
    joined = each.left_join(later, "customer_id")
    both = joined.mutate(holdout_purchases=_.holdout_purchases.fill_null(0),
                         holdout_spend=_.holdout_spend.fill_null(0))
    keys = [*KEYS, "holdout_purchases"]
    distinct = both.group_by(keys).aggregate(
        customers=_.count(), mean_spend=_.mean_spend.cast(MEAN_SPEND).sum().cast("float64"),
        holdout_spend=_.holdout_spend.sum().cast("float64"),
        holdout_spend_squares=(_.holdout_spend.cast(CENTS) * _.holdout_spend.cast(CENTS)).sum().cast("float64"))
    return _in_order(distinct, keys)


def opportunity_summary(purchase_days: ir.Table, observation_end: datetime.date, period: str,
                        held_out: int = 0) -> pd.DataFrame:
    """Return the distinct histories counted in opportunities, for the model BG/BB: frequency (calendar periods with
    a purchase after that of the first), recency and T (periods from that of the first to the last with a purchase,
    and to the last complete one), holdout_purchases (periods with a purchase among the last ``held_out`` complete
    ones, which the others do not see), customers and mean_spend (as :func:`history_summary`, per such period).

    ``period`` is week, month or year. Periods that ``observation_end`` cuts short do not count; customers who first
    bought in such a one, or in the hold-out, are not in it.
    """
    letter, unit = PERIODS[period]
    numbered = purchase_days.mutate(period=_.day.truncate(letter))
    current = pd.Period(observation_end + datetime.timedelta(days=1), letter)
    following, split = (ibis.literal((current - back).start_time.date()) for back in (0, held_out))
    merged = (numbered.filter(_.period < following).group_by("customer_id", "period")
              .aggregate(amount=_.amount.sum()))
    before = merged.period < split
    each = merged.group_by("customer_id").aggregate(
        first=_.period.min(), last=_.period.max(where=before), frequency=_.count(where=before) - 1,
        holdout_purchases=_.count(where=~before), spend=_.amount.sum(where=before),
        first_spend=amount_at_first(merged.amount, merged.period))
    counted = each.filter(_.first < split).mutate(
        recency=_.last.delta(_.first, unit=unit), T=-_.first.delta(split, unit=unit) - 1,
        mean_spend=_mean_spend(_.spend))
    keys = ["frequency", "recency", "T", "holdout_purchases"]
    distinct = counted.group_by(keys).aggregate(
        customers=_.count(), mean_spend=_.mean_spend.cast(MEAN_SPEND).sum().cast("float64"))
    return _in_order(distinct, keys)


def spend_summary(purchase_days: ir.Table, observation_end: datetime.date) -> pd.DataFrame:
    """Return the spending histories of repeat buyers, alike in frequency and in mean spend to four
    significant digits: frequency, mean_spend (the mean of those in the row), customers, squared_deviation
    (sum over them of the squared distance from it: what the compression hides). Nothing spent, or less: one
    row, mean_spend 0."""
    each = customer_histories(purchase_days, observation_end).filter(_.frequency > 0)
    positive = (each.mean_spend > 0).ifelse(each.mean_spend, 1.0)
    each = each.mutate(power=positive.log10().floor().cast("int64") - (SIGNIFICANT_DIGITS - 1))
    # digits and power of ten are grouped as whole numbers: no two floats that ought to be one
    digits = (each.mean_spend * ibis.literal(10.0) ** -each.power).round().cast("int64")
    each = each.mutate(digits=(each.mean_spend > 0).ifelse(digits, 0))
    distinct = each.group_by(["frequency", "digits", "power"]).aggregate(
        customers=_.count(),
        total=_.mean_spend.cast(MEAN_SPEND).sum().cast("float64"),
        squares=(_.mean_spend * _.mean_spend).cast(MEAN_SPEND).sum().cast("float64"),
    ).to_pandas()
    total = distinct["total"].where(distinct["digits"] > 0, 0.0)
    distinct["mean_spend"] = total / distinct["customers"]
    distinct["squared_deviation"] = (distinct["squares"] - total**2 / distinct["customers"]).clip(lower=0)
    columns = ["frequency", "mean_spend", "customers", "squared_deviation"]
    return distinct.sort_values(["frequency", "mean_spend"], ignore_index=True)[columns]


def margin_rate(purchases: ir.Table | None) -> float | None:
    """Return margin over amount of all order records that state their margin; None where none does, or there are no
    orders."""
    if purchases is None or "margin" not in purchases.columns:
        return None
    stated = purchases.drop_null("margin")
    sums = stated.aggregate(margin=_.margin.sum().cast("float64"), amount=_.amount.sum().cast("float64"))
    row = sums.to_pandas().iloc[0]
    return float(row["margin"] / row["amount"]) if row["amount"] > 0 else None
