"""Is the test itself sound? Looked at before any effect: an unhealthy test shows none.

The shares of the arms are held against the plan jointly over all arms (Fabijan et al. 2019 tell what a mismatch may
mean), overall and by segment and week; arms that nobody planned, subjects in several arms or with different outcomes,
rows that came twice, assignments before the test began or after it ended, and differences that were there before are
counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats
from tea_tasting.aggr import Aggregates

from relops.brief.experiments import Experiment
from relops.strategies.clusters import compare_clusters
from relops.strategies.covariates import before_the_test
from relops.strategies.effects import SHARES, compare_means
from relops.strategies.families import adjust
from relops.strategies.moments import PER, VALUE, Moments, Scan, scan
from relops.strategies.outcomes import Subjects

ALARM, NOTED = 0.001, 0.05  # p values below which a mismatch stops the test, or is worth a word
MOST_CROSSING = 0.01  # share of subjects in several arms that intention to treat can bear
FEWEST = 30  # subjects in the smallest arm
CHANCES = 5  # draws as far out as an alarm, at the least


@dataclass(frozen=True)
class SampleRatio:
    """Subjects by arm against the plan: joint chi-square, its p, and ``deviation``, the largest difference of a share
    from its plan."""

    counts: Mapping[str, int]
    planned: Mapping[str, float]
    p: float
    deviation: float

    @property
    def n(self) -> int:
        """All subjects in planned arms."""
        return sum(self.counts.values())

    @property
    def alarming(self) -> bool:
        """Whether the mismatch is too unlikely to go on, however small it is: a drawing misses its shares by chance
        alone, and what lost a few subjects in a million need not have lost them at random."""
        return self.p < ALARM


@dataclass(frozen=True, eq=False)
class Health:
    """What was looked at. ``faults`` name what stops the test (message keys), ``notes`` what is only worth a word;
    ``parts`` has one row a segment value or week: part, value, n, p, deviation (p adjusted by Holm over all rows);
    ``before`` one row a covariate and arm: metric, arm, difference, standardised (in standard deviations), p.
    ``silenced`` are metrics whose value is known of more subjects in one arm than in another, with p: who answers is
    an outcome itself, and those who did are no longer drawn at random. ``unfit`` are metrics whose values are not what
    their kind says, with the reason (a message key). ``stray`` are arms that nobody planned, with their subjects."""

    ratio: SampleRatio
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    numbers: Mapping[str, float]
    parts: pd.DataFrame
    before: pd.DataFrame
    silenced: Mapping[str, float]
    unfit: Mapping[str, str]
    stray: Mapping[str, int]

    @property
    def sound(self) -> bool:
        """Whether effects may be shown."""
        return not self.faults


def sample_ratio(counts: Mapping[str, int], planned: Mapping[str, float]) -> SampleRatio:
    """Return the joint test of all arms' counts against their planned shares. Arms without subjects count as zero."""
    observed = np.array([counts.get(arm, 0) for arm in planned], float)
    shares = np.array(list(planned.values())) / sum(planned.values())
    total = observed.sum()
    if total == 0:
        return SampleRatio(dict.fromkeys(planned, 0), planned, 1.0, 0.0)
    p = float(stats.chisquare(observed, total * shares).pvalue)
    return SampleRatio(dict(zip(planned, observed.astype(int).tolist(), strict=True)), planned, p,
                       float(np.abs(observed / total - shares).max()))


def check_health(subjects: Subjects, found: Scan, seed: int) -> Health:
    """Return the health of a test from its subjects and the scan of them by arm, week and segments; ``seed`` is that of
    the clusters drawn anew to see whether they differed before."""
    experiment = subjects.experiment
    seen = _seen(subjects.table, experiment)
    counts = seen.set_index("arm")["subjects"].astype(int).to_dict()
    ratio = sample_ratio({arm: n for arm, n in counts.items() if arm in experiment.arms}, experiment.arms)
    if experiment.cluster:  # clusters were drawn, not customers: those of one come or stay away together
        ratio = replace(ratio, p=sample_ratio(seen.set_index("arm")["clusters"].to_dict(), experiment.arms).p)
    stray = {arm: n for arm, n in counts.items() if arm not in experiment.arms}
    totals = seen.drop(columns="arm").sum().astype(int).to_dict()
    parts, before = _parts(found, experiment), _before(_compared_before(subjects), experiment, seed)
    silenced = {} if experiment.cluster else _response(found, experiment)
    numbers = {**totals, "stray": sum(stray.values()), "parts": int((parts["p"] < ALARM).sum()),
               "smallest": min(ratio.counts.values(), default=0), "response": len(silenced),
               "covariates": len(set(experiment.covariates) - set(subjects.covariates))}
    bearable = MOST_CROSSING * totals["subjects"]
    held = sum(n > 0 for n in ratio.counts.values())
    # nobody at all in a planned arm: the strays say why
    faults = {"one_arm": held < 2 and not (stray and held == 0), "sample_ratio": ratio.alarming,
              "stray": bool(stray), "crossing": numbers["crossing"] > bearable,
              "clashing": numbers["clashing"] > bearable, "late": numbers["late"] > 0, "parts": numbers["parts"] > 0,
              "before": bool((before["p"] < ALARM / max(len(before), 1)).any()), "torn": numbers["torn"] > bearable}
    notes = {"sample_ratio": not ratio.alarming and ratio.p < NOTED, "crossing": 0 < numbers["crossing"] <= bearable,
             "clashing": 0 < numbers["clashing"] <= bearable, "torn": 0 < numbers["torn"] <= bearable,
             "early": numbers["early"] > 0, "duplicates": numbers["duplicates"] > 0,
             "few": numbers["smallest"] < FEWEST, "response": bool(silenced),
             "covariates": numbers["covariates"] > 0}
    return Health(ratio, *(tuple(name for name, true in each.items() if true) for each in (faults, notes)), numbers,
                  parts, before, silenced, unfit_metrics(found.moments), stray)


