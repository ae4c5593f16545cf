"""Sizes and powers of tests against printed figures.

R: power.t.test and power.prop.test; Booking's calculator as ep-stats tests it; Stata's power twoproportions; Spotify's
calculator (spotify/confidence, tests/frequentist/test_freqsamplesizecalculator.py).
"""

from __future__ import annotations

import math

import pytest

from relops.strategies.design import (
    Bar,
    Spread,
    best_shares,
    detectable_share,
    needed_subjects,
    power_of,
    share_spread,
)

EVEN = (0.5, 0.5)
NORMAL = math.inf  # degrees of freedom of calculators that take the variance for known


@pytest.mark.parametrize(("mean", "deviation", "relative", "each"), [
    (0.2, 1.2, 0.1, 56_512), (0.2, 2.0, 0.1, 156_978), (0.3, 1.2, 0.1, 25_117), (0.2, 1.2, 0.05, 226_048)])
def test_means_of_the_booking_calculator(mean, deviation, relative, each):
    found = needed_subjects(mean * relative, Spread(deviation**2, deviation**2), EVEN, Bar()) / 2
    assert found == pytest.approx(each, abs=1)


@pytest.mark.parametrize(("share", "relative", "each"), [(0.4, 0.05, 9_490), (0.1, 0.1, 14_749)])
def test_shares_of_the_booking_calculator(share, relative, each):
    """It does not pool the shares; the score test does, and needs a few subjects more."""
    before, after = share, share * (1 + relative)
    plain = Spread(before * (1 - before), after * (1 - after))
    assert needed_subjects(share * relative, plain, EVEN, Bar()) / 2 == pytest.approx(each, abs=1)
    assert needed_subjects(share * relative, share_spread(before, after), EVEN, Bar()) / 2 == pytest.approx(each, abs=4)


def test_several_arms_of_the_booking_calculator():
    """Four arms: three comparisons with the control, the error rate divided among them."""
    found = needed_subjects(0.01, Spread(0.09, 0.11 * 0.89), EVEN, Bar(comparisons=3, freedom=NORMAL)) / 2
    assert found == pytest.approx(19_596, abs=1)


def test_two_shares_of_r():
    found = needed_subjects(0.005, share_spread(0.1, 0.105), EVEN, Bar()) / 2
    assert found == pytest.approx(57_762.65, abs=1)


@pytest.mark.parametrize(("effect", "n", "sides", "power"), [
    (1, 30, 2, 0.967708258242517), (0.1, 20, 2, 0.06095912465411235), (1, 30, 1, 0.985459690251624)])
def test_power_of_students_test_in_r(effect, n, sides, power):
    assert power_of(2 * n, effect, Spread(1, 1), EVEN, Bar(sides=sides)) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize(("effect", "each"), [(0.1, 1570.733), (0.2, 393.4057), (0.5, 63.7656)])
def test_size_for_students_test(effect, each):
    """The normal approximation asks for one subject fewer in each arm, whatever the effect."""
    assert needed_subjects(effect, Spread(1, 1), EVEN, Bar()) / 2 == pytest.approx(each, abs=5e-4)
    normal = needed_subjects(effect, Spread(1, 1), EVEN, Bar(freedom=NORMAL)) / 2
    assert normal == pytest.approx(each - 0.96, abs=0.03)


def test_twice_as_many_treated_in_r():
    assert needed_subjects(0.2, Spread(1, 1), (1 / 3, 2 / 3), Bar()) / 3 == pytest.approx(294.974, abs=5e-3)


BANANAS, MORE = 0.7, 0.7 * 0.00617  # share who eat them, and the smallest rise that matters
SHARE = Spread(BANANAS * (1 - BANANAS), (BANANAS + MORE) * (1 - BANANAS - MORE))
FOUR = 0.01 / 4  # Spotify divides the error among two metrics of two treatments


@pytest.mark.parametrize(("effect", "spread", "sides", "everyone"), [
    (MORE, SHARE, 1, 1_042_868), (MORE, SHARE, 2, 1_170_185), (0.0456, Spread(2.13, 2.13), 1, 95_459)])
def test_the_smaller_arm_of_spotifys_calculator(effect, spread, sides, everyone):
    """Weights 5000, 2000 and 3000, 99 %: the pair with the smaller treatment sets the number of all subjects."""
    found = needed_subjects(effect, spread, (0.5, 0.2), Bar(alpha=FOUR, sides=sides, freedom=NORMAL))
    assert found == pytest.approx(everyone, rel=1e-5)


def test_non_inferiority_of_spotifys_calculator():
    """Two arms; no difference expected, a margin to exclude; a second metric must hold too, so power is 90 %."""
    bar = Bar(alpha=0.01, sides=1, power=0.9, freedom=NORMAL)
    found = needed_subjects(MORE, Spread(0.21, 0.21), (5 / 7, 2 / 7), bar)
    assert found == pytest.approx(718_056, rel=1e-5)


def test_dunnetts_shares_need_fewer_than_spotifys_best():
    shares = best_shares(["control", "few", "many"], "control")
    found = needed_subjects(MORE, SHARE, (shares["control"], shares["few"]), Bar(alpha=FOUR, sides=1, freedom=NORMAL))
    assert found == pytest.approx(869_259, abs=1)
    assert found < 894_863


@pytest.mark.parametrize(("n", "shares", "power"), [(154 * 3, (1 / 3, 2 / 3), 0.79956592),
                                                    (154 * 3, (2 / 3, 1 / 3), 0.82603473)])
def test_unequal_arms_of_stata(n, shares, power):
    assert power_of(n, 0.1, share_spread(0.1, 0.2), shares, Bar()) == pytest.approx(power, abs=1e-4)


def test_detectable_share_and_needed_subjects_agree():
    rise = detectable_share(2 * 14_751, 0.1, EVEN, Bar())
    assert rise == pytest.approx(0.01, rel=1e-4)
