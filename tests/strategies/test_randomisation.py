"""Drawing the arms anew: exact where all drawings can be listed, and its interval is what it does not reject."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from relops.strategies import methods
from relops.strategies.methods import Settings
from relops.strategies.randomisation import p_value_interval, randomisation_test


def listed(control, treated):
    """The p value over every drawing of the arms, of the difference over its standard error: twice the smaller tail."""
    everyone, n1 = np.concatenate([control, treated]), len(treated)

    def t(own, other):
        error = np.sqrt(np.var(own, ddof=1) / len(own) + np.var(other, ddof=1) / len(other))
        return (np.mean(own) - np.mean(other)) / error if error else np.copysign(np.inf, np.mean(own) - np.mean(other))

    found = []
    for inside in combinations(range(len(everyone)), n1):
        chosen = np.zeros(len(everyone), bool)
        chosen[list(inside)] = True
        found.append(t(everyone[chosen], everyone[~chosen]))
    t_values, own = np.array(found), t(np.array(treated), np.array(control))
    return min(1, 2 * min(np.mean(t_values >= own - 1e-12), np.mean(t_values <= own + 1e-12)))


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


@pytest.mark.parametrize(("level", "draws"), [(0.95, 399), (0.9, 999), (0.8, 199)])
def test_zero_lies_outside_the_interval_just_where_p_is_small(level, draws):
    rng = np.random.default_rng(11)
    for round_ in range(200):
        control, treated = (np.where(rng.random(n) < 0.02, rng.lognormal(4 + lift, 1, n), 0) for n, lift in (
            (400, 0), (3600, 0.6)))
        found, p, _ = randomisation_test(control, treated, level, draws, seed=round_)
        assert (p <= 1 - level + 1e-12) == (found.low is not None and not found.low <= 0 <= found.high)


def test_nobody_spent():
    found, p, _ = randomisation_test(np.zeros(20), np.zeros(10), 0.95, 100, seed=0)
    assert (found.value, p) == (0, 1)


def test_one_subject_is_no_arm():
    with pytest.raises(ValueError, match="two in each arm"):
        randomisation_test([1.0], [2.0, 3.0], 0.95, 100, seed=0)


def test_an_effect_that_changes_the_spread_is_covered_too():
    """Twice the buyers, or twice the amounts, in the small arm: a constant effect would cover it in three of four."""
    rng, covered, relative = np.random.default_rng(6), np.zeros(2), np.zeros(2)
    for round_ in range(400):
        control = np.where(rng.random(9000) < 0.02, rng.lognormal(4, 1, 9000), 0)
        for place, (share, times) in enumerate(((0.02, 2), (0.04, 1))):
            treated = np.where(rng.random(1000) < share, times * rng.lognormal(4, 1, 1000), 0)
            found, _, change = randomisation_test(control, treated, 0.95, 399, seed=round_)
            covered[place] += found.low <= 0.02 * np.exp(4.5) <= found.high
            relative[place] += change.low <= 1 <= change.high
    assert (covered / 400 > 0.94 - 3 * np.sqrt(0.06 * 0.94 / 400)).all(), covered
    assert (relative / 400 > 0.94 - 3 * np.sqrt(0.06 * 0.94 / 400)).all(), relative


def test_equal_means_of_unlike_arms_are_seldom_told_apart():
    rng, rejected = np.random.default_rng(7), 0
    for round_ in range(400):
        control = np.where(rng.random(9000) < 0.04, rng.lognormal(4, 1, 9000), 0)
        treated = np.where(rng.random(1000) < 0.02, 2 * rng.lognormal(4, 1, 1000), 0)
        rejected += randomisation_test(control, treated, 0.95, 399, seed=round_)[1] <= 0.05
    assert rejected / 400 < 0.1  # by the bare difference one in eight


def test_the_relative_interval_is_around_the_factor():
    rng = np.random.default_rng(5)
    control, treated = (np.where(rng.random(n) < 0.3, rng.lognormal(3, 0.5, n), 0) for n in (200, 150))
    treated *= 1.6
    found = randomisation_test(control, treated, 0.9, 20_000, seed=1)[2]
    assert found.value == pytest.approx(treated.mean() / control.mean() - 1) and found.n == 350
    assert found.low < 0.6 < found.high and found.low > -1


def test_the_relative_interval_holds_the_true_factor():
    rng, covered = np.random.default_rng(9), 0
    for round_ in range(400):
        control, treated = (np.where(rng.random(n) < 0.02, rng.lognormal(4, 1, n), 0) for n in (1000, 4000))
        found = randomisation_test(control, 1.5 * treated, 0.9, 299, seed=round_)[2]
        covered += found is None or found.low <= 0.5 <= found.high
    assert 0.9 - 3 * np.sqrt(0.09 / 400) < covered / 400


def test_no_relative_effect_where_its_interval_has_no_end():
    control = np.zeros(400)
    control[0] = 1e-6
    found, _, change = randomisation_test(control, np.where(np.arange(400) < 60, 50.0, 0), 0.95, 400, seed=0)
    assert found.low < found.value < found.high and change is None


def test_no_relative_effect_without_spending_or_with_refunds():
    assert randomisation_test(np.zeros(9), np.ones(9), 0.95, 100, seed=0)[2] is None
    assert randomisation_test(np.array([3.0, -1, 2]), np.ones(9), 0.95, 100, seed=0)[2] is None


def test_a_large_family_has_draws_enough_for_its_smallest_p():
    plan = SimpleNamespace(metrics=range(7), arms=range(4))  # 21 tests
    few, settings = SimpleNamespace(some={"a": 100}), Settings(0.01, 90, 2000, 1)
    draws = methods._draws(few, 0.99, settings, plan)
    assert 21 / (draws + 1) < 0.01
    assert methods._draws(SimpleNamespace(some={"a": 10**7}), 0.99, settings, plan) == 2000
