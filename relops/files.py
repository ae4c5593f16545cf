"""Files as they are handed on: there whole or not at all, and with cells that no spreadsheet computes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# a spreadsheet would take a text that starts so for a formula, its East Asian editions also one of full width
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@contextlib.contextmanager
def private_draft(path: Path) -> Iterator[Path]:
    """Give a file to write that becomes ``path``, readable by its owner alone, when the block ends; where it fails,
    what lay at ``path`` stays and nothing half-written does."""
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def defused(value: Any) -> Any:
    """Return a cell's value so that no spreadsheet computes it.

    A text that starts like a formula gets an apostrophe before it; control characters that a workbook cannot
    hold are left out.
    """
    if not isinstance(value, str):
        return value
    clean = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{clean}" if clean.startswith(FORMULA_STARTS) else clean
