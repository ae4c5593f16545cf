"""What the plan of a test says: whether enough customers can be had, what else it finds, what being wrong costs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from relops.customers.availability import Unavailable
from relops.exhibits import Evidence, Finding, Missing, Table
from relops.store import MIN_PEOPLE
from relops.strategies.findings import Said, metric_measure
from relops.strategies.plans import OUTLINE, MetricPlan, TestPlan
from relops.strategies.randomisation import FEW
from relops.strategies.tables import column

WORTH_SAYING = 0.95  # of the subjects; other shares of the arms that save less are not proposed
Plans = Mapping[str, TestPlan | Unavailable]


def say_plans(plans: Plans, currency: str, covariate_days: int) -> Said:
    """Say of every planned test how many customers it needs, and what the client's own history warns of."""
    said: Said = []
    for name, plan in plans.items():
        if isinstance(plan, Unavailable):
            said.append(plan.missing(f"experiment.{name}.plan.missing", "strategies.measure.plan"))
            continue
        numbers = plan_numbers(plan, plan.main, currency)
        words = plan_words(plan, plan.main)
        message = f"strategies.finding.plan.{_reached(plan)}"
        said.append(Finding(f"experiment.{name}.plan.finding", message, numbers, words))
        said += [*_say_discounts(plan, numbers, words, covariate_days), *_say_clusters(plan, numbers, words),
                 *_say_few_buyers(plan, currency), *_say_stakes(plan, currency), *_say_unplanned(plan)]
    return said


def plan_words(plan: TestPlan, main: MetricPlan) -> dict[str, str]:
    """Return the words of a plan's sentences."""
    return {"experiment": "strategies.plan.outline" if plan.experiment.id == OUTLINE else f"={plan.experiment.id}",
            "metric": f"={main.metric.id}",
            "taking": f"strategies.plan.{_taking(plan)}"}


def _taking(plan: TestPlan) -> str:
    if plan.enrolled:
        return "enrolled"
    return "reachable" if plan.experiment.start and plan.experiment.end else "at_hand"


def _reached(plan: TestPlan) -> str:
    main = plan.main
    if main.needed is None:
        return "no_target"
    if main.needed <= plan.subjects:
        return "enough"
    if main.days is None:
        return "never"
    return "slow" if plan.audience.weekly < MIN_PEOPLE else "short"


def plan_numbers(plan: TestPlan, each: MetricPlan, currency: str) -> dict[str, Evidence]:
    """Return the evidence of one metric of a plan."""
    subject = f"experiment.{plan.experiment.id}"
    own, n = f"{subject}.{each.metric.id}.planned", each.baseline.n
    unit, scale = metric_measure(each.metric, currency)
    level = "share" if unit == "points" else unit
    numbers = {
        "audience": Evidence(f"{subject}.plan.audience", plan.audience.people, "customers"),
        "weekly": Evidence(f"{subject}.plan.weekly", plan.audience.weekly, "customers"),
        "subjects": Evidence(f"{subject}.plan.subjects", plan.subjects, "customers"),
        "family": Evidence(f"{subject}.plan.family", plan.family, "count"),
        "wanted": Evidence(f"{subject}.plan.power", each.bar.power, "share", tag="B"),
        "baseline": Evidence(f"{own}.baseline", each.baseline.mean, level, n=n),
        "explained": Evidence(f"{own}.explained", each.spread.explained, "share", n=n),
        "detectable": Evidence(f"{own}.detectable", each.detectable * scale, unit, n=plan.subjects)}
    if each.effect is None:
        return numbers
    numbers |= {
        "effect": Evidence(f"{own}.target", each.effect * scale, unit, tag="B"),
        "needed": Evidence(f"{own}.needed", math.ceil(each.needed), "customers", n=n),
        "plain": Evidence(f"{own}.needed_plain", math.ceil(each.plain), "customers", n=n),
        "best": Evidence(f"{own}.needed_best", math.ceil(each.best), "customers", n=n),
        "power": Evidence(f"{own}.power", each.power, "share", n=plan.subjects)}
    if each.days is not None:
        numbers["weeks"] = Evidence(f"{own}.weeks", math.ceil(each.days / 7), "weeks", n=n)
    return numbers


def _say_discounts(plan: TestPlan, numbers: Mapping[str, Evidence], words: Mapping[str, str],
                   covariate_days: int) -> Said:
    """Say what the covariate saves, and what other shares of the arms would."""
    main, name, said = plan.main, plan.experiment.id, []
    if main.needed is None:
        return said
    days = Evidence(f"experiment.{name}.plan.covariate_days", covariate_days, "days", tag="A")
    if main.baseline.source == "history" and not plan.experiment.cluster:
        message = "discount" if main.spread.explained > 0 else "no_discount"
        said.append(Finding(f"experiment.{name}.plan_covariate.finding", f"strategies.finding.plan.{message}",
                            {**numbers, "days": days}, words))
    if main.best < WORTH_SAYING * main.needed:
        said.append(Finding(f"experiment.{name}.plan_shares.finding", "strategies.finding.plan.shares", numbers, words))
    return said


