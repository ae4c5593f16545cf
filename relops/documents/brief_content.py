"""What the brief says under a heading: a table of single items, one for each list, empty fields in sight."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relops.brief import Brief, brief_value, is_empty
from relops.documents.brief_values import brief_run, format_any, format_change, plain_value
from relops.documents.captions import Captions
from relops.documents.model import (
    Block,
    OpenRun,
    Paragraph,
    Runs,
    TableBlock,
    TagRun,
    fill,
    gap,
    structure,
    tag,
    words,
)
from relops.documents.outline import BriefItem, HeadingSpec
from relops.exhibits import Run
from relops.locale import messages, read_yaml, text

LOWEST_GRADE = "D"
EXTERNAL = ("market.facts", "benchmarks.cases", "benchmarks.external", "swot.external")
SINGLE_UNITS = {
    "budget.total": "money",
    "finance.margin_rate": "share",
    "finance.discount_rate_year": "share",
    "risk_policy.appetite": "money",
    "incentives.pool_year": "money",
    "improvement.min_uplift_worth": "money",
}
RACI_WIDEST = 6


@functools.cache
def _declared_columns() -> dict[str, dict[str, list[str]]]:
    return read_yaml(Path(__file__).with_name("brief_columns.yaml"))


@functools.cache
def columns_of(path: str, view: str) -> tuple[tuple[str, str], ...]:
    """Return (column, unit) of a list in the brief, or nothing when the list has no declared columns."""
    declared = _declared_columns().get(path, {})
    return tuple(
        (name, unit or "text") for name, _, unit in (c.partition(":") for c in declared.get(view, ()))
    )


@dataclass(frozen=True)
class Item:
    """One place of the brief under a heading: its declaration, its value as plain data (None where empty)."""

    spec: BriefItem
    value: Any
    withheld: int = 0

    @property
    def path(self) -> str:
        """The path in the brief."""
        return self.spec.path


def read_item(spec: BriefItem, brief: Brief) -> Item:
    """Return what the brief holds at one place: rows that the heading asks for, none of the lowest grade."""
    value = plain_value(brief_value(brief, spec.path)) if _said(brief, spec.path) else None
    withheld = 0
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        rows = [
            (i, row)
            for i, row in enumerate(value)
            if not is_empty(row) and all(row.get(key) == wanted for key, wanted in spec.where.items())
        ]
        kept = [(i, row) for i, row in rows if spec.path not in EXTERNAL or row.get("grade") != LOWEST_GRADE]
        withheld = len(rows) - len(kept)
        value = dict(kept)
    elif isinstance(value, Mapping) and spec.path.endswith("]"):
        value = {int(spec.path[:-1].rpartition("[")[2]): value}
    return Item(spec, None if is_empty(value) else value, withheld)


def _said(brief: Brief, path: str) -> bool:
    """Return whether the brief itself says something here: what the schema falls back on is nobody's decision."""
    parent, _, key = path.rpartition(".")
    block = brief_value(brief, parent) if parent else brief
    if block is None or key.endswith("]"):
        return block is not None
    return key in getattr(block, "model_fields_set", {key})


def label(path: str, language: str) -> str:
    """Return the name of a place in the brief, or its path where it has none."""
    key = "documents.brief." + path.partition("[")[0].replace(".", "_")
    return text(key, language) if key in messages("documents") else path


def owner(path: str, language: str) -> str:
    """Return who supplies a field of the brief or of the data."""
    head = (
        "diagnosis_interviews"
        if path.startswith("diagnosis.interviews")
        else path.partition(".")[0].partition("[")[0]
    )
    return text(f"documents.owner.{head}", language)


def open_field(path: str, spec: HeadingSpec, language: str) -> OpenRun:
    """Return the mark of an empty field, with the question that goes to its owner."""
    who = owner(path, language)
    question = fill(
        "documents.todo.question",
        language,
        owner=Run("words", who),
        field=Run("brief", path, path),
        gives=Run("words", spec.gives[language]),
    )
    return OpenRun("brief", text("documents.todo.field", language, field=path), path, who, question)


