"""Who gets which arm: unbiased scores, a policy that spares the harmed, and none where there is nothing to choose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from relops.strategies.targeting import Scores, encode, gain_curve, judge, score_arms

SHARES = {"control": 0.4, "voucher": 0.3, "gift": 0.3}
SPEND = 50.0
BASE = 50.0 * 0.135
BY_BAND = {"control": np.zeros(5), "voucher": np.array([0.15, 0.12, 0.05, 0.02, -0.1]), "gift": np.full(5, 0.04)}


def trial(n, seed, lifts=BY_BAND):
    rng = np.random.default_rng(seed)
    band, recency = rng.integers(0, 5, n), rng.normal(size=n)
    arm = rng.choice(list(SHARES), n, p=list(SHARES.values()))
    chance = 0.12 + 0.03 * (recency > 0) + np.select([arm == name for name in lifts],
                                                     [lift[band] for lift in lifts.values()])
    return pd.DataFrame({"band": band.astype(str), "recency": recency}), arm, SPEND * (rng.random(n) < chance), band


@pytest.fixture(scope="module")
def found():
    features, arm, value, band = trial(6000, 1)
    scores = score_arms(features, arm, value, SHARES, "control", {"voucher": 0.5, "gift": 0.5}, seed=1)
    return scores, judge(scores, 0.9), band


def test_scores_are_unbiased_for_each_arm(found):
    scores, policy, _ = found
    truth = {arm: BASE + SPEND * lift.mean() - 0.5 * (arm != "control") for arm, lift in BY_BAND.items()}
    for arm, true in truth.items():
        assert policy.arms[arm].low - 0.5 < true < policy.arms[arm].high + 0.5
    assert scores.n == 6000


def test_the_harmed_segment_is_spared(found):
    _, policy, band = found
    table = pd.crosstab(band, policy.chosen)
    assert table.loc[4, "voucher"] < 0.1 * table.loc[4].sum()
    assert table.loc[0, "voucher"] > 0.9 * table.loc[0].sum()


def test_the_policy_earns_what_the_truth_says_and_beats_one_arm_for_all(found):
    _, policy, band = found
    true = BASE + np.mean([SPEND * BY_BAND[arm][place] - 0.5 * (arm != "control")
                           for arm, place in zip(policy.chosen, band, strict=True)])
    assert policy.value.low < true < policy.value.high
    assert policy.worth_it
    assert policy.best == "voucher"


def test_one_effect_for_all_leaves_nothing_to_choose():
    flat = {"control": np.zeros(5), "voucher": np.full(5, 0.08), "gift": np.full(5, 0.02)}
    features, arm, value, _ = trial(4000, 5, flat)
    policy = judge(score_arms(features, arm, value, SHARES, "control", {}, seed=2), 0.9)
    assert not policy.worth_it
    assert policy.best == "voucher"


def test_the_gain_curve_ends_at_the_mean_effect(found):
    scores, policy, _ = found
    curve, judged = policy.curve, scores.fold > 0
    others = scores.before[judged][:, 1:].argmax(axis=1) + 1
    own = scores.scores[judged]
    everyone = (own[np.arange(len(own)), others] - own[:, 0]).mean()
    assert curve["gain"].iloc[[0, -1]].tolist() == pytest.approx([0, everyone])
    assert curve["random"].iloc[-1] == pytest.approx(everyone)
    assert policy.qini.value == pytest.approx((curve["gain"] - curve["random"]).mean() * len(curve) / (len(curve) - 1))
    assert policy.qini.value > 0
    assert policy.qini.n == judged.sum()


def test_a_useless_ranking_has_no_qini():
    scores = np.column_stack([np.zeros(900), np.random.default_rng(0).normal(1, 1, 900)])
    effects = np.column_stack([np.zeros(900), np.ones(900)])
    seen = Scores(("control", "treated"), "control", scores, effects, effects, np.arange(900) % 3)
    curve, qini = gain_curve(seen, 0.9)
    assert (curve["gain"] - curve["random"]).abs().max() < 1e-9  # equal promises share a place
    assert qini.value == pytest.approx(0, abs=1e-12)


def test_where_there_is_nothing_to_find_qini_is_zero_on_average():
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        features = pd.DataFrame({"recency": rng.normal(size=1000), "spend": rng.lognormal(size=1000)})
        arm = rng.choice(["control", "mail"], 1000)
        value = rng.normal(size=1000) + 0.3 * features["recency"] + 0.5 * (arm == "mail")
        found.append(judge(score_arms(features, arm, value, {"control": 0.5, "mail": 0.5}, "control", {}, seed),
                           0.9).qini)
    values = np.array([each.value for each in found])
    # ranked over all folds at once, it lay eleven standard errors below
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values))
    assert np.mean([each.high < 0 for each in found]) <= 0.15


def test_features_of_every_kind_become_numbers():
    frame = pd.DataFrame({"tier": ["gold", None, "gold"], "spend": [1.0, np.nan, 3.0], "count": [1, 2, 3]})
    assert encode(frame).tolist() == [[0, 1, 1, 0, 1], [1, 0, 2, 1, 2], [0, 1, 3, 0, 3]]
    assert encode(pd.DataFrame(index=range(2))).tolist() == [[0], [0]]


def test_few_subjects_teach_nothing():
    features, arm, value, _ = trial(200, 3)
    with pytest.raises(ValueError, match="are needed"):
        score_arms(features, arm, value, SHARES, "control", {}, seed=1)