def _say_clusters(plan: TestPlan, numbers: Mapping[str, Evidence], words: Mapping[str, str]) -> Said:
    clusters, name = plan.main.baseline.clusters, plan.experiment.id
    if clusters is None:
        return []
    subject, n = f"experiment.{name}.plan", plan.main.baseline.n
    counted = {"clusters": Evidence(f"{subject}.clusters", clusters.count, "count"),
               "size": Evidence(f"{subject}.cluster_size", clusters.size, "count", n=n),
               "within": Evidence(f"{subject}.within_cluster", clusters.within, "ratio", n=n),
               "factor": Evidence(f"{subject}.cluster_factor", plan.main.spread.cluster_factor, "ratio", n=n)}
    message = "clusters"
    if plan.main.needed is not None:
        counted["wanted_clusters"] = Evidence(f"{subject}.clusters_needed",
                                              math.ceil(plan.main.needed / clusters.size), "count", n=n)
        message = "clusters_needed"
    return [Finding(f"{subject}_clusters.finding", f"strategies.finding.plan.{message}", {**numbers, **counted},
                    {**words, "cluster": f"={plan.experiment.cluster}"})]


def _say_few_buyers(plan: TestPlan, currency: str) -> Said:
    """Warn where so few of the smallest arm are expected to have a value that Welch's test would mislead."""
    worst, rehearsal, name = plan.sparse, plan.rehearsal, plan.experiment.id
    if worst is None:
        return []
    own = f"experiment.{name}.{worst.metric.id}.planned"
    smallest = min(plan.experiment.arms.values())
    share = FEW / (plan.subjects * worst.baseline.some) if worst.baseline.some else math.inf
    numbers = {**plan_numbers(plan, worst, currency),
               "buyers": Evidence(f"{own}.buyers", round(worst.buyers), "customers", n=plan.subjects),
               "few": Evidence(f"{own}.buyers_needed", FEW, "customers", tag="A"),
               "smallest": Evidence(f"{own}.smallest_share", smallest, "share", tag="B"),
               "allowed": Evidence(f"{own}.alpha", plan.alpha, "share", tag="B"),
               "alarms": rehearsal.alarms.evidence(f"{own}.false_alarms", "share"),
               "praise": rehearsal.praise.evidence(f"{own}.false_praise", "share")}
    misled = rehearsal.alarms.low > plan.alpha
    message = "few_held" if not misled else "few_larger" if smallest < share <= 0.5 else "few"
    if message == "few_larger":
        numbers["share"] = Evidence(f"{own}.share_needed", share, "share", n=worst.baseline.n)
    return [Finding(f"experiment.{name}.plan_buyers.finding", f"strategies.finding.plan.{message}", numbers,
                    plan_words(plan, worst))]


def _say_stakes(plan: TestPlan, currency: str) -> Said:
    stakes, name = plan.stakes, plan.experiment.id
    if stakes is None:
        return []
    subject, unit = f"experiment.{name}.plan", f"money:{currency}"
    numbers = {"people": Evidence(f"{subject}.audience", plan.audience.people, "customers"),
               "each": Evidence(f"{subject}.value_each", stakes.each, unit, tag="B"),
               "wasted": Evidence(f"{subject}.false_alarm_cost", stakes.false_alarm, unit),
               "false": Evidence(f"{subject}.false_alarm_chance", stakes.false_chance, "share"),
               "missed": Evidence(f"{subject}.missed_value", stakes.missed, unit),
               "miss": Evidence(f"{subject}.missed_chance", stakes.missed_chance, "share")}
    message = "never_pays" if stakes.each <= 0 else "stakes" if stakes.false_alarm > 0 else "stakes_free"
    return [Finding(f"{subject}_stakes.finding", f"strategies.finding.plan.{message}", numbers,
                    plan_words(plan, plan.main))]


def _say_unplanned(plan: TestPlan) -> Said:
    """Say for which metrics of the brief there is no history to plan by."""
    planned = {each.metric.id for each in plan.metrics}
    return [Missing(f"experiment.{plan.experiment.id}.{metric.id}.plan.missing",
                    "M1" if metric.table == "assignments" and not plan.enrolled else "M2",
                    f"{metric.table}.{metric.column or metric.id}", "strategies.measure.plan")
            for metric in plan.experiment.metrics if metric.id not in planned]


def tabulate_plans(plans: Plans) -> list[Table]:
    """Return one row a metric of every planned test; targets and detectable effects as shares of today's value."""
    rows = []
    for plan in plans.values():
        for each in () if isinstance(plan, Unavailable) else plan.metrics:
            level = each.baseline.mean
            rows.append({
                "experiment": plan.experiment.id, "metric": each.metric.id, "role": f"@strategies.role.{each.role}",
                "target": each.effect / level if each.effect and level > 0 else None,
                "needed": None if each.needed is None else math.ceil(each.needed), "subjects": plan.subjects,
                "detectable": each.detectable / level if level > 0 else None, "power": each.power,
                "explained": each.spread.explained,
                "weeks": None if each.days is None else math.ceil(each.days / 7)})
    if not rows:
        return []
    columns = (column("experiment"), column("metric"), column("role"), column("target", "share"),
               column("needed", "count"), column("subjects", "count"), column("detectable", "share"),
               column("power", "share"), column("explained", "share"), column("weeks", "count"))
    return [Table("experiment.all.plan.table", "strategies.table.plan", pd.DataFrame(rows), columns)]


def plan_values(plans: Plans) -> pd.Series:
    """Return what every plan needs and finds by evidence id, rounded for printing."""
    values: dict[str, object] = {}
    for plan in plans.values():
        for each in () if isinstance(plan, Unavailable) else plan.metrics:
            own = f"experiment.{plan.experiment.id}.{each.metric.id}.planned"
            values[f"{own}.detectable"] = f"{each.detectable:.4f}"
            if each.needed is not None:
                values[f"{own}.needed"] = math.ceil(each.needed)
    return pd.Series(values, dtype=object)
