"""A lock that dies with its holder: several notebooks may start at once, only one takes in the data."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

RETRY_SECONDS = 0.1


def try_lock(path: Path) -> IO | None:
    """Return the open file that holds the lock at ``path``, or None if another process has it.

    Closing the file lets go; so does the system when the holder dies, however it dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        _take(file)
    except OSError:  # held by another process
        file.close()
        return None
    return file


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock at ``path`` and hold it within this context."""
    while (held := try_lock(path)) is None:
        time.sleep(RETRY_SECONDS)
    with held:
        yield
