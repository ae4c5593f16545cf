"""BG/BB on calendar months: the counting by the engine, the hold-out, and what is said of it."""

import datetime

import numpy as np
import pandas as pd
import pytest

from relops.customers.availability import Unavailable
from relops.customers.history_summary import opportunity_summary
from relops.customers.holdout_findings import say_opportunities
from relops.customers.opportunities import judge_opportunities, months_of, read_opportunities
from relops.exhibits import filter_text, plain, render_finding
from relops.locale import LANGUAGES
from relops.store import Store

DAY = datetime.date
END = DAY(1998, 6, 30)


@pytest.fixture(scope="module")
def whole(sample_rows, make_purchases):
    return make_purchases(sample_rows, END).purchase_days


@pytest.fixture(scope="module")
def judged(whole):
    return judge_opportunities(whole, END, 3, 0.9)


def test_a_customer_who_gave_more_back_than_he_paid_stops_nothing(sample_rows, make_purchases, judged):
    stamp = type(sample_rows["ordered_on"].iloc[0])
    paid = ((1, 400.0), (3, 10.0), (5, 10.0), (7, 10.0), (11, -400.0))
    back = pd.DataFrame([("zz", stamp(1997, month, 5), money) for month, money in paid],
                        columns=["customer_id", "ordered_on", "amount"])
    days = make_purchases(pd.concat([sample_rows, back], ignore_index=True), END).purchase_days
    found = judge_opportunities(days, END, 3, 0.9)
    assert found.customers == judged.customers + 1
    assert opportunity_summary(days, END, "month")["mean_spend"].min() == 0


def test_months_with_a_purchase_are_counted_and_the_last_ones_kept_apart(make_purchases):
    days = make_purchases([
        ("a", DAY(2026, 1, 5), 10), ("a", DAY(2026, 1, 20), 10), ("a", DAY(2026, 3, 2), 30), ("a", DAY(2026, 3, 9), 10),
        ("a", DAY(2026, 5, 1), 99), ("a", DAY(2026, 6, 1), 99),  # the month under way does not count
        ("b", DAY(2026, 2, 28), 5), ("c", DAY(2026, 4, 1), 7),
        ("d", DAY(2026, 6, 2), 7)], DAY(2026, 6, 15)).purchase_days
    assert opportunity_summary(days, DAY(2026, 6, 15), "month").to_dict("records") == [
        {"frequency": 0, "recency": 0, "T": 1, "holdout_purchases": 0, "customers": 1, "mean_spend": 0.0},
        {"frequency": 0, "recency": 0, "T": 3, "holdout_purchases": 0, "customers": 1, "mean_spend": 0.0},
        {"frequency": 2, "recency": 4, "T": 4, "holdout_purchases": 0, "customers": 1, "mean_spend": 69.5}]
    assert opportunity_summary(days, DAY(2026, 6, 15), "month", held_out=2).to_dict("records") == [
        {"frequency": 0, "recency": 0, "T": 1, "holdout_purchases": 0, "customers": 1, "mean_spend": 0.0},
        {"frequency": 1, "recency": 2, "T": 2, "holdout_purchases": 1, "customers": 1, "mean_spend": 40.0}]


def test_counts_equal_plain_pandas(whole, sample_rows):
    month = sample_rows["ordered_on"].dt.to_period("M")
    used = pd.DataFrame({"who": sample_rows["customer_id"], "month": month.map(lambda value: value.ordinal)})
    used = used.drop_duplicates()
    last = pd.Period(END, "M").ordinal
    before = used[used["month"] <= last - 3].groupby("who")["month"].agg(["min", "max", "size"])
    ahead = used[used["month"] > last - 3].groupby("who").size().reindex(before.index).fillna(0)
    history = read_opportunities(whole, END, 3)
    assert (history.n, history.unit, history.event_grain) == (len(before), "months", "month")
    assert history.repeat_purchases == (before["size"] - 1).sum()
    assert history.T @ history.customers == (last - 3 - before["min"]).sum()
    assert history.recency @ history.customers == (before["max"] - before["min"]).sum()
    assert history.frame["holdout_purchases"] @ history.frame["customers"] == ahead.sum()


def test_it_is_judged_on_months_it_has_not_seen(judged, whole):
    assert (judged.holdout_months, judged.customers) == (3, 2357)
    assert (judged.model.likelihood.T <= 17).all()  # seventeen months follow that of the first purchase
    mae = {name: judged.scores[name, "mae"].value for name in ("bg_bb", "constant_use")}
    assert mae["bg_bb"] < mae["constant_use"]
    assert abs(judged.scores["bg_bb", "bias"].value) < judged.scores["constant_use", "bias"].low
    later = DAY(1998, 7, 20)  # the days of a month under way change nothing
    assert judge_opportunities(whole, later, 3, 0.9).model.theta == pytest.approx(judged.model.theta, rel=1e-9)


def test_it_is_said_in_both_languages_with_every_number_declared(judged, tmp_path):
    said = say_opportunities(judged, 0.9)
    store = Store(tmp_path / "store", "test", LANGUAGES)
    for exhibit in said:
        store.add(exhibit)
    ids = {f"lifetime_value.bg_bb.{name}" for name in ("alpha", "beta", "gamma", "delta", "log_likelihood", "aic")}
    ids |= {f"lifetime_value.holdout.bg_bb.{name}" for name in ("mae", "rmse", "bias", "gini")}
    assert ids <= set(store.records["evidence"])
    finding = said[-1]
    for language in LANGUAGES:
        assert "BG/BB" in plain(render_finding(finding, language))
    told = finding.numbers["bias"].filter
    assert [filter_text(told, language) for language in ("zh", "en")] == [
        "最后 3 个完整自然月的留出期", "hold-out of the last 3 complete months"]


@pytest.mark.parametrize(("months", "end"), [(12, DAY(1997, 9, 30)), (3, DAY(1997, 1, 31))])
def test_too_short_a_history_is_a_reason(whole, months, end):
    with pytest.raises(Unavailable) as caught:
        judge_opportunities(whole, end, months, 0.9)
    assert caught.value.code == "M2"
    [missing] = say_opportunities(caught.value, 0.9)
    assert missing.code == "M2"


def test_weeks_become_whole_months():
    assert [months_of(weeks) for weeks in (1, 4, 13, 26, 52)] == [1, 1, 3, 6, 12]
    assert np.all(np.diff([months_of(weeks) for weeks in range(1, 105)]) >= 0)
