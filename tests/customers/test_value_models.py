"""BG/NBD and Gamma-Gamma: exact derivatives, weights, units, recovery, and what happens without a peak."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relops.customers import bg_bb, bg_nbd, gamma_gamma, mbg_nbd, nbd, pareto_nbd, sbg
from relops.customers.availability import ConvergenceError, Unavailable
from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma, fit_purchase_model
from relops.customers.history import constructed_history, customer_history
from relops.customers.history_summary import history_summary, spend_summary
from relops.customers.models import MODELS, ConstantRate
from relops.customers.optimise import maximise
from relops.errors import BadInput

TRUE_BG_NBD = (0.6, 8.0, 0.9, 2.5)
TRUE_GAMMA_GAMMA = (5.0, 4.0, 20.0)
WEEKS = 52.0


def simulate(customers: int, seed: int, r=0.6, alpha=8.0, a=0.9, b=2.5) -> pd.DataFrame:
    """Histories in whole days, as the model tells the story: buy at an own rate, stop after a purchase or
    not."""
    rng = np.random.default_rng(seed)
    rate, stop = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    age = np.floor(rng.uniform(0.5, 1, customers) * WEEKS * 7)
    rows = []
    for lam, p, T in zip(rate / 7, stop, age, strict=True):
        days, now = set(), 0.0
        while (now := now + rng.exponential(1 / lam)) <= T:
            days.add(int(now))
            if rng.random() < p:
                break
        days.discard(0)
        rows.append((len(days), max(days, default=0), T))
    frame = pd.DataFrame(rows, columns=["frequency", "recency_days", "T_days"])
    distinct = frame.groupby(list(frame.columns), as_index=False).size().rename(columns={"size": "customers"})
    return distinct.assign(mean_spend=30.0 * distinct["customers"])


@pytest.fixture(scope="module")
def simulated():
    return customer_history(simulate(8000, 1), None)


@pytest.fixture(scope="module")
def fitted(simulated):
    return fit_bg_nbd(simulated)


def differences(function, theta, step=1e-5):
    shifts = step * np.eye(len(theta)) * theta
    return np.array([(function(theta + shift) - function(theta - shift)) / (2 * shift.sum()) for shift in shifts])


positive = st.floats(0.05, 30)


LAWS = {"nbd": nbd, "bg_nbd": bg_nbd, "mbg_nbd": mbg_nbd, "pareto_nbd": pareto_nbd, "bg_bb": bg_bb, "sbg": sbg,
        "gamma_gamma": gamma_gamma}
ROWS = st.lists(st.tuples(st.integers(1, 40), st.floats(0.01, 1), st.floats(0.5, 150), st.integers(1, 9)), min_size=1,
                max_size=9)


def columns_of(name: str, rows: list) -> tuple[list[np.ndarray], np.ndarray]:
    """The columns that a model's likelihood takes, and weights."""
    x, share, age, weights = (np.array(column, float) for column in zip(*rows, strict=True))
    if name == "gamma_gamma":
        return [x, age], weights
    if name == "sbg":
        return [x, np.floor(2 * share)], weights
    if name == "bg_bb":
        last = x + np.floor(5 * share)
        return [np.floor(x / 2), np.where(x > 1, last, 0), last + np.floor(age / 20)], weights
    x = x - 1
    return [x, np.where(x > 0, share * age, 0), age], weights


@pytest.mark.parametrize("name", LAWS)
@settings(max_examples=25, deadline=None)
@given(theta=st.tuples(positive, positive, positive, positive), rows=ROWS)
def test_derivatives_are_exact(name, theta, rows):
    columns, weights = columns_of(name, rows)
    likelihood = LAWS[name].Likelihood(*columns)
    theta = np.array(theta[:len(likelihood.parameters)])
    value, gradient, hessian = likelihood.derivatives(theta, weights)
    assert value == pytest.approx(weights @ LAWS[name].log_likelihood(*theta, *columns), rel=1e-10, abs=1e-9)
    scale = np.abs(hessian).max() + np.abs(gradient).max() + 1
    assert gradient == pytest.approx(
        differences(lambda t: likelihood.derivatives(t, weights)[0], theta), abs=1e-4 * scale)
    assert hessian == pytest.approx(
        differences(lambda t: likelihood.derivatives(t, weights)[1], theta), abs=1e-4 * scale)


