"""The exhibit store: one folder a notebook, merged by the runner. Small counts are suppressed on the way in.

``store/<notebook>/exhibits.json`` holds evidence, findings, tables, figures, missing and proposed settings;
figures lie beside it as ``<id>.<language>.svg`` and ``.png``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from relops.exhibits import Column, Evidence, Figure, Finding, Missing, Table, describe, with_origin

MIN_PEOPLE = 10
MIN_PEOPLE_FOR_RATE = 30
KINDS = ("evidence", "findings", "tables", "figures", "missing")
OTHER = "__other__"
Exhibit = Evidence | Finding | Missing | Table | Figure


def suppress(record: Evidence) -> Evidence:
    """Return the record, or a blank with tag N where it counts fewer than ten persons (but not none) or is a
    share of fewer than thirty."""
    few = record.unit == "customers" and record.value is not None and 0 < record.value < MIN_PEOPLE
    thin = record.unit == "share" and record.n is not None and record.n < MIN_PEOPLE_FOR_RATE
    return blank(record) if few or thin else record


def blank(record: Evidence) -> Evidence:
    """Return the record without its numbers, tagged N."""
    return replace(record, value=None, low=None, high=None, level=None, n=None, tag="N")


def held_back(people: pd.Series) -> pd.Series:
    """Return which parts of one total may not be shown: those of fewer than ten persons (but not none) and, where
    all of these together are fewer than ten, the smallest others as well. Else the total would tell them
    (complementary suppression, Hundepool et al. 2012, Statistical Disclosure Control, chapter 4)."""
    held = people.gt(0) & people.lt(MIN_PEOPLE)
    for place in people[people.ge(MIN_PEOPLE)].sort_values(kind="stable").index:
        if not 0 < people[held].sum() < MIN_PEOPLE:
            break
        held[place] = True
    return held


def suppress_table(table: Table) -> Table:
    """Return the table with rows of fewer than ten persons merged into one and thin rates blanked.

    The merged row adds up the columns marked ``total``, leaves the rest empty and carries the label key
    ``__other__`` in the first column. It takes in the smallest of the other rows where it would count too few persons
    (:func:`held_back`); if it still does, it is blank altogether.
    """
    frame = table.frame.loc[:, [column.key for column in table.columns]].copy()
    for people in (column.key for column in table.columns if column.people):
        few = held_back(frame[people])
        if few.any():
            frame = pd.concat([frame[~few], _merged(frame[few], table.columns, people)], ignore_index=True)
    for column in table.columns:
        if column.rate_of:
            thin = frame[column.rate_of].lt(MIN_PEOPLE_FOR_RATE) | frame[column.rate_of].isna()
            frame[column.key] = frame[column.key].astype(object).where(~thin, None)
    return replace(table, frame=frame)


def _merged(rows: pd.DataFrame, columns: tuple[Column, ...], people: str) -> pd.DataFrame:
    total = rows[people].sum()
    row: dict[str, Any] = {column.key: None for column in columns}
    if total >= MIN_PEOPLE:
        row |= {c.key: rows[c.key].sum() for c in columns if c.total or c.people}
    row[columns[0].key] = OTHER
    return pd.DataFrame([row], columns=[column.key for column in columns]).astype(object)


def _json_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_json_value(part) for part in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _to_digits(value: Any) -> Any:
    """Return a float to twelve digits: the last ones of a sum hang on the order in which it was added up."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def table_record(table: Table) -> dict[str, Any]:
    """Return a table as plain data: id, title, columns, rows, n, period, filter, tag, hash of the rows (numbers
    to twelve digits)."""
    rows = [[_json_value(cell) for cell in row] for row in table.frame.itertuples(index=False, name=None)]
    body = json.dumps([[_to_digits(cell) for cell in row] for row in rows], ensure_ascii=False, separators=(",", ":"))
    return {
        "id": table.id, "title": table.title, "words": dict(table.words),
        "columns": [asdict(column) for column in table.columns],
        "rows": rows, "n": table.n, "period": table.period, "filter": table.filter, "tag": table.tag,
        "hash": hashlib.sha256(body.encode()).hexdigest(),
    }


