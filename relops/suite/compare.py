"""Two runs against each other: which numbers moved and whether beyond their interval, which statements changed,
which past months, what came and went, and whether the two used the same rulers at all.

A number with an interval in both runs is judged in one of two ways. Where the two periods do not overlap, the
samples are independent and the interval of the difference is that of Zou and Donner (2008, Statistics in Medicine
27, 1693-1702; MOVER): it has moved when that interval excludes zero. Where they overlap (the usual second month),
most records are the same and measured again, so no interval of the difference follows from the two: the number has
moved when it left the interval that the older run gave. Errors that the two runs share cancel; with a correlation
of at least one half this calls no more chance movements real than the level allows. A number without an interval
counts all rows: any difference is one of the data.
"""

from __future__ import annotations

import calendar
import datetime
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relops.data.rulers import ruler_differences
from relops.exhibits import Evidence
from relops.store import OTHER, Exhibits, merge

SAME = 1e-9
MONTHS, FILL = "data.months.table", "data.fill.table"
MONTH_MEASURES = ("orders", "gross", "refunds", "net", "customers")
# the code of what is missing for too few people
FEW_PEOPLE = "M8"
BOOKKEEPING, RULERS = "data.", "rfm.rulers"
JUDGEMENTS = BEYOND, COUNTED, UNJUDGED, WITHIN = "beyond", "counted", "unjudged", "within"


@dataclass(frozen=True)
class Snapshot:
    """What is compared of a run: its id, project, rulers in force, input hashes, sources, notebooks, exhibits."""

    run: str
    project: str
    rulers: Mapping[str, Any]
    inputs: Mapping[str, str]
    sources: frozenset[str]
    notebooks: frozenset[str]
    exhibits: Exhibits

    @property
    def data_end(self) -> str | None:
        """The last day of the data (ISO)."""
        period = self.exhibits.tables.get(MONTHS, {}).get("period")
        return period[1] if period else None


def snapshot(record: Mapping[str, Any], exhibits: Exhibits) -> Snapshot:
    """Return what is compared of a run, from what ``run.json`` holds and what its notebooks published."""
    sources = frozenset(f"{source['table']}: {source['source']}" for source in record.get("sources", ()))
    return Snapshot(record["run"], record["project"], record["settings"], record["inputs"], sources,
                    frozenset(entry["name"] for entry in record["notebooks"]), exhibits)


def is_run(folder: Path) -> bool:
    """Return whether a folder holds a good run."""
    path = folder / "run.json"
    return path.is_file() and json.loads(path.read_text(encoding="utf-8"))["status"] == "complete"


