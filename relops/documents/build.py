"""From outline, store and brief to the documents: one model a plan and language, printed and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from relops.documents import gate, word
from relops.documents.appendices import data_appendices, ledger, missing_appendix, reproduction
from relops.documents.brief_content import BriefPrinter
from relops.documents.captions import Captions
from relops.documents.chapters import ExhibitPrinter
from relops.documents.cover import cover, tag_note
from relops.documents.missing import MissingList, lacks_of
from relops.documents.model import (
    Block,
    Contents,
    Document,
    Heading,
    PageBreak,
    Runs,
    TableBlock,
    evidence_ids,
    gap,
    words,
)
from relops.documents.outline import DOCUMENTS, Outline, load_outline
from relops.documents.read_first import read_first
from relops.exhibits import Run
from relops.project import Project
from relops.store import Exhibits

# `meta.outline` of the brief chooses the plans: R, W or both
CHOSEN = {"R": DOCUMENTS[:1], "W": DOCUMENTS[1:]}


def document_model(
    which: str, language: str, project: Project, exhibits: Exhibits, record: Mapping[str, Any]
) -> Document:
    """Return one plan in one language. ``which`` is ``relationship`` or ``word_of_mouth``; ``record`` is what
    ``run.json`` holds. Raises UntracedNumber when a number would stand in it that has no source."""
    return Builder(load_outline(which), language, project, exhibits, record).document()


def build(run_folder: Path, project: Project, exhibits: Exhibits, record: Mapping[str, Any]) -> list[Path]:
    """Write the plans as Word files, one for each language of the brief, and return their paths.

    Raises UntracedNumber when a written file holds a number its model did not declare, or lacks a heading, or
    two languages of a plan rest on different evidence.
    """
    plans = (plan_models(which, project, exhibits, record) for which in chosen_plans(project))
    return [path for models in plans for path in write_plan(models, run_folder)]


def chosen_plans(project: Project) -> tuple[str, ...]:
    """Return the plans that the brief asks for."""
    return CHOSEN.get(project.brief.meta.outline, DOCUMENTS)


def plan_models(
    which: str, project: Project, exhibits: Exhibits, record: Mapping[str, Any]
) -> dict[str, Document]:
    """Return one plan in every language of the brief, language → model. Raises UntracedNumber when they rest on
    different evidence."""
    languages = project.brief.meta.languages
    models = {language: document_model(which, language, project, exhibits, record) for language in languages}
    gate.check_languages(list(models.values()))
    return models


def write_plan(models: Mapping[str, Document], run_folder: Path) -> list[Path]:
    """Write one plan as Word files, see :func:`build`."""
    paths = []
    for model in models.values():
        path = Path(run_folder) / f"{load_outline(model.which).file}.{model.language}.docx"
        word.write(model, path)
        gate.check_file(path, model)
        paths.append(path)
    return paths


class Builder:
    """Puts one plan together in one language."""

    def __init__(
        self, outline: Outline, language: str, project: Project, exhibits: Exhibits, record: Mapping[str, Any]
    ):
        self.outline, self.language, self.project = outline, language, project
        self.exhibits, self.record, self.brief = exhibits, record, project.brief
        self.numbering = self.brief.meta.numbering or "as_outline"
        self.captions = Captions(language)
        self.exhibit_printer = ExhibitPrinter(exhibits, language)
        self.brief_printer = BriefPrinter(self.brief, language)
        self.items = {spec.id: self.brief_printer.read(spec) for spec in outline.sections}
        self.gaps = MissingList()
        for spec in outline.sections:
            self.gaps.add(spec, lacks_of(spec, self.items[spec.id], exhibits, self.brief))

    def document(self) -> Document:
        """Return the whole plan."""
        body = [*self._front(), *self._chapters(), PageBreak()]
        shown = {block.id for block in body if isinstance(block, TableBlock)}
        body += data_appendices(
            self.exhibits, self.record, self.exhibit_printer, shown, self.captions, self.language
        )
        body += ledger(self.exhibits, evidence_ids(body), self.language)
        body += missing_appendix(self.gaps, self.number_of(), self.language)
        body += reproduction(self.record, self.language)
        title = (Run("words", self.outline.title[self.language]),)
        client = Run("brief", self.brief.client.name, "client.name")
        return Document(
            self.outline.which,
            self.language,
            title,
            header=(client, gap(self.language), *title),
            footer=(words("documents.cover.draft", self.language),),
            date=self.date(),
            author=", ".join(self.brief.meta.authors) or "relops",
            blocks=tuple(body),
        )

    def date(self) -> str:
        """Return the document's date: of the brief, else the day of the run (ISO), else nothing."""
        return str(self.brief.meta.date or str(self.record.get("started") or "")[:10])

    def number_of(self) -> dict[str, str]:
        """Return the printed number of every heading."""
        return {
            spec.id: self.outline.number(spec, self.numbering, self.language)
            for spec in self.outline.headings
        }

    def _front(self) -> Iterator[Block]:
        yield from cover(self.outline, self.project, self.exhibits, self.language, self.date())
        yield PageBreak()
        yield Heading(1, "read_first", "", (words("documents.read_first.title", self.language),))
        yield from read_first(self.language, self.project, self.exhibits, self.record)
        # on the same page where there is room: the last lines of a full one would else have a page to themselves
        for kind in ("headings", "tables", "figures"):
            yield Contents(kind, words(f"documents.contents.{kind}", self.language))
        yield PageBreak()
        yield from tag_note(self.language)

    def _chapters(self) -> Iterator[Block]:
        numbers = self.number_of()
        for spec in self.outline.headings:
            title: Runs = (Run("words", spec.title[self.language]),)
            yield Heading(spec.level, spec.id, numbers[spec.id], title)
            if spec.level == 1:
                self.captions.enter(str(self.outline.chapter_number(spec.id, self.numbering)))
                continue
            items = self.items[spec.id]
            yield from self.exhibit_printer.blocks(spec, self.captions)
            yield from self.brief_printer.blocks(spec, items, self.captions)
            yield from self.gaps.paragraphs(
                spec, self.brief_printer.shown_open(items), self.brief.missing, self.language
            )
