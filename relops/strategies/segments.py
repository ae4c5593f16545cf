"""Does the effect differ between segments that were named before anybody looked?

With no effect anywhere, one segment in five tests looks significant four times as often as one test. So the question
of a difference comes first (Cochran's Q), each segment's effect is drawn towards the common one as far as noise alone
would explain it (DerSimonian & Laird 1986, Paule & Mandel 1982), and the p values are adjusted over the family.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from relops.customers.estimates import Estimate, critical_value
from relops.strategies.effects import Effect, compare
from relops.strategies.families import adjust
from relops.strategies.moments import Moments

GRID = (np.arange(400) + 0.5) / 400
FEWEST = 30  # subjects of a segment in each arm; below, an interval says nothing


@dataclass(frozen=True, eq=False)
class SegmentEffects:
    """The effect of one arm on one metric by segment.

    ``table`` has one row a segment value: value, n, effect, low, high, p, p_adjusted (Holm over the whole family),
    shrunken, shrunken_low, shrunken_high. ``q`` tests whether all are equal, with ``p`` and ``degrees``; ``tau`` is the
    spread of true effects (standard deviation) by Paule-Mandel, ``tau_dl`` by DerSimonian-Laird; ``common`` the
    effect over all segments; ``family`` how many tests were judged together.
    """

    metric: str
    arm: str
    segment: str
    table: pd.DataFrame
    q: float
    degrees: int
    p: float
    tau: float
    tau_dl: float
    common: Estimate
    family: int

    @property
    def differ(self) -> bool:
        """Whether the segments' effects are told apart from each other at the level of the intervals."""
        return self.p < 1 - self.common.level


def compare_segments(moments: Moments, segment: str, control: str, level: float, family: int) -> list[SegmentEffects]:
    """Return, for each arm but the control, its effect by the values of ``segment``.

    ``family`` is the number of tests planned over all segments, arms and metrics. Arms with fewer than two segment
    values of :data:`FEWEST` subjects an arm are left out.
    """
    by_value: dict[str, list[tuple[str, Effect]]] = {}
    for (value,) in sorted(moments.over(segment).cells, key=str):
        if value is None:
            continue
        for effect in compare(moments.where(**{segment: value}), control, level):
            if min(effect.control.n, effect.treated.n) >= FEWEST and _has_width(effect):
                by_value.setdefault(effect.arm, []).append((str(value), effect))
    return [_combine(segment, found, level, family) for found in by_value.values() if len(found) > 1]


def _has_width(effect: Effect) -> bool:
    return effect.effect.low is not None and effect.effect.high > effect.effect.low


def _combine(segment: str, found: list[tuple[str, Effect]], level: float, family: int) -> SegmentEffects:
    effects = np.array([effect.effect.value for _, effect in found])
    errors = np.array([(effect.effect.high - effect.effect.low) / 2 for _, effect in found]) / critical_value(level)
    q = heterogeneity(effects, errors, 0.0)
    tau2, tau2_dl = paule_mandel(effects, errors), dersimonian_laird(effects, errors)
    centre, shrunken, _ = shrink(effects, errors, tau2)
    half = critical_value(level) * spread_around(effects, errors, shrunken)
    p_values = [effect.p for _, effect in found]
    first = found[0][1]
    table = pd.DataFrame({
        "value": [value for value, _ in found], "n": [effect.n for _, effect in found], "effect": effects,
        "low": [effect.effect.low for _, effect in found], "high": [effect.effect.high for _, effect in found],
        "p": p_values, "p_adjusted": adjust(p_values, size=family), "shrunken": shrunken,
        "shrunken_low": shrunken - half, "shrunken_high": shrunken + half})
    error = float(1 / np.sqrt((1 / (errors**2 + tau2)).sum()))
    n = int(table["n"].sum())
    common = Estimate(centre, centre - critical_value(level) * error, centre + critical_value(level) * error, n, level)
    degrees = len(found) - 1
    return SegmentEffects(first.metric, first.arm, segment, table, q, degrees, float(stats.chi2.sf(q, degrees)),
                          float(np.sqrt(tau2)), float(np.sqrt(tau2_dl)), common, family)


def heterogeneity(effects: np.ndarray, errors: np.ndarray, tau2: float) -> float:
    """Return Cochran's Q: squared distances from the common effect, weighed by noise and true spread ``tau2``."""
    weights = 1 / (errors**2 + tau2)
    centre = (weights * effects).sum() / weights.sum()
    return float((weights * (effects - centre) ** 2).sum())


def paule_mandel(effects: np.ndarray, errors: np.ndarray) -> float:
    """Return the variance of true effects at which Q is what it should be, zero where it is less already (Paule &
    Mandel 1982)."""
    degrees = len(effects) - 1
    if heterogeneity(effects, errors, 0.0) <= degrees:
        return 0.0
    most = float((effects.max() - effects.min()) ** 2) * len(effects)
    return float(brentq(lambda tau2: heterogeneity(effects, errors, tau2) - degrees, 0.0, most, xtol=1e-15))


def dersimonian_laird(effects: np.ndarray, errors: np.ndarray) -> float:
    """Return the variance of true effects from the moment of Q (DerSimonian & Laird 1986)."""
    weights = 1 / errors**2
    spare = weights.sum() - (weights**2).sum() / weights.sum()
    return max(0.0, float((heterogeneity(effects, errors, 0.0) - len(effects) + 1) / spare))


def shrink(effects: np.ndarray, errors: np.ndarray, tau2: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the common effect, each effect drawn towards it, and the standard errors of these were ``tau2`` known.

    The weight of a segment's own effect is the share of its variance that is not noise; the uncertainty of the common
    effect is part of the error (Efron & Morris 1975).
    """
    weights = 1 / (errors**2 + tau2)
    centre = float((weights * effects).sum() / weights.sum())
    own = tau2 / (errors**2 + tau2)
    spread = np.sqrt(own * errors**2 + (1 - own) ** 2 / weights.sum())
    return centre, own * effects + (1 - own) * centre, spread


def spread_around(effects: np.ndarray, errors: np.ndarray, shrunken: np.ndarray) -> np.ndarray:
    """Return the standard error of each shrunken effect, the spread of true effects being known from these few only.

    Where Paule-Mandel's spread is zero, or near it, by chance, errors that take it for known are too small: intervals
    of 95 % then hold 83 to 92 %. So the squared distance from what was shrunken is taken over all spreads, weighed by
    their restricted likelihood and a prior flat on the variance, whose intervals keep their promise (Morris & Lysy
    2012).
    """
    tau = GRID * 2 * max(np.ptp(effects), errors.max())
    weights = 1 / (errors**2 + tau[:, None] ** 2)
    total = weights.sum(axis=1)
    centre = (weights * effects).sum(axis=1) / total
    fit = (np.log(weights).sum(axis=1) - np.log(total)
           - (weights * (effects - centre[:, None]) ** 2).sum(axis=1)) / 2
    chance = np.exp(fit - fit.max()) * tau
    own = tau[:, None] ** 2 * weights
    means = own * effects + (1 - own) * centre[:, None]
    variances = own * errors**2 + (1 - own) ** 2 / total[:, None]
    return np.sqrt(chance @ (variances + (means - shrunken) ** 2) / chance.sum())
