"""What is to be reached, by when, how it is measured, and what follows from the measurement."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from relops.brief.base import (
    Amount,
    Block,
    Cadence,
    Count,
    Date,
    FiveStep,
    Flag,
    Key,
    Money,
    Name,
    Number,
    OneOrMany,
    OpenRate,
    PhaseName,
    Rate,
    Text,
    unset,
)


class Goal(Block):
    """A target: which KPI changes by how much until when. ``change_type`` says what ``change`` means."""

    id: Key
    kpi: Name
    baseline_ref: Text | None = None
    change_type: Literal["points", "relative", "level"]
    change: Number | None = None
    by: Date
    phase: PhaseName | None = None
    segment: OneOrMany = "all"
    priority: Literal["must", "should", "could"] | None = None


class ExitTest(Block):
    """A test that a phase must pass before it ends."""

    kpi: Name
    op: Literal[">=", ">", "<=", "<", "=="]
    value: Number


class Phase(Block):
    """A phase of the plan."""

    id: Key
    name: Text | None = None
    start: Date | None = None
    end: Date | None = None
    exit: list[ExitTest] = unset(list)


class Kpi(Block):
    """Which KPI are kept, with which weights, how often."""

    selected: OneOrMany = "all_available"
    weights: dict[Name, Amount] = unset(dict)
    cadence: dict[Name, Cadence] = unset(dict)
    alpha: OpenRate | None = None


class Survey(Block):
    """Who is asked, how often, on which scales."""

    invite_rule: Text | None = None
    min_gap_days: Count | None = None
    questions: dict[Name, Text] = unset(dict)


class DecisionRule(Block):
    """If this is seen, that is done, by whom."""

    if_: Text | None = Field(default=None, alias="if")
    then: Text | None = None
    who: Text | None = None


class Improvement(Block):
    """How much testing the organisation can carry."""

    tests_per_quarter: Count | None = None
    min_uplift_worth: Money | None = None


class Assessment(Block):
    """A score of one competency with its proof."""

    competency: Name
    score: FiveStep | None = None
    evidence: Text | None = None


class Capability(Block):
    """Coverage aimed at, and how able the organisation is."""

    targets: dict[Name, Rate] = unset(dict)
    assessment: list[Assessment] = unset(list)


class UseCase(Block):
    """A use of a model, and whether a person looks at it."""

    id: Key
    automated_decision: Flag | None = None
    human_check: Flag | None = None


class Ai(Block):
    """Uses of models and their limits."""

    usecases: list[UseCase] = unset(list)
    limits: list[Text] = unset(list)


class Theory(Block):
    """The framework the plan argues with."""

    choice: OneOrMany = "default"


class Scenario(Block):
    """A future: all effects of the plan times ``effect_factor``."""

    id: Key
    text: Text | None = None
    effect_factor: Amount | None = None


class SuccessFactor(Block):
    """A factor of success that no data measures."""

    text: Name
    owner: Text | None = None


class Activity(Block):
    """A talk, a standard, a published case."""

    text: Name
    kind: Text | None = None
    owner: Text | None = None
    date: Date | None = None


class Brand(Block):
    """Where brand strength is tracked."""

    tracker_source: Text | None = None
