"""Experiments as careless people record them: each is told what is wrong, or read right all the same."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_evaluation import PLAN, effect, judge, people, said, stores

from relops.brief.experiments import Experiment
from relops.errors import BadInput
from relops.strategies.assignment import Allocation
from relops.strategies.decision_findings import say_decision
from relops.strategies.evaluation import evaluate_all
from relops.strategies.findings import say_health
from relops.strategies.quantiles import compare_quantiles
from relops.strategies.ratio_randomisation import needs_drawing, ratio_test


def uneven_stores(seed, apart=True):
    """Forty stores of very different size, half of them treated; unless ``apart``, each store in both arms."""
    rng = np.random.default_rng(seed)
    sizes = np.maximum(rng.lognormal(3, 0.8, 40).round().astype(int), 2)
    store, count = np.repeat(np.arange(40), sizes), sizes.sum()
    treated = store % 2 == 0 if apart else np.arange(count) % 2 == 0
    drawn = pd.DataFrame({
        "experiment_id": "test", "customer_id": [f"c{number:05d}" for number in range(count)],
        "arm": np.where(treated, "treated", "control"), "cluster_id": [f"s{number:02d}" for number in store],
        "assigned_at": pd.Timestamp("2026-02-03")})
    buys = rng.random(count) < rng.uniform(0.1, 0.4, 40)[store]
    return drawn, pd.DataFrame({"customer_id": drawn["customer_id"], "ordered_at": pd.Timestamp("2026-02-06"),
                                "amount": 10.0})[buys]


def test_stores_of_uneven_size_are_no_broken_drawing(company):
    """Customers of forty stores never come in equal numbers; the stores do."""
    for seed in range(6):
        drawn, orders = uneven_stores(seed)
        test = judge(company, drawn, orders, cluster="store")
        assert test.health.sound and test.health.ratio.p == pytest.approx(1.0)
        assert test.health.ratio.n == len(drawn)


def test_a_store_in_both_arms_was_not_drawn_whole(company):
    drawn, orders = uneven_stores(1, apart=False)
    test = judge(company, drawn, orders, cluster="store")
    assert test.health.faults == ("torn",) and test.health.numbers["torn"] == len(drawn)
    assert any("clusters were not drawn whole" in sentence for sentence in said(say_health(test)))
    few = drawn.assign(cluster_id=drawn["cluster_id"].mask(drawn.index < 3))
    drawn, orders = uneven_stores(1)
    test = judge(company, drawn.assign(cluster_id=few["cluster_id"]), orders, cluster="store")
    assert test.health.sound and (test.health.numbers["torn"], "torn" in test.health.notes) == (3, True)


def test_few_stores_in_one_arm_do_not_promise_what_many_would(company):
    """Three stores held back of thirty: the freedom is that of the three, and chance alone seldom decides."""
    wrong = 0
    for seed in range(40):
        drawn, orders = stores(seed, 0.3, count=30)
        arm = np.where(np.isin(drawn["cluster_id"], ["s00", "s01", "s02"]), "control", "treated")
        test = judge(company, drawn.assign(arm=arm), orders, cluster="store", arms={"control": 0.1, "treated": 0.9})
        wrong += effect(test, "bought").effect.p < 0.05
    assert wrong <= 5


def test_a_metric_may_bear_the_name_of_any_column(company):
    drawn, orders = people(seed=21)
    rng = np.random.default_rng(3)
    drawn = drawn.assign(v=rng.normal(5, 1, len(drawn)) + (drawn["arm"] == "treated"), w=rng.normal(0, 1, len(drawn)))

    def measured(name, column):
        return {"id": name, "table": "assignments", "column": column, "kind": "mean", "direction": "increase"}

    plain = judge(company, drawn, orders, metrics=[measured("first", "w"), measured("second", "v")])
    for names in (("v", "raw"), ("arm", "week"), ("customer_id", "assigned_at")):
        test = judge(company, drawn, orders, metrics=[measured(names[0], "w"), measured(names[1], "v")])
        assert [effect(test, name).effect.effect.value for name in names] == pytest.approx(
            [effect(plain, name).effect.effect.value for name in ("first", "second")])
        assert test.health.sound


@pytest.mark.parametrize("segment", ["stratum", "week"])
def test_a_stratum_or_a_week_may_be_a_segment(segment, company):
    drawn, orders = people(effect=0.3, seed=5)
    drawn = drawn.assign(stratum=np.where(np.arange(len(drawn)) // 2 % 2, "a", "b"))
    if segment == "week":
        drawn = drawn.assign(week=drawn["assigned_at"].dt.isocalendar().week.astype(str))
    test = judge(company, drawn, orders, segments=[segment])
    assert test.segments[0].segment == segment and test.segments[0].table["value"].nunique() >= 2


@pytest.mark.parametrize("means", [(1e-4, 0.05), (-1e-4, 0.05), (0.05, 1e-4), (0.5, 1e-5)])
def test_means_near_zero_have_a_difference_and_no_ratio(means, company):
    drawn, orders = people(count=1000, seed=8)
    rng = np.random.default_rng(1)
    value = rng.normal(0, 1, 1000)
    for arm, mean in zip(("control", "treated"), means, strict=True):
        own = (drawn["arm"] == arm).to_numpy()
        value[own] += mean - value[own].mean()
    metric = {"id": "balance", "table": "assignments", "column": "balance", "kind": "mean", "direction": "increase"}
    found = effect(judge(company, drawn.assign(balance=value), orders, metrics=[metric]), "balance").effect
    assert found.effect.value == pytest.approx(means[1] - means[0]) and found.relative is None
    spread = [value[drawn["arm"] == arm].var(ddof=1) / 500 for arm in ("control", "treated")]
    assert found.effect.high - found.effect.low == pytest.approx(2 * 1.9623 * np.sqrt(sum(spread)), rel=1e-3)


def test_a_harm_without_a_direction_is_asked_for(company):
    drawn, orders = people()
    metric = {"id": "churned", "table": "assignments", "column": "churned", "kind": "proportion", "role": "primary"}
    tables = company(None, orders, assignments=drawn.assign(churned=0))

    brief = SimpleNamespace(experiments=[Experiment.model_validate(PLAN | {"metrics": [metric]})])
    with pytest.raises(BadInput) as caught:
        evaluate_all(tables, brief, None, None)
    assert [problem.code for problem in caught.value.problems] == ["strategies.direction"]
    assert "churned" in caught.value.problems[0].render("zh")


def test_values_that_tie_around_a_quantile_bear_no_interval():
    rng = np.random.default_rng(1)
    tied = compare_quantiles(rng.poisson(3, 300), rng.poisson(3, 300), 0.9, 0.95)
    half = compare_quantiles(*(rng.lognormal(3, 1, 400) * (rng.random(400) < 0.5) for _ in range(2)), 0.5, 0.95)
    smooth = compare_quantiles(rng.lognormal(3, 1, 400), rng.lognormal(3, 1, 400), 0.9, 0.95)
    assert [(each.effect.low, each.p) for each in (tied, half)] == [(None, 1.0)] * 2
    assert smooth.effect.low < smooth.effect.value < smooth.effect.high


def ratio_of(pairs):
    return pairs[:, 0].sum() / pairs[:, 1].sum()


def test_ratios_of_few_buyers_are_tested_by_drawing_the_arms_anew(company):
    rng = np.random.default_rng(4)
    control, treated = (np.column_stack([rng.lognormal(3, 1, n), 1 + rng.poisson(0.5, n)]) * (
        rng.random(n) < 0.1)[:, None] for n in (300, 2700))
    found, p, relative = ratio_test(control, treated, 0.95, 4000, 1)
    both = np.concatenate([treated, control])

    def t(own, other):
        spread = [sum((one[:, 0] - ratio_of(one) * one[:, 1]) ** 2) / one[:, 1].sum() ** 2 * len(one) / (len(one) - 1)
                  for one in (own, other)]
        return (ratio_of(own) - ratio_of(other)) / np.sqrt(sum(spread))

    orders = (rng.permutation(3000) for _ in range(2000))
    anew = np.array([t(both[order[:2700]], both[order[2700:]]) for order in orders])
    assert found.value == pytest.approx(ratio_of(treated) - ratio_of(control))
    own = t(treated, control)
    assert p == pytest.approx(2 * min(np.mean(anew >= own), np.mean(anew <= own)), abs=0.05)
    assert found.low < found.value < found.high
    assert relative.value == pytest.approx(ratio_of(treated) / ratio_of(control) - 1)
    assert relative.low < relative.value < relative.high
    assert needs_drawing(30, 300, 300) and needs_drawing(300, 3000, 9000)
    assert not needs_drawing(300, 3000, 3000) and not needs_drawing(3000, 9000, 90_000)


def test_chance_alone_seldom_moves_the_ratio_of_a_small_hold_out():
    rng, wrong = np.random.default_rng(5), 0
    for seed in range(300):
        arms = [np.column_stack([rng.lognormal(3, 1.2, n), np.ones(n)]) * (rng.random(n) < 0.02)[:, None]
                for n in (500, 4500)]
        wrong += ratio_test(*arms, 0.95, 399, seed)[1] < 0.05
    assert wrong <= 26  # 15 expected, and 1 in 200 times more than 26


def test_three_thirds_are_one():
    assert Allocation("name", "salt", {"a": 0.3333333, "b": 0.3333333, "c": 0.3333333}).arms["a"] == 0.3333333


def test_nothing_is_said_to_be_judged_where_no_primary_metric_could_be_read(company):
    drawn, orders = people(seed=9)
    metric = {"id": "visits", "table": "assignments", "column": "visits", "kind": "proportion", "role": "primary"}
    test = judge(company, drawn.assign(visits=np.arange(800) % 3), orders, metrics=[metric])
    assert (test.decision.verdict, test.decision.reasons) == ("not_proven", ("unread",))
    assert "none of its primary metrics could be read" in said(say_decision(test, "CNY"))[0]


def test_a_metric_of_the_capped_ones_name_drives_it_not_out(company):
    drawn, orders = people(seed=9)
    spend = {"id": "spend", "table": "orders", "column": "amount", "kind": "mean", "window_days": 30, "cap": 20}
    own = {"id": "spend_capped", "table": "orders", "kind": "proportion", "window_days": 30}
    test = judge(company, drawn, orders, metrics=[spend, own])
    found = {name: effect(test, name).effect.control.value for name in ("spend", "spend_capped", "spend_capped_too")}
    assert found["spend_capped"] < 1 and found["spend_capped_too"] < found["spend"]
