"""What came in, asked of the engine and said: on a handful of records whose every count is known."""

import datetime
from dataclasses import replace
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

from relops.data.audit import Audit, ControlTotals, ExcludedMonth, InputFile, Refunds, RowReason, SourceCounts
from relops.data.control import control_exhibits, control_frame, say_control
from relops.data.figures import plot_fill, plot_months
from relops.data.findings import (
    check_exhibits,
    check_results,
    file_table,
    fill_exhibits,
    intake_exhibits,
    month_table,
    reason_exhibits,
    say_identity,
    say_missing,
    say_months,
    scope_exhibits,
)
from relops.data.profile import profile_data
from relops.exhibits import Evidence, Finding, Missing, Table, plain, render_finding
from relops.store import Store
from relops.style import use_style

DAY = datetime.date
TABLES = ["orders", "customers", "touches", "assignments", "feedback", "tickets", "referrals", "mentions",
          "purchases", "purchase_days"]


def audit(*counts: SourceCounts, **changes) -> Audit:
    with_orders = any(count.table == "orders" for count in counts)
    base = {
        "counts": counts, "warnings": (),
        "spans": {"orders": (DAY(2024, 1, 5), DAY(2024, 2, 12))} if with_orders else {},
        "refusals": (RowReason("orders", "a", "no_date", "ordered_at", 2, "a.csv", 7),),
        "excluded": (ExcludedMonth("orders", "after_end", DAY(2024, 3, 1), 2),
                     ExcludedMonth("orders", "status", DAY(2024, 3, 1), 1)),
        "files": (InputFile("orders", "a", "data/a.csv", "00", 11, DAY(2024, 3, 31)),),
        "refunds": Refunds(1, 8.0, 6.0, 2.0), "data_start": DAY(2024, 1, 5), "data_end": DAY(2024, 2, 29),
        "timezone": "Asia/Shanghai", "currency": "CNY"}
    return Audit(**(base | changes))


def tables(**given: pd.DataFrame) -> SimpleNamespace:
    backend = ibis.duckdb.connect()
    made = {name: backend.create_table(name, frame) for name, frame in given.items()}
    return SimpleNamespace(**{name: made.get(name) for name in TABLES})


@pytest.fixture
def profile():
    orders = pd.DataFrame({
        "record": range(5), "customer_id": ["a", "a", None, "b", "b"],
        "ordered_on": pd.to_datetime(["2024-01-05", "2024-02-01", "2024-02-03", "2024-02-10", "2024-02-12"]),
        "amount": [10.0, 20.0, 5.0, 30.0, -8.0], "is_refund": [False, False, False, False, True],
        "channel": ["web", None, None, "shop", None]})
    purchases = orders[~orders["is_refund"]].assign(net_amount=[10.0, 20.0, 5.0, 24.0])
    days = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount": [10.0, 20.0, 24.0], "orders": [1, 1, 1]})
    feedback = pd.DataFrame({"customer_id": ["a", "c", "d", None], "score": [9.0, None, 3.0, 4.0]})
    referrals = pd.DataFrame({"referrer_id": ["a", "b"], "referee_id": ["b", "x"]})
    counts = (SourceCounts("orders", "a", 11, 5, 1, 0, 3, 2, 1),
              SourceCounts("feedback", "f", 4, 4, 0, 0, 0, 0, 1),
              SourceCounts("referrals", "r", 2, 2, 0, 0, 0, 0, 0))
    given = {"orders": orders, "purchases": purchases, "purchase_days": days, "feedback": feedback,
             "referrals": referrals}
    return profile_data(tables(**given), audit(*counts))


def by_id(exhibits) -> dict:
    return {exhibit.id: exhibit for exhibit in exhibits}


def numbers(exhibits) -> dict:
    records = [r for e in exhibits for r in (e.numbers.values() if isinstance(e, Finding) else [e])
               if isinstance(r, Evidence)]
    return {record.id: record.value for record in records}


def test_classes_of_every_table_exist(profile):
    exhibits = intake_exhibits(profile)
    found = numbers(exhibits)
    assert [found[f"data.orders.{name}"] for name in (
        "rows_in", "rows_used", "rows_merged", "rows_superseded", "rows_excluded", "rows_refused",
        "rows_anonymous")] == [11, 5, 1, 0, 3, 2, 1]
    assert found["data.mentions.rows_in"] == found["data.tickets.rows_refused"] == 0
    assert (found["data.tables.supplied"], found["data.tables.total"]) == (3, 8)
    table = by_id(exhibits)["data.classes.table"]
    came_in = ("orders", "feedback", "referrals")
    assert list(table.frame["label"]) == [f"@data.table.{name}" for name in came_in]
    said = plain(render_finding(by_id(exhibits)["data.orders.intake.finding"], "zh"))
    assert said.startswith("订单：读入 11 行，成为记录 5 行，并入已有记录 1 行")
    assert said.endswith("五类相加等于读入行数。")


