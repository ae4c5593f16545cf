"""Tables of the hold-out: candidates, scores of every model, rolling origins, calibration.

``tabulate_*`` return a list, empty where the result is a reason why there is none (the findings say so).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from relops.customers.absence import nothing_if_unavailable
from relops.customers.calibration import MOST_FREQUENCY
from relops.customers.holdout_scores import BASELINE, METRICS
from relops.customers.model_choice import Choice
from relops.customers.validation import Holdout, Validation, rolling_scores
from relops.customers.value_tables import value_column as column
from relops.customers.value_words import model_name, told
from relops.exhibits import Table


@nothing_if_unavailable
def tabulate_choice(choice: Choice) -> list[Table]:
    """Return the candidates: parameters, log-likelihood, AIC, the likelihood ratio against NBD, and deviance on the
    hold-outs with its gap to the lowest and the standard error of that gap."""
    frame = choice.table.assign(model="@customers.value.model." + choice.table["model"],
                                contender=["@customers.value.mark.yes" if mark else "@customers.value.mark.no"
                                           for mark in choice.table["contender"]])
    columns = (column("model"), column("parameters", "count"), column("log_likelihood", "log_likelihood"),
               column("aic", "log_likelihood"), column("likelihood_ratio", "ratio"), column("p_at_most", "p_value"),
               column("deviance", "ratio"), column("gap", "ratio"),
               column("gap_error", "ratio"), column("contender"))
    return [Table("lifetime_value.choice.table", "customers.value.table.choice",
                  frame.rename(columns={"error": "gap_error"}), columns,
                  filter=told("choice", origins=choice.origins))]


@nothing_if_unavailable
def tabulate_scores(result: Validation) -> list[Table]:
    """Return the scores of every model beside those of the baseline; intervals stand for the model in use and
    the baseline."""
    rows = []
    for metric in METRICS:
        row = {"metric": f"@customers.value.metric.{metric}"}
        for name in result.holdout.expected:
            score = result.scores[name, metric]
            row |= {name: score.value, f"{name}_low": score.low, f"{name}_high": score.high}
        rows.append(row)
    columns = [column("metric")]
    for name in (result.model, BASELINE):
        columns += [column(name, "ratio"), column(f"{name}_low", "ratio", "low"),
                    column(f"{name}_high", "ratio", "high")]
    rivals = [name for name in result.holdout.models if name != result.model]
    columns += [column(name, "ratio") for name in rivals]
    return [Table("lifetime_value.holdout.table", "customers.value.table.holdout", pd.DataFrame(rows),
                  tuple(columns), n=result.holdout.history.n,
                  filter=told("holdout", end=result.holdout.calibration_end))]


@nothing_if_unavailable
def tabulate_origins(holdouts: Sequence[Holdout], result: Validation) -> list[Table]:
    """Return each rolling hold-out: from, to, customers, purchases, and error and bias of the model in use and of
    the baseline."""
    frame = rolling_scores(holdouts, result.model, result.level)
    columns = [column("from", "date"), column("to", "date"), column("customers", "customers", people=True),
               column("actual_purchases", "purchases")]
    for which in ("model", BASELINE):
        columns += [column(f"{which}_rmse", "ratio"), column(f"{which}_bias", "share"),
                    column(f"{which}_bias_low", "share", "low"), column(f"{which}_bias_high", "share", "high")]
    return [Table("lifetime_value.origins.table", "customers.value.table.origins", frame, tuple(columns),
                  n=result.holdout.history.n, filter=f"@{model_name(result.model)}")]


@nothing_if_unavailable
def tabulate_calibration(result: Validation) -> list[Table]:
    """Return mean purchases in the hold-out, actual with interval and expected: by calibration frequency, and by
    tenth of expected purchases."""
    by_frequency = result.calibration
    labels = [f"{value}+" if value == MOST_FREQUENCY else str(value) for value in by_frequency["frequency"]]
    tables = (("calibration", by_frequency.assign(frequency=labels), column("frequency")),
              ("deciles", result.deciles, column("decile", "count")))
    shared = (column("customers", "customers", people=True, total=True), column("actual", "ratio"),
              column("low", "ratio"), column("high", "ratio"), column(result.model, "ratio"),
              column(BASELINE, "ratio"))
    return [Table(f"lifetime_value.{name}.table", f"customers.value.table.{name}", frame, (first, *shared),
                  n=result.holdout.history.n, filter=told("holdout", end=result.holdout.calibration_end))
            for name, frame, first in tables]
