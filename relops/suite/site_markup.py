"""Markup in both languages at once: what differs stands twice, marked by language; what does not, once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from relops.exhibits import Evidence, Run, filter_text, format_evidence, render_sentence
from relops.locale import messages, text
from relops.locale.format import format_period, format_value, is_missing
from relops.notebook.display import cell_text

LANG = {"zh": "zh-CN", "en": "en"}
NOT_NUMERIC = frozenset(["text", "date", "table"])
BLOCK, INLINE = "div", "span"


def anchor(kind: str, name: str) -> str:
    """Return the id of an element of the page: ``evidence-rfm.r1_days``."""
    return f"{kind}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)}"


def is_numeric(unit: str) -> bool:
    """Return whether a column of this unit is set and sorted as numbers."""
    return unit not in NOT_NUMERIC


class Voice:
    """Says things in every language of a report. ``languages`` in the order of the brief."""

    def __init__(self, languages: Iterable[str]):
        self.languages = tuple(languages)

    def both(self, write: Callable[[str], str | Markup], element: str = INLINE) -> Markup:
        """Return what ``write(language)`` gives in each language; once, if it is the same in all."""
        written = {language: escape(write(language)) for language in self.languages}
        if len(set(written.values())) == 1:
            return next(iter(written.values()))
        # every word is escaped above; Markup.format would do it again, at ten times the cost
        return Markup("".join(f'<{element} lang="{LANG[language]}">{words}</{element}>'
                              for language, words in written.items()))

    def say(self, message_id: str, **values: Any) -> Markup:
        """Return a message of the site; numbers among ``values`` are set as each language sets them."""
        def write(language: str) -> str:
            filled = {name: value if isinstance(value, str) else format_value(value, "count", language)
                      for name, value in values.items()}
            return text(f"suite.site.{message_id}", language, **filled)

        return self.both(write)

    def filter(self, told: str | None) -> Markup | None:
        """Return which rows a number was taken from; None where nothing is told."""
        return self.both(lambda language: filter_text(told, language)) if told else None

    def message(self, message: str | Mapping[str, str], numbers: Mapping[str, Evidence] | None = None,
                words: Mapping[str, str] | None = None, *, plain: bool = False) -> Markup:
        """Return a sentence of an exhibit; its numbers open their evidence unless ``plain``."""
        def write(language: str) -> str | Markup:
            runs = render_sentence(message, language, numbers or {}, words)
            if plain:
                return "".join(run.text for run in runs)
            return runs_markup(runs, numbers or {}, language)

        return self.both(write)

    def evidence(self, record: Evidence) -> Markup:
        """Return a record's value with its unit, or why it is not shown."""
        return self.both(lambda language: format_evidence(record, "value", language))

    def proof(self, record: Evidence) -> Markup:
        """Return a record's value as a link to its card."""
        return self.both(lambda language: evidence_link(
            record, format_evidence(record, "value", language), language))

    def count(self, value: Any) -> Markup:
        """Return a plain number."""
        return self.both(lambda language: format_value(value, "count", language))

    def interval(self, record: Evidence) -> Markup:
        """Return an interval with its level, or nothing."""
        if is_missing(record.low):
            return Markup("")

        return self.both(lambda language: format_evidence(record, "interval", language))

    def period(self, period: tuple[str, str] | None) -> Markup:
        """Return a span of dates, or nothing."""
        return self.both(lambda language: format_period(*period, language)) if period else Markup("")

    def unit(self, unit: str) -> Markup:
        """Return the name of a unit; of one that no message names, the unit itself."""
        name, _, currency = unit.partition(":")
        if f"suite.site.unit.{name}" not in messages("suite"):
            return escape(unit)
        return self.say(f"unit.{name}", **({"currency": currency} if currency else {}))

    def cell(self, cell: Any, unit: str) -> Markup:
        """Return a table's cell."""
        return self.both(lambda language: cell_text(cell, unit, language))


def runs_markup(runs: Iterable[Run], numbers: Mapping[str, Evidence], language: str) -> Markup:
    """Return runs of text as markup: a number of the store opens its evidence."""
    records = {record.id: record for record in numbers.values()}
    return Markup("").join(
        evidence_link(records[run.ref], run.text, language) if run.kind == "evidence" else escape(run.text)
        for run in runs)


def evidence_link(record: Evidence, words: str, language: str) -> Markup:
    """Return words that open the card of a record. Its value stands out; whatever else is said of it (an
    interval, the number of cases) stands back."""
    kind, target = link_class(record, words, language), anchor("evidence", record.id)
    return Markup(f'<a class="{kind}" href="#{target}" aria-haspopup="dialog">{escape(words)}</a>')


def link_class(record: Evidence, words: str, language: str) -> str:
    """Return how words about a record are set."""
    is_value = record.unit != "table" and words == format_evidence(record, "value", language)
    return "number" if is_value else "number beside"
