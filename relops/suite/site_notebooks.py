"""The run's notebooks as the site needs them: titles, addresses, and which exhibit stands under which heading."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from relops.locale import LANGUAGES
from relops.notebook.parameters import traps
from relops.suite.site_markup import Voice
from relops.suite.site_record import title_of

HEADING = re.compile(r"##\s+(.+)")
MARKS = re.compile(r"[`*]")


@dataclass
class Stretch:
    """A part of a notebook: its heading in each language (empty before the first), the cell that published
    first, the exhibits in the order of publication."""

    heading: Mapping[str, str]
    cell: str
    ids: list[str] = field(default_factory=list)


EXPERIMENTS = "05_interaction_strategies"  # the notebook beside which the traps of experiments stand


class Notebooks:
    """The notebooks of a run folder, in the order of the run."""

    def __init__(self, run_folder: Path, record: Mapping[str, Any], voice: Voice):
        self.folder = run_folder / "notebooks"
        self.entries = {entry["name"]: entry for entry in record.get("notebooks", ())}
        self.voice = voice

    def title(self, name: str) -> Markup:
        """Return a notebook's title, or its name where the record holds none."""
        entry = self.entries.get(name, {"name": name})
        return self.voice.both(lambda language: title_of(entry, language))

    def page(self, name: str | None, cell: str | None = None) -> str | None:
        """Return the address of a notebook's page, at one cell if given; None where there is no such page."""
        if not name or not (self.folder / f"{name}.html").exists():
            return None
        place = f"#cell-id={quote(cell)}" if cell else ""
        return f"notebooks/{quote(name)}.html{place}"

    def file(self, name: str) -> str | None:
        """Return the address of an executed notebook itself; None where there is none."""
        return f"notebooks/{quote(name)}.ipynb" if (self.folder / f"{name}.ipynb").exists() else None

    def traps(self) -> list[dict[str, Any]]:
        """Return title, page and file of the notebooks that show how experiments go wrong, where the run has any to
        judge."""
        if EXPERIMENTS not in self.entries:
            return []
        titles = {path: json.loads(path.read_text(encoding="utf-8"))["metadata"]["relops"]["title"] for path in traps()}
        return [{"title": self.voice.both(lambda language, title=title: title[language]),
                 "page": f"notebooks/{path.stem}.html", "file": f"notebooks/{path.name}"}
                for path, title in titles.items()]

    def stretches(self, name: str) -> list[Stretch]:
        """Return the parts of an executed notebook that published something; none if it is not there."""
        path = self.folder / f"{name}.ipynb"
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
        stretches: list[Stretch] = []
        heading: dict[str, str] = {}
        for cell in cells:
            heading = heading | dict(_headings(cell))
            published = list(_published(cell))
            if not published:
                continue
            if not stretches or stretches[-1].heading != heading:
                stretches.append(Stretch(heading, cell["id"]))
            stretches[-1].ids += published
        return stretches


def _headings(cell: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield language and text of the heading a Markdown cell opens; without a tag it holds for every language."""
    found = HEADING.match("".join(cell["source"])) if cell["cell_type"] == "markdown" else None
    if found:
        tags = set(cell["metadata"].get("tags", ())) & set(LANGUAGES)
        for language in tags or LANGUAGES:
            yield language, MARKS.sub("", found[1]).strip()


def _published(cell: Mapping[str, Any]) -> Iterator[str]:
    for output in cell.get("outputs", ()):
        yield from output.get("metadata", {}).get("relops", {}).get("ids", ())
