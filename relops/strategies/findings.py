"""What experiments say: health, effects, segments, the decision, and whether choosing arms is worth it.

``say_*`` take a result and return a list for ``nb.publish``; a verdict word is a message chosen by code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from relops.brief import Brief
from relops.brief.experiments import Metric
from relops.customers.availability import Unavailable
from relops.customers.estimates import Estimate
from relops.exhibits import Evidence, Finding, Missing
from relops.strategies.decision import Judged
from relops.strategies.effects import SHARES, Effect
from relops.strategies.evaluation import Evaluation
from relops.strategies.health import Health
from relops.strategies.looking import ALWAYS, PLANNED, always_width, even_subjects
from relops.strategies.outcomes import BESIDE
from relops.strategies.segments import FEWEST, SegmentEffects, Unread
from relops.strategies.sequential import FARTHEST
from relops.strategies.targeting import Policy

Said = list[Finding | Missing | Evidence]
POINTS = 100
MOST_NAMED, LONGEST_NAME = 5, 20  # arms that nobody planned, and letters of one


def metric_unit(evaluation: Evaluation, metric: str, currency: str) -> tuple[str, float]:
    """Return the unit a metric's effect is printed in and how many of them one is: points, money or a plain number."""
    return metric_measure(evaluation.subjects.outcome(metric).metric, currency)


def metric_measure(metric: Metric, currency: str) -> tuple[str, float]:
    """Return the unit of a difference in a metric of the brief and how many of them one is."""
    if metric.kind in SHARES:
        return "points", POINTS
    return (f"money:{currency}", 1) if metric.is_money else ("ratio", 1)


def estimate_evidence(estimate: Estimate, evidence_id: str, unit: str, scale: float = 1) -> Evidence:
    """Return an estimate as evidence in a unit of which one is ``scale``."""
    low, high = (None if bound is None else scale * bound for bound in (estimate.low, estimate.high))
    return Evidence(evidence_id, scale * estimate.value, unit, low, high, None if low is None else estimate.level,
                    estimate.n)


def say_coverage(tests: Sequence[Evaluation], brief: Brief, assigned: bool) -> Said:
    """Say how many experiments of the brief have data; M3 without assignments, M4 where the brief plans none."""
    if not assigned:
        return [Missing("experiment.assignments.missing", "M3", "assignments", "strategies.measure.effects")]
    if not tests:
        return [Missing("experiment.plan.missing", "M4", "experiments", "strategies.measure.effects")]
    numbers = {"tests": Evidence("experiment.all.tests", len(tests), "count"),
               "planned": Evidence("experiment.all.planned", len(brief.experiments), "count", tag="B"),
               "sound": Evidence("experiment.all.sound", sum(test.health.sound for test in tests), "count")}
    return [Finding("experiment.coverage.finding", "strategies.finding.coverage", numbers)]


def strategy_key(test: Evaluation) -> str:
    """Return the strategy that an experiment serves as a part of an evidence id; without one the experiment's own."""
    return re.sub(r"[^a-z0-9_]+", "_", str(test.experiment.strategy or test.experiment.id).lower())


def say_health(evaluation: Evaluation) -> Said:
    """Say whether a test may be read at all; of an unhealthy one, what is wrong with it."""
    health, name = evaluation.health, evaluation.experiment.id
    subject, n = f"experiment.{name}", health.ratio.n
    numbers = {
        "subjects": subjects_evidence(evaluation),
        "p": Evidence(f"{subject}.sample_ratio.p", health.ratio.p, "p_value", n=n),
        "deviation": Evidence(f"{subject}.sample_ratio.deviation", health.ratio.deviation, "share", n=n)}
    verdict = ("sound" if not health.notes else "noted") if health.sound else "unhealthy" if n else "nobody"
    said: Said = [Finding(f"{subject}.health.finding", f"strategies.finding.health.{verdict}", numbers,
                          {"experiment": f"={name}"}, code=None if health.sound else "M7")]
    counted = {**health.numbers, "before": len(health.before),
               "sample_ratio": n, "one_arm": n, "few": health.numbers["smallest"]}
    for kind, names in (("fault", health.faults), ("note", health.notes)):
        for fault in names:
            count = Evidence(f"{subject}.fault.{fault}", int(counted[fault]), "count")
            words = {"experiment": f"={name}", **(_strays(health) if fault == "stray" else {})}
            said.append(Finding(f"{subject}.{kind}_{fault}.finding", f"strategies.finding.{kind}.{fault}",
                                {"count": count}, words))
    return said


def _strays(health: Health) -> dict[str, str]:
    """Return the words that name the arms which nobody planned, the largest first, and those that were."""
    found = [(arm or "–")[:LONGEST_NAME] for arm in sorted(health.stray, key=health.stray.__getitem__, reverse=True)]
    return {"found": f"={' / '.join(found[:MOST_NAMED])}{' …' if len(found) > MOST_NAMED else ''}",
            "planned": f"={' / '.join(health.ratio.planned)}"}


