"""Day before month or month before day: told by the column itself, or asked; never guessed."""

from __future__ import annotations

from relops.data.cells import BUDDHIST, YEAR_LAST
from relops.data.engine import Engine, quote
from relops.data.mapping import Mapping
from relops.errors import BadInput, Problem

# what may be the year where it has two digits
YEARS = (10, 29)


def day_first(engine: Engine, texts: str, text: str, mapping: Mapping, column: str) -> bool | None:
    """Return whether dates such as 05/01/2024 put the day first; None if the column holds none of that form.

    Raises BadInput where both readings are possible and differ, or where some cells need one and some the other.
    """
    first, second, year = (
        f"CAST(regexp_extract(half_width({text}), '{YEAR_LAST}', {group}) AS INTEGER)" for group in (1, 2, 3))
    count, first_least, first_most, second_most, year_most, differ, example = engine.rows(
        f"SELECT count(*), min(a), max(a), max(b), max(c), count(*) FILTER (a <> b), arg_min(x, _n) FROM ("
        f"SELECT _n, {text} AS x, {first} AS a, {second} AS b, {year} AS c FROM {quote(texts)} "
        f"WHERE NOT regexp_matches({text}, '^[0-9]{{4}}') AND regexp_matches(half_width({text}), '{YEAR_LAST}'))")[0]
    if count == 0:
        return None
    values = {"column": mapping.origin[column], "example": example}
    if first_most > 12 and second_most > 12:
        raise BadInput(Problem("data.door.day_month_mixed", f"{mapping.staged.place}.date_format", values))
    if BUDDHIST[0] <= year_most < BUDDHIST[1] and second_most <= 12:  # where years are counted so, the day leads
        return True
    year_may_lead = year_most < 100 and YEARS[0] <= first_least and first_most <= YEARS[1]
    if (first_most <= 12 and second_most <= 12 and differ) or year_may_lead:
        raise BadInput(Problem("data.door.day_month", f"{mapping.staged.place}.date_format", values))
    return first_most > 12
