"""What somebody of the trade would look at: prices, growth, hours, consent, goods, who says what where."""

from itertools import pairwise

import pytest

from relops.data.demo.settings import company as facts
from relops.data.demo.voice import voice


@pytest.fixture(scope="module")
def large(land):
    return land(customers=20_000, seed=4)


@pytest.fixture(scope="module")
def truth(large):
    return large.truth


LOCAL = "timezone('Asia/Shanghai', {})"
SOLD = "orders WHERE status = 'completed' AND NOT is_refund"


def test_list_prices_rise_each_spring_by_what_the_truth_says(large, truth):
    """A split of the change of sales into prices and quantities finds the drift in the prices."""
    index = f"""
        WITH sold AS (SELECT product, sum(amount + discount)::DOUBLE AS money, sum(quantity)::DOUBLE AS packs,
                date_diff('month', DATE '2023-07-01', CAST(ordered_at AS DATE)) // 12 AS year FROM {SOLD} GROUP BY ALL)
        SELECT sum(b.money / b.packs * a.packs) / sum(a.money) FROM sold a JOIN sold b USING (product)
        WHERE a.year = {{}} AND b.year = {{}}"""
    drift = truth["customers"]["price_drift_year"]
    for first, last in ((0, 1), (1, 2)):
        assert large.engine.value(index.format(first, last)) == pytest.approx(1 + drift, abs=0.004)
    # between two rises a product has one price
    prices = large.engine.rows(f"""
        SELECT product, year(ordered_at + INTERVAL 9 MONTH), max((amount + discount) / quantity)
            - min((amount + discount) / quantity) FROM {SOLD} AND strftime({LOCAL.format('ordered_at')}, '%m-%d') NOT IN
            ('03-31', '04-01') GROUP BY 1, 2""")
    assert len(prices) == 24 * 4 and max(abs(float(spread)) for *_, spread in prices) < 0.01


def test_pieces_are_sold_at_list_price_times_count(large):
    boxes = {name: price for entry in facts()["categories"] if not entry["weighed"]
             for name, price in entry["products"].items()}
    found = large.engine.rows(f"SELECT product, min(amount + discount), sum(amount + discount - quantity * "
                              f"round((amount + discount) / quantity)) FROM {SOLD} AND category IN ('茶具', '礼盒') "
                              "AND ordered_at < TIMESTAMPTZ '2024-03-31' GROUP BY 1")
    assert {product: float(price) for product, price, _ in found} == boxes
    assert all(abs(float(rest)) < 0.01 for *_, rest in found)


def test_orders_grow_as_the_company_is_said_to_and_the_first_month_is_no_outlier(large):
    years = [count for _, count in large.engine.rows(
        f"SELECT date_diff('month', DATE '2023-07-01', CAST(ordered_at AS DATE)) // 12, count(*) FROM {SOLD} "
        "GROUP BY 1 ORDER BY 1")]
    growth = 1 + facts()["calendar"]["growth_year"]
    assert [later / earlier for earlier, later in pairwise(years)] == pytest.approx(
        [growth, growth], abs=0.03)
    july = [count for count, in large.engine.rows(f"SELECT count(*) FROM {SOLD} AND month(ordered_at) = 7 "
                                                  "GROUP BY year(ordered_at) ORDER BY year(ordered_at)")]
    assert [later / earlier for earlier, later in pairwise(july)] == pytest.approx(
        [growth, growth], abs=0.06)


def test_goods_come_in_the_proportions_of_the_trade(large):
    share = dict(large.engine.rows(f"SELECT category, sum(amount) / (SELECT sum(amount) FROM {SOLD}) FROM {SOLD} "
                                   "GROUP BY 1"))
    assert 0.06 < share["茶具"] < 0.129 and 0.12 < share["礼盒"] < 0.2
    gifts = dict(large.engine.rows(f"SELECT month(ordered_at), sum(amount) FILTER (category = '礼盒') / sum(amount) "
                                   f"FROM {SOLD} GROUP BY 1"))
    assert gifts[9] > 0.25 < gifts[1] and gifts[6] < 0.15


