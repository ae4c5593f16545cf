import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relops.customers.diagnosis import bridge, cohorts
from relops.customers.diagnosis import summary as ask

DAY = datetime.date
orders = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d", None]),
              st.dates(DAY(2023, 1, 1), DAY(2024, 12, 31)), st.integers(0, 900)),
    min_size=1, max_size=60)


def test_repeat_rate_of_the_cdnow_sample(sample):
    result = cohorts.repeat_rate(ask.frequency_summary(sample.purchase_days))
    assert (result.repeat_customers, result.customers) == (946, 2357)
    assert result.rate.n == 2357
    assert (round(result.rate.low, 4), round(result.rate.high, 4)) == (0.3817, 0.4213)


def monthly(bought):
    return cohorts.monthly_revenue(
        ask.daily_summary(bought.purchases), ask.order_value_summary(bought.purchases),
        bought.data_start, bought.data_end, cohorts=ask.cohort_summary(bought.purchase_days))


def test_months_of_the_cdnow_sample(sample):
    result = monthly(sample)
    assert (result.customers, result.orders, round(result.revenue, 2)) == (2357, 4960, 173115.55)
    assert result.months["new_customers"].tolist() == [781, 857, 719, 0, 0, 0, 0, 0, 0]
    assert round(result.months["returning_revenue"].iloc[1], 2) == 7003.73
    assert not result.months["is_partial"].any()
    assert round(result.order_value.value, 4) == 34.9023


def test_empty_months_partial_months_and_anonymous_orders(make_purchases):
    bought = make_purchases([
        ("a", DAY(2024, 1, 10), 10), ("a", DAY(2024, 3, 2), 5), (None, DAY(2024, 3, 3), 7),
    ], DAY(2024, 4, 15))
    months = monthly(bought).months
    assert months["customers"].tolist() == [1, 0, 1, 0]
    assert months["orders"].tolist() == [1, 0, 2, 0]
    assert months["anonymous_revenue"].tolist() == [0, 0, 7, 0]
    assert months["returning_revenue"].tolist() == [0, 0, 5, 0]
    assert months["is_partial"].tolist() == [True, False, False, True]


def test_retention_counts_only_months_the_data_cover_whole(make_purchases):
    bought = make_purchases([
        ("a", DAY(2024, 1, 5), 1), ("a", DAY(2024, 2, 5), 1), ("a", DAY(2024, 4, 5), 1),
        ("b", DAY(2024, 1, 9), 1), ("b", DAY(2024, 3, 9), 1),
        ("c", DAY(2024, 3, 1), 1), ("c", DAY(2024, 4, 1), 1),
    ], DAY(2024, 4, 20))
    result = cohorts.retention(ask.cohort_summary(bought.purchase_days), bought.data_end)
    listed = result.triangle[["months_since", "customers", "active"]]
    assert listed.to_numpy().tolist() == [[1, 2, 1], [2, 2, 1]]
    assert result.curve["share"].tolist() == [0.5, 0.5]
    assert (result.depth_months, result.first.n, result.last.value) == (2, 2, 0.5)


def test_retention_of_the_cdnow_sample(sample):
    result = cohorts.retention(ask.cohort_summary(sample.purchase_days), sample.data_end)
    first = result.triangle[result.triangle["cohort"] == pd.Timestamp(1997, 1, 1)]
    assert first["active"].tolist() == [124, 95, 70, 65, 77, 65, 53, 52]
    assert result.curve[["customers", "active"]].iloc[-1].tolist() == [781, 52]
    assert result.curve["customers"].iloc[0] == 2357
    assert (result.depth_months, result.last.n, round(result.last.value * 2357)) == (6, 2357, 181)


def test_first_and_later_month_are_compared_within_the_same_cohorts(make_purchases):
    rows = [("old", DAY(2024, 1, 1) + datetime.timedelta(30 * step), 1) for step in range(9)]
    rows += [(f"new{n}", DAY(2024, 7, 3), 1) for n in range(9)]
    result = cohorts.retention(ask.cohort_summary(make_purchases(rows, DAY(2024, 9, 30)).purchase_days),
                               DAY(2024, 9, 30))
    assert result.curve.loc[0, "customers"] == 10
    assert (result.depth_months, result.first.n, result.first.value, result.last.n) == (6, 1, 0, 1)


def test_retention_needs_a_whole_month_after_the_first(make_purchases):
    bought = make_purchases([("a", DAY(2024, 1, 5), 1)], DAY(2024, 1, 31))
    reason = cohorts.retention(ask.cohort_summary(bought.purchase_days), bought.data_end)
    assert (reason.code, reason.field) == ("M2", "orders.ordered_at")


def test_second_purchase_leaves_out_who_was_not_observed_long_enough(make_purchases):
    bought = make_purchases([
        ("a", DAY(2024, 1, 1), 1), ("a", DAY(2024, 1, 31), 1),  # thirty days later: within
        ("b", DAY(2024, 1, 1), 1), ("b", DAY(2024, 2, 1), 1),  # a day too late
        ("c", DAY(2024, 3, 20), 1), ("c", DAY(2024, 3, 21), 1),  # seen for eleven days only
    ], DAY(2024, 3, 31))
    spans = ask.second_purchase_summary(bought.purchase_days, bought.data_end)
    result = cohorts.second_purchase(spans, 30)
    assert (result.returned, result.customers) == (1, 2)
    assert cohorts.second_purchase(spans, 400).code == "M2"


