"""A new project: its folder, the brief with the mapping of its data, and a copy of the user's files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from relops.brief import brief_schema, load_brief, write_brief
from relops.brief.workbook.writing import write_workbook
from relops.brief.writer import SCHEMA_FILE
from relops.data.intake import Draft, Question, draft_experiments, draft_sources, first_choice, gather_files
from relops.data.intake.places import currencies, proposed_place
from relops.data.intake.questions import Ask
from relops.data.notes import note
from relops.data.public import (
    CDNOW_BRIEF,
    CDNOW_END,
    SAMPLE_END,
    cdnow_master,
    cdnow_master_source,
    cdnow_sample,
    cdnow_sample_source,
)
from relops.data.recognise import known_recognisers, read_recognisers
from relops.data.templates import FOLDER as TEMPLATES
from relops.data.templates import write_templates
from relops.errors import BadInput, Problem
from relops.locale import LANGUAGES, system_language, text
from relops.project import BRIEF, KEY, WORKBOOK

FOLDERS = ("data", "notebooks", "private", "reports")
RECOGNISERS = "recognisers"
IGNORED = ("private/", "reports/")
# public data: a fixed key gives the sample the same hashes on every machine
SAMPLE_KEY = hashlib.sha256(b"relops sample project").hexdigest()
Notes = dict[str, Any]
Look = Callable[[Path], None]


def unseen(_: Path) -> None:
    """Look at nothing."""


def new_project(folder: str | Path, files: Sequence[str | Path] = (), *, name: str | None = None,
                currency: str | None = None, timezone: str | None = None, data_end: str | None = None,
                date_format: str | None = None, ask: Ask = first_choice, language: str | None = None,
                look: Look = unseen, keep: bool = False) -> Path:
    """Make a project on the user's own files, folders or patterns and return its folder.

    Files of the same headers are one source; known exports are recognised, the mapping of others is guessed, and
    each line of ``brief.yaml`` says how it is known; what files cannot tell goes to ``ask``. The files are copied
    into ``data/``, recognisers among them into ``recognisers/``. Without files the brief is the commented template.
    ``look`` is handed the project before it has its place; what it raises keeps the project from being made. With
    ``keep`` a file that lacks a column comes in without it, for the brief to be mended.
    Raises BadInput when the folder exists and is not empty or cannot be written, when a file cannot be used, or two
    have the same name; nothing is left behind then.
    """
    folder = Path(folder).expanduser().resolve()
    check_new(folder)
    gathered = gather_files(files)
    drafts = draft_sources(gathered, (*known_recognisers(), *read_recognisers(gathered.recognisers)), ask,
                           date_format, keep=keep)
    stated = {"name": name, "currency": currency, "timezone": timezone}
    values, notes = _settings(folder, drafts, stated, ask)
    if data_end:
        values["period"]["data_end"] = data_end
    if drafts:
        values["data"] = {"sources": [draft.source for draft in drafts]}
        if gathered.control:
            values["data"]["control_file"] = gathered.control
            notes["data.control_file"] = note("own_totals")
        identity = _identity(drafts)
        if identity:
            values["data"]["identity"] = identity
            notes["data.identity"] = note("identity")
    experiments, planned = draft_experiments(drafts, ask)
    if experiments:
        values["experiments"] = experiments
        notes |= planned
    for place, draft in enumerate(drafts):
        notes |= {f"data.sources.{place}.{key}": reason for key, reason in draft.notes.items()}
    return _make(folder, values, notes, gathered.data, language=language, recognisers=gathered.recognisers,
                 look=look)


def _identity(drafts: Sequence[Draft]) -> dict[str, list[str]]:
    """Return the keys of persons of each table, best first; nothing where customer ids are all there is."""
    keys: dict[str, list[str]] = {}
    for draft in drafts:
        known = keys.setdefault(draft.source["table"], [])
        known += [key for key in draft.keys if key not in known]
    if all(key == "customer_id" for known in keys.values() for key in known):
        return {}
    return {table: known for table, known in keys.items() if known}


def _settings(folder: Path, drafts: Sequence[Draft], stated: Mapping[str, str | None], ask: Ask
              ) -> tuple[dict[str, Any], Notes]:
    """Return name, currency and time zone with their notes: as stated, as known exports go, else as answered."""
    named = currencies(drafts)
    proposed = {"name": folder.name} | proposed_place(drafts, named)
    values: dict[str, Any] = {}
    notes: Notes = {}
    for block, key in (("client", "name"), ("finance", "currency"), ("period", "timezone")):
        known = {draft.known_as.settings[key]: draft.known_as.name for draft in drafts
                 if draft.known_as and key in draft.known_as.settings}
        value = stated[key]
        if value is None and key == "currency" and len(named) == 1:
            value, = named
            notes[f"{block}.{key}"] = note("by_column")
        elif value is None and len(known) == 1:
            value, = known
            notes[f"{block}.{key}"] = note("recognised", name=known[value])
        elif value is None:
            value = ask(Question(key, f"{block}.{key}", (), proposed[key])) if drafts else proposed[key]
            if key != "name":
                notes[f"{block}.{key}"] = note("assumed")
        values[block] = {key: value}
    return values, notes


def new_cdnow_project(folder: str | Path) -> Path:
    """Make a project on the full CDNOW data (23,570 customers, to 30 June 1998) and return its folder."""
    folder = Path(folder).expanduser().resolve()
    check_new(folder)
    values = CDNOW_BRIEF | {"data": {"sources": [cdnow_master_source()]}}
    values["period"] = CDNOW_BRIEF["period"] | {"data_end": CDNOW_END}
    return _make(folder, values, {}, _by_name(cdnow_master()))


def cdnow_sample_project() -> Path:
    """Return a project on the CDNOW sample up to September 1997, whose figures are in print.

    It is made once in the user's cache folder; another version of the package or of the brief makes its own.
    """
    values = CDNOW_BRIEF | {"data": {"sources": [cdnow_sample_source()]}}
    values["client"] = CDNOW_BRIEF["client"] | {"name": "CDNOW sample"}
    values["period"] = CDNOW_BRIEF["period"] | {"data_end": SAMPLE_END}
    body = json.dumps([values, brief_schema()], sort_keys=True, default=str)
    return cached_project(f"sample-{hashlib.sha256(body.encode()).hexdigest()[:12]}",
                          lambda folder: _make(folder, values, {}, _by_name(cdnow_sample()), key=SAMPLE_KEY))


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


def _by_name(file: Path) -> dict[Path, str]:
    return {file: file.name}


def _make(folder: Path, values: Mapping[str, Any], notes: Notes, files: Mapping[Path, str], key: str | None = None,
          language: str | None = None, recognisers: Sequence[Path] = (), look: Look = unseen) -> Path:
    """Make a project with copies of the files in its ``data``, under the names they map to."""
    def put_data(draft: Path) -> None:
        for file, name in files.items():
            target = draft / "data" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        for file in recognisers:
            (draft / RECOGNISERS).mkdir(exist_ok=True)
            shutil.copyfile(file, draft / RECOGNISERS / file.name)

    return make_project(folder, values, notes, put_data, key, language, look)


def make_project(folder: Path, values: Mapping[str, Any], notes: Notes, put_data: Callable[[Path], None],
                 key: str | None = None, language: str | None = None, look: Look = unseen) -> Path:
    """Build a project beside its place, let ``put_data`` fill it, and move it to ``folder`` when whole and seen.

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

    return _whole_or_nothing(folder, fill, look)


