"""What the client's own history says of a test to come: who may take part, and how the metrics vary among them.

A test is acted out on the past. Everyone who was eligible on a day counts as a subject of one arm, drawn on that day,
and every metric of the plan is measured in its window as the evaluation will measure it, with its covariate from
before. Mean, variance, correlation with the covariate and within clusters are read off these subjects. The day lies
far enough back for every window to have closed before the test began, or before the data end.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace

import ibis
import ibis.expr.types as ir
import numpy as np
from tea_tasting.aggr import Aggregates

from relops.brief.experiments import Experiment, Metric
from relops.customers.availability import NOT_SUPPLIED, TOO_LITTLE, Unavailable
from relops.customers.rfm.groups import GROUPS, GroupRules
from relops.customers.rfm.summary import grouped_customers
from relops.exhibits import Evidence
from relops.strategies.consent import NO, NOBODY_ASKED, YES, Consent, contactable
from relops.strategies.days import day_start
from relops.strategies.effects import SHARES, covariance, explains_some
from relops.strategies.evaluation import Evaluation
from relops.strategies.moments import PER, VALUE, Moments, residual_variance, scan
from relops.strategies.outcomes import Outcome, Subjects, read_subjects
from relops.strategies.places import usual_place
from relops.strategies.quantiles import enough_for, is_tied, quantile_of_sorted

EVERYONE = "everyone"
ENTRY_DAYS = 28  # who was not eligible so long ago came since
TABLES = ("customers", "purchases", "touches", "feedback", "tickets", "referrals")
FEWEST = 30  # customers, below which a variance is no basis for a plan


@dataclass(frozen=True, eq=False)
class Audience:
    """Who may take part: ``people`` eligible on ``day``, ``weekly`` how many come a week (eligible then and not four
    weeks before). ``groups`` are the groups of customers that the strategy is for, empty for all; ``consent`` keeps
    out who may not be contacted."""

    day: datetime.date | None
    people: int
    weekly: float
    groups: tuple[str, ...]
    consent: Consent = NOBODY_ASKED


@dataclass(frozen=True)
class Clusters:
    """How subjects lie in clusters: how many there are, their mean size and its coefficient of variation, and the
    correlation within (one-way analysis of variance, Donner & Klar 2000; never below zero)."""

    count: int
    size: float
    variation: float
    within: float


@dataclass(frozen=True, eq=False)
class Baseline:
    """A metric among ``n`` customers without treatment: ``mean`` and ``variance`` of one (a ratio's is linearised),
    ``explained`` the share of variance that the covariate explains, corrected for chance (Ezekiel 1930), ``some`` the
    share whose value is not zero. ``source`` is history, or control where only control arms in the data have it;
    ``amounts`` reads those that are not zero, for metrics of amounts."""

    metric: Metric
    n: int
    mean: float
    variance: float
    explained: float
    some: float
    clusters: Clusters | None
    source: str
    amounts: Callable[[], np.ndarray] | None = None


def plan_day(experiment: Experiment, data_end: datetime.date | None) -> datetime.date:
    """Return the day before whose start everything is known to the plan: the start, or the day after the data end.
    Raises Unavailable where nothing in the data is dated."""
    if data_end is None:
        raise Unavailable(NOT_SUPPLIED, "orders.ordered_at")
    after = data_end + datetime.timedelta(days=1)
    return min(experiment.start or after, after)


def read_audience(tables: object, day: datetime.date, groups: Sequence[str], rules: GroupRules | None,
                  consent: Consent = NOBODY_ASKED) -> Audience:
    """Return who may take part on a day. Raises Unavailable without orders of known customers."""
    if tables.purchase_days is None:
        raise Unavailable(NOT_SUPPLIED, "orders.customer_id")
    wanted = tuple(group for group in groups if group in GROUPS) if rules else ()
    now = eligible(tables, day, wanted, rules, consent)
    earlier = eligible(tables, day - datetime.timedelta(days=ENTRY_DAYS), wanted, rules, consent)
    found = now.anti_join(earlier, "customer_id").aggregate(people=ibis._.count()).union(
        now.aggregate(people=ibis._.count())).to_pandas()["people"]
    fresh, people = int(found.min()), int(found.max())
    return Audience(day, people, fresh * 7 / ENTRY_DAYS, wanted, consent)


def eligible(tables: object, day: datetime.date, groups: Sequence[str], rules: GroupRules | None,
             consent: Consent = NOBODY_ASKED) -> ir.Table:
    """Return the customers that a test may take on a day, by what they had done before it: customer_id.

    Who refused is left out, and where consent is needed who never said; as a draw leaves them out.
    """
    each = tables.purchase_days.filter(ibis._.day < day)
    if groups:
        each = grouped_customers(each, day - datetime.timedelta(days=1), rules)
        each = each.filter(each.group.isin(list(groups)))
    each = each.select("customer_id").distinct()
    if consent.column is None:
        return each
    people = tables.customers.distinct(on="customer_id", keep="first").select("customer_id", consent.column)
    asked = each.left_join(people, "customer_id").drop("customer_id_right")
    answer = contactable(asked, consent.column)
    return asked.filter(answer == YES if consent.needed else answer != NO).select("customer_id")


def read_baselines(tables: object, experiment: Experiment, audience: Audience, rules: GroupRules | None,
                   timezone: str, covariate_days: int, window_days: int, test: Evaluation | None) -> list[Baseline]:
    """Return the baseline of every metric of the plan that has one, in the plan's order.

    ``test`` is the experiment's evaluation where it has data. A metric without a window is measured over the test's
    own length, or ``window_days``. Raises Unavailable where history holds too few customers for any.
    """
    open_days = (experiment.end - experiment.start).days if experiment.start and experiment.end else 0
    metrics = [metric if metric.window_days else metric.model_copy(update={"window_days": open_days or window_days})
               for metric in experiment.metrics if metric.table not in ("assignments", "mentions")]
    metrics = metrics if tables.purchase_days is not None else []
    found = _from_controls(test, experiment) if test else {}
    if metrics:
        drawn, cluster = _acted_out(tables, experiment, metrics, audience, rules, timezone)
        found |= _measured(tables, experiment, metrics, drawn, cluster, audience.day, timezone, covariate_days)
    baselines = [found[metric.id] for metric in experiment.metrics if metric.id in found]
    if not baselines:
        own = next((metric for metric in experiment.metrics if metric.table == "assignments" and metric.column), None)
        field = f"assignments.{own.column}" if own and not metrics else "orders.ordered_at"
        raise too_few(experiment, audience.people, field)
    return baselines


def too_few(experiment: Experiment, people: int, field: str = "orders.ordered_at") -> Unavailable:
    """Return why a test cannot be planned: the customers at hand are too few to tell how an outcome varies."""
    return Unavailable(TOO_LITTLE, field, {
        "audience": Evidence(f"experiment.{experiment.id}.plan.audience", people, "customers")})


def _acted_out(tables: object, experiment: Experiment, metrics: Sequence[Metric], audience: Audience,
               rules: GroupRules | None, timezone: str) -> tuple[ir.Table, str | None]:
    """Return the assignments of the test as if all who were eligible had been drawn before ``audience.day``, and the
    column of their clusters where customers bear it."""
    windows = max(metric.window_days * (2 if metric.kind == "retention" else 1) for metric in metrics)
    day = audience.day - datetime.timedelta(days=windows)
    moment = day_start(day, timezone)
    people = eligible(tables, day, audience.groups, rules, audience.consent)
    drawn = people.mutate(arm=ibis.literal(EVERYONE), assigned_at=moment, record=people.customer_id)
    cluster = experiment.cluster
    if cluster and (tables.customers is None or cluster not in tables.customers.columns):
        return _with_places(drawn, tables, cluster, moment), None
    return drawn, cluster


def _from_controls(test: Evaluation, experiment: Experiment) -> dict[str, Baseline]:
    """Return the baselines of metrics that came as columns of the assignments: those of the control arm."""
    made = []
    for outcome in test.subjects.outcomes:
        if outcome.metric.table == "assignments" and outcome.metric.id not in test.health.unfit:
            moments = test.moments[outcome.metric.id]
            if experiment.cluster:
                moments = scan(test.subjects.table, [outcome], ["arm", "cluster"]).moments[outcome.metric.id]
            own = _baseline(moments.where(arm=experiment.control), bool(experiment.cluster), "control")
            if own and own.clusters:  # those of the control are its share of all
                share = experiment.arms[str(experiment.control)] / sum(experiment.arms.values())
                own = replace(own, clusters=replace(own.clusters, count=round(own.clusters.count / share)))
            made.append(own)
    return {each.metric.id: each for each in made if each and each.n >= FEWEST}


def _measured(tables: object, experiment: Experiment, metrics: Sequence[Metric], assignments: ir.Table,
              cluster: str | None, day: datetime.date, timezone: str, covariate_days: int) -> dict[str, Baseline]:
    """Return the baselines of ``metrics`` among the subjects of ``assignments`` as the evaluation would read them."""
    name = f"{experiment.id}__history"
    then = SimpleNamespace(assignments=assignments.mutate(experiment_id=ibis.literal(name)), keep=tables.keep,
                           **{table: getattr(tables, table) for table in TABLES})
    plan = experiment.model_copy(update={"id": name, "metrics": list(metrics), "segments": [], "covariates": [],
                                         "cluster": cluster})
    subjects = read_subjects(then, plan, day - datetime.timedelta(days=1), timezone, covariate_days)
    moments = scan(subjects.table, subjects.outcomes, ["arm", "cluster"] if experiment.cluster else ["arm"]).moments
    made = [_baseline(moments[outcome.metric.id], bool(experiment.cluster), "history") for outcome in subjects.outcomes]
    found = {each.metric.id: _with_amounts(each, outcome, subjects)
             for each, outcome in zip(made, subjects.outcomes, strict=True) if each and each.n >= FEWEST}
    return {name: each for name, each in found.items() if each}


def _with_amounts(made: Baseline, outcome: Outcome, subjects: Subjects) -> Baseline | None:
    """Return the baseline with what reads its amounts; that of a quantile with its own variance, None where everybody
    near it has the same value."""
    if outcome.denominator:
        return made
    if outcome.metric.kind in ("mean", "count"):
        return replace(made, amounts=_reader(outcome, subjects))
    if outcome.metric.kind != "quantile":
        return made
    values = _reader(outcome, subjects)()
    whole = np.sort(np.append(values, np.zeros(made.n - len(values))))
    share = outcome.metric.share
    fit = enough_for(share, whole) and not is_tied(whole, share)
    value, error = quantile_of_sorted(whole, share) if fit else (0.0, 0.0)
    return replace(made, mean=float(value), variance=float(error) ** 2 * made.n, explained=0.0) if error > 0 else None


def _reader(outcome: Outcome, subjects: Subjects) -> Callable[[], np.ndarray]:
    """Return what reads the amounts that are not zero."""
    rows = subjects.known(outcome)
    column = rows.filter(rows[outcome.value] != 0)[outcome.value]
    return lambda: np.sort(column.to_pandas().to_numpy(float))


def _with_places(drawn: ir.Table, tables: object, cluster: str, moment: ir.TimestampValue) -> ir.Table:
    """Return the customers with the cluster of most of their orders so far as ``cluster_id``, as a draw divides them;
    none where orders name none."""
    orders = tables.purchases
    if cluster not in orders.columns:
        return drawn.mutate(cluster_id=ibis.null("string"))
    place = usual_place(orders.filter(orders.ordered_at < moment), cluster)
    place = place.select("customer_id", cluster_id=place[cluster].cast("string"))
    return drawn.left_join(place, "customer_id").drop("customer_id_right")


def _baseline(moments: Moments, clustered: bool, source: str) -> Baseline | None:
    """Return the baseline of a metric; None of fewer than two subjects, and of an amount that is the same for all: how
    it will vary once it does is not known."""
    cells = list(moments.arms().values())
    if not cells or cells[0].count() < 2:
        return None
    cell, metric = cells[0], moments.outcome.metric
    per = bool(moments.outcome.denominator)
    if per and cell.mean(PER) == 0:
        return None
    mean = cell.mean(VALUE) / (cell.mean(PER) if per else 1)
    variance = _variance(cell, mean, per)
    if metric.kind not in SHARES and not variance > 0:
        return None
    spread = {keys[-1]: each for keys, each in moments.cells.items()} if clustered else {}
    # what a covariate takes out of whole clusters hangs on how few they are: none of it may be promised
    explained = 0.0 if clustered else explained_share(cell)
    return Baseline(metric, cell.count(), mean, variance, explained, moments.fewest() / cell.count(),
                    cluster_spread(spread, mean, per), source)


def _variance(cell: Aggregates, mean: float, per: bool) -> float:
    """Return the variance per subject of a mean, or of a ratio by the delta method."""
    return residual_variance(cell, mean, PER) / cell.mean(PER) ** 2 if per else cell.var(VALUE)


def explained_share(cell: Aggregates) -> float:
    """Return the share of an outcome's variance that a line on its covariate explains, less what chance does."""
    if cell.count() <= 2 or not explains_some(cell):
        return 0.0
    own, before, both = covariance(cell)
    n, share = cell.count(), both**2 / (own * before)
    return max(0.0, 1 - (1 - share) * (n - 1) / (n - 2))


def cluster_spread(cells: dict[object, Aggregates], mean: float, per: bool) -> Clusters | None:
    """Return how subjects lie in clusters, by the moments of each; None where fewer than two clusters are named."""
    known = {name: cell for name, cell in cells.items() if isinstance(name, str)}
    if len(known) < 2:
        return None
    sizes = np.array([cell.count() for cell in known.values()], float)
    if per:
        centres = np.array([cell.mean(VALUE) - mean * cell.mean(PER) for cell in known.values()])
        spreads = np.array([residual_variance(cell, mean, PER) for cell in known.values()])
    else:
        centres = np.array([cell.mean(VALUE) for cell in known.values()])
        spreads = np.array([cell.var(VALUE) for cell in known.values()])
    total, count = sizes.sum(), len(known)
    centre = (sizes * centres).sum() / total
    inside = ((sizes - 1) * spreads).sum() / max(total - count, 1)
    between = (sizes * (centres - centre) ** 2).sum() / (count - 1)
    size = (total - (sizes**2).sum() / total) / (count - 1)
    below = between + (size - 1) * inside
    within = (between - inside) / below if below > 0 else 0.0
    return Clusters(count, float(sizes.mean()), float(sizes.std() / sizes.mean()), max(0.0, float(within)))
