"""An amount that is the same on all lines of an order: each line's own, or the order's, which would count twice."""

from __future__ import annotations

from typing import Any

import pandas as pd

from relops.data.bases import as_text
from relops.data.column_evidence import gather
from relops.data.guess_numbers import order_names
from relops.data.guess_state import Guess, read_all
from relops.data.headers import counts, found_by_header, headers, is_whole_order, says_line
from relops.data.notes import note

CENT = 0.01
WITH_CENTS = r"\D*[\d.,]*\d[.,]\d{1,2}\D*"


def settle_repeated(guess: Guess, lines: pd.DataFrame) -> dict[str, str]:
    """Return whose an amount is that all lines of an order repeat, as prices, the header or a number of each line's own
    tell; where nothing does, the order's is proposed and ``guess.doubts`` asks."""
    header, orders, by_line = guess.columns["amount"], orders_of_lines(lines), adds_up_by_line(lines)
    if adds_up_by_order(orders) or (not by_line and (
            worth_differs(orders) or covers_its_lines(orders) or _has_lines_money(guess, header))):
        guess.notes["amount_basis"] = note("whole_order", header=header)
        return {"amount_basis": "order"}
    if by_line or not isinstance(header, str) or says_line(header) or _numbers_lines(guess):
        guess.notes["amount_basis"] = note("each_line", header=header if isinstance(header, str) else header["sql"])
        return {"amount_basis": "line"}
    guess.doubts["lines"] = {"order": header, "line": header}
    if not is_whole_order(header):
        return {}
    guess.notes["amount_basis"] = note("whole_order", header=header)
    return {"amount_basis": "order"}


def name_orders(guess: Guess) -> None:
    """Let time and customer name an order where no number does and a total of the order stands on each of its lines."""
    columns = guess.columns
    used = [columns.get(name) for name in ("ordered_at", "customer_id", "amount", "product")]
    if "order_id" in columns or not all(isinstance(name, str) for name in used) or not is_whole_order(used[2]):
        return
    rows = pd.concat(list(read_all(guess.forms, used)), ignore_index=True)
    rows = rows[(rows[used[1]] != "") & rows[used[0]].str.contains(":", regex=False)]
    groups = rows.groupby([used[0], used[1]])
    seen = pd.DataFrame({"rows": groups.size(), "amounts": groups[used[2]].nunique(),
                         "products": groups[used[3]].nunique()})
    if bool(((seen["rows"] > 1) & (seen["amounts"] == 1) & (seen["products"] == seen["rows"])).any()):
        guess.number, guess.parts = str(used[0]), [str(used[1])]
        guess.take("order_id", {"sql": f"{as_text(str(used[0]))} || ' ' || {as_text(str(used[1]))}"},
                   note("unnamed_orders"))


def orders_of_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each order of several lines whose prices are known: amount (of its first line), value (the sum
    of its lines' prices), values (how many different ones they are)."""
    known = lines.dropna(subset=["amount", "value"])
    orders = known.groupby(["file", "order_id"]).agg(lines=("value", "size"), value=("value", "sum"),
                                                     values=("value", "nunique"), amount=("amount", "first"))
    return orders[orders["lines"] > 1]


def worth_differs(orders: pd.DataFrame) -> bool:
    """Return whether the lines of most orders of several are worth different sums, though all bear the same amount."""
    return len(orders) > 0 and 2 * int((orders["values"] > 1).sum()) > len(orders)


def covers_its_lines(orders: pd.DataFrame) -> bool:
    """Return whether the amount of every order of several lines is no less than the sum of its lines' prices, as that
    of an order with its shipping is."""
    worth = orders[orders["value"] > 0]
    return len(worth) > 0 and bool((worth["amount"] >= worth["value"] - CENT).all())


def adds_up_by_order(orders: pd.DataFrame) -> bool:
    """Return whether the amount of every order of several lines is the sum of its lines' prices, and none of them its
    own line's."""
    return len(orders) > 0 and bool(((orders["amount"] - orders["value"]).abs() < CENT).all())


def _has_lines_money(guess: Guess, header: Any) -> bool:
    """Return whether an amount that is said to be the order's stands beside money of the lines that differs between
    them."""
    others = [name for name in guess.free if says_line(name) and not counts(name)]
    if not is_whole_order(header) or not others or not guess.number:
        return False
    rows = pd.concat([chunk.assign(order=order_names(guess, chunk)) for chunk in read_all(
        guess.forms, list(dict.fromkeys([guess.number, *guess.parts, *others])))], ignore_index=True)
    rows = rows[rows["order"] != ""]
    several = rows[rows.duplicated("order", keep=False)]
    kinds = {name: several[["order", name]].drop_duplicates()["order"].value_counts() for name in others
             if several[name].str.fullmatch(WITH_CENTS).all()}
    return any(len(counted) > 0 and bool((counted > 1).all()) for counted in kinds.values())


def _numbers_lines(guess: Guess) -> bool:
    """Return whether each row bears a voucher's own number: it was sold and used by itself."""
    vouchers = [name for name, _ in found_by_header(guess.form.names, headers()["voucher_numbers"][""])]
    seen = gather(read_all(guess.forms, vouchers)) if vouchers else {}
    return any(cells.distinct == cells.rows for cells in seen.values())


def adds_up_by_line(lines: pd.DataFrame) -> bool:
    """Return whether every amount is the price of its own line, as far as quantities and prices are there."""
    known = lines[["amount", "value"]].dropna()
    return len(known) > 0 and bool(((known["amount"] - known["value"]).abs() < CENT).all())
