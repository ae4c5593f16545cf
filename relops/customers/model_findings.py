"""What the fitted models say: parameters, how fast customers buy and how likely they stop, who is active.

``say_*`` take a result or the reason why there is none, and return a list for ``nb.publish``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from relops.customers.availability import ConvergenceError, Unavailable
from relops.customers.delta import estimate_by_delta
from relops.customers.estimates import critical_value
from relops.customers.history import CustomerHistory
from relops.customers.model_choice import Choice
from relops.customers.models import FittedModel, GammaGamma, PurchaseModel
from relops.customers.value_words import MEASURE, MESSAGE, Said, model_name, told
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence, Finding
from relops.store import MIN_PEOPLE
from relops.units import convert_span

DEPENDENT = 0.3  # a correlation of spend and frequency from here on is more than the model's assumption bears


def parameter_evidence(model: FittedModel, level: float) -> list[Evidence]:
    """Return each parameter with its interval, the log-likelihood and the AIC."""
    subject = f"lifetime_value.{model.name}"
    parameters = [
        Evidence(f"{subject}.{name}", value, "parameter", *model.interval(name, level), level, model.n)
        for name, value in model.parameters.items()]
    return [*parameters, Evidence(f"{subject}.log_likelihood", model.log_likelihood, "log_likelihood", n=model.n),
            Evidence(f"{subject}.aic", model.aic, "log_likelihood", n=model.n)]


def _no_model(reason: Unavailable, name: str) -> Said:
    """Return the missing-data line of a model and, where its likelihood has no peak, what that means."""
    said: Said = [reason.missing(f"lifetime_value.{name}.missing", f"{MEASURE}.{name}")]
    if isinstance(reason, ConvergenceError):
        said.append(Finding(f"lifetime_value.{name}.no_peak.finding", f"{MESSAGE}.no_peak_{reason.parameter}"))
    return said


def say_models(fitted: Mapping[str, PurchaseModel] | Unavailable, level: float) -> Said:
    """Publish the parameters of every model of purchases that could be fitted."""
    if isinstance(fitted, Unavailable):
        return _no_model(fitted, "purchase_model")
    return [record for model in fitted.values() for record in parameter_evidence(model, level)]


def say_purchase_model(model: PurchaseModel | Unavailable, level: float) -> Said:
    """Say how often active customers buy and how likely they stop, as the model that serves has it."""
    if isinstance(model, Unavailable):
        return []
    year = convert_span(1, "years", model.unit)
    rate = estimate_by_delta(model, lambda fit: fit.theta[0] / fit.theta[1] * year, model.n, level)
    subject = f"lifetime_value.{model.name}"
    numbers = {"rate": rate.evidence(f"{subject}.purchases_per_year", "purchases")}
    if "a" in model.parameters:
        stop = estimate_by_delta(model, lambda fit: fit.theta[2] / (fit.theta[2] + fit.theta[3]), model.n, level,
                                 share=True)
        numbers["stop"] = stop.evidence(f"{subject}.stopping", "share")
    if "s" in model.parameters:
        gone = estimate_by_delta(model, lambda fit: 1 - (1 + year / fit.theta[3]) ** -fit.theta[2], model.n, level,
                                 share=True)
        numbers["stop"] = gone.evidence(f"{subject}.stopping_within_year", "share")
    return [Finding(f"{subject}.finding", f"{MESSAGE}.{model.name}", numbers)]


def say_activity(fitted: Mapping[str, PurchaseModel] | Unavailable, choice: Choice | Unavailable,
                 history: CustomerHistory | Unavailable, level: float) -> Said:
    """Say how many customers are expected to be still active, by a model that can tell, and why not by another."""
    if any(isinstance(given, Unavailable) for given in (fitted, choice, history)):
        return []
    said: Said = []
    if "bg_nbd" in fitted:  # of its own question only: those who came back
        said.append(_active(fitted["bg_nbd"], history, history.frequency > 0, level).evidence(
            "lifetime_value.bg_nbd.alive", "share", told("returned")))
    if choice.activity is None:
        return said
    model = fitted[choice.activity]
    share = _active(model, history, np.ones(len(history.T), bool), level)
    once = _active(model, history, history.frequency == 0, level)
    name = f"@{model_name(model.name)}"
    people = Evidence("lifetime_value.active.customers", round(share.value * share.n), "customers",
                      round(share.low * share.n), round(share.high * share.n), level, share.n, filter=name)
    numbers = {"active": people, "share": share.evidence("lifetime_value.active.share", "share", name),
               "once": once.evidence("lifetime_value.active.single_day_share", "share",
                                     told("once", model=name))}
    message = "active" if choice.model == choice.activity else f"active_beside_{choice.model}"
    said.append(Finding("lifetime_value.alive.finding", f"{MESSAGE}.{message}", numbers,
                        {"model": model_name(model.name),
                         "serving": model_name(choice.model)}))
    return said


def _active(model: PurchaseModel, history: CustomerHistory, among: np.ndarray, level: float):
    """Return the mean P(alive) of some customers, with what the parameters leave open."""
    weights = history.customers * among
    n = int(weights.sum())
    return estimate_by_delta(model, lambda fit: weighted_sum(weights, fit.probability_alive(history)) / max(n, 1), n,
                             level, share=True)


def say_gamma_gamma(model: GammaGamma | Unavailable, level: float, currency: str) -> Said:
    """Say the mean spend, what compression hides, who is left out, and whether spend is independent of
    frequency; publish the parameters."""
    if isinstance(model, Unavailable):
        return _no_model(model, "gamma_gamma")
    mean = estimate_by_delta(model, lambda fit: fit.population_mean, model.n, level)
    subject = "lifetime_value.gamma_gamma"
    numbers = {"spend": mean.evidence(f"{subject}.mean_spend", f"money:{currency}"),
               "compression": Evidence(f"{subject}.compression", model.compression, "parameter", n=model.n)}
    said: Said = [*parameter_evidence(model, level),
                  Finding(f"{subject}.finding", f"{MESSAGE}.gamma_gamma", numbers)]
    left_out = Evidence(f"{subject}.left_out", model.left_out, "customers", n=model.n + model.left_out)
    said.append(Finding("lifetime_value.left_out.finding", f"{MESSAGE}.left_out", {"left_out": left_out})
                if model.left_out >= MIN_PEOPLE else left_out)
    verdict = "dependent" if abs(model.correlation) >= DEPENDENT else "independent"
    said.append(Finding("lifetime_value.independence.finding", f"{MESSAGE}.{verdict}",
                        {"correlation": _correlation(model, level)}))
    return said


def _correlation(model: GammaGamma, level: float) -> Evidence:
    """Return the correlation of frequency and mean spend with its interval (Fisher 1921)."""
    half = critical_value(level) / np.sqrt(max(model.n - 3, 1))
    centre = np.arctanh(np.clip(model.correlation, -0.999999, 0.999999))
    return Evidence("lifetime_value.gamma_gamma.correlation", model.correlation, "ratio",
                    float(np.tanh(centre - half)), float(np.tanh(centre + half)), level, model.n)
