"""The subjects of an experiment and what became of them: one row a subject, made in the engine.

A subject is a customer at the first assignment. Outcomes are what the customer did from then on within the metric's
window, covariates what the same customer did just before; a covariate never reaches past the assignment. Subjects
whose window has not closed by the end of the data are set apart: their outcome is not known yet.
"""

from __future__ import annotations

import datetime
import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from relops.brief.experiments import Experiment, Metric
from relops.errors import BadInput
from relops.strategies.days import day_start, local_day
from relops.strategies.outcome_columns import SOURCES, check_columns, cluster_of, number

MOST_ROWS = 2_000_000  # subjects of one experiment that a method which needs rows may take
BESIDE = "beside"  # role of what stands beside a metric of the brief, to be read with it; it decides nothing
COUNTED = ("proportion", "count", "retention")  # kinds that ask whether or how often, not how much
OWN = ("customer_id", "arm", "assigned_at", "assigned_day", "week", "cluster", "stratum", "arms_seen", "rows_seen",
       "clashes")


@dataclass(frozen=True)
class Outcome:
    """Where a metric's numbers lie in the table of subjects: ``value`` over ``denominator`` (None: the subject),
    ``past`` over ``past_denominator`` the same before assignment (None where there is no before), ``mature`` whether
    the value is known. ``covariate`` takes out noise: that past, or what the plan's covariates make of it."""

    metric: Metric
    value: str
    denominator: str | None = None
    past: str | None = None
    past_denominator: str | None = None
    mature: str | None = None
    index: str | None = None

    @property
    def is_beside(self) -> bool:
        """Whether it only stands beside a metric of the brief."""
        return self.metric.role == BESIDE

    @property
    def covariate(self) -> str | None:
        """The column that takes out noise, over :attr:`covariate_denominator`."""
        return self.index or self.past

    @property
    def covariate_denominator(self) -> str | None:
        """What the covariate is a ratio over; None where it is one number a subject."""
        return None if self.index else self.past_denominator

    @property
    def known_after_days(self) -> int:
        """Days from assignment until the value is known; zero where it always is."""
        windows = 2 if self.metric.kind == "retention" else 1
        return windows * (self.metric.window_days or 0)


@dataclass(frozen=True, eq=False)
class Subjects:
    """The subjects of one experiment: ``table`` with the columns of :data:`OWN`, one column a segment, and those that
    ``outcomes`` and ``covariates`` (name in the plan → column of numbers) name."""

    experiment: Experiment
    table: ir.Table
    outcomes: tuple[Outcome, ...]
    covariates: Mapping[str, str] = field(default_factory=dict)

    @property
    def known_after_days(self) -> int:
        """Days from assignment until every outcome is known."""
        return max((outcome.known_after_days for outcome in self.outcomes if outcome.mature), default=0)

    def outcome(self, metric: str) -> Outcome:
        """Return the outcome of a metric. Raises KeyError."""
        return next(outcome for outcome in self.outcomes if outcome.metric.id == metric)

    def known(self, outcome: Outcome) -> ir.Table:
        """Return the subjects whose outcome is known."""
        table = self.table.filter(self.table[outcome.value].notnull())
        return table if outcome.mature is None else table.filter(table[outcome.mature])


def all_metrics(experiment: Experiment) -> list[Metric]:
    """Return the metrics of the plan, each with what must stand beside it. One whose kind is not named is a mean.

    Beside an amount with a cap stands the same capped; beside what a buyer spends an order, which is a mean over those
    who bought and so over other people in each arm, the share who bought and the spend of everyone who was assigned.
    """
    found: dict[str, Metric] = {}
    given = [metric.model_copy(update={"cap": None, "kind": metric.kind or ("ratio" if metric.denominator else "mean")})
             for metric in experiment.metrics]
    taken = {metric.id for metric in given}
    for metric, plan in zip(given, experiment.metrics, strict=True):
        found[metric.id] = metric
        beside = {"role": BESIDE, "target": None, "margin": None}
        if plan.cap and metric.kind in ("mean", "count") and not plan.denominator:
            name = f"{plan.id}_capped"
            while name in taken:  # the plan may have one of that name that is another
                name += "_too"
            found[name] = plan.model_copy(update={**beside, "id": name, "kind": metric.kind})
        if metric.table == "orders" and metric.denominator == "orders":
            for name, kind in (("bought", "proportion"), ("spend", "mean")):
                same = [each for each in given if each.table == "orders" and each.kind == kind and not each.denominator
                        and each.window_days == metric.window_days]
                if not same:
                    update = {**beside, "id": f"{metric.id}_{name}", "kind": kind, "denominator": None}
                    found.setdefault(f"{metric.id}_{name}", metric.model_copy(update=update))
    return list(found.values())


