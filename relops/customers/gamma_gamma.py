"""The Gamma-Gamma model of spend per purchase: each customer's mean differs, and is independent of frequency.

Fader, Hardie and Lee (2005), "RFM and CLV: using iso-value curves for customer base analysis", Journal of
Marketing Research 42, 415-430; Fader and Hardie (2013), note 025. Parameters p, q and v (v carries the
currency).
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, digamma, polygamma

from relops.customers.weighted import weighted_sum

PARAMETERS = ("p", "q", "v")


def log_likelihood(p: float, q: float, v: float, frequency: np.ndarray, mean_spend: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each customer's mean spend (equation 1a of the note). Both must be
    positive."""
    x, z = np.asarray(frequency, float), np.asarray(mean_spend, float)
    shape = p * x
    # spent = x z / (x z + v), written so that neither power overflows
    return (-betaln(shape, q) - np.log(z) - shape * np.log1p(v / (x * z)) - q * np.log1p(x * z / v))


def population_mean(p: float, q: float, v: float) -> float:
    """Return the mean spend per purchase over all customers; infinite when q is one or less."""
    return p * v / (q - 1) if q > 1 else np.inf


def expected_spend(p: float, q: float, v: float, frequency: np.ndarray, mean_spend: np.ndarray) -> np.ndarray:
    """Return each customer's expected spend per purchase: own mean and population mean, weighted by frequency
    (equation 5). A customer without a repeat purchase is expected to spend the population mean. It is linear
    in ``mean_spend``, so the sum over customers who share a frequency follows from the sum of their means."""
    x = np.asarray(frequency, float)
    return (p * v + p * x * np.asarray(mean_spend, float)) / (p * x + q - 1)


class Likelihood:
    """The log-likelihood of distinct spending histories as a function of the parameters, with exact
    derivatives."""

    parameters = PARAMETERS

    def __init__(self, frequency: np.ndarray, mean_spend: np.ndarray):
        self.frequency, self.mean_spend = np.asarray(frequency, float), np.asarray(mean_spend, float)
        self.counts, self.count_of = np.unique(self.frequency, return_inverse=True)

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood at ``theta`` = (p, q, v) of rows that occur ``weights`` times, its gradient
        and its Hessian."""
        value = weighted_sum(weights, log_likelihood(*theta, self.frequency, self.mean_spend))
        p, q, v = theta
        counts, spent = self.counts, self.frequency * self.mean_spend
        number, total = np.bincount(self.count_of, weights, len(counts)), weighted_sum(weights)
        slope = digamma(p * counts + q), digamma(p * counts), digamma(q)
        curve = polygamma(1, p * counts + q), polygamma(1, p * counts), polygamma(1, q)
        whole, weighted_count = spent + v, weights * self.frequency
        reach = (p * self.frequency + q) / whole
        gradient = np.array([
            weighted_sum(number * counts, slope[0] - slope[1]) + weighted_sum(weighted_count, np.log(spent / whole)),
            weighted_sum(number, slope[0] - slope[2]) + weighted_sum(weights, np.log(v / whole)),
            total * q / v - weighted_sum(weights, reach),
        ])
        hessian = np.empty((3, 3))
        hessian[0, 0] = weighted_sum(number * counts**2, curve[0] - curve[1])
        hessian[0, 1] = hessian[1, 0] = weighted_sum(number * counts, curve[0])
        hessian[0, 2] = hessian[2, 0] = -weighted_sum(weighted_count, 1 / whole)
        hessian[1, 1] = weighted_sum(number, curve[0] - curve[2])
        hessian[1, 2] = hessian[2, 1] = total / v - weighted_sum(weights, 1 / whole)
        hessian[2, 2] = weighted_sum(weights, reach / whole) - total * q / v**2
        return value, gradient, hessian
