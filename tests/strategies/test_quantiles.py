"""Quantiles of spend compared by order statistics."""

from __future__ import annotations

import numpy as np
import pytest

from relops.strategies.quantiles import compare_quantiles, quantile_effects


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_coverage_of_the_difference(share):
    """Lognormal spend, the treated half as much again; 2000 draws, so three standard errors are 1.5 points."""
    rng, held, true = np.random.default_rng(3), 0, 0.5 * np.exp(1.2815515655 if share == 0.9 else 0)
    for _ in range(2000):
        found = compare_quantiles(rng.lognormal(size=300), 1.5 * rng.lognormal(size=300), share, 0.95)
        held += found.effect.low <= true <= found.effect.high
    assert 0.935 <= held / 2000 <= 0.975


def test_all_zero_bears_no_interval():
    found = compare_quantiles(np.zeros(100), np.zeros(100), 0.5, 0.95)
    assert (found.effect.value, found.effect.low, found.p) == (0.0, None, 1.0)


def test_only_quantiles_that_say_something_are_shown():
    rng = np.random.default_rng(0)
    spend = [np.where(rng.random(400) < 0.2, rng.lognormal(4, 1, 400), 0.0) for _ in range(2)]
    found = quantile_effects(*spend, 0.95)
    # near the median nobody spends; four subjects lie beyond the hundredth
    assert found["share"].tolist() == [0.9, 0.95]
    assert (found["low"] <= found["effect"]).all() and (found["effect"] <= found["high"]).all()
