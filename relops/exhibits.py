"""What a notebook publishes: findings, tables, figures, missing data, and the evidence each number rests on.

Nothing here computes. A room's ``findings.py`` and ``figures.py`` build these objects; ``relops.store`` keeps
them; the site and the documents render them. A number reaches a reader only as an :class:`Evidence` record, a
cell of a :class:`Table`, or a value of the brief.
"""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from relops.locale import PACKAGE, messages, read_yaml, rooms, template, text
from relops.locale.format import format_interval, format_value

SUBJECTS = (
    "data", "diagnosis", "rfm", "lifetime_value", "experiment", "targeting", "satisfaction", "word_of_mouth",
    "touchpoint", "ticket", "text", "alarm", "kpi", "goal", "budget", "staffing", "roadmap", "risk", "outlook",
)
ID = re.compile(r"X(:X)?".replace("X", rf"({'|'.join(SUBJECTS)})(\.[a-z0-9_]+){{1,4}}"))
TAGS = ("D", "B", "A", "X", "N")
MISSING_CODES = tuple(f"M{number}" for number in range(1, 10))


def check_id(exhibit_id: str) -> str:
    """Return the id if it follows the grammar ``<subject>[.<object>[.<key>[.<key>]]].<measure>``.

    Two to five parts of ``[a-z0-9_]``, the first one of :data:`SUBJECTS`; the exhibit it is part of and a colon may
    stand before. Raises ValueError otherwise.
    """
    if not ID.fullmatch(exhibit_id):
        raise ValueError(f"{exhibit_id!r} is no evidence id: two to five parts of [a-z0-9_] joined by dots, "
                         f"the first one of {', '.join(SUBJECTS)}")
    return exhibit_id


@dataclass(frozen=True)
class Evidence:
    """One number and all that makes it checkable.

    ``unit`` is one that :func:`relops.locale.format.format_value` knows. ``low``/``high`` bound it at ``level``
    (0..1); a count taken over all rows has none. ``n`` is the number of cases it rests on, ``period`` ISO dates
    ``(first, last)``, ``filter`` code or a message (:func:`filter_text`) for the rows taken, ``tag`` D computed,
    B brief, A assumption, X external, N not available. ``notebook``, ``cell`` and ``inputs`` (hashes of input files)
    are filled in by the store and the runner.
    """

    id: str
    value: Any
    unit: str
    low: float | None = None
    high: float | None = None
    level: float | None = None
    n: int | None = None
    period: tuple[str, str] | None = None
    filter: str | None = None
    tag: str = "D"
    notebook: str | None = None
    cell: str | None = None
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.tag not in TAGS:
            raise ValueError(f"{self.id}: tag = {self.tag!r}, must be one of {TAGS}")
        if (self.low is None) != (self.high is None) or (self.low is not None and self.level is None):
            raise ValueError(f"{self.id}: an interval needs low, high and level together")


@dataclass(frozen=True)
class Run:
    """A stretch of rendered text and where it comes from: ``words``, ``evidence`` (ref = id), ``brief``
    (ref = path in the brief) or ``structure`` (numbering, dates of the run)."""

    kind: str
    text: str
    ref: str | None = None


@dataclass(frozen=True)
class Finding:
    """One sentence with its numbers.

    ``message`` is the id of a sentence in a room's messages (or, in a user's own notebook, a mapping language →
    sentence). Placeholders name a number: ``{rate}`` its value with unit, ``{rate:interval}``, ``{rate:n}``;
    or a word: ``words`` maps a placeholder to a message id (the verdict chosen by code) or, prefixed with ``=``,
    to a plain label such as a channel's name. ``worth`` is money, for the order on page one.
    """

    id: str
    message: str | Mapping[str, str]
    numbers: Mapping[str, Evidence] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    worth: Evidence | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        check_id(self.id)

    @property
    def evidence(self) -> list[Evidence]:
        """All evidence records of the finding."""
        return [*self.numbers.values(), *([self.worth] if self.worth else [])]


@dataclass(frozen=True)
class Missing:
    """Something that cannot be stated: code M1..M9, the field that lacks, the measure lost (a message id).

    ``owner`` names who supplies it (message id or None), ``numbers`` what the check found (M2, M7).
    """

    id: str
    code: str
    field: str
    measure: str
    numbers: Mapping[str, Evidence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.code not in MISSING_CODES:
            raise ValueError(f"{self.id}: code = {self.code!r}, must be one of {MISSING_CODES}")


@dataclass(frozen=True)
class Column:
    """A column of a table: key in the frame, label (message id), unit.

    ``people`` marks a count of persons (rows below ten are merged); ``rate_of`` names the column that holds the
    number of persons under a rate (cells below thirty are not shown); ``total`` whether merging may add it up.
    """

    key: str
    label: str
    unit: str = "text"
    people: bool = False
    rate_of: str | None = None
    total: bool = False


@dataclass(frozen=True)
class Table:
    """A small table: title (message id, its placeholders filled by ``words`` as in a finding), columns in order, rows
    as a frame. It is one evidence record."""

    id: str
    title: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    n: int | None = None
    period: tuple[str, str] | None = None
    filter: str | None = None
    tag: str = "D"
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id)
        absent = [column.key for column in self.columns if column.key not in self.frame]
        if absent:
            raise ValueError(f"{self.id}: the frame has no column {', '.join(absent)}")


