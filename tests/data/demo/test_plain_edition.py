"""On the plain edition the models hold, and a fit finds what it was made from."""

import datetime

import pytest

from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma
from relops.customers.history import read_history
from relops.customers.history_summary import spend_summary

END = datetime.date(2026, 6, 30)
STANDARD_ERRORS = 3


@pytest.fixture(scope="module")
def truth(plain):
    return plain.truth


@pytest.fixture(scope="module")
def history(plain):
    return read_history(plain.engine.table("purchase_days"), END, "none")


@pytest.fixture(scope="module")
def purchases(history):
    return fit_bg_nbd(history)


def found_within(model, truth):
    errors = model.standard_errors
    wrong = {name: (value, truth["evidence"][f"lifetime_value.{model.name}.{name}"]["value"])
             for name, value in model.parameters.items()
             if abs(value - truth["evidence"][f"lifetime_value.{model.name}.{name}"]["value"])
             > STANDARD_ERRORS * errors[name]}
    assert wrong == {}


def test_bg_nbd_finds_the_parameters(purchases, truth):
    assert truth["evidence"]["lifetime_value.bg_nbd.r"]["value"] == 0.2426
    # what twenty thousand customers can tell: a few per cent
    assert purchases.standard_errors["r"] < 0.005
    found_within(purchases, truth)


def test_gamma_gamma_finds_the_parameters(plain, truth):
    found_within(fit_gamma_gamma(spend_summary(plain.engine.table("purchase_days"), END)), truth)


def test_expected_purchases_are_those_of_the_truth(purchases, history, truth):
    total = truth["evidence"]["lifetime_value.expected_purchases.total"]
    estimate = (purchases.expected_purchases(history, 52) * history.customers).sum()
    assert estimate == pytest.approx(total["value"], rel=0.04)
    assert total["realised"] == pytest.approx(total["value"], rel=0.03)


def test_the_data_end_at_noon_so_that_days_between_dates_are_the_time_between_moments(plain):
    """A first purchase falls half a day into its day, on average; T counted in days lacks that half day otherwise."""
    last, mean_hour = plain.engine.rows("""
        SELECT max(timezone('Asia/Shanghai', ordered_at)), avg(date_diff('second',
            date_trunc('day', timezone('Asia/Shanghai', ordered_at)), timezone('Asia/Shanghai', ordered_at))) / 3600
        FROM (SELECT customer_id, min(ordered_at) AS ordered_at FROM orders GROUP BY 1)""")[0]
    assert last < datetime.datetime(2026, 6, 30, 12) and last.date() == END
    assert mean_hour == pytest.approx(12, abs=0.25)
    everything = plain.engine.value("SELECT max(timezone('Asia/Shanghai', ordered_at)) FROM orders")
    assert everything < datetime.datetime(2026, 6, 30, 12)


def test_a_purchase_is_a_purchase_day(plain, truth):
    days = plain.engine.value("SELECT count(*) FROM purchase_days")
    assert days == truth["customers"]["purchase_days"] == plain.engine.value("SELECT count(*) FROM orders")


def test_the_active_are_as_many_as_the_truth_says(purchases, history, truth):
    repeated = history.frequency > 0
    customers = history.customers[repeated]
    alive = (purchases.probability_alive(history)[repeated] * customers).sum() / customers.sum()
    assert alive == pytest.approx(truth["evidence"]["lifetime_value.bg_nbd.alive"]["value"], abs=0.02)


def test_only_orders_and_customers_are_there(plain):
    assert sorted(path.name for path in (plain.folder / "data").iterdir()) == ["customers.csv.gz", "orders.csv.gz"]