@dataclass
class Store:
    """The exhibits of one notebook while it runs. ``languages`` are those figures are drawn in."""

    folder: Path
    notebook: str
    languages: tuple[str, ...]
    period: tuple[str, str] | None = None
    inputs: tuple[str, ...] = ()
    records: dict[str, dict[str, dict]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    settings: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # evidence id → exhibit that published it first

    def add(self, exhibit: Exhibit) -> Exhibit:
        """Keep an exhibit (an id published again replaces the earlier one) and return it as it may be shown.

        Raises KeyError when an evidence id is declared by no room, ValueError when it is declared in another unit or
        was published with another value by another exhibit: that one would print this number as its own.
        """
        handler = getattr(self, f"_add_{type(exhibit).__name__.lower()}")
        shown = handler(exhibit)
        self.write()
        return shown

    def _add_evidence(self, record: Evidence, owner: str | None = None) -> Evidence:
        declared = describe(record.id)
        if declared is None:
            raise KeyError(f"{record.id} is declared in no evidence.yaml")
        if record.unit.split(":")[0] not in declared["unit"].split(" or "):
            raise ValueError(f"{record.id} is declared in {declared['unit']}, got {record.unit}")
        record = with_origin(record, notebook=self.notebook, period=self.period, inputs=self.inputs)
        record = suppress(replace(record, value=_json_value(record.value)))
        before, first = self.records["evidence"].get(record.id), owner and self.owners.setdefault(record.id, owner)
        if before and first != owner and _to_digits(before["value"]) != _to_digits(record.value):
            raise ValueError(f"{record.id} is {before['value']} in {first} but {record.value} in {owner}")
        self.records["evidence"][record.id] = asdict(record)
        return record

    def _numbers(self, exhibit: Finding | Figure) -> dict[str, Evidence]:
        return {name: self._add_evidence(record, exhibit.id) for name, record in exhibit.numbers.items()}

    def _add_finding(self, finding: Finding) -> Finding:
        worth = self._add_evidence(finding.worth, finding.id) if finding.worth else None
        finding = replace(finding, numbers=self._numbers(finding), worth=worth)
        self.records["findings"][finding.id] = {
            "id": finding.id, "message": finding.message, "words": dict(finding.words), "code": finding.code,
            "numbers": {name: record.id for name, record in finding.numbers.items()},
            "worth": worth.id if worth else None, "notebook": self.notebook,
        }
        return finding

    def _add_missing(self, missing: Missing) -> Missing:
        # what was found where something cannot be stated is no finding: elsewhere the same may be counted otherwise
        own = {name: replace(record, id=f"{missing.id}:{record.id}") for name, record in missing.numbers.items()}
        missing = replace(missing, numbers={name: self._add_evidence(record) for name, record in own.items()})
        self.records["missing"][missing.id] = {
            "id": missing.id, "code": missing.code, "field": missing.field, "measure": missing.measure,
            "numbers": {name: record.id for name, record in missing.numbers.items()}, "notebook": self.notebook,
        }
        return missing

    def _add_table(self, table: Table) -> Table:
        table = suppress_table(replace(table, period=table.period or self.period))
        record = table_record(table)
        self.records["tables"][table.id] = record | {"notebook": self.notebook}
        proof = Evidence(table.id, record["hash"], "table", n=table.n, period=table.period, filter=table.filter,
                         tag=table.tag, notebook=self.notebook, inputs=self.inputs)
        self.records["evidence"][table.id] = asdict(proof)
        return table

    def _add_figure(self, figure: Figure) -> Figure:
        figure = replace(figure, numbers=self._numbers(figure), period=figure.period or self.period)
        self.records["figures"][figure.id] = {
            "id": figure.id, "title": figure.title, "alt": figure.alt, "n": figure.n, "period": figure.period,
            "words": dict(figure.words),
            "numbers": {name: record.id for name, record in figure.numbers.items()}, "notebook": self.notebook,
            "files": {language: self._draw(figure, language) for language in self.languages},
        }
        return figure

    def _draw(self, figure: Figure, language: str) -> dict[str, str]:
        from matplotlib import pyplot  # imported late: a project without figures need not pay for it

        from relops.style import use_style, write_figure

        self.folder.mkdir(parents=True, exist_ok=True)
        files = {kind: f"{figure.id}.{language}.{kind}" for kind in ("svg", "png")}
        with use_style(language):
            drawn = figure.draw(language)
            write_figure(drawn, self.folder / files["svg"], self.folder / files["png"])
            pyplot.close(drawn)
        return files

    def propose(self, name: str, value: Any) -> None:
        """Propose a ruler (a threshold, a cut point) for ``settings.lock``; the runner writes it after a good run."""
        self.settings[name] = _json_value(value)
        self.write()

    def write(self) -> None:
        """Write ``exhibits.json``, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {kind: list(entries.values()) for kind, entries in self.records.items()}
        # indented, it takes ten times as long
        body = json.dumps(content | {"settings": self.settings}, ensure_ascii=False)
        draft = self.folder / "exhibits.json.part"
        draft.write_text(body, encoding="utf-8")
        draft.replace(self.folder / "exhibits.json")


@dataclass(frozen=True)
class Exhibits:
    """The merged store of a run: id → record for each kind, as plain data; ``folder`` is ``store/``."""

    folder: Path
    evidence: dict[str, dict]
    findings: dict[str, dict]
    tables: dict[str, dict]
    figures: dict[str, dict]
    missing: dict[str, dict]
    settings: dict[str, Any]

    def numbers(self, record: dict) -> dict[str, Evidence]:
        """Return the evidence behind a finding, figure or missing record: placeholder → Evidence."""
        return {name: self.record(evidence_id) for name, evidence_id in record["numbers"].items()}

    def record(self, evidence_id: str) -> Evidence:
        """Return one evidence record. Raises KeyError."""
        raw = self.evidence[evidence_id]
        return Evidence(**(raw | {"period": tuple(raw["period"]) if raw["period"] else None,
                                  "inputs": tuple(raw["inputs"])}))

    def figure_file(self, figure_id: str, language: str, kind: str) -> Path:
        """Return the path of a figure's svg or png in one language."""
        figure = self.figures[figure_id]
        return self.folder / figure["notebook"] / figure["files"][language][kind]


def merge(folder: Path, notebooks: Iterable[str]) -> Exhibits:
    """Return the exhibits of several notebooks as one. An id that two notebooks publish with different values is
    an error (ValueError): the same number has one source."""
    merged: dict[str, dict[str, dict]] = {kind: {} for kind in KINDS}
    settings: dict[str, Any] = {}
    for notebook in notebooks:
        path = folder / notebook / "exhibits.json"
        if not path.exists():
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        settings |= content["settings"]
        for kind in KINDS:
            for record in content[kind]:
                twin = merged[kind].setdefault(record["id"], record)
                if kind == "evidence" and twin["value"] != record["value"]:
                    raise ValueError(f"{record['id']} is {twin['value']} in {twin['notebook']} "
                                     f"but {record['value']} in {notebook}")
    return Exhibits(folder=folder, settings=settings, **merged)