def test_scope_refunds_and_anonymous_orders(profile):
    exhibits = scope_exhibits(profile, "CNY")
    found = numbers(exhibits)
    assert found["data.orders.orders"] == 4
    assert found["data.customers.count"] == 2
    assert found["data.orders.gross"] == 65.0 and found["data.orders.net"] == 59.0
    assert found["data.orders.months"] == 2 and found["data.orders.first_day"] == "2024-01-05"
    assert found["data.refunds.total"] == 8.0 and found["data.refunds.unmatched"] == 2.0
    assert found["data.orders.rows_anonymous"] == 1
    assert found["data.orders.anonymous_share"] == pytest.approx(1 / 6)
    messages = {finding.id: finding.message for finding in exhibits}
    assert messages["data.refunds.finding"] == "data.finding.refunds.unmatched"
    assert messages["data.anonymous.finding"] == "data.finding.anonymous.some"


def test_months_show_what_was_left_out(profile):
    frame = month_table(profile, "CNY").frame
    assert list(frame["month"]) == ["2024-01", "2024-02", "2024-03"]
    assert list(frame["orders"].fillna(0)) == [1, 3, 0]
    assert list(frame["gross"].fillna(0)) == [10.0, 55.0, 0.0]
    assert list(frame["refunds"].fillna(0)) == [0.0, -8.0, 0.0]
    assert list(frame["rows"]) == [0, 0, 3]


def test_only_whole_months_are_compared(profile):
    assert say_months(profile) == []  # January begins on its fifth day
    profile.audit.spans["orders"] = (DAY(2024, 1, 1), DAY(2024, 2, 12))
    found = numbers(say_months(profile))
    assert found == {"data.months.highest": 3, "data.months.highest_month": "2024-02",
                     "data.months.lowest": 1, "data.months.lowest_month": "2024-01"}


def test_fill_and_identity(profile):
    fill = numbers(fill_exhibits(profile.fill))
    assert fill["data.orders.customer_id.fill"] == pytest.approx(4 / 5)
    assert fill["data.orders.channel.fill"] == pytest.approx(2 / 5)
    assert fill["data.orders.fill"] == pytest.approx((1 + 4 / 5 + 2 / 5) / 3)
    assert (fill["data.orders.columns"], fill["data.orders.columns_with_gaps"]) == (3, 2)
    assert "data.orders.record.fill" not in fill and "data.orders.is_refund.fill" not in fill
    found = numbers(say_identity(profile.identity))
    assert found == {"data.feedback.identity_match": pytest.approx(1 / 3), "data.feedback.persons": 3,
                     "data.referrals.identity_match": pytest.approx(2 / 3), "data.referrals.persons": 3}


def test_checks_pass_and_each_can_fail(profile):
    end = DAY(2024, 2, 29)
    good = check_results(profile, end)
    assert len(good) == 5 and all(good.values())
    finding, table = check_exhibits(good)
    assert finding.message == "data.finding.checks.all" and len(table.frame) == 5
    assert not check_results(profile, DAY(2024, 2, 11))["none_after_end"]
    for name, changes in {"no_order_below_zero": {"lowest_net": -1.0}, "refunds_settled": {"gross": 66.0},
                          "days_add_up": {"days_net": 53.0}}.items():
        profile.totals.update(changes)
        assert not check_results(profile, end)[name], name
    profile.classes.loc[0, "rows_in"] = 12
    assert not check_results(profile, end)["classes_add_up"]
    finding, _ = check_exhibits(check_results(profile, end))
    assert finding.message == "data.finding.checks.some"


