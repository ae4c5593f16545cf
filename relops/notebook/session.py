"""The session of one notebook: opened in its first code cell, closed in its last."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from relops.data import Audit, read_audit
from relops.data.contract import contract
from relops.data.door import ID_MAP
from relops.data.engine import Engine
from relops.data.rulers import under_rulers
from relops.errors import BadInput, Problem
from relops.exhibits import Evidence, Figure
from relops.locale import LANGUAGES, text
from relops.locale.format import format_period
from relops.notebook.display import bundle, exhibit_ids
from relops.notebook.parameters import check_parameters, find_notebook, read_parameters
from relops.notebook.run_data import PROJECT, engine_file, private_folder, run_folder, run_rulers, writing_folder
from relops.project import Project
from relops.store import Store

NAME = re.compile(r"\w[\w.-]*")
TABLES = (*contract(), "purchases", "purchase_days")


class Tables:
    """The tables of a run as ibis tables: ``tables.orders``, None where the client supplied none."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def has(self, name: str) -> bool:
        """Return whether the run holds this table."""
        return self._engine.has(name)

    def keep(self, query: Any, name: str) -> Any:
        """Return the rows of a query kept as a table of this session: asked several times, worked out once."""
        return self._engine.keep(query, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not (self._engine.has(name) or name in TABLES):
            raise AttributeError(f"no table {name!r} in the contract; there are {', '.join(TABLES)}")
        return self._engine.table(name) if self._engine.has(name) else None

    def __dir__(self) -> list[str]:
        return [*TABLES, "has", "keep"]


class Notebook:
    """One notebook at work on one project and run.

    Attributes:
        name: the notebook's name, such as ``03_rfm_segments``.
        project, brief: the project folder and its checked brief (under the rulers of the run).
        run: the run's folder, whose data the notebook reads.
        folder: where it writes, below ``store/<name>`` and ``private``: the run's folder, or scratch beside a run that
            has ended.
        language: ``zh`` or ``en``, what ``publish`` and ``show`` display in.
        settings: the rulers frozen in ``settings.lock``, name → value; empty before the first good run.
        tables: the contract's tables (:class:`Tables`).
        data_start, data_end: first and last day of the data, None without dated records.
        currency: ISO code of all money.
    """

    def __init__(self, name: str, project: Project, run: Path, language: str):
        self.name, self.project, self.run, self.language = name, project, run, language
        self.folder = writing_folder(run)
        frozen = run_rulers(run)
        self.settings = project.settings() if frozen is None else frozen
        self.brief = project.brief if frozen is None else under_rulers(project.brief, frozen)
        engine = self.brief.engine
        self._engine = Engine.open(engine_file(project, run), engine.memory, engine.threads, read_only=True)
        self.tables = Tables(self._engine)
        self._audit = read_audit(self._engine)
        self.data_start, self.data_end = self._audit.data_start, self._audit.data_end
        period = (self.data_start.isoformat(), self.data_end.isoformat()) if self.data_start else None
        languages = tuple(self.brief.meta.languages)
        inputs = tuple(sorted({file.sha256 for file in self._audit.files}))
        self.store = Store(self.folder / "store" / name, name, languages, period, inputs)

    @property
    def currency(self) -> str:
        """ISO code of the currency of all money in this run."""
        return self.brief.finance.currency

    @property
    def engine(self) -> Engine:
        """The run's engine, open for reading: it writes what must not pass through Python."""
        return self._engine

    @property
    def private(self) -> Path:
        """The folder of what must not be sent round."""
        return private_folder(self.folder)

    @property
    def id_map(self) -> Path:
        """The file that maps hashes to the client's own ids."""
        return self.project.maps(self.run.parent) / ID_MAP

    def has(self, table: str) -> bool:
        """Return whether the run holds this table."""
        return self.tables.has(table)

    def audit(self) -> Audit:
        """Return what the door counted: rows in, used, merged, superseded, excluded, refused, by source."""
        return self._audit

    def publish(self, exhibits: Any) -> None:
        """Keep one exhibit or several in the run's store and show them.

        Small counts are suppressed first, so what is shown is what the documents print. Raises KeyError when
        an evidence id is declared by no room, ValueError when it is declared in another unit.
        """
        self._display(self.store.add(exhibit) for exhibit in _listed(exhibits))

    def show(self, exhibits: Any) -> None:
        """Show one exhibit or several without keeping them."""
        self._display(_listed(exhibits), kept=False)

    def propose(self, name: str, value: Any) -> None:
        """Propose a ruler for ``settings.lock``; it is frozen after the first good run of the suite."""
        self.store.propose(name, value)

    def close(self) -> None:
        """Write the store, let go of the engine, and show what this notebook published over which period."""
        self.store.write()
        self._engine.close()
        counts = {kind: len(records) for kind, records in self.store.records.items()}

        def line(language: str) -> str:
            period = format_period(*self.store.period, language) if self.store.period else "—"
            return text("notebook.record", language, notebook=self.name, period=period, **counts)

        self._send({language: {"text/plain": line(language)} for language in self._languages()}, [])

    def say_where(self) -> None:
        """Show that results do not go into the run, where it has ended."""
        if self.folder != self.run:
            values = {"run": self.run.name, "folder": self.folder}
            self._send({language: {"text/plain": text("notebook.run_ended", language, **values)}
                        for language in self._languages()}, [])

    def _display(self, exhibits: Iterable[Any], kept: bool = True) -> None:
        for exhibit in _grouped(exhibits):
            bundles = {}
            for language in self._languages():
                drawn = None
                if kept and isinstance(exhibit, Figure) and language in self.store.languages:
                    files = self.store.records["figures"][exhibit.id]["files"]
                    drawn = self.store.folder / files[language]["svg"]
                bundles[language] = bundle(exhibit, language, drawn)
            self._send(bundles, exhibit_ids(exhibit) if kept else [])

    def _languages(self) -> list[str]:
        return list(dict.fromkeys([self.language, *self.brief.meta.languages]))

    def _send(self, bundles: dict[str, dict[str, str]], ids: list[str]) -> None:
        """Display in the notebook's language; the other languages and the ids travel along for the runner."""
        from IPython.display import publish_display_data

        others = {language: data for language, data in bundles.items() if language != self.language}
        publish_display_data(bundles[self.language], {"relops": {"ids": ids, "languages": others}})


def _listed(exhibits: Any) -> list[Any]:
    return list(exhibits) if isinstance(exhibits, (list, tuple)) else [exhibits]


def _grouped(exhibits: Iterable[Any]) -> Iterable[Any]:
    """Yield exhibits one by one, evidence records that follow each other as one list."""
    records: list[Evidence] = []
    for exhibit in exhibits:
        if isinstance(exhibit, Evidence):
            records.append(exhibit)
            continue
        if records:
            yield records
            records = []
        yield exhibit
    if records:
        yield records


def open_notebook(name: str, *, project: str = "", run: str = "", language: str = "",
                  **parameters: Any) -> Notebook:
    """Open the session of the notebook ``name`` and return it.

    Args:
        project: a project folder; empty means the one that ``relops lab`` was opened on, else the sample
            project (the demo company), made on first use.
        run: the folder of a run of the suite; empty means ``<project>/reports/scratch``, where the data are
            taken in first, so that a notebook runs alone.
        language: ``zh`` or ``en``; empty means the first language of the brief.
        parameters: the notebook's own parameters, checked against its parameters cell.

    Raises:
        BadInput: unknown or ill-typed parameters, no project, a faulty brief, data that cannot be used.
    """
    if not NAME.fullmatch(name):
        raise BadInput(Problem("notebook.name", repr(name), {}))
    if language and language not in LANGUAGES:
        raise BadInput(Problem("notebook.language", f"{name}.language", {
            "value": repr(language), "languages": ", ".join(LANGUAGES)}))
    opened = Project.open(project or os.environ.get(PROJECT) or _sample_project())
    path = find_notebook(name, opened.folder)
    if path is not None:  # a notebook that lies elsewhere answers for its own parameters
        given = {"project": project, "run": run, "language": language, **parameters}
        check_parameters(name, read_parameters(path), given)
    notebook = Notebook(name, opened, run_folder(opened, run), language or opened.brief.meta.languages[0])
    notebook.say_where()
    return notebook


def _sample_project() -> Path:
    from relops.data.demo.project import sample_project

    return sample_project()
