"""A source while it is settled, and the one answer that many sources may wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from relops.data.column_evidence import DAY_FIRST, MONTH_FIRST, ColumnEvidence
from relops.data.headers import contact_kind
from relops.data.intake.questions import Ask, Question
from relops.data.notes import Notes, note
from relops.data.readers.sniff import FileForm
from relops.data.recognise import BASES, Recognised, Recogniser


def spare_contacts(names: Sequence[str], columns: Mapping[str, Any], cells: Callable[[str], ColumnEvidence]
                   ) -> dict[str, str]:
    """Return phone and email → the first of ``names`` that is one and stands free, unless all its cells are masked."""
    found: dict[str, str] = {}
    for name in names:
        key = contact_kind(name)
        if key in ("phone", "email") and key not in (*columns, *found) and name not in columns.values():
            seen = cells(name)
            if seen.masked < seen.filled:
                found[key] = name
    return found


@dataclass
class Group:
    """Files of the same headers: one source; ``sheet`` is the table of a database with several, or the
    sheet of a workbook whose first one is none."""

    forms: list[FileForm]
    names: list[str]
    sheet: str | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of the first file."""
        return self.forms[0].names


@dataclass
class Draft:
    """A source while it is settled: as it will stand in the brief, the note on each line, what may be asked.

    ``keys`` are the columns that tell persons apart, best first; ``unknown`` counts status values nobody can class,
    ``money`` sums the amounts beside each.
    """

    group: Group
    source: dict[str, Any]
    notes: Notes
    bases: dict[str, dict[str, Any]]
    recognised: Recognised | None = None
    keys: list[str] = field(default_factory=list)
    unknown: Counter = field(default_factory=Counter)
    money: Counter = field(default_factory=Counter)

    @property
    def known_as(self) -> Recogniser | None:
        """The recogniser of these files, if any."""
        return self.recognised.recogniser if self.recognised else None

    def asks(self, basis: str) -> bool:
        """Return whether the way a basis is taken must be asked."""
        stated = self.known_as.stated if self.known_as else ()
        return len(self.bases.get(basis, ())) > 1 and basis not in stated

    def choose(self, basis: str, way: str) -> None:
        """Take the column of a basis the given way; where these files have no such way, their first."""
        ways = self.bases.get(basis, {})
        if not ways:
            return
        taken = way if way in ways else next(iter(ways))
        column = BASES[basis]
        self.source["columns"][column] = ways[taken]
        self.notes[f"columns.{column}"] = note("basis", way=f"@intake.choice.{basis}_{taken}")


class DayMonth:
    """The order of day and month, asked once where dates can be read both ways."""

    def __init__(self, ask: Ask, date_format: str | None):
        self._ask, self.date_format = ask, date_format

    def settle(self, facts: list[tuple[str, str, str]]) -> str:
        """Return a date format of the order that was stated or answered."""
        if self.date_format is None:
            question = Question("day_month", "date_format", ("day_first", "month_first"), "", tuple(facts))
            self.date_format = (DAY_FIRST if self._ask(question) == "day_first" else MONTH_FIRST)[0]
        return self.date_format
