"""Welch's test on small hold-outs with rare, heavy-tailed spend: how often it praises a campaign that did nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from relops.strategies.rehearsal import rehearse


def spend(buyers, seed=0):
    return np.random.default_rng(seed).lognormal(4, 1, buyers)


@pytest.mark.parametrize(("n", "smaller", "alarms"), [(10_000, 1000, 0.124), (50_000, 5000, 0.075),
                                                      (10_000, 5000, 0.043)])
def test_the_measured_trap(n, smaller, alarms):
    """One in a hundred buys, lognormal(4, 1); a tenth, a tenth and half held out (40,000 simulations elsewhere)."""
    found = rehearse(spend(n // 100), n, smaller, 0.05, 4000, seed=1)
    assert found.alarms.value == pytest.approx(alarms, abs=0.02)


def test_the_praise_is_nearly_all_of_it():
    found = rehearse(spend(100), 10_000, 1000, 0.05, 4000, seed=1)
    assert found.praise.value > 0.9 * found.alarms.value
    assert found.alarms.low > 0.05


def test_p_values_are_welchs():
    """Everyone has a value and all but one are drawn: each division leaves out one of four."""
    values = np.array([1.0, 2.0, 4.0, 9.0, 11.0])
    found = rehearse(values, 5, 2, 0.05, 300, seed=0)
    pairs = [(left, right) for left in range(5) for right in range(left + 1, 5)]
    possible = [ttest_ind(np.delete(values, pair), values[list(pair)], equal_var=False).pvalue for pair in pairs]
    assert set(found.p_values.round(10)) == set(np.round(possible, 10))


def test_nobody_bought():
    found = rehearse(np.array([]), 1000, 100, 0.05, 50, seed=0)
    assert found.alarms.value == 0
    assert (found.p_values == 1).all()
