"""Plans of tests: the rule the evaluation judges by, the subjects to be had, what being wrong costs."""

from __future__ import annotations

import dataclasses
import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from relops.brief.experiments import Experiment
from relops.customers.availability import Unavailable
from relops.strategies.design import Bar, Spread, detectable_effect, needed_subjects, power_of, share_spread
from relops.strategies.evaluation import Settings
from relops.strategies.history import Audience, Baseline, Clusters
from relops.strategies.plan_findings import plan_values, say_plans, tabulate_plans
from relops.strategies.plans import (
    OUTLINE,
    TestPlan,
    count_looks,
    outline_test,
    plan_all,
    plan_metric,
    reachable,
    rehearse_metric,
    weigh_stakes,
)

TestPlan.__test__ = False  # the name of a plan, no collection of tests
SETTINGS = Settings(0.05, 91, 200, 1)
PLAN = {"id": "winback", "control": "control", "arms": {"control": 0.2, "voucher": 0.5, "gift": 0.3},
        "contact_cost": 2.0, "metrics": [
            {"id": "bought", "table": "orders", "kind": "proportion", "role": "primary", "target": 0.02,
             "window_days": 30},
            {"id": "margin", "table": "orders", "column": "margin", "kind": "mean", "target": 5.0, "window_days": 30}]}
AUDIENCE = Audience(datetime.date(2026, 1, 1), 4000, 70.0, ())


def plan(**given):
    return Experiment.model_validate(PLAN | given)


def baseline(place=0, mean=0.1, variance=0.09, explained=0.0, some=0.1, clusters=None, amounts=None, **given):
    metric = plan(**given).metrics[place]
    return Baseline(metric, 5000, mean, variance, explained, some, clusters, "history", amounts)


def test_needed_is_for_the_control_and_the_smallest_other_arm():
    found = plan_metric(baseline(), plan(), Bar(comparisons=4), AUDIENCE, 8000)
    pair = needed_subjects(0.02, share_spread(0.1, 0.12), (0.4, 0.6), Bar(comparisons=4))
    assert found.needed == pytest.approx(pair / 0.5)
    assert found.power == pytest.approx(power_of(4000, 0.02, share_spread(0.1, 0.12), (0.4, 0.6), Bar(comparisons=4)))
    assert found.best < found.needed
    assert found.days == pytest.approx(np.ceil((found.needed - 4000) / 70 * 7) + 30)


def test_a_discount_is_the_share_explained_and_no_more():
    plain = plan_metric(baseline(1, 8.0, 900.0), plan(), Bar(), AUDIENCE, 8000)
    cut = plan_metric(baseline(1, 8.0, 900.0, 0.25), plan(), Bar(), AUDIENCE, 8000)
    assert cut.needed == pytest.approx(0.75 * plain.needed, abs=1)
    assert cut.plain == pytest.approx(plain.needed)
    assert cut.detectable == pytest.approx(plain.detectable * np.sqrt(0.75))


def test_a_metric_of_few_buyers_loses_the_discount_that_its_test_cannot_take():
    """A twentieth of a thousand in the smallest arm buys: the evaluation will use the randomisation test."""
    few = plan_metric(baseline(1, 8.0, 900.0, 0.25, some=0.05, amounts=lambda: np.ones(250)), plan(), Bar(), AUDIENCE,
                      5000)
    assert few.few
    assert few.buyers == pytest.approx(50)
    assert few.spread.explained == 0


def test_a_fall_that_is_wanted_is_planned_downwards():
    metrics = [{**PLAN["metrics"][0], "direction": "decrease"}]
    found = plan_metric(baseline(metrics=metrics), plan(metrics=metrics), Bar(), AUDIENCE, 8000)
    assert found.spread == share_spread(0.1, 0.08)


