"""What must hold of the future in every purchase model, whatever the parameters; simulated and integrated by force."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relops.customers.comparison import compare_models
from relops.customers.fitting import fit_gamma_gamma, fit_model, fit_nbd
from relops.customers.history import constructed_history, customer_history
from relops.customers.history_summary import history_summary, spend_summary
from relops.customers.models import BgNbd, MbgNbd, Nbd, ParetoNbd
from relops.customers.prediction import (
    discounted_purchases,
    draw_parameters,
    forecast,
    newcomer_value,
    residual_purchases,
)
from relops.customers.value_terms import ValueTerms
from relops.errors import BadInput
from relops.units import AnnualRate

END = datetime.date(1997, 9, 30)
YEAR = ValueTerms(END, datetime.date(1998, 9, 30))
AT = {"nbd": Nbd.at(0.4, 12.0), "bg_nbd": BgNbd.at(0.8, 6.0, 0.9, 2.5), "mbg_nbd": MbgNbd.at(0.8, 6.0, 0.9, 2.5),
      "pareto_nbd": ParetoNbd.at(0.8, 6.0, 0.7, 9.0)}
HISTORY = constructed_history(np.array([0, 1, 4, 20]), np.array([0, 5.0, 30.0, 38.0]), np.array([20.0, 39, 39, 39]))
shapes = st.floats(0.05, 30)
models = pytest.mark.parametrize("name", AT)


@pytest.fixture(scope="module")
def history(sample):
    return customer_history(history_summary(sample.purchase_days, END), END)


@pytest.fixture(scope="module")
def spend(sample):
    return fit_gamma_gamma(spend_summary(sample.purchase_days, END))


@models
@settings(max_examples=15, deadline=None)
@pytest.mark.filterwarnings("error")
@given(theta=st.tuples(shapes, shapes, shapes, shapes), x=st.integers(0, 500), share=st.floats(1e-3, 1),
       age=st.floats(0.1, 400), horizon=st.floats(0.1, 300))
def test_the_future_is_sane_everywhere(name, theta, x, share, age, horizon):
    model = type(AT[name]).at(*theta[:len(AT[name].theta)])
    outlook = model.outlook(constructed_history(x, share * age if x else 0, age))
    nothing, near, far = outlook.purchases(np.array([0.0, horizon, 2 * horizon]))[:, 0]
    assert nothing == 0
    assert 0 <= near <= far * (1 + 1e-9) <= 2 * near * (1 + 1e-7) + 1e-300
    now, later, latest = outlook.active(np.array([0.0, horizon, 2 * horizon]))[:, 0]
    assert now == pytest.approx(outlook.alive[0], abs=1e-12)
    assert 0 <= latest <= later * (1 + 1e-9) and later <= now * (1 + 1e-9)
    assert name != "bg_nbd" or x or outlook.alive[0] == 1
    assert name in ("bg_nbd", "nbd") or now < 1 or share > 0.99
    steep, flat = outlook.residual(0.01)[0], outlook.residual(0.001)[0]
    assert 0 <= steep <= flat * (1 + 1e-9) + 1e-300  # falls as the discount rises
    assert 0 <= outlook.purchase_probability(0, horizon)[0] <= 1


@models
def test_chances_add_up_and_average_to_the_expectation(name):
    model = AT[name]
    counts = np.arange(400)
    for outlook, size in ((model.outlook(HISTORY), 4), (model.newcomer(), 1)):
        chance = np.array([outlook.purchase_probability(count, 26.0) for count in counts])
        assert chance.sum(axis=0) == pytest.approx(np.ones(size), abs=1e-6)
        assert counts @ chance == pytest.approx(outlook.purchases(26.0), rel=1e-4)


@models
def test_simulated_customers_do_what_is_expected(name):
    outlook, rng = AT[name].outlook(HISTORY), np.random.default_rng(3)
    drawn = outlook.simulate(26.0, np.repeat(np.arange(4), 40_000), rng).reshape(4, -1)
    assert (np.abs(drawn.mean(axis=1) - outlook.purchases(26.0)) < 4 * drawn.std(axis=1) / 200).all()
    nothing = (drawn == 0).mean(axis=1)
    assert nothing == pytest.approx(outlook.purchase_probability(0, 26.0), abs=0.012)


@models
def test_the_next_purchase_comes_by_its_median_with_probability_one_half(name):
    outlook = AT[name].outlook(HISTORY)
    for share in (0.2, 0.5):
        when = outlook.next_purchase(share)
        reached = np.isfinite(when)
        chances = [outlook.process.purchase_probability(np.zeros(1), np.array([span]))[case]
                   for span, case in zip(np.where(reached, when, 1e8), outlook.case_of, strict=True)]
        bought = 1 - np.array(chances)
        assert bought[reached] == pytest.approx(np.full(reached.sum(), share), abs=1e-7)
        assert (bought[~reached] < share).all()
    assert np.isfinite(when).sum() >= 3  # who bought once may well never come back


@models
def test_survival_equals_the_chance_of_dying_never(name):
    # P(alive) after a span falls as the expected purchases flatten: E'(t) = mean rate of those still active
    outlook = AT[name].newcomer()
    assert AT[name].probability_alive(HISTORY, ahead=26.0) == pytest.approx(AT[name].outlook(HISTORY).active(26.0))
    rng = np.random.default_rng(4)
    size = 200_000
    rate = rng.gamma(0.8, 1 / 6.0, size) if name != "nbd" else np.zeros(size)
    if name == "pareto_nbd":
        active = rng.exponential(size=size) / rng.gamma(0.7, 1 / 9.0, size) > 26
    else:
        chances = rng.poisson(rate * 26) + (name == "mbg_nbd")
        active = rng.random(size) < (1 - rng.beta(0.9, 2.5, size)) ** chances
    assert outlook.active(26.0)[0] == pytest.approx(active.mean(), abs=0.005)


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_discounting_without_end_is_a_sum_over_short_steps(name):
    outlook = AT[name].outlook(HISTORY)
    edges = np.concatenate([[0], np.geomspace(1e-3, 4e3, 4000)])
    steps = np.diff(outlook.purchases(edges), axis=0)
    middle = np.exp(-0.02 * (edges[1:] + edges[:-1]) / 2)
    assert outlook.residual(0.02) == pytest.approx((steps * middle[:, None]).sum(axis=0), rel=1e-5)


@pytest.mark.parametrize("name", ["nbd", "bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_units_weights_and_order_play_no_part(name, history):
    model = fit_model(name, history)
    days = fit_model(name, history.in_unit("days"))
    timed = [7.0 if parameter in model.likelihood.timed else 1.0 for parameter in model.likelihood.parameters]
    assert days.theta / model.theta == pytest.approx(timed, rel=1e-7)
    shuffled = type(history)(history.frame.sample(frac=1, random_state=1), END, unit="weeks")
    tripled = type(history)(history.frame.assign(customers=3 * history.frame["customers"]), END, unit="weeks")
    one_each = history.frame.loc[history.frame.index.repeat(history.frame["customers"])].assign(customers=1)
    for other in (shuffled, tripled, type(history)(one_each.reset_index(drop=True), END, unit="weeks")):
        assert fit_model(name, other).theta == pytest.approx(model.theta, rel=1e-8)


def test_many_rows_start_on_a_summary_and_end_at_the_same_maximum(history, monkeypatch):
    for name in ("bg_nbd", "pareto_nbd"):
        whole = fit_model(name, history)
        with monkeypatch.context() as patch:
            patch.setattr("relops.customers.fitting.MOST_ROWS_AT_ONCE", 100)
            assert fit_model(name, history).theta == pytest.approx(whole.theta, rel=1e-9)


def test_models_side_by_side(history):
    fitted = [fit_model(name, history) for name in ("nbd", "bg_nbd", "mbg_nbd", "pareto_nbd")]
    table = compare_models(fitted).set_index("model")
    # the figures are those of tests/published; AIC by hand
    assert table.loc["bg_nbd", "aic"] == pytest.approx(2 * 4 + 2 * 9582.429207, abs=1e-4)
    assert table["aic_gap"].idxmin() == "mbg_nbd" and table["aic_gap"].min() == 0
    assert table.loc["pareto_nbd", "likelihood_ratio"] == pytest.approx(2 * (9763.657615 - 9594.976179), abs=1e-4)
    assert table.loc["pareto_nbd", "degrees"] == 2 and table.loc["pareto_nbd", "p_at_most"] < 1e-70
    assert np.isnan(table.loc["nbd", "likelihood_ratio"])
    with pytest.raises(ValueError, match="same customers"):
        compare_models([fitted[0], fit_nbd(type(history)(history.frame[::2], END, unit="weeks"))])


def test_confidence_and_prediction_say_different_things(history, spend):
    model = fit_model("mbg_nbd", history)
    groups = np.where(history.frequency > 0, "repeat", "once")
    ahead = forecast(history, model, groups, YEAR, spend=spend, replicates=150, level=0.9, seed=2, method="normal")
    for expected, realised in ((ahead.purchases, ahead.realised_purchases), (ahead.value, ahead.realised_value)):
        assert expected.value == realised.value
        assert realised.low < expected.low < expected.value < expected.high < realised.high
    table = ahead.groups
    for measure in ("purchases", "value"):
        assert (table[f"{measure}_realised_low"] < table[f"{measure}_low"]).all()
        assert (table[f"{measure}_realised_high"] > table[f"{measure}_high"]).all()


def test_a_part_of_a_large_group_stands_for_it(history, spend, monkeypatch):
    model, groups = fit_model("bg_nbd", history), np.full(len(history.frame), "everyone")
    widths = []
    for most in (5_000, 800):
        monkeypatch.setattr("relops.customers.luck.MOST_SIMULATED", most)
        ahead = forecast(history, model, groups, YEAR, spend=spend, replicates=400, level=0.9, seed=3, method="normal")
        widths.append(ahead.realised_purchases.high - ahead.realised_purchases.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_normal_draws_have_the_covariance_of_the_exact_hessian(history):
    model = fit_model("pareto_nbd", history)
    drawn = np.log(draw_parameters(model, 4_000, np.random.default_rng(1), "normal"))
    assert np.cov(drawn.T) / model.log_covariance == pytest.approx(np.ones((4, 4)), abs=0.15)


def test_residual_and_new_customer_values(history, spend):
    model = fit_model("bg_nbd", history)
    found = residual_purchases(history, model, AnnualRate(0.15))
    in_days = history.in_unit("days")
    assert residual_purchases(in_days, fit_model("bg_nbd", in_days), AnnualRate(0.15)) == pytest.approx(found, rel=1e-6)
    with pytest.raises(BadInput) as refused:
        residual_purchases(history, model, AnnualRate(0))
    assert "above zero" in refused.value.render("en")
    worth = newcomer_value(model, spend, ValueTerms(END, YEAR.horizon_end, None, 0.3))
    expected = model.newcomer().purchases(YEAR.span("weeks"))[0] * spend.population_mean * 0.3
    assert worth == pytest.approx(expected, rel=1e-12)
    assert newcomer_value(model, spend, ValueTerms(END, YEAR.horizon_end, AnnualRate(0.1), 0.3)) < worth


def test_a_history_of_another_grain_is_refused(history):
    model = fit_model("bg_nbd", history)
    weekly = type(history)(history.frame, END, unit="weeks", event_grain="week")
    with pytest.raises(BadInput) as refused:
        model.expected_purchases(weekly, 4)
    assert [problem.code for problem in refused.value.problems] == ["customers.grain_mismatch"]


@pytest.mark.parametrize("theta", [(0.24, 4.4, 0.79, 2.4), (5.0, 50.0, 0.05, 0.1), (2.0, 3.0, 1.5, 40.0)])
@pytest.mark.parametrize(("nodes", "digits"), [(96, 1e-11), (32, 1e-4)])
def test_many_cases_of_a_kind_are_interpolated_between_a_few(theta, nodes, digits):
    T, spans = np.linspace(1, 150, 400), np.array([0.5, 5.0, 52.0, 300.0])
    frequency = np.repeat([0.0, 3.0], 200)
    outlook = BgNbd.at(*theta).outlook(constructed_history(frequency, frequency / 4, T))
    for row in (0, 57, 199, 200, 399):
        alone = BgNbd.at(*theta).outlook(constructed_history(frequency[row], frequency[row] / 4, T[row]))
        assert outlook.purchases(spans, nodes)[:, row] == pytest.approx(alone.purchases(spans)[:, 0], rel=digits)
        assert outlook.active(spans, nodes)[:, row] == pytest.approx(alone.active(spans)[:, 0], rel=digits)


@models
@pytest.mark.filterwarnings("error")
def test_within_no_time_nothing_is_bought(name):
    outlook = AT[name].outlook(HISTORY)
    assert outlook.purchase_probability(0, 0.0) == pytest.approx(np.ones(4))
    assert outlook.purchase_probability(1, 0.0) == pytest.approx(np.zeros(4))


@pytest.mark.filterwarnings("error")
def test_a_horizon_of_no_days_is_worth_nothing():
    plain, discounted = discounted_purchases(AT["bg_nbd"].forecaster(HISTORY), 0.0, "weeks", AnnualRate(0.15))
    assert plain == pytest.approx(np.zeros(4), abs=1e-12)
    assert discounted == pytest.approx(plain)
