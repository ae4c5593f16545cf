"""How often a test may be read: once at its end, at planned looks, or whenever anybody likes."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from scipy.stats import norm

from relops.brief.experiments import Experiment
from relops.strategies.looking import (
    ALWAYS,
    HIDDEN,
    ONCE,
    PLANNED,
    Looking,
    always_width,
    how_to_read,
    plan_days,
)
from relops.strategies.sequential import FARTHEST, plan_looks

START, END = datetime.date(2026, 1, 1), datetime.date(2026, 3, 1)
CLOSE = END + datetime.timedelta(days=30)


def plan(**given):
    return Experiment.model_validate({"id": "x", "arms": {"a": 0.5, "b": 0.5}, "start": START, "end": END} | given)


def read(data_end, last=END, **given):
    return how_to_read(plan(**given), 0.05, data_end, START, last, 30)


def day(month, number):
    return datetime.date(2026, month, number)


@pytest.mark.parametrize(("data_end", "kind", "until"), [
    (day(3, 15), HIDDEN, CLOSE), (day(1, 5), HIDDEN, CLOSE), (CLOSE, ONCE, None), (day(6, 1), ONCE, None)])
def test_without_looks_a_test_is_read_when_its_last_window_has_closed(data_end, kind, until):
    looking = read(data_end)
    assert (looking.kind, looking.until, looking.readable, looking.last) == (kind, until, kind == ONCE, kind == ONCE)


def test_a_test_without_dates_is_read_once():
    assert how_to_read(plan(), 0.05, None, None, None, 0).kind == ONCE


def test_looks_are_equal_steps_from_the_first_outcome_to_the_last():
    days = plan_days(plan(looks=2), START, CLOSE, 30)
    assert days == (day(1, 31) + datetime.timedelta(days=30), CLOSE)
    dated = plan(looks=[day(3, 20), day(2, 10), day(9, 9)])
    assert plan_days(dated, START, CLOSE, 30) == (day(2, 10), day(3, 20), CLOSE)


def test_planned_looks_are_done_as_the_data_reach_them():
    before, between, after = read(day(2, 1), looks=2), read(day(3, 10), looks=2), read(CLOSE, looks=2)
    assert [each.done for each in (before, between, after)] == [0, 1, 2]
    assert [each.readable for each in (before, between, after)] == [False, True, True]
    assert [each.until for each in (before, between, after)] == [before.days[0], CLOSE, None]
    assert after.last and not between.last


def test_looks_without_an_end_hold_whenever_read():
    assert read(day(3, 10), looks=3, end=None).kind == ALWAYS
    assert read(day(9, 10), looks=3, end=None).kind == ALWAYS


def looking(subjects, looks=4, alpha=0.05):
    return Looking(PLANNED, alpha, (CLOSE,) * looks, subjects)


def test_bounds_of_looks_as_planned_are_the_printed_ones():
    assert looking((100, 200, 300, 400)).bounds == pytest.approx([4.3326, 2.9631, 2.3590, 2.0141], abs=6e-5)
    assert looking((100, 200)).bounds == pytest.approx([4.3326, 2.9631], abs=6e-5)


def test_looks_that_know_the_same_or_nobody():
    bounds = looking((0, 200, 300, 300)).bounds
    assert bounds[0] == FARTHEST
    assert bounds[2] == bounds[3]
    assert bounds[1:3] == pytest.approx(plan_looks([2 / 3, 1], times=[0.5, 1]).bounds)


@pytest.mark.parametrize("z", [(0.0, 3.1, 0.0, 0.0), (1.0, 1.0, 1.0, 2.02), (1.0, 1.0, 1.0, 2.0), (1.0, 1.0, 2.37, 0.5),
                               (4.0, 0.0, 0.0, 0.0)])
def test_p_is_below_alpha_just_where_a_bound_was_passed(z):
    plan = looking((100, 200, 300, 400))
    passed = bool((np.abs(z) >= plan.bounds).any())
    assert (plan.p([2 * norm.sf(each) for each in z], 400) <= 0.05 + 1e-12) == passed


@pytest.mark.parametrize("alpha", [0.01, 0.025, 0.2])
def test_p_is_the_alpha_whose_bound_is_just_passed(alpha):
    z = plan_looks(4, alpha).bounds[1]
    assert looking((100, 200)).p([1.0, 2 * norm.sf(z)], 200) == pytest.approx(alpha, rel=0.005)


def test_error_rate_of_four_looks_at_uneven_information():
    """Sums of 223, 396, 491 and 600 normal values without effect, 40,000 times."""
    known = np.array([223, 396, 491, 600])
    steps = np.random.default_rng(8).normal(size=(40_000, 4)) * np.sqrt(np.diff(known, prepend=0))
    z = steps.cumsum(axis=1) / np.sqrt(known)
    rate = (np.abs(z) >= looking(tuple(known)).bounds).any(axis=1).mean()
    assert rate == pytest.approx(0.05, abs=0.0033)


def test_levels_of_intervals():
    assert Looking(ONCE, 0.1).level(50) == 0.9
    plan = looking((100, 200))
    assert norm.isf((1 - plan.level(200)) / 2) == pytest.approx(plan.bounds[1])
    assert norm.isf((1 - plan.level(0, 0)) / 2) == pytest.approx(plan.bounds[0], rel=1e-6)
    always = Looking(ALWAYS, 0.05)
    assert always_width(always, 5000) == pytest.approx(1.549, abs=1e-3)
    assert always.p([0.001], 5000) > 0.001
    assert Looking(ONCE, 0.05).p([0.03], 10) == 0.03
