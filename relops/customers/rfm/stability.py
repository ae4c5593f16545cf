"""How stable scores are: customers are drawn again with replacement, cut points set anew, and scores compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.estimates import LEVEL, weighted_quantile
from relops.customers.rfm.scores import SCORES, CutPoints, CutRules, score

REPLICATES = 200
# beyond so many distinct values of a letter, values are merged to three significant digits before drawing
MOST_DISTINCT = 20_000


@dataclass(frozen=True)
class Stability:
    """``letters``: letter, unchanged (mean share of customers whose score is the same under redrawn cut points), low
    and high (the middle 95 % of the draws). ``cuts``: letter, place (1 = lowest cut), cut, low, high."""

    replicates: int
    customers: int
    letters: pd.DataFrame
    cuts: pd.DataFrame


@unless_unavailable
def score_stability(histories: pd.DataFrame, totals: pd.DataFrame, cuts: CutPoints, wanted: CutRules, seed: int,
                    replicates: int = REPLICATES) -> Stability:
    """Return how far scores hang on the very customers drawn. Letters whose cut points are fixed stay as they are.

    The draws are multinomial over distinct values (Efron 1979), seeded by ``seed``.
    """
    generator = np.random.default_rng(seed)
    columns = {"recency": histories.groupby("recency_days")["customers"].sum(),
               "frequency": histories.groupby("purchase_days")["customers"].sum(),
               "monetary": totals.groupby("revenue")["customers"].sum()}
    letters, points = [], []
    for letter in SCORES:
        counted = _merged(columns[letter].sort_index())
        values, weights = counted.index.to_numpy(dtype=float), counted.to_numpy(dtype=np.int64)
        n, own = int(weights.sum()), np.array(getattr(cuts, letter))
        draws = np.tile(own, (replicates, 1))
        if letter not in wanted.given:
            draws = np.array([[weighted_quantile(values, drawn, share) for share in wanted.shares]
                              for drawn in generator.multinomial(n, weights / n, size=replicates)])
        is_recency = letter == "recency"
        today = score(values, tuple(own), low_is_good=is_recency)
        same = [weights[score(values, tuple(drawn), low_is_good=is_recency) == today].sum() / n for drawn in draws]
        tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        letters.append((letter, float(np.mean(same)), *np.quantile(same, tails)))
        points += [(letter, place + 1, float(own[place]), *np.quantile(draws[:, place], tails))
                   for place in range(len(own))]
    return Stability(replicates, int(histories["customers"].sum()),
                     pd.DataFrame(letters, columns=["letter", "unchanged", "low", "high"]),
                     pd.DataFrame(points, columns=["letter", "place", "cut", "low", "high"]))


def _merged(counted: pd.Series) -> pd.Series:
    if len(counted) <= MOST_DISTINCT:
        return counted
    values = counted.index.to_numpy(dtype=float)
    size = 10.0 ** (np.floor(np.log10(np.abs(np.where(values == 0, 1, values)))) - 2)
    return counted.groupby(np.round(values / size) * size).sum()
