"""A test without any effect, rehearsed on the client's own customers: how often would it claim one?

Spend of an arm is often a few large amounts among thousands of zeros. A small hold-out then holds so few buyers that
Welch's test rejects too often, and nearly always in the campaign's favour: a hold-out that happens to miss the large
buyers has a low mean and a low variance. How often is counted by dividing the client's history at random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relops.customers.estimates import Estimate, estimate_share
from relops.strategies.randomisation import draw_members
from relops.strategies.simulation import welch


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """What Welch's test said of random divisions without an effect: ``p_values``, ``alarms`` (share below alpha) and
    ``praise`` (the share of divisions in which the larger arm looked better for certain)."""

    p_values: np.ndarray
    alarms: Estimate
    praise: Estimate


def rehearse(values: np.ndarray, n: int, smaller: int, alpha: float, draws: int, seed: int) -> Rehearsal:
    """Return how Welch's test fares on ``draws`` random divisions of ``n`` customers, ``smaller`` of them in the
    smaller arm. ``values`` are the amounts that are not zero; all others have none."""
    values = np.asarray(values, float)
    counts, sums = (smaller, n - smaller), []
    both = np.column_stack([values, values**2])
    for inside, _ in draw_members(len(values), n - len(values), smaller, draws, np.random.default_rng(seed)):
        sums.append(inside @ both)
    own = np.concatenate(sums)
    means, variances = [], []
    for count, (total, squares) in zip(counts, (own.T, (both.sum(axis=0) - own).T), strict=True):
        means.append(total / count)
        variances.append((squares - total**2 / count) / (count - 1))
    with np.errstate(invalid="ignore", divide="ignore"):  # a division in which nobody bought says nothing
        found = welch(means, variances, counts, 1 - alpha)
    p_values = np.nan_to_num(found.p, nan=1.0)
    alarm = p_values < alpha
    return Rehearsal(p_values, estimate_share(int(alarm.sum()), draws),
                     estimate_share(int((alarm & (found.effect > 0)).sum()), draws))
