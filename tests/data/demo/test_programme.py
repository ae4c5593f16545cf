"""Campaigns, experiments, service and word of mouth: what was drawn is what the truth says, faults included."""

import json
import math

import pytest
from scipy.stats import chisquare

from relops.brief import load_brief

STANDARD_ERRORS = 4


@pytest.fixture(scope="module")
def large(land):
    return land(customers=20_000, seed=3)


@pytest.fixture(scope="module")
def truth(large):
    return json.loads((large.folder / "truth.json").read_text(encoding="utf-8"))


def outcomes(landed, experiment):
    """Arm → subjects, share who bought within thirty days, mean spend, standard errors of both."""
    rows = landed.engine.rows(f"""
        WITH subject AS (
            SELECT a.arm, a.customer_id, coalesce(sum(p.amount), 0)::DOUBLE AS spend, count(p.record) > 0 AS bought
            FROM assignments a LEFT JOIN purchases p ON p.customer_id = a.customer_id
                AND p.ordered_at > a.assigned_at AND p.ordered_at <= a.assigned_at + INTERVAL 30 DAY
            WHERE a.experiment_id = '{experiment}' GROUP BY ALL)
        SELECT arm, count(*), avg(bought::INTEGER), avg(spend), stddev_pop(bought::INTEGER), stddev_pop(spend)
        FROM subject GROUP BY arm""")
    return {arm: (n, bought, spend, bought_sd / math.sqrt(n), spend_sd / math.sqrt(n))
            for arm, n, bought, spend, bought_sd, spend_sd in rows}


@pytest.mark.parametrize(("experiment", "arm"), [
    ("winback_autumn", "voucher"), ("winback_autumn", "gift"), ("checkout_aa", "same"), ("store_tasting", "tasting")])
def test_the_difference_of_arms_is_the_true_effect(large, truth, experiment, arm):
    found = outcomes(large, experiment)
    for metric, place, unit in (("bought", 1, 100), ("spend", 2, 1)):
        effect = unit * (found[arm][place] - found["control"][place])
        error = unit * math.hypot(found[arm][place + 2], found["control"][place + 2])
        true = truth["evidence"][f"experiment.{experiment}.{metric}.{arm}.effect"]["value"]
        assert abs(effect - true) < STANDARD_ERRORS * error, (metric, effect, true, error)


def test_the_voucher_helps_most_and_hurts_the_oldest(truth):
    evidence = truth["evidence"]
    by_age = truth["experiments"]["winback_autumn"]["effect_on_bought_by_age_band"]["voucher"]
    assert by_age["18-24"] > 0.05 > 0 > by_age["55+"]
    assert evidence["experiment.winback_autumn.opted_out.voucher.effect"]["value"] > 1
    assert evidence["experiment.checkout_aa.bought.same.effect"]["value"] == 0


def test_one_assignment_is_broken_and_the_others_are_not(large, truth):
    for name, told in truth["experiments"].items():
        found = {arm: values[0] for arm, values in outcomes(large, name).items()}
        assert found == told["logged"]
        if name == "store_tasting":
            continue
        shares = [told["planned"][arm] * sum(found.values()) for arm in found]
        p_value = chisquare(list(found.values()), shares).pvalue
        assert (p_value < 1e-6) == (name == "member_day"), (name, p_value)
    assert truth["evidence"]["experiment.member_day.decision"]["value"] == "unhealthy"


def test_stores_are_drawn_as_a_whole(large):
    arms = large.engine.rows("SELECT cluster_id, count(DISTINCT arm), any_value(arm) FROM assignments "
                             "WHERE experiment_id = 'store_tasting' GROUP BY cluster_id")
    assert {count for _, count, _ in arms} == {1}
    assert sorted(arm for _, _, arm in arms) == ["control"] * 10 + ["tasting"] * 10


