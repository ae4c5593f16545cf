"""The clock of a time whose day stands in a column of its own."""

from __future__ import annotations

import re
from typing import Any

from relops.data.bases import as_text, quoted
from relops.data.guess_state import Guess
from relops.data.headers import found_by_header, headers
from relops.data.notes import join_notes, note
from relops.data.readers.sniff import work_out

# ways to write a clock, with the form that reads it behind a stated form of the day
CLOCKS = {r"\d{1,2}:\d{2}:\d{2}": " %H:%M:%S", r"\d{1,2}:\d{2}": " %H:%M",
          r"\d{1,2}:\d{2}:\d{2} [AaPp][Mm]": " %I:%M:%S %p", r"\d{1,2}:\d{2} [AaPp][Mm]": " %I:%M %p"}
MIDNIGHT = r"[ T]+(0?0:00(:00([.]0+)?)?|12:00(:00)? [Aa][Mm])$"  # as a day is printed that a database keeps as a time


def join_clock(guess: Guess, source: dict[str, Any], ways: dict[str, Any]) -> None:
    """Read day and clock of an order as one time, where a column of clocks stands beside one of days; ``ways`` are
    those in which the time may be taken."""
    day = guess.columns["ordered_at"]
    if not isinstance(day, str) or not guess.form.has_header:
        return
    for header, exact in found_by_header(tuple(guess.free), headers()["clock"][""]):
        form, at_midnight = _form_of(guess, day, header) if exact else (None, False)
        if form is None:
            continue
        bare = f"regexp_replace({as_text(day)}, '{MIDNIGHT}', '')" if at_midnight else quoted(day)
        joined = {"sql": f"concat_ws(' ', {bare}, {quoted(header)})"}
        guess.columns["ordered_at"] = joined
        guess.notes["columns.ordered_at"] = join_notes(guess.notes["columns.ordered_at"], note("clock", header=header))
        ways |= {way: joined for way, rule in ways.items() if rule == day}
        if "date_format" in source:
            source["date_format"] = re.sub(" %[HI].*", "", source["date_format"]) + form
        return


def _form_of(guess: Guess, day: str, clock: str) -> tuple[str | None, bool]:
    """Return the one form of a column of clocks, None where there is none, and whether its days bear midnight.

    The clock must be filled wherever a day is, and no day may have another one itself.
    """
    tests = ", ".join(f"coalesce(bool_and(regexp_full_match(v1, '{form}')), true)" for form in CLOCKS)
    query = (f"SELECT coalesce(bool_or(contains(v0, ':')), false), coalesce(bool_or(contains(regexp_replace("
             f"v0, '{MIDNIGHT}', ''), ':')), false), {tests} FROM cells WHERE v0 <> ''")
    forms, at_midnight = set(CLOCKS), False
    for file in guess.forms:
        has_clock, has_other, *fit = work_out(file, [day, clock], query).iloc[0]
        forms &= {form for form, fits in zip(CLOCKS, fit, strict=True) if fits and not has_other}
        at_midnight |= bool(has_clock)
    return CLOCKS[forms.pop()] if len(forms) == 1 else None, at_midnight
