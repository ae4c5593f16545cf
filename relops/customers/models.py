"""Models of purchases and spend, fitted to distinct histories with weights; and the baseline they must beat.

lifetimes finds the maximum; a few Newton steps with the exact derivatives then settle its last digits, so
that the same rows give the same estimates however the search went, and give exact standard errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from relops.customers import bg_nbd, gamma_gamma
from relops.customers.availability import TOO_LITTLE, ConvergenceError, Unavailable
from relops.customers.estimates import critical_value
from relops.customers.history import CustomerHistory
from relops.customers.lifetimes_fit import lifetimes_parameters
from relops.customers.optimise import Likelihood, Optimum, maximise
from relops.customers.weighted import weighted_correlation, weighted_sum
from relops.errors import BadInput, Problem
from relops.exhibits import Evidence

LEAST_REPEAT_CUSTOMERS = 30
# a parameter known to no better than a factor of twenty either way (in logarithms) is not determined
UNDETERMINED = 3.0
Forecaster = Callable[[float | np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model at its maximum likelihood: ``theta`` in the order of ``likelihood.parameters``, the covariance
    of its logarithms (exact Hessian), log-likelihood, and the customers and rows it was fitted to."""

    name: str
    likelihood: Likelihood = field(repr=False)
    weights: np.ndarray = field(repr=False)
    theta: np.ndarray
    log_covariance: np.ndarray = field(repr=False)
    log_likelihood: float
    n: int

    @property
    def parameters(self) -> dict[str, float]:
        """Parameter name → estimate."""
        return dict(zip(self.likelihood.parameters, map(float, self.theta), strict=True))

    @property
    def standard_errors(self) -> dict[str, float]:
        """Parameter name → standard error from the exact Hessian."""
        errors = self.theta * np.sqrt(np.diag(self.log_covariance))
        return dict(zip(self.likelihood.parameters, map(float, errors), strict=True))

    @property
    def covariance(self) -> np.ndarray:
        """Covariance matrix of the parameters."""
        return self.log_covariance * np.outer(self.theta, self.theta)

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * len(self.theta) - 2 * self.log_likelihood

    @property
    def rows(self) -> int:
        """Number of distinct rows the model was fitted to."""
        return len(self.weights)

    def interval(self, parameter: str, level: float) -> tuple[float, float]:
        """Return the Wald interval of a parameter, taken in its logarithm so that it stays positive."""
        place = self.likelihood.parameters.index(parameter)
        half = critical_value(level) * np.sqrt(self.log_covariance[place, place])
        return float(self.theta[place] * np.exp(-half)), float(self.theta[place] * np.exp(half))


@dataclass(frozen=True, eq=False)
class BgNbd(FittedModel):
    """BG/NBD: repeat purchases until a silent end. ``unit`` is the unit of time of alpha."""

    unit: str = "weeks"

    def probability_alive(self, history: CustomerHistory) -> np.ndarray:
        """Return P(alive) at the end of observation, one a row. One wherever there is no repeat purchase."""
        check_unit(self, history)
        return bg_nbd.probability_alive(*self.theta, history.frequency, history.recency, history.T)

    def forecaster(self, history: CustomerHistory, nodes: int = 96) -> Forecaster:
        """Return the function from a span of time ahead, or several (first axis), to the purchases expected
        of a customer within it, one a row (last axis)."""
        check_unit(self, history)
        cases, alive = bg_nbd.Cases(history.frequency, history.T), self.probability_alive(history)
        return lambda spans: alive * cases.purchases_alive(*self.theta, spans, nodes)

    def expected_purchases(self, history: CustomerHistory, horizon: float) -> np.ndarray:
        """Return the purchases expected of a customer within ``horizon`` (in the history's unit)."""
        return self.forecaster(history)(horizon)


@dataclass(frozen=True, eq=False)
class GammaGamma(FittedModel):
    """Gamma-Gamma: mean spend per purchase. ``left_out`` counts repeat buyers who spent nothing,
    ``compression`` the root mean square of what three significant digits hide, relative to the mean spend;
    ``correlation`` is that of frequency and mean spend, which the model takes to be zero."""

    left_out: int = 0
    compression: float = 0.0
    correlation: float = 0.0

    @property
    def population_mean(self) -> float:
        """Mean spend per purchase over all customers."""
        return gamma_gamma.population_mean(*self.theta)

    def expected_spend(self, history: CustomerHistory) -> np.ndarray:
        """Return the expected spend per purchase, one a row: the mean over the customers who share it."""
        own = history.frame["mean_spend"].to_numpy(float) / history.customers
        return gamma_gamma.expected_spend(*self.theta, history.frequency, own)


@dataclass(frozen=True)
class ConstantRate:
    """The baseline: each customer goes on buying at the own rate so far, at the own mean spend so far."""

    name: str = "baseline"

    def forecaster(self, history: CustomerHistory) -> Forecaster:
        """Return the function from a span of time ahead to frequency / T x span; nothing where T is zero."""
        rate = np.divide(history.frequency, history.T, out=np.zeros_like(history.T), where=history.T > 0)
        return lambda spans: rate * np.asarray(spans, float)[..., None]

    def expected_purchases(self, history: CustomerHistory, horizon: float) -> np.ndarray:
        """Return the purchases expected of a customer within ``horizon`` (in the history's unit)."""
        return self.forecaster(history)(horizon)

    def expected_spend(self, history: CustomerHistory) -> np.ndarray:
        """Return the own mean spend per repeat purchase, one a row."""
        return history.frame["mean_spend"].to_numpy(float) / history.customers


def check_unit(model: BgNbd, history: CustomerHistory) -> None:
    """Raise BadInput when a history is not in the unit of time that the model was fitted in."""
    if model.unit != history.unit:
        units = {"model": model.unit, "history": history.unit}
        raise BadInput(Problem("customers.unit_mismatch", model.name, units))


def _repeat_evidence(count: int) -> dict[str, Evidence]:
    return {"repeat": Evidence("lifetime_value.repeat_customers", count, "customers")}


def _settle(name: str, likelihood: Likelihood, weights: np.ndarray, columns: tuple[np.ndarray, ...],
            guess: np.ndarray) -> Optimum:
    """Return the maximum, from where lifetimes ends or, failing that, from a guess. Raises
    ConvergenceError."""
    found = lifetimes_parameters(name, *columns, weights=weights)
    optimum = maximise(likelihood, weights, guess if found is None else found)
    spread = np.sqrt(np.diag(optimum.log_covariance))
    if not optimum.converged or not (spread < UNDETERMINED).all():
        raise ConvergenceError(name, likelihood.parameters[optimum.loosest])
    return optimum


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

