"""One experiment from its rows to its decision: health first, effects only of a sound test."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from relops.brief import Brief
from relops.brief.experiments import Experiment, Metric
from relops.brief.rules_programme import DEFAULT_CONTROL
from relops.errors import BadInput
from relops.strategies import decision as deciding
from relops.strategies.covariates import with_covariates
from relops.strategies.days import day_start
from relops.strategies.effects import Effect
from relops.strategies.health import FEWEST as FEWEST_SUBJECTS
from relops.strategies.health import Health, check_health
from relops.strategies.looking import PLANNED, Looking, how_to_read
from relops.strategies.methods import Settings
from relops.strategies.moments import Moments, scan
from relops.strategies.outcome_columns import check_columns
from relops.strategies.outcomes import Subjects, read_subjects
from relops.strategies.readings import TRAJECTORY, read_effects
from relops.strategies.segments import SegmentEffects, Unread, adjust_together, compare_segments, unread_values
from relops.strategies.strata import MOST as MOST_STRATA


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One experiment: ``subjects``, ``moments`` by metric, ``health``, and ``looking``, how it may be read; of a sound
    test that may be read ``effects``, effects by ``segments`` and who is ``unread`` there, ``decision``. ``waiting``
    counts subjects whose outcome is not known yet. ``trajectory`` has one row a primary metric, arm and planned look so
    far: metric, arm, look, day, n, effect, low, high (the repeated interval). ``purchase_days`` are those of all
    customers, None without orders, ``eve`` the day before the first assignment."""

    experiment: Experiment
    alpha: float
    subjects: Subjects
    moments: Mapping[str, Moments]
    health: Health
    effects: tuple[Effect, ...]
    segments: tuple[SegmentEffects, ...]
    unread: tuple[Unread, ...]
    decision: deciding.Decision
    waiting: int
    looking: Looking
    trajectory: pd.DataFrame
    purchase_days: ir.Table | None
    eve: datetime.date | None

    @property
    def level(self) -> float:
        """Level of every interval."""
        return 1 - self.alpha


def evaluate_all(tables: object, brief: Brief, data_end: datetime.date | None, settings: Settings) -> list[Evaluation]:
    """Return the evaluation of every experiment of the brief that is complete and has subjects, in the brief's
    order. Raises BadInput with every column that any of them asks for and the data do not hold."""
    return [evaluate(tables, experiment, data_end, brief.period.timezone, brief.finance.margin_rate, settings)
            for experiment in ready_experiments(tables, brief)]


def ready_experiments(tables: object, brief: Brief) -> list[Experiment]:
    """Return the experiments of the brief that are complete and have subjects. Raises BadInput with every column that
    any of them asks for and the data do not hold."""
    seen = seen_experiments(tables)
    ready = [each for each in planned_experiments(brief) if each.id in seen and not lacking(each)]
    problems = [problem for experiment in ready for problem in check_columns(tables, experiment)]
    if problems:
        raise BadInput(problems)
    return ready


def planned_experiments(brief: Brief) -> list[Experiment]:
    """Return the experiments of the brief; where it names no control, the arm of that name is it."""
    return [experiment if experiment.control else experiment.model_copy(update={"control": DEFAULT_CONTROL})
            for experiment in brief.experiments]


def lacking(experiment: Experiment) -> str | None:
    """Return the field of the brief without which an experiment can be neither planned nor judged, None if all are
    there."""
    for field in ("arms", "metrics"):
        if not getattr(experiment, field):
            return f"experiments.{experiment.id}.{field}"
    return None


class Seen(NamedTuple):
    """An experiment as the data hold it: its customers, and in how many arms they are."""

    people: int
    arms: int


def seen_experiments(tables: object) -> dict[str, Seen]:
    """Return every experiment in the data, also those that the brief does not know."""
    if tables.assignments is None:
        return {}
    found = tables.assignments.group_by("experiment_id").aggregate(people=ibis._.customer_id.nunique(),
                                                                   arms=ibis._.arm.nunique())
    rows = found.order_by("experiment_id").to_pandas()
    return {row.experiment_id: Seen(int(row.people), int(row.arms)) for row in rows.itertuples()}


