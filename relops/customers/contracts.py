"""Contracts: how long customers stay who must decide at each renewal, and whether the model earned its place.

A contract is counted in whole months from its start, by the engine; who left at the end of how many is all that
the shifted beta-geometric model needs.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from relops.customers.availability import NOT_SUPPLIED, TOO_LITTLE, Unavailable
from relops.customers.estimates import Estimate
from relops.customers.fitting import fit_contracts
from relops.customers.holdout_scores import METRICS, score
from relops.customers.models import ShiftedBetaGeometric
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence
from relops.units import DAYS_PER

CONSTANT = "constant_retention"
LEAST_CUSTOMERS = 30
MONTHS_AHEAD = 12


@dataclass(frozen=True, eq=False)
class Contracts:
    """What is known of contracts: the model fitted to all of them, ``customers`` under contract at the end of the
    data by months renewed, and the hold-out: ``scores`` of sbg and of a constant retention rate on who was still
    there at the end, of those under contract ``holdout_months`` before."""

    model: ShiftedBetaGeometric
    staying: pd.DataFrame
    holdout_months: int
    holdout_customers: int
    scores: Mapping[tuple[str, str], Estimate]

    @property
    def customers(self) -> int:
        """Customers under contract at the end of the data."""
        return int(self.staying["customers"].sum())

    def share_staying(self, model: ShiftedBetaGeometric, months: int = MONTHS_AHEAD) -> float:
        """Return the share of present customers expected to be there after ``months`` more."""
        chance = model.survival(months, self.staying["periods"].to_numpy(float))
        return weighted_sum(self.staying["customers"].to_numpy(float), chance) / self.customers


def contract_summary(customers: Any, observation_end: datetime.date) -> pd.DataFrame:
    """Return distinct contracts as of a day: periods (whole months served), lost (ended by then), customers.
    Contracts that begin later, or state no start, are not in it. Raises Unavailable (M1) where the columns are
    not supplied."""
    absent = [name for name in ("contract_start", "contract_end") if customers is None or name not in customers.columns]
    if absent:
        raise Unavailable(NOT_SUPPLIED, f"customers.{absent[0]}")
    end = ibis.literal(observation_end)
    dated = customers.filter(_.contract_start.notnull()).mutate(  # noqa: PD004 (Ibis knows no notna)
        start=_.contract_start.cast("date"), stop=_.contract_end.cast("date"))
    seen = dated.filter(_.start <= end).mutate(lost=(_.stop <= end).fill_null(False))
    periods = _months(seen.start, ibis.ifelse(seen.lost, seen.stop, end))
    counted = seen.mutate(periods=ibis.greatest(periods, ibis.ifelse(seen.lost, 1, 0))).group_by(
        ["periods", "lost"]).aggregate(customers=_.count())
    frame = counted.order_by(["periods", "lost"]).to_pandas()
    return frame[frame["periods"] > 0].reset_index(drop=True)


def _months(start: Any, end: Any) -> Any:
    """Return the whole months between two days. A month less a day or two counts: contracts end on the day before
    the anniversary, and months differ in length."""
    return ((end.delta(start, unit="day") + 1) / DAYS_PER["months"] + 0.05).floor().cast("int64")


def value_contracts(customers: Any, observation_end: datetime.date, holdout_months: int, level: float) -> Contracts:
    """Return the model of contracts and its hold-out. Raises Unavailable: M1 without the columns, M2 with fewer
    than thirty customers lost, or under contract before the hold-out; M7 where the model has no peak."""
    summary = contract_summary(customers, observation_end)
    model = fit_contracts(summary)
    before = (pd.Timestamp(observation_end) - pd.DateOffset(months=holdout_months)).date()
    past = contract_summary(customers, before)
    there = past[~past["lost"]]
    people = int(there["customers"].sum())
    if people < LEAST_CUSTOMERS:
        raise Unavailable(TOO_LITTLE, "customers.contract_start", {
            "customers": Evidence("lifetime_value.holdout.contracts", people, "customers")})
    outcome = _outcome(customers, before, observation_end)
    renewed, stayed = outcome["periods"].to_numpy(float), outcome["stayed"].to_numpy(float)
    weights = outcome["customers"].to_numpy(float)
    earlier = fit_contracts(past)
    served = float((past["periods"] * past["customers"]).sum())
    kept = 1 - float(past.loc[past["lost"], "customers"].sum()) / served
    expected = {"sbg": earlier.survival(holdout_months, renewed), CONSTANT: np.full_like(renewed, kept**holdout_months)}
    found = score(expected, stayed, weights, level)
    return Contracts(model, summary[~summary["lost"]].drop(columns="lost").reset_index(drop=True), holdout_months,
                     people, {key: one for key, one in found.items() if key[1] in METRICS})


def _outcome(customers: Any, before: datetime.date, end: datetime.date) -> pd.DataFrame:
    """Return, of those under contract on a day, months renewed by then, stayed (1 where the contract had not ended
    by ``end``) and customers."""
    dated = customers.filter(_.contract_start.notnull()).mutate(  # noqa: PD004
        start=_.contract_start.cast("date"), stop=_.contract_end.cast("date"))
    there = dated.filter((_.start <= ibis.literal(before)) & ~(_.stop <= ibis.literal(before)).fill_null(False))
    counted = there.mutate(
        periods=_months(there.start, ibis.literal(before)),
        stayed=(~(there.stop <= ibis.literal(end)).fill_null(False)).cast("int64"),
    ).group_by(["periods", "stayed"]).aggregate(customers=_.count())
    return counted.order_by(["periods", "stayed"]).to_pandas()
