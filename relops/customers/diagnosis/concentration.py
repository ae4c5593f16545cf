"""How unevenly revenue is spread over customers: Lorenz curve, Gini coefficient, deciles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.demands import require_known
from relops.customers.estimates import LEVEL, Estimate, critical_value

DECILES = 10


@dataclass(frozen=True)
class Concentration:
    """The spread of revenue over ``customers``; who took back more than was bought counts as nothing.

    ``lorenz``: customer_share, revenue_share, from the smallest customers up, starting at (0, 0).
    ``deciles``: decile (1 = the customers who spent most), customers, revenue, revenue_share, least_revenue
    (the smallest total in it), cumulative_share. ``gini`` has a jackknife interval, ``top_share`` (first
    decile) a linearised one.
    """

    customers: int
    revenue: float
    gini: Estimate
    top_share: Estimate
    top_revenue: float
    lorenz: pd.DataFrame
    deciles: pd.DataFrame


@unless_unavailable
def concentration(totals: pd.DataFrame) -> Concentration:
    """Return the concentration from the distinct totals (revenue ascending, customers).

    Raises Unavailable with fewer customers than deciles, or without revenue; BadInput where a revenue is missing.
    """
    require_known(totals["revenue"], "concentration")
    values = totals["revenue"].to_numpy(dtype=float).clip(min=0)
    weights = totals["customers"].to_numpy(dtype=np.int64)
    customers, revenue = int(weights.sum()), float((values * weights).sum())
    if customers < DECILES or revenue <= 0:
        raise Unavailable(TOO_LITTLE, "orders.customer_id, orders.amount")
    people, money = np.cumsum(weights), np.cumsum(values * weights)
    lorenz = pd.DataFrame({"customer_share": np.r_[0, people / customers],
                           "revenue_share": np.r_[0, money / money[-1]]})
    deciles = _deciles(values, people, money)
    return Concentration(
        customers, revenue, estimate_gini(values, weights), _top_share(values, weights, deciles),
        float(deciles["revenue"].iloc[0]), lorenz, deciles)


def estimate_gini(values: np.ndarray, weights: np.ndarray, level: float = LEVEL) -> Estimate:
    """Return the Gini coefficient of ascending values that occur ``weights`` times, with the interval of
    the exact delete-one jackknife (Yitzhaki 1991), whose replicates have a closed form."""
    n, total = int(weights.sum()), float((values * weights).sum())
    last_rank = np.cumsum(weights)
    ranks = last_rank - (weights - 1) / 2
    rank_sum = float((ranks * values * weights).sum())
    gini = 2 * rank_sum / (n * total) - (n + 1) / n
    left_total = total - values
    if n < 3 or not (left_total > 0).all():
        return Estimate(gini, None, None, n, level)
    left_ranks = rank_sum - last_rank * values - (total - np.cumsum(values * weights))
    replicates = 2 * left_ranks / ((n - 1) * left_total) - n / (n - 1)
    spread = (weights * (replicates - np.average(replicates, weights=weights)) ** 2).sum()
    half = critical_value(level) * np.sqrt((n - 1) / n * spread)
    return Estimate(gini, float(max(0, gini - half)), float(min(1, gini + half)), n, level)


def _deciles(values: np.ndarray, people: np.ndarray, money: np.ndarray) -> pd.DataFrame:
    """Cut the customers, richest first, into ten groups of equal size up to rounding. Customers with equal
    totals that a cut would part are shared out by number, which changes no sum."""
    n = people[-1]
    bounds = np.round(np.arange(DECILES + 1) * n / DECILES).astype(int)
    below = money_of_lowest(n - bounds, values, people, money)
    frame = pd.DataFrame({"decile": np.arange(1, DECILES + 1), "customers": np.diff(bounds),
                          "revenue": below[:-1] - below[1:]})
    frame["revenue_share"] = frame["revenue"] / money[-1]
    frame["least_revenue"] = values[np.searchsorted(people, n - bounds[1:], side="right")]
    frame["cumulative_share"] = frame["revenue_share"].cumsum()
    return frame


def money_of_lowest(count: np.ndarray, values: np.ndarray, people: np.ndarray,
                    money: np.ndarray) -> np.ndarray:
    """Return the money of the ``count`` customers who spent least; ``people`` and ``money`` are running
    sums."""
    group = np.searchsorted(people, count, side="left")
    before_people = np.r_[0, people][group]
    before_money = np.r_[0, money][group]
    return before_money + (count - before_people) * values[np.minimum(group, len(values) - 1)]


def _top_share(values: np.ndarray, weights: np.ndarray, deciles: pd.DataFrame) -> Estimate:
    """The first decile's share; interval by the influence function of a quantile share (Langel & Tillé
    2011)."""
    n, total = int(weights.sum()), float((values * weights).sum())
    share, cut = float(deciles["revenue_share"].iloc[0]), float(deciles["least_revenue"].iloc[0])
    part = deciles["customers"].iloc[0] / n
    influence = (np.clip(values - cut, 0, None) + part * cut - share * values) * n / total
    variance = float((weights * influence**2).sum()) / (n - 1)
    half = critical_value(LEVEL) * np.sqrt(variance / n)
    return Estimate(share, float(max(0, share - half)), float(min(1, share + half)), n)
