"""What cannot be said of an experiment, and why: nothing that was planned or supplied goes unmentioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relops.brief import Brief
from relops.brief.experiments import Metric
from relops.data.audit import Audit
from relops.exhibits import Evidence, Finding, Missing
from relops.strategies.decision import WITHIN
from relops.strategies.effects import CONSTANT, Effect
from relops.strategies.evaluation import Evaluation, Seen
from relops.strategies.findings import Said
from relops.strategies.health import FEWEST
from relops.strategies.moments import BEFORE
from relops.strategies.outcomes import BESIDE

# intervals that know a relative one
RELATIVE = ("welch", "welch_cuped", "delta", "delta_cuped", "strata", "strata_cuped", "cluster", "cluster_cuped",
            "randomisation", "ratio_randomisation")


def say_strangers(tests: Sequence[Evaluation], brief: Brief, seen: Mapping[str, Seen]) -> Said:
    """Say which experiments of the data the brief does not know, which of the brief have no data yet, and which of its
    strategies no experiment tests. ``seen`` are the experiments in the data."""
    known = {experiment.id for experiment in brief.experiments}
    unseen = sorted(known - set(seen))
    said: Said = []
    for kind, alone in (("unknown", False), ("lone", True)):
        names = [name for name in seen if name not in known and (seen[name].arms == 1) == alone]
        if names:
            people = sum(seen[name].people for name in names)
            numbers = {"tests": Evidence(f"experiment.all.{kind}", len(names), "count"),
                       "people": Evidence(f"experiment.all.{kind}_subjects", people, "customers")}
            said.append(Finding(f"experiment.{kind}.finding", f"strategies.finding.gap.{kind}", numbers,
                                {"names": f"={', '.join(names)}"}, code="M3" if alone else "M4"))
    if unseen and seen:
        numbers = {"tests": Evidence("experiment.all.unseen", len(unseen), "count")}
        said.append(Finding("experiment.unseen.finding", "strategies.finding.gap.unseen", numbers,
                            {"names": f"={', '.join(unseen)}"}))
    tested = {experiment.strategy for experiment in brief.experiments}
    untested = [strategy.id for strategy in brief.strategies if strategy.id not in tested]
    if untested:
        said.append(Missing("experiment.untested.missing", "M3", ", ".join(f"strategies.{name}" for name in untested),
                            "strategies.measure.effects"))
    return said


def say_refused(audit: Audit) -> Said:
    """Say how many rows of the assignments the door refused: nobody in them is counted by any test."""
    rows, refused = (audit.rows("assignments", name) for name in ("rows_in", "rows_refused"))
    if not refused:
        return []
    numbers = {"refused": Evidence("data.assignments.rows_refused", refused, "rows", n=rows),
               "rows": Evidence("data.assignments.rows_in", rows, "rows", n=rows)}
    return [Finding("experiment.refused.finding", "strategies.finding.gap.refused", numbers)]


def say_gaps(test: Evaluation) -> Said:
    """Say of a sound test that may be read which of its metrics bear no effect, or no relative one, and why."""
    if not test.health.sound or not test.looking.readable:
        return []
    name = test.experiment.id
    smallest = test.health.numbers["smallest"]
    if smallest < FEWEST:
        numbers = {"found": Evidence(f"experiment.{name}.fault.few", int(smallest), "count"),
                   "needed": Evidence(f"experiment.{name}.fault.few_needed", FEWEST, "count", tag="A")}
        return [Missing(f"experiment.{name}.effects.missing", "M2", "assignments.customer_id",
                        "strategies.measure.effects", numbers)]
    said: Said = []
    for outcome in test.subjects.outcomes:
        metric = outcome.metric
        if metric.role == BESIDE:
            continue
        said += _missing_values(test, metric)
        own = [effect for effect in test.effects if effect.metric == metric.id]
        if not own:
            said.append(_without_effect(test, metric))
        said += [found for effect in own if (found := _gap_of(test, effect))]
    return said


def _missing_values(test: Evaluation, metric: Metric) -> Said:
    """Say how many subjects are left out of a metric that came with the assignments, as they bear no value of it."""
    known, everyone = _known(test, metric), test.health.ratio.n
    if metric.table != "assignments" or not 0 < known < everyone:
        return []
    subject = f"experiment.{test.experiment.id}.{metric.id}"
    numbers = {"missing": Evidence(f"{subject}.response.blank", everyone - known, "customers", n=everyone),
               "known": Evidence(f"{subject}.response.known", known, "customers", n=everyone)}
    return [Finding(f"{subject}_blank.finding", "strategies.finding.gap.blank", numbers,
                    {"experiment": f"={test.experiment.id}", "metric": f"={metric.id}"})]


def _known(test: Evaluation, metric: Metric) -> int:
    """Return the subjects in planned arms of whom a metric is known."""
    return sum(cell.count() for arm, cell in test.moments[metric.id].arms().items() if arm in test.experiment.arms)


def _gap_of(test: Evaluation, effect: Effect) -> Finding | None:
    """Say what an effect lacks: spread, or a level that a relative change could be taken of."""
    shares = effect.method.startswith("newcombe")
    if effect.method == "order_statistics" and effect.effect.low is None:
        return _gap(test, effect, "tied")
    if effect.method != CONSTANT and effect.effect.low is None:
        return _gap(test, effect, "unbounded")
    held = any(each.effect is effect and each.verdict == WITHIN for each in test.decision.judged)
    if effect.effect.low is None or (shares and not held and effect.control.value == effect.treated.value in (0, 1)):
        return _without_spread(test, effect)
    if effect.relative is None and (effect.method in RELATIVE or (shares and effect.control.value == 0)):
        return _gap(test, effect, "no_relative")
    return None


def _without_effect(test: Evaluation, metric: Metric) -> Finding | Missing:
    name = test.experiment.id
    if metric.id in test.health.silenced:
        p = Evidence(f"experiment.{name}.{metric.id}.response.p", test.health.silenced[metric.id], "p_value")
        return Finding(f"experiment.{name}.{metric.id}_response.finding", "strategies.finding.gap.response", {"p": p},
                       {"experiment": f"={name}", "metric": f"={metric.id}"}, code="M7")
    if metric.id in test.health.unfit:
        n = Evidence(f"experiment.{name}.subjects", test.health.ratio.n, "customers", n=test.health.ratio.n)
        return Finding(f"experiment.{name}.{metric.id}_unfit.finding",
                       f"strategies.finding.gap.{test.health.unfit[metric.id]}", {"n": n},
                       {"experiment": f"={name}", "metric": f"={metric.id}"}, code="M7")
    numbers = {"known": Evidence(f"experiment.{name}.{metric.id}.response.known", _known(test, metric), "customers")}
    return Missing(f"experiment.{name}.{metric.id}.missing", "M2", f"{metric.table}.{metric.column or metric.id}",
                   "strategies.measure.effects", numbers)


def _without_spread(test: Evaluation, effect: Effect) -> Finding:
    """Say that a metric does not vary; and if nobody did what many did before, that the assignment came too late."""
    cells = test.moments[effect.metric].arms().values()
    before = sum(cell.mean(BEFORE) * cell.count() for cell in cells if BEFORE in cell.mean_)
    late = effect.control.value == effect.treated.value == 0 and before > 0
    apart = effect.control.value != effect.treated.value
    return _gap(test, effect, "too_late" if late else "apart" if apart else "constant")


def _gap(test: Evaluation, effect: Effect, message: str) -> Finding:
    name, subject = test.experiment.id, f"experiment.{test.experiment.id}.{effect.metric}.{effect.arm}"
    return Finding(f"experiment.{name}.{effect.metric}_{effect.arm}_{message}.finding",
                   f"strategies.finding.gap.{message}",
                   {"n": Evidence(f"{subject}.subjects", effect.n, "customers", n=effect.n)},
                   {"experiment": f"={name}", "metric": f"={effect.metric}", "arm": f"={effect.arm}",
                    "control": f"={effect.control_arm}"})
