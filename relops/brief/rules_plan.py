"""Rules on the plan itself: estimates, ids, dates, goals, budget, responsibility, roadmap."""

from __future__ import annotations

import graphlib
import math
from collections.abc import Iterator
from typing import Any

from relops.brief.paths import Path, show_path
from relops.brief.rule_tools import Broken, blocks, day, filled, found, money, number

# lists whose entries carry an id that must not occur twice in the list
IDENTIFIED = (
    "client.business_goals", "goals", "phases", "channels", "touchpoints", "strategies", "experiments",
    "experiments.*.metrics", "team.roles", "sop", "budget.lines", "roadmap.tasks", "roadmap.gates", "risks",
    "ai.usecases", "scenarios", "csr.commitments",
)
# pairs of dates of which the first must not lie after the second
SPANS = (
    ("period", "data_start", "data_end"), ("phases.*", "start", "end"), ("experiments.*", "start", "end"),
)
FREE_BLOCKS = ("data", "parameters", "engine")
MONEY_TOLERANCE = 0.005
RACI = frozenset("RACI/")
POINTS_RANGE = 200  # from an NPS of -100 to one of 100


def ordered_estimates(content: Any) -> Iterator[Broken]:
    """Low, most likely and high of every estimate stand in this order."""
    def visit(path: Path, value: Any) -> Iterator[Broken]:
        if isinstance(value, list):
            for place, entry in enumerate(value):
                yield from visit((*path, place), entry)
        elif isinstance(value, dict):
            low, mode, high = (number(value.get(key)) for key in ("low", "mode", "high"))
            known = [amount for amount in (low, mode, high) if amount is not None]
            if known != sorted(known):
                yield Broken(path, "estimate_order", {"low": low, "mode": mode, "high": high})
            for key, entry in value.items():
                if path or key not in FREE_BLOCKS:
                    yield from visit((*path, key), entry)
    return visit((), content)


def unique_ids(content: Any) -> Iterator[Broken]:
    """An id occurs once in its list; capitals do not tell ids apart, for evidence ids are lower case."""
    for pattern in IDENTIFIED:
        # every list of its own: the metrics of one experiment may be named like those of another
        for list_path, entries in found(content, pattern):
            if not isinstance(entries, list):
                continue
            seen: dict[str, Path] = {}
            for place, entry in enumerate(entries):
                name = entry.get("id") if isinstance(entry, dict) else None
                if not isinstance(name, str):
                    continue
                path = (*list_path, place, "id")
                if name.casefold() in seen:
                    first = show_path(seen[name.casefold()])
                    yield Broken(path, "duplicate_id", {"id": name, "first": first})
                seen.setdefault(name.casefold(), path)


def dates_in_order(content: Any) -> Iterator[Broken]:
    """A span does not end before it starts."""
    for pattern, first, last in SPANS:
        for path, block in blocks(content, pattern):
            start, end = day(block.get(first)), day(block.get(last))
            if start and end and end < start:
                yield Broken((*path, last), "dates_reversed", {"start": start, "end": end})
    for path, pair in found(content, "calendar.blackout.*"):
        ends = [day(value) for value in pair] if isinstance(pair, list) else []
        if len(ends) == 2 and all(ends) and ends[1] < ends[0]:
            yield Broken(path, "dates_reversed", {"start": ends[0], "end": ends[1]})


def goals_measurable(content: Any) -> Iterator[Broken]:
    """A goal says from where it changes, unless it names the level itself; its change is possible."""
    for path, goal in blocks(content, "goals.*"):
        kind, change = goal.get("change_type"), number(goal.get("change"))
        if kind in ("points", "relative") and not filled(goal.get("baseline_ref")):
            yield Broken(path, "goal_without_baseline", {"change_type": kind})
        if change is None:
            continue
        if kind == "relative" and change <= -1:
            yield Broken((*path, "change"), "change_impossible_relative", {"change": change})
        if kind == "points" and abs(change) > POINTS_RANGE:
            yield Broken((*path, "change"), "change_impossible_points",
                         {"change": change, "most": POINTS_RANGE})


def budget_adds_up(content: Any) -> Iterator[Broken]:
    """The lines of the budget sum to its total."""
    for _, total in found(content, "budget.total"):
        for _, lines in found(content, "budget.lines"):
            entries = lines if isinstance(lines, list) else []
            amounts = [number(line.get("amount")) if isinstance(line, dict) else None for line in entries]
            if not amounts or number(total) is None or any(amount is None for amount in amounts):
                continue
            spent = math.fsum(amounts)
            if abs(spent - total) > MONEY_TOLERANCE:
                yield Broken(("budget", "total"), "budget_sum",
                             {"total": money(total), "sum": money(spent), "difference": money(spent - total)})


def one_accountable(content: Any) -> Iterator[Broken]:
    """Every item of the responsibility matrix has exactly one A."""
    holders: dict[str, list[str]] = {}
    first: dict[str, Path] = {}
    unclear: set[str] = set()
    for path, stakeholder in blocks(content, "stakeholders.*"):
        matrix = stakeholder.get("raci")
        for item, letters in (matrix.items() if isinstance(matrix, dict) else ()):
            first.setdefault(item, (*path, "raci", item))
            holders.setdefault(item, [])
            if not isinstance(letters, str) or not RACI.issuperset(letters):
                unclear.add(item)
            elif "A" in letters:
                holders[item].append(str(stakeholder.get("name")))
                if len(holders[item]) == 2:
                    first[item] = (*path, "raci", item)
    for item, names in holders.items():
        if not names and item not in unclear:
            yield Broken(first[item], "raci_none", {"item": item})
        elif len(names) > 1:
            yield Broken(first[item], "raci_several", {"item": item, "names": ", ".join(names)})


def roadmap_possible(content: Any) -> Iterator[Broken]:
    """Tasks wait for tasks that exist, and never for each other in a circle."""
    tasks = {task["id"]: (path, task) for path, task in blocks(content, "roadmap.tasks.*")
             if isinstance(task.get("id"), str)}
    known = ", ".join(tasks)
    waits: dict[str, list[str]] = {}
    for name, (path, task) in tasks.items():
        after = task.get("after") if isinstance(task.get("after"), list) else []
        waits[name] = [other for other in after if isinstance(other, str) and other in tasks]
        for place, other in enumerate(after):
            if isinstance(other, str) and other not in tasks:
                yield Broken((*path, "after", place), "task_unknown", {"id": other, "known": known})
    for path, gate in blocks(content, "roadmap.gates.*"):
        if filled(gate.get("after")) and isinstance(gate["after"], str) and gate["after"] not in tasks:
            yield Broken((*path, "after"), "task_unknown", {"id": gate["after"], "known": known})
    for circle in circles(waits):
        yield Broken((*tasks[circle[0]][0], "after"), "tasks_circular", {"circle": " → ".join(circle)})


def circles(waits: dict[str, list[str]]) -> Iterator[list[str]]:
    """Yield circles of tasks that wait for each other; each task is told of once."""
    waits = dict(waits)
    while True:
        try:
            graphlib.TopologicalSorter(waits).prepare()
            return
        except graphlib.CycleError as error:
            circle = error.args[1]
        yield circle
        for name in circle:
            waits.pop(name, None)


RULES = (ordered_estimates, unique_ids, dates_in_order, goals_measurable, budget_adds_up, one_accountable,
         roadmap_possible)