def test_stores_are_open_by_day_and_people_are_invited_awake(large):
    first, last = large.engine.rows(f"SELECT min({LOCAL.format('ordered_at')}::TIME), "
                                    f"max({LOCAL.format('ordered_at')}::TIME) FROM orders WHERE channel = 'store'")[0]
    assert str(first) >= "09:00" and str(last) < "22:00"
    night = large.engine.value(f"SELECT avg((hour({LOCAL.format('ordered_at')}) NOT BETWEEN 9 AND 21)::INTEGER) "
                               "FROM orders WHERE channel <> 'store'")
    assert 0.1 < night < 0.3
    assert str(large.engine.value(f"SELECT min({LOCAL.format('touched_at')}::TIME) FROM touches "
                                  "WHERE event = 'visit'")) >= "09:00"
    awake = large.engine.value(f"SELECT avg((hour({LOCAL.format('invited_at')}) BETWEEN 8 AND 22)::INTEGER) "
                               "FROM referrals")
    assert awake > 0.985  # but for who was brought at night by the web shop within the hour
    assert large.engine.value("SELECT count(*) FROM referrals WHERE accepted_at < invited_at "
                              "OR first_order_at < accepted_at") == 0


def test_who_said_no_or_left_the_list_hears_nothing_more(large, truth):
    assert large.engine.value("SELECT count(*) FROM touches t JOIN customers c USING (customer_id) WHERE t.event = "
                              "'sent' AND NOT c.consent_marketing AND t.touched_at > c.consent_changed_at") == 0
    left = large.engine.rows("SELECT a.customer_id, c.consent_marketing, c.consent_changed_at > a.assigned_at "
                             "FROM assignments a JOIN customers c USING (customer_id) WHERE a.opted_out")
    assert len(left) > 200 and {row[1:] for row in left} == {(False, True)}
    unlike = large.engine.value("SELECT avg((consent_changed_at <> first_seen_at)::INTEGER) FROM customers "
                                "WHERE consent_marketing IS NOT NULL")
    assert 0.3 < unlike < 0.6
    # written to without a yes at the time
    early = large.engine.value("SELECT count(*) FROM touches t JOIN customers c USING (customer_id) "
                               "WHERE t.event = 'sent' AND t.strategy_id = 'S5' AND (c.consent_marketing IS NULL OR "
                               "(c.consent_marketing AND c.consent_changed_at > t.touched_at))")
    told = sum(campaign["sent_without_consent"] for campaign in truth["campaigns"].values())
    # but for some who left the list later, whose first answer the table no longer holds
    assert -0.01 * told < told - early < 0.1 * told


def test_the_voucher_is_redeemed(large):
    discount = dict(large.engine.rows("""
        SELECT a.arm, avg(o.discount / (o.amount + o.discount)) FROM assignments a JOIN orders o USING (customer_id)
        WHERE a.experiment_id = 'winback_autumn' AND o.ordered_at > a.assigned_at AND o.status = 'completed'
            AND NOT o.is_refund AND o.ordered_at <= a.assigned_at + INTERVAL 30 DAY GROUP BY 1"""))
    assert discount["voucher"] - discount["control"] == pytest.approx(0.10, abs=0.015)
    assert abs(discount["gift"] - discount["control"]) < 0.015


def test_customers_use_one_or_two_stores_of_their_province_and_households_share_one(large):
    most, mean = large.engine.rows("SELECT max(n), avg(n) FROM (SELECT count(DISTINCT store_id) AS n FROM orders WHERE "
                                   "customer_id IS NOT NULL AND store_id IS NOT NULL GROUP BY customer_id)")[0]
    assert most == 2 and mean > 1.1
    regions = "SELECT max(n) FROM (SELECT count(DISTINCT region) AS n FROM {} GROUP BY {})"
    assert large.engine.value(regions.format("customers WHERE household_id IS NOT NULL", "household_id")) == 1
    assert large.engine.value(regions.format("customers JOIN orders USING (customer_id) WHERE store_id IS NOT NULL",
                                             "store_id")) == 1


def test_open_tickets_are_recent_and_channels_answer_at_their_own_pace(large):
    assert str(large.engine.value("SELECT min(opened_at)::DATE FROM tickets WHERE closed_at IS NULL")) > "2026-05-01"
    median = dict(large.engine.rows("SELECT channel, median(date_diff('second', opened_at, first_response_at)) / 60 "
                                    "FROM tickets GROUP BY 1"))
    assert median["phone"] < 0.7 * median["wechat"] < 0.5 * median["web"]


def test_texts_fit_where_they_are_said_and_reviews_are_of_stores(large):
    said = [entry for entries in voice()["opinions"].values() for entry in entries if "at" in entry or "goods" in entry]
    for entry in said:
        for language in ("zh", "en"):
            text = entry[language].replace("'", "''")
            places = {place for place, in large.engine.rows(
                f"SELECT DISTINCT touchpoint FROM feedback WHERE starts_with(text, '{text}')")}
            assert places <= set(entry.get("at", places)), entry
    assert large.engine.rows("SELECT count(*) FILTER (store_id IS NULL), count(*) > 500 FROM feedback WHERE kind = "
                             "'review'") == [(0, True)]