class BriefPrinter:
    """Prints the brief's part of a heading in one language."""

    def __init__(self, brief: Brief, language: str):
        self.brief, self.language = brief, language
        self.currency = brief.finance.currency

    def read(self, spec: HeadingSpec) -> list[Item]:
        """Return the brief's places under a heading, in order."""
        return [read_item(item, self.brief) for item in spec.brief]

    def blocks(self, spec: HeadingSpec, items: list[Item], captions: Captions) -> list[Block]:
        """Return the tables of a heading. Single items stand in one table once one of them is filled in."""
        lists = [item for item in items if self._is_list(item)]
        single = [item for item in items if item not in lists and not self._may_be_list(item)]
        blocks: list[Block] = []
        if any(item.value is not None for item in single):
            blocks.append(self._single_table(spec, single, captions))
        for item in lists:
            blocks.append(self._raci(item, captions) or self._list_table(item, captions))
        if any(item.path in EXTERNAL and (item.withheld or item.value is not None) for item in items):
            blocks.append(Paragraph("note", (words("documents.external.unverified", self.language),)))
        return blocks

    def shown_open(self, items: list[Item]) -> set[str]:
        """Return the paths of empty fields that the table of single items shows already."""
        single = [item for item in items if not self._is_list(item) and not self._may_be_list(item)]
        if all(item.value is None for item in single):
            return set()
        return {item.path for item in single if item.value is None}

    def _is_list(self, item: Item) -> bool:
        value = item.value
        return isinstance(value, dict) and all(isinstance(key, int) for key in value)

    def _may_be_list(self, item: Item) -> bool:
        return item.value is None and bool(columns_of(item.path.partition("[")[0], "all"))

    def _tag(self, path: str) -> Run:
        return tag("X" if path in EXTERNAL else "B", self.language)

    def _single_table(self, spec: HeadingSpec, items: list[Item], captions: Captions) -> TableBlock:
        rows = []
        for item in items:
            if item.value is None:
                cell: Runs = (open_field(item.path, spec, self.language),)
            else:
                unit = SINGLE_UNITS.get(item.path, "choice")
                cell = (brief_run(format_any(item.value, self.language, unit, self.currency), item.path),)
            rows.append(((Run("words", label(item.path, self.language)),), cell))
        title = (
            words("documents.column.item", self.language),
            words("documents.label.colon", self.language),
            Run("words", spec.title[self.language]),
            gap(self.language),
            tag("B", self.language),
        )
        header = tuple((words(f"documents.column.{key}", self.language),) for key in ("item", "value"))
        return TableBlock(
            f"brief.{spec.id}", header, tuple(rows), (False, False), captions.table(title), (0.3, 0.7)
        )

    def _list_table(self, item: Item, captions: Captions) -> TableBlock:
        path = item.path.partition("[")[0]
        view = item.spec.columns or "all"
        key = f"{path}.{item.spec.where['kind']}" if item.spec.where.get("kind") == "referral" else path
        columns = columns_of(key, view) or tuple((name, "text") for name in next(iter(item.value.values())))
        header = tuple((self._column(path, name),) for name, _ in columns)
        rows = tuple(
            tuple(self._cell(f"{path}[{index}]", row, name, unit) for name, unit in columns)
            for index, row in item.value.items()
        )
        numeric = tuple(
            unit in ("money", "share", "count", "change") or unit.startswith("three") for _, unit in columns
        )
        title = (
            Run("words", label(path, self.language)),
            gap(self.language),
            self._tag(path),
        )
        return TableBlock(f"brief.{item.path}", header, rows, numeric, captions.table(title))

    def _column(self, path: str, name: str) -> Run:
        key = (
            "code_market" if (path, name) == ("markets", "code") else name.partition("|")[0].replace(".", "_")
        )
        if f"documents.column.{key}" in messages("documents"):
            return words(f"documents.column.{key}", self.language)
        return structure(name)

    def _cell(self, place: str, row: Mapping[str, Any], name: str, unit: str) -> Runs:
        value, path = None, f"{place}.{name.partition('|')[0]}"
        for alternative in name.split("|"):
            if is_empty(value):
                value, path = _inside(row, alternative), f"{place}.{alternative}"
        if is_empty(value):
            return (TagRun("brief", text("documents.todo.cell", self.language), path),)
        shown = (
            format_change(row, self.language)
            if unit == "change"
            else (format_any(value, self.language, unit, self.currency))
        )
        if isinstance(value, Mapping) and value.get("source") == "assumption":
            return (brief_run(shown, path), self._assumption(path, value))
        return (brief_run(shown, path),)

    def _assumption(self, path: str, value: Mapping[str, Any]) -> OpenRun:
        """Return the tag of an assumption, with the request that its owner confirm it."""
        who = value.get("owner") or owner(path, self.language)
        question = fill(
            "documents.todo.assumption", self.language, owner=Run("brief", str(who), f"{path}.owner")
        )
        return OpenRun("words", text("documents.tag.A", self.language), None, str(who), question)

    def _raci(self, item: Item, captions: Captions) -> TableBlock | None:
        """Return stakeholders as a matrix of items by party, or None where that is not possible on a page."""
        if item.path != "stakeholders" or not 0 < len(item.value) <= RACI_WIDEST:
            return None
        tasks = list(dict.fromkeys(task for row in item.value.values() for task in (row.get("raci") or {})))
        if not tasks:
            return None
        header = (
            (words("documents.column.key", self.language),),
            *((brief_run(str(row["name"]), f"stakeholders[{i}].name"),) for i, row in item.value.items()),
        )
        rows = tuple(
            (
                (brief_run(str(task), "stakeholders"),),
                *(self._letter(i, row, task) for i, row in item.value.items()),
            )
            for task in tasks
        )
        title = (
            Run("words", label(item.path, self.language)),
            gap(self.language),
            self._tag(item.path),
        )
        return TableBlock("brief.stakeholders", header, rows, (False,) * len(header), captions.table(title))

    def _letter(self, index: int, row: Mapping[str, Any], task: str) -> Runs:
        letter = (row.get("raci") or {}).get(task)
        return (brief_run(str(letter), f"stakeholders[{index}].raci.{task}"),) if letter else ()


def _inside(row: Mapping[str, Any], name: str) -> Any:
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
