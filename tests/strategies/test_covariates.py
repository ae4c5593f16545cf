"""Covariates of the plan and of the past, and clusters of uneven size, against the arithmetic on rows."""

from __future__ import annotations

import datetime
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import tea_tasting

from relops.brief.experiments import Experiment
from relops.exhibits import plain, render_finding
from relops.strategies.covariates import slopes_of
from relops.strategies.evaluation import Settings, evaluate
from relops.strategies.findings import say_health

SETTINGS = Settings(0.05, 60, 2_000, 1)
PLAN = {"id": "test", "control": "control", "arms": {"control": 0.5, "treated": 0.5}, "start": "2026-02-01",
        "end": "2026-03-01", "metrics": [
            {"id": "bought", "table": "orders", "kind": "proportion", "role": "primary", "direction": "increase",
             "window_days": 30}]}


def judge(company, drawn, orders=None, **given):
    tables = company(None, orders, assignments=drawn)
    return evaluate(tables, Experiment.model_validate(PLAN | given), datetime.date(2026, 4, 30), "UTC", None, SETTINGS)


def effect(test, metric):
    return next(each.effect for each in test.decision.judged if each.effect.metric == metric)


def test_stores_of_uneven_size_are_drawn_anew(company):
    """All 12,870 divisions of sixteen stores, of eight to fifty-three customers, against the draws among them."""
    rng, sizes = np.random.default_rng(3), 8 + 3 * np.arange(16)
    store = np.repeat(np.arange(16), sizes)
    ids, at = np.array([f"c{number:04d}" for number in range(len(store))]), pd.Timestamp("2026-02-03")
    drawn = pd.DataFrame({"experiment_id": "test", "customer_id": ids, "cluster_id": [f"s{each:02d}" for each in store],
                          "arm": np.where(store % 2, "treated", "control"), "assigned_at": at})
    buys = rng.random(len(ids)) < 0.5 * rng.uniform(0.6, 1.4, 16)[store]
    orders = pd.DataFrame({"customer_id": ids[buys], "ordered_at": at + pd.Timedelta(days=3), "amount": 10.0})
    found = effect(judge(company, drawn, orders, cluster="store"), "bought")
    sums = drawn["customer_id"].isin(orders["customer_id"]).groupby(drawn["cluster_id"]).agg(["sum", "size"])

    ways = np.array([np.arange(16) % 2 == 1, *(np.isin(np.arange(16), each) for each in combinations(range(16), 8))])
    values, errors = 0.0, 0.0
    for sign, inside in ((1, ways), (-1, ~ways)):
        ratio = inside @ sums["sum"] / (inside @ sums["size"])
        rest = inside * (sums["sum"].to_numpy() - ratio[:, None] * sums["size"].to_numpy())
        values = values + sign * ratio
        errors = errors + (rest**2).sum(axis=1) / 7 / 8 / (inside @ sums["size"] / 8) ** 2
    value, error = values[0], np.sqrt(errors[0])
    anew = values[1:] / np.sqrt(errors[1:])
    assert found.method == "cluster" and found.effect.value == pytest.approx(value)
    assert found.p == pytest.approx(np.mean(np.abs(anew) >= abs(value / error)), abs=0.03)
    low, high = value - np.quantile(anew, (0.975, 0.025)) * error
    assert (found.effect.low, found.effect.high) == pytest.approx((low, high), abs=0.2 * error)


def test_what_stores_sold_before_takes_out_noise(company):
    """Stores that differ, and did before: the slope of all stores together, and an interval half as wide."""
    rng, count, each = np.random.default_rng(4), 30, 40
    ids = [f"c{number:04d}" for number in range(count * each)]
    store = np.repeat(np.arange(count), each)
    level = rng.normal(0, 3, count)[store]
    at = pd.Timestamp("2026-02-03")
    drawn = pd.DataFrame({"experiment_id": "test", "customer_id": ids, "cluster_id": [f"s{each}" for each in store],
                          "arm": np.where(rng.permutation(count)[store] % 2, "treated", "control"), "assigned_at": at,
                          "before": 20 + level + rng.normal(0, 2, len(ids)),
                          "spent": 30 + level + rng.normal(0, 2, len(ids))})
    spent = {"id": "spent", "table": "assignments", "column": "spent", "kind": "mean", "role": "primary"}
    with_past, plain = (effect(judge(company, drawn, cluster="store", metrics=[spent], covariates=names), "spent"
                               ) for names in (["before"], []))
    means = drawn.groupby(["arm", "cluster_id"])[["before", "spent"]].mean().reset_index()
    slope = np.polyfit(means["before"], means["spent"], 1)[0]
    by_arm = means.groupby("arm")[["before", "spent"]].mean()
    change = by_arm.loc["treated"] - by_arm.loc["control"]
    assert (with_past.method, plain.method) == ("cluster_cuped", "cluster")
    assert with_past.effect.value == pytest.approx(change["spent"] - slope * change["before"])
    assert plain.effect.value == pytest.approx(change["spent"])
    assert with_past.effect.high - with_past.effect.low < (plain.effect.high - plain.effect.low) / 2
    assert with_past.variance_cut > 0.75


