"""One experiment from its rows to its verdict, on small companies made for it."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from relops.brief.experiments import Experiment
from relops.locale import messages
from relops.strategies.days import day_start
from relops.strategies.decision_findings import say_decision
from relops.strategies.evaluation import Settings, evaluate, evaluate_all, seen_experiments
from relops.strategies.families import adjust
from relops.strategies.figures import VERDICT_COLOURS
from relops.strategies.findings import say_effects, say_health, say_looks, say_segments
from relops.strategies.gaps import say_gaps, say_strangers
from relops.strategies.randomisation import randomisation_test

SETTINGS = Settings(0.05, 60, 500, 1)
END = datetime.date(2026, 4, 30)
PLAN = {"id": "test", "control": "control", "arms": {"control": 0.5, "treated": 0.5}, "start": "2026-02-01",
        "end": "2026-03-01", "metrics": [
            {"id": "bought", "table": "orders", "kind": "proportion", "role": "primary", "direction": "increase",
             "window_days": 30},
            {"id": "spend", "table": "orders", "column": "amount", "kind": "mean", "window_days": 30, "cap": 50}]}


def people(count=800, effect=0.0, seed=0, first="2026-02-01", days=28):
    """Customers assigned evenly over four weeks, a fifth of whom buy within the window, more of the treated."""
    rng = np.random.default_rng(seed)
    ids = [f"c{number:04d}" for number in range(count)]
    arm = np.where(np.arange(count) % 2, "treated", "control")
    at = pd.Timestamp(first) + pd.to_timedelta(np.arange(count) * days * 24 * 60 // count, unit="min")
    drawn = pd.DataFrame({"experiment_id": "test", "customer_id": ids, "arm": arm, "assigned_at": at})
    buys = rng.random(count) < 0.2 + effect * (arm == "treated")
    orders = pd.DataFrame({"customer_id": ids, "ordered_at": at + pd.Timedelta(days=3),
                           "amount": rng.lognormal(3, 1, count)})
    return drawn, orders[buys]


def judge(company, drawn, orders, data_end=END, customers=None, **given):
    tables = company(customers, orders, assignments=drawn)
    return evaluate(tables, Experiment.model_validate(PLAN | given), data_end, "UTC", None, SETTINGS)


def effect(test, metric, arm="treated"):
    return next(each for each in test.decision.judged if (each.effect.metric, each.effect.arm) == (metric, arm))


def said(findings):
    from relops.exhibits import plain, render_finding

    return [plain(render_finding(each, "en")) for each in findings]


def test_open_test_without_looks_shows_nothing(company):
    test = judge(company, *people(effect=0.5), data_end=datetime.date(2026, 3, 10))
    assert (test.decision.verdict, test.effects, test.segments) == ("keep_running", (), ())
    assert test.decision.until == datetime.date(2026, 3, 31)
    told = said(say_decision(test, "CNY"))[0]
    assert "no effect is shown yet" in told and "31 Mar 2026" in told
    assert say_looks(test) == []


def test_the_same_test_is_read_when_it_has_closed(company):
    test = judge(company, *people(effect=0.5))
    assert (test.decision.verdict, test.decision.arm, test.looking.kind) == ("ship", "treated", "once")
    assert effect(test, "bought").effect.effect.value == pytest.approx(0.5, abs=0.06)


def test_a_planned_look_stops_early_what_passes_its_bound(company):
    drawn, orders = people(effect=0.5)
    early = judge(company, drawn, orders, datetime.date(2026, 3, 20), looks=2)
    assert (early.looking.done, early.looking.until) == (1, datetime.date(2026, 3, 31))
    known = (drawn["assigned_at"] + pd.Timedelta(days=30) <= "2026-03-18").sum()
    assert early.looking.subjects == (known,)
    assert early.effects[0].n == known  # no outcome that became known after the look
    assert early.decision.verdict == "ship"
    flat = judge(company, *people(seed=2), datetime.date(2026, 3, 20), looks=2)
    assert flat.decision.verdict == "keep_running"
    assert "Of 2 planned looks 1 are over" in said(say_decision(flat, "CNY"))[0]
    assert "an effect must pass 2.963 standard errors" in said(say_looks(flat))[0]


def test_a_single_planned_look_is_that_at_the_end(company):
    drawn, orders = people(seed=3)
    plain, one = judge(company, drawn, orders), judge(company, drawn, orders, looks=1)
    assert (one.looking.kind, one.looking.last) == ("once", True)
    assert judge(company, drawn, orders, datetime.date(2026, 3, 20), looks=1).looking.kind == "hidden"
    read = [(test.effects[0].effect.value, test.effects[0].effect.low, test.effects[0].p) for test in (one, plain)]
    assert read[0] == pytest.approx(read[1], rel=1e-12)


def test_every_verdict_has_a_colour():
    named = {key.split(".")[2] for key in messages("strategies") if key.startswith("strategies.verdict.")}
    assert set(VERDICT_COLOURS) == named


def test_intervals_at_a_look_are_wider_and_the_last_one_nearly_plain(company):
    drawn, orders = people(seed=3)
    plain = judge(company, drawn, orders)
    looks = judge(company, drawn, orders, looks=3)
    width = [test.effects[0].effect.high - test.effects[0].effect.low for test in (plain, looks)]
    assert 1.005 < width[1] / width[0] < 1.06
    assert looks.effects[0].effect.level == 0.95
    steps = looks.trajectory
    assert steps["look"].tolist() == [1, 2, 3]
    assert (steps["high"] - steps["low"]).is_monotonic_decreasing
    assert looks.effects[0].p >= plain.effects[0].p


def test_an_open_end_bears_intervals_that_hold_whenever_read(company):
    drawn, orders = people(seed=3)
    test = judge(company, drawn, orders, end=None, looks=5)
    assert (test.looking.kind, test.decision.verdict, test.decision.until) == ("always", "keep_running", None)
    plain = judge(company, drawn, orders).effects[0].effect
    assert (test.effects[0].effect.high - test.effects[0].effect.low) / (plain.high - plain.low) > 1.5
    assert "hold whenever they are read" in said(say_looks(test))[0]


def test_a_cap_stands_beside_the_raw_amount_and_decides_nothing(company):
    drawn, orders = people(seed=4)
    test = judge(company, drawn, orders)
    capped, raw = effect(test, "spend_capped"), effect(test, "spend")
    assert (capped.verdict, capped.role, test.decision.family) == ("beside", "beside", 2)
    spent = drawn.merge(orders, how="left", on="customer_id").fillna({"amount": 0.0})
    least = spent.assign(amount=spent["amount"].clip(upper=50)).groupby("arm")["amount"].mean()
    assert capped.effect.treated.value == pytest.approx(least["treated"])
    assert raw.effect.treated.value == pytest.approx(spent.groupby("arm")["amount"].mean()["treated"])
    assert effect(test, "spend").p_adjusted == pytest.approx(min(1, 2 * raw.effect.p))
    told = said(say_effects(test, "CNY"))
    assert "interval on the logarithm of the ratio" in told[0] and told[2].count("decides nothing") == 1


def test_order_value_never_stands_alone(company):
    basket = {"id": "basket", "table": "orders", "column": "amount", "denominator": "orders", "kind": "ratio",
              "window_days": 30}
    test = judge(company, *people(seed=4), metrics=[basket])
    assert [each.effect.metric for each in test.decision.judged] == ["basket", "basket_bought", "basket_spend"]
    assert [each.role for each in test.decision.judged] == ["secondary", "beside", "beside"]
    both = judge(company, *people(seed=4), metrics=[*PLAN["metrics"], basket])
    assert [each.effect.metric for each in both.decision.judged] == ["bought", "spend", "spend_capped", "basket"]


def test_counts_of_orders(company):
    drawn, orders = people(seed=5)
    orders = pd.concat([orders, orders.iloc[:20]])
    count = {"id": "orders", "table": "orders", "kind": "count", "role": "primary", "window_days": 30}
    test = judge(company, drawn, orders, metrics=[count])
    seen = drawn.merge(orders.groupby("customer_id").size().rename("n"), how="left", on="customer_id").fillna({"n": 0})
    means = seen.groupby("arm")["n"].mean()
    assert test.effects[0].effect.value == pytest.approx(means["treated"] - means["control"])


def test_retention_waits_for_two_windows(company):
    """Who came back only after the window counts; who was assigned too late to know is not counted at all."""
    drawn, orders = people(seed=6)
    later = orders.assign(ordered_at=orders["ordered_at"] + pd.Timedelta(days=35))
    kept = {"id": "kept", "table": "orders", "kind": "retention", "role": "primary", "window_days": 30}
    test = judge(company, drawn, pd.concat([orders, later]), datetime.date(2026, 6, 1), metrics=[kept])
    came = drawn["customer_id"].isin(later["customer_id"]).groupby(drawn["arm"]).mean()
    assert test.effects[0].effect.value == pytest.approx(came["treated"] - came["control"])
    early = judge(company, drawn, later, datetime.date(2026, 4, 10), metrics=[kept], looks=2)
    assert early.effects[0].n == (drawn["assigned_at"] + pd.Timedelta(days=60) <= early.looking.days[0]
                                  + pd.Timedelta(days=1)).sum() if early.looking.done else early.effects == ()


@pytest.mark.parametrize(("timezone", "moment"), [
    ("Asia/Shanghai", "2026-05-31 16:00"), ("America/New_York", "2026-06-01 04:00"), ("UTC", "2026-06-01 00:00")])
def test_a_day_begins_in_the_clients_time_zone(timezone, moment):
    """CST, as the engine would be told of China's time, means Chicago's to it."""
    assert day_start(datetime.date(2026, 6, 1), timezone).execute() == pd.Timestamp(moment, tz="UTC")


def gaps_of(test):
    return {each.id.rsplit(".", 2)[1] if hasattr(each, "message") else each.id: each for each in say_gaps(test)}


def test_an_unhealthy_test_shows_no_effect_whatever_is_wrong(company):
    drawn, orders = people(effect=0.5)
    one = judge(company, drawn[drawn["arm"] == "control"], orders)
    assert "one_arm" in one.health.faults
    stray = judge(company, drawn.assign(arm=drawn["arm"].where(drawn.index < 790, "sms")), orders)
    assert stray.health.faults == ("stray",) and stray.health.numbers["stray"] == 10
    nobody = judge(company, drawn.assign(arm=drawn["arm"].map({"control": "对照组", "treated": "T"})), orders)
    assert nobody.health.faults == ("stray",)
    told = said(say_health(nobody))
    assert "nobody is in an arm that was planned" in told[0]
    assert "the data say “T / 对照组”, the brief “control / treated”" in told[1]
    twice = judge(company, pd.concat([drawn, drawn.head(40).assign(arm="control")]), orders)
    again = (drawn.head(40)["arm"] == "control").sum()  # a row that names the same arm is a repeat, not a crossing
    assert twice.health.faults == ("crossing",)
    assert (twice.health.numbers["crossing"], twice.health.numbers["duplicates"]) == (40 - again, again)
    for test in (one, stray, twice):
        assert (test.effects, test.decision.verdict, say_gaps(test)) == ((), "unhealthy", [])


def test_ten_customers_have_no_effects(company):
    test = judge(company, *people(10))
    missing, = say_gaps(test)
    assert (missing.code, missing.numbers["found"].value, missing.numbers["needed"].value) == ("M2", 5, 30)
    assert test.effects == ()


def test_a_metric_that_does_not_vary_or_is_not_there(company):
    drawn, orders = people(first="2026-02-01")
    columns = drawn.assign(same="1", empty=pd.array([None] * 800, "string"),
                           answered=np.where(drawn.index % 3, "yes", "no"))
    metrics = [{"id": name, "table": "assignments", "column": name, "kind": "proportion", "role": "primary"}
               for name in ("same", "empty", "answered")]
    test = judge(company, columns, orders, metrics=metrics)
    found = gaps_of(test)
    assert set(found) == {"same_treated_constant", "experiment.test.empty.missing"}
    assert "does not vary among the 800 customers" in said([found["same_treated_constant"]])[0]
    assert found["experiment.test.empty.missing"].code == "M2"
    assert {each.effect.metric for each in test.decision.judged} == {"same", "answered"}


def test_assigned_after_the_outcome(company):
    """The export day as assigned_at: everybody bought before it and nobody after."""
    drawn, orders = people()
    late = drawn.assign(assigned_at=pd.Timestamp("2026-02-28"))
    test = judge(company, late, orders[orders["ordered_at"] < "2026-02-27"])
    assert "bought_treated_too_late" in gaps_of(test)
    assert test.decision.verdict == "not_proven"


def test_no_relative_change_without_a_level_above_zero(company):
    drawn, orders = people(seed=7)
    losses = np.random.default_rng(0).normal(-1, 2, len(drawn))
    metric = {"id": "profit", "table": "assignments", "column": "profit", "kind": "mean", "role": "primary"}
    test = judge(company, drawn.assign(profit=losses), orders, metrics=[metric])
    assert test.effects[0].relative is None
    assert list(gaps_of(test)) == ["profit_treated_no_relative"]


def test_answers_that_hang_on_the_arm_show_no_effect(company):
    """Three in four of the treated answer and half of the control: their scores no longer compare."""
    drawn, orders = people(seed=8)
    rng = np.random.default_rng(1)
    score = np.where(rng.random(len(drawn)) < np.where(drawn["arm"] == "treated", 0.75, 0.5),
                     rng.integers(0, 11, len(drawn)), np.nan)
    metrics = [*PLAN["metrics"], {"id": "score", "table": "assignments", "column": "score", "kind": "mean",
                                  "role": "secondary"}]
    test = judge(company, drawn.assign(score=score), orders, metrics=metrics)
    assert list(test.health.silenced) == ["score"]
    assert "score" not in {effect.metric for effect in test.effects}
    assert gaps_of(test)["score_response"].code == "M7"
    assert test.health.sound and "response" in test.health.notes


def test_strata_of_the_draw_are_compared_within(company):
    drawn, orders = people(seed=9)
    test = judge(company, drawn.assign(stratum=np.where(drawn.index % 4 < 2, "old", "new")), orders)
    assert {effect.metric: effect.method for effect in test.effects}["bought"].startswith("strata")
    nameless = judge(company, drawn.assign(stratum=pd.array([None] * 800, "string")), orders)
    assert nameless.effects[0].method == "newcombe"  # nobody bought before, so there is no covariate


@pytest.mark.parametrize(("share", "effect"), [({}, 1.0), ({"quantile": 0.9}, 1.0)])
def test_quantiles(company, share, effect):
    drawn, _ = people(seed=10)
    every = drawn[["customer_id"]].assign(ordered_at=drawn["assigned_at"] + pd.Timedelta(days=2),
                                          amount=np.arange(800.0))
    metric = {"id": "half", "table": "orders", "column": "amount", "kind": "quantile", "role": "primary",
              "window_days": 30} | share
    test = judge(company, drawn, every, metrics=[metric])
    assert test.effects[0].method == "order_statistics"
    assert test.effects[0].effect.value == effect  # 399 of the treated, 398 of the control
    assert test.effects[0].control.value == pytest.approx(np.quantile(every["amount"][::2], share.get("quantile", 0.5)))


def test_strangers_and_plans_without_data(company):
    drawn, orders = people(100)
    tables = company(None, orders, assignments=pd.concat([drawn, drawn.head(7).assign(experiment_id="Old test")]))
    plans = [Experiment.model_validate(PLAN | {"id": name, "strategy": "S1"}) for name in ("test", "next")]
    brief = SimpleNamespace(experiments=plans, period=SimpleNamespace(timezone="UTC"),
                            finance=SimpleNamespace(margin_rate=None),
                            strategies=[SimpleNamespace(id="S1"), SimpleNamespace(id="S2")])
    tests = evaluate_all(tables, brief, END, SETTINGS)
    assert [test.experiment.id for test in tests] == ["test"]
    seen = seen_experiments(tables)
    assert seen == {"Old test": (7, 2), "test": (100, 2)}
    *findings, untested = say_strangers(tests, brief, seen)
    assert (untested.code, untested.field) == ("M3", "strategies.S2")
    told = said(findings)
    assert "1 experiments (7 customers) that the brief does not know: Old test" in told[0]
    assert "Of 1 experiments in the brief the data hold no assignments yet: next" in told[1]
    assert seen_experiments(company()) == {}


def test_an_experiment_of_one_arm_that_the_brief_does_not_know(company):
    drawn, orders = people(100)
    tables = company(None, orders, assignments=drawn.assign(arm="mail"))
    brief = SimpleNamespace(experiments=[], strategies=[])
    lone, = say_strangers([], brief, seen_experiments(tables))
    assert (lone.code, lone.numbers["people"].value) == ("M3", 100)
    assert "with a single arm: test. Without a control" in said([lone])[0]


MONEY = [PLAN["metrics"][0], {"id": "margin", "table": "orders", "column": "margin", "kind": "mean", "window_days": 30}]


def test_money_of_every_arm_with_interval_and_return(company):
    drawn, orders = people(3000, effect=0.2, seed=11)
    orders["margin"] = 0.5 * orders["amount"]
    test = judge(company, drawn, orders, metrics=MONEY, contact_cost=0.5)
    spent = drawn.merge(orders, how="left", on="customer_id").fillna({"margin": 0.0}).groupby("arm")["margin"].mean()
    each = spent["treated"] - spent["control"] - 0.5
    verdict, money = say_decision(test, "CNY")
    assert money.numbers["each"].value == pytest.approx(each)
    assert money.numbers["total"].value == pytest.approx(3000 * each)
    assert money.numbers["return"].value == pytest.approx(each / 0.5)
    assert money.numbers["return"].low < money.numbers["return"].value < money.numbers["return"].high
    assert verdict.worth.value == money.numbers["total"].value
    free = say_decision(judge(company, drawn, orders, metrics=MONEY), "CNY")[1]
    assert said([free])[0].endswith("the contact is free.")


def test_a_guardrail_still_open_is_named_as_what_is_missing(company):
    drawn, orders = people(seed=12, effect=0.3)
    rng = np.random.default_rng(2)
    left = rng.random(len(drawn)) < 0.05
    guard = {"id": "left", "table": "assignments", "column": "left", "kind": "proportion", "role": "guardrail",
             "direction": "decrease", "margin": 0.005}
    test = judge(company, drawn.assign(left=left.astype(str)), orders, metrics=[PLAN["metrics"][0], guard])
    assert (test.decision.verdict, test.decision.reasons) == ("not_proven", ("guardrail",))
    assert "harm beyond the margin of a guardrail cannot be ruled out" in said(say_decision(test, "CNY"))[0]


def test_harm_is_named_in_the_verdict(company):
    drawn, orders = people(seed=13, effect=-0.19)
    told = said(say_decision(judge(company, drawn, orders), "CNY"))[0]
    assert told.startswith("Experiment test: roll back. treated moves bought by -")
    assert ": worse; 800 customers took part." in told


def stores(seed, rate, count=16, each=25):
    """Whole stores assigned, half of them treated, with customers who buy at a rate that varies by store."""
    rng = np.random.default_rng(seed)
    ids = [f"c{number:04d}" for number in range(count * each)]
    store = np.repeat([f"s{number:02d}" for number in range(count)], each)
    arm = np.where(np.repeat(np.arange(count), each) % 2, "treated", "control")
    at = pd.Timestamp("2026-02-03")
    drawn = pd.DataFrame({"experiment_id": "test", "customer_id": ids, "arm": arm, "cluster_id": store,
                          "assigned_at": at})
    buys = rng.random(len(ids)) < rate * np.repeat(rng.uniform(0.6, 1.4, count), each)
    return drawn, pd.DataFrame({"customer_id": ids, "ordered_at": at + pd.Timedelta(days=3), "amount": 10.0})[buys]


def test_whole_stores_have_students_interval_absolute_and_relative(company):
    """Six stores can be divided in twenty ways, too few for any to be far out."""
    drawn, orders = stores(3, 0.5, count=6)
    found = effect(judge(company, drawn, orders, cluster="store"), "bought").effect
    bought = drawn.assign(hit=drawn["customer_id"].isin(orders["customer_id"]))
    means = {arm: part.groupby("cluster_id")["hit"].mean() for arm, part in bought.groupby("arm")}
    errors = [means[arm].std(ddof=1) / np.sqrt(3) for arm in ("control", "treated")]  # stores of equal size
    relative = [error / means[arm].mean() for error, arm in zip(errors, ("control", "treated"), strict=True)]

    def reach(errors):
        error = np.hypot(*errors)
        return error * stats.t.ppf(0.975, error**4 / sum(each**4 / 2 for each in errors))  # Welch's degrees of freedom

    ratio, wide = means["treated"].mean() / means["control"].mean(), np.exp(reach(relative))
    assert found.method == "cluster" and found.effect.n == 150
    assert (found.effect.low, found.effect.high) == pytest.approx(
        (means["treated"].mean() - means["control"].mean() - reach(errors),
         means["treated"].mean() - means["control"].mean() + reach(errors)))
    assert (found.relative.value, found.relative.low, found.relative.high) == pytest.approx(
        (ratio - 1, ratio / wide - 1, ratio * wide - 1))


def test_stores_where_nothing_happens_have_no_interval(company):
    """Neither a number that is none nor silence: the metric does not vary, and that is said."""
    drawn, orders = stores(4, 0.0)
    test = judge(company, drawn, orders, cluster="store")
    found = effect(test, "bought").effect
    assert (found.method, found.effect.value, found.effect.low, found.p) == ("constant", 0.0, None, 1.0)
    assert any("does not vary" in sentence for sentence in said(say_gaps(test)) if sentence)


def test_values_that_are_no_share_bear_no_effect(company):
    drawn, orders = people(seed=14)
    metric = {"id": "visits", "table": "assignments", "column": "visits", "kind": "proportion", "role": "primary"}
    test = judge(company, drawn.assign(visits=np.arange(800) % 3), orders, metrics=[metric])
    assert (test.health.unfit, test.effects) == ({"visits": "not_share"}, ())
    assert "values other than yes and no" in said(say_gaps(test))[0]


def test_a_ratio_over_nothing_bears_no_effect(company):
    drawn, orders = people(seed=14)
    metric = {"id": "each", "table": "assignments", "column": "spent", "denominator": "visits", "kind": "ratio",
              "role": "primary"}
    columns = drawn.assign(spent=1.0, visits=np.where(drawn["arm"] == "treated", 0, 2))
    test = judge(company, columns, orders, metrics=[metric])
    assert (test.health.unfit, test.effects) == ({"each": "no_denominator"}, ())
    assert "add up to nothing in an arm" in said(say_gaps(test))[0]


def test_a_subject_without_denominator_or_finite_value_does_not_count(company):
    """Complete cases only, and who is left out is said."""
    drawn, orders = people(seed=15)
    rng = np.random.default_rng(3)
    visits = rng.poisson(3, 800) + 1.0
    columns = drawn.assign(spent=visits * rng.gamma(2, 1, 800), visits=visits)
    columns.loc[columns.index < 40, "visits"] = np.nan
    columns.loc[columns.index == 100, "spent"] = np.inf
    metric = {"id": "each", "table": "assignments", "column": "spent", "denominator": "visits", "kind": "ratio",
              "role": "primary"}
    test = judge(company, columns, orders, metrics=[metric])
    whole = columns[columns["visits"].notna() & np.isfinite(columns["spent"])].groupby("arm")[["spent", "visits"]].sum()
    ratio = whole["spent"] / whole["visits"]
    assert test.effects[0].effect.value == pytest.approx(ratio["treated"] - ratio["control"])
    assert test.effects[0].n == 759
    assert "no number for 41 customers, who do not count in it; the other 759" in said(say_gaps(test))[0]


def test_everybody_the_same_in_the_arm_and_another_in_the_other(company):
    drawn, orders = people(seed=14)
    metric = {"id": "got", "table": "assignments", "column": "got", "kind": "mean", "role": "primary"}
    test = judge(company, drawn.assign(got=np.where(drawn["arm"] == "treated", 5, 0)), orders, metrics=[metric])
    assert "has one and the same got, everybody in control another" in said(say_gaps(test))[0]


def test_the_outcome_itself_is_no_covariate(company):
    drawn, orders = people(seed=14)
    amount = np.random.default_rng(1).gamma(2, 1, 800)
    metric = {"id": "spent", "table": "assignments", "column": "spent", "kind": "mean", "role": "primary"}
    test = judge(company, drawn.assign(spent=amount, before=amount), orders, metrics=[metric], covariates=["before"])
    assert (test.effects[0].method, test.effects[0].variance_cut) == ("welch", None)
    assert test.effects[0].effect.low < 0 < test.effects[0].effect.high


def test_rows_that_tell_of_different_outcomes(company):
    drawn, orders = people(seed=14)
    metric = {"id": "spent", "table": "assignments", "column": "spent", "kind": "mean", "role": "primary"}
    columns = drawn.assign(spent=np.arange(800.0))
    few = judge(company, pd.concat([columns, columns.head(5).assign(spent=9.0)]), orders, metrics=[metric])
    assert (few.health.numbers["clashing"], few.health.notes, few.health.sound) == (5, ("clashing", "duplicates"), True)
    many = judge(company, pd.concat([columns, columns.head(20).assign(spent=-9.0)]), orders, metrics=[metric])
    assert (many.health.numbers["clashing"], many.health.faults) == (20, ("clashing",))


def test_assigned_before_the_planned_start_is_noted(company):
    test = judge(company, *people(first="2026-01-30", days=28))
    assert test.health.numbers["early"] == 58 and "early" in test.health.notes


def test_one_arm_lost_in_one_segment_stops_the_test(company):
    """Half of one region's treated are gone, and as many of the control's elsewhere: as a whole the arms fit."""
    drawn, orders = people(2000, seed=16)
    region = np.where(drawn.index % 10 < 2, "north", "south")
    drawn = drawn.assign(region=region)
    gone = (drawn["region"] == "north") & (drawn["arm"] == "treated") & (drawn.index % 20 < 10)
    balance = (drawn["region"] == "south") & (drawn["arm"] == "control")
    gone |= balance & (balance.cumsum() <= gone.sum())
    test = judge(company, drawn[~gone], orders, segments=["region"])
    assert test.health.ratio.p > 0.9 and "parts" in test.health.faults
    assert test.health.numbers["parts"] == (test.health.parts["p"] < 0.001).sum() == 2  # the region, and the week
    assert (test.effects, test.decision.verdict) == ((), "unhealthy")


def test_segments_with_few_people_or_without_a_name_are_said(company):
    drawn, orders = people(seed=17, effect=0.1)
    region = np.select([drawn.index < 20, drawn.index < 90, drawn.index % 4 < 2], ["east", None, "north"], "south")
    test = judge(company, drawn.assign(region=region), orders, segments=["region"])
    assert test.segments[0].table["value"].tolist() == ["north", "south"]
    unread, = test.unread
    assert (unread.values, unread.few, unread.nameless, unread.read) == (("east",), 20, 70, 2)
    assert "20 customers are in values with fewer than 30 in an arm and 70 customers have none" in said(
        say_segments(test, "CNY"))[-1]
    alone = judge(company, drawn.assign(region=pd.array([None] * 400 + ["north"] * 400, "string")), orders,
                  segments=["region"])
    assert "does not have two values" in said(say_segments(alone, "CNY"))[-1]


def test_segments_of_stores_are_compared_by_stores(company):
    """A hundred customers a store are not a hundred drawings: within a segment, too, stores are the cases."""
    drawn, orders = stores(3, 0.3, count=6, each=100)
    drawn = drawn.assign(region=np.where(drawn.index % 2, "north", "south"))
    test = judge(company, drawn, orders, segments=["region"], cluster="cluster_id")
    bought = drawn["customer_id"].isin(orders["customer_id"])
    table = test.segments[0].table.set_index("value")
    for region in ("north", "south"):
        own = drawn["region"] == region
        sums = bought[own].groupby([drawn["arm"], drawn["cluster_id"]]).agg(["sum", "size"])
        spread = {arm: (each["sum"] - each["sum"].sum() / each["size"].sum() * each["size"]).var()
                  / len(each) / each["size"].mean() ** 2 for arm, each in sums.groupby(level=0)}
        sizes = sums.groupby(level=0).size()
        freedom = sum(spread.values()) ** 2 / sum(spread[arm] ** 2 / (sizes[arm] - 1) for arm in spread)
        half = stats.t.ppf(0.975, freedom) * np.sqrt(sum(spread.values()))
        assert (table.loc[region, "high"] - table.loc[region, "low"]) / 2 == pytest.approx(half)


def rare(seed, smaller=300, segments=4):
    """A tenth held back, one customer in fifty buys, amounts with a long tail."""
    rng = np.random.default_rng(seed)
    count = 10 * smaller
    arm = np.where(np.arange(count) % 10, "treated", "control")
    at = pd.Timestamp("2026-02-01") + pd.to_timedelta(np.arange(count) * 28 * 24 * 60 // count, unit="min")
    spend = rng.lognormal(4, 1, count) * (rng.random(count) < 0.02)
    return pd.DataFrame({"experiment_id": "test", "customer_id": [f"c{number:05d}" for number in range(count)],
                         "arm": arm, "assigned_at": at, "spend": spend, "region": np.arange(count) // 10 % segments})


def chance_of_q(pairs, draws):
    """The p of Cochran's Q where the arms of each segment are drawn anew, by plain permutation."""
    rng = np.random.default_rng(8)
    sizes = [(len(one), len(other)) for one, other in pairs]
    whole = [np.concatenate(pair) for pair in pairs]
    weights = np.array([1 / (every.var() * (1 / n + 1 / m)) for every, (n, m) in zip(whole, sizes, strict=True)])

    def q():
        effects = np.array([every[n:].mean() - every[:n].mean() for every, (n, _) in zip(whole, sizes, strict=True)])
        return (weights * (effects - (weights * effects).sum() / weights.sum()) ** 2).sum()

    seen, anew = q(), []
    for _ in range(draws):
        for every in whole:
            rng.shuffle(every)
        anew.append(q())
    return float(np.mean(np.array(anew) >= seen))


