"""The sources of a brief from a client's files: one for all files of the same headers, known or guessed, then asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from relops.data.column_evidence import gather
from relops.data.contract import contract
from relops.data.guess import found_alone, guess_files
from relops.data.guess_state import read_all
from relops.data.headers import contact_headers, contact_kind, normal
from relops.data.intake.decimals import ask_decimals
from relops.data.intake.details import leave_to_orders, lines_of_orders
from relops.data.intake.doubts import ask_doubts
from relops.data.intake.draft import DayMonth, Draft, Group, spare_contacts
from relops.data.intake.files import Gathered, common_pattern, is_open
from relops.data.intake.own_totals import take_own_totals
from relops.data.intake.questions import Ask, Question, class_of_values
from relops.data.intake.recognised import from_recogniser, named
from relops.data.intake.tables import EMPTY, give_orders, leave_further, tables_to_read, views_to_read
from relops.data.notes import join_notes, note
from relops.data.readers.sheets import other_sheets
from relops.data.readers.sniff import count_values, sniff, sum_values
from relops.data.recognise import BASES, Recogniser, recognise
from relops.data.statuses import MOST_VALUES, class_by_words, in_part, read_statuses
from relops.errors import BadInput, Problem

DATE_IN_NAME = r".*(?<!\d)(20\d{2}[-_.年]?[01]\d[-_.月]?[0-3]\d)"
MARKS = {"refund": "r", "not_counted": ""}  # of classes that are proposed, as an answer writes them
AMBIGUOUS = "data.guess.day_month"
LACKING = {"data.guess.no_column", "data.guess.no_dates", "data.guess.crosstab"}


def draft_sources(gathered: Gathered, recognisers: Sequence[Recogniser], ask: Ask,
                  date_format: str | None = None, *, keep: bool = False) -> list[Draft]:
    """Return the sources that files make, in the order of the contract's tables.

    The client's own monthly totals among the files are no source: they are noted as ``gathered.control``. Questions go
    to ``ask``, each once for all sources. Where ``keep`` is set, files that lack a column make a source without it.
    Raises BadInput with the problems of all files.
    """
    problems = list(gathered.problems)
    order = DayMonth(ask, date_format)
    drafts, unlike = _read_all(gathered, recognisers, order, problems)
    leave_further(drafts, lines=False)
    leave_to_orders(drafts)
    leave_further(drafts, lines=True)
    for group, fault in unlike:
        lines = lines_of_orders(group, drafts)
        # of a database whose orders come in, the tables of something else may stay
        beside = group.sheet and _lacks(fault) and any(draft.group.names == group.names for draft in drafts)
        if lines is None and keep and _lacks(fault) and not beside:
            lines = Draft(group, *found_alone(group.forms), {})
        drafts += [lines] if lines else []
        problems += [] if lines or beside else fault.problems
    if problems:
        raise BadInput(problems)
    listed = list(contract())
    drafts.sort(key=lambda draft: listed.index(draft.source["table"]))
    for draft in drafts:
        _name_files(draft, drafts, gathered)
    ask_decimals(drafts, ask)
    ask_doubts(drafts, ask)
    for basis in BASES:
        _ask_basis(basis, drafts, ask)
    _ask_statuses(drafts, ask)
    return drafts


def _read_all(gathered: Gathered, recognisers: Sequence[Recogniser], order: DayMonth, problems: list[Problem]
              ) -> tuple[list[Draft], list[tuple[Group, BadInput]]]:
    """Return the drafts of all files, and the files that make none with what they lack: of databases the tables, and
    the views where no table gives orders; of workbooks whose first sheet lacks a column another one."""
    tables = {path: tables_to_read(path) for path in gathered.data}
    groups = take_own_totals(_grouped(gathered.data, tables, problems), gathered, problems)
    drafts, unlike = _try(groups, recognisers, order)
    views = {path: views_to_read(path) for path, name in gathered.data.items() if not give_orders(drafts, [name])}
    shown, others = _try(_grouped(gathered.data, views, problems), recognisers, order)
    covered = {(draft.source["table"], *draft.group.names) for draft in drafts}
    drafts += [draft for draft in shown if (draft.source["table"], *draft.group.names) not in covered]
    unlike += others
    for group, fault in list(unlike):
        if _lacks(fault) and (draft := _on_another_sheet(group, recognisers, order)):
            drafts.append(draft)
            unlike.remove((group, fault))
    return drafts, unlike


def _name_files(draft: Draft, drafts: Sequence[Draft], gathered: Gathered) -> None:
    """Say which files, and which sheet of them, a draft is made of."""
    if draft.group.sheet:
        draft.source["sheet"] = draft.group.sheet
    names = [name for other in drafts if other is not draft for name in other.group.names]
    pattern = common_pattern(draft.group.names, names)
    draft.source["files"] = f"data/{pattern}" if isinstance(pattern, str) else [f"data/{one}" for one in pattern]
    reasons = [note("same_headers", files=len(draft.group.names))] if len(draft.group.names) > 1 else []
    if opened := [name for path, name in gathered.data.items() if name in draft.group.names and is_open(path)]:
        reasons.append(note("open", files=", ".join(opened)))
    if reasons:
        draft.notes["files"] = join_notes(*reasons)


def _try(groups: Sequence[Group], recognisers: Sequence[Recogniser], order: DayMonth
         ) -> tuple[list[Draft], list[tuple[Group, BadInput]]]:
    """Return the drafts of groups, and those that make none with what they lack."""
    drafts, unlike = [], []
    for group in groups:
        try:
            drafts.append(_drafted(group, recognisers, order))
        except BadInput as fault:
            unlike.append((group, fault))
    return drafts, unlike


def _grouped(files: dict[Path, str], tables: Mapping[Path, Sequence[str | None]], problems: list[Problem]
             ) -> list[Group]:
    groups: dict[tuple[Any, ...], Group] = {}
    parts = [(path, files[path], table) for path, listed in tables.items() for table in listed]
    for path, name, table in parts:
        try:
            form = sniff(path, table)
        except BadInput as fault:
            # an empty table of a database is no export
            problems += [one for one in fault.problems if table is None or one.code not in EMPTY]
            continue
        except OSError as fault:
            problems.append(Problem("data.guess.cannot_read", str(path), {"fault": fault.strerror or str(fault)}))
            continue
        if table is not None and len(form.names) == 1:
            continue  # nor is one of a single column, as the version of the database
        key = (form.has_header, *map(normal, form.names)) if form.has_header else (False, len(form.names), path)
        group = groups.setdefault((table, *key), Group([], [], table))
        group.forms.append(form)
        group.names.append(name)
    return list(groups.values())


def _drafted(group: Group, recognisers: Sequence[Recogniser], order: DayMonth) -> Draft:
    recognised = recognise(group.headers, recognisers) if group.forms[0].has_header else None
    if recognised:
        draft = from_recogniser(group, recognised, order)
        _settle_export(draft)
        _find_statuses(draft)
        return draft
    try:
        source, notes, bases = guess_files(group.forms, order.date_format)
    except BadInput as fault:
        if {problem.code for problem in fault.problems} != {AMBIGUOUS}:
            raise
        facts = [(one.place, one.values["header"], one.values["example"]) for one in fault.problems]
        source, notes, bases = guess_files(group.forms, order.settle(facts))
    draft = Draft(group, source, notes, bases)
    _name_keys(draft)
    if source["table"] == "orders" and "order_id" in source["columns"]:
        source["key"] = ["order_id"]
        notes["key"] = note("key")
    _settle_export(draft)
    _find_statuses(draft)
    return draft


def _lacks(fault: BadInput) -> bool:
    """Return whether nothing is wrong with a file but that it lacks a column."""
    return {problem.code for problem in fault.problems} <= LACKING


def _on_another_sheet(group: Group, recognisers: Sequence[Recogniser], order: DayMonth) -> Draft | None:
    """Return the draft of the further sheet of workbooks that says most of whose records these are, where their first
    one is a pivot or a summary; None where none names a customer or an order."""
    found = []
    for sheet in other_sheets(group.forms[0].path):
        try:
            forms = [sniff(form.path, sheet) for form in group.forms]
            draft = _drafted(Group(forms, group.names, sheet), recognisers, order)
        except BadInput:
            continue  # the fault of the first sheet is the one to tell
        draft.notes["sheet"] = note("sheet", sheet=sheet)
        told = bool(draft.keys), "order_id" in draft.source["columns"]
        if any(told):
            found.append((told, len(draft.source["columns"]), draft))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _name_keys(draft: Draft) -> None:
    """Call a customer id that is a contact by what it is, so that other sources' contacts match it."""
    columns = draft.source["columns"]
    header = columns.get("customer_id")
    example = gather(read_all(draft.group.forms, [header]))[header].example if isinstance(header, str) else ""
    key = contact_kind(header, example) if isinstance(header, str) else None
    if key:
        draft.source["columns"] = {key if name == "customer_id" else name: rule for name, rule in columns.items()}
        draft.notes[f"columns.{key}"] = draft.notes.pop("columns.customer_id")
        columns, draft.keys = draft.source["columns"], [key]
    elif header:
        draft.keys = ["customer_id"]
    if draft.source["table"] in ("customers", "orders"):
        spare = spare_contacts(contact_headers(draft.group.headers), columns,
                               lambda name: gather(read_all(draft.group.forms, [name]))[name])
        if draft.source["table"] == "orders":  # of an order they are needed where nothing else tells whose it is
            spare = {key: name for key, name in spare.items() if header and _fills(draft, header, name)}
        columns |= spare
        draft.keys += spare
        draft.notes |= {f"columns.{key}": note("by_contact") for key in spare}


