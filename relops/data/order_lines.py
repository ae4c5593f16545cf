"""Lines of one order: its number and fields printed on its first line alone, and whether an amount is the line's or the
order's.

All are read from the lines themselves, of the first rows of a source (``LINES_READ``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from relops.data.cells import cleaned, soiled
from relops.data.engine import Engine, quote
from relops.data.mapping import REFUND_COLUMN, Mapping
from relops.errors import BadInput, Problem

LINES_READ = 200_000
FEWEST_ORDERS = 3
FEWEST_CONTINUED = 3  # lines without number and time, and columns that none of them fills
MOSTLY = 0.9
# the door's own column: money taken back from the very order of a row
REFUNDED = "_refunded"
# money that an export may print for the line or for the order; quantities are always the line's
MONEY_OF_ORDERS = ("discount", "margin", "stored_value_used", REFUND_COLUMN)


@dataclass(frozen=True)
class OrderBasis:
    """Columns whose value is the whole order's, though every line shows it: they count once an order.

    ``repeated`` is the number of lines (of those read) that repeat the amount of the line before; 0 where the brief
    states the basis, or the amount stands on the first line alone.
    """

    once: frozenset[str] = frozenset()
    repeated: int = 0


LINES_ADD = OrderBasis()


def by_lines(mapping: Mapping) -> bool:
    """Return whether several rows of this source make one order."""
    return mapping.table.name == "orders" and mapping.staged.source.grain == "line"


def number_lines(engine: Engine, mapping: Mapping) -> None:
    """Write the number of the order above into lines that bear neither number nor time, as a sheet with merged cells
    or an export of nested records leaves them.

    Only where this is the form of the whole source: no line has the one without the other, and columns that orders
    fill (three at least, number and time among them) are blank on all such lines. A single row with gaps is no line of
    the order above.
    """
    staged, order, time = mapping.staged, mapping.columns["order_id"], mapping.columns.get("ordered_at")
    if time is None or not re.fullmatch(r"c\d+", order):
        return
    cells = [f"c{place}" for place in range(len(staged.headers))]
    rows = f"SELECT * FROM {quote(staged.table)} WHERE fault IS NULL"
    lines = f"SELECT *, {order} IS NULL AS lacks, ({time}) IS NULL AS timeless FROM {cleaned('sampled', cells)}"
    counts = ", ".join(f"count({cell}) FILTER (lacks), count({cell}) FILTER (NOT lacks)" for cell in cells)
    engine.create_view("sampled", f"{rows} AND n <= {LINES_READ}")
    if not engine.value(f"SELECT count(*) FILTER ({order} IS NULL OR {order} = '') FROM sampled"):
        return
    continued, others, apart, *filled = engine.rows(
        f"SELECT count(*) FILTER (lacks), count(*) FILTER (NOT lacks), count(*) FILTER (lacks <> timeless), {counts} "
        f"FROM ({lines})")[0]
    pairs = list(zip(filled[::2], filled[1::2], strict=True))
    once = sum(below == 0 and above >= MOSTLY * others for below, above in pairs)
    told = sum(below >= MOSTLY * continued for below, _ in pairs)
    if apart or min(continued, once) < FEWEST_CONTINUED or not told:
        return
    engine.create_view("sampled", rows)
    engine.execute(
        f"UPDATE {quote(staged.table + '_rows')} AS own SET {order} = above.number FROM (SELECT n, lacks, "
        f"last_value({order} IGNORE NULLS) OVER (PARTITION BY file ORDER BY n) AS number FROM ({lines})) AS above "
        f"WHERE own.rowid + 1 = above.n AND above.lacks")


def printed_once(engine: Engine, mapping: Mapping) -> list[str]:
    """Return the cell columns that each order fills on its first line and leaves blank on all others.

    Writes the temporary table ``firsts_<number>`` (file, _order and those cells of the order's first line) if there
    are any.
    """
    staged, order = mapping.staged, mapping.columns["order_id"]
    number = staged.table.rsplit("_", 1)[1]
    cells = [f"c{place}" for place in range(len(staged.headers))]
    engine.create_view(f"sample_{number}", f"SELECT * FROM {quote(staged.table)} WHERE n <= {LINES_READ}")
    sample = cleaned(f"sample_{number}", soiled(engine, f"sample_{number}", cells))
    counts = ", ".join(f"count({cell}) FILTER (_first), count({cell}) FILTER (NOT _first)" for cell in cells)
    later, *filled = engine.rows(
        f"WITH lines AS MATERIALIZED (SELECT *, {order} AS _order FROM {sample}) "
        f"SELECT count(*) FILTER (NOT _first), {counts} FROM (SELECT *, n IN (SELECT min(n) FROM lines "
        f"GROUP BY file, _order) AS _first FROM lines WHERE _order IS NOT NULL)")[0]
    found = [cell for cell, first, others in zip(cells, filled[::2], filled[1::2], strict=True) if first and not others]
    if not later or not found:
        return []
    firsts = ", ".join(f"arg_min_null({cell}, n) AS {cell}" for cell in found)
    engine.create_table(f"firsts_{number}", f"SELECT file, _order, {firsts} FROM (SELECT *, {order} AS _order FROM "
                        f"{cleaned(staged.table, cells)}) WHERE _order IS NOT NULL GROUP BY ALL", temporary=True)
    return found


def settle_basis(engine: Engine, texts: str, mapping: Mapping) -> OrderBasis:
    """Return which columns are the order's though every line shows them.

    The amount is the order's where the brief says so; where it stands on the first line of orders alone; or where
    all lines of every order bear the same amount though they sell different things. Raises BadInput where all
    lines of every order bear the same amount and nothing tells what for.
    """
    stated = mapping.staged.source.amount_basis
    if stated == "line" or "amount" not in mapping.columns:
        return LINES_ADD
    seen = _Lines(engine, texts, mapping)
    alone, repeated = seen.stands_alone(), 0
    if stated == "auto" and not alone:
        same = seen.same_throughout()
        if not same:
            return LINES_ADD
        if same == "unclear":
            raise BadInput(Problem("data.door.amount_basis", f"{mapping.staged.place}.amount_basis", {
                "column": mapping.origin["amount"], "orders": f"{seen.orders:,}"}))
        repeated = seen.lines - seen.orders
    once = {"amount", *(name for name in MONEY_OF_ORDERS if name in mapping.columns and seen.agree(name))}
    if REFUND_COLUMN not in mapping.columns or REFUND_COLUMN in once:
        once.add(REFUNDED)
    return OrderBasis(frozenset(once), repeated)


def with_amounts(engine: Engine, texts: str, *, filled: bool) -> str:
    """Write the texts of a source as a table and return its name, ``filled_<number>``; if ``filled``, every line of
    an order bears the amount that its first line bears."""
    table = texts.replace("texts", "filled")
    engine.create_table(table, f"FROM {texts}", temporary=True)
    if filled:
        engine.execute(
            f"UPDATE {table} SET {text_of('amount')} = first.x FROM (SELECT _file AS f, {text_of('order_id')} AS o, "
            f"arg_min({text_of('amount')}, _n) AS x FROM {table} GROUP BY ALL) first "
            f"WHERE {text_of('amount')} IS NULL AND _file = first.f AND {text_of('order_id')} = first.o")
    return table


def text_of(name: str) -> str:
    """Return the column of a texts table that holds the text of a contract column."""
    return quote(f"text of {name}")


class _Lines:
    """Orders of more than one line, as far as they were read."""

    def __init__(self, engine: Engine, texts: str, mapping: Mapping):
        told = [name for name in ("product", "category", "quantity") if name in mapping.columns]
        kinds = " OR ".join(f"count(DISTINCT {text_of(name)}) > 1" for name in told) or "false"
        self._engine, self._rows = engine, texts.replace("texts", "lines_read")
        engine.create_table(
            self._rows, f"SELECT *, count(*) OVER (PARTITION BY _file, {text_of('order_id')}) AS _lines FROM {texts} "
            f"WHERE _n <= {LINES_READ} AND {text_of('order_id')} IS NOT NULL AND _fault IS NULL", temporary=True)
        self._orders = (
            f"(SELECT count(*) AS lines, count(x) AS filled, min(x) AS low, max(x) AS high, "
            f"arg_min_null(x, _n) AS first, {kinds} AS sells_several, count(DISTINCT _digest) > 1 AS differ "
            f"FROM (SELECT *, as_money({text_of('amount')}) AS x FROM {self._rows} WHERE _lines > 1) "
            f"GROUP BY _file, {text_of('order_id')})")
        self.orders, self.lines = engine.rows(
            f"SELECT count(*), CAST(coalesce(sum(lines), 0) AS BIGINT) FROM {self._orders}")[0]

    def stands_alone(self) -> bool:
        """Return whether only the first line of an order bears an amount."""
        first, filled = self._engine.rows(f"SELECT count(first), coalesce(sum(filled), 0) FROM {self._orders}")[0]
        return first > 0 and first == filled

    def same_throughout(self) -> str:
        """Return whether amounts are the same on all lines of every order: ``total`` where the lines sell different
        things, ``unclear`` where they differ in something else, empty where amounts differ or orders are few."""
        same, amounts, several, differ = self._engine.rows(
            f"SELECT count(*) FILTER (filled = lines AND low = high), count(DISTINCT low), "
            f"count(*) FILTER (sells_several), count(*) FILTER (differ) FROM {self._orders}")[0]
        if self.orders < FEWEST_ORDERS or same < self.orders or amounts < 2:
            return ""
        return "total" if 2 * several > self.orders else "unclear" if 2 * differ > self.orders else ""

    def agree(self, name: str) -> bool:
        """Return whether no order bears two values of a column."""
        value = f"as_money({text_of(name)})"
        return not self._engine.value(
            f"SELECT count(*) FROM (SELECT 1 FROM {self._rows} GROUP BY _file, {text_of('order_id')} "
            f"HAVING count(DISTINCT {value}) > 1)")
