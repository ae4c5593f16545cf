"""What the summary of purchase histories costs: in the engine against plain SQL on the same engine, and against
lifetimes' own summary of the same orders.

The plain SQL does the least that gives the same rows: one row a customer and day, one row a customer, distinct
histories with their number and spend, in floats. The package does it in exact decimals, sorted.
``RELOPS_BENCH_LARGEST`` sets the largest number of orders.
"""

from __future__ import annotations

import datetime
import os
import warnings

import ibis
import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data

from benchmarks import timed
from relops.customers.history_summary import history_summary

ORDERS, AGAINST_LIFETIMES = 10_000_000, 1_000_000
END = datetime.date(2025, 12, 31)
DAYS = 1_095
PLAIN = """
    WITH each AS (
        SELECT customer_id, count(*) - 1 AS frequency, max(day) - min(day) AS recency_days,
            DATE '{end}' - min(day) AS T_days, sum(amount) - arg_min(amount, day) AS spend
        FROM purchase_days GROUP BY customer_id)
    SELECT frequency, recency_days, T_days, count(*) AS customers,
        sum(CASE WHEN frequency > 0 THEN spend / frequency ELSE 0 END) AS mean_spend
    FROM each GROUP BY ALL ORDER BY ALL"""


def make_orders(number: int) -> ibis.BaseBackend:
    """Return an engine with ``orders`` and ``purchase_days``: a third as many customers as orders, most with one."""
    connection = ibis.duckdb.connect(threads=2)
    connection.raw_sql(f"""
        CREATE TABLE orders AS SELECT
            (pow(hash(i) / 18446744073709551615.0, 2.0) * {number} / 3)::BIGINT AS customer_id,
            (DATE '{END}' - ((hash(i + {number}) % {DAYS})::INTEGER))::DATE AS day,
            (10 + (hash(i + {2 * number}) % 9000) / 100.0)::DECIMAL(18, 2) AS amount
        FROM range({number}) AS t(i)""")
    connection.raw_sql("""CREATE TABLE purchase_days AS SELECT customer_id, day, sum(amount)::DECIMAL(18, 2) AS amount,
        count(*) AS orders FROM orders GROUP BY ALL""")
    return connection


def against_sql(number: int) -> str:
    """Return the line about plain SQL."""
    connection = make_orders(number)
    days = connection.table("purchase_days")
    ours, own = timed(lambda: history_summary(days, END), times=3)
    theirs, plain = timed(lambda: connection.raw_sql(PLAIN.format(end=END)).df(), times=3)
    assert len(ours) == len(theirs)
    assert int(ours["customers"].sum()) == int(theirs["customers"].sum())
    assert abs(ours["mean_spend"].sum() / theirs["mean_spend"].sum() - 1) < 1e-6
    return (f"| {number:,} orders, by purchase days | plain SQL | {len(ours):,} | {plain:.2f} | {own:.2f} "
            f"| **{own / plain:.2f}** to one |")


def against_lifetimes(number: int, grain: str) -> str:
    """Return the line about lifetimes, from rows of the same ``grain`` to histories in a frame: single orders, which
    both add up to days first, or purchase days, as the package keeps them."""
    connection = make_orders(number)
    orders = connection.table(grain).to_pandas().astype({"amount": float})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, single = timed(lambda: summary_data_from_transaction_data(
            orders, "customer_id", "day", "amount", observation_period_end=pd.Timestamp(END), freq="D"), times=3)

    def own_summary() -> pd.DataFrame:
        if grain == "purchase_days":
            return history_summary(connection.table(grain), END)
        days = connection.table("orders").group_by("customer_id", "day").aggregate(
            amount=ibis._.amount.sum().cast("decimal(18, 2)"), orders=ibis._.count())
        return history_summary(days, END)

    ours, own = timed(own_summary, times=5)
    assert int(ours["customers"].sum()) == len(theirs)
    assert int((ours["frequency"] * ours["customers"]).sum()) == int(theirs["frequency"].sum())
    return (f"| {len(orders):,} {grain.replace('_', ' ')} | lifetimes | {len(ours):,} | {single:.2f} | {own:.2f} "
            f"| **{single / own:.1f}** times |")


def main() -> str:
    """Return the section as Markdown."""
    largest = int(os.environ.get("RELOPS_BENCH_LARGEST", ORDERS))
    compared = min(AGAINST_LIFETIMES, largest)
    lines = [against_sql(min(ORDERS, largest)), *(against_lifetimes(compared, grain)
                                                  for grain in ("purchase_days", "orders"))]
    return "\n".join(["## Summary of purchase histories", "",
                      "Two threads, daily grain. Single orders are added up to days by each side first.", "",
                      "| from | against | distinct histories | other, s | relops, s | ratio |",
                      "|---|---|---|---|---|---|", *lines])


if __name__ == "__main__":
    print(main())
