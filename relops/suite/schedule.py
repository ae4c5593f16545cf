"""The notebooks of a graph, each as soon as those it needs are through, as many at once as allowed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from relops.suite.graph import Node
from relops.suite.workers import NOTEBOOK, Workers


class Progress:
    """What a run tells while it goes on. This one keeps quiet; the command line shows it."""

    def stage(self, name: str) -> None:
        """A stage begins: ``data``, ``notebooks``, ``documents``."""

    def cell(self, notebook: Node, cell: int, of: int) -> None:
        """Cell ``cell`` of ``of`` of a notebook starts. Called from several threads."""

    def ended(self, notebook: Node, outcome: Mapping[str, Any]) -> None:
        """A notebook has ended."""


def execute_graph(graph: Mapping[str, Node], jobs: Callable[[Node], dict[str, Any]], workers: Workers,
                  at_once: int, progress: Progress,
                  expected: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Run the notebooks of ``graph`` and return their outcomes by name.

    Of those that could start, the one with the most seconds ``expected`` does, so that no core idles while a
    long one runs alone at the end. After a failure none starts any more; those under way come to their end.
    """
    outcomes: dict[str, dict[str, Any]] = {}
    waiting = dict(graph)
    running: dict[Future, Node] = {}
    with together(workers, at_once) as pool:
        while True:
            failed = any(outcome["status"] != "complete" for outcome in outcomes.values())
            ready = [] if failed else [node for node in waiting.values() if set(node.after) <= set(outcomes)]
            for node in sorted(ready, key=lambda node: -expected[node.name]):
                del waiting[node.name]
                running[pool.submit(_run_one, workers, node, jobs(node), progress)] = node
            if not running:
                return {name: outcomes[name] for name in graph if name in outcomes}
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                node = running.pop(future)
                outcomes[node.name] = future.result()
                progress.ended(node, outcomes[node.name])


@contextlib.contextmanager
def together(workers: Workers, at_once: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that wait for processes. Whatever breaks off the work (Ctrl-C) ends the processes first: the
    threads would wait for every notebook under way."""
    pool = ThreadPoolExecutor(at_once)
    try:
        yield pool
    except BaseException:
        workers.close()
        raise
    finally:
        pool.shutdown()


def _run_one(workers: Workers, node: Node, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Run one notebook and return its outcome; the process that drives it may itself be killed."""
    outcomes: list[dict[str, Any]] = []

    def listen(event: dict[str, Any]) -> None:
        if "cell" in event:
            progress.cell(node, event["cell"], event["of"])
        else:
            outcomes.append(event["outcome"])

    code = workers.run(NOTEBOOK, job, listen)
    if outcomes and code == 0:
        return outcomes[0]
    kind = "died" if code < 0 else "internal"
    return {"notebook": node.name, "status": "failed", "kind": kind, "seconds": None}