def read_subjects(tables: object, experiment: Experiment, data_end: datetime.date | None, timezone: str,
                  covariate_days: int) -> Subjects:
    """Return the subjects of an experiment with every outcome of its plan.

    ``tables`` has the tables of a run as attributes and keeps a query's rows (``keep``). ``data_end`` is None where
    nothing in the data bears a date, so that every outcome is a column of the assignments. ``covariate_days`` is how
    far back a covariate looks. Raises BadInput with every metric, segment and cluster whose column is not there.
    """
    problems = check_columns(tables, experiment)
    if problems:
        raise BadInput(problems)
    table = first_assignments(tables.assignments, experiment, timezone)
    table = _with_people(table, tables, experiment)
    last = data_end or datetime.date.min
    closes = day_start(last + datetime.timedelta(days=1), timezone)
    found: dict[str, Outcome] = {}
    metrics = all_metrics(experiment)
    for metric in metrics:
        if metric.table == "assignments":
            table, found[metric.id] = _own_column(table, metric)
    for source in dict.fromkeys(metric.table for metric in metrics if metric.table != "assignments"):
        own = [metric for metric in metrics if metric.table == source]
        table, outcomes = _from_events(table, tables, own, closes, covariate_days)
        found |= {outcome.metric.id: outcome for outcome in outcomes}
    return Subjects(experiment, tables.keep(table, f"subjects_{experiment.id}"),
                    tuple(found[metric.id] for metric in metrics))


def some_subjects(table: ir.Table) -> ir.Table:
    """Return at most :data:`MOST_ROWS` subjects, in an order that has nothing to do with arms or outcomes and is the
    same in every run: that of a hash of their number."""
    return table.order_by(table.customer_id.hash(), table.customer_id).limit(MOST_ROWS)


def first_assignments(assignments: ir.Table, experiment: Experiment, timezone: str) -> ir.Table:
    """Return one row a customer: the first assignment, how many arms and rows the customer was seen in, and whether
    rows of the same arm tell of different outcomes.

    All columns of the assignments stay, those of the contract under the names of :data:`OWN`.
    """
    mine = assignments.filter(assignments.experiment_id == experiment.id)
    dated = "assigned_at" in mine.columns
    order = [mine.assigned_at, mine.record] if dated else [mine.record]
    window = ibis.window(group_by=mine.customer_id, order_by=order)
    whole = ibis.window(group_by=mine.customer_id)
    ranked = mine.mutate(place=ibis.row_number().over(window), arms_seen=mine.arm.nunique().over(whole),
                         rows_seen=mine.count().over(whole), clashes=_clash(mine, experiment))
    first = ranked.filter(ranked.place == 0).drop("place")
    empty, day = ibis.null("string"), local_day(first.assigned_at, timezone) if dated else ibis.null("date")
    return first.mutate(
        assigned_day=day, week=day.truncate("W"),
        cluster=first.cluster_id if "cluster_id" in first.columns else empty,
        stratum=first.stratum if "stratum" in first.columns else empty)


def _clash(assignments: ir.Table, experiment: Experiment) -> ir.BooleanValue:
    """Return whether the rows of a customer in one arm differ in any outcome that came with them."""
    same = ibis.window(group_by=[assignments.customer_id, assignments.arm])
    columns = {column for metric in experiment.metrics if metric.table == "assignments"
               for column in (metric.column, metric.denominator) if column}
    differ = [assignments[column].max().over(same) != assignments[column].min().over(same)
              for column in sorted(columns)]
    return functools.reduce(operator.or_, (each.fill_null(False) for each in differ), ibis.literal(False))


def _with_people(table: ir.Table, tables: object, experiment: Experiment) -> ir.Table:
    """Return the subjects with the segments and the cluster that stand in the customers table."""
    cluster = cluster_of(table, experiment)
    wanted = [name for name in [*experiment.segments, *experiment.covariates, *cluster] if name not in table.columns]
    if wanted:
        people = tables.customers.select("customer_id", *dict.fromkeys(wanted))
        table = table.left_join(people, "customer_id").drop("customer_id_right")
    return table.mutate(cluster=table[cluster[0]].cast("string")) if cluster else table


def _own_column(table: ir.Table, metric: Metric) -> tuple[ir.Table, Outcome]:
    """Return an outcome that came with the assignments."""
    value = number(table[metric.column])
    columns, denominator = {}, None
    if metric.denominator:
        denominator = f"{metric.id}__of"
        below = number(table[metric.denominator])
        columns[denominator], value = below, below.notnull().ifelse(value, ibis.null("float64"))
    columns[_value(metric)] = _capped(value, metric)
    return table.mutate(**columns), Outcome(metric, _value(metric), denominator)


