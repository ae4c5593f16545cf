"""What is in the bag: the category by season and taste, the goods that the sum buys, their price and discount."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from relops.data.demo.clock import day_weights
from relops.data.demo.population import Population, tastes
from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings, company
from relops.units import MONTHS_PER_YEAR

CATEGORIES = company()["categories"]
PRODUCTS = tuple(name for category in CATEGORIES for name in category["products"])
# products of a category, from dear to cheap
LEVELS = 3
COSTS = np.repeat([entry["cost"] for entry in CATEGORIES], LEVELS)
WEIGHED = np.array([entry["weighed"] for entry in CATEGORIES])
# tea is weighed: the least that is sold is a tenth of a pack; what is not weighed is sold by the piece
PARTS_OF_A_PACK = 10
LEAST_PARTS = np.where(WEIGHED, 1, PARTS_OF_A_PACK)


@dataclass(frozen=True, eq=False)
class Baskets:
    """Baskets in arrays: ``cents`` paid, ``listed`` cents before discounts, ``product`` that leads (a place in
    :data:`PRODUCTS`)."""

    cents: np.ndarray
    listed: np.ndarray
    product: np.ndarray


@dataclass(frozen=True, eq=False)
class CategoryLaw:
    """``edges`` month by month the distribution function over categories of who follows the season; ``factor`` what
    a basket of each category comes to beside the customer's mean (one on average over the data); ``future_shares``
    the categories of the future's baskets."""

    edges: np.ndarray
    factor: np.ndarray
    future_shares: np.ndarray


def draw_baskets(settings: DemoSettings, population: Population, owner: np.ndarray, seconds: np.ndarray,
                 generator: np.random.Generator, scale: float = 1.0) -> Baskets:
    """Return the baskets of ``owner`` (places in the population) at these times, in whole cents, at least one.

    Sums are Gamma around the customer's mean (Gamma-Gamma), ``scale`` times as large; in the full edition the category
    moves the mean, it rises with the list prices, and goods are bought at these.
    """
    shape = settings.purchasing["p"]
    cents = generator.standard_gamma(shape, len(seconds)) * (population.mean_cents[owner] * scale / shape)
    if settings.plain:
        whole = _whole(cents)
        return Baskets(whole, whole, np.zeros(len(whole), dtype=np.int16))
    law, day = category_law(settings), seconds // SECONDS_PER_DAY
    category = _categories(settings, law, day, generator)
    faithful = generator.random(len(day)) < company()["taste_share"]
    category = np.where(faithful, population.taste[owner], category).astype(np.int16)
    coupon = company()["coupons"]["rate"] * (generator.random(len(day)) < company()["coupons"]["share"])
    off = discount_rates(settings)[day]
    off = np.where(off > 0, off, coupon)
    year = price_years(settings)[day]
    sums = cents * law.factor[category] * price_level(year) / (1 - off)
    product, listed = _goods(category, sums, year, generator)
    return Baskets(_whole(listed * (1 - off)), listed, product)


def _whole(cents: np.ndarray) -> np.ndarray:
    return np.maximum(np.rint(cents), 1).astype(np.int64)


