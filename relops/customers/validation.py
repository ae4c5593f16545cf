"""The hold-out: what a model fitted to the past says of weeks it has not seen, beside the baseline."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from relops.customers.availability import CHECK_FAILED, TOO_LITTLE, Unavailable
from relops.customers.estimates import Estimate, estimate_mean
from relops.customers.history import CustomerHistory
from relops.customers.models import ConstantRate, GammaGamma, PurchaseModel
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence
from relops.units import DAYS_PER_WEEK, convert_span

METRICS = ("mae", "rmse", "bias", "gini")
LEAST_PURCHASES = 30
MOST_FREQUENCY = 7  # so many repeat purchases and more share the last row of the calibration table
CURVE = np.linspace(0, 1, 101)
TOP_SHARE = 0.2  # the gain curve is read off at the first fifth of customers


@dataclass(frozen=True)
class Validation:
    """A model and the baseline on the same held-out weeks; every interval is a bootstrap over customers.

    ``scores`` maps (model, metric) to an estimate: mae and rmse in purchases a customer; bias the surplus of
    expected over actual purchases, relative to these; gini that of the ranking, normalised to one for a
    perfect one. ``gain`` is the baseline's mean squared error less the model's; ``verdict`` is better, worse
    or undecided as its interval lies above, below or across zero. ``top_fifth`` is the share of held-out
    purchases made by the fifth of customers whom the model expects to buy most. ``revenue_bias`` (by model)
    is the surplus of expected over actual revenue, None where spend could not be modelled. ``calibration``
    has one row a calibration frequency: frequency, customers, actual, low, high, and the mean expected by
    each model. ``ranking`` is the gain curve: share_customers (those expected to buy most first), and the
    share of held-out purchases they made when ranked by each model, or perfectly.
    """

    model: str
    calibration_end: datetime.date
    holdout_end: datetime.date
    customers: int
    purchases: int
    expected: Mapping[str, float]
    scores: Mapping[tuple[str, str], Estimate]
    gain: Estimate
    top_fifth: Estimate
    verdict: str
    revenue_bias: Mapping[str, Estimate] | None
    calibration: pd.DataFrame
    ranking: pd.DataFrame

    @property
    def weeks(self) -> int:
        """Length of the hold-out."""
        return (self.holdout_end - self.calibration_end).days // DAYS_PER_WEEK


def validate(history: CustomerHistory, model: PurchaseModel, holdout_end: datetime.date, *,
             spend: GammaGamma | Unavailable, replicates: int, level: float, seed: int) -> Validation:
    """Return how the model, fitted up to the end of ``history``, does on the days after it.

    ``history`` comes from :func:`relops.customers.history_summary.holdout_summary`; ``spend`` is fitted up to
    the same day. Raises Unavailable (M2) with fewer than thirty purchases held out.
    """
    actual, customers = history.frame["holdout_purchases"].to_numpy(float), history.customers
    purchases = int(weighted_sum(customers, actual))
    if purchases < LEAST_PURCHASES:
        held_out = Evidence("lifetime_value.holdout.purchases", purchases, "purchases")
        raise Unavailable(TOO_LITTLE, "lifetime_value.holdout", {"purchases": held_out})
    span = convert_span((holdout_end - history.observation_end).days, "days", history.unit)
    baseline = ConstantRate()
    expected = {each.name: each.expected_purchases(history, span) for each in (model, baseline)}
    scored = _intervals(_scorer(expected, actual), customers, replicates, level, seed)
    revenue = None
    if isinstance(spend, GammaGamma):
        values = {model.name: expected[model.name] * spend.expected_spend(history),
                  baseline.name: expected[baseline.name] * baseline.expected_spend(history)}
        made = history.frame["holdout_spend"].to_numpy(float) / customers
        revenue = _intervals(_revenue_scorer(values, made), customers, replicates, level, seed)
    gain, top_fifth = scored.pop(("gain", "mse")), scored.pop(("top", "share"))
    return Validation(
        model.name, history.observation_end, holdout_end, history.n, purchases,
        {name: weighted_sum(customers, values) for name, values in expected.items()}, scored, gain, top_fifth,
        "better" if gain.low > 0 else "worse" if gain.high < 0 else "undecided", revenue,
        calibration_table(history.frequency, actual, customers, expected, level),
        ranking_table(expected, actual, customers))


def earned(model: PurchaseModel, validation: Validation) -> PurchaseModel:
    """Return the model if it may serve. Raises Unavailable (M7), with both errors, where it lost to the
    baseline on the hold-out."""
    if validation.verdict == "worse":
        errors = {name: holdout_evidence(validation, name, "rmse") for name in validation.expected}
        raise Unavailable(CHECK_FAILED, "lifetime_value.holdout", errors)
    return model


def holdout_evidence(validation: Validation, model: str, metric: str) -> Evidence:
    """Return one score as evidence; bias is a share, the others plain numbers."""
    unit = "share" if metric == "bias" else "ratio"
    return validation.scores[model, metric].evidence(f"lifetime_value.holdout.{model}.{metric}", unit)


def _intervals(scorer: Callable[[np.ndarray], dict], customers: np.ndarray, replicates: int, level: float,
               seed: int) -> dict:
    """Return each score with its interval from customers drawn anew (on distinct rows: new weights)."""
    n = int(customers.sum())
    rng = np.random.default_rng(seed)
    drawn = pd.DataFrame([scorer(rng.multinomial(n, customers / n)) for _ in range(replicates)])
    low, high = (drawn.quantile(share) for share in ((1 - level) / 2, (1 + level) / 2))
    return {key: Estimate(float(value), float(low[key]), float(high[key]), n, level)
            for key, value in scorer(customers).items()}


def _scorer(expected: Mapping[str, np.ndarray], actual: np.ndarray) -> Callable[[np.ndarray], dict]:
    """Return the function from weights to all scores; what does not depend on weights is done once."""
    _, perfect = np.unique(-actual, return_inverse=True)
    ranks = {name: np.unique(-values, return_inverse=True)[1] for name, values in expected.items()}

    def scores(weights: np.ndarray) -> dict[tuple[str, str], float]:
        n, made = weighted_sum(weights), weighted_sum(weights, actual)
        best = _area(perfect, actual, weights)
        found, squares = {}, []
        for name, values in expected.items():
            error = values - actual
            squares.append(weighted_sum(weights, error**2) / n)
            gini = _area(ranks[name], actual, weights) / best if best > 0 else 0.0
            bias = weighted_sum(weights, error) / max(made, 1)
            numbers = weighted_sum(weights, np.abs(error)) / n, np.sqrt(squares[-1]), bias, gini
            found |= {(name, metric): number for metric, number in zip(METRICS, numbers, strict=True)}
        first = next(iter(expected))
        top = np.interp(TOP_SHARE, *_shares(ranks[first], actual, weights))
        return found | {("gain", "mse"): squares[1] - squares[0], ("top", "share"): top}

    return scores


def _revenue_scorer(expected: Mapping[str, np.ndarray], actual: np.ndarray) -> Callable[[np.ndarray], dict]:
    def scores(weights: np.ndarray) -> dict[str, float]:
        made = weighted_sum(weights, actual)
        return {name: weighted_sum(weights, values) / made - 1 if made > 0 else np.nan
                for name, values in expected.items()}

    return scores


def _shares(rank: np.ndarray, actual: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cumulative shares of customers and purchases from rank to rank; equals count as one step, so
    the order of rows plays no part."""
    people, made = np.bincount(rank, weights), np.bincount(rank, weights * actual)
    return tuple(np.append(0, np.cumsum(counts)) / counts.sum() for counts in (people, made))


