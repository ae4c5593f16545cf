"""What may go wrong, what is done then, and what the law asks for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from relops.brief.base import (
    Amount,
    AmountRange,
    Block,
    Cadence,
    Date,
    Key,
    Money,
    Month,
    Name,
    Percentile,
    Rate,
    RateRange,
    SignOff,
    TenStep,
    Text,
    fault,
    from_text,
    unset,
)


def _scales(given: Any) -> Any:
    if given != "default" and not isinstance(given, dict):
        raise fault("bad_scales")
    return given


class Response(Block):
    """What is done about a risk and what it leaves."""

    type: Literal["avoid", "reduce", "share", "accept"] | None = None
    action: Text | None = None
    cost: Money | None = None
    residual_probability: Rate | None = None


class Trigger(Block):
    """The metric and rule that raise the alarm."""

    metric: Text | None = None
    rule: Text | None = None


class Risk(Block):
    """A risk: probability within a year, impact in money, scores from one to ten."""

    id: Key
    name: Text | None = None
    kind: Literal["external", "internal"]
    probability_year: RateRange | None = None
    impact: AmountRange | None = None
    severity: TenStep | None = None
    occurrence: TenStep | None = None
    detection: TenStep | None = None
    owner: Text | None = None
    response: Response = unset(Response)
    trigger: Trigger = unset(Trigger)


class RiskPolicy(Block):
    """How much risk is carried, and how it is scored."""

    appetite: Money | None = None
    reserve: Percentile | None = None
    scales: Annotated[Literal["default"] | dict[str, Any], BeforeValidator(_scales)] = "default"
    review: Cadence | None = None


class AlarmLevel(Block):
    """A level of alarm, from blue to red."""

    level: Literal["blue", "yellow", "orange", "red"]
    rule: Text | None = None
    start_within_min: Amount | None = None
    decider: Text | None = None


class Contact(Block):
    """Somebody to call, in order."""

    role: Name
    name: Text | None = None
    reach: Text | None = None


class Drill(Block):
    """An exercise of a scenario."""

    type: Literal["tabletop", "functional", "full"]
    month: Month | None = None
    scenario: Text | None = None
    owner: Text | None = None


class Emergency(Block):
    """Levels, contacts and drills."""

    levels: list[AlarmLevel] = unset(list)
    contacts: list[Annotated[Contact, from_text("role")]] = unset(list)
    drills: list[Drill] = unset(list)


class LegalBasis(Block):
    """A ground in law and the person who answers for it."""

    basis: Text | None = None
    person: Text | None = None


class LegalBases(Block):
    """On what ground customers are profiled and written to."""

    profiling: Text | None = None
    service_messages: Text | None = None
    marketing: Annotated[LegalBasis, from_text("basis")] = unset(LegalBasis)


class Compliance(Block):
    """Law: where, on what ground, within what limits, and whether counsel has signed."""

    jurisdictions: list[Name] = unset(list)
    legal_basis: LegalBases = unset(LegalBases)
    consent_field: Text | None = None
    constraints: list[Name] = unset(list)
    counsel_signoff: SignOff = unset(SignOff)


class Signature(Block):
    """A line of the sign-off page."""

    role: Name
    name: Text | None = None
    date: Date | None = None
