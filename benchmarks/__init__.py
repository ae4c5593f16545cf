"""Speed and accuracy claims, each measured side by side in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def timed(function: Callable, times: int = 1) -> tuple[object, float]:
    """Return the result and the shortest of so many times."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        result = function()
        took.append(time.perf_counter() - start)
    return result, min(took)


def timed_in_turn(functions: Sequence[Callable], times: int) -> list[tuple[object, float]]:
    """Return the result and the shortest of so many times of each function, run in turn: what slows the machine for a
    while slows all of them."""
    results, took = [None] * len(functions), [[] for _ in functions]
    for _ in range(times):
        for place, function in enumerate(functions):
            results[place], seconds = timed(function)
            took[place].append(seconds)
    return [(result, min(each)) for result, each in zip(results, took, strict=True)]
