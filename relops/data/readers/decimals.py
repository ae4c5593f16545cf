"""Decimal commas: read as such where a whole column shows them, in files whose cells no comma parts.

The forms of cells mean the same to the engine (RE2) and to Python.
"""

from __future__ import annotations

from collections.abc import Sequence

from relops.data.cells import cleaned
from relops.data.engine import Engine, literal

SIGNS = r"[-+(]?\s*(?:[¥￥€$£]|EUR|CHF)?\s*"
END = r"\s*(?:[¥￥€$£元]|EUR|CHF)?\s*[)-]?"
PARTING = "[. \u00a0\u202f'’]"  # what stands between groups of three
GROUPED = rf"(?:\d{{1,3}}(?:{PARTING}\d{{3}})+|\d+)"
# one or two digits after the comma: three could as well be thousands
COMMA = f"{SIGNS}{GROUPED},\\d{{1,2}}{END}"
WHOLE = f"{SIGNS}{GROUPED}{END}"
ANY_COMMA = f"{SIGNS}{GROUPED},\\d+{END}"
# thousands, or three decimals; one that ends in a zero, or bears a sign, was written and not computed
GROUPS = f"{SIGNS}[1-9]\\d{{0,2}}(?:[.]\\d{{3}})+{END}"
INTEGER = f"{SIGNS}\\d+{END}"
WRITTEN = r".*(?:[.]\d\d0|[^-+().\d\s]).*"


def decimal_commas(engine: Engine, table: str, cells: Sequence[str], stated: bool = False) -> list[str]:
    """Return the cell columns of a staging table whose numbers have decimal commas.

    Every filled cell must be a number, some with a comma and one or two digits, none with a decimal point. Where one
    column has them, or the brief has ``stated`` it, numbers with points between groups of three are such numbers too.
    """
    comma = ANY_COMMA if stated else COMMA
    counted = _count(engine, table, cells, comma, f"{comma}|{WHOLE}", GROUPS)
    found = [cell for cell, (filled, commas, numbers, _) in counted.items() if commas and numbers == filled]
    if not found and not stated:
        return []
    return [cell for cell, (filled, _, numbers, groups) in counted.items()
            if cell in found or (groups and numbers == filled)]


def thousands_or_decimals(engine: Engine, table: str, cells: Sequence[str], computed: bool) -> dict[str, str]:
    """Return the cell columns whose points may part thousands or decimals, each with an example: every filled cell is a
    whole number or bears points between groups of three, and one at least was written so where numbers may be
    ``computed`` ones."""
    counted = _count(engine, table, cells, f"{INTEGER}|{GROUPS}", GROUPS, WRITTEN)
    unclear = [cell for cell, (filled, numbers, groups, written) in counted.items()
               if groups and numbers == filled and (written or not computed)]
    return {cell: engine.rows(f"SELECT min({cell}) FROM {cleaned(table, [cell])} "
                              f"WHERE regexp_full_match({cell}, {literal(GROUPS)})")[0][0] for cell in unclear}


def _count(engine: Engine, table: str, cells: Sequence[str], *forms: str) -> dict[str, tuple[int, ...]]:
    """Return the filled cells of each column, and how many are of each form."""
    if not cells:
        return {}
    asked = [f"count({cell})" + "".join(f", count(*) FILTER (regexp_full_match({cell}, {literal(form)}))"
                                        for form in forms) for cell in cells]
    found, width = engine.rows(f"SELECT {', '.join(asked)} FROM {cleaned(table, cells)}")[0], len(forms) + 1
    return {cell: found[place * width:(place + 1) * width] for place, cell in enumerate(cells)}


def with_point(cell: str) -> str:
    """Return the SQL that writes a number with decimal comma and grouped thousands with a point and none."""
    number = f"{literal(ANY_COMMA)}) OR regexp_full_match({cell}, {literal(WHOLE)}"
    bare = f"regexp_replace({cell}, {literal(PARTING)}, '', 'g')"
    return f"CASE WHEN regexp_full_match({cell}, {number}) THEN replace({bare}, ',', '.') ELSE {cell} END"
