"""A heading's own part: conclusion, statements, tables, figures, what they rest on, and their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from relops.documents.captions import Captions
from relops.documents.missing import exhibit_ids
from relops.documents.model import Block, FigureBlock, Paragraph, Runs, TableBlock, gap, space, tag, words
from relops.documents.outline import HeadingSpec
from relops.exhibits import TAGS, Column, Evidence, Run, filter_text, render_sentence, titled
from relops.locale.format import format_period, format_value, is_missing
from relops.notebook.display import cell_text, heading
from relops.store import OTHER, Exhibits

TEXT_UNITS = ("text", "date")
MAX_ROWS, MAX_COLUMNS = 24, 13
IDS_SHOWN = 5


def finding_runs(finding: Mapping[str, Any], exhibits: Exhibits, language: str) -> Runs:
    """Return a finding's sentence as runs."""
    numbers = exhibits.numbers(finding)
    runs = render_sentence(finding["message"], language, numbers, finding["words"])
    return proven(runs, finding["words"], next(iter(numbers.values())).id if numbers else None)


def proven(runs: list[Run], labels: Mapping[str, str], proof: str | None) -> Runs:
    """Return runs whose labels refer to ``proof``: a client's own label (a channel's name) may hold digits, and is a
    value of the data."""
    own = {word[1:] for word in labels.values() if word.startswith("=")}
    return tuple(Run("evidence", run.text, proof) if proof and run.kind == "words" and run.text in own else run
                 for run in runs)


def tags_of(records: list[Evidence], language: str) -> Runs:
    """Return the tags of some numbers, each once."""
    return tuple(tag(letter, language) for letter in TAGS if letter in {r.tag for r in records})


