"""Many tests at once: what ``effects`` and ``quantiles`` do to one pair of arms, on arrays of aggregates.

For simulations: how often a test sounds an alarm where there is nothing, how often its interval holds the truth. Every
figure equals that of the single test, which is what a client's run uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep
from tea_tasting.aggr import Aggregates

from relops.strategies.effects import share_p
from relops.strategies.moments import BEFORE, PER, VALUE
from relops.strategies.quantiles import quantile_of_sorted

BLOCK = 200_000  # draws held at once: as many as stay in the processor's cache


@dataclass(frozen=True, eq=False)
class ManyEffects:
    """Differences treated less control with interval and two-sided p, one an array entry."""

    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray

    def alarms(self, alpha: float) -> np.ndarray:
        """Return which tests are significant."""
        return self.p < alpha

    def covers(self, truth: float) -> np.ndarray:
        """Return which intervals hold the truth."""
        return (self.low <= truth) & (truth <= self.high)


def aggregate_rows(**parts: np.ndarray) -> Aggregates:
    """Return the aggregates of each row of ``value`` and, where given, ``per`` and ``before`` (one column a
    subject)."""
    n = parts[VALUE].shape[1]
    means = {part: values.mean(axis=1) for part, values in parts.items()}
    spread = {(left, right): (np.einsum("ij,ij->i", parts[left], parts[right]) - n * means[left] * means[right])
              / (n - 1)
              for left, right in combinations_with_replacement(parts, 2)}
    return Aggregates(n, means, {left: value for (left, right), value in spread.items() if left == right},
                      {pair: value for pair, value in spread.items() if pair[0] != pair[1]})


def many_means(control: Aggregates, treated: Aggregates, level: float, covariate: bool = False) -> ManyEffects:
    """Return differences of means by Welch's test, adjusted by the covariate with one slope for both arms (CUPED)."""
    slope = 0.0
    if covariate:
        total = control + treated
        slope = total.cov(VALUE, BEFORE) / total.var(BEFORE)
    means, variances = [], []
    for cell in (control, treated):
        means.append(cell.mean(VALUE) - (slope * cell.mean(BEFORE) if covariate else 0.0))
        extra = slope**2 * cell.var(BEFORE) - 2 * slope * cell.cov(VALUE, BEFORE) if covariate else 0.0
        variances.append(cell.var(VALUE) + extra)
    return welch(means, variances, (control.count(), treated.count()), level)


def many_ratios(control: Aggregates, treated: Aggregates, level: float) -> ManyEffects:
    """Return differences of ratios of sums by the delta method."""
    cells = (control, treated)
    return welch([cell.mean(VALUE) / cell.mean(PER) for cell in cells],
                  [cell.ratio_var(VALUE, PER) for cell in cells], [cell.count() for cell in cells], level)


def many_shares(hits: np.ndarray, n: int, treated_hits: np.ndarray, treated_n: int, level: float) -> ManyEffects:
    """Return differences of shares: Newcombe's interval, the score or the exact test."""
    low, high = confint_proportions_2indep(treated_hits, treated_n, hits, n, method="newcomb", compare="diff",
                                           alpha=1 - level)
    return ManyEffects(treated_hits / treated_n - hits / n, low, high, share_p(hits, n, treated_hits, treated_n))


def many_quantiles(control: np.ndarray, treated: np.ndarray, quantile: float, level: float) -> ManyEffects:
    """Return differences of quantiles of each row of two arrays (one column a subject) by order statistics."""
    (before, first), (after, second) = (quantile_of_sorted(np.sort(values, axis=1), quantile) for values in (
        control, treated))
    return _normal(after - before, np.hypot(first, second), level)


def _normal(effect: np.ndarray, error: np.ndarray, level: float) -> ManyEffects:
    half = stats.norm.ppf((1 + level) / 2) * error
    z = np.divide(np.abs(effect), error, out=np.zeros_like(effect), where=error > 0)
    return ManyEffects(effect, effect - half, effect + half, 2 * stats.norm.sf(z))


def welch(means: list[np.ndarray], variances: list[np.ndarray], counts: tuple[int, int] | list[int],
          level: float) -> ManyEffects:
    """Return Welch's test of many pairs of arms by their means, variances and numbers of subjects."""
    effect = means[1] - means[0]
    parts = [variance / count for variance, count in zip(variances, counts, strict=True)]
    error = np.sqrt(parts[0] + parts[1])
    freedom = error**4 / (parts[0]**2 / (counts[0] - 1) + parts[1]**2 / (counts[1] - 1))
    half = stats.t.ppf((1 + level) / 2, freedom) * error
    return ManyEffects(effect, effect - half, effect + half, 2 * stats.t.sf(np.abs(effect) / error, freedom))


def simulate_nothing(values: np.ndarray, share: float, draws: int, seed: int, level: float = 0.95) -> ManyEffects:
    """Return the tests of ``draws`` random divisions of the same subjects: nobody was treated, so every alarm is a
    false one.

    ``values`` are the client's own outcomes, one a subject; ``share`` is the part drawn into the treated arm. The
    p values of a test that can be trusted are spread evenly from zero to one.
    """
    values = np.asarray(values, float)
    sums = np.column_stack([np.ones_like(values), values, values**2])
    rng, found = np.random.default_rng(seed), []
    step = max(1, BLOCK // len(values))
    for start in range(0, draws, step):
        drawn = rng.random((min(step, draws - start), len(values)))
        np.less(drawn, share, out=drawn, casting="unsafe")
        found.append(drawn @ sums)
    inside = np.concatenate(found)
    n, mean, variance = [], [], []
    for count, total, squares in ((sums.sum(axis=0) - inside).T, inside.T):
        n.append(count)
        mean.append(total / count)
        variance.append((squares - total**2 / count) / (count - 1))
    return welch(mean, variance, n, level)
