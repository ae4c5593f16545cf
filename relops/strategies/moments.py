"""Counts, means, variances and covariances of outcomes by group: one scan of the engine serves every question.

Overall, by segment, by week and weighted anew over segments are sums of the same cells. Moments are centred: sums of
squares lose digits where means are large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import ibis.expr.types as ir
import pandas as pd
from tea_tasting.aggr import Aggregates

from relops.strategies.outcomes import Outcome

VALUE, PER, BEFORE = "value", "per", "before"


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of one outcome in the cells of ``by``: ``cells`` maps the keys of a cell to its aggregates of ``value``
    and, where the outcome has them, ``per`` (its denominator) and ``before`` (its covariate); ``some`` to the number
    of subjects whose value is not zero."""

    outcome: Outcome
    by: tuple[str, ...]
    cells: Mapping[tuple, Aggregates]
    some: Mapping[tuple, int]

    def over(self, *names: str) -> Moments:
        """Return the moments over fewer keys: cells that differ in the others add up."""
        places = [self.by.index(name) for name in names]
        summed: dict[tuple, Aggregates] = {}
        some: dict[tuple, int] = {}
        for keys, cell in self.cells.items():
            kept = tuple(keys[place] for place in places)
            summed[kept] = summed[kept] + cell if kept in summed else cell
            some[kept] = some.get(kept, 0) + self.some[keys]
        return Moments(self.outcome, names, summed, some)

    def arms(self) -> dict[str, Aggregates]:
        """Return arm → aggregates over everything else."""
        return {keys[0]: cell for keys, cell in self.over("arm").cells.items()}

    def where(self, **keys: object) -> Moments:
        """Return the moments of the cells with these keys."""
        places = {self.by.index(name): value for name, value in keys.items()}
        cells = {cell: each for cell, each in self.cells.items()
                 if all(cell[place] == value for place, value in places.items())}
        return Moments(self.outcome, self.by, cells, self.some)

    def up_to(self, key: str, last: int) -> Moments:
        """Return the moments of the cells whose ``key`` is ``last`` or less."""
        place = self.by.index(key)
        cells = {cell: each for cell, each in self.cells.items() if cell[place] <= last}
        return Moments(self.outcome, self.by, cells, self.some)

    def fewest(self) -> int:
        """Return the smallest number of subjects of an arm whose value is not zero."""
        return min(self.over("arm").some.values(), default=0)


@dataclass(frozen=True, eq=False)
class Scan:
    """What one GROUP BY over the columns ``by`` ("arm" among them) found: ``moments`` by metric, ``rows`` one row a
    cell with the number of subjects."""

    by: tuple[str, ...]
    moments: Mapping[str, Moments]
    rows: pd.DataFrame

    def counts(self, part: str) -> pd.DataFrame:
        """Return subjects by ``part`` and arm: the part's column, arm, rows."""
        return self.rows.groupby([part, "arm"], as_index=False)["rows"].sum()


def scan(table: ir.Table, outcomes: Sequence[Outcome], by: Sequence[str]) -> Scan:
    """Return the moments of all outcomes and the numbers of subjects by the columns ``by``.

    An outcome counts the rows where its value is there and, if it has a window, where that has closed.
    """
    sums = {"rows": table.count()}
    for outcome in outcomes:
        sums |= _asked(table, outcome)
    frame = table.group_by(list(by)).aggregate(**sums).order_by(list(by)).to_pandas()
    moments = {outcome.metric.id: Moments(outcome, tuple(by), *_cells(frame, outcome, by)) for outcome in outcomes}
    return Scan(tuple(by), moments, frame[[*by, "rows"]])


def _columns(outcome: Outcome) -> dict[str, str]:
    """Return the outcome's parts that there are: part → column of the subjects."""
    parts = {VALUE: outcome.value, PER: outcome.denominator, BEFORE: outcome.covariate}
    return {part: column for part, column in parts.items() if column is not None}


def _asked(table: ir.Table, outcome: Outcome) -> dict[str, ir.Value]:
    known = table[outcome.value].notnull()  # noqa: PD004 (Ibis knows no notna)
    if outcome.mature is not None:
        known &= table[outcome.mature]
    parts, name = _columns(outcome), outcome.metric.id
    asked: dict[str, ir.Value] = {f"{name}|n": known.sum(), f"{name}|some": (known & (table[outcome.value] != 0)).sum()}
    for part, column in parts.items():
        asked[f"{name}|mean|{part}"] = table[column].mean(where=known)
    for left, right in combinations_with_replacement(parts, 2):
        pair = f"{name}|cov|{left}|{right}"
        asked[pair] = (table[parts[left]].var(where=known, how="sample") if left == right
                       else table[parts[left]].cov(table[parts[right]], where=known, how="sample"))
    return asked


def _cells(frame: pd.DataFrame, outcome: Outcome,
           by: Sequence[str]) -> tuple[dict[tuple, Aggregates], dict[tuple, int]]:
    parts, name = list(_columns(outcome)), outcome.metric.id
    cells, some = {}, {}
    for row in frame.to_dict("records"):
        n = int(row[f"{name}|n"])
        if n == 0:
            continue
        # one subject has no spread of its own; its share in a larger cell's is added by the sum
        spread = {pair: 0.0 if n == 1 else float(row[f"{name}|cov|{pair[0]}|{pair[1]}"])
                  for pair in combinations_with_replacement(parts, 2)}
        keys = tuple(row[key] for key in by)
        some[keys] = int(row[f"{name}|some"])
        cells[keys] = Aggregates(
            n, {part: float(row[f"{name}|mean|{part}"]) for part in parts},
            {left: value for (left, right), value in spread.items() if left == right},
            {pair: value for pair, value in spread.items() if pair[0] != pair[1]})
    return cells, some
