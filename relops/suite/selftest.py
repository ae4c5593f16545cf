"""The tests of a clone, run as ``relops selftest``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from relops.locale import PACKAGE

CLONE = PACKAGE.parent


def run_tests(arguments: Sequence[str]) -> int | None:
    """Run pytest on the clone and return its exit code; None where there is no clone.

    Without arguments: every test, and the notebooks against the values stored in them.
    """
    tests = CLONE / "tests"
    if not (tests.is_dir() and (CLONE / "pyproject.toml").is_file()):
        return None
    # a file's tests stay together: its fixtures (a wheel, a run, a notebook's kernel) are made once
    everything = [str(tests), str(CLONE / "notebooks"), "--nbval-lax", "--nbval-current-env",
                  "--numprocesses", "auto", "--dist", "loadfile"]
    return subprocess.run([sys.executable, "-m", "pytest", *(arguments or everything)], cwd=CLONE).returncode
