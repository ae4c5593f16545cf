"""What is done with customers: segments, channels, touchpoints, strategies, word of mouth."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from relops.brief.base import (
    Amount,
    Block,
    Count,
    Flag,
    Hours,
    Key,
    Many,
    Money,
    Name,
    OpenRate,
    Rate,
    RateRange,
    Text,
    fault,
    unset,
)


def _rules(given: Any) -> Any:
    if given != "default" and not isinstance(given, list | tuple):
        raise fault("bad_segment_rules")
    return given


class GroupNames(Block):
    """What the client calls the four groups."""

    loyal: Text | None = None
    riser: Text | None = None
    dormant: Text | None = None
    churned: Text | None = None


class Segments(Block):
    """How customers are grouped. Empty cut points are computed from the data and then frozen; the hold-out is never
    drawn for any campaign, so that all of them together can be judged."""

    rules: Annotated[Literal["default"] | list[dict[str, Any]], BeforeValidator(_rules)] = "default"
    f_star: Many | None = None
    r1_days: Many | None = None
    r2_days: Many | None = None
    names: GroupNames = unset(GroupNames)
    holdout_share: OpenRate | None = None


class WordOfMouth(Block):
    """Which events count as which stage of word of mouth."""

    stage_events: dict[Literal["reach", "interest", "interaction", "share"], list[Name]] = unset(dict)


class Channel(Block):
    """A way to reach customers, its price and limits."""

    id: Key
    name: Text | None = None
    unit_cost: Money | None = None
    capacity_month: Count | None = None
    consent_required: Flag | None = None
    max_per_customer_month: Amount | None = None
    quiet_hours: Hours | None = None


class Touchpoint(Block):
    """A point where customers meet the company."""

    id: Key
    channel: Text | None = None
    owner: Text | None = None
    improvable: Flag | None = None
    fix_cost: Money | None = None


class Effect(RateRange):
    """The expected effect of a strategy as a share; an assumption needs an owner."""

    metric: Text | None = None
    source: Literal["assumption", "experiment", "data", "external"] = "assumption"
    owner: Text | None = None


class Reward(Block):
    """What a referral pays. A reward tied to a review, or paid over several levels, stops the plan."""

    referrer: Money | None = None
    referee: Money | None = None
    levels: Count | None = None
    tied_to_review: Flag | None = None


class Strategy(Block):
    """A programme for some segments over one channel."""

    id: Key
    name: Text | None = None
    kind: Literal["onboarding", "crosssell", "retention", "winback", "referral", "service_recovery",
                  "community"] | None = None
    segments: list[Name] = unset(list)
    channel: Text | None = None
    unit_cost: Money | None = None
    effect: Effect | None = None
    reward: Reward | None = None
    max_share: Rate | None = None
    control_share: Rate | None = None
    cap_per_customer_year: Amount | None = None


class Partner(Block):
    """A partner outside the company and what it delivers."""

    name: Text | None = None
    role: Text | None = None
    deliverable: Text | None = None
    cost: Money | None = None
    disclosure: Text | None = None
