"""What was expected of subjects on the eve of a test, as features and as weights."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from relops.brief.experiments import Experiment
from relops.customers.availability import Unavailable
from relops.customers.fitting import fit_purchase_model
from relops.customers.history import read_history
from relops.strategies.evaluation import Settings, evaluate
from relops.strategies.lifetime import ALIVE, HISTORY, WORTH, lifetime_features, with_histories
from relops.strategies.policy import best_policy

DAY = datetime.date(2025, 12, 31)


@pytest.fixture(scope="module")
def orders():
    """Four hundred customers, each with an own rate of buying, who stop one after another; a year of it and a half."""
    rng, rows = np.random.default_rng(1), []
    for number in range(400):
        first, rate, stop = rng.integers(0, 250), rng.gamma(1.5, 0.01), rng.exponential(300)
        days = first + np.append(0, rng.exponential(1 / rate, 40).cumsum())
        rows += [(f"c{number:03d}", pd.Timestamp("2025-01-01") + pd.Timedelta(days=int(day)), rng.lognormal(3, 0.5))
                 for day in days if day < min(545, first + stop) or day == first]
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])


def features(tables, day=DAY):
    rows = with_histories(tables.assignments, tables.purchase_days, day).select("customer_id", *HISTORY).to_pandas()
    rows = rows.sort_values("customer_id").set_index("customer_id")
    return rows, lifetime_features(rows, tables.purchase_days, day)


def drawn(customers=400):
    arms = np.where(np.arange(customers) % 2, "treated", "control")
    return pd.DataFrame({"experiment_id": "keep", "customer_id": [f"c{n:03d}" for n in range(customers)], "arm": arms,
                         "assigned_at": "2026-01-01"})


def test_what_was_expected_is_what_the_models_say(company, orders):
    tables = company(orders=orders, assignments=pd.concat([drawn(), drawn(1).assign(customer_id="new")]))
    rows, found = features(tables)
    history = read_history(tables.purchase_days, DAY, "none")
    model = fit_purchase_model(history)
    alive = dict(zip(zip(history.frequency, history.recency, history.T, strict=True),
                     model.probability_alive(history), strict=True))
    one = rows.loc["c007"]
    assert found.loc["c007", ALIVE] == pytest.approx(
        alive[float(one["frequency"]), one["recency_days"] / 7, one["T_days"] / 7])
    assert found.loc["new"].isna().all()
    assert found[WORTH].corr(rows["frequency"]) > 0.3


def test_nothing_after_the_eve_plays_a_part(company, orders):
    before = orders[orders["ordered_at"] <= "2025-12-31 23:59"]
    (_, whole), (_, cut) = (features(company(orders=each, assignments=drawn())) for each in (orders, before))
    pd.testing.assert_frame_equal(whole, cut)


def test_too_few_repeat_buyers_bear_no_features(company, orders):
    assert features(company(orders=orders.head(40), assignments=drawn(10)))[1] is None


def test_one_kept_is_worth_what_was_expected(company, orders):
    """Without a measure of money: a customer who came back brings the margin expected over a year, and no other."""
    metric = {"id": "kept", "table": "orders", "kind": "retention", "role": "primary", "window_days": 60}
    plan = {"id": "keep", "control": "control", "arms": {"control": 0.5, "treated": 0.5}, "end": "2026-01-01",
            "metrics": [metric]}
    tables = company(orders=orders, assignments=drawn())
    test = evaluate(tables, Experiment.model_validate(plan), datetime.date(2026, 6, 30), "UTC", 0.4,
                    Settings(0.05, 60, 200, 1))
    assert test.eve == DAY
    policy = best_policy(test, "keep", 0.4, seed=1)
    rows, expected = features(tables)
    back = orders[(orders["ordered_at"] > "2026-03-02") & (orders["ordered_at"] <= "2026-05-01")]["customer_id"]
    value = 0.4 * expected[WORTH] * rows.index.isin(back)
    own = value.groupby(np.where(np.arange(400) % 2, "treated", "control")).mean()
    assert policy.arms["treated"].value == pytest.approx(own["treated"], rel=0.25)
    with pytest.raises(Unavailable) as caught:
        best_policy(test, "keep", None, seed=1)
    assert (caught.value.code, caught.value.field) == ("M4", "finance.margin_rate")
