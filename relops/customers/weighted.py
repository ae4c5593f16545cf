"""Sums over weighted rows.

By plain summation, not by BLAS: its threads would add up in an order that depends on how many there are, so
that the last digits would differ from machine to machine, and on busy cores they wait for each other.
"""

from __future__ import annotations

import numpy as np


def weighted_sum(weights: np.ndarray, values: np.ndarray | float = 1.0) -> float:
    """Return the sum of values that occur ``weights`` times."""
    return float(np.sum(weights * values))


def weighted_products(weights: np.ndarray, columns: list[np.ndarray]) -> np.ndarray:
    """Return the matrix of sums of weighted products of every two columns."""
    size = len(columns)
    products = np.empty((size, size))
    for row in range(size):
        scaled = weights * columns[row]
        for column in range(row, size):
            products[row, column] = products[column, row] = np.sum(scaled * columns[column])
    return products


def weighted_correlation(left: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    """Return Pearson's correlation of two columns whose rows occur ``weights`` times; zero for a constant
    one."""
    n = weighted_sum(weights)
    left, right = (values - weighted_sum(weights, values) / n for values in (left, right))
    scale = np.sqrt(weighted_sum(weights, left**2) * weighted_sum(weights, right**2))
    return weighted_sum(weights, left * right) / scale if scale > 0 else 0.0
