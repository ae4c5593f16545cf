"""CustomerHistory: what it carries, what it refuses, and how it is read from the engine."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relops.customers.availability import Unavailable, attempt
from relops.customers.fitting import fit_gamma_gamma
from relops.customers.history import CustomerHistory, calibration_end, customer_history, read_history, read_holdout
from relops.customers.history_summary import customer_histories, history_summary, spend_summary
from relops.errors import BadInput

DAY = datetime.date
END = DAY(2024, 6, 30)
GOOD = {"frequency": 2, "recency": 4.0, "T": 9.0, "customers": 3, "mean_spend": 60.0}


def history(**changes) -> CustomerHistory:
    return CustomerHistory(pd.DataFrame([GOOD | changes]), END, unit="weeks")


def test_history_carries_what_it_was_made_of():
    made = customer_history(pd.DataFrame([{"frequency": 1, "recency_days": 7, "T_days": 21, "customers": 5,
                                           "mean_spend": 50.0}]), END, refund_policy="net")
    assert made.provenance() == {"unit": "weeks", "event_grain": "day", "refund_policy": "net",
                                 "observation_end": "2024-06-30", "customers": 5, "rows": 1}
    assert (made.recency[0], made.T[0], made.n, made.repeat_customers, made.repeat_purchases) == (1, 3, 5, 5, 5)
    assert made.longest_weeks == 3


def test_units_convert_once_and_back():
    weeks = history()
    days = weeks.in_unit("days")
    assert (days.unit, days.recency[0], days.T[0], days.frequency[0]) == ("days", 28, 63, 2)
    assert days.in_unit("weeks").T[0] == 9
    assert days.longest_weeks == weeks.longest_weeks == 9


@pytest.mark.parametrize(("changes", "problem"), [
    ({"recency": 10.0}, "history_recency"), ({"frequency": -1}, "history_frequency"),
    ({"frequency": 1.5}, "history_frequency"), ({"frequency": 0}, "history_first"),
    ({"recency": 0.0}, "history_first"), ({"T": -1.0, "recency": -2.0}, "history_time"),
    ({"T": np.nan}, "history_time"), ({"customers": 0}, "history_customers"),
    ({"customers": 1.5}, "history_customers"), ({"customers": np.inf}, "history_customers"),
    ({"frequency": np.inf}, "history_frequency"), ({"frequency": np.nan}, "history_frequency"),
    ({"mean_spend": -5.0}, "history_spend"), ({"mean_spend": np.nan}, "history_spend"),
    ({"mean_spend": np.inf}, "history_spend"),
])
def test_impossible_rows_are_refused(changes, problem):
    with pytest.raises(BadInput) as refused:
        history(**changes)
    assert f"customers.{problem}" in [fault.code for fault in refused.value.problems]


def test_all_faults_are_told_at_once_in_both_languages():
    with pytest.raises(BadInput) as refused:
        history(recency=12.0, customers=-1)
    assert [fault.code for fault in refused.value.problems] == ["customers.history_recency",
                                                                "customers.history_customers"]
    assert "recency 12" in refused.value.render("en")
    assert "大于 T" in refused.value.render("zh")


def test_absent_columns_and_unknown_units_are_refused():
    with pytest.raises(BadInput) as refused:
        CustomerHistory(pd.DataFrame({"frequency": [1], "T": [2.0]}), END)
    assert refused.value.problems[0].values["columns"] == "recency, customers, mean_spend"
    with pytest.raises(BadInput) as refused:
        CustomerHistory(pd.DataFrame([GOOD]), END, unit="fortnights")
    assert refused.value.problems[0].code == "customers.history_unit"


def test_no_customer_and_too_short_a_past_are_reasons_not_crashes(make_purchases):
    nobody = make_purchases([("a", "2024-01-01", 5)], DAY(2023, 1, 1))
    reason = attempt(read_history, nobody.purchase_days, nobody.data_end, "none")
    assert isinstance(reason, Unavailable) and reason.code == "M2"
    young = make_purchases([("a", "2024-06-01", 5), ("a", "2024-06-20", 5)], END)
    reason = attempt(read_holdout, young.purchase_days, END, 3, "none")
    assert (reason.code, reason.field) == ("M2", "lifetime_value.holdout")
    assert reason.numbers["longest"].value == pytest.approx(8 / 7)
    assert attempt(read_history, None, END, "none").code == "M1"


def test_calibration_ends_whole_weeks_before():
    assert calibration_end(DAY(1998, 6, 30), 39) == DAY(1997, 9, 30)


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 120), st.integers(0, 4000)), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_summary_equals_plain_pandas(make_purchases, drawn):
    start = DAY(2024, 1, 1)
    orders = [(str(who), start + datetime.timedelta(days=day), cents / 100) for who, day, cents in drawn]
    bought = make_purchases(orders, DAY(2024, 4, 1))
    summary = history_summary(bought.purchase_days, bought.data_end)
    frame = pd.DataFrame(orders, columns=["customer", "day", "amount"])
    frame = frame[frame["day"] <= bought.data_end]
    if frame.empty:
        assert summary.empty
        return
    days = frame.groupby(["customer", "day"], as_index=False)["amount"].sum()
    expected = {}
    for _, own in days.groupby("customer"):
        first, last = own["day"].min(), own["day"].max()
        key = (len(own) - 1, (last - first).days, (bought.data_end - first).days)
        mean = own.loc[own["day"] > first, "amount"].mean() if len(own) > 1 else 0.0
        number, total = expected.get(key, (0, 0.0))
        expected[key] = (number + 1, total + mean)
    found = {tuple(row[:3]): (row[3], row[4]) for row in summary.itertuples(index=False)}
    assert found.keys() == expected.keys()
    for key, (number, total) in expected.items():
        assert found[key] == (number, pytest.approx(total, abs=1e-5))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 99_999, allow_nan=False), min_size=1, max_size=30))
def test_mean_spend_is_kept_to_four_significant_digits(make_purchases, amounts):
    orders = [(str(who), day, round(amount, 2)) for who, amount in enumerate(amounts)
              for day in ("2024-01-01", "2024-02-01")]
    spend = spend_summary(make_purchases(orders, END).purchase_days, END)
    shown = sorted({float(f"{round(amount, 2):.3e}") for amount in amounts})
    assert spend["customers"].sum() == len(amounts)
    assert len(spend) <= len(shown) + 1  # one more where a half is rounded the other way
    exact = sum(round(amount, 2) for amount in amounts)
    assert (spend["mean_spend"] * spend["customers"]).sum() == pytest.approx(exact, rel=1e-6)
    spread = np.sqrt((spend["squared_deviation"] / spend["customers"]).max()) / spend["mean_spend"].max()
    assert spread <= 0.0005


def test_refunds_beyond_what_was_paid_count_as_nothing_spent_and_nothing_is_expected_below_zero(make_purchases):
    days = [("refunded", "2024-01-01", 50), ("refunded", "2024-01-09", -80), ("once", "2024-01-01", -5)]
    rng = np.random.default_rng(5)
    days += [(str(who), f"2024-01-{day:02}", round(rng.gamma(6, mean / 6), 2))
             for who, mean in enumerate(rng.gamma(4, 8, 60)) for day in range(1, 3 + who % 6)]
    table = make_purchases(days, END).purchase_days
    spend = spend_summary(table, END)
    assert spend.iloc[0][["frequency", "mean_spend", "customers"]].tolist() == [1, 0, 1]
    model = fit_gamma_gamma(spend)
    assert (model.n, model.left_out) == (60, 1)  # counted, and said in a sentence of its own
    each = customer_histories(table, END).to_pandas().set_index("customer_id")
    assert each.loc["refunded", "mean_spend"] == 0 and float(each.loc["refunded", "revenue"]) == -30
    expected = model.expected_spend_of(each["frequency"].to_numpy(float), each["mean_spend"].to_numpy(float))
    assert (expected > 0).all()
    assert expected[each.index.get_loc("refunded")] < model.population_mean
    assert expected[each.index.get_loc("once")] == pytest.approx(model.population_mean)


def test_nothing_spent_is_one_row_and_no_crash(make_purchases):
    orders = [("a", "2024-01-01", 5), ("a", "2024-01-02", 0), ("b", "2024-01-01", 5), ("b", "2024-01-03", 4)]
    spend = spend_summary(make_purchases(orders, END).purchase_days, END)
    assert spend[["frequency", "mean_spend", "customers"]].to_numpy().tolist() == [[1, 0, 1], [1, 4, 1]]
