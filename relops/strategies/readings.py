"""The effects of a sound test, each by the method that suits its metric, as far as it may be read yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from relops.strategies.effects import Effect, compare, compare_clusters
from relops.strategies.looking import ONCE, PLANNED, Looking
from relops.strategies.moments import Moments, scan
from relops.strategies.outcomes import Outcome, Subjects
from relops.strategies.quantiles import compare_quantiles, enough_for
from relops.strategies.randomisation import is_sparse, randomisation_test, relative_interval
from relops.strategies.strata import compare_strata

TRAJECTORY = ["metric", "arm", "look", "day", "n", "effect", "low", "high"]
MOST_ROWS = 2_000_000  # subjects of one experiment that a method which needs rows may take


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


def read_effects(subjects: Subjects, moments: Mapping[str, Moments], looking: Looking,
                 settings: Settings) -> tuple[tuple[Effect, ...], pd.DataFrame]:
    """Return the effects of a test as it may be read, and how they came about over the planned looks."""
    planned, latest = looking.kind == PLANNED, looking.done - 1
    if planned:
        subjects = replace(subjects, table=subjects.table.filter(subjects.table.look <= latest))
    effects, rows = [], []
    for outcome in subjects.outcomes:
        name = outcome.metric.id
        now = moments[name].up_to("look", latest) if planned else moments[name]
        level = looking.level(min((cell.count() for cell in now.arms().values()), default=1) * 2)
        own = effects_of(outcome, subjects, now, level, settings)
        by_arm = {effect.arm: [1.0] * latest for effect in own} if planned else {effect.arm: [] for effect in own}
        gone = latest if planned and not subjects.experiment.cluster and outcome.metric.kind != "quantile" else 0
        for look in range(gone):
            seen = moments[name].up_to("look", look)
            for effect in compare(seen, str(subjects.experiment.control), looking.level(0, look)):
                if effect.arm in by_arm and effect.effect.low is not None:
                    by_arm[effect.arm][look] = effect.p
                    rows.append(_step(outcome, effect, looking, look))
        for effect in own:
            if planned and effect.effect.low is not None:
                rows.append(_step(outcome, effect, looking, latest))
            effects.append(_over_looks(effect, looking, [*by_arm[effect.arm], effect.p]))
    frame = pd.DataFrame(rows, columns=TRAJECTORY)
    primary = [metric.id for metric in subjects.experiment.metrics if metric.role == "primary"]
    return tuple(effects), frame[frame["metric"].isin(primary)].sort_values(["metric", "arm", "look"])


def _step(outcome: Outcome, effect: Effect, looking: Looking, look: int) -> dict[str, object]:
    return {"metric": outcome.metric.id, "arm": effect.arm, "look": look + 1, "day": looking.days[look], "n": effect.n,
            "effect": effect.effect.value, "low": effect.effect.low, "high": effect.effect.high}


def _over_looks(effect: Effect, looking: Looking, by_look: Sequence[float]) -> Effect:
    """Return an effect with the p and the level that hold over all readings."""
    if looking.kind == ONCE:
        return effect
    level = 1 - looking.alpha
    relative = None if effect.relative is None else replace(effect.relative, level=level)
    return replace(effect, p=looking.p(by_look, effect.n), relative=relative,
                   effect=replace(effect.effect, level=level))


def effects_of(outcome: Outcome, subjects: Subjects, moments: Moments, level: float,
               settings: Settings) -> list[Effect]:
    """Return the effects of one metric by the method that suits it: clusters where they were drawn, the randomisation
    test where few subjects of the smaller arm have a value at all, else means, shares and ratios."""
    experiment, control = subjects.experiment, str(subjects.experiment.control)
    if experiment.cluster:
        by_cluster = scan(subjects.table, [outcome], ["arm", "cluster"])
        return compare_clusters(by_cluster.moments[outcome.metric.id], control, level)
    if outcome.metric.kind == "quantile":
        return _quantiles(outcome, read_arms(subjects, outcome), control, level)
    within = compare_strata(moments, control, level) if "stratum" in moments.by and not outcome.denominator else None
    found = within or compare(moments, control, level)
    if outcome.metric.kind not in ("mean", "count") or outcome.denominator or not _sparse(moments):
        return found
    arms = read_arms(subjects, outcome)
    return [_drawn(effect, arms, level, settings) for effect in found]


def read_arms(subjects: Subjects, outcome: Outcome) -> dict[str, np.ndarray]:
    """Return the values of an outcome by planned arm, of at most :data:`MOST_ROWS` subjects."""
    rows = subjects.known(outcome).select("arm", outcome.value).limit(MOST_ROWS).to_pandas()
    arms = {arm: values.to_numpy() for arm, values in rows.groupby("arm")[outcome.value]}
    return {arm: arms[arm] for arm in subjects.experiment.arms if arm in arms}


def _quantiles(outcome: Outcome, arms: Mapping[str, np.ndarray], control: str, level: float) -> list[Effect]:
    share = outcome.metric.share
    return [replace(compare_quantiles(arms[control], values, share, level), metric=outcome.metric.id, arm=arm,
                    control_arm=control) for arm, values in arms.items()
            if arm != control and control in arms and enough_for(share, arms[control], values)]


def _sparse(moments: Moments) -> bool:
    return is_sparse(moments.fewest(), min((cell.count() for cell in moments.arms().values()), default=0))


def _drawn(effect: Effect, arms: Mapping[str, np.ndarray], level: float, settings: Settings) -> Effect:
    given = (arms[effect.control_arm], arms[effect.arm], level, settings.draws, settings.seed)
    found, p = randomisation_test(*given)
    return replace(effect, effect=found, p=p, relative=relative_interval(*given), method="randomisation",
                   variance_cut=None)
