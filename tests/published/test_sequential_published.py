"""Bounds of planned looks and always-valid intervals against printed figures.

Bounds: two-sided 5 %, equal looks, Lan & DeMets (1983) spending, as gsDesign and others print them. Interval of two
proportions: the sequential test of gbstats 0.8.0 (growthbook), 1396 of 3000 against 2422 of 3461, tuned at 5000.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from relops.strategies.sequential import PlannedLooks, plan_looks, sequence_half_width, sequence_p_value, spend


@pytest.mark.parametrize(("looks", "bounds"), [
    (2, [2.9626, 1.9686]),
    (3, [3.7103, 2.5114, 1.9930]),
    (4, [4.3326, 2.9631, 2.3590, 2.0141]),
    (5, [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]),
])
def test_obrien_fleming_bounds(looks, bounds):
    assert plan_looks(looks).bounds == pytest.approx(bounds, abs=6e-5)


def test_pocock_bounds():
    assert plan_looks(4, spending="pocock").bounds == pytest.approx([2.3683, 2.3675, 2.3582, 2.3500], abs=6e-5)


@pytest.mark.parametrize(("n", "times"), [
    (1000, 1.716), (2500, 1.573), (5000, 1.549), (10_000, 1.562), (50_000, 1.654)])
def test_width_of_the_sequence_over_a_fixed_interval(n, times):
    assert sequence_half_width(1, n, 0.05, 5000) / 1.959964 == pytest.approx(times, abs=6e-4)


def test_sequential_interval_of_a_relative_effect():
    control, treated, before, after = 1396 / 3000, 2422 / 3461, 3000, 3461
    relative = treated / control - 1
    error = np.sqrt(treated * (1 - treated) / after / control**2
                    + treated**2 * control * (1 - control) / before / control**4)
    half = float(sequence_half_width(error, before + after, 0.05, 5000))
    assert (relative, relative - half, relative + half) == pytest.approx((0.50386, 0.40098, 0.60675), abs=1e-5)


def test_sequential_interval_of_a_noisy_mean():
    """gbstats: sums 1396.87 and 2422.7 on 3000 and 3461 subjects, tuned at 1000; its p is one."""
    means, n = np.array([1396.87 / 3000, 2422.7 / 3461]), np.array([3000, 3461])
    variances = (np.array([52377.9767, 134698.29]) - n * means**2) / (n - 1)
    relative = means[1] / means[0] - 1
    error = np.sqrt(variances[1] / n[1] / means[0]**2 + means[1]**2 * variances[0] / n[0] / means[0]**4)
    half = float(sequence_half_width(error, n.sum(), 0.05, 1000))
    assert (relative - half, relative + half) == pytest.approx((-0.55844, 1.56516), abs=1e-5)
    assert sequence_p_value(relative / error, n.sum(), 1000, 0.05) == 1


def test_spending_function():
    """2 (1 - Phi(1.96 / sqrt(t))), as expan's tests print it, is one side of a two-sided spending of ten percent."""
    spent = spend(np.arange(1, 6) / 5, 0.1, "obrien_fleming") / 2
    assert spent == pytest.approx([1.1726e-05, 0.0019419, 0.0113964, 0.0284296, 0.05], rel=5e-5)


def fixed(bounds):
    """Looks at equal steps with these bounds, whatever error they make."""
    information = np.arange(1, len(bounds) + 1) / len(bounds)
    return PlannedLooks(information, np.asarray(bounds, float), information, 0.05, "")


@pytest.mark.parametrize(("looks", "rejected"), [
    (1, 0.048), (2, 0.084), (5, 0.142), (10, 0.193), (14, 0.217), (20, 0.247), (30, 0.281)])
def test_what_peeking_at_five_percent_costs(looks, rejected):
    """The printed rates come from 40,000 simulations; ep-stats' documentation says a fifth at 14 looks, 29 % at 30."""
    assert fixed([1.959964] * looks).power(0.0) == pytest.approx(rejected, abs=0.004)


@pytest.mark.parametrize(("looks", "rejected"), [(2, 0.052), (4, 0.059), (5, 0.061), (14, 0.071)])
def test_what_spending_without_the_recursion_costs(looks, rejected):
    """Taking the cumulative error spent as the level of each look, as expan and ep-stats do."""
    spent = spend(np.arange(1, looks + 1) / looks, 0.1, "obrien_fleming") / 2
    assert fixed(norm.isf(spent / 2)).power(0.0) == pytest.approx(rejected, abs=0.0015)
    assert plan_looks(looks).power(0.0) == pytest.approx(0.05, abs=1e-6)
