"""Moments of one scan equal NumPy's, cell by cell, for means large and small, outcomes unknown and not yet known."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from relops.brief.experiments import Metric
from relops.strategies.moments import scan
from relops.strategies.outcomes import Outcome

SPEND = Outcome(Metric(id="spend", kind="mean"), "spend", past="spend__before", mature="known")
RATE = Outcome(Metric(id="rate", kind="ratio"), "orders", "sessions")


def subjects(shift=0.0):
    rng = np.random.default_rng(1)
    n = 3000
    before = rng.gamma(2, 10, n)
    frame = pd.DataFrame({
        "arm": rng.choice(["control", "treated"], n), "segment": rng.choice(["a", "b", "c"], n),
        "spend": shift + np.where(rng.random(n) < 0.4, 0.0, before + rng.gamma(1, 5, n)),
        "spend__before": shift + before, "known": rng.random(n) < 0.8, "orders": rng.poisson(1, n),
        "sessions": rng.poisson(3, n) + 1})
    frame.loc[::17, "spend"] = np.nan
    return frame


def scanned(frame, outcomes=(SPEND, RATE), by=("arm", "segment")):
    return scan(ibis.memtable(frame), outcomes, by)


@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_equal_to_numpy(shift):
    frame = subjects(shift)
    found = scanned(frame)
    known = frame[frame["known"] & frame["spend"].notna()]
    for keys, own in known.groupby(["arm", "segment"]):
        cell = found.moments["spend"].cells[keys]
        assert cell.count() == len(own)
        assert cell.mean("value") == pytest.approx(own["spend"].mean(), rel=1e-13)
        assert cell.var("value") == pytest.approx(own["spend"].var(), rel=1e-9 if shift == 0 else 1e-6)
        expected = np.cov(own["spend"], own["spend__before"])[0, 1]
        assert cell.cov("value", "before") == pytest.approx(expected, rel=1e-9 if shift == 0 else 1e-6)
    for keys, own in frame.groupby(["arm", "segment"]):
        cell = found.moments["rate"].cells[keys]
        assert cell.count() == len(own)
        assert cell.cov("value", "per") == pytest.approx(np.cov(own["orders"], own["sessions"])[0, 1], rel=1e-9)
    assert found.rows["rows"].sum() == len(frame)


def test_cells_add_up_to_the_whole():
    frame = subjects()
    arms = scanned(frame).moments["rate"].arms()
    for arm, own in frame.groupby("arm"):
        assert arms[arm].mean("value") == pytest.approx(own["orders"].mean(), rel=1e-12)
        assert arms[arm].var("value") == pytest.approx(own["orders"].var(), rel=1e-12)


def test_one_subject_and_none():
    frame = subjects().head(4).assign(arm=["control", "control", "treated", "other"], segment="a", known=True)
    frame["spend"] = [1.0, 3.0, 5.0, np.nan]
    cells = scanned(frame, [SPEND], ["arm"]).moments["spend"].cells
    assert {keys[0]: (cell.count(), cell.mean("value"), cell.var("value")) for keys, cell in cells.items()} == {
        "control": (2, 2.0, pytest.approx(2.0)), "treated": (1, 5.0, 0.0)}


def test_the_fewest_with_a_value_do_not_hang_on_the_draw():
    """Ten buyers among a hundred: the arm of thirty would have three, whoever got them."""
    frame = pd.DataFrame({"arm": ["control"] * 30 + ["treated"] * 70, "orders": [0] * 90 + [1] * 10,
                          "sessions": [1] * 100})
    assert scanned(frame, [RATE], ["arm"]).moments["rate"].fewest() == pytest.approx(3.0)
