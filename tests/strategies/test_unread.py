"""What could not be read decides nothing and goes by its name; what did harm is offered to nobody."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from relops.brief.experiments import Experiment
from relops.customers.availability import Unavailable
from relops.errors import BadInput
from relops.exhibits import plain, render_finding
from relops.strategies.decision_findings import say_decision
from relops.strategies.evaluation import Settings, evaluate, ready_experiments
from relops.strategies.gaps import say_gaps
from relops.strategies.policy import best_policy
from relops.strategies.segments import compare_segments

METRIC = {"table": "assignments", "kind": "mean"}
GAIN = METRIC | {"id": "gain", "column": "gain", "role": "primary", "direction": "increase", "measures": "margin"}
COMPLAINED = {"id": "complained", "table": "assignments", "column": "complained", "kind": "proportion",
              "role": "guardrail", "direction": "decrease", "margin": 0.02}
PLAN = {"id": "test", "control": "control", "arms": {"control": 0.5, "treated": 0.5}, "metrics": [GAIN, COMPLAINED]}
NUMBER = 2_000


def rows(seed=1, arms=("control", "treated"), lift=(0.0, 2.0)):
    rng = np.random.default_rng(seed)
    place = np.arange(NUMBER) % len(arms)
    return pd.DataFrame({"experiment_id": "test", "customer_id": [f"c{n:04d}" for n in range(NUMBER)],
                         "arm": np.array(arms)[place], "gain": rng.normal(10, 4, NUMBER) + np.array(lift)[place],
                         "complained": (rng.random(NUMBER) < 0.03).astype(float), "rounds": rng.poisson(3, NUMBER)})


def judge(company, drawn, **given):
    return evaluate(company(assignments=drawn), Experiment.model_validate(PLAN | given), datetime.date(2026, 4, 30),
                    "UTC", None, Settings(0.05, 60, 500, 1))


def said(findings):
    return [plain(render_finding(each, "en")) for each in findings]


def silenced(drawn):
    return drawn.assign(complained=drawn["complained"].where((drawn["arm"] == "control") | (drawn.index % 3 == 0)))


def test_a_guardrail_that_holds_lets_an_arm_ship(company):
    test = judge(company, rows())
    assert (test.decision.verdict, test.decision.arm) == ("ship", "treated")


@pytest.mark.parametrize("spoil", [lambda drawn: drawn.assign(complained=np.nan), silenced,
                                   lambda drawn: drawn.assign(complained=3 * drawn["complained"])])
def test_a_guardrail_that_cannot_be_read_does_not(company, spoil):
    test = judge(company, spoil(rows()))
    assert (test.decision.verdict, test.decision.reasons) == ("not_proven", ("guardrail_unread",))
    told = said(say_decision(test, "CNY"))
    assert "a guardrail of the plan could not be read" in told[0] and "no guardrail" not in told[0]
    assert "1 could not be read (complained)" in told[1]


def test_a_primary_metric_that_cannot_be_read_is_named_beside_the_verdict(company):
    blank = METRIC | {"id": "blank", "column": "blank", "role": "primary"}
    test = judge(company, rows().assign(blank=np.nan), metrics=[GAIN, blank])
    assert test.decision.verdict == "ship"
    assert "1 could not be read (blank)" in said(say_decision(test, "CNY"))[1]


def test_ties_at_a_quantile_are_told_as_such(company):
    median = METRIC | {"id": "median", "column": "rounds", "kind": "quantile", "role": "primary"}
    test = judge(company, rows(), metrics=[median])
    told, = said(say_gaps(test))
    assert "so many have one and the same value near this quantile of median" in told


def test_the_outcome_cannot_be_its_own_covariate(company):
    plan = Experiment.model_validate(PLAN | {"covariates": ["gain"]})
    with pytest.raises(BadInput) as caught:
        ready_experiments(company(assignments=rows()), SimpleNamespace(experiments=[plan]))
    assert [problem.code for problem in caught.value.problems] == ["strategies.covariate_is_outcome"]


def test_an_arm_that_did_harm_is_offered_to_nobody(company):
    drawn = rows(arms=("control", "treated", "call"), lift=(0.0, 2.0, 6.0))
    drawn.loc[drawn["arm"] == "call", "complained"] = (np.arange((drawn["arm"] == "call").sum()) % 4 == 0).astype(float)
    metrics = [GAIN, COMPLAINED | {"margin": 0.05}]
    test = judge(company, drawn, arms={"control": 1, "treated": 1, "call": 1}, segments=["rounds"], metrics=metrics)
    assert (test.decision.verdict, test.decision.arm) == ("ship", "treated")
    policy = best_policy(test, "s1", None, 1)
    assert set(policy.arms) == {"control", "treated"} and policy.best == "treated"
    alone = judge(company, drawn[drawn["arm"] != "treated"], arms={"control": 1, "call": 1}, segments=["rounds"],
                  metrics=metrics)
    with pytest.raises(Unavailable):
        best_policy(alone, "s1", None, 1)


def test_segments_of_shares_seldom_differ_by_chance(company):
    """Five segments of 200 against 200 at 30 %: by the variance of each arm 7 in 100 were told apart."""
    rng, alarms = np.random.default_rng(3), 0
    came = {"id": "came", "table": "assignments", "column": "came", "kind": "proportion", "role": "primary"}
    segment, arm = np.repeat(np.arange(5), 400), np.tile(["control", "treated"], 1000)
    for _ in range(60):
        drawn = rows().assign(arm=arm, segment=[f"s{each}" for each in segment],
                              came=(rng.random(NUMBER) < 0.3).astype(float))
        test = judge(company, drawn, metrics=[came], segments=["segment"])
        found, = compare_segments(test.subjects.outcomes[0], test.subjects, test.moments["came"], "segment",
                                  Settings(0.05, 60, 500, 1), level=0.95, family=5)
        effects, p = found.table["effect"].to_numpy(), found.p
        pooled = drawn.groupby("segment")["came"].mean().to_numpy()
        errors = np.sqrt((400 * pooled + 1) / 402 * (1 - (400 * pooled + 1) / 402) * 2 / 200)
        centre = (effects / errors**2).sum() / (1 / errors**2).sum()
        assert found.q == pytest.approx((((effects - centre) / errors) ** 2).sum())
        alarms += p < 0.05
    assert alarms <= 9  # 3 expected; one in 400 times more than 9


def test_a_guardrail_that_nobody_broke_holds(company):
    test = judge(company, rows().assign(complained=0.0))
    assert [each.verdict for each in test.decision.judged] == ["better", "within"]
    assert test.decision.verdict == "ship"
    assert [each.id for each in say_gaps(test)] == ["experiment.test.complained_treated_no_relative.finding"]
