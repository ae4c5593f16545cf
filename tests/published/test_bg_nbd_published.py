"""BG/NBD, and NBD beside it, against figures printed in papers, notes and other packages' tests.

Sources, by short name: FHL = Fader, Hardie and Lee (2005), Marketing Science 24, 275-284, table 2, and the
spreadsheet that goes with it. CLVTools = tests/testthat/test_correctness_bgnbd.R of CLVTools 0.12. BTYD = the
vignette "Buy 'Til You Die" of the R package BTYD 2.4. note 027 = Hardie, "Overcoming the BG/NBD model's #NUM!
error problem", brucehardie.com/notes/027. lifetimes = tests/test_estimation.py and issue 302 of lifetimes.
"recomputed" = an independent computation (scipy and 50-digit mpmath) on the same data, agreeing with all of
these.
"""

import datetime
import warnings

import numpy as np
import pytest

from relops.customers import bg_nbd
from relops.customers.fitting import fit_bg_nbd, fit_nbd
from relops.customers.history import CustomerHistory, constructed_history, customer_history
from relops.customers.history_summary import customer_histories, history_summary
from relops.customers.models import BgNbd, ConstantRate
from relops.customers.validation import hold_out, validate

CALIBRATION_END = datetime.date(1997, 9, 30)

MLE = (0.242595, 4.413602, 0.792922, 2.425906)  # recomputed, weeks
PRINTED = (0.243, 4.414, 0.793, 2.426)  # FHL
HOLDOUT_WEEKS = 39
CUSTOMER_1516 = (26, 30.857142857, 31)


def test_the_data_are_those_of_the_papers(cdnow_history, cdnow_holdout):
    assert cdnow_history.n == 2357
    assert cdnow_history.repeat_purchases == 2457
    assert cdnow_history.repeat_customers == 946
    assert len(cdnow_history.frame) == 1016
    assert cdnow_history.frequency.max() == 29
    assert (cdnow_history.T.min(), cdnow_history.T.max()) == (27.0, pytest.approx(38.8571, abs=1e-4))
    actual = cdnow_holdout.frame["holdout_purchases"] * cdnow_holdout.frame["customers"]
    assert actual.sum() == 1882
    assert cdnow_holdout.frame.query("holdout_purchases > 0")["customers"].sum() == 684


def test_maximum_likelihood(bg_nbd_model):
    assert bg_nbd_model.theta == pytest.approx(MLE, rel=1e-5)  # recomputed
    assert bg_nbd_model.theta == pytest.approx(PRINTED, abs=5e-4)  # FHL
    # recomputed; CLVTools and BTYD print -9582.429
    assert bg_nbd_model.log_likelihood == pytest.approx(-9582.429207, abs=1e-5)


def test_standard_errors_are_those_of_the_exact_hessian(bg_nbd_model):
    errors = list(bg_nbd_model.standard_errors.values())
    assert errors == pytest.approx([0.012557, 0.378224, 0.185731, 0.705403], rel=1e-4)  # recomputed
    assert np.allclose(bg_nbd_model.covariance, bg_nbd_model.covariance.T)


def test_nbd_of_the_same_customers(cdnow_history):
    model = fit_nbd(cdnow_history)
    assert model.theta == pytest.approx([0.384766, 12.072023], rel=1e-6)  # recomputed
    assert model.log_likelihood == pytest.approx(-9763.657615, abs=1e-6)
    assert list(model.standard_errors.values()) == pytest.approx([0.020985, 0.808723], rel=1e-4)


def test_days_instead_of_weeks_scale_alpha_alone(cdnow_history, bg_nbd_model):
    in_days = fit_bg_nbd(cdnow_history.in_unit("days"))
    assert in_days.theta / bg_nbd_model.theta == pytest.approx([1, 7, 1, 1], rel=1e-8)
    assert in_days.log_likelihood == pytest.approx(-14363.530443, abs=1e-5)  # recomputed
    assert in_days.log_likelihood == pytest.approx(bg_nbd_model.log_likelihood - 2457 * np.log(7), abs=1e-8)


def test_weighted_equals_unweighted(cdnow_days, cdnow_history):
    each = customer_histories(cdnow_days, CALIBRATION_END).to_pandas().assign(customers=1)
    expanded = customer_history(each, CALIBRATION_END)
    assert (len(expanded.frame), len(cdnow_history.frame)) == (2357, 1016)
    weighted, unweighted = fit_bg_nbd(cdnow_history), fit_bg_nbd(expanded)
    assert weighted.theta == pytest.approx(unweighted.theta, rel=1e-6)
    assert weighted.log_likelihood == pytest.approx(unweighted.log_likelihood, rel=1e-12)
    errors = [list(model.standard_errors.values()) for model in (weighted, unweighted)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-6)


