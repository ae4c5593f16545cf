"""The source of a known export: the recogniser's, less what this client's files do not hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from relops.data.bases import AMOUNTS, TIMES, fits, quoted
from relops.data.column_evidence import ColumnEvidence, gather, prefer
from relops.data.contract import contract
from relops.data.guess_state import read_all
from relops.data.intake.draft import DayMonth, Draft, Group, spare_contacts
from relops.data.intake.surveys import find_questions
from relops.data.notes import note
from relops.data.recognise import Recognised
from relops.errors import BadInput, Problem

FEW_ANSWERS = 12


def from_recogniser(group: Group, recognised: Recognised, order: DayMonth) -> Draft:
    """Return the draft of a known export.

    Raises BadInput where a survey asks nothing that is feedback, and as ``order`` does on dates.
    """
    source, kind = recognised.source, recognised.recogniser
    by = note("recognised", name=kind.name)
    source["columns"] = dict(source["columns"])
    draft = Draft(group, source, {"table": by}, recognised.bases, recognised)
    wanted = {name for rule in source["columns"].values() for name in named(rule, group.headers)}
    asked = [name for name in group.headers if kind.questions and re.search(kind.questions, name)]
    wanted |= {name for ways in recognised.bases.values() for rule in ways.values()
               for name in named(rule, group.headers)}
    wanted |= set(asked)
    evidence = gather(read_all(group.forms, [name for name in dict.fromkeys(group.headers) if name in wanted]))
    contacts = spare_contacts(asked, source["columns"], evidence.__getitem__)
    source["columns"] |= contacts
    _settle_columns(draft, evidence)
    _settle_identity(draft, [*kind.identity, *contacts])
    _settle_dates(draft, evidence, order)
    _settle_grain(draft)
    if asked:
        answers = {name: _few_answers(group, name) for name in asked if evidence[name].distinct <= FEW_ANSWERS}
        source["unpivot"] = find_questions(asked, kind.questions, evidence, answers)
        draft.notes["unpivot"] = note("questions")
        if not source["unpivot"]:
            raise BadInput(Problem("intake.no_question", str(group.forms[0].path), {"headers": ", ".join(asked)}))
    for column in source["columns"]:
        draft.notes.setdefault(f"columns.{column}", by)
    return draft


def named(rule: Any, names: Sequence[str]) -> list[str]:
    """Return the headers that feed a column."""
    if isinstance(rule, str):
        return [rule]
    return [name for name in names if "sql" in rule and (quoted(name) in rule["sql"] or f'"{name}"' in rule["sql"])]


def _few_answers(group: Group, name: str) -> list[str]:
    return sorted({value for chunk in read_all(group.forms, [name]) for value in chunk[name].unique() if value})


def _settle_columns(draft: Draft, evidence: dict[str, ColumnEvidence]) -> None:
    """Leave out optional columns that are empty, and keys whose values are masked or encrypted."""
    kind, columns = draft.known_as, draft.source["columns"]
    required = contract()[draft.source["table"]].required()
    for column, rule in list(columns.items()):
        cells = evidence.get(rule) if isinstance(rule, str) else None
        if cells is None or column in required:
            continue
        empty = cells.filled == 0
        unlike = (TIMES.search(column) or column in AMOUNTS) and not empty and not fits(column, cells)
        if empty or unlike or (column in kind.identity and cells.is_masked):
            del columns[column]


def _settle_identity(draft: Draft, known: Sequence[str]) -> None:
    """Tell customers apart by the best of the ``known`` keys that these files hold."""
    kind, columns = draft.known_as, draft.source["columns"]
    draft.keys = [key for key in dict.fromkeys(known) if key in columns]
    for key in draft.keys:
        draft.notes[f"columns.{key}"] = note("person_key", name=kind.name)
    if not draft.keys and "customer_id" in contract()[draft.source["table"]].columns:
        draft.notes["table"] = note("no_key", name=kind.name)


def _settle_dates(draft: Draft, evidence: dict[str, ColumnEvidence], order: DayMonth) -> None:
    """Ask for the order of day and month where the dates of these files can be read both ways."""
    rules = [rule for column, rule in draft.source["columns"].items() if TIMES.search(column)]
    rules += draft.bases.get("time", {}).values()
    names = [name for rule in rules for name in named(rule, draft.group.headers)]
    unclear = [name for name in dict.fromkeys(names) if name in evidence and evidence[name].is_ambiguous]
    if unclear:
        path = str(draft.group.forms[0].path)
        date_format = order.settle([(path, name, evidence[name].example) for name in unclear])
        cells = evidence[unclear[0]]
        prefer(cells, date_format)
        draft.source["date_format"] = cells.date_format
        draft.notes["date_format"] = note("date_format", example=cells.example)


def _settle_grain(draft: Draft) -> None:
    """Tell a row an order from a row a line by whether order ids repeat within a file; an order's id is its key."""
    source, columns = draft.source, draft.source["columns"]
    order = columns.get("order_id")
    if source.get("grain") == "auto":
        repeats = isinstance(order, str) and any(
            cells.distinct < cells.filled for form in draft.group.forms
            for cells in [gather(read_all([form], [order]))[order]])
        source["grain"] = "line" if repeats else "order" if order else "event"
        draft.notes["grain"] = note("repeats" if repeats else "repeats_not")
    if source.get("key") == "auto":
        source.pop("key")
        if order:
            source["key"] = ["order_id"]
    if "key" in source:
        draft.notes["key"] = note("key")
    if source.get("refunds") == "column" and "refund_amount" not in columns:
        del source["refunds"]
