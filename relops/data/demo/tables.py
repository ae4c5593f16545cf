"""Orders and customers as tables of the contract."""

from __future__ import annotations

import numpy as np

from relops.data.demo.basket import PRODUCTS
from relops.data.demo.events import NOBODY
from relops.data.demo.orders import CANCELLED, NO_PRODUCT, RECHARGE, STATUSES, Orders
from relops.data.demo.population import Population
from relops.data.demo.purchases import CHANNELS
from relops.data.demo.settings import SECONDS_PER_DAY, Block, company
from relops.data.demo.write import Frame, identity, labels, money, numbers, times

DAYS_PER_YEAR = 365
POINTS_PER_CENT = 100


def store_names() -> list[str]:
    """Return the ids of the stores."""
    return [f"S{number:02d}" for number in range(1, company()["stores"] + 1)]


def category_names() -> list[str]:
    """Return the category of each product."""
    return [entry["id"] for entry in company()["categories"] for _ in entry["products"]]


def customer_column(block: Block, owner: np.ndarray) -> object:
    """Return the numbers of customers from one on, over all blocks; null for nobody."""
    return numbers(owner + block.first + 1, owner == NOBODY)


def order_frame(block: Block, orders: Orders, before: int) -> Frame:
    """Return the orders table of a block, its orders numbered from ``before`` + 1 on."""
    columns = {"number": numbers(orders.number + before), "customer": customer_column(block, orders.owner),
               "ordered_at": times(block.settings, orders.seconds), "cents": numbers(orders.cents)}
    select = (f"{identity('SO', 'number', 9)} AS order_id, {identity('C', 'customer')} AS customer_id, ordered_at, "
              f"{money('cents')} AS amount")
    if block.settings.plain:
        return Frame(columns, select)
    columns |= {
        "refund_of": numbers(orders.refund_of + before, orders.refund_of == 0), "discount": numbers(orders.discount),
        "margin": numbers(orders.margin), "stored": numbers(orders.stored), "channel": labels(orders.channel, CHANNELS),
        "store": labels(orders.store, store_names()), "product": labels(orders.product, PRODUCTS),
        "category": labels(orders.product, category_names()),
        "parts": numbers(orders.parts, orders.product == NO_PRODUCT),
        "status": labels(orders.kind, STATUSES)}
    return Frame(columns, select + (
        f", {money('margin')} AS margin, {money('discount')} AS discount, channel, store AS store_id, product, "
        "category, CAST(CAST(parts AS DECIMAL(18, 1)) * CAST(0.1 AS DECIMAL(2, 1)) AS DECIMAL(18, 1)) AS quantity, "
        f"status, {identity('SO', 'refund_of', 9)} AS refund_of, {money('stored')} AS stored_value_used"))


def customer_frame(block: Block, population: Population, orders: Orders,
                   since: tuple[np.ndarray, np.ndarray]) -> Frame:
    """Return the customers table of a block; ``since`` is when each bought first and when each left the list, in
    seconds."""
    first_seconds, refused_at = since
    settings, generator, facts = block.settings, block.generator("customers"), company()
    owner = np.arange(len(population))
    columns = {"customer": customer_column(block, owner), "first_seen_at": times(settings, first_seconds)}
    select = f"{identity('C', 'customer')} AS customer_id, first_seen_at"
    if settings.plain:
        return Frame(columns, select)
    sources = facts["acquisition"]
    tier, points = _standing(block, population, orders)
    end = settings.data_days * SECONDS_PER_DAY
    joined = first_seconds + population.joins_after
    member = population.member & (joined < end)
    consent, changed = _consent(population, first_seconds, refused_at, end)
    base = np.array([source["cost"] * 100 for source in sources])[population.acquisition]
    cost = np.rint(base * generator.uniform(0.7, 1.3, len(owner))).astype(np.int64)
    columns |= {
        "household": numbers(population.household + block.first + 1, population.household < 0),
        "age_band": labels(np.where(generator.random(len(owner)) < facts["age_bands"]["told"], population.age_band, -1),
                           facts["age_bands"]["ids"]),
        "member_since": times(settings, np.minimum(joined, end - 1), ~member),
        "tier": labels(np.where(member, tier, -1), facts["tiers"]["ids"]), "points": numbers(points, ~member),
        "balance": numbers(stored_value(orders, len(owner))),
        "region": labels(population.region, facts["regions"]["ids"]),
        "acquisition": labels(population.acquisition, [source["id"] for source in sources]),
        "cost": numbers(cost), "consent": labels(consent, facts["consent"]["ids"]),
        "consent_changed_at": times(settings, np.minimum(changed, end - 1), changed >= end)}
    return Frame(columns, select + (
        ", 'customer' AS party_type, age_band, CAST(member_since AS DATE) AS member_since, tier AS member_tier, "
        f"points, {money('balance')} AS stored_value, {identity('H', 'household', 6)} AS household_id, "
        f"acquisition AS acquisition_channel, {money('cost')} AS acquisition_cost, region, "
        "consent AS consent_marketing, consent_changed_at"))


def _consent(population: Population, first_seconds: np.ndarray, refused_at: np.ndarray,
             end: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the consent of each customer at the end of the data, and when it became so: ``end`` where unknown."""
    names = company()["consent"]["ids"]
    asked = first_seconds + population.asked_after
    known = (population.consent != names.index(None)) & (asked < end)
    consent = np.where(known, population.consent, names.index(None))
    left = refused_at < end
    return np.where(left, names.index("false"), consent), np.where(left, refused_at, np.where(known, asked, end))


def stored_value(orders: Orders, customers: int) -> np.ndarray:
    """Return the stored value of each customer in cents: recharged, less used, more given back."""
    recharge = orders.kind == RECHARGE
    change = np.where(recharge, orders.cents, -orders.stored)
    mine = orders.owner != NOBODY
    return np.rint(np.bincount(orders.owner[mine], change[mine], customers)).astype(np.int64)


def _standing(block: Block, population: Population, orders: Orders) -> tuple[np.ndarray, np.ndarray]:
    """Return tier and points of each customer: by the spend of the last year, and by all of it."""
    settings = block.settings
    counted = (orders.owner != NOBODY) & (orders.kind != CANCELLED) & (orders.kind != RECHARGE)
    last_year = counted & (orders.seconds >= (settings.data_days - DAYS_PER_YEAR) * SECONDS_PER_DAY)
    size = len(population)
    spent, recent = (np.bincount(orders.owner[chosen], orders.cents[chosen], size) for chosen in (counted, last_year))
    edges = np.asarray(company()["tiers"]["from"][1:]) * 100
    return np.searchsorted(edges, recent, side="right"), np.maximum(spent // POINTS_PER_CENT, 0).astype(np.int64)
