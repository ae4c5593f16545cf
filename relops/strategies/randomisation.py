"""The randomisation test of a difference in means, studentised.

Where few subjects in the smaller arm spent anything, Welch's test rejects too often, and in the direction that praises
the campaign. Drawing the arms anew among the same subjects needs no normal distribution: Fisher (1935). Compared is the
difference over its own standard error (Janssen 1997; Chung & Romano 2013): exact where the arms do not differ at all,
and right in large samples where only the means are equal; an effect that makes some buy more and others not leaves arms
of unequal spread, and a bare difference would miss it or see too much. The interval takes the quantiles of the draws in
place of Student's. Only subjects with a value other than zero are drawn; the zeros follow by their number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import beta

from relops.customers.estimates import Estimate

FEW = 200  # subjects with a value other than zero in the smaller arm, below which Welch is not to be trusted
# skewness of a difference in means; beyond, Welch's test rejects 1.2 times as often as it should, far out twice
MOST_SKEW = 0.1
MOST_LOG = math.log(1_000)  # of a ratio, from where on a relative change says nothing
ROWS = 4_000_000  # draws held at once
Sides = Sequence[tuple[np.ndarray, np.ndarray]]  # a value and its squared standard error, of treated and of control


def randomisation_test(control: np.ndarray, treated: np.ndarray, level: float, draws: int,
                       seed: int) -> tuple[Estimate, float, Estimate | None]:
    """Return the difference in means with its interval, the two-sided p, and the relative change with an interval on
    the logarithm; None where values are negative or the mean of either arm is not above zero.

    The p counts the drawing that happened among the draws, so that it never says less than it may; a level that so few
    draws cannot speak of has no bounds. Raises ValueError without two subjects in each arm, and on missing
    values.
    """
    control, treated = np.asarray(control, float), np.asarray(treated, float)
    if np.isnan(control).any() or np.isnan(treated).any():
        raise ValueError("a value is missing: leave out who bears none")
    n0, n1 = len(control), len(treated)
    if min(n0, n1) < 2:
        raise ValueError(f"{n0} and {n1} subjects: a test needs two in each arm")
    some = np.concatenate([treated[treated != 0], control[control != 0]])
    parts = np.column_stack([some, some**2])
    whole, own = parts.sum(axis=0), np.array([[treated.sum(), (treated**2).sum()]])
    anew = [_means(inside @ parts, whole, n1, n0) for inside, _ in draw_members(
        len(some), n0 + n1 - len(some), n1, draws, np.random.default_rng(seed))]
    below_zero = min(control.min(), treated.min()) < 0
    return judge_by_draws(_means(own, whole, n1, n0), anew, level, draws, n0 + n1, relative=not below_zero)


def judge_by_draws(own: Sides, anew: Sequence[Sides], level: float, draws: int, n: int,
                   relative: bool = True) -> tuple[Estimate, float, Estimate | None]:
    """Return the difference of two sides with its interval and p by what ``anew`` drew, and the relative difference
    where it is asked for and both are above zero."""
    (difference, low, high), p = _by_draws(_difference(own), [_difference(each) for each in anew], level, draws)
    change = None
    if relative and all(value.item() > 0 for value, _ in own):
        (log, below, above), _ = _by_draws(_logarithm(own), [_logarithm(each) for each in anew], level, draws)
        if below is not None and above < MOST_LOG:
            change = Estimate(math.expm1(log), math.expm1(below), math.expm1(above), n, level)
    return Estimate(difference, low, high, n, level), p, change


def _means(inside: np.ndarray, whole: np.ndarray, n1: int, n0: int) -> Sides:
    sides = []
    for sums, n in ((inside, n1), (whole - inside, n0)):
        total, squares = sums.T
        sides.append((total / n, np.maximum(squares - total**2 / n, 0.0) / (n - 1) / n))
    return sides


def _difference(sides: Sides) -> tuple[np.ndarray, np.ndarray]:
    (treated, spread), (control, other) = sides
    return treated - control, np.sqrt(spread + other)


def _logarithm(sides: Sides) -> tuple[np.ndarray, np.ndarray]:
    (treated, spread), (control, other) = sides
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(treated / control), np.sqrt(spread / treated**2 + other / control**2)


def _by_draws(own: tuple[np.ndarray, np.ndarray], anew: list[tuple[np.ndarray, np.ndarray]], level: float,
              draws: int) -> tuple[tuple[float, float | None, float | None], float]:
    """Return a contrast with its bounds and p, studentised as the drawings are."""
    found, error = (each.item() for each in own)
    with np.errstate(invalid="ignore", divide="ignore"):
        # an arm without anything, or without any spread, is as far away as can be
        t = np.concatenate([np.where(spread > 0, each / spread, np.where(each == 0, 0.0, np.copysign(np.inf, each)))
                            for each, spread in anew])
    unknown = np.concatenate([np.isnan(each) for each, _ in anew])
    t, untold = np.sort(t[~unknown]), int(unknown.sum())  # a ratio of nothing may lie on either side
    observed = found / error if error > 0 else 0.0 if found == 0 else np.copysign(np.inf, found)
    near = 1e-12 * abs(observed) if np.isfinite(observed) else 0.0
    # twice the smaller tail, as the bounds leave out as much on either side: zero is outside just where p is small
    tail = untold + min(np.count_nonzero(t >= observed - near), np.count_nonzero(t <= observed + near))
    p = min(1.0, 2 * (1 + tail) / (draws + 1))
    place = int(np.floor((1 - level) / 2 * (draws + 1) + 1e-9)) - 1 - untold
    bounds = (found - t[-place - 1] * error, found - t[place] * error) if place >= 0 else (None, None)
    low, high = map(float, bounds) if place >= 0 and np.isfinite(bounds).all() and error > 0 else (None, None)
    return (found, low, high), float(p)


def differences_anew(control: np.ndarray, treated: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the difference in means of each of ``draws`` drawings of the arms among the same subjects."""
    some, n0, n1 = np.concatenate([treated[treated != 0], control[control != 0]]), len(control), len(treated)
    return np.concatenate([total / n1 - (some.sum() - total) / n0 for total in (
        inside @ some for inside, _ in draw_members(len(some), n0 + n1 - len(some), n1, draws, rng))])


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