def _seen(subjects: ir.Table, experiment: Experiment) -> pd.DataFrame:
    """Return one row an arm: subjects, crossing (in several arms), duplicates (rows that name an arm once more),
    clashing (whose rows of one arm tell of different outcomes), late and early (assigned after the test's end, before
    its start), clusters, and torn (in no cluster, or in one that lies in several arms)."""
    apart = ibis.literal(False)
    if experiment.cluster:
        apart = subjects.cluster.isnull() | (subjects.arm.nunique().over(group_by=subjects.cluster) > 1)  # noqa: PD003
    subjects = subjects.mutate(apart=apart)
    day, none = subjects.assigned_day, subjects.count() * 0  # who bears no day is neither late nor early
    return subjects.group_by("arm").aggregate(
        subjects=subjects.count(), crossing=(subjects.arms_seen > 1).sum(),
        duplicates=(subjects.rows_seen - subjects.arms_seen).sum(), clashing=subjects.clashes.sum(),
        late=(day > experiment.end).sum() if experiment.end else none,
        clusters=subjects.cluster.nunique() if experiment.cluster else none, torn=subjects.apart.sum(),
        early=(day < experiment.start).sum() if experiment.start else none).order_by("arm").to_pandas()


def _response(found: Scan, experiment: Experiment) -> dict[str, float]:
    """Return the metrics that too unequal shares of the arms have a value of, with p."""
    everyone = found.rows.groupby("arm")["rows"].sum()
    silenced = {}
    for metric, moments in found.moments.items():
        known = {arm: cell.count() for arm, cell in moments.arms().items()}
        if moments.outcome.mature is not None and moments.outcome.metric.table != "feedback":
            continue  # a window that has not closed hangs on the day of assignment, not on the customer
        table = np.array([[known.get(arm, 0), everyone[arm] - known.get(arm, 0)] for arm in everyone.index
                          if arm in experiment.arms])
        if len(table) > 1 and (table.sum(axis=0) > 0).all():
            p = float(stats.chi2_contingency(table, correction=False).pvalue)
            if p < ALARM:
                silenced[metric] = p
    return silenced


def unfit_metrics(moments: Mapping[str, Moments]) -> dict[str, str]:
    """Return the metrics that are no share though called one, as other values than yes and no are among them, and the
    ratios whose denominators add up to nothing in an arm."""
    reasons = {}
    for metric, own in moments.items():
        arms = own.arms().values()
        if own.outcome.denominator:
            if any(cell.mean(PER) <= 0 for cell in arms):
                reasons[metric] = "no_denominator"
        elif own.outcome.metric.kind in SHARES and not all(map(_of_zeros_and_ones, arms)):
            reasons[metric] = "not_share"
    return reasons


def _of_zeros_and_ones(cell: Aggregates) -> bool:
    """Whether all values are zero or one: then, and of whole numbers only then, their squares add up to their sum."""
    mean, n = cell.mean(VALUE), cell.count()
    square = cell.var(VALUE) * (n - 1) / n + mean**2
    return 0 <= mean <= 1 and abs(square - mean) < 1e-9


def _parts(scan: Scan, experiment: Experiment) -> pd.DataFrame:
    """Return the sample ratio within each segment value and week."""
    rows = []
    parts = [] if experiment.cluster else [part for part in scan.by if part not in ("arm", "look", "stratum")]
    for part in parts:
        for value, own in scan.counts(part).groupby(part):
            found = sample_ratio(dict(zip(own["arm"], own["rows"], strict=True)), experiment.arms)
            if min(found.n * share for share in experiment.arms.values()) >= 5:  # chi-square needs as many expected
                rows.append({"part": part, "value": str(value), "n": found.n, "p": found.p,
                             "deviation": found.deviation})
    parts = pd.DataFrame(rows, columns=["part", "value", "n", "p", "deviation"])
    return parts.assign(p=adjust(parts["p"].to_numpy()))


def _compared_before(subjects: Subjects) -> dict[str, Moments]:
    """Return the moments of what was there before the test, by arm, and by cluster where those were drawn."""
    by = ["arm", "cluster"] if subjects.experiment.cluster else ["arm"]
    outcomes = before_the_test(subjects)
    return dict(scan(subjects.table, outcomes, by).moments) if outcomes else {}


def _before(moments: Mapping[str, Moments], experiment: Experiment, seed: int) -> pd.DataFrame:
    """Return how far each arm lay from the control before the test, on every covariate."""
    rows = []
    level = 1 - ALARM / max(len(moments) * (len(experiment.arms) - 1), 1)  # as sure as an alarm asks for
    for metric, each in moments.items():
        arms = each.arms()
        control = arms.pop(experiment.control, None)
        by_cluster = {effect.arm: effect for effect in compare_clusters(
            each, str(experiment.control), level, math.ceil(CHANCES / (1 - level)), seed)} if experiment.cluster else {}
        for arm, cell in arms.items():
            if control and min(cell.count(), control.count()) > 1 and cell.var(VALUE) + control.var(VALUE) > 0:
                found = by_cluster.get(arm) if experiment.cluster else compare_means(control, cell, level, False)
                if found is None:
                    continue
                spread = np.sqrt((cell.var(VALUE) + control.var(VALUE)) / 2)
                rows.append({"metric": metric, "arm": arm, "difference": found.effect.value,
                             "standardised": found.effect.value / spread, "p": found.p})
    return pd.DataFrame(rows, columns=["metric", "arm", "difference", "standardised", "p"])
