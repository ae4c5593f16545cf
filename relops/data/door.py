"""The door: all files of a project in, the contract tables out, every row accounted for."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from relops.data.audit import Audit, read_audit
from relops.data.books import Books, refused_rows
from relops.data.campaigns import read_back_sources
from relops.data.cells import define_cells
from relops.data.contract import contract
from relops.data.control_totals import Totals, read_control
from relops.data.engine import Engine, storage_faults
from relops.data.far_days import refuse_far_days
from relops.data.grain import Placed, place_rows
from relops.data.identity import define_keyed_hash, hash_ids, write_id_map, write_key_map
from relops.data.items import split_items
from relops.data.keys import define_keys
from relops.data.landing import land, person_ids
from relops.data.mapping import map_source
from relops.data.merges import MERGES, read_answers, write_merges
from relops.data.period import DataPeriod, date_files, rank_files, settle_period
from relops.data.persons import Identity, join_persons
from relops.data.quarantine import write_quarantine
from relops.data.sources import stage
from relops.data.typed import Typed, type_source
from relops.errors import BadInput, Problem
from relops.project import BRIEF, Project

ID_MAP = "ids.parquet"
KEY_MAP = "keys.parquet"
Given = TypeVar("Given")
Made = TypeVar("Made")


def ingest(project: Project, engine_path: Path, quarantine: Path, maps: Path | None = None) -> Audit:
    """Take in all sources of a project and return what was counted.

    Writes the engine file (contract tables, ``purchases``, ``purchase_days`` where an order names its customer, the
    door's books) and closes it; refused rows go to the folder ``quarantine``, the maps from hash to original id
    (``ids.parquet``) and to the keys of a person (``keys.parquet``) to ``maps``, beside it by default, where they join
    what earlier runs put there.

    Raises:
        BadInput: the files or the mapping cannot be used; every problem that could be found at once.
        RunFailed: the disk is full, a folder cannot be written, memory ran out.
    """
    brief = project.brief
    if not brief.data.sources:
        raise BadInput(Problem("data.door.no_sources", f"{BRIEF} data.sources", {}))
    with (storage_faults(engine_path), _whole_or_nothing(engine_path),
          Engine.create(engine_path, brief.engine.memory, brief.engine.threads) as engine,
          tempfile.TemporaryDirectory(dir=engine_path.parent, prefix=".drafts-") as drafts):
        define_cells(engine)
        define_keys(engine)
        key = project.key()
        define_keyed_hash(engine, key)
        sources = [*brief.data.sources, *read_back_sources(project)]
        staged = _each(enumerate(sources), lambda given: stage(
            engine, project.folder, given[1], given[0], Path(drafts)))
        control = read_control(engine, project.folder, brief.data, Path(drafts))
        mappings = _each(staged, lambda one: map_source(engine, one, brief.data))
        typed = _each(mappings, lambda one: split_items(engine, type_source(engine, one, brief)))
        typed, identity = _join(engine, project, typed)
        for one in typed:
            refuse_far_days(engine, one, brief)
            date_files(engine, one, brief.period.timezone)
        period = settle_period(brief, typed)
        tables = _place_all(engine, typed, period)
        landed = _land_all(engine, project, tables, period, quarantine, identity, control)
        # last: data that are refused leave no key behind
        project.keep_key(key)
        _write_maps(engine, landed, identity, maps or quarantine.parent)
        engine.execute("CHECKPOINT")
        return read_audit(engine)


@contextlib.contextmanager
def _whole_or_nothing(engine_path: Path) -> Iterator[None]:
    """Leave no engine file behind that holds half of the data."""
    try:
        yield
    except BaseException:
        engine_path.unlink(missing_ok=True)
        raise


def _each(given: Iterable[Given], step: Callable[[Given], Made]) -> list[Made]:
    """Take one step for every source; all problems found on the way are told together."""
    made, problems = [], []
    for one in given:
        try:
            made.append(step(one))
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    return made


def _join(engine: Engine, project: Project, typed: list[Typed]) -> tuple[list[Typed], Identity | None]:
    """Join the keys of one person, if the brief orders keys; merges that wait are listed for acceptance."""
    keys = project.brief.data.identity
    if not keys:
        return typed, None
    absent = [Problem("data.door.identity", f"{BRIEF} data.identity.{table}", {"key": key})
              for table, names in keys.items() for key in names
              if (sources := [one for one in typed if one.mapping.table.name == table])
              and not any(key in one.mapping.identity for one in sources)]
    if absent:
        raise BadInput(absent)
    answers = read_answers(project.private / MERGES)
    joined, identity, held = join_persons(engine, typed, keys, answers.accepted)
    write_merges(project.private / MERGES, held, answers)
    return joined, replace(identity, held=answers.waiting(held))


def _place_all(engine: Engine, typed: list[Typed], period: DataPeriod) -> list[Placed]:
    tables = []
    for table in contract().values():
        sources = [one for one in typed if one.mapping.table is table]
        if sources:
            tables.append(place_rows(engine, table, sources, rank_files(sources), period))
    return tables


def _land_all(engine: Engine, project: Project, tables: list[Placed], period: DataPeriod, quarantine: Path,
              identity: Identity | None, control: list[Totals]) -> list[Placed]:
    books = Books(engine)
    books.write("door_control", control)
    hash_ids(engine, [query for placed in tables for query in person_ids(placed)])
    place = 0
    landed = []
    for placed in tables:
        books.enter(placed, place)
        place += len(placed.sources)
        write_quarantine(engine, placed, quarantine, project.brief.meta.languages)
        if land(engine, placed):
            landed.append(placed)
            if placed.table.time in placed.columns:
                books.span(placed.table.name, placed.table.time, period)
    _check_landed(engine, tables, landed, period)
    books.close(period, project.brief.finance.currency, identity)
    return landed


def _write_maps(engine: Engine, landed: list[Placed], identity: Identity | None, folder: Path) -> None:
    """Keep who is behind the hashes, and behind the joined keys of a person, in a folder that is not sent round."""
    if any(person_ids(placed) for placed in landed):
        write_id_map(engine, folder / ID_MAP)
    if identity is not None:
        write_key_map(engine, folder / KEY_MAP)


def _check_landed(engine: Engine, tables: list[Placed], landed: list[Placed], period: DataPeriod) -> None:
    """Raise BadInput where no order is left, or nothing at all: with the reasons and their rows."""
    problems = []
    for placed in tables:
        if placed in landed or (landed and placed.table.name != "orders"):
            continue
        counts = dict(engine.rows(f"SELECT _class, count(*) FROM {placed.rows} GROUP BY _class"))
        late = engine.value(f"SELECT count(*) FROM {placed.rows} WHERE _reason = 'after_end:'")
        first, last = engine.rows(f"SELECT min(_day), max(_day) FROM {placed.rows}")[0]
        values = {"table": f"@data.table.{placed.table.name}", "first": first, "last": last, "data_end": period.end}
        values |= {name: f"{counts.get(name, 0):,}" for name in ("refused", "excluded", "superseded")}
        files = ", ".join(typed.mapping.staged.label for typed in placed.sources)
        code = "all_after_end" if late == sum(counts.values()) else "nothing_left"
        problems.append(Problem(f"data.door.{code}", files, values))
        problems += [Problem("data.door.refused_rows", f"{name}:{line}", {
            "rows": f"{rows:,}", "reason": f"@data.reason.{reason}", "column": column or "–"})
            for _, reason, column, rows, name, line in refused_rows(engine, placed)]
    if problems:
        raise BadInput(problems)
