"""What may be asked of a model: lengths of time, counts, shares and parameters, each refused in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from relops.errors import BadInput, Problem
from relops.units import DAYS_PER


def as_spans(spans: Any, place: str) -> np.ndarray:
    """Return lengths of time as numbers. Raises BadInput where one is negative, missing or without end."""
    values = np.asarray(spans, float)
    wrong = ~((values >= 0) & np.isfinite(values))
    if wrong.any():
        raise BadInput(Problem("customers.span", place, {"value": f"{values[wrong][0]:g}"}))
    return values


def as_counts(counts: Any, place: str) -> np.ndarray:
    """Return numbers of purchases. Raises BadInput where one is no whole number from zero up."""
    values = np.asarray(counts, float)
    wrong = ~((values >= 0) & (values == np.floor(values)) & np.isfinite(values))
    if wrong.any():
        raise BadInput(Problem("customers.count", place, {"value": f"{values[wrong][0]:g}"}))
    return values


def require_share(share: float, place: str) -> None:
    """Raise BadInput where a share is not above zero and below one."""
    if not 0 < share < 1:
        raise BadInput(Problem("customers.open_share", place, {"value": share}))


def require_discount(rate: float, place: str) -> None:
    """Raise BadInput where a discount is not positive: a sum without end may then be more than any number."""
    if not 0 < rate < np.inf:
        raise BadInput(Problem("customers.no_discount", place, {"rate": rate}))


def require_known(values: Any, place: str) -> None:
    """Raise BadInput where a value is missing."""
    unknown = int(np.isnan(np.asarray(values, float)).sum())
    if unknown:
        raise BadInput(Problem("customers.unknown_value", place, {"values": unknown}))


def require_ascending(cuts: Sequence[float], place: str) -> None:
    """Raise BadInput where cut points do not ascend."""
    if any(left > right for left, right in pairwise(cuts)):
        raise BadInput(Problem("customers.descending", place, {"cuts": ", ".join(f"{cut:g}" for cut in cuts)}))


def require_whole(count: Any, least: int, place: str) -> None:
    """Raise BadInput where a number of weeks, days or hold-outs is no whole number from ``least`` up."""
    if not isinstance(count, int | float | np.number) or count != np.floor(count) or count < least:
        raise BadInput(Problem("customers.whole", place, {"value": repr(count), "least": least}))


def require_one_of(value: Any, allowed: Sequence[str], place: str) -> None:
    """Raise BadInput where a word is none of those allowed."""
    if value not in allowed:
        raise BadInput(Problem("customers.unknown_choice", place, {
            "value": repr(value), "allowed": ", ".join(allowed)}))


def unit_problems(unit: Any, place: str) -> list[Problem]:
    """Return what is wrong with a unit of time that is none of days, weeks, months and years."""
    return [] if unit in DAYS_PER else [
        Problem("customers.history_unit", place, {"unit": unit, "units": ", ".join(DAYS_PER)})]


def require_unit(unit: Any, place: str) -> None:
    """Raise BadInput where a unit of time is none of days, weeks, months and years."""
    problems = unit_problems(unit, place)
    if problems:
        raise BadInput(problems)


def require_parameters(name: str, wanted: Sequence[str], theta: Sequence[float]) -> None:
    """Raise BadInput where a model is given too few or too many parameters, or one that is not positive."""
    values = np.asarray(theta, float)
    if len(values) != len(wanted) or not ((values > 0) & np.isfinite(values)).all():
        raise BadInput(Problem("customers.parameters", name, {
            "given": ", ".join(f"{value:g}" for value in values) or "-", "wanted": ", ".join(wanted)}))
