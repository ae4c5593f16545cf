"""Orders in one file, their lines in another: the lines tell what was bought, the orders when and for how much.

A source of lines without an amount (``Mapping.detail``) makes no record. Each of its rows is a further row of the
order it names: merged where the order stays, left out where the order is, refused where there is no such order.
"""

from __future__ import annotations

from collections.abc import Sequence

from relops.data.contract import ContractColumn
from relops.data.engine import Engine, quote
from relops.data.order_lines import REFUNDED, by_lines
from relops.data.period import DataPeriod
from relops.data.typed import Typed
from relops.errors import BadInput, Problem

# the order's own, whatever its lines say
OF_THE_ORDER = ("order_id", "customer_id", "ordered_at", "amount", "status", "refund_of", "is_refund", "currency")


def has_details(sources: Sequence[Typed]) -> bool:
    """Return whether a source holds lines of the orders of another one."""
    return any(typed.mapping.detail for typed in sources)


def check_amounts(engine: Engine, sources: Sequence[Typed], period: DataPeriod) -> None:
    """Raise BadInput where lines with amounts are those of orders whose amounts come in from another source."""
    paid = [typed for typed in sources if {"order_id", "amount", "ordered_at"} <= typed.columns.keys()
            and typed.mapping.staged.source.refunds != "file"]
    problems = []
    for lines in (typed for typed in paid if by_lines(typed.mapping)):
        for orders in (typed for typed in paid if not by_lines(typed.mapping)):
            day = period.day_of("ordered_at")
            of_lines, of_orders = (f"(SELECT DISTINCT order_id, {day} AS day FROM {one.name} "
                                   "WHERE order_id IS NOT NULL)" for one in (lines, orders))
            total, both = engine.rows(f"SELECT (SELECT count(*) FROM {of_lines}), count(*) FROM {of_lines} l "
                                      f"JOIN {of_orders} o ON l.order_id = o.order_id AND l.day = o.day")[0]
            # the same numbers on the same days by the half: no two shops that count from one
            if both and 2 * both >= total:
                problems.append(Problem("data.door.both_amounts", lines.mapping.place("amount"), {
                    "both": f"{both:,}", "orders": orders.mapping.staged.label,
                    "lines": lines.mapping.staged.label}))
    if problems:
        raise BadInput(problems)


def with_orders(rows: str) -> str:
    """Return the query of all rows with those of detail sources placed by the order they name.

    ``rows`` has, of every row, ``_detail``, ``_class`` and ``_reason`` by its own source, ``_record`` and order_id.
    """
    return f"""
        WITH placed AS MATERIALIZED ({rows}),
        owners AS (SELECT order_id, min(_record) FILTER (NOT _refund) AS owner,
                arg_min(_reason, _row) FILTER (_class = 'excluded') AS left_out
            FROM placed WHERE NOT _detail AND order_id IS NOT NULL GROUP BY order_id)
        SELECT p.* EXCLUDE (_stays) REPLACE (
            CASE WHEN _stays THEN owner ELSE p._record END AS _record,
            CASE WHEN NOT _stays OR owner IS NOT NULL THEN p._class
                WHEN left_out IS NOT NULL THEN 'excluded' ELSE 'refused' END AS _class,
            CASE WHEN NOT _stays OR owner IS NOT NULL THEN p._reason
                ELSE coalesce(left_out, 'no_order:order_id') END AS _reason)
        FROM (SELECT *, _detail AND coalesce(_class, 'merged') = 'merged' AS _stays FROM placed) p
        LEFT JOIN owners ON p.order_id = owners.order_id"""


def detailed(records: str, sources: Sequence[Typed], columns: dict[str, ContractColumn]) -> str:
    """Return the query of order records with what their lines say of them: what the order leaves open."""
    named = {name for typed in sources if typed.mapping.detail for name in typed.columns}
    told = [column for name, column in columns.items() if name in named and name not in OF_THE_ORDER]
    gathered = "".join(f", {_gathered(column)} AS {quote(column.name)}" for column in told)
    filled = "".join(f", coalesce(own.{quote(column.name)}, lines.{quote(column.name)}) AS {quote(column.name)}"
                     for column in told)
    return (f"SELECT own.* REPLACE (coalesce(own.{REFUNDED}, lines.{REFUNDED}) AS {REFUNDED}{filled}) FROM ({records}) "
            f"own LEFT JOIN (SELECT _record, CAST(sum({REFUNDED}) AS DECIMAL(18, 4)) AS {REFUNDED}{gathered} "
            f"FROM rows_orders WHERE _detail AND _class IS NULL GROUP BY _record) lines ON own.record = lines._record")


def _gathered(column: ContractColumn) -> str:
    name = quote(column.name)
    return f"CAST(sum({name}) AS {column.sql_type})" if column.adds else f"arg_min({name}, _row)"
