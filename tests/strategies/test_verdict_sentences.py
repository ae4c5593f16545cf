"""The sentence of a verdict names what the verdict rests on, whichever way it came about."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from relops.brief.experiments import Experiment
from relops.exhibits import plain, render_finding
from relops.strategies.decision_findings import say_decision
from relops.strategies.evaluation import Settings, evaluate

OWN = {"table": "assignments", "kind": "mean", "direction": "increase"}
TASTE = OWN | {"id": "taste", "column": "taste", "role": "primary"}
VISITS = OWN | {"id": "visits", "column": "visits", "role": "primary", "target": 1}
MARGIN = OWN | {"id": "margin", "column": "gain", "measures": "margin"}
COMPLAINED = OWN | {"id": "complained", "column": "complained", "kind": "proportion", "role": "guardrail",
                    "direction": "decrease", "margin": 0.005}
NUMBER = 3_000
DATES = {"start": datetime.date(2026, 2, 1), "end": datetime.date(2026, 3, 1)}
LOOKS = [datetime.date(2026, 2, 15)]


def told(company, arms, metrics, lift=0.0, worse=0.0, complaints=0.1, day=datetime.date(2026, 4, 30), **plan):
    """The sentences of a test with so many arms; ``lift`` moves the taste of all treated, ``worse`` that of the first
    alone, of whom ``complaints`` complain; one in ten of all others does."""
    names = ["control", "first", "second"][:arms]
    rng, place = np.random.default_rng(8), np.arange(NUMBER) % arms
    rows = pd.DataFrame({
        "experiment_id": "test", "customer_id": [f"c{n:04d}" for n in range(NUMBER)], "arm": np.array(names)[place],
        "assigned_at": pd.Timestamp("2026-02-02"), "visits": rng.normal(5, 1, NUMBER),
        "gain": rng.normal(10, 2, NUMBER),
        "taste": rng.normal(10, 2, NUMBER) + lift * (place > 0) - worse * (place == 1),
        "complained": (rng.random(NUMBER) < np.where(place == 1, complaints, 0.1)).astype(float)})
    planned = DATES | {"id": "test", "control": "control", "arms": dict.fromkeys(names, 1 / arms), "metrics": metrics,
                       **plan}
    test = evaluate(company(assignments=rows), Experiment.model_validate(planned), day, "UTC", None,
                    Settings(0.05, 60, 500, 1))
    said = say_decision(test, "CNY")
    assert all(plain(render_finding(each, "zh")) for each in said)
    return test.decision, [plain(render_finding(each, "en")) for each in said]


def test_better_on_one_metric_and_short_of_the_target_of_another(company):
    decision, said = told(company, 2, [TASTE, VISITS], lift=1)
    assert (decision.verdict, decision.reasons) == ("not_proven", ("short",))
    assert "first is better on taste" in said[0] and "its effect on visits is for certain smaller" in said[0]


def test_money_lost_where_no_effect_is_there_to_tell(company):
    decision, said = told(company, 2, [MARGIN], contact_cost=5)
    assert decision.verdict == "roll_back" and "a loss for certain. 3,000 customers took part" in said[0]


def test_an_experiment_without_a_primary_metric_says_so(company):
    decision, said = told(company, 2, [TASTE | {"role": "secondary"}], lift=1)
    assert (decision.verdict, decision.reasons) == ("not_proven", ("unplanned",))
    assert "names no primary metric" in said[0]


def test_what_waits_for_its_guardrail_is_the_arm_that_did_no_harm(company):
    decision, said = told(company, 3, [TASTE, COMPLAINED], lift=1, complaints=0.4)
    assert decision.reasons == ("guardrail",)
    assert "second is better on taste" in said[0] and "first must not ship: it moves complained" in said[1]


@pytest.mark.parametrize(("arms", "changes", "expected"), [
    (2, {}, "no primary metric passed its bound"),
    (2, {"lift": 1}, "first passed the bound of taste (by"),
    (3, {"worse": 1}, "beside the arms ruled out, no primary metric of any arm passed its bound")])
def test_at_a_planned_look_what_passed_is_named(company, arms, changes, expected):
    decision, said = told(company, arms, [TASTE, COMPLAINED], day=datetime.date(2026, 2, 20), looks=LOOKS, **changes)
    assert decision.verdict == "keep_running" and expected in said[0]


def test_at_a_planned_look_an_arm_short_of_its_target_is_not_said_to_wait(company):
    aim = TASTE | {"target": 5}
    decision, said = told(company, 2, [aim], lift=1, day=datetime.date(2026, 2, 20), looks=LOOKS)
    assert decision.reasons == ("short",) and "its effect on taste is for certain smaller" in said[0]


def test_an_arm_that_loses_money_is_said_to_be_ruled_out(company):
    metrics = [TASTE, MARGIN | {"column": "taste"}]
    decision, said = told(company, 3, metrics, lift=3, worse=3.2, contact_cost=1)
    assert (decision.verdict, decision.arm) == ("ship", "second")
    assert any("first must not ship: it moves taste" in each for each in said)
    _, said = told(company, 3, [TASTE | {"role": "secondary"}, MARGIN | {"column": "taste"}], lift=3, worse=3.2,
                   contact_cost=1)
    assert any("first must not ship: net of the contact it brings CNY -1" in each for each in said)


def test_the_first_primary_metric_that_could_be_read_tells_which_arm_ships(company):
    blank = TASTE | {"id": "early", "kind": "quantile", "quantile": 0.9999}
    decision, _ = told(company, 3, [blank, TASTE], lift=1, worse=0.2)
    assert (decision.verdict, decision.arm) == ("ship", "second")