def _whole_or_nothing(folder: Path, fill: Callable[[Path], None], look: Look) -> Path:
    """Fill a draft folder beside ``folder``, look at it and rename it; on any failure nothing of it stays."""
    new_parents = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as fault:
        raise _cannot_write(folder, fault) from fault
    try:
        fill(draft)
        _look_at(draft, look)
        draft.chmod(0o755)
        with contextlib.suppress(FileNotFoundError):
            folder.rmdir()  # an empty folder gives way; one that has filled up meanwhile does not
        draft.rename(folder)
    except OSError as fault:
        raise _cannot_write(folder, fault) from fault
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        with contextlib.suppress(OSError):  # those that hold something stay
            for parent in new_parents:
                parent.rmdir()
    return folder


def _look_at(draft: Path, look: Look) -> None:
    """Let somebody look at a project that has no place yet: problems name its files as they lie in it."""
    try:
        look(draft)
    except BadInput as fault:
        raise BadInput([Problem(one.code, one.place.replace(f"{draft}{os.sep}", ""), one.values)
                        for one in fault.problems]) from fault


def _cannot_write(folder: Path, fault: OSError) -> BadInput:
    reason = fault.strerror or str(fault)
    return BadInput(Problem("data.project.cannot_write", str(folder), {"fault": reason}))
