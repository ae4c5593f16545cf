"""The columns that the plan of an experiment asks for: which of them the data do not hold, and their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from relops.brief.experiments import Experiment, Metric
from relops.data.headers import is_harm
from relops.errors import Problem

# table of the contract → its time, and who acted
SOURCES = {
    "orders": ("purchases", "ordered_at", "customer_id"), "touches": ("touches", "touched_at", "customer_id"),
    "feedback": ("feedback", "given_at", "customer_id"), "tickets": ("tickets", "opened_at", "customer_id"),
    "referrals": ("referrals", "invited_at", "referrer_id"), "mentions": (None, None, None),
}
TRUE, FALSE = ("true", "t", "yes", "y", "是", "有"), ("false", "f", "no", "n", "否", "无")


def cluster_of(assignments: ir.Table, experiment: Experiment) -> list[str]:
    """Return the column that names the cluster, where it is not ``cluster_id`` of the assignments."""
    return [experiment.cluster] if experiment.cluster and "cluster_id" not in assignments.columns else []


def number(column: ir.Column) -> ir.NumericValue:
    """Return a column as a number. Attributes arrive as text: words for yes and no are one and zero, what is neither
    word nor number, or no finite one, is null."""
    if not column.type().is_string():
        return _finite(column.cast("float64"))
    word = column.strip().lower()
    return ibis.coalesce(_finite(column.try_cast("float64")),
                         ibis.cases((word.isin(TRUE), 1.0), (word.isin(FALSE), 0.0)))


def _finite(value: ir.FloatingValue) -> ir.FloatingValue:
    return (value.isnan() | value.isinf()).ifelse(ibis.null("float64"), value)


def check_columns(tables: object, experiment: Experiment) -> list[Problem]:
    """Return what the plan of an experiment asks for and the data do not hold."""
    place = f"experiments.{experiment.id}"
    assigned = tables.assignments
    customers = tables.customers.columns if tables.customers is not None else ()
    problems = []
    for metric in experiment.metrics:
        problems += _check_metric(tables, metric, f"{place}.metrics.{metric.id}", "assigned_at" in assigned.columns)
        if metric.direction is None and is_harm(f"{metric.id} {metric.column or ''}"):
            problems.append(Problem("strategies.direction", f"{place}.metrics.{metric.id}", {"metric": metric.id}))
    known = {*assigned.columns, *customers}
    for name in [*experiment.segments, *experiment.covariates, *cluster_of(assigned, experiment)]:
        if name not in known:
            problems.append(Problem("strategies.no_column", place, {
                "column": name, "tables": "assignments, customers", "columns": _listed(known)}))
    problems += [Problem("strategies.covariate_is_outcome", place, {"column": metric.column, "metric": metric.id})
                 for metric in experiment.metrics if metric.table == "assignments" and metric.column
                 in experiment.covariates]
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
