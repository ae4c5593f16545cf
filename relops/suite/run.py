"""A run from the client's files to the site: take in, execute the notebooks, gather, typeset, rename."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from relops.data import Audit, ingest
from relops.errors import BadInput, RunFailed
from relops.notebook.run_data import private_folder, suite_engine
from relops.project import Project
from relops.store import merge
from relops.suite import record as run_record
from relops.suite.failure import OWN, failure_of, write_failure_page
from relops.suite.graph import Node, build_graph, notebook_parameters, select
from relops.suite.options import Options, RunResult
from relops.suite.processes import cores
from relops.suite.run_folder import RunFolder, latest_run
from relops.suite.schedule import Progress, execute_graph, together
from relops.suite.workers import PART, Workers

LAST_WORDS = 8000


class PartFailed(Exception):
    """A part of the report could not be written; ``failures`` say which and why."""

    def __init__(self, failures: list[dict[str, Any]]):
        super().__init__(failures)
        self.failures = failures


def start_run(project_folder: str | Path, options: Options, progress: Progress, workers: Workers) -> Run:
    """Return a run, ready to go, on a project whose brief, notebooks and parameters have been checked."""
    project = Project.open(project_folder)
    graph = build_graph(project.folder)
    parameters = notebook_parameters(graph, project.brief.parameters or {}, options.settings)
    graph = select(graph, options.only) if options.only else graph
    folder = RunFolder((options.out or project.reports).expanduser().resolve())
    return Run(project, graph, parameters, folder, options, progress, workers)


class Run:
    """One run under way."""

    def __init__(self, project: Project, graph: Mapping[str, Node], parameters: Mapping[str, dict[str, Any]],
                 folder: RunFolder, options: Options, progress: Progress, workers: Workers):
        self.project, self.graph, self.parameters = project, graph, parameters
        self.folder, self.options, self.progress, self.workers = folder, options, progress, workers
        self.languages = list(project.brief.meta.languages)
        self.started, self.clock = datetime.now().astimezone(), time.monotonic()
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.stages: dict[str, float] = {}
        self.checks: list[dict[str, Any]] = []
        self.settings: dict[str, Any] = project.settings()
        self.audit: Audit | None = None

    def go(self) -> RunResult:
        """Do it all; return how it ended."""
        try:
            failures = self._through()
        except BadInput:
            raise
        except PartFailed as fault:
            failures = fault.failures
        except Exception as fault:
            failures = [failure_of(fault)]
        record = self._record("failed" if failures else "complete")
        if failures:
            return self._failed(failures, record)
        run_record.write_json(self.folder.draft / "run.json", record)
        return RunResult(self.folder.run_id, self.folder.finish(), "complete", record=record)

    def _through(self) -> list[dict[str, Any]]:
        """Go through the stages; return the notebooks that failed."""
        self._stage("data", self._take_in)
        self._stage("notebooks", self._execute)
        failures = [outcome for outcome in self.outcomes.values() if outcome["status"] != "complete"]
        if not failures:
            self._stage("documents", self._publish)
        return failures

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        self.progress.stage(name)
        begun = time.monotonic()
        work()
        self.stages[name] = round(time.monotonic() - begun, 3)

    def _take_in(self) -> None:
        engine = suite_engine(self.folder.draft)
        engine.parent.mkdir(mode=0o700)
        self.audit = ingest(self.project, engine, private_folder(self.folder.draft) / "quarantine")

    def _execute(self) -> None:
        (self.folder.draft / "notebooks").mkdir()
        expected = run_record.expected_seconds(latest_run(self.folder.out), self.project.folder.name, self.graph)
        self.outcomes = execute_graph(self.graph, self._job, self.workers, self.options.at_once or cores(),
                                      self.progress, expected)

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
        from relops.documents.build import chosen_plans  # imported late: the notebooks need not wait for it

        exhibits = merge(self.folder.draft / "store", self.graph)
        self.settings = exhibits.settings | self.settings
        self.checks = run_record.checks(self.audit, self.outcomes, exhibits)
        job = {"project": str(self.project.folder), "run": str(self.folder.draft), "notebooks": list(self.graph),
               "record": self._record("complete") | {"previous": self._previous()}}
        self._write_parts(job, [*chosen_plans(self.project), "tables"])
        self._write_parts(job, ["site"])  # last: it links to what lies in the folder
        self.project.freeze(exhibits.settings)

    def _write_parts(self, job: dict[str, Any], parts: list[str]) -> None:
        """Write parts at the same time. Raises PartFailed with all that went wrong."""
        with together(self.workers, self.options.at_once or cores()) as pool:
            found = list(pool.map(lambda part: self._write_part(job | {"part": part}), parts))
        failures = [failure for failures in found for failure in failures]
        if failures:
            raise PartFailed(failures)

    def _write_part(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        code = self.workers.run(PART, job, events.append)
        failures = [event["failure"] for event in events]
        if code and not failures:
            kind = "died" if code < 0 else "internal"
            failures = [{"notebook": OWN, "status": "failed", "kind": kind, "error": job["part"]}]
        return failures

    def _previous(self) -> dict[str, dict[str, Any]] | None:
        """Return the evidence of the last good run of this project, by id."""
        return run_record.read_evidence(latest_run(self.folder.out), self.project.folder.name)

    def _record(self, status: str) -> dict[str, Any]:
        """Return what ``run.json`` holds."""
        return {
            "run": self.folder.run_id, "project": self.project.folder.name, "status": status,
            "only": list(self.options.only),
            "command": self.options.command, "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self.clock, 3), "stages": self.stages,
            "kernels": self.workers.kind, "languages": self.languages,
            "parameters": {name: self.parameters[name] for name in self.graph},
            "settings": self.settings, "versions": run_record.versions(),
            "inputs": run_record.inputs(self.audit), "refused": run_record.refused(self.audit),
            "notebooks": [{"name": name, "title": dict(self.graph[name].title), **outcome}
                          for name, outcome in self.outcomes.items()],
            "checks": self.checks,
        }

    def _failed(self, failures: list[dict[str, Any]], record: dict[str, Any]) -> RunResult:
        try:
            if any(failure["kind"] == "disk_full" for failure in failures):  # room for the page that says so
                for engine in private_folder(self.folder.draft).glob("engine.duckdb*"):
                    engine.unlink()
            run_record.write_json(self.folder.draft / "run.json", record | {"failures": failures})
            log = self.workers.log()[-LAST_WORDS:]
            write_failure_page(self.folder.draft, self.folder.run_id, failures, log)
            folder = self.folder.fail()
        except OSError as fault:  # the disk is full to the last byte
            raise RunFailed(failures) from fault
        return RunResult(self.folder.run_id, folder, "failed", failures, record)
