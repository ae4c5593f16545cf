"""The modules a warmed process has ready are those that the notebooks import, themselves and through what they call."""

import json
import os
import subprocess
import sys

import nbformat

from relops.notebook.parameters import notebooks_folder
from relops.suite.imports import kernel_modules, notebook_imports


def test_imports_are_read_from_the_cells(tmp_path):
    cells = ["import pandas as pd\nfrom relops.data import control, Audit", "%matplotlib inline\nimport os",
             "if True:\n    from lifetimes import BetaGeoFitter\n    import pandas"]
    path = tmp_path / "own.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("import nothing"), *map(nbformat.v4.new_code_cell, cells)]), path)
    assert notebook_imports(path) == ["pandas", "relops.data", "relops.data.control", "lifetimes"]


def test_a_broken_notebook_is_left_to_its_run(tmp_path):
    (tmp_path / "own.ipynb").write_text("{", encoding="utf-8")
    assert notebook_imports(tmp_path / "own.ipynb") == []


def test_all_of_it_can_be_imported_and_read_and_starts_no_thread():
    program = ("import importlib, json, sys\nfor name in json.loads(sys.argv[1]): importlib.import_module(name)\n"
               "from relops.suite.warm import read_unchanging\nread_unchanging()\n"
               "from relops.suite.processes import alive_threads\nprint(alive_threads())")
    from relops.suite.processes import QUIET_THREADS

    done = subprocess.run([sys.executable, "-c", program, json.dumps(kernel_modules())], capture_output=True,
                          text=True, env={**os.environ, **QUIET_THREADS})
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"


def test_every_notebook_is_looked_at():
    modules = set(kernel_modules())
    for path in notebooks_folder().glob("*.ipynb"):
        assert set(notebook_imports(path)) <= modules
