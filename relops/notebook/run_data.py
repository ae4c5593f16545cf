"""The engine file a notebook reads: the suite's, or one taken in on the spot when a notebook runs alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from relops.data.campaigns import read_back_sources
from relops.locale import PACKAGE
from relops.notebook.file_lock import locked
from relops.project import Project, brief_files

SCRATCH = "scratch"
# names the project for a notebook whose parameter `project` is empty
PROJECT = "RELOPS_PROJECT"


def run_folder(project: Project, run: str) -> Path:
    """Return the folder a notebook works in: the run it was given, else the project's scratch run."""
    return Path(run).expanduser().resolve() if run else project.reports / SCRATCH


def writing_folder(run: Path) -> Path:
    """Return the folder that a notebook writes to: its run, or scratch beside a run that has ended and is to stay
    as it was reported."""
    return run.parent / SCRATCH if (run / "run.json").is_file() else run


def private_folder(run: Path) -> Path:
    """Return the run's folder of what must not be sent round."""
    return run / "private"


def suite_engine(run: Path) -> Path:
    """Return where the suite lays the engine file of a run."""
    return private_folder(run) / "engine.duckdb"


def write_run_rulers(run: Path, rulers: dict[str, Any]) -> None:
    """Keep in a run's folder the rulers that its notebooks are to use."""
    path = _rulers_file(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rulers, ensure_ascii=False, indent=1), encoding="utf-8")


def run_rulers(run: Path) -> dict[str, Any] | None:
    """Return the rulers that the notebooks of a run use, None in a folder that is no run of the suite."""
    path = _rulers_file(run)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _rulers_file(run: Path) -> Path:
    return run / "store" / "rulers.json"


def fingerprint(project: Project) -> str:
    """Return a hash that moves when the brief, an input file or the door itself does.

    Input files count by name, size and time of change: they may be too large to read again for each notebook.
    """
    digest = hashlib.sha256()
    for form in brief_files(project.folder):
        digest.update(form.read_bytes() if form.is_file() else b"")
    inputs = [path for source in project.brief.data.sources for path in _files(project.folder, source.files)]
    control = project.brief.data.control_file
    inputs += _files(project.folder, [control.file] if control else [])
    inputs += _files(project.private, "identity-merges.csv")  # an accepted merge makes other customers
    inputs += [path for source in read_back_sources(project) for path in _files(project.folder, source.files)]
    for path in sorted({*inputs, *(PACKAGE / "data").glob("*.*")}):
        status = path.stat()
        digest.update(f"{path}|{status.st_size}|{status.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def _files(folder: Path, patterns: str | list[str]) -> list[Path]:
    found = []
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        path = Path(pattern)
        found += [path] if path.is_absolute() else list(folder.glob(pattern))
    return [path for path in found if path.is_file()]


def engine_file(project: Project, run: Path) -> Path:
    """Return the engine file of a run folder; where there is none or an old one, take in the data first.

    Safe when several notebooks start at once. Raises BadInput when the data cannot be used.
    """
    if suite_engine(run).exists():
        return suite_engine(run)  # a run of the suite: its data stand as they are
    private = private_folder(run)
    engine = private / f"engine-{fingerprint(project)}.duckdb"
    with locked(private / "engine.lock"):
        if not engine.exists():
            _take_in(project, engine, project.maps(run.parent))
    return engine


def _take_in(project: Project, engine: Path, maps: Path) -> None:
    from relops.data import ingest  # imported late: reading an existing run needs no door

    for old in engine.parent.glob("engine-*.duckdb*"):
        old.unlink(missing_ok=True)
    draft = engine.with_name(f"{engine.name}.part")
    ingest(project, draft, engine.parent / "quarantine", maps)
    draft.replace(engine)
