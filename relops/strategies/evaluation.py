"""One experiment from its rows to its decision: health first, effects only of a sound test."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from relops.brief import Brief
from relops.brief.experiments import Experiment, Metric
from relops.strategies import decision as deciding
from relops.strategies.effects import Effect, compare, compare_clusters
from relops.strategies.health import Health, check_health
from relops.strategies.moments import Moments, scan
from relops.strategies.outcomes import Outcome, Subjects, read_subjects
from relops.strategies.randomisation import is_sparse, randomisation_test
from relops.strategies.segments import SegmentEffects, compare_segments
from relops.strategies.targeting import FEWEST, Policy, judge, score_arms

MOST_ROWS = 2_000_000  # subjects of one experiment that a method which needs rows may take


@dataclass(frozen=True)
class Settings:
    """How experiments are evaluated: default error rate, days a covariate looks back, draws of the randomisation test
    and their seed."""

    alpha: float
    covariate_days: int
    draws: int
    seed: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One experiment: ``subjects``, ``moments`` by metric, ``health``; and of a sound test ``effects``, effects by
    ``segments``, ``decision``. ``waiting`` counts subjects whose outcome is not known yet."""

    experiment: Experiment
    alpha: float
    subjects: Subjects
    moments: Mapping[str, Moments]
    health: Health
    effects: tuple[Effect, ...]
    segments: tuple[SegmentEffects, ...]
    decision: deciding.Decision
    waiting: int

    @property
    def level(self) -> float:
        """Level of every interval."""
        return 1 - self.alpha


def evaluate_all(tables: object, brief: Brief, data_end: datetime.date | None, settings: Settings) -> list[Evaluation]:
    """Return the evaluation of every experiment of the brief that has subjects, in the brief's order."""
    if tables.assignments is None:
        return []
    seen = set(tables.assignments.select("experiment_id").distinct().to_pandas()["experiment_id"])
    return [evaluate(tables, experiment, data_end, brief.period.timezone, brief.finance.margin_rate, settings)
            for experiment in brief.experiments if experiment.id in seen]


def targeting_features(evaluation: Evaluation) -> list[str]:
    """Return the columns of the subjects that are known before assignment: segments, covariates, past behaviour."""
    own = [*evaluation.experiment.segments, *evaluation.experiment.covariates]
    return list(dict.fromkeys([*own, *(each.covariate for each in evaluation.subjects.outcomes if each.covariate)]))


def best_policy(evaluation: Evaluation, margin_rate: float | None, seed: int) -> Policy | None:
    """Return what targeting would be worth by a sound test with a measure of money, None where there is none or the
    test is too small."""
    experiment = evaluation.experiment
    money = _money_metrics(experiment, margin_rate)
    if not money or not evaluation.health.sound or experiment.cluster:
        return None
    metric, rate = money[0]
    outcome = evaluation.subjects.outcome(metric.id)
    features = targeting_features(evaluation)
    columns = list(dict.fromkeys(["arm", outcome.value, *features]))
    # in the order of what is known, not of hashed ids: folds must not depend on the key
    rows = evaluation.subjects.known(outcome).select(*columns).order_by(columns).limit(MOST_ROWS).to_pandas()
    rows = rows[rows["arm"].isin(list(experiment.arms))]
    if rows["arm"].value_counts().reindex(list(experiment.arms), fill_value=0).min() < FEWEST:
        return None
    cost = float(experiment.contact_cost or 0)
    costs = {arm: 0.0 if arm == experiment.control else cost for arm in experiment.arms}
    scores = score_arms(rows[features], rows["arm"], rate * rows[outcome.value], experiment.arms,
                        str(experiment.control), costs, seed)
    return judge(scores, 1 - evaluation.alpha)


def evaluate(tables: object, experiment: Experiment, data_end: datetime.date | None, timezone: str,
             margin_rate: float | None, settings: Settings) -> Evaluation:
    """Return the evaluation of one experiment of the brief.

    ``margin_rate`` turns revenue into margin where no metric is margin itself. Raises BadInput where the plan asks for
    columns that are not there.
    """
    alpha = float(experiment.alpha or settings.alpha)
    subjects = read_subjects(tables, experiment, data_end, timezone, settings.covariate_days)
    by = ["arm", "week", *dict.fromkeys(experiment.segments)]
    seen = scan(subjects.table, subjects.outcomes, by)
    moments, health = seen.moments, check_health(subjects, seen)
    effects: tuple[Effect, ...] = ()
    segments: tuple[SegmentEffects, ...] = ()
    if health.sound:
        effects = tuple(effect for outcome in subjects.outcomes
                        for effect in effects_of(outcome, subjects, moments[outcome.metric.id], alpha, settings))
        segments = tuple(_segments(experiment, moments, alpha))
    judged, family = deciding.judge_metrics(effects, experiment, alpha)
    waiting, until = _waiting(subjects)
    money = {} if not health.sound else _money(effects, experiment, margin_rate)
    decided = deciding.decide(health, judged, family, experiment, closed=waiting == 0 and _over(experiment, data_end),
                              until=until, money=money)
    return Evaluation(experiment, alpha, subjects, moments, health, effects, segments, decided, waiting)


