"""What the diagnosis asks of the engine: Ibis tables in, small pandas frames out.

``purchases`` holds one row per order record that is no refund (ordered_on, net_amount, customer_id or null);
``purchase_days`` one row per customer and day (day, net amount, orders). Sums run over exact decimals and
leave the engine as floats, so their bytes do not depend on how many threads added them up.
"""

from __future__ import annotations

import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.customers.absence import unless_unavailable
from relops.customers.diagnosis.bridge import Windows
from relops.customers.history_summary import CENTS, amount_at_first


def squares(left: ir.NumericValue, right: ir.NumericValue) -> ir.NumericValue:
    """Return the sum of products of two columns, exact in the engine whatever its threads."""
    return (left.cast(CENTS) * right.cast(CENTS)).sum().cast("float64")


@unless_unavailable(field="orders")
def daily_summary(purchases: ir.Table) -> pd.DataFrame:
    """Return one row per day with orders: day, orders, revenue, and of these ``anonymous_orders`` and
    ``anonymous_revenue`` (orders whose customer is unknown)."""
    nobody = purchases.customer_id.isnull()  # noqa: PD003 (Ibis knows no isna)
    grouped = purchases.group_by(day=purchases.ordered_on).aggregate(
        orders=purchases.count(),
        revenue=purchases.net_amount.sum().cast("float64"),
        anonymous_orders=nobody.sum(),
        anonymous_revenue=purchases.net_amount.sum(where=nobody).fill_null(0).cast("float64"),
    )
    return grouped.order_by("day").to_pandas().astype({"day": "datetime64[s]"})


@unless_unavailable(field="orders")
def order_value_summary(purchases: ir.Table) -> pd.DataFrame:
    """Return one row with the sums behind the mean order value: orders, revenue, and over the ``customers`` who
    placed them the sums of squares and products of the two (an anonymous order counts as a customer)."""
    known = purchases.drop_null("customer_id").group_by("customer_id").aggregate(
        orders=_.count(), revenue=_.net_amount.sum())
    unknown = purchases.filter(_.customer_id.isnull()).select(  # noqa: PD003 (Ibis knows no isna)
        orders=ibis.literal(1, "int64"), revenue=_.net_amount)
    each = known.select("orders", "revenue").union(unknown.mutate(revenue=_.revenue.cast(known.revenue.type())))
    return each.aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), revenue=_.revenue.sum().cast("float64"),
        revenue_squares=squares(_.revenue, _.revenue), orders_squares=squares(_.orders, _.orders),
        products=squares(_.revenue, _.orders)).to_pandas()


@unless_unavailable
def cohort_summary(purchase_days: ir.Table) -> pd.DataFrame:
    """Return one row per month of first purchase (``cohort``) and month of purchase (``month``), both as the
    month's first day: customers who bought, orders, revenue."""
    first = purchase_days.group_by("customer_id").aggregate(cohort=_.day.min().truncate("M"))
    months = purchase_days.mutate(month=_.day.truncate("M")).group_by(["customer_id", "month"]).aggregate(
        orders=_.orders.sum(), revenue=_.amount.sum())
    grouped = months.join(first, "customer_id").group_by(["cohort", "month"]).aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), revenue=_.revenue.sum().cast("float64"))
    return grouped.order_by(["cohort", "month"]).to_pandas().astype(
        {"cohort": "datetime64[s]", "month": "datetime64[s]"})


@unless_unavailable
def first_purchase_summary(purchase_days: ir.Table) -> pd.DataFrame:
    """Return one row with the sums behind the share of revenue that later purchase days bring: customers,
    revenue, later_revenue and their sums of squares and products."""
    # a customer has one row a day, so the amount of the earliest day is all of it
    totals = purchase_days.group_by("customer_id").aggregate(
        revenue=_.amount.sum(), first=amount_at_first(purchase_days.amount, purchase_days.day)
    ).mutate(later=_.revenue - _.first)
    return totals.aggregate(
        customers=_.count(),
        revenue=_.revenue.sum().cast("float64"), later_revenue=_.later.sum().cast("float64"),
        revenue_squares=squares(_.revenue, _.revenue), later_squares=squares(_.later, _.later),
        products=squares(_.revenue, _.later),
    ).to_pandas()


@unless_unavailable
def frequency_summary(purchase_days: ir.Table) -> pd.DataFrame:
    """Return how many customers have how many purchase days: purchase_days, customers."""
    each = purchase_days.group_by("customer_id").aggregate(purchase_days=_.count())
    return each.group_by("purchase_days").aggregate(customers=_.count()).order_by("purchase_days").to_pandas()


@unless_unavailable
def second_purchase_summary(purchase_days: ir.Table, data_end: datetime.date) -> pd.DataFrame:
    """Return distinct histories up to the second purchase: days_observed since the first purchase,
    days_to_second (NaN while there is none), customers."""
    first_day = purchase_days.day.min().over(group_by=purchase_days.customer_id)
    days = purchase_days.mutate(first_day=first_day)
    each = days.group_by("customer_id").aggregate(
        first_day=_.first_day.min(), second_day=_.day.min(where=_.day > _.first_day))
    spans = each.mutate(days_observed=-_.first_day.delta(data_end, unit="day"),
                        days_to_second=_.second_day.delta(_.first_day, unit="day"))
    grouped = spans.group_by(["days_observed", "days_to_second"]).aggregate(customers=_.count())
    return grouped.order_by(["days_observed", "days_to_second"]).to_pandas()


@unless_unavailable
def movement_summary(purchase_days: ir.Table, windows: Windows) -> pd.DataFrame:
    """Return how customers moved from the previous window to the current one, one row per movement.

    ``movement`` is lost (bought in the previous window only), kept (in both), reactivated (in the current one
    and before the previous one only) or new (first purchase in the current one). Columns: customers, previous
    and current revenue, expansion (sum of rises), contraction (sum of falls, negative), how many customers are
    expanding and contracting, and the sums of squares and products of the two revenues over customers.
    """
    before, now = _.day.between(*windows.previous), _.day.between(*windows.current)
    each = purchase_days.group_by("customer_id").aggregate(
        first_day=_.day.min(), previous_days=before.sum(), current_days=now.sum(),
        previous=_.amount.sum(where=before).fill_null(0), current=_.amount.sum(where=now).fill_null(0))
    was, came = _.previous_days > 0, _.current_days > 0
    moved = each.filter(was | came).mutate(movement=was.ifelse(
        came.ifelse("kept", "lost"), (_.first_day >= windows.current[0]).ifelse("new", "reactivated")))
    change = _.current - _.previous
    return moved.group_by("movement").aggregate(
        customers=_.count(),
        previous=_.previous.sum().cast("float64"), current=_.current.sum().cast("float64"),
        expansion=change.sum(where=change > 0).fill_null(0).cast("float64"),
        contraction=change.sum(where=change < 0).fill_null(0).cast("float64"),
        previous_squares=squares(_.previous, _.previous), current_squares=squares(_.current, _.current),
        products=squares(_.previous, _.current),
        expanding=(change > 0).sum().fill_null(0), contracting=(change < 0).sum().fill_null(0),
    ).order_by("movement").to_pandas()
