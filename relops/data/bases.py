"""What the headers of orders offer to choose from: the day an order counts on, the amount that is revenue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from relops.data.column_evidence import ColumnEvidence
from relops.data.headers import found_by_header, headers, normal

TIMES = re.compile(r"(_at|_start|_end|_since|birth_date)$")
AMOUNTS = ("amount", "quantity", "unit_price", "discount", "margin", "refund_amount", "score", "cost", "points",
           "stored_value", "acquisition_cost", "reward_cost", "reach", "handle_s", "scale_max")
# what an amount's header says of it
AMOUNT_WAYS = {
    "received": re.compile(r"实收|到账|\breceived|collected", re.IGNORECASE),
    "paid": re.compile(r"实付|实际支付|支付金额|付款金额|\bpaid|payment", re.IGNORECASE),
    "payable": re.compile(r"应付|应收|订单金额|总金额|总价|(order|grand).?total|total.?(amount|price)|"
                          r"(?<![a-z])due(?![a-z])", re.IGNORECASE),
    "net": re.compile(r"不含税|未税|净额|(?<![a-z])net(?![a-z])|excl|before.?tax", re.IGNORECASE),
    "gross": re.compile(r"含税|价税合计|gross|incl|after.?tax", re.IGNORECASE),
}

PLAIN = ("金额", "amount", "销售额", "sales")


def fits(column: str, cells: ColumnEvidence) -> bool:
    """Return whether the cells can be what the header says."""
    if cells.filled == 0:
        return False
    if TIMES.search(column):
        return cells.may_be_date
    if column == "store_id" and cells.decimals:
        return False  # a mark for the place, no place
    if column == "currency" and cells.is_number:
        return False  # an amount in the company's currency, not which one
    return cells.is_number if column in AMOUNTS else not (column == "customer_id" and cells.is_masked)


def find_bases(columns: Mapping[str, Any], names: Sequence[str], evidence: Mapping[str, ColumnEvidence]
               ) -> dict[str, dict[str, Any]]:
    """Return the ways to take time and amount of an order that headers offer, the one mapped first.

    ``columns`` are those mapped so far; the result maps basis → way → column.
    """
    bases: dict[str, dict[str, Any]] = {}
    created, paid = columns["ordered_at"], columns.get("paid_at")
    if isinstance(created, str) and paid and paid != created:
        bases["time"] = {"created": created, "paid": {"sql": f"coalesce({quoted(paid)}, {quoted(created)})"}}
    amount = columns["amount"]
    if isinstance(amount, str):
        others = [name for name, _ in found_by_header(tuple(names), headers()["orders"]["amount"])
                 if name in evidence and fits("amount", evidence[name])]
        ways: dict[str, Any] = {}
        taxed = any(AMOUNT_WAYS["gross"].search(name) for name in others)
        for name in [amount, *others]:
            way = next((way for way, words in AMOUNT_WAYS.items() if words.search(name)), None)
            if way is None and taxed and normal(name) in PLAIN:  # beside an amount with tax it is the one without
                way = "net"
            if way and name not in ways.values():
                ways.setdefault(way, name)
        if len(ways) > 1 and next(iter(ways.values())) == amount:
            bases["amount"] = ways
    return bases


def quoted(header: str) -> str:
    """Return a header as it stands in a SQL expression."""
    return header if re.fullmatch(r"[A-Za-z_]\w*", header) else '"' + header.replace('"', '""') + '"'


def as_text(header: str) -> str:
    """Return the SQL of a header's cells as the texts they are."""
    return f"CAST({quoted(header)} AS VARCHAR)"
