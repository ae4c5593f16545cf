"""A process that runs jobs, one line of JSON each, until its input closes."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback

import relops.suite.lean  # noqa: F401 (first: it keeps papermill's imports short)
from relops.suite.processes import run_job, to_line


def main() -> None:
    """Read jobs from standard input, write what they emit to standard output."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints goes to the log, not between the answers
    jobs: list[bytes] = []
    arrived = threading.Semaphore(0)

    def read() -> None:
        for line in sys.stdin.buffer:
            jobs.append(line)
            arrived.release()
        os._exit(0)  # the run is over, or dead: whatever is under way has nobody to report to

    threading.Thread(target=read, daemon=True).start()
    while arrived.acquire():
        code = 0
        try:
            run_job(json.loads(jobs.pop(0)), lambda event: answers.write(to_line(event)))
        except Exception:
            traceback.print_exc()
            code = 1
        answers.write(to_line({"done": code}))


if __name__ == "__main__":
    main()