def evaluate(tables: object, experiment: Experiment, data_end: datetime.date | None, timezone: str,
             margin_rate: float | None, settings: Settings) -> Evaluation:
    """Return the evaluation of one experiment of the brief.

    ``margin_rate`` turns revenue into margin where no metric is margin itself. Raises BadInput where the plan asks for
    columns that are not there.
    """
    alpha = float(experiment.alpha or settings.alpha)
    subjects = with_covariates(read_subjects(tables, experiment, data_end, timezone, settings.covariate_days))
    first, last, waiting, strata = _assigned(subjects)
    looking = how_to_read(experiment, alpha, data_end, first, last, subjects.known_after_days)
    by = list(dict.fromkeys(["arm", "week", *experiment.segments, *(
        ["stratum"] if 1 < strata <= MOST_STRATA else [])]))
    if looking.kind == PLANNED:
        subjects, by = _with_looks(subjects, looking, timezone), [*by, "look"]
    seen = scan(subjects.table, subjects.outcomes, by)
    moments, health = seen.moments, check_health(subjects, seen, settings.seed)
    if looking.kind == PLANNED:
        looking = replace(looking, subjects=tuple(
            int(seen.rows.loc[seen.rows["look"] <= look, "rows"].sum()) for look in range(looking.done)))
    effects: tuple[Effect, ...] = ()
    segments: tuple[SegmentEffects, ...] = ()
    unread: tuple[Unread, ...] = ()
    trajectory = pd.DataFrame(columns=TRAJECTORY)
    if health.sound and looking.readable and health.numbers["smallest"] >= FEWEST_SUBJECTS:
        untold = {*health.silenced, *health.unfit}
        told = tuple(outcome for outcome in subjects.outcomes if outcome.metric.id not in untold)
        shown = replace(subjects, outcomes=told)
        effects, trajectory = read_effects(shown, moments, looking, settings)
        if looking.last:
            segments = _segments(shown, moments, alpha, settings)
            unread = tuple(unread_values(seen.counts(name), name, experiment.arms) for name in experiment.segments)
    judged, family = deciding.judge_metrics(effects, experiment, alpha)
    money = _money(effects, experiment, margin_rate)
    decided = deciding.decide(health, judged, family, experiment, closed=looking.last, until=looking.until, money=money)
    eve = first and first - datetime.timedelta(days=1)
    return Evaluation(experiment, alpha, subjects, moments, health, effects, segments, unread, decided, waiting,
                      looking, trajectory, tables.purchase_days, eve)


def _assigned(subjects: Subjects) -> tuple[datetime.date | None, datetime.date | None, int, int]:
    """Return the first and last day of assignment, how many subjects wait for their last window to close, and how many
    strata they were drawn in."""
    table = subjects.table
    dated = [outcome for outcome in subjects.outcomes if outcome.mature]
    longest = max(dated, key=lambda outcome: outcome.known_after_days, default=None)
    waiting = (~table[longest.mature]).sum() if longest else table.count() * 0
    found = table.aggregate(waiting=waiting, strata=table.stratum.nunique(),
                            first=table.assigned_day.min(), last=table.assigned_day.max()).to_pandas().iloc[0]
    first, last = (None if pd.isna(found[name]) else pd.Timestamp(found[name]).date() for name in ("first", "last"))
    return first, last, int(found["waiting"]), int(found["strata"])


def _with_looks(subjects: Subjects, looking: Looking, timezone: str) -> Subjects:
    """Return the subjects with the number of the first planned look that knows all their outcomes; a look counts the
    outcomes known when its day is over."""
    table, span = subjects.table, ibis.interval(days=subjects.known_after_days)
    ends = [day_start(day + datetime.timedelta(days=1), timezone) for day in looking.days[:-1]]
    look = ibis.cases(*((table.assigned_at + span <= end, place) for place, end in enumerate(ends)), else_=len(ends))
    return replace(subjects, table=table.mutate(look=look))


def _segments(subjects: Subjects, moments: Mapping[str, Moments], alpha: float,
              settings: Settings) -> tuple[SegmentEffects, ...]:
    """Return the effects of primary metrics and guardrails by every declared segment; the family is all of them,
    whatever is shown of it."""
    experiment = subjects.experiment
    watched = [metric.id for metric in experiment.metrics
               if metric.role in ("primary", "guardrail") and metric.kind != "quantile"]
    sizes = {segment: len(next(iter(moments.values())).over(segment).cells) for segment in experiment.segments}
    family = (len(experiment.arms) - 1) * len(watched) * sum(sizes.values())
    found = [each for outcome in subjects.outcomes if outcome.metric.id in watched for segment in experiment.segments
             for each in compare_segments(outcome, subjects, moments[outcome.metric.id], segment, settings,
                                          level=1 - alpha, family=family)]
    tests = (len(experiment.arms) - 1) * len(watched) * len(experiment.segments)
    return adjust_together(found, experiment.adjusted_by, tests)


def _money(effects: tuple[Effect, ...], experiment: Experiment, margin_rate: float | None) -> dict[str, deciding.Money]:
    """Return money by arm: from the margin where it is measured, else from revenue at the margin rate of the brief."""
    cost = float(experiment.contact_cost or 0)
    for metric, rate in money_metrics(experiment, margin_rate):
        return {effect.arm: deciding.incremental_money(effect, rate, cost)
                for effect in effects if effect.metric == metric.id}
    return {}


def money_metrics(experiment: Experiment, margin_rate: float | None) -> list[tuple[Metric, float]]:
    """Return the metrics that measure money, each with what turns it into margin; margin itself first."""
    rates = {"margin": 1.0, "revenue": margin_rate}
    found = sorted((metric for metric in experiment.metrics if metric.brings), key=lambda each: each.brings)
    return [(metric, float(rate)) for metric in found if (rate := rates[metric.brings]) is not None]