def _goods(category: np.ndarray, sums: np.ndarray, year: np.ndarray,
           generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the leading product, the dearest that the sum pays for, and the list price of as much of it as the sum
    buys: on average that sum, at least the smallest amount that is sold."""
    level = np.zeros(len(sums), dtype=np.int16)
    for place in range(LEVELS - 1):
        level += sums < price_list()[year, category * LEVELS + place]
    product = (category * LEVELS + level).astype(np.int16)
    least = smallest_price(product, year)
    bought = np.maximum(np.floor(sums / least + generator.random(len(sums))), 1).astype(np.int64)
    return product, bought * least


def smallest_price(product: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Return the list price in cents of the least that is sold of each product."""
    return price_list()[year, product] * LEAST_PARTS[product // LEVELS] // PARTS_OF_A_PACK


@functools.cache
def price_list() -> np.ndarray:
    """Return the list prices in cents of a pack or piece: times that prices have risen × product. Pieces cost whole
    yuan, packs tenths of a yuan."""
    rises = len(company()["calendar"]["prices_rise"]) + 1
    first = np.array([price for entry in CATEGORIES for price in entry["products"].values()])
    step = np.repeat(np.where(WEIGHED, 10, 1), LEVELS)
    prices = first * price_level(np.arange(rises))[:, None]
    return (np.rint(prices * step) * 100 // step).astype(np.int64)


def price_level(year: np.ndarray) -> np.ndarray:
    """Return prices beside those of the first day, after they have risen so many times."""
    return (1 + company()["calendar"]["price_drift_year"]) ** year


@functools.cache
def price_years(settings: DemoSettings) -> np.ndarray:
    """Return how many times list prices have risen by each day of data and future: never in the plain edition."""
    days = np.arange(settings.data_days + settings.future_days)
    rises = [] if settings.plain else [settings.day_number(day) for day in company()["calendar"]["prices_rise"]]
    return np.searchsorted(np.array(rises, int), days, side="right")


def margin_cents(cents: np.ndarray, listed: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Return what is left of the sums paid when the goods are paid for: their cost is a share of the list price."""
    return cents - np.rint(listed * COSTS[product]).astype(np.int64)


@functools.cache
def category_law(settings: DemoSettings) -> CategoryLaw:
    """Return how categories are drawn in an edition, and what they come to."""
    months = range(1, MONTHS_PER_YEAR + 1)
    shares = np.array([[entry["share"] * entry["months"].get(month, 1.0) for entry in CATEGORIES] for month in months])
    shares /= shares.sum(axis=1, keepdims=True)
    value = np.array([entry["value"] for entry in CATEGORIES])
    daily, weights, faithful = shares[_months(settings)], day_weights(settings), company()["taste_share"]

    def seasonal(days: slice) -> np.ndarray:
        return np.average(daily[days], axis=0, weights=weights[days])

    seen, later = slice(0, settings.data_days), slice(settings.data_days, None)
    mean = faithful * (tastes() @ value) + (1 - faithful) * (seasonal(seen) @ value)
    return CategoryLaw(np.cumsum(shares, axis=1), value / mean, seasonal(later))


def future_basket_cents(settings: DemoSettings, population: Population) -> np.ndarray:
    """Return what a basket of each customer comes to on average over the future, at the prices of the first day."""
    if settings.plain:
        return population.mean_cents
    law, faithful = category_law(settings), company()["taste_share"]
    factor = faithful * law.factor[population.taste] + (1 - faithful) * (law.future_shares @ law.factor)
    cents, shape = population.mean_cents * factor, settings.purchasing["p"]
    for category in np.flatnonzero(~WEIGHED):
        # who wanted to spend less than the cheapest piece buys one: what a Gamma variable lacks of it, on average
        least = price_list()[0, category * LEVELS + LEVELS - 1]
        mean = population.mean_cents * law.factor[category]
        lacks = least * gammainc(shape, shape * least / mean) - mean * gammainc(shape + 1, shape * least / mean)
        cents = cents + (1 - faithful) * law.future_shares[category] * lacks
    return cents


@functools.cache
def _months(settings: DemoSettings) -> np.ndarray:
    """Return the month of the year (0..11) of each day of data and future."""
    days = range(settings.data_days + settings.future_days)
    return np.array([(settings.first_day + datetime.timedelta(days=day)).month - 1 for day in days])


def _categories(settings: DemoSettings, law: CategoryLaw, day: np.ndarray,
                generator: np.random.Generator) -> np.ndarray:
    """Return categories by the season of each."""
    month = _months(settings)[day]
    # the twelve distribution functions behind one another: one search finds month and category
    steps = (law.edges + np.arange(MONTHS_PER_YEAR)[:, None]).ravel()
    place = np.searchsorted(steps, generator.random(len(day)) + month, side="right")
    return np.minimum(place - month * len(CATEGORIES), len(CATEGORIES) - 1)


@functools.cache
def discount_rates(settings: DemoSettings) -> np.ndarray:
    """Return for each day of data and future what the company takes off everybody's bill."""
    calendar = company()["calendar"]
    days = np.arange(settings.data_days + settings.future_days)
    rates = np.zeros(len(days))
    for festival in calendar["festivals"]:
        for day in festival["days"]:
            distance = days - settings.day_number(day)
            rates[(distance >= -festival["before"]) & (distance <= 0)] += calendar["promotions"].get(
                festival["name"], 0.0)
    return rates
