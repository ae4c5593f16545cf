"""A mapping of an unknown file to a contract table, guessed from headers and cells, each with its reason."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from relops.data.bases import TIMES, find_bases, fits, quoted
from relops.data.column_evidence import ColumnEvidence, gather, prefer, to_number
from relops.data.headers import REQUIRED, choose_table, found_by_header, headers, normal, worth_reading
from relops.data.mapping import ROW
from relops.data.notes import Notes, join_notes, note
from relops.data.readers.sniff import FileForm, count_values, read_chunks, sniff
from relops.data.statuses import read_statuses, refunds_first
from relops.errors import BadInput, Problem

MOST_ATTRIBUTES = 30
MOST_QUANTITIES = 1000

@dataclass
class Guess:
    """A mapping while it grows: contract column → header, the note on each, what else was possible."""

    forms: Sequence[FileForm]
    table: str
    evidence: dict[str, ColumnEvidence]
    columns: dict[str, Any] = field(default_factory=dict)
    notes: Notes = field(default_factory=dict)

    def take(self, column: str, header: Any, *notes: dict[str, str]) -> None:
        """Map a column."""
        self.columns[column] = header
        self.notes[f"columns.{column}"] = join_notes(*notes)

    def state_date_format(self, date_format: str) -> None:
        """Let the user's word decide between readings of a date, of other clocks too."""
        for cells in self.evidence.values():
            prefer(cells, date_format)

    @property
    def form(self) -> FileForm:
        """The first of the files; all have its headers."""
        return self.forms[0]

    @property
    def free(self) -> list[str]:
        """Headers that no column has taken."""
        return [name for name in self.form.names if name not in self.columns.values()]

    @property
    def in_doubt(self) -> list[str]:
        """Free headers whose cells were looked into."""
        return [name for name in self.free if name in self.evidence]


def guess_source(path: str | Path, date_format: str | None = None) -> tuple[dict[str, Any], Notes]:
    """Return a source for the brief's ``data.sources`` and a note in each language on each of its lines.

    Keys of the notes are relative to the source (``grain``, ``columns.amount``); ``files`` is the file name.
    Raises BadInput when the file cannot be read, when day and month could change places in every date, or
    when a required column is found neither by its header nor by its cells (the headers found are listed).
    """
    source, notes, _ = guess_files([sniff(Path(path))], date_format)
    return source, notes


def guess_files(forms: Sequence[FileForm], date_format: str | None = None
                ) -> tuple[dict[str, Any], Notes, dict[str, dict[str, Any]]]:
    """Return what :func:`guess_source` does, for files of the same headers, and the ways that time and amount of an
    order could be taken: basis → way → column."""
    form = forms[0]
    table = choose_table(form)
    guess = Guess(forms, table, gather(read_all(forms, worth_reading(form, table))))
    if date_format:
        guess.state_date_format(date_format)
    match_headers(guess)
    if table == "orders":
        complete_orders(guess)
    complete_others(guess)
    check_complete(guess)
    bases = find_bases(guess.columns, form.names, guess.evidence) if table == "orders" else {}
    source = describe_form(guess)
    if table == "orders":
        source |= describe_orders(guess)
    return source | {"columns": guess.columns}, guess.notes, bases


