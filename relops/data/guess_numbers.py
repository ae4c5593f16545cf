"""Whether a number names one order: tills count anew each day and in each store, and money comes back under the number
of a sale."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from relops.data.bases import as_text
from relops.data.column_evidence import gather, to_number
from relops.data.expressions import columns_of
from relops.data.guess_clock import MIDNIGHT
from relops.data.guess_state import Guess, read_all
from relops.data.headers import normal, numbers_something
from relops.data.notes import join_notes, note
from relops.data.readers.sniff import FileForm, read_chunks, work_out

SELDOM = 0.1
HALF = 0.5
CLOCK = "[ T]*(上午|下午|中午|晚上|凌晨)? *[0-9]{1,2}:[0-9]{2}.*$"
COMPACT = "%Y%m%d%H%M%S"
# a number of three signs or more, no amount and no time
CODED = r"regexp_full_match({0}, '[^\s.,:][^.,:]{{2,39}}') AND regexp_matches({0}, '[0-9]')"
FIRST_ROWS = 200_000  # of a cheap look before all rows
DAY = 8  # digits of a day in such a time


def find_number(guess: Guess) -> None:
    """Take a column nobody listed for the number of the order, where no header names one: its values come back, and
    all rows of a value have one time and one customer. Without a customer its header must sound like a number."""
    time, customer = guess.columns.get("ordered_at"), guess.columns.get("customer_id")
    if "order_id" in guess.columns or not guess.form.has_header or not isinstance(time, str):
        return
    same = [time, *([customer] if isinstance(customer, str) else [])]
    amount = guess.columns.get("amount")
    names = [name for name in guess.free if numbers_something(name) or len(same) > 1]
    used = columns_of(amount["sql"]) if isinstance(amount, dict) and "sql" in amount else []
    names = [name for name in names if name not in used]
    found = _naming(guess.forms[:1], names, same, FIRST_ROWS)
    if found:
        found = _naming(guess.forms, list(found), same)
    if found:
        name = min(found, key=lambda name: (not numbers_something(name), found[name]))
        guess.take("order_id", name, note("order_by_repeats", header=name))
        return
    own = next((name for name in guess.free if normal(name) == "id"), None)
    if own and "product" not in guess.columns and gather(read_all(guess.forms, [own]))[own].is_unique:
        guess.take("order_id", own, note("by_header"))  # of a list of orders; of lines it would be the line's


def _naming(forms: Sequence[FileForm], names: list[str], same: list[str], most: int | None = None) -> dict[str, int]:
    """Return the headers whose values are codes that come back, each on rows that agree in all of ``same``, with how
    many they are."""
    if not names:
        return {}
    query = (f"SELECT count(*) AS rows, count(*) FILTER (v{len(same) - 1} <> '') AS known, "
             f"bool_or(contains(v0, ':') AND NOT regexp_matches(v0, '{MIDNIGHT}')) AS timed FROM cells")
    whole = pd.concat(work_out(form, same, query, most) for form in forms)
    known = len(same) > 1 and whole["known"].sum() >= HALF * whole["rows"].sum()
    timed = bool(whole["timed"].any())
    if not known and not timed:
        return {}  # on a day of strangers agree a till's shift and whatever else is counted by days
    found = {}
    for name in names:
        values = _values(forms, name, same, most)
        often = SELDOM if numbers_something(name) else HALF
        comes_back = len(values) > 1 and (values["rows"] > 1).mean() >= often
        if values["coded"].all() and comes_back and (values["least"] == values["most"]).all() and (
                (timed and numbers_something(name)) or _changes(forms, name, same, most)):
            found[name] = len(values)
    return found


def _changes(forms: Sequence[FileForm], name: str, same: list[str], most: int | None) -> bool:
    """Return whether a customer has several values under a header: what is always the same one's is the customer's,
    as a locker or a postcode is, and names no order."""
    if len(same) < 2:
        return False
    query = "SELECT 1 AS one FROM cells WHERE v0 <> '' GROUP BY v0 HAVING count(DISTINCT v1) > 1 LIMIT 1"
    return any(len(work_out(form, [same[-1], name], query, most)) for form in forms)


def _values(forms: Sequence[FileForm], name: str, same: list[str], most: int | None) -> pd.DataFrame:
    """Return a row for each value under a header: its rows, whether it is a code, what they bear in ``same``; as
    hashes, for texts of millions of rows would fill the memory."""
    value = f"v{len(same)}"
    beside = f"hash({', '.join(f'v{place}' for place in range(len(same)))})"
    found = [work_out(form, [*same, name], f"SELECT hash({value}) AS value, count(*) AS rows, min({beside}) AS least, "
                      f"max({beside}) AS most, bool_and({CODED.format(value)}) AS coded FROM cells GROUP BY 1", most)
             for form in forms]
    if len(found) == 1:
        return found[0]
    return pd.concat(found).groupby("value").agg(rows=("rows", "sum"), least=("least", "min"), most=("most", "max"),
                                                 coded=("coded", "all"))


def settle_numbers(guess: Guess) -> None:
    """Let day, store or customer name an order beside its number where numbers come back for other orders.

    A number of several days is one order only where all its rows are one known customer's.
    """
    header = guess.columns.get("order_id")
    if not isinstance(header, str):
        return
    guess.number = header
    rows = _read_orders(guess)
    reasons, parts = [], {"day": guess.columns.get("ordered_at"), "store": guess.columns.get("store_id"),
                          "customer": guess.columns.get("customer_id")}
    for part in (part for part, name in parts.items() if isinstance(name, str)):
        several = _several(rows, part)
        if part == "customer":
            among, clashing = int((rows.groupby("number").size() > 1).sum()), len(several)
        else:
            among, clashing = len(several), len(several) - _of_one_customer(rows[rows["number"].isin(several)])
        if clashing > SELDOM * among:
            guess.parts.append(str(parts[part]))
            rows["number"] = rows["number"] + " " + rows[part]
        elif len(several):
            reasons.append(note(f"number_{part}s", orders=len(several)))
    if guess.parts:
        sql = " || ' ' || ".join([as_text(header), *(_part(guess, name) for name in guess.parts)])
        reasons.insert(0, note("numbers_restart", header=header, parts=", ".join(guess.parts)))
        guess.columns["order_id"] = {"sql": sql}
    if reasons:
        guess.notes["columns.order_id"] = join_notes(guess.notes["columns.order_id"], *reasons)


def order_names(guess: Guess, chunk: pd.DataFrame) -> pd.Series:
    """Return the order of each row, as number, day, store and customer tell it; '' where there is no number."""
    named = chunk[guess.number]
    for name in guess.parts:
        named = named + " " + (_days(guess, chunk[name]) if name == guess.columns.get("ordered_at") else chunk[name])
    return named.where(chunk[guess.number] != "", "")


def settle_returns(guess: Guess, lines: pd.DataFrame) -> None:
    """Make refunds of the rows below zero that bear the number of a sale and another time: they are none of its
    lines, as a discount is."""
    if "is_refund" in guess.columns or not isinstance(guess.columns["amount"], str):
        return
    named = lines[(lines["order_id"] != "") & (lines["moment"] != "")]
    back = named[named["amount"] < 0]
    sold = named[named["amount"] >= 0]
    back = back[back["order_id"].isin(set(sold["order_id"]))]
    together = back.merge(sold[["order_id", "moment"]].drop_duplicates(), on=["order_id", "moment"])
    if len(back) and len(together) < HALF * len(back):
        guess.take("is_refund", {"sql": f"as_money({as_text(guess.columns['amount'])}) < 0"},
                   note("later_refund", rows=len(back) - len(together)))


def _read_orders(guess: Guess) -> pd.DataFrame:
    """Return number, day, store and customer of each row that takes no money back."""
    columns = guess.columns
    wanted = {"number": guess.number, "day": columns.get("ordered_at"), "store": columns.get("store_id"),
              "customer": columns.get("customer_id"), "amount": columns.get("amount")}
    wanted = {part: name for part, name in wanted.items() if isinstance(name, str)}
    returns, values = guess.returns or (guess.number, ())
    pieces = []
    for form in guess.forms:
        for chunk in read_chunks(form, list(dict.fromkeys([*wanted.values(), returns]))):
            piece = pd.DataFrame({part: chunk[name] for part, name in wanted.items()})
            below = to_number(piece["amount"]) < 0 if "amount" in piece else False
            pieces.append(piece[~(chunk[returns].isin(values) | below)])
    rows = pd.concat(pieces, ignore_index=True)
    for part in ("day", "store", "customer"):
        rows[part] = rows.get(part, "")
    rows["day"] = _days(guess, rows["day"])
    return rows[rows["number"] != ""]


def _several(rows: pd.DataFrame, part: str) -> pd.Index:
    """Return the numbers whose rows name more than one day, store or customer."""
    values = rows.loc[rows[part] != "", ["number", part]].drop_duplicates().groupby("number").size()
    return values.index[values > 1]


def _of_one_customer(rows: pd.DataFrame) -> int:
    """Return how many numbers have the same customer on all their rows."""
    values = rows[["number", "customer"]].drop_duplicates()
    alone = values.groupby("number").size() == 1
    return int((values.set_index("number")["customer"][alone[alone].index] != "").sum())


def _days(guess: Guess, cells: pd.Series) -> pd.Series:
    cells = cells.astype("string")
    return cells.str[:DAY] if _is_compact(guess) else cells.str.replace(re.compile(CLOCK), "", regex=True)


def _part(guess: Guess, header: str) -> str:
    """Return the SQL of what names an order beside its number: the day of its time, any other cell as it stands."""
    if header != guess.columns.get("ordered_at"):
        return f"coalesce({as_text(header)}, '')"
    if _is_compact(guess):
        return f"left({as_text(header)}, {DAY})"
    return f"regexp_replace({as_text(header)}, '{CLOCK}', '')"


def _is_compact(guess: Guess) -> bool:
    return guess.evidence[guess.columns["ordered_at"]].date_format == COMPACT
