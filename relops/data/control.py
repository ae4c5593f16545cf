"""The client's own monthly totals beside ours: a report whose total differs is not believed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from relops.data.findings import HALF_CENT
from relops.exhibits import Column, Evidence, Finding, Table

OWN = ["own_orders", "own_sales", "own_refunds"]


def control_frame(months: pd.DataFrame, control: Iterable[Any]) -> pd.DataFrame:
    """Return ours and the client's own totals side by side, for the months the client gave.

    Columns: month, own_orders, own_sales, own_refunds (the client's), orders, gross, refunds (ours, from
    :func:`relops.data.profile.month_summary`), difference (gross less own_sales).
    """
    lines = [(pd.Timestamp(line.month), line.orders, line.sales, line.refunds) for line in control]
    own = pd.DataFrame(lines, columns=["month", *OWN]).astype({"month": "datetime64[s]"})
    own[OWN] = own[OWN].astype(float)
    frame = own.merge(months, on="month", how="left").fillna({"orders": 0, "gross": 0, "refunds": 0})
    return frame.assign(difference=frame["gross"] - frame["own_sales"])


def control_table(frame: pd.DataFrame, currency: str) -> Table:
    """Return the client's own monthly totals beside ours."""
    money = f"money:{currency}"
    shown = frame.assign(month=frame["month"].dt.strftime("%Y-%m"))
    columns = (Column("month", "data.heading.month"), Column("orders", "data.heading.orders", "count"),
               Column("own_orders", "data.heading.own_orders", "count"),
               Column("gross", "data.heading.gross", money),
               Column("own_sales", "data.heading.own_sales", money),
               Column("difference", "data.heading.difference", money),
               Column("refunds", "data.heading.refunds", money),
               Column("own_refunds", "data.heading.own_refunds", money))
    return Table("data.control.table", "data.title.control", shown, columns, n=int(frame["orders"].sum()))


def say_control(frame: pd.DataFrame, currency: str) -> Finding:
    """Return by how much revenue differs from the client's own totals, and whether it agrees."""
    compared = frame.dropna(subset=["own_sales"])
    difference = float(compared["difference"].sum())
    exact = bool((compared["difference"].abs() < HALF_CENT).all())
    numbers = {
        "months": Evidence("data.control.months", len(compared), "months", n=len(compared)),
        "difference": Evidence("data.control.difference", round(difference, 2), f"money:{currency}",
                               n=len(compared), filter="months with the client's own totals")}
    return Finding("data.control.finding", "data.finding.control", numbers,
                   {"verdict": f"data.word.{'agrees' if exact else 'differs'}"})
