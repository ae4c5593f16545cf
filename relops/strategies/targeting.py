"""Who should get which arm next time, and whether choosing beats giving everyone the best one.

A doubly robust learner with cross-fitting (Kennedy 2023): what each arm would have brought is predicted for every
subject by models that never saw the subject, and corrected by what happened, weighed by the known chance of the arm.
Means of these scores are unbiased whatever the models are worth, because the arms were drawn; so the value of a policy
(Athey & Wager 2021) and the gain from treating the most promising first are read off them with a standard error.
Everything is judged on subjects that the policy was not fitted to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from relops.customers.estimates import Estimate, critical_value

if TYPE_CHECKING:  # scikit-learn is imported where something is fitted: a run without experiments never waits for it
    from sklearn.pipeline import Pipeline

FEWEST = 100  # subjects an arm, below which nothing is learned
FOLDS = 5
MOST_CATEGORIES, OTHER = 40, "other"
PENALTIES = np.logspace(0, 6, 13)
CURVE = np.linspace(0, 1, 51)


@dataclass(frozen=True, eq=False)
class Scores:
    """One row a subject, one column an arm: ``scores`` are unbiased for what the arm would bring this subject, net of
    its cost; ``effects`` the predicted effect of each arm over the control (zero for the control); ``fold`` which part
    of the subjects the predictions did not see, and ``before`` the same effects by the folds before it alone (the first
    has none)."""

    arms: tuple[str, ...]
    control: str
    scores: np.ndarray
    effects: np.ndarray
    before: np.ndarray
    fold: np.ndarray

    @property
    def n(self) -> int:
        """Number of subjects."""
        return len(self.scores)

    def column(self, arm: str) -> int:
        """Return the column of an arm."""
        return self.arms.index(arm)


@dataclass(frozen=True, eq=False)
class Learned:
    """What a policy was learned from: the ``scores`` of all subjects and their ``features``."""

    scores: Scores
    features: pd.DataFrame

    def effects_on(self, others: pd.DataFrame) -> pd.DataFrame:
        """Return what each arm is expected to bring over the control, net of its cost, to people the test never saw:
        one row each of ``others`` (the same features), one column an arm."""
        if others.empty:
            return pd.DataFrame(0.0, others.index, list(self.scores.arms))
        x = encode(pd.concat([self.features, others[list(self.features)]], ignore_index=True))
        seen, scores = x[:self.scores.n], self.scores.scores
        control = scores[:, self.scores.column(self.scores.control)]
        return pd.DataFrame({arm: np.zeros(len(others)) if arm == self.scores.control else _line().fit(
            seen, scores[:, place] - control).predict(x[self.scores.n:]) for place, arm in enumerate(self.scores.arms)},
            index=others.index)

    def over_control(self, arms: Sequence[str], level: float) -> Estimate:
        """Return what giving each subject the arm named for it brings over the control, per subject, net of cost."""
        columns = [self.scores.column(arm) for arm in arms]
        control = self.scores.scores[:, self.scores.column(self.scores.control)]
        return _mean(self.scores.scores[np.arange(self.scores.n), columns] - control, level)


@dataclass(frozen=True, eq=False)
class Policy:
    """What targeting is worth, per subject and net of cost.

    ``chosen`` is each subject's arm by the policy, fitted without the subject; ``value`` what a subject then brings,
    ``single`` what the best one arm for everyone does (``best``, chosen without the subjects it is judged on) and
    ``gain`` the difference: targeting is ``worth_it`` only if its interval lies above zero. ``arms`` is what each arm
    brings if everyone has it. ``curve`` has one row a share of subjects treated, most promising first: share, gain,
    low, high, and random (the same share at random); ``qini`` is the mean height of gain over random; ``learned`` what
    serves to predict for people outside the test. All but ``chosen`` and ``arms`` are read off the folds after the
    first.
    """

    chosen: np.ndarray
    value: Estimate
    best: str
    single: Estimate
    gain: Estimate
    arms: Mapping[str, Estimate]
    curve: pd.DataFrame
    qini: Estimate
    learned: Learned | None = None

    @property
    def worth_it(self) -> bool:
        """Whether choosing beat the best single arm on subjects it had not seen."""
        return self.gain.low > 0


def score_arms(features: pd.DataFrame, arm: Sequence[str], value: Sequence[float], shares: Mapping[str, float],
               control: str, costs: Mapping[str, float], seed: int) -> Scores:
    """Return the doubly robust scores of all arms for every subject.

    ``features`` are known before assignment (numbers, or text that is taken as categories), ``value`` is what each
    subject brought, ``shares`` the chance of each arm, ``costs`` what it costs to give it to a subject. Raises
    ValueError with fewer than :data:`FEWEST` subjects in an arm.
    """
    arms = tuple(shares)
    drawn = np.array([arms.index(name) for name in arm])
    counts = np.bincount(drawn, minlength=len(arms))
    if counts.min() < FEWEST:
        raise ValueError(f"{counts.min()} subjects in an arm; {FEWEST} are needed")
    from sklearn.model_selection import StratifiedKFold

    chance = np.array(list(shares.values())) / sum(shares.values())
    cost = np.array([costs.get(name, 0.0) for name in arms])
    x, y = encode(features), np.asarray(value, float)
    scores, effects = np.empty((len(y), len(arms))), np.zeros((len(y), len(arms)))
    fold = np.empty(len(y), int)
    splits = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, drawn))
    for number, (train, test) in enumerate(splits):
        scores[test] = _robust(x, y, drawn, chance, train, test)
        fold[test] = number
    scores -= cost
    before, base = np.zeros_like(effects), arms.index(control)
    for number, (train, test) in enumerate(splits):
        for place in (place for place in range(len(arms)) if place != base):
            contrast = scores[:, place] - scores[:, base]
            effects[test, place] = _line().fit(x[train], contrast[train]).predict(x[test])
            if number:
                earlier = np.flatnonzero(fold < number)
                before[test, place] = _line().fit(x[earlier], contrast[earlier]).predict(x[test])
    return Scores(arms, control, scores, effects, before, fold)


def encode(features: pd.DataFrame) -> np.ndarray:
    """Return features as numbers: text that holds numbers as these, other text as one column a category (the rarer
    than the :data:`MOST_CATEGORIES` most frequent are one), what is missing at the median and marked."""
    columns = []
    for name in features:
        column = _as_numbers(features[name])
        if pd.api.types.is_numeric_dtype(column):
            known = column.astype(float)
            columns.append(known.fillna(known.median() if known.notna().any() else 0.0))
            if known.isna().any():
                columns.append(known.isna().astype(float))
        else:
            words = column.astype("string").fillna("?")
            counts = words.value_counts().sort_index().sort_values(ascending=False, kind="stable")
            words = words.where(words.isin(counts.index[:MOST_CATEGORIES]), OTHER)
            columns += [part for _, part in pd.get_dummies(words).astype(float).items()]
    return np.column_stack(columns) if columns else np.zeros((len(features), 1))


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return text of which every known value is a number as numbers; any other column as it is."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    found = pd.to_numeric(column, errors="coerce")
    return found if (found.notna() | column.isna()).all() else column


def _robust(x: np.ndarray, y: np.ndarray, drawn: np.ndarray, chance: np.ndarray, train: np.ndarray,
            test: np.ndarray) -> np.ndarray:
    found = np.empty((len(test), len(chance)))
    for place, share in enumerate(chance):
        mine = train[drawn[train] == place]
        predicted = _curves().fit(x[mine], y[mine]).predict(x[test])
        found[:, place] = predicted + (drawn[test] == place) / share * (y[test] - predicted)
    return found


def _line() -> Pipeline:
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(PENALTIES))


def _curves() -> Pipeline:
    """Return a model of what an arm brings: smooth in each feature. A wrong one costs precision, never truth."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    return make_pipeline(SplineTransformer(4, 2, knots="quantile"), StandardScaler(), RidgeCV(PENALTIES))


