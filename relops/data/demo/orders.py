"""Orders as the till knows them: channel, store, product, discount, margin, status; cancelled, anonymous, refunded."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from relops.data.demo.basket import CATEGORIES, margin_cents
from relops.data.demo.events import NOBODY, Events, join
from relops.data.demo.population import Population
from relops.data.demo.settings import SECONDS_PER_DAY, Block, DemoSettings, choose, company

COMPLETED, CANCELLED, REFUND, RECHARGE = range(4)
STATUSES = ("completed", "cancelled", "completed", "recharge")
CHANNELS = tuple(company()["channels"]["ids"])
PRODUCTS = tuple(name for category in CATEGORIES for name in category["products"])
LEVELS = 3
WEIGHED = np.array([category["weighed"] for category in CATEGORIES])
STORE = CHANNELS.index("store")
# tea is weighed: the least that is sold is a tenth of a pack
PARTS_OF_A_PACK = 10
NO_PRODUCT = -1
RECHARGED_BEFORE_S = 300
# how far in the row of orders a walk-in's likeness is looked for
NEIGHBOURS = 20
FULL_REFUND_SHARE = 0.6


@dataclass(frozen=True, eq=False)
class Orders:
    """Rows of the orders table in order of time. Money is in cents, ``parts`` in tenths of a pack; ``number`` and
    ``refund_of`` (0: none) count within the block from one."""

    kind: np.ndarray
    owner: np.ndarray
    seconds: np.ndarray
    cents: np.ndarray
    discount: np.ndarray
    margin: np.ndarray
    stored: np.ndarray
    channel: np.ndarray
    store: np.ndarray
    product: np.ndarray
    parts: np.ndarray
    number: np.ndarray
    refund_of: np.ndarray

    def __len__(self) -> int:
        return len(self.owner)

    def where(self, chosen: np.ndarray) -> Orders:
        """Return the rows of a mask or of places."""
        return Orders(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def make_orders(block: Block, population: Population, events: Events) -> Orders:
    """Return the orders of a block from the events of its customers."""
    settings, generator = block.settings, block.generator("orders")
    if settings.plain:
        return _plain(events)
    facts = company()
    walk_ins = _walk_ins(settings, events, generator)
    cancelled = events.where(generator.random(len(events)) < facts["cancelled_share"])
    cancelled.seconds[:] = np.maximum(cancelled.seconds - 600, 0)
    every = join([events, walk_ins, cancelled])
    kind = np.zeros(len(every), dtype=np.int16)
    kind[len(events) + len(walk_ins):] = CANCELLED
    order = np.argsort(every.seconds, kind="stable")
    every, kind = every.where(order), kind[order]
    sold = _describe(population, every, kind, _joined(population, events), generator)
    refunds = _refunds(settings, sold, generator)
    return _in_time([sold, refunds, _recharges(sold)])


def _joined(population: Population, events: Events) -> np.ndarray:
    """Return when each customer became a member, in seconds; beyond all times who did not."""
    never = np.iinfo(np.int64).max
    first = np.full(len(population), never)
    np.minimum.at(first, events.owner, events.seconds)
    return np.where(population.member & (first < never), first + population.joins_after, never)


def _plain(events: Events) -> Orders:
    every = events.where(np.argsort(events.seconds, kind="stable"))
    none = np.zeros(len(every), dtype=np.int64)
    names = ("discount", "margin", "stored", "channel", "store", "product", "parts", "refund_of")
    return Orders(kind=none, owner=every.owner, seconds=every.seconds, cents=every.cents,
                  number=np.arange(1, len(every) + 1), **dict.fromkeys(names, none))


def _walk_ins(settings: DemoSettings, events: Events, generator: np.random.Generator) -> Events:
    """Return orders of people who did not say who they are: at the times of others, somewhat smaller, and fewer as
    the membership becomes known."""
    first, last = company()["anonymous_share"]
    share = first + (last - first) * events.seconds / (settings.data_days * SECONDS_PER_DAY)
    times = np.repeat(np.arange(len(events)), generator.poisson(share / (1 - share)))
    # an order made within some twenty of the same season, so that sums and goods are those of the time
    by_time = np.argsort(events.seconds, kind="stable")
    rank = np.empty(len(events), dtype=np.int64)
    rank[by_time] = np.arange(len(events))
    near = rank[times] + generator.integers(-NEIGHBOURS, NEIGHBOURS + 1, len(times))
    like = events.where(by_time[np.clip(near, 0, len(events) - 1)])
    seconds = events.seconds[times] // SECONDS_PER_DAY * SECONDS_PER_DAY + like.seconds % SECONDS_PER_DAY
    cents, listed = (np.maximum(values * 7 // 10, 100) for values in (like.cents, like.listed))
    return Events(np.full(len(times), NOBODY), seconds, cents, listed, like.category)


def _describe(population: Population, events: Events, kind: np.ndarray, joined: np.ndarray,
              generator: np.random.Generator) -> Orders:
    """Return events with all that the till adds; ``joined`` is when each customer became a member."""
    known, owner, number = events.owner != NOBODY, events.owner, len(events)
    strays = generator.random(number) >= company()["channels"]["kept"]
    elsewhere = choose(generator, company()["channels"]["share"], number)
    channel = np.where(known, np.where(strays, elsewhere, population.channel[owner]), STORE)
    store = np.where(channel == STORE, population.store[owner], -1)  # a walk-in gets the store of the last customer
    guests = ~known
    store[guests] = population.store[generator.integers(0, len(population), int(guests.sum()))]
    product, parts = _products(events.category, events.listed)
    pays_ahead = known & population.stores_value[owner] & (events.seconds >= joined[owner]) & (kind == COMPLETED)
    ahead = generator.random(number) < company()["stored_value"]["used"]
    stored = np.where(pays_ahead & ahead, events.cents, 0)
    return Orders(kind, owner, events.seconds, events.cents, events.listed - events.cents,
                  margin_cents(events.cents, events.listed, events.category), stored, channel, store, product, parts,
                  np.arange(1, number + 1), np.zeros(number, dtype=np.int64))


def _products(category: np.ndarray, listed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the leading product, the dearest that the sum pays for, and how much of it the sum buys."""
    prices = np.array([list(entry["products"].values()) for entry in CATEGORIES]) * 100
    own = prices[category]
    level = np.minimum((listed[:, None] < own).sum(axis=1), LEVELS - 1)
    price = own[np.arange(len(listed)), level]
    # what is not weighed is sold by the piece
    least = np.where(WEIGHED[category], 1, PARTS_OF_A_PACK)
    parts = (np.maximum(np.rint(listed * PARTS_OF_A_PACK / price / least), 1) * least).astype(np.int64)
    return (category * LEVELS + level).astype(np.int16), parts


