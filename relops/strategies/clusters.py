"""What an arm did where whole clusters were drawn, stores or households: the clusters are the cases.

Each counts with its total over its number of subjects. Few clusters of uneven size make the delta method reject too
often, so these are drawn anew (see :mod:`relops.strategies.ratio_randomisation`); where so few divisions of them exist
that no p could be small enough, the interval is Student's (Donner & Klar 2000) with the degrees of freedom of Welch
(1947).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from tea_tasting.aggr import Aggregates

from relops.strategies.effects import CONSTANT, Effect, compare_ratios, covariance, explains_some
from relops.strategies.moments import BEFORE, BEFORE_PER, PER, VALUE, Moments
from relops.strategies.ratio_randomisation import ratio_test

ENOUGH = 200  # clusters in the smaller arm, from which on the delta method is to be trusted
FEW = 20  # clusters below which the slope of a covariate costs more than it brings
DIVISIONS = 3  # divisions of the clusters that are as far out as a level allows, at the least


def compare_clusters(moments: Moments, control: str, level: float, draws: int, seed: int) -> list[Effect]:
    """Return effects where whole clusters were drawn, adjusted by a covariate where there is one and clusters are not
    :data:`FEW`. The ``n`` of the estimates stay the subjects.

    ``moments`` are by arm and cluster. Arms with a single cluster are left out.
    """
    totals: dict[str, list[list[float]]] = {}
    people: dict[str, int] = {}
    for (arm, _), cell in moments.over("arm", "cluster").cells.items():
        people[arm] = people.get(arm, 0) + cell.count()
        parts = (VALUE, PER, BEFORE, BEFORE_PER) if BEFORE in cell.mean_ else (VALUE, PER)
        totals.setdefault(arm, []).append(
            [cell.count() * (cell.mean(part) if part in cell.mean_ else 1.0) for part in parts])
    clusters = {arm: np.array(rows) for arm, rows in totals.items() if len(rows) > 1}
    effects = []
    for arm in clusters:
        if control in clusters and arm != control:
            found = compare_totals([clusters[control], clusters[arm]], level, draws, seed)
            both = people[arm] + people[control]
            effects.append(replace(
                found, metric=moments.outcome.metric.id, arm=arm, control_arm=control,
                control=replace(found.control, n=people[control]), treated=replace(found.treated, n=people[arm]),
                effect=replace(found.effect, n=both), relative=found.relative and replace(found.relative, n=both)))
    return effects


def compare_totals(pair: Sequence[np.ndarray], level: float, draws: int, seed: int) -> Effect:
    """Return the effect by the clusters of control and treated arm, a row of totals each."""
    cells, numbers = [_of_clusters(rows) for rows in pair], [len(rows) for rows in pair]
    covariate = sum(numbers) >= FEW and explains_some(*cells)
    found = compare_ratios(*cells, level, covariate)
    if found.method == CONSTANT:
        return found
    if min(numbers) < ENOUGH and math.comb(sum(numbers), numbers[1]) * (1 - level) >= DIVISIONS:
        effect, p, relative = ratio_test(*_without_past(pair, cells, covariate), level, draws, seed)
        found = replace(found, effect=effect, p=p, relative=found.relative and relative)
    return replace(found, method="cluster_cuped" if covariate else "cluster")


def _of_clusters(rows: np.ndarray) -> Aggregates:
    """Return the aggregates of clusters by a row of totals each: value, what it is over, and the same of before."""
    names, spread = (VALUE, PER, BEFORE, BEFORE_PER)[:rows.shape[1]], np.cov(rows.T)
    pairs = {(names[left], names[right]): spread[left, right] for left, right in combinations(range(len(names)), 2)}
    return Aggregates(len(rows), dict(zip(names, rows.mean(axis=0), strict=True)),
                      dict(zip(names, np.diag(spread), strict=True)), pairs)


def _without_past(pair: Sequence[np.ndarray], cells: Sequence[Aggregates], covariate: bool) -> list[np.ndarray]:
    """Return value and what it is over of every cluster, sorted; less what its past explains where asked for. The slope
    is that of all clusters together, the same however these are divided."""
    if covariate:
        whole = cells[0] + cells[1]
        _, before, both = covariance(whole)
        slope, centre = both / before * whole.mean(PER) / whole.mean(BEFORE_PER), whole.mean(BEFORE) / whole.mean(
            BEFORE_PER)
        pair = [np.column_stack([rows[:, 0] - slope * (rows[:, 2] - centre * rows[:, 3]), rows[:, 1]]) for rows in pair]
    return [rows[np.lexsort(rows[:, :2].T)][:, :2] for rows in pair]
