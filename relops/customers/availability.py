"""Results that the data may not support: either the result, or the reason why there is none, goes on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from relops.exhibits import Evidence, Missing

TOO_LITTLE, CHECK_FAILED, NOT_SUPPLIED, NOT_FILLED = "M2", "M7", "M1", "M4"


class Unavailable(Exception):
    """Why there is no result: missing-data ``code``, the ``field`` that falls short, ``numbers`` found."""

    def __init__(self, code: str, field: str, numbers: Mapping[str, Evidence] | None = None):
        super().__init__(f"{code}: {field}")
        self.code, self.field, self.numbers = code, field, dict(numbers or {})

    def missing(self, missing_id: str, measure: str) -> Missing:
        """Return what a section prints instead of its result; ``measure`` is the message that names it."""
        return Missing(missing_id, self.code, self.field, measure, self.numbers)


class ConvergenceError(Unavailable):
    """A likelihood without a peak: no parameters describe these customers best. ``model`` is the one that was
    fitted, ``parameter`` the one that the data leave open, ``log_likelihood`` what the search reached."""

    def __init__(self, model: str, parameter: str, log_likelihood: float | None = None):
        super().__init__(CHECK_FAILED, f"lifetime_value.{model}")
        self.model, self.parameter, self.log_likelihood = model, parameter, log_likelihood

    def __str__(self) -> str:
        return f"{self.model}: the data leave {self.parameter} open, the likelihood has no peak in it"


def attempt(function: Callable, *inputs: Any, **options: Any) -> Any:
    """Return what ``function`` returns, or the reason why it cannot: the one it raises, or that of an input.

    An input that is None is a table the client did not supply.
    """
    for value in inputs:
        if isinstance(value, Unavailable):
            return value
        if value is None:
            return Unavailable(NOT_SUPPLIED, "orders.customer_id")
    try:
        return function(*inputs, **options)
    except Unavailable as reason:
        return reason


def or_missing(missing_id: str, measure: str) -> Callable:
    """Make a function of a result return ``[Missing]`` where the result is a reason why there is none."""
    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        def wrapped(result: Any, *args: Any, **kwargs: Any) -> list:
            if isinstance(result, Unavailable):
                return [result.missing(missing_id, measure)]
            return function(result, *args, **kwargs)

        return wrapped

    return decorate
