"""Which model serves: chosen by what they said of held-out weeks, once, and then kept.

The rule: of the models fitted, the one with the lowest Poisson deviance on the rolling hold-outs is the best
forecaster. Every model within one standard error of it is as good as it is (Breiman, Friedman, Olshen and
Stone 1984), and among these the one with the lowest AIC on all data serves, which charges for each parameter.
An AIC within two of the lowest is no difference (Burnham and Anderson 2002): then the order of
:data:`CANDIDATES` decides, fewest parameters first and, among equals, those first that can say of a one-time
buyer whether he is still active. The choice is frozen in the lock, so that the next month measures a change
of customers, not of models.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from relops.customers.availability import CHECK_FAILED, Unavailable
from relops.customers.comparison import compare_models
from relops.customers.demands import require_whole
from relops.customers.history import CustomerHistory, read_holdout
from relops.customers.holdout_scores import mean_and_covariance
from relops.customers.models import PurchaseModel
from relops.customers.validation import Holdout, hold_out
from relops.units import DAYS_PER_WEEK

CANDIDATES = ("nbd", "mbg_nbd", "pareto_nbd", "bg_nbd")
ABOUT_ACTIVITY = ("mbg_nbd", "pareto_nbd")
SAME_AIC = 2.0
LOCK_MODEL, LOCK_ACTIVITY = "lifetime_value.model", "lifetime_value.activity_model"


@dataclass(frozen=True, eq=False)
class Choice:
    """The model that serves and why.

    ``source`` is holdout (chosen by this run), lock (frozen by an earlier one) or aic (no hold-out possible);
    ``today`` what this run would choose; ``activity`` the model that says who is still active (None where
    neither that can was fitted). ``table`` has one row a candidate: model, parameters, log_likelihood, aic,
    and, over ``origins`` hold-outs, deviance (mean a customer), gap to the lowest, error (standard error of
    that gap) and contender (whether it is within one).
    """

    model: str
    source: str
    today: str
    activity: str | None
    table: pd.DataFrame
    origins: int


def fit_candidates(history: CustomerHistory,
                   fit: Callable[[str, CustomerHistory], PurchaseModel]) -> dict[str, PurchaseModel]:
    """Return the candidates that the data let one fit, by name. Raises the last reason where none can be:
    Unavailable (M2) with too few repeat customers, ConvergenceError (M7) where no likelihood has a peak."""
    fitted: dict[str, PurchaseModel] = {}
    reason: Unavailable | None = None
    for name in CANDIDATES:
        try:
            fitted[name] = fit(name, history)
        except Unavailable as fault:
            reason = fault
    if not fitted:
        raise reason
    return fitted


def roll(purchase_days: Any, history: CustomerHistory, holdout_weeks: int, most: int, refund_policy: str, *,
         fit: Callable[[str, CustomerHistory], PurchaseModel]) -> list[Holdout]:
    """Return up to ``most`` hold-outs of ``holdout_weeks`` that follow each other, latest first, each with all
    candidates fitted to what came before it. Raises Unavailable where not even the latest is possible."""
    require_whole(most, 1, "roll.most")
    holdouts: list[Holdout] = []
    for end in rolling_ends(history.observation_end, history.longest_weeks, holdout_weeks, most):
        try:
            past = read_holdout(purchase_days, end, holdout_weeks, refund_policy)
            holdouts.append(hold_out(past, list(fit_candidates(past, fit).values()), end))
        except Unavailable:
            if not holdouts:
                raise
            break  # further back there is even less to fit
    return holdouts


def latest(holdouts: Sequence[Holdout]) -> Holdout:
    """Return the hold-out that ends with the data."""
    return holdouts[0]


def rolling_ends(observation_end: datetime.date, longest_weeks: float, holdout_weeks: int,
                 most: int) -> list[datetime.date]:
    """Return the last days of up to ``most`` hold-outs of ``holdout_weeks`` that follow each other up to
    ``observation_end``, latest first. Each but the latest leaves at least twice its length before it."""
    ends = [observation_end]
    for back in range(1, most):
        if longest_weeks - (back + 1) * holdout_weeks < 2 * holdout_weeks:
            break
        ends.append(observation_end - datetime.timedelta(days=DAYS_PER_WEEK * holdout_weeks * back))
    return ends


def choose(fitted: Mapping[str, PurchaseModel], holdouts: Sequence[Holdout] | Unavailable,
           settings: Mapping[str, Any]) -> Choice:
    """Return the choice among models fitted to all data, from what they said of hold-outs (where there are
    none: by AIC). What ``settings`` (the lock) holds goes first, if that model could be fitted."""
    holdouts = [] if isinstance(holdouts, Unavailable) else holdouts
    names = [name for name in CANDIDATES
             if name in fitted and all(name in holdout.models for holdout in holdouts)] or list(fitted)
    table = compare_models([fitted[name] for name in names]).drop(columns=["aic_gap", "degrees"])
    judged = bool(holdouts) and all(name in holdout.models for name in names for holdout in holdouts)
    table = table.join(_deviances(names, holdouts) if judged else _nothing(names))
    today = _best(table)
    activity = _best(table[table["model"].isin(ABOUT_ACTIVITY)])
    frozen, frozen_activity = settings.get(LOCK_MODEL), settings.get(LOCK_ACTIVITY)
    source = "lock" if frozen in fitted else "holdout" if judged else "aic"
    model = frozen if frozen in fitted else today
    if frozen_activity in fitted:
        activity = frozen_activity
    elif model in ABOUT_ACTIVITY:
        activity = model
    return Choice(model, source, today, activity, table, len(holdouts))


def serving(fitted: Mapping[str, PurchaseModel], choice: Choice, *, activity: bool = False) -> PurchaseModel:
    """Return the model that serves, or the one that says who is still active. Raises Unavailable (M7) where
    none that can was fitted."""
    name = choice.activity if activity else choice.model
    if name is None:
        raise Unavailable(CHECK_FAILED, "lifetime_value.activity")
    return fitted[name]


def to_freeze(choice: Choice | Unavailable) -> dict[str, str]:
    """Return what ``settings.lock`` is to hold of a choice; nothing where no hold-out has made it."""
    if isinstance(choice, Unavailable) or choice.source == "aic":
        return {}
    return {LOCK_MODEL: choice.model} | ({LOCK_ACTIVITY: choice.activity} if choice.activity else {})


def _nothing(names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"deviance": np.nan, "gap": np.nan, "error": np.nan, "contender": True},
                        index=range(len(names)))


def _deviances(names: Sequence[str], holdouts: Sequence[Holdout]) -> pd.DataFrame:
    """Return deviance, gap, error and contender of each model over all hold-outs. Their customers are the same
    people, so the errors of the gaps are averaged as if they went together: the cautious bound."""
    means, covariances = [], []
    for holdout in holdouts:
        column_of = {name: place for place, name in enumerate(holdout.models)}
        columns = holdout.deviances()[:, [column_of[name] for name in names]]
        mean, covariance = mean_and_covariance(columns, holdout.customers)
        means.append(mean)
        covariances.append(covariance)
    mean = np.mean(means, axis=0)
    best = int(np.argmin(mean))
    errors = [np.sqrt(np.maximum(np.diag(c) + c[best, best] - 2 * c[best], 0)) for c in covariances]
    error = np.mean(errors, axis=0)
    gap = mean - mean[best]
    return pd.DataFrame({"deviance": mean, "gap": gap, "error": error, "contender": gap <= error})


def _best(table: pd.DataFrame) -> str | None:
    """Return the model that the rule picks from rows in the order of the candidates."""
    contenders = table[table["contender"]] if table["contender"].any() else table
    if contenders.empty:
        return None
    alike = contenders[contenders["aic"] <= contenders["aic"].min() + SAME_AIC]
    return str(alike["model"].iloc[0])
