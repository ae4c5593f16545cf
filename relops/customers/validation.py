"""The hold-out: what models fitted to the past say of weeks they have not seen, beside the baseline."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from relops.customers.availability import CHECK_FAILED, TOO_LITTLE, Unavailable
from relops.customers.calibration import calibration_table, decile_table, ranking_table, recency_table
from relops.customers.estimates import Estimate, critical_value, estimate_share
from relops.customers.history import CustomerHistory
from relops.customers.holdout_scores import BASELINE, METRICS, poisson_deviance, score
from relops.customers.models import ConstantRate, GammaGamma, PurchaseModel
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence
from relops.units import DAYS_PER_WEEK, convert_span

LEAST_PURCHASES = 30
OWN_MEAN = "own_mean"  # the baseline of spend: each customer's own mean so far


@dataclass(frozen=True, eq=False)
class Holdout:
    """Forecasts of the weeks from ``calibration_end`` to ``holdout_end``, and what came.

    ``models`` were fitted up to the end of ``history``, which also holds what was bought after it; ``expected``
    maps each of them, and the baseline, to the purchases expected of a customer, one number a row.
    """

    history: CustomerHistory
    holdout_end: datetime.date
    models: Mapping[str, PurchaseModel]
    expected: Mapping[str, np.ndarray]

    @property
    def calibration_end(self) -> datetime.date:
        """The last day the models have seen."""
        return self.history.observation_end

    @property
    def weeks(self) -> int:
        """Length of the hold-out."""
        return (self.holdout_end - self.calibration_end).days // DAYS_PER_WEEK

    @property
    def span(self) -> float:
        """Length of the hold-out in the history's unit of time."""
        return convert_span((self.holdout_end - self.calibration_end).days, "days", self.history.unit)

    @property
    def actual(self) -> np.ndarray:
        """Purchases of a customer in the hold-out, one number a row."""
        return self.history.frame["holdout_purchases"].to_numpy(float)

    @property
    def customers(self) -> np.ndarray:
        """How many customers share each row."""
        return self.history.customers

    @property
    def purchases(self) -> int:
        """All purchases in the hold-out."""
        return int(weighted_sum(self.customers, self.actual))

    def total(self, name: str) -> float:
        """Return the purchases that a model (or the baseline) expected of all customers."""
        return weighted_sum(self.customers, self.expected[name])

    def deviances(self) -> np.ndarray:
        """Return the Poisson deviance of each row, a column for each model (without the baseline, for which a
        first repeat purchase is impossible)."""
        return np.column_stack([poisson_deviance(self.expected[name], self.actual) for name in self.models])


@dataclass(frozen=True, eq=False)
class Validation:
    """A model and its rivals on held-out weeks; every interval is one over customers.

    ``model`` is the one judged. ``scores`` maps (model, metric) to an estimate: mae and rmse in purchases a
    customer; bias the surplus of expected over actual purchases, relative to these; gini that of the ranking,
    normalised to one for a perfect one. ``gain`` is the baseline's mean squared error less the model's;
    ``verdict`` is better, worse or undecided as its interval lies above, below or across zero. ``top_fifth``
    is the share of held-out purchases made by the fifth of customers whom the model expects to buy most.
    ``coverage`` is the share of customers whose purchases lay in their prediction interval. ``revenue_bias``
    (by model) is the surplus of expected over actual revenue and ``spend`` the scores of the spend a purchase
    (both None where spend could not be modelled).
    """

    model: str
    holdout: Holdout
    scores: Mapping[tuple[str, str], Estimate]
    gain: Estimate
    top_fifth: Estimate
    coverage: Estimate
    revenue_bias: Mapping[str, Estimate] | None = None
    spend: Mapping[tuple[str, str], Estimate] | None = None

    @property
    def verdict(self) -> str:
        """Whether the model did better than the baseline, worse, or neither can be told."""
        return "better" if self.gain.low > 0 else "worse" if self.gain.high < 0 else "undecided"

    @property
    def level(self) -> float:
        """Level of the intervals."""
        return self.gain.level

    @property
    def pair(self) -> dict[str, np.ndarray]:
        """What the model and the baseline expected, one number a row."""
        return {name: self.holdout.expected[name] for name in (self.model, BASELINE)}

    @property
    def calibration(self) -> pd.DataFrame:
        """By calibration frequency, see :func:`relops.customers.calibration.calibration_table`."""
        return calibration_table(self.holdout.history.frequency, *self._came, self.pair, self.level)

    @property
    def recency(self) -> pd.DataFrame:
        """By weeks since the last purchase, see :func:`relops.customers.calibration.recency_table`."""
        history = self.holdout.history
        since = convert_span(history.T - history.recency, history.unit, "weeks")
        return recency_table(since, *self._came, self.pair, self.level)

    @property
    def deciles(self) -> pd.DataFrame:
        """By tenth of expected purchases, see :func:`relops.customers.calibration.decile_table`."""
        return decile_table(self.holdout.expected[self.model], *self._came, self.pair, self.level)

    @property
    def ranking(self) -> pd.DataFrame:
        """The gain curves, see :func:`relops.customers.calibration.ranking_table`."""
        return ranking_table(self.pair, *self._came)

    @property
    def _came(self) -> tuple[np.ndarray, np.ndarray]:
        return self.holdout.actual, self.holdout.customers


