"""The NBD model: purchases at a gamma-distributed rate by customers who never stop (Ehrenberg 1959).

It is what BG/NBD comes down to where the data show no sign of anyone stopping. Parameters r and alpha, as there.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from relops.customers.outlook import Cases, EndlessProcess
from relops.customers.weighted import weighted_sum

PARAMETERS = ("r", "alpha")


def log_likelihood(r: float, alpha: float, frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each history, of the times of purchase as for BG/NBD (so that it compares
    with theirs); recency plays no part."""
    x, age = np.asarray(frequency, float), np.asarray(T, float)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age)


def probability_alive(r: float, alpha: float, frequency: np.ndarray, recency: np.ndarray,
                      T: np.ndarray) -> np.ndarray:
    """Return one for every customer: nobody stops in this model."""
    return np.ones(np.shape(T))


def process(r: float, alpha: float, cases: Cases) -> EndlessProcess:
    """Return how customers go on buying."""
    return EndlessProcess(r + cases.frequency, alpha + cases.T)


class Likelihood:
    """The log-likelihood of distinct histories as a function of the parameters, with exact derivatives."""

    parameters = PARAMETERS
    timed = ("alpha",)

    def __init__(self, frequency: np.ndarray, recency: np.ndarray, T: np.ndarray):
        self.frequency, self.recency, self.T = (np.asarray(v, float) for v in (frequency, recency, T))
        self.counts, self.count_of = np.unique(self.frequency, return_inverse=True)

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood at ``theta`` = (r, alpha) of rows that occur ``weights`` times, its gradient
        and its Hessian."""
        r, alpha = theta
        number, total = np.bincount(self.count_of, weights, len(self.counts)), weighted_sum(weights)
        whole, k, log_age = alpha + self.T, r + self.frequency, np.log1p(self.T / alpha)
        value = (weighted_sum(number, gammaln(r + self.counts) - gammaln(r) - self.counts * np.log(alpha))
                 - weighted_sum(weights, k * log_age))
        gradient = np.array([
            weighted_sum(number, digamma(r + self.counts)) - total * digamma(r) - weighted_sum(weights, log_age),
            total * r / alpha - weighted_sum(weights, k / whole)])
        mixed = total / alpha - weighted_sum(weights, 1 / whole)
        return value, gradient, np.array([
            [weighted_sum(number, polygamma(1, r + self.counts)) - total * polygamma(1, r), mixed],
            [mixed, weighted_sum(weights, k / whole**2) - total * r / alpha**2]])
