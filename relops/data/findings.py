"""What came in, said in sentences, tables and evidence; and what is missing, with its code."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from relops.data.audit import CLASSES, RowReason
from relops.data.profile import COUNTS, DataProfile
from relops.exhibits import Column, Evidence, Finding, Missing, Table
from relops.locale import messages

HALF_CENT = 0.005
ORDERS, REFUNDS = "is_refund = false", "is_refund = true"


def table_label(table: str) -> str:
    """Return the cell that a renderer shows as the table's name."""
    return f"@data.table.{table}"


def column_label(column: str) -> str:
    """Return the cell that a renderer shows as a column's name; the client's own attributes as they are."""
    message = f"data.column.{column}"
    return f"@{message}" if message in messages("data") else column


def intake_exhibits(profile: DataProfile) -> list[Any]:
    """Return where each row landed: the table of classes, a sentence per table, and one on the absent tables.

    The counts exist for every table of the contract; those of absent ones are 0 and stand behind the last.
    """
    classes = profile.classes
    came_in = classes[classes["rows_in"] > 0]
    frame = came_in.assign(label=came_in["table"].map(table_label))
    columns = (Column("label", "data.heading.table"),
               *(Column(name, f"data.heading.{name}", "count", total=True) for name in COUNTS))
    table = Table("data.classes.table", "data.title.classes", frame, columns, n=int(frame["rows_in"].sum()))
    absent = classes[classes["rows_in"] == 0]
    days = [Evidence(f"data.{table}.{name}", day.isoformat(), "date")
            for table, span in profile.audit.spans.items() if table != "orders"
            for name, day in zip(("first_day", "last_day"), span, strict=True)]
    return [table, *map(_say_classes, came_in.to_dict("records")), _say_tables(len(came_in), absent), *days]


def _say_tables(supplied: int, absent: pd.DataFrame) -> Finding:
    total = supplied + len(absent)
    numbers = {"supplied": Evidence("data.tables.supplied", supplied, "count", n=total),
               "total": Evidence("data.tables.total", total, "count", n=total)}
    records = [record for row in absent.to_dict("records") for record in _class_evidence(row).values()]
    zeros = {record.id: record for record in records}
    return Finding("data.tables.finding", "data.finding.tables", numbers | zeros)


def reason_exhibits(profile: DataProfile) -> list[Table]:
    """Return why rows were refused, and which were used with a doubt; no table where there are none."""
    lists = {"refusals": profile.audit.refusals, "warnings": profile.audit.warnings}
    return [_reason_table(name, reasons) for name, reasons in lists.items() if reasons]


def _reason_table(name: str, reasons: tuple[RowReason, ...]) -> Table:
    frame = pd.DataFrame([(table_label(line.table), f"@data.reason.{line.reason}",
                           column_label(line.column) if line.column else "", line.rows) for line in reasons],
                         columns=["table", "reason", "column", "rows"])
    columns = (*(Column(key, f"data.heading.{key}") for key in ("table", "reason", "column")),
               Column("rows", "data.heading.rows", "count", total=True))
    return Table(f"data.{name}.table", f"data.title.{name}", frame, columns, n=int(frame["rows"].sum()))


def file_table(profile: DataProfile) -> Table:
    """Return the files that were read, with their rows and the day of their export."""
    frame = pd.DataFrame([(table_label(line.table), line.file, line.rows, line.exported_at)
                          for line in profile.audit.files], columns=["table", "file", "rows", "exported_at"])
    columns = (Column("table", "data.heading.table"), Column("file", "data.heading.file"),
               Column("rows", "data.heading.rows_in", "count"),
               Column("exported_at", "data.heading.exported_at", "date"))
    return Table("data.files.table", "data.title.files", frame, columns, n=int(frame["rows"].sum()))


def _class_evidence(row: Mapping[str, Any]) -> dict[str, Evidence]:
    return {name: Evidence(f"data.{row['table']}.{name}", int(row[name]), "rows", n=int(row["rows_in"]))
            for name in COUNTS}


def _say_classes(row: Mapping[str, Any]) -> Finding:
    balanced = sum(row[name] for name in CLASSES) == row["rows_in"]
    words = {"table": f"data.table.{row['table']}",
             "balance": f"data.word.{'balanced' if balanced else 'unbalanced'}"}
    return Finding(f"data.{row['table']}.intake.finding", "data.finding.intake", _class_evidence(row), words)


def scope_exhibits(profile: DataProfile, currency: str) -> list[Any]:
    """Return the sentences on period, customers and revenue, on refunds, on anonymous orders; none without
    orders."""
    if profile.totals is None:
        return []
    return [_say_scope(profile, currency), _say_refunds(profile, currency), _say_anonymous(profile.classes)]


