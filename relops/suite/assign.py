"""``relops assign``: from a project's data to a drawn list, from the sending tool's result back into the data."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import relops
from relops.data import read_audit
from relops.data.door import ID_MAP, KEY_MAP
from relops.data.engine import Engine, literal, storage_faults
from relops.errors import BadInput, Problem
from relops.notebook.file_lock import locked
from relops.notebook.run_data import engine_file, run_folder
from relops.notebook.session import Tables
from relops.project import Project
from relops.strategies import drawn_list
from relops.strategies.contacts import Sources
from relops.strategies.draw import Draw, draw_arms
from relops.strategies.draw_plan import DrawPlan, Wishes, draw_name, find_target, plan_draw
from relops.strategies.read_back import ReadBack, read_results
from relops.strategies.result_file import Asked

DRAWN = "lists_drawn"


@dataclass(frozen=True, eq=False)
class Drawn:
    """A list as it lies in ``folder``, with its ``manifest`` and the ``draw``: ``before`` whether it lay there just
    so already, ``added`` how many customers an extension put in."""

    folder: Path
    manifest: Mapping[str, Any]
    draw: Draw
    before: bool = False
    added: int = 0


@dataclass(frozen=True, eq=False)
class Bench:
    """A project with its data at hand; ``ran`` are customers by experiment, as the data hold them."""

    project: Project
    engine: Engine
    sources: Sources
    data_end: datetime.date
    ran: Mapping[str, int]


def draw_list(project_folder: str | Path, name: str, wishes: Wishes, *, extend: bool = False) -> Drawn:
    """Draw the list of an experiment or a strategy of the brief and write it; drawn again, it stays.

    Raises BadInput where brief, data or a list drawn before do not allow it, RunFailed where it cannot be written.
    """
    project = Project.open(project_folder)
    with opened(project) as bench:
        own = {path.parent.name for path in manifests(project)}
        target = find_target(project.brief, name, bench.data_end, bench.ran.keys() - own)
        draw_id = draw_name(target, wishes)
        folder = drawn_list.list_folder(project.private, draw_id)
        with storage_faults(folder), locked(folder.with_name(f".{draw_id}.lock")):
            drawn_list.recover(folder)
            manifest = drawn_list.read_manifest(folder)
            if manifest is None and extend:
                raise BadInput(Problem("strategies.nothing_to_extend", str(folder), {}))
            if manifest is None and draw_id in bench.ran:
                raise BadInput(Problem("strategies.already_ran", name, {"people": f"{bench.ran[draw_id]:,}"}))
            if manifest:
                wishes = drawn_list.as_before(wishes, manifest, extend=extend)
            plan = plan_draw(project.brief, target, wishes, bench.data_end)
            if manifest is None:
                return _first(bench, plan, folder)
            drawn_list.refuse_other_settings(plan, manifest, folder, extend=extend)
            return _again(bench, plan, folder, manifest, extend=extend)


def manifests(project: Project) -> list[Path]:
    """Return the manifests of all lists drawn in a project."""
    return sorted((project.private / drawn_list.ACTIONS).glob(f"[!.]*/{drawn_list.MANIFEST}"))


@contextlib.contextmanager
def opened(project: Project) -> Iterator[Bench]:
    """Take in the data, where that has not been done, and open them."""
    run = run_folder(project, "")
    file, maps = engine_file(project, run), project.maps(run.parent)
    settings = project.brief.engine
    with Engine.open(file, settings.memory, settings.threads, read_only=True) as engine:
        tables = Tables(engine)
        audit = read_audit(engine)
        if audit.data_end is None or not (maps / ID_MAP).exists():
            raise BadInput(Problem("strategies.nobody_known", "brief.yaml data.sources", {}))
        ids = engine.ibis.read_parquet(str(maps / ID_MAP))
        keys = engine.ibis.read_parquet(str(maps / KEY_MAP)) if project.brief.data.identity else None
        sources = Sources(tables, ids, keys, _drawn_before(project, engine), project.settings())
        ran = {} if tables.assignments is None else dict(engine.rows(
            "SELECT experiment_id, count(DISTINCT customer_id) FROM assignments GROUP BY experiment_id"))
        yield Bench(project, engine, sources, audit.data_end, ran)


def _drawn_before(project: Project, engine: Engine) -> Any:
    """Return the rows of all lists drawn in the project, see :class:`relops.strategies.contacts.Sources`."""
    parts = []
    for path in manifests(project):
        manifest = drawn_list.read_manifest(path.parent)
        query = f"read_parquet({literal(str(path.with_name(drawn_list.LIST)))})"
        read = "true" if (path.parent / drawn_list.READ).exists() else "false"
        parts.append(f"SELECT customer_id AS id, experiment_id, {literal(manifest.get('strategy') or '')} AS "
                     f"strategy_id, channel, contact AS is_contact, {read} AS is_read FROM {query}")
    if not parts:
        return None
    engine.create_table(DRAWN, " UNION ALL ".join(parts), temporary=True)
    return engine.table(DRAWN)


def _about(bench: Bench, plan: DrawPlan, draws: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a manifest says beside the settings and the counts of a list."""
    ground = bench.project.brief.compliance.legal_basis.marketing
    return {"relops": relops.__version__, "strategy": plan.strategy.id if plan.strategy else None,
            "channel": plan.contact_channel, "last_day": plan.ends.isoformat() if plan.ends else None,
            "data_end": bench.data_end.isoformat(), "legal_basis": {"basis": ground.basis, "person": ground.person},
            "draws": draws}