@dataclass(frozen=True)
class Figure:
    """A figure: ``draw(language)`` returns a matplotlib Figure whose title, axes and legend are in it.

    ``title`` and ``alt`` are message ids with ``numbers`` and ``words`` as in a finding; ``data`` is what is drawn.
    """

    id: str
    title: str
    alt: str
    draw: Callable[[str], Any]
    data: pd.DataFrame
    numbers: Mapping[str, Evidence] = field(default_factory=dict)
    n: int | None = None
    period: tuple[str, str] | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id)


@functools.cache
def registry() -> dict[str, dict[str, str]]:
    """Return every evidence id pattern the rooms declare (``evidence.yaml``): pattern → {unit, zh, en}.

    ``<word>`` in a pattern stands for one part, such as ``rfm.group.<group>.customers``.
    """
    paths = (PACKAGE / room / "evidence.yaml" for room in rooms())
    return {pattern: said for path in paths if path.exists() for pattern, said in read_yaml(path).items()}


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return every declared pattern and what finds its ids."""
    return {pattern: re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[a-z0-9_]+)", re.escape(pattern)))
            for pattern in registry()}


@functools.cache
def _pattern(evidence_id: str) -> tuple[str, dict[str, str]] | None:
    """Return the pattern that an id (its part after a colon) matches, and its placeholders' parts; or None."""
    matches = ((pattern, named.fullmatch(evidence_id.rpartition(":")[2])) for pattern, named in _patterns().items())
    return next(((pattern, match.groupdict()) for pattern, match in matches if match), None)


def describe(evidence_id: str) -> dict[str, str] | None:
    """Return {unit, zh, en} of the pattern that an id matches, or None if no room declares it."""
    found = _pattern(evidence_id)
    return registry()[found[0]] if found else None


def name_of(evidence_id: str, language: str) -> str:
    """Return what an id stands for, with what its keys name: customers of the group (Loyal). The label of a key
    is a room's message ``<room>.<placeholder>.<key>``, else the key; an id that no room declares stands itself."""
    found = _pattern(evidence_id)
    if found is None:
        return evidence_id
    names = [f"{room}.{placeholder}.{key}" for placeholder, key in found[1].items() for room in rooms()]
    labels = {name: text(name, language) for name in names if name in messages(name.split(".")[0])}
    keys = [next((label for name, label in labels.items() if name.endswith(f".{placeholder}.{key}")), key)
            for placeholder, key in found[1].items()]
    said = registry()[found[0]][language]
    return text("locale.keyed", language, name=said, keys=" · ".join(keys)) if keys else said


def format_evidence(record: Evidence, part: str, language: str) -> str:
    """Return one part of a record as text: ``value`` (or empty), ``interval`` or ``n``. Raises ValueError."""
    if record.tag == "N":
        return text("locale.suppressed", language)
    if part in ("", "value"):
        return format_value(record.value, record.unit, language)
    if part == "interval":
        if record.low is None:
            raise ValueError(f"{record.id} has no interval to print")
        level = format_value(record.level, "share", language).replace(".0", "")
        between = format_interval(record.low, record.high, record.unit, language)
        return text("locale.interval_of", language, level=level, between=between)
    if part == "n":
        return format_value(record.n, "count", language)
    raise ValueError(f"{record.id}: a placeholder may ask for value, interval or n, not {part!r}")


def filter_text(told: str, language: str) -> str:
    """Return what an evidence's ``filter`` says of the rows taken, in ``language``.

    Code stays as it is; ``@id`` is a message, ``@id|name=value|...`` one with placeholders, whose values may be ids of
    messages too.
    """
    if not told.startswith("@"):
        return told
    message, *given = told[1:].split("|")
    values = dict(part.split("=", 1) for part in given)
    return text(message, language, **{name: filter_text(value, language) for name, value in values.items()})


def render_sentence(message: str | Mapping[str, str], language: str, numbers: Mapping[str, Evidence],
                    words: Mapping[str, str] | None = None) -> list[Run]:
    """Return a sentence as runs. Raises KeyError on a placeholder that nothing fills, ValueError on a digit typed
    into a message (a number that no code computed)."""
    sentence = template(message, language) if isinstance(message, str) else message[language]
    runs: list[Run] = []
    for literal, name, part, _ in string.Formatter().parse(sentence):
        if re.search(r"\d", literal):
            raise ValueError(f"{message!r} holds a typed-in digit: {literal!r}")
        if literal:
            runs.append(Run("words", literal))
        if name in numbers:
            runs.append(Run("evidence", format_evidence(numbers[name], part or "", language), numbers[name].id))
        elif name is not None:
            word = (words or {})[name]
            runs.append(Run("words", word[1:]) if word.startswith("=") else Run("words", text(word, language)))
    return runs


def render_finding(finding: Finding, language: str) -> list[Run]:
    """Return a finding's sentence as runs in ``language``."""
    return render_sentence(finding.message, language, finding.numbers, finding.words)


def titled(record: Mapping[str, Any], language: str, numbers: Mapping[str, Evidence] | None = None) -> list[Run]:
    """Return the title of a stored table or figure as runs."""
    return render_sentence(record["title"], language, numbers or {}, record["words"])


def plain(runs: list[Run]) -> str:
    """Return runs as plain text."""
    return "".join(run.text for run in runs)


def with_origin(record: Evidence, **origin: Any) -> Evidence:
    """Return the record with those of notebook, cell, inputs, period filled in that it lacks."""
    return replace(record, **{key: value for key, value in origin.items() if not getattr(record, key)})
