"""What is in the bag: the category by season and taste, the sum it comes to, the price before discounts."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass

import numpy as np

from relops.data.demo.clock import day_weights
from relops.data.demo.population import DAYS_PER_YEAR, Population, tastes
from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings, company
from relops.units import MONTHS_PER_YEAR

CATEGORIES = company()["categories"]
COSTS = np.array([entry["cost"] for entry in CATEGORIES])


@dataclass(frozen=True, eq=False)
class Baskets:
    """Baskets in arrays: ``cents`` paid, ``listed`` cents before discounts, ``category`` of the leading product."""

    cents: np.ndarray
    listed: np.ndarray
    category: np.ndarray


@dataclass(frozen=True, eq=False)
class CategoryLaw:
    """``edges`` month by month the distribution function over categories of who follows the season; ``factor`` what
    a basket of each category comes to beside the customer's mean (one on average over the data); ``future_factor``
    the season's mean of it over the future."""

    edges: np.ndarray
    factor: np.ndarray
    future_factor: float


def draw_baskets(settings: DemoSettings, population: Population, owner: np.ndarray, seconds: np.ndarray,
                 generator: np.random.Generator) -> Baskets:
    """Return the baskets of ``owner`` (places in the population) at these times, in whole cents, at least one.

    Amounts are Gamma around the customer's mean (Gamma-Gamma); in the full edition the category moves the mean, and
    prices drift.
    """
    shape = settings.purchasing["p"]
    cents = generator.standard_gamma(shape, len(seconds)) * (population.mean_cents[owner] / shape)
    if settings.plain:
        whole = _whole(cents)
        return Baskets(whole, whole, np.zeros(len(whole), dtype=np.int16))
    law, day = category_law(settings), seconds // SECONDS_PER_DAY
    category = _categories(settings, law, day, generator)
    faithful = generator.random(len(day)) < company()["taste_share"]
    category = np.where(faithful, population.taste[owner], category).astype(np.int16)
    drift = np.log1p(company()["calendar"]["price_drift_year"]) / (DAYS_PER_YEAR * SECONDS_PER_DAY)
    whole = _whole(cents * law.factor[category] * np.exp(drift * seconds))
    coupon = company()["coupons"]["rate"] * (generator.random(len(day)) < company()["coupons"]["share"])
    rate = discount_rates(settings)[day]
    return Baskets(whole, np.rint(whole / (1 - np.where(rate > 0, rate, coupon))).astype(np.int64), category)


def _whole(cents: np.ndarray) -> np.ndarray:
    return np.maximum(np.rint(cents), 1).astype(np.int64)


def margin_cents(cents: np.ndarray, listed: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Return what is left of the sums paid when the goods are paid for: their cost is a share of the list price."""
    return cents - np.rint(listed * COSTS[category]).astype(np.int64)


@functools.cache
def category_law(settings: DemoSettings) -> CategoryLaw:
    """Return how categories are drawn in an edition, and what they come to."""
    months = range(1, MONTHS_PER_YEAR + 1)
    shares = np.array([[entry["share"] * entry["months"].get(month, 1.0) for entry in CATEGORIES] for month in months])
    shares /= shares.sum(axis=1, keepdims=True)
    value = np.array([entry["value"] for entry in CATEGORIES])
    seasonal = (shares @ value)[_months(settings)]
    weights, seen = day_weights(settings), slice(0, settings.data_days)
    faithful = company()["taste_share"]
    mean = faithful * (tastes() @ value) + (1 - faithful) * np.average(seasonal[seen], weights=weights[seen])
    later = slice(settings.data_days, None)
    return CategoryLaw(np.cumsum(shares, axis=1), value / mean,
                       float(np.average(seasonal[later], weights=weights[later]) / mean))


def future_factor(settings: DemoSettings, population: Population) -> np.ndarray:
    """Return what a basket of each customer comes to on average over the future, beside the own mean."""
    if settings.plain:
        return np.ones(len(population))
    law, faithful = category_law(settings), company()["taste_share"]
    return faithful * law.factor[population.taste] + (1 - faithful) * law.future_factor


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
