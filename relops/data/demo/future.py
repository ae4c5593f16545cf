"""What is to come of each customer: who is still active, what is to be expected, what the future then brought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relops.data.demo.basket import future_basket_cents, margin_cents, price_level, price_years
from relops.data.demo.brief import discount_rate
from relops.data.demo.clock import Clock
from relops.data.demo.population import DAYS_PER_YEAR, Population
from relops.data.demo.purchases import Purchases
from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings

# horizons of the truth, in weeks from the end of the data
HORIZONS = (13, 26, 52)
# a discounted future is summed in steps of this
STEP_WEEKS = 4


@dataclass(frozen=True, eq=False)
class Horizon:
    """One entry a customer: ``expected`` purchases given the own rate and stopping, and what came: purchase ``days``,
    ``orders``, ``cents``."""

    expected: np.ndarray
    days: np.ndarray
    orders: np.ndarray
    cents: np.ndarray


@dataclass(frozen=True, eq=False)
class Future:
    """One entry a customer: whether still ``active``, what a basket of the future comes to at the prices of the first
    day; ``horizons`` by weeks.

    Of the whole future: ``worth_cents`` what is to be expected of each customer at the prices of the time, discounted;
    ``discounted_cents`` what came of all, discounted, ``paid_cents`` not discounted, ``margin_cents`` their margin.
    """

    active: np.ndarray
    basket_cents: np.ndarray
    horizons: dict[int, Horizon]
    worth_cents: np.ndarray
    discounted_cents: float
    paid_cents: int
    margin_cents: int


def look_ahead(settings: DemoSettings, clock: Clock, population: Population, purchases: Purchases) -> Future:
    """Return what comes after the last day of the data."""
    size, start = len(population), settings.data_seconds
    repeats = np.bincount(purchases.owner[purchases.seconds < start], minlength=size) - 1
    active = repeats < purchases.stopped_at
    # purchases stand in order, so that those of one day are neighbours
    new_day = np.diff(purchases.owner * (1 << 20) + purchases.day, prepend=-1) > 0
    horizons = {}
    for weeks in HORIZONS:
        end = start + 7 * weeks * SECONDS_PER_DAY
        span = float(np.diff(clock.weeks(np.array([start, end]) / SECONDS_PER_DAY))[0])
        expected = -np.expm1(-population.rate * population.stopping * span) / population.stopping * active
        later = (purchases.seconds >= start) & (purchases.seconds < end)
        owner = purchases.owner[later]
        days, orders = (np.bincount(owner, chosen, size) for chosen in (new_day[later], None))
        horizons[weeks] = Horizon(expected, days, orders, np.bincount(owner, purchases.cents[later], size))
    basket = future_basket_cents(settings, population)
    later = (purchases.seconds >= start) & (purchases.seconds < start + settings.future_days * SECONDS_PER_DAY)
    cents = purchases.cents[later]
    ahead = discounts((purchases.seconds[later] - start) / SECONDS_PER_DAY)
    margin = margin_cents(cents, purchases.listed[later], purchases.product[later])
    return Future(active, basket, horizons, _worth(settings, clock, population, active * basket),
                  float((cents * ahead).sum()), int(cents.sum()), int(margin.sum()))


def discounts(days: np.ndarray) -> np.ndarray:
    """Return what money in so many days is worth at the end of the data, at the brief's annual rate."""
    return (1 + discount_rate()) ** (-days / DAYS_PER_YEAR)


def _worth(settings: DemoSettings, clock: Clock, population: Population, basket_cents: np.ndarray) -> np.ndarray:
    """Return the cents expected of each customer in the future at the prices of the time, each discounted from its own
    time; ``basket_cents`` is zero for those who have stopped."""
    start = settings.data_seconds / SECONDS_PER_DAY
    days = np.append(np.arange(0, settings.future_days, 7 * STEP_WEEKS), settings.future_days)
    gone = clock.weeks(start + days) - clock.weeks(start)
    middle = (days[1:] + days[:-1]) / 2
    price = price_level(price_years(settings)[(start + middle).astype(int)]) * discounts(middle)
    worth, before = np.zeros(len(population)), np.ones(len(population))
    for span, each in zip(np.diff(gone), price, strict=True):
        after = before * np.exp(-population.rate * population.stopping * span)
        worth += each * (before - after)
        before = after
    return worth / population.stopping * basket_cents

