"""Tables of lifetime value: parameters, groups; and the figures that a stored notebook is held against.

``tabulate_*`` return a list, empty where the result is a reason why there is none (the findings say so).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from relops.customers.absence import nothing_if_unavailable
from relops.customers.availability import Unavailable
from relops.customers.history import CustomerHistory
from relops.customers.model_choice import Choice
from relops.customers.models import FittedModel
from relops.customers.prediction import Forecast
from relops.customers.rfm.groups import GROUPS
from relops.customers.validation import Validation
from relops.customers.value_findings import forecast_filter
from relops.customers.value_terms import EVERYONE
from relops.customers.value_words import told
from relops.exhibits import Column, Table


def value_column(key: str, unit: str = "text", label: str | None = None, **marks: Any) -> Column:
    """Return a column headed ``customers.value.column.<label>`` (the key where no label is given)."""
    return Column(key, f"customers.value.column.{label or key}", unit, **marks)


def key_values(*results: Any) -> pd.Series:
    """Return the figures that a stored notebook is held against, rounded; only those that there are."""
    values: dict[str, Any] = {}
    for result in results:
        if isinstance(result, CustomerHistory):
            values |= {"customers": result.n, "repeat_purchases": result.repeat_purchases,
                       "distinct_histories": len(result.frame)}
        elif isinstance(result, FittedModel):
            values |= {f"{result.name}.{name}": float(f"{value:.4g}") for name, value in result.parameters.items()}
            values[f"{result.name}.log_likelihood"] = round(result.log_likelihood, 2)
        elif isinstance(result, Choice):
            values |= {"model": result.model, "activity_model": result.activity}
        elif isinstance(result, Validation):
            values |= {f"holdout.{name}.{metric}": round(estimate.value, 4)
                       for (name, metric), estimate in result.scores.items()}
        elif isinstance(result, Forecast):
            values["expected_purchases"] = round(result.purchases.value, 1)
    return pd.Series(values, dtype=object)


def tabulate_parameters(*models: FittedModel | Unavailable, level: float) -> list[Table]:
    """Return the parameters of the fitted models with standard error and interval; no table without any."""
    fitted = [model for model in models if isinstance(model, FittedModel)]
    rows = [{"model": f"@customers.value.model.{model.name}", "parameter": f"@customers.value.parameter.{name}",
             "estimate": value, "error": model.standard_errors[name], "low": model.interval(name, level)[0],
             "high": model.interval(name, level)[1]}
            for model in fitted for name, value in model.parameters.items()]
    if not rows:
        return []
    numbers = [value_column(key, "parameter") for key in ("estimate", "error", "low", "high")]
    return [Table("lifetime_value.parameters.table", "customers.value.table.parameters", pd.DataFrame(rows),
                  (value_column("model"), value_column("parameter"), *numbers), n=fitted[0].n,
                  filter=told("wald", level=f"{level:.0%}"))]


@nothing_if_unavailable
def tabulate_groups(result: Forecast, currency: str) -> list[Table]:
    """Return expected purchases and value of each group with intervals; no table without groups."""
    if list(result.groups["group"]) == [EVERYONE]:
        return []
    frame = result.groups.set_index("group").reindex([g for g in GROUPS if g in set(result.groups["group"])])
    frame = frame.reset_index().assign(each=lambda rows: rows["value"] / rows["customers"])
    frame["group"] = "@customers.group." + frame["group"]
    columns = [value_column("group"), value_column("customers", "customers", people=True, total=True),
               value_column("purchases", "purchases", total=True), value_column("purchases_low", "purchases"),
               value_column("purchases_high", "purchases")]
    if result.value is not None:
        money = f"money:{currency}"
        columns += [value_column("value", money, result.terms.measure, total=True),
                    value_column("value_low", money), value_column("value_high", money),
                    value_column("value_realised_low", money, "realised_low"),
                    value_column("value_realised_high", money, "realised_high"), value_column("each", money)]
    return [Table("lifetime_value.groups.table", "customers.value.table.groups", frame, tuple(columns),
                  n=result.purchases.n, filter=forecast_filter(result))]
