"""The plan of a test before it runs: how many customers, for how long, what it can find, what being wrong costs.

The numbers come from the client's own history (:mod:`relops.strategies.history`) and from the rule that the
evaluation will judge by: the same family of tests, the same looks, the same covariate and never more of it than was
measured.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import skew

from relops.brief import Brief
from relops.brief.experiments import Experiment, Metric
from relops.customers.availability import Unavailable, attempt
from relops.customers.order_summary import gap_summary
from relops.customers.rfm.groups import GroupRules, group_rules, named_groups
from relops.strategies.consent import consent_rule
from relops.strategies.decision import family_size
from relops.strategies.design import (
    Bar,
    Spread,
    best_shares,
    detectable_effect,
    detectable_share,
    needed_subjects,
    power_of,
    share_spread,
)
from relops.strategies.effects import SHARES
from relops.strategies.evaluation import Evaluation, Settings, lacking, money_metrics, planned_experiments
from relops.strategies.history import Audience, Baseline, plan_day, read_audience, read_baselines, too_few
from relops.strategies.randomisation import is_lopsided, is_sparse
from relops.strategies.rehearsal import Rehearsal, rehearse

REHEARSALS = 1000
OUTLINE = "next_test"  # the test that would answer, where the brief plans none


@dataclass(frozen=True, eq=False)
class MetricPlan:
    """One metric of a planned test. ``effect`` is the target, of a guardrail the margin (None: the brief names
    none); ``needed`` subjects in all arms together find it, ``plain`` without the covariate, ``best`` with the
    shares that need fewest; ``detectable`` is what the subjects at hand find, ``power`` how surely they find
    ``effect``; ``days`` until the last window closes, None where the subjects never come. ``buyers`` of the smallest
    arm are expected to have a value at all; ``few`` says that these are too few for Welch's test."""

    baseline: Baseline
    role: str
    spread: Spread
    bar: Bar
    effect: float | None
    needed: float | None
    plain: float | None
    best: float | None
    detectable: float
    power: float | None
    days: float | None
    buyers: float
    few: bool

    @property
    def metric(self) -> Metric:
        """The metric of the brief."""
        return self.baseline.metric


@dataclass(frozen=True)
class Stakes:
    """What being wrong costs over everyone who may take part, once: ``false_alarm`` the contacts paid for a treatment
    without effect, with at most ``false_chance``; ``missed`` the margin net of contacts that a treatment of the target
    effect would have brought, with ``missed_chance``. ``each`` is that margin for one customer."""

    each: float
    false_alarm: float
    false_chance: float
    missed: float
    missed_chance: float


@dataclass(frozen=True, eq=False)
class TestPlan:
    """The plan of one experiment: who may take part, ``subjects`` how many will have by its end (or did: ``enrolled``),
    its metrics, the ``family`` of tests judged together. ``sparse`` is the metric with too few buyers, ``rehearsal``
    what Welch's test makes of it; ``stakes`` are there where the brief gives a target in money."""

    experiment: Experiment
    audience: Audience
    subjects: int
    enrolled: bool
    metrics: tuple[MetricPlan, ...]
    family: int
    alpha: float
    sparse: MetricPlan | None
    rehearsal: Rehearsal | None
    stakes: Stakes | None

    @property
    def main(self) -> MetricPlan:
        """The metric that decides: the first primary one, else the first."""
        return next((each for each in self.metrics if each.role == "primary"), self.metrics[0])


def plan_all(tables: object, brief: Brief, data_end: datetime.date | None, settings: Settings,
             frozen: Mapping[str, object], tests: Sequence[Evaluation]) -> dict[str, TestPlan | Unavailable]:
    """Return id → plan of every experiment of the brief, or of an outline where it has none; or why there is none.

    ``frozen`` are the rulers of the project, ``tests`` the experiments that have data.
    """
    seen = {test.experiment.id: test for test in tests}
    rules = group_limits(tables, brief, frozen)
    return {experiment.id: attempt(plan_test, tables, experiment, brief=brief, data_end=data_end, settings=settings,
                                   rules=rules, test=seen.get(experiment.id))
            for experiment in planned_experiments(brief) or [outline_test(settings)]}


def group_limits(tables: object, brief: Brief, frozen: Mapping[str, object]) -> GroupRules | None:
    """Return the limits of the groups of customers, None where no strategy is for groups or none can be drawn."""
    if tables.purchase_days is None or not any(strategy.segments for strategy in brief.strategies):
        return None
    rules = group_rules(gap_summary(tables.purchase_days), brief.segments, frozen)
    return None if isinstance(rules, Unavailable) else rules


