"""What a perfect analyst would find: true values under the evidence ids that the notebooks publish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relops.data.demo.campaigns import programme
from relops.data.demo.feedback import store_satisfaction
from relops.data.demo.future import HORIZONS
from relops.data.demo.settings import DemoSettings, company
from relops.data.demo.tables import store_names
from relops.data.demo.tally import F_STAR, Tally
from relops.data.demo.tickets import service
from relops.data.demo.truth_experiments import CURRENCY, experiment_evidence, experiment_notes
from relops.data.demo.voice import text_polarities, voice

# evidence from which refused rows, split customers and a slow till lead a correct run away
LED_AWAY = ("diagnosis.", "rfm.", "data.buyers.")
DIRT_NOTE = ("data.orders.* is what is left behind the door; what is counted from spoilt orders ("
             + ", ".join(LED_AWAY) + ") is not told, all other evidence is that of the clean company")
STOP_LATER_NOTE = ("customers of this edition stop after a repeat purchase, never at the first (BG/NBD): MBG/NBD, by "
                   "which the notebook counts, lets them stop there too and so finds fewer active")
VALUE_NOTE = ("sum over customers of the purchases of the coming year, expected under the own rate and stopping, times "
              "the mean basket, at the prices of the time, discounted at the brief's annual rate; realised: what came")
MARGIN_NOTE = (", less refunds, times the margin of the future's purchases. Prices rise: a model of spend that takes "
               "past baskets for those to come finds a few hundredths less")
GROUPS = ("loyal", "riser", "dormant", "churned")


def tell_truth(tally: Tally, rows: Mapping[str, int]) -> dict[str, Any]:
    """Return the content of ``truth.json``: ``edition``, ``evidence`` (id → value and unit) and, where no evidence id
    fits, ``customers``, ``campaigns``, ``experiments`` and ``service``."""
    settings = tally.settings
    evidence = _data(tally, rows) | _diagnosis(tally) | _groups(tally) | _lifetime_value(tally)
    truth: dict[str, Any] = {"edition": _edition(settings), "evidence": evidence, "customers": _customers(tally)}
    if not settings.plain:
        truth["evidence"] |= experiment_evidence(tally) | _service(tally)
        truth["service"], truth["stored_value"] = _causes(tally), _stored_value(tally)
        truth["campaigns"] = {entry["id"]: _campaign(tally, entry) for entry in programme()["campaigns"]["list"]}
        if settings.dirty:
            truth["dirt"] = tally.dirt | {"note": DIRT_NOTE}
            evidence = truth["evidence"] | _after_dirt(tally, rows["orders"])
            truth["evidence"] = {name: value for name, value in evidence.items() if not name.startswith(LED_AWAY)}
        if settings.exports:
            truth["exports"] = tally.exports
        truth["experiments"] = {name: experiment_notes(tally, name) for name in tally.trials}
    return truth


def _edition(settings: DemoSettings) -> dict[str, Any]:
    return {"customers": settings.customers, "seed": settings.seed, "plain": settings.plain, "dirty": settings.dirty,
            "exports": settings.exports,
            "first_day": settings.first_day.isoformat(), "last_day": settings.last_day.isoformat(),
            "future_weeks": settings.future_weeks, "purchasing": settings.purchasing}


def record(value: float, unit: str, **more: Any) -> dict[str, Any]:
    """Return one true value as it stands in ``truth.json``."""
    return {"value": value, "unit": unit, **more}


def _data(tally: Tally, rows: Mapping[str, int]) -> dict[str, Any]:
    counts, evidence = tally.counts, {}
    for table, number in rows.items():
        left_out = counts["cancelled"] + counts["recharges"] if table == "orders" else 0
        by_class = {"rows_in": number, "rows_used": number - left_out, "rows_excluded": left_out, "rows_merged": 0,
                    "rows_superseded": 0, "rows_refused": 0}
        evidence |= {f"data.{table}.{name}": record(value, "rows") for name, value in by_class.items()}
    evidence["data.orders.rows_anonymous"] = record(counts["anonymous"], "rows")
    gross, refunded = counts["orders_cents"] / 100, -counts["refunds_cents"] / 100
    return evidence | {
        "data.orders.orders": record(counts["orders"], "orders"),
        "data.orders.gross": record(gross, CURRENCY),
        "data.orders.net": record(round(gross - refunded, 2), CURRENCY),
        "data.refunds.total": record(refunded, CURRENCY),
        "data.customers.count": record(counts["customers"], "customers")}


def _after_dirt(tally: Tally, rows_in: int) -> dict[str, Any]:
    """Return where the rows of spoilt order files land, and the orders and money that are left."""
    counts, dirt = tally.counts, tally.dirt
    classes = {"rows_in": rows_in, "rows_merged": dirt["duplicates"], "rows_superseded": dirt["superseded_rows"],
               "rows_refused": dirt["unparsable_dates"], "rows_excluded": counts["cancelled"] + counts["recharges"]}
    classes["rows_used"] = 2 * rows_in - sum(classes.values())
    gross, lost = counts["orders_cents"] / 100, dirt["refused_amount"]
    return {f"data.orders.{name}": record(value, "rows") for name, value in classes.items()} | {
        "data.orders.orders": record(counts["orders"] - dirt["unparsable_dates"], "orders"),
        "data.orders.gross": record(round(gross - lost, 2), CURRENCY),
        "data.orders.net": record(round(gross - lost + counts["refunds_cents"] / 100, 2), CURRENCY)}


def _diagnosis(tally: Tally) -> dict[str, Any]:
    counts = tally.counts
    net = (counts["orders_cents"] + counts["refunds_cents"]) / 100
    return {
        "diagnosis.customers": record(counts["customers"], "customers"),
        "diagnosis.repeat_customers": record(counts["repeat_customers"], "customers"),
        "diagnosis.repeat_rate": record(counts["repeat_customers"] / counts["customers"], "share"),
        "data.buyers.repeat_rate": record(counts["repeat_customers"] / counts["customers"], "share"),
        "data.buyers.days_per_customer": record(counts["purchase_days"] / counts["customers"], "ratio"),
        "diagnosis.orders": record(counts["orders"], "orders"),
        "diagnosis.revenue": record(round(net, 2), CURRENCY),
        "diagnosis.order_value": record(net / counts["orders"], CURRENCY),
        "diagnosis.anonymous.revenue": record(counts["anonymous_cents"] / 100, CURRENCY)}


def _groups(tally: Tally) -> dict[str, Any]:
    limits = tally.gap_quantile(0.80), tally.gap_quantile(0.95)
    first, second = (int(limit) + 1 for limit in limits)
    few, many = tally.recency[:, 0], tally.recency[:, 1]
    sizes = (many[:first].sum(), few[:first].sum(), tally.recency[first:second].sum(), tally.recency[second:].sum())
    evidence = {f"rfm.group.{group}.customers": record(int(size), "customers")
                for group, size in zip(GROUPS, sizes, strict=True)}
    return evidence | {
        "rfm.f_star": record(F_STAR, "count"), "rfm.gaps.count": record(int(tally.gaps.sum()), "count"),
        "rfm.r1_days": record(limits[0], "days"), "rfm.r2_days": record(limits[1], "days")}


def _lifetime_value(tally: Tally) -> dict[str, Any]:
    """Return what is to come, and in the plain edition the parameters that a fit is to find."""
    settings, counts = tally.settings, tally.counts
    weeks = settings.future_weeks
    evidence = {
        "lifetime_value.expected_purchases.total": record(
            tally.expected[f"{weeks}.purchases"], "purchases", realised=counts[f"future.{weeks}.days"],
            note="sum of (1 - exp(-rate x stopping x weeks)) / stopping over active customers"),
        "lifetime_value.bg_nbd.alive": record(
            counts["active_repeat"] / (counts["customers"] - counts["once"]), "share"),
        "lifetime_value.active.customers": record(counts["active"], "customers"),
        "lifetime_value.active.share": record(counts["active"] / counts["customers"], "share"),
        "lifetime_value.active.single_day_share": record(counts["active_once"] / max(counts["once"], 1), "share")}
    evidence |= _value(tally)
    if settings.plain:
        # nobody stops at the first purchase here: a model that thinks so finds fewer active
        for name, value in evidence.items():
            if ".active." in name:
                value["note"] = STOP_LATER_NOTE
        law = settings.purchasing
        for model, names in (("bg_nbd", ("r", "alpha", "a", "b")), ("gamma_gamma", ("p", "q", "v"))):
            evidence |= {f"lifetime_value.{model}.{name}": record(law[name], "parameter") for name in names}
    return evidence


def _value(tally: Tally) -> dict[str, Any]:
    """Return what the coming year is worth today: margin where the company knows it, else revenue."""
    settings, expected, customers = tally.settings, tally.expected, tally.counts["customers"]
    if settings.plain:
        measure, total, rate, note = "revenue_value", "revenue_value", 1.0, VALUE_NOTE
    else:
        # customers' money comes back to some extent, and what stays leaves a margin
        kept = 1 + tally.counts["refunds_cents"] / (tally.counts["orders_cents"] - tally.counts["anonymous_cents"])
        measure, total, note = "clv", "customer_equity", VALUE_NOTE + MARGIN_NOTE
        rate = kept * expected["margin_cents"] / max(expected["paid_cents"], 1)
    worth, came = (rate * expected[name] / 100 for name in ("worth_cents", "discounted_cents"))
    return {f"lifetime_value.{total}": record(worth, CURRENCY, realised=came, note=note),
            f"lifetime_value.{measure}.per_customer": record(worth / customers, CURRENCY)}


def _customers(tally: Tally) -> dict[str, Any]:
    counts = tally.counts
    future = {str(weeks): {
        "expected_purchases": tally.expected[f"{weeks}.purchases"], "purchase_days": counts[f"future.{weeks}.days"],
        "orders": counts[f"future.{weeks}.orders"], "expected_spend": tally.expected[f"{weeks}.cents"] / 100,
        "spend": counts[f"future.{weeks}.cents"] / 100} for weeks in HORIZONS}
    return {"active": counts["active"], "purchase_days": counts["purchase_days"], "future_by_weeks": future,
            "price_drift_year": 0.0 if tally.settings.plain else company()["calendar"]["price_drift_year"]}


def _stored_value(tally: Tally) -> dict[str, Any]:
    """Return the recharges (no revenue) and what of them was used, in money."""
    counts = tally.counts
    return {"recharges": counts["recharges"], "recharged": counts["recharges_cents"] / 100,
            "used": counts["stored_cents"] / 100,
            "balance": (counts["recharges_cents"] - counts["stored_cents"]) / 100}


def _campaign(tally: Tally, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the true effect of a campaign beside what a comparison without a control group would say."""
    told = {name.rsplit(".", 1)[1]: value for name, value in tally.counts.items()
            if name.startswith(f"campaign.{entry['id']}.")}
    sent, unsent = max(told["sent"], 1), max(told["unsent"], 1)
    return {"effect": entry["extra_order"], "window_days": programme()["campaigns"]["window_days"],
            "sent": told["sent"], "extra_orders": told["extra_orders"], "extra_revenue": told["extra_cents"] / 100,
            "naive_difference": told["sent_buyers"] / sent - told["unsent_buyers"] / unsent,
            "sent_without_consent": told["sent_without_consent"]}