def effect_numbers(evaluation: Evaluation, judged: Judged, currency: str) -> dict[str, Evidence]:
    """Return the evidence of one effect: effect, relative (where it makes sense), p, p_adjusted, variance_cut."""
    effect = judged.effect
    subject = f"experiment.{evaluation.experiment.id}.{effect.metric}.{effect.arm}"
    unit, scale = metric_unit(evaluation, effect.metric, currency)
    numbers = {"effect": estimate_evidence(effect.effect, f"{subject}.effect", unit, scale),
               "p": Evidence(f"{subject}.p", effect.p, "p_value", n=effect.n),
               "p_adjusted": Evidence(f"{subject}.p_adjusted", judged.p_adjusted, "p_value", n=effect.n)}
    if effect.relative is not None:
        numbers["relative"] = estimate_evidence(effect.relative, f"{subject}.relative_effect", "share")
    if effect.variance_cut is not None:
        numbers["cut"] = Evidence(f"{subject}.variance_cut", effect.variance_cut, "share", n=effect.n)
    return numbers


def say_effects(evaluation: Evaluation, currency: str) -> Said:
    """Say what each arm did to each metric."""
    said: Said = []
    for judged in evaluation.decision.judged:
        numbers = effect_numbers(evaluation, judged, currency)
        effect = judged.effect
        if effect.effect.low is None:
            said += numbers.values()
            continue
        words = {"experiment": f"={evaluation.experiment.id}", "arm": f"={effect.arm}", "metric": f"={effect.metric}",
                 "control": f"={effect.control_arm}", "verdict": f"strategies.verdict.{judged.verdict}",
                 "method": f"strategies.method.{effect.method}"}
        message = "effect_beside" if judged.role == BESIDE else "effect"
        if effect.relative is not None:
            message, words["scale"] = f"{message}_relative", f"strategies.relative.{effect.relative_method}"
        said.append(Finding(f"experiment.{evaluation.experiment.id}.{effect.metric}.{effect.arm}.finding",
                            f"strategies.finding.{message}", numbers, words))
    return said


def look_numbers(evaluation: Evaluation) -> dict[str, Evidence]:
    """Return the evidence of how a test is read: looks planned and over, the latest one's bound and subjects."""
    looking, subject = evaluation.looking, f"experiment.{evaluation.experiment.id}.look"
    if looking.kind == ALWAYS:
        metrics = sorted(evaluation.experiment.metrics, key=lambda metric: metric.role != "primary")
        n = even_subjects(evaluation.moments[metrics[0].id].smallest())
        return {"times": Evidence(f"{subject}.times_as_wide", always_width(looking, n), "ratio", n=n)}
    if looking.kind != PLANNED:
        return {}
    numbers = {"done": Evidence(f"{subject}.done", looking.done, "count"),
               "looks": Evidence(f"{subject}.planned", len(looking.days), "count", tag="B")}
    if looking.done:
        known = looking.subjects[-1]
        numbers |= {"known": Evidence(f"{subject}.subjects", known, "customers", n=known),
                    "bound": Evidence(f"{subject}.bound", float(looking.bounds[-1]), "ratio", n=known)}
    return numbers


def say_looks(evaluation: Evaluation) -> Said:
    """Say how a test may be read, where not just once at its end; nothing of an unhealthy one."""
    looking, name = evaluation.looking, evaluation.experiment.id
    if looking.kind not in (PLANNED, ALWAYS) or not evaluation.health.sound:
        return []
    if looking.kind == PLANNED and looking.readable and looking.bounds[-1] >= FARTHEST:
        return []  # so early that nobody's outcome is known: no bound to speak of
    numbers = look_numbers(evaluation)
    if looking.until:
        numbers["until"] = Evidence(f"experiment.{name}.until", looking.until, "date")
    message = looking.kind if looking.readable else "before"
    return [Finding(f"experiment.{name}.look.finding", f"strategies.finding.look.{message}", numbers,
                    {"experiment": f"={name}"})]


def say_segments(evaluation: Evaluation, currency: str) -> Said:
    """Say of each declared segment whether the effect on the primary metrics differs, and where it does harm."""
    said: Said = []
    for found in evaluation.segments:
        plan = next(metric for metric in evaluation.experiment.metrics if metric.id == found.metric)
        if plan.role != "primary":
            continue
        good = -1 if plan.direction == "decrease" else 1
        said.append(_segment_finding(evaluation, found, good, currency))
    for unread in evaluation.unread:
        said += _unread(evaluation, unread)
    return said


