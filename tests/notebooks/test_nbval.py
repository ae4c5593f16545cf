"""The stored outputs are compared in earnest: an altered value turns the check red."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOK = FOLDER / "01_data_and_scope.ipynb"


def compare(path: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env",
               str(path)]
    return subprocess.run(command, cwd=path.parent, env=os.environ | {"PYTEST_ADDOPTS": ""}, text=True,
                          capture_output=True, timeout=600)


@pytest.mark.slow
def test_untouched_passes_and_an_altered_value_fails(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    untouched, altered = tmp_path / "untouched.ipynb", tmp_path / "altered.ipynb"
    nbformat.write(notebook, untouched)
    cell, = [cell for cell in notebook.cells if "keep_output" in cell.metadata.get("tags", [])]
    assert "11115" in cell.outputs[0]["text"]
    cell.outputs[0]["text"] = cell.outputs[0]["text"].replace("11115", "11116")
    nbformat.write(notebook, altered)
    good = compare(untouched)
    assert good.returncode == 0, good.stdout
    bad = compare(altered)
    assert bad.returncode == 1
    assert "11116" in bad.stdout and "1 failed" in bad.stdout
