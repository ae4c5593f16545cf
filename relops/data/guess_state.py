"""A mapping while it is guessed: what each column of an unknown file has become, and why."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from relops.data.bases import TIMES
from relops.data.column_evidence import ColumnEvidence, prefer
from relops.data.headers import found_by_header, headers
from relops.data.notes import Notes, join_notes
from relops.data.readers.sniff import FileForm, count_values, read_chunks
from relops.data.statuses import MOST_VALUES


@dataclass
class Guess:
    """A mapping while it grows: contract column → header, the note on each.

    ``classes`` holds what values of the status mean that its words alone do not tell: value → class. ``refused`` is
    the SQL of rows whose refund was asked for and not given, with its note; ``returns`` the header and the values that
    mark rows which take money back. ``number`` is the header of the order's number, ``parts`` are those that name the
    order beside it. ``doubts`` are the ways a column may be read that somebody must choose from.
    """

    forms: Sequence[FileForm]
    table: str
    evidence: dict[str, ColumnEvidence]
    columns: dict[str, Any] = field(default_factory=dict)
    notes: Notes = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    refused: tuple[str, dict[str, str]] | None = None
    returns: tuple[str, tuple[str, ...]] | None = None
    number: str = ""
    parts: list[str] = field(default_factory=list)
    doubts: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, Counter[str]] = field(default_factory=dict, repr=False)

    def take(self, column: str, header: Any, *notes: dict[str, str]) -> None:
        """Map a column."""
        self.columns[column] = header
        self.notes[f"columns.{column}"] = join_notes(*notes)

    def leave(self, column: str) -> Any:
        """Free the header of a column again and return it; None where the column was not mapped."""
        self.notes.pop(f"columns.{column}", None)
        return self.columns.pop(column, None)

    def count(self, header: str) -> Counter[str]:
        """Return how often each text of a column stands; nothing where they are too many for a status. The files are
        read for it once."""
        if header not in self.seen:
            seen = sum((count_values(form, header) for form in self.forms), Counter())
            self.seen[header] = seen if len(seen.keys() - {""}) <= MOST_VALUES else Counter()
        return self.seen[header]

    def values(self, header: str) -> list[str]:
        """Return the different texts of a column, in order; none where there are too many for a status."""
        return sorted(filter(None, self.count(header)))

    def state_date_format(self, date_format: str) -> None:
        """Let the user's word decide between readings of a date, of other clocks too."""
        strange = self._strange_dates()
        for rows in read_all(self.forms, strange) if strange else ():
            for name in strange:
                counts = rows[name].value_counts()
                days = pd.to_datetime(pd.Series(counts.index.astype("string")), format=date_format, errors="coerce")
                self.evidence[name].formats[date_format] += int(counts[days.notna().to_numpy()].sum())
        for cells in self.evidence.values():
            prefer(cells, date_format)

    def _strange_dates(self) -> list[str]:
        """Return the headers whose cells nobody reads as dates and only the user may know: those that say time, or
        where there are none all that are no numbers."""
        known = headers()[self.table]
        times = [name for column in known if TIMES.search(column)
                 for name, _ in found_by_header(self.form.names, known[column])]
        return [name for name, cells in self.evidence.items() if not cells.may_be_date
                and (name in times if times else not cells.is_number)]

    @property
    def form(self) -> FileForm:
        """The first of the files; all have its headers."""
        return self.forms[0]

    @property
    def free(self) -> list[str]:
        """Headers that no column has taken."""
        return [name for name in self.form.names if name not in self.columns.values()]

    @property
    def in_doubt(self) -> list[str]:
        """Free headers whose cells were looked into."""
        return [name for name in self.free if name in self.evidence]


def read_all(forms: Sequence[FileForm], columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the rows of all files in pieces, as :func:`read_chunks` does."""
    return itertools.chain.from_iterable(read_chunks(form, columns) for form in forms)
