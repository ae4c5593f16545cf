"""The company at a glance: every part on records whose answer is known, and none where the data lack it."""

from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

from relops.data.company_page import (
    NOT_RECORDED,
    basket_summary,
    buyer_summary,
    cause_summary,
    channel_summary,
    company_page,
    net_promoter_score,
    net_promoter_summary,
    season_index,
)
from relops.data.company_page_findings import (
    channel_table,
    company_exhibits,
    plot_channels,
    say_causes,
    say_net_promoters,
    say_season,
)
from relops.exhibits import Evidence, Figure, Finding, plain, render_finding, render_sentence
from relops.notebook.display import bundle
from relops.store import OTHER, Store


def table(**columns):
    return ibis.duckdb.connect().create_table("t", pd.DataFrame(columns))


def months(orders):
    starts = pd.date_range("2024-01-01", periods=len(orders), freq="MS")
    return pd.DataFrame({"month": starts, "orders": orders})


@pytest.fixture
def purchases():
    return table(channel=["@web"] * 60 + ["shop"] * 25 + [None] * 12 + ["fair"] * 3,
                 amount=[10.0] * 60 + [40.0] * 25 + [20.0] * 15, net_amount=[10.0] * 60 + [40.0] * 25 + [20.0] * 15)


@pytest.fixture
def feedback():
    return table(kind=["nps"] * 102 + ["csat"], score=[10.0] * 50 + [7.0] * 30 + [2.0] * 20 + [None, 12.0, 5.0],
                 scale_max=[10.0] * 103)


def test_channels_add_up_and_small_ones_are_merged(purchases):
    frame = channel_summary(purchases)
    assert list(frame["channel"]) == ["web", "shop", NOT_RECORDED, OTHER]
    assert list(frame["orders"]) == [60, 25, 12, 3]
    assert frame["order_share"].sum() == pytest.approx(1) and frame["net_share"].iloc[1] == 1000 / 1900
    assert list(frame["median"].iloc[:2]) == [10, 40] and pd.isna(frame["median"].iloc[-1])


def test_usual_words_of_systems_are_said_in_both_languages_and_others_stand(purchases):
    frame = channel_summary(purchases)
    assert list(channel_table(frame, "CNY").frame["channel"]) == ["@data.company.word.web", "shop", NOT_RECORDED, OTHER]
    figure = plot_channels(frame, frame.iloc[0])
    titles = [plain(render_sentence(figure.title, language, figure.numbers, figure.words)) for language in ("zh", "en")]
    assert titles[0].startswith("“网店”") and titles[1].startswith("“Web shop”")
    said, = say_causes(cause_summary(table(category=["delivery"] * 40)))
    assert "“配送”" in plain(render_finding(said, "zh"))


def test_order_values_have_an_interval_and_a_least_number(purchases):
    basket = basket_summary(table(amount=[float(value) for value in range(-1, 101)]))
    assert basket.orders == 100 and basket.median.value == basket.mean.value == 50.5
    assert (basket.median.low, basket.median.high) == pytest.approx((40.8, 60.2), abs=0.05)
    assert basket.mean.high - basket.mean.value == pytest.approx(1.959964 * 29.011492 / 10)
    assert basket_summary(table(amount=[5.0] * 29)) is None


def test_buyers_are_counted_by_purchase_day():
    days = table(customer_id=[f"c{number}" for number in range(30)] + ["c0", "c1", "c1", "c2"])
    buyers = buyer_summary(days)
    assert (buyers.customers, buyers.repeat_rate.value) == (30, 0.1)
    # Wilson (1927), three of thirty
    assert (buyers.repeat_rate.low, buyers.repeat_rate.high) == pytest.approx((0.03460, 0.25620), abs=5e-5)
    assert buyers.days_per_customer.value == pytest.approx(34 / 30)
    assert buyer_summary(table(customer_id=["a"] * 29)) is None


def test_the_calendar_wants_each_month_of_the_year():
    season = season_index(months([10] * 11 + [20, 30]))
    assert list(season["years"]) == [2] + [1] * 11
    assert season["index"].mean() == pytest.approx(1) and season["index"].iloc[0] == season["index"].iloc[-1]
    assert season_index(months([10] * 11)) is None and season_index(months([])) is None
    assert plain(render_finding(say_season(season), "en")).startswith("January is the strongest")


def test_net_promoter_score_counts_answers_on_the_scale_alone(feedback):
    found = net_promoter_summary(feedback)
    assert (found.answers, found.rows, found.score.value) == (100, 102, pytest.approx(30))
    # (50.75 - 20.75) / 103 and its spread, worked by hand
    assert (found.score.low, found.score.high) == pytest.approx((14.05, 44.20), abs=0.01)
    assert net_promoter_score(40, 0, 40).high == 100
    assert net_promoter_summary(table(kind=["csat"], score=[5.0])) is None
    assert net_promoter_summary(table(kind=["nps"])) is None


def test_too_few_answers_are_not_scored():
    found = net_promoter_summary(table(kind=["nps"] * 29, score=[9.0] * 29))
    assert found.score is None and say_net_promoters(found).numbers["score"].tag == "N"


def test_causes_say_what_is_open_only_where_closing_is_recorded():
    category = ["late"] * 30 + ["price"] * 10 + [None] * 4
    frame = cause_summary(table(category=category, closed_at=pd.to_datetime(["2024-01-01"] * 28 + [None] * 16)))
    assert frame.to_dict("list") == {"category": ["late", "price", OTHER], "tickets": [30, 10, 4],
                                     "open": [2, 10, 4], "share": [30 / 44, 10 / 44, 4 / 44]}
    assert "open" not in cause_summary(table(category=category))
    assert cause_summary(table(ticket_id=["a"])) is None


def test_what_is_absent_shows_nothing():
    absent = SimpleNamespace(**dict.fromkeys(("purchases", "purchase_days", "feedback", "tickets")))
    assert company_exhibits(company_page(absent, months([])), "CNY") == []


def test_everything_can_be_stored_and_drawn_in_both_languages(purchases, feedback, tmp_path, recwarn):
    days = table(customer_id=[f"c{number % 40}" for number in range(60)])
    tickets = table(category=["late"] * 40, closed_at=pd.to_datetime(["2024-01-01"] * 40))
    tables = SimpleNamespace(purchases=purchases, purchase_days=days, feedback=feedback, tickets=tickets)
    page = company_page(tables, months([5] * 12))
    store = Store(tmp_path, "01_data_and_scope", ("zh", "en"), ("2024-01-01", "2024-12-31"))
    shown = [store.add(exhibit) for exhibit in company_exhibits(page, "CNY")]
    assert {exhibit.id for exhibit in shown} == {
        "data.channels.figure", "data.channels.table", "data.basket.finding", "data.buyers.finding",
        "data.season.finding", "data.season.figure", "satisfaction.nps.finding",
        "ticket.causes.finding", "ticket.causes.table"}
    for exhibit in shown:
        for language in ("zh", "en"):
            assert not isinstance(exhibit, Finding) or plain(render_finding(exhibit, language))
            assert not isinstance(exhibit, Figure) or (tmp_path / f"{exhibit.id}.{language}.svg").exists()
    assert [str(w.message) for w in recwarn if "Glyph" in str(w.message)] == []


def test_a_day_in_the_list_of_numbers_names_its_table():
    days = [Evidence(f"data.{name}.first_day", "2024-01-01", "date") for name in ("tickets", "touches")]
    shown = bundle(days, "zh")["text/plain"]
    assert "最早一天" in shown and "工单" in shown and "触达" in shown
