"""The parameters cell of a notebook: names, types, defaults; what is given is held against it.

papermill only warns of unknown names and never checks a type; here both are refused before anything runs.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from relops.errors import BadInput, Problem
from relops.locale import PACKAGE

TAG = "parameters"
COMMON = ("project", "run", "language")
SIMPLE: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, (list, tuple)),
    "dict": lambda value: isinstance(value, Mapping),
    "None": lambda value: value is None,
}


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: ``name: type = default  # help``."""

    name: str
    type: str
    default: Any

    def accepts(self, value: Any) -> bool:
        """Return whether ``value`` is of the declared type."""
        return _matches(ast.parse(self.type, mode="eval").body, value)

    def parse(self, text: str) -> Any:
        """Return the value written as ``text`` on a command line; the text itself where it cannot be read so,
        which the check of types then refuses."""
        if self.type == "str":
            return text
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            return text
        return value if self.accepts(value) else text


def _matches(node: ast.expr, value: Any) -> bool:
    """Return whether ``value`` fits an annotation: ``int``, ``list[int]``, ``dict[str, int]``, ``a | b``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _matches(node.left, value) or _matches(node.right, value)
    if isinstance(node, ast.Constant) and node.value is None:
        return value is None
    if isinstance(node, ast.Name):
        return SIMPLE[node.id](value)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if node.value.id == "list":
            return SIMPLE["list"](value) and all(_matches(inner[0], item) for item in value)
        if node.value.id == "dict":
            return SIMPLE["dict"](value) and all(
                _matches(inner[0], key) and _matches(inner[1], item) for key, item in value.items())
    raise KeyError(ast.unparse(node))


def traps() -> list[Path]:
    """Return the notebooks that show how experiments go wrong: for reading and teaching, no part of a run."""
    return sorted((notebooks_folder() / "traps").glob("*.ipynb"))


def notebooks_folder() -> Path:
    """Return the folder of the package's notebooks: in a wheel ``relops/_notebooks``, else the clone's."""
    inside = PACKAGE / "_notebooks"
    return inside if inside.is_dir() else PACKAGE.parent / "notebooks"


def find_notebook(name: str, project_folder: Path | None = None) -> Path | None:
    """Return the file of a notebook by its name: the package's, else the project's own; None if neither."""
    folders = [notebooks_folder(), *([project_folder / "notebooks"] if project_folder else [])]
    paths = (folder / f"{name}.ipynb" for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def read_notebook(path: Path) -> dict[str, Any]:
    """Return a notebook file as plain data. Raises BadInput when it is no notebook."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["cells"], content["metadata"]
    except (ValueError, KeyError, TypeError) as fault:
        raise BadInput(Problem("notebook.no_notebook", str(path), {"fault": str(fault)})) from fault
    return content


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Return the parameters a notebook declares, by name.

    Raises BadInput when a line of its parameters cell is no ``name: type = literal`` with a type known here.
    """
    cells = read_notebook(path)["cells"]
    source = next(("".join(cell["source"]) for cell in cells if TAG in cell["metadata"].get("tags", [])), "")
    try:
        lines = ast.parse(source).body
    except SyntaxError as fault:
        line = (fault.text or "").strip()
        raise BadInput(Problem("notebook.parameters_cell", path.name, {"line": line})) from fault
    parameters = [_declared(line, path) for line in lines]
    return {parameter.name: parameter for parameter in parameters}


def _declared(line: ast.stmt, path: Path) -> Parameter:
    try:
        if isinstance(line, ast.AnnAssign):
            target, annotation = line.target, ast.unparse(line.annotation)
        elif isinstance(line, ast.Assign):
            target, annotation = line.targets[0], ""
        else:
            raise TypeError("no assignment")
        default = ast.literal_eval(line.value)
        implied = "None" if default is None else type(default).__name__
        parameter = Parameter(target.id, annotation or implied, default)
        parameter.accepts(default)
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        problem = Problem("notebook.parameters_cell", path.name, {"line": ast.unparse(line)})
        raise BadInput(problem) from fault
    return parameter


def check_parameters(notebook: str, declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> None:
    """Hold given values against the declared parameters of ``notebook``.

    Raises BadInput with every unknown name and every value of a wrong type.
    """
    problems = []
    for name, value in given.items():
        place = f"{notebook}.{name}"
        if name not in declared:
            known = ", ".join(name for name in declared if name not in COMMON) or "—"
            problems.append(Problem("notebook.unknown_parameter", place, {"name": name, "known": known}))
        elif not declared[name].accepts(value):
            problems.append(Problem("notebook.wrong_type", place, {
                "value": repr(value), "type": declared[name].type, "default": repr(declared[name].default)}))
    if problems:
        raise BadInput(problems)
