"""The BG/BB model: at each of a row of opportunities an active customer buys or not, after perhaps having stopped
before it; both chances are beta-distributed among customers.

Fader, Hardie and Shang (2010), "Customer-base analysis in a discrete-time noncontractual setting", Marketing
Science 29, 1086-1108. Parameters alpha and beta (chance of buying), gamma and delta (chance of stopping). A
history counts in opportunities: *frequency* those used after the first purchase, *recency* the last one used,
*T* how many there were.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import betaln, digamma, expit, gammaln, logsumexp, polygamma

from relops.customers.outlook import Cases
from relops.customers.weighted import weighted_sum

PARAMETERS = ("alpha", "beta", "gamma", "delta")


def _log_buying(alpha: float, beta: float, used: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """Return the log-probability of using ``used`` opportunities and letting ``passed`` others pass."""
    return betaln(alpha + used, beta + passed) - betaln(alpha, beta)


def _log_stopping(gamma: float, delta: float, stopped: int, stayed: np.ndarray) -> np.ndarray:
    """Return the log-probability of staying for ``stayed`` opportunities, and of stopping then (1) or not
    (0)."""
    return betaln(gamma + stopped, delta + stayed) - betaln(gamma, delta)


def _ends(frequency: np.ndarray, recency: np.ndarray, T: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows that may have stopped after each further silent opportunity, and after which."""
    silent = T - recency
    for further in range(int(silent.max(initial=0))):
        rows = np.flatnonzero(silent > further)
        yield rows, recency[rows] + further


