"""Fitting the models to distinct histories with weights, by Newton's method with exact derivatives.

The search starts from the data alone, so that the same rows give the same estimates. With many rows it begins
on a coarse summary of them, which costs little and ends so near the maximum that two or three steps on all rows
settle the last digits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from relops.customers import gamma_gamma, sbg
from relops.customers.availability import TOO_LITTLE, ConvergenceError, Unavailable
from relops.customers.history import CustomerHistory
from relops.customers.models import (
    MODELS,
    PURCHASE_MODELS,
    BgNbd,
    GammaGamma,
    Nbd,
    PurchaseModel,
    ShiftedBetaGeometric,
    check_grain,
)
from relops.customers.optimise import Likelihood, Optimum, maximise
from relops.customers.weighted import weighted_correlation, weighted_sum
from relops.errors import BadInput, Problem
from relops.exhibits import Evidence

LEAST_REPEAT_CUSTOMERS = 30
LEAST_LOST = 30
MOST_ROWS_AT_ONCE = 3_000
COARSE = 20  # steps of T, and of recency in it, that the coarse summary keeps apart
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
        raise ConvergenceError(name, likelihood.parameters[optimum.loosest], optimum.value)
    return optimum


def fit_model(name: str, history: CustomerHistory) -> PurchaseModel:
    """Return a model of :data:`relops.customers.models.MODELS` fitted to a history, in the history's
    unit of time.

    Raises Unavailable (M2) with fewer than thirty repeat customers, ConvergenceError (M7) when the likelihood
    has no peak: purchase rates or chances of stopping that do not differ, or no sign of anyone stopping; BadInput
    on an unknown model.
    """
    if name not in MODELS:
        raise BadInput(Problem("customers.model_name", "fit_model", {"name": name, "names": ", ".join(MODELS)}))
    if history.repeat_customers < LEAST_REPEAT_CUSTOMERS:
        raise Unavailable(TOO_LITTLE, "orders", _repeat_evidence(history.repeat_customers))
    model = MODELS[name]
    check_grain(model, history)
    likelihood = model.law.Likelihood(history.frequency, history.recency, history.T)
    mean_age = max(float(np.average(history.T, weights=history.customers)), 1e-3)
    guess = np.array([mean_age if parameter in likelihood.timed else 1.0 for parameter in likelihood.parameters])
    if len(history.frame) > MOST_ROWS_AT_ONCE and model in PURCHASE_MODELS.values():
        *columns, weights = _coarse(history)
        guess = maximise(model.law.Likelihood(*columns), weights, guess).theta
    optimum = _settle(name, likelihood, history.customers, guess)
    return model(name, likelihood, history.customers, optimum.theta, optimum.log_covariance, optimum.value,
                 history.n, unit=history.unit, event_grain=history.event_grain)


def _coarse(history: CustomerHistory) -> list[np.ndarray]:
    """Return frequency, recency, T and customers of histories that stand for all: the means of those alike."""
    x, recency, T, customers = history.frequency, history.recency, history.T, history.customers
    share = np.divide(recency, T, out=np.zeros_like(T), where=T > 0)
    often = np.floor(np.where(x < 8, x, 5 + np.log2(np.maximum(x, 8))))
    steps = np.floor(COARSE * T / max(T.max(), 1e-300)), np.floor(COARSE * share)
    label = ((often * (COARSE + 1) + steps[0]) * (COARSE + 1) + steps[1]).astype(np.int64)
    weights = np.bincount(label, customers)
    held = weights > 0
    means = [np.bincount(label, customers * values)[held] / weights[held] for values in (x, recency, T)]
    return [*means, weights[held]]


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
    spend is infinite; BadInput where a mean spend is missing or infinite.
    """
    unknown = ~np.isfinite(spend["mean_spend"].to_numpy(float))
    if unknown.any():
        raise BadInput(Problem("customers.unknown_spend", "fit_gamma_gamma", {"rows": int(unknown.sum())}))
    used = spend[(spend["mean_spend"] > 0) & (spend["frequency"] > 0)]
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
        optimum.value, n, left_out=int(spend["customers"].sum()) - n,
        compression=float(np.sqrt(used["squared_deviation"].sum() / squares)),
        correlation=weighted_correlation(*columns, weights))


def fit_contracts(survivors: pd.DataFrame, period: str = "months") -> ShiftedBetaGeometric:
    """Return the shifted beta-geometric model of what cohorts tell (:func:`relops.customers.sbg.survivor_counts`),
    ``period`` being the unit of time of one contract period.

    Raises Unavailable (M2) with fewer than thirty customers lost, ConvergenceError (M7) where the likelihood has no
    peak: a share of losses that does not fall with time, as when every customer is alike.
    """
    lost = int(survivors.loc[survivors["lost"], "customers"].sum())
    if lost < LEAST_LOST:
        raise Unavailable(TOO_LITTLE, "customers.contract_end",
                          {"lost": Evidence("lifetime_value.sbg.lost", lost, "customers")})
    likelihood = sbg.Likelihood(survivors["periods"], survivors["lost"])
    weights = survivors["customers"].to_numpy(float)
    optimum = _settle("sbg", likelihood, weights, np.ones(2))
    n = int(survivors["customers"].sum())
    return ShiftedBetaGeometric("sbg", likelihood, weights, optimum.theta, optimum.log_covariance, optimum.value, n,
                                period=period)