def hold_out(history: CustomerHistory, models: Sequence[PurchaseModel], holdout_end: datetime.date) -> Holdout:
    """Return what the models, fitted up to the end of ``history``, and the baseline expect of the days after it.

    ``history`` comes from :func:`relops.customers.history.read_holdout`. Raises Unavailable (M2) with fewer
    than thirty purchases held out, or without any model.
    """
    held_out = int((history.frame["holdout_purchases"] * history.frame["customers"]).sum())
    if held_out < LEAST_PURCHASES or not models:
        found = Evidence("lifetime_value.holdout.purchases", held_out, "purchases")
        raise Unavailable(TOO_LITTLE, "lifetime_value.holdout", {"purchases": found})
    span = convert_span((holdout_end - history.observation_end).days, "days", history.unit)
    expected = {each.name: each.expected_purchases(history, span) for each in (*models, ConstantRate())}
    return Holdout(history, holdout_end, {model.name: model for model in models}, expected)


def validate(holdout: Holdout, serving: PurchaseModel, *, spend: GammaGamma | Unavailable,
             level: float) -> Validation:
    """Return how the model that serves did on a hold-out, fitted to the time before it, with its rivals beside it;
    ``spend`` is fitted up to the same day.

    Raises Unavailable (M7) where the model has no best parameters for the time before the hold-out.
    """
    model = serving.name
    if model not in holdout.models:
        raise Unavailable(CHECK_FAILED, f"lifetime_value.{model}")
    found = score(holdout.expected, holdout.actual, holdout.customers, level)
    revenue = paid = None
    if isinstance(spend, GammaGamma):
        revenue, paid = _revenue_bias(holdout, model, spend, level), _spend_scores(holdout, spend, level)
    scores = {key: estimate for key, estimate in found.items() if key[1] in METRICS}
    return Validation(model, holdout, scores, found[model, "gain"], found[model, "top"],
                      interval_coverage(holdout, model, level), revenue, paid)


def rolling_scores(holdouts: Sequence[Holdout], model: str, level: float) -> pd.DataFrame:
    """Return a row for each hold-out that the model was fitted for: from, to, customers, actual_purchases, and,
    for ``model`` and ``baseline``, rmse and bias of the total with its interval."""
    rows = []
    for held in holdouts:
        if model not in held.models:
            continue
        names = {model: "model", BASELINE: BASELINE}
        found = score({name: held.expected[name] for name in names}, held.actual, held.customers, level)
        row = {"from": held.calibration_end + datetime.timedelta(days=1), "to": held.holdout_end,
               "customers": held.history.n, "actual_purchases": held.purchases}
        for name, label in names.items():
            bias = found[name, "bias"]
            row |= {f"{label}_rmse": found[name, "rmse"].value, f"{label}_bias": bias.value,
                    f"{label}_bias_low": bias.low, f"{label}_bias_high": bias.high}
        rows.append(row)
    return pd.DataFrame(rows)