def _value(metric: Metric) -> str:
    """Return the name of a metric's numbers: no column that the data brought, whatever the metric is called."""
    return f"{metric.id}__value"


def _from_events(table: ir.Table, tables: object, metrics: Sequence[Metric], closes: ir.TimestampValue,
                 covariate_days: int) -> tuple[ir.Table, list[Outcome]]:
    """Return outcomes summed from one table of events after the assignment, and their covariates from before. The
    events are joined once for all metrics."""
    name, time, who = SOURCES[metrics[0].table]
    events = getattr(tables, name)
    columns = {"who": events[who], "at": events[time]}
    for metric in metrics:
        columns[f"{metric.id}__what"] = _measure(events, metric)
        if metric.denominator:
            columns[f"{metric.id}__per"] = _column(events, metric.denominator)
    events = events.select(**columns).filter(ibis._.who.notnull())
    people = table.select("customer_id", "assigned_at")
    joined = people.join(events, people.customer_id == events.who)
    sums = {key: value for metric in metrics for key, value in _sums(joined, metric, closes, covariate_days).items()}
    totals = joined.group_by("customer_id").aggregate(**sums)
    table = table.left_join(totals, "customer_id").drop("customer_id_right")
    filled = {each: table[each].fill_null(0.0).cast("float64") for each in sums}
    outcomes = []
    for metric in metrics:
        own = _value(metric)
        if metric.table == "feedback" and metric.kind in ("mean", "quantile"):
            filled[own] = table[own].cast("float64")  # who gave no score has none
        filled[own] = _capped(filled[own], metric)
        per = (f"{metric.id}__of", f"{metric.id}__before", f"{metric.id}__before_of")
        outcome = Outcome(metric, own, *(per if metric.denominator else (None, per[1], None)),
                          f"{metric.id}__known" if metric.window_days else None)
        if outcome.mature:
            filled[outcome.mature] = table.assigned_at + ibis.interval(days=outcome.known_after_days) <= closes
        outcomes.append(outcome)
    return table.mutate(**filled), outcomes


def _sums(joined: ir.Table, metric: Metric, closes: ir.TimestampValue, covariate_days: int) -> dict[str, ir.Value]:
    """Return a metric's sums over a subject's events: within its window, and before the assignment."""
    since, what = joined.assigned_at, joined[f"{metric.id}__what"]
    length = ibis.interval(days=metric.window_days) if metric.window_days else None
    # an order that brought about the assignment, at the same second, is no outcome of it
    inside = (joined.at > since) & (joined.at <= (since + length if length is not None else closes))
    if metric.kind == "retention":  # came back after the window, before another one has passed
        inside = (joined.at > since + length) & (joined.at <= since + length + length)
    before = (joined.at < since) & (joined.at >= since - ibis.interval(days=1) * covariate_days)
    sums = {_value(metric): _summed(what, inside, metric), f"{metric.id}__before": _summed(what, before, metric)}
    if metric.denominator:
        per = joined[f"{metric.id}__per"]
        sums |= {f"{metric.id}__of": per.sum(where=inside), f"{metric.id}__before_of": per.sum(where=before)}
    return sums


def _measure(events: ir.Table, metric: Metric) -> ir.NumericValue:
    """Return what each event adds: one where it is counted, else its column."""
    if metric.kind in COUNTED and (metric.column is None or metric.table == "orders"):
        return ibis.literal(1.0)
    return _column(events, metric.column or ("amount" if metric.table == "orders" else "score"))


def _column(events: ir.Table, column: str) -> ir.NumericValue:
    """Return a column as a number: money of orders net of refunds, ``name=value`` as one where it holds."""
    if column == "orders":
        return ibis.literal(1.0)
    name, equals, wanted = (part.strip() for part in column.partition("="))
    if equals:
        return (events[name].cast("string") == wanted).fill_null(False).cast("float64")
    return number(events["net_amount" if name == "amount" and "net_amount" in events.columns else name])


def _capped(value: ir.NumericValue, metric: Metric) -> ir.NumericValue:
    """Return a subject's value, no more than the cap: one for all arms, fixed in the plan, and nobody is dropped."""
    return value if metric.cap is None else ibis.least(value, ibis.literal(float(metric.cap)))


def _summed(what: ir.NumericValue, inside: ir.BooleanValue, metric: Metric) -> ir.NumericValue:
    if metric.kind in ("proportion", "retention"):
        return (what.sum(where=inside).fill_null(0.0) > 0).cast("float64")
    return what.mean(where=inside) if metric.table == "feedback" else what.sum(where=inside)
