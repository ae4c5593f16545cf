"""The commands; the work is done below. Help stands in both languages in ``messages.yaml``."""

from __future__ import annotations

import os
import sys

# isort: off
# each adds its commands to the application, in the order of the help
from relops.cli import projects, runs, lists, workshop  # noqa: F401
# isort: on
from relops.cli.terms import LANGUAGE, app
from relops.errors import BadInput, RunFailed
from relops.locale import text

DISK_FULL = 28


def main() -> None:
    """Run a command; end with 0 good, 1 a run failed, 2 bad input or usage."""
    os.environ["RELOPS_LANG"] = LANGUAGE
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding=_console_encoding(stream.encoding), errors="replace")
    try:
        app(prog_name="relops")
    except BadInput as fault:
        print(fault.render(LANGUAGE), file=sys.stderr)
        sys.exit(fault.exit_code)
    except RunFailed as fault:
        print(_failed(fault), file=sys.stderr)
        sys.exit(fault.exit_code)
    except OSError as fault:
        if fault.errno != DISK_FULL:
            raise
        print(text("cli.run.disk_full", LANGUAGE), file=sys.stderr)
        sys.exit(1)


def _console_encoding(encoding: str) -> str:
    """Return the console's own encoding where it can write Chinese (cp936 does), else UTF-8."""
    try:
        "中".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "utf-8"
    return encoding


def _failed(fault: RunFailed) -> str:
    from relops.suite.failure import failure_lines

    return failure_lines(fault.args[0], LANGUAGE) if isinstance(fault.args[0], list) else str(fault)
