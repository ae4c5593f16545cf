"""Stored value: loading it is no revenue (a status class), spending it is, whether the amount includes it or not."""

from __future__ import annotations

from relops.data.engine import Engine
from relops.data.mapping import Mapping
from relops.errors import BadInput, Problem

COLUMN = "stored_value_used"


def add_stored_value(engine: Engine, typed: str, mapping: Mapping) -> None:
    """Add to the amounts of a typed table what was paid from stored value, where they leave it out.

    Amounts leave it out where the brief says so, or where some are smaller than what was paid from stored value.
    Raises BadInput where others equal it to the cent: then some rows say one thing and some the other.
    """
    stated = mapping.staged.source.stored_value
    if stated == "included" or not {COLUMN, "amount"} <= mapping.columns.keys():
        return
    spent = f"_fault IS NULL AND NOT _refund AND _status = 'counted' AND {COLUMN} > 0"
    if stated == "auto":
        smaller, equal = engine.rows(f"SELECT count(*) FILTER (amount < {COLUMN}), count(*) FILTER (amount = {COLUMN}) "
                                     f"FROM {typed} WHERE {spent}")[0]
        if smaller and equal:
            raise BadInput(Problem("data.door.stored_value", f"{mapping.staged.place}.stored_value", {
                "column": mapping.origin[COLUMN], "amount": mapping.origin["amount"], "smaller": f"{smaller:,}",
                "equal": f"{equal:,}"}))
        if not smaller:
            return
    engine.execute(f"UPDATE {typed} SET amount = amount + {COLUMN} WHERE {spent}")
