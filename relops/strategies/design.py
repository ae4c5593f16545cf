"""How many subjects a test needs, what it can find, how long it runs: from the client's own numbers.

Everything follows from the standard error of a difference between two arms of given shares. Adjusting by a covariate
takes the measured share of variance out of it and no more; drawing whole clusters, several arms against one control
and planned looks all cost subjects, each by a factor that is told.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, norm, t

from relops.strategies.sequential import plan_looks

NORMAL = 1e5  # degrees of freedom from which Student's distribution is the normal one to five digits


@dataclass(frozen=True)
class Spread:
    """Variance of an outcome per subject in both arms, the share of it that a covariate explains, and what drawing
    clusters costs: the mean size, its coefficient of variation, the correlation within. ``rates`` are the two shares
    of an outcome that is yes or no: its test pools them, so that the error without an effect is another."""

    control: float
    treated: float
    rates: tuple[float, float] | None = None
    explained: float = 0.0
    cluster_size: float = 1.0
    cluster_variation: float = 0.0
    within_cluster: float = 0.0

    @property
    def cluster_factor(self) -> float:
        """Times as many subjects as without clusters (Eldridge, Ashby & Kerry 2006)."""
        return 1 + ((1 + self.cluster_variation**2) * self.cluster_size - 1) * self.within_cluster

    def error(self, n: float, shares: tuple[float, float]) -> float:
        """Return the standard error of the difference with ``n`` subjects in all, divided by ``shares``."""
        return self._root(self.control / shares[0] + self.treated / shares[1], n)

    def null_error(self, n: float, shares: tuple[float, float]) -> float:
        """Return the standard error that the test takes to be that of the difference where there is no effect."""
        if self.rates is None:
            return self.error(n, shares)
        pooled = sum(rate * share for rate, share in zip(self.rates, shares, strict=True)) / sum(shares)
        return self._root(pooled * (1 - pooled) * (1 / shares[0] + 1 / shares[1]), n)

    def _root(self, variance: float, n: float) -> float:
        return math.sqrt(variance * (1 - self.explained) * self.cluster_factor / n)


def share_spread(control: float, treated: float, **others: float) -> Spread:
    """Return the spread of an outcome that is yes or no."""
    return Spread(control * (1 - control), treated * (1 - treated), (control, treated), **others)


@dataclass(frozen=True)
class Bar:
    """How sure the verdict must be: two-sided ``alpha``, ``power``, ``comparisons`` of arms with one control (alpha
    is divided among them, Sidak 1967) and planned ``looks`` (O'Brien-Fleming spending). ``sides`` is one for a
    guardrail that may only not be worse than its margin. ``freedom`` are the degrees of freedom of the test's spread
    where they do not follow from the number of subjects."""

    alpha: float = 0.05
    power: float = 0.8
    comparisons: int = 1
    looks: int = 1
    sides: int = 2
    freedom: float | None = None

    @property
    def look_factor(self) -> float:
        """Times as many subjects as without looks."""
        return _looks_cost(self.looks, self.each_alpha, self.power)

    @property
    def each_alpha(self) -> float:
        """The error rate of one comparison."""
        return 1 - (1 - self.alpha) ** (1 / self.comparisons)

    def threshold(self, freedom: float) -> float:
        """Return the standard errors from zero beyond which a comparison is significant."""
        return float(t.isf(self.each_alpha / self.sides, freedom))

    def degrees(self, n: float, spread: Spread) -> float:
        """Return the degrees of freedom with ``n`` subjects in both arms: cases less two, the cases being clusters
        where these are drawn; infinitely many of shares of subjects, whose test takes no spread from the data."""
        if self.freedom is not None:
            return self.freedom
        if spread.rates is not None and spread.cluster_size == 1:
            return math.inf
        return max(n / spread.cluster_size - 2, 1.0)


@functools.cache
def _looks_cost(looks: int, alpha: float, power: float) -> float:
    return 1.0 if looks == 1 else plan_looks(looks, alpha).inflation(power)


def needed_subjects(effect: float, spread: Spread, shares: tuple[float, float], bar: Bar) -> float:
    """Return the subjects in both arms together that find ``effect`` (in the outcome's unit), not rounded.

    ``shares`` are the parts of these subjects in control and treated. The noncentral t distribution tells the power
    (Cohen 1988), the normal one that of shares. Raises ValueError on an effect of zero and on
    a share of zero.
    """
    if effect == 0:
        raise ValueError("effect = 0: no number of subjects finds nothing")
    if min(shares) <= 0:  # of a pair among several arms they add up to less than one
        raise ValueError(f"shares = {shares}: both must be above zero")
    tails = norm.isf(bar.each_alpha / bar.sides), norm.ppf(bar.power)
    least = ((spread.null_error(1, shares) * tails[0] + spread.error(1, shares) * tails[1]) / effect) ** 2
    least *= bar.look_factor
    if math.isinf(bar.degrees(least, spread)):
        return least

    def surplus(n: float) -> float:
        return power_of(n, effect, spread, shares, bar) - bar.power

    most = 2 * least + 4 * spread.cluster_size
    while surplus(most) < 0:
        most *= 2
    lowest = min(least, spread.cluster_size) / 2
    return float(brentq(surplus, lowest, most, rtol=1e-12)) if surplus(lowest) < 0 else lowest


def detectable_effect(n: float, spread: Spread, shares: tuple[float, float], bar: Bar) -> float:
    """Return the smallest effect that ``n`` subjects in both arms find with the power asked for."""
    seen = n / bar.look_factor
    freedom = bar.degrees(seen, spread)
    near = spread.null_error(seen, shares) * bar.threshold(freedom) + spread.error(seen, shares) * norm.ppf(bar.power)
    if math.isinf(freedom):
        return near

    def surplus(effect: float) -> float:
        return power_of(n, effect, spread, shares, bar) - bar.power

    return float(brentq(surplus, near / 4, near * 4, rtol=1e-12)) if near > 0 else near


def detectable_share(n: float, control: float, shares: tuple[float, float], bar: Bar, **others: float) -> float:
    """Return the smallest rise of a share that ``n`` subjects find; its variance grows as it does. One less the share
    where nothing below certainty is found."""
    def surplus(rise: float) -> float:
        return rise - detectable_effect(n, share_spread(control, control + rise, **others), shares, bar)

    most = 1 - control
    return float(brentq(surplus, 0, most)) if surplus(most) > 0 else most


def power_of(n: float, effect: float, spread: Spread, shares: tuple[float, float], bar: Bar) -> float:
    """Return the chance that ``n`` subjects in both arms find ``effect``."""
    n /= bar.look_factor
    freedom = bar.degrees(n, spread)
    error, drift = spread.error(n, shares), abs(effect) / spread.error(n, shares)
    bound = bar.threshold(freedom) * spread.null_error(n, shares) / error
    if freedom > NORMAL:
        return float(norm.sf(bound - drift) + (norm.cdf(-bound - drift) if bar.sides == 2 else 0))
    # beyond reach of the drift the far side is not told, and is nothing
    other = np.nan_to_num(nct.cdf(-bound, freedom, drift)) if bar.sides == 2 else 0
    return float(nct.sf(bound, freedom, drift) + other)


def best_shares(arms: Sequence[str], control: str) -> Mapping[str, float]:
    """Return the shares that find an effect of any arm with the fewest subjects: the control's is the square root of
    the number of the others as large as each of them (Dunnett 1955)."""
    others = len(arms) - 1
    total = math.sqrt(others) + others
    return {arm: (math.sqrt(others) if arm == control else 1) / total for arm in arms}
