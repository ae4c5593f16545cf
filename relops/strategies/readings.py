"""The effects of a sound test as far as it may be read yet: once, at planned looks, or at any moment."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from relops.strategies.effects import Effect
from relops.strategies.looking import ONCE, PLANNED, Looking, even_subjects
from relops.strategies.methods import Settings, effects_of
from relops.strategies.moments import Moments
from relops.strategies.outcomes import Outcome, Subjects

TRAJECTORY = ["metric", "arm", "look", "day", "n", "effect", "low", "high"]


def read_effects(subjects: Subjects, moments: Mapping[str, Moments], looking: Looking,
                 settings: Settings) -> tuple[tuple[Effect, ...], pd.DataFrame]:
    """Return the effects of a test as it may be read, and how they came about over the planned looks."""
    effects, rows = [], []
    for outcome in subjects.outcomes:
        own = moments[outcome.metric.id]
        n = even_subjects(own.smallest())
        *earlier, latest = _by_look(outcome, subjects, own, looking, n, settings)
        for effect in latest:
            seen = [*(next((each for each in look if each.arm == effect.arm), None) for look in earlier), effect]
            if looking.kind == PLANNED:
                rows += [_step(outcome, each, looking, look) for look, each in enumerate(seen)
                         if each and each.effect.low is not None]
            effects.append(_over_looks(effect, looking, [each.p if each else 1.0 for each in seen], n))
    frame = pd.DataFrame(rows, columns=TRAJECTORY)
    primary = [metric.id for metric in subjects.experiment.metrics if metric.role == "primary"]
    return tuple(effects), frame[frame["metric"].isin(primary)].sort_values(["metric", "arm", "look"])


def _by_look(outcome: Outcome, subjects: Subjects, moments: Moments, looking: Looking, n: int,
             settings: Settings) -> list[list[Effect]]:
    """Return the effects of a metric at each planned look that is over, all by the same rule; at one alone where none
    were planned."""
    if looking.kind != PLANNED:
        return [effects_of(outcome, lambda: subjects, moments, looking.level(n), settings, subjects.experiment)]
    looks = []
    for look in range(looking.done):
        seen = functools.partial(_up_to, subjects, look)
        looks.append(effects_of(outcome, seen, moments.up_to("look", look), looking.level(0, look), settings,
                                subjects.experiment))
    return looks


def _up_to(subjects: Subjects, look: int) -> Subjects:
    return replace(subjects, table=subjects.table.filter(subjects.table.look <= look))


def _step(outcome: Outcome, effect: Effect, looking: Looking, look: int) -> dict[str, object]:
    return {"metric": outcome.metric.id, "arm": effect.arm, "look": look + 1, "day": looking.days[look], "n": effect.n,
            "effect": effect.effect.value, "low": effect.effect.low, "high": effect.effect.high}


def _over_looks(effect: Effect, looking: Looking, by_look: Sequence[float], n: int) -> Effect:
    """Return an effect with the p and the level that hold over all readings."""
    if looking.kind == ONCE:
        return effect
    level = 1 - looking.alpha
    relative = None if effect.relative is None else replace(effect.relative, level=level)
    return replace(effect, p=looking.p(by_look, n), relative=relative,
                   effect=replace(effect.effect, level=level))
