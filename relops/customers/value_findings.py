"""What the models of lifetime value say: histories, parameters, hold-out, forecast, each with its interval.

``say_*`` take a result or the reason why there is none, and return a list for ``nb.publish``.
"""

from __future__ import annotations

import numpy as np

from relops.customers.availability import TOO_LITTLE, ConvergenceError, Unavailable, or_missing
from relops.customers.estimates import Estimate, critical_value
from relops.customers.history import CustomerHistory
from relops.customers.models import BgNbd, ConstantRate, FittedModel, GammaGamma, PurchaseModel
from relops.customers.prediction import Forecast
from relops.customers.validation import METRICS, Validation, holdout_evidence
from relops.customers.value_terms import EVERYONE, ValueTerms
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence, Finding, Missing
from relops.store import MIN_PEOPLE
from relops.units import WEEKS_PER_YEAR, convert_span

Said = list[Evidence | Finding | Missing]
MESSAGE = "customers.value.finding"
MEASURE = "customers.value.measure"
DEPENDENT = 0.3  # a correlation of spend and frequency from here on is more than the model's assumption bears


def lacking(part: str, code: str, field: str, measure: str) -> Missing:
    """Return the missing-data line of one part of the chapter."""
    return Missing(f"lifetime_value.{part}.missing", code, field, f"{MEASURE}.{measure}")


@or_missing("lifetime_value.history.missing", f"{MEASURE}.history")
def say_history(history: CustomerHistory, terms: ValueTerms) -> Said:
    """Say how many customers and purchases stand behind the models; M2 where the history is under a year."""
    if history.n < MIN_PEOPLE:
        return [lacking("history", "M8", "orders", "history")]
    longest = Evidence("lifetime_value.history.longest", history.longest_weeks, "weeks", n=history.n)
    horizon = Evidence("lifetime_value.horizon.weeks", terms.horizon_weeks, "weeks", tag="A")
    numbers = {
        "customers": Evidence("lifetime_value.customers", history.n, "customers"),
        "purchases": Evidence("lifetime_value.repeat_purchases", history.repeat_purchases, "purchases"),
        "repeat": Evidence("lifetime_value.repeat_customers", history.repeat_customers, "customers"),
        "rows": Evidence("lifetime_value.history.rows", len(history.frame), "rows"), "longest": longest,
    }
    said: Said = [Finding("lifetime_value.history.finding", f"{MESSAGE}.history", numbers)]
    year = Evidence("lifetime_value.history.weeks_needed", int(WEEKS_PER_YEAR), "weeks", tag="A")
    if longest.value < year.value:
        said.append(Finding("lifetime_value.short_history.finding", f"{MESSAGE}.short_history",
                            {"longest": longest, "needed": year, "horizon": horizon}, code=TOO_LITTLE))
    elif longest.value < horizon.value:
        said.append(Finding("lifetime_value.long_horizon.finding", f"{MESSAGE}.long_horizon",
                            {"longest": longest, "horizon": horizon}))
    return said


def parameter_evidence(model: FittedModel, level: float) -> list[Evidence]:
    """Return each parameter with its interval, and the log-likelihood."""
    subject = f"lifetime_value.{model.name}"
    parameters = [
        Evidence(f"{subject}.{name}", value, "parameter", *model.interval(name, level), level, model.n)
        for name, value in model.parameters.items()]
    fit = Evidence(f"{subject}.log_likelihood", model.log_likelihood, "log_likelihood", n=model.n)
    return [*parameters, fit]


def _ratio(model: FittedModel, value: float, slopes: np.ndarray, level: float,
           odds: bool = False) -> Estimate:
    """Return a positive quantity (a share, if ``odds``) with its delta-method interval, taken in its
    logarithm (log-odds); ``slopes`` are its derivatives by the logarithms of the parameters."""
    half = critical_value(level) * float(np.sqrt(slopes @ model.log_covariance @ slopes))
    scale = np.exp([-half, half]) * (value / (1 - value) if odds else value)
    low, high = scale / (1 + scale) if odds else scale
    return Estimate(value, float(low), float(high), model.n, level)


def _no_model(reason: Unavailable, name: str) -> Said:
    """Return the missing-data line of a model and, where its likelihood has no peak, what that means."""
    said: Said = [reason.missing(f"lifetime_value.{name}.missing", f"{MEASURE}.{name}")]
    if isinstance(reason, ConvergenceError):
        said.append(Finding(f"lifetime_value.{name}.no_peak.finding", f"{MESSAGE}.no_peak_{reason.parameter}"))
    return said


