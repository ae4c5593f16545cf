"""The Pareto/NBD model: purchases at a gamma-distributed rate for an exponential lifetime, whose own rate is
gamma-distributed among customers.

Schmittlein, Morrison and Colombo (1987), "Counting your customers: who are they and what will they do next?",
Management Science 33, 1-24; Fader and Hardie (2005), note 009 (brucehardie.com/notes/009). Parameters r and
alpha (purchase rate), s and beta (lifetime); alpha and beta carry the unit of time.

The likelihood is an integral over the unknown end of the lifetime, between the last purchase and T. Taken by
Gauss-Legendre on a logarithmic scale instead of by hypergeometric functions, it has no case of alpha = beta,
keeps its digits for any frequency, and its exact derivatives are means under the same weights.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, expit, gammaln, polygamma

from relops.customers.outlook import Cases, LifetimeProcess
from relops.customers.weighted import weighted_sum

PARAMETERS = ("r", "alpha", "s", "beta")
TAIL = 40.0  # exponent by which the integrand has fallen where it no longer counts
CHUNK = 2_048  # rows evaluated at once: they fit the cache
# nodes, the fall of the integrand (as an exponent) and the logarithmic length up to which they give 13 digits
RULES = ((8, 3.0, 1.9), (12, 8.5, 3.6), (16, 16.0, 5.2), (24, 32.0, 8.5), (40, 60.0, 15.0), (96, np.inf, np.inf))


@dataclass(frozen=True, eq=False)
class _Ends:
    """Rows with the moments at which the lifetime may have ended (rows, nodes), and how likely each is:
    ``share`` adds up to one a row. ``log_odds`` are those of having stopped at all. ``rate_gap`` is
    log((alpha + T) / (alpha + end)), ``life_gap`` the same with beta, ``rate_age`` and ``life_age`` are
    alpha + end and beta + end."""

    rows: np.ndarray
    log_odds: np.ndarray
    share: np.ndarray
    rate_gap: np.ndarray
    life_gap: np.ndarray
    rate_age: np.ndarray
    life_age: np.ndarray


@functools.cache
def _gauss_legendre(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return places and weights for the mean over 0 to 1."""
    place, weight = np.polynomial.legendre.leggauss(nodes)
    return (place + 1) / 2, weight / 2


