"""Rules on what is done to customers, how it is tested, and how files are read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from relops.brief.paths import show_path
from relops.brief.rule_tools import Broken, blocks, day, filled, number

SHARE_TOLERANCE = 1e-6
FEWEST_ARMS = 2
DEFAULT_CONTROL = "control"


def rewards_lawful(content: Any) -> Iterator[Broken]:
    """No reward hangs on a review; more than one level of reward only with counsel's signature."""
    signoff = next((block for _, block in blocks(content, "compliance.counsel_signoff")), {})
    signed = filled(signoff.get("name")) and day(signoff.get("date")) is not None
    for path, reward in blocks(content, "strategies.*.reward"):
        if reward.get("tied_to_review") is True:
            yield Broken((*path, "tied_to_review"), "reward_tied_to_review", {})
        levels = number(reward.get("levels"))
        if levels is not None and levels > 1 and not signed:
            yield Broken((*path, "levels"), "reward_levels", {"levels": levels})


def assumptions_owned(content: Any) -> Iterator[Broken]:
    """An effect that is assumed, or says not where it comes from, has an owner."""
    for path, effect in blocks(content, "strategies.*.effect"):
        if effect.get("source") in (None, "assumption") and not filled(effect.get("owner")):
            yield Broken(path, "assumption_without_owner", {})


def experiments_sound(content: Any) -> Iterator[Broken]:
    """Arms are at least two, share out everybody, none has nobody, and one of them is the control."""
    for path, experiment in blocks(content, "experiments.*"):
        arms = experiment.get("arms")
        if not isinstance(arms, dict) or not arms:
            continue
        if len(arms) < FEWEST_ARMS:
            yield Broken((*path, "arms"), "arms_too_few", {"arms": ", ".join(map(str, arms))})
        shares = [number(share) for share in arms.values()]
        if None not in shares and abs(math.fsum(shares) - 1) > SHARE_TOLERANCE:
            yield Broken((*path, "arms"), "arms_sum", {"sum": round(math.fsum(shares), 6)})
        empty = [str(arm) for arm, share in zip(arms, shares, strict=True) if share is not None and share <= 0]
        if empty:
            yield Broken((*path, "arms"), "arms_empty", {"arms": ", ".join(empty)})
        control = experiment.get("control") or DEFAULT_CONTROL
        if isinstance(control, str) and control not in arms:
            named = bool(experiment.get("control"))
            where, code = ((*path, "control"), "control_unknown") if named else (path, "control_missing")
            yield Broken(where, code, {"control": control, "arms": ", ".join(map(str, arms))})


def ratios_complete(content: Any) -> Iterator[Broken]:
    """A metric that is a ratio names its denominator."""
    for path, metric in blocks(content, "experiments.*.metrics.*"):
        if metric.get("kind") == "ratio" and not filled(metric.get("denominator")):
            yield Broken(path, "ratio_without_denominator", {})


def quantiles_apart(content: Any) -> Iterator[Broken]:
    """A quantile is compared between customers drawn one by one, and only a metric of that kind names its share."""
    for path, experiment in blocks(content, "experiments.*"):
        for place, metric in blocks(experiment, "metrics.*"):
            if metric.get("kind") == "quantile" and filled(experiment.get("cluster")):
                yield Broken((*path, *place), "quantile_in_clusters", {})
            elif metric.get("kind") != "quantile" and filled(metric.get("quantile")):
                yield Broken((*path, *place), "quantile_without_kind", {"kind": metric.get("kind") or "–"})


def caps_apply(content: Any) -> Iterator[Broken]:
    """A cap is of an amount that a customer brings: no ratio, share or quantile has one."""
    for path, metric in blocks(content, "experiments.*.metrics.*"):
        kind = "ratio" if filled(metric.get("denominator")) else metric.get("kind")
        if filled(metric.get("cap")) and kind not in (None, "mean", "count"):
            yield Broken((*path, "cap"), "cap_without_amount", {"kind": kind})


def statuses_disjoint(content: Any) -> Iterator[Broken]:
    """A status counts, does not count, or is a refund: never two; refunds by status name some."""
    for path, source in blocks(content, "data.sources.*"):
        rule = source.get("status") if isinstance(source.get("status"), dict) else {}
        seen: dict[str, str] = {}
        for kind in ("counted", "not_counted", "refund", "recharge"):
            values = rule.get(kind) if isinstance(rule.get(kind), list) else []
            for place, value in enumerate(values):
                if seen.setdefault(str(value), kind) != kind:
                    yield Broken((*path, "status", kind, place), "status_twice",
                                 {"status": value, "first": seen[str(value)]})
        if source.get("refunds") == "status" and not rule.get("refund"):
            field = show_path((*path, "status", "refund"))
            yield Broken((*path, "refunds"), "refunds_by_status", {"field": field})


def formulas_single(content: Any) -> Iterator[Broken]:
    """A computed column is either an SQL expression or a constant."""
    for path, columns in blocks(content, "data.sources.*.columns"):
        for name, column in columns.items():
            if isinstance(column, dict) and filled(column.get("sql")) == (column.get("value") is not None):
                yield Broken((*path, name), "formula_or_constant", {"column": name})


def cut_points_in_order(content: Any) -> Iterator[Broken]:
    """The cut point between active and dormant lies below the one between dormant and churned."""
    for path, segments in blocks(content, "segments"):
        first, second = number(segments.get("r1_days")), number(segments.get("r2_days"))
        if first is not None and second is not None and first >= second:
            values = {"first": "r1_days", "first_days": first, "second": "r2_days", "second_days": second}
            yield Broken((*path, "r2_days"), "cut_points_reversed", values)


RULES = (rewards_lawful, assumptions_owned, experiments_sound, ratios_complete, quantiles_apart, caps_apply,
         statuses_disjoint, formulas_single, cut_points_in_order)
