"""The data taken in and every notebook executed once, under given rulers. A run is one pass; one that moves the
rulers is two, on the same data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from relops.data import Audit, ingest
from relops.data.rulers import under_rulers
from relops.notebook.run_data import private_folder, suite_engine, write_run_rulers
from relops.project import Project
from relops.store import Exhibits, merge
from relops.suite import record as run_record
from relops.suite.graph import Node
from relops.suite.options import Options
from relops.suite.processes import cores
from relops.suite.run_folder import latest_run
from relops.suite.schedule import Progress, execute_graph
from relops.suite.workers import Workers


@dataclass
class Pass:
    """One pass.

    ``rulers`` are those that notebooks and mapping must use (name → value; what they do not name is set by the
    data or the brief), ``draft`` the folder it works in, ``final`` the name that folder will bear. ``audit`` and
    ``outcomes`` (by notebook) are filled on the way.
    """

    project: Project
    graph: Mapping[str, Node]
    parameters: Mapping[str, Mapping[str, Any]]
    rulers: Mapping[str, Any]
    draft: Path
    final: Path
    options: Options
    progress: Progress
    workers: Workers
    audit: Audit | None = None
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The notebooks that failed."""
        return [outcome for outcome in self.outcomes.values() if outcome["status"] != "complete"]

    def take_in(self) -> None:
        """Take in the data. Raises BadInput and RunFailed as :func:`relops.data.ingest`."""
        engine = suite_engine(self.draft)
        engine.parent.mkdir(mode=0o700, parents=True)
        write_run_rulers(self.draft, self.rulers)
        project = replace(self.project, brief=under_rulers(self.project.brief, self.rulers))
        maps = project.maps(self.draft.parent)
        self.audit = ingest(project, engine, private_folder(self.draft) / "quarantine", maps)

    def execute(self) -> None:
        """Execute the notebooks."""
        (self.draft / "notebooks").mkdir()
        last = latest_run(self.final.parent)
        expected = run_record.expected_seconds(last, self.project.folder.name, self.graph)
        self.outcomes = execute_graph(self.graph, self._job, self.workers, self.options.at_once or cores(),
                                      self.progress, expected)

    def exhibits(self) -> Exhibits:
        """Return what the notebooks published."""
        return merge(self.draft / "store", self.graph)

    def _job(self, node: Node) -> dict[str, Any]:
        """Return the job of one notebook, see :func:`relops.suite.execute.run_notebook`."""
        languages = list(self.project.brief.meta.languages)
        common = {"project": str(self.project.folder), "run": str(self.draft),
                  "language": self.options.language or languages[0]}
        return {
            "notebook": node.name, "source": str(node.path), "run": str(self.final),
            "output": str(self.draft / "notebooks" / f"{node.name}.ipynb"),
            "page": str(self.draft / "notebooks" / f"{node.name}.html"),
            "exhibits": str(self.draft / "store" / node.name / "exhibits.json"),
            "parameters": common | self.parameters[node.name], "languages": languages,
            "cell_seconds": max(1, round(self.options.cell_minutes * 60)),
        }
