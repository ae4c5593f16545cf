"""Tables of experiments: arms against the plan, effects, segments, who gets what."""

from __future__ import annotations

import pandas as pd

from relops.customers.availability import Unavailable
from relops.exhibits import Column, Table
from relops.store import MIN_PEOPLE_FOR_RATE
from relops.strategies.decision import Judged
from relops.strategies.evaluation import Evaluation
from relops.strategies.findings import metric_unit
from relops.strategies.segments import SegmentEffects
from relops.strategies.targeting import Policy


def column(key: str, unit: str = "text", **marks: object) -> Column:
    """Return a column headed ``strategies.column.<key>``."""
    return Column(key, f"strategies.column.{key}", unit, **marks)


def tabulate_arms(evaluation: Evaluation) -> list[Table]:
    """Return subjects by arm beside the plan."""
    ratio, name = evaluation.health.ratio, evaluation.experiment.id
    frame = pd.DataFrame({"arm": list(ratio.counts), "people": list(ratio.counts.values()),
                          "planned": list(ratio.planned.values()),
                          "drawn": [count / max(ratio.n, 1) for count in ratio.counts.values()]})
    columns = (column("arm"), column("people", "count", people=True), column("planned", "share"),
               column("drawn", "share", rate_of="people"))
    return [Table(f"experiment.{name}.arms.table", "strategies.table.arms", frame, columns, n=ratio.n,
                  words={"experiment": f"={name}"})]


def tabulate_effects(evaluation: Evaluation, currency: str) -> list[Table]:
    """Return all effects of a sound test: one table of shares (differences in points), one of amounts a unit."""
    by_unit: dict[str, list[Judged]] = {}
    for judged in evaluation.decision.judged:
        by_unit.setdefault(metric_unit(evaluation, judged.effect.metric, currency)[0], []).append(judged)
    return [_effects(evaluation, unit, judged, currency) for unit, judged in by_unit.items()]


def _effects(evaluation: Evaluation, unit: str, judged: list[Judged], currency: str) -> Table:
    scale = metric_unit(evaluation, judged[0].effect.metric, currency)[1]
    level_unit = "share" if unit == "points" else unit
    rows = []
    for each in judged:
        effect, thin = each.effect, min(each.effect.control.n, each.effect.treated.n) < MIN_PEOPLE_FOR_RATE
        low, high = (None if bound is None else scale * bound for bound in (effect.effect.low, effect.effect.high))
        rows.append({
            "metric": effect.metric, "role": f"@strategies.role.{each.role}", "arm": effect.arm, "people": effect.n,
            "control": None if thin else effect.control.value, "treated": None if thin else effect.treated.value,
            "effect": scale * effect.effect.value, "low": low, "high": high, "p_adjusted": each.p_adjusted,
            "verdict": f"@strategies.verdict.{each.verdict}"})
    kind = "shares" if unit == "points" else "amounts"
    part = kind if unit in ("points", "ratio") else "money"
    columns = (column("metric"), column("role"), column("arm"), column("people", "count"),
               column("control", level_unit), column("treated", level_unit), column("effect", unit),
               column("low", unit), column("high", unit), column("p_adjusted", "p_value"), column("verdict"))
    return Table(f"experiment.{evaluation.experiment.id}.{part}.table", f"strategies.table.{kind}", pd.DataFrame(rows),
                 columns, n=evaluation.health.ratio.n, words={"experiment": f"={evaluation.experiment.id}"})


def tabulate_segments(evaluation: Evaluation, currency: str) -> list[Table]:
    """Return each segment's effect on the primary metrics, raw, with adjusted p, and shrunken."""
    primary = {metric.id for metric in evaluation.experiment.metrics if metric.role == "primary"}
    return [_segments(evaluation, found, currency) for found in evaluation.segments if found.metric in primary]


def _segments(evaluation: Evaluation, found: SegmentEffects, currency: str) -> Table:
    unit, scale = metric_unit(evaluation, found.metric, currency)
    numbers = ["effect", "low", "high", "shrunken"]
    frame = found.table.assign(people=found.table["n"], **{name: scale * found.table[name] for name in numbers})
    columns = (column("value"), column("people", "count", people=True), *(column(name, unit) for name in numbers[:3]),
               column("p_adjusted", "p_value"), column("shrunken", unit))
    name = f"experiment.{evaluation.experiment.id}.{found.metric}_{found.arm}_{found.segment}.table"
    words = {"arm": f"={found.arm}", "metric": f"={found.metric}", "segment": f"={found.segment}"}
    return Table(name, "strategies.table.segments", frame, columns, n=int(frame["n"].sum()), words=words)


def tabulate_policy(policy: Policy | Unavailable, strategy: str) -> list[Table]:
    """Return how many subjects each arm would go to."""
    if isinstance(policy, Unavailable):
        return []
    counts = pd.Series(policy.chosen).value_counts().sort_index()
    frame = pd.DataFrame({"arm": counts.index, "people": counts.to_numpy(), "drawn": counts.to_numpy() / counts.sum()})
    columns = (column("arm"), column("people", "count", people=True), column("drawn", "share", rate_of="people"))
    return [Table(f"targeting.{strategy}.policy.table", "strategies.table.policy", frame, columns, n=int(counts.sum()),
                  words={"strategy": f"={strategy}"})]
