"""Baselines of a plan read off the client's own history, with values worked out by hand."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tea_tasting.aggr import Aggregates

from relops.brief.experiments import Experiment
from relops.customers.availability import Unavailable
from relops.strategies.consent import Consent
from relops.strategies.history import (
    cluster_spread,
    eligible,
    explained_share,
    plan_day,
    read_audience,
    read_baselines,
)
from relops.strategies.places import usual_place
from relops.strategies.quantiles import quantile_of_sorted

DAY = datetime.date(2026, 1, 31)
LIMITS = SimpleNamespace(r1_days=30, r2_days=90, f_star=2)
PLAN = {"id": "winback", "control": "control", "arms": {"control": 0.5, "treated": 0.5}, "metrics": [
    {"id": "bought", "table": "orders", "kind": "proportion", "role": "primary", "window_days": 30},
    {"id": "spend", "table": "orders", "column": "amount", "kind": "mean", "window_days": 30}]}


def orders(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"]).assign(store="north")


FOUR = orders(("a", "2026-01-20 10:00", 10.0), ("a", "2026-01-10 10:00", 10.0), ("b", "2026-01-20 10:00", 10.0),
              ("c", "2025-12-10 10:00", 10.0), ("d", "2025-06-01 10:00", 10.0), ("late", "2026-01-31 08:00", 9.0))


@pytest.mark.parametrize(("groups", "who"), [((), "abcd"), (("loyal",), "a"), (("riser",), "b"), (("dormant",), "c"),
                                             (("churned",), "d"), (("loyal", "churned"), "ad")])
def test_who_is_eligible_hangs_on_what_came_before_the_day(company, groups, who):
    found = eligible(company(orders=FOUR), DAY, groups, LIMITS).to_pandas()["customer_id"]
    assert sorted(found) == list(who)


@pytest.mark.parametrize(("consent", "who"), [
    (Consent(None, needed=False), "abcd"), (Consent("may_call", needed=False), "acd"),
    (Consent("may_call", needed=True), "a")])
def test_who_refused_is_not_eligible_nor_who_never_said_where_consent_is_needed(company, consent, who):
    customers = pd.DataFrame({"customer_id": list("abc"), "may_call": ["yes", "no", None]})
    found = eligible(company(customers, FOUR), DAY, (), None, consent).to_pandas()["customer_id"]
    assert sorted(found) == list(who)


def test_a_store_is_that_of_most_orders(company):
    bought = orders(*(("a", f"2026-01-{day} 10:00", 1.0) for day in (10, 11, 20))).assign(
        store_id=["north", "north", "south"])
    found = usual_place(company(orders=bought).purchases, "store_id").to_pandas()
    assert found.to_dict("records") == [{"customer_id": "a", "store_id": "north"}]


def test_audience_and_who_came_in_four_weeks(company):
    audience = read_audience(company(orders=FOUR), DAY, ("dormant", "unheard_of"), LIMITS)
    assert (audience.people, audience.weekly, audience.groups) == (1, 0.25, ("dormant",))
    assert read_audience(company(orders=FOUR), DAY, (), LIMITS).weekly == 0.5  # a and b bought first in January


def test_no_orders_no_audience(company):
    with pytest.raises(Unavailable, match="M1"):
        read_audience(company(), DAY, (), None)


def test_the_plan_stands_before_the_test():
    open_plan = Experiment.model_validate(PLAN)
    assert plan_day(open_plan, DAY) == datetime.date(2026, 2, 1)
    assert plan_day(open_plan.model_copy(update={"start": datetime.date(2025, 9, 1)}), DAY).month == 9
    with pytest.raises(Unavailable):
        plan_day(open_plan, None)


@pytest.fixture
def shop():
    """Sixty customers known in autumn; in December twenty bought for 30, in January half of these again."""
    rows = [(f"c{number:02d}", "2025-10-05 12:00", 20.0 + number) for number in range(60)]
    rows += [(f"c{number:02d}", "2025-12-15 12:00", 30.0) for number in range(20)]
    rows += [(f"c{number:02d}", "2026-01-15 12:00", 50.0) for number in (*range(10), 40, 41)]
    return orders(*rows)


def read(tables, plan=PLAN, days=31, **given):
    experiment = Experiment.model_validate(plan | given)
    audience = read_audience(tables, DAY, (), None)
    return read_baselines(tables, experiment, audience, None, "UTC", days, 30, None)


def test_baselines_are_those_of_the_window_before(company, shop):
    bought, spend = read(company(orders=shop))
    value = np.array([50.0] * 10 + [0.0] * 30 + [50.0] * 2 + [0.0] * 18)
    before = np.array([30.0] * 20 + [0.0] * 40)
    assert (bought.n, bought.mean, bought.some) == (60, 0.2, 0.2)
    assert (spend.mean, spend.variance) == pytest.approx((10.0, value.var(ddof=1)))
    squared = np.corrcoef(value, before)[0, 1] ** 2
    assert spend.explained == pytest.approx(1 - (1 - squared) * 59 / 58)
    assert spend.amounts().tolist() == [50.0] * 12
    assert (spend.source, spend.clusters, bought.amounts) == ("history", None, None)


def test_a_ratio_bears_no_discount_and_the_variance_of_the_delta_method(company, shop):
    ratio = {"id": "basket", "table": "orders", "column": "amount", "denominator": "orders", "kind": "ratio",
             "window_days": 60}
    shop = pd.concat([shop, orders(("c00", "2026-01-16 12:00", 5.0))])
    basket, = read(company(orders=shop), metrics=[ratio])
    totals = shop[shop["ordered_at"] >= "2025-12-02"].groupby("customer_id")["amount"].agg(["sum", "size"])
    totals = totals.reindex(sorted(set(shop["customer_id"])), fill_value=0)
    value = totals["sum"].sum() / totals["size"].sum()
    linear = (totals["sum"] - value * totals["size"]) / totals["size"].mean()
    assert basket.explained == 0
    assert (basket.mean, basket.variance) == pytest.approx((value, linear.var(ddof=1)))


def test_clusters_of_a_customers_latest_store(company, shop):
    shop["store"] = [f"s{int(customer[1:]) % 3}" for customer in shop["customer_id"]]
    bought, _ = read(company(orders=shop), cluster="store")
    assert (bought.clusters.count, bought.clusters.size, bought.clusters.variation) == (3, 20, 0)
    assert bought.explained == 0


def test_an_amount_that_nobody_spent_yet_is_nothing_to_plan_by(company):
    before = orders(*((f"c{number}", "2025-11-10 10:00", 10.0) for number in range(40)))
    bought, = read(company(orders=before))
    assert (bought.metric.id, bought.n, bought.mean) == ("bought", 40, 0.0)


def test_too_few_customers_plan_nothing(company):
    with pytest.raises(Unavailable, match="M2") as told:
        read(company(orders=FOUR))
    assert told.value.numbers["audience"].value == 4


def test_correlation_within_clusters_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(4)
    groups = [rng.normal(centre, 1, size) for centre, size in zip(rng.normal(0, 1, 12), rng.integers(5, 40, 12),
                                                                  strict=True)]
    cells = {f"g{place}": Aggregates(len(own), {"value": own.mean()}, {"value": own.var(ddof=1)}, {})
             for place, own in enumerate(groups)}
    found = cluster_spread(cells | {None: Aggregates(50, {"value": 0.0}, {"value": 1.0}, {})}, 0.0, False)
    f = stats.f_oneway(*groups).statistic
    sizes = np.array([len(own) for own in groups])
    size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / 11
    assert found.count == 12
    assert found.within == pytest.approx((f - 1) / (f - 1 + size))
    assert cluster_spread({"only": cells["g0"]}, 0.0, False) is None


def test_a_cluster_without_any_denominator_tells_of_a_ratio_all_the_same():
    empty = Aggregates(3, {"value": 0.0, "per": 0.0}, {"value": 0.0, "per": 0.0}, {("per", "value"): 0.0})
    full = Aggregates(4, {"value": 10.0, "per": 2.0}, {"value": 8.0, "per": 1.0}, {("per", "value"): 2.0})
    found = cluster_spread({"a": empty, "b": full, "c": full}, 4.0, True)
    # residuals: mean 0 in a, 2 in b and c; variance 0 in a, 8 - 2 * 4 * 2 + 16 * 1 = 8 in b and c
    between, inside, size = 3 * (16 / 11) ** 2 / 2 + 4 * (6 / 11) ** 2, 48 / 8, (11 - 41 / 11) / 2
    assert found.within == pytest.approx(max(0.0, (between - inside) / (between + (size - 1) * inside)))


def test_chance_explains_nothing():
    assert explained_share(Aggregates(10, {"value": 0, "before": 0}, {"value": 1, "before": 1},
                                      {("before", "value"): 0.2})) == 0
    assert explained_share(Aggregates(10, {"value": 0, "before": 0}, {"value": 1, "before": 0},
                                      {("before", "value"): 0.0})) == 0


def test_a_median_has_the_variance_of_a_median(company, shop):
    """Order statistics over the sixty: each spent in the window, so the values are the numbers themselves."""
    half = {"id": "half", "table": "orders", "column": "amount", "kind": "quantile", "window_days": 30}
    every = pd.concat([shop, orders(*((f"c{n:02d}", "2026-01-20 12:00", float(n)) for n in range(60)))])
    found, = read(company(orders=every), metrics=[half])
    spent = every[every["ordered_at"] >= "2026-01-01"].groupby("customer_id")["amount"].sum().to_numpy()
    median, error = quantile_of_sorted(np.sort(spent), 0.5)
    assert (found.mean, found.variance) == pytest.approx((median, error**2 * 60))
    with pytest.raises(Unavailable):  # most spent nothing: a median of zero bears no plan
        read(company(orders=shop), metrics=[half])