def read_all(forms: Sequence[FileForm], columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the rows of all files in pieces, as :func:`read_chunks` does."""
    return itertools.chain.from_iterable(read_chunks(form, columns) for form in forms)


def match_headers(guess: Guess) -> None:
    """Map every column that a header names and whose cells agree; raises BadInput on in_doubtable dates."""
    problems = []
    required = REQUIRED[guess.table]
    for column, wanted in headers()[guess.table].items():
        found = found_by_header(tuple(guess.free), wanted)
        fitting = [(name, exact) for name, exact in found if fits(column, guess.evidence[name])]
        if fitting:
            (name, exact), *others = fitting
            notes = [note("by_header") if exact else note("by_likeness")]
            cells = guess.evidence[name]
            if cells.filled < cells.rows:
                notes.append(note("gaps", empty=cells.rows - cells.filled, rows=cells.rows))
            if others:
                notes.append(note("others", others=", ".join(other for other, _ in others)))
            guess.take(column, name, *notes)
        elif found and column in required and TIMES.search(column):
            cells = guess.evidence[found[0][0]]
            problems.append(Problem("data.guess.no_dates", str(guess.form.path),
                                    {"header": found[0][0], "example": cells.example}))
    if problems:
        raise BadInput(problems)


def complete_orders(guess: Guess) -> None:
    """Fill in what headers alone did not give: the amount as a product; date, amount, id by their cells."""
    seen = guess.evidence
    price, quantity = guess.columns.pop("unit_price", None), guess.columns.get("quantity")
    guess.notes.pop("columns.unit_price", None)
    if "amount" not in guess.columns and price and quantity:
        guess.take("amount", {"sql": f"{quoted(quantity)} * {quoted(price)}"}, note("product"))
    elif "amount" not in guess.columns and price:
        guess.take("amount", price, note("price_alone"))
    note_after_sales(guess)
    if "ordered_at" not in guess.columns:
        dates = [name for name in guess.in_doubt if seen[name].is_date]
        if dates and (len(dates) == 1 or not guess.form.has_header):
            guess.take("ordered_at", dates[0], note("by_cells"))
    numbers = [name for name in guess.in_doubt if seen[name].is_number and not seen[name].is_date]
    if "amount" not in guess.columns:
        amounts = [name for name in numbers if seen[name].decimals]
        if amounts and (len(amounts) == 1 or not guess.form.has_header):
            guess.take("amount", amounts[-1], note("by_cells"))
    if not guess.form.has_header:
        identify_without_header(guess, [name for name in numbers if name in guess.free])


def note_after_sales(guess: Guess) -> None:
    """Let a second status that says what became of an order afterwards speak where it tells of a refund."""
    after, status = guess.columns.pop("after_sales", None), guess.columns.get("status")
    guess.notes.pop("columns.after_sales", None)
    if after and status:
        values = {value for form in guess.forms for value in count_values(form, after)}
        if rule := refunds_first(quoted(after), quoted(status), values):
            guess.take("status", {"sql": rule}, note("after_sales", header=after))


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


def complete_others(guess: Guess) -> None:
    """Fill in a customer id from phone or e-mail, the kind of feedback, the outcomes of an experiment."""
    lacks_id = "customer_id" in headers()[guess.table] and "customer_id" not in guess.columns
    if guess.form.has_header and lacks_id:
        found = [name for name, _ in found_by_header(tuple(guess.free), headers()["identity"][""])]
        usable = [name for name in found if fits("customer_id", guess.evidence[name])]
        if usable:
            guess.take("customer_id", usable[0], note("by_contact"))
    if guess.table == "feedback" and "kind" not in guess.columns:
        source = normal(guess.columns.get("score") or guess.columns.get("text") or "")
        kinds = [kind for kind, names in headers()["feedback_kind"].items() if source in names]
        guess.take("kind", {"value": kinds[0] if kinds else "review"}, note("kind"))
    if guess.table == "assignments":
        complete_experiment(guess)


def complete_experiment(guess: Guess) -> None:
    """Fill in arms, subjects and the id of a test where its log names none; what is left are attributes."""
    if "arm" not in guess.columns:
        found = [name for name, _ in found_by_header(tuple(guess.free), headers()["arm_words"][""])]
        if found:
            guess.take("arm", found[0], note("arm"))
    if "customer_id" not in guess.columns and guess.form.has_header:
        guess.take("customer_id", {"sql": ROW}, note("row"))
    if "experiment_id" not in guess.columns:
        name = re.sub(r"[^a-z0-9]+", "_", guess.form.path.name.split(".")[0].lower()).strip("_")
        guess.take("experiment_id", {"value": name or "experiment"}, note("experiment"))
    for name in guess.free[:MOST_ATTRIBUTES]:
        attribute = re.sub(r"\W+", "_", name.strip().lower()).strip("_")
        if attribute and attribute not in guess.columns:
            guess.take(attribute, name, note("outcome"))


def check_complete(guess: Guess) -> None:
    """Raise BadInput with every required column that was not found, and on dates to be read in two ways."""
    lacking = [column for column in REQUIRED[guess.table] if column not in guess.columns]
    if lacking:
        raise BadInput(Problem("data.guess.no_column", str(guess.form.path), {
            "table": guess.table, "columns": ", ".join(lacking), "headers": ", ".join(guess.form.names)}))
    dated = [name for column, name in guess.columns.items() if TIMES.search(column)]
    unclear = [name for name in dated if guess.evidence[name].is_ambiguous]
    if unclear:
        raise BadInput([Problem("data.guess.day_month", str(guess.form.path), {
            "header": name, "example": guess.evidence[name].example}) for name in unclear])


def describe_form(guess: Guess) -> dict[str, Any]:
    """Return table, file, header, separator, encoding and date format of the source, with their notes."""
    form = guess.form
    source: dict[str, Any] = {"table": guess.table, "files": form.path.name}
    texts = {(one.separator, one.encoding) for one in guess.forms}
    guess.notes["table"] = note("table" if form.has_header else "table_by_cells")
    if not form.has_header:
        source |= {"header": "none", "names": list(form.names)}
        guess.notes["header"] = note("no_header")
    if form.kind == "text" and len(texts) == 1:
        source |= {"separator": form.separator, "encoding": form.encoding.removesuffix("-sig")}
        guess.notes |= {"separator": note("separator"), "encoding": note("encoding")}
    times = {column: guess.evidence[name] for column, name in guess.columns.items()
             if isinstance(name, str) and TIMES.search(column)}
    # one date format a source: that of its required time; a time written in another way stays unmapped
    leading = next((column for column in times if column in REQUIRED[guess.table]), next(iter(times), None))
    for column in [column for column in times if times[column].date_format != times[leading].date_format]:
        del guess.columns[column], guess.notes[f"columns.{column}"]
    if leading and times[leading].date_format:
        source["date_format"] = times[leading].date_format
        guess.notes["date_format"] = note("date_format", example=times[leading].example)
    return source


def describe_orders(guess: Guess) -> dict[str, Any]:
    """Return grain and refunds of an orders source, found on all of its rows, with their notes."""
    lines = read_amounts(guess)
    source: dict[str, Any] = {"grain": "event"}
    if "order_id" not in guess.columns:
        guess.notes["grain"] = note("event")
    else:
        named = lines[lines["order_id"] != ""]  # an order in two files is no order of two lines
        orders = len(named[["file", "order_id"]].drop_duplicates())
        different = len(named.drop_duplicates())
        source["grain"] = "line" if len(named) > orders else "order"
        reasons = [note(source["grain"], rows=len(named), orders=orders)]
        if len(named) > orders == different:  # a total repeated on each line of its order would count twice
            reasons.append(note("same_amounts"))
        guess.notes["grain"] = join_notes(*reasons)
    below = lines["amount"] < 0
    if below.any():
        source["refunds"] = "negative"
        guess.notes["refunds"] = note("refunds", rows=int(below.sum()))
    if "customer_id" not in guess.columns:
        guess.notes["table"] = join_notes(guess.notes["table"], note("no_customer"))
    if "status" in guess.columns:
        source |= describe_statuses(guess)
    return source


def describe_statuses(guess: Guess) -> dict[str, Any]:
    """Return the status rule as far as the words of the values tell it, with its note.

    Values nobody can classify stay out of the rule: the door then stops and lists them with counts and sums.
    """
    name = guess.columns["status"]
    rule, unknown = read_statuses(value for form in guess.forms for value in count_values(form, name))
    if not rule:
        guess.notes["columns.status"] = join_notes(guess.notes["columns.status"], note("status"))
        return {}
    reasons = [note("status_words"), *([note("status_unknown", values=", ".join(unknown))] if unknown else [])]
    guess.notes["columns.status"] = join_notes(guess.notes["columns.status"], *reasons)
    return {"status": rule}


def read_amounts(guess: Guess) -> pd.DataFrame:
    """Return file (its number), order_id (text, '' where there is none) and amount (float) of every row."""
    amount = guess.columns["amount"]
    factors = [amount]
    if isinstance(amount, dict):
        factors = [name for name in guess.form.names if quoted(name) in amount["sql"].split(" * ")]
    key = [guess.columns["order_id"]] if "order_id" in guess.columns else []
    pieces = []
    for file, form in enumerate(guess.forms):
        for chunk in read_chunks(form, [*key, *factors]):
            amounts = np.prod([to_number(chunk[name]) for name in factors], axis=0)
            pieces.append(pd.DataFrame({"file": file, "order_id": chunk[key[0]] if key else "", "amount": amounts}))
    return pd.concat(pieces, ignore_index=True)
