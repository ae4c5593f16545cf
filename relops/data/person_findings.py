"""Who is known, who was joined, what a survey's sheets gave: said in sentences, tables and evidence."""

from __future__ import annotations

import pandas as pd

from relops.data.audit import Audit
from relops.data.findings import table_label
from relops.exhibits import Column, Evidence, Finding, Missing, Table

CELLS = ("answered", "skipped", "blank", "unread")


def known_exhibits(audit: Audit, currency: str) -> list[Finding | Missing | Table]:
    """Return how much of each source can be laid to a customer, how many keys made how many customers, and the
    sources of orders that name nobody (they stay out of every figure per customer)."""
    if not audit.known:
        return []
    frame = pd.DataFrame([vars(line) for line in audit.known]).astype({"money": float, "known_money": float})
    orders = frame[(frame["table"] == "orders") & (frame["records"] > 0)]
    exhibits: list[Finding | Missing | Table] = [] if orders.empty else [_say_known(orders, currency)]
    if audit.identity:
        exhibits.append(_say_joined(audit))
    nobody = orders[orders["known"] == 0] if orders["known"].any() else orders.head(0)
    for place, line in nobody.iterrows():
        name = f"data.identity.source_{place + 1}"
        rows = Evidence(f"{name}.records", int(line["records"]), "orders", n=int(line["records"]))
        exhibits.append(Missing(f"{name}.missing", "M1", "orders.customer_id", "data.measure.customers",
                                {"orders": rows}))
    return [*exhibits, _known_table(frame, currency)]


def _say_known(orders: pd.DataFrame, currency: str) -> Finding:
    n, sales = int(orders["records"].sum()), float(orders["money"].sum())
    known = float(orders["known_money"].fillna(0).sum())
    numbers = {"share": Evidence("data.identity.revenue_share", known / sales if sales else 0.0, "share", n=n,
                                 filter="@data.filter.known"),
               "known": Evidence("data.identity.revenue", round(known, 2), f"money:{currency}", n=n,
                                 filter="@data.filter.known"),
               "sources": Evidence("data.identity.sources", len(orders), "count", n=n),
               "nobody": Evidence("data.identity.sources_without_key", int((orders["known"] == 0).sum()), "count", n=n)}
    case = "without" if (orders["known"] == 0).any() else "all"
    return Finding("data.identity.revenue.finding", f"data.finding.known.{case}", numbers)


def _say_joined(audit: Audit) -> Finding:
    found = audit.identity
    units = {"before": "customers", "after": "customers", "merges": "customers", "held": "count"}
    names = {"before": "customers_before", "after": "customers_after", "merges": "merged", "held": "merges_held"}
    numbers = {name: Evidence(f"data.identity.{names[name]}", getattr(found, name), unit, n=found.before)
               for name, unit in units.items()}
    case = "held" if found.held else "settled"
    return Finding("data.identity.joined.finding", f"data.finding.joined.{case}", numbers)


def _known_table(frame: pd.DataFrame, currency: str) -> Table:
    money = f"money:{currency}"
    shown = frame.assign(label=frame["table"].map(table_label), share=frame["known"] / frame["records"],
                         money_share=frame["known_money"].fillna(0) / frame["money"].where(frame["money"] > 0))
    columns = (Column("label", "data.heading.table"), Column("source", "data.heading.file"),
               Column("records", "data.heading.records", "count", total=True),
               Column("known", "data.heading.known", "count", total=True),
               Column("share", "data.heading.known_share", "share"), Column("money", "data.heading.gross", money),
               Column("money_share", "data.heading.known_money_share", "share"))
    return Table("data.identity.table", "data.title.known", shown, columns, n=int(frame["records"].sum()))


def answer_exhibits(audit: Audit) -> list[Finding | Table]:
    """Return what the cells of wide surveys held, question by question; nothing without such a survey."""
    if not audit.answers:
        return []
    frame = pd.DataFrame([vars(line) for line in audit.answers])
    n = int(frame[list(CELLS)].to_numpy().sum())
    numbers = {name: Evidence(f"data.answers.{name}", int(frame[name].sum()), "count", n=n) for name in CELLS}
    numbers["questions"] = Evidence("data.answers.questions", len(frame), "count", n=n)
    columns = (Column("question", "data.heading.question"),
               *(Column(name, f"data.heading.{name}", "count", total=True) for name in CELLS))
    return [Finding("data.answers.finding", "data.finding.answers", numbers),
            Table("data.answers.table", "data.title.answers", frame, columns, n=n)]
