"""From the value of the customers of some weeks ago to that of today's: who gained, who faded, who came."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from relops.customers.delta import variance_of_two
from relops.customers.estimates import Estimate, critical_value
from relops.customers.history import CustomerHistory
from relops.customers.models import GammaGamma, PurchaseModel
from relops.customers.prediction import expected_per_customer
from relops.customers.validation import Holdout
from relops.customers.value_terms import ValueTerms
from relops.customers.weighted import weighted_sum

STEPS = ("then", "faded", "bought_again", "new", "now")


@dataclass(frozen=True)
class EquityBridge:
    """What moved the value of the customer base between ``start`` and ``end``.

    ``steps`` maps then (the customers of that day, looking as far ahead), faded (those of them who have not
    bought since: what their silence took), bought_again (those who have: what their purchases added), new (who
    came since) and now, to estimates. Both days are valued by the model fitted to all data and on the same
    terms, so what moves is the customers, not the ruler; ``then`` + the three steps = ``now``. Intervals are of
    the parameters.
    """

    start: datetime.date
    end: datetime.date
    terms: ValueTerms
    customers: dict[str, int]
    steps: dict[str, Estimate]


def equity_bridge(history: CustomerHistory, holdout: Holdout, model: PurchaseModel, spend: GammaGamma,
                  terms: ValueTerms, level: float) -> EquityBridge:
    """Return the bridge over a hold-out that ends with the data; ``model`` and ``spend`` are fitted to all of it."""
    past, weeks = holdout.history, holdout.span
    silent = holdout.actual == 0
    span = terms.horizon_end - terms.observation_end
    then = replace(terms, observation_end=holdout.calibration_end, horizon_end=holdout.calibration_end + span)
    later = replace(past, frame=past.frame.loc[silent].assign(T=past.frame["T"] + weeks),
                    observation_end=holdout.holdout_end)
    new = weeks > history.T

    def totals(fit: PurchaseModel, money: GammaGamma) -> np.ndarray:
        before = expected_per_customer(past, fit, money, then, draft=True)[1] * past.customers
        after = expected_per_customer(later, fit, money, terms, draft=True)[1] * later.customers
        now = expected_per_customer(history, fit, money, terms, draft=True)[1] * history.customers
        came, total = now[new].sum(), now.sum()
        faded = after.sum() - before[silent].sum()
        return np.array([before.sum(), faded, total - came - after.sum() - before[~silent].sum(), came, total])

    values = totals(model, spend)
    half = critical_value(level) * np.sqrt(variance_of_two(model, spend, totals))
    people = {"then": past.n, "faded": int(weighted_sum(past.customers, silent)),
              "bought_again": int(weighted_sum(past.customers, ~silent)),
              "new": int(weighted_sum(history.customers, new)), "now": history.n}
    steps = {name: Estimate(float(values[k]), float(values[k] - half[k]), float(values[k] + half[k]),
                            people[name], level) for k, name in enumerate(STEPS)}
    return EquityBridge(holdout.calibration_end, holdout.holdout_end, terms, people, steps)


def bridge_table(result: EquityBridge) -> pd.DataFrame:
    """Return the bridge as rows: step, customers, value, low, high."""
    return pd.DataFrame([{"step": name, "customers": result.customers[name], "value": step.value, "low": step.low,
                          "high": step.high} for name, step in result.steps.items()])
