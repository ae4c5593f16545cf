"""What a reader opens, in parts that can be written at the same time: each plan, the tables, the site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from relops.documents.build import plan_models, write_plan
from relops.project import Project
from relops.store import merge
from relops.suite.failure import failure_of
from relops.suite.notebook_page import write_traps
from relops.suite.record import copy_figures, evidence_records, write_json
from relops.suite.site import Site
from relops.suite.site_notebooks import EXPERIMENTS
from relops.suite.tables import write_tables


def write_part(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Write one part of a run; emit ``{"failure": {...}}`` if that fails.

    ``job`` holds ``part`` (the name of a plan, ``tables`` or ``index``), ``project``, ``run`` (folders),
    ``notebooks`` (names) and ``record`` (what ``run.json`` will hold, and the evidence of the last run).
    """
    try:
        project, run = Project.open(job["project"]), Path(job["run"])
        exhibits = merge(run / "store", job["notebooks"])
        if job["part"] == "tables":
            write_tables(run / "tables", exhibits, project.brief.meta.languages)
            copy_figures(run / "figures", exhibits)
            write_json(run / "evidence.json", evidence_records(exhibits))
            if EXPERIMENTS in job["notebooks"]:
                write_traps(run / "notebooks", project.brief.meta.languages)
            return
        site = Site(run, project, exhibits, job["record"], coming=True)
        if job["part"] == "index":
            site.write_index()
        else:
            models = plan_models(job["part"], project, exhibits, job["record"])
            write_plan(models, run)
            site.write_plan(models)
    except Exception as fault:
        emit({"failure": failure_of(fault)})