def read_run(folder: Path) -> Snapshot:
    """Return what is compared of the good run in a folder."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return snapshot(record, merge(folder / "store", [entry["name"] for entry in record["notebooks"]]))


def compare(old: Snapshot, new: Snapshot) -> dict[str, Any]:
    """Return how two runs differ, as plain data, what matters most first.

    ``old`` and ``new``: run, project, data_end. ``rulers``: name, old, new where they differ. ``inputs``,
    ``tables``, ``columns``, ``sources``: came, went (and changed, for inputs). ``findings``: id, kind (changed,
    came, went, hidden), the sentence of either run with its numbers. ``numbers``: those that differ, with their
    judgement (:func:`judge`) and whether a conclusion states them. ``months``: month, measure, old, new of whole
    months that both runs cover. ``came``, ``went`` and ``hidden``: ids of numbers; hidden is
    what the newer run has and does not show, of too few people. ``unchanged``: how many numbers are equal.
    ``money``: the unit of the months' sums. Only what notebooks of both runs publish is compared.
    """
    both = old.notebooks & new.notebooks
    before, now = _numbers(old.exhibits, both), _numbers(new.exhibits, both)
    stated = {name for finding in new.exhibits.findings.values() for name in finding["numbers"].values()}
    numbers = [_entry(before[key], now[key]) | {"stated": key in stated}
               for key in sorted(before.keys() & now.keys())]
    moved = [entry for entry in numbers if not _equal(entry["old"]["value"], entry["new"]["value"])]
    tables = [{name.split(".")[1] for name, record in held.items()
               if name.endswith(".rows_in") and record.value} for held in (before, now)]
    return {
        "old": _named(old), "new": _named(new), "rulers": list(rulers_moved(old.rulers, new.rulers)),
        "findings": sorted(_findings(old.exhibits, new.exhibits, both), key=lambda entry: -_worth(entry)),
        "numbers": sorted(moved, key=importance), "months": list(_past_months(old, new)),
        "inputs": _came_and_went(old.inputs, new.inputs) | {"changed": sorted(
            name for name in old.inputs.keys() & new.inputs.keys() if old.inputs[name] != new.inputs[name])},
        "tables": _came_and_went(*tables), "columns": _came_and_went(_columns(old), _columns(new)),
        "sources": _came_and_went(old.sources, new.sources), **_ids(before, now, _hidden(new.exhibits)),
        "unchanged": len(numbers) - len(moved), "money": _money_unit(new.exhibits),
    }


def _money_unit(exhibits: Exhibits) -> str | None:
    columns = exhibits.tables.get(MONTHS, {}).get("columns", ())
    return next((column["unit"] for column in columns if column["unit"].startswith("money")), None)


def _named(run: Snapshot) -> dict[str, Any]:
    return {"run": run.run, "project": run.project, "data_end": run.data_end}


def _hidden(exhibits: Exhibits) -> set[str]:
    """Return the ids of numbers that a run has and does not show: they count or rest on too few people."""
    return {name for name, record in exhibits.evidence.items() if record["tag"] == "N"}


def _ids(old: Mapping[str, Any], new: Mapping[str, Any], hidden: set[str]) -> dict[str, list[str]]:
    moved = _came_and_went(old, new)
    return moved | {"went": [name for name in moved["went"] if name not in hidden],
                    "hidden": [name for name in moved["went"] if name in hidden]}


def _came_and_went(old: Iterable[Any], new: Iterable[Any]) -> dict[str, list[Any]]:
    return {"came": sorted(set(new) - set(old)), "went": sorted(set(old) - set(new))}


def rulers_moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield name, old and new of each ruler that both runs have and that differs; files by another name are none."""
    for name in sorted(old.keys() & new.keys()):
        if any(ruler_differences(name, old[name], new[name])):
            yield {"name": name, "old": old[name], "new": new[name]}


def _numbers(exhibits: Exhibits, notebooks: frozenset[str]) -> dict[str, Evidence]:
    """Return the numbers that are shown: no tables, none that was suppressed."""
    records = (exhibits.record(name) for name in exhibits.evidence)
    return {record.id: record for record in records
            if record.unit != "table" and record.tag != "N" and record.value is not None
            and record.notebook in notebooks}


def _columns(run: Snapshot) -> set[tuple[str, str]]:
    """Return table and column, as the table of fill labels them, of every column that holds anything."""
    rows = run.exhibits.tables.get(FILL, {}).get("rows", ())
    return {(table, column) for table, column, _, filled, _ in rows if filled}


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=SAME, abs_tol=SAME)
    return old == new


# numbers --------------------------------------------------------------------------------------------------
def _plain(record: Evidence) -> dict[str, Any]:
    return {"value": record.value, "low": record.low, "high": record.high, "level": record.level, "n": record.n}


def _entry(old: Evidence, new: Evidence) -> dict[str, Any]:
    return {"id": new.id, "unit": new.unit, "old": _plain(old), "new": _plain(new), **judge(old, new)}


def judge(old: Evidence, new: Evidence) -> dict[str, Any]:
    """Return ``difference`` (new less old, in the number's unit; None where there is none), ``low`` and ``high``
    (of the difference, or the older run's interval), ``method`` and ``judgement``.

    ``method`` is ``difference`` for periods that do not overlap, ``range`` for those that do, None without
    intervals. ``judgement`` is beyond, within, counted (no interval: all rows were counted), or unjudged (an
    interval in one run alone, other levels or units, words and dates).
    """
    values = old.value, new.value
    if old.unit != new.unit or not all(isinstance(value, (int, float)) for value in values):
        return {"difference": None, "low": None, "high": None, "method": None, "judgement": UNJUDGED}
    found = {"difference": new.value - old.value, "low": None, "high": None, "method": None}
    bounds = old.low, old.high, new.low, new.high
    if all(bound is None for bound in bounds):
        return found | {"judgement": COUNTED}
    if None in bounds or old.level != new.level:
        return found | {"judgement": UNJUDGED}
    if _apart(old.period, new.period):
        low, high = difference_interval(old, new)
        return found | {"low": low, "high": high, "method": "difference",
                        "judgement": WITHIN if low <= 0 <= high else BEYOND}
    inside = old.low <= new.value <= old.high
    return found | {"low": old.low, "high": old.high, "method": "range", "judgement": WITHIN if inside else BEYOND}


