import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relops.brief.programme import Segments
from relops.customers.order_summary import gap_summary, revenue_summary
from relops.customers.rfm import groups as rfm_groups
from relops.customers.rfm import scores as rfm_scores
from relops.customers.rfm import summary as rfm_summary
from relops.errors import BadInput

DAY = datetime.date
RULES = rfm_groups.GroupRules(3, 77.0, 164.0, 100, {}, 77.0, 164.0)
histories = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 40), st.integers(1, 9), st.integers(0, 5000)),
    min_size=1, max_size=60)


def frame_of(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["recency_days", "purchase_days", "customers", "revenue"])
    frame["orders"] = frame["purchase_days"] * frame["customers"]
    return frame.groupby(["recency_days", "purchase_days"], as_index=False).sum()


def rules_of(bought, settings=None, segments=None):
    gaps = gap_summary(bought.purchase_days)
    return rfm_groups.group_rules(gaps, SimpleNamespace(**(segments or {})), settings or {})


def groups_of(bought, rules):
    histories = rfm_summary.recency_frequency_summary(bought.purchase_days, bought.data_end)
    return rfm_groups.customer_groups(histories, rules)


def test_limits_and_groups_of_the_cdnow_sample(sample):
    rules = rules_of(sample)
    assert (rules.f_star, rules.r1_days, rules.r2_days, rules.gaps) == (3, 77, 164, 2457)
    groups = groups_of(sample, rules)
    assert dict(zip(groups.table["group"], groups.table["customers"], strict=True)) == {
        "loyal": 283, "riser": 95, "dormant": 283, "churned": 1696}
    assert groups.table["single_day"].tolist() == [0, 0, 0, 1411]
    assert groups.table["median_recency_days"].tolist() == [31, 39, 114, 224]
    assert groups.table["revenue"].sum() == pytest.approx(173115.55)
    assert groups.loyal_among_kept.n == 661
    assert rules.within_active.value >= 0.8 > rules.within_active.value - 0.01
    assert rules.within_lost.n == 2457
    r1, r2, today = rules.evidence("r1_days"), rules.evidence("r2_days"), rules.evidence("r1_days", today=True)
    assert (r1.low, r1.high, r2.low, r2.high, r1.n) == (71, 82, 154, pytest.approx(168.69, abs=0.01), 2457)
    assert (today.id, today.value, today.low) == ("rfm.today.r1_days", 77, r1.low)


def test_frozen_limits_and_moving_limits_tell_different_stories(master_rows, make_purchases):
    """Loyal customers from 30 September to 31 October 1997: up by moving limits, down by frozen ones."""
    september = make_purchases(master_rows, DAY(1997, 9, 30))
    october = make_purchases(master_rows, DAY(1997, 10, 31))
    first = rules_of(september)
    assert groups_of(september, first).row("loyal")["customers"] == 2897
    assert groups_of(october, rules_of(october)).row("loyal")["customers"] == 2938
    frozen = rules_of(october, {"rfm.f_star": 3, "rfm.r1_days": first.r1_days, "rfm.r2_days": first.r2_days})
    assert groups_of(october, frozen).row("loyal")["customers"] == 2822
    assert set(frozen.sources.values()) == {"lock"}
    # what is frozen is no estimate of these data
    assert frozen.evidence("r1_days").low is None
    assert 0 < frozen.evidence("r1_days", today=True).low < frozen.today_r1_days
    assert frozen.today_r1_days != frozen.r1_days


@given(histories, st.integers(1, 5), st.integers(0, 200), st.integers(0, 200))
@settings(deadline=None)
def test_every_customer_is_in_exactly_one_group(rows, f_star, r1_days, wait):
    frame = frame_of(rows)
    rules = rfm_groups.GroupRules(f_star, r1_days, r1_days + wait, 99, {}, None, None)
    named = rfm_groups.assign_groups(frame["recency_days"], frame["purchase_days"], rules)
    boxes = {
        "loyal": (frame["recency_days"] <= r1_days) & (frame["purchase_days"] >= f_star),
        "riser": (frame["recency_days"] <= r1_days) & (frame["purchase_days"] < f_star),
        "dormant": (frame["recency_days"] > r1_days) & (frame["recency_days"] <= r1_days + wait),
        "churned": frame["recency_days"] > r1_days + wait,
    }
    assert (sum(box.astype(int) for box in boxes.values()) == 1).all()
    assert all((named[box] == group).all() for group, box in boxes.items())
    groups = rfm_groups.customer_groups(frame, rules)
    assert groups.table["group"].tolist() == list(rfm_groups.GROUPS)
    assert groups.table["customers"].sum() == frame["customers"].sum()
    assert groups.table["revenue"].sum() == pytest.approx(frame["revenue"].sum())
    assert groups.table["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize(("recency", "group"), [
    (77, "loyal"), (78, "dormant"), (164, "dormant"), (165, "churned")])
