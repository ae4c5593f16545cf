"""Five decisions, each from the rule that was fixed before."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from relops.brief.experiments import Experiment
from relops.customers.estimates import Estimate
from relops.strategies.decision import decide, incremental_money, judge_metrics
from relops.strategies.effects import Effect

PLAN = Experiment.model_validate({
    "id": "winback", "control": "control", "arms": {"control": 0.4, "voucher": 0.3, "gift": 0.3}, "metrics": [
        {"id": "bought", "role": "primary", "direction": "increase", "kind": "proportion"},
        {"id": "spend", "role": "secondary", "direction": "increase", "kind": "mean"},
        {"id": "left", "role": "guardrail", "direction": "decrease", "margin": 0.01, "kind": "proportion"}]})
SOUND = SimpleNamespace(sound=True, faults=())


def effect(metric, arm, low, high, p):
    side = Estimate(0.1, 0.05, 0.15, 500)
    return Effect(metric, arm, "control", side, side, Estimate((low + high) / 2, low, high, 1000), None, p, "newcombe")


def decided(effects, health=SOUND, closed=True, money=None):
    judged, family = judge_metrics(effects, PLAN, 0.05)
    return decide(health, judged, family, PLAN, closed=closed, until=None, money=money or {})


GOOD = [effect("bought", "voucher", 0.02, 0.08, 0.001), effect("left", "voucher", -0.004, 0.006, 0.7)]
FLAT = [effect("bought", "gift", -0.02, 0.03, 0.7), effect("left", "gift", -0.004, 0.006, 0.7)]


def test_better_and_guarded_ships():
    decision = decided([*GOOD, *FLAT])
    assert (decision.verdict, decision.arm, decision.family) == ("ship", "voucher", 4)
    assert [each.verdict for each in decision.judged] == ["better", "within", "undecided", "within"]


def test_the_family_counts_tests_that_are_not_there():
    """Four tests were planned; the smallest p is taken four times though two are at hand."""
    decision = decided([effect("bought", "voucher", 0.001, 0.08, 0.02), *FLAT])
    assert decision.judged[0].p_adjusted == pytest.approx(0.08)
    assert decision.verdict == "not_proven"


def test_a_guardrail_that_may_be_broken_ships_nothing():
    open_guard = effect("left", "voucher", 0.004, 0.02, 0.02)
    assert decided([GOOD[0], open_guard]).verdict == "not_proven"
    assert decided([GOOD[0], open_guard]).reasons == ("guardrail",)


def test_certain_harm_rolls_back_but_spares_another_arm():
    harm = effect("left", "voucher", 0.02, 0.05, 0.001)
    assert decided([GOOD[0], harm]).verdict == "roll_back"
    better_gift = [effect("bought", "gift", 0.02, 0.05, 0.001), FLAT[1]]
    decision = decided([GOOD[0], harm, *better_gift])
    assert (decision.verdict, decision.arm) == ("ship", "gift")


def test_worse_rolls_back():
    assert decided([effect("bought", "voucher", -0.08, -0.02, 0.001), GOOD[1]]).verdict == "roll_back"


def test_an_open_test_goes_on():
    assert decided(FLAT, closed=False).verdict == "keep_running"
    assert decided(FLAT).verdict == "not_proven"


def test_an_unhealthy_test_decides_nothing():
    decision = decided(GOOD, health=SimpleNamespace(sound=False, faults=("sample_ratio",)))
    assert (decision.verdict, decision.arm, decision.reasons) == ("unhealthy", None, ("sample_ratio",))


def test_the_arm_with_more_money_ships():
    both = [*GOOD, effect("bought", "gift", 0.05, 0.12, 0.001), FLAT[1]]
    assert decided(both).arm == "gift"
    money = {arm: incremental_money(effect("spend", arm, low, low + 2, 0.01), 0.5, 1.0)
             for arm, low in (("voucher", 6), ("gift", 3))}
    assert decided(both, money=money).arm == "voucher"


def test_money_of_an_effect():
    money = incremental_money(effect("spend", "voucher", 2, 6, 0.01), margin_rate=0.5, contact_cost=0.25)
    assert (money.each.value, money.each.low, money.each.high) == pytest.approx((1.75, 0.75, 2.75))
    assert money.return_on_cost.value == pytest.approx((4 * 0.5 - 0.25) / 0.25)
    assert incremental_money(effect("spend", "voucher", 2, 6, 0.01), 0.5, 0.0).return_on_cost is None


def planned(**given):
    """The plan with its primary metric or guardrail changed."""
    metrics = [metric.model_copy(update=given.get(metric.id, {})) for metric in PLAN.metrics]
    return PLAN.model_copy(update={"metrics": metrics} | {key: value for key, value in given.items()
                                                          if key not in ("bought", "spend", "left")})


def judged_by(plan, effects, money=None):
    judged, family = judge_metrics(effects, plan, 0.05)
    return decide(SOUND, judged, family, plan, closed=True, until=None, money=money or {})


@pytest.mark.parametrize(("target", "reach", "verdict"), [
    (0.01, "sure", "ship"), (0.05, "open", "ship"), (0.09, "short", "not_proven")])
def test_what_is_for_certain_not_worth_having_does_not_ship(target, reach, verdict):
    decision = judged_by(planned(bought={"target": target}), [*GOOD, *FLAT])
    assert (decision.judged[0].reach, decision.verdict) == (reach, verdict)
    if verdict == "not_proven":
        assert decision.reasons == ("short",)


def test_money_lost_for_certain_rolls_back():
    loss = incremental_money(effect("spend", "voucher", 0.1, 0.5, 0.01), 0.5, 1.0)
    assert loss.each.high < 0
    decision = judged_by(PLAN, GOOD, {"voucher": loss})
    assert (decision.verdict, decision.reasons) == ("roll_back", ("money",))
    open_money = incremental_money(effect("spend", "voucher", 0.1, 5, 0.01), 0.5, 1.0)
    assert judged_by(PLAN, GOOD, {"voucher": open_money}).verdict == "ship"
    assert judged_by(PLAN, [*GOOD, *FLAT], {"voucher": loss}).verdict == "not_proven"  # gift costs nobody anything


def test_a_guardrail_without_margin_is_unharmed_at_best():
    plan = planned(left={"margin": None})
    assert [each.verdict for each in judged_by(plan, [GOOD[0], effect("left", "voucher", -0.004, 0.006, 0.7)]).judged
            ] == ["better", "unharmed"]
    assert judged_by(plan, [GOOD[0], effect("left", "voucher", -0.004, -0.001, 0.7)]).judged[1].verdict == "within"
    assert judged_by(plan, [GOOD[0], effect("left", "voucher", 0.001, 0.006, 0.01)]).verdict == "roll_back"


def test_the_adjustment_is_the_plans():
    """Two of four tests at hand: Benjamini and Hochberg halve what Holm quadruples."""
    effects = [effect("bought", "voucher", 0.001, 0.08, 0.02), effect("bought", "gift", 0.001, 0.08, 0.02)]
    found = [judged_by(planned(adjustment=method), effects).judged[0].p_adjusted
             for method in (None, "benjamini_hochberg")]
    assert found == pytest.approx([0.08, 0.04])
