"""What held-out weeks say of the models: which one serves, how far it was off and in which direction, and what
last year's same weeks would have taught.

``say_*`` take a result or the reason why there is none, and return a list for ``nb.publish``.
"""

from __future__ import annotations

from relops.customers.availability import Unavailable, or_missing
from relops.customers.contracts import CONSTANT, Contracts
from relops.customers.delta import estimate_by_delta
from relops.customers.holdout_scores import BASELINE, METRICS
from relops.customers.model_choice import Choice
from relops.customers.model_findings import parameter_evidence
from relops.customers.opportunities import CONSTANT as CONSTANT_USE
from relops.customers.opportunities import Opportunities
from relops.customers.same_weeks import SameWeeks
from relops.customers.validation import Validation, holdout_evidence
from relops.customers.value_words import MEASURE, MESSAGE, Said, direction, lacking, model_name, told
from relops.exhibits import Evidence, Finding

HOLDOUT = "lifetime_value.holdout"
SAME_WEEKS = "lifetime_value.same_weeks"


@or_missing("lifetime_value.choice.missing", f"{MEASURE}.choice")
def say_choice(choice: Choice) -> Said:
    """Say which model serves and by which rule; publish the deviance of each candidate."""
    table = choice.table.set_index("model")
    said: Said = [Evidence(f"{HOLDOUT}.{name}.deviance", float(row["deviance"]), "ratio")
                  for name, row in table.iterrows() if row["deviance"] == row["deviance"]]
    numbers = {"origins": Evidence("lifetime_value.holdout.origins", choice.origins, "count"),
               "candidates": Evidence("lifetime_value.candidates", len(table), "count"),
               "contenders": Evidence("lifetime_value.contenders", int(table["contender"].sum()), "count")}
    words = {"model": model_name(choice.model), "today": model_name(choice.today)}
    kind = choice.source
    if kind == "holdout":
        kind = "only" if len(table) == 1 else "alone" if numbers["contenders"].value == 1 else "tied"
    elif kind == "lock" and choice.today != choice.model:
        kind = "lock_differs"
    return [*said, Finding("lifetime_value.choice.finding", f"{MESSAGE}.choice_{kind}", numbers, words)]


@or_missing("lifetime_value.holdout.missing", f"{MEASURE}.holdout")
def say_validation(result: Validation) -> Said:
    """Say how model and baseline did on the held-out weeks and which of them may serve; publish all
    scores."""
    scores = {(name, metric): holdout_evidence(result, name, metric)
              for name in result.holdout.expected for metric in METRICS}
    held = result.holdout
    numbers = {"calibration_end": Evidence(f"{HOLDOUT}.calibration_end", held.calibration_end, "date"),
               "weeks": Evidence(f"{HOLDOUT}.weeks", held.weeks, "weeks", tag="A"),
               "purchases": Evidence(f"{HOLDOUT}.purchases", held.purchases, "purchases", n=held.history.n),
               "rmse": scores[result.model, "rmse"], "baseline_rmse": scores[BASELINE, "rmse"],
               "bias": scores[result.model, "bias"], "baseline_bias": scores[BASELINE, "bias"],
               "gain": result.gain.evidence(f"{HOLDOUT}.gain", "ratio")}
    words = {"model": model_name(result.model),
             "direction": direction(result.scores[result.model, "bias"]),
             "baseline_direction": direction(result.scores[BASELINE, "bias"])}
    said: Said = [*scores.values(), result.scores[result.model, "rmse"].evidence("lifetime_value.chosen.rmse", "ratio"),
                  Finding("lifetime_value.holdout.finding", f"{MESSAGE}.{result.verdict}", numbers, words)]
    coverage = result.coverage.evidence(f"{HOLDOUT}.coverage", "share")
    level = Evidence(f"{HOLDOUT}.level", result.level, "share", tag="A")
    verdict = "covered" if result.coverage.high >= result.level else "not_covered"
    said.append(Finding("lifetime_value.coverage.finding", f"{MESSAGE}.{verdict}", {"coverage": coverage,
                                                                                    "level": level}))
    return said + _say_revenue(result)


def _say_revenue(result: Validation) -> Said:
    """Say how far off revenue was, and which part spend a purchase had in it."""
    if not result.revenue_bias:
        return []
    bias = {name: estimate.evidence(f"{HOLDOUT}.{name}.revenue_bias", "share")
            for name, estimate in result.revenue_bias.items()}
    words = {"direction": direction(result.revenue_bias[result.model]),
             "baseline_direction": direction(result.revenue_bias[BASELINE])}
    said: Said = [Finding("lifetime_value.holdout_revenue.finding", f"{MESSAGE}.holdout_revenue",
                          {"bias": bias[result.model], "baseline_bias": bias[BASELINE]}, words)]
    if result.spend:
        spent = {(name, metric): holdout_evidence(result, name, metric) for name, metric in result.spend}
        said += [*spent.values(), Finding(
            "lifetime_value.holdout_spend.finding", f"{MESSAGE}.holdout_spend",
            {"bias": spent["gamma_gamma", "bias"], "mae": spent["gamma_gamma", "mae"],
             "own_mae": spent["own_mean", "mae"]},
            {"direction": direction(result.spend["gamma_gamma", "bias"])})]
    return said


