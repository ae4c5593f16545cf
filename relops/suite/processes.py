"""Small things about processes that the fork server and the workers share."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
# one thread for linear algebra: small models, several processes at once, and nothing alive at the fork; the
# memory manager of pyarrow would start a thread of its own
QUIET_THREADS = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
# what an ordinary kernel would set by itself before matplotlib is imported
KERNEL_FIGURES = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def cores() -> int:
    """Return the number of processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Return whether a warmed process can be forked here. On macOS it can, but the system's libraries do not
    survive it, for which reason Python itself no longer forks there."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def alive_threads() -> int:
    """Return the number of threads of this process, where the system tells with those of libraries."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def die_with_parent(parent: int) -> None:
    """Let the system end this process when its parent ends, however that happens.

    On Linux; elsewhere the pipe that the parent held tells.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


def run_job(request: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Run ``request["job"]`` (``module:function``) with its ``arguments``; it may emit plain data."""
    module, name = request["job"].split(":")
    getattr(importlib.import_module(module), name)(request["arguments"], emit)


def to_line(message: dict[str, Any]) -> bytes:
    """Return a message as one line of JSON."""
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"
