import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relops.units import AnnualRate, Money, Period, Points, Share, convert_span


def test_difference_of_shares_is_points_and_relative_change_is_not():
    assert (Share(0.48) - Share(0.32)).value == pytest.approx(16)
    assert Share(0.32) + Points(16) == Share(0.48)
    assert Share(0.32).changed_by(0.5) == Share(0.48)


@pytest.mark.parametrize("mix", [
    lambda: Share(0.3) + Share(0.3), lambda: Share(0.3) + 0.1, lambda: Points(3) + Share(0.1),
    lambda: Money(1, "CNY") + 1, lambda: Money(1, "CNY") * Money(2, "CNY"),
])
def test_units_that_do_not_belong_together_refuse(mix):
    with pytest.raises(TypeError):
        mix()


def test_a_share_stays_between_zero_and_one():
    with pytest.raises(ValueError, match="between 0 and 1"):
        Share(0.8) + Points(23)


def test_currencies_do_not_add():
    with pytest.raises(ValueError, match="CNY with USD"):
        Money(1, "CNY") + Money(1, "USD")


def test_discount_is_annual_whatever_the_span_is_counted_in():
    rate = AnnualRate(0.15)
    assert rate.discount(1, "years") == pytest.approx(1 / 1.15)
    assert rate.discount(12, "months") == pytest.approx(1 / 1.15)
    assert rate.discount(365.25, "days") == pytest.approx(1 / 1.15)
    with pytest.raises(ValueError, match="per year"):
        AnnualRate(15)


@given(st.floats(0, 1e4), st.sampled_from(["days", "weeks", "months", "years"]))
def test_spans_convert_there_and_back(value, unit):
    assert convert_span(convert_span(value, "weeks", unit), unit, "weeks") == pytest.approx(value)


def test_a_period_counts_both_ends():
    period = Period(datetime.date(1997, 1, 1), datetime.date(1997, 1, 31))
    assert period.days == 31
    assert datetime.date(1997, 1, 31) in period
    with pytest.raises(ValueError, match="before it starts"):
        Period(datetime.date(1997, 2, 1), datetime.date(1997, 1, 1))
