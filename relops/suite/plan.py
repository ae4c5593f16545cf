"""The documents alone, after an edit of the brief: the last good run's numbers, the brief of today.

What the brief feeds into numbers (mapping, rulers, whatever a notebook reads) must be as it was in that run, else
text and numbers would not agree; then the suite has to run. A Word file that somebody has edited is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relops.errors import BadInput, Problem
from relops.project import BRIEF, Project
from relops.store import Exhibits, merge
from relops.suite.graph import build_graph
from relops.suite.plan_marks import brief_marks, document_marks
from relops.suite.record import moved_evidence, write_json
from relops.suite.run_folder import RunFolder, latest_run
from relops.suite.site import COMPARED, build_site

# what the door reads of the brief, whichever notebooks there are
DOOR = ("data", "segments", "parameters", "finance.currency", "period.data_start", "period.data_end",
        "period.timezone", "meta.languages")
MOST_NAMED = 5
READ = re.compile(r"\bbrief\.([a-z_]+)(?:\.([a-z_]+))?")


@dataclass(frozen=True)
class Rewritten:
    """The run the documents stand on, its folder, the parts of the brief that changed since, what was written, and
    the edited files that were kept under another name."""

    run: str
    folder: Path
    changed: tuple[str, ...]
    documents: tuple[str, ...]
    kept: tuple[str, ...]


def rewrite_plans(project_folder: Path, out: Path | None = None) -> Rewritten:
    """Write plans and pages of the last good run again, from the brief as it is now, and return what was done.

    Raises BadInput when there is no good run, when its store no longer holds what it reported, or when the brief has
    changed in what that run's numbers rest on.
    """
    project = Project.open(project_folder)
    runs = (out or project.reports).expanduser().resolve()
    folder = latest_run(runs)
    if folder is None:
        raise BadInput(Problem("suite.no_good_run", str(runs), {}))
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    marks = brief_marks(project.brief)
    changed = tuple(sorted(part for part in marks if record["brief"].get(part) != marks[part]))
    notebooks = [entry["name"] for entry in record["notebooks"]]
    feeding = [part for part in changed if _feeds(part, _read_parts(project, notebooks))]
    if feeding:
        raise BadInput([Problem("suite.plan_numbers", f"{BRIEF} {part}", {"run": record["run"]}) for part in feeding])
    kept = _write(folder, runs, project, _exhibits(folder, notebooks, record["run"]), record)
    documents = document_marks(folder)
    write_json(folder / "run.json", record | {"brief": marks, "documents": documents})
    return Rewritten(record["run"], folder, changed, tuple(documents), kept)


def _read_parts(project: Project, notebooks: Iterable[str]) -> set[str]:
    """Return the parts of the brief that the notebooks read, by what their cells say."""
    graph = build_graph(project.folder)
    sources = "".join(graph[name].path.read_text(encoding="utf-8") for name in notebooks if name in graph)
    return {".".join(filter(None, found)) for found in READ.findall(sources)} | set(DOOR)


def _feeds(part: str, read: set[str]) -> bool:
    """Return whether a part of the brief, what it belongs to, or what belongs to it is read."""
    return any(part == name or part.startswith(f"{name}.") or name.startswith(f"{part}.") for name in read)


def _exhibits(folder: Path, notebooks: Iterable[str], run: str) -> Exhibits:
    """Return the exhibits of a run. Raises BadInput where they are not those that it reported."""
    try:
        exhibits = merge(folder / "store", notebooks)
        moved = moved_evidence(folder / "evidence.json", exhibits)
    except ValueError as fault:  # two notebooks that no longer agree
        moved = [str(fault)]
    if moved:
        raise BadInput(Problem("suite.store_moved", str(folder / "store"), {
            "run": run, "count": len(moved), "ids": ", ".join(moved[:MOST_NAMED])}))
    return exhibits


def _write(folder: Path, runs: Path, project: Project, exhibits: Exhibits, record: dict[str, Any]) -> tuple[str, ...]:
    """Write documents and pages; return the names that edited files are kept under."""
    from relops.documents.build import build

    told = record | {part: _comparison(folder / f"{name}.json") for part, name in COMPARED.items()}
    draft = RunFolder(runs)  # out of sight; swept away should this process die
    try:
        made = build(draft.draft, project, exhibits, told)
        kept = [_keep(folder / name) for name, mark in document_marks(folder).items()
                if record["documents"].get(name) != mark]
        for path in [*folder.glob("plan-*.docx"), *folder.glob("plan-*.html")]:
            path.unlink()  # a plan that the brief no longer asks for goes
        for path in made:
            path.replace(folder / path.name)
        build_site(folder, project, exhibits, told)
    except OSError as fault:  # such as a document that is open in Word
        reason = fault.strerror or str(fault)
        raise BadInput(Problem("suite.folder", str(fault.filename or folder), {"fault": reason})) from fault
    finally:
        draft.discard()
    return tuple(kept)


def _comparison(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _keep(path: Path) -> str:
    """Give an edited document another name and return it."""
    names = (f"edited-{path.name}" if number == 1 else f"edited-{number}-{path.name}" for number in range(1, 1000))
    free = next(name for name in names if not path.with_name(name).exists())
    path.rename(path.with_name(free))
    return free
