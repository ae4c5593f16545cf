"""Does the effect differ between segments that were named before anybody looked?

With no effect anywhere, one segment in five tests looks significant four times as often as one test. So the question
of a difference comes first (Cochran's Q), each segment's effect is drawn towards the common one as far as noise alone
would explain it (DerSimonian & Laird 1986, Paule & Mandel 1982), and the p values are adjusted over the family.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from relops.brief.experiments import Adjustment
from relops.customers.estimates import Estimate, critical_value
from relops.strategies.effects import Effect
from relops.strategies.families import adjust
from relops.strategies.methods import FINENESS, Settings, effects_of, read_arms
from relops.strategies.moments import Moments
from relops.strategies.outcomes import Outcome, Subjects
from relops.strategies.randomisation import differences_anew
from relops.strategies.shrinkage import dersimonian_laird, heterogeneity, paule_mandel, shrink, spread_around

FEWEST = 30  # subjects of a segment in each arm; below, an interval says nothing


@dataclass(frozen=True, eq=False)
class SegmentEffects:
    """The effect of one arm on one metric by segment.

    ``table`` has one row a segment value: value, n, effect, low, high, p, p_adjusted (over the whole family),
    shrunken, shrunken_low, shrunken_high. ``q`` tests whether all are equal, with ``degrees``, ``p`` and
    ``p_adjusted`` over all such tests of the experiment; ``tau`` is the spread of true effects (standard deviation) by
    Paule-Mandel, ``tau_dl`` by DerSimonian-Laird; ``common`` the effect over all segments; ``family`` how many tests
    were judged together.
    """

    metric: str
    arm: str
    segment: str
    table: pd.DataFrame
    q: float
    degrees: int
    p: float
    tau: float
    tau_dl: float
    common: Estimate
    family: int
    p_adjusted: float

    @property
    def differ(self) -> bool:
        """Whether the segments' effects are told apart from each other at the level of the intervals."""
        return self.p_adjusted < 1 - self.common.level


def adjust_together(found: Sequence[SegmentEffects], method: Adjustment, tests: int) -> tuple[SegmentEffects, ...]:
    """Return effects by segment with the p of their differences adjusted over all ``tests`` of that kind."""
    adjusted = adjust([each.p for each in found], method, tests)
    return tuple(replace(each, p_adjusted=float(p)) for each, p in zip(found, adjusted, strict=True))


@dataclass(frozen=True)
class Unread:
    """Subjects whose effect is not shown by a segment: those in ``values`` with fewer than :data:`FEWEST` subjects in
    an arm, ``few`` in all, and ``nameless`` ones without a value; ``read`` values are shown."""

    segment: str
    values: tuple[str, ...]
    few: int
    nameless: int
    read: int


def unread_values(counts: pd.DataFrame, segment: str, arms: Iterable[str]) -> Unread:
    """Return who is left out of the effects by ``segment``; ``counts`` has its column, arm, rows."""
    sizes = counts.pivot_table(index=counts[segment].map(str, na_action="ignore"), columns="arm", values="rows",
                               aggfunc="sum", fill_value=0).reindex(columns=list(arms), fill_value=0)
    small = sizes[sizes.min(axis=1) < FEWEST]
    nameless = counts.loc[counts[segment].isna(), "rows"].sum()
    return Unread(segment, tuple(small.index), int(small.to_numpy().sum()), int(nameless), len(sizes) - len(small))


def compare_segments(outcome: Outcome, subjects: Subjects, moments: Moments, segment: str, settings: Settings, *,
                     level: float, family: int) -> list[SegmentEffects]:
    """Return, for each arm but the control, its effect by the values of ``segment``, each by the method that the whole
    test is read by.

    ``family`` is the number of tests planned over all segments, arms and metrics. Arms with fewer than two segment
    values of :data:`FEWEST` subjects an arm are left out.
    """
    # so many draws that the smallest p can pass the level of the whole family
    settings = replace(settings, draws=max(settings.draws, math.ceil(FINENESS * family / (1 - level))))
    by_arm: dict[str, dict[str, Effect]] = {}
    parts: dict[str, Callable[[], Subjects]] = {}
    for (value,) in sorted((keys for keys in moments.over(segment).cells if not pd.isna(keys[0])), key=str):
        own = parts[str(value)] = functools.partial(_within, subjects, segment, value)
        for effect in effects_of(outcome, own, moments.where(**{segment: value}), level, settings,
                                 subjects.experiment):
            if min(effect.control.n, effect.treated.n) >= FEWEST and _has_width(effect):
                by_arm.setdefault(effect.arm, {})[str(value)] = effect
    return [_combine(segment, found, _noise(found, parts, outcome, settings), family,
                     subjects.experiment.adjusted_by) for found in by_arm.values() if len(found) > 1]


