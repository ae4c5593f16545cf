"""The tables of a database that come in: one for each table of the contract, so that nothing counts twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from relops.data.intake.details import TOLD
from relops.data.intake.draft import Draft
from relops.data.readers.databases import tables_of

EMPTY = {"data.door.empty", "data.door.header_only"}  # what a table of a database may be without being a fault


def tables_to_read(path: Path) -> list[str | None]:
    """Return the tables of a database that holds several, each to be read by itself, and its views only where it has
    no tables; of any other file None."""
    tables = tables_of(path)
    if len(tables) < 2:
        return [None]
    return [name for name, is_view in tables.items() if not is_view] or list(tables)


def views_to_read(path: Path) -> list[str]:
    """Return the views of a database that has tables too: a view shows these once more, unless they do not read."""
    tables = tables_of(path)
    views = [name for name, is_view in tables.items() if is_view]
    return views if len(views) < len(tables) else []


def leave_further(drafts: list[Draft], *, lines: bool) -> None:
    """Keep, of the tables of one database that would become the same table of the contract, the one that fits best:
    orders and their payments are the same money. ``lines`` says whether lists of lines are compared too."""
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        if draft.group.sheet and not _stands_beside(draft) and (lines or draft.source.get("grain") != "line"):
            groups.setdefault((draft.source["table"], *draft.group.names), []).append(draft)
    for among in groups.values():
        best = max(among, key=_fit)
        for draft in among:
            if not _continues(draft, best):
                drafts.remove(draft)


def give_orders(drafts: Iterable[Draft], names: list[str]) -> bool:
    """Return whether a table of these databases has come in as orders."""
    return any(draft.source["table"] == "orders" and draft.group.names == names for draft in drafts)


def _fit(draft: Draft) -> tuple[bool, int, int]:
    return bool(draft.keys), len(draft.source["columns"]), -len(draft.group.sheet or "")


def _stands_beside(draft: Draft) -> bool:
    """Return whether a table adds to orders what they lack: their lines, or the money that was given back."""
    return draft.source["table"] == "orders" and (
        draft.source.get("refunds") == "file" or set(draft.source["columns"]) <= set(TOLD))


def _continues(draft: Draft, best: Draft) -> bool:
    """Return whether a table is another piece of the best one, as orders_2023 is of orders_2024."""
    names = {re.sub(r"\d+", "9", one.group.sheet or "") for one in (draft, best)}
    return draft is best or (len(names) == 1 and draft.group.headers == best.group.headers)