def test_weights_equal_duplicates(simulated, fitted):
    frame = simulated.frame
    spread = frame.loc[frame.index.repeat(frame["customers"])].assign(customers=1, mean_spend=30.0)
    one_by_one = fit_bg_nbd(type(simulated)(spread.reset_index(drop=True), None, unit="weeks"))
    assert one_by_one.rows == 8000 > fitted.rows
    assert one_by_one.theta == pytest.approx(fitted.theta, rel=1e-9)
    assert one_by_one.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-7)
    assert one_by_one.log_covariance == pytest.approx(fitted.log_covariance, rel=1e-6)


def test_weights_of_k_equal_k_copies(simulated, fitted):
    tripled = simulated.frame.assign(customers=simulated.frame["customers"] * 3)
    model = fit_bg_nbd(type(simulated)(tripled, None, unit="weeks"))
    assert model.theta == pytest.approx(fitted.theta, rel=1e-9)
    assert list(model.standard_errors.values()) == pytest.approx(
        [error / np.sqrt(3) for error in fitted.standard_errors.values()], rel=1e-6)


def test_order_of_rows_plays_no_part(simulated, fitted):
    shuffled = simulated.frame.sample(frac=1, random_state=3)
    assert fit_bg_nbd(type(simulated)(shuffled, None, unit="weeks")).theta == pytest.approx(fitted.theta, rel=1e-10)


@pytest.mark.parametrize("unit", ["days", "months", "years"])
def test_another_unit_of_time_scales_alpha_alone(simulated, fitted, unit):
    other = simulated.in_unit(unit)
    scale = other.T[0] / simulated.T[0]
    model = fit_bg_nbd(other)
    assert model.unit == unit
    assert model.theta == pytest.approx(fitted.theta * [1, scale, 1, 1], rel=1e-8)
    assert model.log_likelihood == pytest.approx(
        fitted.log_likelihood - simulated.repeat_purchases * np.log(scale), rel=1e-10)
    assert model.expected_purchases(other, 26 * scale) == pytest.approx(
        fitted.expected_purchases(simulated, 26), rel=1e-7)


def test_a_model_refuses_a_history_in_another_unit(simulated, fitted):
    for ask in (fitted.probability_alive, lambda history: fitted.expected_purchases(history, 4)):
        with pytest.raises(BadInput) as refused:
            ask(simulated.in_unit("days"))
        assert refused.value.problems[0].values == {"model": "weeks", "history": "days"}


def test_true_parameters_are_found_again(fitted):
    for (name, estimate), truth in zip(fitted.parameters.items(), TRUE_BG_NBD, strict=True):
        assert abs(np.log(estimate / truth)) < 4 * fitted.standard_errors[name] / estimate, name
        low, high = fitted.interval(name, 0.9)
        assert 0 < low < estimate < high
    assert fitted.aic == pytest.approx(8 - 2 * fitted.log_likelihood)


def test_gamma_gamma_finds_true_parameters_again():
    rng = np.random.default_rng(5)
    p, q, v = TRUE_GAMMA_GAMMA
    x = rng.integers(1, 12, 6000)
    spend = rng.gamma(p * x, 1 / (rng.gamma(q, 1 / v, 6000) * x))
    frame = pd.DataFrame({"frequency": x, "mean_spend": spend, "customers": 1, "squared_deviation": 0.0})
    model = fit_gamma_gamma(frame)
    for name, truth in zip("pqv", TRUE_GAMMA_GAMMA, strict=True):
        assert abs(model.parameters[name] - truth) < 4 * model.standard_errors[name]
    assert model.population_mean == pytest.approx(p * v / (q - 1), rel=0.05)
    assert abs(model.correlation) < 0.05