def test_campaigns_reach_the_best_so_that_a_naive_comparison_flatters(truth):
    dull = truth["campaigns"]["summer_cold_brew_2025"]
    assert dull["effect"] == 0 == dull["extra_orders"] and dull["naive_difference"] > 0.03
    for campaign in truth["campaigns"].values():
        assert campaign["naive_difference"] > 1.5 * campaign["effect"]
        assert abs(campaign["extra_orders"] - campaign["effect"] * campaign["sent"]) < 5 * math.sqrt(
            campaign["effect"] * campaign["sent"] + 1)


def test_nobody_who_said_no_is_written_to_and_the_unknown_are_told(large, truth):
    sent = dict(large.engine.rows(
        "SELECT c.consent_marketing, count(*) FROM touches t JOIN customers c USING (customer_id) "
        "WHERE t.event = 'sent' AND t.strategy_id = 'S5' GROUP BY 1"))
    assert set(sent) == {True, None}
    assert sent[None] == sum(campaign["sent_without_consent"] for campaign in truth["campaigns"].values())


def test_feedback_is_what_the_truth_counted(large, truth):
    n, nps = large.engine.rows("SELECT count(*), 100 * (avg((score >= 9)::INTEGER) - avg((score <= 6)::INTEGER)) "
                               "FROM feedback WHERE kind = 'nps'")[0]
    told = truth["evidence"]["satisfaction.nps"]
    assert (n, nps) == (told["n"], pytest.approx(told["value"]))
    # the pleased answer more: what is heard flatters by some points
    assert 5 < told["value"] - told["asked"] < 20
    polarity = truth["service"]["polarity"]
    counts = {"positive": 0, "negative": 0, "neutral": 0}
    for text, number in large.engine.rows("SELECT text, count(*) FROM feedback WHERE text IS NOT NULL GROUP BY 1"):
        counts[polarity[text]] += number
    assert counts == {name: truth["evidence"][f"text.{name}.count"]["value"] for name in counts}
    assert min(counts.values()) > 50


def test_tickets_and_referrals_are_what_the_truth_counted(large, truth):
    evidence = truth["evidence"]
    opened, open_still, again = large.engine.rows(
        "SELECT count(*), count(*) FILTER (closed_at IS NULL), count(reopened_at) FROM tickets")[0]
    assert (opened, open_still, again) == tuple(evidence[f"ticket.{name}"]["value"] for name in (
        "count", "open", "reopened"))
    assert 0 < open_still < 0.1 * opened
    assert large.engine.value("SELECT count(*) FROM tickets WHERE first_response_at < opened_at "
                              "OR closed_at < first_response_at OR reopened_at < closed_at") == 0
    invited, came = large.engine.rows("SELECT count(*), count(first_order_at) FROM referrals")[0]
    assert came / 20_000 == evidence["word_of_mouth.k"]["value"]
    assert came / invited == evidence["word_of_mouth.conversion"]["value"]
    matched = large.engine.value(
        "SELECT count(*) FROM referrals r JOIN customers c ON r.referee_id = c.customer_id "
        "WHERE c.acquisition_channel = 'referral' AND c.first_seen_at = r.first_order_at")
    assert matched == came


def test_the_incident_stands_out(large, truth):
    days = large.engine.rows("SELECT CAST(timezone('Asia/Shanghai', mentioned_at) AS DATE) AS day, count(*) FROM "
                             "mentions WHERE sentiment = 'negative' GROUP BY day ORDER BY 2 DESC, 1 LIMIT 1")
    assert str(days[0][0]) == truth["evidence"]["alarm.incident.first_day"]["value"]
    assert truth["evidence"]["alarm.incident.mentions"]["value"] > 30


def test_both_briefs_are_one_plan(company):
    zh, en = (load_brief(company.folder / name).model_dump() for name in ("brief.yaml", "brief.en.yaml"))

    def numbers(value):
        if isinstance(value, dict):
            return {key: numbers(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [numbers(entry) for entry in value]
        return "text" if isinstance(value, str) else value

    assert numbers(zh) == numbers(en)
    assert zh["client"]["name"] == "山语茶事" and en["client"]["name"] == "Hillside Tea Talk"
    for block in ("goals", "budget", "team", "channels", "strategies", "experiments", "risks", "roadmap"):
        assert zh[block], block
