"""What came in, said in sentences, tables and evidence; and what is missing, with its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from relops.data.profile import CLASSES, COUNTS
from relops.exhibits import Column, Evidence, Finding, Missing, Table
from relops.locale import messages

CHECKS = ("classes_add_up", "none_after_end", "no_order_below_zero", "refunds_settled", "days_add_up")
HALF_CENT = 0.005
ORDERS, REFUNDS = "is_refund = false", "is_refund = true"


def table_label(table: str) -> str:
    """Return the cell that a renderer shows as the table's name."""
    return f"@data.table.{table}"


def column_label(column: str) -> str:
    """Return the cell that a renderer shows as a column's name; the client's own attributes as they are."""
    message = f"data.column.{column}"
    return f"@{message}" if message in messages("data") else column


def class_evidence(classes: pd.DataFrame) -> list[Evidence]:
    """Return rows in and the classes they landed in, for every table of the contract (0 where absent)."""
    return [Evidence(f"data.{row['table']}.{name}", int(row[name]), "rows", n=int(row["rows_in"]))
            for row in classes.to_dict("records") for name in COUNTS]


def class_table(classes: pd.DataFrame) -> Table:
    """Return the classes of rows of each table that came in."""
    frame = classes[classes["rows_in"] > 0].assign(label=lambda rows: rows["table"].map(table_label))
    columns = (Column("label", "data.heading.table"),
               *(Column(name, f"data.heading.{name}", "rows", total=True) for name in COUNTS))
    return Table("data.classes.table", "data.title.classes", frame, columns, n=int(frame["rows_in"].sum()))


def say_classes(classes: pd.DataFrame) -> list[Finding]:
    """Return one sentence per table that came in: rows in, and where they landed."""
    findings = []
    for row in classes[classes["rows_in"] > 0].to_dict("records"):
        table, total = row["table"], int(row["rows_in"])
        numbers = {name: Evidence(f"data.{table}.{name}", int(row[name]), "rows", n=total)
                   for name in ("rows_in", *CLASSES)}
        balanced = sum(row[name] for name in CLASSES) == total
        balance = f"data.word.{'balanced' if balanced else 'unbalanced'}"
        words = {"table": f"data.table.{table}", "balance": balance}
        findings.append(Finding(f"data.{table}.intake.finding", "data.finding.intake", numbers, words))
    return findings


def say_scope(totals: Mapping[str, Any], months: pd.DataFrame, spans: pd.DataFrame, currency: str) -> Finding:
    """Return the sentence that names period, customers, orders and revenue."""
    money, orders = f"money:{currency}", int(totals["orders"])
    span = spans.set_index("table").loc["orders"]
    numbers = {
        "first_day": Evidence("data.orders.first_day", span["first_day"].isoformat(), "date"),
        "last_day": Evidence("data.orders.last_day", span["last_day"].isoformat(), "date"),
        "orders": Evidence("data.orders.orders", orders, "orders", n=orders, filter=ORDERS),
        "months": Evidence("data.orders.months", int((months["orders"] > 0).sum()), "months", n=orders),
        "gross": Evidence("data.orders.gross", round(totals["gross"], 2), money, n=orders,
                          filter=ORDERS),
        "customers": customer_count(totals),
    }
    return Finding("data.scope.finding", "data.finding.scope", numbers)


def customer_count(totals: Mapping[str, Any]) -> Evidence:
    """Return the number of distinct customers with a purchase day in the period (0 if none is known)."""
    count = int(totals["customers"])
    return Evidence("data.customers.count", count, "customers", n=count, filter="purchase days in the period")


def say_refunds(totals: Mapping[str, Any], unmatched: float, currency: str) -> Finding:
    """Return the sentence on refunds: their sum, what was set against no order, revenue after them."""
    money = f"money:{currency}"
    case = "none" if totals["refunds"] == 0 else "all_matched" if unmatched < HALF_CENT else "unmatched"
    numbers = {
        "refunds": Evidence("data.refunds.total", round(-totals["refunds"], 2), money, filter=REFUNDS),
        "unmatched": Evidence("data.refunds.unmatched", round(unmatched, 2), money, filter=REFUNDS),
        "net": Evidence("data.orders.net", round(totals["net"], 2), money, n=int(totals["orders"])),
    }
    return Finding("data.refunds.finding", f"data.finding.refunds.{case}", numbers)


def say_anonymous(classes: pd.DataFrame) -> Finding | None:
    """Return the sentence on orders without a customer; None without orders."""
    row = classes.set_index("table").loc["orders"]
    landed, anonymous = int(row["rows_used"] + row["rows_merged"]), int(row["rows_anonymous"])
    if landed == 0:
        return None
    numbers = {"rows": Evidence("data.orders.rows_anonymous", anonymous, "rows", n=int(row["rows_in"])),
               "share": Evidence("data.orders.anonymous_share", anonymous / landed, "share", n=landed,
                                 filter="rows used or merged")}
    case = "none" if anonymous == 0 else "all" if anonymous == landed else "some"
    return Finding("data.anonymous.finding", f"data.finding.anonymous.{case}", numbers)