def outline_test(settings: Settings) -> Experiment:
    """Return the simplest test: everyone, half of them treated, who buys and what they spend."""
    common = {"table": "orders", "column": "amount", "direction": "increase", "window_days": settings.window_days}
    return Experiment.model_validate({
        "id": OUTLINE, "control": "control", "arms": {"control": 0.5, "treated": 0.5}, "metrics": [
            {"id": "bought", "kind": "proportion", "role": "primary", **common},
            {"id": "spend", "kind": "mean", "role": "secondary", **common}]})


def plan_test(tables: object, experiment: Experiment, *, brief: Brief, data_end: datetime.date | None,
              settings: Settings, rules: GroupRules | None, test: Evaluation | None) -> TestPlan:
    """Return the plan of one experiment, ``test`` being its evaluation where it has data. Raises Unavailable where
    history says too little."""
    if field := lacking(experiment):
        raise Unavailable("M4", field)
    strategy = next((each for each in brief.strategies if each.id == experiment.strategy), None)
    if tables.purchase_days is None and test:  # outcomes came with the assignments: those who took part are all known
        audience = Audience(experiment.start, test.health.ratio.n, 0.0, ())
    else:
        groups = named_groups(strategy.segments, brief.segments)[0] if strategy else ()
        audience = read_audience(tables, plan_day(experiment, data_end), groups, rules,
                                 consent_rule(tables, brief, strategy))
    baselines = read_baselines(tables, experiment, audience, rules, brief.period.timezone, settings.covariate_days,
                               settings.window_days, test)
    subjects = test.health.ratio.n if test else reachable(audience, experiment)
    if subjects < len(experiment.arms):
        raise too_few(experiment, subjects)
    alpha, power = float(experiment.alpha or settings.alpha), float(experiment.power or settings.power)
    family = family_size(experiment)
    bar = Bar(alpha, power, looks=count_looks(experiment))
    metrics = tuple(plan_metric(baseline, experiment, replace(
        bar, comparisons=1 if baseline.metric.role == "guardrail" else family), audience, subjects)
        for baseline in baselines)
    few = next((each for each in metrics if each.few), None)
    rehearsal = few and rehearse_metric(few.baseline, experiment, alpha, settings.seed)
    plan = TestPlan(experiment, audience, subjects, test is not None, metrics, family, alpha,
                    few if rehearsal else None, rehearsal, None)
    return replace(plan, stakes=weigh_stakes(plan, brief.finance.margin_rate))


def count_looks(experiment: Experiment) -> int:
    """Return how many times the plan looks at the outcome; once where it names no looks or has an open end."""
    looks = experiment.looks
    return looks if isinstance(looks, int) else len(looks) if isinstance(looks, list) else 1


def reachable(audience: Audience, experiment: Experiment) -> int:
    """Return how many subjects can be had: those at hand, and those who come while the test still enrols."""
    weeks = 0.0
    if experiment.start and experiment.end:
        windows = max((each.window_days or 0 for each in experiment.metrics), default=0)
        weeks = max(0.0, ((experiment.end - experiment.start).days - windows) / 7)
    return audience.people + int(audience.weekly * weeks)


