"""What a customer base will buy until a day ahead, and what that is worth today."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from relops.customers.availability import CHECK_FAILED, Unavailable
from relops.customers.demands import require_discount, require_one_of, require_share
from relops.customers.estimates import Estimate
from relops.customers.history import CustomerHistory
from relops.customers.luck import Luck
from relops.customers.models import FittedModel, GammaGamma, PurchaseModel
from relops.customers.optimise import maximise
from relops.customers.value_terms import ValueTerms
from relops.errors import BadInput, Problem
from relops.units import AnnualRate

# the notebook's first: with BG/NBD the normal's intervals cover what they promise as the bootstrap's do,
# and refits add one second (BG/NBD) to seven (Pareto/NBD) to a run of CDNOW; benchmarks/clv_coverage.py measures both
METHODS = ("normal", "bootstrap")
ENOUGH_REDRAWS = 0.9  # share of bootstrap refits that must succeed for an interval to stand
NODES, TIME_NODES = 96, 8
# for one bootstrap draw, whose error stays far below what the interval shows
DRAFT_GAIN, DRAFT_NODES, DRAFT_TIME_NODES = 1e-2, 32, 4


@dataclass(frozen=True)
class Forecast:
    """What is expected of a customer base up to the horizon, and what may come of it.

    ``purchases`` and ``value`` are totals with the confidence interval of the *expected* total: it holds what the
    parameters may be, not the luck of single customers. ``realised_purchases`` and ``realised_value`` are the same
    totals with the prediction interval of what *will be realised*: parameters and luck. Values are None where spend
    could not be modelled (``no_value`` says why); ``alive`` is the mean P(alive) of repeat buyers. ``groups`` has one
    row a group: group, customers, purchases, value and alive, each of these three with ``_low`` and ``_high``
    (confidence), and purchases and value with ``_realised_low`` and ``_realised_high`` (prediction).
    """

    terms: ValueTerms
    purchases: Estimate
    value: Estimate | None
    alive: Estimate
    groups: pd.DataFrame
    model: str
    replicates: int
    no_value: Unavailable | None = None
    realised_purchases: Estimate | None = None
    realised_value: Estimate | None = None


def discounted_purchases(expected: Callable[[np.ndarray], np.ndarray], span: float, unit: str,
                         discount: AnnualRate | None,
                         nodes: int = TIME_NODES) -> tuple[np.ndarray, np.ndarray]:
    """Return the purchases expected within ``span``, and the same with each discounted from its own time.

    ``expected`` maps several spans to expected purchases, a row each. Integrated by parts over that number,
    which is smooth in time: Gauss-Legendre on a logarithmic scale, where the early purchases count most.
    """
    if discount is None or discount.per_year == 0 or span == 0:
        undiscounted = expected(np.array([span]))[0]
        return undiscounted, undiscounted
    place, weight = np.polynomial.legendre.leggauss(nodes)
    near = span / 50
    depth = np.log1p(span / near) / 2
    times = near * np.expm1(depth * (place + 1))
    purchases = expected(np.append(times, span))
    intensity = discount.intensity(unit)
    lost = weight * depth * (times + near) * intensity * discount.discount(times, unit)
    discounted = purchases[-1] * discount.discount(span, unit) + (lost[:, None] * purchases[:-1]).sum(axis=0)
    return purchases[-1], discounted


def residual_purchases(history: CustomerHistory, model: PurchaseModel, discount: AnnualRate) -> np.ndarray:
    """Return the purchases expected of a customer without end, each discounted from its own time (DERT), one a row of
    the history. Raises BadInput for a discount of zero: then the sum may have no end."""
    require_discount(discount.per_year, "residual_purchases")
    return model.outlook(history).residual(discount.intensity(history.unit))


def newcomer_value(model: PurchaseModel, spend: GammaGamma, terms: ValueTerms) -> float:
    """Return the value expected of the repeat purchases of a new customer up to the horizon."""
    _, discounted = discounted_purchases(model.newcomer().purchases, terms.span(model.unit), model.unit, terms.discount)
    return float(discounted[0]) * spend.population_mean * terms.kept


def draw_parameters(model: FittedModel, replicates: int, rng: np.random.Generator,
                    method: str = "bootstrap") -> np.ndarray:
    """Return ``replicates`` sets of parameters that the data allow, one a row: refits to redrawn customers
    (``bootstrap``), or draws from the normal distribution of their logarithms with the exact Hessian's covariance
    (``normal``: far cheaper, as good where the model holds)."""
    if method == "bootstrap":
        return redraw(model, replicates, rng)
    drawn = np.exp(rng.multivariate_normal(np.log(model.theta), model.log_covariance, replicates, method="cholesky"))
    return drawn[_usable(model, drawn)]


def _usable(model: FittedModel, thetas: np.ndarray) -> np.ndarray:
    """Return which sets of parameters give a finite mean spend; others than Gamma-Gamma's always do."""
    return thetas[:, 1] > 1 if isinstance(model, GammaGamma) else np.ones(len(thetas), bool)


