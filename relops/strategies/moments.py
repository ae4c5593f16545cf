"""Counts, means, variances and covariances of outcomes by group: one scan of the engine serves every question.

Overall, by segment, by week and weighted anew over segments are sums of the same cells. Sums of squares are taken of
distances from a round number near the mean: raw ones lose digits where means are large (Chan, Golub & LeVeque 1983),
and the engine's own variances cost more than the sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import ibis
import ibis.expr.types as ir
import pandas as pd
from tea_tasting.aggr import Aggregates

from relops.strategies.outcomes import Outcome

VALUE, PER, BEFORE, BEFORE_PER = "value", "per", "before", "before_per"
SAMPLE = 10_000  # subjects whose mean is the centre of the sums


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of one outcome in the cells of ``by``: ``cells`` maps the keys of a cell to its aggregates of ``value``
    and, where the outcome has them, ``per`` (its denominator), ``before`` (its covariate) and ``before_per`` (what that
    is over); ``some`` to the number of subjects whose value is not zero."""

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

    def smallest(self) -> int:
        """Return the subjects of the smallest arm whose value is known; zero where there is no arm."""
        return min((cell.count() for cell in self.arms().values()), default=0)

    def fewest(self) -> float:
        """Return how many subjects of the smallest arm have a value other than zero, if these were spread evenly.

        What was drawn plays no part in it: a choice of test by the arm's own count would lean on the outcome it tests.
        """
        sizes = [cell.count() for cell in self.arms().values()]
        return sum(self.some[keys] for keys in self.cells) * min(sizes) / sum(sizes) if sizes else 0.0


@dataclass(frozen=True, eq=False)
class Scan:
    """What one GROUP BY over the columns ``by`` ("arm" among them) found: ``moments`` by metric, ``rows`` one row a
    cell with the number of subjects."""

    by: tuple[str, ...]
    moments: Mapping[str, Moments]
    rows: pd.DataFrame

    def counts(self, part: str) -> pd.DataFrame:
        """Return subjects by ``part`` and arm: the part's column, arm, rows."""
        return self.rows.groupby([part, "arm"], as_index=False, dropna=False)["rows"].sum()


def residual_variance(cell: Aggregates, factor: float, other: str) -> float:
    """Return the variance of what a value has beyond ``factor`` times ``other`` (its denominator or covariate)."""
    return max(cell.var(VALUE) - 2 * factor * cell.cov(VALUE, other) + factor**2 * cell.var(other), 0.0)


def scan(table: ir.Table, outcomes: Sequence[Outcome], by: Sequence[str]) -> Scan:
    """Return the moments of all outcomes and the numbers of subjects by the columns ``by``.

    An outcome counts the rows where its value is there and, if it has a window, where that has closed.
    """
    centres = _centres(table, outcomes)
    distances: dict[str, ir.Value] = {name: table[name] for name in by}
    for outcome in outcomes:
        distances |= _distances(table, outcome, centres)
    near = table.select(**distances)
    sums = {"rows": near.count()}
    for outcome in outcomes:
        sums |= _sums(near, outcome)
    frame = near.group_by(list(by)).aggregate(**sums).order_by(list(by)).to_pandas()
    moments = {outcome.metric.id: Moments(outcome, tuple(by), *_cells(frame, outcome, by, centres))
               for outcome in outcomes}
    return Scan(tuple(by), moments, frame[[*by, "rows"]])


def _columns(outcome: Outcome) -> dict[str, str]:
    """Return the outcome's parts that there are: part → column of the subjects."""
    parts = {VALUE: outcome.value, PER: outcome.denominator, BEFORE: outcome.covariate,
             BEFORE_PER: outcome.covariate_denominator}
    return {part: column for part, column in parts.items() if column is not None}


def _centres(table: ir.Table, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return a whole number near the mean of each column of the outcomes: some subjects tell it well enough.

    Whole, so that sums of counts and of yes and no stay exact, in whatever order an engine adds them up.
    """
    names = list(dict.fromkeys(column for outcome in outcomes for column in _columns(outcome).values()))
    some = table.select(*names).limit(SAMPLE) if names else table
    means = some.aggregate(**{name: some[name].mean() for name in names}).to_pandas().iloc[0] if names else {}
    return {name: 0.0 if pd.isna(means[name]) else float(round(float(f"{float(means[name]):.2g}"))) for name in names}


def _distances(table: ir.Table, outcome: Outcome, centres: Mapping[str, float]) -> dict[str, ir.Value]:
    """Return the distance of each part from its centre, null where the outcome is not known, and whether the value is
    other than zero."""
    value, name, found = table[outcome.value], outcome.metric.id, {}
    known = value.notnull()  # noqa: PD004 (Ibis knows no notna)
    if outcome.mature is not None:
        known &= table[outcome.mature]
    for part, column in _columns(outcome).items():
        distance = table[column].cast("float64") - centres[column]
        needless = part == VALUE and outcome.mature is None  # a value that is not there has no distance anyway
        found[f"{name}|{part}"] = distance if needless else known.ifelse(distance, ibis.null("float64"))
    return found | {f"{name}|some": value != 0 if outcome.mature is None else known & (value != 0)}


def _sums(near: ir.Table, outcome: Outcome) -> dict[str, ir.Value]:
    """Return the sums of distances and of their products; a part that is missing beside a value counts as if it stood
    at its centre."""
    name, parts = outcome.metric.id, list(_columns(outcome))
    asked: dict[str, ir.Value] = {f"{name}|n": near[f"{name}|{VALUE}"].count(),
                                  f"{name}|some": near[f"{name}|some"].sum()}
    for part in parts:
        asked[f"{name}|sum|{part}"] = near[f"{name}|{part}"].sum()
    for left, right in combinations_with_replacement(parts, 2):
        asked[f"{name}|sum|{left}|{right}"] = (near[f"{name}|{left}"] * near[f"{name}|{right}"]).sum()
    return asked


def _cells(frame: pd.DataFrame, outcome: Outcome, by: Sequence[str],
           centres: Mapping[str, float]) -> tuple[dict[tuple, Aggregates], dict[tuple, int]]:
    columns, name = _columns(outcome), outcome.metric.id
    cells, some = {}, {}
    for row in frame.to_dict("records"):
        n = int(row[f"{name}|n"])
        if n == 0:
            continue
        away = {part: float(row[f"{name}|sum|{part}"]) for part in columns}
        # one subject has no spread of its own; its share in a larger cell's is added by the sum
        spread = {(left, right): 0.0 if n == 1 else
                  (float(row[f"{name}|sum|{left}|{right}"]) - away[left] * away[right] / n) / (n - 1)
                  for left, right in combinations_with_replacement(columns, 2)}
        keys = tuple(row[key] for key in by)
        some[keys] = int(row[f"{name}|some"])
        cells[keys] = Aggregates(
            n, {part: centres[column] + away[part] / n for part, column in columns.items()},
            {left: max(value, 0.0) for (left, right), value in spread.items() if left == right},
            {pair: value for pair, value in spread.items() if pair[0] != pair[1]})
    return cells, some
