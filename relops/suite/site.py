"""The site of a run: one page that opens with the answer, and a page for each plan.

Each page stands alone: style, script, drawings and both languages are in it, nothing is fetched, and its
content policy forbids whatever is not. It works from a file, offline, on a phone and on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from relops.documents import read_first
from relops.documents.build import chosen_plans, plan_models
from relops.documents.model import Document
from relops.exhibits import plain
from relops.locale import text
from relops.project import Project
from relops.store import Exhibits
from relops.suite.compare_page import write_comparison
from relops.suite.site_chapters import Chapters
from relops.suite.site_markup import BLOCK, LANG, Voice
from relops.suite.site_notebooks import Notebooks
from relops.suite.site_page import write_page
from relops.suite.site_plans import cited, document_markup, headings, parts_of
from relops.suite.site_record import record_entries, refused_rows
from relops.suite.site_sections import Sections

# what of the record is a comparison of two runs, and the name of its page
COMPARED = {"relocked": "rulers_moved", "change": "changes"}


def build_site(run_folder: Path, project: Project, exhibits: Exhibits, record: Mapping[str, Any]) -> Path:
    """Write ``index.html`` and a page for each plan into ``run_folder`` and return the path of the former.

    ``record`` is what ``run.json`` holds. Notebook pages, tables and Word files are linked where they lie in
    the folder. Raises FileNotFoundError when a figure of the store is not drawn.
    """
    site = Site(Path(run_folder), project, exhibits, record)
    for which in site.chosen:
        site.write_plan(plan_models(which, project, exhibits, record))
    return site.write_index()


class Site:
    """All pages of one run.

    ``coming`` says that plans, tables and evidence are written at the same time: they are linked then before
    they lie in the folder.
    """

    def __init__(self, run_folder: Path, project: Project, exhibits: Exhibits, record: Mapping[str, Any],
                 coming: bool = False):
        self.run_folder = run_folder
        self.project = project
        self.exhibits = exhibits
        self.record = record
        self.chosen = chosen_plans(project)
        self.voice = Voice(project.brief.meta.languages)
        self.notebooks = notebooks = Notebooks(run_folder, record, self.voice)
        self.coming = coming
        self.chapters = Chapters(exhibits, notebooks, self.voice, self._exists)
        self.sections = Sections(exhibits, notebooks, self.voice)

    def write_plan(self, models: Mapping[str, Document]) -> Path:
        """Write the page of one plan (language → model) and return its path."""
        which = next(iter(models.values())).which
        return self._write(page_name(which), "plan.html.j2", self._plan(models))

    def write_index(self) -> Path:
        """Write the comparisons and the first page; return the path of the latter."""
        for part in self._compared():
            write_comparison(self.run_folder, COMPARED[part], self.record[part], self.project.brief.client.name,
                             self.voice.languages)
        return self._write("index.html", "index.html.j2", self._index())

    def _write(self, name: str, template: str, content: dict[str, Any]) -> Path:
        return write_page(self.run_folder / name, template, content, self.voice, self.project.brief.client.name)

    # pages ------------------------------------------------------------------------------------------------
    def _index(self) -> dict[str, Any]:
        return {
            "titles": self._titles(lambda language: text("suite.site.report", language)),
            "read_first": self.voice.both(self._read_first, BLOCK), "plans": self._plans(),
            "chapters": self.chapters.all(), "missing": self.sections.missing(),
            "traps": [one for one in self.notebooks.traps() if self._exists(one["page"])],
            "refused": refused_rows(self.record, self.voice), "evidence": self.sections.ledger(),
            "comparisons": [(COMPARED[part], f"{COMPARED[part]}.html") for part in self._compared()],
            "workbook": self._existing("tables/tables.xlsx"),
            "evidence_file": self._existing("evidence.json"),
            "record": record_entries(self.record, self.voice),
        }

    def _plan(self, models: Mapping[str, Document]) -> dict[str, Any]:
        return {
            "titles": self._titles(lambda language: plain(models[language].title)),
            "document": self.voice.both(lambda lang: document_markup(models[lang], lang, self.exhibits), BLOCK),
            "headings": {LANG[language]: headings(model, language) for language, model in models.items()},
            "evidence": self.sections.ledger(cited(models)),
        }

    def _titles(self, name: Callable[[str], str]) -> dict[str, str]:
        client = self.project.brief.client.name
        return {language: text("suite.site.title", language, client=client, name=name(language))
                for language in self.voice.languages}

    def _read_first(self, language: str) -> Markup:
        """The opening page, each of its parts apart, so that the findings can stand out."""
        blocks = read_first(language, self.project, self.exhibits, self.record)
        parts = [document_markup(part, language, self.exhibits) for part in parts_of(blocks)]
        boxes = (Markup('<div class="part">{}</div>').format(part) for part in parts)
        return Markup('<div class="parts">{}</div>').format(Markup("").join(boxes))

    def _plans(self) -> list[dict[str, Any]]:
        """The plans with their pages and their Word files, as far as there are any."""
        def files(which: str) -> list[dict[str, str]]:
            found = {language: f"plan-{which.replace('_', '-')}.{language}.docx" for language in LANG}
            return [{"href": name, "message": f"word_{language}"} for language, name in found.items()
                    if language in self.voice.languages and self._exists(name)]

        return [{"message": f"plan_{which}", "page": page_name(which), "files": files(which)}
                for which in self.chosen]

    def _compared(self) -> list[str]:
        """The comparisons this run holds: with the last run, and of old rulers with new."""
        return [part for part in COMPARED if self.record.get(part) and "fault" not in self.record[part]]

    def _exists(self, name: str) -> bool:
        return self.coming or (self.run_folder / name).exists()

    def _existing(self, name: str) -> str | None:
        return name if self._exists(name) else None


def page_name(which: str) -> str:
    """Return the file name of a plan's page."""
    return f"plan-{which.replace('_', '-')}.html"
