"""The contract tables as they stay in the engine file: records in the period, ids hashed, refunds netted."""

from __future__ import annotations

from collections.abc import Iterable

from relops.data.contract import ContractColumn
from relops.data.engine import Engine, quote
from relops.data.grain import Placed
from relops.data.identity import HASHED_IDS
from relops.data.refunds import MONEY, net_refunds
from relops.errors import BadInput, Problem


def land(engine: Engine, placed: Placed) -> bool:
    """Write a contract table from its placed rows; return False, with nothing written, if no record is in the
    period. Raises BadInput on negative amounts that no refund rule explains."""
    inside = f"{placed.records} WHERE _outside IS NULL"
    if not engine.value(f"SELECT count(*) FROM {inside}"):
        return False
    if placed.table.name == "orders":
        _land_orders(engine, placed, inside)
    else:
        names = ", ".join(map(quote, placed.columns))
        engine.create_table(placed.table.name, with_hashes(f"SELECT record, {names} FROM {inside}",
                                                           placed.columns.values()))
    return True


def with_hashes(records: str, columns: Iterable[ContractColumn]) -> str:
    """Return the query of records, in their order, as they leave the door: ids of persons hashed (``hashed_ids``)."""
    persons = [quote(column.name) for column in columns if column.type == "customer"]
    changes = ", ".join(f"h{place}.hash AS {name}" for place, name in enumerate(persons))
    joins = " ".join(f"LEFT JOIN {HASHED_IDS} h{place} ON r.{name} = h{place}.id" for place, name in enumerate(persons))
    return f"SELECT r.* {f'REPLACE ({changes})' if changes else ''} FROM ({records}) r {joins} ORDER BY r.record"


def person_ids(placed: Placed) -> list[str]:
    """Return queries of the original ids of persons that a table holds."""
    return [f"SELECT {quote(column.name)} AS id FROM {placed.records} WHERE _outside IS NULL"
            for column in placed.columns.values() if column.type == "customer"]


def _land_orders(engine: Engine, placed: Placed, inside: str) -> None:
    columns = {name: column for name, column in placed.columns.items() if name != "is_refund"}
    ruled = [place for place, typed in enumerate(placed.sources) if typed.mapping.staged.source.refunds]
    _check_negative(engine, placed, inside, ruled)
    # where a source marks what came back by negative quantities, a negative amount for goods that went out is a
    # correction of a price; where all its quantities are positive, its negative amounts are the refunds
    sold = ("coalesce(quantity > 0 AND bool_or(quantity < 0 AND amount < 0) OVER (PARTITION BY _source), false)"
            if "quantity" in columns else "false")
    is_refund = f"_refund OR (amount < 0 AND NOT {sold})" if ruled else "_refund"
    names = ", ".join(map(quote, columns))
    refund_of = "" if "refund_of" in columns else ", CAST(NULL AS VARCHAR) AS refund_of"
    landed = with_hashes(
        f"SELECT record, _day AS ordered_on, {is_refund} AS is_refund, _refunded, {names}{refund_of} FROM {inside}",
        columns.values())
    engine.create_empty("refund_links", {"record": "BIGINT", "target": "BIGINT"}, temporary=True)
    if engine.value(f"SELECT bool_or(_refunded > 0) FROM {inside}"):
        engine.create_table("landed_orders", landed, temporary=True)
        # both parts stand in the order of their records, and the second is numbered after the first
        engine.create_table("orders", f"SELECT * EXCLUDE (_refunded) FROM landed_orders UNION ALL BY NAME "
                            f"({_taken_back(columns)} ORDER BY record)")
        engine.execute(f"INSERT INTO refund_links SELECT {_LINK}, record FROM landed_orders "
                       "WHERE _refunded > 0 AND NOT is_refund")
        engine.drop_table("landed_orders")
    else:
        engine.create_table("orders", f"SELECT * EXCLUDE (_refunded) FROM ({landed})")
    if engine.value("SELECT bool_or(is_refund) FROM orders"):
        net_refunds(engine)
        engine.create_table("purchases", "SELECT o.* EXCLUDE (is_refund, refund_of), n.net_amount FROM orders o "
                            "JOIN order_nets n ON o.record = n.record ORDER BY o.record")
    else:  # without refunds they are the orders, which need not be written twice
        engine.create_view("purchases", f"SELECT * EXCLUDE (is_refund, refund_of), CAST(amount AS {MONEY}) "
                           "AS net_amount FROM orders", lasting=True)
    engine.create_table("purchase_days", f"SELECT customer_id, ordered_on AS day, CAST(sum(net_amount) AS {MONEY}) "
                        "AS amount, count(*) AS orders FROM purchases WHERE customer_id IS NOT NULL "
                        "GROUP BY ALL ORDER BY customer_id, day")
    if not engine.value("SELECT count(*) FROM purchase_days"):  # as absent as any table nobody supplied
        engine.drop_table("purchase_days")


# a refund that stands in the row of its order becomes a record of its own, numbered after all rows
_LINK = "(SELECT max(record) FROM landed_orders) + row_number() OVER (ORDER BY record)"


def _taken_back(columns: dict[str, ContractColumn]) -> str:
    replaced = {"record": _LINK, "is_refund": "true", "amount": f"CAST(-_refunded AS {MONEY})", "refund_of": "order_id"}
    replaced |= {name: f"CAST(NULL AS {column.sql_type})" for name, column in columns.items()
                 if column.adds and name != "amount"}
    changes = ", ".join(f"{sql} AS {quote(name)}" for name, sql in replaced.items())
    return (f"SELECT * EXCLUDE (_refunded) REPLACE ({changes}) FROM landed_orders "
            "WHERE _refunded > 0 AND NOT is_refund")


def _check_negative(engine: Engine, placed: Placed, inside: str, ruled: list[int]) -> None:
    """Raise BadInput for each source that has negative amounts and no rule for refunds."""
    problems = []
    for place, count, total in engine.rows(
            f"SELECT _source, count(*), sum(amount) FROM {inside} AND amount < 0 AND NOT _refund "
            "GROUP BY _source ORDER BY _source"):
        if place not in ruled:
            staged = placed.sources[place].mapping.staged
            problems.append(Problem("data.door.negative", f"{staged.place}.refunds", {
                "rows": f"{count:,}", "total": f"{total:,.2f}", "files": staged.label}))
    if problems:
        raise BadInput(problems)
