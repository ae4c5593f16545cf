"""The period of the data: from the brief, or told by the files; today's clock decides nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from relops.brief import Brief
from relops.data.engine import Engine, literal, quote
from relops.data.typed import Typed

ASSIGNMENTS = "assignments"


@dataclass(frozen=True)
class DataPeriod:
    """First and last day whose records count (None: no bound) by the calendar of a time zone."""

    start: datetime.date | None
    end: datetime.date | None
    timezone: str

    def day_of(self, time: str) -> str:
        """Return the SQL of a time's day by the client's calendar."""
        return f"CAST(timezone({literal(self.timezone)}, {time}) AS DATE)"


def date_files(engine: Engine, typed: Typed, timezone: str) -> None:
    """Give each file without a stated day of export the day of its latest time stamp. That of an assignment tells
    nothing of it: outcomes come after."""
    table = typed.mapping.table
    if table.time not in typed.columns or table.name == ASSIGNMENTS:
        return
    day = DataPeriod(None, None, timezone).day_of(f"max({quote(table.time)})")
    latest = dict(engine.rows(f"SELECT _file, {day} FROM {typed.name} WHERE _fault IS NULL GROUP BY _file"))
    for file in typed.mapping.staged.files:
        if file.exported_at is None:
            file.exported_at = latest.get(file.number)


def settle_period(brief: Brief, sources: Iterable[Typed]) -> DataPeriod:
    """Return the period: ``data_end: auto`` is the day before the newest export of any file."""
    end = brief.period.data_end
    if end == "auto":
        days = [file.exported_at for typed in sources for file in typed.mapping.staged.files if file.exported_at]
        end = max(days) - datetime.timedelta(days=1) if days else None
    return DataPeriod(brief.period.data_start, end, brief.period.timezone)


def rank_files(sources: Iterable[Typed]) -> dict[tuple[int, int], int]:
    """Return (place of the source, number of the file) → rank, from the oldest export to the newest.

    A later day of export is newer, then a later file name; a file without any day is the oldest.
    """
    files = [(file.exported_at or datetime.date.min, file.name, place, file.number)
             for place, typed in enumerate(sources) for file in typed.mapping.staged.files]
    return {(place, number): rank for rank, (_, _, place, number) in enumerate(sorted(files))}
