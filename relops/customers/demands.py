"""What may be asked of a model: lengths of time, counts, shares and parameters, each refused in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
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


def require_unit(unit: Any, place: str) -> None:
    """Raise BadInput where a unit of time is none of days, weeks, months and years."""
    if unit not in DAYS_PER:
        raise BadInput(Problem("customers.history_unit", place, {"unit": unit, "units": ", ".join(DAYS_PER)}))


def require_parameters(name: str, wanted: Sequence[str], theta: Sequence[float]) -> None:
    """Raise BadInput where a model is given too few or too many parameters, or one that is not positive."""
    values = np.asarray(theta, float)
    if len(values) != len(wanted) or not ((values > 0) & np.isfinite(values)).all():
        raise BadInput(Problem("customers.parameters", name, {
            "given": ", ".join(f"{value:g}" for value in values) or "-", "wanted": ", ".join(wanted)}))
