"""Day before month or month before day: told by the column itself, or asked; never guessed."""

from __future__ import annotations

from relops.data.cells import YEAR_LAST
from relops.data.engine import Engine, quote
from relops.data.mapping import Mapping
from relops.errors import BadInput, Problem


def day_first(engine: Engine, texts: str, text: str, mapping: Mapping, column: str) -> bool | None:
    """Return whether dates such as 05/01/2024 put the day first; None if the column holds none of that form.

    Raises BadInput where both readings are possible and differ, or where some cells need one and some the other.
    """
    first, second = (f"CAST(regexp_extract(half_width({text}), '{YEAR_LAST}', {group}) AS INTEGER)" for group in (1, 2))
    count, first_most, second_most, differ, example = engine.rows(
        f"SELECT count(*), max(a), max(b), count(*) FILTER (a <> b), arg_min(x, _n) FROM ("
        f"SELECT _n, {text} AS x, {first} AS a, {second} AS b FROM {quote(texts)} "
        f"WHERE NOT regexp_matches({text}, '^[0-9]{{4}}') AND regexp_matches(half_width({text}), '{YEAR_LAST}'))")[0]
    if count == 0:
        return None
    values = {"column": mapping.origin[column], "example": example}
    if first_most > 12 and second_most > 12:
        raise BadInput(Problem("data.door.day_month_mixed", f"{mapping.staged.place}.date_format", values))
    if first_most <= 12 and second_most <= 12 and differ:
        raise BadInput(Problem("data.door.day_month", f"{mapping.staged.place}.date_format", values))
    return first_most > 12
