"""What the kernels of a run will import: read from the notebooks, so that a warmed process has just that ready."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from relops.errors import BadInput
from relops.locale import PACKAGE
from relops.notebook.parameters import notebooks_folder, read_notebook

# a kernel's own, and what a session loads once it draws or asks the engine
EVERY_KERNEL = ("pandas", "matplotlib.pyplot", "matplotlib.backends.backend_svg",
                "ibis.backends.duckdb", "ipykernel.kernelapp", "ipykernel.ipkernel", "relops.notebook", "relops.style")


def kernel_modules() -> list[str]:
    """Return the modules to have ready: a kernel's own and all that the package's notebooks import."""
    named = {name: None for path in sorted(notebooks_folder().glob("*.ipynb")) for name in notebook_imports(path)}
    return list(dict.fromkeys([*EVERY_KERNEL, *named]))


def notebook_imports(path: Path) -> list[str]:
    """Return the modules that a notebook's cells import, in order; of a faulty notebook none: its run will tell."""
    try:
        cells = read_notebook(path)["cells"]
    except BadInput:
        return []
    return list(dict.fromkeys(name for cell in cells if cell.get("cell_type") == "code"
                              for name in _imported("".join(cell["source"]))))


def _imported(source: str) -> Iterator[str]:
    try:
        statements: Iterable[ast.AST] = ast.walk(ast.parse(source))
    except SyntaxError:  # a cell in the notebook's own language of magic
        return
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names
                        if _is_module(statement.module, alias.name))


def _is_module(package: str, name: str) -> bool:
    """Whether ``from package import name`` takes a module of ours; looking costs no import."""
    first, *rest = package.split(".")
    return first == PACKAGE.name and PACKAGE.joinpath(*rest, f"{name}.py").is_file()