def test_segments_and_looks_of_rare_spend_are_read_by_the_randomisation_test(company):
    drawn = rare(1)
    plan = {"arms": {"control": 0.1, "treated": 0.9}, "segments": ["region"], "metrics": [
        {"id": "spend", "table": "assignments", "column": "spend", "kind": "mean", "role": "primary"}]}
    test = judge(company, drawn, None, **plan)
    assert test.effects[0].method == "randomisation"
    own = {value: [group.loc[group["arm"] == arm, "spend"].to_numpy() for arm in ("control", "treated")]
           for value, group in drawn.groupby("region")}
    table = test.segments[0].table.set_index("value")
    for value, arms in own.items():
        exact = randomisation_test(*arms, 0.95, 20_000, 5)[1]
        assert table.loc[str(value), "p"] == pytest.approx(exact, abs=0.06)
    assert test.segments[0].p == pytest.approx(chance_of_q(own.values(), 4000), abs=0.05)
    looks = judge(company, drawn, None, **plan, looks=[datetime.date(2026, 2, 10), datetime.date(2026, 2, 20)])
    first = drawn[drawn["assigned_at"] < "2026-02-11"]
    exact = randomisation_test(*(first.loc[first["arm"] == arm, "spend"] for arm in ("control", "treated")),
                               0.95, 20_000, 5)[0]
    step = looks.trajectory.iloc[-1]
    assert looks.trajectory["n"].tolist()[-1] == 3000
    assert step["effect"] == pytest.approx(test.effects[0].effect.value)
    assert exact.low < 0 < exact.high or looks.trajectory["n"].min() == len(first)


