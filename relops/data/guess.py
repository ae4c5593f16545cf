"""A mapping of an unknown file to a contract table, guessed from headers and cells, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relops.data.bases import TIMES, as_text, find_bases, fits
from relops.data.cells import NO, YES
from relops.data.column_evidence import gather, to_number
from relops.data.contract import contract
from relops.data.engine import literals
from relops.data.folding import fold
from relops.data.guess_clock import join_clock
from relops.data.guess_orders import complete_orders, describe_orders, scale_money
from relops.data.guess_state import Guess, read_all
from relops.data.headers import (
    REQUIRED,
    choose_table,
    contact_headers,
    contact_kind,
    found_by_header,
    headers,
    normal,
    worth_reading,
)
from relops.data.mapping import ROW
from relops.data.misread import why_unlike
from relops.data.notes import Notes, note
from relops.data.readers.sniff import FileForm, count_values, sniff
from relops.data.statuses import class_by_words
from relops.errors import BadInput, Problem

MOST_ATTRIBUTES = 30
FEWEST_DIGITS = 7
SCALES = (5, 10, 100)
KINDS = contract()["feedback"].columns["kind"].allowed
IDS = re.compile("id|number|no$|code|key|ref|username|昵称|号|码|卡")
CHANNELS = {"wecom": "企微|企业微信|wecom|好友", "wechat": "微信|公众号|wechat", "sms": "短信|简讯|sms|text ?message"}


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
        scale_money(guess, bases.get("amount", {}))
        join_clock(guess, source, bases.get("time", {}))
        bases |= guess.doubts
    return source | {"columns": guess.columns}, guess.notes, bases


def found_alone(forms: Sequence[FileForm]) -> tuple[dict[str, Any], Notes]:
    """Return a source of the columns that headers name and its notes, for files that lack some: somebody is to add
    them in the brief."""
    table = choose_table(forms[0])
    guess = Guess(forms, table, gather(read_all(forms, worth_reading(forms[0], table))))
    try:
        match_headers(guess)
    except BadInput as fault:  # a time that cannot be read is left out
        if any(problem.code != "data.guess.no_dates" for problem in fault.problems):
            raise
    for column in [name for name in guess.columns if name not in contract()[table].columns or name == "status"]:
        guess.leave(column)
    source = describe_form(guess) | ({"grain": "event"} if table == "orders" else {})
    return source | {"columns": guess.columns}, guess.notes


def match_headers(guess: Guess) -> None:
    """Map every column that a header names and whose cells agree; raises BadInput on in_doubtable dates."""
    problems = []
    required = REQUIRED[guess.table]
    for column, wanted in headers()[guess.table].items():
        found = found_by_header(tuple(guess.free), wanted)
        if column == "customer_id":
            found = [(name, exact) for name, exact in found if not names_persons(guess, name, exact)]
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


def names_persons(guess: Guess, header: str, exact: bool) -> bool:
    """Return whether a header of persons gives their names or the like, which are no key, by itself or its cells."""
    if exact:
        cells = guess.evidence[header]
        example = cells.example
        if example.lower() in (*YES, *NO) and cells.distinct <= 2 < cells.rows:  # whether one is a member, not which
            return True
        return normal(header) in headers()["person_words"][""] and re.fullmatch(r"[^\d@]+ [^\d@]+", example) is not None
    return IDS.search(normal(header)) is None


def complete_others(guess: Guess) -> None:
    """Fill in a customer id from phone or e-mail, the kind of feedback, the outcomes of an experiment."""
    lacks_id = "customer_id" in headers()[guess.table] and "customer_id" not in guess.columns
    if guess.form.has_header and lacks_id:
        contacts = [name for name in contact_headers(guess.free) if is_contact(name, guess.evidence[name].example)]
        # where only some are masked the door leaves out these, but first comes what is whole
        usable = [name for name in contacts if fits("customer_id", guess.evidence[name])] or [
            name for name in contacts if 0 < guess.evidence[name].masked < guess.evidence[name].filled]
        if usable:
            guess.take("customer_id", usable[0], note("by_contact"))
    if guess.table == "feedback":
        complete_feedback(guess)
    if guess.table == "touches" and "channel" not in guess.columns:
        complete_touches(guess)
    if guess.table == "assignments":
        complete_experiment(guess)


def is_contact(header: str, example: str) -> bool:
    """Return whether a cell looks like the contact that its header names; of any other column, whether it is there."""
    kind = contact_kind(header, example)
    if kind == "email":
        return "@" in example
    return kind != "phone" or len(re.findall(r"\d", example)) >= FEWEST_DIGITS


def complete_feedback(guess: Guess) -> None:
    """Fill in the kind of feedback and, where scores go beyond five, the top of their scale."""
    score = guess.columns.get("score")
    kind = guess.columns.get("kind")
    if kind and any(value.lower() not in KINDS for form in guess.forms for value in count_values(form, kind)):
        guess.leave("kind")
    if "kind" not in guess.columns:
        source = normal(score or guess.columns.get("text") or "")
        kinds = [kind for kind, names in headers()["feedback_kind"].items() if source in names]
        guess.take("kind", {"value": kinds[0] if kinds else "review"}, note("kind"))
    if score and guess.columns["kind"] != {"value": "nps"} and "scale_max" not in guess.columns:
        highest = max((float(to_number(chunk[score]).max()) for chunk in read_all(guess.forms, [score])), default=0.0)
        if highest > SCALES[0]:
            top = next((scale for scale in SCALES if highest <= scale), SCALES[-1])
            guess.take("scale_max", {"value": top}, note("scale", highest=f"{highest:g}"))


def complete_touches(guess: Guess) -> None:
    """Fill in the channel of a list of messages sent: by the contact they went to, or by what its headers say."""
    names = fold(" ".join([guess.form.path.stem, *guess.form.names]))
    header = guess.columns.get("customer_id")
    contact = contact_kind(header, guess.evidence[header].example) if isinstance(header, str) else None
    said = [channel for channel, words in CHANNELS.items() if re.search(words, names)]
    channel = said[0] if said else {"email": "email", "phone": "sms"}.get(contact or "")
    guess.take("channel", {"value": channel or "unstated"}, note("channel" if channel else "no_channel"))
    if "event" not in guess.columns:
        complete_delivery(guess)


def complete_delivery(guess: Guess) -> None:
    """Tell messages that did not arrive, by a column of yes and no or by the words of a status."""
    words, free = headers(), tuple(guess.free)
    for header, _ in found_by_header(free, words["failed_words"][""]):
        guess.take("event", {"sql": f"CASE WHEN as_boolean({as_text(header)}) THEN 'failed' ELSE 'sent' END"},
                   note("failed", header=header))
        return
    for header, _ in found_by_header(free, words["delivery_status"][""]):
        values = sorted({value for form in guess.forms for value in count_values(form, header)})
        if failed := class_by_words(values, "delivery").get("failed"):
            listed = literals(failed)
            guess.take("event", {"sql": f"CASE WHEN {as_text(header)} IN ({listed}) THEN 'failed' ELSE 'sent' END"},
                       note("failed", header=header))
            return


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
        raise BadInput(why_unlike(guess, lacking) or [Problem("data.guess.no_column", str(guess.form.path), {
            "table": guess.table, "columns": ", ".join(lacking), "headers": ", ".join(guess.form.names)})])
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
