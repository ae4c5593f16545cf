"""The run's record: what went in, with which versions and parameters, how long it took, what was checked."""

from __future__ import annotations

import json
import platform
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import relops
from relops.data.audit import CLASSES, Audit
from relops.exhibits import Evidence
from relops.store import Exhibits

LIBRARIES = ("duckdb", "ibis-framework", "lifetimes", "matplotlib", "nbclient", "nbconvert", "numpy",
             "pandas", "papermill", "python-docx", "scipy", "statsmodels")
EVIDENCE_KEYS = tuple(field.name for field in fields(Evidence))


def versions() -> dict[str, str]:
    """Return the versions of relops, Python and the libraries that numbers depend on."""
    found = {"relops": relops.__version__, "python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}


def write_json(path: Path, content: Any) -> None:
    """Write plain data, readable by people."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def evidence_records(exhibits: Exhibits) -> list[dict[str, Any]]:
    """Return what ``evidence.json`` holds: every record of the run, sorted by id."""
    return [{key: record[key] for key in EVIDENCE_KEYS} for _, record in sorted(exhibits.evidence.items())]


def moved_evidence(path: Path, exhibits: Exhibits) -> list[str]:
    """Return the ids of ``exhibits`` whose records are not those in the file of evidence at ``path``."""
    told = {record["id"]: record for record in json.loads(path.read_text(encoding="utf-8"))} if path.is_file() else {}
    found = {record["id"]: record for record in evidence_records(exhibits)}
    return sorted(key for key in told.keys() | found.keys() if told.get(key) != found.get(key))


def expected_seconds(run: Path | None, project: str, notebooks: Iterable[str]) -> dict[str, float]:
    """Return how long each notebook may take: as long as in the last run of this project, and those unknown
    the longer the later they stand (first counts, then models)."""
    path = run / "run.json" if run else None
    record = json.loads(path.read_text(encoding="utf-8")) if path and path.is_file() else {"project": None}
    known = record["notebooks"] if record["project"] == project else []
    guess = {name: float(place) for place, name in enumerate(notebooks)}
    return guess | {entry["name"]: entry["seconds"] for entry in known if entry["name"] in guess}


def inputs(audit: Audit | None) -> dict[str, str]:
    """Return the input files and their hashes, as the door read them."""
    return {} if audit is None else {file.file: file.sha256 for file in audit.files}


def sources(audit: Audit | None) -> list[dict[str, Any]]:
    """Return the sources of each table: table, source (its files as the brief names them)."""
    return [] if audit is None else [{"table": count.table, "source": count.source} for count in audit.counts]


def refused(audit: Audit | None) -> list[dict[str, Any]]:
    """Return how many rows were refused, by table and reason (``data.reason.<reason>``), most first."""
    counted: Counter[tuple[str, str]] = Counter()
    for line in audit.refusals if audit else ():
        counted[line.table, line.reason] += line.rows
    return [{"table": table, "reason": reason, "rows": rows}
            for (table, reason), rows in sorted(counted.items(), key=lambda entry: (entry[0][0], -entry[1]))]


def copy_figures(folder: Path, exhibits: Exhibits) -> None:
    """Copy every figure in every language, as SVG and PNG, into ``folder``."""
    folder.mkdir(exist_ok=True)
    for figure in exhibits.figures.values():
        for files in figure["files"].values():
            for name in files.values():
                shutil.copyfile(exhibits.folder / figure["notebook"] / name, folder / name)


def checks(audit: Audit, outcomes: Mapping[str, Mapping[str, Any]],
           exhibits: Exhibits) -> list[dict[str, Any]]:
    """Return what was checked at the end of a run: name, whether it holds, what contradicts it."""
    unfinished = [name for name, outcome in outcomes.items() if outcome["status"] != "complete"]
    records = exhibits.evidence.values()
    adrift = [record["id"] for record in records if not (record["notebook"] and record["cell"])]
    uneven = [count.table for count in audit.counts
              if count.rows_in != sum(getattr(count, name) for name in CLASSES)]
    return [{"name": name, "passed": not wrong, "against": wrong}
            for name, wrong in (("row_classes", uneven), ("notebooks", unfinished), ("origin", adrift))]
