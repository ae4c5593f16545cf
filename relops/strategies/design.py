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

from scipy.optimize import brentq
from scipy.stats import nct, norm, t

from relops.strategies.sequential import plan_looks


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
    guardrail that may only not be worse than its margin."""

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

    @property
    def threshold(self) -> float:
        """Standard errors from zero beyond which a comparison is significant."""
        tail = self.each_alpha / self.sides
        return float(norm.isf(tail) if self.freedom is None else t.isf(tail, self.freedom))

    @property
    def reach(self) -> float:
        """Standard errors beyond the threshold at which an effect is found with the power asked for."""
        return float(norm.ppf(self.power) if self.freedom is None else t.ppf(self.power, self.freedom))


@functools.cache
def _looks_cost(looks: int, alpha: float, power: float) -> float:
    return 1.0 if looks == 1 else plan_looks(looks, alpha).inflation(power)


def needed_subjects(effect: float, spread: Spread, shares: tuple[float, float], bar: Bar) -> float:
    """Return the subjects in both arms together that find ``effect`` (in the outcome's unit), not rounded.

    ``shares`` are the parts of these subjects in control and treated. Normal approximation. Raises
    ValueError on an effect of zero.
    """
    if effect == 0:
        raise ValueError("effect = 0: no number of subjects finds nothing")
    return (_distance(1, spread, shares, bar) / effect) ** 2 * bar.look_factor


def detectable_effect(n: float, spread: Spread, shares: tuple[float, float], bar: Bar) -> float:
    """Return the smallest effect that ``n`` subjects in both arms find with the power asked for."""
    return _distance(n / bar.look_factor, spread, shares, bar)


def _distance(n: float, spread: Spread, shares: tuple[float, float], bar: Bar) -> float:
    return spread.null_error(n, shares) * bar.threshold + spread.error(n, shares) * bar.reach


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
    error, drift = spread.error(n, shares), abs(effect) / spread.error(n, shares)
    bound = bar.threshold * spread.null_error(n, shares) / error
    if bar.freedom is None:
        return float(norm.sf(bound - drift) + (norm.cdf(-bound - drift) if bar.sides == 2 else 0))
    other = nct.cdf(-bound, bar.freedom, drift) if bar.sides == 2 else 0
    return float(nct.sf(bound, bar.freedom, drift) + other)


def best_shares(arms: Sequence[str], control: str) -> Mapping[str, float]:
    """Return the shares that find an effect of any arm with the fewest subjects: the control's is the square root of
    the number of the others as large as each of them (Dunnett 1955)."""
    others = len(arms) - 1
    total = math.sqrt(others) + others
    return {arm: (math.sqrt(others) if arm == control else 1) / total for arm in arms}
