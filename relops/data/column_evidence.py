"""What the cells of an unknown column say about it: number, date, id, masked, empty."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from relops.data import cells as door

ENOUGH = 0.9
SPREAD_CELLS = 200
MARKS = re.compile(rf"{door.UNIT_SIGNS}|\s")
NOTE = re.compile(r"^(.*\d[^(\[【]*)[(\[【][^)\]】]*[^-+\d.,%\s)\]】][^)\]】]*[)\]】]$")
THOUSANDS = re.compile(r"[-+(]?\d{1,3}((,\d{3})+|(,\d{2})+,\d{3})(\.\d*)?[-)]?")
ISO = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?"
CLOCKS = ("", " %H:%M", " %H:%M:%S")
HALF_DAYS = (" %I:%M %p", " %I:%M:%S %p")
DAY_FIRST = tuple(f"%d{mark}%m{mark}{year}{clock}" for year in ("%Y", "%y") for mark in "/-."
                  for clock in (*CLOCKS, *HALF_DAYS))
MONTH_FIRST = tuple(form.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m") for form in DAY_FIRST)
YEAR_FIRST = tuple(f"%Y{mark}%m{mark}%d{clock}" for mark in "/-." for clock in CLOCKS)
POINTED = re.compile(door.POINTED)
BACK = re.compile(r"\((\d[^()]*)\)|(\d[^()]*)-|(\d[^()]*)(?:CR|Cr|cr)")  # an amount below zero
LIKE_A_DATE = r"\d{4}|\d[-/.]\d{1,2}[-/.]\d"
YEARS = (10, 29)  # that two digits may be, as the door reads them
YEAR_LEADS = r"^([12]\d)([-/.])(\d{1,2})\2(\d{1,2})(?: .*)?$"
SHORT_YEAR_FIRST = tuple(f"%y{mark}%m{mark}%d{clock}" for mark in "/-." for clock in CLOCKS)
CHINESE = tuple(f"%Y年%m月%d日{clock}" for clock in CLOCKS)
DATE_FORMATS = ("%Y%m%d", "%Y%m%d%H%M%S", *CHINESE, *YEAR_FIRST, *DAY_FIRST, *MONTH_FIRST)
# as the door reads them; the cells alone do not tell such a serial number from any other number
DOOR_DATES = re.sub(r"\((?!\?)", "(?:", "|".join(
    (door.YEAR_FIRST, door.MINGUO, door.YEAR_LAST, door.MONTH_NAMED, door.MONTH_LEADS, door.COMPACT,
    f"^{door.SERIAL}$", f"^{door.EPOCH}$", f"^{door.MICROSECONDS}$")))
COMPACT = {"%Y%m%d": r"(?:19|20)\d{6}", "%Y%m%d%H%M%S": r"(?:19|20)\d{12}"}


def to_number(cells: pd.Series) -> pd.Series:
    """Return amounts as floats, NaN where a cell is none; currency signs and thousands commas are dropped."""
    codes, texts = pd.factorize(cells)  # cells repeat: each text is read once
    bare = pd.Series([_bare(text) for text in texts], dtype="string")
    numbers = pd.to_numeric(bare, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return pd.Series(numbers[codes], index=cells.index)


def _bare(text: str) -> str:
    """Return an amount without signs of currency, notes in brackets and commas of thousands, as the door reads it."""
    bare = re.sub(NOTE, r"\1", unicodedata.normalize("NFKC", text))
    bare = POINTED.sub(door.UNPOINTED, bare)
    bare = re.sub(MARKS, "", bare)
    if back := BACK.fullmatch(bare):
        bare = "-" + next(filter(None, back.groups()))
    elif re.fullmatch(r".*\d(?:DR|Dr|dr)", bare):
        bare = bare[:-2]
    bare = bare.replace(",", "") if re.fullmatch(THOUSANDS, bare.removesuffix("万")) else bare
    return f"{bare[:-1]}e4" if re.fullmatch(r"[-+]?[\d.]+万", bare) else bare


def _as_dates(texts: pd.Series) -> pd.Series:
    """Return dates in half-width signs, as the door reads them."""
    if not texts.str.contains(r"[０-９－：／（]", regex=True).any():
        return texts
    return pd.Series([unicodedata.normalize("NFKC", text) for text in texts], dtype="string")


@dataclass
class ShortYears:
    """Whether a year of two digits stands first in dates, as in 24/1/3, over all pieces of a column: what stands last
    is no year in some, and differs more."""

    first: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)
    all_fit: bool = True

    def add(self, texts: pd.Series, spread: pd.Series) -> None:
        """Look at one piece of the column; a few cells tell of most columns that they are no such dates."""
        self.all_fit = self.all_fit and bool(spread.str.contains(YEAR_LEADS, regex=True).all())
        if not self.all_fit:
            return
        found = texts.str.extract(YEAR_LEADS)
        self.all_fit = bool(found[0].notna().all())
        self.first |= set(found[0].dropna())
        self.last |= set(found[3].dropna())

    @property
    def lead(self) -> bool:
        """Whether the year leads."""
        return self.all_fit and len(self.first) < len({int(day) for day in self.last}) and not all(
            YEARS[0] <= int(day) <= YEARS[1] for day in self.last)


def _read_dates(cells: pd.Series, form: str) -> pd.Series:
    days = pd.to_datetime(cells, format=form, errors="coerce")
    days = days.where(days.dt.year < door.BUDDHIST[0])  # later ones the door reads, not a stated form
    return days.where(cells.str.fullmatch(COMPACT[form])) if form in COMPACT else days


@dataclass
class ColumnEvidence:
    """Counts over all cells of one column; ``formats`` maps a date format to the cells it reads."""

    name: str
    rows: int = 0
    filled: int = 0
    numbers: int = 0
    decimals: int = 0
    negatives: int = 0
    masked: int = 0
    iso_dates: int = 0
    door_dates: int = 0
    formats: Counter = field(default_factory=Counter)
    day_month_differ: int = 0
    short_years: ShortYears = field(default_factory=ShortYears)
    example: str = ""
    hashes: list[np.ndarray] = field(default_factory=list)

    def add(self, cells: pd.Series) -> None:
        """Count one piece of the column."""
        filled = cells[cells != ""]
        self.rows += len(cells)
        self.filled += len(filled)
        if filled.empty:
            return
        self.example = self.example or str(filled.iloc[0])
        counts = filled.value_counts()
        texts, weights = pd.Series(counts.index.astype("string")), counts.to_numpy()
        numbers = to_number(texts).to_numpy()
        self.numbers += int(weights[~np.isnan(numbers)].sum())
        self.decimals += int(weights[numbers % 1 > 0].sum())
        self.negatives += int(weights[numbers < 0].sum())
        masked = texts.str.contains(r"\*{2,}|^(?:##|\$\$|~)", regex=True).to_numpy(dtype=bool)
        self.masked += int(weights[masked].sum())
        self.hashes.append(np.unique(pd.util.hash_array(texts.to_numpy(dtype=object))))
        texts = _as_dates(texts)
        self.door_dates += int(weights[texts.str.contains(DOOR_DATES, regex=True).to_numpy(dtype=bool)].sum())
        self._add_dates(texts, weights)

    def _add_dates(self, texts: pd.Series, weights: np.ndarray) -> None:
        iso = texts.str.fullmatch(ISO).to_numpy(dtype=bool)
        self.iso_dates += int(weights[iso].sum())
        if iso.all() or not texts.str.contains(LIKE_A_DATE, regex=True).any():
            self.short_years.all_fit = False
            return
        # a form that reads none of a spread of cells is not tried on all of them
        spread = texts.iloc[:: max(1, len(texts) // SPREAD_CELLS)]
        read: dict[str, pd.Series] = {}
        self.short_years.add(texts, spread)
        # which of the two sets of forms counts, the whole column tells
        forms = (*DATE_FORMATS, *SHORT_YEAR_FIRST) if self.short_years.all_fit else DATE_FORMATS
        for form in (form for form in forms if _read_dates(spread, form).notna().any()):
            read[form] = days = _read_dates(texts, form)
            self.formats[form] += int(weights[days.notna().to_numpy()].sum())
        for first, second in zip(DAY_FIRST, MONTH_FIRST, strict=True):
            if first in read and second in read:
                self.day_month_differ += int((read[first].notna() & read[second].notna()
                                              & (read[first] != read[second])).sum())

    def settle_short_years(self) -> None:
        """Once all pieces are counted, drop the forms of the order in which the short years do not stand."""
        for form in [form for form in self.formats if (form in SHORT_YEAR_FIRST) != self.short_years.lead]:
            del self.formats[form]

    @property
    def distinct(self) -> int:
        """Number of different filled cells."""
        return len(np.unique(np.concatenate(self.hashes))) if self.hashes else 0

    @property
    def is_unique(self) -> bool:
        """Whether every cell is filled and none is the same as another."""
        return self.distinct == self.filled == self.rows > 0

    @property
    def is_number(self) -> bool:
        """Whether nearly all filled cells are numbers."""
        return self.filled > 0 and self.numbers >= ENOUGH * self.filled

    @property
    def is_masked(self) -> bool:
        """Whether cells are masked or encrypted: such values are no key."""
        return self.masked > (1 - ENOUGH) * self.filled

    @property
    def is_date(self) -> bool:
        """Whether nearly all filled cells are dates of one form."""
        return self.filled > 0 and self._most_read() >= ENOUGH * self.filled

    @property
    def may_be_date(self) -> bool:
        """Whether the door reads nearly all filled cells as times, if their header says that they are.

        Serial numbers of a spreadsheet, seconds of the clock, months by name and hours before and after noon count.
        """
        return self.is_date or (self.filled > 0 and self.door_dates >= ENOUGH * self.filled)

    def _most_read(self) -> int:
        return max(self.iso_dates, *self.formats.values(), 0)

    @property
    def date_format(self) -> str | None:
        """The strptime form that reads most cells; None for ISO dates, which need none."""
        if not self.is_date or self.iso_dates == self._most_read():
            return None
        return max(self.formats, key=lambda form: self.formats[form])

    @property
    def is_ambiguous(self) -> bool:
        """Whether day and month could change places in every date, and it would matter."""
        form = self.date_format
        twins = dict(zip(DAY_FIRST + MONTH_FIRST, MONTH_FIRST + DAY_FIRST, strict=True))
        return form in twins and self.formats[form] == self.formats[twins[form]] and self.day_month_differ > 0


def gather(chunks: Iterable[pd.DataFrame]) -> dict[str, ColumnEvidence]:
    """Return the evidence on each column of a file read in pieces."""
    evidence: dict[str, ColumnEvidence] = {}
    for chunk in chunks:
        for name in chunk:
            evidence.setdefault(name, ColumnEvidence(name)).add(chunk[name])
    for cells in evidence.values():
        cells.settle_short_years()
    return evidence


def prefer(cells: ColumnEvidence, date_format: str) -> None:
    """Let a stated form, or one of the same order of day and month, win among forms that read equally many cells."""
    orders = [order for order in (DAY_FIRST, MONTH_FIRST) if date_format in order]
    stated = [date_format, *(form for order in orders for form in order)]
    for form in stated:
        if form in cells.formats and cells.formats[form] == max(cells.formats.values()):
            cells.formats[form] += 1
            return