def test_the_clients_own_totals_stand_beside_ours(profile):
    def said(january, february, covered=True):
        totals = (ControlTotals(DAY(2024, 1, 1), 1, january, 0.0), ControlTotals(DAY(2024, 2, 1), 3, february, 8.0))
        frame = control_frame(replace(profile, audit=replace(profile.audit, control=totals)))
        # the data begin on 5 January, so that month is no whole one
        assert list(frame["covered"]) == [False, True]
        return say_control(frame.assign(covered=covered), "CNY")

    ours = dict(zip(profile.months["month"].dt.month, profile.months["gross"], strict=True))
    assert ours == {1: 10.0, 2: 55.0}
    for january, february, verdict in ((10.0, 55.0, "agrees"), (10.0, 54.9, "close"), (10.2, 54.9, "months_differ"),
                                       (10.0, 50.0, "differs"), (10.0, 47.0, "net_agrees")):
        assert said(january, february).words["verdict"] == f"data.word.{verdict}", (january, february)
    finding = said(10.0, 50.0)
    assert {name: record.value for name, record in finding.numbers.items()} == {
        "months": 2, "ours": 65.0, "theirs": 60.0, "difference": 5.0, "share": pytest.approx(5 / 60),
        "worst_month": "2024-02", "worst_share": pytest.approx(0.1)}
    totals = (ControlTotals(DAY(2024, 2, 1), 3, 50.0, 8.0),)
    exhibits = control_exhibits(replace(profile, audit=replace(profile.audit, control=totals)), "CNY")
    assert [exhibit.id for exhibit in exhibits] == [
        "data.control.finding", "data.control.orders.finding", "data.control.refunds.finding", "data.control.table"]
    assert exhibits[1].numbers["difference"].value == 0 and exhibits[2].numbers["difference"].value == 0.0
    assert list(exhibits[3].frame["month"]) == ["2024-02"]
    assert control_exhibits(profile, "CNY") == []


def test_refusals_and_files_are_listed(profile):
    refusals, = reason_exhibits(profile)
    assert refusals.id == "data.refusals.table"
    assert list(refusals.frame.iloc[0]) == ["@data.table.orders", "@data.reason.no_date",
                                            "@data.column.ordered_at", 2]
    assert list(file_table(profile).frame["file"]) == ["data/a.csv"]


def test_gaps_are_named(profile):
    def codes(*arguments):
        return [(gap.id, gap.code, gap.field) for gap in say_missing(*arguments)]

    assert codes(profile, False) == [("data.customers.missing", "M1", "customers"),
                                     ("data.control.missing", "M4", "data.control")]
    feedback = pd.DataFrame({"customer_id": ["a"], "score": [3.0]})
    alone = profile_data(tables(feedback=feedback), audit(
        SourceCounts("feedback", "f", 1, 1, 0, 0, 0, 0, 0), excluded=()))
    assert codes(alone, False) == [("data.orders.missing", "M1", "orders"),
                                   ("data.customers.missing", "M1", "customers")]
    assert scope_exhibits(alone, "CNY") == [] and say_identity(alone.identity) == []
    assert check_results(alone, None) == {"classes_add_up": True}
    assert numbers(intake_exhibits(alone))["data.orders.rows_in"] == 0


def test_everything_can_be_stored_and_drawn_in_both_languages(profile, tmp_path):
    store = Store(tmp_path, "01_data_and_scope", ("zh", "en"), ("2024-01-05", "2024-02-29"))
    exhibits = [*intake_exhibits(profile), *scope_exhibits(profile, "CNY"), *say_identity(profile.identity),
                *fill_exhibits(profile.fill), plot_fill(profile.fill, 24), plot_months(profile, "CNY"),
                month_table(profile, "CNY"), *check_exhibits(check_results(profile, DAY(2024, 2, 29))),
                *say_missing(profile, False), file_table(profile)]
    for exhibit in exhibits:
        shown = store.add(exhibit)
        if isinstance(shown, Finding):
            assert all(plain(render_finding(shown, language)) for language in ("zh", "en"))
        drawn = (tmp_path / f"{shown.id}.zh.svg").exists()
        assert drawn or isinstance(shown, (Finding, Evidence, Table, Missing))
    assert store.records["evidence"]["data.customers.count"]["tag"] == "N"  # two persons are too few to show


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_carry_words_of_their_language_and_miss_no_glyph(profile, language, recwarn):
    with use_style(language):
        drawn = plot_months(profile, "CNY").draw(language)
        drawn.canvas.draw()
        above, below = drawn.axes
        assert above.get_ylabel() == {"zh": "订单数", "en": "Orders"}[language]
        heights = {bars.get_label(): [bar.get_height() for bar in bars] for bars in above.containers}
        words = {"zh": ("计入", "不足整月", "未计入"), "en": ("counted", "month not complete", "left out")}
        assert heights == dict(zip(words[language], [[3], [1], [3]], strict=True))
        assert [bar.get_height() for bar in below.containers[-1]] == [-8]
        bars = plot_fill(profile.fill, 3).draw(language)
        bars.canvas.draw()
        assert len(bars.axes[0].get_yticks()) == 3
    assert [str(w.message) for w in recwarn if "Glyph" in str(w.message)] == []
