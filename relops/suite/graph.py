"""The graph of notebooks: which there are, what each needs first, and which parameters each is given.

It is read from the notebooks themselves: ``metadata.relops`` holds ``after`` (names), ``tables`` (names),
``title`` ({zh, en}) and ``rulers`` (parameters that are frozen as windows are). A project's own notebooks in
``DIR/notebooks/`` stand in it like the package's.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relops.errors import BadInput, Problem
from relops.locale import LANGUAGES
from relops.notebook.parameters import (
    COMMON,
    Parameter,
    check_parameters,
    notebooks_folder,
    read_notebook,
    read_parameters,
)

SPANS = ("_days", "_weeks", "_months")

__all__ = ["Node", "build_graph", "notebook_parameters", "notebooks_folder", "select"]


@dataclass(frozen=True)
class Node:
    """One notebook of the graph. ``after`` are the notebooks that must have run before it, ``rulers`` the
    parameters that are frozen once a run was good."""

    name: str
    path: Path
    after: tuple[str, ...]
    tables: tuple[str, ...]
    title: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    rulers: tuple[str, ...] = ()


def build_graph(project_folder: Path | None = None) -> dict[str, Node]:
    """Return every notebook by name, each after those it needs, else in the order of names.

    Raises BadInput with all problems: a name used twice, an unknown notebook in ``after``, a circle, a
    notebook that takes no ``project``, ``run`` or ``language``, cells or metadata that cannot be read.
    """
    paths = sorted(notebooks_folder().glob("*.ipynb"))
    own = sorted((project_folder / "notebooks").glob("*.ipynb")) if project_folder else []
    nodes: dict[str, Node] = {}
    problems: list[Problem] = []
    for path in [*paths, *own]:
        try:
            node = _node(path)
        except BadInput as fault:
            problems += fault.problems
            continue
        if node.name in nodes:
            problems.append(Problem("suite.twice", str(path), {"other": str(nodes[node.name].path)}))
        nodes[node.name] = node
    problems += _unknown(nodes)
    if problems:
        raise BadInput(problems)
    return _ordered(nodes)


def _node(path: Path) -> Node:
    metadata = read_notebook(path)["metadata"].get("relops", {})
    parameters = read_parameters(path)
    lacking = [name for name in COMMON if name not in parameters]
    problems = []
    if lacking:
        problems.append(Problem("suite.common_parameters", str(path), {"names": ", ".join(lacking)}))
    after, tables, title, rulers = (metadata.get(key, empty) for key, empty in
                                    (("after", []), ("tables", []), ("title", {}), ("rulers", [])))
    checks = {"after": _names(after), "tables": _names(tables), "title": _title(title),
              "rulers": _names(rulers) and set(rulers) <= set(parameters)}
    wrong = [key for key, good in checks.items() if not good]
    if wrong:
        problems.append(Problem("suite.metadata", str(path), {"keys": ", ".join(wrong)}))
    if problems:
        raise BadInput(problems)
    return Node(path.stem, path, tuple(after), tuple(tables), title, parameters,
                _frozen_parameters(parameters, rulers))


def _frozen_parameters(parameters: Iterable[str], named: list[str]) -> tuple[str, ...]:
    """Return the parameters that are rulers: spans of time by the unit in their name, and those that are named."""
    return tuple(name for name in parameters if name in named or name.endswith(SPANS))


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _title(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= set(LANGUAGES) and _names(list(value.values()))


def _unknown(nodes: Mapping[str, Node]) -> list[Problem]:
    return [Problem("suite.unknown_notebook", str(node.path), {"name": name, "known": ", ".join(nodes)})
            for node in nodes.values() for name in node.after if name not in nodes]


def _ordered(nodes: Mapping[str, Node]) -> dict[str, Node]:
    try:
        graphlib.TopologicalSorter({name: node.after for name, node in nodes.items()}).prepare()
    except graphlib.CycleError as fault:
        names = list(reversed(fault.args[1]))
        place = str(nodes[names[0]].path)
        raise BadInput(Problem("suite.circle", place, {"circle": " → ".join(names)})) from fault
    ordered: dict[str, Node] = {}
    while len(ordered) < len(nodes):  # by name where the needs allow it: a reader expects 01 before 02
        waiting = [node for name, node in nodes.items() if name not in ordered]
        name = min(node.name for node in waiting if set(node.after) <= set(ordered))
        ordered[name] = nodes[name]
    return ordered


def select(graph: Mapping[str, Node], only: Iterable[str]) -> dict[str, Node]:
    """Return the notebooks whose names start with one of ``only``, and all they need, in the graph's order.

    Raises BadInput for a beginning that fits none.
    """
    only = list(only)
    wanted = {name for name in graph for start in only if name.startswith(start)}
    unknown = [start for start in only if not any(name.startswith(start) for name in graph)]
    if unknown:
        known = ", ".join(graph)
        raise BadInput([Problem("suite.unknown_notebook", "--only", {"name": start, "known": known})
                        for start in unknown])
    for name in reversed(list(graph)):
        if name in wanted:
            wanted |= set(graph[name].after)
    return {name: node for name, node in graph.items() if name in wanted}


def notebook_parameters(
    graph: Mapping[str, Node], from_brief: Mapping[str, Mapping[str, Any]], from_command: Iterable[str],
) -> dict[str, dict[str, Any]]:
    """Return the given parameters of each notebook: those of the brief, then those of the command line.

    ``from_command`` holds texts such as ``03_rfm_segments.bins=4``. Raises BadInput with every notebook and
    parameter that does not exist and every value of a wrong type.
    """
    given = {name: {} for name in graph}
    problems: list[Problem] = []
    for notebook, values in from_brief.items():
        if notebook in graph:
            given[notebook] |= dict(values)
        else:
            known = ", ".join(graph)
            values = {"name": notebook, "known": known}
            problems.append(Problem("suite.unknown_notebook", f"brief.yaml parameters.{notebook}", values))
    for setting in from_command:
        notebook, name, value = _setting(setting)
        if notebook not in graph or not name:
            problems.append(Problem("suite.setting", f"-p {setting}", {"known": ", ".join(graph)}))
        elif name in graph[notebook].parameters:
            given[notebook][name] = graph[notebook].parameters[name].parse(value)
        else:
            given[notebook][name] = value
    for notebook, values in given.items():
        try:
            check_parameters(notebook, graph[notebook].parameters, values)
        except BadInput as fault:
            problems += fault.problems
        problems += [Problem("suite.reserved", f"{notebook}.{name}", {"name": name})
                     for name in COMMON if name in values]
    if problems:
        raise BadInput(problems)
    return given


def _setting(setting: str) -> tuple[str, str, str]:
    """Split ``notebook.name=value``; what does not fit comes back without a name."""
    left, equals, value = setting.partition("=")
    notebook, _, name = left.rpartition(".")
    return (notebook, name.strip(), value) if equals else (setting, "", "")