def _log_ways(theta: tuple[float, ...], frequency: np.ndarray, recency: np.ndarray,
              T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-likelihoods of still being active, and of having stopped, one a row."""
    alpha, beta, gamma, delta = theta
    active = _log_buying(alpha, beta, frequency, T - frequency) + _log_stopping(gamma, delta, 0, T)
    stopped = np.full(len(T), -np.inf)
    for rows, end in _ends(frequency, recency, T):
        x = frequency[rows]
        way = _log_buying(alpha, beta, x, end - x) + _log_stopping(gamma, delta, 1, end)
        stopped[rows] = np.logaddexp(stopped[rows], way)
    return active, stopped


def _arrays(*columns: np.ndarray) -> list[np.ndarray]:
    return np.broadcast_arrays(*(np.atleast_1d(np.asarray(values, float)) for values in columns))


def log_likelihood(alpha: float, beta: float, gamma: float, delta: float, frequency: np.ndarray,
                   recency: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each history (equation 5 of the paper)."""
    return np.logaddexp(*_log_ways((alpha, beta, gamma, delta), *_arrays(frequency, recency, T)))


def probability_alive(alpha: float, beta: float, gamma: float, delta: float, frequency: np.ndarray,
                      recency: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Return the probability that a customer was still active at the last opportunity."""
    active, stopped = _log_ways((alpha, beta, gamma, delta), *_arrays(frequency, recency, T))
    return expit(active - stopped)


class OpportunityProcess:
    """How customers who are active now use the opportunities to come, one entry a case. Spans count whole
    opportunities; parts of one do not count."""

    LAST = 100_000  # a horizon beyond it is as good as none
    FARTHEST = 1_000  # opportunities within which a next purchase is looked for

    def __init__(self, alpha: np.ndarray, beta: np.ndarray, gamma: float, delta: np.ndarray):
        self.alpha, self.beta, self.gamma, self.delta = alpha, beta, gamma, delta

    def purchases(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the purchases expected within each span."""
        number = np.minimum(np.floor(spans), self.LAST).astype(int)
        staying, kind = np.unique(self.delta, return_inverse=True)
        ahead = np.arange(1, int(number.max(initial=0)) + 1)[:, None]
        survived = np.exp(_log_stopping(self.gamma, staying, 0, ahead))
        summed = np.concatenate([np.zeros((1, len(staying))), np.cumsum(survived, axis=0)])
        return self.alpha / (self.alpha + self.beta) * summed[number][..., kind]

    def survival(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the probability of being active at the end of each span."""
        return np.exp(_log_stopping(self.gamma, self.delta, 0, np.floor(spans)[..., None]))

    def purchase_probability(self, count: np.ndarray, span: np.ndarray) -> np.ndarray:
        """Return the probability of ``count`` purchases within ``span`` (equation 7 of the paper)."""
        count, number = (np.broadcast_to(values, np.broadcast_shapes(np.shape(count), np.shape(span),
                                                                     self.alpha.shape))
                         for values in (count, np.floor(span)))

        def used(end: np.ndarray, stopped: int) -> np.ndarray:
            passed = np.maximum(end - count, 0)
            ways = gammaln(end + 1) - gammaln(count + 1) - gammaln(passed + 1)
            chance = ways + _log_buying(self.alpha, self.beta, count, passed)
            return np.where(end < count, -np.inf, chance + _log_stopping(self.gamma, self.delta, stopped, end))

        ways = [used(number, 0)]
        for end in range(int(number.max(initial=0))):
            ways.append(np.where(end < number, used(np.full(count.shape, float(end)), 1), -np.inf))
        return np.exp(logsumexp(ways, axis=0))

    def next_purchase(self, share: float) -> np.ndarray:
        """Return the opportunities within which ``share`` of customers have bought again."""
        ahead = np.arange(self.FARTHEST)[:, None]
        silent = np.exp(_log_buying(self.alpha, self.beta, 0, ahead))
        active = silent * np.exp(_log_stopping(self.gamma, self.delta, 0, ahead))
        stopped = silent * np.exp(_log_stopping(self.gamma, self.delta, 1, ahead))
        without = active + np.cumsum(stopped, axis=0) - stopped
        reached = without <= 1 - share
        return np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)

    def simulate(self, cases: np.ndarray, span: float, rng: np.random.Generator) -> np.ndarray:
        """Return drawn numbers of purchases within ``span``."""
        stopping = np.maximum(rng.beta(self.gamma, self.delta[cases]), 1e-9)
        open_to = np.minimum(rng.geometric(stopping) - 1, int(span))
        return rng.binomial(open_to, rng.beta(self.alpha[cases], self.beta[cases]))


def process(alpha: float, beta: float, gamma: float, delta: float, cases: Cases) -> OpportunityProcess:
    """Return how customers who are active at T go on using their opportunities."""
    return OpportunityProcess(alpha + cases.frequency, beta + cases.T - cases.frequency, gamma, delta + cases.T)


class Likelihood:
    """The log-likelihood of distinct histories as a function of the parameters, with exact derivatives."""

    parameters = PARAMETERS
    timed = ()

    def __init__(self, frequency: np.ndarray, recency: np.ndarray, T: np.ndarray):
        self.frequency, self.recency, self.T = (np.asarray(v, float) for v in (frequency, recency, T))

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood at ``theta`` of rows that occur ``weights`` times, its gradient and its
        Hessian.

        A history is a mixture over the moments of stopping: the gradient is the mean of their slopes, the
        Hessian the mean of their curvatures and the covariance of the slopes.
        """
        alpha, beta, gamma, delta = theta
        everyone = np.arange(len(self.T))
        likelihood = log_likelihood(*theta, self.frequency, self.recency, self.T)
        means = np.zeros((4, len(self.T)))
        hessian = np.zeros((4, 4))
        ways = [(everyone, self.T, 0), *((rows, end, 1) for rows, end in _ends(self.frequency, self.recency, self.T))]
        for rows, end, stopped in ways:
            x = self.frequency[rows]
            way = _log_buying(alpha, beta, x, end - x) + _log_stopping(gamma, delta, stopped, end)
            share = np.exp(way - likelihood[rows])
            slopes, curve = _beta_derivatives(theta, (x, end - x, np.full_like(end, stopped), end))
            means[:, rows] += share * slopes
            weighted = weights[rows] * share
            hessian += np.einsum("ir,jr,r->ij", slopes, slopes, weighted) + np.einsum("ijr,r->ij", curve, weighted)
        hessian -= np.einsum("ir,jr,r->ij", means, means, weights)
        return weighted_sum(weights, likelihood), np.einsum("ir,r->i", means, weights), hessian


def _beta_derivatives(theta: np.ndarray, added: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and curvatures of the two log-ratios of beta functions that a way consists of."""
    slopes, curve = np.empty((4, len(added[0]))), np.zeros((4, 4, len(added[0])))
    for first in (0, 2):
        pair, more = theta[first:first + 2], added[first:first + 2]
        total, more_total = pair.sum(), more[0] + more[1]
        both = digamma(total) - digamma(total + more_total)
        both_curve = polygamma(1, total) - polygamma(1, total + more_total)
        for place in (0, 1):
            own = pair[place], pair[place] + more[place]
            slopes[first + place] = digamma(own[1]) - digamma(own[0]) + both
            curve[first + place, first:first + 2] = both_curve
            curve[first + place, first + place] += polygamma(1, own[1]) - polygamma(1, own[0])
    return slopes, curve
