"""The only place that talks to papermill: run one notebook in this process and say truly how it ended.

papermill's own record is not believed: after a dead kernel or a time-out it says "completed" for every cell.
What counts is the exception, and the cell that had started last.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill import execute_notebook
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError, strip_color
from papermill.execute import remove_error_markers
from papermill.translators import PythonTranslator, papermill_translators
from traitlets.config import Config

from relops.locale import LANGUAGES, text
from relops.suite.failure import DISK_FULL
from relops.suite.notebook_page import notebook_page

ENGINE = "relops"
START_SECONDS = 120
OUTPUT_SECONDS = 60
INJECTED = "injected-parameters"


class ReadableTranslator(PythonTranslator):
    """Parameters as Python writes them, so that a Chinese name can be read in the executed notebook."""

    @classmethod
    def translate_str(cls, val: Any) -> str:
        """Return the literal of a text."""
        return repr(str(val))

    translate_escaped_str = translate_str


class WatchedEngine(NBClientEngine):
    """papermill's engine, with the notebook kept in reach for when its kernel dies."""

    notebook: nbformat.NotebookNode | None = None

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
        """Remember the notebook, then let papermill execute it."""
        cls.notebook = nb_man.nb
        super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


papermill_translators.register("python", ReadableTranslator)
papermill_engines.register(ENGINE, WatchedEngine)


