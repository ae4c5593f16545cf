"""Drawing the arms anew: exact where all drawings can be listed, and its interval is what it does not reject."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from relops.strategies import methods
from relops.strategies.methods import Settings
from relops.strategies.randomisation import p_value_interval, randomisation_test


def listed(control, treated):
    """The p value over every drawing of the arms."""
    everyone, n1 = np.concatenate([control, treated]), len(treated)
    observed = abs(np.mean(treated) - np.mean(control))
    differences = []
    for inside in combinations(range(len(everyone)), n1):
        chosen = np.zeros(len(everyone), bool)
        chosen[list(inside)] = True
        differences.append(everyone[chosen].mean() - everyone[~chosen].mean())
    return np.mean(np.abs(differences) >= observed - 1e-12)


@pytest.mark.parametrize(("control", "treated"), [
    ([0.0, 0, 0, 5, 0, 1], [3.0, 9, 0, 4]), ([1.0, 2, 3, 4], [5.0, 6, 7, 8]), ([0.0, 0, 0, 2], [0.0, 0, 3, 0, 0])])
def test_p_is_that_of_all_drawings(control, treated):
    _, p, _ = randomisation_test(control, treated, 0.95, 40_000, seed=3)
    low, high = p_value_interval(p, 40_000, 0.9999)
    assert low <= listed(control, treated) <= high


def test_the_interval_is_what_the_test_does_not_reject():
    rng = np.random.default_rng(4)
    control, treated = rng.normal(10, 3, 25), rng.normal(12, 3, 15)
    found, *_ = randomisation_test(control, treated, 0.9, 20_000, seed=1)
    for effect, rejected in ((found.low - 0.1, True), (found.low + 0.1, False), (found.high - 0.1, False),
                             (found.high + 0.1, True)):
        _, p, _ = randomisation_test(control, treated - effect, 0.9, 20_000, seed=2)
        assert (p < 0.1) == rejected


def test_small_hold_out_with_rare_spend_keeps_its_level():
    rng = np.random.default_rng(8)
    rejected = covered = 0
    for round_ in range(400):
        control, treated = (np.where(rng.random(n) < 0.01, rng.lognormal(4, 1, n), 0) for n in (1000, 9000))
        found, p, _ = randomisation_test(control, treated, 0.95, 499, seed=round_)
        rejected += p <= 0.05
        covered += found.low <= 0 <= found.high
    assert rejected / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert covered / 400 > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 400)


def test_nobody_spent():
    found, p, _ = randomisation_test(np.zeros(20), np.zeros(10), 0.95, 100, seed=0)
    assert (found.value, p) == (0, 1)


def test_one_subject_is_no_arm():
    with pytest.raises(ValueError, match="two in each arm"):
        randomisation_test([1.0], [2.0, 3.0], 0.95, 100, seed=0)


def test_the_relative_interval_is_what_the_test_does_not_reject_of_factors():
    """What was spent under treatment divided by a factor: the plain test rejects beyond the bounds, not within."""
    rng = np.random.default_rng(5)
    control, treated = (np.where(rng.random(n) < 0.3, rng.lognormal(3, 0.5, n), 0) for n in (200, 150))
    treated *= 1.6
    found = randomisation_test(control, treated, 0.9, 20_000, seed=1)[2]
    assert found.value == pytest.approx(treated.mean() / control.mean() - 1) and found.n == 350
    for factor, rejected in ((found.low - 0.05, True), (found.low + 0.08, False), (found.high - 0.1, False),
                             (found.high + 0.1, True)):
        _, p, _ = randomisation_test(control, treated / (1 + factor), 0.9, 20_000, seed=2)
        assert (p < 0.1) == rejected, (factor, p)


def test_the_relative_interval_holds_the_true_factor():
    rng, covered = np.random.default_rng(9), 0
    for round_ in range(400):
        control, treated = (np.where(rng.random(n) < 0.02, rng.lognormal(4, 1, n), 0) for n in (1000, 4000))
        found = randomisation_test(control, 1.5 * treated, 0.9, 299, seed=round_)[2]
        covered += found is None or found.low <= 0.5 <= found.high
    assert 0.9 - 3 * np.sqrt(0.09 / 400) < covered / 400


def test_no_relative_effect_without_spending_or_with_refunds():
    assert randomisation_test(np.zeros(9), np.ones(9), 0.95, 100, seed=0)[2] is None
    assert randomisation_test(np.array([3.0, -1, 2]), np.ones(9), 0.95, 100, seed=0)[2] is None


def test_a_large_family_has_draws_enough_for_its_smallest_p():
    plan = SimpleNamespace(metrics=range(7), arms=range(4))  # 21 tests
    few, settings = SimpleNamespace(some={"a": 100}), Settings(0.01, 90, 2000, 1)
    draws = methods._draws(few, 0.99, settings, plan)
    assert 21 / (draws + 1) < 0.01
    assert methods._draws(SimpleNamespace(some={"a": 10**7}), 0.99, settings, plan) == 2000
