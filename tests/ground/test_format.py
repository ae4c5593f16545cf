import math

import pytest

from relops.errors import BadInput, Problem
from relops.locale.format import (
    format_axis_money,
    format_date,
    format_difference,
    format_interval,
    format_money,
    format_period,
    format_value,
)


@pytest.mark.parametrize(("value", "unit", "zh", "en"), [
    (4960, "rows", "4,960 行", "4,960 rows"),
    (946 / 2357, "share", "40.1%", "40.1%"),
    (283, "customers", "283 人", "283 customers"),
    (77, "days", "77 天", "77 days"),
    (38.857, "weeks", "38.9 周", "38.9 weeks"),
    (16, "points", "16.0 个百分点", "16.0 points"),
    (0.242595, "parameter", "0.2426", "0.2426"),
    (-9582.4292, "log_likelihood", "-9,582.43", "-9,582.43"),
    (1234567.8, "money:CNY", "CNY 1,234,568", "CNY 1,234,568"),
    (14.965, "money:USD", "USD 14.96", "USD 14.96"),
    (None, "share", "—", "—"),
    (math.nan, "money:CNY", "—", "—"),
])
def test_values_read_well_in_both_languages(value, unit, zh, en):
    assert format_value(value, unit, "zh").replace("\xa0", " ") == zh
    assert format_value(value, unit, "en").replace("\xa0", " ") == en


def test_intervals_say_the_unit_once():
    assert format_interval(0.3818, 0.4211, "share", "en") == "38.2% to 42.1%"
    assert format_interval(3, 9, "days", "zh") == "3 至 9 天"


def test_dates():
    assert format_date("1997-09-30", "zh") == "1997年9月30日"
    assert format_date("1997-09-30", "en") == "30 Sept 1997"
    assert format_period("1997-01-01", "1997-09-30", "zh") == "1997年1月1日 至 1997年9月30日"


def test_small_amounts_keep_their_cents():
    assert format_money(14.9, "USD", "en", bare=True) == "14.90"
    assert format_money(1499.5, "USD", "en", bare=True) == "1,500"


def test_ticks_of_an_axis_show_no_binary_dust():
    assert [format_axis_money(value, "USD", "en") for value in (0.1 + 0.2, 0.25, 1500)] == [
        "US$0.3", "US$0.25", "US$1.5K"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sign_of_money_stands_at_its_digits(language):
    assert format_money(-14.9, "USD", language) == "USD -14.90"
    assert format_money(-42303.4, "USD", language, bare=True) == "-42,303"
    low_to_high = format_interval(-42303, 121258, "money:USD", language)
    assert low_to_high.startswith("USD -42,303") and low_to_high.endswith("121,258")
    assert format_interval(-9, -5, "money:USD", language).endswith("-5.00")
    assert [format_difference(value, "money:USD", language) for value in (-5, 0, 5)] == [
        "USD -5.00", "USD 0.00", "USD +5.00"]


def test_a_problem_names_place_found_allowed_and_cure():
    problem = Problem("project.none", "/some/where", {"brief": "brief.yaml"})
    assert problem.render("en").splitlines() == [
        "/some/where", "  found: no brief.yaml in this folder", "  allowed: a project folder made by relops new",
        "  do: run relops new DIR --from FILE first, or check the path"]
    both = BadInput([problem, problem])
    assert both.render("zh").count("此文件夹里没有 brief.yaml") == 2
    assert both.exit_code == 2
