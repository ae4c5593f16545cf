"""What the engine is asked about customers and orders by a trait: channel, category, region, source, age band."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.customers.absence import unless_unavailable
from relops.customers.availability import NOT_SUPPLIED, Unavailable
from relops.customers.diagnosis.bridge import Windows
from relops.customers.diagnosis.summary import squares

# trait → the contract's table and column
TRAITS = {"channel": ("orders", "channel"), "category": ("orders", "category"), "region": ("customers", "region"),
          "acquisition": ("customers", "acquisition_channel"), "age": ("customers", "age_band")}
UNKNOWN = "__unknown__"


def field_of(trait: str) -> str:
    """Return the contract's field of a trait, ``customers.region``."""
    return ".".join(TRAITS[trait])


def _require(trait: str, purchases: ir.Table, customers: ir.Table | None) -> str:
    """Return the trait's column. Raises Unavailable (M1) where the client did not supply it."""
    table, column = TRAITS[trait]
    held = purchases if table == "orders" else customers
    if held is None or column not in held.columns:
        raise Unavailable(NOT_SUPPLIED, field_of(trait))
    return column


def ordered_purchases(purchases: ir.Table) -> ir.Table:
    """Return the orders of known customers with ``place``, their number in the customer's own order from 0."""
    by = [name for name in ("ordered_at", "ordered_on", "record") if name in purchases.columns]
    own = ibis.window(group_by="customer_id", order_by=by)
    return purchases.drop_null("customer_id").mutate(place=ibis.row_number().over(own))


def customer_traits(trait: str, purchases: ir.Table, customers: ir.Table | None) -> ir.Table:
    """Return customer_id and ``trait``: that of the first order for traits of orders, of the customer for the
    rest. Raises Unavailable (M1) where the column is absent."""
    column = _require(trait, purchases, customers)
    if TRAITS[trait][0] == "orders":
        first = ordered_purchases(purchases).filter(_.place == 0)
        return first.select("customer_id", trait=first[column].fill_null(UNKNOWN))
    return customers.select("customer_id", trait=customers[column].fill_null(UNKNOWN)).distinct(
        on="customer_id", keep="first")  # the door holds one row a customer


@unless_unavailable
def trait_cohort_summary(purchase_days: ir.Table, purchases: ir.Table, *, trait: str,
                         customers: ir.Table | None) -> pd.DataFrame:
    """Return the cohort summary by trait: trait, cohort, month (first days of months), customers, revenue."""
    traits = customer_traits(trait, purchases, customers)
    first = purchase_days.group_by("customer_id").aggregate(cohort=_.day.min().truncate("M"))
    months = purchase_days.mutate(month=_.day.truncate("M")).group_by(["customer_id", "month"]).aggregate(
        revenue=_.amount.sum())
    known = months.join(first, "customer_id").left_join(traits, "customer_id").mutate(
        trait=_.trait.fill_null(UNKNOWN))
    keys = ["trait", "cohort", "month"]
    grouped = known.group_by(keys).aggregate(customers=_.count(), revenue=_.revenue.sum().cast("float64"))
    return grouped.order_by(keys).to_pandas().astype({"cohort": "datetime64[s]", "month": "datetime64[s]"})


@unless_unavailable
def trait_value_summary(purchase_days: ir.Table, purchases: ir.Table, *, trait: str,
                        customers: ir.Table | None) -> pd.DataFrame:
    """Return what customers of each trait have brought: trait, customers, repeat_customers, revenue and its sum of
    squares over customers, and, where the client states acquisition costs, ``cost`` and ``costed`` customers."""
    traits = customer_traits(trait, purchases, customers)
    each = purchase_days.group_by("customer_id").aggregate(days=_.count(), revenue=_.amount.sum())
    known = each.left_join(traits, "customer_id").mutate(trait=_.trait.fill_null(UNKNOWN)).drop("customer_id_right")
    sums = {"customers": _.count(), "repeat_customers": (_.days > 1).sum(),
            "revenue": _.revenue.sum().cast("float64"), "revenue_squares": squares(_.revenue, _.revenue)}
    if customers is not None and "acquisition_cost" in customers.columns:
        costs = customers.group_by("customer_id").aggregate(cost=_.acquisition_cost.max())
        known = known.left_join(costs, "customer_id")
        sums |= {"cost": _.cost.sum().fill_null(0).cast("float64"), "costed": _.cost.count()}
    return known.group_by("trait").aggregate(**sums).order_by("trait").to_pandas()


@unless_unavailable
def mix_summary(purchases: ir.Table, windows: Windows, *, trait: str,
                customers: ir.Table | None) -> pd.DataFrame:
    """Return orders and revenue of the two windows by trait: window (previous or current), trait, orders, revenue
    and its sum of squares over orders. Orders whose trait is not known stand under one name."""
    column = _require(trait, purchases, customers)
    if TRAITS[trait][0] == "orders":
        orders = purchases.select("ordered_on", "net_amount", trait=purchases[column].fill_null(UNKNOWN))
    else:
        traits = customer_traits(trait, purchases, customers)
        orders = purchases.left_join(traits, "customer_id").select(
            "ordered_on", "net_amount", trait=_.trait.fill_null(UNKNOWN))
    before, now = orders.ordered_on.between(*windows.previous), orders.ordered_on.between(*windows.current)
    within = orders.filter(before | now).mutate(window=now.ifelse("current", "previous"))
    return within.group_by(["window", "trait"]).aggregate(
        orders=_.count(), revenue=_.net_amount.sum().cast("float64"),
        revenue_squares=squares(_.net_amount, _.net_amount)).order_by(["window", "trait"]).to_pandas()


@unless_unavailable
def path_summary(purchases: ir.Table) -> pd.DataFrame:
    """Return how many customers went from which category to which: first, second (the category of the first order
    on a later day, null while there is none), customers. Raises Unavailable without categories."""
    column = _require("category", purchases, None)
    placed = ordered_purchases(purchases).mutate(
        first_day=_.ordered_on.min().over(group_by=_.customer_id), trait=_[column].fill_null(UNKNOWN))
    first = placed.filter(_.place == 0).select("customer_id", first="trait")
    later = placed.filter(_.ordered_on > _.first_day)
    later = later.mutate(turn=ibis.row_number().over(group_by="customer_id", order_by="place"))
    second = later.filter(_.turn == 0).select("customer_id", second="trait")
    paths = first.left_join(second, "customer_id")
    return paths.group_by(["first", "second"]).aggregate(customers=_.count()).order_by(
        ["first", "second"]).to_pandas()
