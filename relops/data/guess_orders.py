"""What an unknown file of orders needs beyond its headers: amounts, grain, refunds, whose order it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from relops.data.bases import quoted
from relops.data.column_evidence import to_number
from relops.data.guess_numbers import find_number, order_names, settle_numbers, settle_returns
from relops.data.guess_refunds import describe_refunds, factors_of, find_refunds
from relops.data.guess_repeated import name_orders, settle_repeated
from relops.data.guess_state import Guess
from relops.data.guess_statuses import describe_statuses, settle_statuses
from relops.data.headers import found_by_header, headers, scale
from relops.data.mapping import REFUND_COLUMN
from relops.data.notes import join_notes, note
from relops.data.readers.sniff import read_chunks

MOST_QUANTITIES = 1000
CENT = 0.01
SELDOM = 0.1
MONEY = ("amount", "discount", "margin", REFUND_COLUMN)


def complete_orders(guess: Guess) -> None:
    """Fill in what headers alone did not give: the amount as a product; date, amount, id by their cells."""
    find_refunds(guess)
    seen = guess.evidence
    price, quantity = guess.leave("unit_price"), guess.columns.get("quantity")
    if "amount" not in guess.columns and price and quantity:
        guess.take("amount", {"sql": f"{quoted(quantity)} * {quoted(price)}"}, note("product"))
    elif "amount" not in guess.columns and price:
        guess.take("amount", price, note("price_alone"))
    settle_statuses(guess)
    if "ordered_at" not in guess.columns and (paid := guess.leave("paid_at")):
        guess.take("ordered_at", paid, note("paid_alone"))
    if "ordered_at" not in guess.columns and (start := guess.columns.get("service_start")):
        guess.take("ordered_at", start, note("start_alone"))
    if "ordered_at" not in guess.columns:
        dates = [name for name in guess.in_doubt if seen[name].is_date]
        if dates and (len(dates) == 1 or not guess.form.has_header):
            guess.take("ordered_at", dates[0], note("by_cells"))
    guess.leave("completed_at")  # no column of the contract, but a day on which an order may count
    numbers = [name for name in guess.in_doubt if seen[name].is_number and not seen[name].is_date]
    if "amount" not in guess.columns:
        amounts = [name for name in numbers if seen[name].decimals]
        if amounts and (len(amounts) == 1 or not guess.form.has_header):
            guess.take("amount", amounts[-1], note("by_cells"))
    if not guess.form.has_header:
        identify_without_header(guess, [name for name in numbers if name in guess.free])


def identify_without_header(guess: Guess, numbers: list[str]) -> None:
    """Tell customer id and quantity apart in a file without headers: the id has the most different values."""
    seen = guess.evidence
    whole = [name for name in guess.free if not seen[name].decimals and not seen[name].is_date]
    single = [name for name in whole if seen[name].distinct == seen[name].rows > 1]
    if len(whole) - len(single) > 0 and single:
        guess.take("order_id", single[0], note("order_by_cells"))
    repeated = [name for name in whole if name not in single and seen[name].distinct > 1]
    if repeated:
        guess.take("customer_id", max(repeated, key=lambda name: seen[name].distinct), note("id_by_cells"))
    counts = [name for name in numbers if name in guess.free and seen[name].distinct < MOST_QUANTITIES
              and not seen[name].example.startswith("0")]
    if counts:
        guess.take("quantity", counts[-1], note("by_cells"))


def describe_orders(guess: Guess) -> dict[str, Any]:
    """Return grain, amount basis and refunds of an orders source, found on all of its rows, with their notes."""
    find_number(guess)
    settle_numbers(guess)
    name_orders(guess)
    lines = read_money(guess)
    settle_returns(guess, lines)
    source: dict[str, Any] = {"grain": "event"}
    if "order_id" not in guess.columns:
        guess.notes["grain"] = note("event")
    else:
        named = lines[lines["order_id"] != ""]  # an order in two files is no order of two lines
        orders = len(named[["file", "order_id"]].drop_duplicates())
        different = len(named[["file", "order_id", "amount"]].drop_duplicates())
        continued = int(lines["continued"].sum())
        repeated = len(named) - orders
        # without anything that tells lines apart, a number that comes back now and then is the same order again
        again = repeated and not continued and not _tells_lines(guess) and repeated <= SELDOM * orders
        source["grain"] = "line" if (repeated or continued) and not again else "order"
        reasons = [note("order_again" if again else source["grain"], rows=len(named) + continued, orders=orders)]
        # a total repeated on each line of its order would count twice
        if source["grain"] == "line" and len(named) > orders == different:
            source |= settle_repeated(guess, lines)
            reasons += [note("same_amounts")] if "lines" in guess.doubts else []
        guess.notes["grain"] = join_notes(*reasons)
    source |= describe_refunds(guess, lines)
    if "customer_id" not in guess.columns:
        guess.notes["table"] = join_notes(guess.notes["table"], note("no_customer"))
    if "status" in guess.columns:
        source |= describe_statuses(guess)
    return source


def scale_money(guess: Guess, ways: dict[str, Any]) -> None:
    """Convert columns of money whose headers state another unit than the currency's own, as ten thousands or cents do;
    ``ways`` are those in which an amount may be taken."""
    for taken in (guess.columns, ways):
        for name, header in taken.items():
            if (name in MONEY or taken is ways) and isinstance(header, str) and (found := scale(header)):
                unit, factor = found
                taken[name] = {"sql": f"{quoted(header)} * {factor}"}
                if taken is guess.columns:
                    guess.notes[f"columns.{name}"] = join_notes(guess.notes[f"columns.{name}"],
                                                                note("scaled", unit=unit))


def _tells_lines(guess: Guess) -> bool:
    return any(found_by_header(guess.form.names, headers()["orders"][name])
               for name in ("product", "category", "quantity", "unit_price"))


def read_money(guess: Guess) -> pd.DataFrame:
    """Return a row for each of the files' rows: file (its number), order_id (text, '' where there is none), moment (its
    time as it stands), amount, value (quantity times price) and refund_amount (floats, NaN where there is none), and
    whether the row is continued: it bears neither number nor time of an order, but something that is sold."""
    columns, names = guess.columns, guess.form.names
    factors = factors_of(columns["amount"], names)
    prices = [name for name, _ in found_by_header(names, headers()["orders"]["unit_price"])]
    counts = [columns["quantity"]] if "quantity" in columns else []
    value = [*counts, *prices[:1]] if counts and prices else []
    refund = factors_of(columns[REFUND_COLUMN], names) if REFUND_COLUMN in columns else []
    key = [guess.number] if guess.number else []
    time = [name for name in [columns.get("ordered_at")] if isinstance(name, str)]
    products = [name for name, _ in found_by_header(names, headers()["orders"]["product"])]
    sold = list(dict.fromkeys([*products[:1], *counts, *prices[:1]])) if key and time else []
    wanted = list(dict.fromkeys([*key, *factors, *value, *refund, *time, *sold, *guess.parts]))
    pieces = []
    for file, form in enumerate(guess.forms):
        for chunk in read_chunks(form, wanted):
            pieces.append(pd.DataFrame({"file": file, "order_id": order_names(guess, chunk) if key else "",
                                        "moment": chunk[time[0]] if time else "",
                                        "amount": _product(chunk, factors), "value": _product(chunk, value),
                                        REFUND_COLUMN: _product(chunk, refund),
                                        "continued": _continued(chunk, [*key, *time], sold)}))
    return pd.concat(pieces, ignore_index=True)


def _continued(chunk: pd.DataFrame, order: list[str], sold: list[str]) -> Any:
    return (chunk[order] == "").all(axis=1) & (chunk[sold] != "").any(axis=1) if order and sold else False


def _product(chunk: pd.DataFrame, factors: list[str]) -> Any:
    return np.prod([to_number(chunk[name]) for name in factors], axis=0) if factors else np.nan