def test_unequal_arms_of_a_long_tail_are_not_left_to_welch(company):
    rng = np.random.default_rng(2)
    drawn = rare(2).assign(spend=rng.lognormal(0, 1, 3000), even=rng.normal(5, 1, 3000))
    metrics = [{"id": name, "table": "assignments", "column": name, "kind": "mean", "role": "primary"}
               for name in ("spend", "even")]
    test = judge(company, drawn, None, arms={"control": 0.1, "treated": 0.9}, metrics=metrics)
    assert {each.metric: each.method for each in test.effects} == {"spend": "randomisation", "even": "welch"}


def test_an_arm_that_does_harm_is_named_though_another_is_open(company):
    drawn, orders = people(900, seed=13)
    drawn["arm"] = np.array(["control", "mail", "call"])[drawn.index % 3]
    orders = orders[(drawn.loc[orders.index, "arm"] != "call") | (orders.index % 2 == 0)]
    orders = orders[~((drawn.loc[orders.index, "arm"] == "call") & (orders.index % 10 != 0))]
    test = judge(company, drawn, orders, arms={"control": 1 / 3, "mail": 1 / 3, "call": 1 / 3})
    verdict, ruled_out = said(say_decision(test, "CNY"))[:2]
    assert "not proven" in verdict
    assert "call must not ship: it moves bought by -" in ruled_out and ruled_out.endswith(": worse.")