def _fills(draft: Draft, header: Any, contact: str) -> bool:
    """Return whether a contact stands in rows without a customer."""
    return isinstance(header, str) and any(bool(((rows[header] == "") & (rows[contact] != "")).any())
                                           for rows in read_all(draft.group.forms, [header, contact]))


def _settle_export(draft: Draft) -> None:
    """Take the day of export from the names of the files, where all bear one and overlapping files need it."""
    found = [re.match(DATE_IN_NAME, Path(name).name) for name in draft.group.names]
    if len(found) > 1 and all(found) and draft.source.get("key"):
        draft.source["exported_at"] = DATE_IN_NAME
        draft.notes["exported_at"] = note("exported_at", example=found[-1][1])


def _find_statuses(draft: Draft) -> None:
    """Class the status values that the words of a value or the recogniser tell; keep the others with their counts."""
    rule = draft.source["columns"].get("status")
    if draft.source["table"] != "orders" or rule is None:
        draft.source.pop("status", None)
        return
    known = draft.source.get("status", {})
    draft.source["status"] = known = {kind: list(values) for kind, values in known.items()}
    seen = sum((count_values(form, rule) for form in draft.group.forms), Counter())
    listed = {value for values in known.values() for value in values}
    left = {value: count for value, count in seen.items() if value not in listed}
    if len(left) > MOST_VALUES:
        return
    doubted = [value for value in draft.bases.get("statuses", {}) if value in left]
    by_words, unknown = read_statuses(value for value in left if value not in doubted)
    unknown += doubted
    for kind, values in by_words.items():
        known.setdefault(kind, []).extend(values)
    # on further lines of an order a blank says nothing: the door takes the first line's
    if "" in left and draft.source.get("grain") != "line":
        unknown.append("")
    draft.unknown = Counter({value: left[value] for value in unknown})
    amount = draft.source["columns"].get("amount")
    if unknown and isinstance(amount, str):
        for form in draft.group.forms:  # added one by one: a sum of counters loses what is below zero
            sums = sum_values(form, rule, amount)
            draft.money.update({value: sums[value] for value in unknown})