def _unread(evaluation: Evaluation, unread: Unread) -> Said:
    """Say who is left out of the effects by a segment, and whether too little is left to compare at all."""
    if not unread.few and not unread.nameless and unread.read > 1:
        return []
    subject = f"experiment.{evaluation.experiment.id}.segment.{unread.segment}"
    numbers = {"few": Evidence(f"{subject}.few", unread.few, "customers"),
               "needed": Evidence(f"{subject}.needed", FEWEST, "count", tag="A"),
               "nameless": Evidence(f"{subject}.nameless", unread.nameless, "customers")}
    message = "left_out" if unread.read > 1 else "unread"
    words = {"experiment": f"={evaluation.experiment.id}", "segment": f"={unread.segment}"}
    return [Finding(f"experiment.{evaluation.experiment.id}.{unread.segment}_left_out.finding",
                    f"strategies.finding.segment.{message}", numbers, words)]


def _segment_finding(evaluation: Evaluation, found: SegmentEffects, good: int, currency: str) -> Finding:
    unit, scale = metric_unit(evaluation, found.metric, currency)
    subject = f"experiment.{evaluation.experiment.id}.segment.{found.metric}_{found.arm}_{found.segment}"
    worst = found.table.loc[(good * found.table["shrunken"]).idxmin()]
    n = int(found.table["n"].sum())
    lowest = Evidence(f"{subject}.lowest", scale * worst["shrunken"], unit, scale * worst["shrunken_low"],
                      scale * worst["shrunken_high"], found.common.level, int(worst["n"]))
    numbers = {"p": Evidence(f"{subject}.p", found.p, "p_value", n=n),
               "p_adjusted": Evidence(f"{subject}.p_adjusted", found.p_adjusted, "p_value", n=n),
               "family": Evidence(f"{subject}.family", found.family, "count"),
               "spread": Evidence(f"{subject}.spread", scale * found.tau, unit, n=n), "lowest": lowest}
    harmed = good * (worst["shrunken_high"] if good > 0 else worst["shrunken_low"]) < 0
    message = "same" if not found.differ else "harm" if harmed else "differ"
    words = {"experiment": f"={evaluation.experiment.id}", "segment": f"={found.segment}", "arm": f"={found.arm}",
             "adjustment": f"strategies.adjustment.{evaluation.experiment.adjusted_by}",
             "metric": f"={found.metric}", "value": f"={worst['value']}"}
    return Finding(f"experiment.{evaluation.experiment.id}.{found.metric}_{found.arm}_{found.segment}.finding",
                   f"strategies.finding.segment.{message}", numbers, words)


def say_targeting(policy: Policy | Unavailable, strategy: str, currency: str) -> Said:
    """Say whether giving each customer the arm of largest expected effect beats one arm for all, or why that is not
    known."""
    subject = f"targeting.{strategy}"
    if isinstance(policy, Unavailable):
        return [policy.missing(f"{subject}.missing", "strategies.measure.targeting")]
    numbers = policy_numbers(policy, strategy, currency)
    message = "worth_it" if policy.worth_it else "one_for_all"
    return [Finding(f"{subject}.finding", f"strategies.finding.targeting.{message}", numbers,
                    {"best": f"={policy.best}", "strategy": f"={strategy}"})]


def policy_numbers(policy: Policy, strategy: str, currency: str) -> dict[str, Evidence]:
    """Return the evidence of a policy: policy, single, gain, qini."""
    values = {"policy": ("policy_value", policy.value), "single": ("best_single_value", policy.single),
              "gain": ("gain", policy.gain), "qini": ("qini", policy.qini)}
    return {name: estimate_evidence(estimate, f"targeting.{strategy}.{measure}", f"money:{currency}")
            for name, (measure, estimate) in values.items()}


def subjects_evidence(evaluation: Evaluation) -> Evidence:
    """Return the number of subjects in planned arms."""
    n = evaluation.health.ratio.n
    return Evidence(f"experiment.{evaluation.experiment.id}.subjects", n, "customers", n=n)


def key_values(tests: Sequence[Evaluation]) -> pd.Series:
    """Return a few values of every experiment by evidence id, rounded for printing."""
    values: dict[str, object] = {}
    for test in tests:
        subject = f"experiment.{test.experiment.id}"
        values[f"{subject}.sample_ratio.p"] = f"{test.health.ratio.p:.4g}"
        values[f"{subject}.decision"] = test.decision.verdict
        for judged in test.decision.judged:
            effect = judged.effect
            values[f"{subject}.{effect.metric}.{effect.arm}.effect"] = f"{effect.effect.value:.4f}"
    return pd.Series(values, dtype=object)


def shown(effect: Effect) -> bool:
    """Whether an effect has an interval to show."""
    return effect.effect.low is not None
