"""The client's own monthly totals beside ours: a report whose total differs is not believed."""

from __future__ import annotations

import pandas as pd

from relops.data.findings import HALF_CENT
from relops.data.profile import DataProfile
from relops.exhibits import Column, Evidence, Finding, Table

OWN = ["own_orders", "own_sales", "own_refunds"]
# a share of the client's own total beyond which page one says that the two differ
TOLERANCE = 0.005
COVERED = "@data.filter.control_months"


def control_frame(profile: DataProfile) -> pd.DataFrame:
    """Return ours and the client's own totals side by side, for the months the client gave.

    Columns: month, own_orders, own_sales, own_refunds (the client's), orders, gross, refunds (ours; refunds
    positive), net, covered (the data hold the month from its first day to its last), and of each pair the difference
    (ours less theirs: orders_difference, difference, refunds_difference) and share (difference / own_sales).
    """
    lines = [(pd.Timestamp(line.month), line.orders, line.sales, line.refunds) for line in profile.audit.control]
    own = pd.DataFrame(lines, columns=["month", *OWN]).astype({"month": "datetime64[s]"})
    own[OWN] = own[OWN].astype(float)
    ours = profile.months[["month", "orders", "gross", "refunds", "net"]]
    frame = own.merge(ours, on="month", how="left").fillna({"orders": 0, "gross": 0, "refunds": 0, "net": 0})
    frame["refunds"] = -frame["refunds"] + 0.0
    first_day, last_day = profile.audit.spans["orders"]
    start = pd.Timestamp(profile.audit.data_start or first_day)
    end = pd.Timestamp(profile.audit.data_end or last_day)
    difference = frame["gross"] - frame["own_sales"]
    return frame.assign(
        covered=(frame["month"] >= start) & (frame["month"] + pd.offsets.MonthEnd() <= end), difference=difference,
        share=difference / frame["own_sales"].where(frame["own_sales"] > 0),
        orders_difference=frame["orders"] - frame["own_orders"],
        refunds_difference=frame["refunds"] - frame["own_refunds"])


def control_table(frame: pd.DataFrame, currency: str) -> Table:
    """Return the client's own monthly totals beside ours; months that the data hold in part are marked."""
    money = f"money:{currency}"
    word = frame["covered"].map({True: "@data.word.whole_month", False: "@data.word.part_month"})
    shown = frame.assign(month=frame["month"].dt.strftime("%Y-%m"), whole=word)
    columns = (Column("month", "data.heading.month"), Column("whole", "data.heading.whole"),
               Column("orders", "data.heading.orders", "count"),
               Column("own_orders", "data.heading.own_orders", "count"),
               Column("gross", "data.heading.gross", money),
               Column("own_sales", "data.heading.own_sales", money),
               Column("difference", "data.heading.difference", money),
               Column("share", "data.heading.difference_share", "share"),
               Column("refunds", "data.heading.refunds", money),
               Column("own_refunds", "data.heading.own_refunds", money),
               Column("refunds_difference", "data.heading.refunds_difference", money))
    return Table("data.control.table", "data.title.control", shown, columns, n=int(frame["orders"].sum()))


def control_exhibits(profile: DataProfile, currency: str) -> list[Finding | Table]:
    """Return by how much orders, revenue and refunds differ from the client's own, and the table; nothing without
    totals of the client's or without orders of ours."""
    if not profile.audit.control or profile.totals is None:
        return []
    frame = control_frame(profile)
    said = [say_control(frame, currency)] if (frame["covered"] & frame["own_sales"].notna()).any() else []
    return [*said, *_say_others(frame, currency), control_table(frame, currency)]


def say_control(frame: pd.DataFrame, currency: str) -> Finding:
    """Return by how much revenue differs from the client's own, in money and as a share, and what that means.

    Months count that the data hold whole. Totals agree to the cent, or within :data:`TOLERANCE`, or differ; where
    revenue after refunds agrees instead, or single months differ although the sum does not, that is said.
    """
    compared = frame[frame["covered"]].dropna(subset=["own_sales"])
    ours, theirs, net = (float(compared[name].sum()) for name in ("gross", "own_sales", "net"))
    share = (ours - theirs) / theirs if theirs else float(ours != theirs)
    worst = compared.loc[compared["share"].abs().fillna(0).idxmax()]
    money = f"money:{currency}"
    numbers = {"months": _record("months", len(compared), "months"), "ours": _record("ours", round(ours, 2), money),
               "theirs": _record("theirs", round(theirs, 2), money),
               "difference": _record("difference", round(ours - theirs, 2), money),
               "share": _record("difference_share", share, "share"),
               "worst_month": _record("worst_month", worst["month"].strftime("%Y-%m"), "text"),
               "worst_share": _record("worst_share", float(worst["share"] if pd.notna(worst["share"]) else 0), "share")}
    exact = bool((compared["difference"].abs() < HALF_CENT).all())
    verdict = "agrees" if exact else "net_agrees" if abs(share) > TOLERANCE >= abs(net - theirs) / max(theirs, 1e-9) \
        else "differs" if abs(share) > TOLERANCE \
        else "months_differ" if abs(numbers["worst_share"].value) > TOLERANCE else "close"
    return Finding("data.control.finding", "data.finding.control", numbers, {"verdict": f"data.word.{verdict}"})


def _record(name: str, value: float | str, unit: str) -> Evidence:
    # totals side by side: no rate of persons, which few of them would hide
    return Evidence(f"data.control.{name}", value, unit, filter=COVERED)


def _say_others(frame: pd.DataFrame, currency: str) -> list[Finding]:
    """Return the differences in orders and in refunds, where the client gave them."""
    findings = []
    for name, own, unit in (("orders", "own_orders", "orders"), ("refunds", "own_refunds", f"money:{currency}")):
        compared = frame[frame["covered"]].dropna(subset=[own])
        if compared.empty:
            continue
        ours, theirs = (round(float(compared[column].sum()), 2) for column in (name, own))
        values = {"ours": ours, "theirs": theirs, "difference": round(ours - theirs, 2)}
        numbers = {key: _record(f"{name}_{key}", int(value) if name == "orders" else value, unit)
                   for key, value in values.items()}
        findings.append(Finding(f"data.control.{name}.finding", f"data.finding.control_{name}", numbers))
    return findings
