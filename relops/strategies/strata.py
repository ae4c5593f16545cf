"""Effects where subjects were drawn, or are compared, within strata: differences within, weighed by the strata's sizes.

Each stratum's difference counts with its share of all subjects (Miratrix, Sekhon & Yu 2013), so that an arm that
happens to hold more of one stratum gains nothing from it. A covariate is taken out by one line through all strata.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence

import numpy as np
from scipy import stats
from tea_tasting.aggr import Aggregates

from relops.customers.estimates import Estimate
from relops.strategies.effects import CONSTANT, NEAR_ZERO, Effect
from relops.strategies.moments import BEFORE, VALUE, Moments, residual_variance

MOST = 50  # strata
FEWEST = 10  # subjects of a stratum in each arm; below, the strata are left aside


def compare_strata(moments: Moments, control: str, level: float) -> list[Effect] | None:
    """Return the effect of every other arm against ``control`` by its moments by arm and stratum; None where a stratum
    has no name or fewer than :data:`FEWEST` subjects in an arm, so that the strata cannot be compared within."""
    cells = moments.over("arm", "stratum").cells
    arms = dict.fromkeys(arm for arm, _ in cells)
    strata = sorted({stratum for _, stratum in cells if isinstance(stratum, str)})
    named = all(isinstance(stratum, str) for _, stratum in cells)
    whole = all((arm, stratum) in cells and cells[arm, stratum].count() >= FEWEST for arm in arms for stratum in strata)
    if not named or not whole or control not in arms or len(strata) < 2:
        return None
    metric = moments.outcome.metric.id
    return [_compare(metric, arm, control, [(cells[control, name], cells[arm, name]) for name in strata], level)
            for arm in arms if arm != control]


def _compare(metric: str, arm: str, control: str, pairs: list[tuple[Aggregates, Aggregates]], level: float) -> Effect:
    flat = [cell for pair in pairs for cell in pair]
    sizes = np.array([one.count() + other.count() for one, other in pairs], float)
    weights = sizes / sizes.sum()
    slope, centre = _slope(flat), 0.0
    if slope:
        centre = sum(cell.mean(BEFORE) * cell.count() for cell in flat) / sizes.sum()
    means = np.array([[_mean(cell, slope, centre) for cell in pair] for pair in pairs])
    terms = np.array([[weight**2 * _variance(cell, slope) / cell.count() for cell in pair]
                      for weight, pair in zip(weights, pairs, strict=True)])
    sides = [_side(weights @ means[:, place], terms[:, place].sum(), [pair[place] for pair in pairs], level)
             for place in (0, 1)]
    error = math.sqrt(terms.sum())
    freedom = terms.sum() ** 2 / sum(term**2 / (cell.count() - 1) for term, cell in zip(terms.ravel(), flat,
                                                                                         strict=True)) if error else 1
    difference, n = float(weights @ (means[:, 1] - means[:, 0])), int(sizes.sum())
    if error == 0:
        return Effect(metric, arm, control, *sides, Estimate(difference, None, None, n, level), None, 1.0, CONSTANT)
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    effect = Estimate(difference, difference - half, difference + half, n, level)
    p = 2 * float(stats.t.sf(abs(difference) / error, freedom))
    whole = [functools.reduce(operator.add, (pair[place] for pair in pairs)) for place in (0, 1)]
    plain = sum(cell.var(VALUE) / cell.count() for cell in whole)
    relative = relative_by_delta(sides, np.sqrt(terms.sum(axis=0)), freedom, level)
    return Effect(metric, arm, control, *sides, effect, relative, p, "strata_cuped" if slope else "strata",
                  1 - error**2 / plain)


def _slope(cells: list[Aggregates]) -> float:
    """Return the slope of the outcome on its covariate within cells, zero where there is none."""
    if BEFORE not in cells[0].mean_:
        return 0.0
    below = sum((cell.count() - 1) * cell.var(BEFORE) for cell in cells)
    above = sum((cell.count() - 1) * cell.cov(VALUE, BEFORE) for cell in cells)
    return above / below if below > 0 else 0.0


def _mean(cell: Aggregates, slope: float, centre: float) -> float:
    return cell.mean(VALUE) - (slope * (cell.mean(BEFORE) - centre) if slope else 0.0)


def _variance(cell: Aggregates, slope: float) -> float:
    return residual_variance(cell, slope, BEFORE) if slope else cell.var(VALUE)


def _side(value: float, variance: float, cells: list[Aggregates], level: float) -> Estimate:
    n = sum(cell.count() for cell in cells)
    half = float(stats.t.ppf((1 + level) / 2, n - len(cells))) * math.sqrt(variance)
    return Estimate(float(value), float(value - half), float(value + half), n, level)


def relative_by_delta(sides: Sequence[Estimate], errors: Sequence[float], freedom: float,
                      level: float) -> Estimate | None:
    """Return the change of the treated relative to the control by the delta method, linear and not on a logarithm, by
    the standard errors of both; None where the control is not clearly above zero."""
    control, treated = sides
    if control.value <= NEAR_ZERO * errors[0]:
        return None
    times = treated.value / control.value
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * math.hypot(errors[1], times * errors[0]) / control.value
    return Estimate(times - 1, times - 1 - half, times - 1 + half, control.n + treated.n, level)
