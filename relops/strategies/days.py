"""Days as the client's clock has them, in queries over moments."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir


def day_start(day: datetime.date, timezone: str) -> ir.TimestampScalar:
    """Return the moment a day begins. It is written in UTC: the short name of a zone, which the query would bear,
    means another one to the engine (CST is Chicago's)."""
    moment = datetime.datetime.combine(day, datetime.time(), ZoneInfo(timezone)).astimezone(datetime.UTC)
    return ibis.timestamp(moment.replace(tzinfo=None), timezone="UTC")


def local_day(moment: ir.TimestampValue, timezone: str) -> ir.DateValue:
    """Return the day of a moment in ``timezone``; the engine's own would be that of UTC."""
    return _clock(timezone, moment.cast("timestamp('UTC')")).date()


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def _clock(zone: str, moment: datetime.datetime) -> datetime.datetime:
    """Show what a clock in a zone says: DuckDB's function."""
