"""The rulers of a run: the frozen ones are obeyed; windows of notebooks are frozen with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relops.data.rulers import mapping_rulers, moved_rulers
from relops.errors import BadInput
from relops.lock import LOCK, Lock
from relops.project import Project
from relops.suite.graph import Node

Given = Mapping[str, Mapping[str, Any]]


def obey(project: Project, lock: Lock) -> None:
    """Raise BadInput where the lock was changed by hand or the brief states another ruler than it holds."""
    lock.refuse_edits(LOCK)
    if problems := moved_rulers(project.brief, lock):
        raise BadInput(problems)


def with_windows(graph: Mapping[str, Node], given: Given, rulers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parameters ``given`` to each notebook and, where none is given, the frozen ones."""
    return {name: {parameter: rulers[ruler] for parameter, ruler in _names(node).items() if ruler in rulers}
            | dict(given[name]) for name, node in graph.items()}


def under_windows(graph: Mapping[str, Node], given: Given, rulers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parameters of each notebook with the frozen ones in place of those given."""
    frozen = with_windows(graph, {name: {} for name in graph}, rulers)
    return {name: dict(given[name]) | frozen[name] for name in graph}


def rulers_in_force(project: Project, graph: Mapping[str, Node], parameters: Given,
                    proposed: Mapping[str, Any]) -> dict[str, Any]:
    """Return every ruler of a run, name → value: of the mapping, of the notebooks' windows, and those that the
    notebooks ``proposed``."""
    windows = {ruler: parameters[name].get(parameter, node.parameters[parameter].default)
               for name, node in graph.items() for parameter, ruler in _names(node).items()}
    return mapping_rulers(project.brief) | windows | dict(proposed)


def _names(node: Node) -> dict[str, str]:
    """Return the frozen parameters of a notebook: parameter → name of the ruler."""
    return {parameter: f"{node.name}.{parameter}" for parameter in node.rulers}
