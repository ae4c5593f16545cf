"""RFM scores by cut points that never part equal customers.

Recency, frequency and monetary value after Hughes (1994).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.demands import require_ascending, require_known
from relops.customers.estimates import weighted_quantile
from relops.customers.rfm.groups import GroupRules
from relops.errors import BadInput, Problem

LEAST_BINS, MOST_BINS = 2, 10
SCORES = ("recency", "frequency", "monetary")
BINNINGS = ("independent", "nested")
PLACE = "03_rfm_segments"


@dataclass(frozen=True)
class CutRules:
    """How cut points are to be set. ``shares``: the quantiles of the customers; ``given``: letter → cut points that are
    fixed instead; ``nested``: F is cut anew within each R, M within each pair of R and F."""

    shares: tuple[float, ...]
    given: Mapping[str, tuple[float, ...]]
    nested: bool = False

    @property
    def bins(self) -> int:
        """How many scores each letter has."""
        return len(self.shares) + 1


@dataclass(frozen=True)
class CutPoints:
    """Cut points between the scores 1 to ``bins`` for each letter, ascending; ``source`` is lock, data, or brief where
    the analyst fixed any. ``nested_frequency`` holds those of F by score of R and ``nested_monetary`` those of M by
    scores of R and F, None with independent binning."""

    bins: int
    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]
    source: str
    nested_frequency: Mapping[int, tuple[float, ...]] | None = None
    nested_monetary: Mapping[tuple[int, int], tuple[float, ...]] | None = None
    shares: tuple[float, ...] = ()

    @property
    def nested(self) -> bool:
        """Whether F and M are cut within the scores before them."""
        return self.nested_frequency is not None


def cut_rules(bins: int, *, binning: str = BINNINGS[0], shares: str = "", recency: str = "", frequency: str = "",
              monetary: str = "") -> CutRules:
    """Return how cut points are set, from a notebook's parameters: ``bins`` equal shares of the customers, or the
    ``shares`` listed (ascending fractions); cut points listed for a letter are fixed.

    Raises BadInput with all problems at once.
    """
    problems, given = [], {}
    whole = isinstance(bins, int | float) and LEAST_BINS <= bins <= MOST_BINS and bins == int(bins)
    if not whole:
        problems.append(Problem("customers.bins", PLACE, {"bins": bins, "least": LEAST_BINS, "most": MOST_BINS}))
    if binning not in BINNINGS:
        problems.append(Problem("customers.binning", f"{PLACE}.binning", {
            "binning": repr(binning), "allowed": ", ".join(BINNINGS)}))
    quantiles = equal_shares(int(bins)) if whole else ()
    if shares.strip():
        quantiles = _numbers(shares)
        if not quantiles or not quantiles[0] > 0 or not quantiles[-1] < 1 or len(quantiles) >= MOST_BINS \
                or any(left >= right for left, right in pairwise(quantiles)):
            problems.append(Problem("customers.shares", f"{PLACE}.shares", {"shares": repr(shares)}))
    for letter, listed in zip(SCORES, (recency, frequency, monetary), strict=True):
        if not listed.strip():
            continue
        given[letter] = _numbers(listed)
        if len(given[letter]) != len(quantiles) or any(a > b for a, b in pairwise(given[letter])):
            problems.append(Problem("customers.cuts", f"{PLACE}.{letter}_cuts", {
                "cuts": repr(listed), "needed": len(quantiles)}))
    if binning == BINNINGS[1] and (fixed := [letter for letter in SCORES[1:] if letter in given]):
        problems.append(Problem("customers.nested_cuts", f"{PLACE}.binning", {
            "binning": binning, "fixed": ", ".join(f"{letter}_cuts" for letter in fixed)}))
    if problems:
        raise BadInput(problems)
    return CutRules(quantiles, given, binning == BINNINGS[1])


def equal_shares(bins: int) -> tuple[float, ...]:
    """Return the quantiles that cut customers into so many equal parts."""
    return tuple(step / bins for step in range(1, bins))


def _numbers(listed: str) -> tuple[float, ...]:
    """The numbers of a list with commas; none where any part is no finite number."""
    try:
        numbers = tuple(float(part) for part in listed.replace("\uff0c", ",").split(","))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


@unless_unavailable
def cut_points(histories: pd.DataFrame, totals: pd.DataFrame, wanted: CutRules,
               settings: Mapping[str, Any]) -> CutPoints:
    """Return the cut points of the scores: those given, else the frozen ones where the lock holds those shares, else
    quantiles (linear) of the customers' recency, purchase days and revenue.

    Where many customers are equal, cut points coincide and the scores between them stay empty. Raises Unavailable
    (M2) without any customer.
    """
    if histories.empty:
        raise Unavailable(TOO_LITTLE, "orders.customer_id")
    columns = {"recency": histories.groupby("recency_days")["customers"].sum(),
               "frequency": histories.groupby("purchase_days")["customers"].sum(),
               "monetary": totals.set_index("revenue")["customers"]}
    frozen = {letter: settings.get(f"rfm.{letter}_cuts") for letter in SCORES}
    shares = tuple(settings.get("rfm.cut_shares") or equal_shares(len(wanted.shares) + 1))
    is_frozen = shares == wanted.shares and all(
        cuts is not None and len(cuts) == len(wanted.shares) for cuts in frozen.values())
    cuts = {}
    for letter, column in columns.items():
        if letter in wanted.given:
            cuts[letter] = tuple(wanted.given[letter])
        elif is_frozen:
            cuts[letter] = tuple(map(float, frozen[letter]))
        else:
            cuts[letter] = _quantiles(column, wanted.shares)
    source = "brief" if wanted.given else "lock" if is_frozen else "data"
    return CutPoints(wanted.bins, **cuts, source=source, shares=wanted.shares)


def _quantiles(counted: pd.Series, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of the values in the index, which occur as often as the series says."""
    counted = counted.sort_index()
    return tuple(weighted_quantile(counted.index.to_numpy(), counted.to_numpy(), share) for share in shares)


