"""What a project's data and brief can and cannot support, without running anything."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from relops.brief import brief_value, is_empty
from relops.data import Audit, ingest
from relops.data.contract import contract
from relops.data.engine import Engine
from relops.data.merges import MERGES
from relops.documents.outline import DOCUMENTS, load_outline
from relops.exhibits import Finding, Table
from relops.project import Project
from relops.suite.graph import Node, build_graph, notebook_parameters
from relops.suite.rulers import obey

QUARANTINE = "quarantine-check"


@dataclass(frozen=True)
class CheckResult:
    """What was found.

    ``present`` the tables with rows; ``waiting`` what is lacking (a table of the contract or a field of the
    brief) → ids of the headings that wait for it; ``quarantine`` the folder of refused rows, None if there
    are none; ``graph`` the notebooks that would run; ``merges`` the file in which merges wait for an answer, None where
    none does; ``control`` what the client's own monthly totals say beside ours.
    """

    audit: Audit
    present: frozenset[str]
    waiting: dict[str, list[str]]
    quarantine: Path | None
    graph: dict[str, Node]
    merges: Path | None = None
    control: tuple[Finding | Table, ...] = ()


def check_project(project: Project) -> CheckResult:
    """Take the data in on trial and return what they and the brief support.

    Nothing but the refused rows stays behind, in the project's private folder. Raises BadInput as a run does, also
    where the brief states another ruler than ``settings.lock`` holds.
    """
    graph = build_graph(project.folder)
    notebook_parameters(graph, project.brief.parameters or {}, ())
    obey(project, project.lock())
    with tempfile.TemporaryDirectory(prefix="relops-") as folder:
        refused = Path(folder) / "quarantine"
        audit = ingest(project, Path(folder) / "engine.duckdb", refused)
        _check_experiments(project, Path(folder) / "engine.duckdb")
        control = _beside_control(audit, Path(folder) / "engine.duckdb")
        kept = project.private / QUARANTINE
        shutil.rmtree(kept, ignore_errors=True)
        any_refused = refused.is_dir() and any(refused.iterdir())
        if any_refused:
            shutil.copytree(refused, kept)
    present = frozenset(count.table for count in audit.counts if count.rows_used)
    merges = project.private / MERGES if audit.identity and audit.identity.held else None
    return CheckResult(audit, present, _waiting(project, present), kept if any_refused else None, graph, merges,
                       control)


def _check_experiments(project: Project, engine_file: Path) -> None:
    """Raise BadInput with every column that an experiment of the brief asks for and the data do not hold."""
    if not project.brief.experiments:
        return
    from relops.notebook.session import Tables  # imported here: few checks need the notebooks' tables
    from relops.strategies.evaluation import ready_experiments

    with Engine.open(engine_file) as engine:
        ready_experiments(Tables(engine), project.brief)


def _beside_control(audit: Audit, engine_file: Path) -> tuple[Finding | Table, ...]:
    """Return what a report will say of the client's own monthly totals; nothing where none are given."""
    if not audit.control:
        return ()
    from relops.data.control import control_exhibits
    from relops.data.profile import profile_data
    from relops.notebook.session import Tables  # imported here, as above

    with Engine.open(engine_file) as engine:
        return tuple(control_exhibits(profile_data(Tables(engine), audit), audit.currency))


def _waiting(project: Project, present: frozenset[str]) -> dict[str, list[str]]:
    """Return what the headings of both plans wait for, the most wanted first."""
    waiting: dict[str, dict[str, None]] = defaultdict(dict)
    for which in DOCUMENTS:
        for spec in load_outline(which).sections:
            for lack in spec.lacks:
                table = lack.field.split(".")[0]
                if table in contract() and table not in present:
                    waiting[table][spec.id] = None
            for item in spec.brief:
                if is_empty(brief_value(project.brief, item.path)):
                    waiting[item.path][spec.id] = None
    ranked = sorted(waiting.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return {name: list(headings) for name, headings in ranked}
