"""The rulers that a brief states: which time, which amount, which statuses count, who is one customer, in which
currency and time zone, and the limits and windows it fixes. Held against those that ``settings.lock`` froze.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from relops.brief import Brief
from relops.brief.sources import Formula, Source, StatusRule
from relops.data.contract import contract
from relops.errors import Problem
from relops.lock import LOCK, Lock
from relops.project import BRIEF

LIMITS = ("f_star", "r1_days", "r2_days")
ORDERS = "orders"
STATUS = "status_rule"
NONE = "–"
KINDS = tuple(StatusRule.model_fields)
# what else a source of orders states that decides its sums: name of the ruler → field of the brief
RULES = {"refund_rule": "refunds", "line_amount": "amount_basis", "stored_value": "stored_value"}
BASES = ("time_basis", "amount_basis", "customer_basis")
PLAIN = {"data.currency": "finance.currency", "data.timezone": "period.timezone"}


def mapping_rulers(brief: Brief) -> dict[str, Any]:
    """Return the rulers of the mapping, name → value.

    ``data.currency`` and ``data.timezone`` are texts; ``data.<table>.<time_basis, amount_basis, customer_basis,
    grain>`` map the files of each source to the column or grain it uses, ``data.orders.<refund_rule, line_amount,
    stored_value>`` to its rule (None without one), ``data.orders.status_rule`` to its status values and their class.
    """
    rulers: dict[str, Any] = {"data.currency": brief.finance.currency, "data.timezone": brief.period.timezone}
    for source in brief.data.sources:
        for aspect, value in _aspects(source).items():
            rulers.setdefault(f"data.{source.table}.{aspect}", {})[source_label(source)] = value
    return rulers


def source_label(source: Source) -> str:
    """Return what tells a source from the others of its table: its files, and the sheet."""
    files = ", ".join(source.file_names)
    return f"{files}#{source.sheet}" if source.sheet else files


def _columns(source: Source) -> dict[str, str]:
    """Return the columns whose choice is a ruler: name of the ruler → column of the contract."""
    table = contract()[source.table]
    named = {"time_basis": table.time, "amount_basis": "amount", "customer_basis": "customer_id"}
    return {basis: column for basis, column in named.items() if column in table.columns}


def _aspects(source: Source) -> dict[str, Any]:
    found = {basis: _plain(source.columns.get(column, column)) for basis, column in _columns(source).items()}
    if source.table == ORDERS:
        found |= {rule: getattr(source, field) for rule, field in RULES.items()}
        found[STATUS] = {value: kind for kind in KINDS for value in getattr(source.status, kind)}
    return found | {"grain": source.grain}


def _plain(column: str | Formula) -> Any:
    return column if isinstance(column, str) else column.model_dump(exclude_none=True)


def stated_rulers(brief: Brief) -> dict[str, Any]:
    """Return every ruler the brief states: those of the mapping, limits of the groups (``rfm.<limit>``) and
    parameters of notebooks (``<notebook>.<parameter>``)."""
    limits = {f"rfm.{name}": getattr(brief.segments, name) for name in LIMITS}
    given = {f"{notebook}.{name}": value for notebook, values in brief.parameters.items()
             for name, value in values.items()}
    return mapping_rulers(brief) | {name: value for name, value in limits.items() if value is not None} | given


def moved_rulers(brief: Brief, lock: Lock) -> list[Problem]:
    """Return a problem for each ruler that the brief states otherwise than the lock holds it: both are named.

    A source or a status value that is new, or no longer there, moves no ruler. Where files were renamed, what
    they use is compared over all such sources of a table.
    """
    problems = []
    stated = stated_rulers(brief)
    for name in sorted(stated.keys() & lock.rulers.keys()):
        ruler = lock.rulers[name]
        problems += [Problem("project.ruler_moved", f"{BRIEF} {_place(name)}", {
            "name": name, "frozen": old, "stated": new, "run": ruler.run, "date": ruler.date, "lock": LOCK})
            for old, new in ruler_differences(name, ruler.value, stated[name])]
    return problems


def _place(name: str) -> str:
    """Return where in the brief a ruler is stated."""
    subject, _, rest = name.partition(".")
    if subject == "rfm":
        return f"segments.{rest}"
    return PLAIN.get(name, "data.sources" if subject == "data" else f"parameters.{name}")


def ruler_differences(name: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Yield what differs between two values of a ruler, as words: what the same files, or all that came and went, use;
    other names of files alone are no difference."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        if old != new:
            yield str(old), str(new)
        return
    for label in old.keys() & new.keys():
        yield from _pair(name, [old[label]], [new[label]], f"{label}: ")
    yield from _pair(name, [old[label] for label in old.keys() - new.keys()],
                     [new[label] for label in new.keys() - old.keys()], "")


def _pair(name: str, old: list[Any], new: list[Any], lead: str) -> Iterator[tuple[str, str]]:
    if not (old and new):
        return
    if name.endswith(STATUS):
        before, now = ({value: kind for rule in rules for value, kind in rule.items()} for rules in (old, new))
        changed = [value for value in before.keys() & now.keys() if before[value] != now[value]]
        if bool(before) != bool(now):  # all rows counted, and now some rule decides; or the reverse
            changed = [*before, *now]
        if changed:
            yield lead + _classes(before, changed), _classes(now, changed)
        return
    gone, came = Counter(map(_words, old)), Counter(map(_words, new))
    if gone - came and came - gone:
        yield lead + ", ".join(sorted(gone - came)), ", ".join(sorted(came - gone))


def _classes(rule: Mapping[str, str], values: list[str]) -> str:
    return ", ".join(f"{value} = {rule[value]}" for value in sorted(values) if value in rule) or NONE


def _words(value: Any) -> str:
    return str(next(iter(value.values()))) if isinstance(value, Mapping) else str(value or NONE)


def under_rulers(brief: Brief, rulers: Mapping[str, Any]) -> Brief:
    """Return the brief as it reads under other rulers: the columns, rules and limits it states are replaced by
    those of ``rulers`` wherever these name the same source."""
    sources = [_source_under(source, rulers) for source in brief.data.sources]
    limits = {name: rulers[f"rfm.{name}"] for name in LIMITS
              if getattr(brief.segments, name) is not None and f"rfm.{name}" in rulers}
    return brief.model_copy(update={
        "data": brief.data.model_copy(update={"sources": sources}),
        "segments": brief.segments.model_copy(update=limits),
        "period": brief.period.model_copy(update={"timezone": rulers.get("data.timezone", brief.period.timezone)}),
        "finance": brief.finance.model_copy(update={
            "currency": rulers.get("data.currency", brief.finance.currency)}),
    })


def _source_under(source: Source, rulers: Mapping[str, Any]) -> Source:
    label = source_label(source)
    held = {aspect: rulers[name][label] for aspect in (*BASES, "grain", *RULES, STATUS)
            if label in rulers.get(name := f"data.{source.table}.{aspect}", {})}
    columns = {column: held[basis] if isinstance(held[basis], str) else Formula(**held[basis])
               for basis, column in _columns(source).items() if basis in held
               if column in source.columns or held[basis] != column}
    status = {kind: [value for value, held_kind in held[STATUS].items() if held_kind == kind]
              for kind in KINDS} if STATUS in held else {}
    return source.model_copy(update={
        "columns": dict(source.columns) | columns, "status": source.status.model_copy(update=status),
        "grain": held.get("grain", source.grain),
        **{field: held[rule] for rule, field in RULES.items() if rule in held}})
