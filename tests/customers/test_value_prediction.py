"""Expected purchases, P(alive), value: what must hold of any of them, and the hold-out's arithmetic."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

from relops.customers import bg_nbd
from relops.customers.availability import Unavailable
from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma
from relops.customers.history import constructed_history, customer_history
from relops.customers.history_summary import history_summary, margin_rate, spend_summary
from relops.customers.models import BgNbd
from relops.customers.prediction import discounted_purchases, expected_per_customer, forecast, redraw
from relops.customers.rfm.groups import GroupRules
from relops.customers.value_terms import (
    EVERYONE,
    ValueTerms,
    check_parameters,
    history_groups,
    horizon_day,
    refund_policy,
    value_terms,
)
from relops.errors import BadInput
from relops.units import AnnualRate

DAY = datetime.date
END = DAY(1997, 9, 30)
YEAR = ValueTerms(END, DAY(1998, 9, 30))
MLE = (0.242595, 4.413602, 0.792922, 2.425906)
RULES = GroupRules(3, 77.0, 164.0, 2457, {}, 77.0, 164.0)
shapes = st.floats(0.02, 50)
histories = st.tuples(st.integers(0, 300), st.floats(1e-3, 1), st.floats(1e-2, 400))


@pytest.fixture(scope="module")
def history(sample):
    return customer_history(history_summary(sample.purchase_days, END), END)


@pytest.fixture(scope="module")
def model(history):
    return fit_bg_nbd(history)


@pytest.fixture(scope="module")
def spend(sample):
    return fit_gamma_gamma(spend_summary(sample.purchase_days, END))


@pytest.fixture(scope="module")
def year_ahead(history, model, spend):
    return forecast(history, model, history_groups(history, RULES), YEAR, spend=spend, replicates=60, level=0.9,
                    seed=1)


@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("error")
@given(st.tuples(shapes, shapes, shapes, shapes), histories, st.floats(0.01, 500))
def test_probability_alive_and_expectation_hold_everywhere(theta, case, horizon):
    x, share, age = case
    t_x = share * age if x else 0.0
    outlook = BgNbd.at(*theta).outlook(constructed_history(x, t_x, age))
    alive = outlook.alive[0]
    assert 0 <= alive <= 1
    assert x > 0 or alive == 1
    nothing, near, far = outlook.purchases(np.array([0.0, horizon, 2 * horizon]))[:, 0]
    assert nothing == 0
    assert 0 <= near <= far <= 2 * near * (1 + 1e-9)  # increasing, and ever more slowly
    # nobody buys more than at the posterior rate without ever stopping
    assert far <= (theta[0] + x) / (theta[1] + age) * 2 * horizon * (1 + 1e-9)
    assert np.isfinite(bg_nbd.log_likelihood(*theta, x, t_x, age))


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 3), st.floats(1, 30), st.floats(1.2, 4), st.floats(0.5, 6), st.integers(0, 20),
       st.floats(5, 60), st.floats(1, 60))
def test_expectation_equals_the_closed_form_where_that_is_safe(r, alpha, a, b, x, age, horizon):
    t_x = 0.8 * age if x else 0.0
    whole = hyp2f1(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon))
    decay = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
    alive = bg_nbd.probability_alive(r, alpha, a, b, x, t_x, age)
    closed = (a + b + x - 1) / (a - 1) * (1 - decay * whole) * alive
    found = BgNbd.at(r, alpha, a, b).expected_purchases(constructed_history(x, t_x, age), horizon)
    assert found[0] == pytest.approx(closed, rel=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.tuples(st.floats(0.1, 3), st.floats(1, 20), st.floats(0.2, 4), st.floats(0.3, 6)), st.floats(1, 60))
def test_probabilities_of_all_counts_add_up_and_average_to_the_expectation(theta, t):
    counts = np.arange(3000)
    newcomer = BgNbd.at(*theta).newcomer()
    chance = np.array([newcomer.purchase_probability(count, t)[0] for count in counts])
    assert (chance >= 0).all()
    assert chance.sum() == pytest.approx(1, abs=1e-6)
    assert chance @ counts == pytest.approx(newcomer.purchases(t)[0], rel=1e-4)


def test_expectation_is_the_mean_of_simulated_customers():
    r, alpha, a, b = 0.8, 6.0, 0.9, 2.5
    rng = np.random.default_rng(11)
    rate, stop = rng.gamma(r, 1 / alpha, 40_000), rng.beta(a, b, 40_000)
    bought = []
    for lam, p in zip(rate, stop, strict=True):
        possible = rng.poisson(lam * 40)
        bought.append(min(possible, rng.geometric(p)))
    error = np.std(bought) / np.sqrt(len(bought))
    assert abs(np.mean(bought) - BgNbd.at(r, alpha, a, b).newcomer().purchases(40.0)[0]) < 4 * error


def test_many_rows_equal_one_at_a_time(history, model):
    together = model.expected_purchases(history, 39.0)
    for row in range(0, len(history.frame), 97):
        alone = constructed_history(history.frequency[row], history.recency[row], history.T[row])
        single = model.expected_purchases(alone, 39.0)
        assert together[row] == pytest.approx(single[0], rel=1e-12)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_discounting_equals_a_sum_over_short_steps(history, model, rate):
    discount = AnnualRate(rate)
    plain, discounted = discounted_purchases(model.forecaster(history), 52.0, "weeks", discount)
    assert plain == pytest.approx(model.expected_purchases(history, 52.0), rel=1e-12)
    edges = np.linspace(0, 52, 521)
    steps = np.diff(model.forecaster(history)(edges), axis=0)
    middle = discount.discount((edges[1:] + edges[:-1]) / 2, "weeks")
    assert discounted == pytest.approx((steps * middle[:, None]).sum(axis=0), rel=2e-6)
    assert discount.discount(52.0, "weeks") < (discounted / plain).min() < (discounted / plain).max() < 1


def test_without_a_rate_nothing_is_discounted(history, model):
    for rate in (None, AnnualRate(0)):
        plain, discounted = discounted_purchases(model.forecaster(history), 52.0, "weeks", rate)
        assert (plain == discounted).all()


def test_value_is_purchases_times_spend_times_margin(history, model, spend):
    purchases, revenue = expected_per_customer(history, model, spend, YEAR)
    _, margin = expected_per_customer(history, model, spend, ValueTerms(END, YEAR.horizon_end, None, 0.3))
    own = history.frame["mean_spend"].to_numpy() / history.customers
    p, q, v = spend.theta
    x = history.frequency
    assert revenue == pytest.approx(purchases * (p * v + p * x * own) / (p * x + q - 1), rel=1e-12)
    assert margin == pytest.approx(0.3 * revenue, rel=1e-12)
    draft = expected_per_customer(history, model, spend, YEAR, draft=True)[1]
    assert draft @ history.customers == pytest.approx(revenue @ history.customers, rel=1e-6)


def test_forecast_of_the_sample(history, model, spend, year_ahead):
    purchases, value = expected_per_customer(history, model, spend, YEAR)
    assert year_ahead.purchases.value == pytest.approx(purchases @ history.customers)
    assert year_ahead.value.value == pytest.approx(value @ history.customers)
    for total in (year_ahead.purchases, year_ahead.value, year_ahead.alive):
        assert total.low < total.value < total.high
        assert total.level == 0.9
    groups = year_ahead.groups.set_index("group")
    assert groups["customers"].to_dict() == {"churned": 1696, "dormant": 283, "loyal": 283, "riser": 95}
    assert groups["purchases"].sum() == pytest.approx(year_ahead.purchases.value)
    assert groups["value"].sum() == pytest.approx(year_ahead.value.value)
    assert (groups["value_low"] < groups["value"]).all() and (groups["value"] < groups["value_high"]).all()
    assert year_ahead.alive.n == 946
    assert year_ahead.alive.value == pytest.approx(
        (model.probability_alive(history) * history.customers)[history.frequency > 0].sum() / 946)


def test_the_same_seed_gives_the_same_interval(history, model, spend, year_ahead):
    again = forecast(history, model, history_groups(history, RULES), YEAR, spend=spend, replicates=60, level=0.9,
                     seed=1)
    assert again.value == year_ahead.value
    other = forecast(history, model, history_groups(history, RULES), YEAR, spend=spend, replicates=60, level=0.9,
                     seed=2)
    assert other.value.value == year_ahead.value.value
    assert other.value.low != year_ahead.value.low


def test_bootstrap_spread_is_near_the_standard_errors(model):
    thetas = redraw(model, 200, np.random.default_rng(4))
    ratio = np.log(thetas).std(axis=0) / np.sqrt(np.diag(model.log_covariance))
    assert ((ratio > 0.7) & (ratio < 1.5)).all()


def test_purchases_are_forecast_where_spend_cannot_be(history, model):
    reason = Unavailable("M2", "orders.amount")
    result = forecast(history, model, history_groups(history, None), YEAR, spend=reason, replicates=50, level=0.9,
                      seed=1)
    assert result.value is None and result.no_value is reason
    assert result.purchases.value == pytest.approx(model.expected_purchases(history, YEAR.span("weeks"))
                                                   @ history.customers)
    assert result.groups["group"].tolist() == [EVERYONE]


def test_groups_follow_the_rule_of_the_groups(history):
    groups = pd.Series(history_groups(history, RULES))
    counted = groups.groupby(groups).apply(lambda rows: history.customers[rows.index].sum())
    assert counted.to_dict() == {"churned": 1696, "dormant": 283, "loyal": 283, "riser": 95}
    assert set(history_groups(history.in_unit("days"), RULES)) == set(groups)


def test_terms_come_from_the_brief():
    finance = SimpleNamespace(discount_rate_year=0.1, margin_rate=None, clv_horizon_months=36)
    terms = value_terms(END, finance, 0)
    assert (terms.horizon_end, terms.discount, terms.measure) == (DAY(2000, 9, 30), AnnualRate(0.1), "revenue_value")
    assert value_terms(END, finance, 26).horizon_weeks == 26
    stated = value_terms(END, SimpleNamespace(**vars(finance) | {"margin_rate": 0.2}), 0, margin=0.35)
    assert (stated.margin_rate, stated.margin_tag, stated.measure) == (0.35, "D", "clv")
    assert horizon_day(DAY(2024, 2, 29), 0, None) == DAY(2025, 2, 28)
    assert ValueTerms(END, END + datetime.timedelta(days=14), margin_rate=0.2).measure == "clv"


def test_margin_rate_is_that_of_the_orders_that_state_it(make_purchases):
    orders = make_purchases([("a", "2024-01-01", 100), ("b", "2024-01-02", 50), ("c", "2024-01-03", 80)],
                            DAY(2024, 2, 1)).purchases
    assert margin_rate(orders) is None
    stated = orders.mutate(margin=(orders.customer_id != "c").ifelse(orders.amount * 0.3, None))
    assert margin_rate(stated) == pytest.approx(0.3)


def test_refund_policy_is_read_from_the_sources():
    orders, customers = SimpleNamespace(table="orders", refunds="negative"), SimpleNamespace(table="customers",
                                                                                           refunds=None)
    assert refund_policy([customers, orders]) == "net"
    assert refund_policy([customers, SimpleNamespace(table="orders", refunds=None)]) == "none"


def test_parameters_out_of_range_are_told_together():
    check_parameters(0, 13, 200, 0.9)
    with pytest.raises(BadInput) as refused:
        check_parameters(-1, 0, 10, 1.0)
    assert [fault.code.split(".")[1] for fault in refused.value.problems] == [
        "horizon_weeks", "holdout_weeks", "replicates", "level"]
    assert "at least 50" in refused.value.render("en")
