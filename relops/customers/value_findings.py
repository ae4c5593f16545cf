"""What lifetime value says: histories, expected purchases, value, each with its interval and its record.

``say_*`` take a result or the reason why there is none, and return a list for ``nb.publish``.
"""

from __future__ import annotations

from relops.customers.availability import TOO_LITTLE, Unavailable, or_missing
from relops.customers.equity_bridge import STEPS, EquityBridge
from relops.customers.estimates import Estimate
from relops.customers.history import CustomerHistory
from relops.customers.models import ConstantRate
from relops.customers.prediction import Forecast
from relops.customers.score_book import Scored
from relops.customers.validation import Validation
from relops.customers.value_terms import EVERYONE, ValueTerms
from relops.customers.value_words import MEASURE, MESSAGE, Said, direction, lacking, model_name, told
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence, Finding
from relops.store import MIN_PEOPLE, held_back
from relops.units import WEEKS_PER_YEAR


@or_missing("lifetime_value.history.missing", f"{MEASURE}.history")
def say_history(history: CustomerHistory, terms: ValueTerms) -> Said:
    """Say how many customers and purchases stand behind the models; M2 where the history is under a year."""
    if history.n < MIN_PEOPLE:
        return [lacking("history", "M8", "orders", "history")]
    longest = Evidence("lifetime_value.history.longest", history.longest_weeks, "weeks", n=history.n)
    horizon = Evidence("lifetime_value.horizon.weeks", terms.horizon_weeks, "weeks", tag="A")
    numbers = {
        "customers": Evidence("lifetime_value.customers", history.n, "customers", n=history.n),
        "purchases": Evidence("lifetime_value.repeat_purchases", history.repeat_purchases, "purchases", n=history.n),
        "repeat": Evidence("lifetime_value.repeat_customers", history.repeat_customers, "customers", n=history.n),
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


def say_purchases(result: Forecast | Unavailable, history: CustomerHistory | Unavailable,
                  terms: ValueTerms | Unavailable) -> Said:
    """Say the purchases expected up to the horizon beside the constant rate. Where the model's forecast is
    withheld, say the reason and the constant rate alone."""
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
    total = result.purchases.evidence("lifetime_value.expected_purchases.total", "purchases", forecast_filter(result))
    realised = result.realised_purchases.evidence("lifetime_value.expected_purchases.realised", "purchases",
                                                  forecast_filter(result, "prediction"))
    said.append(Finding("lifetime_value.expected_purchases.finding", f"{MESSAGE}.purchases",
                        {"end": end, "total": total, "realised": realised, "baseline": baseline}))
    return said


def total_id(terms: ValueTerms) -> str:
    """Return the id of the total value: customer equity where the margin is known, else revenue value."""
    return "lifetime_value.customer_equity" if terms.measure == "clv" else "lifetime_value.revenue_value"


@or_missing("lifetime_value.value.missing", f"{MEASURE}.value")
def say_value(result: Forecast, currency: str, record: Validation | Unavailable,
              checked: Validation | Unavailable) -> Said:
    """Say what the expected purchases are worth, in total and in the group that holds most of it; in the same
    breath how far off the same way of reckoning was on ``record``.

    Only a model that did better than the baseline both there and on the latest hold-out ``checked`` puts its money
    first: else the finding has no worth and stands behind those that need no model.
    """
    if result.value is None:
        return [result.no_value.missing("lifetime_value.value.missing", f"{MEASURE}.value")]
    terms, unit = result.terms, f"money:{currency}"
    each = result.value
    mean = Estimate(each.value / each.n, each.low / each.n, each.high / each.n, each.n, each.level)
    total = each.evidence(total_id(terms), unit, forecast_filter(result))
    numbers = {"end": Evidence("lifetime_value.horizon.end", terms.horizon_end, "date", tag="A"), "value": total,
               "realised": result.realised_value.evidence(f"lifetime_value.{terms.measure}.realised", unit,
                                                          forecast_filter(result, "prediction")),
               "each": mean.evidence(f"lifetime_value.{terms.measure}.per_customer", unit, forecast_filter(result))}
    words = {"measure": f"customers.value.name.{terms.measure}"}
    message = "value_undiscounted"
    if terms.discount is not None:
        message = "value_discounted"
        numbers["rate"] = Evidence("lifetime_value.discount_rate", terms.discount.per_year, "share", tag="B")
    if isinstance(record, Validation) and record.revenue_bias:
        numbers |= _track_record(record, each, terms, unit)
        way = direction(record.revenue_bias[record.model]).rpartition(".")[2]
        message += "_far" if way == "under" and "again" not in numbers else f"_{way}"
    proven = all(isinstance(one, Validation) and one.verdict == "better" for one in (record, checked))
    whole = Finding("lifetime_value.value.finding", f"{MESSAGE}.{message}", numbers, words,
                    worth=total if proven else None)
    said: Said = [whole, *say_groups(result, currency)]
    if terms.discount is None:
        said.append(lacking("discount", "M4", "finance.discount_rate_year", "discounted"))
    if terms.margin_rate is None:
        return [*said, lacking("margin", "M4", "finance.margin_rate", "clv")]
    margin = Evidence("lifetime_value.margin_rate", terms.margin_rate, "share", tag=terms.margin_tag)
    source = "orders" if terms.margin_tag == "D" else "brief"
    return [*said, Finding("lifetime_value.margin.finding", f"{MESSAGE}.margin", {"margin": margin},
                           {"source": f"customers.value.source.{source}"})]


def _track_record(record: Validation, value: Estimate, terms: ValueTerms, unit: str) -> dict[str, Evidence]:
    """Return how far off revenue was on the hold-out, and what the value would be if that miss came again; not that
    where the interval of the miss reaches to all of the revenue."""
    bias, held = record.revenue_bias[record.model], record.holdout
    numbers = {"bias": bias.evidence("lifetime_value.track_record.revenue_bias", "share",
                                     f"@{model_name(record.model)}"),
               "weeks": Evidence("lifetime_value.track_record.weeks", held.weeks, "weeks", tag="A")}
    if min(bias.low, bias.value) > -1:
        again = Estimate(*(value.value / (1 + share) for share in (bias.value, bias.high, bias.low)), value.n,
                         bias.level)
        numbers["again"] = again.evidence(f"lifetime_value.{terms.measure}.if_missed_again", unit,
                                          told("missed_again", end=held.calibration_end))
    return numbers


def say_groups(result: Forecast, currency: str) -> Said:
    """Publish purchases and value of each group that is not held back for its size, and say which holds most; M2 where
    the rule makes no groups."""
    shown = result.groups[~held_back(result.groups["customers"])]
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
                        filter=forecast_filter(result))

    return [Evidence(f"{subject}.customers", people, "customers", n=result.purchases.n),
            total("expected_purchases", "purchases", "purchases"),
            total(result.terms.measure, "value", f"money:{currency}")]


