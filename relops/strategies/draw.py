"""A draw: the audience divided into arms, everybody accounted for, the arms held against each other."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from relops.brief import Brief
from relops.customers.estimates import critical_value
from relops.errors import BadInput, Problem
from relops.strategies.assignment import assign_arms, balance_arms, place_column, share_edge
from relops.strategies.audience import MEASURES, REASONS, audience
from relops.strategies.contacts import Sources
from relops.strategies.draw_plan import DrawPlan

OUTSIDE, LISTED = "outside", "listed"
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Draw:
    """``customers`` are all that are known; these are ``left_out`` by reason (``outside``: the share that takes part
    leaves them out; ``listed``: drawn before) or in ``arms``. ``balance``: see :func:`balance_of`."""

    plan: DrawPlan
    customers: int
    left_out: Mapping[str, int]
    arms: Mapping[str, int]
    balance: pd.DataFrame


def draw_arms(sources: Sources, brief: Brief, plan: DrawPlan, data_end: datetime.date,
              before: ir.Table | None = None) -> Draw:
    """Return the draw of a plan, whose rows are kept as the table ``draw_<id>`` (arm null: not drawn).

    ``before`` are the rows of its own list (customer_id: the client's own, arm) that stay as they are: only others
    are drawn then, and there may be none; the balance is of all.

    Raises BadInput where the data lack what is asked for, nobody may be drawn, or an arm would stay empty.
    """
    people = sources.tables.keep(audience(sources, brief, plan, data_end), f"audience_{plan.id}")
    reasons = people.group_by("reason").aggregate(people=_.count()).to_pandas()
    named = reasons.dropna().set_index("reason")["people"]
    left_out = {reason: int(named[reason]) for reason in REASONS if reason in named}
    able = people.filter(_.reason.fill_null("") == "")
    if before is not None:
        able = able.anti_join(before, [able.id == before.customer_id])
        left_out[LISTED] = int(reasons["people"].sum() - named.sum()) - int(able.count().to_pandas())
    elif able.count().to_pandas() < len(plan.allocation.arms):
        raise BadInput(_nobody(plan, int(able.count().to_pandas()), left_out))
    drawn = sources.tables.keep(_divided(able, plan), f"draw_{plan.id}")
    counts = drawn.group_by("arm").aggregate(people=_.count()).to_pandas()
    by_arm = counts.dropna().set_index("arm")["people"]
    arms = {arm: int(by_arm.get(arm, 0)) for arm in plan.allocation.arms}
    empty = [arm for arm, people_in in arms.items() if not people_in]
    if empty and before is None:
        raise BadInput(Problem("strategies.empty_arm", f"experiments.{plan.id}.arms", {
            "arms": ", ".join(empty), "people": f"{sum(arms.values()):,}"}))
    left_out[OUTSIDE] = int(counts["people"].sum() - by_arm.sum())
    members = drawn.drop_null("arm")
    if before is not None:
        listed = people.inner_join(before.select("arm", id="customer_id"), "id")
        members = listed.union(members.select(listed.columns))
    return Draw(plan, int(reasons["people"].sum()), {name: n for name, n in left_out.items() if n}, arms,
                balance_of(members, plan))


def _nobody(plan: DrawPlan, people: int, left_out: Mapping[str, int]) -> list[Problem]:
    """Return why so few may be drawn: the number, then every reason with how many it keeps out."""
    values = {"people": f"{people:,}", "arms": len(plan.allocation.arms)}
    return [Problem("strategies.few_customers", plan.id, values)] + [
        Problem("strategies.left_out", plan.id, {"people": f"{n:,}", "reason": f"@strategies.draw.reason.{reason}"})
        for reason, n in left_out.items()]


def _divided(able: ir.Table, plan: DrawPlan) -> ir.Table:
    """Return the customers with their arm, null for those who do not take part."""
    if not plan.strata:
        return assign_arms(able, plan.allocation, "unit")
    takes_part = ibis.literal(value=True)
    if plan.allocation.coverage < 1:  # by a hash of its own: within a stratum the arms share out whoever takes part
        takes_part = place_column(able.unit, f"{plan.allocation.salt} coverage") < share_edge(plan.allocation.coverage)
    balanced = balance_arms(able.filter(takes_part), plan.allocation, ["stratum"], "unit")
    return balanced.union(able.filter(~takes_part).mutate(arm=ibis.null("string")))


def balance_of(members: ir.Table, plan: DrawPlan, level: float = LEVEL) -> pd.DataFrame:
    """Return how the arms compared before anything was sent: measure, arm, n, mean, sd, control (its mean),
    difference (standardised), low, high.

    The difference is of means, over the root of the mean of both variances (Austin 2009, Statistics in Medicine 28,
    3083–3107); its interval from Hedges & Olkin's large-sample variance (1985). Null where nothing varies.
    """
    sums = {}
    for measure in MEASURES:
        values = members[measure].cast("float64")  # a sum of an engine may be a decimal, whose mean would be rounded
        sums |= {f"{measure}__n": values.count(), f"{measure}__mean": values.mean(),
                 f"{measure}__var": values.var(how="sample")}
    cells = members.group_by("arm").aggregate(**sums).to_pandas().set_index("arm").astype(float)
    if plan.control not in cells.index:
        return pd.DataFrame(columns=["measure", "arm", "n", "mean", "sd", "control", "difference", "low", "high"])
    half, rows = critical_value(level), []
    for measure in MEASURES:
        own = cells[[f"{measure}__{name}" for name in ("n", "mean", "var")]].set_axis(["n", "mean", "var"], axis=1)
        control = own.loc[plan.control]
        for arm in (arm for arm in plan.allocation.arms if arm in own.index):
            cell = own.loc[arm]
            spread = np.sqrt((cell["var"] + control["var"]) / 2)
            known = arm != plan.control and spread > 0
            difference = (cell["mean"] - control["mean"]) / spread if known else np.nan
            error = np.sqrt(1 / cell["n"] + 1 / control["n"] + difference**2 / (
                2 * (cell["n"] + control["n"]))) if known else np.nan
            rows.append({"measure": measure, "arm": arm, "n": int(cell["n"]), "mean": cell["mean"],
                         "sd": np.sqrt(cell["var"]), "control": control["mean"], "difference": difference,
                         "low": difference - half * error, "high": difference + half * error})
    return pd.DataFrame(rows)