@or_missing("lifetime_value.same_weeks.missing", f"{MEASURE}.same_weeks")
def say_same_weeks(result: SameWeeks, currency: str) -> Said:
    """Say what was bought in last year's same weeks, how the model would have done there (or why that cannot be
    told), and warn of the week
    that stood out and comes round again within the forecast."""
    people = Evidence(f"{SAME_WEEKS}.customers", result.customers, "customers", n=result.customers)
    numbers = {"start": Evidence(f"{SAME_WEEKS}.start", result.start, "date"),
               "end": Evidence(f"{SAME_WEEKS}.end", result.end, "date"), "customers": people,
               "purchases": Evidence(f"{SAME_WEEKS}.purchases", result.purchases, "purchases", n=result.customers),
               "revenue": Evidence(f"{SAME_WEEKS}.revenue", result.revenue, f"money:{currency}", n=result.customers)}
    said: Said = [Finding("lifetime_value.same_weeks.finding", f"{MESSAGE}.same_weeks", numbers)]
    then = result.validation
    if isinstance(then, Unavailable):
        said.append(then.missing(f"{SAME_WEEKS}_error.missing", f"{MEASURE}.same_weeks_error"))
    else:
        bias = then.scores[then.model, "bias"]
        record = bias.evidence(f"{SAME_WEEKS}.bias", "share", f"@{model_name(then.model)}")
        weeks = Evidence(f"{SAME_WEEKS}.weeks", result.weeks, "weeks", tag="A")
        said.append(Finding("lifetime_value.same_weeks_error.finding", f"{MESSAGE}.same_weeks_error",
                            {"bias": record, "weeks": weeks}, {"direction": direction(bias)}))
    if result.peak:
        caution = {"week": Evidence(f"{SAME_WEEKS}.peak_week", result.peak.first_day, "date"),
                   "purchases": Evidence(f"{SAME_WEEKS}.peak_purchases", result.peak.purchases, "purchases"),
                   "ratio": Evidence(f"{SAME_WEEKS}.peak_ratio", result.peak.ratio, "ratio")}
        said.append(Finding("lifetime_value.season_caution.finding", f"{MESSAGE}.season_caution", caution))
    return said


@or_missing("lifetime_value.contracts.missing", f"{MEASURE}.contracts")
def say_contracts(result: Contracts, level: float) -> Said:
    """Say how long customers under contract stay, and how the model did on the hold-out; publish its parameters."""
    model = result.model
    scores = _score_evidence(result)
    first = estimate_by_delta(model, lambda fit: float(fit.retention(1)), model.n, level, share=True)
    staying = estimate_by_delta(model, result.share_staying, result.customers, level, share=True)
    numbers = {"first": first.evidence("lifetime_value.sbg.first_retention", "share"),
               "customers": Evidence("lifetime_value.contracts.customers", result.customers, "customers"),
               "staying": staying.evidence("lifetime_value.sbg.staying_share", "share"),
               "bias": scores["sbg", "bias"], "other_bias": scores[CONSTANT, "bias"]}
    words = {"direction": direction(result.scores["sbg", "bias"]),
             "other_direction": direction(result.scores[CONSTANT, "bias"])}
    return [*parameter_evidence(model, level), *scores.values(),
            Finding("lifetime_value.contracts.finding", f"{MESSAGE}.contracts", numbers, words)]


def say_no_contracts(stated: str | None) -> Said:
    """Say that nobody is under contract, so that sBG has nothing to count; M4 where the brief states nothing."""
    if stated is None:
        return [lacking("contracts", "M4", "client.contract", "contracts")]
    return [Finding("lifetime_value.contracts.none.finding", f"{MESSAGE}.no_contracts")]


@or_missing("lifetime_value.opportunities.missing", f"{MEASURE}.opportunities")
def say_opportunities(result: Opportunities, level: float) -> Said:
    """Say how BG/BB did on held-out months beside each one's past share of months; publish its parameters."""
    scores = _score_evidence(result, told("holdout_months", months=result.holdout_months))
    numbers = {"months": Evidence(f"{HOLDOUT}.months", result.holdout_months, "months", tag="A"),
               "bias": scores["bg_bb", "bias"], "other_bias": scores[CONSTANT_USE, "bias"],
               "mae": scores["bg_bb", "mae"], "other_mae": scores[CONSTANT_USE, "mae"]}
    words = {"direction": direction(result.scores["bg_bb", "bias"]),
             "other_direction": direction(result.scores[CONSTANT_USE, "bias"])}
    used = Evidence(f"{HOLDOUT}.used_months", result.used, "count", n=result.customers)
    return [*parameter_evidence(result.model, level), *scores.values(), used,
            Finding("lifetime_value.opportunities.finding", f"{MESSAGE}.opportunities", numbers, words)]


def _score_evidence(result: Contracts | Opportunities, filter: str | None = None) -> dict[tuple[str, str], Evidence]:
    return {(name, metric): one.evidence(f"{HOLDOUT}.{name}.{metric}", "share" if metric == "bias" else "ratio", filter)
            for (name, metric), one in result.scores.items()}
