"""The entry to a run. It starts the processes that execute notebooks before it imports anything heavy itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from relops.suite.options import Options, RunResult
from relops.suite.schedule import Progress
from relops.suite.workers import start_workers

__all__ = ["Options", "Progress", "RunResult", "run_project"]


def run_project(folder: str | Path | Callable[[], Path], options: Options | None = None,
                progress: Progress | None = None) -> RunResult:
    """Run the suite on a project and return how it ended. ``folder`` may also be what finds or makes the project:
    it is called once the processes that execute notebooks are on their way.

    Raises BadInput when project, brief, data, parameters or the folder for reports cannot be used; then
    nothing is left behind. Any other failure ends in a folder ``<run-id>-failed`` with a page that explains
    it; where not even that can be written, in RunFailed.
    """
    options = options or Options()
    workers = start_workers(options.kernels)
    try:
        from relops.suite.run import start_run  # imported here: the workers import in the meantime

        run = start_run(folder() if callable(folder) else folder, options, progress or Progress(), workers)
        try:
            return run.go()
        finally:
            run.folder.discard()  # nothing is left of the draft unless it was renamed
    finally:
        workers.close()
