"""How a run is to go, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relops.errors import BadInput, Problem
from relops.suite.processes import can_fork
from relops.suite.workers import AUTO, FORKED, ORDINARY

KINDS = (AUTO, FORKED, ORDINARY)
CELL_MINUTES = 30.0


@dataclass(frozen=True)
class Options:
    """How to run.

    ``out`` the folder of runs (default: the project's), ``only`` beginnings of notebook names, ``settings``
    texts ``notebook.name=value``, ``language`` of the executed notebooks (default: the brief's first),
    ``relock`` moves the frozen rulers, ``kernels`` auto, forked or ordinary, ``at_once`` notebooks (0: one a core),
    ``command`` for the record.
    """

    out: Path | None = None
    only: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    language: str = ""
    relock: bool = False
    kernels: str = AUTO
    at_once: int = 0
    cell_minutes: float = CELL_MINUTES
    command: str = "relops run"

    def check(self) -> None:
        """Raise BadInput when the kind of kernels or the time limit of a cell cannot be had."""
        problems = []
        if self.kernels not in KINDS:
            kinds = ", ".join(KINDS)
            problems.append(Problem("cli.kernels", "--kernels", {"value": self.kernels, "kinds": kinds}))
        if self.kernels == FORKED and not can_fork():
            problems.append(Problem("cli.fork", "--kernels", {}))
        if not self.cell_minutes > 0:
            problems.append(Problem("cli.cell_minutes", "--cell-minutes", {"value": self.cell_minutes}))
        if problems:
            raise BadInput(problems)


@dataclass(frozen=True)
class RunResult:
    """How a run ended: its folder, ``complete`` or ``failed``, what failed, what ``run.json`` holds."""

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
