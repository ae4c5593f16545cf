"""Who the client is, what is in scope, over which time, in which money, and what is known of the market."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from relops.brief.base import (
    Amount,
    Block,
    Currency,
    Date,
    DateOrAuto,
    Grade,
    Key,
    Many,
    Name,
    Number,
    Rate,
    RateBelowOne,
    Text,
    TimeZone,
    Version,
    Whole,
    unset,
)


class Meta(Block):
    """Title page and form of the documents."""

    title: Text | None = None
    outline: Literal["both", "R", "W"] = "both"
    numbering: Literal["as_outline", "renumbered"] = "as_outline"
    languages: list[Literal["zh", "en"]] = Field(default_factory=lambda: ["zh", "en"], min_length=1)
    version: Version | None = None
    date: Date | None = None
    authors: list[Text] = unset(list)
    confidentiality: Text | None = None


class BusinessGoal(Block):
    """A goal of the client's business that the plan serves."""

    id: Key
    text: Text | None = None
    kpi: Text | None = None


class Client(Block):
    """The client."""

    name: Name
    industry: Text | None = None
    business_model: Literal["b2c", "b2b", "b2b2c"] | None = None
    contract: Literal["contractual", "noncontractual"] | None = None
    background: Text | None = None
    business_goals: list[BusinessGoal] = unset(list)
    priorities: list[Text] = unset(list)


class Scope(Block):
    """What the plan covers."""

    parties: list[Literal["customer", "partner", "media", "employee"]] = unset(list)
    units: list[Text] = unset(list)
    exclusions: list[Text] = unset(list)


class Period(Block):
    """The time of the data and the time of the plan. ``data_end: auto`` is settled when files are read."""

    data_start: Date | None = None
    data_end: DateOrAuto = "auto"
    plan_start: Date | None = None
    plan_months: Many | None = None
    timezone: TimeZone


class ExchangeRate(Block):
    """One unit of ``currency`` in ``finance.currency`` on a day."""

    currency: Currency
    rate: Annotated[Number, Field(gt=0)]
    date: Date | None = None
    source: Text | None = None


class Finance(Block):
    """Money: currency, margin, yearly discount rate, horizon."""

    currency: Currency
    margin_rate: Rate | None = None
    discount_rate_year: RateBelowOne | None = None
    clv_horizon_months: Many | None = None
    fx: list[ExchangeRate] = unset(list)


class Fact(Block):
    """A statement about the market with its source."""

    text: Text | None = None
    source: Text | None = None
    url: Text | None = None
    date: Date | None = None
    grade: Grade | None = None
    verified_by: Text | None = None


class Market(Block):
    """What is known of the market, each with its source."""

    facts: list[Fact] = unset(list)


class Case(Block):
    """A case of another company worth learning from."""

    name: Text | None = None
    mechanism: Text | None = None
    fit: Text | None = None
    source: Text | None = None
    grade: Grade | None = None


class ExternalValue(Block):
    """A published value of a KPI to stand beside the client's own."""

    kpi: Text | None = None
    value: Number | None = None
    unit: Text | None = None
    source: Text | None = None
    year: Whole | None = None
    grade: Grade | None = None


class Benchmarks(Block):
    """Cases and published values."""

    cases: list[Case] = unset(list)
    external: list[ExternalValue] = unset(list)


class OutsideForce(Block):
    """An opportunity or a threat with its source."""

    kind: Literal["opportunity", "threat"]
    text: Text | None = None
    source: Text | None = None


class Swot(Block):
    """Opportunities and threats; strengths and weaknesses are computed."""

    external: list[OutsideForce] = unset(list)


class Interview(Block):
    """What somebody of the client said."""

    role: Text | None = None
    date: Date | None = None
    finding: Text | None = None


class Diagnosis(Block):
    """What people said about the present state."""

    interviews: list[Interview] = unset(list)


class TargetMarket(Block):
    """A country or region with its currency and language."""

    code: Name
    currency: Currency | None = None
    language: Text | None = None


class Commitment(Block):
    """A promise to society, with the indicator that shows whether it is kept."""

    id: Key
    text: Text | None = None
    indicator: Text | None = None
    target: Number | None = None
    unit: Text | None = None
    by: Date | None = None
    owner: Text | None = None


class ImpactFactor(Block):
    """A cited factor, such as paper saved per electronic receipt."""

    name: Name
    value: Amount | None = None
    unit: Text | None = None
    source: Text | None = None
    year: Whole | None = None


class SocialResponsibility(Block):
    """Commitments and the factors they are counted with."""

    commitments: list[Commitment] = unset(list)
    factors: list[ImpactFactor] = unset(list)
