"""Who executes notebooks: forks of warmed processes where the system can, else processes started anew.

Both kinds run the same job in the same environment, so their results are equal; only the waiting differs.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from relops.suite.forked import WarmProcess
from relops.suite.imports import kernel_modules
from relops.suite.processes import KERNEL_FIGURES, QUIET_THREADS, can_fork, to_line
from relops.suite.run_folder import ClaimedFolder, sweep

FORKED, ORDINARY, AUTO = "forked", "ordinary", "auto"
NOTEBOOK = "relops.suite.execute:run_notebook"
PART = "relops.suite.publish:write_part"
LEAN = "relops.suite.lean"
WARM = "relops.suite.warm:read_unchanging"
PAGES = "relops.suite.notebook_page:compile_templates"
KERNEL_NAMES = {FORKED: "relops-forked", ORDINARY: "relops-ordinary"}
Listener = Callable[[dict[str, Any]], None]


class Workers(Protocol):
    """Runs jobs (:data:`NOTEBOOK`, :data:`PART`), several at once when asked from threads."""

    kind: str

    def run(self, function: str, job: dict[str, Any], listen: Listener) -> int:
        """Run one job, hand on what it emits; return the exit code of the process that ran it."""

    def log(self) -> str:
        """Return what libraries printed below Python: the last words of a crashed process."""

    def close(self) -> None:
        """End every process and remove their traces. May be called again."""


def start_workers(kernels: str = AUTO) -> Workers:
    """Return workers of the kind asked for, ``auto`` being forked ones wherever that is safe.

    They warm up in the background; should a warmed process turn out unsafe to fork, ordinary ones take over.
    """
    fork = kernels == FORKED or (kernels == AUTO and can_fork())
    return ForkedWorkers() if fork else OrdinaryWorkers()


class WorkFolder:
    """A short-lived folder for the processes: kernel specifications, sockets, logs. And their environment."""

    def __init__(self) -> None:
        parent = Path(tempfile.gettempdir())
        sweep(parent, "relops-run-*")
        self._claim = ClaimedFolder(parent / f"relops-run-{os.getpid()}-{os.urandom(3).hex()}")
        self.path = self._claim.path
        self._printed = ""
        for kind, name in KERNEL_NAMES.items():
            folder = self.path / "kernels" / name
            folder.mkdir(parents=True)
            provisioner = {"kernel_provisioner": {"provisioner_name": name}} if kind == FORKED else {}
            (folder / "kernel.json").write_text(json.dumps({
                "argv": [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": name, "language": "python", "metadata": provisioner}), encoding="utf-8")
        # a person's own start-up files and kernels have no place in a run that others want to repeat
        self.env = {**os.environ, **QUIET_THREADS, **KERNEL_FIGURES, "IPYTHONDIR": str(self.path / "ipython"),
                    "JUPYTER_PATH": str(self.path), "JUPYTER_RUNTIME_DIR": str(self.path / "runtime"),
                    "JUPYTER_PLATFORM_DIRS": "1"}

    def fill(self, job: dict[str, Any], kind: str) -> dict[str, Any]:
        """Return a job with what only its workers know: the kernel's name and the folder for sockets."""
        return job | {"kernel": KERNEL_NAMES[kind], "work": str(self.path)}

    def logs(self) -> str:
        """Return what the processes printed so far, or had printed when the folder was removed."""
        if self.path.exists():
            paths = sorted(self.path.glob("*.log"))
            self._printed = "".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)
        return self._printed

    def remove(self) -> None:
        """Remove the folder; keep the logs in mind."""
        self.logs()
        self._claim.remove()


class ForkedWorkers:
    """Two warmed processes: one forks the kernels and the jobs that write the report (what both import is imported
    once), the other the jobs that drive the kernels."""

    kind = FORKED

    def __init__(self) -> None:
        self._folder = WorkFolder()
        kernels = [LEAN, *kernel_modules(), PART.split(":")[0], WARM]
        self._kernels = WarmProcess(self._folder.path, "kernels", kernels, self._folder.env)
        self._jobs = WarmProcess(self._folder.path, "jobs", [LEAN, NOTEBOOK.split(":")[0], PAGES], self._folder.env)
        self._instead: OrdinaryWorkers | None = None
        self._asking = threading.Lock()

    def run(self, function: str, job: dict[str, Any], listen: Listener) -> int:
        """Run one job in a fork, its kernel in another."""
        with self._asking:
            if not (self._kernels.ready() and self._jobs.ready()):
                self.kind = ORDINARY
                self._instead = self._instead or OrdinaryWorkers()
        if self._instead:
            return self._instead.run(function, job, listen)
        env = self._folder.env | {"RELOPS_KERNEL_SERVER": self._kernels.address,
                                  "RELOPS_KERNEL_LOG": str(self._kernels.log)}
        server = self._jobs if function == NOTEBOOK else self._kernels
        child = server.fork({"job": function, "arguments": self._folder.fill(job, FORKED), "env": env,
                             "cwd": str(self._folder.path)})
        for event in child.events():
            listen(event)
        return child.wait()

    def log(self) -> str:
        """Return what the processes printed."""
        return self._folder.logs() + (self._instead.log() if self._instead else "")

    def close(self) -> None:
        """End all processes."""
        for process in (self._kernels, self._jobs, self._instead):
            if process is not None:
                process.close()
        self._folder.remove()


class OrdinaryWorkers:
    """Processes started anew, each of which runs one job after another with a new kernel for each."""

    kind = ORDINARY

    def __init__(self) -> None:
        self._folder = WorkFolder()
        self._log = (self._folder.path / "workers.log").open("ab")
        self._idle: queue.SimpleQueue[subprocess.Popen] = queue.SimpleQueue()
        self._all: list[subprocess.Popen] = []

    def run(self, function: str, job: dict[str, Any], listen: Listener) -> int:
        """Run one job in an idle process, a new one if none is idle."""
        worker = self._worker()
        worker.stdin.write(to_line({"job": function, "arguments": self._folder.fill(job, ORDINARY)}))
        worker.stdin.flush()
        for line in worker.stdout:
            event = json.loads(line)
            if "done" in event:
                self._idle.put(worker)
                return event["done"]
            listen(event)
        return worker.wait()

    def _worker(self) -> subprocess.Popen:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            worker = subprocess.Popen(
                [sys.executable, "-P", "-m", "relops.suite.worker"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=self._log, env=self._folder.env)
            self._all.append(worker)
            return worker

    def log(self) -> str:
        """Return what the processes printed."""
        return self._folder.logs()

    def close(self) -> None:
        """End all processes."""
        for worker in self._all:
            worker.kill()
            worker.wait()
            worker.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                worker.stdin.close()
        self._log.close()
        self._folder.remove()
