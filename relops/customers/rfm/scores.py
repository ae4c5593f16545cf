"""RFM scores by cut points that never part equal customers.

Recency, frequency and monetary value after Hughes (1994).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.availability import Unavailable
from relops.customers.estimates import weighted_quantile
from relops.customers.rfm.groups import GroupRules
from relops.errors import BadInput, Problem

LEAST_BINS, MOST_BINS = 2, 10
SCORES = ("recency", "frequency", "monetary")


@dataclass(frozen=True)
class CutPoints:
    """Cut points between the scores 1 to ``bins`` for each letter, ascending; ``source`` is lock or data."""

    bins: int
    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]
    source: str


@unless_unavailable
def cut_points(histories: pd.DataFrame, totals: pd.DataFrame, bins: int,
               settings: Mapping[str, Any]) -> CutPoints:
    """Return the cut points of the scores: the frozen ones where the lock holds as many, else quantiles
    (linear) of the customers' recency, purchase days and revenue.

    Where many customers are equal, cut points coincide and the scores between them stay empty. Raises
    BadInput when ``bins`` is out of range.
    """
    if not LEAST_BINS <= bins <= MOST_BINS:
        raise BadInput(Problem("customers.bins", "03_rfm_segments", {"bins": bins, "least": LEAST_BINS,
                                                                     "most": MOST_BINS}))
    frozen = {letter: settings.get(f"rfm.{letter}_cuts") for letter in SCORES}
    if all(cuts is not None and len(cuts) == bins - 1 for cuts in frozen.values()):
        return CutPoints(bins, *(tuple(map(float, frozen[letter])) for letter in SCORES), source="lock")
    columns = {"recency": histories.groupby("recency_days")["customers"].sum(),
               "frequency": histories.groupby("purchase_days")["customers"].sum(),
               "monetary": totals.set_index("revenue")["customers"]}
    cuts = {letter: tuple(weighted_quantile(column.index.to_numpy(), column.to_numpy(), step / bins)
                          for step in range(1, bins)) for letter, column in columns.items()}
    return CutPoints(bins, **cuts, source="data")


def rulers_to_freeze(rules: GroupRules | Unavailable, cuts: CutPoints | Unavailable) -> dict[str, Any]:
    """Return the rulers in force, name → value, for ``settings.lock``; nothing for those that could not be
    set."""
    rulers: dict[str, Any] = {}
    if isinstance(rules, GroupRules):
        rulers |= {"rfm.f_star": rules.f_star, "rfm.r1_days": rules.r1_days, "rfm.r2_days": rules.r2_days}
    if isinstance(cuts, CutPoints):
        rulers |= {f"rfm.{letter}_cuts": list(getattr(cuts, letter)) for letter in SCORES}
    return rulers


def score(values: np.ndarray, cuts: tuple[float, ...], *, low_is_good: bool = False) -> np.ndarray:
    """Return scores from 1: one more than the number of cut points a value lies beyond (above, or below where
    ``low_is_good``). Equal values get equal scores."""
    if low_is_good:
        return 1 + len(cuts) - np.searchsorted(cuts, values, side="right")
    return 1 + np.searchsorted(cuts, values, side="left")


@unless_unavailable
def score_table(scores: pd.DataFrame, cuts: CutPoints) -> pd.DataFrame:
    """Return one row per score 1..bins: score, and for each letter how many customers hold it
    (recency_customers, frequency_customers, monetary_customers)."""
    frame = pd.DataFrame({"score": range(1, cuts.bins + 1)})
    for letter in SCORES:
        counted = scores.groupby(f"{letter}_score")["customers"].sum()
        frame[f"{letter}_customers"] = frame["score"].map(counted).fillna(0).astype(int)
    return frame
