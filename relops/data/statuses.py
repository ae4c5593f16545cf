"""What the status values of an export mean, as far as their words say so: counted, not counted, refund."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from relops.data.engine import Engine, literal
from relops.data.headers import headers
from relops.errors import BadInput, Problem

if TYPE_CHECKING:
    from relops.data.mapping import Mapping

MOST_VALUES = 40
PARTS = ("partial", "partly", "部分")
CLASSES = ("recharge", "refund", "not_counted", "counted")


def read_statuses(values: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return class → values whose words are known (``headers.yaml``), and the values that nobody can classify.

    A column of more than forty different values is no status: nothing is returned for it. A value that speaks of
    several things at once belongs to the first of recharge, refund, not counted, counted; one that speaks of a part
    (of a refund, a payment, a delivery) is left to the user.
    """
    seen = Counter(value for value in values if value)
    if len(seen) > MOST_VALUES:
        return {}, []
    words = headers()["status_words"]
    rule: dict[str, list[str]] = {}
    unknown = []
    for value in sorted(seen):
        kinds = [kind for kind in CLASSES if any(_says(value, word) for word in words[kind])]
        if any(part in value.lower() for part in PARTS):
            kinds = []
        if kinds:
            rule.setdefault(kinds[0], []).append(value)
        else:
            unknown.append(value)
    return rule, unknown


def refunds_first(after: str, status: str, values: Iterable[str]) -> str:
    """Return the SQL of a status that a second one overrules where it tells of a refund; empty where none of its
    ``values`` does. ``after`` and ``status`` are headers as they stand in SQL."""
    words = ", ".join(map(literal, read_statuses(values)[0].get("refund", [])))
    return f"CASE WHEN {after} IN ({words}) THEN {after} ELSE {status} END" if words else ""


def _says(value: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<![a-z]){word}(?![a-z])", value.lower().replace("_", " ")) is not None
    return word in value


def status_class(mapping: Mapping, text: str) -> str:
    """Return the SQL of a row's class (counted, not_counted, refund, recharge) by the status rule of its source.

    ``text`` is the SQL of the status as it stands. A value that the rule leaves out is ``unmapped``; so is every
    value of a status column of orders without a rule. Nothing but orders has statuses that decide.
    """
    if mapping.table.name != "orders" or "status" not in mapping.columns:
        return "'counted'"
    rule = mapping.staged.source.status
    cases = [f"WHEN coalesce({text}, '') IN ({', '.join(literal(word.strip()) for word in words)}) THEN '{name}'"
             for name in CLASSES if (words := getattr(rule, name))]
    return f"CASE {' '.join(cases)} ELSE 'unmapped' END" if cases else f"CASE WHEN {text} IS NULL THEN 'counted' " \
                                                                     "ELSE 'unmapped' END"


def check_statuses(engine: Engine, typed: str, mapping: Mapping) -> None:
    """Raise BadInput listing every status value that the rule leaves out: rows, amounts, the class its words suggest.

    ``typed`` is the typed table of the source.
    """
    if "status" not in mapping.columns:
        return
    amount = "sum(amount)" if "amount" in mapping.columns else "NULL"
    found = engine.rows(f"SELECT coalesce(status, ''), count(*), {amount} FROM {typed} "
                        "WHERE _status = 'unmapped' AND _fault IS NULL GROUP BY 1 ORDER BY 2 DESC, 1")
    if found:
        rule, _ = read_statuses(value for value, *_ in found)
        suggested = {value: f" → {name}?" for name, values in rule.items() for value in values}
        values = "; ".join(f"{value!r}: {rows:,}" + ("" if total is None else f" ({total:,.2f})")
                           + suggested.get(value, "") for value, rows, total in found)
        raise BadInput(Problem("data.door.status_unmapped", f"{mapping.staged.place}.status", {
            "column": mapping.origin["status"], "values": values}))
