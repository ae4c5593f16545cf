"""Decimal commas: read as such where a whole column shows them, in files whose cells no comma parts."""

from __future__ import annotations

from collections.abc import Sequence

from relops.data.cells import cleaned
from relops.data.engine import Engine, literal

SIGNS = r"[-+(]?\s*(?:[¥￥€$£]|EUR|CHF)?\s*"
END = r"\s*(?:[¥￥€$£元]|EUR|CHF)?\s*[)-]?"
GROUPED = r"(?:\d{1,3}(?:[. \x{a0}\x{202f}'’]\d{3})+|\d+)"
# one or two digits after the comma: three could as well be thousands
COMMA = f"{SIGNS}{GROUPED},\\d{{1,2}}{END}"
WHOLE = f"{SIGNS}{GROUPED}{END}"


def decimal_commas(engine: Engine, table: str, cells: Sequence[str]) -> list[str]:
    """Return the cell columns of a staging table whose numbers have decimal commas.

    Every filled cell must be a number, some with a comma and one or two digits, none with a decimal point.
    """
    counts = ", ".join(f"count({cell}), count(*) FILTER (regexp_full_match({cell}, {literal(COMMA)})), "
                       f"count(*) FILTER (regexp_full_match({cell}, {literal(WHOLE)}))" for cell in cells)
    found = engine.rows(f"SELECT {counts} FROM {cleaned(table, cells)}")[0]
    triples = zip(cells, found[::3], found[1::3], found[2::3], strict=True)
    return [cell for cell, filled, commas, whole in triples if commas and commas + whole == filled]


def with_point(cell: str) -> str:
    """Return the SQL that writes a number with decimal comma and grouped thousands with a point and none."""
    number = f"{literal(COMMA)}) OR regexp_full_match({cell}, {literal(WHOLE)}"
    bare = f"regexp_replace({cell}, '[. \\x{{a0}}\\x{{202f}}''’]', '', 'g')"
    return f"CASE WHEN regexp_full_match({cell}, {number}) THEN replace({bare}, ',', '.') ELSE {cell} END"
