"""What is true of the experiments: the effect of every arm, overall and by segment, and the worth of policies."""

from __future__ import annotations

from typing import Any

import numpy as np

from relops.data.demo.brief import STRATEGY_OF
from relops.data.demo.campaigns import programme
from relops.data.demo.experiments import MEASURES
from relops.data.demo.settings import company
from relops.data.demo.tally import Tally

CURRENCY = "money:CNY"
# metric of the brief → unit and how many of them one counted thing is
METRICS = {"bought": ("points", 100), "spend": (CURRENCY, 0.01), "margin": (CURRENCY, 0.01),
           "opted_out": ("points", 100)}
TARGETED = "winback_autumn"
ORACLE_NOTE = ("margin of the window less the contact cost of a treated customer, per subject; the policy knows the "
               "true effects and gives each age band its best arm, or none, and customers who did not tell their age "
               "the best single arm. What the notebook publishes as policy_value is that of a policy learned from the "
               "test")


def experiment_evidence(tally: Tally) -> dict[str, Any]:
    """Return the true effects on the subjects of each experiment and what policies are worth, under evidence ids.

    An effect is the mean over all subjects of the outcome under the arm less that under control; ``segments`` holds
    the same by true age band, ``control`` the mean under control.
    """
    evidence: dict[str, Any] = {}
    for spec in programme()["experiments"]:
        name, sums = spec["id"], tally.trials[spec["id"]]
        for place, arm in enumerate(spec["arms"]):
            if place == 0:
                continue
            for metric, (unit, scale) in METRICS.items():
                column = MEASURES.index(metric)
                effect = _effect(sums, place, column, scale) | {"unit": unit}
                evidence[f"experiment.{name}.{metric}.{arm}.effect"] = effect
        if "lost" in spec:
            evidence[f"experiment.{name}.decision"] = {"value": "unhealthy", "unit": "text"}
    return evidence | _best_single(tally)


def _effect(sums: np.ndarray, arm: int, column: int, scale: float) -> dict[str, Any]:
    change, subjects = sums[arm, :, column] - sums[0, :, column], sums[0, :, 0]
    total = max(int(subjects.sum()), 1)
    bands = {band: {"value": scale * int(value) / max(int(number), 1), "n": int(number)}
             for band, value, number in zip(company()["age_bands"]["ids"], change, subjects, strict=True)}
    return {"value": scale * int(change.sum()) / total, "n": total,
            "control": scale * int(sums[0, :, column].sum()) / total, "segments": {"age_band": bands}}


def _best_single(tally: Tally) -> dict[str, Any]:
    """Return what the best one arm for everybody is worth in the experiment whose treatments are targeted."""
    arms, worth, total = _worth(tally)
    single = worth.sum(axis=1) / total
    return {f"targeting.{STRATEGY_OF[TARGETED].lower()}.best_single_value": {
        "value": float(single.max()), "unit": CURRENCY, "n": total, "arm": arms[int(single.argmax())],
        "arms": dict(zip(arms, single.tolist(), strict=True))}}


def _worth(tally: Tally) -> tuple[list[str], np.ndarray, int]:
    """Return of the targeted experiment the arms, (arm, age band) the expected margin of all subjects under each less
    the cost of treating them, in money, and the number of subjects."""
    spec = next(entry for entry in programme()["experiments"] if entry["id"] == TARGETED)
    subjects = tally.trials[TARGETED][0, :, 0]
    worth = tally.margins[TARGETED] / 100
    worth[1:] -= spec["contact_cost"] * subjects
    return list(spec["arms"]), worth, max(int(subjects.sum()), 1)


def _oracle(tally: Tally) -> dict[str, Any]:
    """Return what a policy is worth that knows the true effect by age band: no learned one can do better."""
    arms, worth, total = _worth(tally)
    bands, best = company()["age_bands"]["ids"], worth.argmax(axis=0)
    chosen = {band: arms[place] for band, place in zip(bands, best, strict=True)}
    told, every_age = company()["age_bands"]["told"], float(worth.max(axis=0).sum() / total)
    single = float((worth.sum(axis=1) / total).max())
    value = told * every_age + (1 - told) * single
    return {"oracle_value": value, "oracle_gain": value - single, "every_age_known": every_age, "policy": chosen,
            "note": ORACLE_NOTE}


def experiment_notes(tally: Tally, name: str) -> dict[str, Any]:
    """Return how an experiment was planned, and the subjects drawn and logged by arm."""
    spec = next(entry for entry in programme()["experiments"] if entry["id"] == name)
    assigned = tally.assigned[name]
    oracle = {"oracle": _oracle(tally)} if name == TARGETED else {}
    return oracle | {"drawn": {arm: int(assigned[place][0]) for place, arm in enumerate(spec["arms"])},
            "logged": {arm: int(assigned[place][1]) for place, arm in enumerate(spec["arms"])},
            "planned": spec["arms"], "window_days": spec["window_days"], "contact_cost": spec["contact_cost"]}
