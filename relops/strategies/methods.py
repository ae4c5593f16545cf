"""The effect of every arm on one metric by the method that suits it: one choice for the whole test, for every planned
look and for every segment, so that none of them is read by a rule the others would not bear."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from relops.brief.experiments import Experiment
from relops.strategies.clusters import compare_clusters
from relops.strategies.effects import FEW_AS_MEAN, SHARES, Effect, compare
from relops.strategies.moments import VALUE, Moments, scan
from relops.strategies.outcomes import Outcome, Subjects, some_subjects
from relops.strategies.quantiles import compare_quantiles, enough_for
from relops.strategies.randomisation import is_lopsided, is_sparse, randomisation_test
from relops.strategies.ratio_randomisation import needs_drawing, ratio_test
from relops.strategies.strata import compare_strata

FINENESS, MOST_DRAWN = 20, 20_000_000  # draws at a level's chance of error, and values drawn for them at most


@dataclass(frozen=True)
class Settings:
    """How experiments are planned and evaluated: error rate and power where the brief names none, days a covariate
    looks back and days observed where a metric has no window, draws of the randomisation test and their seed."""

    alpha: float
    covariate_days: int
    draws: int
    seed: int
    power: float = 0.8
    window_days: int = 30


def effects_of(outcome: Outcome, subjects: Callable[[], Subjects], moments: Moments, level: float,
               settings: Settings, experiment: Experiment) -> list[Effect]:
    """Return the effects of one metric by the method that suits it: clusters where they were drawn, the randomisation
    test where few subjects of the smaller arm have a value at all or unequal arms meet a long tail, else means, shares
    and ratios.

    ``moments`` are those of ``subjects``, both of the same look or segment; these are called for only where rows are
    needed: to write a query costs more than most tests.
    """
    control = str(experiment.control)
    if experiment.cluster:
        by_cluster = scan(subjects().table, [outcome], ["arm", "cluster"])
        return compare_clusters(by_cluster.moments[outcome.metric.id], control, level,
                                _draws(moments, level, settings, experiment), settings.seed)
    if outcome.metric.kind == "quantile":
        return _quantiles(outcome, read_arms(subjects(), outcome), control, level)
    few = outcome.metric.kind in SHARES and moments.fewest() < FEW_AS_MEAN
    whole = "stratum" in moments.by and not outcome.denominator and not few
    found = (compare_strata(moments, control, level) if whole else None) or compare(moments, control, level)
    draws = _draws(moments, level, settings, experiment)
    if outcome.denominator:
        return _ratios_drawn(found, outcome, subjects, moments, level, draws, settings.seed)
    if outcome.metric.kind not in ("mean", "count"):
        return found
    drawn = found if _sparse(moments) else _lopsided(found, subjects, moments)
    arms = read_arms(subjects(), outcome) if drawn else {}
    return [_drawn(effect, arms, draws, level, settings.seed) if effect in drawn else effect for effect in found]


def read_arms(subjects: Subjects, outcome: Outcome) -> dict[str, np.ndarray]:
    """Return the values of an outcome by planned arm, of :func:`some_subjects`, in ascending order: what is drawn from
    them must not depend on the key that customers bear."""
    rows = some_subjects(subjects.known(outcome)).select("arm", outcome.value).to_pandas()
    arms = {arm: np.sort(values.to_numpy()) for arm, values in rows.groupby("arm")[outcome.value]}
    return {arm: arms[arm] for arm in subjects.experiment.arms if arm in arms}


def _quantiles(outcome: Outcome, arms: Mapping[str, np.ndarray], control: str, level: float) -> list[Effect]:
    share = outcome.metric.share
    return [replace(compare_quantiles(arms[control], values, share, level), metric=outcome.metric.id, arm=arm,
                    control_arm=control) for arm, values in arms.items()
            if arm != control and control in arms and enough_for(share, arms[control], values)]


def _ratios_drawn(effects: list[Effect], outcome: Outcome, subjects: Callable[[], Subjects], moments: Moments,
                  level: float, draws: int, seed: int) -> list[Effect]:
    """Return the effects on a ratio, those by the randomisation test where the delta method is not to be trusted."""
    everyone = sum(cell.count() for cell in moments.arms().values())
    share = sum(moments.some.values()) / everyone if everyone else 0.0
    drawn = [each for each in effects if each.method.startswith("delta") and needs_drawing(
        share * min(each.control.n, each.treated.n), *sorted((each.control.n, each.treated.n)))]
    if not drawn:
        return effects
    rows = some_subjects(subjects().known(outcome)).select("arm", outcome.value, outcome.denominator).to_pandas()
    # in an order that does not depend on the key that customers bear
    rows = rows.sort_values(["arm", outcome.value, outcome.denominator])
    arms = {arm: own[[outcome.value, outcome.denominator]].to_numpy(float) for arm, own in rows.groupby("arm")}

    def anew(effect: Effect) -> Effect:
        found, p, relative = ratio_test(arms[effect.control_arm], arms[effect.arm], level, draws, seed)
        return replace(effect, effect=found, p=p, relative=effect.relative and relative, method="ratio_randomisation",
                       variance_cut=None)

    return [anew(effect) if effect in drawn else effect for effect in effects]


def _draws(moments: Moments, level: float, settings: Settings, experiment: Experiment) -> int:
    """Return as many draws as the family of all metrics and arms needs for its smallest p, as far as they can be
    had."""
    family = len(experiment.metrics) * (len(experiment.arms) - 1)
    needed = math.ceil(FINENESS * family / (1 - level))
    return max(settings.draws, min(needed, MOST_DRAWN // max(sum(moments.some.values()), 1)))


def _sparse(moments: Moments) -> bool:
    return is_sparse(moments.fewest(), moments.smallest())


def _lopsided(effects: list[Effect], subjects: Callable[[], Subjects], moments: Moments) -> list[Effect]:
    """Return the effects whose arms are too unequal for an outcome as skew as it is over all arms."""
    def suspects(skewness: float) -> list[Effect]:
        return [each for each in effects if is_lopsided(skewness, each.control.n, each.treated.n)]

    most = math.sqrt(sum(cell.count() for cell in moments.arms().values()))  # no sample is more skew
    return suspects(_skewness(subjects(), moments)) if suspects(most) else []


def _skewness(subjects: Subjects, moments: Moments) -> float:
    """Return the skewness of an outcome over all arms: a choice of test by one arm would lean on what it tests."""
    whole = functools.reduce(operator.add, moments.arms().values())
    n, spread = whole.count(), math.sqrt(whole.var(VALUE))
    if spread == 0:
        return 0.0
    value = subjects.known(moments.outcome)[moments.outcome.value]
    return float((((value - whole.mean(VALUE)) / spread) ** 3).mean().execute()) * (n / (n - 1)) ** 1.5


def _drawn(effect: Effect, arms: Mapping[str, np.ndarray], draws: int, level: float, seed: int) -> Effect:
    found, p, relative = randomisation_test(arms[effect.control_arm], arms[effect.arm], level, draws, seed)
    return replace(effect, effect=found, p=p, relative=relative, method="randomisation", variance_cut=None)
