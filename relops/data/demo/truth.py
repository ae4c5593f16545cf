"""What a perfect analyst would find: true values under the evidence ids that the notebooks publish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relops.data.demo.campaigns import programme
from relops.data.demo.feedback import service, store_satisfaction
from relops.data.demo.settings import DemoSettings, company
from relops.data.demo.tables import store_names
from relops.data.demo.tally import F_STAR, Tally
from relops.data.demo.voice import text_polarities, voice

CURRENCY = "money:CNY"
DIRT_NOTE = ("data.orders.* is what is left behind the door; all other evidence is that of the clean company, from "
             "which the refused rows, the split customers and the slow till lead away")
GROUPS = ("loyal", "riser", "dormant", "churned")


def tell_truth(tally: Tally, rows: Mapping[str, int]) -> dict[str, Any]:
    """Return the content of ``truth.json``: ``edition``, ``evidence`` (id → value and unit) and, where no evidence id
    fits, ``customers``, ``campaigns``, ``experiments`` and ``service``."""
    settings = tally.settings
    evidence = _data(tally, rows) | _diagnosis(tally) | _groups(tally) | _lifetime_value(tally)
    truth: dict[str, Any] = {"edition": _edition(settings), "evidence": evidence, "customers": _customers(tally)}
    if not settings.plain:
        truth["evidence"] |= _experiments(tally) | _service(tally)
        truth["service"] = _causes(tally)
        truth["campaigns"] = {entry["id"]: _campaign(tally, entry) for entry in programme()["campaigns"]["list"]}
        if settings.dirty:
            truth["dirt"] = tally.dirt | {"note": DIRT_NOTE}
            truth["evidence"] |= _after_dirt(tally, rows["orders"])
        truth["experiments"] = {name: _trial(tally, name) for name in tally.trials}
    return truth


def _edition(settings: DemoSettings) -> dict[str, Any]:
    return {"customers": settings.customers, "seed": settings.seed, "plain": settings.plain, "dirty": settings.dirty,
            "first_day": settings.first_day.isoformat(), "last_day": settings.last_day.isoformat(),
            "future_weeks": settings.future_weeks, "purchasing": settings.purchasing}


def record(value: float, unit: str, **more: Any) -> dict[str, Any]:
    """Return one true value as it stands in ``truth.json``."""
    return {"value": value, "unit": unit, **more}


def _data(tally: Tally, rows: Mapping[str, int]) -> dict[str, Any]:
    counts, evidence = tally.counts, {}
    for table, number in rows.items():
        left_out = counts["cancelled"] if table == "orders" else 0
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
               "rows_refused": dirt["unparsable_dates"], "rows_excluded": counts["cancelled"]}
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
    evidence = {
        "lifetime_value.horizon.weeks": record(settings.future_weeks, "weeks"),
        "lifetime_value.expected_purchases.total": record(
            tally.expected["purchases"], "purchases", realised=counts["future_days"],
            note="sum of (1 - exp(-rate x stopping x weeks)) / stopping over active customers"),
        "lifetime_value.revenue_value": record(
            tally.expected["cents"] / 100, CURRENCY, realised=counts["future_cents"] / 100,
            note="undiscounted, at the prices of the first day; realised at the prices of the day"),
        "lifetime_value.bg_nbd.alive": record(counts["active_repeat"] / max(counts["base_repeat"], 1), "share")}
    if settings.plain:
        law = settings.purchasing
        for model, names in (("bg_nbd", ("r", "alpha", "a", "b")), ("gamma_gamma", ("p", "q", "v"))):
            evidence |= {f"lifetime_value.{model}.{name}": record(law[name], "parameter") for name in names}
    return evidence


def _customers(tally: Tally) -> dict[str, Any]:
    counts = tally.counts
    return {"active": counts["active"], "purchase_days": counts["purchase_days"],
            "future_purchase_days": counts["future_days"], "future_orders": counts["future_orders"],
            "price_drift_year": 0.0 if tally.settings.plain else company()["calendar"]["price_drift_year"]}


def _campaign(tally: Tally, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the true effect of a campaign beside what a comparison without a control group would say."""
    told = {name.rsplit(".", 1)[1]: value for name, value in tally.counts.items()
            if name.startswith(f"campaign.{entry['id']}.")}
    sent, unsent = max(told["sent"], 1), max(told["unsent"], 1)
    return {"effect": entry["extra_order"], "window_days": programme()["campaigns"]["window_days"],
            "sent": told["sent"], "extra_orders": told["extra_orders"], "extra_revenue": told["extra_cents"] / 100,
            "naive_difference": told["sent_buyers"] / sent - told["unsent_buyers"] / unsent,
            "sent_without_consent": told["sent_without_consent"]}


def _experiments(tally: Tally) -> dict[str, Any]:
    """Return the true effects on the subjects of each experiment, and what is to be decided of it."""
    evidence = {}
    for spec in programme()["experiments"]:
        name, arms = spec["id"], list(spec["arms"])
        totals = tally.trials[name].sum(axis=1)
        for place, arm in enumerate(arms[1:], 1):
            subjects = max(int(totals[place][0]), 1)
            for metric, column, unit, scale in (("bought", 1, "points", 100), ("spend", 2, CURRENCY, 0.01),
                                                ("opted_out", 3, "points", 100)):
                evidence[f"experiment.{name}.{metric}.{arm}.effect"] = record(
                    scale * int(totals[place][column]) / subjects, unit, n=subjects)
        if "lost" in spec:
            evidence[f"experiment.{name}.decision"] = record("unhealthy", "text")
    return evidence


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
        "satisfaction.nps.response_rate": record(
            counts["feedback.answered"] / max(counts["feedback.asked"], 1), "share", n=counts["feedback.asked"]),
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
    return {"ticket_causes": {entry["id"]: entry["share"] for entry in service()["tickets"]["categories"]},
            "tickets_anonymous": tally.counts["tickets.anonymous"],
            "store_satisfaction": dict(zip(store_names(), weak.round(4).tolist(), strict=True)),
            "polarity": text_polarities()}


def _trial(tally: Tally, name: str) -> dict[str, Any]:
    """Return subjects drawn and logged by arm, and the true effect on buying by age band."""
    spec = next(entry for entry in programme()["experiments"] if entry["id"] == name)
    sums, assigned = tally.trials[name], tally.assigned[name]
    bands = company()["age_bands"]["ids"]
    effects = {arm: {band: int(sums[place][age][1]) / max(int(sums[place][age][0]), 1)
                     for age, band in enumerate(bands)} for place, arm in enumerate(spec["arms"]) if place}
    return {"drawn": {arm: int(assigned[place][0]) for place, arm in enumerate(spec["arms"])},
            "logged": {arm: int(assigned[place][1]) for place, arm in enumerate(spec["arms"])},
            "planned": spec["arms"], "window_days": spec["window_days"], "effect_on_bought_by_age_band": effects}
