"""The suite on the full CDNOW project against the same notebooks by plain papermill, one after another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from relops.data.starter import new_cdnow_project
from relops.suite.graph import build_graph
from relops.suite.processes import QUIET_THREADS, can_fork, cores

ENV = os.environ | QUIET_THREADS | {"PYTHONWARNINGS": "ignore"}


def seconds(command: list[str]) -> float:
    """Return the wall time of a command that must succeed."""
    begun = time.monotonic()
    subprocess.run(command, check=True, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begun


def plain(project: Path, out: Path) -> float:
    """Return the wall time of plain papermill over all notebooks; the first one takes the data in."""
    return sum(seconds([sys.executable, "-m", "papermill", str(node.path), str(out / node.path.name), "-p",
                        "project", str(project), "--no-progress-bar"]) for node in build_graph(project).values())


def suite(project: Path, out: Path, kernels: str) -> tuple[float, dict]:
    """Return the wall time of a whole run and its record."""
    total = seconds([sys.executable, "-m", "relops", "run", str(project), "--out", str(out), "--kernels", kernels])
    folder = out / (out / "latest").read_text(encoding="utf-8").strip()
    return total, json.loads((folder / "run.json").read_text(encoding="utf-8"))


def main() -> str:
    """Measure both sides once and return a Markdown table."""
    with tempfile.TemporaryDirectory() as folder:
        project = new_cdnow_project(Path(folder) / "cdnow")
        one_by_one = plain(project, Path(folder))
        rows = []
        for kernels in ["ordinary", *(["forked"] if can_fork() else [])]:
            total, record = suite(project, Path(folder) / kernels, kernels)
            to_notebooks = total - record["stages"]["documents"]
            own = " + ".join(f"{entry['seconds']:.1f}" for entry in record["notebooks"])
            rows.append(f"| {kernels} | {to_notebooks:.1f} s | {one_by_one / to_notebooks:.1f} | {total:.1f} s "
                        f"| {one_by_one / total:.1f} | {own} |")
    return "\n".join([
        f"Full CDNOW (69,659 rows), both languages, {cores()} cores; {len(record['notebooks'])} notebooks by plain "
        f"papermill one after another, data taken in once: {one_by_one:.1f} s. A run of the suite does more: pages, "
        "tables, both plans in both languages, site.",
        "", "| kernels | start to last notebook | ratio | start to finished site | ratio | notebooks, each (s) |",
        "|---|---|---|---|---|---|", *rows])
