"""What a fitted model says, with the uncertainty of its parameters, by the delta method.

The covariance comes from the exact Hessian; slopes are central differences in the logarithms of the parameters,
so an answer costs two evaluations a parameter where a bootstrap would need hundreds of refits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from relops.customers.estimates import Estimate, critical_value
from relops.customers.models import FittedModel

STEP = 1e-4  # in logarithms: rounding and curvature are both out of sight


def slopes(model: FittedModel, quantity: Callable[[FittedModel], np.ndarray]) -> np.ndarray:
    """Return the derivatives of a quantity (a number or an array) by the logarithms of the parameters, one
    parameter along the first axis."""
    found = []
    for place in range(len(model.theta)):
        step = np.where(np.arange(len(model.theta)) == place, STEP, 0.0)
        up, down = (quantity(replace(model, theta=model.theta * np.exp(sign * step))) for sign in (1, -1))
        found.append((np.asarray(up) - np.asarray(down)) / (2 * STEP))
    return np.array(found)


def variance(model: FittedModel, slope: np.ndarray) -> np.ndarray:
    """Return the variance of a quantity with these slopes."""
    return np.einsum("j...,jk,k...->...", slope, model.log_covariance, slope)


def variance_of_two(one: FittedModel, other: FittedModel,
                    quantity: Callable[[FittedModel, FittedModel], np.ndarray]) -> np.ndarray:
    """Return the variance of a quantity of two models that share no parameter and were fitted to different things: the
    variances add up."""
    return (variance(one, slopes(one, lambda fit: quantity(fit, other)))
            + variance(other, slopes(other, lambda fit: quantity(one, fit))))


def estimate_by_delta(model: FittedModel, quantity: Callable[[FittedModel], float], n: int, level: float, *,
                      share: bool = False) -> Estimate:
    """Return a positive quantity with its confidence interval, taken in its logarithm, or in its log-odds where
    it is a ``share`` below one."""
    value = float(quantity(model))
    if value <= 0 or (share and value >= 1):
        return Estimate(value, value, value, n, level)
    scale = value * (1 - value) if share else value
    half = critical_value(level) * float(np.sqrt(variance(model, slopes(model, quantity)))) / scale
    if not share:
        return Estimate(value, value * np.exp(-half), value * np.exp(half), n, level)
    low, high = np.exp([-half, half]) * value / (1 - value)
    return Estimate(value, float(low / (1 + low)), float(high / (1 + high)), n, level)