@unless_unavailable
def nest_frequency(cuts: CutPoints, histories: pd.DataFrame, wanted: CutRules,
                   settings: Mapping[str, Any]) -> CutPoints:
    """Return the cut points with F cut anew within each score of R, frozen ones first; unchanged where binning is
    independent."""
    if not wanted.nested:
        return cuts
    scored = histories.assign(score=score(histories["recency_days"].to_numpy(), cuts.recency, low_is_good=True))
    found = {int(own): _quantiles(part.groupby("purchase_days")["customers"].sum(), wanted.shares)
             for own, part in scored.groupby("score")}
    frozen = _frozen_cells(settings.get("rfm.nested_frequency_cuts"), 1, wanted)
    return replace(cuts, nested_frequency=found | {own: points for (own,), points in frozen.items()})


@unless_unavailable
def nest_monetary(cuts: CutPoints, totals_by_cell: pd.DataFrame, wanted: CutRules,
                  settings: Mapping[str, Any]) -> CutPoints:
    """Return the cut points with M cut anew within each pair of R and F, frozen ones first; unchanged where binning is
    independent."""
    if not wanted.nested:
        return cuts
    cells = totals_by_cell.groupby(["recency_score", "frequency_score"])
    found = {(int(r), int(f)): _quantiles(part.set_index("revenue")["customers"], wanted.shares)
             for (r, f), part in cells}
    return replace(cuts, nested_monetary=found | _frozen_cells(settings.get("rfm.nested_monetary_cuts"), 2, wanted))


def _frozen_cells(rows: Any, keys: int, wanted: CutRules) -> dict[tuple[int, ...], tuple[float, ...]]:
    """The cut points by cell that the lock holds: rows of ``keys`` scores and as many cut points as are wanted."""
    return {tuple(map(int, row[:keys])): tuple(map(float, row[keys:])) for row in rows or ()
            if len(row) == keys + len(wanted.shares)}


def rulers_to_freeze(rules: GroupRules | Unavailable, cuts: CutPoints | Unavailable) -> dict[str, Any]:
    """Return the rulers in force, name → value, for ``settings.lock``; nothing for those that could not be
    set."""
    rulers: dict[str, Any] = {}
    if isinstance(rules, GroupRules):
        rulers |= {"rfm.f_star": rules.f_star, "rfm.r1_days": rules.r1_days, "rfm.r2_days": rules.r2_days}
    if isinstance(cuts, CutPoints):
        rulers |= {f"rfm.{letter}_cuts": list(getattr(cuts, letter)) for letter in SCORES}
        if cuts.shares != equal_shares(cuts.bins):  # equal ones need no word
            rulers["rfm.cut_shares"] = list(cuts.shares)
        if cuts.nested:
            rulers |= {"rfm.nested_frequency_cuts": [[own, *points] for own, points in
                                                     sorted(cuts.nested_frequency.items())],
                       "rfm.nested_monetary_cuts": [[*own, *points] for own, points in
                                                    sorted((cuts.nested_monetary or {}).items())]}
    return rulers


def score(values: np.ndarray, cuts: tuple[float, ...], *, low_is_good: bool = False) -> np.ndarray:
    """Return scores from 1: one more than the number of cut points a value lies beyond (above, or below where
    ``low_is_good``). Equal values get equal scores. Raises BadInput on a missing value: it is no highest one, and on
    cut points that do not ascend."""
    require_known(values, "score")
    require_ascending(cuts, "score")
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
