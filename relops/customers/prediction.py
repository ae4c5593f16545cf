"""What a customer base will buy until a day ahead, and what that is worth today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from relops.customers.availability import CHECK_FAILED, Unavailable
from relops.customers.estimates import Estimate
from relops.customers.history import CustomerHistory
from relops.customers.models import FittedModel, GammaGamma, PurchaseModel
from relops.customers.optimise import maximise
from relops.customers.value_terms import ValueTerms
from relops.units import AnnualRate, convert_span

ENOUGH_REDRAWS = 0.9  # share of bootstrap refits that must succeed for an interval to stand
NODES, TIME_NODES = 96, 8
# for one bootstrap draw, whose error stays far below what the interval shows
DRAFT_GAIN, DRAFT_NODES, DRAFT_TIME_NODES = 1e-3, 32, 4


@dataclass(frozen=True)
class Forecast:
    """What is expected of a customer base up to the horizon.

    ``purchases`` and ``value`` are totals with the bootstrap confidence interval of the *expected* total: it
    holds what the parameters may be, not the luck of single customers. ``value`` is None where spend could
    not be modelled (``no_value`` says why); ``alive`` is the mean P(alive) of repeat buyers. ``groups`` has
    one row a group: group, customers, purchases, value and alive, each of these three with ``_low`` and
    ``_high``.
    """

    terms: ValueTerms
    purchases: Estimate
    value: Estimate | None
    alive: Estimate
    groups: pd.DataFrame
    model: str
    replicates: int
    no_value: Unavailable | None = None


def discounted_purchases(expected: Callable[[np.ndarray], np.ndarray], span: float, unit: str,
                         discount: AnnualRate | None,
                         nodes: int = TIME_NODES) -> tuple[np.ndarray, np.ndarray]:
    """Return the purchases expected within ``span``, and the same with each discounted from its own time.

    ``expected`` maps several spans to expected purchases, a row each. Integrated by parts over that number,
    which is smooth in time: Gauss-Legendre on a logarithmic scale, where the early purchases count most.
    """
    if discount is None or discount.per_year == 0:
        undiscounted = expected(np.array([span]))[0]
        return undiscounted, undiscounted
    place, weight = np.polynomial.legendre.leggauss(nodes)
    near = span / 50
    depth = np.log1p(span / near) / 2
    times = near * np.expm1(depth * (place + 1))
    purchases = expected(np.append(times, span))
    intensity = np.log1p(discount.per_year) / convert_span(1, "years", unit)
    lost = weight * depth * (times + near) * intensity * discount.discount(times, unit)
    discounted = purchases[-1] * discount.discount(span, unit) + (lost[:, None] * purchases[:-1]).sum(axis=0)
    return purchases[-1], discounted


def redraw(model: FittedModel, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Return the parameters of ``replicates`` refits, one a row, each to customers drawn anew with
    replacement: on distinct rows that is new weights (Efron 1979). Raises Unavailable (M7) when too many find
    no maximum."""
    n = int(model.weights.sum())
    share = model.weights / n
    refits = [maximise(model.likelihood, rng.multinomial(n, share).astype(float), model.theta, DRAFT_GAIN)
              for _ in range(replicates)]
    found = [refit.theta for refit in refits if refit.converged]
    if len(found) < ENOUGH_REDRAWS * replicates:
        raise Unavailable(CHECK_FAILED, f"lifetime_value.{model.name}")
    return np.array(found)


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
    margin = 1.0 if terms.margin_rate is None else terms.margin_rate
    return purchases, discounted * spend.expected_spend(history) * margin


def _totals(history: CustomerHistory, model: PurchaseModel, spend: GammaGamma | None, terms: ValueTerms,
            group_of: np.ndarray, draft: bool) -> np.ndarray:
    """Return three rows, a column for each group and a last one for all: expected purchases, value, and the
    mean P(alive) of repeat buyers (NaN where a group has none)."""
    def by_group(each: np.ndarray, customers: np.ndarray) -> np.ndarray:
        sums = np.bincount(group_of, each * customers)
        return np.append(sums, sums.sum())

    purchases, value = expected_per_customer(history, model, spend, terms, draft)
    repeat = history.customers * (history.frequency > 0)
    buyers = by_group(np.ones_like(repeat), repeat)
    active = by_group(model.probability_alive(history), repeat)
    share = np.divide(active, buyers, out=np.full_like(active, np.nan), where=buyers > 0)
    return np.stack([by_group(purchases, history.customers), by_group(value, history.customers), share])


def forecast(history: CustomerHistory, model: PurchaseModel, groups: np.ndarray, terms: ValueTerms, *,
             spend: GammaGamma | Unavailable, replicates: int, level: float, seed: int) -> Forecast:
    """Return the forecast of a customer base, in total and by group (``groups`` names that of each row).

    The intervals come from ``replicates`` refits to redrawn customers; the histories forecast stay those
    observed. Purchases and spend are redrawn apart: given frequency, the two models share nothing. Raises
    Unavailable (M7) when too many refits fail.
    """
    valued = spend if isinstance(spend, GammaGamma) else None
    names, group_of = np.unique(groups, return_inverse=True)
    point = _totals(history, model, valued, terms, group_of, draft=False)
    rng = np.random.default_rng(seed)
    thetas = redraw(model, replicates, rng)
    spends = redraw(valued, replicates, rng) if valued else [None] * len(thetas)
    draws = np.array([_totals(history, replace(model, theta=theta), valued and replace(valued, theta=other),
                              terms, group_of, draft=True)
                      for theta, other in zip(thetas, spends, strict=False)])
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    table = pd.DataFrame({"group": names, "customers": np.bincount(group_of, history.customers).astype(int)})
    for place, measure in enumerate(("purchases", "value", "alive")):
        for suffix, numbers in (("", point), ("_low", low), ("_high", high)):
            table[measure + suffix] = numbers[place, :-1]
    cases = history.n, history.n, history.repeat_customers
    totals = zip(point[:, -1], low[:, -1], high[:, -1], cases, strict=True)
    purchases, value, alive = (Estimate(float(mid), float(below), float(above), n, level)
                               for mid, below, above, n in totals)
    return Forecast(terms, purchases, value if valued else None, alive, table, model.name, len(draws),
                    None if valued else spend)
