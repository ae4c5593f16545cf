"""Beyond the horizon and beyond the present customers: what a new one will bring, what the present ones bring without
end, and how soon those still active come back.

The intervals are of what is expected, by the delta method: the two models share nothing, so their variances add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from relops.customers.availability import or_missing
from relops.customers.delta import estimate_by_delta, variance_of_two
from relops.customers.estimates import Estimate, critical_value, weighted_quantile
from relops.customers.history import CustomerHistory
from relops.customers.models import GammaGamma, PurchaseModel
from relops.customers.prediction import newcomer_value, residual_purchases
from relops.customers.value_terms import ValueTerms
from relops.customers.value_words import MEASURE, MESSAGE, Said, model_name
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence, Finding


@dataclass(frozen=True)
class Beyond:
    """``newcomer`` is what the repeat purchases of one new customer are worth up to the horizon; ``endless`` what those
    of all present customers are worth, each discounted from its own time and without end (None without a discount);
    ``next_purchase_weeks`` the time within which half of the repeat buyers have bought again, were they all active
    (None where half never would)."""

    model: str
    terms: ValueTerms
    newcomer: Estimate
    endless: Estimate | None
    next_purchase_weeks: Estimate | None


def look_beyond(history: CustomerHistory, model: PurchaseModel, spend: GammaGamma, terms: ValueTerms, *,
                level: float) -> Beyond:
    """Return what lies beyond the horizon, from models fitted to the history."""
    def endless(purchases: PurchaseModel, amounts: GammaGamma) -> float:
        each = residual_purchases(history, purchases, terms.discount) * amounts.expected_spend(history)
        return weighted_sum(history.customers, each) * terms.kept

    discounted = terms.discount is not None and terms.discount.per_year > 0
    return Beyond(
        model.name, terms,
        _by_both(model, spend, lambda bought, paid: newcomer_value(bought, paid, terms), history.n, level),
        _by_both(model, spend, endless, history.n, level) if discounted else None, _next(history, model, level))


def _by_both(model: PurchaseModel, spend: GammaGamma, quantity: Callable[[PurchaseModel, GammaGamma], float], n: int,
             level: float) -> Estimate:
    """Return a positive quantity of two models with its interval, taken in its logarithm."""
    value = float(quantity(model, spend))
    if value <= 0:
        return Estimate(value, value, value, n, level)
    times = float(np.exp(critical_value(level) * np.sqrt(variance_of_two(model, spend, quantity)) / value))
    return Estimate(value, value / times, value * times, n, level)


def _next(history: CustomerHistory, model: PurchaseModel, level: float) -> Estimate | None:
    repeat = history.frequency > 0

    def median(fit: PurchaseModel) -> float:
        weeks = fit.outlook(history).next_purchase()[repeat]
        order = np.argsort(weeks)
        return weighted_quantile(weeks[order], history.customers[repeat][order], 0.5)

    if not repeat.any() or not np.isfinite(median(model)):
        return None
    return estimate_by_delta(model, median, history.repeat_customers, level)


@or_missing("lifetime_value.beyond.missing", f"{MEASURE}.beyond")
def say_beyond(found: Beyond, currency: str) -> Said:
    """Say what a new customer is worth, what the present ones are without end, and when those active come back."""
    unit, words = f"money:{currency}", {"measure": f"customers.value.name.{found.terms.measure}"}
    filter_ = f"@{model_name(found.model)}"
    end = Evidence("lifetime_value.horizon.end", found.terms.horizon_end, "date", tag="A")
    said: Said = [Finding("lifetime_value.newcomer.finding", f"{MESSAGE}.newcomer", {
        "value": found.newcomer.evidence("lifetime_value.newcomer.value", unit, filter_), "end": end}, words)]
    if found.endless is not None:
        rate = Evidence("lifetime_value.discount_rate", found.terms.discount.per_year, "share", tag="B")
        said.append(Finding("lifetime_value.endless.finding", f"{MESSAGE}.endless", {
            "value": found.endless.evidence("lifetime_value.endless.value", unit, filter_), "rate": rate}, words))
    if found.next_purchase_weeks is not None:
        said.append(Finding("lifetime_value.next_purchase.finding", f"{MESSAGE}.next_purchase", {
            "weeks": found.next_purchase_weeks.evidence("lifetime_value.next_purchase.weeks", "weeks", filter_)}))
    return said
