"""A drawn list on disk, under ``private/actions/<experiment>/``: who is in which arm, how that came about, how the
arms compare. It is a record: it is written whole or not at all, and never replaced by another one in silence.

``list.parquet`` is what is read again; ``list.csv`` and ``list.xlsx`` show the same to people, and
``send-<arm>.csv`` holds nobody but those whom an arm contacts, ready for the sending tool.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.styles import Font

from relops.data.engine import Engine, literal, quote
from relops.data.sheet_stream import MOST_ROWS, ROWS_AT_ONCE, harmless, row_of, stream_book, text_cell
from relops.errors import BadInput, Problem
from relops.locale import text
from relops.strategies.assignment import VERSION
from relops.strategies.audience import HOLDOUT_SALT
from relops.strategies.draw import Draw
from relops.strategies.draw_plan import CUSTOMER, TOLERANCE, DrawPlan, Wishes

ACTIONS = "actions"
LIST, MANIFEST, BALANCE = "list.parquet", "manifest.json", "balance.csv"
READ = "read_back.json"  # there once a result of the sending tool has been read
PART, OLD = ".part", ".old"
# what makes a list the list it is; a draw under others would be another test
SETTINGS = ("experiment", "rule", "salt", "arms", "control", "strata", "cluster", "key", "first_day")
SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Change:
    """How a new draw differs from the list on disk: customers ``new`` to it, ``gone`` from it, in another arm
    (``moved``)."""

    new: int
    gone: int
    moved: int

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.new or self.gone or self.moved)


def list_folder(private: Path, experiment: str) -> Path:
    """Return where the list of an experiment lies below the project's ``private`` folder."""
    return private / ACTIONS / experiment


def recover(folder: Path) -> None:
    """Put right what a killed draw left: half a list goes, a list moved aside and not yet replaced comes back."""
    old = folder.with_name(f".{folder.name}{OLD}")
    shutil.rmtree(folder.with_name(f".{folder.name}{PART}"), ignore_errors=True)
    if old.is_dir() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return what a list's manifest says, None where no list was drawn. Raises BadInput where it cannot be read."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return {name: manifest[name] for name in (*SETTINGS, "coverage", "list_sha256")} | manifest
    except (ValueError, KeyError, TypeError) as fault:
        raise BadInput(Problem("strategies.manifest_unreadable", str(path), {"fault": str(fault)})) from fault


def read_list(engine: Engine, folder: Path, manifest: Mapping[str, Any]) -> str:
    """Return the SQL of the list on disk. Raises BadInput where it is not the list of its manifest."""
    query = f"read_parquet({literal(str(folder / LIST))})"
    if not (folder / LIST).exists() or list_hash(_rows(engine, query)) != manifest["list_sha256"]:
        raise BadInput(Problem("strategies.list_changed", str(folder / LIST), {"manifest": MANIFEST}))
    return query


def list_query(plan: DrawPlan, table: str) -> str:
    """Return the SQL of the list's rows from those of a draw kept as ``table``."""
    own_key = "" if plan.key == CUSTOMER else f", key AS {quote(plan.key)}"
    return (f"SELECT id AS {CUSTOMER}{own_key}, {literal(plan.id)} AS experiment_id, arm, "
            f"DATE {literal(plan.starts.isoformat())} AS assigned_at, stratum, cluster AS cluster_id, "
            f"{literal(plan.contact_channel)} AS channel, arm <> {literal(plan.control)} AS contact, contactable "
            f"FROM {quote(table)} WHERE arm IS NOT NULL")


def compare_lists(engine: Engine, before: str, after: str) -> Change:
    """Return how the list ``after`` differs from the list ``before`` (both SQL)."""
    return Change(*engine.rows(
        f"SELECT count(*) FILTER (b.arm IS NULL), count(*) FILTER (a.arm IS NULL), count(*) FILTER (a.arm <> b.arm) "
        f"FROM ({after}) a FULL JOIN (FROM {before}) b USING ({CUSTOMER})")[0])


def settings_of(plan: DrawPlan) -> dict[str, Any]:
    """Return what makes a list the list it is, as its manifest holds it."""
    allocation = plan.allocation
    return {"experiment": plan.id, "rule": VERSION, "salt": allocation.salt, "arms": dict(allocation.arms),
            "control": plan.control, "strata": list(plan.strata), "cluster": plan.cluster, "key": plan.key,
            "first_day": plan.starts.isoformat()}


def refuse_other_settings(plan: DrawPlan, manifest: Mapping[str, Any], folder: Path, *, extend: bool) -> None:
    """Raise BadInput, a problem each, for settings under which the list on disk was not drawn. An extension may
    start later and reach more people."""
    stated = settings_of(plan)
    problems = [Problem("strategies.other_settings", str(folder), {
        "name": name, "before": _shown(manifest[name]), "now": _shown(stated[name])})
        for name in SETTINGS if stated[name] != manifest[name] and not (extend and name == "first_day")]
    ramped = plan.allocation.coverage - manifest["coverage"]
    if ramped < -TOLERANCE or (ramped > TOLERANCE and not extend):
        code = "ramp_up" if ramped > 0 else "ramp_down"
        problems.append(Problem(f"strategies.{code}", str(folder), {
            "before": f"{manifest['coverage']:g}", "now": f"{plan.allocation.coverage:g}"}))
    if problems:
        raise BadInput(problems)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part:g}" for name, part in value.items())
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value or "")) or "–"