def _say_scope(profile: DataProfile, currency: str) -> Finding:
    totals, orders = profile.totals, int(profile.totals["orders"])
    first_day, last_day = profile.audit.spans["orders"]
    customers, months = int(totals["customers"]), int((profile.months["orders"] > 0).sum())
    numbers = {
        "first_day": Evidence("data.orders.first_day", first_day.isoformat(), "date"),
        "last_day": Evidence("data.orders.last_day", last_day.isoformat(), "date"),
        "orders": Evidence("data.orders.orders", orders, "orders", n=orders, filter=ORDERS),
        "months": Evidence("data.orders.months", months, "months", n=orders),
        "gross": Evidence("data.orders.gross", round(totals["gross"], 2), f"money:{currency}", n=orders,
                          filter=ORDERS),
        "customers": Evidence("data.customers.count", customers, "customers", n=customers,
                              filter="@data.filter.purchase_days"),
    }
    return Finding("data.scope.finding", "data.finding.scope", numbers)


def _say_refunds(profile: DataProfile, currency: str) -> Finding:
    money, totals, unmatched = f"money:{currency}", profile.totals, profile.audit.refunds.unmatched
    case = "none" if totals["refunds"] == 0 else "all_matched" if unmatched < HALF_CENT else "unmatched"
    numbers = {
        "refunds": Evidence("data.refunds.total", abs(round(totals["refunds"], 2)), money, filter=REFUNDS),
        "unmatched": Evidence("data.refunds.unmatched", round(unmatched, 2), money, filter=REFUNDS),
        "net": Evidence("data.orders.net", round(totals["net"], 2), money, n=int(totals["orders"])),
    }
    return Finding("data.refunds.finding", f"data.finding.refunds.{case}", numbers)


def _say_anonymous(classes: pd.DataFrame) -> Finding:
    row = classes.set_index("table").loc["orders"]
    landed, anonymous = int(row["rows_used"] + row["rows_merged"]), int(row["rows_anonymous"])
    numbers = {"rows": Evidence("data.orders.rows_anonymous", anonymous, "rows", n=int(row["rows_in"])),
               "share": Evidence("data.orders.anonymous_share", anonymous / landed, "share", n=landed,
                                 filter="@data.filter.landed")}
    case = "none" if anonymous == 0 else "all" if anonymous == landed else "some"
    return Finding("data.anonymous.finding", f"data.finding.anonymous.{case}", numbers)


def month_table(profile: DataProfile, currency: str) -> Table:
    """Return orders, money and customers by month, and the rows left out."""
    money, sums = f"money:{currency}", ("gross", "refunds", "net")
    frame = profile.months.merge(profile.excluded, on="month", how="outer").sort_values("month")
    frame = frame.assign(month=frame["month"].dt.strftime("%Y-%m")).fillna({"rows": 0})
    columns = (Column("month", "data.heading.month"),
               Column("orders", "data.heading.orders", "count", total=True),
               *(Column(name, f"data.heading.{name}", money, total=True) for name in sums),
               Column("customers", "data.heading.customers", "count", people=True),
               Column("rows", "data.heading.rows_excluded", "count", total=True))
    orders = int(profile.months["orders"].sum())
    return Table("data.months.table", "data.title.months", frame, columns, n=orders)


def say_months(profile: DataProfile) -> list[Finding]:
    """Return which whole month has most and which fewest orders; nothing with fewer than two whole months."""
    whole = profile.whole_months()
    if len(whole) < 2:
        return []
    numbers = {}
    for name, place in (("highest", whole["orders"].idxmax()), ("lowest", whole["orders"].idxmin())):
        month, orders = whole.loc[place, "month"].strftime("%Y-%m"), int(whole.loc[place, "orders"])
        numbers[name] = Evidence(f"data.months.{name}", orders, "orders", n=orders)
        numbers[f"{name}_month"] = Evidence(f"data.months.{name}_month", month, "text")
    return [Finding("data.months.finding", "data.finding.months", numbers)]


def fill_exhibits(fill: pd.DataFrame) -> list[Any]:
    """Return how much of each column is filled: a table, and a sentence per contract table.

    The share of each column stands behind the sentence. A client's own attribute whose name does not fit an
    evidence id stands in the table alone.
    """
    filled = fill[fill["rows"] > 0]
    tables = filled.groupby("table", sort=False)
    return [_fill_table(filled), *(_say_fill(str(table), rows) for table, rows in tables)]


