"""Estimates with their interval: shares, ratios, means, and quantiles of weighted values."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from relops.exhibits import Evidence

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number, the bounds of its interval at ``level`` (None where there is none), and the cases behind
    it."""

    value: float
    low: float | None
    high: float | None
    n: int
    level: float = LEVEL

    def evidence(self, evidence_id: str, unit: str, filter: str | None = None) -> Evidence:
        """Return the estimate as an evidence record."""
        level = None if self.low is None else self.level
        return Evidence(evidence_id, self.value, unit, self.low, self.high, level, self.n, filter=filter)


def estimate_share(count: float, n: int, level: float = LEVEL) -> Estimate:
    """Return a share with its Wilson interval (Wilson 1927). Raises ValueError when n is not positive."""
    if n <= 0:
        raise ValueError(f"n = {n}, a share needs at least one case")
    low, high = proportion_confint(count, n, alpha=1 - level, method="wilson")
    return Estimate(float(count / n), max(0.0, float(low)), min(1.0, float(high)), int(n), level)


def estimate_ratio(n: int, top: float, bottom: float, top_squares: float, bottom_squares: float,
                   products: float, level: float = LEVEL) -> Estimate:
    """Return the ratio of two totals over ``n`` customers with its linearised interval (Cochran 1977, ch. 6).

    ``top_squares``, ``bottom_squares`` and ``products`` are the sums of squares and products over customers.
    With one customer there is no interval. Raises ValueError when the bottom total is not positive.
    """
    if bottom <= 0:
        raise ValueError(f"bottom = {bottom}, a ratio needs a positive total below")
    ratio = float(top / bottom)
    if n < 2:
        return Estimate(ratio, None, None, int(n), level)
    residual = max(0.0, top_squares - 2 * ratio * products + ratio**2 * bottom_squares)
    half = critical_value(level) * np.sqrt(n / (n - 1) * residual) / bottom
    return Estimate(ratio, float(ratio - half), float(ratio + half), int(n), level)


def estimate_mean(values: np.ndarray, weights: np.ndarray, level: float = LEVEL) -> Estimate:
    """Return the mean of values that occur ``weights`` times, with its normal interval (none for one
    case)."""
    n = int(weights.sum())
    mean = float(np.average(values, weights=weights))
    if n < 2:
        return Estimate(mean, None, None, n, level)
    variance = float((weights * (values - mean) ** 2).sum()) / (n - 1)
    half = critical_value(level) * np.sqrt(variance / n)
    return Estimate(mean, float(mean - half), float(mean + half), n, level)


def critical_value(level: float) -> float:
    """Return the two-sided standard normal quantile, 1.96 at 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """Return the linear quantile (type 7, as ``numpy.percentile``) of values that occur ``weights`` times.

    ``values`` ascend; the answer equals ``numpy.quantile(numpy.repeat(values, weights), share)``.
    """
    ends = np.cumsum(weights)
    place = (int(ends[-1]) - 1) * share
    below = int(np.floor(place))
    low, high = (float(values[np.searchsorted(ends, rank, side="right")])
                 for rank in (below, min(below + 1, int(ends[-1]) - 1)))
    return low + (high - low) * (place - below)