def _service(tally: Tally) -> dict[str, Any]:
    """Return what is true of feedback, tickets, referrals and mentions; ``asked`` is what all who were asked would
    have said, ``value`` what those who answered said."""
    counts = tally.counts
    promoted = {name: 100 * (counts[f"feedback.{name}_promoters"] - counts[f"feedback.{name}_detractors"])
                / max(counts[f"feedback.{name}"], 1) for name in ("asked", "answered")}
    invitations = counts["referrals.invitations"]
    incident = voice()["mentions"]["incident"]
    return {
        "satisfaction.nps": record(promoted["answered"], "points", n=counts["feedback.answered"],
                                   asked=promoted["asked"], asked_n=counts["feedback.asked"]),
        "satisfaction.csat.top_two": record(
            counts["feedback.csat_top_two"] / max(counts["feedback.csat_answered"], 1), "share",
            n=counts["feedback.csat_answered"]),
        "satisfaction.ces.mean": record(
            counts["feedback.ces_sum"] / max(counts["feedback.ces_answered"], 1), "parameter",
            n=counts["feedback.ces_answered"]),
        "satisfaction.complaint.count": record(counts["feedback.complaints"], "count"),
        "text.positive.count": record(counts["feedback.texts_positive"], "count"),
        "text.negative.count": record(counts["feedback.texts_negative"], "count"),
        "text.neutral.count": record(counts["feedback.texts_neutral"], "count"),
        "ticket.count": record(counts["tickets.tickets"], "count"),
        "ticket.open": record(counts["tickets.open"], "count"),
        "ticket.reopened": record(counts["tickets.reopened"], "count"),
        "ticket.escalated": record(counts["tickets.escalated"], "count"),
        "word_of_mouth.invitations_per_customer": record(invitations / counts["customers"], "ratio"),
        "word_of_mouth.conversion": record(counts["referrals.accepted"] / max(invitations, 1), "share", n=invitations),
        "word_of_mouth.k": record(counts["referrals.accepted"] / counts["customers"], "ratio", n=counts["customers"]),
        "alarm.incident.first_day": record(incident["day"].isoformat(), "date"),
        "alarm.incident.mentions": record(counts["mentions.incident"], "count")}


def _causes(tally: Tally) -> dict[str, Any]:
    """Return what lies behind the service tables: causes of tickets, satisfaction by store, polarity of texts."""
    weak = store_satisfaction(tally.settings)
    return {"nps_response_rate": tally.counts["feedback.answered"] / max(tally.counts["feedback.asked"], 1),
            "ticket_causes": {entry["id"]: entry["share"] for entry in service()["tickets"]["categories"]},
            "wait_seconds_median": {"queue": service()["queue"], "first_answer": service()["tickets"]["wait_seconds"]},
            "ease_lost_per_doubling_of_hours": service()["ces"]["per_doubling"],
            "tickets_anonymous": tally.counts["tickets.anonymous"],
            "store_satisfaction": dict(zip(store_names(), weak.round(4).tolist(), strict=True)),
            "polarity": text_polarities()}
