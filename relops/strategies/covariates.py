"""What the plan says was known of subjects before the test: held against the draw, and used to take out noise.

A single covariate is the one of CUPED (Deng, Xu, Kohavi & Walker 2013). Several, and one beside a subject's own past,
become one by the line that a regression within the arms draws through them: one over all arms would lean to the arm
that did better and take some of its effect for theirs (Freedman 2008; Lin 2013). A covariate that is missing for some
stands at its mean, with a column of its own for being missing (Zhao & Ding 2022).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import replace

import ibis
import numpy as np
import pandas as pd

from relops.brief.experiments import Metric
from relops.strategies.outcome_columns import number
from relops.strategies.outcomes import Outcome, Subjects, some_subjects

MOSTLY = 0.5  # share of subjects with a number, from which a covariate is one
EACH = 30  # subjects a slope: fewer would take their noise for its


def with_covariates(subjects: Subjects) -> Subjects:
    """Return the subjects with the plan's covariates as numbers, and with outcomes that are adjusted by them.

    A covariate that is a number for less than half of the subjects adjusts nothing. Quantiles are not adjusted, ratios
    of events by their own past alone.
    """
    names = subjects.experiment.covariates
    if not names:
        return subjects
    columns = {name: f"covariate__{place}" for place, name in enumerate(names)}
    table = subjects.table.mutate(**{columns[name]: number(subjects.table[name]) for name in names})
    blank = {column: table[column].isnull() for column in columns.values()}  # noqa: PD003 (Ibis knows no isna)
    asked = {column: blank[column].mean() for column in columns.values()}
    means = {f"{column}__mean": table[column].mean() for column in columns.values()}
    seen = table.aggregate(**asked, **means).to_pandas().iloc[0]
    kept = {name: column for name, column in columns.items() if seen[column] <= 1 - MOSTLY}
    filled, features = {}, []
    for column in kept.values():
        filled[f"{column}__filled"] = table[column].fill_null(ibis.literal(float(seen[f"{column}__mean"])))
        features.append(f"{column}__filled")
        if seen[column] > 0:
            filled[f"{column}__missing"] = blank[column].cast("float64")
            features.append(f"{column}__missing")
    subjects = replace(subjects, table=table.mutate(**filled) if filled else table, covariates=kept)
    return _adjusted(subjects, features) if features else subjects


def before_the_test(subjects: Subjects) -> list[Outcome]:
    """Return what was there before the test as if it were an outcome: the past of every metric of the brief, and the
    covariates of the plan."""
    past = {each.metric.id: each.past for each in subjects.outcomes if each.past and not each.is_beside}
    return [Outcome(Metric.model_construct(id=name, kind="mean"), column)
            for name, column in {**past, **subjects.covariates}.items()]


def _adjusted(subjects: Subjects, features: Sequence[str]) -> Subjects:
    """Return the subjects with one covariate an outcome, made of the features and of the outcome's own past."""
    plain = [each for each in subjects.outcomes if each.metric.kind != "quantile"]
    asked = [each for each in plain if not (each.denominator and each.past)]
    table = subjects.table
    if len(features) == 1 and not any(each.past for each in asked):
        index = {each.metric.id: features[0] for each in asked}
    else:
        index = {}
        columns = {column for each in asked for column in (each.value, each.denominator, each.past, each.mature)}
        rows = some_subjects(table).select("arm", *features, *sorted(columns - {None})).to_pandas()
        for each in asked:
            parts = [*features, *([each.past] if each.past else [])]
            slopes = _slopes(rows, each, parts)
            if slopes is not None:
                index[each.metric.id] = f"{each.metric.id}__index"
                line = functools.reduce(operator.add, (table[part] * float(slope) for part, slope in
                                                       zip(parts, slopes, strict=True)))
                table = table.mutate(**{index[each.metric.id]: line})
    return replace(subjects, table=table, outcomes=tuple(
        replace(each, index=index.get(each.metric.id)) for each in subjects.outcomes))


def _slopes(rows: pd.DataFrame, outcome: Outcome, parts: Sequence[str]) -> np.ndarray | None:
    """Return the slopes of an outcome on ``parts`` within the arms; None where too few subjects or none that differ
    tell them. That of a ratio is the slope of what it adds to the difference."""
    known = rows[outcome.value].notna()
    if outcome.mature:
        known &= rows[outcome.mature]
    rows = rows[known]
    value = rows[outcome.value].to_numpy(float)
    if outcome.denominator:
        sums = rows.groupby("arm")[[outcome.value, outcome.denominator]].transform("sum").to_numpy(float)
        ratio = np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] != 0)
        value = value - rows[outcome.denominator].to_numpy(float) * ratio
    if len(value) < EACH * len(parts) or value.std() == 0:
        return None
    return slopes_of(rows[list(parts)].to_numpy(float), value, rows["arm"].to_numpy())


def slopes_of(columns: np.ndarray, value: np.ndarray, arms: np.ndarray) -> np.ndarray:
    """Return the slopes of the line of least squares through ``columns``, a row a subject, with a level of its own for
    each of ``arms``."""
    own = np.column_stack([columns, value])
    for arm in np.unique(arms):
        own[arms == arm] -= own[arms == arm].mean(axis=0)
    return np.linalg.lstsq(own[:, :-1], own[:, -1], rcond=None)[0]
