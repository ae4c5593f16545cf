"""Bounds of planned looks and always-valid intervals against printed figures.

Bounds: two-sided 5 %, equal looks, Lan & DeMets (1983) spending, as gsDesign and others print them. Interval of two
proportions: the sequential test of gbstats 0.8.0 (growthbook), 1396 of 3000 against 2422 of 3461, tuned at 5000.
"""

from __future__ import annotations

import numpy as np
import pytest

from relops.strategies.sequential import plan_looks, sequence_half_width


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
