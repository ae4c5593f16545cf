"""Campaigns sent by rule: the best customers get more of them, and each message has a true effect of its own."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from relops.data.demo.events import Events, basket_events, moment, standing, window_sums
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


@dataclass(frozen=True, eq=False)
class Wave:
    """One campaign in a block: its entry in the programme, ``start`` in seconds, who was ``reachable`` (a mask),
    whom it was to be ``sent``, how many seconds ``after`` the start, and the orders that would not have come."""

    entry: Mapping[str, Any]
    start: int
    reachable: np.ndarray
    sent: np.ndarray
    after: np.ndarray
    extra: Events


@dataclass
class CampaignResult:
    """Messages, and the truth, campaign → numbers."""

    touches: list[Touches] = field(default_factory=list)
    truth: dict[str, CampaignTruth] = field(default_factory=dict)


def plan_campaigns(block: Block, population: Population, events: Events) -> list[Wave]:
    """Return whom all campaigns were to be sent to in a block and what they brought; ``events`` are by customer and
    time."""
    generator, waves = block.generator("campaigns"), []
    rule = programme()["campaigns"]
    for campaign in rule["list"]:
        start = moment(block.settings, campaign["day"], SENT_AT_HOUR)
        known = standing(events, start, len(population))
        recent = (known.orders > 0) & (start - known.last <= rule["reach"]["quiet_days"] * SECONDS_PER_DAY)
        reachable = recent & (population.consent != REFUSED)
        chance = rule["reach"]["base"] + rule["reach"]["per_order"] * known.orders
        drawn = generator.random(len(population)) < np.minimum(chance, rule["reach"]["most"])
        sent = np.flatnonzero(reachable & drawn)
        after = generator.integers(0, 8 * 3600, len(sent))
        extra = _extra_orders(block, population, sent[generator.random(len(sent)) < campaign["extra_order"]],
                              start, generator)
        waves.append(Wave(campaign, start, reachable, sent, after, extra))
    return waves


def last_brought(waves: Sequence[Wave], customers: int) -> np.ndarray:
    """Return when the last campaign that brought each customer to buy began, in seconds; -1 where none did."""
    found = np.full(customers, -1, dtype=np.int64)
    for wave in waves:  # in order of time
        found[wave.extra.owner] = wave.start
    return found


def send_campaigns(block: Block, population: Population, waves: Sequence[Wave], events: Events,
                   refused_at: np.ndarray) -> CampaignResult:
    """Return the messages that were sent and what they did: who had left the list by then (``refused_at``, seconds)
    got none. ``events`` are those of the campaigns too, by customer and time."""
    generator, result = block.generator("messages"), CampaignResult()
    begins = np.diff(events.owner, prepend=-1) > 0
    asked_at = np.full(len(population), np.iinfo(np.int64).max)
    asked_at[events.owner[begins]] = events.seconds[begins] + population.asked_after[events.owner[begins]]
    for wave in waves:
        listed = refused_at > wave.start
        sent, after = wave.sent[listed[wave.sent]], wave.start + wave.after[listed[wave.sent]]
        name = wave.entry["id"]
        result.touches += message_rows(sent, after, name, wave.entry["channel"], generator)
        agreed = (population.consent != UNKNOWN) & (asked_at <= wave.start)
        told = _truth(events, wave, wave.reachable & listed, sent)
        result.truth[name] = replace(told, sent_without_consent=int((~agreed[sent]).sum()))
    return result


def _extra_orders(block: Block, population: Population, owner: np.ndarray, start: int,
                  generator: np.random.Generator) -> Events:
    days = generator.integers(1, programme()["campaigns"]["window_days"], len(owner))
    part = generator.integers(0, SECONDS_PER_DAY, len(owner))
    return basket_events(block.settings, population, owner, (start // SECONDS_PER_DAY + days) * SECONDS_PER_DAY + part,
                         generator)


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


def _truth(events: Events, wave: Wave, reachable: np.ndarray, sent: np.ndarray) -> CampaignTruth:
    """Return the true numbers of a campaign, and those a naive comparison of reached and unreached would use."""
    everyone = np.flatnonzero(reachable)
    orders, *_ = window_sums(events, everyone, np.full(len(everyone), wave.start),
                             programme()["campaigns"]["window_days"])
    bought = np.zeros(len(reachable), dtype=bool)
    bought[everyone] = orders > 0
    return CampaignTruth(
        sent=len(sent), extra_orders=len(wave.extra), extra_cents=int(wave.extra.cents.sum()),
        sent_buyers=int(bought[sent].sum()), unsent=len(everyone) - len(sent),
        unsent_buyers=int(bought.sum() - bought[sent].sum()))
