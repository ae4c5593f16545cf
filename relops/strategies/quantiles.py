"""The difference of two quantiles, from order statistics: no resampling, no density to estimate.

A quantile lies between two order statistics whose ranks follow from the binomial distribution (Woodruff 1952); their
distance over that of the normal quantiles is its standard error, which adds up over independent arms.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from relops.customers.estimates import Estimate
from relops.strategies.effects import CONTROL, TREATED, Effect

SHOWN = (0.5, 0.75, 0.9, 0.95, 0.99)
FEWEST = 10  # subjects expected on either side of the quantile; below, the ranks run out
MOST_TIED = 1 / 3  # of the subjects around a quantile that may have one and the same value
REACH = 1.959964  # standard errors between the quantile and the order statistics that measure its error


def compare_quantiles(control: np.ndarray, treated: np.ndarray, quantile: float, level: float) -> Effect:
    """Return the difference of a quantile between two arms' outcomes, one value a subject.

    Raises ValueError where an arm has fewer than :data:`FEWEST` subjects on either side of the quantile.
    """
    cells = [np.sort(np.asarray(values, float)) for values in (control, treated)]
    fewest = min(len(cell) for cell in cells) * min(quantile, 1 - quantile)
    if not enough_for(quantile, *cells):
        raise ValueError(f"{fewest:.1f} subjects beyond the quantile {quantile}: {FEWEST} are needed in each arm")
    (before, first), (after, second) = (quantile_of_sorted(cell, quantile) for cell in cells)
    z, error = float(stats.norm.ppf((1 + level) / 2)), math.hypot(first, second)
    own = [_estimate(float(value), z * float(spread), len(cell), level)
           for value, spread, cell in ((before, first, cells[0]), (after, second, cells[1]))]
    effect = _estimate(float(after - before), z * error, len(cells[0]) + len(cells[1]), level)
    # everybody near the quantile has one and the same value, or so many have that ranks tell nothing of its error
    if error == 0 or any(is_tied(cell, quantile) for cell in cells):
        error = 0.0
        effect = Estimate(effect.value, None, None, effect.n, level)
    p = 2 * float(stats.norm.sf(abs(effect.value) / error)) if error > 0 else 1.0
    return Effect("", TREATED, CONTROL, *own, effect, None, p, "order_statistics")


def is_tied(ordered: np.ndarray, quantile: float) -> bool:
    """Whether one value fills so much of the order statistics around a quantile that it jumps from sample to sample."""
    reach = max(REACH * math.sqrt(len(ordered) * quantile * (1 - quantile)), 2.0)
    near = ordered[max(int(quantile * len(ordered) - reach), 0):int(quantile * len(ordered) + reach) + 1]
    return np.unique(near, return_counts=True)[1].max() > MOST_TIED * len(near)


def enough_for(quantile: float, *arms: np.ndarray) -> bool:
    """Whether every arm has enough subjects on either side of a quantile."""
    return min(map(len, arms)) * min(quantile, 1 - quantile) >= FEWEST


def quantile_effects(control: np.ndarray, treated: np.ndarray, level: float) -> pd.DataFrame:
    """Return the differences at the quantiles of :data:`SHOWN` that enough subjects lie beyond and near which not
    everybody has the same value: share, control, treated, effect, low, high."""
    found = {share: compare_quantiles(control, treated, share, level) for share in SHOWN
             if enough_for(share, control, treated)}
    rows = [{"share": share, "control": each.control.value, "treated": each.treated.value,
             "effect": each.effect.value, "low": each.effect.low, "high": each.effect.high}
            for share, each in found.items() if each.effect.low is not None]
    return pd.DataFrame(rows, columns=["share", "control", "treated", "effect", "low", "high"])


def quantile_of_sorted(ordered: np.ndarray, quantile: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the quantile (linear between order statistics) and its standard error along the last axis of sorted
    values."""
    n = ordered.shape[-1]
    spread = REACH * math.sqrt(n * quantile * (1 - quantile))
    low, high = (min(max(quantile * n - 0.5 + side * spread, 0), n - 1) for side in (-1, 1))
    return (_between(ordered, quantile * (n - 1)),
            (_between(ordered, high) - _between(ordered, low)) / (high - low) * spread / REACH)


def _between(ordered: np.ndarray, rank: float) -> np.ndarray:
    """Return what stands at a rank, counted from zero, between two order statistics."""
    below = math.floor(rank)
    above = min(below + 1, ordered.shape[-1] - 1)
    return ordered[..., below] + (rank - below) * (ordered[..., above] - ordered[..., below])


def _estimate(value: float, half: float, n: int, level: float) -> Estimate:
    return Estimate(value, value - half, value + half, n, level)
