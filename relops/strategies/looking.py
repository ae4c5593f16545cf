"""Which results of a test may be read on the day the data end, and how sure they must be.

A test without planned looks is read once, when its last window has closed; until then its effects stay hidden, for
reading again and again raises false alarms. Planned looks spend the error rate by the calendar (Lan & DeMets 1989)
with bounds by recursion; the interval at a look is the repeated one and p the smallest alpha whose bounds any look so
far has passed (Jennison & Turnbull 1989). A test without a planned end bears an interval that holds at every moment.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.stats import norm

from relops.brief.experiments import Experiment
from relops.strategies.sequential import FARTHEST, plan_looks, sequence_half_width, sequence_p_value

ONCE, PLANNED, ALWAYS, HIDDEN = "once", "planned", "always", "hidden"
# alphas for which the bounds are worked out to tell p: closest together where it decides; beyond, p is said to be these
ALPHAS = np.concatenate([np.geomspace(1e-8, 1e-3, 7), np.geomspace(2e-3, 0.5, 12)])
TUNED_AT = 5000  # subjects at which the always-valid interval is narrowest; fixed, so before any look


@dataclass(frozen=True, eq=False)
class Looking:
    """How a test is read: ``kind`` once, planned, always or hidden; ``days`` of all planned looks, ``done`` how many
    of them are over, ``subjects`` known at each of these; ``until`` the day to wait for, None where none is planned."""

    kind: str
    alpha: float
    days: tuple[datetime.date, ...] = ()
    subjects: tuple[int, ...] = ()
    until: datetime.date | None = None

    @property
    def done(self) -> int:
        """How many planned looks are over."""
        return len(self.subjects)

    @property
    def readable(self) -> bool:
        """Whether effects may be shown at all."""
        return self.kind in (ONCE, ALWAYS) or self.done > 0

    @property
    def last(self) -> bool:
        """Whether no look is still to come."""
        return self.kind == ONCE or (self.kind == PLANNED and self.until is None)

    @cached_property
    def bounds(self) -> np.ndarray:
        """Standard errors from zero that each look so far has to pass."""
        return self._bounds(self.alpha)

    @cached_property
    def _alpha_of_bound(self) -> list[PchipInterpolator | None]:
        """For each look so far, log alpha by the bound that alpha gives it, exact at the alpha of the plan; None for a
        look so early that no alpha gives it a bound within reach."""
        alphas = np.unique(np.append(ALPHAS, self.alpha))[::-1]
        found = []
        for own in np.array([self._bounds(alpha) for alpha in alphas]).T:
            rising = np.diff(own, prepend=-1) > 0
            found.append(PchipInterpolator(own[rising], np.log(alphas[rising])) if rising.sum() > 1 else None)
        return found

    def _bounds(self, alpha: float) -> np.ndarray:
        """Return the bounds of the looks so far. Looks that know the same subjects are one; one that knows nobody
        cannot be passed."""
        known, times = np.array(self.subjects, float), np.arange(1, self.done + 1) / len(self.days)
        last = np.append(np.diff(known) > 0, True) & (known > 0)
        if not last.any():
            return np.full(self.done, FARTHEST)
        plan = plan_looks(known[last] / known[-1], alpha, times=times[last])
        return np.where(known > 0, plan.bounds[np.searchsorted(known[last], known)], FARTHEST)

    def level(self, n: int, look: int | None = None) -> float:
        """Return the level of an interval that, read now, is one of ``1 - alpha`` over all readings: at the latest look
        or that of number ``look``. ``n`` are the subjects it rests on."""
        if self.kind == PLANNED:
            return 1 - 2 * float(norm.sf(self.bounds[self.done - 1 if look is None else look]))
        if self.kind == ALWAYS:
            return 1 - 2 * float(norm.sf(sequence_half_width(1.0, n, self.alpha, TUNED_AT)))
        return 1 - self.alpha

    def p(self, by_look: Sequence[float], n: int) -> float:
        """Return the p that all looks together bear, from the p of each look so far by itself."""
        if self.kind == ALWAYS:
            return float(sequence_p_value(norm.isf(by_look[-1] / 2), n, TUNED_AT, self.alpha))
        if self.kind != PLANNED:
            return by_look[-1]
        found = 1.0
        for own, curve in zip(by_look, self._alpha_of_bound, strict=True):
            z = norm.isf(own / 2)
            if curve is not None and z >= curve.x[0]:
                found = min(found, math.exp(curve(min(z, curve.x[-1]))))
        return found


def even_subjects(smallest: int) -> int:
    """Return the subjects that the always-valid interval of a metric goes by, and its p: as many as two arms are of
    the ``smallest`` one's size, of those of whom the metric is known."""
    return 2 * max(smallest, 1)


def always_width(looking: Looking, n: int) -> float:
    """Return how many times as wide as an interval read once the always-valid one is on ``n`` subjects."""
    return float(norm.isf((1 - looking.level(n)) / 2) / norm.isf(looking.alpha / 2))


def how_to_read(experiment: Experiment, alpha: float, data_end: datetime.date | None, first: datetime.date | None,
                last: datetime.date | None, known_after_days: int) -> Looking:
    """Return how a test is read when the data end: ``first`` and ``last`` day of assignment (None where it bears no
    date: its outcomes are all known), ``known_after_days`` from assignment to the last outcome."""
    if data_end is None or first is None or last is None:
        return Looking(ONCE, alpha)
    length = datetime.timedelta(days=known_after_days)
    known, end = last + length, experiment.end
    closes = max(known, end + length) if end else known
    over = known <= data_end and (end is None or end <= data_end)
    planned = experiment.looks and end
    days = plan_days(experiment, experiment.start or first, end + length, known_after_days) if planned else ()
    if len(days) > 1:  # a single look is the one at the end
        done = len(days) if over else sum(day <= data_end for day in days[:-1])
        until = None if over else days[done]
        return Looking(PLANNED, alpha, days, (0,) * done, until)
    if end is None:  # more subjects may come: read again with every new month, at whichever size it has then
        return Looking(ALWAYS, alpha)
    return Looking(ONCE, alpha) if over else Looking(HIDDEN, alpha, until=closes)


def plan_days(experiment: Experiment, start: datetime.date, closes: datetime.date,
              known_after_days: int) -> tuple[datetime.date, ...]:
    """Return the days of the planned looks: those of the brief and the close of the test, or equal steps up to it from
    the day on which the first outcome is known."""
    if isinstance(experiment.looks, list):
        return (*sorted(day for day in set(experiment.looks) if day < closes), closes)
    first, count = start + datetime.timedelta(days=known_after_days), int(experiment.looks or 1)
    length = max((closes - first).days, count)
    return tuple(first + datetime.timedelta(days=round(length * step / count)) for step in range(1, count + 1))
