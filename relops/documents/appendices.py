"""The appendices: sources, quality, evidence ledger, what the plan cannot say, how to reproduce it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from relops.documents.captions import Captions
from relops.documents.chapters import ExhibitPrinter
from relops.documents.missing import MissingList
from relops.documents.model import Block, Heading, Paragraph, Runs, TableBlock, gap, structure, words
from relops.exhibits import Evidence, Run, describe, format_evidence
from relops.locale import text
from relops.locale.format import format_value
from relops.store import Exhibits

SOURCES = ("data.classes.table", "data.months.table", "data.control.table")
HASH_LENGTH = 12


def appendix_heading(letter: str, language: str) -> Heading:
    """Return the heading of an appendix, bookmarked ``appendix_<letter>``."""
    title = words(f"documents.appendix.{letter}", language)
    lead = Run("words", text("documents.appendix.letter", language, letter=letter))
    return Heading(1, f"appendix_{letter}", "", (lead, gap(language), title))


def data_appendices(
    exhibits: Exhibits,
    record: Mapping[str, Any],
    printer: ExhibitPrinter,
    shown: set[str],
    captions: Captions,
    language: str,
) -> Iterator[Block]:
    """Yield appendices A (sources: files, rows, months, the client's own totals) and B (quality: every other
    table about the data that the chapters have not ``shown``)."""
    quality = [
        name
        for name in exhibits.tables
        if name.startswith("data.") and name not in SOURCES and name not in shown
    ]
    files = tuple(_files(record))
    inputs = (
        [
            TableBlock(
                "inputs", _header(("file", "fingerprint"), language), files, (False, False), None, (0.6, 0.4)
            )
        ]
        if files
        else []
    )
    for letter, names, more in (("A", SOURCES, inputs), ("B", quality, [])):
        captions.enter(letter)
        yield appendix_heading(letter, language)
        blocks = [*more, *printer.shown(names, captions)]
        yield from blocks or [Paragraph("body", (words("documents.appendix.none", language),))]


def _header(keys: Iterable[str], language: str) -> tuple[Runs, ...]:
    return tuple((words(f"documents.column.{key}", language),) for key in keys)


def _files(record: Mapping[str, Any]) -> Iterator[tuple[Runs, ...]]:
    inputs = record.get("inputs") or {}
    pairs = inputs.items() if isinstance(inputs, Mapping) else ((i["path"], i["sha256"]) for i in inputs)
    for path, fingerprint in pairs:
        yield (structure(path),), (structure(str(fingerprint).removeprefix("sha256:")[:HASH_LENGTH]),)


def ledger(exhibits: Exhibits, cited: list[str], language: str) -> Iterator[Block]:
    """Yield appendix I: every record of evidence the document cites, with interval, n, period and origin."""
    yield appendix_heading("I", language)
    yield Paragraph("body", (words("documents.appendix.I_intro", language),))
    keys = ("evidence", "what", "value", "interval", "n", "period", "origin")
    header = _header(keys, language)
    rows = tuple(_ledger_row(exhibits.record(key), language) for key in dict.fromkeys(cited))
    yield TableBlock(
        "ledger",
        header,
        rows,
        (False, False, True, True, True, False, False),
        None,
        (0.22, 0.17, 0.12, 0.15, 0.07, 0.14, 0.13),
    )


def _ledger_row(record: Evidence, language: str) -> tuple[Runs, ...]:
    def traced(shown: str) -> Runs:
        return (Run("evidence", shown, record.id),) if shown else ()

    name = (describe(record.id) or {}).get(language, "")
    interval = "" if record.low is None else format_evidence(record, "interval", language)
    value = (
        str(record.value)[:HASH_LENGTH] if record.unit == "table" else format_evidence(record, "", language)
    )
    origin = f"{record.notebook}#{record.cell}" if record.cell else (record.notebook or "")
    return (
        traced(record.id),
        traced(name),
        traced(value),
        traced(interval),
        traced(format_value(record.n, "count", language) if record.n else ""),
        traced(" / ".join(record.period) if record.period else ""),
        traced(origin),
    )


def missing_appendix(gaps: MissingList, number_of: Mapping[str, str], language: str) -> Iterator[Block]:
    """Yield appendix K: the numbered list of what the plan cannot say."""
    yield appendix_heading("K", language)
    if not gaps.entries:
        yield Paragraph("body", (words("documents.read_first.nothing_missing", language),))
        return
    yield Paragraph("body", (words("documents.appendix.K_intro", language),))
    yield gaps.table(number_of, language)


def reproduction(record: Mapping[str, Any], language: str) -> Iterator[Block]:
    """Yield appendix L: the command, the run and the versions of everything it used."""
    yield appendix_heading("L", language)
    yield Paragraph("body", (words("documents.appendix.L_intro", language),))
    rows: list[tuple[Runs, ...]] = [
        ((words(f"documents.run.{key}", language),), (structure(record[key]),))
        for key in ("project", "run", "command", "started")
        if record.get(key)
    ]
    rows += [
        ((structure(name),), (structure(version),))
        for name, version in sorted((record.get("versions") or {}).items())
    ]
    if rows:
        yield TableBlock(
            "run", _header(("key", "value"), language), tuple(rows), (False, False), None, (0.35, 0.65)
        )
