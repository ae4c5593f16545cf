"""The clock of a time whose day stands in a column of its own."""

from __future__ import annotations

import re
from typing import Any

from relops.data.bases import quoted
from relops.data.guess_state import Guess, read_all
from relops.data.headers import found_by_header, headers
from relops.data.notes import join_notes, note

# ways to write a clock, with the form that reads it behind a stated form of the day
CLOCKS = {r"\d{1,2}:\d{2}:\d{2}": " %H:%M:%S", r"\d{1,2}:\d{2}": " %H:%M",
          r"\d{1,2}:\d{2}:\d{2} [AaPp][Mm]": " %I:%M:%S %p", r"\d{1,2}:\d{2} [AaPp][Mm]": " %I:%M %p"}


def join_clock(guess: Guess, source: dict[str, Any], ways: dict[str, Any]) -> None:
    """Read day and clock of an order as one time, where a column of clocks stands beside one of days; ``ways`` are
    those in which the time may be taken."""
    day = guess.columns["ordered_at"]
    if not isinstance(day, str) or not guess.form.has_header:
        return
    for header, exact in found_by_header(tuple(guess.free), headers()["clock"][""]):
        form = _form_of(guess, day, header) if exact else None
        if form is None:
            continue
        joined = {"sql": f"concat_ws(' ', {quoted(day)}, {quoted(header)})"}
        guess.columns["ordered_at"] = joined
        guess.notes["columns.ordered_at"] = join_notes(guess.notes["columns.ordered_at"], note("clock", header=header))
        ways |= {way: joined for way, rule in ways.items() if rule == day}
        if "date_format" in source:
            source["date_format"] += form
        return


def _form_of(guess: Guess, day: str, clock: str) -> str | None:
    """Return the one form of a column of clocks, filled wherever a day is that has none itself; None for all else."""
    forms = set(CLOCKS)
    for rows in read_all(guess.forms, [day, clock]):
        rows = rows[rows[day] != ""]
        if rows[day].str.contains(":", regex=False).any():
            return None
        forms = {form for form in forms if rows[clock].str.fullmatch(re.compile(form)).all()}
    return CLOCKS[forms.pop()] if len(forms) == 1 else None