def test_a_limit_belongs_to_the_nearer_group(recency, group):
    assert rfm_groups.assign_groups(np.array([recency]), np.array([3]), RULES).tolist() == [group]


def gaps_of(*days, customers=10) -> pd.DataFrame:
    first = [1] * customers + [0] * len(days)
    return pd.DataFrame({"gap_days": days, "gaps": [1] * len(days), "customers": first[:len(days)]})


def test_fewer_than_thirty_gaps_make_no_groups():
    rules = rfm_groups.group_rules(gaps_of(*range(1, 30)), SimpleNamespace(), {})
    assert (rules.code, rules.numbers["found"].value, rules.numbers["needed"].value) == ("M2", 29, 30)
    assert rfm_groups.customer_groups(frame_of([(1, 1, 5, 10)]), rules) is rules
    assert rfm_groups.group_rules(gaps_of(*range(1, 31)), SimpleNamespace(), {}).r1_days == pytest.approx(24.2)


def test_the_gaps_of_fewer_than_ten_customers_make_no_groups(make_purchases):
    few = rfm_groups.group_rules(gaps_of(*range(1, 101), customers=9), SimpleNamespace(), {})
    assert (few.code, few.numbers["customers"].value, few.numbers["customers_needed"].value) == ("M2", 9, 10)
    one = rules_of(make_purchases([("a", DAY(2025, 1, 1) + datetime.timedelta(3 * i), 5) for i in range(40)],
                                  DAY(2025, 6, 30)))
    assert (one.code, one.numbers["found"].value, one.numbers["customers"].value) == ("M2", 39, 1)


def test_the_brief_may_give_the_limits_where_gaps_are_few():
    assert rfm_groups.group_rules(gaps_of(5), SimpleNamespace(r1_days=30), {}).code == "M2"
    rules = rfm_groups.group_rules(gaps_of(5), SimpleNamespace(r1_days=30, r2_days=90, f_star=2), {})
    assert (rules.f_star, rules.r1_days, rules.r2_days) == (2, 30, 90)
    assert set(rules.sources.values()) == {"brief"}


def test_the_brief_goes_before_the_lock_and_the_lock_before_the_data():
    gaps = gaps_of(*range(1, 101))
    segments = SimpleNamespace(r2_days=200, f_star=None, r1_days=None)
    rules = rfm_groups.group_rules(gaps, segments, {"rfm.r1_days": 50})
    assert rules.sources == {"f_star": "rule", "r1_days": "lock", "r2_days": "brief"}
    assert (rules.r1_days, rules.r2_days) == (50, 200)
    assert rules.today_r1_days == pytest.approx(80.2)


def test_limits_that_do_not_ascend_are_refused():
    with pytest.raises(BadInput) as fault:
        rfm_groups.group_rules(gaps_of(*range(1, 101)), SimpleNamespace(r1_days=300), {})
    assert "300" in fault.value.render("en")
    assert "300" in fault.value.render("zh")


@pytest.mark.parametrize("cuts", [{"recency": "nan,1,2,3"}, {"shares": "0.2,nan,0.6"}, {"monetary": "inf,inf,inf,inf"}])
def test_cuts_are_finite_numbers(cuts):
    with pytest.raises(BadInput):
        rfm_scores.cut_rules(5, **cuts)


@pytest.mark.parametrize("bins", [1, 11, 2.5])
def test_bins_out_of_range_are_refused(bins):
    with pytest.raises(BadInput) as fault:
        rfm_scores.cut_rules(bins)
    assert str(bins) in fault.value.render("en")


@given(st.lists(st.integers(0, 8), min_size=1, max_size=80), st.integers(2, 10))
@settings(deadline=None)
def test_equal_customers_get_equal_scores_and_more_never_scores_less(values, bins):
    counted = pd.Series(values).value_counts().sort_index()
    frame = pd.DataFrame({"recency_days": counted.index, "purchase_days": counted.index + 1,
                          "customers": counted.to_numpy()})
    totals = pd.DataFrame({"revenue": counted.index.astype(float), "customers": counted.to_numpy()})
    cuts = rfm_scores.cut_points(frame, totals, rfm_scores.cut_rules(bins), {})
    each = np.array(values)
    for scores, low_is_good in ((rfm_scores.score(each, cuts.monetary), False),
                                (rfm_scores.score(each, cuts.recency, low_is_good=True), True)):
        per_value = pd.Series(scores).groupby(each).agg(["nunique", "first"])
        assert (per_value["nunique"] == 1).all()
        steps = per_value["first"].diff().dropna()
        assert (steps <= 0).all() if low_is_good else (steps >= 0).all()
        assert scores.min() >= 1
        assert scores.max() <= bins
    # a score says how many customers, at least, are beaten
    beaten = np.array([(each <= value).mean() for value in each])
    assert (beaten + 1e-9 >= (rfm_scores.score(each, cuts.monetary) - 1) / bins).all()


