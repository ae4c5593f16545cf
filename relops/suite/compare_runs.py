"""Find the two runs to compare, and lay the comparison beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relops.errors import BadInput, Problem
from relops.locale import LANGUAGES
from relops.project import BRIEF
from relops.suite.compare import compare, is_run, read_run

PAGE = "comparison"
MOST_NAMED = 6


def compare_runs(named: Sequence[str], place: Path, out: Path | None = None) -> tuple[dict[str, Any], Path]:
    """Compare two good runs and return the comparison and the path of its page.

    ``named`` are two run ids or folders, one (compared with the latest), or none (the last two); ids are looked up
    in ``place``, a project or a folder of runs. ``out`` is the folder of the page, by default
    ``compare-<old>-<new>`` beside the newer run. Raises BadInput when there are no such runs.
    """
    from relops.suite.compare_page import write_comparison  # imported late: it brings the whole site along

    old, new = find_runs(list(named), _runs_folder(place))
    comparison = compare(read_run(old), read_run(new))
    record = json.loads((new / "run.json").read_text(encoding="utf-8"))
    folder = out or new.parent / f"compare-{old.name}-{new.name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page = write_comparison(folder, PAGE, comparison, record["client"], record.get("languages") or LANGUAGES)
    except OSError as fault:
        raise BadInput(Problem("suite.folder", str(folder), {"fault": fault.strerror or str(fault)})) from fault
    return comparison, page


def find_runs(named: list[str], place: Path) -> tuple[Path, Path]:
    """Return the folders of the older and the newer run, see :func:`compare_runs`."""
    if len(named) == 1 and Path(named[0]).is_dir() and not is_run(Path(named[0])):
        place, named = _runs_folder(Path(named[0])), []
    good = sorted(path for path in place.glob("*") if path.is_dir() and is_run(path))
    problems, found = [], []
    for name in named:
        path = next((path for path in (Path(name), place / name) if path.is_dir() and is_run(path)), None)
        if path is None:
            known = ", ".join(run.name for run in good[-MOST_NAMED:]) or "–"
            problems.append(Problem("suite.no_run", name, {"folder": str(place), "known": known}))
        else:
            found.append(path.resolve())
    if problems:
        raise BadInput(problems)
    found += [run.resolve() for run in good if run.resolve() not in found][len(found) - 2:] if len(found) < 2 else []
    if len(found) < 2:
        raise BadInput(Problem("suite.too_few_runs", str(place), {"count": len(good)}))
    return found[0], found[1]


def _runs_folder(place: Path) -> Path:
    return place / "reports" if (place / BRIEF).is_file() else place
