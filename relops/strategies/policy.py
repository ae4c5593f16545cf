"""What choosing the arm for each customer would be worth by a sound test: the money, the features, the reasons why not.

The learner and its judgement are in :mod:`relops.strategies.targeting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from relops.brief.experiments import Experiment, Metric
from relops.customers.availability import CHECK_FAILED, NOT_FILLED, TOO_LITTLE, Unavailable
from relops.exhibits import Evidence
from relops.strategies.decision import harms
from relops.strategies.evaluation import Evaluation, money_metrics
from relops.strategies.lifetime import ALIVE, HISTORY, WORTH, lifetime_features, with_histories
from relops.strategies.looking import ALWAYS
from relops.strategies.outcomes import Outcome, some_subjects
from relops.strategies.targeting import FEWEST, Learned, Policy, judge, score_arms


def targeting_features(evaluation: Evaluation) -> list[str]:
    """Return the columns of the subjects that are known before assignment: segments, covariates, past behaviour."""
    own = [*evaluation.experiment.segments, *evaluation.experiment.covariates]
    past = (each.past for each in evaluation.subjects.outcomes if each.past and not each.is_beside)
    return list(dict.fromkeys([*own, *past]))


def best_policy(evaluation: Evaluation, strategy: str, margin_rate: float | None, seed: int) -> Policy:
    """Return what targeting would be worth by a sound test with a measure of money. Raises Unavailable with the reason
    where there is none: nothing measures money (M4), the test is still open or too small, or whole clusters were
    drawn, too few to tell customers apart by (M2). ``strategy`` is its part of the evidence ids. An arm that did harm
    is not offered to anybody.

    Customers are told apart by :func:`targeting_features`, and by what the models of lifetime expected of them on the
    eve of the test. Where the plan measures no money but whether customers were kept, one kept is worth the margin
    expected of that customer over a year.
    """
    experiment = _without_harm(evaluation)
    _may_be_targeted(evaluation, experiment)
    metric, rate = _worth(experiment, margin_rate)
    weighed = metric.kind == "retention"
    outcome = evaluation.subjects.outcome(metric.id)
    rows = _targeting_rows(evaluation, outcome, list(experiment.arms))
    smallest = int(rows["arm"].value_counts().reindex(list(experiment.arms), fill_value=0).min())
    if smallest < FEWEST:
        raise Unavailable(TOO_LITTLE, "assignments.customer_id", {
            "found": Evidence(f"targeting.{strategy}.smallest_arm", smallest, "customers"),
            "needed": Evidence(f"targeting.{strategy}.smallest_arm_needed", FEWEST, "count", tag="A")})
    if weighed and WORTH not in rows:
        raise Unavailable(TOO_LITTLE, "orders.customer_id")
    value = rate * rows[outcome.value] * (rows[WORTH].fillna(0.0) if weighed else 1.0)
    features = policy_features(rows, evaluation)
    cost = float(experiment.contact_cost or 0)
    costs = {arm: 0.0 if arm == experiment.control else cost for arm in experiment.arms}
    scores = score_arms(features, rows["arm"], value, experiment.arms, str(experiment.control), costs, seed)
    return replace(judge(scores, 1 - evaluation.alpha), learned=Learned(scores, features))


def _without_harm(evaluation: Evaluation) -> Experiment:
    """Return the experiment less the arms that its decision rules out."""
    harmful = {each.effect.arm for each in evaluation.decision.judged if harms(each)}
    arms = {arm: share for arm, share in evaluation.experiment.arms.items() if arm not in harmful}
    return evaluation.experiment.model_copy(update={"arms": arms})


def _may_be_targeted(evaluation: Evaluation, experiment: Experiment) -> None:
    """Raise Unavailable where a test draws no customer alone, may not be read for good yet, or leaves no arm to
    offer."""
    if experiment.cluster:
        raise Unavailable(TOO_LITTLE, f"experiments.{experiment.id}.cluster")
    if evaluation.looking.kind == ALWAYS:
        raise Unavailable(NOT_FILLED, f"experiments.{experiment.id}.end")
    if not evaluation.effects or not evaluation.looking.last:
        waiting = {"waiting": Evidence(f"experiment.{experiment.id}.waiting", evaluation.waiting, "customers")}
        raise Unavailable(TOO_LITTLE, "assignments.assigned_at", waiting if evaluation.waiting else {})
    if len(experiment.arms) < 2:
        raise Unavailable(CHECK_FAILED, f"experiments.{experiment.id}.arms")


def _worth(experiment: Experiment, margin_rate: float | None) -> tuple[Metric, float]:
    """Return the metric that tells what a subject brings, and what turns it into margin: money, else whether customers
    were kept. Raises Unavailable (M4) where neither is known."""
    found = money_metrics(experiment, margin_rate)
    kept = next((each for each in experiment.metrics if each.role == "primary" and each.kind == "retention"), None)
    if found:
        return found[0]
    if kept is not None and margin_rate is not None:
        return kept, float(margin_rate)
    known = kept is not None or any(metric.brings for metric in experiment.metrics)
    raise Unavailable(NOT_FILLED, "finance.margin_rate" if known else f"experiments.{experiment.id}.metrics.measures")


def policy_features(rows: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    """Return what a policy tells customers apart by: :func:`targeting_features`, and what was expected of them where
    the rows tell, spending on a log scale: its long tail would run away with a curve."""
    expected = [name for name in (ALIVE, WORTH) if name in rows]
    features = rows[[*targeting_features(evaluation), *expected]]
    return features.assign(**{WORTH: np.log1p(features[WORTH])}) if expected else features


def _targeting_rows(evaluation: Evaluation, outcome: Outcome, arms: Sequence[str]) -> pd.DataFrame:
    """Return the subjects in ``arms`` whose outcome is known: arm, outcome, features, and what was expected of
    them where the models tell. They stand in the order of what is known, not of hashed ids: folds must not depend on
    the key."""
    table, days, day = evaluation.subjects.known(outcome), evaluation.purchase_days, evaluation.eve
    columns = list(dict.fromkeys(["arm", outcome.value, *targeting_features(evaluation)]))
    if days is not None and day is not None:
        table, columns = with_histories(table, days, day), [*columns, *HISTORY]
    rows = some_subjects(table).select(*columns).order_by(columns).to_pandas()
    rows = rows[rows["arm"].isin(arms)]
    expected = lifetime_features(rows, days, day) if "frequency" in rows else None
    return rows if expected is None else rows.join(expected)
