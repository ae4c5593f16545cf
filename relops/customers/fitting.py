"""Fitting the models to distinct histories with weights.

lifetimes finds the maximum; a few Newton steps with the exact derivatives then settle its last digits, so
that the same rows give the same estimates however the search went, and give exact standard errors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from relops.customers import bg_nbd, gamma_gamma, nbd
from relops.customers.availability import TOO_LITTLE, ConvergenceError, Unavailable
from relops.customers.history import CustomerHistory
from relops.customers.lifetimes_fit import FITTERS, lifetimes_parameters
from relops.customers.models import BgNbd, GammaGamma, Nbd, PurchaseModel
from relops.customers.optimise import Likelihood, Optimum, maximise
from relops.customers.weighted import weighted_correlation, weighted_sum
from relops.exhibits import Evidence

LEAST_REPEAT_CUSTOMERS = 30
# a parameter known to no better than a factor of twenty either way (in logarithms) is not determined
UNDETERMINED = 3.0
NO_BETTER = 0.5  # gain of log-likelihood too small to speak for a further parameter


def _repeat_evidence(count: int) -> dict[str, Evidence]:
    return {"repeat": Evidence("lifetime_value.repeat_customers", count, "customers")}


def _settle(name: str, likelihood: Likelihood, weights: np.ndarray, columns: tuple[np.ndarray, ...],
            guess: np.ndarray) -> Optimum:
    """Return the maximum, from where lifetimes ends or, failing that, from a guess. Raises
    ConvergenceError."""
    found = lifetimes_parameters(name, *columns, weights=weights) if name in FITTERS else None
    optimum = maximise(likelihood, weights, guess if found is None else found)
    spread = np.sqrt(np.diag(optimum.log_covariance))
    if not optimum.converged or not (spread < UNDETERMINED).all():
        reached = likelihood.value(optimum.theta, weights)
        raise ConvergenceError(name, likelihood.parameters[optimum.loosest], reached)
    return optimum


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
    """Return the NBD model of a history, in its unit of time. Raises as :func:`fit_bg_nbd`."""
    if history.repeat_customers < LEAST_REPEAT_CUSTOMERS:
        raise Unavailable(TOO_LITTLE, "orders", _repeat_evidence(history.repeat_customers))
    likelihood = nbd.Likelihood(history.frequency, history.T)
    guess = np.array([1.0, max(float(np.average(history.T, weights=history.customers)), 1e-3)])
    optimum = _settle("nbd", likelihood, history.customers, (), guess)
    value = likelihood.value(optimum.theta, history.customers)
    return Nbd("nbd", likelihood, history.customers, optimum.theta, optimum.log_covariance, value, history.n,
               unit=history.unit)


def fit_bg_nbd(history: CustomerHistory) -> BgNbd:
    """Return the BG/NBD model of a history, in the history's unit of time.

    Raises Unavailable (M2) with fewer than thirty repeat customers, ConvergenceError (M7) when the likelihood
    has no peak: purchase rates or chances of stopping that do not differ, or no sign of anyone stopping.
    """
    if history.repeat_customers < LEAST_REPEAT_CUSTOMERS:
        raise Unavailable(TOO_LITTLE, "orders", _repeat_evidence(history.repeat_customers))
    columns = history.frequency, history.recency, history.T
    likelihood = bg_nbd.Likelihood(*columns)
    mean_age = float(np.average(history.T, weights=history.customers))
    guess = np.array([1.0, max(mean_age, 1e-3), 1.0, 1.0])
    optimum = _settle("bg_nbd", likelihood, history.customers, columns, guess)
    value = likelihood.value(optimum.theta, history.customers)
    return BgNbd("bg_nbd", likelihood, history.customers, optimum.theta, optimum.log_covariance, value,
                 history.n, unit=history.unit)


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
    optimum = _settle("gamma_gamma", likelihood, weights, columns, guess)
    if optimum.theta[1] <= 1:
        raise ConvergenceError("gamma_gamma", "q")
    squares = weighted_sum(weights, columns[1] ** 2)
    return GammaGamma(
        "gamma_gamma", likelihood, weights, optimum.theta, optimum.log_covariance,
        likelihood.value(optimum.theta, weights), n, left_out=int(spend["customers"].sum()) - n,
        compression=float(np.sqrt(used["squared_deviation"].sum() / squares)),
        correlation=weighted_correlation(*columns, weights))

