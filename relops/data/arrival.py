"""The rows of all sources of a table, stacked: numbered through, with the keys that say which are one record."""

from __future__ import annotations

from collections.abc import Sequence

from relops.data.contract import ContractColumn, ContractTable
from relops.data.engine import quote
from relops.data.order_lines import by_lines
from relops.data.persons import CUSTOMER
from relops.data.typed import Typed

BACK = "chr(31)"
OWN = ("_file", "_line", "_fault", "_unread", "_status", "_refund", "_refunded", "_digest")


def arrived(table: ContractTable, sources: Sequence[Typed], columns: dict[str, ContractColumn],
            ranks: dict[tuple[int, int], int]) -> str:
    """Return the query of all rows of the sources, numbered through, with the key they must be unique in, if any."""
    parts, before = [], 0
    families = [family(typed) for typed in sources]
    for place, typed in enumerate(sources):
        source = typed.mapping.staged.source
        lines = by_lines(typed.mapping)
        natural = natural_key(table, typed)
        declared = bool(typed.mapping.key)
        # an order's number names many lines; only a finer key can name one
        unique = "NULL" if lines and source.key in ([], ["order_id"]) else "_key" if declared else natural
        back = _comes_back(typed)
        key = f"CASE WHEN {back} THEN _key || {BACK} ELSE _key END" if declared else "NULL"
        if unique == "_key":
            unique = key
        elif unique != "NULL":
            # several refunds may bear the number of one order: only the same row again is the same refund
            unique = f"CASE WHEN {back} THEN {unique} || {BACK} || _digest ELSE {unique} END"
        rank = " ".join(f"WHEN {file} THEN {rank}" for (owner, file), rank in ranks.items() if owner == place)
        names = "".join(f", {quote(name)}" for name in typed.columns)
        parts.append(
            f"SELECT _n + {before} AS _row, {place} AS _source, {families.index(families[place])} AS _family, "
            f"{', '.join(OWN)}, "
            f"CASE _file {rank} END AS _rank, {key} AS _supersedes, "
            f"CAST({unique} AS VARCHAR) AS _unique, {'order_id' if lines else 'NULL'} AS _order, "
            f"{str(typed.mapping.detail).lower()} AS _detail{names} "
            f"FROM {typed.name}")
        before += typed.mapping.staged.last
    missing = [f"CAST(NULL AS {column.sql_type}) AS {quote(name)}" for name, column in columns.items()
               if not any(name in typed.columns for typed in sources)]
    stacked = " UNION ALL BY NAME ".join(parts)
    return f"SELECT *{''.join(f', {part}' for part in missing)} FROM ({stacked})"


def family(typed: Typed) -> tuple[str, ...]:
    """Return what sources have in common that may hold the same records: the headers of their key, such as those of
    an export that has gained a column; a source without a declared key stands alone."""
    mapping = typed.mapping
    return tuple(mapping.origin.get(name, name) for name in mapping.staged.source.key) or (mapping.staged.place,)


def _comes_back(typed: Typed) -> str:
    """Return the SQL that says of a row that it is a refund; it is never a newer version of its order, or the order
    again."""
    negative = typed.mapping.staged.source.refunds == "negative" and "amount" in typed.columns
    return "(_refund OR coalesce(amount < 0, false))" if negative else "_refund"


def natural_key(table: ContractTable, typed: Typed) -> str:
    """Return the column that names a record of this source without a declared key; NULL where none does."""
    name = table.record
    if table.record == CUSTOMER and typed.mapping.identity:
        return "NULL"  # two rows may be one person without being the same row twice
    if table.name == "orders":
        name = "order_id" if typed.mapping.staged.source.grain == "order" else None
    return quote(name) if name in typed.columns else "NULL"
