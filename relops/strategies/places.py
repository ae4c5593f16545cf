"""Where a customer usually buys: the store of a draw, and of the plan before it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

CUSTOMER = "customer_id"


def usual_place(orders: ir.Table, column: str) -> ir.Table:
    """Return customer_id and the value of ``column`` on most of the customer's orders, of equally many the first by
    name."""
    counted = orders.drop_null([CUSTOMER, column]).group_by([CUSTOMER, column]).aggregate(times=_.count())
    order = ibis.window(group_by=CUSTOMER, order_by=[ibis.desc("times"), column])
    return counted.mutate(place=ibis.row_number().over(order)).filter(_.place == 0).select(CUSTOMER, column)
