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
    each purchase (in the plain edition each repeat purchase), ``mean_cents`` the mean of an order, ``start_weeks`` the
    operational time of the first purchase, ``joins_after`` and ``asked_after`` the seconds from there to membership
    and to the question for consent, ``household`` a number within the block or -1; the others are places in the lists
    of ``company.yaml``."""

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
    asked_after: np.ndarray
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
    elsewhere = choose(generator, facts["regions"]["share"], number)
    visits = channel == facts["channels"]["ids"].index("store")
    store = _own_stores(np.where(visits, -1, elsewhere), generator)
    region = store_regions()[store]
    if not settings.plain:
        rate *= np.where(visits, store_pull(settings)[store], 1.0)
    household = _households(region, generator)
    joins_after = generator.integers(0, MOST_DAYS_TO_JOIN * SECONDS_PER_DAY, number)
    at_till = generator.random(number) < facts["consent"]["asked_at_till"]
    return Population(
        start_weeks, rate, stopping, mean_cents, acquisition,
        channel, store, region,
        age_band=choose(generator, facts["age_bands"]["share"], number),
        consent=choose(generator, facts["consent"]["share"], number),
        member=generator.random(number) < facts["member_share"],
        joins_after=joins_after, asked_after=np.where(at_till, 0, joins_after),
        stores_value=generator.random(number) < facts["stored_value_share"],
        taste=choose(generator, tastes(), number), household=household)


def tastes() -> np.ndarray:
    """Return the share of customers whose own tea each category is: nobody's is a gift box."""
    shares = np.array([entry["share"] if entry["weighed"] else 0.0 for entry in company()["categories"]])
    return shares / shares.sum()


def store_regions() -> np.ndarray:
    """Return the region of each store (a place in the list of regions)."""
    return np.repeat(np.arange(len(company()["regions"]["stores"])), company()["regions"]["stores"])


def _own_stores(region: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the store of each customer: one of the own region, of any where that is negative."""
    size = 1 / np.arange(2, company()["stores"] + 2) ** 0.6
    edges = np.concatenate([[0.0], np.cumsum(size) / size.sum()])
    borders = np.concatenate([[0], np.cumsum(company()["regions"]["stores"])])
    low = np.where(region < 0, 0.0, edges[borders[region]])
    high = np.where(region < 0, 1.0, edges[borders[region + 1]])
    place = np.searchsorted(edges, low + (high - low) * generator.random(len(region)), side="right") - 1
    return np.minimum(place, company()["stores"] - 1).astype(np.int16)


@functools.cache
def second_stores() -> np.ndarray:
    """Return the other store that customers of each store visit: the next of the region, the own if it is alone."""
    stores = np.arange(company()["stores"])
    first = np.searchsorted(store_regions(), store_regions(), side="left")
    after = np.searchsorted(store_regions(), store_regions(), side="right")
    return (first + (stores - first + 1) % (after - first)).astype(np.int16)


@functools.cache
def store_pull(settings: DemoSettings) -> np.ndarray:
    """Return what each store multiplies the rate of its visitors by: the same in every block, one on average."""
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(settings.seed, spawn_key=(1 << 31, 2))))
    spread = company()["store_pull_spread"]
    return np.exp(spread * draw.standard_normal(company()["stores"]) - spread**2 / 2)


def _households(region: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the household of each customer, two of a region to each; -1 for those who live alone or did not say."""
    number = len(region)
    pairs = int(number * company()["household_share"] / 2)
    mixed = generator.permutation(number)
    neighbours = mixed[np.argsort(region[mixed], kind="stable")][:number // 2 * 2].reshape(-1, 2)
    neighbours = neighbours[region[neighbours[:, 0]] == region[neighbours[:, 1]]]
    household = np.full(number, -1)
    household[generator.permutation(neighbours)[:pairs]] = np.arange(pairs)[:, None]
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
