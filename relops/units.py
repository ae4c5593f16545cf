"""Values that know what they are: percent and points never mix, a rate names its year, weeks become days here."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK
MONTHS_PER_YEAR = 12
DAYS_PER = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_YEAR / MONTHS_PER_YEAR, "years": DAYS_PER_YEAR}


def convert_span(value: float, unit: str, to: str) -> float:
    """Return a length of time in another unit (days, weeks, months, years). Raises KeyError on other units."""
    return value * DAYS_PER[unit] / DAYS_PER[to]


@dataclass(frozen=True, order=True)
class Points:
    """A difference of two shares, or an NPS: percentage points."""

    value: float

    def __add__(self, other: Points) -> Points:
        if not isinstance(other, Points):
            return NotImplemented
        return Points(self.value + other.value)

    def __neg__(self) -> Points:
        return Points(-self.value)


@dataclass(frozen=True, order=True)
class Share:
    """A part of a whole, 0 to 1. Raises ValueError outside."""

    value: float

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1:
            raise ValueError(f"share = {self.value}, must lie between 0 and 1")

    def __sub__(self, other: Share) -> Points:
        if not isinstance(other, Share):
            return NotImplemented
        return Points(100 * (self.value - other.value))

    def __add__(self, other: Points) -> Share:
        if not isinstance(other, Points):
            return NotImplemented
        return Share(self.value + other.value / 100)

    def changed_by(self, fraction: float) -> Share:
        """Return the share after a relative change (0.1 = ten percent more). Raises ValueError above 1."""
        return Share(self.value * (1 + fraction))


@dataclass(frozen=True)
class Money:
    """An amount in one currency; amounts in different currencies do not add."""

    amount: float
    currency: str

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: float) -> Money:
        if isinstance(factor, Money):
            return NotImplemented
        return Money(self.amount * factor, self.currency)

    __rmul__ = __mul__


@dataclass(frozen=True)
class AnnualRate:
    """A yearly discount rate as a fraction (0.10 = ten percent a year). Raises ValueError outside [0, 1)."""

    per_year: float

    def __post_init__(self) -> None:
        if not 0 <= self.per_year < 1:
            raise ValueError(f"annual rate = {self.per_year}, must be a fraction from 0 to below 1 per year")

    def discount(self, span: float, unit: str) -> float:
        """Return the present worth of one unit of money due after ``span`` of ``unit``."""
        return (1 + self.per_year) ** -convert_span(span, unit, "years")

    def intensity(self, unit: str) -> float:
        """Return the continuous discount per ``unit`` of time: log(1 + rate) a year."""
        return math.log1p(self.per_year) * convert_span(1, unit, "years")


@dataclass(frozen=True)
class Period:
    """A span of calendar days, both ends included. Raises ValueError when the end lies before the start."""

    start: datetime.date
    end: datetime.date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"period ends {self.end} before it starts {self.start}")

    @property
    def days(self) -> int:
        """Number of days, both ends counted."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: datetime.date) -> bool:
        return self.start <= day <= self.end
