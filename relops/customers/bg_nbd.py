"""The BG/NBD model: purchases at a gamma-distributed rate, a beta-distributed chance of stopping after each
one.

Fader, Hardie and Lee (2005), "Counting your customers the easy way", Marketing Science 24, 275-284.
Parameters r and alpha (shape and rate of the purchase rate; alpha carries the unit of time), a and b (chance
of stopping). Plain functions of numbers and arrays; all are finite for every history, however extreme.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, betaln, digamma, expit, gammaln, polygamma

from relops.customers.beta_quadrature import mean_purchases_alive
from relops.customers.weighted import weighted_products, weighted_sum

PARAMETERS = ("r", "alpha", "a", "b")


def _stopping_odds(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray) -> np.ndarray:
    """Return the log-odds that a customer has stopped: minus infinity without a repeat purchase."""
    repeated = np.maximum(frequency, 1)
    silent = (r + frequency) * (np.log(alpha + T) - np.log(alpha + recency))
    return np.where(frequency > 0, np.log(a) - np.log(b + repeated - 1) + silent, -np.inf)


def log_likelihood(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each history (equation 6 of the paper)."""
    x, t_x, age = (np.asarray(values, float) for values in (frequency, recency, T))
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age)
    odds = _stopping_odds(r, alpha, a, b, x, t_x, age)
    return rate + betaln(a, b + x) - betaln(a, b) + np.logaddexp(0, odds)


def probability_alive(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                      T: np.ndarray) -> np.ndarray:
    """Return the probability that a customer is still active at T.

    It is one for every customer without a repeat purchase: in this model a customer can stop only right after
    a repeat purchase. So it does not answer "how many of all customers are active".
    """
    x, t_x, age = (np.asarray(values, float) for values in (frequency, recency, T))
    return expit(-_stopping_odds(r, alpha, a, b, x, t_x, age))


class Cases:
    """The distinct pairs of frequency and T among histories: the expected purchases of a customer who is
    still active depend on nothing else."""

    def __init__(self, frequency: np.ndarray, T: np.ndarray):
        histories = np.asarray(frequency, float) + 1j * np.asarray(T, float)
        pairs, self.case_of = np.unique(histories, return_inverse=True)
        self.T = pairs.imag
        self.counts, self.count_of = np.unique(pairs.real, return_inverse=True)

    def purchases_alive(self, r: float, alpha: float, a: float, b: float, horizon: float | np.ndarray,
                        nodes: int) -> np.ndarray:
        """Return the purchases expected within each horizon (first axis, if several) of each history (last
        axis) if the customer is active at T."""
        span = np.asarray(horizon, float)[..., None] / (alpha + self.T)
        mean = mean_purchases_alive(r + self.counts, a, b + self.counts, self.count_of, span, nodes)
        return mean[..., self.case_of]


def expected_purchases(r: float, alpha: float, a: float, b: float, horizon: float | np.ndarray,
                       frequency: np.ndarray, recency: np.ndarray, T: np.ndarray,
                       nodes: int = 96) -> np.ndarray:
    """Return the purchases expected in (T, T + horizon] given each history (equation 10 of the paper, as a
    mean over the chance of stopping: see :mod:`relops.customers.beta_quadrature`). Several horizons go along
    axis 0."""
    x, t_x, age = np.broadcast_arrays(*(np.atleast_1d(np.asarray(values, float))
                                        for values in (frequency, recency, T)))
    going_on = Cases(x, age).purchases_alive(r, alpha, a, b, horizon, nodes)
    return probability_alive(r, alpha, a, b, x, t_x, age) * going_on


def expected_purchases_new(r: float, alpha: float, a: float, b: float, t: float | np.ndarray) -> np.ndarray:
    """Return the repeat purchases expected of a new customer within ``t`` after the first one (equation
    9)."""
    return expected_purchases(r, alpha, a, b, t, 0, 0, 0)[..., 0]


