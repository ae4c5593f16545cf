"""Campaigns sent by rule: the best customers get more of them, and each message has a true effect of its own."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from relops.data.demo.events import Events, basket_events, join, moment, standing, window_sums
from relops.data.demo.population import Population
from relops.data.demo.settings import SECONDS_PER_DAY, Block, company
from relops.locale import read_yaml

EVENTS = ("sent", "open", "click", "share", "visit", "contact")
# what follows a message, each on the one before
RESPONSES = EVENTS[1:4]
CHANNELS = ("wechat", "sms", "store", "phone", "web")
NONE = -1
REFUSED = company()["consent"]["ids"].index("false")
UNKNOWN = company()["consent"]["ids"].index(None)
SENT_AT_HOUR = 10


@functools.cache
def programme() -> dict[str, Any]:
    """Return campaigns and experiments (``programme.yaml``)."""
    return read_yaml(Path(__file__).with_name("programme.yaml"))


@functools.cache
def campaign_ids() -> tuple[str, ...]:
    """Return the names of what customers were written to about: campaigns, then experiments."""
    return tuple(entry["id"] for kind in (programme()["campaigns"]["list"], programme()["experiments"])
                 for entry in kind)


@dataclass(frozen=True, eq=False)
class Touches:
    """Contacts in arrays: ``campaign`` a place in :func:`campaign_ids`, ``channel`` in ``CHANNELS``, ``event`` in
    ``EVENTS``, ``store`` in the list of stores, ``wait`` in seconds, ``human`` whether a person dealt with it;
    campaign, store and wait are ``NONE`` where there is none."""

    owner: np.ndarray
    seconds: np.ndarray
    campaign: np.ndarray
    channel: np.ndarray
    event: np.ndarray
    store: np.ndarray
    wait: np.ndarray
    human: np.ndarray


@dataclass
class CampaignTruth:
    """What a campaign did in a block: whole numbers, so that blocks add up."""

    sent: int = 0
    extra_orders: int = 0
    extra_cents: int = 0
    sent_buyers: int = 0
    unsent: int = 0
    unsent_buyers: int = 0
    sent_without_consent: int = 0


@dataclass
class CampaignResult:
    """Orders that would not have come, messages, and the truth, campaign → numbers."""

    extra: list[Events] = field(default_factory=list)
    touches: list[Touches] = field(default_factory=list)
    truth: dict[str, CampaignTruth] = field(default_factory=dict)


def run_campaigns(block: Block, population: Population, events: Events) -> CampaignResult:
    """Return what all campaigns did to a block's customers; ``events`` are by customer and time."""
    generator, result = block.generator("campaigns"), CampaignResult()
    rule = programme()["campaigns"]
    for campaign in rule["list"]:
        start = moment(block.settings, campaign["day"], SENT_AT_HOUR)
        known = standing(events, start, len(population))
        recent = (known.orders > 0) & (start - known.last <= rule["reach"]["quiet_days"] * SECONDS_PER_DAY)
        reachable = recent & (population.consent != REFUSED)
        chance = rule["reach"]["base"] + rule["reach"]["per_order"] * known.orders
        drawn = generator.random(len(population)) < np.minimum(chance, rule["reach"]["most"])
        sent = np.flatnonzero(reachable & drawn)
        after = start + generator.integers(0, 8 * 3600, len(sent))
        extra = _extra_orders(block, population, sent[generator.random(len(sent)) < campaign["extra_order"]],
                              start, generator)
        result.extra.append(extra)
        result.touches += message_rows(sent, after, campaign["id"], campaign["channel"], generator)
        result.truth[campaign["id"]] = _truth(population, join([events, extra]).in_customer_order(), start,
                                              reachable, sent, extra)
    return result


def _extra_orders(block: Block, population: Population, owner: np.ndarray, start: int,
                  generator: np.random.Generator) -> Events:
    span = programme()["campaigns"]["window_days"] * SECONDS_PER_DAY
    seconds = start + generator.integers(8 * 3600, span, len(owner))
    return basket_events(block.settings, population, owner, seconds, generator)


def message_rows(owner: np.ndarray, seconds: np.ndarray, campaign: str, channel: str,
                 generator: np.random.Generator) -> list[Touches]:
    """Return the rows of messages sent, and of those opened, clicked and shared, each minutes to hours after the
    other."""
    rows = []
    shares = [programme()["campaigns"]["response"][name] for name in RESPONSES]
    for event, share in enumerate([*shares, 0.0]):
        filled = [np.full(len(owner), value, dtype=np.int16)
                  for value in (campaign_ids().index(campaign), CHANNELS.index(channel), event, NONE, NONE, 0)]
        rows.append(Touches(owner, seconds, *filled))
        further = generator.random(len(owner)) < share
        owner = owner[further]
        seconds = seconds[further] + generator.integers(30, 6 * 3600, len(owner))
    return rows


def _truth(population: Population, events: Events, start: int, reachable: np.ndarray, sent: np.ndarray,
           extra: Events) -> CampaignTruth:
    """Return the true numbers of a campaign, and those a naive comparison of reached and unreached would use."""
    everyone = np.flatnonzero(reachable)
    orders, *_ = window_sums(events, everyone, np.full(len(everyone), start), programme()["campaigns"]["window_days"])
    bought = np.zeros(len(population), dtype=bool)
    bought[everyone] = orders > 0
    return CampaignTruth(
        sent=len(sent), extra_orders=len(extra), extra_cents=int(extra.cents.sum()),
        sent_buyers=int(bought[sent].sum()), unsent=len(everyone) - len(sent),
        unsent_buyers=int(bought.sum() - bought[sent].sum()),
        sent_without_consent=int((population.consent[sent] == UNKNOWN).sum()))
