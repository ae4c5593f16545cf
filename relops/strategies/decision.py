"""From a healthy test to a decision, by a rule that was fixed before anybody looked."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relops.brief.experiments import Experiment, Metric
from relops.customers.estimates import Estimate
from relops.strategies.effects import Effect
from relops.strategies.families import adjust
from relops.strategies.health import Health
from relops.strategies.outcomes import BESIDE, all_metrics

SHIP, ROLL_BACK, KEEP_RUNNING, NOT_PROVEN, UNHEALTHY = "ship", "roll_back", "keep_running", "not_proven", "unhealthy"
BETTER, WORSE, UNDECIDED = "better", "worse", "undecided"
WITHIN, BEYOND, UNHARMED = "within", "beyond", "unharmed"
SURE, OPEN, SHORT = "sure", "open", "short"


@dataclass(frozen=True)
class Judged:
    """One metric of one arm: its effect, p adjusted over the family, and what it says. ``verdict`` of a primary or
    secondary metric is better, worse or undecided; of a guardrail within (no worse than its margin), beyond (worse
    than its margin for certain), undecided or, without a margin, unharmed (no harm is certain, which is no proof that
    there is none); what only stands beside another metric is ``beside``. ``reach`` tells of a primary metric with a
    target whether that is reached: sure, open or short."""

    role: str
    effect: Effect
    p_adjusted: float
    verdict: str
    reach: str | None = None


@dataclass(frozen=True)
class Money:
    """Incremental margin per treated subject net of the contact, and what came back per unit spent (None where the
    contact costs nothing)."""

    each: Estimate
    return_on_cost: Estimate | None


@dataclass(frozen=True)
class Decision:
    """``verdict`` for the experiment; ``arm`` is the one to ship; ``judged`` all metrics of all arms; ``family`` how
    many tests were judged together; ``until`` the day a test that is still running will have closed; ``money`` by arm
    where a margin metric is planned; ``reasons`` name what decided (message keys); ``deciding`` is the effect the
    decision rests on, or that waits for something else, ``missed`` the one that is short of its target; ``loser`` the
    arm whose money decided. These are None where none did."""

    verdict: str
    arm: str | None
    judged: tuple[Judged, ...]
    family: int
    until: datetime.date | None
    money: Mapping[str, Money]
    reasons: tuple[str, ...]
    deciding: Judged | None = None
    missed: Judged | None = None
    loser: str | None = None


def judge_metrics(effects: Sequence[Effect], experiment: Experiment, alpha: float) -> tuple[tuple[Judged, ...], int]:
    """Return every effect with its verdict, and the size of the family: tests of primary and secondary metrics.

    These are adjusted together, by Holm's procedure unless the plan names another. Guardrails are judged one by one by
    whether their interval stays within the margin: all of them must hold, so that no adjustment is needed
    (intersection-union, Berger 1982).
    """
    metrics = {metric.id: metric for metric in all_metrics(experiment)}
    hunted = [effect for effect in effects if metrics[effect.metric].role not in ("guardrail", BESIDE)]
    family = family_size(experiment)
    p_values = adjust([effect.p for effect in hunted], experiment.adjusted_by, family)
    adjusted = dict(zip(map(id, hunted), p_values, strict=True))
    judged = []
    for effect in effects:
        metric = metrics[effect.metric]
        p = float(adjusted.get(id(effect), effect.p))
        verdict = (BESIDE if metric.role == BESIDE else _guarded(effect, metric) if metric.role == "guardrail"
                   else _found(effect, metric, p, alpha))
        judged.append(Judged(metric.role or "secondary", effect, p, verdict, _reached(effect, metric)))
    return tuple(judged), family


def family_size(experiment: Experiment) -> int:
    """Return how many tests are judged together: arms but the control, times primary and secondary metrics."""
    return (len(experiment.arms) - 1) * sum(metric.role != "guardrail" for metric in experiment.metrics)


def _good(metric: Metric) -> int:
    return -1 if metric.direction == "decrease" else 1


def _found(effect: Effect, metric: Metric, p: float, alpha: float) -> str:
    if not p <= alpha:
        return UNDECIDED
    return BETTER if effect.effect.value * _good(metric) > 0 else WORSE


def _reached(effect: Effect, metric: Metric) -> str | None:
    """Return whether a primary metric's smallest effect worth having is reached, by its interval."""
    if metric.role != "primary" or not metric.target or effect.effect.low is None:
        return None
    gain = sorted(_good(metric) * bound for bound in (effect.effect.low, effect.effect.high))
    wanted = abs(float(metric.target))
    return SURE if gain[0] >= wanted else OPEN if gain[1] >= wanted else SHORT


def _guarded(effect: Effect, metric: Metric) -> str:
    """Return whether harm stays within the margin; without a margin, whether there is any for certain."""
    if effect.effect.low is None:
        return UNDECIDED
    margin = float(metric.margin or 0)
    harm = sorted(-_good(metric) * bound for bound in (effect.effect.low, effect.effect.high))
    if harm[0] > margin:
        return BEYOND
    return WITHIN if harm[1] <= margin else UNHARMED if metric.margin is None else UNDECIDED