def _say_fill(table: str, filled: pd.DataFrame) -> Finding:
    n, gaps = int(filled["rows"].iloc[0]), int((filled["fill"] < 1).sum())
    numbers = {
        "fill": Evidence(f"data.{table}.fill", float(filled["fill"].mean()), "share", n=n),
        "columns": Evidence(f"data.{table}.columns", len(filled), "count", n=n),
        "gaps": Evidence(f"data.{table}.columns_with_gaps", gaps, "count", n=n),
    }
    each = {row.column: Evidence(f"data.{table}.{row.column}.fill", float(row.fill), "share", n=n)
            for row in filled.itertuples() if re.fullmatch(r"[a-z0-9_]+", row.column)}
    case = "gaps" if gaps else "complete"
    return Finding(f"data.{table}.fill.finding", f"data.finding.fill.{case}", each | numbers,
                   {"table": f"data.table.{table}"})


def _fill_table(fill: pd.DataFrame) -> Table:
    frame = fill.assign(table_label=fill["table"].map(table_label),
                        column_label=fill["column"].map(column_label))
    columns = (Column("table_label", "data.heading.table"), Column("column_label", "data.heading.column"),
               Column("rows", "data.heading.records", "count"),
               Column("filled", "data.heading.filled", "count"), Column("fill", "data.heading.fill", "share"))
    return Table("data.fill.table", "data.title.fill", frame, columns, n=int(fill["rows"].sum()))


def say_identity(identity: pd.DataFrame) -> list[Finding]:
    """Return one sentence per table: how many of its customers are found in the other table."""
    findings = []
    for row in identity[identity["customers"] > 0].to_dict("records"):
        table, persons = row["table"], int(row["customers"])
        numbers = {
            "match": Evidence(f"data.{table}.identity_match", float(row["match"]), "share", n=persons,
                              filter=f"@data.filter.found|table={table_label(table)}|"
                                     f"reference={table_label(row['reference'])}"),
            "persons": Evidence(f"data.{table}.persons", persons, "customers", n=persons)}
        words = {"table": f"data.table.{table}", "reference": f"data.table.{row['reference']}"}
        findings.append(Finding(f"data.{table}.identity.finding", "data.finding.identity", numbers, words))
    return findings


def check_results(profile: DataProfile, data_end: datetime.date | None) -> dict[str, bool]:
    """Return the checks on what came in, name (of ``data.check``) → passed. Only the first without orders."""
    classes, totals = profile.classes, profile.totals
    results = {"classes_add_up": bool((classes[list(CLASSES)].sum(axis=1) == classes["rows_in"]).all())}
    if totals is None:
        return results
    settled = totals["gross"] + totals["refunds"] + profile.audit.refunds.unmatched - totals["net"]
    days = totals["days_net"] + totals["anonymous_net"] - totals["net"]
    return results | {
        "none_after_end": pd.Timestamp(totals["last_day"]).date() <= data_end,
        "no_order_below_zero": totals["lowest_net"] >= 0,
        "refunds_settled": abs(settled) < HALF_CENT,
        "days_add_up": abs(days) < HALF_CENT,
    }


def check_exhibits(results: Mapping[str, bool]) -> list[Any]:
    """Return how many checks passed, and which."""
    words = [f"@data.word.{'passed' if good else 'failed'}" for good in results.values()]
    frame = pd.DataFrame({"check": [f"@data.check.{name}" for name in results], "result": words})
    columns = (Column("check", "data.heading.check"), Column("result", "data.heading.result"))
    numbers = {"passed": Evidence("data.checks.passed", sum(results.values()), "count", n=len(results)),
               "total": Evidence("data.checks.total", len(results), "count", n=len(results))}
    case = "all" if all(results.values()) else "some"
    return [Finding("data.checks.finding", f"data.finding.checks.{case}", numbers),
            Table("data.checks.table", "data.title.checks", frame, columns, n=len(results))]


def say_missing(profile: DataProfile, controlled: bool) -> list[Missing]:
    """Return what cannot be shown: orders, customers in them, a customer list, totals to hold against."""
    def missing(name: str, code: str, field: str, measure: str) -> Missing:
        return Missing(f"data.{name}.missing", code, field, f"data.measure.{measure}")

    filled = profile.fill.set_index(["table", "column"])["filled"]
    lacks_customers = "customers" not in set(profile.fill["table"])
    gaps = [missing("customers", "M1", "customers", "profile")] if lacks_customers else []
    if profile.totals is None:
        return [missing("orders", "M1", "orders", "orders"), *gaps]
    if filled.get(("orders", "customer_id"), 0) == 0:
        gaps.append(missing("orders.customer_id", "M1", "orders.customer_id", "customers"))
    if not controlled:
        gaps.append(missing("control", "M4", "data.control", "control"))
    return gaps
