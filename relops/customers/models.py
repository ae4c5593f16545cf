"""Fitted models of purchases and of spend, and the baseline they must beat. :mod:`relops.customers.fitting`
fits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import ClassVar

import numpy as np

from relops.customers import bg_bb, bg_nbd, gamma_gamma, mbg_nbd, nbd, pareto_nbd, sbg
from relops.customers.demands import (
    as_counts,
    as_spans,
    require_discount,
    require_one_of,
    require_parameters,
    require_share,
    require_unit,
)
from relops.customers.estimates import critical_value
from relops.customers.history import CustomerHistory
from relops.customers.optimise import Likelihood
from relops.customers.outlook import NODES, Cases, Outlook
from relops.errors import BadInput, Problem
from relops.units import AnnualRate, convert_span

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
        """Return the Wald interval of a parameter, taken in its logarithm so that it stays positive. Raises BadInput
        on a parameter that the model has not and on a level that is no fraction."""
        require_one_of(parameter, self.likelihood.parameters, self.name)
        require_share(level, self.name)
        place = self.likelihood.parameters.index(parameter)
        half = critical_value(level) * np.sqrt(self.log_covariance[place, place])
        return float(self.theta[place] * np.exp(-half)), float(self.theta[place] * np.exp(half))


@dataclass(frozen=True, eq=False)
class PurchaseModel(FittedModel):
    """A model of repeat purchases. ``unit`` is the unit of time of its parameters and ``event_grain`` what it
    counts as one purchase; a history in another is refused. What a subclass adds is its ``law``: the module with
    likelihood, P(alive) and process."""

    unit: str = "weeks"
    event_grain: str = "day"
    law: ClassVar[ModuleType]

    @classmethod
    def at(cls, *theta: float, unit: str = "weeks", event_grain: str = "day") -> PurchaseModel:
        """Return the model with parameters known from elsewhere (a paper, an earlier run): it predicts, and
        knows no errors. Raises BadInput on parameters that are too few, too many or not positive, and on an unknown
        unit."""
        size = len(theta)
        name = next(name for name, model in MODELS.items() if model is cls)
        require_parameters(name, cls.law.Likelihood.parameters, theta)
        require_unit(unit, name)
        return cls(name, cls.law.Likelihood(*np.zeros((3, 0))), np.zeros(0), np.array(theta, float),
                   np.full((size, size), np.nan), np.nan, 0, unit=unit, event_grain=event_grain)

    def outlook(self, history: CustomerHistory) -> Outlook:
        """Return what is ahead of each row of the history. Raises BadInput on another unit of time."""
        check_unit(self, history)
        return Outlook(self.probability_alive(history), self.law.process(*self.theta, history.cases),
                       history.cases.case_of)

    def newcomer(self) -> Outlook:
        """Return what is ahead of a new customer right after the first purchase, as one row."""
        nothing = np.zeros(1)
        cases = Cases(nothing, nothing)
        return Outlook(self.law.probability_alive(*self.theta, nothing, nothing, nothing),
                       self.law.process(*self.theta, cases), cases.case_of)

    def probability_alive(self, history: CustomerHistory, ahead: float = 0.0) -> np.ndarray:
        """Return P(alive) at the end of observation, or ``ahead`` of it, one a row. In BG/NBD it is one
        wherever there is no repeat purchase."""
        check_unit(self, history)
        if as_spans(ahead, "probability_alive").any():
            return self.outlook(history).active(ahead)
        return self.law.probability_alive(*self.theta, history.frequency, history.recency, history.T)

    def forecaster(self, history: CustomerHistory, nodes: int = NODES) -> Forecaster:
        """Return the function from a span of time ahead, or several (first axis), to the purchases expected
        of a customer within it, one a row (last axis). ``nodes`` is the accuracy where an integral is
        needed."""
        outlook = self.outlook(history)
        return lambda spans: outlook.purchases(spans, nodes)

    def expected_purchases(self, history: CustomerHistory, horizon: float) -> np.ndarray:
        """Return the purchases expected of a customer within ``horizon`` (in the history's unit)."""
        return self.outlook(history).purchases(horizon)

    def purchase_probability(self, count: int, t: np.ndarray,
                             history: CustomerHistory | None = None) -> np.ndarray:
        """Return the probability of ``count`` repeat purchases within ``t``: of a new customer (``t`` may be
        an array), or of each row of a history in the time after it."""
        if history is not None:
            return self.outlook(history).purchase_probability(count, t)
        count, t = np.broadcast_arrays(as_counts(count, "purchase_probability"), as_spans(t, "purchase_probability"))
        outlook = self.newcomer()
        going_on = outlook.process.purchase_probability(count.ravel(), t.ravel()).reshape(t.shape)
        return outlook.alive[0] * going_on + (count == 0) * (1 - outlook.alive[0])


class Nbd(PurchaseModel):
    """NBD: repeat purchases without end."""

    law = nbd


class BgNbd(PurchaseModel):
    """BG/NBD: repeat purchases until a silent end, which may follow each of them."""

    law = bg_nbd


class MbgNbd(PurchaseModel):
    """MBG/NBD: the silent end may follow the first purchase too."""

    law = mbg_nbd


class ParetoNbd(PurchaseModel):
    """Pareto/NBD: the silent end may come at any time."""

    law = pareto_nbd


class BgBb(PurchaseModel):
    """BG/BB: opportunities used or not, until a silent end; ``unit`` is that of the opportunities."""

    law = bg_bb


PURCHASE_MODELS = {"nbd": Nbd, "bg_nbd": BgNbd, "mbg_nbd": MbgNbd, "pareto_nbd": ParetoNbd}
OPPORTUNITY_MODELS = {"bg_bb": BgBb}
MODELS: dict[str, type[PurchaseModel]] = PURCHASE_MODELS | OPPORTUNITY_MODELS


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
        return self.expected_spend_of(history.frequency, own)

    def expected_spend_of(self, frequency: np.ndarray, mean_spend: np.ndarray) -> np.ndarray:
        """Return the expected spend per purchase of customers with this frequency and mean spend."""
        return gamma_gamma.expected_spend(*self.theta, frequency, mean_spend)

    def simulate(self, frequency: np.ndarray, mean_spend: np.ndarray, purchases: np.ndarray,
                 rng: np.random.Generator) -> np.ndarray:
        """Return what such customers spend in drawn numbers of ``purchases``."""
        p, q, v = self.theta
        spent, some = np.zeros(len(purchases)), np.flatnonzero(purchases)
        rate = rng.gamma(p * frequency[some] + q) / (v + frequency[some] * mean_spend[some])
        spent[some] = rng.gamma(p * purchases[some]) / rate
        return spent


@dataclass(frozen=True)
class ConstantRate:
    """The baseline: each customer goes on buying at the own rate so far, at the own mean spend so far."""

    name: str = "baseline"

    def forecaster(self, history: CustomerHistory) -> Forecaster:
        """Return the function from a span of time ahead to frequency / T x span; nothing where T is zero."""
        rate = np.divide(history.frequency, history.T, out=np.zeros_like(history.T), where=history.T > 0)
        return lambda spans: rate * as_spans(spans, "baseline")[..., None]

    def expected_purchases(self, history: CustomerHistory, horizon: float) -> np.ndarray:
        """Return the purchases expected of a customer within ``horizon`` (in the history's unit)."""
        return self.forecaster(history)(horizon)

    def expected_spend(self, history: CustomerHistory) -> np.ndarray:
        """Return the own mean spend per repeat purchase, one a row."""
        return history.frame["mean_spend"].to_numpy(float) / history.customers


@dataclass(frozen=True, eq=False)
class ShiftedBetaGeometric(FittedModel):
    """Shifted beta-geometric: how long contracts last, in periods of one ``period`` (days, weeks, months,
    years)."""

    period: str = "months"

    def survival(self, periods: np.ndarray, renewed: np.ndarray | float = 0) -> np.ndarray:
        """Return the probability that a customer who has ``renewed`` so many times stays for ``periods`` more."""
        return sbg.survival(*self.theta, as_spans(periods, "survival"), as_counts(renewed, "survival"))

    def retention(self, period: np.ndarray) -> np.ndarray:
        """Return the share of the customers left who renew at the end of ``period`` (1 is the first)."""
        return sbg.retention(*self.theta, period)

    def residual_lifetime(self, discount: AnnualRate, renewed: np.ndarray | float) -> np.ndarray:
        """Return the discounted renewals expected of customers who are about to decide again (DERL)."""
        return sbg.residual_lifetime(*self.theta, self._discount(discount), as_counts(renewed, "residual_lifetime"))

    def lifetime(self, discount: AnnualRate) -> float:
        """Return the discounted periods expected of a new customer, the first included (DEL)."""
        return sbg.lifetime(*self.theta, self._discount(discount))

    def _discount(self, discount: AnnualRate) -> float:
        require_discount(discount.per_year, self.name)
        return float(np.expm1(convert_span(discount.intensity("days"), self.period, "days")))


def check_unit(model: PurchaseModel, history: CustomerHistory) -> None:
    """Raise BadInput when a history is not in the unit of time or not of the event grain that the model was fitted
    in."""
    check_grain(type(model), history)
    problems = []
    if model.unit != history.unit:
        problems.append(Problem("customers.unit_mismatch", model.name,
                                {"model": model.unit, "history": history.unit}))
    if model.event_grain != history.event_grain:
        problems.append(Problem("customers.grain_mismatch", model.name, {
            "model_grain": model.event_grain, "history_grain": history.event_grain}))
    if problems:
        raise BadInput(problems)


def check_grain(model: type[PurchaseModel], history: CustomerHistory) -> None:
    """Raise BadInput when a model of opportunities meets a history that does not count in them."""
    counted = f"{history.event_grain}s" == history.unit and (np.floor(history.T) == history.T).all()
    if model is BgBb and not (counted and (history.frequency <= history.recency).all()):
        raise BadInput(Problem("customers.opportunities", "bg_bb", {"unit": history.unit,
                                                                   "grain": history.event_grain}))