def _revenue_bias(holdout: Holdout, model: str, spend: GammaGamma, level: float) -> dict[str, Estimate]:
    """Return by model the surplus of expected over actual revenue, relative to it."""
    history, baseline = holdout.history, ConstantRate()
    paid, squares = (history.frame[name].to_numpy(float) for name in ("holdout_spend", "holdout_spend_squares"))
    made, found = weighted_sum(paid), {}
    for name, money in ((model, spend.expected_spend(history)), (BASELINE, baseline.expected_spend(history))):
        each = holdout.expected[name] * money
        ratio = weighted_sum(holdout.customers, each) / made if made > 0 else np.nan
        # what customers of one row spent differs: their squares are in the summary
        residual = weighted_sum(holdout.customers * each**2 - 2 * ratio * each * paid + ratio**2 * squares)
        half = critical_value(level) * np.sqrt(max(residual, 0)) / made if made > 0 else np.nan
        found[name] = Estimate(ratio - 1, ratio - 1 - half, ratio - 1 + half, history.n, level)
    return found


def _spend_scores(holdout: Holdout, spend: GammaGamma, level: float) -> dict[tuple[str, str], Estimate] | None:
    """Return the scores of the expected spend a purchase, of Gamma-Gamma and of each one's own mean so far, on
    the repeat buyers who bought again; None with fewer than thirty purchases among them."""
    history = holdout.history
    again = (holdout.actual > 0) & (history.frequency > 0)
    if weighted_sum(holdout.customers, again * holdout.actual) < LEAST_PURCHASES:
        return None
    customers = holdout.customers[again]
    paid = history.frame["holdout_spend"].to_numpy(float)[again] / (holdout.actual[again] * customers)
    expected = {"gamma_gamma": spend.expected_spend(history)[again],
                OWN_MEAN: ConstantRate().expected_spend(history)[again]}
    found = score(expected, paid, customers, level)
    return {key: estimate for key, estimate in found.items() if key[1] in METRICS}


def interval_coverage(holdout: Holdout, name: str, level: float) -> Estimate:
    """Return the share of customers whose held-out purchases lay in the central prediction interval of the
    model at ``level``. Counts are whole, so a model that is right covers that share or more."""
    history, actual, model = holdout.history, holdout.actual, holdout.models[name]
    below, at = np.zeros(len(actual)), np.zeros(len(actual))
    for count in range(int(actual.max()) + 1):
        rows = np.flatnonzero(actual >= count)
        part = replace(history, frame=history.frame.iloc[rows])
        chance = model.purchase_probability(count, holdout.span, part)
        at[rows] += chance
        below[rows] += np.where(actual[rows] > count, chance, 0)
    tail = (1 - level) / 2
    inside = (at >= tail) & (below < 1 - tail)
    return estimate_share(weighted_sum(holdout.customers, inside), history.n, level)


def earned(model: PurchaseModel, validation: Validation) -> PurchaseModel:
    """Return the model if it may serve. Raises Unavailable (M7), with both errors, where it lost to the
    baseline on the hold-out."""
    if validation.verdict == "worse":
        errors = {name: holdout_evidence(validation, name, "rmse") for name in (validation.model, BASELINE)}
        raise Unavailable(CHECK_FAILED, "lifetime_value.holdout", errors)
    return model


def holdout_evidence(validation: Validation, model: str, metric: str) -> Evidence:
    """Return one score as evidence; bias is a share, the others plain numbers."""
    unit = "share" if metric == "bias" else "ratio"
    scores = validation.spend if model in ("gamma_gamma", OWN_MEAN) else validation.scores
    return scores[model, metric].evidence(f"lifetime_value.holdout.{model}.{metric}", unit)