def plan_metric(baseline: Baseline, experiment: Experiment, bar: Bar, audience: Audience,
                subjects: int) -> MetricPlan:
    """Return the plan of one metric, judged by ``bar`` with ``subjects`` in all arms."""
    metric = baseline.metric
    control = experiment.arms[str(experiment.control)]
    treated = min(share for arm, share in experiment.arms.items() if arm != experiment.control)
    pair = control + treated
    shares = (control / pair, treated / pair)
    smallest = min(experiment.arms.values()) * subjects
    drawable = baseline.amounts is not None and not experiment.cluster
    few = drawable and is_sparse(smallest * baseline.some, smallest)
    plain_test = few or (drawable and _too_skew(baseline, control * subjects, treated * subjects))
    effect = metric.margin if metric.role == "guardrail" else metric.target
    effect = float(effect) if effect else None
    spread = spread_of(baseline, effect, explained=0.0 if plain_test else baseline.explained)
    if baseline.clusters:
        bar = replace(bar, freedom=max(baseline.clusters.count * pair - 2, 1))
    at_hand = subjects * pair
    if metric.kind in SHARES and metric.role != "guardrail" and 0 < baseline.mean < 1 and not baseline.clusters:
        rise = baseline.mean if metric.direction != "decrease" else 1 - baseline.mean
        detectable = detectable_share(at_hand, rise, shares, bar, explained=spread.explained)
    else:
        detectable = detectable_effect(at_hand, spread, shares, bar)
    found = (None,) * 4
    if effect is not None:
        large = replace(bar, freedom=None)  # more subjects are more clusters
        best = best_shares(list(experiment.arms), str(experiment.control))
        least = min(share for arm, share in best.items() if arm != experiment.control), best[str(experiment.control)]
        found = (needed_subjects(effect, spread, shares, large) / pair,
                 needed_subjects(effect, replace(spread, explained=0.0), shares, large) / pair,
                 needed_subjects(effect, spread, (least[1] / sum(least), least[0] / sum(least)), large) / sum(least),
                 power_of(at_hand, effect, spread, shares, bar))
    needed, plain, best_needed, power = found
    return MetricPlan(baseline, metric.role or "secondary", spread, bar, effect, needed, plain, best_needed, detectable,
                      power, _days(needed, audience, baseline), smallest * baseline.some, few)


def _too_skew(baseline: Baseline, control: float, treated: float) -> bool:
    """Whether arms of these sizes will be compared by the randomisation test, which no covariate helps."""
    if not is_lopsided(math.sqrt(baseline.n), control, treated):  # no sample is more skew
        return False
    whole = np.append(values := baseline.amounts(), np.zeros(baseline.n - len(values)))
    return is_lopsided(float(skew(whole)), control, treated)


def spread_of(baseline: Baseline, effect: float | None, explained: float) -> Spread:
    """Return the spread of a metric in both arms, were the treated arm to have ``effect``."""
    metric, clusters = baseline.metric, baseline.clusters
    others = {"explained": explained}
    if clusters:
        others |= {"cluster_size": clusters.size, "cluster_variation": clusters.variation,
                   "within_cluster": clusters.within}
    if metric.kind not in SHARES:
        return Spread(baseline.variance, baseline.variance, **others)
    share = baseline.mean
    if share in (0.0, 1.0):  # seen of nobody, or of everybody: not impossible (Agresti & Coull 1998)
        share = (share * baseline.n + 2) / (baseline.n + 4)
    moved = share
    if effect and metric.role != "guardrail":
        moved = min(max(share + effect * (-1 if metric.direction == "decrease" else 1), 0.0), 1.0)
    return share_spread(share, moved, **others)


def rehearse_metric(baseline: Baseline, experiment: Experiment, alpha: float, seed: int) -> Rehearsal | None:
    """Return what Welch's test says of history divided at random into the control and the smallest other arm, None
    where it holds too few."""
    control = experiment.arms[str(experiment.control)]
    treated = min(share for arm, share in experiment.arms.items() if arm != experiment.control)
    pair, values = control + treated, baseline.amounts()
    n = int(baseline.n * pair)
    smaller = round(n * min(control, treated) / pair)
    values = np.random.default_rng(seed).permutation(values)[: round(len(values) * pair)]
    if min(smaller, n - smaller) < 2 or len(values) == 0:
        return None
    return rehearse(values, n, smaller, alpha, REHEARSALS, seed)


def _days(needed: float | None, audience: Audience, baseline: Baseline) -> float | None:
    """Return the days from the start until ``needed`` subjects have come and the window of the last has closed. Of a
    few clusters no more come by waiting."""
    if needed is None:
        return None
    window = (baseline.metric.window_days or 0) * (2 if baseline.metric.kind == "retention" else 1)
    short = needed - audience.people
    if short <= 0:
        return window
    if audience.weekly <= 0 or baseline.clusters:
        return None
    return math.ceil(short / audience.weekly * 7) + window


def weigh_stakes(plan: TestPlan, margin_rate: float | None) -> Stakes | None:
    """Return what being wrong costs, None where the brief names no target in money or no contact cost."""
    experiment = plan.experiment
    found = [(metric.target, rate) for metric, rate in money_metrics(experiment, margin_rate) if metric.target]
    if not found or experiment.contact_cost is None:
        return None
    target, rate = found[0]
    cost, people = float(experiment.contact_cost), plan.audience.people
    each = float(target) * rate - cost
    power = plan.main.power if plan.main.power is not None else plan.main.bar.power
    return Stakes(each, cost * people, plan.alpha / 2, each * people, 1 - power)

