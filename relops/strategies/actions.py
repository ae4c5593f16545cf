"""Who should get what next: the policy of a sound test carried over to the customers of today, with a control.

The list is a proposal of one run. Who is held back as control is drawn by the salted hash, so that next month's effect
can be read as well; ``relops assign`` draws the same strategy as a list that is kept.
"""

from __future__ import annotations

import csv
import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from relops.brief import Brief
from relops.customers.availability import Unavailable
from relops.customers.estimates import Estimate
from relops.errors import BadInput
from relops.exhibits import Evidence, Finding
from relops.files import defused, private_draft
from relops.strategies.assignment import Allocation, arm_of
from relops.strategies.audience import audience
from relops.strategies.contacts import Sources
from relops.strategies.days import day_start
from relops.strategies.draw_plan import CONTROL, CUSTOMER, DrawPlan, Wishes, plan_draw
from relops.strategies.drawn_list import ACTIONS
from relops.strategies.evaluation import Evaluation
from relops.strategies.findings import strategy_key
from relops.strategies.lifetime import ALIVE, HISTORY, WORTH, lifetime_features, with_histories
from relops.strategies.outcome_columns import SOURCES
from relops.strategies.outcomes import read_subjects
from relops.strategies.policy import policy_features, targeting_features
from relops.strategies.targeting import Policy

COLUMNS = (CUSTOMER, "arm", "treated", "channel", "cap", "reason", "expected_margin")
FOR_CUSTOMER, FOR_ALL, HELD_BACK = "best_for_customer", "best_for_all", "control"


@dataclass(frozen=True)
class Actions:
    """A list written to ``file``: customers ``treated`` and held back as ``control``, and what such a choice brought a
    subject of the test over the control, net (``margin``); ``file`` None where brief or data do not allow a list."""

    file: Path | None
    treated: int = 0
    control: int = 0
    margin: Estimate | None = None


def write_actions(policy: Policy | Unavailable, test: Evaluation, nb: Any, covariate_days: int) -> Actions | None:
    """Write ``actions/<strategy>.csv`` into the run's private folder, and return what it holds; None where no strategy
    is tested or nothing was learned.

    Columns: customer_id (the client's own), arm, treated, channel, cap (contacts of this strategy and channel still
    allowed, empty without one), reason, expected_margin (net of the contact, over the metric's window).
    """
    strategy = next((one for one in nb.brief.strategies if one.id == test.experiment.strategy), None)
    if strategy is None or isinstance(policy, Unavailable):
        return None
    ids = nb.engine.ibis.read_parquet(str(nb.id_map))
    sources = Sources(nb.tables, ids, settings=nb.settings)
    name = f"{strategy_key(test)}_next"
    try:
        plan = plan_draw(nb.brief, (None, strategy), Wishes(draw_id=name), nb.data_end)
        people = _people(sources, nb.brief, plan, nb.data_end)
        known = _features(people, policy, test, nb, plan, covariate_days)
    except BadInput:  # said in the report; ``relops assign`` tells field by field
        return Actions(None)
    frame = choose(known, policy, plan, strategy.max_share)
    path = nb.private / ACTIONS / f"{strategy_key(test)}.csv"
    _write(frame, path)
    treated = int((frame["treated"] == "yes").sum())
    given = policy.chosen if policy.worth_it else [policy.best] * policy.learned.scores.n
    return Actions(path, treated, len(frame) - treated, policy.learned.over_control(given, test.level))


def _people(sources: Sources, brief: Brief, plan: DrawPlan, data_end: datetime.date) -> ir.Table:
    """Return who may be contacted."""
    able = audience(sources, brief, plan, data_end)
    return sources.tables.keep(able.filter(able.reason.fill_null("") == ""), f"audience_{plan.id}")


