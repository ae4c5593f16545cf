"""A run from the client's files to the site: take in, execute the notebooks, gather, typeset, rename."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from relops.errors import BadInput, RunFailed
from relops.notebook.run_data import private_folder, suite_engine
from relops.project import Project
from relops.suite import record as run_record
from relops.suite.failure import write_failure_page
from relops.suite.graph import Node, build_graph, notebook_parameters, select
from relops.suite.processes import cores
from relops.suite.run_folder import RunFolder, latest_run
from relops.suite.schedule import Progress, execute_graph
from relops.suite.workers import AUTO, start_workers

CELL_MINUTES = 30.0
LAST_WORDS = 8000
DISK_FULL = ("No space left on device", "Errno 28", "database or disk is full")


@dataclass(frozen=True)
class Options:
    """How to run.

    ``out`` the folder of runs (default: the project's), ``only`` beginnings of notebook names, ``settings``
    texts ``notebook.name=value``, ``language`` of the executed notebooks (default: the brief's first),
    ``kernels`` auto, forked or ordinary, ``at_once`` notebooks (0: one a core), ``command`` for the record.
    """

    out: Path | None = None
    only: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    language: str = ""
    kernels: str = AUTO
    at_once: int = 0
    cell_minutes: float = CELL_MINUTES
    command: str = "relops run"


@dataclass(frozen=True)
class RunResult:
    """How a run ended: its folder, ``complete`` or ``failed``, what failed, seconds of each stage."""

    run_id: str
    folder: Path
    status: str
    failures: list[dict[str, Any]] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 good, 2 when only the user's input was at fault, else 1."""
        if self.status == "complete":
            return 0
        return 2 if all(failure["kind"] == "bad_input" for failure in self.failures) else 1


def run_project(folder: str | Path, options: Options | None = None,
                progress: Progress | None = None) -> RunResult:
    """Run the suite on a project and return how it ended.

    Raises BadInput when project, brief, data, parameters or the folder for reports cannot be used; then
    nothing is left behind. Any other failure ends in a folder ``<run-id>-failed`` with a page that explains
    it; where not even that can be written, in RunFailed.
    """
    options = options or Options()
    project = Project.open(folder)
    graph = build_graph(project.folder)
    parameters = notebook_parameters(graph, project.brief.parameters or {}, options.settings)
    graph = select(graph, options.only) if options.only else graph
    run_folder = RunFolder((options.out or project.reports).expanduser().resolve())
    try:
        return _Run(project, graph, parameters, run_folder, options, progress or Progress()).go()
    finally:
        run_folder.discard()  # nothing is left of the draft unless it was renamed


class _Run:
    """One run under way."""

    def __init__(self, project: Project, graph: Mapping[str, Node], parameters: Mapping[str, dict[str, Any]],
                 folder: RunFolder, options: Options, progress: Progress):
        self.project, self.graph, self.parameters = project, graph, parameters
        self.folder, self.options, self.progress = folder, options, progress
        self.languages = list(project.brief.meta.languages)
        self.started, self.clock = datetime.now().astimezone(), time.monotonic()
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.stages: dict[str, float] = {}
        self.checks: list[dict[str, Any]] = []
        self.settings: dict[str, Any] = project.settings()
        self.audit: Any = None

    def go(self) -> RunResult:
        """Do it all."""
        failures: list[dict[str, Any]] = []
        workers = start_workers(self.options.kernels)
        try:
            self._stage("data", self._take_in)
            self._stage("notebooks", lambda: self._execute(workers))
            failures = [outcome for outcome in self.outcomes.values() if outcome["status"] != "complete"]
            if not failures:
                self._stage("documents", self._publish)
        except BadInput:
            raise
        except Exception as fault:
            failures = [_own_failure(fault)]
        finally:
            log = workers.log()[-LAST_WORDS:]
            workers.close()
        record = self._record("failed" if failures else "complete") | {"kernels": workers.kind}
        if failures:
            return self._failed(failures, record, log)
        run_record.write_json(self.folder.draft / "run.json", record)
        return RunResult(self.folder.run_id, self.folder.finish(), "complete", record=record)

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        self.progress.stage(name)
        begun = time.monotonic()
        work()
        self.stages[name] = round(time.monotonic() - begun, 3)

    def _take_in(self) -> None:
        from relops.data import ingest  # imported here: the warmed processes import in the meantime

        engine = suite_engine(self.folder.draft)
        engine.parent.mkdir(mode=0o700)
        self.audit = ingest(self.project, engine, private_folder(self.folder.draft) / "quarantine")

    def _execute(self, workers: Any) -> None:
        (self.folder.draft / "notebooks").mkdir()
        at_once = self.options.at_once or cores()
        self.outcomes = execute_graph(self.graph, self._job, workers, at_once, self.progress)

    def _job(self, node: Node) -> dict[str, Any]:
        """Return the job of one notebook, see :func:`relops.suite.execute.run_notebook`."""
        draft = self.folder.draft
        common = {"project": str(self.project.folder), "run": str(draft),
                  "language": self.options.language or self.languages[0]}
        return {
            "notebook": node.name, "source": str(node.path), "run": str(self.folder.final),
            "output": str(draft / "notebooks" / f"{node.name}.ipynb"),
            "page": str(draft / "notebooks" / f"{node.name}.html"),
            "exhibits": str(draft / "store" / node.name / "exhibits.json"),
            "parameters": common | self.parameters[node.name], "languages": self.languages,
            "cell_seconds": max(1, round(self.options.cell_minutes * 60)),
        }

    def _publish(self) -> None:
        """Gather what the notebooks published and write everything a reader opens."""
        from relops.documents import build
        from relops.store import merge
        from relops.suite.site import build_site
        from relops.suite.tables import write_tables

        draft = self.folder.draft
        exhibits = merge(draft / "store", self.graph)
        self.settings = exhibits.settings | self.settings
        self.checks = run_record.checks(self.audit, self.outcomes, exhibits)
        write_tables(draft / "tables", exhibits, self.languages)
        run_record.copy_figures(draft / "figures", exhibits)
        run_record.write_evidence(draft / "evidence.json", exhibits)
        record = self._record("complete") | {"previous": self._previous()}
        build(draft, self.project, exhibits, record)
        build_site(draft, self.project, exhibits, record)
        self.project.freeze(exhibits.settings)

    def _previous(self) -> dict[str, dict[str, Any]] | None:
        """Return the evidence of the last good run of this project, by id."""
        return run_record.read_evidence(latest_run(self.folder.out), self.project.folder.name)

    def _record(self, status: str) -> dict[str, Any]:
        """Return what ``run.json`` holds."""
        return {
            "run": self.folder.run_id, "project": self.project.folder.name, "status": status,
            "command": self.options.command, "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self.clock, 3), "stages": self.stages,
            "languages": self.languages, "parameters": {name: self.parameters[name] for name in self.graph},
            "settings": self.settings, "versions": run_record.versions(),
            "inputs": run_record.inputs(self.audit),
            "notebooks": [{"name": name, "title": dict(self.graph[name].title), **outcome}
                          for name, outcome in self.outcomes.items()],
            "checks": self.checks,
        }

    def _failed(self, failures: list[dict[str, Any]], record: dict[str, Any], log: str) -> RunResult:
        try:
            run_record.write_json(self.folder.draft / "run.json", record | {"failures": failures})
            write_failure_page(self.folder.draft, self.folder.run_id, failures, log)
            folder = self.folder.fail()
        except OSError as fault:  # the disk is full to the last byte
            raise RunFailed(failures) from fault
        return RunResult(self.folder.run_id, folder, "failed", failures, record)


def _own_failure(fault: Exception) -> dict[str, Any]:
    """Return a failure outside the notebooks as plain data."""
    full = any(sign in str(fault) for sign in DISK_FULL)
    told = isinstance(fault, RunFailed)  # by a sentence of its own
    return {"notebook": "relops", "status": "failed", "traceback": traceback.format_exc(),
            "kind": "disk_full" if full else "engine" if told else "internal",
            "error": str(fault) if told else f"{type(fault).__name__}: {fault}"}
