"""Tables of lifetime value: parameters, hold-out, calibration, groups.

``tabulate_*`` return a list, empty where the result is a reason why there is none (the findings say so).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from relops.customers.absence import nothing_if_unavailable
from relops.customers.availability import Unavailable
from relops.customers.history import CustomerHistory
from relops.customers.models import FittedModel
from relops.customers.prediction import Forecast
from relops.customers.rfm.groups import GROUPS
from relops.customers.validation import METRICS, MOST_FREQUENCY, Validation
from relops.customers.value_terms import EVERYONE
from relops.exhibits import Column, Table


def _column(key: str, unit: str = "text", label: str | None = None, **marks: Any) -> Column:
    return Column(key, f"customers.value.column.{label or key}", unit, **marks)


def key_values(*results: Any) -> pd.Series:
    """Return the figures that a stored notebook is held against, rounded; only those that there are."""
    values: dict[str, float | int] = {}
    for result in results:
        if isinstance(result, CustomerHistory):
            values |= {"customers": result.n, "repeat_purchases": result.repeat_purchases,
                       "distinct_histories": len(result.frame)}
        elif isinstance(result, FittedModel):
            values |= {f"{result.name}.{name}": float(f"{value:.4g}") for name, value in result.parameters.items()}
            values[f"{result.name}.log_likelihood"] = round(result.log_likelihood, 2)
        elif isinstance(result, Validation):
            values |= {f"holdout.{name}.{metric}": round(estimate.value, 4)
                       for (name, metric), estimate in result.scores.items()}
        elif isinstance(result, Forecast):
            values["expected_purchases"] = round(result.purchases.value, 1)
    return pd.Series(values, dtype=object)


def tabulate_parameters(*models: FittedModel | Unavailable, level: float) -> list[Table]:
    """Return the parameters of the fitted models with standard error and interval; no table without any."""
    fitted = [model for model in models if isinstance(model, FittedModel)]
    rows = [{"parameter": f"@customers.value.parameter.{name}", "estimate": value,
             "error": model.standard_errors[name], "low": model.interval(name, level)[0],
             "high": model.interval(name, level)[1]}
            for model in fitted for name, value in model.parameters.items()]
    if not rows:
        return []
    numbers = [_column(key, "parameter") for key in ("estimate", "error", "low", "high")]
    return [Table("lifetime_value.parameters.table", "customers.value.table.parameters", pd.DataFrame(rows),
                  (_column("parameter"), *numbers), n=fitted[0].n,
                  filter=f"{level:.0%} Wald intervals in logarithms")]


@nothing_if_unavailable
def tabulate_scores(result: Validation) -> list[Table]:
    """Return the scores of the model beside those of the baseline, each with its interval as text."""
    rows = []
    for metric in METRICS:
        row = {"metric": f"@customers.value.metric.{metric}"}
        for name in (result.model, "baseline"):
            score = result.scores[name, metric]
            row |= {name: score.value, f"{name}_low": score.low, f"{name}_high": score.high}
        rows.append(row)
    columns = [_column("metric")]
    for name in (result.model, "baseline"):
        columns += [_column(name, "ratio"), _column(f"{name}_low", "ratio", "low"),
                    _column(f"{name}_high", "ratio", "high")]
    return [Table("lifetime_value.holdout.table", "customers.value.table.holdout", pd.DataFrame(rows),
                  tuple(columns), n=result.customers, filter=f"hold-out after {result.calibration_end}")]


@nothing_if_unavailable
def tabulate_calibration(result: Validation) -> list[Table]:
    """Return mean purchases in the hold-out by calibration frequency: actual with interval, and expected."""
    frame = result.calibration.assign(frequency=[
        f"{row.frequency}+" if row.frequency == MOST_FREQUENCY else str(row.frequency)
        for row in result.calibration.itertuples()])
    columns = (_column("frequency"), _column("customers", "customers", people=True, total=True),
               _column("actual", "ratio"), _column("low", "ratio"), _column("high", "ratio"),
               _column(result.model, "ratio"), _column("baseline", "ratio"))
    return [Table("lifetime_value.calibration.table", "customers.value.table.calibration", frame, columns,
                  n=result.customers, filter=f"hold-out after {result.calibration_end}")]


@nothing_if_unavailable
def tabulate_groups(result: Forecast, currency: str) -> list[Table]:
    """Return expected purchases and value of each group with intervals; no table without groups."""
    if list(result.groups["group"]) == [EVERYONE]:
        return []
    frame = result.groups.set_index("group").reindex([g for g in GROUPS if g in set(result.groups["group"])])
    frame = frame.reset_index().assign(each=lambda rows: rows["value"] / rows["customers"])
    frame["group"] = "@customers.group." + frame["group"]
    columns = [_column("group"), _column("customers", "customers", people=True, total=True),
               _column("purchases", "purchases", total=True), _column("purchases_low", "purchases"),
               _column("purchases_high", "purchases")]
    if result.value is not None:
        money = f"money:{currency}"
        columns += [_column("value", money, result.terms.measure, total=True), _column("value_low", money),
                    _column("value_high", money), _column("each", money)]
    return [Table("lifetime_value.groups.table", "customers.value.table.groups", frame, tuple(columns),
                  n=result.purchases.n, filter=f"{result.model} to {result.terms.horizon_end}")]