def month_table(months: pd.DataFrame, excluded: pd.DataFrame, currency: str) -> Table:
    """Return orders, money and customers by month; ``excluded`` (month, rows) are rows left out."""
    money, sums = f"money:{currency}", ("gross", "refunds", "net")
    frame = months.merge(excluded, on="month", how="outer").sort_values("month")
    frame = frame.assign(month=frame["month"].dt.strftime("%Y-%m"), rows=frame["rows"].fillna(0))
    # a month whose rows were all excluded holds no order that could be too few
    frame = frame.fillna({"customers": 0})
    columns = (Column("month", "data.heading.month"),
               Column("orders", "data.heading.orders", "orders", total=True),
               *(Column(name, f"data.heading.{name}", money, total=True) for name in sums),
               Column("customers", "data.heading.customers", "customers", people=True),
               Column("rows", "data.heading.rows_excluded", "rows", total=True))
    return Table("data.months.table", "data.title.months", frame, columns, n=int(months["orders"].sum()))


def fill_evidence(fill: pd.DataFrame) -> list[Evidence]:
    """Return the share filled of every column, and the mean over the columns of each table."""
    filled = fill[fill["rows"] > 0]
    each = [Evidence(f"data.{row.table}.{row.column}.fill", float(row.fill), "share", n=int(row.rows))
            for row in filled.itertuples() if row.column.isascii() and row.column.islower()]
    tables = filled.groupby("table", sort=False).agg(fill=("fill", "mean"), rows=("rows", "first"))
    return each + [Evidence(f"data.{table}.fill", float(row.fill), "share", n=int(row.rows))
                   for table, row in tables.iterrows()]


def fill_table(fill: pd.DataFrame) -> Table:
    """Return how much of each column is filled."""
    frame = fill.assign(table_label=fill["table"].map(table_label),
                        column_label=fill["column"].map(column_label))
    columns = (Column("table_label", "data.heading.table"), Column("column_label", "data.heading.column"),
               Column("rows", "data.heading.records", "rows"),
               Column("filled", "data.heading.filled", "rows"), Column("fill", "data.heading.fill", "share"))
    return Table("data.fill.table", "data.title.fill", frame, columns, n=int(fill["rows"].sum()))


def say_identity(identity: pd.DataFrame) -> list[Finding]:
    """Return one sentence per table: how many of its customers are found in the other table."""
    findings = []
    for row in identity[identity["customers"] > 0].to_dict("records"):
        table, persons = row["table"], int(row["customers"])
        numbers = {
            "match": Evidence(f"data.{table}.identity_match", float(row["match"]), "share", n=persons,
                              filter=f"customers of {table} found in {row['reference']}"),
            "persons": Evidence(f"data.{table}.persons", persons, "customers", n=persons)}
        words = {"table": f"data.table.{table}", "reference": f"data.table.{row['reference']}"}
        findings.append(Finding(f"data.{table}.identity.finding", "data.finding.identity", numbers, words))
    return findings


def check_results(classes: pd.DataFrame, totals: Mapping[str, Any] | None, unmatched: float,
                  data_end: Any) -> dict[str, bool]:
    """Return the checks on what came in, name (of :data:`CHECKS`) → passed. Only the first without orders."""
    results = {"classes_add_up": bool((classes[list(CLASSES)].sum(axis=1) == classes["rows_in"]).all())}
    if totals is None:
        return results
    settled = totals["gross"] + totals["refunds"] + unmatched - totals["net"]
    days = totals["days_net"] + totals["anonymous_net"] - totals["net"]
    return results | {
        "none_after_end": pd.Timestamp(totals["last_day"]).date() <= data_end,
        "no_order_below_zero": totals["lowest_net"] >= 0,
        "refunds_settled": abs(settled) < HALF_CENT,
        "days_add_up": abs(days) < HALF_CENT,
    }


def check_table(results: Mapping[str, bool]) -> Table:
    """Return the checks and whether each passed."""
    words = [f"@data.word.{'passed' if good else 'failed'}" for good in results.values()]
    frame = pd.DataFrame({"check": [f"@data.check.{name}" for name in results], "result": words})
    columns = (Column("check", "data.heading.check"), Column("result", "data.heading.result"))
    return Table("data.checks.table", "data.title.checks", frame, columns, n=len(results))


def say_checks(results: Mapping[str, bool]) -> Finding:
    """Return how many checks passed."""
    numbers = {"passed": Evidence("data.checks.passed", sum(results.values()), "count", n=len(results)),
               "total": Evidence("data.checks.total", len(results), "count", n=len(results))}
    case = "all" if all(results.values()) else "some"
    return Finding("data.checks.finding", f"data.finding.checks.{case}", numbers)


def say_missing(tables: Mapping[str, Any], fill: pd.DataFrame, controlled: bool) -> list[Missing]:
    """Return what cannot be shown: orders, customers in them, a customer list, totals to hold against."""
    missing = []
    filled = fill.set_index(["table", "column"])["filled"]
    if tables.get("orders") is None:
        missing.append(Missing("data.orders.missing", "M1", "orders", "data.measure.orders"))
    elif filled.get(("orders", "customer_id"), 0) == 0:
        missing.append(Missing("data.orders.customer_id.missing", "M1", "orders.customer_id",
                               "data.measure.customers"))
    if tables.get("customers") is None:
        missing.append(Missing("data.customers.missing", "M1", "customers", "data.measure.profile"))
    if not controlled and tables.get("orders") is not None:
        missing.append(Missing("data.control.missing", "M4", "data.control", "data.measure.control"))
    return missing
