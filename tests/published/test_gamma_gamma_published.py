"""Gamma-Gamma against published figures.

Sources: FHL = Fader, Hardie and Lee (2005), Journal of Marketing Research 42, 415-430; CLVTools =
test_correctness_gg.R of CLVTools 0.12; lifetimes = tests/test_estimation.py and tests/test_utils.py of
lifetimes; "recomputed" = an independent computation (scipy and mpmath) on the same data.
"""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from relops.customers import gamma_gamma
from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma
from relops.customers.history import constructed_history, customer_history
from relops.customers.history_summary import customer_histories, history_summary, spend_summary
from relops.data.public import cdnow_sample

CALIBRATION_END = datetime.date(1997, 9, 30)
PRINTED = (6.25, 3.74, 15.44)  # FHL


@pytest.fixture(scope="module")
def repeat_buyers(cdnow_days):
    everyone = customer_histories(cdnow_days, CALIBRATION_END).to_pandas()
    return everyone[everyone["frequency"] > 0]


@pytest.fixture(scope="module")
def uncompressed(repeat_buyers):
    return fit_gamma_gamma(repeat_buyers.assign(customers=1, squared_deviation=0.0))


def test_the_repeat_buyers_are_those_of_the_papers(repeat_buyers):
    spend = repeat_buyers["mean_spend"]
    assert len(spend) == 946
    # recomputed; lifetimes' tests print 35, 30, 3, 27, 300
    found = [spend.mean(), spend.std(), spend.min(), spend.median(), spend.max()]
    assert found == pytest.approx([35.08, 30.28, 2.99, 27.50, 299.63], abs=6e-3)


def test_maximum_likelihood_on_uncompressed_spend(uncompressed):
    assert uncompressed.theta == pytest.approx([6.249571, 3.744225, 15.443525], rel=5e-7)  # recomputed
    assert uncompressed.theta == pytest.approx(PRINTED, abs=6e-3)  # FHL
    # recomputed; CLVTools prints -4055.9177
    assert uncompressed.log_likelihood == pytest.approx(-4055.917695, abs=1e-6)
    errors = list(uncompressed.standard_errors.values())
    assert errors == pytest.approx([1.190053, 0.290132, 4.159415], rel=1e-5)  # recomputed
    assert uncompressed.population_mean == pytest.approx(35.1710, abs=1e-3)  # recomputed


def test_weighted_equals_unweighted(cdnow_days, uncompressed):
    """The summary keeps four significant digits of mean spend, and counts who shares a row."""
    model = fit_gamma_gamma(spend_summary(cdnow_days, CALIBRATION_END))
    assert (model.n, model.rows, model.left_out) == (946, 752, 0)
    assert model.theta == pytest.approx(uncompressed.theta, rel=1e-6)
    assert model.log_likelihood == pytest.approx(uncompressed.log_likelihood, abs=1e-5)
    assert 1e-6 < model.compression < 5e-4


def test_spend_and_frequency_are_nearly_independent(repeat_buyers, gamma_gamma_model):
    assert gamma_gamma_model.correlation == pytest.approx(0.1139, abs=5e-5)  # recomputed; FHL .11
    assert spearmanr(repeat_buyers["frequency"], repeat_buyers["mean_spend"]).statistic == pytest.approx(
        0.2063, abs=5e-5)  # recomputed


def test_conditional_means_of_the_first_ten_customers():
    path = Path(cdnow_sample()).with_name("cdnow_customers_summary_with_transactions.csv")
    rows = pd.read_csv(path).head(10)
    found = gamma_gamma.expected_spend(*PRINTED, rows["x"], rows["zbar"])
    printed = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]  # lifetimes
    assert found == pytest.approx(printed, abs=0.1)
    assert gamma_gamma.expected_spend(6, 4, 16, 3, 35) == pytest.approx(34.571429, abs=1e-6)  # recomputed


def test_hardies_rounded_file_has_its_own_maximum():
    # the two-decimal file that goes with note 025: recomputed 6.248803, 3.744588, 15.447745
    rows = pd.read_csv(Path(cdnow_sample()).with_name("cdnow_customers_summary_with_transactions.csv"))
    repeat = rows[rows["x"] > 0].rename(columns={"x": "frequency", "zbar": "mean_spend"})
    model = fit_gamma_gamma(repeat.assign(customers=1, squared_deviation=0.0))
    assert model.theta == pytest.approx([6.248803, 3.744588, 15.447745], rel=1e-6)
    assert model.log_likelihood == pytest.approx(-4055.923244, abs=1e-6)


def test_value_of_customer_one_in_lifetimes_own_months(cdnow_days, gamma_gamma_model):
    # lifetimes' customer_lifetime_value, 12 months of 30 days at one percent a month, T in days: 35.8666,
    # recomputed. Its documentation prints 140.096, which takes weeks for days.
    history = customer_history(history_summary(cdnow_days, CALIBRATION_END), CALIBRATION_END, unit="days")
    model = fit_bg_nbd(history)
    customer = customer_histories(cdnow_days, CALIBRATION_END).to_pandas().query("customer_id == '1'").iloc[0]
    alone = constructed_history(*customer[["frequency", "recency_days", "T_days"]].astype(float), "days")
    months = np.arange(1, 13)
    until = model.expected_purchases(alone, 30.0 * months)[:, 0]
    spend = gamma_gamma.expected_spend(*gamma_gamma_model.theta, customer["frequency"],
                                       customer["mean_spend"])
    value = (np.diff(until, prepend=0) * spend / 1.01**months).sum()
    assert value == pytest.approx(35.8666, abs=1e-4)
