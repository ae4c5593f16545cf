"""Execute the notebooks on the sample project and keep the outputs that tests compare, no others.

    python tests/notebooks/refresh.py            rewrite all notebooks
    python tests/notebooks/refresh.py 01 03      those whose names begin so
    python tests/notebooks/refresh.py --check    change nothing, exit 1 where a kept output is out of date

A cell tagged ``keep_output`` keeps its output and execution count: without a count nbval takes the cell for
one that was never run. Every other cell keeps neither, so a diff shows what a reader would see change.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
KEEP = "keep_output"
TIMEOUT_SECONDS = 600


def execute(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Return the notebook executed with its default parameters, in ``folder``."""
    client = NotebookClient(notebook, timeout=TIMEOUT_SECONDS, kernel_name="python3", record_timing=False,
                            coalesce_streams=True,
                            resources={"metadata": {"path": str(folder)}})
    return client.execute()


def strip(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook with the outputs of kept cells alone, and no traces of this machine."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code" and KEEP not in cell.metadata.get("tags", []):
            cell.outputs, cell.execution_count = [], None
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return notebook


def as_text(notebook: nbformat.NotebookNode) -> str:
    """Return the notebook as it lies on disk."""
    return nbformat.writes(notebook) + "\n"


def refresh(path: Path) -> str:
    """Return the text the notebook file should have."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        return as_text(strip(execute(notebook, Path(folder))))


def main(arguments: list[str]) -> int:
    """Rewrite or check the notebooks; return the exit code."""
    check, names = "--check" in arguments, tuple(name for name in arguments if name != "--check")
    stale = []
    for path in sorted(FOLDER.rglob("*.ipynb")):
        if names and not path.name.startswith(names):
            continue
        text = refresh(path)
        if text != path.read_text(encoding="utf-8"):
            stale.append(path.name)
            if not check:
                path.write_text(text, encoding="utf-8")
    print("\n".join(stale) or "all notebooks are up to date")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
