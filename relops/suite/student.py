"""The students' edition: the notebooks as a course, on a company of their own whose truth stays with the teacher."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from relops.data.demo import demo_project
from relops.locale import LANGUAGES
from relops.notebook.parameters import read_notebook, traps
from relops.suite.graph import build_graph
from relops.suite.lab import FOLDER, working_copy

# the generator is open, so a class that is graded wants a seed that only its teacher knows
STUDENT_SEED = 20260901
CUSTOMERS = 2_000
# cells that only the teacher's notebooks hold
SOLUTION = "solution"


def student_edition(folder: str | Path, customers: int = CUSTOMERS, seed: int = STUDENT_SEED) -> Path:
    """Make the students' edition and return its folder: a project without any truth, the notebooks in ``lab/zh`` and
    ``lab/en``, without solutions or outputs, each set to the project by a relative path so that the folder may be
    copied.

    ``relops new DIR --from demo`` with the same customers and seed holds the truth. Raises BadInput when the folder
    exists and is not empty or cannot be written, or when the numbers make no edition.
    """
    made = demo_project(folder, customers=customers, seed=seed, truth=False)
    for language in LANGUAGES:
        course = made / FOLDER / language
        course.mkdir(parents=True)
        for source in [*(node.path for node in build_graph().values()), *traps()]:
            notebook = course_copy(read_notebook(source), language)
            path = course / source.name
            path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return made


def course_copy(notebook: dict[str, Any], language: str) -> dict[str, Any]:
    """Return a notebook as a student gets it: one language, no solutions, nothing run yet."""
    made = working_copy(notebook, "../..", language)
    made["cells"] = [cell for cell in made["cells"] if SOLUTION not in cell["metadata"].get("tags", [])]
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return made
