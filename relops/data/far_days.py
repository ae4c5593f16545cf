"""Days that lie far from all others, as one mistyped year makes them: they must not stretch the period of the data."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from relops.brief import Brief
from relops.data.engine import Engine, literal, quote
from relops.data.period import ASSIGNMENTS
from relops.data.typed import Typed

GAP = 400  # days without a row, beyond which a day is another part of the data
FEWEST = 20  # rows of the data that tell what is usual
FEW = 0.01  # share of these that may be far from them
TIMES = 10  # how many times the longest gap between the others a far day lies away
REASON = "far_day"
Days = list[tuple[int, int]]


def refuse_far_days(engine: Engine, typed: Typed, brief: Brief) -> None:
    """Refuse the rows of a typed source whose day is far from all others; where the day need not be there, it alone.

    Before the others nothing is refused where the brief states ``data_start``, after them nothing where it states
    ``data_end`` or the day of export: those bounds leave such rows out, or keep them, themselves.
    """
    table = typed.mapping.table
    if table.time not in typed.columns or table.name == ASSIGNMENTS:
        return
    stated = brief.period.data_end != "auto" or any(file.exported_at for file in typed.mapping.staged.files)
    time, day = quote(table.time), f"CAST(floor(epoch({quote(table.time)}) / 86400) AS BIGINT)"
    first, last = engine.rows(f"SELECT min({day}), max({day}) FROM {typed.name} WHERE _fault IS NULL")[0]
    if first is None or last - first <= GAP:
        return
    days = engine.rows(f"SELECT {day} AS day, count(*) FROM {typed.name} "
                       f"WHERE _fault IS NULL AND {time} IS NOT NULL GROUP BY day ORDER BY day")
    least, most = usual_days(days)
    outside = [f"{day} < {least}"] if least > first and brief.period.data_start is None and table.start else []
    outside += [f"{day} > {most}"] if most < last and not stated else []
    if outside:
        change = f"_fault = {literal(f'{REASON}:{table.time}')}" if table.time in typed.mapping.required() else (
            f"{time} = NULL, _unread = concat_ws(chr(31), _unread, {literal(f'{REASON}:{table.time}')})")
        engine.execute(f"UPDATE {typed.name} SET {change} WHERE _fault IS NULL AND ({' OR '.join(outside)})")


def usual_days(days: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the first and last day less those few that are far from all others.

    ``days`` are numbers of days, in order, with their rows. Far is more than :data:`GAP` days from the nearest of the
    others and :data:`TIMES` as long as any gap between those; few are one row, or the share :data:`FEW`.
    """
    parts: list[Days] = []
    for day, rows in days:
        if not parts or day - parts[-1][-1][0] > GAP:
            parts.append([])
        parts[-1].append((day, rows))
    core = max(parts, key=_rows)
    first, last = core[0][0], core[-1][0]
    place, whole = parts.index(core), _rows(core)
    gap = max((later - day for (day, _), (later, _) in itertools.pairwise(core)), default=1)
    before, after = parts[:place], parts[place + 1:]
    least = max(GAP, TIMES * gap)
    # from the core outwards: what is not far belongs to the rest, and so does all between
    near_before = [part for part in before if first - part[-1][0] <= least]
    near_after = [part for part in after if part[0][0] - last <= least]
    few = max(1, FEW * whole)
    if whole < FEWEST or near_before or sum(map(_rows, before)) > few:
        first = days[0][0]
    if whole < FEWEST or near_after or sum(map(_rows, after)) > few:
        last = days[-1][0]
    return first, last


def _rows(part: Days) -> int:
    return sum(rows for _, rows in part)
