"""Maximum likelihood by Newton's method in the logarithms of the parameters, with exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

STEPS = 100
ENOUGH = 1e-11  # gain of log-likelihood a further step still promises when the search ends
NEAR = 1e-3  # promised gain below which a Newton step is taken on trust
LARGEST_STEP = 1.0  # in logarithms: no parameter more than about triples at a time
FARTHEST = 14.0  # in logarithms: a parameter a million times the start has no finite optimum


class Likelihood(Protocol):
    """A log-likelihood of weighted rows, with gradient and Hessian in the parameters themselves."""

    parameters: tuple[str, ...]

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood, its gradient and its Hessian."""


@dataclass(frozen=True)
class Optimum:
    """Where a search ended.

    ``value`` is the log-likelihood, ``hessian`` is taken in the logarithms of the parameters; ``converged``
    tells whether no step promised any further gain. A flat likelihood converges too: look at the standard
    errors of the logarithms.
    """

    theta: np.ndarray
    value: float
    hessian: np.ndarray
    converged: bool

    @property
    def log_covariance(self) -> np.ndarray:
        """Inverse of the negative Hessian; infinite variances where the likelihood has no peak."""
        try:
            covariance = np.linalg.inv(-self.hessian)
        except np.linalg.LinAlgError:
            return np.diag(np.full(len(self.theta), np.inf))
        return covariance if (np.diag(covariance) > 0).all() else np.diag(np.full(len(self.theta), np.inf))

    @property
    def loosest(self) -> int:
        """The parameter in whose direction the log-likelihood is flattest."""
        _, axes = np.linalg.eigh(-self.hessian)
        return int(np.argmax(np.abs(axes[:, 0])))


def maximise(likelihood: Likelihood, weights: np.ndarray, start: np.ndarray,
             enough: float = ENOUGH) -> Optimum:
    """Return the parameters of greatest log-likelihood, searched from ``start`` (all positive).

    Each step climbs (where the surface is not concave, its curvatures count by their size) and is halved
    until the log-likelihood does not fall. Ends with the step that promises a gain below ``enough``, or after
    a hundred.
    """
    def evaluate(place: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        theta = np.exp(place)
        value, gradient, hessian = likelihood.derivatives(theta, weights)
        slope = theta * gradient
        return value, slope, hessian * np.outer(theta, theta) + np.diag(slope)

    place = np.log(np.asarray(start, float))
    low, high = place - FARTHEST, place + FARTHEST
    value, slope, hessian = evaluate(place)
    for _ in range(STEPS):
        step = _climb(slope, hessian)
        promise = float(slope @ step) / 2
        if promise < enough:
            return Optimum(np.exp(np.clip(place + step, low, high)), value + promise, hessian, True)
        for _ in range(30):
            trial = np.clip(place + step, low, high)
            reached = evaluate(trial)
            # so near the top the gain is lost in the rounding of the sum
            if reached[0] > value or promise < NEAR:
                break
            step /= 2
        else:
            # no step climbs: the gain promised is below what the sum's rounding can show
            return Optimum(np.exp(place), value, hessian, promise < 1e-6)
        place, (value, slope, hessian) = trial, reached
    return Optimum(np.exp(place), value, hessian, False)


def _climb(slope: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Return Newton's step, turned uphill and not longer than allowed."""
    curvature, axes = np.linalg.eigh(-hessian)
    size = np.maximum(np.abs(curvature), 1e-12 * np.abs(curvature).max())
    step = axes @ ((axes.T @ slope) / size)
    return step * min(1.0, LARGEST_STEP / np.abs(step).max(initial=1e-300))
