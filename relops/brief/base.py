"""The kinds of value a brief is made of; each refuses what it is not, with a code of ``messages.yaml``."""

from __future__ import annotations

import codecs
import datetime
import re
import zoneinfo
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from relops.brief.currencies import CURRENCIES

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
RESERVED_METRICS = ("sample_ratio", "decision")


def fault(code: str, **values: Any) -> PydanticCustomError:
    """Return an error named like a problem of ``messages.yaml``; ``values`` fill its sentences."""
    return PydanticCustomError(code, code, values or None)


class Block(BaseModel):
    """A mapping of the brief: no unknown key, no change after loading; an empty entry counts as left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, given: Any) -> Any:
        if not isinstance(given, dict) or all(value is not None for value in given.values()):
            return given
        # an empty entry that is unknown stays, so that it is refused like any other
        known = {field.alias or name: field for name, field in cls.model_fields.items()}
        return {key: value for key, value in given.items()
                if value is not None or key not in known or known[key].is_required()}


def unset(kind: Callable[[], Any]) -> Any:
    """Return the default of a block, list or mapping that is left out: one with nothing in it."""
    return Field(default_factory=kind)


def from_text(field: str) -> BeforeValidator:
    """Let a block be written as one text, which becomes its ``field``."""
    return BeforeValidator(lambda given: {field: given} if isinstance(given, str) else given,
                           json_schema_input_type=str | dict[str, Any])


def checked(check: Callable[[str], str], *also: type) -> BeforeValidator:
    """Return a validator for text that ``check`` returns or refuses; values of the types ``also`` pass."""
    def validate(given: Any) -> Any:
        if isinstance(given, also) and not isinstance(given, bool):
            return given
        if not isinstance(given, str):
            raise fault("not_text")
        return check(given)
    return BeforeValidator(validate)


def matching(pattern: str, code: str, **values: Any) -> BeforeValidator:
    """Return a validator for text that matches ``pattern`` as a whole."""
    compiled = re.compile(pattern)

    def check(given: str) -> str:
        if not compiled.fullmatch(given):
            raise fault(code, **values)
        return given
    return checked(check)


def _date(given: Any) -> datetime.date:
    if isinstance(given, datetime.date) and not isinstance(given, datetime.datetime):
        return given
    try:
        # only the form with hyphens: "20240101" is as likely to be a number
        if isinstance(given, str) and ISO_DATE.fullmatch(given):
            return datetime.date.fromisoformat(given)
    except ValueError:  # the thirtieth of February: refused below like any other text
        pass
    raise fault("not_date", example="2026-03-31")


def _date_or_auto(given: Any) -> Any:
    return given if given == "auto" else _date(given)


def _date_or_pattern(given: Any) -> Any:
    if isinstance(given, datetime.date) or (isinstance(given, str) and ISO_DATE.fullmatch(given)):
        return _date(given)
    if not isinstance(given, str):
        raise fault("not_text")
    try:
        re.compile(given)
    except re.error as error:
        raise fault("bad_pattern", reason=str(error)) from error
    return given


def _timezone(given: str) -> str:
    try:
        zoneinfo.ZoneInfo(given)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise fault("bad_timezone", example="Asia/Shanghai, Europe/London, UTC") from error
    return given


def _currency(given: str) -> str:
    if given not in CURRENCIES:
        raise fault("bad_currency", standard="ISO 4217", example="CNY, EUR, USD")
    return given


def _encoding(given: str) -> str:
    if given != "auto":
        try:
            codecs.lookup(given)
        except LookupError as error:
            raise fault("bad_encoding_name", example="auto, utf-8, gb18030, cp1252") from error
    return given


def _date_format(given: str) -> str:
    if "%" not in given:
        raise fault("bad_date_format", example="%Y-%m-%d, %d/%m/%Y %H:%M")
    return given


def _metric(given: str) -> str:
    if given in RESERVED_METRICS:
        raise fault("reserved_metric", reserved=", ".join(RESERVED_METRICS))
    return given


def _one_or_many(given: Any) -> Any:
    if not isinstance(given, str | list | tuple):
        raise fault("not_text_or_list")
    return given


def _number_as_text(given: Any) -> Any:
    return str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given


def _phase(given: Any) -> Any:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise fault("not_text_or_whole")
    return given


Text = str
# a text that stands for something and so cannot be left empty
Name = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Key = Annotated[str, StringConstraints(min_length=1), matching(r"\S(.*\S)?", "bad_id")]
Slug = Annotated[str, matching(r"[a-z0-9_]+", "bad_slug", grammar="a-z 0-9 _"),
                 Field(json_schema_extra={"pattern": "^[a-z0-9_]+$"})]
MetricName = Annotated[Slug, checked(_metric)]
Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Money = Annotated[Number, Field(ge=0)]
Amount = Annotated[Number, Field(ge=0)]
Count = Annotated[Whole, Field(ge=0)]
Many = Annotated[Whole, Field(ge=1)]
Rate = Annotated[Number, Field(ge=0, le=1)]
OpenRate = Annotated[Number, Field(gt=0, lt=1)]
RateBelowOne = Annotated[Number, Field(ge=0, lt=1)]
TenStep = Annotated[Whole, Field(ge=1, le=10)]
FiveStep = Annotated[Whole, Field(ge=1, le=5)]
Date = Annotated[datetime.date, BeforeValidator(_date, json_schema_input_type=datetime.date)]
DateOrAuto = Annotated[datetime.date | Literal["auto"], BeforeValidator(_date_or_auto)]
DateOrPattern = Annotated[datetime.date | str, BeforeValidator(_date_or_pattern)]
Month = Annotated[str, matching(r"\d{4}-(0[1-9]|1[0-2])", "bad_month", example="2026-06")]
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
Hours = Annotated[str, matching(rf"{_CLOCK}-({_CLOCK}|24:00)", "bad_hours", example="09:00-21:00")]
Percentile = Annotated[str, matching(r"P[1-9]\d", "bad_percentile", example="P50, P80, P95")]
TimeZone = Annotated[str, checked(_timezone)]
Currency = Annotated[str, checked(_currency)]
Encoding = Annotated[str, checked(_encoding)]
DateFormat = Annotated[str, checked(_date_format)]
OneOrMany = Annotated[str | list[str], BeforeValidator(_one_or_many)]
Version = Annotated[str, BeforeValidator(_number_as_text, json_schema_input_type=str | float)]
CellText = Annotated[str, BeforeValidator(_number_as_text, json_schema_input_type=str | float)]
PhaseName = Annotated[str | int, BeforeValidator(_phase)]
Cadence = Literal["daily", "weekly", "biweekly", "monthly", "quarterly", "half_yearly", "yearly"]
Grade = Literal["A", "B", "C", "D"]
Level = Literal["low", "medium", "high"]


class Range(Block):
    """A three-point estimate of any size: low, most likely, high."""

    low: Number
    mode: Number
    high: Number


class AmountRange(Block):
    """A three-point estimate of money or days."""

    low: Amount
    mode: Amount
    high: Amount


class RateRange(Block):
    """A three-point estimate of a share or probability."""

    low: Rate
    mode: Rate
    high: Rate


class SignOff(Block):
    """Who signed, and when."""

    name: Text | None = None
    date: Date | None = None
