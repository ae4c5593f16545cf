"""Scores of forecasts on held-out weeks: errors, bias, the deviance that models are chosen by, the Gini of the
ranking.

Each score comes with its interval over customers by the infinitesimal jackknife (Jaeckel 1972; Efron 1982,
ch. 6): how the score moves with the weight of each customer gives the variance that the bootstrap tends to,
without drawing. A ranking's Gini is normalised to one for a perfect one, and equals count as one step, so the
order of rows plays no part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from relops.customers.estimates import Estimate, critical_value
from relops.customers.weighted import weighted_sum

METRICS = ("mae", "rmse", "bias", "gini")
BASELINE = "baseline"
TOP_SHARE = 0.2  # the gain curve is read off at the first fifth of customers
NEAR_TOP = 0.05  # customers so near to the edge of that fifth tell what those at the edge buy
LEAST_EXPECTED = 1e-9  # an expectation of nothing at all would make one purchase an infinite surprise


@dataclass(frozen=True, eq=False)
class Score:
    """A score and how it moves with the weight of each row: ``pull``, one number a row, adds up to nothing."""

    value: float
    pull: np.ndarray

    def estimate(self, customers: np.ndarray, level: float) -> Estimate:
        """Return the score with its interval; rows occur ``customers`` times."""
        half = critical_value(level) * np.sqrt(weighted_sum(customers, self.pull**2))
        return Estimate(self.value, float(self.value - half), float(self.value + half), int(customers.sum()), level)

    def __sub__(self, other: Score) -> Score:
        return Score(self.value - other.value, self.pull - other.pull)

    def __truediv__(self, other: Score) -> Score:
        if not other.value > 0:
            return Score(0.0, np.zeros_like(self.pull))
        ratio = self.value / other.value
        return Score(ratio, (self.pull - ratio * other.pull) / other.value)


def poisson_deviance(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Return the deviance of each count from its expectation (McCullagh and Nelder 1989): of all measures that
    favour the right mean (Gneiting 2011), one that a few heavy buyers do not decide."""
    mean = np.maximum(expected, LEAST_EXPECTED)
    surprise = np.where(actual > 0, actual * np.log(np.where(actual > 0, actual, 1) / mean), 0)
    return 2 * (surprise - (actual - mean))


def score(expected: Mapping[str, np.ndarray], actual: np.ndarray, customers: np.ndarray,
          level: float) -> dict[tuple[str, str], Estimate]:
    """Return (name, metric) → estimate: mae and rmse in the unit of ``actual``; bias, the surplus of expected
    over actual, relative to it; gini; ``gain``, the baseline's mean squared error less the model's; ``top``, the
    share of ``actual`` that the fifth of customers with the highest expectations made."""
    perfect = Ranking(actual, actual, customers).area()
    found: dict[tuple[str, str], Score] = {}
    for name, values in expected.items():
        error = values - actual
        ranking = Ranking(values, actual, customers)
        square = mean_score(error**2, customers)
        root = np.sqrt(square.value)
        found |= {
            (name, "mae"): mean_score(np.abs(error), customers), (name, "mse"): square,
            (name, "rmse"): Score(float(root), square.pull / (2 * root) if root > 0 else square.pull),
            (name, "bias"): mean_score(error, customers) / mean_score(actual, customers),
            (name, "gini"): ranking.area() / perfect, (name, "top"): ranking.top()}
    base = found.get((BASELINE, "mse"))
    for name in expected:
        if base is not None and name != BASELINE:
            found[name, "gain"] = base - found[name, "mse"]
    return {key: one.estimate(customers, level) for key, one in found.items()}


def mean_score(values: np.ndarray, customers: np.ndarray) -> Score:
    """Return the mean of a value over customers."""
    n = weighted_sum(customers)
    mean = weighted_sum(customers, values) / n
    return Score(mean, (values - mean) / n)


class Ranking:
    """Rows in the order of an expectation, highest first; equals stand on one step."""

    def __init__(self, expected: np.ndarray, actual: np.ndarray, customers: np.ndarray):
        _, self.step_of = np.unique(-expected, return_inverse=True)
        self.actual, self.customers = actual, customers
        self.people, self.made = np.bincount(self.step_of, customers), np.bincount(self.step_of, customers * actual)

    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the cumulative shares of customers and of what they made, step by step, from (0, 0) on."""
        return tuple(np.append(0, np.cumsum(sums)) / max(sums.sum(), 1e-300) for sums in (self.people, self.made))

    def area(self) -> Score:
        """Return the area between gain curve and diagonal, half the Gini coefficient of the ranking."""
        everyone, everything = self.people.sum(), self.made.sum()
        if not everything > 0:
            return Score(0.0, np.zeros_like(self.actual))
        made_so_far = np.cumsum(self.made) - self.made / 2
        people_after = everyone - np.cumsum(self.people) + self.people / 2
        under = float(self.people @ made_so_far)
        pull = made_so_far[self.step_of] + self.actual * people_after[self.step_of]
        whole = everyone * everything
        pull = pull / whole - under / whole * (1 / everyone + self.actual / everything)
        return Score(under / whole - 0.5, pull)

    def top(self) -> Score:
        """Return the share that the fifth of customers with the highest expectations made."""
        everything = self.made.sum()
        if not everything > 0:
            return Score(0.0, np.zeros_like(self.actual))
        people, made = self.shares()
        share = float(np.interp(TOP_SHARE, people, made))
        before, width = people[:-1][self.step_of], np.diff(people)[self.step_of]
        inside = np.clip((TOP_SHARE - before) / width, 0, 1)  # how much of the row's step is in the fifth
        near = np.abs(before + width / 2 - TOP_SHARE) <= np.maximum(NEAR_TOP, width / 2)
        edge = np.average(self.actual[near], weights=self.customers[near])
        return Score(share, (inside * (self.actual - edge) + TOP_SHARE * edge - share * self.actual) / everything)


def mean_and_covariance(values: np.ndarray, customers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over customers of the columns of ``values`` (a row each) and the covariance of these
    means."""
    n = weighted_sum(customers)
    means = np.array([weighted_sum(customers, column) / n for column in values.T])
    gaps = (values - means) / n
    covariance = [[weighted_sum(customers, left * right) for right in gaps.T] for left in gaps.T]
    return means, np.array(covariance)
