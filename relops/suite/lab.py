"""JupyterLab on a project: working copies of the notebooks, set to it, in one language if asked."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from relops.data.demo.project import sample_project
from relops.locale import LANGUAGES
from relops.notebook.parameters import TAG, read_notebook, traps
from relops.notebook.run_data import PROJECT
from relops.project import Project
from relops.suite.graph import build_graph

FOLDER = "lab"


def lab_project(folder: Path | None) -> Project:
    """Return the project in ``folder``, the sample project without one. Raises BadInput when there is none."""
    return Project.open(folder or sample_project())


def working_copies(project: Project, language: str) -> Path:
    """Return the folder of a project's working copies of the package's notebooks, made where there are none.

    A copy that exists stays as its owner left it; each language has copies of its own.
    """
    target = project.folder / FOLDER / (language or "")
    target.mkdir(parents=True, exist_ok=True)
    for source in [*(node.path for node in build_graph().values()), *traps()]:
        path = target / source.name
        if not path.exists():
            notebook = working_copy(read_notebook(source), str(project.folder), language)
            path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return target


def working_copy(notebook: dict[str, Any], project: str, language: str) -> dict[str, Any]:
    """Return a notebook set to a project; with ``language``, without the cells of the others."""
    made = copy.deepcopy(notebook)
    others = set(LANGUAGES) - {language} if language else set()
    made["cells"] = [cell for cell in made["cells"] if not others & set(cell["metadata"].get("tags", []))]
    defaults = {"project": project} | ({"language": language} if language else {})
    for cell in made["cells"]:
        if TAG in cell["metadata"].get("tags", []):
            lines = "".join(cell["source"]).splitlines()
            cell["source"] = "\n".join(_with_default(line, defaults) for line in lines)
    return made


def _with_default(line: str, defaults: dict[str, str]) -> str:
    """Return a line of a parameters cell with its default replaced; type and comment stay."""
    name = line.split(":")[0].strip()
    if name not in defaults:
        return line
    declaration, _, rest = line.partition("=")
    _, mark, comment = rest.partition("#")
    return f"{declaration.rstrip()} = {defaults[name]!r}{f'  #{comment}' if mark else ''}"


def open_lab(project: Project, working: Path) -> int:
    """Open JupyterLab on a project, at its working copies; return its exit code when it is closed.

    The project's own notebooks, opened where they lie, find it by the environment.
    """
    place = working.relative_to(project.folder).as_posix()
    return subprocess.run(
        [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={project.folder}",
         f"--LabApp.default_url=/lab/tree/{place}"],
        env=os.environ | {PROJECT: str(project.folder)}).returncode
