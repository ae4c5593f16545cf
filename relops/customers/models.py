"""Fitted models of purchases and of spend, and the baseline they must beat. :mod:`relops.customers.fitting`
fits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from relops.customers import bg_nbd, gamma_gamma, nbd
from relops.customers.estimates import critical_value
from relops.customers.history import CustomerHistory
from relops.customers.optimise import Likelihood
from relops.errors import BadInput, Problem

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
class PurchaseModel(FittedModel):
    """A model of repeat purchases. ``unit`` is the unit of time of alpha; no other is accepted."""

    unit: str = "weeks"

    def forecaster(self, history: CustomerHistory, nodes: int = 96) -> Forecaster:
        """Return the function from a span of time ahead, or several (first axis), to the purchases expected
        of a customer within it, one a row (last axis). ``nodes`` is the accuracy where an integral is
        needed."""
        raise NotImplementedError

    def probability_alive(self, history: CustomerHistory) -> np.ndarray:
        """Return P(alive) at the end of observation, one a row."""
        raise NotImplementedError

    def purchase_probability(self, count: int, t: np.ndarray) -> np.ndarray:
        """Return the probability that a new customer makes ``count`` repeat purchases within ``t``."""
        raise NotImplementedError

    def expected_purchases(self, history: CustomerHistory, horizon: float) -> np.ndarray:
        """Return the purchases expected of a customer within ``horizon`` (in the history's unit)."""
        return self.forecaster(history)(horizon)


@dataclass(frozen=True, eq=False)
class BgNbd(PurchaseModel):
    """BG/NBD: repeat purchases until a silent end."""

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

    def purchase_probability(self, count: int, t: np.ndarray) -> np.ndarray:
        """Return the probability that a new customer makes ``count`` repeat purchases within ``t``."""
        return bg_nbd.purchase_probability(*self.theta, count, t)


@dataclass(frozen=True, eq=False)
class Nbd(PurchaseModel):
    """NBD: repeat purchases without end."""

    def probability_alive(self, history: CustomerHistory) -> np.ndarray:
        """Return one for every customer: nobody stops in this model."""
        return np.ones_like(history.T)

    def forecaster(self, history: CustomerHistory, nodes: int = 96) -> Forecaster:
        """Return the expected purchases as a function of the time ahead; exact, whatever ``nodes``."""
        check_unit(self, history)
        return lambda spans: nbd.expected_purchases(*self.theta, spans, history.frequency, history.T)

    def purchase_probability(self, count: int, t: np.ndarray) -> np.ndarray:
        """Return the probability that a new customer makes ``count`` repeat purchases within ``t``."""
        return nbd.purchase_probability(*self.theta, count, t)


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


def check_unit(model: PurchaseModel, history: CustomerHistory) -> None:
    """Raise BadInput when a history is not in the unit of time that the model was fitted in."""
    if model.unit != history.unit:
        units = {"model": model.unit, "history": history.unit}
        raise BadInput(Problem("customers.unit_mismatch", model.name, units))
