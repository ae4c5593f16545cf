"""What an edition of the demo company is made from: its size, its seed, its switches, and the company itself."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relops.errors import BadInput, Problem
from relops.locale import read_yaml

DEFAULT_SEED = 20260701
LEAST_CUSTOMERS = 100
# up to this size the files are CSV, which everybody can open; beyond it Parquet
MOST_CSV_CUSTOMERS = 20_000
SECONDS_PER_DAY = 86_400
STREAMS = ("population", "purchases", "orders", "campaigns", "experiments", "feedback", "tickets", "referrals",
           "mentions", "dirt", "customers", "visits", "contacts", "exports", "messages")


@dataclass(frozen=True)
class DemoSettings:
    """An edition: how many customers, which seed, which switches.

    ``plain`` leaves out season, drift, failures and every table but orders and customers, so that the assumptions
    of BG/NBD and Gamma-Gamma hold; ``dirty`` spoils the files as exports are spoilt; ``exports`` writes them in the
    shapes of the systems that hold them; ``truth`` says whether the true values are written beside the data;
    ``block_customers`` are made at a time, whatever the size.
    """

    customers: int = 2_000
    seed: int = DEFAULT_SEED
    plain: bool = False
    dirty: bool = False
    exports: bool = False
    truth: bool = True
    block_customers: int = 100_000
    future_weeks: int = 52

    def __post_init__(self) -> None:
        faults = [(name, value, least) for name, value, least in (
            ("customers", self.customers, LEAST_CUSTOMERS), ("seed", self.seed, 0)) if value < least]
        problems = [Problem("data.demo.too_small", name, {"value": value, "least": least})
                    for name, value, least in faults]
        if self.plain + self.dirty + self.exports > 1:
            problems.append(Problem("data.demo.one_switch", "plain, dirty, exports", {}))
        if (self.dirty or self.exports) and self.customers > MOST_CSV_CUSTOMERS:
            problems.append(Problem("data.demo.files_too_large", "customers", {
                "value": f"{self.customers:,}", "most": f"{MOST_CSV_CUSTOMERS:,}"}))
        if problems:
            raise BadInput(problems)

    @property
    def first_day(self) -> datetime.date:
        """The first day of the data."""
        return company()["calendar"]["first_day"]

    @property
    def last_day(self) -> datetime.date:
        """The last day of the data; the future begins the day after."""
        return company()["calendar"]["last_day"]

    @property
    def data_days(self) -> int:
        """Days from the first to the last day of the data, both counted."""
        return (self.last_day - self.first_day).days + 1

    @property
    def data_seconds(self) -> int:
        """Seconds from the beginning of the first day to the end of the data, where the future begins.

        The plain edition ends at noon: first purchases fall half a day into their day on average, so that the days
        between two dates are then, on average, the time between the moments, as the models' T has it.
        """
        return self.data_days * SECONDS_PER_DAY - (SECONDS_PER_DAY // 2 if self.plain else 0)

    @property
    def future_days(self) -> int:
        """Days of the future that is simulated on for the truth."""
        return 7 * self.future_weeks

    @property
    def purchasing(self) -> dict[str, float]:
        """Parameters of rate, stopping and spend: r, alpha (per week), a, b, p, q, v."""
        return company()["purchasing"]["plain" if self.plain else "full"]

    @property
    def extension(self) -> str:
        """How the names of the files end."""
        return "csv.gz" if self.customers <= MOST_CSV_CUSTOMERS else "parquet"

    def blocks(self) -> list[Block]:
        """Return the blocks of customers that are made one after another."""
        starts = range(0, self.customers, self.block_customers)
        return [Block(self, number, start, min(self.block_customers, self.customers - start))
                for number, start in enumerate(starts)]

    def day_number(self, day: datetime.date) -> int:
        """Return the days from the first day of the data to ``day``."""
        return (day - self.first_day).days


@dataclass(frozen=True)
class Block:
    """A run of customers, ``first`` being the number of the one that begins it."""

    settings: DemoSettings
    number: int
    first: int
    customers: int

    def generator(self, stream: str) -> np.random.Generator:
        """Return the random numbers of one part of this block: a change in another part does not move them."""
        key = (self.number, STREAMS.index(stream))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.settings.seed, spawn_key=key)))


@functools.cache
def company() -> dict[str, Any]:
    """Return what is assumed of the company (``company.yaml``)."""
    return read_yaml(Path(__file__).with_name("company.yaml"))


def choose(generator: np.random.Generator, shares: Any, size: int) -> np.ndarray:
    """Return ``size`` places drawn with the probabilities ``shares`` (made to sum to one), as small integers."""
    edges = np.cumsum(np.asarray(shares, float))
    return np.searchsorted(edges / edges[-1], generator.random(size), side="right").astype(np.int16)


def waking(seconds: np.ndarray) -> np.ndarray:
    """Return times of the whole day moved into the hours in which people are up, each on its own day."""
    day, part = np.divmod(seconds, SECONDS_PER_DAY)
    first, last = company()["calendar"]["awake"]
    return day * SECONDS_PER_DAY + first * 3600 + part * (last - first) // 24
