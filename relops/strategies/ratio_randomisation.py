"""The randomisation test of a difference of two ratios, studentised.

Where few subjects of a small arm have anything above or below the line, the delta method rejects too often, and in the
direction that praises the campaign. Arms drawn anew among the same subjects give the distribution of the difference
over its own standard error (Janssen 1997; Chung & Romano 2013): exact where the arms do not differ at all, and right in
large samples where only the ratios are equal. The interval takes its quantiles in place of Student's.
"""

from __future__ import annotations

import numpy as np

from relops.customers.estimates import Estimate
from relops.strategies.randomisation import Sides, draw_members, judge_by_draws

FEW = 1_000  # buyers in the smaller arm, below which an unequal test of a skew ratio is not to be trusted
UNEQUAL = 1.5  # how many times the larger arm holds the smaller one from where on errors lean to one side
FEWEST = 50  # below so many, in equal arms too


def needs_drawing(some: float, smaller: int, larger: int) -> bool:
    """Whether the delta method is not to be trusted: few of the smaller arm have a denominator, and arms are unequal or
    there are hardly any."""
    return some < FEWEST or (some < FEW and larger > UNEQUAL * smaller)


def ratio_test(control: np.ndarray, treated: np.ndarray, level: float, draws: int,
               seed: int) -> tuple[Estimate, float, Estimate | None]:
    """Return the difference of two ratios of sums with its interval, the two-sided p, and the relative difference with
    an interval on the logarithm; None where the ratio of either is not above zero.

    ``control`` and ``treated`` hold a row a subject: value, denominator. The p counts the drawing that happened among
    the draws. A level that so few draws cannot speak of has no bounds.
    """
    n0, n1 = len(control), len(treated)
    pairs = np.concatenate([treated, control]).astype(float)
    some = pairs[(pairs != 0).any(axis=1)]
    parts = np.column_stack([some, some[:, 0] ** 2, some[:, 1] ** 2, some[:, 0] * some[:, 1]])
    whole = parts.sum(axis=0)
    inside = np.array([*treated.sum(axis=0), *(treated**2).sum(axis=0), (treated[:, 0] * treated[:, 1]).sum()])
    rng = np.random.default_rng(seed)
    anew = [_ratios(members @ parts, whole, n1, n0)
            for members, _ in draw_members(len(some), n0 + n1 - len(some), n1, draws, rng)]
    return judge_by_draws(_ratios(inside[None, :], whole, n1, n0), anew, level, draws, n0 + n1)


def _ratios(inside: np.ndarray, whole: np.ndarray, n1: int, n0: int) -> Sides:
    """Return the ratio of each side and its squared standard error by the delta method, of drawings a row each."""
    sides = []
    for sums, n in ((inside, n1), (whole - inside, n0)):
        value, per, squares, per_squares, both = sums.T
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = value / per
            spread = (squares - 2 * ratio * both + ratio**2 * per_squares) / per**2 * n / (n - 1)
        sides.append((ratio, np.maximum(spread, 0.0)))
    return sides