def _refunds(settings: DemoSettings, sold: Orders, generator: np.random.Generator) -> Orders:
    """Return the refunds of completed orders, each some days later, whole or in part, within the data."""
    share = np.array([company()["refund_share"][name] for name in CHANNELS])[sold.channel]
    named = (sold.kind == COMPLETED) & (sold.owner != NOBODY)
    chosen = sold.where(named & (generator.random(len(sold)) < share))
    whole = generator.random(len(chosen)) < FULL_REFUND_SHARE
    part = np.where(whole, 1.0, generator.uniform(0.1, 0.6, len(chosen)))
    seconds = chosen.seconds + generator.integers(SECONDS_PER_DAY, 12 * SECONDS_PER_DAY, len(chosen))
    none = np.zeros(len(chosen), dtype=np.int64)
    taken = {name: -np.rint(getattr(chosen, name) * part).astype(np.int64)
             for name in ("cents", "margin", "stored", "parts")}
    refunds = Orders(np.full(len(chosen), REFUND, dtype=np.int16), chosen.owner, seconds, discount=none,
                     channel=chosen.channel, store=chosen.store, product=chosen.product, number=none,
                     refund_of=chosen.number, **taken)
    return refunds.where((seconds < settings.data_days * SECONDS_PER_DAY) & (refunds.cents < 0))


def _recharges(sold: Orders) -> Orders:
    """Return the recharges of stored value: whole steps, each minutes before the order that the balance would not
    have paid for."""
    used = np.flatnonzero(sold.stored > 0)
    used = used[np.argsort(sold.owner[used], kind="stable")]  # orders stand in time
    owner, step = sold.owner[used], company()["stored_value"]["step"] * 100
    running = np.cumsum(sold.stored[used])
    begins = np.diff(owner, prepend=-1) != 0
    before = np.concatenate([[0], running[:-1]])
    running = running - np.maximum.accumulate(np.where(begins, before, 0))
    steps = -(-running // step)
    steps -= np.where(begins, 0, np.concatenate([[0], steps[:-1]]))
    chosen = sold.where(used[steps > 0])
    none = np.zeros(len(chosen), dtype=np.int64)
    return replace(chosen, kind=np.full(len(chosen), RECHARGE, dtype=np.int16), cents=steps[steps > 0] * step,
                   seconds=np.maximum(chosen.seconds - RECHARGED_BEFORE_S, 0),
                   product=np.full(len(chosen), NO_PRODUCT, dtype=np.int16),
                   **dict.fromkeys(("discount", "margin", "stored", "parts", "number", "refund_of"), none))


def _in_time(parts: list[Orders]) -> Orders:
    """Return all parts in order of time, numbered through; what is refunded stands in the first."""
    stacked = Orders(**{field.name: np.concatenate([getattr(part, field.name) for part in parts])
                        for field in fields(Orders)})
    order = np.argsort(stacked.seconds, kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order + 1] = np.arange(1, len(order) + 1)
    place[0] = 0
    result = stacked.where(order)
    # an order's number before the others is its place among those sold, which stand first in the stack
    result.refund_of[:] = place[result.refund_of]
    result.number[:] = np.arange(1, len(order) + 1)
    return result
