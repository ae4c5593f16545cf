"""By whom, with what and when: team, service levels, systems, budget, roadmap, stakeholders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from relops.brief.base import (
    Amount,
    AmountRange,
    Block,
    Cadence,
    Date,
    Flag,
    Hours,
    Key,
    Level,
    Many,
    Money,
    Name,
    Number,
    Percentile,
    Rate,
    RateBelowOne,
    Text,
    from_text,
    matching,
    unset,
)

RaciLetters = Annotated[str, matching(r"[RACI](/?[RACI])*", "bad_raci")]


class Role(Block):
    """A role of the team: people, cost, hours, and the work it carries."""

    id: Key
    name: Text | None = None
    headcount: Amount | None = None
    cost_year: Money | None = None
    hours_week: Annotated[Number, Field(ge=0, le=168)] | None = None
    shrinkage: RateBelowOne | None = None
    max_occupancy: Annotated[Number, Field(gt=0, le=1)] | None = None
    aht_s: Amount | None = None
    concurrency: Many | None = None
    touches: dict[Name, Amount] = unset(dict)
    minutes_per_touch: Amount | None = None


class Team(Block):
    """Opening hours and roles."""

    opening_hours: Hours | None = None
    roles: list[Role] = unset(list)


class ServiceLevel(Block):
    """A promise on one channel."""

    channel: Name
    answer_within_s: Amount | None = None
    share: Rate | None = None
    first_response_h: Amount | None = None
    resolve_h: Amount | None = None
    severity: Text | None = None


class Loop(Block):
    """How feedback is closed."""

    detractor_contact_h: Amount | None = None
    owner: Text | None = None
    outer_loop_meeting: Cadence | None = None


class Step(Block):
    """A step of a procedure."""

    text: Name
    owner: Text | None = None
    minutes: Amount | None = None


class Procedure(Block):
    """A standard operating procedure."""

    id: Key
    name: Text | None = None
    owner: Text | None = None
    steps: list[Annotated[Step, from_text("text")]] = unset(list)


class System(Block):
    """A system in use, planned or lacking."""

    name: Name
    status: Literal["in_use", "gap", "planned"] | None = None
    owner: Text | None = None
    cost_year: Money | None = None
    interfaces: list[Text] = unset(list)
    acceptance: Text | None = None


class BudgetLine(Block):
    """One line of the budget."""

    id: Key
    name: Text | None = None
    amount: Money
    phase: Text | None = None
    kind: Literal["variable", "fixed", "contingency"] | None = None
    owner: Text | None = None


class Floor(Block):
    """The least to be spent on a strategy, channel or segment."""

    strategy: Text | None = None
    channel: Text | None = None
    segment: Text | None = None
    min: Money


class Cap(Block):
    """The most to be spent on a strategy, channel or segment."""

    strategy: Text | None = None
    channel: Text | None = None
    segment: Text | None = None
    max: Money


class Budget(Block):
    """The budget and its lines, in ``finance.currency``."""

    total: Money | None = None
    vat_included: Flag | None = None
    lines: list[BudgetLine] = unset(list)
    floors: list[Floor] = unset(list)
    caps: list[Cap] = unset(list)
    contingency_rule: Percentile | None = None


class Task(Block):
    """A task of the roadmap; ``days`` are working days."""

    id: Key
    name: Text | None = None
    phase: Text | None = None
    owner: Text | None = None
    days: AmountRange | None = None
    after: list[Name] = unset(list)
    deliverable: Text | None = None
    exit_test: Text | None = None


class Gate(Block):
    """A decision point behind a task."""

    id: Key
    after: Text | None = None
    metric: Text | None = None
    rule: Text | None = None
    decider: Text | None = None
    fallback: Text | None = None


class Roadmap(Block):
    """Tasks and gates."""

    tasks: list[Task] = unset(list)
    gates: list[Gate] = unset(list)


class Stakeholder(Block):
    """A department or person; ``raci`` says what it is responsible, accountable, consulted, informed for."""

    name: Name
    role: Text | None = None
    raci: dict[Name, RaciLetters] = unset(dict)
    interest: Level | None = None
    influence: Level | None = None


class Calendar(Block):
    """Days without work and the rhythm of meetings."""

    blackout: list[Annotated[list[Date], Field(min_length=2, max_length=2)]] = unset(list)
    huddle: Cadence | None = None
    steering: Cadence | None = None


class Training(Block):
    """A training for a role."""

    role: Name
    topic: Text | None = None
    hours: Amount | None = None
    cost: Money | None = None
    test: Text | None = None


class Incentives(Block):
    """What pay depends on: role → KPI → weight."""

    roles: dict[Name, dict[Name, Rate]] = unset(dict)
    pool_year: Money | None = None
    individual_nps_pay: Flag | None = None
