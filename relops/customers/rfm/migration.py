"""How customers moved between the groups from one day to another, both sorted by the same rulers."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import beta

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.estimates import LEVEL
from relops.customers.rfm.groups import GROUPS
from relops.exhibits import Evidence

NEWCOMER = "new"
ORIGINS = (*GROUPS, NEWCOMER)
# Jeffreys' prior: half a customer in every cell
PRIOR = 0.5
SPANS_MONTHS = (12, 6, 3)


@dataclass(frozen=True)
class Migration:
    """Moves between the groups of two days.

    ``cells``: origin (a group, or ``new``: no purchase by the earlier day), destination, customers, share (of the
    origin) with low and high: marginals of the Dirichlet posterior under Jeffreys' prior.
    """

    earlier: datetime.date
    later: datetime.date
    months: int
    cells: pd.DataFrame

    def cell(self, origin: str, destination: str) -> pd.Series:
        """Return one cell."""
        return self.cells.set_index(["origin", "destination"]).loc[(origin, destination)]


@unless_unavailable
def earlier_day(data_start: datetime.date, data_end: datetime.date) -> tuple[datetime.date, int]:
    """Return the day to compare with and how many months it lies back: a year if as much lies before it, else six or
    three months. Raises Unavailable (M2) where not even three months lie on either side."""
    end = pd.Timestamp(data_end)
    for months in SPANS_MONTHS:
        day = (end - pd.DateOffset(months=months)).date()
        if (pd.Timestamp(day) - pd.DateOffset(months=months)).date() >= data_start:
            return day, months
    days = (data_end - data_start).days + 1
    raise Unavailable(TOO_LITTLE, "orders.ordered_at", {
        "found": Evidence("rfm.migration.days", days, "days"),
        "needed": Evidence("rfm.migration.months_needed", 2 * SPANS_MONTHS[-1], "months", tag="A")})


@unless_unavailable
def migration(moves: pd.DataFrame, day: tuple[datetime.date, int], data_end: datetime.date) -> Migration:
    """Return the migration matrix from the summary of moves; every pair of groups is in it."""
    grid = pd.MultiIndex.from_product([ORIGINS, GROUPS], names=["origin", "destination"])
    cells = moves.set_index(["origin", "destination"])["customers"].reindex(grid, fill_value=0).reset_index()
    total = cells.groupby("origin")["customers"].transform("sum")
    cells["of"] = total
    cells["share"] = cells["customers"] / total.where(total > 0)
    own, others = cells["customers"] + PRIOR, total - cells["customers"] + PRIOR * (len(GROUPS) - 1)
    for key, tail in (("low", (1 - LEVEL) / 2), ("high", (1 + LEVEL) / 2)):
        cells[key] = np.where(total > 0, beta.ppf(tail, own, others), np.nan)
    # a cell nobody is in, or everybody, is bounded by what was seen
    cells.loc[cells["customers"] == 0, "low"] = np.where(total[cells["customers"] == 0] > 0, 0.0, np.nan)
    cells.loc[(cells["customers"] == total) & (total > 0), "high"] = 1.0
    return Migration(day[0], data_end, day[1], cells)