def test_differences_between_segments_are_adjusted_together(company):
    drawn, orders = people(seed=18)
    regions = {f"part{number}": np.random.default_rng(number).choice(["a", "b"], 800) for number in range(4)}
    test = judge(company, drawn.assign(**regions), orders, segments=list(regions))
    p = [each.p for each in test.segments]
    assert [each.p_adjusted for each in test.segments] == pytest.approx(adjust(p).tolist())
    assert len(p) == 4 and max(each.p_adjusted for each in test.segments) > max(p)


@pytest.mark.parametrize(("timezone", "at", "fault"), [
    ("America/New_York", "2026-03-02 03:00", ()), ("America/New_York", "2026-03-02 05:00", ("late",)),
    ("Asia/Shanghai", "2026-01-31 16:00", ())])
def test_a_test_begins_and_ends_with_the_clients_days(company, timezone, at, fault):
    """Ten in the evening of its last day in New York, midnight of its first in Shanghai: another day in UTC."""
    drawn, orders = people()
    tables = company(None, orders, assignments=drawn.assign(assigned_at=pd.Timestamp(at)))
    test = evaluate(tables, Experiment.model_validate(PLAN), END, timezone, None, SETTINGS)
    assert (test.health.faults, test.health.numbers["early"]) == (fault, 0)


