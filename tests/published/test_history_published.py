"""Summary tables that lifetimes' own tests pin (tests/test_utils.py), and the split of its calibration
data."""

import datetime

import ibis
import pandas as pd
import pytest

from relops.customers.history_summary import customer_histories, history_summary, holdout_summary

END = datetime.date(2015, 2, 7)


def purchase_days(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    frame["day"] = pd.to_datetime(frame["day"])
    connection = ibis.duckdb.connect()
    connection.con.register("rows", frame)
    connection.con.execute("""CREATE TABLE purchase_days AS SELECT customer_id, day::DATE AS day,
        sum(amount::DECIMAL(18, 4)) AS amount, count(*) AS orders FROM rows GROUP BY ALL""")
    return connection.table("purchase_days")


def each(days, end=END):
    frame = customer_histories(days, end).to_pandas().sort_values("customer_id")
    return [tuple(row) for row in frame[["frequency", "recency_days", "T_days"]].itertuples(index=False)]


@pytest.fixture
def example():
    return purchase_days([
        ("1", "2015-02-01", 1), ("1", "2015-02-06", 2), ("2", "2015-01-01", 2),
        ("3", "2015-01-01", 3), ("3", "2015-01-02", 1), ("3", "2015-01-05", 5)])


def test_frequency_recency_and_age(example):
    assert each(example) == [(1, 5, 6), (0, 0, 37), (2, 4, 37)]


def test_mean_spend_is_that_of_repeat_purchases_whatever_the_order_of_rows():
    days = purchase_days([("1", "2015-01-10", 20), ("1", "2015-01-01", 10), ("1", "2015-01-20", 25)])
    assert customer_histories(days, END).to_pandas()["mean_spend"].tolist() == [22.5]


def test_two_purchases_on_one_day_are_one_purchase_day():
    days = purchase_days([("1", "2015-01-01", 10), ("1", "2015-01-01", 5)])
    assert each(days) == [(0, 0, 37)]


def test_later_days_are_not_seen(example):
    assert each(example, datetime.date(2015, 1, 4)) == [(0, 0, 3), (1, 1, 3)]


def test_split_counts_what_came_after(example):
    frame = holdout_summary(example, datetime.date(2015, 1, 4), END)
    rows = [tuple(row) for row in frame[["frequency", "T_days", "holdout_purchases", "customers",
                                         "holdout_spend"]].itertuples(index=False)]
    assert rows == [(0, 3, 0, 1, 0.0), (1, 3, 1, 1, 5.0)]


def test_distinct_rows_carry_their_number():
    days = purchase_days([(name, day, 7) for name in "abc" for day in ("2015-01-01", "2015-01-09")])
    frame = history_summary(days, END)
    assert frame[["frequency", "recency_days", "T_days", "customers", "mean_spend"]].to_numpy().tolist() == [
        [1, 8, 37, 3, 21.0]]
