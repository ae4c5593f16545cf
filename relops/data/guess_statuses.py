"""Whether an order of an unknown file counts, by all the columns that speak of it: status, kind, refund, void."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from relops.data.bases import as_text
from relops.data.cells import NO, YES
from relops.data.engine import literal, literals
from relops.data.guess_kinds import Kinds, asked, overrule, settle_kinds
from relops.data.guess_places import leave_places, strange_state
from relops.data.guess_state import Guess, read_all
from relops.data.headers import counts, headers, normal
from relops.data.mapping import REFUND_COLUMN
from relops.data.notes import join_notes, note
from relops.data.readers.sniff import count_values
from relops.data.statuses import MOST_VALUES, class_by_words, in_part, read_statuses

COUNTED, STORED_VALUE = "counted", "stored_value"
FEW = 30  # different values of a column that may be a status
# columns of yes and no → what yes makes of an order, and its class
FLAGS = {"voided": ("voided", "not_counted"), "refunded": ("refunded", "refund")}


def settle_statuses(guess: Guess) -> None:
    """Let what a row is, what became of it afterwards and whether it was voided overrule its status."""
    status, kind, after = (guess.leave(name) for name in ("status", "row_type", "after_sales"))
    flags = {header: name for name in FLAGS if (header := guess.leave(name)) and not counts(header)}
    reasons: list[dict[str, str]] = []
    cases: list[str] = []
    named = status = leave_places(guess, status)
    doubted = _doubted_states(guess, after) if after else {}
    after = after or (_second_state(guess, status, kind) if status else None)
    if after:
        cases += _given_back(guess, after, reasons)
    kinds = settle_kinds(guess, kind, reasons) if kind else Kinds()
    cases += kinds.cases
    if kind and not (kinds.told or status) and _tells_state(guess.values(kind)):
        status = kind
    if not status:
        status = _find_status(guess, kind, after)
    elif not after and not _says_ended(guess.values(status)):
        cases += _called_off(guess, kind, reasons)
    cases += _second_kind(guess, reasons) if not kind else []
    cases += _flagged(guess, flags, status, reasons)
    cases += _stored_value_goods(guess, reasons)
    cases += asked(guess, after, doubted, status, f"{after}: ")
    cases += asked(guess, kind, kinds.strange, status, "")
    if cases or kinds.sales:
        _take_cases(guess, status, kind, kinds, cases, reasons)
    elif status:
        sure = status == named and read_statuses(guess.values(status))[0]
        guess.take("status", status, note("by_header" if sure else "by_likeness"))


def _take_cases(guess: Guess, status: str | None, kind: str | None, kinds: Kinds, cases: list[str],
                reasons: list[dict[str, str]]) -> None:
    """Map the status as the first of the cases that holds, and else as it stands."""
    if not status:
        guess.classes[COUNTED] = "counted"
    otherwise = as_text(status) if status else literal(COUNTED)
    if kind and kinds.sales:  # a kind of row that comes later is none of these: the door stops until it is classed
        # a strange one whose status lets nobody ask falls to its status
        known = literals(["", *kinds.sales, *kinds.strange])
        cases = [*cases, f"WHEN coalesce({as_text(kind)}, '') IN ({known}) THEN {otherwise}"]
        otherwise = as_text(kind)
        reasons.append(note("other_kinds", header=kind))
    guess.take("status", {"sql": f"CASE {' '.join(cases)} ELSE {otherwise} END"}, *reasons)


def _second_state(guess: Guess, status: str, kind: str | None) -> str | None:
    """Return a second column of a state, under a header nobody knows, that tells of refunds."""
    others = (name for name in _ending(guess, "status_endings", ["other_kinds"]) if name not in (status, kind))
    return next((name for name in others if "refund" in read_statuses(guess.values(name))[0]), None)


def _given_back(guess: Guess, after: str, reasons: list[dict[str, str]]) -> list[str]:
    """Return the case of orders given back; what was asked back and refused, or not decided yet, leaves the order."""
    said = read_statuses(guess.values(after))[0]
    _keep_refused(guess, after, said.get("not_counted", []))
    return overrule(guess, after, {"refund": said.get("refund", [])}, reasons, "after_sales")


def _called_off(guess: Guess, kind: str | None, reasons: list[dict[str, str]]) -> list[str]:
    """Return the case of another column that ends orders, as that of delivery may."""
    for header in itertools.islice(_by_values(guess, kind), 1):
        ended = {name: values for name, values in read_statuses(guess.values(header))[0].items() if name != "counted"}
        return overrule(guess, header, ended, reasons, "row_type")
    return []


def _second_kind(guess: Guess, reasons: list[dict[str, str]]) -> list[str]:
    """Return the case of a column that says what kind a row is of under a header nobody knows."""
    found = (overrule(guess, header, class_by_words(guess.values(header), "row_type"), reasons, "row_type")
             for header in _ending(guess, "kind_endings"))
    return next(filter(None, found), [])


def _doubted_states(guess: Guess, after: str) -> dict[str, str]:
    """Return the values of a column of refunds that may mean one, with the class to propose: done means given back,
    unless most orders are. Nothing is in doubt where a column says how much came back or all rows are alike."""
    seen = guess.count(after)
    if REFUND_COLUMN in guess.columns or len(seen) < 2:
        return {}
    said, unknown = read_statuses(seen)
    open_ = [value for value in (*said.get("counted", ()), *unknown) if value.lower() not in NO]
    told = class_by_words(open_, "after_sales")
    back = {*told.get("done", ()), *class_by_words(open_, "money_back").get("refund", ())}
    return {value: "refund" if value in back and not in_part(value) and 2 * seen[value] < seen.total() else "counted"
            for value in open_ if value not in told.get("nothing", ())}


def _find_status(guess: Guess, kind: str | None, after: str | None) -> str | None:
    """Return a column that no header names as the status, by the end of its header or by its values."""
    told = (name for name in _ending(guess, "status_endings")
            if name != after and read_statuses(guess.values(name))[0])
    status = next(told, None) or next(_by_values(guess, kind, after), None)
    if not (status or kind or after):
        status = strange_state(guess)
    if status and status == guess.columns.get("region"):
        guess.leave("region")
    return status


def _flagged(guess: Guess, flags: dict[str, str], status: str | None, reasons: list[dict[str, str]]) -> list[str]:
    """Return the cases of columns of yes and no, and of the day an order was called off where no status tells it."""
    cases = []
    for header, name in flags.items():
        word, meant = FLAGS[name]
        values = guess.values(header)
        yes = [value for value in values if value.lower() in YES]
        if yes and all(value.lower() in (*YES, *NO) for value in values):
            cases.append(f"WHEN {as_text(header)} IN ({literals(yes)}) THEN {literal(word)}")
            reasons.append(note(word, header=header))
        elif word == "voided" and (lost := class_by_words(values, "status").get("not_counted")):
            cases.append(f"WHEN {as_text(header)} IN ({literals(lost)}) THEN {literal(word)}")
            reasons.append(note("row_type", header=header, values=", ".join(lost)))
        elif word == "voided" and guess.evidence[header].may_be_date and not (
                status and _says_ended(guess.values(status))):
            cases.append(f"WHEN {as_text(header)} <> '' THEN {literal(word)}")
            reasons.append(note("voided_at", header=header))
        else:
            continue
        guess.classes[word] = meant
    return cases


def _keep_refused(guess: Guess, after: str, refused: list[str]) -> None:
    """Let no money be taken back on rows whose request for it was refused or withdrawn."""
    asked = guess.columns.get(REFUND_COLUMN)
    if refused and isinstance(asked, str):
        guess.refused = (f"{as_text(after)} IN ({literals(refused)})",
                         note("refused_refund", header=after, values=", ".join(refused)))


def _stored_value_goods(guess: Guess, reasons: list[dict[str, str]]) -> list[str]:
    """Return the case of rows that sell nothing but stored value: money for a card or a balance is revenue when it is
    spent."""
    header = guess.columns.get("product")
    if not isinstance(header, str):
        return []
    words = headers()["stored_value_goods"][""]
    seen = {value for form in guess.forms for value in count_values(form, header) if value}
    sold = sorted(value for value in seen if any(word in normal(value) for word in words)
                  and not re.search(r"[;；、,，\n]", value))
    if not sold or len(sold) > MOST_VALUES:
        return []
    guess.classes[STORED_VALUE] = "recharge"
    reasons.append(note("stored_value_goods", header=header, values=", ".join(sold)))
    return [f"WHEN {as_text(header)} IN ({literals(sold)}) THEN {literal(STORED_VALUE)}"]


def _by_values(guess: Guess, *besides: str | None) -> Iterator[str]:
    """Yield free headers, whatever they are called, whose few values are mostly words of a status, one of which says
    that an order was called off or given back."""
    unlike = headers()["status_unlike"][""]
    region = [name for name in [guess.columns.get("region")] if isinstance(name, str)]  # a state, but of the order
    free = [name for name in [*guess.free, *region] if name not in besides
            and not any(word in normal(name) for word in unlike)]
    first = next(read_all(guess.forms[:1], free), None) if free else None
    for header in free:
        # a column of many values shows so in its first rows already
        values = guess.values(header) if first is not None and first[header].nunique() <= FEW else []
        known = read_statuses(values)[0]
        if len(values) <= FEW and 2 * sum(map(len, known.values())) > len(values) and _says_ended(values):
            yield header


def _says_ended(values: list[str]) -> bool:
    return bool({"refund", "not_counted"} & read_statuses(values)[0].keys())


def _tells_state(values: list[str]) -> bool:
    """Return whether values say that some orders were completed and others were called off or given back."""
    known = read_statuses(values)[0]
    return "counted" in known and bool({"refund", "not_counted"} & known.keys())


def _ending(guess: Guess, block: str, besides: Sequence[str] = ("other_kinds", "payment_kinds")) -> list[str]:
    """Return free headers that end so, or begin with a status, but for those that speak of delivery, goods, persons or
    payment: words of the blocks ``besides``."""
    words = headers()
    begins = tuple(words["status_beginnings"][""]) if block == "status_endings" else ()
    unlike = [word for kinds in besides for word in words[kinds][""]]
    names = {name: normal(name) for name in guess.free}
    return [name for name, known in names.items()
            if (known.endswith(tuple(words[block][""])) or known.startswith(begins))
            and not any(word in known for word in unlike)]


def describe_statuses(guess: Guess) -> dict[str, Any]:
    """Return the status rule as far as the words of the values tell it, with its note.

    Values nobody can classify stay out of the rule: the door then stops and lists them with counts and sums. Where a
    column says how much came back, an order refunded in part counts.
    """
    name = guess.columns["status"]
    values = {value for form in guess.forms for value in count_values(form, name) if value}
    doubted = guess.doubts.get("statuses", {}).keys() & values
    rule, unknown = read_statuses(values - guess.classes.keys() - doubted)
    for value, kind in guess.classes.items():
        if value in values:
            rule.setdefault(kind, []).append(value)
    if REFUND_COLUMN in guess.columns:
        parted = [value for value in class_by_words(unknown, "money_back").get("refund", [])
                   if in_part(value)]
        rule.setdefault("counted", []).extend(parted)
        unknown = [value for value in unknown if value not in parted]
    unknown = sorted({*unknown, *doubted})
    rule = {kind: members for kind, members in rule.items() if members}
    if not rule:
        guess.notes["columns.status"] = join_notes(guess.notes["columns.status"], note("status"))
        return {}
    reasons = [note("status_words"), *([note("status_unknown", values=", ".join(unknown))] if unknown else [])]
    guess.notes["columns.status"] = join_notes(guess.notes["columns.status"], *reasons)
    return {"status": rule}
