"""How an unknown file of orders tells refunds: rows below zero, or a column of what was given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from relops.data.bases import quoted
from relops.data.cells import NO, YES
from relops.data.column_evidence import gather
from relops.data.guess_state import Guess, read_all
from relops.data.headers import counts, found_by_header, headers, tells_refunds
from relops.data.mapping import REFUND_COLUMN
from relops.data.notes import note
from relops.data.readers.sniff import count_values

PIECES = r"|-?\d{1,2}"


def find_refunds(guess: Guess) -> None:
    """Take a column of money given back whose header nobody listed, or pieces given back at the price of each.

    Small whole numbers under a header that does not say money may be pieces: ``guess.doubts`` keeps the column.
    """
    flag = guess.columns.get("refunded")
    values = {value.lower() for form in guess.forms for value in count_values(form, flag)} if flag else set()
    if flag and (counts(flag) or values - {"", *YES, *NO}):
        guess.leave("refunded")  # money or pieces, not whether
    told = [name for name in guess.free if tells_refunds(name)]
    if REFUND_COLUMN in guess.columns or not told:
        return
    cells = gather(read_all(guess.forms, told))
    for header in (name for name in told if cells[name].is_number and not cells[name].is_date):
        if counts(header):
            prices = [name for name, _ in found_by_header(guess.form.names, headers()["orders"]["unit_price"])]
            if prices:
                guess.take(REFUND_COLUMN, {"sql": f"{quoted(header)} * {quoted(prices[0])}"}, note("pieces_back"))
                return
            continue
        guess.take(REFUND_COLUMN, header, note("by_header"))
        if _like_pieces(guess, header):
            guess.doubts["returned"] = {"money": header, "pieces": header}
        return


def factors_of(rule: Any, names: Sequence[str]) -> list[str]:
    """Return the headers whose product an amount is."""
    return [rule] if isinstance(rule, str) else [name for name in names if quoted(name) in rule["sql"].split(" * ")]


def _like_pieces(guess: Guess, header: str) -> bool:
    """Return whether all cells are small whole numbers without decimals, as pieces are written."""
    return all(bool(chunk[header].str.fullmatch(PIECES).all()) for chunk in read_all(guess.forms, [header]))


def describe_refunds(guess: Guess, lines: pd.DataFrame) -> dict[str, Any]:
    """Return how refunds are told, nothing where nothing tells: rows below zero, else a column of money given back."""
    given_back = guess.leave(REFUND_COLUMN)
    below = int((lines["amount"] < 0).sum())
    if below:
        guess.doubts.pop("returned", None)
        guess.notes["refunds"] = note("refunds", rows=below)
        return {"refunds": "negative"}
    rows = int((lines[REFUND_COLUMN].abs() > 0).sum()) if given_back else 0
    if not rows:
        guess.doubts.pop("returned", None)
        return {}
    shown = given_back if isinstance(given_back, str) else given_back["sql"]
    taken, reasons = given_back, [note("by_header" if isinstance(given_back, str) else "pieces_back")]
    if guess.refused:
        where, reason = guess.refused
        taken = {"sql": f"CASE WHEN {where} THEN NULL ELSE {quoted(shown) if shown == given_back else shown} END"}
        reasons.append(reason)
    guess.take(REFUND_COLUMN, taken, *reasons)
    guess.notes["refunds"] = note("refund_column", header=shown, rows=rows)
    return {"refunds": "column"}