def forecast_filter(result: Forecast, interval: str = "confidence") -> str:
    """Return what a forecast rests on, as the filter of its evidence."""
    terms = result.terms
    given = {"model": f"@{model_name(result.model)}", "end": terms.horizon_end, "draws": result.replicates,
             "interval": told(interval)}
    if terms.discount is None:
        return told("forecast", **given)
    return told("forecast_discounted", rate=f"{terms.discount.per_year:.3g}", **given)


@or_missing("lifetime_value.bridge.missing", f"{MEASURE}.bridge")
def say_bridge(result: EquityBridge, currency: str) -> Said:
    """Say what moved the value of the customer base: who faded, who bought again, who came."""
    numbers = bridge_evidence(result, currency)
    return [*numbers.values(), Finding(
        "lifetime_value.bridge.finding", f"{MESSAGE}.bridge", numbers,
        {"measure": f"customers.value.name.{result.terms.measure}"})]


def bridge_evidence(result: EquityBridge, currency: str) -> dict[str, Evidence]:
    """Return the steps of the bridge as evidence, and its first day."""
    found = {name: result.steps[name].evidence(f"lifetime_value.bridge.{name}", f"money:{currency}",
                                               told("bridge", start=result.start, end=result.end)) for name in STEPS}
    return found | {"start": Evidence("lifetime_value.bridge.start", result.start, "date")}


@or_missing("lifetime_value.scores.missing", f"{MEASURE}.scores")
def say_scores(result: Scored) -> Said:
    """Say where every customer's scores lie, and whether the workbook had to leave some out."""
    n = result.customers
    numbers = {"customers": Evidence("lifetime_value.scores.customers", n, "customers", n=n),
               "listed": Evidence("lifetime_value.scores.listed", result.listed, "customers", n=n)}
    message = "scores" if result.listed == result.customers else "scores_cut"
    return [Finding("lifetime_value.scores.finding", f"{MESSAGE}.{message}", numbers)]
