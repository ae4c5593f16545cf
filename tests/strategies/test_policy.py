"""Experiments measured elsewhere: outcomes and what was known before them are columns of the assignments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from relops.brief.experiments import Experiment, Metric
from relops.customers.availability import Unavailable
from relops.strategies.evaluation import Settings, evaluate
from relops.strategies.findings import metric_measure, say_targeting
from relops.strategies.policy import best_policy, targeting_features
from relops.strategies.targeting import MOST_CATEGORIES, encode

SPEND = {"id": "spend", "table": "assignments", "column": "spend", "kind": "mean", "role": "primary",
         "measures": "revenue"}
PLAN = {"id": "mailing", "control": "none", "arms": {"none": 0.5, "mail": 0.5}, "contact_cost": 1.0,
        "covariates": ["history", "zip"], "metrics": [SPEND]}
NUMBER = 4_000


@pytest.fixture(scope="module")
def mailing():
    """Spending follows the past; the mail brings four to those who live in town and takes two from the others."""
    rng = np.random.default_rng(7)
    history, town = rng.gamma(4, 10, NUMBER), rng.random(NUMBER) < 0.5
    arm = np.where(np.arange(NUMBER) % 2, "mail", "none")
    spend = 0.5 * history + rng.normal(30, 4, NUMBER) + np.where(town, 4.0, -2.0) * (arm == "mail")
    return pd.DataFrame({"experiment_id": "mailing", "customer_id": [f"c{place}" for place in range(NUMBER)],
                         "arm": arm, "history": [f"{each:.4f}" for each in history],
                         "zip": np.where(town, "town", "land"), "spend": [f"{each:.4f}" for each in spend]})


def judged(company, mailing, **given):
    tables = company(assignments=mailing)
    return evaluate(tables, Experiment.model_validate(PLAN | given), None, "UTC", 0.5, Settings(0.05, 91, 200, 1))


def test_a_covariate_of_the_assignments_takes_out_noise(company, mailing):
    with_past, without = (judged(company, mailing, covariates=names) for names in (["zip", "history"], []))
    own, plain = (test.effects[0] for test in (with_past, without))
    assert (own.method, plain.method) == ("welch_cuped", "welch")
    arms = {arm: part["spend"].astype(float) for arm, part in mailing.groupby("arm")}
    by_scipy = stats.ttest_ind(arms["mail"], arms["none"], equal_var=False)
    interval = by_scipy.confidence_interval(0.95)
    assert plain.effect.value == pytest.approx(arms["mail"].mean() - arms["none"].mean())
    assert (plain.effect.low, plain.effect.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    before = mailing["history"].astype(float)
    share = np.corrcoef(before, mailing["spend"].astype(float))[0, 1] ** 2
    width = [each.effect.high - each.effect.low for each in (own, plain)]
    assert (width[0] / width[1]) ** 2 == pytest.approx(1 - share, rel=0.05) and 0.7 < share < 0.9


def test_a_covariate_that_differed_before_is_found(company, mailing):
    moved = mailing.assign(history=[f"{float(each) + 9 * (arm == 'mail')}" for each, arm in
                                    zip(mailing["history"], mailing["arm"], strict=True)])
    assert "before" in judged(company, moved).health.faults


def test_choosing_by_what_was_known_beats_one_arm_for_all(company, mailing):
    test = judged(company, mailing)
    assert targeting_features(test) == ["history", "zip"]
    policy = best_policy(test, "mailing", 0.5, seed=1)
    town = mailing.sort_values(["arm", "spend", "history", "zip"])["zip"] == "town"
    # in town the mail brings 0.5 x 4 - 1 net, in the country it costs 0.5 x 2 + 1
    true = 0.5 * (30 + 0.5 * 40) + 1.0 * town.mean()
    assert policy.worth_it and policy.value.low < true < policy.value.high
    # one arm for all: 0.5 x (4 x .5 - 2 x .5) - 1 < 0, so nobody gets mail
    assert policy.best == "none" and policy.gain.low < 1.0 * town.mean() < policy.gain.high


@pytest.mark.parametrize(("given", "rate", "code", "field"), [
    ({}, None, "M4", "finance.margin_rate"),
    ({"metrics": [SPEND | {"measures": None}]}, 0.5, "M4", "experiments.mailing.metrics.measures"),
    ({"cluster": "zip"}, 0.5, "M2", "experiments.mailing.cluster")])
def test_why_nothing_is_targeted(company, mailing, given, rate, code, field):
    with pytest.raises(Unavailable) as caught:
        best_policy(judged(company, mailing, **given), "mailing", rate, seed=1)
    missing, = say_targeting(caught.value, "mailing", "USD")
    assert (missing.code, missing.field, missing.id) == (code, field, "targeting.mailing.missing")


def test_too_few_in_an_arm_are_counted(company, mailing):
    with pytest.raises(Unavailable) as caught:
        best_policy(judged(company, mailing.head(120)), "mailing", 0.5, seed=1)
    found = {name: (evidence.id, evidence.value) for name, evidence in caught.value.numbers.items()}
    assert found == {"found": ("targeting.mailing.smallest_arm", 60),
                     "needed": ("targeting.mailing.smallest_arm_needed", 100)}


@pytest.mark.parametrize(("metric", "unit"), [
    ({"kind": "mean", "measures": "margin"}, "money:USD"), ({"kind": "mean"}, "ratio"),
    ({"kind": "proportion", "measures": "revenue"}, "points"), ({"kind": "count", "measures": "revenue"}, "ratio"),
    ({"kind": "mean", "table": "orders"}, "money:USD"),
    ({"kind": "mean", "table": "orders", "column": "units"}, "ratio")])
def test_the_unit_of_a_metric(metric, unit):
    assert metric_measure(Metric.model_validate({"id": "it", "table": "assignments", "column": None} | metric),
                          "USD")[0] == unit


def test_text_of_numbers_is_numbers_and_rare_words_are_one():
    names = [f"w{place:03d}" for place in range(200)] * 2 + ["often"] * 5
    found = encode(pd.DataFrame({"text": [str(place / 2) for place in range(405)], "words": names}))
    assert found.shape == (405, 1 + MOST_CATEGORIES + 1)
    assert found[:3, 0].tolist() == [0.0, 0.5, 1.0] and found[:, 1:].sum(axis=1).tolist() == [1.0] * 405
