"""Where the data comes from, how it is read, and on which engine it is worked."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from relops.brief.base import (
    Amount,
    Block,
    CellText,
    Count,
    DateFormat,
    DateOrPattern,
    Encoding,
    Many,
    Month,
    Name,
    Number,
    OneOrMany,
    Text,
    fault,
    from_text,
    matching,
    unset,
)

TableName = Literal["orders", "customers", "touches", "assignments", "feedback", "tickets", "referrals",
                    "mentions"]
Grain = Literal["order", "line", "event"]
FeedbackKind = Literal["nps", "csat", "ces", "review", "complaint"]


class Formula(Block):
    """A column that is computed from the file's own columns, or the same constant in every row."""

    sql: Name | None = None
    value: Any = None


def _header(given: Any) -> Any:
    if given in ("row", "none") or (isinstance(given, int) and not isinstance(given, bool) and given >= 1):
        return given
    raise fault("bad_header")


def _files(given: Any) -> Any:
    """Refuse the address of a server that bears a password: the brief is kept and sent round."""
    listed = given if isinstance(given, list) else [given]
    if any(isinstance(one, str) and re.match(r"[\w+]+://[^/@]*:(?!\d+/).*@", one) for one in listed):
        raise fault("password_in_address")
    return given


def _column(given: Any) -> Any:
    if not isinstance(given, str | dict | Formula) or given == "":
        raise fault("bad_column")
    return given


def _grain(source: dict[str, Any]) -> Grain:
    return "order" if source.get("table") == "orders" and "order_id" in source.get("columns", ()) else "event"


# the tags begin with "=" so that they can be told from the user's own keys in the place of a fault
Column = Annotated[
    Annotated[str, Tag("=name")] | Annotated[Formula, Tag("=formula")],
    Discriminator(lambda given: "=name" if isinstance(given, str) else "=formula"), BeforeValidator(_column),
]
Header = Annotated[str | int, BeforeValidator(_header, json_schema_input_type=Literal["row", "none"] | Many)]
Files = Annotated[OneOrMany, BeforeValidator(_files)]
Memory = Annotated[str, matching(r"\d+(\.\d+)? ?([KMGT]i?B|%)", "bad_memory", example="4GB, 512MB, 70%")]


class StatusRule(Block):
    """Which values of the column ``status`` count, which do not, which are refunds, and which load stored value."""

    counted: list[CellText] = unset(list)
    not_counted: list[CellText] = unset(list)
    refund: list[CellText] = unset(list)
    recharge: list[CellText] = unset(list)


class Question(Block):
    """What one column of a wide survey asks: kind of feedback, top of its scale, where it was asked.

    ``scores`` turns worded answers into numbers, ``separator`` stands between the choices of a multiple answer.
    """

    kind: FeedbackKind
    scale_max: Amount | None = None
    touchpoint: Text | None = None
    scores: dict[CellText, Number] = unset(dict)
    separator: Name = "┋"


class Source(Block):
    """Files of one table and how they become its rows."""

    table: TableName
    files: Files
    sheet: Text | None = None
    header: Header = "row"
    names: list[Name] = unset(list)
    separator: Literal["auto", ",", ";", "tab", "blanks", "|"] = "auto"
    encoding: Encoding = "auto"
    decimal: Literal["auto", "point", "comma"] = "auto"
    date_format: DateFormat | None = None
    exported_at: DateOrPattern | None = None
    footer: Count | None = None
    columns: dict[Name, Column] = unset(dict)
    grain: Grain = Field(default_factory=_grain)
    key: list[Name] = unset(list)
    status: StatusRule = unset(StatusRule)
    amount_basis: Literal["auto", "line", "order"] = "auto"
    stored_value: Literal["auto", "included", "added"] = "auto"
    items: Literal["auto", "whole"] = "auto"
    refunds: Literal["negative", "status", "column", "file"] | None = None
    unpivot: dict[Name, Annotated[Question, from_text("kind")]] = unset(dict)
    skip_codes: list[CellText] = unset(list)

    @property
    def file_names(self) -> list[str]:
        """The names or patterns of the files, of one file too."""
        return [self.files] if isinstance(self.files, str) else self.files


class ControlMonth(Block):
    """The client's own totals of one month."""

    month: Month
    orders: Count | None = None
    sales: Amount | None = None
    refunds: Amount | None = None


class ControlFile(Block):
    """A file of the client's own totals, a row a month; ``columns`` names its headers where they are others."""

    file: Name
    sheet: Text | None = None
    header: Header = "row"
    columns: dict[Literal["month", "orders", "sales", "refunds"], Name] = unset(dict)


class Data(Block):
    """All sources, the order of identity keys per table, and the client's own monthly totals."""

    sources: list[Source] = unset(list)
    identity: dict[TableName, list[Name]] = unset(dict)
    control: list[ControlMonth] = unset(list)
    control_file: Annotated[ControlFile, from_text("file")] | None = None


class Engine(Block):
    """The engine the data is worked on."""

    name: Literal["duckdb"] = "duckdb"
    memory: Memory = "2GB"
    threads: Many | None = None
