"""Arms by salted hash: planned shares, people who stay put, independence between tests, balance within strata."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from relops.errors import BadInput
from relops.strategies.assignment import Allocation, arm_of, assign_arms, balance_arms, place

ARMS = {"control": 0.4, "voucher": 0.35, "gift": 0.25}


@pytest.fixture(scope="module")
def subjects():
    frame = pd.DataFrame({"customer_id": [f"C{number:06d}" for number in range(200_000)]})
    return ibis.memtable(frame.assign(tier=frame.index % 5, small=frame.index // 3))


def drawn(subjects, allocation, unit="customer_id"):
    return assign_arms(subjects, allocation, unit).to_pandas()


def test_first_places_never_change():
    """The rule is a promise to lists drawn before: a salt, a colon, the id, SHA-256, its first 64 bits."""
    assert place("C00017", "winback:7") == "e85d54edb2a13872"
    assert place("", "s") != place("", "t")


def test_shares_hold(subjects):
    counts = drawn(subjects, Allocation("winback", "winback:7", ARMS))["arm"].value_counts()
    assert chisquare(counts[list(ARMS)], 200_000 * np.array(list(ARMS.values()))).pvalue > 0.01


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12), st.floats(0.05, 0.95), st.floats(0.1, 1))
def test_engine_and_python_agree(unit, salt, share, coverage):
    allocation = Allocation("test", salt, {"control": share, "treated": 1 - share}, coverage)
    frame = drawn(ibis.memtable(pd.DataFrame({"customer_id": [unit]})), allocation)
    arm = frame["arm"][0]
    assert (None if pd.isna(arm) else arm) == arm_of(unit, allocation)


def test_nobody_moves_when_the_list_grows_or_the_test_ramps_up(subjects):
    small = Allocation("ramp", "ramp:1", ARMS, coverage=0.2)
    before = drawn(subjects.limit(50_000), small).set_index("customer_id")["arm"]
    after = drawn(subjects, Allocation("ramp", "ramp:1", ARMS)).set_index("customer_id")["arm"]
    inside = before.dropna()
    assert len(inside) == pytest.approx(10_000, rel=0.05)
    assert (after[inside.index] == inside).all()
    assert after.notna().all()


def test_tests_with_similar_names_are_independent(subjects):
    """Hashes that mix badly tie such tests to each other: p 4e-124 for an older one, on as many ids."""
    halves = {"a": 0.5, "b": 0.5}
    first, second = (drawn(subjects, Allocation(name, name, halves))["arm"] for name in ("exp-1", "exp-2"))
    assert chi2_contingency(pd.crosstab(first, second)).pvalue > 0.01


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.text(min_size=1, max_size=12), st.lists(st.integers(1, 50), min_size=2, max_size=5),
       st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_wider_coverage_leaves_everybody_in_the_arm_they_had(unit, salt, parts, one, other):
    arms = {f"arm{place}": part / sum(parts) for place, part in enumerate(parts)}
    narrow, wide = (arm_of(unit, Allocation("ramp", salt, arms, cover)) for cover in sorted((one, other)))
    assert narrow is None or narrow == wide
    assert arm_of(unit, Allocation("ramp", salt, arms)) is not None


@settings(max_examples=15, deadline=None)
@given(st.sets(st.text("abcdefghij0123456789_", min_size=1, max_size=8), min_size=2, max_size=2))
def test_any_two_salts_are_independent(salts):
    halves = {"a": 0.5, "b": 0.5}
    first, second = (Allocation(salt, salt, halves) for salt in salts)
    units = [f"C{number}" for number in range(2_000)]
    both = pd.crosstab([arm_of(unit, first) for unit in units], [arm_of(unit, second) for unit in units])
    assert chi2_contingency(both).pvalue > 1e-6


def test_a_household_shares_an_arm(subjects):
    frame = drawn(subjects, Allocation("winback", "s", ARMS), unit="small")
    assert frame.groupby("small")["arm"].nunique().max() == 1


def test_balance_within_strata(subjects):
    frame = balance_arms(subjects, Allocation("winback", "s", ARMS), ["tier"]).to_pandas()
    counts = pd.crosstab(frame["tier"], frame["arm"])[list(ARMS)]
    assert (counts - 40_000 * np.array(list(ARMS.values()))).abs().to_numpy().max() <= 1
    again = balance_arms(subjects, Allocation("winback", "s", ARMS), ["tier"]).to_pandas()
    assert frame.sort_values("customer_id")["arm"].tolist() == again.sort_values("customer_id")["arm"].tolist()


def test_small_strata_keep_the_shares_on_the_whole(subjects):
    """Strata of three cannot be divided as planned; where the cut falls is drawn, so that no arm is favoured."""
    counts = balance_arms(subjects, Allocation("winback", "s", ARMS), ["small"]).to_pandas()["arm"].value_counts()
    expected = 200_000 * np.array(list(ARMS.values()))
    assert (np.abs(counts[list(ARMS)] - expected) < 4 * np.sqrt(expected)).all()


@pytest.mark.parametrize(("arms", "coverage", "codes"), [
    ({"control": 1.0}, 1.0, ["strategies.one_arm"]),
    ({"control": 0.5, "treated": 0.4}, 1.0, ["strategies.shares"]),
    ({"control": 1.0, "treated": 0.0}, 1.5, ["strategies.shares", "strategies.coverage"]),
])
def test_shares_that_make_no_sense_are_refused(arms, coverage, codes):
    with pytest.raises(BadInput) as fault:
        Allocation("winback", "s", arms, coverage)
    assert [problem.code for problem in fault.value.problems] == codes
    assert "experiments.winback.arms" in fault.value.render("en")
