"""Orders as the till knows them: channel, store, product, discount, margin, status; cancelled, anonymous, refunded."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from relops.data.demo.basket import PARTS_OF_A_PACK, draw_baskets, margin_cents, price_list, price_years
from relops.data.demo.clock import day_weights, within_hours
from relops.data.demo.events import NOBODY, Events, join
from relops.data.demo.population import DAYS_PER_YEAR, Population, second_stores
from relops.data.demo.purchases import CHANNELS, STORE
from relops.data.demo.settings import SECONDS_PER_DAY, Block, DemoSettings, company

COMPLETED, CANCELLED, REFUND, RECHARGE = range(4)
STATUSES = ("completed", "cancelled", "completed", "recharge")
NO_PRODUCT = -1
RECHARGED_BEFORE_S = CANCELLED_BEFORE_S = 300
# the quarter by which the level of all orders is set; periods in which the share of named ones is taken
LAST_DAYS, PERIODS = 91, 39
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
    walk_ins = _walk_ins(settings, population, events, generator)
    cancelled = events.where(generator.random(len(events)) < facts["cancelled_share"])
    cancelled.seconds[:] = np.maximum(cancelled.seconds - CANCELLED_BEFORE_S, 0)
    every = join([events, walk_ins, cancelled])
    kind = np.zeros(len(every), dtype=np.int16)
    kind[len(events) + len(walk_ins):] = CANCELLED
    order = np.argsort(every.seconds, kind="stable")
    every, kind = every.where(order), kind[order]
    sold = _describe(settings, population, every, kind, _joined(population, events), generator)
    refunds = _refunds(settings, sold, generator)
    return _in_time([sold, refunds, _recharges(sold)])


def _joined(population: Population, events: Events) -> np.ndarray:
    """Return when each customer became a member, in seconds; beyond all times who did not."""
    never = np.iinfo(np.int64).max
    first, begins = np.full(len(population), never), np.diff(events.owner, prepend=-1) > 0  # by customer and time
    first[events.owner[begins]] = events.seconds[begins]
    return np.where(population.member & (first < never), first + population.joins_after, never)


def _plain(events: Events) -> Orders:
    every = events.where(np.argsort(events.seconds, kind="stable"))
    none = np.zeros(len(every), dtype=np.int64)
    names = ("discount", "margin", "stored", "channel", "store", "product", "parts", "refund_of")
    return Orders(kind=none, owner=every.owner, seconds=every.seconds, cents=every.cents,
                  number=np.arange(1, len(every) + 1), **dict.fromkeys(names, none))


def _walk_ins(settings: DemoSettings, population: Population, events: Events,
              generator: np.random.Generator) -> Events:
    """Return orders of people who did not say who they are: at stores, somewhat smaller, and as many as the company's
    calendar and growth ask for beside those of ``events``."""
    counts = generator.poisson(_nameless_a_day(settings, events))
    day = np.repeat(np.arange(settings.data_days), counts)
    channel = np.full(len(day), STORE, dtype=np.int16)
    seconds = within_hours(day * SECONDS_PER_DAY + generator.integers(0, SECONDS_PER_DAY, len(day)), channel == STORE)
    like = generator.integers(0, len(population), len(day))
    bought = draw_baskets(settings, population, like, seconds, generator, company()["anonymous"]["basket"])
    return Events(np.full(len(day), NOBODY), seconds, bought.cents, bought.listed, bought.product, channel)


def _nameless_a_day(settings: DemoSettings, events: Events) -> np.ndarray:
    """Return the orders without a customer that are expected each day: what named ones leave of all orders, which
    follow the calendar and grow steadily while the membership becomes known."""
    law, days = company()["anonymous"], np.arange(settings.data_days)
    pace = day_weights(settings)[:len(days)] * (1 + company()["calendar"]["growth_year"]) ** (days / DAYS_PER_YEAR)
    named = np.bincount(events.seconds // SECONDS_PER_DAY, minlength=len(days))[:len(days)]
    every = pace * named[-LAST_DAYS:].sum() / ((1 - law["share"]) * pace[-LAST_DAYS:].sum())
    # the share of named orders moves slowly: by periods, so that one day's luck is not made up for the same day
    period = days * PERIODS // len(days)
    known = np.bincount(period, named) / np.bincount(period, every)
    middle = (np.arange(PERIODS) + 0.5) * len(days) / PERIODS
    return every * np.maximum(1 - np.interp(days, middle, known), law["least"])


def _describe(settings: DemoSettings, population: Population, events: Events, kind: np.ndarray,
              joined: np.ndarray, generator: np.random.Generator) -> Orders:
    """Return events, each completed or cancelled (``kind``), with all that the till adds; ``joined`` is when each
    customer became a member."""
    known, owner, number = events.owner != NOBODY, events.owner, len(events)
    store = np.where(known, population.store[owner], population.store[generator.integers(0, len(population), number)])
    store = np.where(generator.random(number) < company()["second_store_share"], second_stores()[store], store)
    store = np.where(events.channel == STORE, store, -1)
    year = price_years(settings)[events.seconds // SECONDS_PER_DAY]
    parts = events.listed * PARTS_OF_A_PACK // price_list()[year, events.product]
    pays_ahead = known & population.stores_value[owner] & (events.seconds >= joined[owner]) & (kind == COMPLETED)
    ahead = generator.random(number) < company()["stored_value"]["used"]
    stored = np.where(pays_ahead & ahead, events.cents, 0)
    return Orders(kind, owner, events.seconds, events.cents, events.listed - events.cents,
                  margin_cents(events.cents, events.listed, events.product), stored, events.channel, store,
                  events.product, parts, np.arange(1, number + 1), np.zeros(number, dtype=np.int64))


def _refunds(settings: DemoSettings, sold: Orders, generator: np.random.Generator) -> Orders:
    """Return the refunds of completed orders, each some days later, whole or in part, within the data."""
    share = np.array([company()["refund_share"][name] for name in CHANNELS])[sold.channel]
    named = (sold.kind == COMPLETED) & (sold.owner != NOBODY)
    chosen = sold.where(named & (generator.random(len(sold)) < share))
    whole = generator.random(len(chosen)) < FULL_REFUND_SHARE
    back = np.where(whole, 1.0, generator.uniform(0.1, 0.6, len(chosen)))
    days, part = generator.integers(1, 12, len(chosen)), generator.integers(0, SECONDS_PER_DAY, len(chosen))
    seconds = within_hours((chosen.seconds // SECONDS_PER_DAY + days) * SECONDS_PER_DAY + part,
                           chosen.channel == STORE)
    none = np.zeros(len(chosen), dtype=np.int64)
    taken = {name: -np.rint(getattr(chosen, name) * back).astype(np.int64)
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
