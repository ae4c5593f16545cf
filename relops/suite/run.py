"""A run from the client's files to the site: take in, execute the notebooks, gather, typeset, rename."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from relops.errors import BadInput, RunFailed
from relops.lock import LOCK, Lock
from relops.notebook.run_data import private_folder
from relops.project import Project
from relops.store import Exhibits
from relops.suite import record as run_record
from relops.suite.compare import compare, is_run, read_run, snapshot
from relops.suite.failure import OWN, failure_lines, failure_of, write_failure_page
from relops.suite.graph import build_graph, notebook_parameters, select
from relops.suite.options import Options, RunResult
from relops.suite.passes import Pass
from relops.suite.plan_marks import brief_marks, document_marks
from relops.suite.processes import cores
from relops.suite.rulers import Given, obey, rulers_in_force, under_windows, with_windows
from relops.suite.run_folder import RunFolder, latest_run
from relops.suite.schedule import Progress, together
from relops.suite.workers import PART, Workers

LAST_WORDS = 8000
# what a failed run keeps, for those who look for the cause: anything else might be half a document
KEPT = ("notebooks", "store", "private")


class PartFailed(Exception):
    """A part of the report could not be written; ``failures`` say which and why."""

    def __init__(self, failures: list[dict[str, Any]]):
        super().__init__(failures)
        self.failures = failures


def start_run(project_folder: str | Path, options: Options, progress: Progress, workers: Workers) -> Run:
    """Return a run, ready to go, on a project whose brief, notebooks, parameters and rulers have been checked."""
    project = Project.open(project_folder)
    graph = build_graph(project.folder)
    given = notebook_parameters(graph, project.brief.parameters or {}, options.settings)
    lock = project.lock()
    if not options.relock:
        obey(project, lock)
    graph = select(graph, options.only) if options.only else graph
    folder = RunFolder((options.out or project.reports).expanduser().resolve())
    rulers = {} if options.relock else lock.values
    main = Pass(project, graph, with_windows(graph, given, rulers), rulers, folder.draft, folder.final, options,
                progress, workers)
    return Run(main, lock, folder, given)


class Run:
    """One run under way."""

    def __init__(self, main: Pass, lock: Lock, folder: RunFolder, given: Given):
        self.main, self.lock, self.folder, self.given = main, lock, folder, given
        self.project, self.graph, self.options = main.project, main.graph, main.options
        self.started, self.clock = datetime.now().astimezone(), time.monotonic()
        self.stages: dict[str, float] = {}
        self.checks: list[dict[str, Any]] = []
        self.settings: dict[str, Any] = {}
        self.relocked: dict[str, Any] | None = None
        self.lock_draft: Path | None = None

    def go(self) -> RunResult:
        """Do it all; return how it ended."""
        try:
            return self._go()
        finally:
            if self.lock_draft:  # nothing is left of it unless it was renamed
                self.lock_draft.unlink(missing_ok=True)

    def _go(self) -> RunResult:
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
        folder = self.folder.finish()
        if self.lock_draft:  # last, so that rulers are frozen by a good run alone
            self.lock_draft.replace(self.project.folder / LOCK)
        return RunResult(self.folder.run_id, folder, "complete", record=record)

    def _through(self) -> list[dict[str, Any]]:
        """Go through the stages; return the notebooks that failed."""
        self._stage("data", self.main.take_in)
        self._stage("notebooks", self.main.execute)
        if self.main.failures:
            return self.main.failures
        exhibits = self.main.exhibits()
        frozen = self.lock.values
        self._settle_rulers(exhibits)
        if self.options.relock and frozen:
            self._stage("frozen", lambda: self._run_frozen(frozen, exhibits))
        self._stage("documents", lambda: self._publish(exhibits))
        return []

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        self.main.progress.stage(name)
        begun = time.monotonic()
        work()
        self.stages[name] = round(time.monotonic() - begun, 3)

    def _run_frozen(self, rulers: Mapping[str, Any], exhibits: Exhibits) -> None:
        """Put the same data under the rulers that were frozen until now, and keep how the results differ."""
        folder = self.folder.draft / "frozen"
        frozen = replace(self.main, parameters=under_windows(self.graph, self.given, rulers), rulers=rulers,
                         draft=folder, audit=None, outcomes={})
        try:
            frozen.take_in()
            frozen.execute()
            if frozen.failures:
                raise RunFailed(failure_lines(frozen.failures, self.project.brief.meta.languages[0]))
            record = self._record("complete")
            settings = rulers_in_force(self.project, self.graph, frozen.parameters, rulers)
            self.relocked = compare(snapshot(record | {"settings": settings}, frozen.exhibits()),
                                    snapshot(record, exhibits))
        except (BadInput, RunFailed) as fault:  # such as a column that the new files no longer have
            self.relocked = {"fault": str(fault)}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _publish(self, exhibits: Exhibits) -> None:
        """Write everything a reader opens."""
        from relops.documents.build import chosen_plans  # imported late: the notebooks need not wait for it

        self.checks = run_record.checks(self.main.audit, self.main.outcomes, exhibits)
        record = self._record("complete")
        job = {"project": str(self.project.folder), "run": str(self.folder.draft), "notebooks": list(self.graph),
               "record": record | {"change": self._change(record, exhibits), "relocked": self.relocked}}
        self._write_parts(job, [*chosen_plans(self.project), "index", "tables"])

    def _write_parts(self, job: dict[str, Any], parts: list[str]) -> None:
        """Write parts at the same time. Raises PartFailed with all that went wrong."""
        with together(self.main.workers, self.options.at_once or cores()) as pool:
            found = list(pool.map(lambda part: self._write_part(job | {"part": part}), parts))
        failures = [failure for failures in found for failure in failures]
        if failures:
            raise PartFailed(failures)

    def _write_part(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        code = self.main.workers.run(PART, job, events.append)
        failures = [event["failure"] for event in events]
        if code and not failures:
            kind = "died" if code < 0 else "internal"
            failures = [{"notebook": OWN, "status": "failed", "kind": kind, "error": job["part"]}]
        return failures

    def _settle_rulers(self, exhibits: Exhibits) -> None:
        """Note the rulers in force and make the lock ready that is to hold them."""
        self.settings = rulers_in_force(self.project, self.graph, self.main.parameters, exhibits.settings)
        freeze = self.lock.moved if self.options.relock else self.lock.extended
        lock = freeze(self.settings, self.folder.run_id, self.started.date().isoformat())
        if lock != self.lock:  # a project that is only read stays as it was
            self.lock, self.lock_draft = lock, lock.write_draft(self.project.folder / LOCK)

    def _change(self, record: dict[str, Any], exhibits: Exhibits) -> dict[str, Any] | None:
        """Return how this run differs from the last good one of the project, None if there is none."""
        last = latest_run(self.folder.out)
        before = read_run(last) if last and is_run(last) else None
        if before is None or before.project != self.project.folder.name:
            return None
        return compare(before, snapshot(record, exhibits))

    def _record(self, status: str) -> dict[str, Any]:
        """Return what ``run.json`` holds."""
        return {
            "run": self.folder.run_id, "project": self.project.folder.name, "client": self.project.brief.client.name,
            "status": status, "only": list(self.options.only), "relock": self.options.relock,
            "command": self.options.command, "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self.clock, 3), "stages": self.stages,
            "kernels": self.main.workers.kind, "languages": list(self.project.brief.meta.languages),
            "parameters": {name: self.main.parameters[name] for name in self.graph},
            "settings": self.settings, "rulers": {name: asdict(ruler) for name, ruler in self.lock.rulers.items()},
            "versions": run_record.versions(), "sources": run_record.sources(self.main.audit),
            "inputs": run_record.inputs(self.main.audit), "refused": run_record.refused(self.main.audit),
            "notebooks": [{"name": name, "title": dict(self.graph[name].title), **outcome}
                          for name, outcome in self.main.outcomes.items()],
            "checks": self.checks, "brief": brief_marks(self.project.brief),
            "documents": document_marks(self.folder.draft),
        }

    def _failed(self, failures: list[dict[str, Any]], record: dict[str, Any]) -> RunResult:
        try:
            for path in self.folder.draft.iterdir():
                if path.name not in KEPT:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            if any(failure["kind"] == "disk_full" for failure in failures):  # room for the page that says so
                for engine in private_folder(self.folder.draft).glob("engine.duckdb*"):
                    engine.unlink()
            run_record.write_json(self.folder.draft / "run.json", record | {"failures": failures})
            log = self.main.workers.log()[-LAST_WORDS:]
            write_failure_page(self.folder.draft, self.folder.run_id, failures, log)
            folder = self.folder.fail()
        except OSError as fault:  # the disk is full to the last byte
            raise RunFailed(failures) from fault
        return RunResult(self.folder.run_id, folder, "failed", failures, record)
