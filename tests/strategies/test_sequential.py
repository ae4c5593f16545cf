"""Bounds of planned looks, their error and power, and always-valid intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from relops.strategies.sequential import plan_looks, sequence_half_width, sequence_p_value


def test_one_look_is_the_ordinary_test():
    looks = plan_looks(1)
    assert looks.bounds == pytest.approx([norm.isf(0.025)], abs=1e-9)
    assert looks.inflation(0.8) == pytest.approx(1, abs=1e-3)  # the far side counts a little


def test_error_is_alpha_by_simulation():
    looks = plan_looks([0.3, 0.5, 1.0], alpha=0.1)
    steps = np.random.default_rng(5).normal(size=(400_000, 3)) * np.sqrt(np.diff(looks.information, prepend=0))
    z = steps.cumsum(axis=1) / np.sqrt(looks.information)
    crossed = (np.abs(z) > looks.bounds).any(axis=1).mean()
    assert crossed == pytest.approx(0.1, abs=3 * np.sqrt(0.09 / 400_000))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=6), st.sampled_from(["obrien_fleming", "pocock"]),
       st.floats(0.001, 0.2))
def test_all_error_is_spent_and_no_more(steps, spending, alpha):
    shares = np.cumsum(steps) / np.sum(steps)
    shares[-1] = 1.0
    looks = plan_looks(list(shares), alpha, spending)
    assert looks.power(0.0) == pytest.approx(alpha, abs=1e-7)
    assert looks.spent[-1] == pytest.approx(alpha)
    assert looks.power(looks.drift_for(0.8)) == pytest.approx(0.8, abs=1e-8)
    assert looks.inflation(0.8) > 1 - 0.01 * alpha  # the far side of the fixed test counts a little


@pytest.mark.parametrize("shares", [[], [0.5], [0.5, 0.5, 1], [0, 1], [0.7, 0.4, 1]])
def test_shares_must_ascend_to_one(shares):
    with pytest.raises(ValueError, match="ascend"):
        plan_looks(shares)


def test_always_valid_interval_and_p_value_agree():
    n, z = 3000, 2.9
    alpha = 0.05
    excludes = sequence_half_width(1 / z, n, alpha, 5000) < 1
    assert excludes == (sequence_p_value(z, n, 5000, alpha) < alpha)
    edge = sequence_half_width(1.0, n, alpha, 5000)
    assert sequence_p_value(edge, n, 5000, alpha) == pytest.approx(alpha)
    assert sequence_p_value(0.0, n, 5000, alpha) == 1