def _apart(old: tuple[str, str] | None, new: tuple[str, str] | None) -> bool:
    return bool(old and new) and (old[1] < new[0] or new[1] < old[0])


def difference_interval(old: Evidence, new: Evidence) -> tuple[float, float]:
    """Return the interval of ``new`` less ``old`` at their level, for independent samples, from the interval of
    either (MOVER, Zou and Donner 2008)."""
    difference = new.value - old.value
    down = math.hypot(new.value - new.low, old.high - old.value)
    up = math.hypot(new.high - new.value, old.value - old.low)
    return difference - down, difference + up


def importance(entry: Mapping[str, Any]) -> tuple[int, bool, bool, float]:
    """Return the place of a number: beyond its interval before counted before within, bookkeeping of the data last;
    then money before the rest, what a conclusion states before what none does, and by size."""
    order = len(JUDGEMENTS) if entry["id"].startswith(BOOKKEEPING) else JUDGEMENTS.index(entry["judgement"])
    return order, not entry["unit"].startswith("money"), not entry["stated"], -_size(entry)


def _size(entry: Mapping[str, Any]) -> float:
    """Return how large a difference is: money as it is, against the interval's half width, or relative."""
    if entry["difference"] is None:
        return 0.0
    if entry["unit"].startswith("money"):
        return abs(entry["difference"])
    width = (entry["high"] - entry["low"]) / 2 if entry["low"] is not None else abs(entry["old"]["value"])
    return abs(entry["difference"]) / width if width else math.inf


# statements and months ------------------------------------------------------------------------------------
def _findings(old: Exhibits, new: Exhibits, notebooks: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield the statements whose sentence or verdict is another one, that are new, or no longer made. What the
    rulers say of themselves is compared apart."""
    for name in sorted(old.findings.keys() | new.findings.keys()):
        if name.startswith(RULERS):
            continue
        told = [(exhibits, exhibits.findings.get(name)) for exhibits in (old, new)]
        if any(finding and finding["notebook"] not in notebooks for _, finding in told):
            continue
        was, now = (finding and {key: finding[key] for key in ("message", "words", "code")} for _, finding in told)
        if was != now:
            kind = "came" if was is None else "changed" if now else "hidden" if _is_hidden(
                old.findings[name], new) else "went"
            yield {"id": name, "kind": kind, **{
                which: _sentence(*pair) for which, pair in zip(("old", "new"), told, strict=True)}}


def _is_hidden(finding: Mapping[str, Any], new: Exhibits) -> bool:
    """Return whether a statement of the older run is not made in the newer for too few people: one of its numbers is
    held back there, or what is missing in its place says so."""
    missing = new.missing.get(f"{finding['id'].removesuffix('.finding')}.missing", {})
    return missing.get("code") == FEW_PEOPLE or not _hidden(new).isdisjoint(finding["numbers"].values())


def _sentence(exhibits: Exhibits, finding: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a statement as plain data that can be printed without its run."""
    if finding is None:
        return None
    worth = exhibits.evidence[finding["worth"]]["value"] if finding["worth"] else None
    return {"message": finding["message"], "words": finding["words"], "code": finding["code"], "worth": worth,
            "numbers": {name: asdict(record) for name, record in exhibits.numbers(dict(finding)).items()}}


def _worth(entry: Mapping[str, Any]) -> float:
    return max(abs((entry[which] or {}).get("worth") or 0.0) for which in ("old", "new"))


def _past_months(old: Snapshot, new: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield the totals that differ of months that were over in both runs (late refunds, changes of status)."""
    ends = [run.data_end for run in (old, new)]
    if None in ends:
        return
    before, now = (_months(run) for run in (old, new))
    for month in sorted(before.keys() & now.keys()):
        if _last_day(month) > min(ends):
            continue
        for measure in MONTH_MEASURES:
            pair = before[month].get(measure), now[month].get(measure)
            if None not in pair and not _equal(*pair):
                yield {"month": month, "measure": measure, "old": pair[0], "new": pair[1]}


def _months(run: Snapshot) -> dict[str, dict[str, Any]]:
    table = run.exhibits.tables[MONTHS]
    keys = [column["key"] for column in table["columns"]]
    rows = (dict(zip(keys, row, strict=True)) for row in table["rows"])
    return {row["month"]: row for row in rows if row["month"] != OTHER}


def _last_day(month: str) -> str:
    year, number = map(int, month.split("-"))
    return datetime.date(year, number, calendar.monthrange(year, number)[1]).isoformat()