def test_merging_weeks_is_another_data_set(cdnow_days):
    # the trap of a time unit that silently merges purchases: README of clvkit, and recomputed
    week = cdnow_days.day.truncate("W")
    weekly = cdnow_days.mutate(day=week).group_by(["customer_id", "day"])
    merged = weekly.aggregate(amount=cdnow_days.amount.sum())
    end = datetime.date(1997, 9, 29)
    assert customer_history(history_summary(merged, end), end).repeat_purchases == 2248


def test_expected_purchases_of_a_new_customer():
    weeks = np.array([1 / 7, 1, 3, 31.8571, 32, 39, 52, 78])
    expected = [0.007814, 0.053184, 0.150631, 1.040489, 1.043732, 1.195010, 1.444012, 1.857958]  # recomputed
    found = BgNbd.at(*MLE).newcomer().purchases(weeks)[:, 0]
    assert found == pytest.approx(expected, rel=5e-6, abs=5e-7)
    # FHL's spreadsheet (its data file is rounded to two decimals), three decimals
    sheet = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    assert found[[0, 1, 2, 3, 4, 7]] == pytest.approx(sheet, abs=5e-4)
    assert found[6] == pytest.approx(1.444004, abs=2e-5)  # BTYD


@pytest.mark.parametrize(("history", "weeks", "expected", "tolerance"), [
    (CUSTOMER_1516, 52, 25.757339, 1e-5),  # recomputed
    (CUSTOMER_1516, 52, 25.75659, 1e-3),  # BTYD
    ((2, 30.43, 38.86), 39, 1.225907, 1e-5),  # recomputed
    ((2, 30.43, 38.86), 39, 1.226, 1e-3),  # FHL's spreadsheet
    ((10, 20, 39), 52, 0.347484, 5e-6), ((15, 20, 39), 52, 0.042837, 5e-6),  # recomputed
    ((20, 20, 39), 52, 0.004159, 5e-7), ((25, 20, 39), 52, 0.000358, 5e-7),
    ((10, 20, 39), 52, 0.3474606, 1e-3), ((15, 20, 39), 52, 0.04283391, 1e-4),  # BTYD
    ((20, 20, 39), 52, 0.004158973, 1e-5), ((25, 20, 39), 52, 0.0003583685, 1e-6),
])
def test_expected_purchases_of_one_customer(history, weeks, expected, tolerance):
    found = BgNbd.at(*MLE).expected_purchases(constructed_history(*history), weeks)
    assert found[0] == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(("history", "expected", "tolerance"), [
    (CUSTOMER_1516, 0.968854, 1e-6), (CUSTOMER_1516, 0.9688523, 1e-5),  # recomputed, BTYD
    ((2, 30.43, 38.86), 0.726609, 1e-6),  # recomputed
    ((0, 0, 38.86), 1.0, 0),  # by construction
    ((1000, 10, 100), 0.0, 0),  # lifetimes: no warning, no NaN
])
def test_probability_alive_of_one_customer(history, expected, tolerance):
    assert BgNbd.at(*MLE).probability_alive(constructed_history(*history))[0] == pytest.approx(expected, abs=tolerance)


def test_probability_of_a_number_of_purchases():
    # lifetimes' tests, recomputed
    assert BgNbd.at(*PRINTED).purchase_probability(10, 2) == pytest.approx(1.07869e-07, rel=1e-5)
    assert BgNbd.at(*PRINTED).purchase_probability(0, 39) == pytest.approx(0.5737864, rel=1e-6)
    expected = [.0019995214, .0015170236, .0011633150, .0009003148, .0007023638, .0005517902, .0004361913,
                .0003467171, .0002769613, .0002222260]
    assert BgNbd.at(*PRINTED).purchase_probability(np.arange(11, 21), 30) == pytest.approx(expected, abs=5e-10)