def test_spend_of_zero_stays_out_and_is_counted():
    rng = np.random.default_rng(6)
    x = rng.integers(1, 6, 400)
    spend = rng.gamma(5.0 * x, 1 / (rng.gamma(4, 1 / 20, 400) * x))
    good = pd.DataFrame({"frequency": x, "mean_spend": spend, "customers": 1, "squared_deviation": 0.0})
    nothing = pd.DataFrame({"frequency": [1], "mean_spend": [0.0], "customers": [7], "squared_deviation": [0.0]})
    model, with_nothing = fit_gamma_gamma(good), fit_gamma_gamma(pd.concat([good, nothing]))
    assert (with_nothing.n, with_nothing.left_out, model.left_out) == (400, 7, 0)
    assert with_nothing.theta == pytest.approx(model.theta, rel=1e-12)


def test_expected_spend_lies_between_own_and_population_mean():
    population = gamma_gamma.population_mean(6, 4, 16)
    own = np.array([5.0, 30.0, 200.0])
    found = gamma_gamma.expected_spend(6, 4, 16, 3, own)
    assert ((np.minimum(own, population) <= found) & (found <= np.maximum(own, population))).all()
    assert gamma_gamma.expected_spend(6, 4, 16, 0, 0.0) == pytest.approx(population)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "theta"), [
    ("pareto_nbd", (0.55, 10.0, 1.0, 10.0)), ("pareto_nbd", (0.55, 10.0, 0.6, 10.0)),
    ("pareto_nbd", (2.0, 9.0, 1.0, 30.0)),
    ("bg_nbd", (0.24, 4.4, 1.0, 2.4)), ("mbg_nbd", (0.24, 4.4, 1.0, 1.0))])
def test_parameters_where_a_closed_form_divides_by_zero_are_no_special_case(name, theta):
    """alpha = beta, s = 1 and a = 1: everything asked there lies between what is told on both sides."""
    x, t_x, T = np.array([0, 0, 1, 7, 40]), np.array([0, 0, 5.0, 30.0, 38.0]), np.array([3.0, 39.0, 39.0, 39.0, 39.0])
    history, law = constructed_history(x, t_x, T), LAWS[name]
    answers = []
    for nudge in (0, 1e-7, -1e-7):
        model = MODELS[name].at(*(np.array(theta) * [1, 1 + nudge, 1 + nudge, 1]))
        value, gradient, hessian = law.Likelihood(x, t_x, T).derivatives(model.theta, np.ones(5))
        outlook = model.outlook(history)
        answers.append(np.concatenate([[value], gradient, hessian.ravel(), model.probability_alive(history),
                                       outlook.purchases(52.0), outlook.residual(0.002), outlook.next_purchase()]))
    at, above, below = answers
    known = np.isfinite(at)  # whoever will never buy again has no next purchase
    assert known[:-5].all()
    assert at[known] == pytest.approx(((above + below) / 2)[known], rel=2e-5, abs=1e-9)


def test_too_few_repeat_buyers_is_a_reason(simulated):
    few = simulated.frame[simulated.frame["frequency"] == 0].head(200)
    with pytest.raises(Unavailable) as reason:
        fit_bg_nbd(type(simulated)(few, None, unit="weeks"))
    assert (reason.value.code, reason.value.field) == ("M2", "orders")
    assert reason.value.numbers["repeat"].value == 0
    with pytest.raises(Unavailable) as reason:
        fit_gamma_gamma(pd.DataFrame({"frequency": [2], "mean_spend": [9.0], "customers": [29],
                                      "squared_deviation": [0.0]}))
    assert reason.value.code == "M2"


def test_customers_who_never_stop_leave_the_chance_of_stopping_open():
    # bought to the last day, all of them: the data hold no sign of anyone stopping
    rng = np.random.default_rng(2)
    x = rng.poisson(rng.gamma(2, 3, 500)) + 1
    frame = pd.DataFrame({"frequency": x, "recency": 51.9, "T": 52.0, "customers": 1, "mean_spend": 1.0})
    with pytest.raises(ConvergenceError) as reason:
        fit_bg_nbd(customer_history(frame.rename(columns={"recency": "recency_days", "T": "T_days"}), None))
    assert reason.value.code == "M7"
    assert reason.value.parameter in ("a", "b")


