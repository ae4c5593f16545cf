"""A sending tool's result file: who was sent something, whom it did not reach, who opened it.

The tool has its own headers and words. A row may be a person with a status, a person with a flag or a time for each
event, or an event; known headers and words say which. What they do not say is asked for, never guessed.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relops.brief.sources import Source
from relops.data.cells import cleaned
from relops.data.engine import Engine, literal
from relops.data.headers import found_by_header, headers, normal
from relops.data.keys import key_value
from relops.data.sources import Staged, stage
from relops.errors import BadInput, Problem
from relops.locale import read_yaml
from relops.strategies.draw_plan import CUSTOMER

EVENTS = ("sent", "failed", "opened", "clicked")
MOST_WORDS = 20


@dataclass(frozen=True)
class Asked:
    """What the user says of a result file: the header of its ``key``, and what ``words`` of its status mean."""

    key: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@functools.cache
def known() -> dict[str, dict[str, list[str]]]:
    """Return result_words.yaml: headers by what they tell, words by event."""
    return read_yaml(Path(__file__).with_name("result_words.yaml"))


def same_key(name: str, column: str) -> str:
    """Return the SQL of a key as lists and result files are compared by: as the door compares it, and without the
    apostrophe that keeps a spreadsheet from computing it."""
    return key_value(name, f"regexp_replace({column}, '^''', '')")


def read_result(engine: Engine, path: Path, number: int, drafts: Path, key: str, asked: Asked, timezone: str) -> str:
    """Read one file into a temporary table and return its name: line, key (as it stands), same_key (as it is
    compared), event (one of :data:`EVENTS`), moment and arm (null where the file tells none).

    ``engine`` must know the macros of cells and keys. Raises BadInput with what the file lacks, or with words of its
    status that nobody has explained.
    """
    staged = stage(engine, path.parent, Source(table="touches", files=str(path)), number, drafts)
    columns = _columns(staged, key, asked, path)
    cells = list(dict.fromkeys(columns.values()))
    rows = f"result_rows_{number}"
    named = ", ".join(f"{cell} AS {name}" for name, cell in columns.items())
    engine.create_table(rows, f"SELECT line, {named} FROM {cleaned(staged.table, cells)} WHERE fault IS NULL",
                        temporary=True)
    _check_words(engine, rows, columns, asked, path)
    times = {event: _time(columns, event, timezone) for event in EVENTS}
    tells = [f"SELECT line, {literal(event)} AS event, {times[event]} AS moment FROM {rows} "
             f"WHERE {_holds(event, columns)}" for event in EVENTS if event in columns]
    if "status" in columns:
        meant = " ".join(f"WHEN {literal(word)} THEN {literal(event)}" for word, event in _meanings(asked).items())
        at = " ".join(f"WHEN {literal(event)} THEN {time}" for event, time in times.items())
        tells.append(f"SELECT line, event, CASE event {at} END AS moment FROM (SELECT *, CASE {_plain('status')} "
                     f"{meant} END AS event FROM {rows}) WHERE event IS NOT NULL")
    arm = "arm" if "arm" in columns else "NULL"
    name = f"result_{number}"
    engine.create_table(name, f"SELECT r.line, r.key, {same_key(key, 'r.key')} AS same_key, e.event, e.moment, "
                        f"CAST({arm} AS VARCHAR) AS arm FROM {rows} r LEFT JOIN ({' UNION ALL '.join(tells)}) e "
                        "USING (line)", temporary=True)
    return name


def _columns(staged: Staged, key: str, asked: Asked, path: Path) -> dict[str, str]:
    """Return what the file tells → its cell. Raises BadInput where it has no key, or says nothing of any event."""
    names = tuple(staged.headers)
    wanted = {name: [normal(header) for header in found] for name, found in known()["headers"].items()}
    wanted["arm"] = headers()["assignments"]["arm"]
    columns = {}
    for name, found in wanted.items():
        exact = [header for header, is_exact in found_by_header(names, found) if is_exact]
        if exact:
            columns[name] = str(staged.cell(exact[0]))
    problems = []
    own = _key_header(names, key, asked)
    if own is None or staged.cell(own) is None:
        problems.append(Problem("strategies.result_no_key", path.name, {
            "key": asked.key or key, "headers": ", ".join(names)}))
    if not {"status", *EVENTS} & columns.keys() and not {"opened_at", "clicked_at"} & columns.keys():
        problems.append(Problem("strategies.result_no_event", path.name, {"headers": ", ".join(names)}))
    if problems:
        raise BadInput(problems)
    for event in ("opened", "clicked"):  # a time of opening tells that it was opened
        if event not in columns and f"{event}_at" in columns:
            columns[event] = columns[f"{event}_at"]
    return columns | {"key": str(staged.cell(str(own)))}


def _key_header(names: Sequence[str], key: str, asked: Asked) -> str | None:
    """Return the header of the key: the one asked for, one named like it, else one known for such a key."""
    if asked.key is not None:
        return next((name for name in names if normal(name) == normal(asked.key)), None)
    customers = [normal(header) for header in headers()["customers"][CUSTOMER]]
    identity = headers()["identity"][""]
    alike = customers if key == CUSTOMER else [name for name in identity if (
        key_value(name, "x") == key_value(key, "x"))]
    return next((header for header, _ in found_by_header(tuple(names), [normal(key), *alike])), None)


def _meanings(asked: Asked) -> dict[str, str]:
    meant = {word: event for event, words in known()["words"].items() for word in map(normal, words)}
    return meant | {normal(word): event for word, event in asked.words.items()}


def _plain(column: str) -> str:
    """Return the SQL of a text as :func:`relops.data.headers.normal` writes it."""
    return rf"""regexp_replace(lower({column}), '[\s_\-./()\[\]【】''"`=:]', '', 'g')"""


def _check_words(engine: Engine, rows: str, columns: Mapping[str, str], asked: Asked, path: Path) -> None:
    strange = [word for word, event in asked.words.items() if event not in EVENTS]
    problems = [Problem("strategies.result_meaning", "--word", {
        "word": f"{word}={asked.words[word]}", "events": ", ".join(EVENTS)}) for word in strange]
    if "status" in columns:
        found = engine.rows(f"SELECT status, {_plain('status')}, count(*) FROM {rows} WHERE status IS NOT NULL "
                            "GROUP BY ALL ORDER BY 3 DESC, 1")
        meant = _meanings(asked)
        problems += [Problem("strategies.result_word", f"{path.name} --word", {
            "word": word, "rows": f"{count:,}", "events": ", ".join(EVENTS)})
            for word, plain, count in found if plain not in meant][:MOST_WORDS]
    if problems:
        raise BadInput(problems)


def _holds(event: str, columns: Mapping[str, str]) -> str:
    """Return the SQL that says of a row whether the event took place: a yes, a number above zero, a time."""
    told = f"coalesce(as_boolean({event}), as_number({event}) > 0, as_time({event}, 'UTC', NULL) IS NOT NULL, false)"
    if event == "sent" and "failed" in columns:
        told += " AND NOT coalesce(as_boolean(failed), as_number(failed) > 0, false)"
    return told


def _time(columns: Mapping[str, str], event: str, timezone: str) -> str:
    own = [name for name in (f"{event}_at", "sent_at") if name in columns]
    return f"as_time({own[0]}, {literal(timezone)}, NULL)" if own else "CAST(NULL AS TIMESTAMPTZ)"