def test_several_covariates_and_holes_in_them_adjust_shares_too(company):
    """The line of a regression within the arms on both covariates, the missing ones at their mean with a column of
    their own."""
    rng, n = np.random.default_rng(6), 3000
    x, y = rng.normal(0, 1, n), rng.normal(0, 1, n)
    drawn = pd.DataFrame({"experiment_id": "test", "customer_id": [f"c{number:04d}" for number in range(n)],
                          "arm": rng.choice(["control", "treated"], n), "assigned_at": pd.Timestamp("2026-02-03"),
                          "visits": np.where(rng.random(n) < 0.2, np.nan, x), "spend": y, "city": "north",
                          "came": (x + y + rng.normal(0, 1, n) > 0).astype(float)})
    came = {"id": "came", "table": "assignments", "column": "came", "kind": "proportion", "role": "primary"}
    test = judge(company, drawn, metrics=[came], covariates=["visits", "spend", "city"])
    found, blank = effect(test, "came"), drawn["visits"].isna()
    columns = np.column_stack([drawn["visits"].fillna(drawn["visits"].mean()), blank, drawn["spend"]]).astype(float)
    arms = pd.get_dummies(drawn["arm"]).to_numpy(float)
    line = columns @ np.linalg.lstsq(np.column_stack([arms, columns]), drawn["came"], rcond=None)[0][2:]
    slope = np.cov(drawn["came"], line)[0, 1] / line.var(ddof=1)
    by_arm = drawn.assign(line=line).groupby("arm")[["came", "line"]].mean()
    change = by_arm.loc["treated"] - by_arm.loc["control"]
    assert found.method == "welch_cuped"
    assert found.effect.value == pytest.approx(change["came"] - slope * change["line"], abs=1e-6)
    assert 0.35 < found.variance_cut < 0.5
    assert sorted(test.health.before["metric"]) == ["spend", "visits"]
    standardised = test.health.before.set_index("metric")["standardised"]
    known = drawn[["arm", "visits"]].dropna().groupby("arm")["visits"]
    assert standardised["visits"] == pytest.approx(
        (known.mean()["treated"] - known.mean()["control"]) / np.sqrt(known.var().mean()))
    assert test.health.notes == ("covariates",)
    assert "1 are no number for most subjects" in plain(render_finding(say_health(test)[-1], "en"))


def test_many_covariates_take_nothing_of_the_effect():
    """Two hundred tests of four hundred subjects with ten covariates: a line over all arms would find 0.97 of one."""
    rng, found = np.random.default_rng(4), []
    for _ in range(200):
        columns, treated = rng.normal(size=(400, 10)), rng.permutation(400) < 200
        value = columns.sum(axis=1) / 5 + rng.normal(size=400) + treated
        left = value - columns @ slopes_of(columns, value, treated)
        found.append(left[treated].mean() - left[~treated].mean())
    assert np.mean(found) == pytest.approx(1, abs=3 * np.std(found) / np.sqrt(200))
    assert np.std(found) / np.sqrt(200) < 0.01


def test_a_covariate_that_differed_before_is_found_whatever_the_metrics_are(company):
    rng, n = np.random.default_rng(7), 800
    treated = np.arange(n) % 2
    drawn = pd.DataFrame({"experiment_id": "test", "customer_id": [f"c{number:03d}" for number in range(n)],
                          "arm": np.where(treated, "treated", "control"), "assigned_at": pd.Timestamp("2026-02-03"),
                          "quiet": rng.normal(0, 1, n), "visits": rng.normal(0, 1, n) + 0.6 * treated,
                          "came": (rng.random(n) < 0.3).astype(float)})
    came = {"id": "came", "table": "assignments", "column": "came", "kind": "proportion", "role": "primary"}
    test = judge(company, drawn, metrics=[came], covariates=["quiet", "visits"])
    assert test.health.faults == ("before",) and not test.effects


def test_the_average_order_is_adjusted_by_that_of_the_past(company):
    """A ratio of events by the same ratio before the test, as tea-tasting does on rows."""
    rng, n = np.random.default_rng(8), 2000
    at, level = pd.Timestamp("2026-02-03"), rng.gamma(4, 5, n)
    ids = np.array([f"c{number:04d}" for number in range(n)])
    drawn = pd.DataFrame({"experiment_id": "test", "customer_id": ids, "assigned_at": at,
                          "arm": rng.choice(["control", "treated"], n)})
    parts = []
    for days in (-20, 5):
        count = 1 + rng.poisson(1.5, n)
        who = np.repeat(np.arange(n), count)
        parts.append(pd.DataFrame({"customer_id": ids[who], "ordered_at": at + pd.Timedelta(days=days),
                                   "amount": level[who] + rng.gamma(2, 2, len(who))}))
    basket = {"id": "basket", "table": "orders", "column": "amount", "denominator": "orders", "kind": "ratio",
              "window_days": 10, "role": "primary"}
    found = effect(judge(company, drawn, pd.concat(parts), metrics=[basket]), "basket")
    past, now = (part.groupby("customer_id")["amount"].agg(["sum", "size"]) for part in parts)
    rows = drawn.join(past.add_prefix("past_"), on="customer_id").join(now, on="customer_id")
    expected = tea_tasting.Experiment(basket=tea_tasting.RatioOfMeans(
        "sum", "size", "past_sum", "past_size", use_t=True, equal_var=False)).analyze(
            rows.assign(variant=(rows["arm"] == "treated").astype(int)))["basket"]
    assert found.method == "delta_cuped" and found.variance_cut > 0.4
    assert (found.effect.value, found.effect.low, found.effect.high, found.p) == pytest.approx(
        (expected.effect_size, expected.effect_size_ci_lower, expected.effect_size_ci_upper, expected.pvalue))
