"""Cookie Cats: a gate at level 30 or 40, 90,189 players, from the file as it is published to the verdict."""

import os
from pathlib import Path

import pytest

import relops
from relops.data.starter import new_project
from relops.exhibits import render_finding
from relops.strategies import decision_findings, evaluation

FILE = Path(os.environ.get("RELOPS_REAL_DATA", "")) / "cookie_cats.csv.gz"
pytestmark = pytest.mark.skipif(not os.environ.get("RELOPS_REAL_DATA"),
                                reason="RELOPS_REAL_DATA names no folder of public data sets")


@pytest.fixture(scope="module")
def test(tmp_path_factory):
    folder = new_project(tmp_path_factory.mktemp("real") / "cats", [FILE])
    nb = relops.open_notebook("05_interaction_strategies", project=str(folder), run="", language="en")
    found, = evaluation.evaluate_all(nb.tables, nb.brief, nb.data_end, evaluation.Settings(0.05, 91, 2000, 2026))
    return found


def judged(test, metric):
    return next(each for each in test.decision.judged if each.effect.metric == metric)


def test_the_arms_are_noted_not_refused(test):
    assert dict(test.health.ratio.counts) == {"gate_30": 44_700, "gate_40": 45_489}
    assert test.health.ratio.p == pytest.approx(0.0086, abs=5e-5)
    assert test.health.sound and test.health.notes == ("sample_ratio",)


@pytest.mark.parametrize(("metric", "before", "after", "low", "high", "p", "verdict"), [
    ("retention_1", 0.4482, 0.4423, -0.01239, 0.00058, 0.0744, "undecided"),
    ("retention_7", 0.1902, 0.1820, -0.01328, -0.00312, 0.00155, "worse")])
def test_retention(test, metric, before, after, low, high, p, verdict):
    found = judged(test, metric)
    effect = found.effect
    assert (effect.control.value, effect.treated.value) == pytest.approx((before, after), abs=5e-5)
    assert (effect.effect.low, effect.effect.high) == pytest.approx((low, high), abs=5e-6)
    assert effect.p == pytest.approx(p, abs=5e-5) and found.verdict == verdict


def test_rounds_played_are_too_noisy_to_say(test):
    found = judged(test, "sum_gamerounds")
    assert found.effect.effect.value == pytest.approx(-1.1575, abs=1e-4) and found.verdict == "undecided"


def test_the_verdict(test):
    assert test.decision.verdict == "roll_back" and test.decision.family == 3
    said, *_ = decision_findings.say_decision(test, "USD")
    words = {language: "".join(run.text for run in render_finding(said, language)) for language in ("zh", "en")}
    assert "roll back" in words["en"] and "撤回" in words["zh"]