def effects_of(outcome: Outcome, subjects: Subjects, moments: Moments, alpha: float,
               settings: Settings) -> list[Effect]:
    """Return the effects of one metric by the method that suits it: clusters where they were drawn, the randomisation
    test where few subjects of the smaller arm have a value at all, else means, shares and ratios."""
    experiment, control, level = subjects.experiment, str(subjects.experiment.control), 1 - alpha
    if experiment.cluster:
        by_cluster = scan(subjects.table, [outcome], ["arm", "cluster"])
        return compare_clusters(by_cluster.moments[outcome.metric.id], control, level)
    found = compare(moments, control, level)
    if outcome.metric.kind not in ("mean", "count") or outcome.denominator or not _sparse(moments):
        return found
    rows = subjects.known(outcome).select("arm", outcome.value).limit(MOST_ROWS).to_pandas()
    arms = {arm: values.to_numpy() for arm, values in rows.groupby("arm")[outcome.value]}
    return [_drawn(effect, arms, level, settings) for effect in found]


def _sparse(moments: Moments) -> bool:
    return is_sparse(moments.fewest(), min((cell.count() for cell in moments.arms().values()), default=0))


def _drawn(effect: Effect, arms: Mapping[str, np.ndarray], level: float, settings: Settings) -> Effect:
    found, p = randomisation_test(arms[effect.control_arm], arms[effect.arm], level, settings.draws, settings.seed)
    return replace(effect, effect=found, p=p, relative=None, method="randomisation", variance_cut=None)


def _segments(experiment: Experiment, moments: Mapping[str, Moments], alpha: float) -> list[SegmentEffects]:
    """Return the effects of primary metrics and guardrails by every declared segment; the family is all of them."""
    watched = [metric for metric in experiment.metrics if metric.role in ("primary", "guardrail")]
    sizes = {segment: len(next(iter(moments.values())).over(segment).cells) for segment in experiment.segments}
    family = (len(experiment.arms) - 1) * len(watched) * sum(sizes.values())
    return [found for metric in watched for segment in experiment.segments
            for found in compare_segments(moments[metric.id], segment, str(experiment.control), 1 - alpha, family)]


def _waiting(subjects: Subjects) -> tuple[int, datetime.date | None]:
    """Return how many subjects wait for their last window to close, and the day the last one does."""
    dated = [outcome for outcome in subjects.outcomes if outcome.mature]
    if not dated:
        return 0, None
    longest = max(dated, key=lambda outcome: outcome.known_after_days)
    table = subjects.table
    found = table.aggregate(waiting=(~table[longest.mature]).sum(), last=table.assigned_at.max()).to_pandas().iloc[0]
    if pd.isna(found["last"]) or not found["waiting"]:
        return 0, None
    return int(found["waiting"]), (found["last"] + pd.Timedelta(days=longest.known_after_days)).date()


def _over(experiment: Experiment, data_end: datetime.date | None) -> bool:
    """Whether the test has ended; a log without any date is of a test that has."""
    return experiment.end is None or data_end is None or experiment.end <= data_end


def _money(effects: tuple[Effect, ...], experiment: Experiment, margin_rate: float | None) -> dict[str, deciding.Money]:
    """Return money by arm: from the margin where it is measured, else from revenue at the margin rate of the brief."""
    cost = float(experiment.contact_cost or 0)
    for metric, rate in _money_metrics(experiment, margin_rate):
        return {effect.arm: deciding.incremental_money(effect, rate, cost)
                for effect in effects if effect.metric == metric.id}
    return {}


def _money_metrics(experiment: Experiment, margin_rate: float | None) -> list[tuple[Metric, float]]:
    """Return the metrics that measure money, each with what turns it into margin; margin itself first."""
    found = ((_sum_of(experiment, "margin"), 1.0), (_sum_of(experiment, "amount"), margin_rate))
    return [(metric, float(rate)) for metric, rate in found if metric and rate is not None]


def _sum_of(experiment: Experiment, column: str) -> Metric | None:
    return next((metric for metric in experiment.metrics if metric.table == "orders" and metric.kind == "mean"
                 and not metric.denominator and (metric.column or "amount") == column), None)
