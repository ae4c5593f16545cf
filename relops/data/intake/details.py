"""Orders in one file and their lines in another, of a system nobody has a recogniser for: told by the numbers both
bear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relops.data.bases import as_text
from relops.data.column_evidence import gather
from relops.data.guess import describe_form
from relops.data.guess_state import Guess, read_all
from relops.data.headers import found_by_header, headers
from relops.data.intake.draft import Draft, Group
from relops.data.notes import join_notes, note
from relops.data.readers.sniff import count_values

# what lines tell of their order; when it was placed, by whom and for how much the list of orders says
TOLD = ("order_id", "product", "category", "quantity")
DAY = 10  # letters of a day
SHARED = 0.5  # part of the lines' orders that must stand in the list of orders


def lines_of_orders(group: Group, drafts: Sequence[Draft]) -> Draft | None:
    """Return the draft of a file that cannot stand alone as the lines of another one's orders; None where its rows
    name none of them or sell nothing."""
    names = group.forms[0].names
    wanted = {column: found[0][0] for column in TOLD if (found := found_by_header(names, headers()["orders"][column]))}
    if "order_id" not in wanted or len(wanted) == 1 or not group.forms[0].has_header:
        return None
    orders = _owner(group, wanted["order_id"], drafts, None)
    if orders is None:
        return None
    guess = Guess(group.forms, "orders", gather(read_all(group.forms, list(dict.fromkeys(wanted.values())))))
    for column, header in wanted.items():
        guess.take(column, header, note("by_header"))
    return Draft(group, describe_form(guess) | {"grain": "line", "columns": guess.columns},
                 guess.notes | {"grain": _lines_of(orders)}, {})


def leave_to_orders(drafts: Sequence[Draft]) -> None:
    """Where a list of orders stands beside lines that bear amounts of their own, let the list say when, by whom and for
    how much: money would count twice."""
    for draft in (draft for draft in drafts if _is(draft, "line")):
        columns = draft.source["columns"]
        orders = _owner(draft.group, columns["order_id"], drafts, columns["ordered_at"])
        if orders is not None and len(columns.keys() & set(TOLD)) > 1:
            for column in [column for column in columns if column not in TOLD]:
                del columns[column]
                draft.notes.pop(f"columns.{column}", None)
            for key in ("key", "status", "refunds", "amount_basis", "exported_at"):
                draft.source.pop(key, None)
                draft.notes.pop(key, None)
            draft.bases, draft.unknown, draft.keys = {}, type(draft.unknown)(), []
            draft.notes["grain"] = join_notes(draft.notes["grain"], _lines_of(orders))


def _lines_of(orders: Draft) -> dict[str, str]:
    return note("lines_of", files=", ".join(orders.group.names))


def _is(draft: Draft, grain: str) -> bool:
    source = draft.source
    return (source["table"] == "orders" and source.get("grain") == grain and draft.known_as is None
            and isinstance(source["columns"].get("order_id"), str) and "amount" in source["columns"])


def _owner(group: Group, header: str, drafts: Sequence[Draft], time: Any) -> Draft | None:
    """Return the list of orders that holds the numbers under a header of other files, and where these have a ``time``
    of their own on the same days: two shops may both count from one."""
    lists = [draft for draft in drafts if _is(draft, "order")]
    numbers = _numbers(group, header, time) if lists else set()
    for draft in lists:
        columns = draft.source["columns"]
        own = _numbers(draft.group, columns["order_id"], columns["ordered_at"] if time else None)
        if len(numbers & own) > SHARED * len(numbers):
            return draft
    return None


def _numbers(group: Group, header: str, time: Any) -> set[str]:
    """Return the numbers of orders, with the day as it is written where a time is asked for."""
    rule: Any = header
    if time:
        text = as_text(time) if isinstance(time, str) else time["sql"]
        rule = {"sql": f"{as_text(header)} || ' ' || left({text}, {DAY})"}
    return {value for form in group.forms for value in count_values(form, rule) if value}
