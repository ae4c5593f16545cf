"""Whether forecasts are right where it matters: by frequency, by recency, by tenth of what was expected."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from relops.customers.estimates import estimate_mean
from relops.customers.holdout_scores import Ranking
from relops.customers.weighted import weighted_sum

MOST_FREQUENCY = 7  # so many repeat purchases and more share the last row of the table
CURVE = np.linspace(0, 1, 101)
TENTHS = 10
RECENCY_BANDS = 10


def by_band(band: np.ndarray, actual: np.ndarray, customers: np.ndarray, expected: Mapping[str, np.ndarray],
            level: float) -> pd.DataFrame:
    """Return a row for each value of ``band``: band, customers, actual mean with low and high, and one column
    a model with its mean expectation."""
    rows = []
    for value in np.unique(band):
        inside = band == value
        weights = customers[inside]
        mean = estimate_mean(actual[inside], weights, level)
        means = {name: weighted_sum(weights, values[inside]) / weighted_sum(weights)
                 for name, values in expected.items()}
        rows.append({"band": value, "customers": int(weights.sum()), "actual": mean.value,
                     "low": mean.low, "high": mean.high} | means)
    return pd.DataFrame(rows)


def calibration_table(frequency: np.ndarray, actual: np.ndarray, customers: np.ndarray,
                      expected: Mapping[str, np.ndarray], level: float) -> pd.DataFrame:
    """Return mean held-out purchases by calibration frequency 0 to 7 and more: frequency, customers, actual
    with low and high, and one column a model."""
    band = np.minimum(frequency, MOST_FREQUENCY).astype(int)
    return by_band(band, actual, customers, expected, level).rename(columns={"band": "frequency"})


def recency_table(since_weeks: np.ndarray, actual: np.ndarray, customers: np.ndarray,
                  expected: Mapping[str, np.ndarray], level: float) -> pd.DataFrame:
    """Return mean held-out purchases by weeks since the last purchase, in up to ten bands of equal width: from
    and to (weeks), customers, actual with low and high, and one column a model."""
    width = max(float(np.ceil(since_weeks.max() / RECENCY_BANDS)), 1.0)
    band = np.floor(since_weeks / width).astype(int)
    table = by_band(band, actual, customers, expected, level)
    start = table.pop("band") * width
    return pd.concat([pd.DataFrame({"from": start, "to": start + width}), table], axis=1)


def decile_table(ranked_by: np.ndarray, actual: np.ndarray, customers: np.ndarray,
                 expected: Mapping[str, np.ndarray], level: float) -> pd.DataFrame:
    """Return mean held-out purchases by tenth of customers, those with the lowest expectation first: decile,
    customers, actual with low and high, one column a model. Customers with the same expectation stay
    together, so there may be fewer than ten rows."""
    return by_band(tenth(ranked_by, customers), actual, customers, expected, level).rename(
        columns={"band": "decile"})


def tenth(values: np.ndarray, customers: np.ndarray) -> np.ndarray:
    """Return the tenth of customers each row belongs to, 1 for the lowest values: the one that holds the middle
    of all who share its value."""
    levels, level_of = np.unique(values, return_inverse=True)
    people = np.bincount(level_of, customers, len(levels))
    middle = (np.cumsum(people) - people / 2) / people.sum()
    return (np.floor(middle * TENTHS).astype(int) + 1)[level_of]


def ranking_table(expected: Mapping[str, np.ndarray], actual: np.ndarray,
                  customers: np.ndarray) -> pd.DataFrame:
    """Return the gain curves: share_customers (those expected to buy most first), and the share of purchases
    they made when ranked by each model or perfectly."""
    curves = {name: np.interp(CURVE, *Ranking(values, actual, customers).shares())
              for name, values in {**expected, "perfect": actual}.items()}
    return pd.DataFrame({"share_customers": CURVE} | curves)