def write_list(engine: Engine, folder: Path, query: str, made: Draw, about: Mapping[str, Any],
               languages: Sequence[str]) -> dict[str, Any]:
    """Write a list (``query``: its rows, see :func:`list_query`) with manifest and balance table, and return the
    manifest. ``about`` joins it. What lay in ``folder`` beside the list stays; nothing half-written is left."""
    draft, old = (folder.with_name(f".{folder.name}{end}") for end in (PART, OLD))
    try:
        draft.mkdir(mode=0o700, parents=True)
        engine.create_table("listed", f"SELECT * FROM ({query}) ORDER BY {CUSTOMER}", temporary=True)
        engine.copy_to(f"SELECT * FROM listed ORDER BY {CUSTOMER}", draft / LIST)
        digest = _write_sheets(engine, draft, made.plan, languages)
        _write_balance(made.balance, draft / BALANCE, languages)
        arms = dict(engine.rows("SELECT arm, count(*) FROM listed GROUP BY arm"))
        allocation = made.plan.allocation
        manifest = settings_of(made.plan) | {
            "coverage": allocation.coverage, "edges": allocation.edges(), "holdout_salt": HOLDOUT_SALT,
            "people": {arm: arms.get(arm, 0) for arm in allocation.arms}, "customers": made.customers,
            "left_out": dict(made.left_out), "list_sha256": digest, **about}
        (draft / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8",
                                      newline="\n")
        for path in draft.iterdir():
            path.chmod(0o600)
        if folder.exists():
            for kept in folder.iterdir():
                if not (draft / kept.name).exists():
                    (shutil.copytree if kept.is_dir() else shutil.copy2)(kept, draft / kept.name)
            folder.rename(old)
        draft.rename(folder)
    finally:
        recover(folder)
    return dict(read_manifest(folder) or {})


def list_hash(rows: Iterator[tuple[Any, ...]]) -> str:
    """Return the SHA-256 of a list: of customer and arm, in the order of customers."""
    digest = hashlib.sha256()
    for customer, arm, *_ in rows:
        digest.update(f"{customer}{SEPARATOR}{arm}\n".encode())
    return digest.hexdigest()


def _rows(engine: Engine, query: str, columns: str = f"{CUSTOMER}, arm") -> Iterator[tuple[Any, ...]]:
    cursor = engine.execute(f"SELECT {columns} FROM {query} ORDER BY {CUSTOMER}")
    while found := cursor.fetchmany(ROWS_AT_ONCE):
        yield from found


def _write_sheets(engine: Engine, folder: Path, plan: DrawPlan, languages: Sequence[str]) -> str:
    """Write the list for people and for the sending tool; return the list's hash."""
    names = [name for name, *_ in engine.rows("DESCRIBE listed")]
    shown = ", ".join(f"{harmless(f'CAST({quote(name)} AS VARCHAR)')} AS {quote(name)}" for name in names)
    _write_csv(folder / "list.csv", names, _rows(engine, "listed", shown))
    key = quote(plan.key)
    for arm in (arm for arm in plan.allocation.arms if arm != plan.control):
        _write_csv(folder / f"send-{arm}.csv", [plan.key, "arm"],
                   _rows(engine, f"listed WHERE arm = {literal(arm)}", f"{harmless(key)}, arm"))
    if engine.value("SELECT count(*) FROM listed") <= MOST_ROWS:  # half a list in a sheet would be taken for all of it
        cells = [f"coalesce({text_cell(harmless(f'CAST({quote(name)} AS VARCHAR)'))}, '<c/>')" for name in names]
        stream_book(_book(names, plan, languages), folder / "list.xlsx",
                    engine.execute(f"SELECT {row_of(cells)} FROM listed ORDER BY {CUSTOMER}"))
    return list_hash(_rows(engine, "listed"))


def _write_csv(path: Path, header: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _book(names: Sequence[str], plan: DrawPlan, languages: Sequence[str]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = plan.id[:31]
    book.active.append(list(names))
    for cell in book.active[1]:
        cell.font = Font(bold=True)
        book.active.column_dimensions[cell.column_letter].width = 18
    book.active.freeze_panes = "B2"
    notes = book.create_sheet("notes")
    notes.column_dimensions["A"].width = 110
    for language in languages:
        for line in ("private", "control", "columns"):
            notes.append([text(f"strategies.draw.note.{line}", language, control=plan.control, key=plan.key)])
    return book


def _write_balance(balance: pd.DataFrame, path: Path, languages: Sequence[str]) -> None:
    def both(key: str) -> str:
        return " / ".join(text(key, language) for language in languages)

    shown = balance.assign(measure=[both(f"strategies.draw.measure.{name}") for name in balance["measure"]])
    shown = shown.rename(columns={name: both(f"strategies.draw.balance.{name}") for name in balance})
    shown.to_csv(path, index=False, encoding="utf-8-sig", float_format="%.6g")


def as_before(wishes: Wishes, manifest: Mapping[str, Any], *, extend: bool) -> Wishes:
    """Return the wishes, where they leave a thing open as the list on disk was drawn; an extension starts anew."""
    first_day = datetime.date.fromisoformat(manifest["first_day"])
    return Wishes(manifest["coverage"] if wishes.coverage is None else wishes.coverage,
                  wishes.strata or tuple(manifest["strata"]), wishes.key or manifest["key"],
                  wishes.starts or (None if extend else first_day), wishes.draw_id)