def _first(bench: Bench, plan: DrawPlan, folder: Path) -> Drawn:
    made = draw_arms(bench.sources, bench.project.brief, plan, bench.data_end)
    draws = [_occasion(plan, made)]
    manifest = drawn_list.write_list(bench.engine, folder, drawn_list.list_query(plan, f"draw_{plan.id}"), made,
                                     _about(bench, plan, draws), bench.project.brief.meta.languages)
    return Drawn(folder, manifest, made)


def _occasion(plan: DrawPlan, made: Draw) -> dict[str, Any]:
    return {"first_day": plan.starts.isoformat(), "coverage": plan.allocation.coverage,
            "people": sum(made.arms.values())}


def _again(bench: Bench, plan: DrawPlan, folder: Path, manifest: Mapping[str, Any], *, extend: bool) -> Drawn:
    """Draw a list that there is: the same people, or with ``extend`` more; anything else is refused."""
    before = drawn_list.read_list(bench.engine, folder, manifest)
    grown = extend or len(manifest["draws"]) > 1  # what was added later was drawn under the limits of another day
    bench.engine.create_view("list_before", f"SELECT customer_id, arm FROM {before}")
    made = draw_arms(bench.sources, bench.project.brief, plan, bench.data_end,
                     bench.engine.table("list_before") if grown else None)
    query = drawn_list.list_query(plan, f"draw_{plan.id}")
    added = sum(made.arms.values()) if grown else 0
    change = drawn_list.Change(added, 0, 0) if grown else drawn_list.compare_lists(bench.engine, before, query)
    if not change.any:
        return Drawn(folder, manifest, made, before=True)
    if not extend:
        raise BadInput(Problem("strategies.list_differs", str(folder), {
            "new": f"{change.new:,}", "gone": f"{change.gone:,}", "moved": f"{change.moved:,}"}))
    about = _about(bench, plan, [*manifest["draws"], _occasion(plan, made)]) | {"first_day": manifest["first_day"]}
    written = drawn_list.write_list(bench.engine, folder, f"FROM {before} UNION ALL BY NAME {query}", made, about,
                                    bench.project.brief.meta.languages)
    return Drawn(folder, written, made, added=added)


def read_back(project_folder: str | Path, name: str, files: Sequence[Path], asked: Asked) -> ReadBack:
    """Read result files of the sending tool back into the list ``name`` (the id it was drawn under, else the strategy
    that was drawn once). Raises BadInput with everything that is wrong, and keeps nothing then."""
    project = Project.open(project_folder)
    folder, manifest = _list_named(project, name)
    absent = [Problem("strategies.result_no_file", str(path), {}) for path in files if not path.is_file()]
    if absent:
        raise BadInput(absent)
    cost = next((channel.unit_cost for channel in project.brief.channels if channel.id == manifest["channel"]), None)
    with (storage_faults(folder), locked(folder.with_name(f".{folder.name}.lock")),
          tempfile.TemporaryDirectory(dir=folder.parent, prefix=".result-") as scratch,
          Engine.create(Path(scratch) / "engine.duckdb", project.brief.engine.memory) as engine):
        drawn_list.read_list(engine, folder, manifest)
        return read_results(engine, folder, manifest, [path.resolve() for path in files], asked, Path(scratch),
                            project.brief.period.timezone, cost)


def _list_named(project: Project, name: str) -> tuple[Path, Mapping[str, Any]]:
    lists = {path.parent.name: drawn_list.read_manifest(path.parent) for path in manifests(project)}
    found = [own for own in lists if own == name] or [own for own in lists if lists[own].get("strategy") == name]
    if len(found) != 1:
        raise BadInput(Problem("strategies.not_drawn", name, {"lists": ", ".join(found or lists) or "–"}))
    return drawn_list.list_folder(project.private, found[0]), lists[found[0]]
