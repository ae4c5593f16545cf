"""A new project: its folder, the brief with the mapping of its data, and a copy of the user's files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from relops.brief import brief_schema, load_brief, write_brief
from relops.brief.workbook.writing import write_workbook
from relops.brief.writer import SCHEMA_FILE
from relops.data.guess import guess_source, note
from relops.data.public import (
    CDNOW_BRIEF,
    CDNOW_END,
    SAMPLE_END,
    cdnow_master,
    cdnow_master_source,
    cdnow_sample,
    cdnow_sample_source,
)
from relops.data.templates import FOLDER as TEMPLATES
from relops.data.templates import write_templates
from relops.errors import BadInput, Problem
from relops.locale import LANGUAGES, system_language, text
from relops.project import BRIEF, KEY, WORKBOOK

FOLDERS = ("data", "notebooks", "private", "reports")
IGNORED = ("private/", "reports/")
# public data: a fixed key gives the sample the same hashes on every machine
SAMPLE_KEY = hashlib.sha256(b"relops sample project").hexdigest()
CHINESE = {"currency": "CNY", "timezone": "Asia/Shanghai"}
ELSEWHERE = {"currency": "USD", "timezone": "UTC"}
Notes = dict[str, Any]


def new_project(folder: str | Path, files: Sequence[str | Path] = (), *, name: str | None = None,
                currency: str | None = None, timezone: str | None = None, data_end: str | None = None,
                date_format: str | None = None) -> Path:
    """Make a project on the user's own files and return its folder.

    The mapping of each file is guessed and stands in ``brief.yaml`` with the reason of each line; the files
    are copied into ``data/``. Without files the brief is the commented template. Raises BadInput when the
    folder exists and is not empty or cannot be written, when a file cannot be used, or two have the same
    name; nothing is left behind then.
    """
    folder = Path(folder).expanduser().resolve()
    check_new(folder)
    paths = [Path(file).expanduser().resolve() for file in files]
    sources, notes = _guess_all(paths, date_format)
    chinese = any(re.search(r"[\u4e00-\u9fff]", str(source["columns"])) for source in sources)
    values: dict[str, Any] = {"client": {"name": name or folder.name}, "finance": {}, "period": {}}
    for block, key, given in (("finance", "currency", currency), ("period", "timezone", timezone)):
        values[block][key] = given or (CHINESE if chinese else ELSEWHERE)[key]
        if not given:
            notes[f"{block}.{key}"] = note("assumed")
    if data_end:
        values["period"]["data_end"] = data_end
    if sources:
        values["data"] = {"sources": sources}
    return _make(folder, values, notes, paths)


def new_cdnow_project(folder: str | Path) -> Path:
    """Make a project on the full CDNOW data (23,570 customers, to 30 June 1998) and return its folder."""
    folder = Path(folder).expanduser().resolve()
    check_new(folder)
    values = CDNOW_BRIEF | {"data": {"sources": [cdnow_master_source()]}}
    values["period"] = CDNOW_BRIEF["period"] | {"data_end": CDNOW_END}
    return _make(folder, values, {}, [cdnow_master()])


def sample_project() -> Path:
    """Return the project that notebooks run on untouched: the CDNOW sample up to September 1997.

    It is made once in the user's cache folder; another version of the package or of the brief makes its own.
    """
    values = CDNOW_BRIEF | {"data": {"sources": [cdnow_sample_source()]}}
    values["client"] = CDNOW_BRIEF["client"] | {"name": "CDNOW sample"}
    values["period"] = CDNOW_BRIEF["period"] | {"data_end": SAMPLE_END}
    body = json.dumps([values, brief_schema()], sort_keys=True, default=str)
    return cached_project(f"sample-{hashlib.sha256(body.encode()).hexdigest()[:12]}",
                          lambda folder: _make(folder, values, {}, [cdnow_sample()], key=SAMPLE_KEY))


def cached_project(name: str, make: Callable[[Path], Path]) -> Path:
    """Return the project ``name`` of the user's cache folder, made on first use by ``make(folder)``."""
    folder = user_cache_path("relops") / name
    if not (folder / BRIEF).is_file():
        try:
            make(folder)
        except BadInput:
            if not (folder / BRIEF).is_file():  # unless another session has made it at the same time
                raise
    return folder