def test_a_guardrail_is_sized_by_its_margin_with_equal_arms():
    metrics = [{"id": "left", "table": "orders", "kind": "proportion", "role": "guardrail", "margin": 0.01,
                "direction": "decrease"}]
    found = plan_metric(baseline(mean=0.0, metrics=metrics), plan(metrics=metrics), Bar(), AUDIENCE, 8000)
    rate = 2 / 5004  # seen of nobody among five thousand
    assert found.needed == pytest.approx(needed_subjects(0.01, share_spread(rate, rate), (0.4, 0.6), Bar()) / 0.5)


def test_clusters_cost_subjects_and_waiting_brings_no_more_of_them():
    clusters = Clusters(20, 50.0, 0.3, 0.02)
    found = plan_metric(baseline(1, 8.0, 900.0, clusters=clusters), plan(cluster="store"), Bar(), AUDIENCE, 1000)
    spread = Spread(900.0, 900.0, cluster_size=50.0, cluster_variation=0.3, within_cluster=0.02)
    assert found.needed == pytest.approx(needed_subjects(5.0, spread, (0.4, 0.6), Bar()) / 0.5)
    assert found.days is None
    assert found.bar.freedom == 8  # half of twenty clusters lie in the two arms
    assert found.detectable == pytest.approx(detectable_effect(500, spread, (0.4, 0.6), Bar(freedom=8)))


def test_looks_are_counted_and_cost_subjects():
    assert [count_looks(plan(looks=looks)) for looks in (None, 3, [datetime.date(2026, 2, 1)])] == [1, 3, 1]
    one, four = (plan_metric(baseline(), plan(), Bar(looks=looks), AUDIENCE, 8000).needed for looks in (1, 4))
    assert 1.01 < four / one < 1.05


def test_who_can_be_had_by_the_end():
    assert reachable(AUDIENCE, plan()) == 4000
    assert reachable(AUDIENCE, plan(start="2026-01-01", end="2026-03-12")) == 4400  # forty days still enrol
    assert reachable(AUDIENCE, plan(start="2026-01-01", end="2026-01-10")) == 4000


def planned(**given):
    experiment = plan(**given)
    metrics = tuple(plan_metric(baseline(place), experiment, Bar(), AUDIENCE, 8000) for place in (0, 1))
    return TestPlan(experiment, AUDIENCE, 8000, False, metrics, 4, 0.05, None, None, None)


def test_what_being_wrong_costs():
    made = planned()
    stakes = weigh_stakes(made, margin_rate=None)
    assert (stakes.each, stakes.false_alarm, stakes.missed) == (3.0, 8000.0, 12_000.0)
    assert (stakes.false_chance, stakes.missed_chance) == (0.025, 1 - made.main.power)
    assert weigh_stakes(planned(contact_cost=None), None) is None


def test_the_rehearsal_takes_the_two_arms_that_are_compared():
    amounts = np.random.default_rng(0).lognormal(4, 1, 50)
    found = rehearse_metric(baseline(1, some=0.01, amounts=lambda: amounts), plan(), 0.05, 1)
    assert len(found.p_values) == 1000
    assert rehearse_metric(baseline(1, amounts=lambda: np.array([])), plan(), 0.05, 1) is None


def sentences(said):
    from relops.exhibits import Finding, plain, render_finding

    return [plain(render_finding(each, "en")) for each in said if isinstance(each, Finding)]


def test_sentences_say_which_way_the_plan_comes_out():
    kinds = {each.message.rsplit(".", 1)[1] for each in say_plans({"winback": planned()}, "CNY", 91)
             if hasattr(each, "message")}
    assert kinds == {"short", "no_discount", "shares"}
    table, = tabulate_plans({"winback": planned(), "other": Unavailable("M2", "orders")})
    assert table.frame["target"].tolist() == pytest.approx([0.2, 50.0])
    assert list(plan_values({"winback": planned()}).index)[1] == "experiment.winback.bought.planned.needed"
    told = sentences(say_plans({"winback": planned()}, "CNY", 91))
    assert "8,000 customers may take part now" in told[0]
    few = dataclasses.replace(planned(), audience=dataclasses.replace(AUDIENCE, weekly=4.0))
    assert "At the present pace, fewer than ten more a week" in sentences(say_plans({"winback": few}, "CNY", 91))[0]