def redraw(model: FittedModel, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Return the parameters of ``replicates`` refits, one a row, each to customers drawn anew with
    replacement: on distinct rows that is new weights (Efron 1979). Raises Unavailable (M7) when too many find
    no maximum."""
    n = int(model.weights.sum())
    share = model.weights / n
    refits = [maximise(model.likelihood, rng.multinomial(n, share).astype(float), model.theta, DRAFT_GAIN)
              for _ in range(replicates)]
    found = np.array([refit.theta for refit in refits if refit.converged]).reshape(-1, len(model.theta))
    found = found[_usable(model, found)]
    if len(found) < ENOUGH_REDRAWS * replicates:
        raise Unavailable(CHECK_FAILED, f"lifetime_value.{model.name}")
    return found


def expected_per_customer(history: CustomerHistory, model: PurchaseModel, spend: GammaGamma | None,
                          terms: ValueTerms, draft: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return the purchases and the value expected of a customer, one a row of the history (NaN without
    spend)."""
    nodes, time_nodes = (DRAFT_NODES, DRAFT_TIME_NODES) if draft else (NODES, TIME_NODES)
    purchases, discounted = discounted_purchases(
        model.forecaster(history, nodes), terms.span(history.unit), history.unit,
        terms.discount if spend else None, time_nodes)
    if spend is None:
        return purchases, np.full_like(purchases, np.nan)
    return purchases, discounted * spend.expected_spend(history) * terms.kept


def _totals(history: CustomerHistory, purchases: np.ndarray, value: np.ndarray, alive: np.ndarray,
            group_of: np.ndarray) -> np.ndarray:
    """Return three rows, a column for each group and a last one for all: expected purchases, value, and the
    mean P(alive) of repeat buyers (NaN where a group has none)."""
    def by_group(each: np.ndarray, customers: np.ndarray) -> np.ndarray:
        return _with_total(np.bincount(group_of, each * customers))

    repeat = history.customers * (history.frequency > 0)
    buyers, active = by_group(np.ones_like(repeat), repeat), by_group(alive, repeat)
    share = np.divide(active, buyers, out=np.full_like(active, np.nan), where=buyers > 0)
    return np.stack([by_group(purchases, history.customers), by_group(value, history.customers), share])


def _with_total(groups: np.ndarray) -> np.ndarray:
    return np.concatenate([groups, groups.sum(axis=-1, keepdims=True)], axis=-1)


def _draw(history: CustomerHistory, model: PurchaseModel, spend: GammaGamma | None, terms: ValueTerms,
          group_of: np.ndarray, luck: Luck, rng: np.random.Generator) -> np.ndarray:
    """Return five rows for one set of parameters: the totals expected, and purchases and value realised."""
    outlook, span = model.outlook(history), terms.span(history.unit)
    purchases, discounted = discounted_purchases(
        lambda spans: outlook.purchases(spans, DRAFT_NODES), span, history.unit, terms.discount if spend else None,
        DRAFT_TIME_NODES)
    value = np.full_like(purchases, np.nan)
    if spend is not None:
        value = discounted * spend.expected_spend(history) * terms.kept
    totals = _totals(history, purchases, value, outlook.alive, group_of)
    worth = np.divide(discounted, purchases, out=np.ones_like(purchases), where=purchases > 0) * terms.kept
    strayed = luck.deviations(outlook, span, purchases, spend, worth, rng)
    return np.concatenate([totals, totals[:2] + _with_total(strayed)])


def require_fitted(model: PurchaseModel) -> None:
    """Raise BadInput for a model whose parameters were stated and not fitted: it knows no errors."""
    if model.weights.size == 0:
        raise BadInput(Problem("customers.stated_model", model.name, {"name": model.name}))


def _check_draws(replicates: int, level: float) -> None:
    require_share(level, "forecast")
    # of n draws the outermost two hold n - 1 parts of n + 1 between them
    least = math.ceil(2 / (1 - level) - 1 - 1e-9)
    if replicates < least:
        raise BadInput(Problem("customers.replicates", "forecast", {"value": replicates, "least": least}))


def forecast(history: CustomerHistory, model: PurchaseModel, groups: np.ndarray, terms: ValueTerms, *,
             spend: GammaGamma | Unavailable, replicates: int, level: float, seed: int,
             method: str = "bootstrap") -> Forecast:
    """Return the forecast of a customer base, in total and by group (``groups`` names that of each row).

    The intervals come from ``replicates`` sets of parameters (:func:`draw_parameters`); the histories forecast stay
    those observed. Purchases and spend are drawn apart: given frequency, the two models share nothing. For the
    prediction intervals each set also simulates one future. Raises Unavailable (M7) when too many refits fail,
    BadInput on a level that is no fraction, too few replicates to reach it, an unknown method, groups of another length
    than the history and terms of another day.
    """
    _check_draws(replicates, level)
    require_one_of(method, METHODS, "forecast.method")
    require_fitted(model)
    if len(groups) != len(history.frame) or terms.observation_end != history.observation_end:
        raise BadInput(Problem("customers.forecast_apart", "forecast", {
            "groups": len(groups), "rows": len(history.frame), "valued": terms.observation_end,
            "observed": history.observation_end}))
    valued = spend if isinstance(spend, GammaGamma) else None
    names, group_of = np.unique(groups, return_inverse=True)
    point = _totals(history, *expected_per_customer(history, model, valued, terms),
                    model.probability_alive(history), group_of)
    rng = np.random.default_rng(seed)
    thetas = draw_parameters(model, replicates, rng, method)
    spends = draw_parameters(valued, replicates, rng, method) if valued else [None] * len(thetas)
    luck = Luck(history, group_of, rng)
    draws = np.array([_draw(history, replace(model, theta=theta), valued and replace(valued, theta=other), terms,
                            group_of, luck, rng) for theta, other in zip(thetas, spends, strict=False)])
    # so many draws split the line into one more interval than they are: ranks over n + 1 cover what they promise
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0, method="weibull")
    table = pd.DataFrame({"group": names, "customers": np.bincount(group_of, history.customers).astype(int)})
    for place, measure in enumerate(("purchases", "value", "alive")):
        for suffix, numbers in (("", point), ("_low", low), ("_high", high)):
            table[measure + suffix] = numbers[place, :-1]
    for place, measure in ((3, "purchases"), (4, "value")):
        table[f"{measure}_realised_low"], table[f"{measure}_realised_high"] = low[place, :-1], high[place, :-1]
    cases = history.n, history.n, history.repeat_customers, history.n, history.n
    ends = zip(point[[0, 1, 2, 0, 1], -1], low[:, -1], high[:, -1], cases, strict=True)
    totals = [Estimate(float(mid), float(below), float(above), n, level) for mid, below, above, n in ends]
    purchases, value, alive, realised, realised_value = totals
    return Forecast(terms, purchases, value if valued else None, alive, table, model.name, len(draws),
                    None if valued else spend, realised, realised_value if valued else None)
