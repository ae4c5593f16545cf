"""What the engine is asked about the terms of a sale: discount, membership, and why new customers came."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.customers.absence import unless_unavailable
from relops.customers.availability import NOT_SUPPLIED, Unavailable
from relops.customers.diagnosis.bridge import Windows
from relops.customers.diagnosis.summary import squares


@unless_unavailable
def discount_summary(purchases: ir.Table) -> pd.DataFrame:
    """Return one row with the sums behind discount dependence: customers, orders, discounted_orders, revenue,
    discounted revenue (of orders with a discount) and the sums of squares and products over customers, the
    discount given, repeat_customers (two orders or more) and discount_only (of these, all at a discount).

    Raises Unavailable where orders hold no discount.
    """
    if "discount" not in purchases.columns:
        raise Unavailable(NOT_SUPPLIED, "orders.discount")
    cut = _.discount.fill_null(0) > 0
    each = purchases.drop_null("customer_id").group_by("customer_id").aggregate(
        orders=_.count(), at_discount=cut.sum(), revenue=_.net_amount.sum(),
        discounted=_.net_amount.sum(where=cut).fill_null(0), given=_.discount.fill_null(0).sum())
    repeat = _.orders > 1
    return each.aggregate(
        customers=_.count(), orders=_.orders.sum().cast("int64"), discounted_orders=_.at_discount.sum().cast("int64"),
        revenue=_.revenue.sum().cast("float64"), discounted=_.discounted.sum().cast("float64"),
        revenue_squares=squares(_.revenue, _.revenue), discounted_squares=squares(_.discounted, _.discounted),
        products=squares(_.revenue, _.discounted), given=_.given.sum().cast("float64"),
        repeat_customers=repeat.sum(), discount_only=(repeat & (_.at_discount == _.orders)).sum()).to_pandas()


def _member_days(purchase_days: ir.Table, customers: ir.Table | None) -> ir.Table:
    """Purchase days with ``is_member``: whether the customer had joined by that day."""
    if customers is None or "member_since" not in customers.columns:
        raise Unavailable(NOT_SUPPLIED, "customers.member_since")
    since = customers.group_by("customer_id").aggregate(member_since=_.member_since.min())
    return purchase_days.left_join(since, "customer_id").mutate(
        is_member=(_.member_since <= _.day).fill_null(False))


@unless_unavailable
def member_share_summary(purchase_days: ir.Table, windows: Windows, *, customers: ir.Table | None) -> pd.DataFrame:
    """Return for each window the sums behind the members' share of revenue: window, customers, revenue, member
    (revenue of days on which the customer was a member), and sums of squares and products over customers."""
    days = _member_days(purchase_days, customers)
    rows = []
    for name, span in (("previous", windows.previous), ("current", windows.current)):
        each = days.filter(_.day.between(*span)).group_by("customer_id").aggregate(
            revenue=_.amount.sum(), member=_.amount.sum(where=_.is_member).fill_null(0))
        rows.append(each.aggregate(
            customers=_.count(), revenue=_.revenue.sum().cast("float64"), member=_.member.sum().cast("float64"),
            revenue_squares=squares(_.revenue, _.revenue), member_squares=squares(_.member, _.member),
            products=squares(_.revenue, _.member)).to_pandas().assign(window=name))
    return pd.concat(rows, ignore_index=True)


@unless_unavailable
def member_return_summary(purchase_days: ir.Table, data_end: datetime.date, window_days: int, *,
                          customers: ir.Table | None) -> pd.DataFrame:
    """Return who bought in the ``window_days`` before the last ``window_days`` of the data, by membership on their
    last purchase day then: is_member, customers, returned (bought again in the last ``window_days``)."""
    days = _member_days(purchase_days, customers)
    cut = data_end - datetime.timedelta(window_days)
    start = cut - datetime.timedelta(window_days)
    base = (_.day > start) & (_.day <= cut)
    each = days.group_by("customer_id").aggregate(
        in_base=base.sum(), is_member=(base & _.is_member).max(), later=(_.day > cut).sum())
    return each.filter(_.in_base > 0).group_by("is_member").aggregate(
        customers=_.count(), returned=(_.later > 0).sum()).order_by("is_member").to_pandas()


@unless_unavailable
def earned_summary(purchase_days: ir.Table, windows: Windows, *, customers: ir.Table | None,
                   earned: Sequence[str]) -> pd.DataFrame:
    """Return the new customers of the current window by why they came: is_earned (the acquisition channel is among
    ``earned``), has_reason, customers, revenue and its sum of squares."""
    if customers is None or "acquisition_channel" not in customers.columns:
        raise Unavailable(NOT_SUPPLIED, "customers.acquisition_channel")
    reasons = customers.group_by("customer_id").aggregate(reason=_.acquisition_channel.min())
    each = purchase_days.group_by("customer_id").aggregate(
        first_day=_.day.min(), revenue=_.amount.sum(where=_.day.between(*windows.current)))
    new = each.filter(_.first_day.between(*windows.current)).left_join(reasons, "customer_id")
    named = new.mutate(is_earned=_.reason.lower().isin([name.lower() for name in earned]).fill_null(False),
                       has_reason=_.reason.notnull())  # noqa: PD004 (Ibis)
    keys = ["is_earned", "has_reason"]
    return named.group_by(keys).aggregate(
        customers=_.count(), revenue=_.revenue.sum().cast("float64"),
        revenue_squares=squares(_.revenue, _.revenue)).order_by(keys).to_pandas()