def run_notebook(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Execute a notebook, write it and its page, fill the cell ids into its exhibits; emit how it went.

    Args:
        job: ``notebook`` (name), ``source``, ``output``, ``page`` and ``exhibits`` (paths), ``parameters``,
            ``run`` (the folder the run will be renamed to), ``kernel`` (name), ``work`` (a folder with a short
            path, for sockets), ``cell_seconds`` (limit), ``languages``.
        emit: receives ``{"cell": k, "of": n}`` as cells start and ``{"outcome": {...}}`` at the end.
    """
    started = time.monotonic()
    try:
        outcome = _executed(job, emit)
    except OSError as fault:
        if fault.errno != errno.ENOSPC:
            raise
        outcome = {"kind": "disk_full", "error": str(fault)}
    seconds = round(time.monotonic() - started, 3)
    status = "failed" if outcome.get("kind") else "complete"
    emit({"outcome": {"notebook": job["notebook"], "status": status, "seconds": seconds, **outcome}})


def _executed(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    notebook, failure = _execute(job, emit)
    if failure.get("kind") == "start" and failure.pop("cell_started") is False:
        notebook, failure = _execute(job, emit)  # once more: ports and sockets of a busy machine race
    failure.pop("cell_started", None)
    cells = published_cells(notebook)
    _tidy(notebook, job, failure)
    Path(job["output"]).write_text(nbformat.writes(notebook), encoding="utf-8")
    Path(job["page"]).write_text(notebook_page(notebook, job["notebook"], job["languages"]), encoding="utf-8")
    _fill_cells(Path(job["exhibits"]), cells)
    return failure


def _execute(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> tuple[Any, dict[str, Any]]:
    """Return the executed notebook and, if it failed, how."""
    source = nbformat.read(job["source"], as_version=4)
    last: dict[str, Any] = {}

    def cell_starts(cell: Any, cell_index: int) -> None:
        last.update(cell=cell, index=cell_index)
        emit({"cell": cell_index + 1, "of": len(WatchedEngine.notebook.cells)})

    WatchedEngine.notebook = source
    with tempfile.TemporaryDirectory(dir=job["work"], ignore_cleanup_errors=True) as sockets:
        try:
            execute_notebook(
                source, None, job["parameters"], engine_name=ENGINE, kernel_name=job["kernel"],
                language="python", progress_bar=False, cwd=str(Path(job["source"]).parent),
                start_timeout=START_SECONDS, execution_timeout=job["cell_seconds"],
                iopub_timeout=OUTPUT_SECONDS, on_cell_start=cell_starts, autosave_cell_every=0,
                config=_connection(sockets))
        except PapermillExecutionError as fault:
            notebook = remove_error_markers(WatchedEngine.notebook)
            failed = next((cell for cell in notebook.cells if _error_of(cell)), last.get("cell"))
            return notebook, _failure(notebook, failed, _kind(fault.ename, fault.evalue),
                                      f"{fault.ename}: {fault.evalue}", "\n".join(fault.traceback))
        except (DeadKernelError, CellTimeoutError, RuntimeError, TimeoutError) as fault:
            kinds = {DeadKernelError: "died", CellTimeoutError: "timeout"}
            kind = kinds.get(type(fault), "start" if not last else "died")
            notebook = WatchedEngine.notebook
            failure = _failure(notebook, last.get("cell"), kind, str(fault), "")
            return notebook, failure | {"cell_started": bool(last)}
    return WatchedEngine.notebook, {}


def _connection(folder: str) -> Config:
    """Return how driver and kernel talk: through the file system where that is possible, so that no two
    notebooks race for a port and nobody else on the machine can listen."""
    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/k"}})


def _error_of(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _kind(name: str, message: str) -> str:
    if name == "BadInput":
        return "bad_input"
    return "disk_full" if any(sign in message for sign in DISK_FULL) else "error"


def _failure(notebook: Any, cell: Any, kind: str, error: str, traceback: str) -> dict[str, Any]:
    """Return a failure as plain data: kind, cell, the section it stands in, error, traceback."""
    index = next((i for i, other in enumerate(notebook.cells) if other is cell), None)
    before = notebook.cells[:index] if index is not None else []
    code_cells = [other for other in before if other.cell_type == "code"]
    return {"kind": kind, "cell": cell.id if cell is not None else None,
            "cell_number": None if index is None else len(code_cells) + 1,
            "section": {language: _section(before, language) for language in LANGUAGES},
            "error": strip_color(error), "traceback": strip_color(traceback)}


def _section(cells: list[Any], language: str) -> str | None:
    """Return the last heading of the language above a cell."""
    others = set(LANGUAGES) - {language}
    headings = [line.lstrip("# ").strip() for cell in cells if cell.cell_type == "markdown"
                and not others & set(cell.metadata.get("tags", []))
                for line in cell.source.splitlines() if line.startswith("#")]
    return headings[-1] if headings else None


def published_cells(notebook: Any) -> dict[str, str]:
    """Return exhibit id → id of the cell that published it, from what ``nb.publish`` left in the outputs."""
    return {exhibit: cell.id for cell in notebook.cells for output in cell.get("outputs", [])
            for exhibit in output.get("metadata", {}).get("relops", {}).get("ids", [])}


def _fill_cells(path: Path, cells: dict[str, str]) -> None:
    """Write into the notebook's stored evidence which cell each record comes from."""
    if not path.exists():
        return
    content = json.loads(path.read_text(encoding="utf-8"))
    for record in content["evidence"]:
        record["cell"] = cells.get(record["id"], record["cell"])
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _seen_from(folder: Path, place: str) -> str:
    """Return a path relative to ``folder``; as it is where there is no way from one to the other."""
    try:
        return Path(os.path.relpath(place, folder)).as_posix()
    except ValueError:  # another drive
        return place


def _tidy(notebook: Any, job: dict[str, Any], failure: dict[str, Any]) -> None:
    """Leave a notebook that tells the truth and can be run again: final paths (as seen from where it lies, so that it
    tells nothing of this machine and may move with its project), true statuses, a banner."""
    here = Path(job["run"]) / "notebooks"
    places = {"project": job["parameters"]["project"], "run": job["run"]}
    parameters = job["parameters"] | {name: _seen_from(here, place) for name, place in places.items()}
    source = Path(job["source"]).name
    notebook.metadata.papermill.update(parameters=parameters, input_path=source, output_path=None)
    for cell in notebook.cells:
        if INJECTED in cell.metadata.get("tags", []):
            cell.id, cell.source = INJECTED, ReadableTranslator.codify(parameters)
    if failure:
        for cell in notebook.cells:
            if cell.id == failure["cell"]:
                cell.metadata.papermill["status"] = "failed"
            elif cell.metadata.papermill["start_time"] is None:
                cell.metadata.papermill["status"] = "pending"
        banner = "\n\n".join(text("suite.failure.banner", language, cause=text(
            f"suite.failure.{failure['kind']}.cause", language)) for language in job["languages"])
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"> **{banner}**", id="failure"))