def _area(rank: np.ndarray, actual: np.ndarray, weights: np.ndarray) -> float:
    """Return the area between the gain curve and the diagonal (half the Gini coefficient of the ranking)."""
    people, made = _shares(rank, actual, weights)
    return float(np.trapezoid(made, people) - 0.5)


def calibration_table(frequency: np.ndarray, actual: np.ndarray, customers: np.ndarray,
                      expected: Mapping[str, np.ndarray], level: float) -> pd.DataFrame:
    """Return mean held-out purchases by calibration frequency 0 to 7 and more: frequency, customers, actual
    with low and high, and one column a model."""
    band = np.minimum(frequency, MOST_FREQUENCY).astype(int)
    rows = []
    for value in np.unique(band):
        inside = band == value
        weights = customers[inside]
        mean = estimate_mean(actual[inside], weights, level)
        means = {name: weighted_sum(weights, values[inside]) / weighted_sum(weights)
                 for name, values in expected.items()}
        rows.append({"frequency": value, "customers": int(weights.sum()), "actual": mean.value,
                     "low": mean.low, "high": mean.high} | means)
    return pd.DataFrame(rows)


def ranking_table(expected: Mapping[str, np.ndarray], actual: np.ndarray,
                  customers: np.ndarray) -> pd.DataFrame:
    """Return the gain curves: share_customers, and the share of purchases by each model and a perfect
    ranking."""
    curves = {"share_customers": CURVE}
    for name, values in {**expected, "perfect": actual}.items():
        _, rank = np.unique(-values, return_inverse=True)
        curves[name] = np.interp(CURVE, *_shares(rank, actual, customers))
    return pd.DataFrame(curves)