def say_purchase_model(model: PurchaseModel | Unavailable, level: float) -> Said:
    """Say how often active customers buy and how likely they stop; publish the parameters."""
    if isinstance(model, Unavailable):
        return _no_model(model, "bg_nbd")
    r, alpha, *stopping = model.theta
    slopes = np.array([1.0, -1.0, *np.zeros(len(stopping))])
    rate = _ratio(model, r / alpha * convert_span(1, "years", model.unit), slopes, level)
    numbers = {"rate": rate.evidence(f"lifetime_value.{model.name}.purchases_per_year", "purchases")}
    if isinstance(model, BgNbd):
        a, b = stopping
        stop = _ratio(model, a / (a + b), np.array([0, 0, 1, -1]), level, odds=True)
        numbers["stop"] = stop.evidence("lifetime_value.bg_nbd.stopping", "share")
    return [*parameter_evidence(model, level),
            Finding(f"lifetime_value.{model.name}.finding", f"{MESSAGE}.{model.name}", numbers)]


def say_gamma_gamma(model: GammaGamma | Unavailable, level: float, currency: str) -> Said:
    """Say the mean spend, what compression hides, who is left out, and whether spend is independent of
    frequency; publish the parameters."""
    if isinstance(model, Unavailable):
        return _no_model(model, "gamma_gamma")
    _, q, _ = model.theta
    mean = _ratio(model, model.population_mean, np.array([1, -q / (q - 1), 1]), level)
    subject = "lifetime_value.gamma_gamma"
    numbers = {"spend": mean.evidence(f"{subject}.mean_spend", f"money:{currency}"),
               "compression": Evidence(f"{subject}.compression", model.compression, "parameter", n=model.n)}
    said: Said = [*parameter_evidence(model, level),
                  Finding(f"{subject}.finding", f"{MESSAGE}.gamma_gamma", numbers)]
    left_out = Evidence(f"{subject}.left_out", model.left_out, "customers")
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


@or_missing("lifetime_value.holdout.missing", f"{MEASURE}.holdout")
def say_validation(result: Validation) -> Said:
    """Say how model and baseline did on the held-out weeks and which of them may serve; publish all
    scores."""
    scores = {(name, metric): holdout_evidence(result, name, metric)
              for name in result.expected for metric in METRICS}
    last_day = Evidence("lifetime_value.holdout.calibration_end", result.calibration_end, "date")
    numbers = {"calibration_end": last_day,
               "weeks": Evidence("lifetime_value.holdout.weeks", result.weeks, "weeks", tag="A"),
               "purchases": Evidence("lifetime_value.holdout.purchases", result.purchases, "purchases"),
               "rmse": scores[result.model, "rmse"], "baseline_rmse": scores["baseline", "rmse"],
               "bias": scores[result.model, "bias"], "baseline_bias": scores["baseline", "bias"],
               "gain": result.gain.evidence("lifetime_value.holdout.gain", "ratio")}
    said: Said = [*scores.values(),
                  Finding("lifetime_value.holdout.finding", f"{MESSAGE}.{result.verdict}", numbers)]
    if result.revenue_bias:
        bias = {name: estimate.evidence(f"lifetime_value.holdout.{name}.revenue_bias", "share")
                for name, estimate in result.revenue_bias.items()}
        said.append(Finding("lifetime_value.holdout_revenue.finding", f"{MESSAGE}.holdout_revenue",
                            {"bias": bias[result.model], "baseline_bias": bias["baseline"]}))
    return said


def say_purchases(result: Forecast | Unavailable, history: CustomerHistory | Unavailable,
                  terms: ValueTerms | Unavailable) -> Said:
    """Say the purchases expected up to the horizon beside the constant rate, and who is still active. Where
    the model's forecast is withheld, say the reason and the constant rate alone."""
    said: Said = []
    if isinstance(result, Unavailable):
        said.append(result.missing("lifetime_value.expected_purchases.missing", f"{MEASURE}.purchases"))
    if isinstance(history, Unavailable) or isinstance(terms, Unavailable):
        return said
    end = Evidence("lifetime_value.horizon.end", terms.horizon_end, "date", tag="A")
    constant = ConstantRate().expected_purchases(history, terms.span(history.unit))
    baseline = Evidence("lifetime_value.baseline.expected_purchases", weighted_sum(history.customers, constant),
                        "purchases", n=history.n)
    if isinstance(result, Unavailable):
        if baseline.value:
            said.append(Finding("lifetime_value.baseline.finding", f"{MESSAGE}.baseline",
                                {"end": end, "baseline": baseline}))
        return said
    total = result.purchases.evidence("lifetime_value.expected_purchases.total", "purchases", _filter(result))
    said.append(Finding("lifetime_value.expected_purchases.finding", f"{MESSAGE}.purchases",
                        {"end": end, "total": total, "baseline": baseline}))
    if result.model == "bg_nbd":  # in NBD nobody ever stops
        alive = result.alive.evidence("lifetime_value.bg_nbd.alive", "share", "frequency > 0")
        said.append(Finding("lifetime_value.alive.finding", f"{MESSAGE}.alive", {"alive": alive}))
    return said