class ExhibitPrinter:
    """Prints exhibits of a store in one language; keeps the list of evidence it has cited."""

    def __init__(self, exhibits: Exhibits, language: str):
        self.exhibits, self.language = exhibits, language

    def blocks(self, spec: HeadingSpec, captions: Captions) -> list[Block]:
        """Return everything the store holds for a heading."""
        names = exhibit_ids(spec, self.exhibits)
        findings = [self.exhibits.findings[name] for name in names if name in self.exhibits.findings]
        blocks: list[Block] = [self._statement(f, "body" if i else "action") for i, f in enumerate(findings)]
        blocks += self.shown(names, captions)
        rests_on = self._evidence_line(names)
        if rests_on:
            blocks.append(rests_on)
        return [*blocks, *self._limits(spec, findings, names)]

    def shown(self, names: list[str], captions: Captions) -> Iterator[Block]:
        """Yield the tables and figures among some ids, in their order."""
        for name in names:
            if name in self.exhibits.tables:
                yield from self._table(self.exhibits.tables[name], captions)
            elif name in self.exhibits.figures:
                yield self._figure(self.exhibits.figures[name], captions)

    def _statement(self, finding: Mapping[str, Any], style: str) -> Paragraph:
        records = list(self.exhibits.numbers(finding).values())
        sentence = finding_runs(finding, self.exhibits, self.language)
        return Paragraph(style, (*sentence, *space(self.language), *tags_of(records, self.language)))

    def _table(self, table: Mapping[str, Any], captions: Captions) -> Iterator[Block]:
        columns, kept = _kept_columns(table["columns"])
        header = tuple((Run("words", heading(Column(**column), self.language)),) for column in columns)
        rows = tuple(
            tuple(self._cell(table["id"], row[i], table["columns"][i]["unit"]) for i in kept)
            for row in table["rows"][:MAX_ROWS]
        )
        title = (
            *proven(titled(table, self.language), table["words"], table["id"]),
            gap(self.language),
            tag(table["tag"], self.language),
        )
        numeric = tuple(column["unit"] not in TEXT_UNITS for column in columns)
        yield TableBlock(table["id"], header, rows, numeric, captions.table(title))
        note: list[Run] = []
        if len(table["rows"]) > MAX_ROWS:
            total = Run("evidence", format_value(len(table["rows"]), "count", self.language), table["id"])
            note += [
                words("documents.limits.cut", self.language),
                total,
                words("documents.label.stop", self.language),
            ]
        if len(kept) < len(table["columns"]):
            note.append(words("documents.limits.folded", self.language))
        if note:
            yield Paragraph("note", tuple(note))

    def _cell(self, table_id: str, value: Any, unit: str) -> Runs:
        if is_missing(value):
            return (words("locale.not_available", self.language),)
        return (Run("evidence", cell_text(value, unit, self.language), table_id),)

    def _figure(self, figure: Mapping[str, Any], captions: Captions) -> FigureBlock:
        numbers = self.exhibits.numbers(figure)
        proof = next(iter(numbers.values())).id if numbers else None
        title, alt = (proven(render_sentence(figure[part], self.language, numbers, figure["words"]), figure["words"],
                             proof) for part in ("title", "alt"))
        files = [self.exhibits.figure_file(figure["id"], self.language, kind) for kind in ("png", "svg")]
        return FigureBlock(figure["id"], captions.figure(title), *files, alt)

    def _cited(self, names: list[str]) -> list[Evidence]:
        """Return the evidence behind some exhibits, in order, each once."""
        cited: dict[str, Evidence] = {}
        for name in names:
            if name in self.exhibits.tables:
                cited[name] = self.exhibits.record(name)
            record = self.exhibits.findings.get(name) or self.exhibits.figures.get(name)
            for evidence in self.exhibits.numbers(record).values() if record else ():
                cited[evidence.id] = evidence
        return list(cited.values())

    def _evidence_line(self, names: list[str]) -> Paragraph | None:
        """Return what a section rests on: n, period, rows taken, ids and notebooks of the first records."""
        cited = self._cited(names)
        if not cited:
            return None
        parts = [
            self._labelled("n", [(r, format_value(r.n, "count", self.language)) for r in cited if r.n]),
            self._labelled("period", [(r, format_period(*r.period, self.language)) for r in cited if r.period]),
            self._labelled("filter", [(r, filter_text(r.filter, self.language)) for r in cited if r.filter]),
            self._labelled("notebook", [(r, _origin(r)) for r in cited if r.notebook]),
            self._ids(cited),
        ]
        semicolon = words("documents.label.semicolon", self.language)
        runs: list[Run] = [words("documents.evidence.label", self.language)]
        for i, part in enumerate(part for part in parts if part):
            runs += [semicolon, *part] if i else part
        return Paragraph("evidence", tuple(runs))

    def _labelled(self, key: str, values: list[tuple[Evidence, str]]) -> list[Run]:
        """Return a label and up to a few distinct values, each referring to the record it was read from."""
        distinct = {shown: record for record, shown in reversed(values)}
        first = list(dict.fromkeys(shown for _, shown in values))[: IDS_SHOWN if key == "notebook" else 3]
        runs: list[Run] = []
        for shown in first:
            runs.append(
                words("documents.label.comma", self.language)
                if runs
                else words(f"documents.evidence.{key}", self.language)
            )
            runs.append(Run("evidence", shown, distinct[shown].id))
        return runs

    def _ids(self, cited: list[Evidence]) -> list[Run]:
        runs: list[Run] = [words("documents.evidence.ids", self.language)]
        for i, record in enumerate(cited[:IDS_SHOWN]):
            # a comma with a space in both languages: between Latin ids a line may break only at a space
            runs += [*([Run("words", ", ")] if i else []), Run("evidence", record.id, record.id)]
        if len(cited) > IDS_SHOWN:
            runs.append(words("documents.evidence.more", self.language))
        return runs

    def _limits(
        self, spec: HeadingSpec, findings: list[Mapping[str, Any]], names: list[str]
    ) -> Iterator[Paragraph]:
        parts: list[Run] = []
        if spec.limits and findings:
            parts.append(Run("words", spec.limits[self.language]))
        if any(finding["code"] == "M3" for finding in findings):
            parts.append(words("documents.limits.association", self.language))
        tables = [self.exhibits.tables[name] for name in names if name in self.exhibits.tables]
        if any(OTHER in row for table in tables for row in table["rows"]):
            parts.append(words("documents.limits.suppressed", self.language))
        if parts:
            gap = space(self.language)
            spaced = [run for i, part in enumerate(parts) for run in ([*gap, part] if i else [part])]
            yield Paragraph("limits", (words("documents.evidence.limits", self.language), *spaced))


def _kept_columns(columns: list[dict]) -> tuple[list[dict], list[int]]:
    """Return the columns that fit on a page: all, or the first ones and the last."""
    kept = list(range(len(columns)))
    if len(columns) > MAX_COLUMNS:
        kept = [*range(MAX_COLUMNS - 1), len(columns) - 1]
    return [columns[i] for i in kept], kept


def _origin(record: Evidence) -> str:
    return f"{record.notebook}#{record.cell}" if record.cell else str(record.notebook)
