"""Effects by segment: the test of a difference, shrinkage, the family."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from statsmodels.stats.meta_analysis import combine_effects

from relops.strategies.shrinkage import dersimonian_laird, heterogeneity, paule_mandel, shrink, spread_around


@pytest.mark.parametrize("seed", range(5))
def test_spread_of_effects_is_that_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    effects, errors = rng.normal(1, 2, 6), rng.uniform(0.3, 1, 6)
    theirs = {method: combine_effects(effects, errors**2, method_re=method) for method in ("pm", "dl")}
    assert paule_mandel(effects, errors) == pytest.approx(theirs["pm"].tau2, abs=1e-4)
    assert dersimonian_laird(effects, errors) == pytest.approx(theirs["dl"].tau2, abs=1e-10)
    assert heterogeneity(effects, errors, 0.0) == pytest.approx(theirs["dl"].q)


def test_equal_effects_have_no_spread():
    assert paule_mandel(np.ones(3), np.ones(3)) == dersimonian_laird(np.ones(3), np.ones(3)) == 0


def test_without_spread_all_are_the_common_effect():
    centre, shrunken, spread = shrink(np.array([1.0, 2.0, 6.0]), np.array([1.0, 1.0, 2.0]), 0.0)
    assert centre == pytest.approx((1 + 2 + 6 / 4) / 2.25)
    assert shrunken == pytest.approx([centre] * 3)
    assert spread == pytest.approx([1 / np.sqrt(2.25)] * 3)


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0.1, 5)), min_size=2, max_size=8), st.floats(0, 20))
def test_shrunken_effects_lie_between_their_own_and_the_common_one(pairs, tau2):
    effects, errors = map(np.array, zip(*pairs, strict=True))
    centre, shrunken, spread = shrink(effects, errors, tau2)
    assert (np.minimum(effects, centre) - 1e-9 <= shrunken).all()
    assert (shrunken <= np.maximum(effects, centre) + 1e-9).all()
    assert (spread <= np.sqrt(errors**2 + 1 / (1 / (errors**2 + tau2)).sum()) + 1e-9).all()


def test_large_spread_leaves_effects_alone():
    effects = np.array([1.0, 5.0, -3.0])
    _, shrunken, spread = shrink(effects, np.ones(3), 1e9)
    assert shrunken == pytest.approx(effects, abs=1e-6)
    assert spread == pytest.approx([1] * 3, abs=1e-3)


def test_the_error_of_a_shrunken_effect_is_that_of_the_posterior():
    """By the definition, with quad in place of the grid: three segments, prior flat on the variance."""
    effects, errors = np.array([1.0, 2.5, 0.2]), np.array([0.8, 1.0, 1.3])
    _, shrunken, _ = shrink(effects, errors, paule_mandel(effects, errors))
    top = (2 * max(np.ptp(effects), errors.max())) ** 2

    def density(tau2):
        spread = np.diag(errors**2) + tau2 * np.eye(3)
        inverse, ones = np.linalg.inv(spread), np.ones(3)
        residual = inverse - np.outer(inverse @ ones, inverse @ ones) / (ones @ inverse @ ones)
        return np.exp(-0.5 * effects @ residual @ effects) / np.sqrt(np.linalg.det(spread) * (ones @ inverse @ ones))

    def squared(tau2, place):
        _, means, known = shrink(effects, errors, tau2)
        return density(tau2) * (known[place] ** 2 + (means[place] - shrunken[place]) ** 2)

    whole = quad(density, 0, top)[0]
    by_hand = [np.sqrt(quad(squared, 0, top, args=(place,))[0] / whole) for place in range(3)]
    assert spread_around(effects, errors, shrunken) == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.parametrize(("segments", "spread"), [(3, 1.0), (8, 0.75), (8, 1.5), (20, 1.0)])
def test_shrunken_intervals_hold_the_true_effects(segments, spread):
    """Intervals that take the spread for known hold 0.85 to 0.89 of these."""
    rng, known, honest = np.random.default_rng(segments), [], []
    for _ in range(600):
        true, errors = rng.normal(0, spread, segments), rng.uniform(0.7, 1.4, segments)
        effects = true + rng.normal(0, errors)
        _, shrunken, naive = shrink(effects, errors, paule_mandel(effects, errors))
        known.append(np.abs(shrunken - true) <= 1.96 * naive)
        honest.append(np.abs(shrunken - true) <= 1.96 * spread_around(effects, errors, shrunken))
    assert np.mean(known) < 0.92 and 0.93 < np.mean(honest) < 0.985
