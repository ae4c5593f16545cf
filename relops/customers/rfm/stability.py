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
                    by_cell: pd.DataFrame | None = None, replicates: int = REPLICATES) -> Stability:
    """Return how far scores hang on the very customers drawn. Letters whose cut points are fixed stay as they are.

    Where F and M are cut within the scores before them, customers are redrawn within each cell of ``by_cell`` (revenue
    and customers by recency_score and frequency_score), and the cut points of the cells are not listed. The draws are
    multinomial over distinct values (Efron 1979), seeded by ``seed``.
    """
    generator = np.random.default_rng(seed)
    parts = _nested_parts(histories, by_cell, cuts) if cuts.nested and by_cell is not None else {}
    whole = {"recency": histories.groupby("recency_days")["customers"].sum(),
             "frequency": histories.groupby("purchase_days")["customers"].sum(),
             "monetary": totals.groupby("revenue")["customers"].sum()}
    letters, points = [], []
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    for letter in SCORES:
        cells = parts.get(letter) or [(whole[letter], getattr(cuts, letter))]
        redrawn = [_redrawn(counted, own, () if letter in wanted.given else wanted.shares, generator, replicates,
                            low_is_good=letter == "recency") for counted, own in cells]
        same = np.sum([same for same, _ in redrawn], axis=0) / sum(counted.sum() for counted, _ in cells)
        letters.append((letter, float(np.mean(same)), *np.quantile(same, tails)))
        if letter not in parts:
            draws, own = redrawn[0][1], cells[0][1]
            points += [(letter, place + 1, float(own[place]), *np.quantile(draws[:, place], tails))
                       for place in range(len(own))]
    return Stability(replicates, int(histories["customers"].sum()),
                     pd.DataFrame(letters, columns=["letter", "unchanged", "low", "high"]),
                     pd.DataFrame(points, columns=["letter", "place", "cut", "low", "high"]))


def _nested_parts(histories: pd.DataFrame, by_cell: pd.DataFrame, cuts: CutPoints
                  ) -> dict[str, list[tuple[pd.Series, tuple[float, ...]]]]:
    """Return of F and M the customers by value of each cell, with the cell's cut points."""
    scored = histories.assign(score=score(histories["recency_days"].to_numpy(), cuts.recency, low_is_good=True))
    frequency = [(part.groupby("purchase_days")["customers"].sum(), cuts.nested_frequency[int(own)])
                 for own, part in scored.groupby("score")]
    monetary = [(part.groupby("revenue")["customers"].sum(), cuts.nested_monetary[int(r), int(f)])
                for (r, f), part in by_cell.groupby(["recency_score", "frequency_score"])]
    return {"frequency": frequency, "monetary": monetary}


def _redrawn(counted: pd.Series, cut: tuple[float, ...], shares: tuple[float, ...], generator: np.random.Generator,
             replicates: int, *, low_is_good: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return of each drawing how many customers keep their score, and its cut points; without ``shares`` these are
    fixed."""
    counted = _merged(counted.sort_index())
    values, weights = counted.index.to_numpy(dtype=float), counted.to_numpy(dtype=np.int64)
    draws = np.tile(np.array(cut), (replicates, 1))
    if shares:
        draws = np.array([[weighted_quantile(values, drawn, share) for share in shares]
                          for drawn in generator.multinomial(weights.sum(), weights / weights.sum(), size=replicates)])
    today = score(values, tuple(cut), low_is_good=low_is_good)
    same = np.array([weights[score(values, tuple(drawn), low_is_good=low_is_good) == today].sum() for drawn in draws])
    return same, draws


def _merged(counted: pd.Series) -> pd.Series:
    if len(counted) <= MOST_DISTINCT:
        return counted
    values = counted.index.to_numpy(dtype=float)
    size = 10.0 ** (np.floor(np.log10(np.abs(np.where(values == 0, 1, values)))) - 2)
    return counted.groupby(np.round(values / size) * size).sum()
