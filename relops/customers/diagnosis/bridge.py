"""The revenue bridge: how revenue moved from one window of months to the next, customer by customer."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.diagnosis.cohorts import full_months
from relops.customers.estimates import Estimate, estimate_ratio
from relops.exhibits import Evidence

YEAR_MONTHS = 12
# tried from the longest: only a whole year against a whole year is free of season
WINDOW_MONTHS = (12, 6, 3, 1)
STEPS = ("previous", "lost", "contraction", "expansion", "reactivated", "new", "anonymous", "current")


@dataclass(frozen=True)
class Windows:
    """Two neighbouring windows of ``months`` whole calendar months: first and last day of each.

    ``months_observed`` counts the whole months of the data; ``has_past`` tells whether any of them lies before
    both windows: without it a reactivated customer cannot be told from a new one.
    """

    months: int
    previous: tuple[datetime.date, datetime.date]
    current: tuple[datetime.date, datetime.date]
    months_observed: int
    has_past: bool


@dataclass(frozen=True)
class RevenueBridge:
    """Revenue of the previous window, what moved it, and revenue of the current window.

    ``steps``: step (see :data:`STEPS`), revenue (signed), customers. The first step plus all movements is the
    last. ``net_revenue_retention`` is current over previous revenue of the customers of the previous window.
    """

    windows: Windows
    steps: pd.DataFrame
    net_revenue_retention: Estimate | None

    def revenue(self, step: str) -> float:
        """Return the signed revenue of one step."""
        return float(self.steps.set_index("step").loc[step, "revenue"])

    def customers(self, step: str) -> int:
        """Return the customers behind one step."""
        return int(self.steps.set_index("step").loc[step, "customers"])


@unless_unavailable
def comparison_windows(data_start: datetime.date, data_end: datetime.date) -> Windows:
    """Return the two latest windows of equal length that the data cover whole: twelve months each if they
    can, else six, three or one.

    Raises Unavailable with less than two whole months.
    """
    months = full_months(data_start, data_end)
    for length in WINDOW_MONTHS:
        if len(months) >= 2 * length:
            previous, current = months[-2 * length:-length], months[-length:]
            return Windows(length, _span(previous), _span(current), len(months), data_start < _span(previous)[0])
    raise Unavailable(TOO_LITTLE, "orders.ordered_at", months_found(len(months), 2))


def months_found(found: int, needed: int) -> dict[str, Evidence]:
    """Return the evidence of a history too short: whole months found and needed."""
    return {"found": Evidence("diagnosis.history.months", found, "months"),
            "needed": Evidence("diagnosis.bridge.months_needed", needed, "months", tag="A")}


def _span(months: pd.PeriodIndex) -> tuple[datetime.date, datetime.date]:
    return months[0].start_time.date(), months[-1].end_time.date()


@unless_unavailable
def revenue_bridge(movements: pd.DataFrame, daily: pd.DataFrame, windows: Windows) -> RevenueBridge:
    """Return the bridge from the summaries of movements and days.

    Anonymous orders cannot be followed from customer to customer: their change is one step of its own.
    """
    moved = movements.set_index("movement").reindex(["lost", "kept", "reactivated", "new"]).fillna(0)
    before, now = (daily[daily["day"].between(*map(pd.Timestamp, span))]
                   for span in (windows.previous, windows.current))
    anonymous = now["anonymous_revenue"].sum() - before["anonymous_revenue"].sum()
    kept, customers = moved.loc["kept"], moved["customers"].astype(int)
    revenue = {
        "previous": before["revenue"].sum(), "lost": -moved.loc["lost", "previous"],
        "contraction": kept["contraction"], "expansion": kept["expansion"],
        "reactivated": moved.loc["reactivated", "current"], "new": moved.loc["new", "current"],
        "anonymous": anonymous, "current": now["revenue"].sum(),
    }
    people = {
        "previous": customers["lost"] + customers["kept"], "lost": customers["lost"],
        "contraction": kept["contracting"], "expansion": kept["expanding"],
        "reactivated": customers["reactivated"], "new": customers["new"], "anonymous": 0,
        "current": customers["kept"] + customers["reactivated"] + customers["new"],
    }
    steps = pd.DataFrame({"step": STEPS, "revenue": [float(revenue[step]) for step in STEPS],
                          "customers": [int(people[step]) for step in STEPS]})
    base = moved.loc[["lost", "kept"]].sum()
    retained = None
    if base["previous"] > 0:
        retained = estimate_ratio(int(base["customers"]), float(base["current"]), float(base["previous"]),
                                  float(base["current_squares"]), float(base["previous_squares"]),
                                  float(base["products"]))
    return RevenueBridge(windows, steps, retained)
