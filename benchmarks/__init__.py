"""Speed and accuracy claims, each measured side by side in one run."""

from __future__ import annotations

import time
from collections.abc import Callable


def timed(function: Callable, times: int = 1) -> tuple[object, float]:
    """Return the result and the shortest of so many times."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        result = function()
        took.append(time.perf_counter() - start)
    return result, min(took)