def _within(subjects: Subjects, segment: str, value: object) -> Subjects:
    plain = value.item() if isinstance(value, np.generic) else value
    return replace(subjects, table=subjects.table.filter(subjects.table[segment] == plain))


def _has_width(effect: Effect) -> bool:
    return effect.effect.low is not None and effect.effect.high > effect.effect.low


@dataclass(frozen=True, eq=False)
class Noise:
    """Standard errors of the effects by segment value, their Cochran's Q and its p."""

    errors: np.ndarray
    q: float
    p: float


def _error(effect: Effect) -> float:
    """Return the standard error of an effect by its interval; of shares by the variance over both arms, which does not
    lean on the difference it measures."""
    if not effect.method.startswith("newcombe"):
        return (effect.effect.high - effect.effect.low) / 2 / critical_value(effect.effect.level)
    own = (effect.control, effect.treated)
    share = (sum(each.value * each.n for each in own) + 1) / (effect.n + 2)  # seen of nobody is not impossible
    return math.sqrt(share * (1 - share) * sum(1 / each.n for each in own))


def _noise(found: Mapping[str, Effect], parts: Mapping[str, Callable[[], Subjects]], outcome: Outcome,
           settings: Settings) -> Noise:
    """Return the noise of effects by their intervals; where one had to be read by the randomisation test, by the
    variance over both arms, and the p of Q by drawing the arms of every segment anew: what praises or blames a sparse
    segment lies in its few large amounts, and these make its interval too."""
    effects = np.array([effect.effect.value for effect in found.values()])
    if all(effect.method != "randomisation" for effect in found.values()):
        errors = np.array([_error(effect) for effect in found.values()])
        q = heterogeneity(effects, errors, 0.0)
        return Noise(errors, q, float(stats.chi2.sf(q, len(found) - 1)))
    rng, errors, anew = np.random.default_rng(settings.seed), [], []
    for value, effect in found.items():
        arms = read_arms(parts[value](), outcome)
        pair = arms[effect.control_arm], arms[effect.arm]
        errors.append(np.concatenate(pair).std() * math.sqrt(sum(1 / len(arm) for arm in pair)))
        anew.append(differences_anew(*pair, settings.draws, rng))
    q = heterogeneity(effects, np.array(errors), 0.0)
    farther = np.count_nonzero(heterogeneity(np.column_stack(anew), np.array(errors), 0.0) >= q * (1 - 1e-12))
    return Noise(np.array(errors), q, (1 + farther) / (settings.draws + 1))


def _combine(segment: str, found: Mapping[str, Effect], noise: Noise, family: int,
             method: Adjustment) -> SegmentEffects:
    first, errors = next(iter(found.values())), noise.errors
    level, own = first.effect.level, [effect.effect for effect in found.values()]
    effects = np.array([each.value for each in own])
    tau2, tau2_dl = paule_mandel(effects, errors), dersimonian_laird(effects, errors)
    centre, shrunken, _ = shrink(effects, errors, tau2)
    half = critical_value(level) * spread_around(effects, errors, shrunken)
    p_values = [effect.p for effect in found.values()]
    table = pd.DataFrame({
        "value": list(found), "n": [effect.n for effect in found.values()], "effect": effects,
        "low": [each.low for each in own], "high": [each.high for each in own],
        "p": p_values, "p_adjusted": adjust(p_values, method, family), "shrunken": shrunken,
        "shrunken_low": shrunken - half, "shrunken_high": shrunken + half})
    reach = critical_value(level) / math.sqrt((1 / (errors**2 + tau2)).sum())
    common = Estimate(centre, centre - reach, centre + reach, int(table["n"].sum()), level)
    return SegmentEffects(first.metric, first.arm, segment, table, noise.q, len(found) - 1, noise.p,
                          math.sqrt(tau2), math.sqrt(tau2_dl), common, family, noise.p)