def test_hold_out_of_39_weeks(cdnow_holdout, gamma_gamma_model):
    model = fit_bg_nbd(cdnow_holdout)
    held = hold_out(cdnow_holdout, [model], datetime.date(1998, 6, 30))
    result = validate(held, model, spend=gamma_gamma_model, level=0.9)
    # printed by FHL's figure 5 data and CLVTools
    table = result.calibration
    assert table["customers"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert table["actual"].tolist() == pytest.approx(
        [.2367, .6970, 1.3925, 1.5600, 2.5323, 2.9474, 3.8621, 6.3594], abs=5e-5)
    assert table["bg_nbd"].tolist() == pytest.approx(
        [.2251, .5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570], abs=2e-4)
    # recomputed
    assert (held.weeks, round(held.actual @ held.customers)) == (HOLDOUT_WEEKS, 1882)
    assert held.expected["bg_nbd"] @ held.customers == pytest.approx(1653.409, abs=1e-3)
    assert result.scores["bg_nbd", "mae"].value == pytest.approx(0.78545, abs=5e-6)
    assert result.scores["bg_nbd", "rmse"].value == pytest.approx(1.60798, abs=5e-6)
    alive = model.probability_alive(cdnow_holdout)
    assert alive @ cdnow_holdout.customers == pytest.approx(1917.278, abs=1e-3)


def test_the_model_beats_the_constant_rate_on_this_hold_out(cdnow_holdout):
    actual, customers = cdnow_holdout.frame["holdout_purchases"].to_numpy(), cdnow_holdout.customers
    baseline = ConstantRate().expected_purchases(cdnow_holdout, HOLDOUT_WEEKS)
    assert baseline @ customers == pytest.approx(2930.1011, abs=1e-4)  # frequency / T x 39 in plain pandas
    assert np.abs(baseline - actual) @ customers / cdnow_holdout.n == pytest.approx(1.02367, abs=5e-6)
    model = fit_bg_nbd(cdnow_holdout).expected_purchases(cdnow_holdout, HOLDOUT_WEEKS)
    everyone = customers.astype(int)
    correlation = np.corrcoef(np.repeat(model, everyone), np.repeat(actual, everyone))[0, 1]
    assert correlation == pytest.approx(0.62565, abs=5e-6)  # recomputed


def test_expected_numbers_of_buyers_by_frequency(cdnow_history):
    counts = [cdnow_history.customers @ BgNbd.at(*MLE).purchase_probability(x, cdnow_history.T)
              for x in range(7)]
    recomputed = [1407.68, 460.32, 192.46, 101.16, 59.85, 38.12, 25.55]
    assert counts == pytest.approx(recomputed, abs=5e-3)


@pytest.mark.parametrize(("history", "expected"), [((0, 0, 40), -0.59947382), ((200, 38, 40), 100.7957)])
def test_log_likelihood_where_the_naive_form_overflows(history, expected):
    # note 027, and the tests of pymc-marketing
    assert bg_nbd.log_likelihood(0.25, 4, 0.8, 2.5, *history) == pytest.approx(expected, rel=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("history", "weeks", "expected"), [
    ((200, 38, 40), 52, 4.11549151502), ((500, 270, 273), 90, 106.13946809),
    ((2000, 364, 365), 30, 144.497707273), ((1000, 10, 100), 30, 0.0),
])
def test_expected_purchases_at_the_edges(history, weeks, expected, bg_nbd_model):
    # recomputed with 50 digits at the maximum likelihood; the last is 2e-855
    found = bg_nbd_model.expected_purchases(constructed_history(*history), weeks)[0]
    assert found == pytest.approx(expected, rel=2e-6, abs=0)


def test_expected_purchases_where_lifetimes_returns_nan():
    # lifetimes issue 302: a + b + x - 1 < 0, the logarithm of a negative hypergeometric function
    with warnings.catch_warnings(action="error"):
        found = BgNbd.at(0.11, 2.24, 0.31, 0.50).newcomer().purchases(52.0)[0]
    # the same mean, integrated over the chance of stopping by plain quadrature in logarithms
    assert found == pytest.approx(integrated_purchases(0.11, 2.24, 0.31, 0.50, 52.0), rel=1e-9)


@pytest.mark.filterwarnings("error")
def test_expected_purchases_where_a_is_one():
    at, near = (BgNbd.at(0.24, 4.4, a, 2.4).newcomer().purchases(52.0)[0]
                for a in (1.0, 1 + 1e-9))
    assert at == pytest.approx(1.2735880, abs=2e-6)  # recomputed
    assert near == pytest.approx(at, abs=1e-8)


def integrated_purchases(r, alpha, a, b, t):
    from scipy.integrate import quad
    from scipy.special import betaln, expit, log_expit

    def density(y):
        p = expit(y)
        weight = np.exp(a * log_expit(y) + b * log_expit(-y) - betaln(a, b))
        return weight * -np.expm1(-r * np.log1p(p * t / alpha)) / p

    return sum(quad(density, low, low + 5, epsabs=1e-14, epsrel=1e-10)[0] for low in range(-150, 100, 5))


def test_unit_of_the_history_is_checked(bg_nbd_model, cdnow_history):
    assert isinstance(cdnow_history, CustomerHistory)
    assert bg_nbd_model.unit == cdnow_history.unit == "weeks"
