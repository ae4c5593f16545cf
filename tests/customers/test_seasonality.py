import datetime

import numpy as np
import pandas as pd
import pytest

from relops.customers.diagnosis.seasonality import seasonality
from relops.customers.diagnosis.summary import daily_summary

DAY = datetime.date


def daily(start: str, end: str, orders, revenue=None) -> pd.DataFrame:
    days = pd.date_range(start, end)
    counted = np.array([orders(day) for day in days])
    money = counted * 10.0 if revenue is None else np.array([revenue(day) for day in days])
    return pd.DataFrame({"day": days, "orders": counted, "revenue": money})


def test_two_years_are_decomposed_and_a_pure_season_has_full_strength():
    frame = daily("2022-01-01", "2024-12-31", lambda day: 10,
                  lambda day: (1000 + 300 * np.sin(2 * np.pi * day.month / 12)) / day.days_in_month)
    result = seasonality(frame, DAY(2022, 1, 1), DAY(2024, 12, 31))
    assert result.months_observed == 36
    assert result.strength > 0.99
    by_month = result.decomposition.groupby(result.decomposition["month"].dt.month)["seasonal"].mean()
    assert (by_month.idxmax(), by_month.idxmin()) == (3, 9)
    assert by_month.max() == pytest.approx(300, rel=0.02)
    index = result.months.set_index("month")["index"]
    assert (index.idxmax(), round(index.max(), 2), round(index.min(), 2)) == (3, 1.3, 0.7)
    parts = result.decomposition[["trend", "seasonal", "remainder"]].sum(axis=1)
    assert np.allclose(parts, result.decomposition["revenue"])


def test_noise_has_little_seasonal_strength():
    rng = np.random.default_rng(7)
    frame = daily("2021-01-01", "2024-12-31", lambda day: int(rng.poisson(20)))
    assert seasonality(frame, DAY(2021, 1, 1), DAY(2024, 12, 31)).strength < 0.7


def test_below_two_years_only_the_plain_profile():
    frame = daily("2023-01-02", "2024-12-31", lambda day: 1)
    result = seasonality(frame, DAY(2023, 1, 2), DAY(2024, 12, 31))
    assert result.months_observed == 23
    assert (result.decomposition, result.strength) == (None, None)
    assert result.months["observed"].tolist() == [1] + [2] * 11


def test_weekday_shares_are_free_of_growth_between_weeks():
    pattern = [1, 2, 1, 1, 1, 1, 3]
    frame = daily("2024-01-01", "2024-03-31",
                  lambda day: pattern[day.weekday()] * day.isocalendar().week)
    result = seasonality(frame, DAY(2024, 1, 1), DAY(2024, 3, 31))
    assert result.weeks_observed == 13
    assert result.week.extreme("busiest")[0] == 6
    assert result.week.weekdays["index"].tolist() == pytest.approx([0.7 * part for part in pattern])
    assert result.week.differs


def test_even_weeks_are_told_apart_no_more_often_than_the_level_allows():
    rng = np.random.default_rng(3)
    told = [seasonality(daily("2024-01-01", "2024-06-30", lambda day: int(rng.poisson(5))),
                        DAY(2024, 1, 1), DAY(2024, 6, 30)).week.differs for _ in range(100)]
    assert sum(told) <= 11


def test_weeks_without_any_rhythm_have_no_difference():
    frame = daily("2024-01-01", "2024-06-30", lambda day: 3)
    assert seasonality(frame, DAY(2024, 1, 1), DAY(2024, 6, 30)).week.p_value == 1


def test_closed_days_are_left_out():
    frame = daily("2024-01-01", "2024-03-31", lambda day: [3, 2, 2, 2, 2, 0, 1][day.weekday()])
    week = seasonality(frame, DAY(2024, 1, 1), DAY(2024, 3, 31)).week
    assert week.weekdays["weekday"].tolist() == [0, 1, 2, 3, 4, 6]
    assert week.extreme("quietest")[0] == 6
    assert week.weekdays["index"].mean() == pytest.approx(1)


def test_seven_weeks_are_too_few_for_a_rhythm_of_the_week():
    frame = daily("2024-01-01", "2024-02-18", lambda day: 4)
    result = seasonality(frame, DAY(2024, 1, 1), DAY(2024, 2, 18))
    assert (result.weeks_observed, result.week) == (7, None)


def test_days_without_orders_count_as_days(sample):
    result = seasonality(daily_summary(sample.purchases), sample.data_start, sample.data_end)
    assert (result.months_observed, result.weeks_observed) == (9, 38)
    assert result.week.extreme("busiest")[0] == 0
    assert round(result.week.extreme("busiest")[1].value, 3) == 1.174
    assert result.week.differs
