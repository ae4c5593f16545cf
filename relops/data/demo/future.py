"""What is to come of each customer: who is still active, what is to be expected, what the future then brought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relops.data.demo.basket import future_factor
from relops.data.demo.clock import Clock
from relops.data.demo.population import Population
from relops.data.demo.purchases import Purchases
from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings

# horizons of the truth, in weeks from the end of the data
HORIZONS = (13, 26, 52)


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
    """One entry a customer: repeat purchases so far, whether still ``active``, what a basket of the future comes to at
    the prices of the first day; ``horizons`` by weeks."""

    repeats: np.ndarray
    active: np.ndarray
    basket_cents: np.ndarray
    horizons: dict[int, Horizon]


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
    return Future(repeats, active, population.mean_cents * future_factor(settings, population), horizons)
