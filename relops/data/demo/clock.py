"""The company's clock: festivals, promotion weeks and weekdays make time run faster or slower.

Purchases are drawn in *operational* time, in which every customer buys at a constant rate, and mapped to the
calendar by the inverse of the cumulative intensity of its days. So nothing is drawn to be thrown away, and the
process stays exactly the one whose parameters are known.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings, company

DAYS_PER_WEEK = 7


@dataclass(frozen=True, eq=False)
class Clock:
    """``weeks_at`` holds the operational weeks gone by at the beginning of each day."""

    weeks_at: np.ndarray

    def weeks(self, days: np.ndarray | float) -> np.ndarray:
        """Return the operational weeks gone by at calendar times, in days since the first day's beginning."""
        return np.interp(days, np.arange(len(self.weeks_at)), self.weeks_at)

    def seconds(self, weeks: np.ndarray) -> np.ndarray:
        """Return the calendar seconds since the first day's beginning at which operational ``weeks`` have gone by.

        The order of times is kept; within the day they are even.
        """
        days = np.interp(weeks, self.weeks_at, np.arange(len(self.weeks_at), dtype=float))
        whole = np.floor(days)
        within = np.minimum(((days - whole) * SECONDS_PER_DAY).astype(np.int64), SECONDS_PER_DAY - 1)
        return whole.astype(np.int64) * SECONDS_PER_DAY + within


def make_clock(settings: DemoSettings) -> Clock:
    """Return the clock of an edition, over the data and the future; an even one for the plain edition."""
    days = settings.data_days + settings.future_days
    if settings.plain:
        return Clock(np.arange(days + 1) / DAYS_PER_WEEK)
    return Clock(np.concatenate([[0.0], np.cumsum(day_weights(settings))]) / DAYS_PER_WEEK)


def within_hours(seconds: np.ndarray, at_store: np.ndarray) -> np.ndarray:
    """Return times of the whole day moved into the hours in which orders are made, each on its own day: those at a
    store while it is open."""
    day, part = np.divmod(seconds, SECONDS_PER_DAY)
    moved = np.interp(part, *_hours("online"))
    moved[at_store] = np.interp(part[at_store], *_hours("store"))
    return day * SECONDS_PER_DAY + moved.astype(np.int64)


@functools.cache
def _hours(place: str) -> tuple[np.ndarray, np.ndarray]:
    """Return seconds of an even day, and the seconds of the day by which as much of the orders is made."""
    law = company()["calendar"]["hours"][place]
    made = np.concatenate([[0.0], np.cumsum(law["shares"])])
    at = 3600.0 * (law["from"] + np.arange(len(made)))
    at[0] += law["late_s"]
    return made / made[-1] * SECONDS_PER_DAY, at


def day_weights(settings: DemoSettings) -> np.ndarray:
    """Return how many times an even day's purchases each day brings; one on average over the data."""
    calendar = company()["calendar"]
    days = np.arange(settings.data_days + settings.future_days)
    weights = np.asarray(calendar["weekdays"])[(settings.first_day.weekday() + days) % DAYS_PER_WEEK]
    for festival in calendar["festivals"]:
        for day in festival["days"]:
            distance = days - settings.day_number(day)
            before = (distance >= -festival["before"]) & (distance <= 0)
            # the rush grows towards the festival
            weights = weights * np.where(before, 1 + festival["lift"] * (1 + distance / (festival["before"] + 1)), 1)
            weights = np.where((distance > 0) & (distance <= festival["after"]), weights * festival["quiet"], weights)
    return weights / weights[:settings.data_days].mean()
