"""What the headers of orders offer to choose from: the day an order counts on, the amount that is revenue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from relops.data.column_evidence import ColumnEvidence
from relops.data.folding import fold
from relops.data.headers import found_by_header, headers, normal

TIMES = re.compile(r"(_at|_start|_end|_since|birth_date)$")
AMOUNTS = ("amount", "quantity", "unit_price", "discount", "margin", "refund_amount", "score", "cost", "points",
           "stored_value", "acquisition_cost", "reward_cost", "reach", "handle_s", "scale_max")
# what an amount's header says of it, the first that fits
AMOUNT_WAYS = {
    "settled": re.compile(r"结算价|结算金额|商家应得|settled|payout", re.IGNORECASE),
    "received": re.compile(r"实收|到账|\breceived|collected", re.IGNORECASE),
    "paid": re.compile(r"实付|实际支付|支付金额|付款金额|お支払|支払金额|\bpaid|payment", re.IGNORECASE),
    "net": re.compile(r"不含税|未税|无税|净额|税抜|netto|imponible|imponibile|total.?ht(?![a-z])|"
                      r"(?<![a-z])(net(?![a-z])|ex(cl\w*)?[. _]*(tax|vat|gst))|excl|before.?tax|taxable",
                      re.IGNORECASE),
    "gross": re.compile(r"含税|价税合计|税込|gross|brutto|ttc(?![a-z])|"
                        r"(?<![a-z])inc(l\w*)?[. _]*(tax|vat|gst)|incl|after.?tax", re.IGNORECASE),
    "goods": re.compile(r"sub.?total|商品小计|小计", re.IGNORECASE),
    "payable": re.compile(r"应付|应收|invoice.?value|订单金额|交易金额|售价|总金额|总价|(order|grand).?total|"
                          r"total.?(amount|price)|^total$|^(importe total|totale|totaal|valor total)$|"
                          r"(?<![a-z])due(?![a-z])", re.IGNORECASE),
}
# what a time's header says of it, the first that fits
TIME_WAYS = {
    "paid": re.compile(r"付款|支付|收款|(?<![a-z])(paid|payment)(?![a-z])", re.IGNORECASE),
    "used": re.compile(r"核销|(?<![a-z])redeemed(?![a-z])", re.IGNORECASE),
    "completed": re.compile(r"结账|结算|完成|(?<![a-z])(closed?|completed?|settled)(?![a-z])", re.IGNORECASE),
    "business_day": re.compile(r"营业日|(?<![a-z])business.?da(y|te)", re.IGNORECASE),
    "created": re.compile(r"下单|创建|开单|开台|提交|(?<![a-z])(created?|placed|opened|ordered|purchased)(?![a-z])|"
                          r"order.?(date|time)", re.IGNORECASE),
}
PAID_BY = re.compile("微信|支付宝|现金|对公|银行卡|云闪付|^(visa|mastercard|cash|alipay|wechat|paypal)$", re.I)
PLAIN = ("金额", "amount", "销售额", "sales")


def fits(column: str, cells: ColumnEvidence) -> bool:
    """Return whether the cells can be what the header says."""
    if cells.filled == 0:
        return False
    if TIMES.search(column):
        return cells.may_be_date
    if column in ("store_id", "order_id") and cells.decimals:
        return False  # a mark for the place, no place; money taken by check, no number of one
    seldom = cells.distinct <= 2 < cells.rows or 2 * cells.distinct < cells.rows
    if column == "order_id" and seldom and not re.search(r"\d", cells.example):
        return False  # whether an invoice was asked for or paid, not its number
    if column == "customer_id" and PAID_BY.search(cells.example):
        return False  # by what was paid, not who did
    if column == "currency" and cells.is_number:
        return False  # an amount in the company's currency, not which one
    return cells.is_number if column in AMOUNTS else not (column == "customer_id" and cells.is_masked)


def find_bases(columns: Mapping[str, Any], names: Sequence[str], evidence: Mapping[str, ColumnEvidence]
               ) -> dict[str, dict[str, Any]]:
    """Return the ways to take time and amount of an order that headers offer, the one mapped first.

    ``columns`` are those mapped so far; the result maps basis → way → column.
    """
    bases = {"time": _time_ways(columns, names, evidence), "amount": _amount_ways(columns, names, evidence)}
    return {basis: ways for basis, ways in bases.items() if len(ways) > 1}


def _way_of(name: str, ways: Mapping[str, re.Pattern[str]]) -> str | None:
    """Return the first of the ways that a header speaks of."""
    return next((way for way, words in ways.items() if words.search(fold(name))), None)


def _time_ways(columns: Mapping[str, Any], names: Sequence[str], evidence: Mapping[str, ColumnEvidence]
               ) -> dict[str, Any]:
    taken, paid = columns["ordered_at"], columns.get("paid_at")
    if not isinstance(taken, str) or taken == paid:
        return {}
    ways: dict[str, Any] = {_way_of(taken, TIME_WAYS) or "created": taken}
    wanted = headers()["orders"]
    known = [name for name, _ in found_by_header(tuple(names), [*wanted["ordered_at"], *wanted["paid_at"],
                                                                *wanted["completed_at"]])]
    for name in dict.fromkeys([*([paid] if isinstance(paid, str) else []), *known]):
        way = _way_of(name, TIME_WAYS)
        if not way or name not in evidence or (name in columns.values() and name != paid):
            continue
        cells = evidence[name]  # a source has one format of dates: a time written in another way stays unmapped
        if fits("ordered_at", cells) and cells.date_format == evidence[taken].date_format:
            ways.setdefault(way, {"sql": f"coalesce({quoted(name)}, {quoted(taken)})"})
    return ways


def _amount_ways(columns: Mapping[str, Any], names: Sequence[str], evidence: Mapping[str, ColumnEvidence]
                 ) -> dict[str, Any]:
    amount, known = columns["amount"], headers()["orders"]
    if not isinstance(amount, str):
        return {}
    # without a quantity a price is an amount
    wanted = [*known["amount"], *(known["unit_price"] if "quantity" not in columns else [])]
    others = [name for name, _ in found_by_header(tuple(names), wanted)
              if name in evidence and fits("amount", evidence[name])]
    ways: dict[str, Any] = {}
    taxed = any(AMOUNT_WAYS["gross"].search(name) for name in others)
    summed = any(normal(name) == "total" for name in others)
    for name in [amount, *others]:
        way = _way_of(name, AMOUNT_WAYS)
        if way is None and normal(name) in PLAIN:  # beside an amount with tax, or a total, it is the one without
            way = "net" if taxed else "goods" if summed else None
        if way and name not in ways.values():
            ways.setdefault(way, name)
    return ways if ways and next(iter(ways.values())) == amount else {}


def quoted(header: str) -> str:
    """Return a header as it stands in a SQL expression."""
    return header if re.fullmatch(r"[A-Za-z_]\w*", header) else '"' + header.replace('"', '""') + '"'


def as_text(header: str) -> str:
    """Return the SQL of a header's cells as the texts they are."""
    return f"CAST({quoted(header)} AS VARCHAR)"
