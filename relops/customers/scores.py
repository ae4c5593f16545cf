"""Every customer's scores, written by the engine into the run's private folder.

The models see distinct histories only; what they say of each is joined back to its customers in the engine.
Expected spend is linear in a customer's own mean spend, so its two coefficients travel with the history and the
engine does the rest: no customer ever comes to Python.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from relops.customers import gamma_gamma
from relops.customers.delta import slopes, variance
from relops.customers.estimates import critical_value
from relops.customers.history import CustomerHistory
from relops.customers.history_summary import KEYS, customer_histories
from relops.customers.models import GammaGamma, PurchaseModel
from relops.customers.prediction import expected_per_customer
from relops.customers.rfm.groups import GroupRules
from relops.customers.value_terms import ValueTerms, history_groups
from relops.files import private_draft
from relops.units import DAYS_PER

AT_ONCE = 200_000  # histories asked about at once: what the answers to them need in memory stays small
PARQUET = "scores.parquet"


@dataclass(frozen=True, eq=False)
class ScoreTerms:
    """What the scores are made with: the model that serves, the one that says who is active, spend (None: no
    value), the terms of value, the limits of the groups, and the level of the intervals."""

    model: PurchaseModel
    activity: PurchaseModel
    spend: GammaGamma | None
    terms: ValueTerms
    rules: GroupRules | Any
    level: float


def score_histories(history: CustomerHistory, made_with: ScoreTerms) -> pd.DataFrame:
    """Return what the models say of each distinct history: frequency, recency_days, T_days, group, alive,
    purchases (expected up to the horizon), worth (these discounted, times the margin) and worth_variance (of its
    logarithm); spend_base and spend_slope, from which expected spend follows as base + slope x own mean spend; and
    spend_v0, spend_v1, spend_v2, its variance as v0 + v1 x mean + v2 x mean squared."""
    parts = [replace(history, frame=history.frame.iloc[first:first + AT_ONCE])
             for first in range(0, len(history.frame), AT_ONCE)]
    return pd.concat([_score_part(part, made_with) for part in parts], ignore_index=True)


def _score_part(part: CustomerHistory, made_with: ScoreTerms) -> pd.DataFrame:
    days = DAYS_PER[part.unit]
    frame = pd.DataFrame({
        "frequency": part.frame["frequency"].astype("int64"),
        "recency_days": np.round(part.recency * days).astype("int64"),
        "T_days": np.round(part.T * days).astype("int64"),
        "group": history_groups(part, made_with.rules), "alive": made_with.activity.probability_alive(part)})
    worth_of = _worth(part, made_with.terms)
    frame["purchases"], frame["worth"] = worth_of(made_with.model)
    moved = slopes(made_with.model, lambda fit: worth_of(fit, draft=True)[1])
    positive = np.where(frame["worth"] > 0, frame["worth"], 1.0)
    frame["worth_variance"] = variance(made_with.model, moved) / positive**2
    return frame.assign(**_spend_columns(part.frequency, made_with.spend))


def _worth(part: CustomerHistory, terms: ValueTerms):
    """Return the function from a model to purchases and to what each unit of spend on them is worth today."""
    unit_spend = GammaGammaOfOne()
    return lambda model, draft=False: expected_per_customer(part, model, unit_spend, terms, draft)


class GammaGammaOfOne:
    """Spend of one unit of money a purchase, whoever makes it: it turns value into discounted purchases."""

    def expected_spend(self, history: CustomerHistory) -> np.ndarray:
        """Return one for every row."""
        return np.ones(len(history.frame))


def _spend_columns(frequency: np.ndarray, spend: GammaGamma | None) -> dict[str, np.ndarray | float]:
    if spend is None:
        return dict.fromkeys(("spend_base", "spend_slope", "spend_v0", "spend_v1", "spend_v2"), np.nan)
    counts, count_of = np.unique(frequency, return_inverse=True)

    def line(fit: GammaGamma) -> np.ndarray:
        base = gamma_gamma.expected_spend(*fit.theta, counts, np.zeros_like(counts))
        return np.array([base, gamma_gamma.expected_spend(*fit.theta, counts, np.ones_like(counts)) - base])

    base, slope = line(spend)
    moved = slopes(spend, line)  # parameter, base or slope, frequency
    spread = np.einsum("jax,jk,kbx->abx", moved, spend.log_covariance, moved)
    columns = {"spend_base": base, "spend_slope": slope, "spend_v0": spread[0, 0], "spend_v1": 2 * spread[0, 1],
               "spend_v2": spread[1, 1]}
    return {name: values[count_of] for name, values in columns.items()}


def customer_scores(purchase_days: Any, scored: pd.DataFrame, ids: Any, made_with: ScoreTerms) -> Any:
    """Return one row a customer, still in the engine: customer (the client's own key), recency_days (since the
    last purchase day), frequency (purchase days), monetary (net revenue), group, alive, expected_purchases,
    expected_spend (per purchase day), clv or revenue_value with ``_low`` and ``_high`` (confidence interval of
    what is expected), and rank (1 for the highest value).

    ``ids`` is the table of hash and id that the door keeps; several ids of one person come as the first of them.
    """
    measure, half = made_with.terms.measure, critical_value(made_with.level)
    each = customer_histories(purchase_days, made_with.terms.observation_end)
    joined = each.inner_join(ibis.memtable(scored), KEYS)
    rows = joined.mutate(expected_spend=_.spend_base + _.spend_slope * _.mean_spend)
    rows = rows.mutate(value=_.worth * _.expected_spend)
    spend_variance = ibis.greatest(
        rows.spend_v0 + rows.spend_v1 * rows.mean_spend + rows.spend_v2 * rows.mean_spend**2, 0.0)
    relative = rows.worth_variance + spend_variance / (rows.expected_spend**2).nullif(0)
    factor = (half * relative.sqrt()).exp()
    ends = rows.value / factor, rows.value * factor
    rows = rows.mutate(low=ibis.least(*ends), high=ibis.greatest(*ends))
    ranked_by = rows.purchases if made_with.spend is None else rows.value
    rows = rows.mutate(rank=ibis.rank().over(order_by=ibis.desc(ranked_by)) + 1)
    keys = ids.group_by("hash").aggregate(customer=_.id.min())
    named = rows.left_join(keys, rows.customer_id == keys.hash)
    return named.select(
        customer=_.customer.coalesce(_.customer_id), recency_days=_.T_days - _.recency_days,
        frequency=_.frequency + 1, monetary=_.revenue.cast("float64"), group=_.group, alive=_.alive,
        expected_purchases=_.purchases, expected_spend=_.expected_spend,
        **{measure: _.value, f"{measure}_low": _.low, f"{measure}_high": _.high},
        rank=_.rank).order_by("rank", "customer")


def write_scores(engine: Any, purchase_days: Any, history: CustomerHistory, made_with: ScoreTerms,
                 ids: Path, folder: Path) -> Path:
    """Write ``scores.parquet`` into ``folder``, readable by its owner alone, and return its path. ``ids`` is the
    door's file of hash and id. Nothing half-written is left behind."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PARQUET
    scored = score_histories(history, made_with)
    backend = engine.ibis
    with private_draft(path) as draft:
        expression = customer_scores(purchase_days, scored, backend.read_parquet(str(ids)), made_with)
        backend.to_parquet(expression, str(draft))
    return path
