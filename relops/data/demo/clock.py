"""The company's clock: festivals, promotion weeks and weekdays make time run faster or slower.

Purchases are drawn in *operational* time, in which every customer buys at a constant rate, and mapped to the
calendar by the inverse of the cumulative intensity of its days. So nothing is drawn to be thrown away, and the
process stays exactly the one whose parameters are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings, company

DAYS_PER_WEEK = 7


@dataclass(frozen=True, eq=False)
class Clock:
    """``weeks_at`` holds the operational weeks gone by at the beginning of each day, ``hours_at`` the share of a
    day's purchases made before each hour (None: even)."""

    weeks_at: np.ndarray
    hours_at: np.ndarray | None

    def weeks(self, days: np.ndarray | float) -> np.ndarray:
        """Return the operational weeks gone by at calendar times, in days since the first day's beginning."""
        return np.interp(days, np.arange(len(self.weeks_at)), self.weeks_at)

    def seconds(self, weeks: np.ndarray) -> np.ndarray:
        """Return the calendar seconds since the first day's beginning at which operational ``weeks`` have gone by.

        The order of times is kept; within the day they follow its hours.
        """
        days = np.interp(weeks, self.weeks_at, np.arange(len(self.weeks_at), dtype=float))
        whole = np.floor(days)
        part = days - whole
        if self.hours_at is not None:
            part = np.interp(part, self.hours_at, np.linspace(0, 1, len(self.hours_at)))
        within = np.minimum((part * SECONDS_PER_DAY).astype(np.int64), SECONDS_PER_DAY - 1)
        return whole.astype(np.int64) * SECONDS_PER_DAY + within


def make_clock(settings: DemoSettings) -> Clock:
    """Return the clock of an edition, over the data and the future; an even one for the plain edition."""
    days = settings.data_days + settings.future_days
    if settings.plain:
        return Clock(np.arange(days + 1) / DAYS_PER_WEEK, None)
    weights = day_weights(settings)
    hours = np.asarray(company()["calendar"]["hours"], float)
    hours_at = np.concatenate([[0.0], np.cumsum(hours) / hours.sum()])
    # hours without a purchase would make the inverse ambiguous
    hours_at = (hours_at + np.linspace(0, 1e-6, len(hours_at))) / (1 + 1e-6)
    return Clock(np.concatenate([[0.0], np.cumsum(weights)]) / DAYS_PER_WEEK, hours_at)


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
