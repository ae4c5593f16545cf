"""What the door counted: where each row landed and why, from which files, over which period."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relops.data.persons import Identity

if TYPE_CHECKING:
    from relops.data.engine import Engine

CLASSES = ("rows_used", "rows_merged", "rows_superseded", "rows_excluded", "rows_refused")


@dataclass(frozen=True)
class SourceCounts:
    """Rows of one source of a table and the five classes they landed in.

    ``rows_anonymous`` are rows used or merged whose record names no customer; they are no class of their own.
    """

    table: str
    source: str
    rows_in: int
    rows_used: int
    rows_merged: int
    rows_superseded: int
    rows_excluded: int
    rows_refused: int
    rows_anonymous: int

    def __post_init__(self) -> None:
        landed = sum(getattr(self, name) for name in CLASSES)
        if landed != self.rows_in:
            raise AssertionError(f"{self.table} from {self.source}: {self.rows_in} rows in, {landed} landed")


@dataclass(frozen=True)
class RowReason:
    """How many rows of a source were refused, or left out, for one reason.

    ``reason`` is named by the message ``data.reason.<reason>``; ``column`` is empty where no column is at fault;
    ``file`` and ``line`` lead to the first such row.
    """

    table: str
    source: str
    reason: str
    column: str
    rows: int
    file: str
    line: int


@dataclass(frozen=True)
class ExcludedMonth:
    """Rows left out by a rule (``status``, ``before_start``, ``after_end``), by the month of their record."""

    table: str
    reason: str
    month: datetime.date
    rows: int


@dataclass(frozen=True)
class InputFile:
    """A file that was read: name relative to the project, hash of its content, rows, day of its export."""

    table: str
    source: str
    file: str
    sha256: str
    rows: int
    exported_at: datetime.date | None


@dataclass(frozen=True)
class SurveyAnswers:
    """Cells of one question of a wide survey: answered, skipped by a code, blank, filled with what is no answer."""

    table: str
    source: str
    question: str
    answered: int
    skipped: int
    blank: int
    unread: int


@dataclass(frozen=True)
class KnownCustomers:
    """Records of one source within the period (of orders: those that are no refunds), how many of them name a
    customer, and the money of each (None where the table has none)."""

    table: str
    source: str
    records: int
    known: int
    money: float | None
    known_money: float | None


@dataclass(frozen=True)
class ControlTotals:
    """The client's own totals of a month (its first day), refunds positive; None where not given."""

    month: datetime.date
    orders: float | None
    sales: float | None
    refunds: float | None


@dataclass(frozen=True)
class Refunds:
    """Money of refunds (as positive sums): ``total`` = ``matched`` (set against orders) + ``unmatched``."""

    records: int
    total: float
    matched: float
    unmatched: float


@dataclass(frozen=True)
class Audit:
    """All that the door counted in one run.

    ``warnings`` are rows that are used all the same: ``identical_rows`` (kept, no key tells them apart),
    ``customers_once`` (a source of orders none of whose customers comes twice),
    ``unread`` (an optional value that could not be read and is empty now). ``spans`` maps a table to the first
    and last day of its records.
    """

    counts: tuple[SourceCounts, ...]
    refusals: tuple[RowReason, ...]
    warnings: tuple[RowReason, ...]
    excluded: tuple[ExcludedMonth, ...]
    files: tuple[InputFile, ...]
    spans: dict[str, tuple[datetime.date, datetime.date]]
    refunds: Refunds
    data_start: datetime.date | None
    data_end: datetime.date | None
    timezone: str
    currency: str
    answers: tuple[SurveyAnswers, ...] = ()
    known: tuple[KnownCustomers, ...] = ()
    control: tuple[ControlTotals, ...] = ()
    identity: Identity | None = None

    def rows(self, table: str, name: str) -> int:
        """Return one count of a table over all its sources, such as ``rows("orders", "rows_used")``."""
        return sum(getattr(counts, name) for counts in self.counts if counts.table == table)

    @property
    def knows_nobody(self) -> bool:
        """Whether there are orders and none of them names its customer."""
        return 0 < self.rows("orders", "rows_anonymous") == sum(
            self.rows("orders", name) for name in ("rows_used", "rows_merged"))


def read_audit(engine: Engine) -> Audit:
    """Return the audit kept in an engine file."""
    def read(kind: type, table: str, order: str) -> tuple:
        columns = ", ".join(f'"{name}"' for name in kind.__dataclass_fields__)
        return tuple(kind(*row) for row in engine.rows(f"SELECT {columns} FROM {table} ORDER BY {order}"))

    meta = dict(engine.rows("SELECT key, value FROM door_meta"))
    day = {key: datetime.date.fromisoformat(meta[key]) if meta.get(key) else None
           for key in ("data_start", "data_end")}
    spans = {table: (first, last) for table, first, last in engine.rows(
        'SELECT "table", first_day, last_day FROM door_spans ORDER BY "table"')}
    refunds = Refunds(int(meta["refund_records"]), float(meta["refunds_total"]), float(meta["refunds_matched"]),
                      float(meta["refunds_unmatched"]))
    return Audit(
        counts=read(SourceCounts, "door_counts", "place"),
        refusals=read(RowReason, "door_refusals", '"table", source, reason, "column"'),
        warnings=read(RowReason, "door_warnings", '"table", source, reason, "column"'),
        excluded=read(ExcludedMonth, "door_excluded", '"table", reason, month'),
        files=read(InputFile, "door_files", "place"),
        answers=read(SurveyAnswers, "door_answers", "place"),
        control=read(ControlTotals, "door_control", "month"),
        known=read(KnownCustomers, "door_known", "place"),
        identity=Identity(**{name: int(meta[f"identity_{name}"]) for name in Identity.__dataclass_fields__})
        if "identity_before" in meta else None,
        spans=spans, refunds=refunds, timezone=meta["timezone"], currency=meta["currency"], **day)