@pytest.fixture(scope="module")
def endless():
    """Customers who buy at gamma-distributed rates and never stop, in whole days."""
    rng = np.random.default_rng(8)
    age = rng.integers(200, 400, 3000)
    rate = rng.gamma(0.8, 1 / 70, 3000)
    days = [np.unique(rng.integers(1, T + 1, rng.poisson(lam * T))) for lam, T in zip(rate, age, strict=True)]
    return customer_history(pd.DataFrame({
        "frequency": [len(own) for own in days], "recency_days": [max(own, default=0) for own in days],
        "T_days": age, "customers": 1, "mean_spend": 1.0}), None)


def test_nbd_stands_in_where_nobody_is_seen_to_stop(endless, simulated):
    model = fit_purchase_model(endless)
    assert model.name == "nbd"
    # several purchases of one day count once, so the rates come out a little low
    assert model.theta == pytest.approx([0.8, 10.0], rel=0.12)
    assert model.probability_alive(endless).tolist() == [1.0] * 3000
    expected = (model.theta[0] + endless.frequency) / (model.theta[1] + endless.T) * 13
    assert model.expected_purchases(endless, 13.0) == pytest.approx(expected)
    chance = np.array([model.purchase_probability(count, 40.0) for count in range(400)])
    assert chance.sum() == pytest.approx(1) and chance @ np.arange(400) == pytest.approx(
        model.theta[0] / model.theta[1] * 40, rel=1e-6)
    with pytest.raises(BadInput):
        model.expected_purchases(endless.in_unit("days"), 13.0)
    assert fit_purchase_model(simulated).name == "bg_nbd"


def test_where_neither_has_a_peak_the_reason_stands():
    alike = customer_history(pd.DataFrame({"frequency": [51], "recency_days": [357], "T_days": [364],
                                           "customers": [200], "mean_spend": [1.0]}), None)
    with pytest.raises(ConvergenceError):
        fit_purchase_model(alike)


def test_spend_without_a_finite_mean_is_refused():
    rng = np.random.default_rng(3)
    x = rng.integers(1, 6, 3000)
    spend = rng.gamma(5.0 * x, 1 / (rng.gamma(0.6, 1 / 20, 3000) * x))
    with pytest.raises(ConvergenceError) as reason:
        fit_gamma_gamma(pd.DataFrame({"frequency": x, "mean_spend": spend, "customers": 1,
                                      "squared_deviation": 0.0}))
    assert reason.value.parameter == "q"


def test_newton_finds_the_maximum_from_far_away(simulated, fitted):
    for start in ([5.0, 0.5, 0.05, 9.0], [0.05, 90.0, 8.0, 0.2]):
        found = maximise(fitted.likelihood, simulated.customers, np.array(start))
        assert found.converged
        assert found.theta == pytest.approx(fitted.theta, rel=1e-8)


def test_baseline_is_the_own_rate(simulated):
    expected = ConstantRate().expected_purchases(simulated, 10.0)
    assert expected == pytest.approx(simulated.frequency / simulated.T * 10)
    newcomers = customer_history(pd.DataFrame({"frequency": [0], "recency_days": [0], "T_days": [0],
                                               "customers": [4], "mean_spend": [0.0]}), None)
    assert ConstantRate().expected_purchases(newcomers, 10.0).tolist() == [0.0]


def test_importing_and_fitting_leave_the_session_as_it_was(sample):
    code = ("import warnings, pandas; from statsmodels import api; before = list(warnings.filters); "
            "import relops.customers.fitting; assert warnings.filters == before, 'filters changed'")
    done = subprocess.run([sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", code],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before = list(warnings.filters)
    fit_bg_nbd(customer_history(history_summary(sample.purchase_days, sample.data_end), sample.data_end))
    fit_gamma_gamma(spend_summary(sample.purchase_days, sample.data_end))
    assert warnings.filters == before
