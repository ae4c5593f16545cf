"""What is ahead of customers: who is active, and how those who are go on buying.

In every model of the family the customers who are active at T follow the same law as before with updated
parameters (gamma and beta distributions are conjugate here), and these depend on frequency and T alone. So
one process by pair of frequency and T, and one P(alive) by row, answer every question about the future; a new
customer is the row of zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import elementwise
from scipy.special import betainc, betaln, exprel, gammaln, xlog1py, xlogy

from relops.customers.beta_quadrature import mean_purchases_alive, mean_survival
from relops.customers.demands import as_counts, as_spans, require_discount, require_share

NODES = 96
# logarithms of the horizons over which a discounted future is summed, in units of one over the discount
EARLIEST, LATEST, STEP = -15.0, 3.8, 0.3
LATEST_SPAN = 20.0  # logarithm of a time so long that what has not happened by then never will


class Cases:
    """The distinct pairs of frequency and T among histories: ``frequency`` and ``T`` of each pair,
    ``case_of`` the pair of each row, ``counts`` the distinct frequencies, ``count_of`` that of each pair."""

    def __init__(self, frequency: np.ndarray, T: np.ndarray):
        histories = np.asarray(frequency, float) + 1j * np.asarray(T, float)
        pairs, self.case_of = np.unique(np.atleast_1d(histories), return_inverse=True)
        self.frequency, self.T = pairs.real, pairs.imag
        self.counts, self.count_of = np.unique(pairs.real, return_inverse=True)


class Process(Protocol):
    """How customers who are active at the start go on buying, one entry a case. Spans of time may be several:
    they then go along the first axis."""

    def purchases(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the purchases expected within each span."""

    def survival(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the probability of being active at the end of each span."""

    def purchase_probability(self, count: np.ndarray, span: np.ndarray) -> np.ndarray:
        """Return the probability of ``count`` purchases within ``span``."""

    def next_purchase(self, share: float) -> np.ndarray:
        """Return the span within which ``share`` of customers have bought again."""

    def simulate(self, cases: np.ndarray, span: float, rng: np.random.Generator) -> np.ndarray:
        """Return drawn numbers of purchases within ``span``, one for each entry of ``cases``."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """The future of histories: ``alive`` is P(alive) at T, one a row; ``case_of`` the case of each row in
    ``process``."""

    alive: np.ndarray
    process: Process
    case_of: np.ndarray

    def purchases(self, spans: float | np.ndarray, nodes: int = NODES) -> np.ndarray:
        """Return the purchases expected within each span (first axis, if several), one a row (last axis)."""
        return self.alive * self.process.purchases(as_spans(spans, "purchases"), nodes)[..., self.case_of]

    def active(self, spans: float | np.ndarray, nodes: int = NODES) -> np.ndarray:
        """Return P(alive) after each span."""
        return self.alive * self.process.survival(as_spans(spans, "active"), nodes)[..., self.case_of]

    def purchase_probability(self, count: int, span: float) -> np.ndarray:
        """Return the probability of ``count`` purchases within ``span``, one a row."""
        going_on = self.process.purchase_probability(as_counts(count, "purchase_probability"),
                                                     as_spans(span, "purchase_probability"))
        return self.alive * going_on[..., self.case_of] + (count == 0) * (1 - self.alive)

    def residual(self, intensity: float, nodes: int = NODES) -> np.ndarray:
        """Return the purchases expected of a customer from now on without end, each discounted from its own
        time (DERT: discounted expected residual transactions), one a row.

        ``intensity`` is the continuous discount per unit of time, log(1 + annual rate) per year; it must be
        positive, else BadInput is raised. By parts it is a mean of the expected purchases over an exponential
        horizon, taken by the trapezoidal rule in the logarithm of the horizon.
        """
        require_discount(intensity, "residual")
        places = np.arange(EARLIEST, LATEST, STEP)
        weights = STEP * np.exp(places - np.exp(places))
        purchases = self.process.purchases(np.exp(places) / intensity, nodes)
        return self.alive * (weights @ purchases)[..., self.case_of]

    def next_purchase(self, share: float = 0.5) -> np.ndarray:
        """Return after which time ``share`` of customers like this one, if they are active now, have bought
        again, one a row: the median by default. Infinite where so many never will."""
        require_share(share, "next_purchase")
        return self.process.next_purchase(share)[self.case_of]

    def simulate(self, span: float, customers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return drawn numbers of purchases within ``span`` of ``customers`` (the row of each), one each."""
        as_spans(span, "simulate")
        bought = np.zeros(len(customers), dtype=np.int64)
        active = np.flatnonzero(rng.random(len(customers)) < self.alive[customers])
        bought[active] = self.process.simulate(self.case_of[customers[active]], span, rng)
        return bought


class EndlessProcess:
    """Purchases at a gamma-distributed rate without end (NBD)."""

    def __init__(self, shape: np.ndarray, rate: np.ndarray):
        self.shape, self.rate = shape, rate

    def purchases(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the purchases expected within each span."""
        return spans[..., None] * (self.shape / self.rate)

    def survival(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return one: nobody stops."""
        return np.ones((*spans.shape, len(self.shape)))

    def purchase_probability(self, count: np.ndarray, span: np.ndarray) -> np.ndarray:
        """Return the probability of ``count`` purchases within ``span``."""
        return np.exp(log_negative_binomial(count, self.shape, span / self.rate))

    def next_purchase(self, share: float) -> np.ndarray:
        """Return the span within which ``share`` of customers have bought again."""
        # overflows to infinity for those who hardly ever buy
        with np.errstate(over="ignore"):
            return self.rate * np.expm1(-np.log1p(-share) / self.shape)

    def simulate(self, cases: np.ndarray, span: float, rng: np.random.Generator) -> np.ndarray:
        """Return drawn numbers of purchases within ``span``."""
        return rng.poisson(rng.gamma(self.shape[cases]) * (span / self.rate[cases]))


class StoppingProcess(EndlessProcess):
    """Purchases at a gamma-distributed rate, a chance Beta(a, b) of stopping after each (BG/NBD, MBG/NBD).

    ``shape`` and ``b`` are those of each kind of customer, ``kind`` the kind of each case, ``rate`` the
    gamma's rate parameter of each case.
    """

    def __init__(self, shape: np.ndarray, b: np.ndarray, kind: np.ndarray, rate: np.ndarray, a: float):
        super().__init__(shape[kind], rate)
        self.kinds, self.a = (shape, a, b, kind), a
        self.b = b[kind]

    def purchases(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the purchases expected within each span."""
        return mean_purchases_alive(*self.kinds, spans[..., None] / self.rate, nodes)

    def survival(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the probability of being active at the end of each span."""
        return mean_survival(*self.kinds, spans[..., None] / self.rate, nodes)

    def purchase_probability(self, count: np.ndarray, span: np.ndarray) -> np.ndarray:
        """Return the probability of ``count`` purchases within ``span``."""
        going = betaln(self.a, self.b + count) - betaln(self.a, self.b)
        number = np.maximum(count, 1)
        # having bought at least so many times, stopped after the last
        stopped = np.exp(betaln(self.a + 1, self.b + number - 1) - betaln(self.a, self.b)) * betainc(
            number, self.shape, span / (self.rate + span))
        return super().purchase_probability(count, span) * np.exp(going) + np.where(count > 0, stopped, 0)

    def simulate(self, cases: np.ndarray, span: float, rng: np.random.Generator) -> np.ndarray:
        """Return drawn numbers of purchases within ``span``."""
        # a chance so small that it never happens; the geometric distribution refuses zero
        stopping = np.maximum(rng.beta(self.a, self.b[cases]), 1e-9)
        return np.minimum(super().simulate(cases, span, rng), rng.geometric(stopping))


class LifetimeProcess(EndlessProcess):
    """Purchases at a gamma-distributed rate, for an exponential lifetime whose rate is Gamma(s, beta)
    (Pareto/NBD)."""

    NODES = 128

    def __init__(self, shape: np.ndarray, rate: np.ndarray, s: float, beta: np.ndarray):
        super().__init__(shape, rate)
        self.s, self.beta = s, beta

    def purchases(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the purchases expected within each span."""
        past = np.log1p(spans[..., None] / self.beta)
        return self.shape / self.rate * self.beta * past * exprel((1 - self.s) * past)

    def survival(self, spans: np.ndarray, nodes: int) -> np.ndarray:
        """Return the probability of being active at the end of each span."""
        return np.exp(-self.s * np.log1p(spans[..., None] / self.beta))

    def purchase_probability(self, count: np.ndarray, span: np.ndarray) -> np.ndarray:
        """Return the probability of ``count`` purchases within ``span``."""
        place, weight = np.polynomial.legendre.leggauss(self.NODES)
        near = np.minimum(self.rate, self.beta)
        depth = np.log1p(span / near) / 2
        # the life may end at any time of the span, counted on a logarithmic scale
        end = near * np.expm1(depth * (place[:, None] + 1))
        density = depth * (near + end) * self.s / self.beta * np.exp(-(self.s + 1) * np.log1p(end / self.beta))
        within = np.exp(log_negative_binomial(count, self.shape, end / self.rate)) * density
        going = super().purchase_probability(count, span) * np.exp(-self.s * np.log1p(span / self.beta))
        return going + (weight[:, None] * within).sum(axis=0)

    def next_purchase(self, share: float) -> np.ndarray:
        """Return the span within which ``share`` of customers have bought again."""
        def missing(log_span: np.ndarray, case: np.ndarray) -> np.ndarray:
            some = LifetimeProcess(self.shape[case], self.rate[case], self.s, self.beta[case])
            return some.purchase_probability(np.zeros(1), np.exp(log_span)) - (1 - share)

        cases = np.arange(len(self.shape))
        first = np.log(super().next_purchase(share))  # as if nobody stopped; it takes at least as long
        found = elementwise.find_root(missing, (first - 1, np.maximum(first + 1, LATEST_SPAN)), args=(cases,))
        return np.where(found.success, np.exp(found.x), np.inf)

    def simulate(self, cases: np.ndarray, span: float, rng: np.random.Generator) -> np.ndarray:
        """Return drawn numbers of purchases within ``span``."""
        ending = np.maximum(rng.gamma(self.s, size=len(cases)), np.finfo(float).tiny) / self.beta[cases]
        life = np.minimum(rng.exponential(size=len(cases)) / ending, span)
        return rng.poisson(rng.gamma(self.shape[cases]) * (life / self.rate[cases]))


def log_negative_binomial(count: np.ndarray, shape: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Return the log-probability of ``count`` purchases at a rate Gamma(``shape``, 1) within ``span``."""
    reached = xlogy(count, span) - xlog1py(count, span)  # nothing is bought within no time, without a warning
    return gammaln(shape + count) - gammaln(shape) - gammaln(count + 1) - shape * np.log1p(span) + reached
