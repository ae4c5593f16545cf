"""What has been sent to whom, and who takes part in another test: the limits of a draw that lie in other campaigns."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from relops.brief import Brief
from relops.strategies.days import day_start
from relops.strategies.draw_plan import CUSTOMER, DrawPlan

YEAR_DAYS, MONTH_DAYS = 365, 30
SENT = ("sent", "send", "delivered", "发送", "已发送", "送达", "已送达", "触达")
NONE = " "  # what no strategy and no channel is called


@dataclass(frozen=True, eq=False)
class Sources:
    """What a draw reads: the run's ``tables``, the maps ``ids`` (hash, id) and ``keys`` (hash, key, value; None where
    the brief orders no keys), ``drawn`` (rows of lists drawn before: id, experiment_id, strategy_id, channel,
    is_contact, is_read; None where there are none), and the ``settings`` frozen so far."""

    tables: Any
    ids: ir.Table
    keys: ir.Table | None = None
    drawn: ir.Table | None = None
    settings: Mapping[str, Any] | None = None


def joined(each: ir.Table, more: ir.Table, key: str = CUSTOMER) -> ir.Table:
    """Return the rows with what ``more`` (a row at most of each) knows of them; columns already there stay."""
    new = [name for name in more.columns if name not in each.columns]
    return each.left_join(more.select(key, *new), key).drop(f"{key}_right")


def with_contacts(each: ir.Table, sources: Sources, plan: DrawPlan, timezone: str) -> ir.Table:
    """Add contacts before the draw: ``contacts`` of the last 365 days, ``by_strategy`` those of this strategy,
    ``by_channel`` those of the last 30 days over its channel. Lists drawn whose result nobody has read yet count in
    the latter two: they are on their way."""
    strategy, channel = plan.strategy.id if plan.strategy else NONE, plan.contact_channel or NONE
    counts = ("contacts", "by_strategy", "by_channel")
    past = _past_contacts(sources.tables.touches, plan, strategy, channel, timezone)
    each = each.mutate(**dict.fromkeys(counts, ibis.literal(0, "int64"))) if past is None else joined(each, past)
    each = each.mutate(**{name: each[name].fill_null(0) for name in counts})
    if sources.drawn is None:
        return each
    coming = sources.drawn.filter(_.is_contact, ~_.is_read, _.experiment_id != plan.id).group_by("id").aggregate(
        planned=(_.strategy_id == strategy).sum(), planned_on_channel=(_.channel == channel).sum())
    each = joined(each, coming, "id")
    return each.mutate(by_strategy=_.by_strategy + _.planned.fill_null(0),
                       by_channel=_.by_channel + _.planned_on_channel.fill_null(0))


def _past_contacts(touches: ir.Table | None, plan: DrawPlan, strategy: str, channel: str,
                   timezone: str) -> ir.Table | None:
    if touches is None:
        return None
    opens = day_start(plan.starts, timezone)
    columns = touches.columns
    sent = touches.event.lower().isin(SENT) if "event" in columns else ibis.literal(value=True)
    if "campaign_id" in columns:  # what this very draw has sent is no reason to draw otherwise
        sent = sent & (touches.campaign_id.fill_null("") != plan.id)
    past = touches.filter(sent, touches.touched_at < opens,
                          touches.touched_at >= opens - ibis.interval(days=YEAR_DAYS))
    of_strategy = past.strategy_id.fill_null("") == strategy if "strategy_id" in columns else ibis.literal(value=False)
    late = past.touched_at >= opens - ibis.interval(days=MONTH_DAYS)
    marked = past.mutate(is_own=of_strategy, is_late=late & (past.channel == channel))
    return marked.group_by(CUSTOMER).aggregate(contacts=_.count(), by_strategy=_.is_own.sum(),
                                               by_channel=_.is_late.sum())


def running_tests(brief: Brief, plan: DrawPlan) -> list[str]:
    """Return the other experiments of the brief whose days overlap those of the draw; one without days always does."""
    open_end = datetime.date.max
    return [other.id for other in brief.experiments if other.id != plan.id
            and (other.start or datetime.date.min) <= (plan.ends or open_end)
            and (other.end or open_end) >= plan.starts]


def with_running(each: ir.Table, sources: Sources, brief: Brief, plan: DrawPlan) -> ir.Table:
    """Add ``is_running``: whether a customer is in another experiment that runs at the same time, by the data or by a
    list drawn before, or on another list of the same strategy whose result nobody has read yet: the control of one
    must not be treated by the other."""
    others, yes = running_tests(brief, plan), ibis.literal(value=True)
    held, listed, found = sources.tables.assignments, sources.drawn, []
    if others and held is not None:
        each = joined(each, held.filter(held.experiment_id.isin(others)).select(CUSTOMER).distinct().mutate(
            is_assigned=yes))
        found.append("is_assigned")
    if others and listed is not None:
        each = joined(each, listed.filter(listed.experiment_id.isin(others)).select("id").distinct().mutate(
            is_listed=yes), "id")
        found.append("is_listed")
    if listed is not None and plan.strategy:
        same = listed.filter(_.strategy_id == plan.strategy.id, ~_.is_read, _.experiment_id != plan.id)
        each = joined(each, same.select("id").distinct().mutate(is_on_its_way=yes), "id")
        found.append("is_on_its_way")
    return each.mutate(is_running=ibis.coalesce(*(each[name] for name in found), ibis.literal(value=False)))
