"""The BG/NBD model: purchases at a gamma-distributed rate, a beta-distributed chance of stopping after each
one.

Fader, Hardie and Lee (2005), "Counting your customers the easy way", Marketing Science 24, 275-284.
Parameters r and alpha (shape and rate of the purchase rate; alpha carries the unit of time), a and b (chance
of stopping). Plain functions of numbers and arrays; all are finite for every history, however extreme.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, digamma, expit, gammaln, polygamma

from relops.customers.outlook import Cases, StoppingProcess
from relops.customers.weighted import weighted_products, weighted_sum

PARAMETERS = ("r", "alpha", "a", "b")


def _stopping_odds(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray, early: int) -> np.ndarray:
    """Return the log-odds that a customer has stopped: minus infinity where there was no chance to."""
    chances = frequency + early
    silent = (r + frequency) * np.log1p((T - recency) / (alpha + recency))
    return np.where(chances > 0, np.log(a) - np.log(b + np.maximum(chances, 1) - 1) + silent, -np.inf)


def log_likelihood(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray, early: int = 0) -> np.ndarray:
    """Return the log-likelihood of each history (equation 6 of the paper). ``early`` counts the chances of
    stopping before the first repeat purchase: none here, one in MBG/NBD."""
    x, t_x, age = (np.asarray(values, float) for values in (frequency, recency, T))
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age)
    odds = _stopping_odds(r, alpha, a, b, x, t_x, age, early)
    return rate + betaln(a, b + x + early) - betaln(a, b) + np.logaddexp(0, odds)


def probability_alive(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                      T: np.ndarray, early: int = 0) -> np.ndarray:
    """Return the probability that a customer is still active at T.

    It is one for every customer without a repeat purchase: in this model a customer can stop only right after
    a repeat purchase. So it does not answer "how many of all customers are active".
    """
    x, t_x, age = (np.asarray(values, float) for values in (frequency, recency, T))
    return expit(-_stopping_odds(r, alpha, a, b, x, t_x, age, early))


def process(r: float, alpha: float, a: float, b: float, cases: Cases, early: int = 0) -> StoppingProcess:
    """Return how customers who are active at T go on buying."""
    kinds = cases.counts
    return StoppingProcess(r + kinds, b + early + kinds, cases.count_of, alpha + cases.T, a)


class Likelihood:
    """The log-likelihood of distinct histories as a function of the parameters, with exact derivatives.

    What depends on frequency alone is computed once for each distinct frequency.
    """

    parameters = PARAMETERS
    timed = ("alpha",)
    early = 0

    def __init__(self, frequency: np.ndarray, recency: np.ndarray, T: np.ndarray):
        self.frequency, self.recency, self.T = (np.asarray(v, float) for v in (frequency, recency, T))
        self.counts, self.count_of = np.unique(self.frequency, return_inverse=True)

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood at ``theta`` = (r, alpha, a, b) of rows that occur ``weights`` times, its
        gradient and its Hessian."""
        r, alpha, a, b = theta
        number = np.bincount(self.count_of, weights, len(self.counts))
        value, gradient, hessian = _count_terms(theta, self.counts, number, self.early)
        total = number.sum()
        log_odds = _stopping_odds(r, alpha, a, b, self.frequency, self.recency, self.T, self.early)
        odds = expit(log_odds)
        stopped = weights * odds
        going = weights - stopped
        k, last = r + self.frequency, b + np.maximum(self.frequency + self.early, 1) - 1
        by_age, by_recency = 1 / (alpha + self.T), 1 / (alpha + self.recency)
        log_age = np.log1p(self.T / alpha)
        gap = np.log1p((self.T - self.recency) * by_recency)
        value += weighted_sum(weights, np.logaddexp(0, log_odds) - k * log_age)
        gradient += [
            weighted_sum(stopped, gap) - weighted_sum(weights, log_age),
            total * r / alpha - weighted_sum(k, going * by_age + stopped * by_recency),
            weighted_sum(stopped) / a, -weighted_sum(stopped, 1 / last)]
        # how each slope differs between the two ways a history may have come about
        gaps = [gap, k * (by_age - by_recency), np.full_like(k, 1 / a), -1 / last]
        hessian += weighted_products(stopped * (1 - odds), gaps)
        hessian[0, 1] += total / alpha - weighted_sum(going, by_age) - weighted_sum(stopped, by_recency)
        hessian[1, 0] = hessian[0, 1]
        hessian[1, 1] += weighted_sum(k, going * by_age**2 + stopped * by_recency**2) - total * r / alpha**2
        hessian[2, 2] -= weighted_sum(stopped) / a**2
        hessian[3, 3] += weighted_sum(stopped, 1 / last**2)
        return value, gradient, hessian


def _count_terms(theta: np.ndarray, counts: np.ndarray, number: np.ndarray,
                 early: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Return value, gradient and Hessian of the likelihood's terms that depend on frequency alone."""
    r, alpha, a, b = theta
    total = number.sum()

    def slope(argument: float, further: int = 0) -> float:
        return weighted_sum(number, digamma(argument + counts + further)) - total * digamma(argument)

    def curve(argument: float, further: int = 0) -> float:
        return weighted_sum(number, polygamma(1, argument + counts + further)) - total * polygamma(1, argument)

    value = weighted_sum(number, gammaln(r + counts) - gammaln(r) - counts * np.log(alpha)
                         + betaln(a, b + counts + early) - betaln(a, b))
    both, both_curve = -slope(a + b, early), -curve(a + b, early)
    gradient = np.array([slope(r), 0.0, both, both + slope(b, early)])
    hessian = np.zeros((4, 4))
    hessian[0, 0] = curve(r)
    hessian[2, 2], hessian[2, 3], hessian[3, 2] = both_curve, both_curve, both_curve
    hessian[3, 3] = both_curve + curve(b, early)
    return value, gradient, hessian