@pytest.fixture
def shop(company):
    rng = np.random.default_rng(0)
    moments = pd.Timestamp("2025-06-01") + pd.to_timedelta(rng.integers(0, 200 * 24, 1500), unit="h")
    return company(orders=pd.DataFrame({"customer_id": [f"c{n}" for n in rng.integers(0, 400, 1500)],
                                        "ordered_at": moments, "amount": rng.lognormal(3, 1, 1500)}))


def brief(**given):
    return SimpleNamespace(**{"experiments": [], "strategies": [], "segments": None,
                              "period": SimpleNamespace(timezone="UTC"), "channels": [],
                              "compliance": SimpleNamespace(consent_field=None),
                              "finance": SimpleNamespace(margin_rate=0.4)
                              } | given)


def test_without_any_experiment_the_test_that_would_answer_is_designed(shop):
    found = plan_all(shop, brief(), datetime.date(2025, 12, 18), SETTINGS, {}, [])
    made = found[OUTLINE]
    assert list(made.experiment.arms.values()) == [0.5, 0.5]
    assert (made.audience.people, made.subjects, made.family) == (391, 391, 2)
    assert made.main.metric.id == "bought"
    assert sentences(say_plans(found, "CNY", 91))[0].startswith("Plan of the first test: bought is ")
    assert outline_test(SETTINGS).metrics[1].window_days == 30


def test_nothing_dated_plans_nothing(company):
    found = plan_all(company(), brief(), None, SETTINGS, {}, [])
    assert found[OUTLINE].code == "M1"
    missing, = say_plans(found, "CNY", 91)
    assert (missing.id, missing.code) == ("experiment.next_test.plan.missing", "M1")


def test_an_experiment_without_arms_or_metrics_is_to_be_filled(shop):
    bare = [Experiment.model_validate({"id": "bare"}), plan(control=None, metrics=[])]
    found = plan_all(shop, brief(experiments=bare), datetime.date(2025, 12, 18), SETTINGS, {}, [])
    assert [(each.code, each.field) for each in found.values()] == [
        ("M4", "experiments.bare.arms"), ("M4", "experiments.winback.metrics")]


def test_the_arm_called_control_is_the_control(shop):
    metrics = [{"id": "bought", "table": "orders", "kind": "proportion", "role": "primary", "window_days": 30}]
    unnamed = plan(control=None, metrics=metrics)
    found = plan_all(shop, brief(experiments=[unnamed]), datetime.date(2025, 12, 18), SETTINGS, {}, [])["winback"]
    assert found.experiment.control == "control"
    assert found.main.detectable > 0


def test_a_test_whose_planned_arms_hold_nobody_is_not_sized(shop):
    metrics = [{"id": "bought", "table": "orders", "kind": "proportion", "role": "primary", "window_days": 30}]
    empty = SimpleNamespace(experiment=plan(metrics=metrics), moments={}, subjects=SimpleNamespace(outcomes=()),
                            health=SimpleNamespace(ratio=SimpleNamespace(n=0)))
    found = plan_all(shop, brief(experiments=[empty.experiment]), datetime.date(2025, 12, 18), SETTINGS, {}, [empty])
    assert (found["winback"].code, found["winback"].numbers["audience"].value) == ("M2", 0)


def test_a_plan_none_of_whose_metrics_can_be_measured_says_so(shop):
    metrics = [{"id": "quiet", "table": "orders", "column": "amount", "kind": "mean", "window_days": 1}]
    dull = plan(metrics=metrics, start="2026-06-01", end="2026-07-01")
    found = plan_all(shop, brief(experiments=[dull]), datetime.date(2026, 5, 1), SETTINGS, {}, [])
    assert (found["winback"].code, found["winback"].field) == ("M2", "orders.ordered_at")
