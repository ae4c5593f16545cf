"""Order events of a block: whose, when, how much. The parts of the programme add to them and take from them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from relops.data.demo.basket import draw_baskets, margin_cents
from relops.data.demo.clock import within_hours
from relops.data.demo.population import Population
from relops.data.demo.purchases import STORE, STRIDE, Purchases, draw_channels
from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings

NOBODY = -1


@dataclass(frozen=True, eq=False)
class Events:
    """Orders in arrays: ``owner`` (place in the block, ``NOBODY`` for an anonymous one), ``seconds`` since the
    beginning of the first day, ``cents`` paid, ``listed`` cents before discounts, leading ``product``, ``channel``."""

    owner: np.ndarray
    seconds: np.ndarray
    cents: np.ndarray
    listed: np.ndarray
    product: np.ndarray
    channel: np.ndarray

    def __len__(self) -> int:
        return len(self.owner)

    def where(self, chosen: np.ndarray) -> Events:
        """Return the events of a mask or of places."""
        return Events(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def in_customer_order(self) -> Events:
        """Return the events by customer and time."""
        return self.where(np.argsort(self.owner * STRIDE + self.seconds, kind="stable"))


@dataclass(frozen=True, eq=False)
class Standing:
    """What was known of each customer of a block at one moment: orders so far, seconds of the last one (or -1)."""

    orders: np.ndarray
    last: np.ndarray


def join(parts: Sequence[Events]) -> Events:
    """Return the events of several parts."""
    return Events(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Events)))


def basket_events(settings: DemoSettings, population: Population, owner: np.ndarray, seconds: np.ndarray,
                  generator: np.random.Generator) -> Events:
    """Return orders of ``owner`` on the days of these times, hour, channel and basket newly drawn."""
    channel = draw_channels(population, owner, generator)
    seconds = within_hours(seconds, channel == STORE)
    bought = draw_baskets(settings, population, owner, seconds, generator)
    return Events(owner, seconds, bought.cents, bought.listed, bought.product, channel)


def discounted(events: Events, rate: float) -> Events:
    """Return the events with so much more taken off what is paid."""
    return replace(events, cents=np.rint(events.cents * (1 - rate)).astype(np.int64))


def data_events(settings: DemoSettings, purchases: Purchases) -> Events:
    """Return the purchases up to the end of the data, by customer and time."""
    seen = purchases.seconds < settings.data_seconds
    return Events(*(getattr(purchases, field.name)[seen] for field in fields(Events)))


def standing(events: Events, moment: int, customers: int) -> Standing:
    """Return what was known at ``moment`` (seconds) from events in the order of customers and time."""
    before = events.seconds < moment
    owner = events.owner[before]
    last = np.full(customers, -1, dtype=np.int64)
    last[owner] = events.seconds[before]  # of repeated places the last one stays
    return Standing(np.bincount(owner, minlength=customers), last)


def window_sums(events: Events, owner: np.ndarray, after: np.ndarray, days: int) -> np.ndarray:
    """Return orders, cents and margin cents (three rows) of each ``owner`` in the ``days`` days after a moment (the
    moment left out); the events stand in the order of customers and time."""
    keys = events.owner * STRIDE + events.seconds
    start = np.searchsorted(keys, owner * STRIDE + after, side="right")
    stop = np.searchsorted(keys, owner * STRIDE + after + days * SECONDS_PER_DAY, side="right")
    kept = margin_cents(events.cents, events.listed, events.product)
    return np.stack([stop - start, *(_between(values, start, stop) for values in (events.cents, kept))])


def _between(values: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    running = np.concatenate([[0], np.cumsum(values)])
    return running[stop] - running[start]


def moment(settings: DemoSettings, day: datetime.date, hour: int = 0) -> int:
    """Return the seconds since the first day's beginning at an hour of a day."""
    return settings.day_number(day) * SECONDS_PER_DAY + hour * 3600