def check_new(folder: Path) -> None:
    """Raise BadInput unless ``folder`` does not exist or is an empty folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(Problem("data.project.exists", str(folder), {}))


def _guess_all(paths: Sequence[Path], date_format: str | None) -> tuple[list[dict[str, Any]], Notes]:
    sources: list[dict[str, Any]] = []
    notes: Notes = {}
    problems = [Problem("data.project.twins", str(path), {"name": path.name})
                for place, path in enumerate(paths) if path.name in {other.name for other in paths[:place]}]
    for place, path in enumerate(paths):
        try:
            source, reasons = guess_source(path, date_format)
        except BadInput as fault:
            problems += fault.problems
            continue
        except OSError as fault:
            reason = fault.strerror or str(fault)
            problems.append(Problem("data.guess.cannot_read", str(path), {"fault": reason}))
            continue
        sources.append(source | {"files": f"data/{path.name}"})
        notes |= {f"data.sources.{place}.{key}": reason for key, reason in reasons.items()}
    if problems:
        raise BadInput(problems)
    return sources, notes


def _make(folder: Path, values: Mapping[str, Any], notes: Notes, files: Sequence[Path],
          key: str | None = None) -> Path:
    """Make a project with copies of the files in its ``data``."""
    def put_data(draft: Path) -> None:
        for file in files:
            shutil.copyfile(file, draft / "data" / file.name)

    return make_project(folder, values, notes, put_data, key)


def make_project(folder: Path, values: Mapping[str, Any], notes: Notes, put_data: Callable[[Path], None],
                 key: str | None = None, language: str | None = None) -> Path:
    """Build a project beside its place, let ``put_data`` fill it, and move it to ``folder`` when whole.

    ``key`` fixes the secret of customer ids (hexadecimal); workbook and templates are in ``language``.
    Raises BadInput when the folder cannot be written.
    """
    def fill(draft: Path) -> None:
        for name in FOLDERS:
            (draft / name).mkdir()
        (draft / "private").chmod(0o700)
        if key:
            (draft / "private" / KEY).write_text(key, encoding="ascii")
        put_data(draft)
        write_brief(draft / BRIEF, values, notes)
        write_workbook(draft / WORKBOOK, load_brief(draft / BRIEF), language or system_language())
        write_templates(draft / TEMPLATES, language or system_language())
        schema = json.dumps(brief_schema(), ensure_ascii=False, indent=2)
        (draft / SCHEMA_FILE).write_text(schema + "\n", encoding="utf-8")
        (draft / ".gitignore").write_text("\n".join(IGNORED) + "\n", encoding="utf-8")
        name = values["client"]["name"]
        pages = [text("data.readme", language, name=name, brief=BRIEF) for language in LANGUAGES]
        (draft / "README.md").write_text("\n\n".join(pages) + "\n", encoding="utf-8")

    return _whole_or_nothing(folder, fill)


def _whole_or_nothing(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a draft folder beside ``folder`` and rename it; on any failure nothing of it stays."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as fault:
        raise _cannot_write(folder, fault) from fault
    try:
        fill(draft)
        draft.chmod(0o755)
        with contextlib.suppress(FileNotFoundError):
            folder.rmdir()  # an empty folder gives way; one that has filled up meanwhile does not
        draft.rename(folder)
    except OSError as fault:
        raise _cannot_write(folder, fault) from fault
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _cannot_write(folder: Path, fault: OSError) -> BadInput:
    reason = fault.strerror or str(fault)
    return BadInput(Problem("data.project.cannot_write", str(folder), {"fault": reason}))
