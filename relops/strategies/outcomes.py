"""The subjects of an experiment and what became of them: one row a subject, made in the engine.

A subject is a customer at the first assignment. Outcomes are what the customer did from then on within the metric's
window, covariates what the same customer did just before; a covariate never reaches past the assignment. Subjects
whose window has not closed by the end of the data are set apart: their outcome is not known yet.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from relops.brief.experiments import Experiment, Metric
from relops.errors import BadInput, Problem

# table of the contract → its time, and who acted
SOURCES = {
    "orders": ("purchases", "ordered_at", "customer_id"), "touches": ("touches", "touched_at", "customer_id"),
    "feedback": ("feedback", "given_at", "customer_id"), "tickets": ("tickets", "opened_at", "customer_id"),
    "referrals": ("referrals", "invited_at", "referrer_id"), "mentions": (None, None, None),
}
TRUE, FALSE = ("true", "t", "yes", "y", "是", "有"), ("false", "f", "no", "n", "否", "无")
COUNTED = ("proportion", "count", "retention")  # kinds that ask whether or how often, not how much
OWN = ("customer_id", "arm", "assigned_at", "cluster", "stratum", "week", "arms_seen", "rows_seen")


@dataclass(frozen=True)
class Outcome:
    """Where a metric's numbers lie in the table of subjects: ``value`` over ``denominator`` (None: the subject),
    ``covariate`` the same before assignment (None where there is no before), ``mature`` whether the value is known."""

    metric: Metric
    value: str
    denominator: str | None
    covariate: str | None
    mature: str | None

    @property
    def known_after_days(self) -> int:
        """Days from assignment until the value is known; zero where it always is."""
        windows = 2 if self.metric.kind == "retention" else 1
        return windows * (self.metric.window_days or 0)


@dataclass(frozen=True, eq=False)
class Subjects:
    """The subjects of one experiment: ``table`` with the columns of :data:`OWN`, one column a segment, and those that
    ``outcomes`` name."""

    experiment: Experiment
    table: ir.Table
    outcomes: tuple[Outcome, ...]

    def outcome(self, metric: str) -> Outcome:
        """Return the outcome of a metric. Raises KeyError."""
        return next(outcome for outcome in self.outcomes if outcome.metric.id == metric)

    def known(self, outcome: Outcome) -> ir.Table:
        """Return the subjects whose outcome is known."""
        table = self.table.filter(self.table[outcome.value].notnull())
        return table if outcome.mature is None else table.filter(table[outcome.mature])


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
    table = first_assignments(tables.assignments, experiment)
    table = _with_people(table, tables, experiment)
    last = data_end or datetime.date.min
    closes = ibis.timestamp(datetime.datetime.combine(last + datetime.timedelta(days=1), datetime.time()),
                            timezone=timezone)
    found = []
    for metric in experiment.metrics:
        if metric.table == "assignments":
            table, outcome = _own_column(table, metric)
        else:
            table, outcome = _in_window(table, tables, metric, closes, covariate_days)
        found.append(outcome)
    return Subjects(experiment, tables.keep(table, f"subjects_{experiment.id}"), tuple(found))


def first_assignments(assignments: ir.Table, experiment: Experiment) -> ir.Table:
    """Return one row a customer: the first assignment, and how many arms and rows the customer was seen in.

    All columns of the assignments stay, those of the contract under the names of :data:`OWN`.
    """
    mine = assignments.filter(assignments.experiment_id == experiment.id)
    dated = "assigned_at" in mine.columns
    order = [mine.assigned_at, mine.record] if dated else [mine.record]
    window = ibis.window(group_by=mine.customer_id, order_by=order)
    whole = ibis.window(group_by=mine.customer_id)
    ranked = mine.mutate(place=ibis.row_number().over(window), arms_seen=mine.arm.nunique().over(whole),
                         rows_seen=mine.count().over(whole))
    first = ranked.filter(ranked.place == 0).drop("place")
    empty = ibis.null("string")
    return first.mutate(
        cluster=first.cluster_id if "cluster_id" in first.columns else empty,
        stratum=first.stratum if "stratum" in first.columns else empty,
        week=first.assigned_at.truncate("W").date() if dated else ibis.null("date"))


def _with_people(table: ir.Table, tables: object, experiment: Experiment) -> ir.Table:
    """Return the subjects with the segments and the cluster that stand in the customers table."""
    cluster = _cluster_of(table, experiment)
    wanted = [name for name in [*experiment.segments, *experiment.covariates, *cluster] if name not in table.columns]
    if wanted:
        people = tables.customers.select("customer_id", *dict.fromkeys(wanted))
        table = table.left_join(people, "customer_id").drop("customer_id_right")
    return table.mutate(cluster=table[cluster[0]].cast("string")) if cluster else table


def _cluster_of(assignments: ir.Table, experiment: Experiment) -> list[str]:
    """Return the column that names the cluster, where it is not ``cluster_id`` of the assignments."""
    return [experiment.cluster] if experiment.cluster and "cluster_id" not in assignments.columns else []


def _own_column(table: ir.Table, metric: Metric) -> tuple[ir.Table, Outcome]:
    """Return an outcome that came with the assignments."""
    columns = {metric.id: number(table[metric.column])}
    denominator = None
    if metric.denominator:
        denominator = f"{metric.id}__of"
        columns[denominator] = number(table[metric.denominator])
    return table.mutate(**columns), Outcome(metric, metric.id, denominator, None, None)


def _in_window(table: ir.Table, tables: object, metric: Metric, closes: ir.TimestampValue,
               covariate_days: int) -> tuple[ir.Table, Outcome]:
    """Return an outcome summed from a table of events after the assignment, and its covariate from before."""
    name, time, who = SOURCES[metric.table]
    events = getattr(tables, name)
    columns = {"who": events[who], "at": events[time], "what": _measure(events, metric)}
    if metric.denominator:
        columns["per"] = _column(events, metric.denominator)
    events = events.select(**columns).filter(ibis._.who.notnull())
    people = table.select("customer_id", "assigned_at")
    joined = people.join(events, people.customer_id == events.who)
    since, day = joined.assigned_at, ibis.interval(days=1)
    length = ibis.interval(days=metric.window_days) if metric.window_days else None
    # an order that brought about the assignment, at the same second, is no outcome of it
    inside = (joined.at > since) & (joined.at <= (since + length if length is not None else closes))
    if metric.kind == "retention":  # came back after the window, before another one has passed
        inside = (joined.at > since + length) & (joined.at <= since + length + length)
    before = (joined.at < since) & (joined.at >= since - day * covariate_days)
    value, of, covariate, mature = metric.id, f"{metric.id}__of", f"{metric.id}__before", f"{metric.id}__known"
    sums = {value: _summed(joined.what, inside, metric), covariate: _summed(joined.what, before, metric)}
    if metric.denominator:
        sums[of] = joined.per.sum(where=inside)
    totals = joined.group_by("customer_id").aggregate(**sums)
    table = table.left_join(totals, "customer_id").drop("customer_id_right")
    filled = {each: table[each].fill_null(0.0).cast("float64") for each in sums}
    if metric.table == "feedback" and metric.kind in ("mean", "quantile"):
        filled[value] = table[value].cast("float64")  # who gave no score has none
    outcome = Outcome(metric, value, of if metric.denominator else None, covariate,
                      mature if metric.window_days else None)
    if outcome.mature:
        filled[mature] = table.assigned_at + ibis.interval(days=outcome.known_after_days) <= closes
    return table.mutate(**filled), outcome


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


def number(column: ir.Column) -> ir.NumericValue:
    """Return a column as a number. Attributes arrive as text: words for yes and no are one and zero, what is neither
    word nor number is null."""
    if not column.type().is_string():
        return column.cast("float64")
    word = column.strip().lower()
    return ibis.coalesce(column.try_cast("float64"), ibis.cases((word.isin(TRUE), 1.0), (word.isin(FALSE), 0.0)))


def _summed(what: ir.NumericValue, inside: ir.BooleanValue, metric: Metric) -> ir.NumericValue:
    if metric.kind in ("proportion", "retention"):
        return (what.sum(where=inside).fill_null(0.0) > 0).cast("float64")
    return what.mean(where=inside) if metric.table == "feedback" else what.sum(where=inside)


def check_columns(tables: object, experiment: Experiment) -> list[Problem]:
    """Return what the plan of an experiment asks for and the data do not hold."""
    place = f"experiments.{experiment.id}"
    assigned = tables.assignments
    customers = tables.customers.columns if tables.customers is not None else ()
    problems = []
    for metric in experiment.metrics:
        problems += _check_metric(tables, metric, f"{place}.metrics.{metric.id}", "assigned_at" in assigned.columns)
    known = {*assigned.columns, *customers}
    for name in [*experiment.segments, *experiment.covariates, *_cluster_of(assigned, experiment)]:
        if name not in known:
            problems.append(Problem("strategies.no_column", place, {
                "column": name, "tables": "assignments, customers", "columns": _listed(known)}))
    return problems


def _check_metric(tables: object, metric: Metric, place: str, dated: bool) -> list[Problem]:
    source = metric.table if metric.table == "assignments" else SOURCES.get(metric.table, (None,))[0]
    table = getattr(tables, source) if source else None
    if table is None:
        return [Problem("strategies.no_table", place, {"table": metric.table})]
    if metric.table != "assignments" and not dated:
        return [Problem("strategies.no_assigned_at", place, {"table": metric.table})]
    if metric.kind == "retention" and not metric.window_days:
        return [Problem("strategies.no_window", place, {})]
    asked = [column.partition("=")[0].strip() for column in (metric.column, metric.denominator)
             if column and column != "orders"]
    asked += ["column"] if metric.table == "assignments" and not metric.column else []
    return [Problem("strategies.no_column", place, {"column": column, "tables": metric.table,
                                                    "columns": _listed(table.columns)})
            for column in asked if column not in table.columns]


def _listed(names: Sequence[str] | Mapping[str, object] | set[str]) -> str:
    return ", ".join(sorted(name for name in names if not name.startswith("_")))