def _features(people: ir.Table, policy: Policy, test: Evaluation, nb: Any, plan: DrawPlan,
              covariate_days: int) -> pd.DataFrame:
    """Return one row a customer: id, cap, and the features of the policy as they stand at the end of the data."""
    metrics = [metric for metric in test.experiment.metrics if metric.table in SOURCES]
    experiment = test.experiment.model_copy(update={"id": plan.id, "metrics": metrics, "cluster": None})
    drawn = people.select(CUSTOMER, "id", cap="cap_left").mutate(
        record=ibis.row_number(), experiment_id=ibis.literal(plan.id), arm=ibis.literal(CONTROL),
        assigned_at=day_start(plan.starts, nb.brief.period.timezone))
    today = _Today(nb.tables, nb.tables.keep(drawn, f"today_{plan.id}"))
    table = read_subjects(today, experiment, nb.data_end, nb.brief.period.timezone, covariate_days).table
    columns, expected = ["id", "cap", *targeting_features(test)], {ALIVE, WORTH} & {*policy.learned.features}
    if expected:
        table, columns = with_histories(table, nb.tables.purchase_days, nb.data_end), [*columns, *HISTORY]
    rows = table.select(*dict.fromkeys(columns)).order_by("id").to_pandas()
    if expected:
        found = lifetime_features(rows, nb.tables.purchase_days, nb.data_end)
        rows = rows.assign(**{ALIVE: np.nan, WORTH: np.nan}) if found is None else rows.join(found)
    return rows[["id", "cap"]].join(policy_features(rows, test))


class _Today:
    """The tables of a run as if every customer were assigned today."""

    def __init__(self, tables: Any, assignments: ir.Table):
        self._tables, self.assignments = tables, assignments

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)


def choose(known: pd.DataFrame, policy: Policy, plan: DrawPlan, max_share: float | None) -> pd.DataFrame:
    """Return the list, a row a customer whom some arm is expected to bring more than its cost.

    Where choosing for each customer beat one arm for all, everyone gets the arm of largest expected effect; else all
    get the best one. The most promising come first where not all may be treated.
    """
    effects = policy.learned.effects_on(known)
    control = policy.learned.scores.control
    if policy.worth_it:
        arm, margin = effects.idxmax(axis=1), effects.max(axis=1)
    else:
        arm = pd.Series(policy.best, index=known.index)
        margin = pd.Series(policy.arms[policy.best].value - policy.arms[control].value, index=known.index)
    found = pd.DataFrame({CUSTOMER: known["id"], "arm": arm, "cap": known["cap"], "expected_margin": margin})
    found = found[(found["arm"] != control) & (found["expected_margin"] > 0)]
    holding = Allocation(plan.id, plan.id, plan.allocation.arms)
    held = np.array([arm_of(own, holding) == CONTROL for own in found[CUSTOMER]], bool)
    found = found.assign(treated=np.where(held, "no", "yes"), channel=plan.contact_channel,
                         reason=np.where(held, HELD_BACK, FOR_CUSTOMER if policy.worth_it else FOR_ALL))
    found.loc[held, "arm"] = control
    found = found.sort_values(["expected_margin", CUSTOMER], ascending=[False, True])
    if max_share is not None:  # of those who may be contacted; controls stay with whom they are compared
        found = found[(found["treated"] == "yes").cumsum() <= max_share * len(known)]
    return found[list(COLUMNS)].reset_index(drop=True)


def _write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shown = frame.assign(**{CUSTOMER: [defused(own) for own in frame[CUSTOMER]]})
    with private_draft(path) as draft:
        shown.to_csv(draft, index=False, encoding="utf-8-sig", float_format="%.2f", quoting=csv.QUOTE_MINIMAL)


def say_actions(actions: Actions | None, test: Evaluation, currency: str) -> list[Finding]:
    """Say how many customers a list of actions holds and where it lies; nothing without a strategy."""
    if actions is None:
        return []
    key = strategy_key(test)
    subject, words = f"targeting.{key}", {"strategy": f"={test.experiment.strategy}"}
    if actions.file is None:
        return [Finding(f"{subject}.actions_finding", "strategies.finding.actions.none", {}, words)]
    if not actions.treated:
        return [Finding(f"{subject}.actions_finding", "strategies.finding.actions.nobody", {}, words)]
    n, margin = actions.treated + actions.control, actions.margin
    numbers = {"treated": Evidence(f"{subject}.treated", actions.treated, "customers", n=n),
               "control": Evidence(f"{subject}.held_back", actions.control, "customers", n=n),
               "margin": Evidence(f"{subject}.expected_margin", margin.value, f"money:{currency}", margin.low,
                                  margin.high, margin.level, margin.n)}
    message = "listed" if margin.low > 0 else "listed_open"
    return [Finding(f"{subject}.actions_finding", f"strategies.finding.actions.{message}", numbers,
                    words | {"file": f"=private/{ACTIONS}/{key}.csv"})]