def _ask_basis(basis: str, drafts: Sequence[Draft], ask: Ask) -> None:
    asking = [draft for draft in drafts if draft.asks(basis)]
    ways = tuple(dict.fromkeys(way for draft in asking for way in draft.bases[basis]))
    way = ""
    if ways:
        facts = tuple((draft.group.names[0], f"@intake.choice.{basis}_{way}", _shown(rule, draft.group.headers))
                      for draft in asking for way, rule in draft.bases[basis].items())
        way = ask(Question(f"{basis}_basis", f"columns.{BASES[basis]}", ways, ways[0], facts))
    for draft in drafts:
        draft.choose(basis, way)


def _shown(rule: Any, names: Sequence[str]) -> str:
    """Return the headers that feed a column, in the order in which they are asked for a value."""
    used = named(rule, names)
    return " → ".join(sorted(used, key=lambda name: str(rule).find(name)))


def _ask_statuses(drafts: Sequence[Draft], ask: Ask) -> None:
    """Ask once what all status values mean whose words do not tell."""
    counts: Counter = sum((draft.unknown for draft in drafts), Counter())
    values = [value for value, _ in counts.most_common()]
    if not values:
        return
    money: Counter = Counter()
    for draft in drafts:
        money.update(draft.money)
    facts = tuple((value or "–", f"{counts[value]:,}", *([f"{money[value]:,.2f}"] if value in money else []))
                  for value in values)
    back = {value: "refund" for members in class_by_words(values, "money_back").values() for value in members
            if not in_part(value)}
    for draft in drafts:
        back |= draft.bases.get("statuses", {})
    proposed = ", ".join(f"{place}{MARKS[back[value]]}" for place, value in enumerate(values, 1)
                         if back.get(value, "counted") in MARKS)
    classes = class_of_values(ask(Question("statuses", "status", (), proposed, facts)), values)
    for draft in drafts:
        for kind, members in classes.items():
            own = [value for value in members if value in draft.unknown]
            if own:
                draft.source["status"].setdefault(kind, []).extend(own)
        if draft.unknown:
            draft.notes["status"] = note("status_asked", values=", ".join(value or "–" for value in draft.unknown))
