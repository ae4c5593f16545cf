"""Orders as the till knows them: channel, store, product, discount, margin, status; cancelled, anonymous, refunded."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass, fields

import numpy as np

from relops.data.demo.events import NOBODY, Events, join
from relops.data.demo.population import Population
from relops.data.demo.settings import SECONDS_PER_DAY, Block, DemoSettings, choose, company

COMPLETED, CANCELLED, REFUND = range(3)
STATUSES = ("completed", "cancelled", "completed")
CHANNELS = tuple(company()["channels"]["ids"])
CATEGORIES = company()["categories"]
PRODUCTS = tuple(name for category in CATEGORIES for name in category["products"])
LEVELS = 3
STORE = CHANNELS.index("store")
# tea is weighed: the least that is sold is a tenth of a pack
PARTS_OF_A_PACK = 10
COUPON_SHARE, COUPON_RATE = 0.16, 0.08
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
    cancelled = Events(cancelled.owner, np.maximum(cancelled.seconds - 600, 0), cancelled.cents)
    every = join([events, walk_ins, cancelled])
    kind = np.zeros(len(every), dtype=np.int16)
    kind[len(events) + len(walk_ins):] = CANCELLED
    order = np.argsort(every.seconds, kind="stable")
    every, kind = every.where(order), kind[order]
    sold = _describe(settings, population, every, kind, generator)
    refunds = _refunds(settings, sold, generator)
    return _in_time(sold, refunds)


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
    sizes = generator.integers(0, len(events), len(times))
    seconds = events.seconds[times] // SECONDS_PER_DAY * SECONDS_PER_DAY + events.seconds[sizes] % SECONDS_PER_DAY
    cents = np.maximum(events.cents[sizes] * 7 // 10, 100)
    return Events(np.full(len(times), NOBODY), seconds, cents)


def _describe(settings: DemoSettings, population: Population, events: Events, kind: np.ndarray,
              generator: np.random.Generator) -> Orders:
    """Return events with all that the till adds."""
    known, owner, number = events.owner != NOBODY, events.owner, len(events)
    strays = generator.random(number) >= company()["channels"]["kept"]
    elsewhere = choose(generator, company()["channels"]["share"], number)
    channel = np.where(known, np.where(strays, elsewhere, population.channel[owner]), STORE)
    store = np.where(channel == STORE, population.store[owner], -1)  # a walk-in gets the store of the last customer
    guests = ~known
    store[guests] = population.store[generator.integers(0, len(population), int(guests.sum()))]
    rate = _discount_rates(settings)[events.seconds // SECONDS_PER_DAY]
    rate = np.where(rate > 0, rate, COUPON_RATE * (generator.random(number) < COUPON_SHARE))
    listed = np.rint(events.cents / (1 - rate)).astype(np.int64)
    category = _categories(settings, events.seconds // SECONDS_PER_DAY, generator)
    cost = np.rint(listed * np.array([entry["cost"] for entry in CATEGORIES])[category]).astype(np.int64)
    product, parts = _products(category, listed)
    pays_ahead = known & population.stores_value[owner] & population.member[owner]
    stored = np.where(pays_ahead & (generator.random(number) < 0.6), events.cents, 0)
    return Orders(kind, owner, events.seconds, events.cents, listed - events.cents, events.cents - cost, stored,
                  channel, store, product, parts, np.arange(1, number + 1), np.zeros(number, dtype=np.int64))


@functools.cache
def _discount_rates(settings: DemoSettings) -> np.ndarray:
    """Return for each day of the data what the company takes off everybody's bill."""
    calendar, rates = company()["calendar"], np.zeros(settings.data_days)
    days = np.arange(settings.data_days)
    for festival in calendar["festivals"]:
        for day in festival["days"]:
            distance = days - settings.day_number(day)
            rates[(distance >= -festival["before"]) & (distance <= 0)] += calendar["promotions"].get(
                festival["name"], 0.0)
    return rates


def _categories(settings: DemoSettings, day: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the category of the leading product, by the season of each."""
    months = range(1, 13)
    shares = np.array([[entry["share"] * entry["months"].get(month, 1.0) for entry in CATEGORIES] for month in months])
    edges = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
    start = settings.first_day
    month = np.array([(start + datetime.timedelta(days=place)).month - 1 for place in range(settings.data_days)])
    luck = generator.random(len(day)) + month[day]
    # the twelve distribution functions behind one another: one search finds month and category
    place = np.searchsorted((edges + np.arange(12)[:, None]).ravel(), luck, side="right")
    return np.minimum(place - month[day] * len(CATEGORIES), len(CATEGORIES) - 1).astype(np.int16)


def _products(category: np.ndarray, listed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the leading product, the dearest that the sum pays for, and how much of it the sum buys."""
    prices = np.array([list(entry["products"].values()) for entry in CATEGORIES]) * 100
    own = prices[category]
    level = np.minimum((listed[:, None] < own).sum(axis=1), LEVELS - 1)
    price = own[np.arange(len(listed)), level]
    parts = np.maximum(np.rint(listed * PARTS_OF_A_PACK / price), 1).astype(np.int64)
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


def _in_time(sold: Orders, refunds: Orders) -> Orders:
    """Return both in order of time, numbered through."""
    stacked = Orders(**{field.name: np.concatenate([getattr(sold, field.name), getattr(refunds, field.name)])
                        for field in fields(Orders)})
    order = np.argsort(stacked.seconds, kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order + 1] = np.arange(1, len(order) + 1)
    place[0] = 0
    result = stacked.where(order)
    # an order's number before refunds is its place among those sold, which stand first in the stack
    result.refund_of[:] = place[result.refund_of]
    result.number[:] = np.arange(1, len(order) + 1)
    return result
