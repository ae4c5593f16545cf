"""Means over a beta-distributed probability of stopping, safe for every shape.

The closed forms of the BG/NBD family divide by a - 1 and call a hypergeometric function whose logarithm can
turn negative, overflow or lose all digits (frequency in the hundreds, a near one, a + b below one). The same
means as integrals over the probability p are well-behaved everywhere: in y = log(p / (1 - p)) the integrand
is analytic in a strip around the real line, so the trapezoidal rule converges geometrically (Trefethen and
Weideman 2014).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial.chebyshev import chebinterpolate, chebval
from scipy.special import expit, log_expit, polygamma

TAIL = 40.0  # exponent at which a tail no longer counts: exp(-40) is below double precision
CHUNK = 20_000  # rows evaluated at once, to bound memory


def _beta_nodes(a: float, b: np.ndarray, reach: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return log-odds and weights (adding up to one) of a rule for Beta(a, b), one row for each b.

    ``reach`` is where the function averaged bends: from p of about 1 / reach downwards it is flat.
    """
    centre = np.log(a) - np.log(b)
    spread = np.sqrt(polygamma(1, a) + polygamma(1, b))
    scale = np.minimum(1.0, spread)
    # below a = 2 the function's rise towards small p carries mass down to 1 / reach
    lowest = np.minimum(centre, -np.log1p(reach)) if a < 2 else centre
    left = lowest - 9 * spread - (TAIL / a if a < 2 else 2 * TAIL / a)
    peak = a * np.log1p(b / a) + b * np.log1p(a / b)
    exponent = (TAIL + peak) / b
    right = np.minimum(centre + 9 * spread + TAIL / b, exponent + np.log(-np.expm1(-exponent)))
    # far tails are plain exponentials: steps grow there by themselves
    left_anchor = np.maximum(left, lowest - 3 * scale)
    right_anchor = np.minimum(right, np.maximum(centre, 0) + 3 * scale)
    start = left_anchor - scale * np.log1p((left_anchor - left) / scale)
    end = right_anchor + scale * np.log1p((right - right_anchor) / scale)
    w = np.linspace(start, end, nodes, axis=-1)
    scale, left_anchor, right_anchor = scale[:, None], left_anchor[:, None], right_anchor[:, None]
    fall, rise = np.exp((left_anchor - w) / scale), np.exp((w - right_anchor) / scale)
    y = w + scale * (rise - fall)
    log_weight = a * log_expit(y) + b[:, None] * log_expit(-y) + np.log1p(rise + fall)
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    return y, weight / weight.sum(axis=-1, keepdims=True)


def mean_purchases_alive(rate_shape: np.ndarray, a: float, b: np.ndarray, kind: np.ndarray, span: np.ndarray,
                         nodes: int = 96) -> np.ndarray:
    """Return the expected purchases within a span of time of customers who are active at its start.

    There are kinds of customers: kind i has a purchase rate with a gamma distribution of shape
    ``rate_shape[i]`` and a probability p of stopping after a purchase that follows Beta(``a``, ``b[i]``).
    ``kind`` says which kind each case is; ``span`` (cases along the last axis) is its time ahead divided by
    the gamma's rate parameter. The mean is that of (1 - (1 + p span)^-rate_shape) / p. ``nodes`` trades time
    for digits (96: eight at worst, else twelve).
    """
    def purchases(p: np.ndarray, shape: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        return -np.expm1(-shape * np.log1p(p * ahead)) / p

    return mean_over_stopping(purchases, rate_shape, a, b, kind, span, nodes)


def mean_survival(rate_shape: np.ndarray, a: float, b: np.ndarray, kind: np.ndarray, span: np.ndarray,
                  nodes: int = 96) -> np.ndarray:
    """Return the probability that such customers are still active after the span: the mean of
    (1 + p span)^-rate_shape. Parameters as for :func:`mean_purchases_alive`."""
    def survival(p: np.ndarray, shape: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        return np.exp(-shape * np.log1p(p * ahead))

    return mean_over_stopping(survival, rate_shape, a, b, kind, span, nodes)


def mean_over_stopping(function: Callable, rate_shape: np.ndarray, a: float, b: np.ndarray, kind: np.ndarray,
                       span: np.ndarray, nodes: int = 96) -> np.ndarray:
    """Return the mean of ``function(p, rate_shape, span)``, which bends at a p of about one over the product of
    the two. Parameters as for :func:`mean_purchases_alive`.

    Of a kind with many cases, the mean is taken at some spans only and interpolated by Chebyshev polynomials between
    the logarithms of both: analytic in a strip of half-width pi, so that half as many places as nodes keep the digits.
    """
    lowest, reach = np.full(len(b), np.inf), np.zeros(len(b))
    spans = span.reshape(-1, len(kind))
    np.minimum.at(lowest, kind, spans.min(axis=0))
    np.maximum.at(reach, kind, spans.max(axis=0))
    y, weight = _beta_nodes(a, b, reach * rate_shape, nodes)
    # far down the function is flat: any small p gives its limit
    p = np.maximum(expit(y), np.finfo(float).tiny * 1e20)

    def mean(which: np.ndarray, at: np.ndarray) -> np.ndarray:
        return np.einsum("...cn,cn->...c", function(p[which], rate_shape[which, None], at[..., None]), weight[which])

    places = nodes // 2
    often = (np.bincount(kind, minlength=len(b)) * len(spans) > places) & (lowest > 0)
    result = np.empty(span.shape)
    single = np.flatnonzero(~often[kind])
    for first in range(0, len(single), CHUNK):
        cases = single[first:first + CHUNK]
        result[..., cases] = mean(kind[cases], span[..., cases])
    many = np.flatnonzero(often[kind])
    if len(many):
        result[..., many] = _interpolated(mean, often, lowest, reach, kind[many], span[..., many], places)
    return result


def _interpolated(mean: Callable, often: np.ndarray, lowest: np.ndarray, reach: np.ndarray, kind: np.ndarray,
                  span: np.ndarray, places: int) -> np.ndarray:
    """Return ``mean(kind, span)`` for cases of the kinds in ``often``, whose spans lie between ``lowest`` and
    ``reach``."""
    kinds = np.flatnonzero(often)
    ends = np.log(lowest[kinds]), np.log(reach[kinds])
    middle, half = (ends[1] + ends[0]) / 2, np.maximum((ends[1] - ends[0]) / 2, 1e-12)
    terms = chebinterpolate(lambda x: np.log(mean(kinds, np.exp(middle + half * x[:, None]))), places - 1)
    column = (np.cumsum(often) - 1)[kind]
    place = np.clip((np.log(span) - middle[column]) / half[column], -1, 1)
    return np.exp(chebval(place, terms[:, column], tensor=False))
