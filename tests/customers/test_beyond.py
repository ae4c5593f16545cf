"""Beyond the horizon: a new customer's worth, the worth without end, and when those active come back."""

import datetime
from dataclasses import replace

import numpy as np
import pytest

from relops.customers.availability import Unavailable
from relops.customers.beyond import look_beyond, say_beyond
from relops.customers.fitting import fit_gamma_gamma, fit_model
from relops.customers.history import read_history
from relops.customers.history_summary import spend_summary
from relops.customers.models import MbgNbd
from relops.customers.value_terms import ValueTerms
from relops.exhibits import plain, render_finding
from relops.locale import LANGUAGES
from relops.units import AnnualRate

END = datetime.date(1997, 9, 30)
TERMS = ValueTerms(END, datetime.date(1998, 9, 30), AnnualRate(0.15), 0.3)


@pytest.fixture(scope="module")
def fitted(sample):
    history = read_history(sample.purchase_days, END, "none")
    return history, fit_model("mbg_nbd", history), fit_gamma_gamma(spend_summary(sample.purchase_days, END))


def test_a_new_customer_and_the_sum_without_end_by_simulation(fitted):
    history, model, spend = fitted
    found = look_beyond(history, model, spend, TERMS, level=0.9)
    # a customer of no history is one whose first purchase lies at the end of observation
    rng, span, paths = np.random.default_rng(1), 365 / 7, 200_000
    theta = dict(zip(MbgNbd.law.Likelihood.parameters, model.theta, strict=True))
    rates = rng.gamma(theta["r"], 1 / theta["alpha"], paths)
    stops = rng.beta(theta["a"], theta["b"], paths)
    going, clock, worth = rng.random(paths) >= stops, np.zeros(paths), np.zeros(paths)
    while going.any():
        clock = np.where(going, clock + rng.exponential(1, paths) / np.maximum(rates, 1e-12), clock)
        going &= clock <= span
        worth += np.where(going, 1.15 ** (-clock * 7 / 365.25), 0.0)
        going &= rng.random(paths) >= stops
    error = worth.std() / np.sqrt(paths) * spend.population_mean * 0.3
    assert found.newcomer.value == pytest.approx(worth.mean() * spend.population_mean * 0.3, abs=4 * error)
    assert found.newcomer.low < found.newcomer.value < found.newcomer.high
    far = replace(TERMS, horizon_end=datetime.date(2300, 1, 1))
    from relops.customers.prediction import expected_per_customer

    _, value = expected_per_customer(history, model, spend, far)
    assert found.endless.value == pytest.approx((value * history.customers).sum(), rel=2e-3)


def test_half_of_those_active_have_bought_again_by_then(fitted):
    history, model, spend = fitted
    found = look_beyond(history, model, spend, TERMS, level=0.9)
    weeks = model.outlook(history).next_purchase()
    repeat = history.frequency > 0
    sooner = (history.customers * repeat * (weeks <= found.next_purchase_weeks.value * (1 + 1e-9))).sum()
    assert sooner / history.repeat_customers == pytest.approx(0.5, abs=0.02)
    assert found.next_purchase_weeks.n == history.repeat_customers


def test_what_is_said_and_what_needs_a_discount(fitted):
    history, model, spend = fitted
    found = look_beyond(history, model, spend, replace(TERMS, discount=None), level=0.9)
    assert found.endless is None
    said = say_beyond(found, "USD")
    assert [each.id for each in said] == ["lifetime_value.newcomer.finding", "lifetime_value.next_purchase.finding"]
    for language in LANGUAGES:
        assert all("{" not in plain(render_finding(each, language)) for each in said)
    reason = Unavailable("M7", "lifetime_value.holdout")
    assert [each.id for each in say_beyond(reason, "USD")] == ["lifetime_value.beyond.missing"]