def purchase_probability(r: float, alpha: float, a: float, b: float, count: np.ndarray,
                         t: np.ndarray) -> np.ndarray:
    """Return the probability that a new customer makes ``count`` repeat purchases within ``t`` (equation
    8)."""
    x, age = np.broadcast_arrays(np.asarray(count, float), np.asarray(t, float))
    reached = age / (alpha + age)
    going = (betaln(a, b + x) - betaln(a, b) + gammaln(r + x) - gammaln(r) - gammaln(x + 1)
             + r * np.log(alpha / (alpha + age)) + x * np.log(np.where(x > 0, reached, 1)))
    at_least_one = np.maximum(x, 1)
    # having bought at least x times, stopped after the x-th
    stopped = np.exp(betaln(a + 1, b + at_least_one - 1) - betaln(a, b)) * betainc(at_least_one, r, reached)
    return np.exp(going) + np.where(x > 0, stopped, 0)


class Likelihood:
    """The log-likelihood of distinct histories as a function of the parameters, with exact derivatives.

    What depends on frequency alone is computed once for each distinct frequency.
    """

    parameters = PARAMETERS

    def __init__(self, frequency: np.ndarray, recency: np.ndarray, T: np.ndarray):
        self.frequency, self.recency, self.T = (np.asarray(v, float) for v in (frequency, recency, T))
        self.counts, self.count_of = np.unique(self.frequency, return_inverse=True)

    def value(self, theta: np.ndarray, weights: np.ndarray) -> float:
        """Return the log-likelihood at ``theta`` = (r, alpha, a, b) of rows that occur ``weights`` times."""
        r, alpha, a, b = theta
        number, x = np.bincount(self.count_of, weights, len(self.counts)), self.counts
        by_count = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
        odds = _stopping_odds(r, alpha, a, b, self.frequency, self.recency, self.T)
        by_row = np.logaddexp(0, odds) - (r + self.frequency) * np.log(alpha + self.T)
        return weighted_sum(number, by_count) + weighted_sum(weights, by_row)

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return gradient and Hessian of :meth:`value`."""
        r, alpha, a, b = theta
        number = np.bincount(self.count_of, weights, len(self.counts))
        gradient, hessian = _count_terms(r, a, b, self.counts, number)
        total = number.sum()
        odds = expit(_stopping_odds(r, alpha, a, b, self.frequency, self.recency, self.T))
        stopped = weights * odds
        going = weights - stopped
        k, last = r + self.frequency, b + np.maximum(self.frequency, 1) - 1
        by_age, by_recency = 1 / (alpha + self.T), 1 / (alpha + self.recency)
        log_age, log_recency = np.log(alpha + self.T), np.log(alpha + self.recency)
        gradient += [
            total * np.log(alpha) - weighted_sum(going, log_age) - weighted_sum(stopped, log_recency),
            total * r / alpha - weighted_sum(k, going * by_age + stopped * by_recency),
            weighted_sum(stopped) / a, -weighted_sum(stopped, 1 / last)]
        # how each slope differs between the two ways a history may have come about
        gap = [log_age - log_recency, k * (by_age - by_recency), np.full_like(k, 1 / a), -1 / last]
        hessian += weighted_products(stopped * (1 - odds), gap)
        hessian[0, 1] += total / alpha - weighted_sum(going, by_age) - weighted_sum(stopped, by_recency)
        hessian[1, 0] = hessian[0, 1]
        hessian[1, 1] += weighted_sum(k, going * by_age**2 + stopped * by_recency**2) - total * r / alpha**2
        hessian[2, 2] -= weighted_sum(stopped) / a**2
        hessian[3, 3] += weighted_sum(stopped, 1 / last**2)
        return gradient, hessian


def _count_terms(r: float, a: float, b: float, counts: np.ndarray,
                 number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return gradient and Hessian of the gamma functions in the likelihood, by distinct frequency."""
    total = number.sum()

    def slope(argument: float) -> float:
        return weighted_sum(number, digamma(argument + counts)) - total * digamma(argument)

    def curve(argument: float) -> float:
        return weighted_sum(number, polygamma(1, argument + counts)) - total * polygamma(1, argument)

    both, both_curve = -slope(a + b), -curve(a + b)
    gradient = np.array([slope(r), 0.0, both, both + slope(b)])
    hessian = np.zeros((4, 4))
    hessian[0, 0] = curve(r)
    hessian[2, 2], hessian[2, 3], hessian[3, 2] = both_curve, both_curve, both_curve
    hessian[3, 3] = both_curve + curve(b)
    return gradient, hessian
