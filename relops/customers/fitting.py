"""Fitting the models to distinct histories with weights, by Newton's method with exact derivatives.

The search starts from the data alone, so that the same rows give the same estimates.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from relops.customers import gamma_gamma
from relops.customers.availability import TOO_LITTLE, ConvergenceError, Unavailable
from relops.customers.history import CustomerHistory
from relops.customers.models import PURCHASE_MODELS, BgNbd, GammaGamma, Nbd, PurchaseModel
from relops.customers.optimise import Likelihood, Optimum, maximise
from relops.customers.weighted import weighted_correlation, weighted_sum
from relops.exhibits import Evidence

LEAST_REPEAT_CUSTOMERS = 30
# a parameter known to no better than a factor of twenty either way (in logarithms) is not determined
UNDETERMINED = 3.0
NO_BETTER = 0.5  # gain of log-likelihood too small to speak for a further parameter


def _repeat_evidence(count: int) -> dict[str, Evidence]:
    return {"repeat": Evidence("lifetime_value.repeat_customers", count, "customers")}


def _settle(name: str, likelihood: Likelihood, weights: np.ndarray, guess: np.ndarray) -> Optimum:
    """Return the maximum. Raises ConvergenceError where there is none."""
    optimum = maximise(likelihood, weights, guess)
    spread = np.sqrt(np.diag(optimum.log_covariance))
    if not optimum.converged or not (spread < UNDETERMINED).all():
        reached = likelihood.value(optimum.theta, weights)
        raise ConvergenceError(name, likelihood.parameters[optimum.loosest], reached)
    return optimum


def fit_model(name: str, history: CustomerHistory) -> PurchaseModel:
    """Return a model of :data:`relops.customers.models.PURCHASE_MODELS` fitted to a history, in the history's
    unit of time.

    Raises Unavailable (M2) with fewer than thirty repeat customers, ConvergenceError (M7) when the likelihood
    has no peak: purchase rates or chances of stopping that do not differ, or no sign of anyone stopping.
    """
    if history.repeat_customers < LEAST_REPEAT_CUSTOMERS:
        raise Unavailable(TOO_LITTLE, "orders", _repeat_evidence(history.repeat_customers))
    model = PURCHASE_MODELS[name]
    likelihood = model.law.Likelihood(history.frequency, history.recency, history.T)
    mean_age = max(float(np.average(history.T, weights=history.customers)), 1e-3)
    guess = np.array([mean_age if name in ("alpha", "beta") else 1.0 for name in likelihood.parameters])
    optimum = _settle(name, likelihood, history.customers, guess)
    value = likelihood.value(optimum.theta, history.customers)
    return model(name, likelihood, history.customers, optimum.theta, optimum.log_covariance, value, history.n,
                 unit=history.unit)


def fit_purchase_model(history: CustomerHistory) -> PurchaseModel:
    """Return BG/NBD, or NBD where the data show no sign of anyone stopping.

    BG/NBD then climbs towards a chance of stopping of zero and has no peak, while its likelihood ends where
    that of NBD does. Raises Unavailable (M2) with fewer than thirty repeat customers, ConvergenceError (M7)
    where neither model has a peak.
    """
    try:
        return fit_bg_nbd(history)
    except ConvergenceError as reason:
        simpler = fit_nbd(history)
        if simpler.log_likelihood < reason.log_likelihood - NO_BETTER:
            raise
        return simpler


def fit_nbd(history: CustomerHistory) -> Nbd:
    """Return the NBD model of a history. Raises as :func:`fit_model`."""
    return fit_model("nbd", history)


def fit_bg_nbd(history: CustomerHistory) -> BgNbd:
    """Return the BG/NBD model of a history. Raises as :func:`fit_model`."""
    return fit_model("bg_nbd", history)


def fit_gamma_gamma(spend: pd.DataFrame) -> GammaGamma:
    """Return the Gamma-Gamma model of a summary (:func:`relops.customers.history_summary.spend_summary`).

    Only repeat buyers with positive spend are used; the others are counted. Raises Unavailable (M2) with
    fewer than thirty of them, ConvergenceError (M7) without a peak, or with q of one or less: then the mean
    spend is infinite.
    """
    used = spend[spend["mean_spend"] > 0]
    n = int(used["customers"].sum())
    if n < LEAST_REPEAT_CUSTOMERS:
        raise Unavailable(TOO_LITTLE, "orders.amount", _repeat_evidence(n))
    columns = used["frequency"].to_numpy(float), used["mean_spend"].to_numpy(float)
    weights = used["customers"].to_numpy(float)
    likelihood = gamma_gamma.Likelihood(*columns)
    guess = np.array([1.0, 2.0, float(np.average(columns[1], weights=weights))])
    optimum = _settle("gamma_gamma", likelihood, weights, guess)
    if optimum.theta[1] <= 1:
        raise ConvergenceError("gamma_gamma", "q")
    squares = weighted_sum(weights, columns[1] ** 2)
    return GammaGamma(
        "gamma_gamma", likelihood, weights, optimum.theta, optimum.log_covariance,
        likelihood.value(optimum.theta, weights), n, left_out=int(spend["customers"].sum()) - n,
        compression=float(np.sqrt(used["squared_deviation"].sum() / squares)),
        correlation=weighted_correlation(*columns, weights))
