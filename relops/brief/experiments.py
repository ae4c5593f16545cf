"""Planned experiments: arms, metrics and the rules of decision, fixed before anybody looks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from relops.brief.base import (
    Amount,
    Block,
    Date,
    Many,
    MetricName,
    Money,
    Name,
    Number,
    OpenRate,
    Rate,
    Slug,
    Text,
    Whole,
    fault,
    unset,
)
from relops.brief.sources import TableName


def _looks(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, int | list) or (isinstance(given, int) and given < 1):
        raise fault("bad_looks")
    return given


MEDIAN = 0.5
Adjustment = Literal["holm", "hochberg", "benjamini_hochberg", "benjamini_yekutieli"]
# columns of orders in money → what they bring
MONEY_OF_ORDERS = {"amount": "revenue", "margin": "margin", "discount": None, "stored_value_used": None}
Looks = Annotated[Whole | list[Date], BeforeValidator(_looks)]


class Metric(Block):
    """An outcome of an experiment: where it lies, what kind it is, and what it decides."""

    id: MetricName
    table: TableName = "assignments"
    column: Text | None = None
    denominator: Text | None = None
    kind: Literal["mean", "proportion", "ratio", "count", "retention", "quantile"] | None = None
    measures: Literal["revenue", "margin"] | None = None
    role: Literal["primary", "secondary", "guardrail"] | None = None
    direction: Literal["increase", "decrease"] | None = None
    margin: Amount | None = None
    target: Number | None = None
    window_days: Many | None = None
    cap: Annotated[Number, Field(gt=0)] | None = None
    quantile: OpenRate | None = None

    @property
    def share(self) -> float:
        """The share of subjects below the quantile that the metric compares: the median's unless stated."""
        return float(self.quantile or MEDIAN)

    @property
    def is_money(self) -> bool:
        """Whether its values are amounts of money: said in the brief, or columns of orders that always are."""
        of_orders = self.table == "orders" and (self.column or "amount") in MONEY_OF_ORDERS
        return self.kind in ("mean", "ratio", "quantile", None) and bool(self.measures or of_orders)

    @property
    def brings(self) -> str | None:
        """What a subject brings by it, revenue or margin, where it is a mean of either; else None."""
        if self.kind not in ("mean", None) or self.denominator:
            return None
        return self.measures or (MONEY_OF_ORDERS.get(self.column or "amount") if self.table == "orders" else None)


class Experiment(Block):
    """A randomised comparison of arms."""

    id: Slug
    strategy: Text | None = None
    unit: Name = "customer"
    cluster: Text | None = None
    arms: dict[Slug, Rate] = unset(dict)
    control: Slug | None = None
    alpha: OpenRate | None = None
    power: OpenRate | None = None
    contact_cost: Money | None = None
    start: Date | None = None
    end: Date | None = None
    looks: Looks | None = None
    adjustment: Adjustment | None = None
    covariates: list[Name] = unset(list)
    segments: list[Name] = unset(list)
    metrics: list[Metric] = unset(list)

    @property
    def adjusted_by(self) -> Adjustment:
        """How p values judged together are adjusted: Holm's procedure unless stated."""
        return self.adjustment or "holm"
