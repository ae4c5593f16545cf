"""What the status values of an export mean, as far as their words say so: counted, not counted, refund."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from relops.data.engine import Engine, literals
from relops.data.folding import fold
from relops.errors import BadInput, Problem
from relops.locale import read_yaml

if TYPE_CHECKING:
    from relops.data.mapping import Mapping as Columns

MOST_VALUES = 40
PARTS = ("partial", "partly", "部分", "teilweise", "teilerstattet", "teilruck", "partiel", "parcial", "parzial",
         "gedeeltelijk", "czesciowo", "一部")
UNDELIVERED = re.compile("undeliver|unzustellbar|未妥投|未送达")  # tried in vain: sold, or on its way back
CLOSED = ("closed", "close")
Words = Mapping[str, Sequence[re.Pattern[str]]]
LATIN = re.compile(r"[a-z]")  # a pattern with such letters stands alone, one of another script anywhere
CLASSES = ("recharge", "refund", "not_counted", "counted")
# where what is not refunded counts, and what a word of sales becomes that is denied: not paid is no sale, but a kind of
# row is one in other words, as those of members and non-members are
OPPOSED = {"status": "not_counted", "row_type": "counted"}


def read_statuses(values: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return class → values whose words are known (``value_words.yaml``), and the values that nobody can classify.

    A column of more than forty different values is no status: nothing is returned for it. A value that speaks of
    several things at once belongs to the first of recharge, refund, not counted, counted; one that speaks of a part
    (of a refund, a payment, a delivery) or of a delivery that failed is left to the user.
    """
    seen = Counter(value for value in values if value)
    if len(seen) > MOST_VALUES:
        return {}, []
    rule = _in_words(sorted(seen))
    if "counted" not in rule:  # closed says that an order was called off only beside others that were completed
        rule["not_counted"] = [value for value in rule.get("not_counted", []) if value.lower() not in CLOSED]
    known = {value for members in rule.values() for value in members}
    return {kind: members for kind, members in rule.items() if members}, sorted(seen.keys() - known)


def _in_words(values: Iterable[str]) -> dict[str, list[str]]:
    clear = [value for value in values if not in_part(value) and not UNDELIVERED.search(fold(value))]
    return class_by_words(clear, "status")


def in_part(value: str) -> bool:
    """Return whether a value speaks of a part: of a refund, a payment, a delivery."""
    folded = fold(value)
    return any(part in folded for part in PARTS)


@functools.cache
def value_words() -> dict[str, dict[str, list[re.Pattern[str]]]]:
    """Return value_words.yaml: what a column tells → class → patterns of words, folded as values are."""
    known = read_yaml(Path(__file__).with_name("value_words.yaml"))
    return {told: {kind: [_pattern(fold(word)) for word in words] for kind, words in kinds.items()}
            for told, kinds in known.items()}


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?P<un>un|non|not)?(?:{word})(?![a-z])" if LATIN.search(word) else word)


def class_by_words(values: Iterable[str], told: str) -> dict[str, list[str]]:
    """Return class → values that hold one of its words; the first class that fits wins. ``told`` is what the column
    tells: status, row_type, after_sales, delivery, money_back.

    A word that is denied, as in "not refunded", says nothing; of a status or the kind of a row it says the opposite.
    """
    words = value_words()[told]
    found: dict[str, list[str]] = {}
    for value in values:
        folded = fold(value).replace("_", " ")
        kinds = _said(folded, words) | (_opposed(folded, words, OPPOSED[told]) if told in OPPOSED else set())
        if kind := next((kind for kind in words if kind in kinds), None):
            found.setdefault(kind, []).append(value)
    return found


def _said(value: str, words: Words) -> set[str]:
    return {kind for kind, patterns in words.items()
            if any(not _is_denied(value, met) for word in patterns for met in word.finditer(value))}


def _opposed(value: str, words: Words, unsold: str) -> set[str]:
    """Return the classes that denied words leave: what is not given back or called off counts, what is not paid is
    ``unsold``; goods not sent yet are sold."""
    ended = [word for kind, patterns in words.items() if kind != "counted" for word in patterns]
    kinds = {"counted" for _ in _denied(value, [*ended, *value_words()["money_back"]["refund"]])}
    for met in _denied(value, words.get("counted", ())):
        later = any(word.search(met.group()) for word in value_words()["denials"]["after_the_sale"])
        kinds.add("counted" if later else unsold)
    return kinds


def _denied(value: str, patterns: Iterable[re.Pattern[str]]) -> Iterator[re.Match[str]]:
    return (met for word in patterns for met in word.finditer(value) if _is_denied(value, met))


def _is_denied(value: str, met: re.Match[str]) -> bool:
    """Return whether a word that was met in a value is denied there, as in not refunded, 未退款, nicht erstattet."""
    if met.groupdict().get("un"):
        return True
    denials = value_words()["denials"]
    before, after = value[:met.start()], value[met.end():]
    return any(word.search(before) for word in denials["before"]) or any(
        word.match(after) for word in denials["after"])


def status_class(mapping: Columns, text: str) -> str:
    """Return the SQL of a row's class (counted, not_counted, refund, recharge) by the status rule of its source.

    ``text`` is the SQL of the status as it stands. A value that the rule leaves out is ``unmapped``; so is every
    value of a status column of orders without a rule. Nothing but orders has statuses that decide.
    """
    if mapping.table.name != "orders" or "status" not in mapping.columns:
        return "'counted'"
    rule = mapping.staged.source.status
    cases = [f"WHEN coalesce({text}, '') IN ({literals(map(str.strip, words))}) THEN '{name}'"
             for name in CLASSES if (words := getattr(rule, name))]
    return f"CASE {' '.join(cases)} ELSE 'unmapped' END" if cases else f"CASE WHEN {text} IS NULL THEN 'counted' " \
                                                                     "ELSE 'unmapped' END"


def check_statuses(engine: Engine, typed: str, mapping: Columns) -> None:
    """Raise BadInput listing every status value that the rule leaves out: rows, amounts, the class its words suggest.

    ``typed`` is the typed table of the source.
    """
    if "status" not in mapping.columns:
        return
    amount = "sum(amount)" if "amount" in mapping.columns else "NULL"
    found = engine.rows(f"SELECT coalesce(status, ''), count(*), {amount} FROM {typed} "
                        "WHERE _status = 'unmapped' AND _fault IS NULL GROUP BY 1 ORDER BY 2 DESC, 1")
    if found:
        suggested = {value: f" → {name}?" for name, values in _in_words(value for value, *_ in found).items()
                     for value in values}
        values = "; ".join(f"{value!r}: {rows:,}" + ("" if total is None else f" ({total:,.2f})")
                           + suggested.get(value, "") for value, rows, total in found)
        raise BadInput(Problem("data.door.status_unmapped", f"{mapping.staged.place}.status", {
            "column": mapping.origin["status"], "values": values}))