def judge(scores: Scores, level: float) -> Policy:
    """Return the value of treating each subject with the arm of largest predicted effect, beside one arm for all.

    Both are judged on the folds after the first, by what those before each of them taught (Luedtke & van der Laan
    2016): where arms differ little, choices that rest on the very subjects of other folds vary together with these, and
    intervals that ignore it are too narrow.
    """
    control = scores.column(scores.control)
    over = scores.scores - scores.scores[:, [control]]
    chosen = scores.effects.argmax(axis=1)
    judged = np.flatnonzero(scores.fold > 0)
    single = np.empty(scores.n, int)
    for number in range(1, int(scores.fold.max()) + 1):  # the best single arm, too, is chosen on those before
        single[scores.fold == number] = over[scores.fold < number].mean(axis=0).argmax()
    best = scores.arms[int(over.mean(axis=0).argmax())]
    value = scores.scores[judged, scores.before[judged].argmax(axis=1)]
    alone = scores.scores[judged, single[judged]]
    curve, qini = gain_curve(scores, level)
    return Policy(np.array(scores.arms)[chosen], _mean(value, level), best, _mean(alone, level),
                  _mean(value - alone, level), {arm: _mean(scores.scores[:, place], level)
                                                for place, arm in enumerate(scores.arms)}, curve, qini)


def gain_curve(scores: Scores, level: float) -> tuple[pd.DataFrame, Estimate]:
    """Return the gain per subject of treating the most promising share with their best arm, and the Qini coefficient.

    Each subject's arm is the one of largest predicted effect other than the control. Gain at a share is the mean over
    all subjects judged of the score difference of those treated; Qini the mean over shares of gain less what the same
    share at random would bring. Every fold after the first is ranked by itself, by what those before it taught: a
    prediction leans away from the mean of the very fold it did not see, and one ranking of all folds puts the worst of
    them first. Intervals treat the ranking as given.
    """
    judged = scores.fold > 0
    promises, own, fold = scores.before[judged], scores.scores[judged], scores.fold[judged]
    control = scores.column(scores.control)
    others = [place for place in range(len(scores.arms)) if place != control]
    arm = np.array(others)[promises[:, others].argmax(axis=1)]
    rows = np.arange(len(own))
    promise, score = promises[rows, arm], own[rows, arm] - own[:, control]
    # equal promises are treated in part, all alike, so that the order of rows plays no part
    places = pd.Series(-promise).groupby(fold)
    size = places.transform("size").to_numpy()
    first, last = (places.rank(method=method).to_numpy() / size for method in ("min", "max"))
    first = first - 1 / size
    beyond = score - pd.Series(score).groupby(fold).transform("mean").to_numpy()
    table, height = [], np.zeros(len(own))
    for share in CURVE:
        treated = np.clip((share - first) / (last - first), 0, 1)
        gain = _mean(score * treated, level)
        table.append({"share": share, "gain": gain.value, "low": gain.low, "high": gain.high,
                      "random": share * score.mean()})
        height += beyond * (treated - share) / (len(CURVE) - 1)
    return pd.DataFrame(table), _mean(height, level)


def _mean(values: np.ndarray, level: float) -> Estimate:
    half = critical_value(level) * float(values.std(ddof=1) / np.sqrt(len(values)))
    mean = float(values.mean())
    return Estimate(mean, mean - half, mean + half, len(values), level)