def _ends(theta: np.ndarray, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> Iterator[_Ends]:
    """Yield all rows in pieces, each with as many nodes as its rows need."""
    r, alpha, s, beta = theta
    near = min(alpha, beta)
    k = r + x
    reach = np.exp(np.minimum(TAIL / k, 700))
    last = np.minimum(T, t_x + (alpha + t_x) * (reach - 1))
    depth = np.log1p((last - t_x) / (near + t_x))
    fall = (k * np.log1p((last - t_x) / (alpha + t_x)) + (s + 1) * np.log1p((last - t_x) / (beta + t_x)))
    needed = np.zeros(len(x), np.int8)
    for _, most_fall, longest in RULES[:-1]:
        needed += (fall > most_fall) | (depth > longest)
    for rule, (nodes, _, _) in enumerate(RULES):
        chosen = np.flatnonzero(needed == rule)
        place, weight = _gauss_legendre(nodes)
        for first in range(0, len(chosen), CHUNK):
            rows = chosen[first:first + CHUNK]
            yield _evaluate(theta, x, t_x, T, rows, depth[rows], place, weight)


def _evaluate(theta: np.ndarray, x: np.ndarray, t_x: np.ndarray, T: np.ndarray, rows: np.ndarray,
              depth: np.ndarray, place: np.ndarray, weight: np.ndarray) -> _Ends:
    r, alpha, s, beta = theta
    near, gap = min(alpha, beta), abs(alpha - beta)
    start, k = t_x[rows, None], (r + x[rows])[:, None]
    log_rise = depth[:, None] * place
    close = (near + start) * np.exp(log_rise)  # the smaller of alpha, beta plus the end
    far = close + gap
    log_far = np.log1p((close - (near + start)) / (near + gap + start))
    rate_rise, life_rise = (log_rise, log_far) if alpha <= beta else (log_far, log_rise)
    rate_age, life_age = (close, far) if alpha <= beta else (far, close)
    density = np.exp(-k * rate_rise - s * life_rise) * (close / life_age)
    density *= weight
    total = density.sum(axis=1)
    density /= np.where(total > 0, total, 1)[:, None]
    log_rate, log_life = (np.log1p((T[rows] - t_x[rows]) / (age + t_x[rows])) for age in (alpha, beta))
    with np.errstate(divide="ignore"):  # nobody can have stopped after the last moment
        log_odds = np.log(s * depth * total) + k[:, 0] * log_rate + s * log_life
    return _Ends(rows, log_odds, density, log_rate[:, None] - rate_rise, log_life[:, None] - life_rise,
                 rate_age, life_age)


def _stopping_odds(theta: tuple[float, ...], frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray) -> np.ndarray:
    """Return the log-odds that the lifetime is over at T."""
    x, t_x, age = np.broadcast_arrays(*(np.asarray(values, float) for values in (frequency, recency, T)))
    odds = np.empty(x.size)
    for ends in _ends(np.asarray(theta), x.ravel(), t_x.ravel(), age.ravel()):
        odds[ends.rows] = ends.log_odds
    return odds.reshape(x.shape)


def log_likelihood(r: float, alpha: float, s: float, beta: float, frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each history."""
    x, age = np.asarray(frequency, float), np.asarray(T, float)
    active = (gammaln(r + x) - gammaln(r) - r * np.log1p(age / alpha) - x * np.log(alpha + age)
              - s * np.log1p(age / beta))
    return active + np.logaddexp(0, _stopping_odds((r, alpha, s, beta), frequency, recency, T))


def probability_alive(r: float, alpha: float, s: float, beta: float, frequency: np.ndarray,
                      recency: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Return the probability that a customer is still active at T."""
    return expit(-_stopping_odds((r, alpha, s, beta), frequency, recency, T))


def process(r: float, alpha: float, s: float, beta: float, cases: Cases) -> LifetimeProcess:
    """Return how customers who are active at T go on buying."""
    return LifetimeProcess(r + cases.frequency, alpha + cases.T, s, beta + cases.T)


class Likelihood:
    """The log-likelihood of distinct histories as a function of the parameters, with exact derivatives."""

    parameters = PARAMETERS
    timed = ("alpha", "beta")

    def __init__(self, frequency: np.ndarray, recency: np.ndarray, T: np.ndarray):
        self.frequency, self.recency, self.T = (np.asarray(v, float) for v in (frequency, recency, T))
        self.counts, self.count_of = np.unique(self.frequency, return_inverse=True)

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood at ``theta`` = (r, alpha, s, beta) of rows that occur ``weights`` times, its
        gradient and its Hessian."""
        value, gradient, hessian = self._if_active(theta, weights)
        drawn = np.flatnonzero(weights)  # a redrawn sample leaves rows out
        weights, T, k = weights[drawn], self.T[drawn], theta[0] + self.frequency[drawn]
        for ends in _ends(theta, self.frequency[drawn], self.recency[drawn], T):
            rows = ends.rows
            slope, curve = _if_stopped(theta, weights[rows], k[rows, None], T[rows, None], ends)
            value += weighted_sum(weights[rows], np.logaddexp(0, ends.log_odds))
            gradient += slope
            hessian += curve
        return value, gradient, hessian

    def _if_active(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value and derivatives as if every lifetime went on at T."""
        r, alpha, s, beta = theta
        number, total = np.bincount(self.count_of, weights, len(self.counts)), weighted_sum(weights)
        rate_age, life_age, k = alpha + self.T, beta + self.T, r + self.frequency
        log_rate, log_life = np.log1p(self.T / alpha), np.log1p(self.T / beta)
        value = (weighted_sum(number, gammaln(r + self.counts) - gammaln(r) - self.counts * np.log(alpha))
                 - weighted_sum(weights, k * log_rate + s * log_life))
        gradient = np.array([
            weighted_sum(number, digamma(r + self.counts)) - total * digamma(r) - weighted_sum(weights, log_rate),
            total * r / alpha - weighted_sum(weights, k / rate_age),
            -weighted_sum(weights, log_life),
            s * weighted_sum(weights, self.T / life_age) / beta])
        hessian = np.zeros((4, 4))
        hessian[0, 0] = weighted_sum(number, polygamma(1, r + self.counts)) - total * polygamma(1, r)
        hessian[0, 1] = hessian[1, 0] = weighted_sum(weights, self.T / rate_age) / alpha
        hessian[1, 1] = weighted_sum(weights, k / rate_age**2) - total * r / alpha**2
        hessian[2, 3] = hessian[3, 2] = weighted_sum(weights, self.T / life_age) / beta
        hessian[3, 3] = s * weighted_sum(weights, 1 / life_age**2 - 1 / beta**2)
        return value, gradient, hessian


def _if_stopped(theta: np.ndarray, weights: np.ndarray, k: np.ndarray, age: np.ndarray,
                ends: _Ends) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much the derivatives differ because some lifetimes may be over.

    The likelihood of a row is a mixture over the moments of its end, "not yet" among them. The slope is the mean
    over the mixture, the curvature the mean of the curvatures and the covariance of the slopes. ``k`` is r +
    frequency, ``age`` is T, both as columns.
    """
    _, alpha, s, beta = theta
    by_rate, by_life = 1 / ends.rate_age, 1 / ends.life_age
    rate_then, life_then = 1 / (alpha + age), 1 / (beta + age)
    # slopes and curvatures less those of a lifetime that goes on
    slopes = ends.rate_gap, k * (rate_then - by_rate), 1 / s + ends.life_gap, s * life_then - (s + 1) * by_life
    share = ends.share * (weights * expit(ends.log_odds))[:, None]
    parts = [share * slope for slope in slopes]
    sums = [part.sum(axis=1) for part in parts]
    curve = np.empty((4, 4))
    for i in range(4):
        for j in range(i, 4):
            curve[i, j] = curve[j, i] = (np.einsum("ij,ij->", parts[i], slopes[j])
                                         - weighted_sum(sums[i] / weights, sums[j]))
    rate_mixed, life_mixed = np.sum(share * (by_rate - rate_then)), np.sum(share * (by_life - life_then))
    curve -= np.array([[0, rate_mixed, 0, 0], [rate_mixed, 0, 0, 0], [0, 0, 0, life_mixed], [0, 0, life_mixed, 0]])
    curve[1, 1] += np.sum(share * k * (by_rate**2 - rate_then**2))
    curve[2, 2] -= np.sum(share) / s**2
    curve[3, 3] += np.sum(share * ((s + 1) * by_life**2 - s * life_then**2))
    return np.array([part.sum() for part in sums]), curve
