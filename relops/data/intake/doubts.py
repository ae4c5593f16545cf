"""Ways to read a column between which nothing in the files decides: asked once for the folder, each with a proposal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relops.data.intake.draft import Draft
from relops.data.intake.questions import Ask, Question
from relops.data.mapping import REFUND_COLUMN
from relops.data.notes import join_notes, note

Settle = Callable[[Draft, str], None]


def ask_doubts(drafts: Sequence[Draft], ask: Ask) -> None:
    """Settle what an amount on several lines of an order is, and whether numbers given back are money or pieces."""
    for doubt, (place, settle) in DOUBTS.items():
        asking = [draft for draft in drafts if doubt in draft.bases]
        ways = tuple(dict.fromkeys(way for draft in asking for way in draft.bases[doubt]))
        if ways:
            facts = tuple((draft.group.names[0], _header(draft.bases[doubt])) for draft in asking)
            answer = ask(Question(doubt, place, ways, ways[0], facts))
            for draft in asking:
                settle(draft, answer)


def _header(ways: dict[str, Any]) -> str:
    return str(next(iter(ways.values())))


def _settle_lines(draft: Draft, answer: str) -> None:
    draft.source["amount_basis"] = answer
    draft.notes["amount_basis"] = note("asked", way=f"@intake.choice.lines_{answer}")


def _settle_returned(draft: Draft, answer: str) -> None:
    """Leave pieces out of the money: nothing says what they cost."""
    if answer == "pieces":
        draft.source["columns"].pop(REFUND_COLUMN, None)
        draft.notes.pop(f"columns.{REFUND_COLUMN}", None)
        if draft.source.get("refunds") == "column" and "is_refund" not in draft.source["columns"]:
            del draft.source["refunds"]
            draft.notes.pop("refunds", None)
    elif "refunds" in draft.notes:
        draft.notes["refunds"] = join_notes(draft.notes["refunds"], note("asked", way="@intake.choice.returned_money"))


DOUBTS: dict[str, tuple[str, Settle]] = {
    "lines": ("amount_basis", _settle_lines), "returned": (f"columns.{REFUND_COLUMN}", _settle_returned)}
