"""Refunds against orders: never below zero, money conserved, what finds no order is told.

A refund nets against the order it names (``refund_of``, else an order of its own number). One that names none nets
against the same customer's latest earlier orders: orders lie on a stack, a refund takes from the top. With B the
height of the stack after each event, what is left of an order is the part of its slice under the lowest B that
follows; so the whole allocation is a few running sums, exact in decimals. The height is the running sum of money less
its lowest value so far below zero, the share of refunds that found the stack empty (Skorokhod's reflection).
"""

from __future__ import annotations

from relops.data.engine import Engine

MONEY = "DECIMAL(18, 4)"


def net_refunds(engine: Engine) -> None:
    """Write the temporary table ``order_nets`` (record, net_amount) of all orders in ``orders``.

    Reads ``orders`` (record, order_id, refund_of, customer_id, ordered_at, amount, is_refund) and the temporary
    table ``refund_links`` (record, target): refunds known to belong to one order.
    """
    engine.create_table("refund_targets", _TARGETS, temporary=True)
    engine.create_table("directed_nets", _DIRECTED, temporary=True)
    engine.create_table("order_nets", _STACK, temporary=True)
    engine.drop_table("refund_targets")
    engine.drop_table("directed_nets")


# target: the order a refund belongs to, null where it names none, -1 where the order it names is not here
_TARGETS = """
    WITH named AS (
        SELECT r.record, coalesce(r.refund_of, own.order_id) AS order_id, l.target
        FROM orders r
        LEFT JOIN refund_links l ON r.record = l.record
        LEFT JOIN (SELECT DISTINCT order_id FROM orders WHERE NOT is_refund) own ON r.order_id = own.order_id
        WHERE r.is_refund),
    numbered AS (
        SELECT order_id, min(record) AS record FROM orders
        WHERE NOT is_refund AND order_id IS NOT NULL GROUP BY order_id)
    SELECT named.record,
        CASE WHEN named.target IS NOT NULL THEN named.target
            WHEN named.order_id IS NOT NULL THEN coalesce(numbered.record, -1) END AS target
    FROM named LEFT JOIN numbered ON named.order_id = numbered.order_id"""

_DIRECTED = f"""
    WITH named AS (
        SELECT t.target AS record, sum(-r.amount) AS refunded
        FROM refund_targets t JOIN orders r ON t.record = r.record WHERE t.target IS NOT NULL GROUP BY t.target)
    SELECT o.record, CAST(o.amount - least(greatest(o.amount, 0), coalesce(named.refunded, 0)) AS {MONEY}) AS left_over
    FROM orders o LEFT JOIN named ON o.record = named.record WHERE NOT o.is_refund"""

_STACK = f"""
    WITH events AS (
        SELECT o.record, o.customer_id, o.ordered_at, o.is_refund,
            CASE WHEN o.is_refund THEN o.amount ELSE greatest(d.left_over, 0) END AS money
        FROM orders o
        LEFT JOIN directed_nets d ON o.record = d.record
        LEFT JOIN refund_targets t ON o.record = t.record
        WHERE o.customer_id IN (
            SELECT r.customer_id FROM orders r JOIN refund_targets t ON r.record = t.record WHERE t.target IS NULL)
          AND (NOT o.is_refund OR t.target IS NULL)),
    summed AS (
        SELECT *, sum(money) OVER so_far AS total FROM events
        WINDOW so_far AS (PARTITION BY customer_id ORDER BY ordered_at, is_refund, record ROWS UNBOUNDED PRECEDING)),
    stacked AS (
        SELECT *, total - least(0, min(total) OVER so_far) AS height FROM summed
        WINDOW so_far AS (PARTITION BY customer_id ORDER BY ordered_at, is_refund, record ROWS UNBOUNDED PRECEDING)),
    remaining AS (
        SELECT record, is_refund, greatest(0, money - height + min(height) OVER to_come) AS rest FROM stacked
        WINDOW to_come AS (PARTITION BY customer_id ORDER BY ordered_at, is_refund, record
            ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING))
    SELECT d.record, CAST(CASE WHEN d.left_over > 0 THEN coalesce(s.rest, d.left_over) ELSE d.left_over END AS {MONEY})
        AS net_amount
    FROM directed_nets d LEFT JOIN remaining s ON d.record = s.record AND NOT s.is_refund"""
