"""Who should get what next: the policy of a test carried over to customers it never saw, with a control."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

from relops.brief import Brief
from relops.strategies.actions import COLUMNS, choose
from relops.strategies.assignment import Allocation, arm_of
from relops.strategies.draw_plan import Wishes, plan_draw
from relops.strategies.targeting import Learned, judge, score_arms

SHARES = {"control": 0.5, "voucher": 0.5}
N = 4_000
BODY = {"client": {"name": "tea"}, "finance": {"currency": "CNY"}, "period": {"timezone": "UTC"},
        "strategies": [{"id": "S1", "channel": "sms", "control_share": 0.25}]}


def learned_from(effect, seed=7):
    """A test of one feature x in which the voucher brings ``effect(x)`` beyond the control."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, N)
    arm = np.where(random.random(N) < 0.5, "voucher", "control")
    value = 10 + x + effect(x) * (arm == "voucher") + random.normal(0, 1, N)
    features = pd.DataFrame({"x": x})
    scores = score_arms(features, arm, value, SHARES, "control", {"voucher": 0.5}, 1)
    return dataclasses.replace(judge(scores, 0.95), learned=Learned(scores, features))


@pytest.fixture(scope="module")
def plan():
    brief = Brief.model_validate(BODY)
    return plan_draw(brief, (None, brief.strategies[0]), Wishes(draw_id="s1_next"), datetime.date(2026, 6, 30))


@pytest.fixture(scope="module")
def today():
    x = np.linspace(-1, 1, 801)
    return pd.DataFrame({"id": [f"C{place:04d}" for place in range(len(x))], "cap": 2.0, "x": x})


def test_effects_on_strangers_are_those_that_were_put_in(today):
    policy = learned_from(lambda x: 3 * x)
    effects = policy.learned.effects_on(today)
    assert (effects["control"] == 0).all()
    assert np.abs(effects["voucher"] - (3 * today["x"] - 0.5)).max() < 0.3
    chosen = policy.learned.over_control(policy.chosen, 0.95)
    # treating where 3x > .5: half of the integral of 3x - .5 from 1/6 to 1
    assert chosen.low < 0.5 * (1.5 * (1 - 1 / 36) - 0.5 * 5 / 6) < chosen.high
    assert chosen.n == N


def test_each_customer_gets_what_pays_and_a_share_is_held_back(plan, today):
    frame = choose(today, learned_from(lambda x: 3 * x), plan, None)
    assert list(frame.columns) == list(COLUMNS)
    x = today.set_index("id")["x"].reindex(frame["customer_id"])
    assert x.min() > 0.05  # who would bring less than the contact costs is not in it
    assert x.max() == 1
    assert (frame["expected_margin"] > 0).all()
    holding = Allocation("s1_next", "s1_next", {"control": 0.25, "treated": 0.75})
    held = np.array([arm_of(own, holding) == "control" for own in frame["customer_id"]])
    assert (frame["treated"] == np.where(held, "no", "yes")).all()
    assert (frame.loc[held, ["arm", "reason"]] == "control").all(axis=None)
    assert (frame.loc[~held, "reason"] == "best_for_customer").all()
    assert frame["expected_margin"].is_monotonic_decreasing


def test_no_more_than_the_share_that_may_be_treated(plan, today):
    frame = choose(today, learned_from(lambda x: 3 * x), plan, 0.1)
    assert (frame["treated"] == "yes").sum() == 80
    everyone = choose(today, learned_from(lambda x: 3 * x), plan, None)
    pd.testing.assert_frame_equal(frame, everyone.head(len(frame)))


def test_one_arm_for_all_where_choosing_is_not_worth_it(plan, today):
    policy = learned_from(lambda x: 2 + 0 * x)
    assert not policy.worth_it
    frame = choose(today, policy, plan, None)
    assert len(frame) == len(today)
    treated = frame[frame["treated"] == "yes"]
    assert set(treated["arm"]) == {"voucher"}
    assert set(treated["reason"]) == {"best_for_all"}
    assert treated["expected_margin"].iloc[0] == pytest.approx(1.5, abs=0.1)


def test_nobody_where_nothing_pays(plan, today):
    assert choose(today, learned_from(lambda x: 0 * x - 1), plan, None).empty


@pytest.mark.parametrize("effect", [lambda x: 3 * x, lambda x: 2 + 0 * x], ids=["by customer", "one for all"])
def test_nobody_where_nobody_may_be_contacted(plan, today, effect):
    frame = choose(today.head(0), learned_from(effect), plan, 0.5)
    assert (list(frame.columns), len(frame)) == (list(COLUMNS), 0)
