"""Who the customers are: when and how they came, at which rate they buy, how soon they stop, what they spend."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from relops.data.demo.clock import Clock
from relops.data.demo.settings import SECONDS_PER_DAY, Block, DemoSettings, choose, company

# a chance of stopping so small that it never happens; the geometric distribution refuses zero
LEAST_STOPPING = 1e-9
DAYS_PER_YEAR = 365.25
MOST_DAYS_TO_JOIN = 30


@dataclass(frozen=True, eq=False)
class Population:
    """One entry a customer, in arrays. ``rate`` is per operational week, ``stopping`` the chance of stopping after
    each repeat purchase, ``mean_cents`` the mean of an order, ``start_weeks`` the operational time of the first
    purchase, ``joins_after`` the seconds from there to membership, ``household`` a number within the block or -1; the
    others are places in the lists of ``company.yaml``."""

    start_weeks: np.ndarray
    rate: np.ndarray
    stopping: np.ndarray
    mean_cents: np.ndarray
    acquisition: np.ndarray
    channel: np.ndarray
    store: np.ndarray
    region: np.ndarray
    age_band: np.ndarray
    consent: np.ndarray
    member: np.ndarray
    joins_after: np.ndarray
    stores_value: np.ndarray
    taste: np.ndarray
    household: np.ndarray

    def __len__(self) -> int:
        return len(self.rate)


def draw_population(block: Block, clock: Clock) -> Population:
    """Return the customers of a block."""
    settings, generator, number = block.settings, block.generator("population"), block.customers
    facts = company()
    sources = facts["acquisition"]
    acquisition = choose(generator, [source["share"] for source in sources], number)
    law = settings.purchasing
    quality, loyalty = (np.array([1.0 if settings.plain else source[name] for source in sources])[acquisition]
                        for name in ("quality", "loyalty"))
    rate = generator.gamma(law["r"], quality / law["alpha"])
    stopping = np.maximum(generator.beta(law["a"], law["b"] * loyalty), LEAST_STOPPING)
    # Gamma-Gamma: an order is Gamma(p) at a rate that is Gamma(q) with scale 1 / v among customers
    mean_cents = 100 * law["p"] * law["v"] / generator.standard_gamma(law["q"], number)
    start_weeks = _arrivals(block, clock, generator)
    channel = choose(generator, facts["channels"]["share"], number)
    store = choose(generator, 1 / np.arange(2, facts["stores"] + 2) ** 0.6, number)
    elsewhere = choose(generator, facts["regions"]["share"], number)
    visits = channel == facts["channels"]["ids"].index("store")
    region = np.where(visits, store_regions()[store], elsewhere)
    if not settings.plain:
        rate *= np.where(visits, store_pull(settings)[store], 1.0)
    household = _households(number, generator)
    return Population(
        start_weeks, rate, stopping, mean_cents, acquisition,
        channel, store, region,
        age_band=choose(generator, facts["age_bands"]["share"], number),
        consent=choose(generator, facts["consent"]["share"], number),
        member=generator.random(number) < facts["member_share"],
        joins_after=generator.integers(0, MOST_DAYS_TO_JOIN * SECONDS_PER_DAY, number),
        stores_value=generator.random(number) < facts["stored_value_share"],
        taste=choose(generator, tastes(), number), household=household)


def tastes() -> np.ndarray:
    """Return the share of customers whose own tea each category is: nobody's is a gift box."""
    shares = np.array([entry["share"] if entry["weighed"] else 0.0 for entry in company()["categories"]])
    return shares / shares.sum()


def store_regions() -> np.ndarray:
    """Return the region of each store (a place in the list of regions)."""
    return np.repeat(np.arange(len(company()["regions"]["stores"])), company()["regions"]["stores"])


@functools.cache
def store_pull(settings: DemoSettings) -> np.ndarray:
    """Return what each store multiplies the rate of its visitors by: the same in every block, one on average."""
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(settings.seed, spawn_key=(1 << 31, 2))))
    spread = company()["store_pull_spread"]
    return np.exp(spread * draw.standard_normal(company()["stores"]) - spread**2 / 2)


def _households(number: int, generator: np.random.Generator) -> np.ndarray:
    """Return the household of each customer, two to each; -1 for those who live alone or did not say."""
    pairs = int(number * company()["household_share"] / 2)
    household = np.full(number, -1)
    household[generator.permutation(number)[:2 * pairs]] = np.tile(np.arange(pairs), 2)
    return household


def _arrivals(block: Block, clock: Clock, generator: np.random.Generator) -> np.ndarray:
    """Return the operational times of first purchases: even for the plain edition, else growing year by year."""
    settings = block.settings
    end = float(clock.weeks(settings.data_seconds / SECONDS_PER_DAY))
    share = generator.random(block.customers)
    if settings.plain:
        return share * end
    growth = company()["calendar"]["growth_year"] * settings.data_days / DAYS_PER_YEAR
    # the inverse of a distribution function whose density rises in a straight line to 1 + growth times its start
    return end * (np.sqrt(1 + share * growth * (2 + growth)) - 1) / growth