def test_share_of_revenue_after_the_first_day(sample, sample_rows):
    later_revenue = cohorts.later_revenue(ask.first_purchase_summary(sample.purchase_days))
    share = later_revenue.share
    rows = sample_rows[sample_rows["ordered_on"] <= pd.Timestamp(sample.data_end)].astype({"amount": float})
    later = rows["ordered_on"] > rows.groupby("customer_id")["ordered_on"].transform("min")
    assert share.value == pytest.approx(rows.loc[later, "amount"].sum() / rows["amount"].sum())
    assert (round(share.low, 3), round(share.high, 3)) == (0.512, 0.590)
    assert round(later_revenue.revenue, 2) == 95355.60


def test_absent_orders_give_absent_results():
    absent = ask.cohort_summary(None)
    assert absent.code == "M1"
    assert cohorts.retention(absent, DAY(2024, 1, 1)) is absent
    assert cohorts.repeat_rate(ask.frequency_summary(None)).code == "M1"
    assert bridge.comparison_windows(None, None).code == "M1"


def test_orders_without_any_customer_still_have_revenue(make_purchases):
    bought = make_purchases([(None, DAY(2024, 1, 1), 10), (None, DAY(2024, 2, 1), 5)], DAY(2024, 2, 29))
    result = cohorts.monthly_revenue(
        ask.daily_summary(bought.purchases), ask.order_value_summary(bought.purchases),
        bought.data_start, bought.data_end, cohorts=ask.cohort_summary(None))
    assert (result.customers, result.revenue) == (0, 15)
    assert result.months["anonymous_revenue"].tolist() == [10, 5]
    assert cohorts.repeat_rate(ask.frequency_summary(bought.purchase_days)).field == "orders.customer_id"


@pytest.mark.parametrize(("start", "end", "months"), [
    (DAY(2022, 1, 1), DAY(2023, 12, 31), 12), (DAY(2022, 1, 2), DAY(2023, 12, 31), 6),
    (DAY(1997, 1, 1), DAY(1997, 9, 30), 3), (DAY(1997, 1, 1), DAY(1997, 9, 29), 3),
    (DAY(2024, 1, 1), DAY(2024, 2, 29), 1),
])
def test_windows_are_whole_months_and_as_long_as_history_allows(start, end, months):
    assert bridge.comparison_windows(start, end).months == months


def test_one_whole_month_is_too_little_to_compare():
    reason = bridge.comparison_windows(DAY(2024, 1, 1), DAY(2024, 2, 28))
    assert (reason.code, reason.numbers["found"].value, reason.numbers["needed"].value) == ("M2", 1, 2)


def test_windows_of_the_cdnow_sample(sample):
    windows = bridge.comparison_windows(sample.data_start, sample.data_end)
    assert windows.has_past
    assert not bridge.comparison_windows(DAY(1997, 4, 1), sample.data_end).has_past
    assert windows.previous == (DAY(1997, 4, 1), DAY(1997, 6, 30))
    assert windows.current == (DAY(1997, 7, 1), DAY(1997, 9, 30))


def build_bridge(bought, windows):
    movements = ask.movement_summary(bought.purchase_days, windows)
    return bridge.revenue_bridge(movements, ask.daily_summary(bought.purchases), windows)


def test_bridge_names_every_movement(make_purchases):
    bought = make_purchases([
        ("lost", DAY(2024, 1, 5), 10),
        ("more", DAY(2024, 1, 5), 10), ("more", DAY(2024, 2, 5), 25),
        ("less", DAY(2024, 1, 5), 30), ("less", DAY(2024, 2, 5), 12),
        ("back", DAY(2023, 12, 5), 99), ("back", DAY(2024, 2, 5), 40),
        ("new", DAY(2024, 2, 5), 7),
        (None, DAY(2024, 1, 5), 3), (None, DAY(2024, 2, 5), 8),
    ], DAY(2024, 2, 29))
    windows = bridge.Windows(1, (DAY(2024, 1, 1), DAY(2024, 1, 31)), (DAY(2024, 2, 1), DAY(2024, 2, 29)), 2, True)
    result = build_bridge(bought, windows)
    assert result.steps["step"].tolist() == list(bridge.STEPS)
    assert result.steps["revenue"].tolist() == [53, -10, -18, 15, 40, 7, 5, 92]
    assert result.customers("reactivated") == 1
    assert result.net_revenue_retention.value == pytest.approx(37 / 50)
    assert result.net_revenue_retention.n == 3


@given(rows=orders)
@settings(max_examples=40, deadline=None)
def test_the_bridge_adds_up_for_any_orders(make_purchases, rows):
    bought = make_purchases(rows, DAY(2024, 12, 31))
    windows = bridge.Windows(12, (DAY(2023, 1, 1), DAY(2023, 12, 31)), (DAY(2024, 1, 1), DAY(2024, 12, 31)), 24, False)
    steps = build_bridge(bought, windows).steps["revenue"].to_numpy()
    assert steps[:-1].sum() == pytest.approx(steps[-1], abs=1e-6)
    for year, step in ((2023, steps[0]), (2024, steps[-1])):
        assert step == pytest.approx(sum(amount for _, day, amount in rows if day.year == year))


@given(rows=orders)
@settings(max_examples=40, deadline=None)
def test_months_add_up_to_all_revenue_and_customers(make_purchases, rows):
    bought = make_purchases(rows, DAY(2024, 12, 31))
    result = monthly(bought)
    parts = result.months[["new_revenue", "returning_revenue", "anonymous_revenue"]].to_numpy()
    assert parts.sum() == pytest.approx(sum(amount for *_, amount in rows))
    assert result.customers == len({customer for customer, *_ in rows if customer})
    assert np.allclose(parts.sum(axis=1), result.months["revenue"])