def total_id(terms: ValueTerms) -> str:
    """Return the id of the total value: customer equity where the margin is known, else revenue value."""
    return "lifetime_value.customer_equity" if terms.measure == "clv" else "lifetime_value.revenue_value"


@or_missing("lifetime_value.value.missing", f"{MEASURE}.value")
def say_value(result: Forecast, currency: str) -> Said:
    """Say what the expected purchases are worth, in total and in the group that holds most of it."""
    if result.value is None:
        return [result.no_value.missing("lifetime_value.value.missing", f"{MEASURE}.value")]
    terms, unit = result.terms, f"money:{currency}"
    each = result.value
    mean = Estimate(each.value / each.n, each.low / each.n, each.high / each.n, each.n, each.level)
    total = each.evidence(total_id(terms), unit, _filter(result))
    end = Evidence("lifetime_value.horizon.end", terms.horizon_end, "date", tag="A")
    numbers = {"end": end, "value": total,
               "each": mean.evidence(f"lifetime_value.{terms.measure}.per_customer", unit, _filter(result))}
    message = "value_undiscounted"
    if terms.discount is not None:
        message = "value_discounted"
        numbers["rate"] = Evidence("lifetime_value.discount_rate", terms.discount.per_year, "share", tag="B")
    words = {"measure": f"customers.value.name.{terms.measure}"}
    whole = Finding("lifetime_value.value.finding", f"{MESSAGE}.{message}", numbers, words, worth=total)
    said: Said = [whole, *say_groups(result, currency)]
    if terms.discount is None:
        said.append(lacking("discount", "M4", "finance.discount_rate_year", "discounted"))
    if terms.margin_rate is None:
        return [*said, lacking("margin", "M4", "finance.margin_rate", "clv")]
    margin = Evidence("lifetime_value.margin_rate", terms.margin_rate, "share", tag=terms.margin_tag)
    source = "orders" if terms.margin_tag == "D" else "brief"
    return [*said, Finding("lifetime_value.margin.finding", f"{MESSAGE}.margin", {"margin": margin},
                           {"source": f"customers.value.source.{source}"})]


def say_groups(result: Forecast, currency: str) -> Said:
    """Publish purchases and value of each group of ten people or more, and say which holds most; M2 where the
    rule makes no groups."""
    shown = result.groups[result.groups["customers"] >= MIN_PEOPLE]
    if list(result.groups["group"]) == [EVERYONE] or shown.empty:
        return [lacking("groups", TOO_LITTLE, "orders", "groups")]
    measure = result.terms.measure
    said = [record for row in shown.to_dict("records") for record in _group_evidence(row, result, currency)]
    top = f"lifetime_value.group.{shown.loc[shown['value'].idxmax(), 'group']}"
    numbers = {name: next(record for record in said if record.id == f"{top}.{kind}")
               for name, kind in (("value", measure), ("customers", "customers"))}
    words = {"group": f"customers.group.{top.rpartition('.')[2]}",
             "measure": f"customers.value.name.{measure}"}
    return [*said, Finding("lifetime_value.groups.finding", f"{MESSAGE}.groups", numbers, words)]


def _group_evidence(row: dict, result: Forecast, currency: str) -> list[Evidence]:
    subject, level = f"lifetime_value.group.{row['group']}", result.purchases.level
    people = int(row["customers"])

    def total(kind: str, measure: str, unit: str) -> Evidence:
        low, high = row[f"{measure}_low"], row[f"{measure}_high"]
        return Evidence(f"{subject}.{kind}", row[measure], unit, low, high, level, people,
                        filter=_filter(result))

    return [Evidence(f"{subject}.customers", people, "customers"),
            total("expected_purchases", "purchases", "purchases"),
            total(result.terms.measure, "value", f"money:{currency}")]


def _filter(result: Forecast) -> str:
    terms = result.terms
    discount = "none" if terms.discount is None else f"{terms.discount.per_year:g} a year"
    return f"{result.model} to {terms.horizon_end}; discount {discount}; {result.replicates} bootstrap refits"