def test_a_test_nobody_planned_to_end_holds_at_every_reading(company):
    """Read at the plain five in a hundred every month, one of six without any effect would have shipped by the tenth.
    Interval and p go by the same subjects, though a fiftieth only is in the control arm."""
    rng, count = np.random.default_rng(3), 4_000
    arm = np.where(np.arange(count) % 50, "treated", "control")
    noise = rng.normal(10, 3, count)
    found = []
    for lift in np.arange(0.5, 2.5, 0.1):
        drawn = people(count)[0].assign(arm=arm, taste=noise + lift * (arm == "treated"))
        test = judge(company, drawn, None, arms={"control": 0.02, "treated": 0.98}, end=None, metrics=[
            {"id": "taste", "column": "taste", "kind": "mean", "role": "primary", "direction": "increase"}])
        own = effect(test, "taste").effect
        assert test.looking.kind == "always" and (own.p < 0.05) == (own.effect.low > 0)
        found.append(test.decision.verdict)
    assert {"keep_running", "ship"} == set(found)
    assert "state it as the end of the experiment in the brief" in said(say_looks(test))[0]


def test_a_metric_whose_kind_is_not_named_is_a_mean(company):
    """So few of the treated bought that only the randomisation test is to be trusted, and the cap stands beside."""
    drawn, orders = people(3_000, seed=5)
    drawn["arm"] = np.where(np.arange(3_000) % 10, "treated", "control")
    spend = {"id": "spend", "table": "orders", "column": "amount", "window_days": 30, "cap": 50, "role": "primary"}
    shares = {"control": 0.1, "treated": 0.9}
    plain, named = (judge(company, drawn, orders, arms=shares, metrics=[spend | kind])
                    for kind in ({}, {"kind": "mean"}))
    assert [each.effect for each in plain.effects] == [each.effect for each in named.effects]
    assert [each.method for each in plain.effects] == ["randomisation"] * 2
    assert [each.metric for each in plain.effects] == ["spend", "spend_capped"]
