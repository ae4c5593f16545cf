"""The decision on an experiment in a manager's words, and what each arm is worth."""

from __future__ import annotations

from relops.exhibits import Evidence, Finding
from relops.strategies.decision import BETTER, KEEP_RUNNING, NOT_PROVEN, ROLL_BACK, SHIP, UNHARMED, harms, loses
from relops.strategies.evaluation import Evaluation
from relops.strategies.findings import Said, effect_numbers, estimate_evidence, look_numbers, subjects_evidence


def say_decision(evaluation: Evaluation, currency: str) -> Said:
    """Say the decision with the effect that decided it, then what every arm brings net of its contact and what comes
    back on that cost, where margin was measured."""
    decision, name = evaluation.decision, evaluation.experiment.id
    subject = f"experiment.{name}"
    words = {"experiment": f"={name}", "verdict": f"strategies.decision.{decision.verdict}",
             "adjustment": f"strategies.adjustment.{evaluation.experiment.adjusted_by}"}
    numbers = {"subjects": subjects_evidence(evaluation),
               "family": Evidence(f"{subject}.family", decision.family, "count"),
               "decision": Evidence(f"{subject}.decision", decision.verdict, "text"), **look_numbers(evaluation)}
    if deciding := decision.deciding:
        numbers["effect"] = effect_numbers(evaluation, deciding, currency)["effect"]
        words |= {"arm": f"={deciding.effect.arm}", "metric": f"={deciding.effect.metric}",
                  "found": f"strategies.verdict.{deciding.verdict}"}
    if decision.missed:
        words["missed"] = f"={decision.missed.effect.metric}"
    if decision.loser:
        numbers["each"] = _money_numbers(evaluation, decision.loser, currency)["each"]
        words["arm"] = f"={decision.loser}"
    if decision.until:
        numbers["until"] = Evidence(f"{subject}.until", decision.until, "date")
        numbers["waiting"] = Evidence(f"{subject}.waiting", evaluation.waiting, "customers")
    if decision.verdict == SHIP:
        words |= _conditions(evaluation)
    money = {arm: _money_numbers(evaluation, arm, currency) for arm in decision.money}
    worth = money[decision.arm]["total"] if decision.verdict == SHIP and decision.arm in money else None
    said: Said = [Finding(f"{subject}.decision.finding",
                          f"strategies.finding.decision.{_message(evaluation)}", numbers, words, worth=worth)]
    said += [*_unread(evaluation), *_ruled_out(evaluation, currency)]
    for arm, own in money.items():
        message = "money" if "return" in own else "money_free"
        if own["each"].low is not None:
            said.append(Finding(f"{subject}.money_{arm}.finding", f"strategies.finding.{message}", own,
                                {"experiment": f"={name}", "arm": f"={arm}"}))
    return said


def _unread(evaluation: Evaluation) -> Said:
    """Say which primary metrics and guardrails of the plan played no part, as their effect could not be read."""
    if not evaluation.decision.judged:
        return []
    name, read = evaluation.experiment.id, {each.effect.metric for each in evaluation.decision.judged}
    unread = [metric.id for metric in evaluation.experiment.metrics
              if metric.role in ("primary", "guardrail") and metric.id not in read]
    if not unread:
        return []
    count = Evidence(f"experiment.{name}.unread", len(unread), "count")
    return [Finding(f"experiment.{name}.unread.finding", "strategies.finding.decision.unread", {"count": count},
                    {"experiment": f"={name}", "metrics": f"={', '.join(unread)}"})]


def _ruled_out(evaluation: Evaluation, currency: str) -> Said:
    """Say of each arm that did harm or loses money why it must not ship, where the experiment as a whole is not rolled
    back for it."""
    if evaluation.decision.verdict == ROLL_BACK:
        return []
    name, said = evaluation.experiment.id, {}
    for each in filter(harms, evaluation.decision.judged):
        numbers = {"effect": effect_numbers(evaluation, each, currency)["effect"]}
        words = {"metric": f"={each.effect.metric}", "found": f"strategies.verdict.{each.verdict}"}
        said.setdefault(each.effect.arm, ("ruled_out", numbers, words))
    for arm, money in evaluation.decision.money.items():
        if loses(money):
            numbers = {"each": _money_numbers(evaluation, arm, currency)["each"]}
            said.setdefault(arm, ("ruled_out_money", numbers, {}))
    return [Finding(f"experiment.{name}.ruled_out_{arm}.finding", f"strategies.finding.decision.{message}", numbers,
                    {"experiment": f"={name}", "arm": f"={arm}"} | words)
            for arm, (message, numbers, words) in said.items()]


def _conditions(evaluation: Evaluation) -> dict[str, str]:
    """Return the words on what was asked of a shipped arm beside its effect: the target, and the guardrails."""
    own = [each for each in evaluation.decision.judged if each.effect.arm == evaluation.decision.arm]
    reach = next((each.reach for each in own if each.verdict == BETTER and each.role == "primary"), None)
    guards = [each.verdict for each in own if each.role == "guardrail"]
    held = "none" if not guards else "unharmed" if UNHARMED in guards else "held"
    return {"reach": f"strategies.reach.{reach or 'none'}", "guards": f"strategies.guards.{held}"}


def _message(evaluation: Evaluation) -> str:
    decision = evaluation.decision
    if decision.verdict == SHIP and decision.arm in decision.money:
        low = decision.money[decision.arm].each.low
        return "ship" if low is None or low > 0 else "ship_open"
    if decision.verdict == KEEP_RUNNING:
        reason = "" if decision.reasons == ("open",) else f"_{decision.reasons[0]}"
        return f"keep_running_{evaluation.looking.kind}{reason}"
    if decision.loser:
        return "roll_back_money" if decision.deciding else "roll_back_money_alone"
    if decision.missed and decision.missed is not decision.deciding:
        return "not_proven_short_elsewhere"
    if decision.verdict == NOT_PROVEN and decision.reasons != ("undecided",):
        return f"{decision.verdict}_{decision.reasons[0]}"
    return decision.verdict


def _money_numbers(evaluation: Evaluation, arm: str, currency: str) -> dict[str, Evidence]:
    money, n = evaluation.decision.money[arm], evaluation.health.ratio.n
    subject, unit = f"experiment.{evaluation.experiment.id}.money.{arm}", f"money:{currency}"
    numbers = {"each": estimate_evidence(money.each, f"{subject}.each", unit),
               "total": estimate_evidence(money.each, f"{subject}.total", unit, n),
               "subjects": subjects_evidence(evaluation)}
    if money.return_on_cost:
        numbers["return"] = estimate_evidence(money.return_on_cost, f"{subject}.return_on_cost", "share")
    return numbers