def decide(health: Health, judged: Sequence[Judged], family: int, experiment: Experiment, *, closed: bool,
           until: datetime.date | None, money: Mapping[str, Money]) -> Decision:
    """Return the decision.

    An unhealthy test decides nothing. A guardrail that is broken, a primary metric that is worse, or money that is lost
    for certain rolls an arm back. An arm ships if its primary metrics are better, none is worse or for certain short
    of the smallest effect worth having, and every planned guardrail was read and holds. A test that is not ``closed``
    goes on running until ``until``, unless a planned look says otherwise (``judged`` is empty where nothing may be read
    yet); a closed one that decided nothing has not proven anything, nor has one that planned no primary metric or
    could read none. Of several arms that may ship, the one with the most money per subject does, else the one with the
    largest effect on the first primary metric, then on the next.
    """
    def result(verdict: str, *reasons: str, arm: str | None = None, **about: object) -> Decision:
        return Decision(verdict, arm, tuple(judged), family, None if closed else until, money, reasons, **about)

    if not health.sound:
        return result(UNHEALTHY, *health.faults)
    arms = {arm: [each for each in judged if each.effect.arm == arm] for arm in dict.fromkeys(
        each.effect.arm for each in judged)}
    harmful = [arm for arm, own in arms.items() if any(map(harms, own))]
    costly = [arm for arm in arms if arm in money and loses(money[arm])]
    left = {arm: own for arm, own in arms.items() if arm not in (*harmful, *costly)}
    guards = {metric.id for metric in experiment.metrics if metric.role == "guardrail"}
    if able := [arm for arm, own in left.items() if _may_ship(own, guards)]:
        arm = max(able, key=lambda arm: _worth(arm, arms[arm], money, experiment))
        return result(SHIP, "proven", arm=arm, deciding=_winner(arms[arm]))
    if arms and not left:
        if harmful:
            return result(ROLL_BACK, "harm", deciding=next(each for each in judged if harms(each)))
        loser = min(costly, key=lambda arm: money[arm].each.value)
        return result(ROLL_BACK, "money", deciding=_primary(arms[loser]), loser=loser)
    reason, own = _waiting(left, guards)
    missed = next((each for each in own if each.reach == SHORT), None)
    if not closed:
        ruled_out = "ruled_out" if len(left) < len(arms) else "open"
        why = {"undecided": ruled_out, "short": "short"}.get(reason, "waiting")
        return result(KEEP_RUNNING, why, deciding=_winner(own), missed=missed)
    planned = any(metric.role == "primary" for metric in experiment.metrics)
    if not planned or not any(each.role == "primary" for each in judged):
        return result(NOT_PROVEN, "unread" if planned else "unplanned")
    return result(NOT_PROVEN, reason, deciding=_winner(own), missed=missed)


def _waiting(arms: Mapping[str, list[Judged]], guards: set[str]) -> tuple[str, list[Judged]]:
    """Return why none of ``arms`` ships, and the metrics of the arm that comes nearest: undecided where none is better,
    else short of its target, a guardrail that is open, or one that could not be read; a better arm short of its target
    is spoken of only where no other waits."""
    better = [own for own in arms.values() if _winner(own)]
    if not better:
        return "undecided", []
    own = next((own for own in better if not _short(own)), better[0])
    return "short" if _short(own) else "guardrail" if guards <= _metrics(own) else "guardrail_unread", own


def _primary(own: Sequence[Judged]) -> Judged | None:
    """Return the first primary metric whose effect has an interval."""
    return next((each for each in own if each.role == "primary" and each.effect.effect.low is not None), None)


def loses(money: Money) -> bool:
    """Return whether an arm loses money for certain."""
    return (money.each.high or 0) < 0


def _winner(own: Sequence[Judged]) -> Judged | None:
    """Return the first primary metric that is better, where none is worse."""
    primary = {each.verdict: each for each in reversed(own) if each.role == "primary"}
    return None if WORSE in primary else primary.get(BETTER)


def harms(each: Judged) -> bool:
    """Return whether a metric alone rules its arm out."""
    return each.verdict == BEYOND or (each.role == "primary" and each.verdict == WORSE)


def _short(own: Sequence[Judged]) -> bool:
    return any(each.reach == SHORT for each in own)


def _metrics(own: Sequence[Judged]) -> set[str]:
    return {each.effect.metric for each in own}


def _may_ship(own: Sequence[Judged], guards: set[str]) -> bool:
    """Return whether an arm may ship; of a guardrail that could not be read nobody knows whether it holds."""
    held = {each.effect.metric for each in own if each.verdict in (WITHIN, UNHARMED)}
    return bool(_winner(own)) and not _short(own) and guards <= held


def _worth(arm: str, own: Sequence[Judged], money: Mapping[str, Money], experiment: Experiment) -> tuple[float, ...]:
    """Return what arms that may ship are compared by: money, else the effects on the primary metrics in the order of
    the plan; one that could not be read is behind any that could."""
    if money:
        return (money[arm].each.value if arm in money else float("-inf"),)
    found = {each.effect.metric: each.effect.effect.value for each in own}
    return tuple(_good(metric) * found[metric.id] if metric.id in found else float("-inf")
                 for metric in experiment.metrics if metric.role == "primary")


def incremental_money(effect: Effect, margin_rate: float, contact_cost: float) -> Money:
    """Return what an arm brings per subject beyond the control, less the contact, and the return on that cost.

    ``effect`` is of margin (``margin_rate`` one) or of revenue per assigned subject.
    """
    def over(value: float | None, scale: float, less: float) -> float | None:
        return None if value is None else value * scale - less

    own = effect.effect
    each = Estimate(*(over(bound, margin_rate, contact_cost) for bound in (own.value, own.low, own.high)), own.n,
                    own.level)
    if contact_cost <= 0:
        return Money(each, None)
    returned = (over(bound, margin_rate / contact_cost, 1) for bound in (own.value, own.low, own.high))
    return Money(each, Estimate(*returned, own.n, own.level))
