"""What came in, asked of the engine: classes of rows, fill of columns, identity between tables, months.

Every function takes Ibis tables and returns a small pandas frame; an absent table is not in the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.data.audit import CLASSES, Audit
from relops.data.contract import contract

COUNTS = ("rows_in", *CLASSES, "rows_anonymous")
# made by the door, or filled in refunds alone: they say nothing about how well records are kept
DERIVED = ("record", "ordered_on", "is_refund", "refund_of")
PERSONS = {"referrals": ("referrer_id", "referee_id")}


@dataclass(frozen=True)
class DataProfile:
    """All that is known of what came in.

    ``classes``, ``fill``, ``identity``, ``months`` and ``excluded`` are the frames of the summaries below
    (empty where there is nothing); ``totals`` are those of the orders, None without orders.
    """

    audit: Audit
    classes: pd.DataFrame
    fill: pd.DataFrame
    identity: pd.DataFrame
    months: pd.DataFrame
    excluded: pd.DataFrame
    totals: dict[str, Any] | None

    def whole_months(self) -> pd.DataFrame:
        """Return the rows of ``months`` that the data cover from the first day to the last."""
        if self.totals is None:
            return self.months
        first_day, last_day = self.audit.spans["orders"]
        end = pd.Timestamp(self.audit.data_end or last_day)
        starts = self.months["month"]
        return self.months[(starts >= pd.Timestamp(first_day)) & (starts + pd.offsets.MonthEnd() <= end)]

    def key_values(self) -> pd.Series:
        """Return the counts everything rests on: classes of the rows of each table, orders, customers."""
        values = {f"{row['table']}.{name}": row[name] for row in self.classes.to_dict("records")
                  for name in COUNTS if row["rows_in"]}
        if self.totals:
            values["orders.orders"] = int(self.totals["orders"])
            values["customers.count"] = self.totals["customers"]
        return pd.Series(values, dtype="int64")


def profile_data(tables: Any, audit: Audit) -> DataProfile:
    """Return the profile of a run; ``tables`` answers to names of engine tables, to absent ones with None."""
    present = {name: table for name in contract() if (table := getattr(tables, name)) is not None}
    orders = present.get("orders")
    return DataProfile(
        audit=audit, classes=class_summary(audit), fill=fill_summary(present),
        identity=identity_summary(present), excluded=excluded_summary(audit),
        months=empty_months() if orders is None else month_summary(orders),
        totals=None if orders is None else total_summary(orders, tables.purchases, tables.purchase_days),
    )


def class_summary(audit: Audit) -> pd.DataFrame:
    """Return one row per contract table, in the contract's order, absent ones with zeros: ``table`` and
    rows_in, rows_used, rows_merged, rows_superseded, rows_excluded, rows_refused, rows_anonymous."""
    rows = [{"table": table, **{name: audit.rows(table, name) for name in COUNTS}} for table in contract()]
    return pd.DataFrame(rows)


def excluded_summary(audit: Audit) -> pd.DataFrame:
    """Return the rows of orders that a status rule or the period left out, by month: month, rows."""
    frame = pd.DataFrame([(line.month, line.rows) for line in audit.excluded if line.table == "orders"],
                         columns=["month", "rows"]).astype({"month": "datetime64[s]", "rows": "int64"})
    return frame.groupby("month", as_index=False)["rows"].sum()


def fill_summary(tables: Mapping[str, ir.Table]) -> pd.DataFrame:
    """Return one row per column of each contract table: table, column, rows, filled, fill (share filled)."""
    rows = []
    for name, table in _present(tables).items():
        columns = [column for column in table.columns if column not in DERIVED]
        counts = table.aggregate(rows_=_.count(), **{f"c{place}": table[column].count()
                                                     for place, column in enumerate(columns)})
        count = counts.to_pandas().iloc[0]
        rows += [(name, column, int(count["rows_"]), int(count[f"c{place}"]))
                 for place, column in enumerate(columns)]
    frame = pd.DataFrame(rows, columns=["table", "column", "rows", "filled"])
    return frame.assign(fill=frame["filled"] / frame["rows"].where(frame["rows"] > 0))


def identity_summary(tables: Mapping[str, ir.Table]) -> pd.DataFrame:
    """Return how customers of each table are found elsewhere: table, reference, customers, matched, match.

    Orders are held against the customer list, every other table against the orders. A table that names no
    customers, or has nothing to be held against, is left out.
    """
    present = {name: persons for name, table in _present(tables).items()
               if (persons := _persons(name, table)) is not None}
    rows = []
    for name, persons in present.items():
        reference = "customers" if name == "orders" else "orders"
        if reference in present:
            known = persons.semi_join(present[reference], "customer_id").count()
            total = persons.count()
            rows.append((name, reference, int(total.execute()), int(known.execute())))
    frame = pd.DataFrame(rows, columns=["table", "reference", "customers", "matched"])
    return frame.assign(match=frame["matched"] / frame["customers"].where(frame["customers"] > 0))


def _present(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    return {name: tables[name] for name in contract() if tables.get(name) is not None}


def _persons(name: str, table: ir.Table) -> ir.Table | None:
    columns = [column for column in PERSONS.get(name, ("customer_id",)) if column in table.columns]
    if not columns:
        return None
    parts = [table.select(customer_id=table[column]) for column in columns]
    union = parts[0] if len(parts) == 1 else ibis.union(*parts)
    return union.drop_null("customer_id").distinct()


def month_summary(orders: ir.Table) -> pd.DataFrame:
    """Return one row per calendar month with records: month (its first day), orders, gross (money of orders),
    refunds (money of refunds, negative), net, customers (distinct, identified)."""
    order = ~_.is_refund
    grouped = orders.group_by(month=orders.ordered_on.truncate("M")).aggregate(
        orders=order.sum().cast("int64"),
        gross=_.amount.sum(where=order).fill_null(0).cast("float64"),
        refunds=_.amount.sum(where=_.is_refund).fill_null(0).cast("float64"),
        customers=_.customer_id.nunique(where=order),
    )
    frame = grouped.order_by("month").to_pandas().astype({"month": "datetime64[s]"})
    return frame.assign(net=frame["gross"] + frame["refunds"])


def empty_months() -> pd.DataFrame:
    """Return the frame of :func:`month_summary` without rows."""
    money = dict.fromkeys(("gross", "refunds"), "float64")
    kinds = {"month": "datetime64[s]", "orders": "int64", **money, "customers": "int64", "net": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def total_summary(orders: ir.Table, purchases: ir.Table, purchase_days: ir.Table | None) -> dict[str, float]:
    """Return the totals that must agree with each other.

    orders, gross, refunds (money of refund records), net (of orders after refunds are set against them),
    anonymous_net, anonymous_orders, lowest_net (of one order that was not below zero before refunds), last_day,
    days_net and customers (of the table of purchase days; 0 where no customer is known).
    """
    order = ~_.is_refund
    money = orders.aggregate(orders=order.sum(), gross=_.amount.sum(where=order), refunds=_.amount.sum(
        where=_.is_refund), last_day=_.ordered_on.max()).to_pandas().iloc[0]
    nobody = _.customer_id.isnull()  # noqa: PD003 (Ibis knows no isna)
    sums = purchases.aggregate(net=_.net_amount.sum(), anonymous_net=_.net_amount.sum(where=nobody),
                               anonymous_orders=nobody.sum(), lowest_net=_.net_amount.min(where=_.amount >= 0))
    net = sums.to_pandas().iloc[0]
    totals = {key: float(value) if pd.notna(value) else 0.0
              for key, value in {**money.drop("last_day"), **net}.items()}
    totals["last_day"] = money["last_day"]
    days = None if purchase_days is None else purchase_days.aggregate(
        total=_.amount.sum(), customers=_.customer_id.nunique()).to_pandas().iloc[0]
    totals["days_net"] = 0.0 if days is None or pd.isna(days["total"]) else float(days["total"])
    totals["customers"] = 0 if days is None else int(days["customers"])
    return totals
