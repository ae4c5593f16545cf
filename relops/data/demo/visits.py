"""Contacts that customers begin: visits to stores that count their queue, calls and chats about a ticket."""

from __future__ import annotations

import numpy as np

from relops.data.demo.campaigns import CHANNELS, EVENTS, NONE, Touches
from relops.data.demo.events import NOBODY
from relops.data.demo.orders import COMPLETED, Orders
from relops.data.demo.purchases import STORE
from relops.data.demo.settings import SECONDS_PER_DAY, Block, company
from relops.data.demo.tickets import Tickets, service

DAYS_PER_WEEK = 7
SATURDAY = 5


def draw_visits(block: Block, orders: Orders) -> Touches:
    """Return the visits behind a block's store orders, with the time waited in the queue before."""
    law, generator = service()["queue"], block.generator("visits")
    counted = (orders.kind == COMPLETED) & (orders.owner != NOBODY) & (orders.channel == STORE)
    place = np.flatnonzero(counted & (orders.store < law["stores"]))
    weekday = (block.settings.first_day.weekday() + orders.seconds[place] // SECONDS_PER_DAY) % DAYS_PER_WEEK
    median = law["wait_seconds"] * np.where(weekday >= SATURDAY, law["weekend_factor"], 1.0)
    # nobody waits before the doors open
    since = orders.seconds[place] % SECONDS_PER_DAY - 3600 * company()["calendar"]["hours"]["store"]["from"]
    wait = np.minimum(_lognormal(median, law["spread"], generator), since)
    return _touches(orders.owner[place], orders.seconds[place] - wait, ("store", "visit"), orders.store[place], wait,
                    np.ones(len(place), dtype=np.int16))


def draw_contacts(block: Block, tickets: Tickets) -> Touches:
    """Return the calls and chats by which a block's tickets were opened, with the time waited for an answer."""
    law, generator = service()["tickets"], block.generator("contacts")
    known = tickets.owner != NOBODY
    names = [law["channels"]["ids"][code] for code in range(len(law["channels"]["ids"]))]
    channel = np.array([CHANNELS.index(name) for name in names])[tickets.channel[known]]
    median = np.array([law["wait_seconds"][name] for name in names])[tickets.channel[known]]
    bot = (generator.random(int(known.sum())) < law["bot_share"]) & (channel != CHANNELS.index("phone"))
    wait = np.where(bot, law["bot_wait_seconds"], _lognormal(median, law["spread"], generator))
    return _touches(tickets.owner[known], tickets.opened[known] - wait, (channel, "contact"), tickets.store[known],
                    wait, (~bot).astype(np.int16))


def _lognormal(median: np.ndarray, spread: float, generator: np.random.Generator) -> np.ndarray:
    return np.rint(median * np.exp(spread * generator.standard_normal(len(median)))).astype(np.int64)


def _touches(owner: np.ndarray, seconds: np.ndarray, what: tuple[object, str], store: np.ndarray, wait: np.ndarray,
             human: np.ndarray) -> Touches:
    channel = CHANNELS.index(what[0]) if isinstance(what[0], str) else what[0]
    codes = (np.full(len(owner), code, dtype=np.int16) for code in (NONE, EVENTS.index(what[1])))
    campaign, event = codes
    return Touches(owner, np.maximum(seconds, 0), campaign, np.broadcast_to(channel, len(owner)), event, store, wait,
                   human)
