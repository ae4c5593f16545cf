"""Many tests at once equal as many single ones, and random divisions of the same people sound few alarms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tea_tasting.aggr import Aggregates

from relops.strategies.effects import compare_means, compare_ratios, compare_shares
from relops.strategies.quantiles import compare_quantiles
from relops.strategies.simulation import (
    aggregate_rows,
    many_means,
    many_quantiles,
    many_ratios,
    many_shares,
    simulate_nothing,
)

ROWS = 20


@pytest.fixture
def parts():
    """Value, denominator and covariate of both arms, as many rows as tests."""
    rng = np.random.default_rng(3)
    made = []
    for n in (60, 90):
        before = rng.gamma(2, 1, (ROWS, n))
        made.append({"value": before + rng.gamma(1, 1, (ROWS, n)), "per": rng.poisson(2, (ROWS, n)) + 1.0,
                     "before": before})
    return made


def single(cells, row):
    """The aggregates of one row."""
    return [Aggregates(cell.count_, {key: value[row] for key, value in cell.mean_.items()},
                       {key: value[row] for key, value in cell.var_.items()},
                       {key: value[row] for key, value in cell.cov_.items()}) for cell in cells]


def same(many, row, found):
    assert (many.effect[row], many.low[row], many.high[row], many.p[row]) == pytest.approx(
        (found.effect.value, found.effect.low, found.effect.high, found.p), rel=1e-9)


@pytest.mark.parametrize("covariate", [False, True])
def test_means(parts, covariate):
    cells = [aggregate_rows(**part) for part in parts]
    many = many_means(*cells, 0.95, covariate)
    for row in range(ROWS):
        same(many, row, compare_means(*single(cells, row), 0.95, covariate))


def test_ratios(parts):
    cells = [aggregate_rows(**part) for part in parts]
    many = many_ratios(*cells, 0.9)
    for row in range(ROWS):
        same(many, row, compare_ratios(*single(cells, row), 0.9))


def test_shares():
    hits, treated = np.array([0, 3, 20, 50]), np.array([0, 9, 18, 70])
    many = many_shares(hits, 100, treated, 120, 0.95)
    for row in range(len(hits)):
        same(many, row, compare_shares(hits[row], 100, treated[row], 120, 0.95))


def test_quantiles(parts):
    values = [part["value"] for part in parts]
    many = many_quantiles(*values, 0.5, 0.95)
    for row in range(ROWS):
        same(many, row, compare_quantiles(values[0][row], values[1][row], 0.5, 0.95))


def test_the_error_of_a_median():
    """Of normal values it is sqrt(pi / 2n)."""
    rng = np.random.default_rng(1)
    found = compare_quantiles(rng.normal(size=40_000), rng.normal(1, 1, 40_000), 0.5, 0.95)
    error = (found.effect.high - found.effect.low) / 2 / stats.norm.ppf(0.975)
    assert error == pytest.approx(np.sqrt(2 * np.pi / 2 / 40_000), rel=0.05)
    assert found.effect.low < 1 < found.effect.high and found.method == "order_statistics"


def test_quantiles_of_too_few_or_of_one_value():
    with pytest.raises(ValueError, match="beyond the quantile"):
        compare_quantiles(np.arange(50.0), np.arange(200.0), 0.9, 0.95)
    same_value = compare_quantiles(np.zeros(100), np.zeros(100), 0.5, 0.95)
    assert (same_value.effect.value, same_value.effect.low, same_value.p) == (0.0, None, 1.0)


def test_divisions_of_the_same_people_sound_few_alarms():
    values = np.random.default_rng(5).gamma(2, 10, 500)
    found = simulate_nothing(values, 0.3, 4000, seed=1)
    assert found.alarms(0.05).mean() == pytest.approx(0.05, abs=0.012)
    assert stats.kstest(found.p, "uniform").pvalue > 0.001
    assert np.array_equal(found.p, simulate_nothing(values, 0.3, 4000, seed=1).p)
