"""The NBD model: purchases at a gamma-distributed rate by customers who never stop (Ehrenberg 1959).

It is what BG/NBD comes down to where the data show no sign of anyone stopping. Parameters r and alpha, as there.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from relops.customers.weighted import weighted_sum

PARAMETERS = ("r", "alpha")


def log_likelihood(r: float, alpha: float, frequency: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each history, of the times of purchase as for BG/NBD."""
    x, age = np.asarray(frequency, float), np.asarray(T, float)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age)


def expected_purchases(r: float, alpha: float, horizon: float | np.ndarray, frequency: np.ndarray,
                       T: np.ndarray) -> np.ndarray:
    """Return the purchases expected in (T, T + horizon] given each history. Several horizons go along axis 0."""
    rate = (r + np.asarray(frequency, float)) / (alpha + np.asarray(T, float))
    return rate * np.asarray(horizon, float)[..., None]


def purchase_probability(r: float, alpha: float, count: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the probability that a new customer makes ``count`` repeat purchases within ``t``."""
    x, age = np.broadcast_arrays(np.asarray(count, float), np.asarray(t, float))
    reached = np.where(x > 0, age / (alpha + age), 1)
    return np.exp(gammaln(r + x) - gammaln(r) - gammaln(x + 1) - r * np.log1p(age / alpha) + x * np.log(reached))


class Likelihood:
    """The log-likelihood of distinct histories as a function of the parameters, with exact derivatives."""

    parameters = PARAMETERS

    def __init__(self, frequency: np.ndarray, T: np.ndarray):
        self.frequency, self.T = np.asarray(frequency, float), np.asarray(T, float)
        self.counts, self.count_of = np.unique(self.frequency, return_inverse=True)

    def value(self, theta: np.ndarray, weights: np.ndarray) -> float:
        """Return the log-likelihood at ``theta`` = (r, alpha) of rows that occur ``weights`` times."""
        return weighted_sum(weights, log_likelihood(*theta, self.frequency, self.T))

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return gradient and Hessian of :meth:`value`."""
        r, alpha = theta
        number, total = np.bincount(self.count_of, weights, len(self.counts)), weighted_sum(weights)
        whole, k = alpha + self.T, r + self.frequency
        gradient = np.array([
            weighted_sum(number, digamma(r + self.counts)) - total * digamma(r)
            - weighted_sum(weights, np.log(whole / alpha)),
            total * r / alpha - weighted_sum(weights, k / whole)])
        mixed = total / alpha - weighted_sum(weights, 1 / whole)
        return gradient, np.array([
            [weighted_sum(number, polygamma(1, r + self.counts)) - total * polygamma(1, r), mixed],
            [mixed, weighted_sum(weights, k / whole**2) - total * r / alpha**2]])
