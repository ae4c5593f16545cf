"""The randomisation test of a difference in means, and the interval that it does not reject.

Where few subjects in the smaller arm spent anything, Welch's test rejects too often, and in the direction that praises
the campaign. Drawing the arms anew among the same subjects needs no normal distribution: Fisher (1935), with the
interval by inversion under a constant effect (Ernst 2004). Only subjects with a value other than zero are drawn; the
zeros follow by their number.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import beta

from relops.customers.estimates import Estimate

FEW = 200  # subjects with a value other than zero in the smaller arm, below which Welch is not to be trusted
# skewness of a difference in means; beyond, Welch's test rejects 1.2 times as often as it should, far out twice
MOST_SKEW = 0.1
ROWS = 4_000_000  # draws held at once


def randomisation_test(control: np.ndarray, treated: np.ndarray, level: float, draws: int,
                       seed: int) -> tuple[Estimate, float, Estimate | None]:
    """Return the difference in means with the interval of the test, its two-sided p, and the change relative to the
    control's mean with all factors that the test does not reject were everyone's value multiplied by one (None where
    values are negative or the control has none).

    The p counts the drawing that happened among the draws, so that it never says less than it may; a level that so few
    draws cannot speak of has no bounds. Raises ValueError without two subjects in each arm, and on missing
    values.
    """
    control, treated = np.asarray(control, float), np.asarray(treated, float)
    if np.isnan(control).any() or np.isnan(treated).any():
        raise ValueError("a value is missing: leave out who bears none")
    if min(len(control), len(treated)) < 2:
        raise ValueError(f"{len(control)} and {len(treated)} subjects: a test needs two in each arm")
    observed, n = float(treated.mean() - control.mean()), len(control) + len(treated)
    anew, overlap, moved = _draw(control, treated, draws, np.random.default_rng(seed))
    p = (1 + np.count_nonzero(np.abs(anew) >= abs(observed) * (1 - 1e-12))) / (draws + 1)
    low, high = _inverted(observed, anew, overlap, 1 - level)
    if not (np.isfinite(low) and np.isfinite(high)):
        low = high = None
    relative = None
    if min(control.min(), treated.min()) >= 0 and control.sum() > 0:
        below, above = _factors(*moved, 1 - level)
        if np.isfinite(above):
            relative = Estimate(float(treated.mean() / control.mean()) - 1, below - 1, above - 1, n, level)
    return Estimate(observed, low, high, n, level), float(p), relative


def differences_anew(control: np.ndarray, treated: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the difference in means of each of ``draws`` drawings of the arms among the same subjects."""
    return _draw(np.asarray(control, float), np.asarray(treated, float), draws, rng)[0]


def is_lopsided(skewness: float, one: int, other: int) -> bool:
    """Whether arms so unequal of an outcome so skew make Welch's test wrong: the skewness of a difference in means
    decides how unevenly it errs on its two sides, and that of equal arms is none (Hall 1992)."""
    unequal = abs(1 / one**2 - 1 / other**2) / (1 / one + 1 / other) ** 1.5
    return abs(skewness) * unequal > MOST_SKEW


def is_sparse(some: float, smallest: float) -> bool:
    """Whether so few subjects of the smallest arm have a value at all that Welch's test is not to be trusted."""
    return some < min(FEW, smallest / 2)


def p_value_interval(p: float, draws: int, level: float = 0.99) -> tuple[float, float]:
    """Return the bounds of a p value estimated by ``draws`` (Clopper & Pearson 1934)."""
    hits = round(p * (draws + 1)) - 1
    low = 0.0 if hits == 0 else beta.ppf((1 - level) / 2, hits, draws - hits + 1)
    high = 1.0 if hits >= draws else beta.ppf((1 + level) / 2, hits + 1, draws - hits)
    return float(low), float(high)


def _draw(control: np.ndarray, treated: np.ndarray, draws: int,
          rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return, for each new drawing of the arms, the difference in means of the outcome and of "was treated", and what
    was spent by those who leave the treated and by those who come to them from the control."""
    n0, n1 = len(control), len(treated)
    spent = np.concatenate([treated[treated != 0], control[control != 0]])
    own = np.concatenate([np.ones(np.count_nonzero(treated)), np.zeros(np.count_nonzero(control))])
    zeros0, zeros1 = n0 - np.count_nonzero(control), n1 - np.count_nonzero(treated)
    differences, overlaps, left, came = [], [], [], []
    kept = np.where(own > 0, spent, 0.0)
    for inside, chosen in draw_members(len(spent), zeros0 + zeros1, n1, draws, rng):
        total, again, stayed = inside @ spent, inside @ own, inside @ kept
        left.append(kept.sum() - stayed)
        came.append(total - stayed)
        if zeros0 + zeros1:
            again = again + rng.hypergeometric(zeros1, zeros0, n1 - chosen) if zeros1 else again
        differences.append(total / n1 - (spent.sum() - total) / n0)
        overlaps.append(again / n1 - (n1 - again) / n0)
    return np.concatenate(differences), np.concatenate(overlaps), (np.concatenate(left), np.concatenate(came))


def draw_members(some: int, zeros: int, members: int, draws: int,
                 rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield random draws of ``members`` out of ``some`` with a value and ``zeros`` without, as many at a time as fit:
    who of those with a value is among them (a row a draw), and how many that are."""
    for start in range(0, draws, step := max(1, ROWS // max(some, 1))):
        size = min(step, draws - start)
        chosen = rng.hypergeometric(some, zeros, members, size) if some else np.zeros(size, int)
        keys = rng.random((size, some))
        ranked = np.column_stack([np.full(size, -1.0), np.sort(keys, axis=1)])
        yield keys <= ranked[np.arange(size), chosen][:, None], chosen


def _inverted(observed: float, anew: np.ndarray, overlap: np.ndarray, alpha: float) -> tuple[float, float]:
    """Return the smallest and largest constant effect that the test does not reject.

    Under an effect e the outcome without it is the outcome less e where treated, so a drawing gives
    ``anew - e * overlap`` and the test compares it with ``observed - e``. A drawing is at least as far on one side for
    every e on one side of a point of its own: the bounds are quantiles of these points.
    """
    return _bounds((observed - anew) / np.maximum(1 - overlap, 1e-12), alpha)


def _factors(left: np.ndarray, came: np.ndarray, alpha: float) -> tuple[float, float]:
    """Return the smallest and largest factor that the test does not reject.

    Divided by the factor, what was spent under treatment is what would have been without. Of a drawing only the money
    counts that changes sides: it lies beyond what was observed for every factor on one side of (what leaves the
    treated) / (what comes from the control).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(came > 0, left / came, np.inf)
    low, high = _bounds(np.where((came == 0) & (left == 0), np.nan, factors), alpha)
    return max(low, 0.0), high


def _bounds(points: np.ndarray, alpha: float) -> tuple[float, float]:
    """Return the values between which the test does not reject. The drawing that happened is as far on either side for
    every value, and so is one without a point (nan)."""
    same = 1 + np.count_nonzero(np.isnan(points))
    points = np.sort(np.concatenate([points[~np.isnan(points)], np.full(same, -np.inf), np.full(same, np.inf)]))
    place = int(np.floor(alpha / 2 * (len(points) - 1)))
    return float(points[place]), float(points[-place - 1])
