"""What the sending tool reports, laid beside what was drawn: contacts for the next run, contradictions told.

A result is kept row by row (``results/``); from all that have been read the contacts and assignments are made anew that
the door takes in. The assignments are those drawn: who was not reached stays in the arm. Whoever got
another arm than the one drawn has a second assignment, so that the experiment's health shows it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relops.data.campaigns import ASSIGNMENTS, TOUCHES
from relops.data.cells import define_cells
from relops.data.engine import Engine, literal, literals, quote
from relops.data.keys import define_keys
from relops.data.readers.text_files import file_hash
from relops.data.sheet_stream import ROWS_AT_ONCE, harmless
from relops.errors import BadInput
from relops.files import private_draft
from relops.strategies.drawn_list import LIST, READ
from relops.strategies.result_file import Asked, read_result, same_key

RESULTS, UNMATCHED, LEAKS = "results", "unmatched.csv", "leaks.csv"
# events as the contract's touches know them
EVENT_NAMES = {"sent": "sent", "failed": "failed", "opened": "open", "clicked": "click"}
CONTROL_CONTACTED, OTHER_ARM = "control_contacted", "other_arm"


@dataclass(frozen=True)
class ReadBack:
    """What all results of a list say: ``files`` read so far (``new`` of them now), ``rows``, ``unmatched`` rows,
    ``unread_times`` (events whose time the file does not tell), ``leaks`` by kind, and by arm ``arms``: people,
    reported, sent, failed, opened, clicked."""

    folder: Path
    files: int
    new: int
    rows: int
    unmatched: int
    leaks: Mapping[str, int]
    arms: Mapping[str, Mapping[str, int]]

    @property
    def as_json(self) -> str:
        """What is kept of it beside the list."""
        kept = {"files": self.files, "rows": self.rows, "unmatched": self.unmatched, "leaks": self.leaks,
                "arms": self.arms}
        return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


def read_results(engine: Engine, folder: Path, manifest: Mapping[str, Any], files: Sequence[Path], asked: Asked,
                 drafts: Path, timezone: str, unit_cost: float | None) -> ReadBack:
    """Read result files of the list in ``folder`` and write what the next run takes in; a file read before counts
    once. ``engine`` is a scratch one, open for writing, ``drafts`` a scratch folder. Raises BadInput with everything
    that files lack, and nothing of any of them is kept then."""
    define_cells(engine)
    define_keys(engine)
    key = manifest["key"]
    engine.create_table("listed", f"SELECT *, {same_key(key, quote(key))} AS same_key FROM "
                        f"read_parquet({literal(str(folder / LIST))})", temporary=True)
    made, problems = {}, []
    for number, path in enumerate(files):
        try:
            made[file_hash(path)[:16]] = read_result(engine, path, number, drafts, key, asked, timezone), path.name
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    (folder / RESULTS).mkdir(mode=0o700, exist_ok=True)
    new = 0
    for digest, (table, name) in made.items():
        kept = folder / RESULTS / f"{digest}.parquet"
        new += not kept.exists()
        with private_draft(kept) as draft:
            engine.copy_to(f"SELECT {literal(name)} AS file, r.line, r.key, l.customer_id, r.event, r.moment, r.arm "
                           f"FROM {table} r LEFT JOIN listed l ON l.same_key = r.same_key ORDER BY r.line, r.event",
                           draft)
    return _gather(engine, folder, manifest, timezone, unit_cost, new)


def _gather(engine: Engine, folder: Path, manifest: Mapping[str, Any], timezone: str, unit_cost: float | None,
            new: int) -> ReadBack:
    """Write everything that follows from all results read so far."""
    control = literal(manifest["control"])
    kept = literal(str(folder / RESULTS / "*.parquet"))
    engine.create_table("results", f"FROM read_parquet({kept}, filename = 'result')", temporary=True)
    # who opened or clicked was sent something; a line without any event tells nothing
    engine.create_table("events", "SELECT DISTINCT * FROM (SELECT customer_id, event, moment, arm FROM results "
                        "UNION ALL SELECT customer_id, 'sent', NULL, arm FROM results r WHERE event IN ('opened', "
                        "'clicked') AND NOT EXISTS (FROM results s WHERE s.customer_id = r.customer_id AND "
                        "s.event = 'sent')) WHERE customer_id IS NOT NULL AND event IS NOT NULL", temporary=True)
    only = [arm for arm in manifest["arms"] if arm != manifest["control"]]
    sole = literal(only[0]) if len(only) == 1 else "NULL"
    arms = literals(manifest["arms"])
    # an arm that the tool calls by another name tells nothing
    engine.create_table("got", f"SELECT l.customer_id, l.arm AS drawn, coalesce(max(e.arm) FILTER (e.arm IN ({arms}) "
                        f"AND e.arm <> l.arm), CASE WHEN l.arm = {control} THEN {sole} END) AS got, "
                        "min(e.moment) AS moment, "
                        f"CASE WHEN l.arm = {control} THEN '{CONTROL_CONTACTED}' ELSE '{OTHER_ARM}' END AS kind "
                        "FROM events e JOIN listed l USING (customer_id) WHERE e.event <> 'failed' "
                        f"GROUP BY l.customer_id, l.arm HAVING l.arm = {control} OR got IS NOT NULL", temporary=True)
    _write_touches(engine, folder, manifest, timezone, unit_cost)
    stamp = f"strftime(timezone({literal(timezone)}, greatest(g.moment, {_midnight(timezone)})), '%Y-%m-%d %H:%M:%S')"
    drawn_on = "strftime(assigned_at, '%Y-%m-%d')"
    with private_draft(folder / ASSIGNMENTS) as draft:
        engine.copy_to(
            "SELECT * EXCLUDE (place) FROM (SELECT experiment_id, customer_id, arm, "
            f"{drawn_on} AS assigned_at, stratum, cluster_id, 0 AS place FROM listed UNION ALL "
            f"SELECT experiment_id, customer_id, g.got, coalesce({stamp}, {drawn_on}), stratum, cluster_id, 1 "
            "FROM got g JOIN listed l USING (customer_id) WHERE g.got IS NOT NULL) ORDER BY place, customer_id", draft)
    _csv(engine, folder / UNMATCHED, ("file", "line", "key"), f"SELECT DISTINCT {harmless('file')}, line, "
         f"{harmless('key')} FROM results WHERE customer_id IS NULL ORDER BY ALL")
    _csv(engine, folder / LEAKS, ("customer_id", "drawn", "got", "kind"),
         f"SELECT {harmless('customer_id')}, drawn, got, kind FROM got ORDER BY kind, customer_id")
    found = _counted(engine, folder, new)
    with private_draft(folder / READ) as draft:
        draft.write_text(found.as_json, encoding="utf-8", newline="\n")
    return found


def _midnight(timezone: str) -> str:
    return f"timezone({literal(timezone)}, CAST(assigned_at AS TIMESTAMP))"


def _write_touches(engine: Engine, folder: Path, manifest: Mapping[str, Any], timezone: str,
                   unit_cost: float | None) -> None:
    names = " ".join(f"WHEN {literal(event)} THEN {literal(name)}" for event, name in EVENT_NAMES.items())
    at = f"strftime(timezone({literal(timezone)}, coalesce(moment, {_midnight(timezone)})), '%Y-%m-%d %H:%M:%S')"
    cost = "NULL" if unit_cost is None else f"CASE WHEN event = 'sent' THEN CAST({unit_cost!r} AS DOUBLE) END"
    channel = "CASE WHEN l.channel = '' THEN 'campaign' ELSE l.channel END"
    strategy = literal(manifest["strategy"] or "")
    query = (
        f"SELECT DISTINCT customer_id, {at} AS touched_at, {channel} AS channel, experiment_id AS campaign_id, "
        f"{strategy} AS strategy_id, CASE event {names} END AS event, {cost} AS cost, 'auto' AS handled_by "
        "FROM events JOIN listed l USING (customer_id) ORDER BY ALL")
    with private_draft(folder / TOUCHES) as draft:
        engine.copy_to(query, draft)


def _counted(engine: Engine, folder: Path, new: int) -> ReadBack:
    kinds = ("sent", "failed", "opened", "clicked")
    counts = ", ".join(f"count(DISTINCT e.customer_id) FILTER (e.event = '{kind}')" for kind in kinds)
    arms = {arm: dict(zip(("people", "reported", *kinds), numbers, strict=True)) for arm, *numbers in engine.rows(
        f"SELECT l.arm, count(DISTINCT l.customer_id), count(DISTINCT e.customer_id), {counts} FROM listed l "
        "LEFT JOIN events e USING (customer_id) GROUP BY l.arm ORDER BY l.arm")}
    files, rows, unmatched = engine.rows(
        "SELECT count(DISTINCT result), count(DISTINCT (result, line)), count(DISTINCT (result, line)) FILTER "
        "(customer_id IS NULL) FROM results")[0]
    leaks = dict(engine.rows("SELECT kind, count(*) FROM got GROUP BY kind ORDER BY kind"))
    return ReadBack(folder, files, new, rows, unmatched, leaks, arms)


def _csv(engine: Engine, path: Path, header: Sequence[str], query: str) -> None:
    cursor = engine.execute(query)
    with private_draft(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            writer.writerows(row[:len(header)] for row in rows)
