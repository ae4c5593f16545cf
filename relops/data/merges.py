"""Merges that wait: a file in the project's private folder, where a person says which records are one customer."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from relops.data.cells import YES
from relops.data.persons import Merge

MERGES = "identity-merges.csv"
HEADER = ("merge", "key", "value", "rows", "accepted")
FORMULAS = ("=", "+", "-", "@")


def read_accepted(path: Path) -> set[tuple[str, str]]:
    """Return (key, value) of the records whose merge is accepted: a yes in the last column; none without the file."""
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {(row["key"], (row["value"] or "").removeprefix("'")) for row in csv.DictReader(file)
                if (row.get("accepted") or "").strip().lower() in YES}


def write_merges(path: Path, held: Iterable[Merge], accepted: Iterable[tuple[str, str]]) -> None:
    """List the merges that wait, and below them the records accepted before; no file where there are neither.

    UTF-8 with mark, as Excel wants it; readable by its owner alone. Raises OSError.
    """
    rows = [(f"{number}", key, _safe(value), count, "") for number, merge in enumerate(held, 1)
            for key, value, count in merge]
    waiting = {row[1:3] for row in rows}
    rows += [("", key, _safe(value), "", YES[0]) for key, value in sorted(accepted)
             if (key, _safe(value)) not in waiting]
    if not rows:
        path.unlink(missing_ok=True)
        return
    content = io.StringIO(newline="")
    csv.writer(content).writerows([HEADER, *rows])
    content = content.getvalue().encode("utf-8-sig")
    if path.is_file() and path.read_bytes() == content:
        return  # nothing new: what was taken in with this file stays as it is
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def _safe(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULAS) else value
