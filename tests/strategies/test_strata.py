"""Effects within strata: by hand, against a regression, and how often the interval holds the truth."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from tea_tasting.aggr import Aggregates

from relops.strategies.moments import Moments
from relops.strategies.strata import compare_strata

OUTCOME = SimpleNamespace(metric=SimpleNamespace(id="spend"))


def moments(frame, before=False):
    cells = {}
    for (arm, stratum), own in frame.groupby(["arm", "stratum"]):
        names = ["value", "before"] if before else ["value"]
        pairs = {("before", "value"): own["value"].cov(own["before"])} if before else {}
        cells[arm, stratum] = Aggregates(len(own), {name: own[name].mean() for name in names},
                                         {name: own[name].var() for name in names}, pairs)
    return Moments(OUTCOME, ("arm", "stratum"), cells, dict.fromkeys(cells, 1))


def draw(rng, n=400, effect=2.0):
    """Three strata far apart in level, arms drawn without regard to them, a covariate that explains half the rest."""
    stratum = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    arm = rng.choice(["control", "treated"], n, p=[0.3, 0.7])
    before = rng.normal(0, 2, n)
    level = pd.Series(stratum).map({"a": 0.0, "b": 10.0, "c": 30.0}).to_numpy()
    value = level + before + rng.normal(0, 2, n) + effect * (arm == "treated")
    return pd.DataFrame({"stratum": stratum, "arm": arm, "before": before, "value": value})


def test_differences_are_weighed_by_the_strata_of_all_subjects():
    frame = draw(np.random.default_rng(0))
    found, = compare_strata(moments(frame), "control", 0.95)
    means = frame.pivot_table("value", "stratum", "arm")
    weights = frame["stratum"].value_counts(normalize=True).sort_index()
    assert found.effect.value == pytest.approx(float((weights * (means["treated"] - means["control"])).sum()))
    assert (found.arm, found.method, found.effect.n) == ("treated", "strata", 400)
    assert found.variance_cut > 0.8  # the levels of the strata are most of the noise


def test_a_covariate_is_taken_out_as_a_regression_does():
    frame = draw(np.random.default_rng(1), 4000)
    found, = compare_strata(moments(frame, before=True), "control", 0.95)
    fit = smf.ols("value ~ C(arm) * C(stratum, Sum) + before", frame).fit(cov_type="HC1")
    assert found.method == "strata_cuped"
    half = (found.effect.high - found.effect.low) / 2
    assert found.effect.value == pytest.approx(2.0, abs=2 * half)
    assert half / 1.96 == pytest.approx(fit.bse["C(arm)[T.treated]"], rel=0.12)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(600):
        effect = compare_strata(moments(draw(rng)), "control", 0.95)[0].effect
        held += effect.low <= 2.0 <= effect.high
    assert 0.925 <= held / 600 <= 0.975


def test_relative_change_against_the_ratio_of_weighed_means():
    frame = draw(np.random.default_rng(3), effect=0.0)
    found, = compare_strata(moments(frame), "control", 0.95)
    assert found.relative.value == pytest.approx(found.treated.value / found.control.value - 1)
    assert found.relative.low < found.relative.value < found.relative.high
    frame["value"] -= frame["value"].mean()
    assert compare_strata(moments(frame), "control", 0.95)[0].relative is None


def test_strata_without_name_or_with_too_few_are_left_aside():
    frame = draw(np.random.default_rng(4))
    gone = (frame["stratum"] == "c") & (frame["arm"] == "control")
    assert compare_strata(moments(frame[~gone]), "control", 0.9) is None
    assert compare_strata(moments(frame.groupby("stratum").head(12)), "control", 0.9) is None
    nameless = moments(frame)
    cells = {(arm, None if name == "c" else name): cell for (arm, name), cell in nameless.cells.items()}
    assert compare_strata(Moments(OUTCOME, nameless.by, cells, dict.fromkeys(cells, 1)), "control", 0.9) is None