def test_cut_points_equal_numpy_and_come_back_from_the_lock(sample):
    frame = rfm_summary.recency_frequency_summary(sample.purchase_days, sample.data_end)
    totals = revenue_summary(sample.purchase_days)
    cuts = rfm_scores.cut_points(frame, totals, rfm_scores.cut_rules(5), {})
    each = np.repeat(frame["recency_days"], frame["customers"])
    assert cuts.recency == tuple(np.quantile(each, [0.2, 0.4, 0.6, 0.8]))
    assert cuts.frequency == (1, 1, 2, 3)
    frozen = {"rfm.recency_cuts": [6, 7, 8, 9], "rfm.frequency_cuts": [1, 2, 3, 4],
              "rfm.monetary_cuts": [1, 2, 3, 4]}
    locked = rfm_scores.cut_points(frame, totals, rfm_scores.cut_rules(5), frozen)
    assert (locked.recency, locked.source) == ((6, 7, 8, 9), "lock")
    assert rfm_scores.cut_points(frame, totals, rfm_scores.cut_rules(4), frozen).source == "data"


def test_the_engine_scores_as_the_plain_function(sample):
    cuts = rfm_scores.cut_points(rfm_summary.recency_frequency_summary(sample.purchase_days, sample.data_end),
                          revenue_summary(sample.purchase_days), rfm_scores.cut_rules(5), {})
    scores = rfm_summary.score_summary(sample.purchase_days, sample.data_end, cuts)
    each = sample.purchase_days.to_pandas().groupby("customer_id").agg(
        last=("day", "max"), days=("day", "size"), money=("amount", "sum"))
    recency = (pd.Timestamp(sample.data_end) - pd.to_datetime(each["last"])).dt.days
    plain = pd.DataFrame({
        "recency_score": rfm_scores.score(recency.to_numpy(), cuts.recency, low_is_good=True),
        "frequency_score": rfm_scores.score(each["days"].to_numpy(), cuts.frequency),
        "monetary_score": rfm_scores.score(each["money"].astype(float).to_numpy(), cuts.monetary)})
    expected = plain.value_counts().sort_index()
    pd.testing.assert_series_equal(scores.set_index(list(plain))["customers"], expected, check_names=False)
    table = rfm_scores.score_table(scores, cuts)
    assert table["frequency_customers"].tolist() == [1411, 0, 439, 214, 293]
    assert table["recency_customers"].sum() == 2357


def test_absent_orders_give_absent_groups():
    rules = rfm_groups.group_rules(gap_summary(None), SimpleNamespace(), {})
    assert rules.code == "M1"
    assert rfm_groups.customer_groups(rfm_summary.recency_frequency_summary(None, DAY(2024, 1, 1)), rules).code == "M1"
    nobody = rfm_summary.recency_frequency_summary(None, None)
    assert rfm_scores.cut_points(nobody, None, rfm_scores.cut_rules(5), {}).code == "M1"


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 90)), min_size=1, max_size=50))
@settings(max_examples=30, deadline=None)
def test_gaps_are_those_between_neighbouring_days(make_purchases, rows):
    start = DAY(2024, 1, 1)
    dated = [(name, start + datetime.timedelta(days), 1) for name, days in rows]
    bought = make_purchases(dated, DAY(2024, 12, 31))
    days_of = {name: sorted({day for owner, day in rows if owner == name}) for name in "abcde"}
    expected = pd.Series([gap for days in days_of.values() for gap in np.diff(days)], dtype=int)
    gaps = gap_summary(bought.purchase_days)
    assert dict(zip(gaps["gap_days"], gaps["gaps"], strict=True)) == expected.value_counts().to_dict()
    assert gaps["customers"].sum() == sum(len(days) > 1 for days in days_of.values())


@pytest.mark.parametrize(("names", "groups", "strange"), [
    (["睡客", "loyal", "dormant"], ("dormant", "loyal"), ()), (["vip", "loyal"], ("loyal",), ("vip",)), ([], (), ()),
    (["loyal", "全部"], (), ())])
def test_a_group_goes_by_its_own_name_and_by_that_of_the_brief(names, groups, strange):
    segments = Segments.model_validate({"names": {"dormant": "睡客"}})
    assert rfm_groups.named_groups(names, segments) == (groups, strange)
