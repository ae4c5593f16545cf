"""A project may hold no orders, or too few: the reason then goes from function to function in place of a
result.

Summaries, results, tables and figures of the diagnosis and of RFM are decorated here, so that a notebook
reads straight down; in the end it is said as a missing-data code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from relops.customers.availability import NOT_SUPPLIED, Unavailable, attempt


def unless_unavailable(function: Callable | None = None, *, field: str = "orders.customer_id") -> Callable:
    """Return ``function`` made to return, in place of a result, the reason why there is none.

    It is the reason that stands in for one of the inputs given by position, M1 naming ``field`` where an input
    is None (a table the client did not supply), or the one that ``function`` raises.
    """
    if function is None:
        return functools.partial(unless_unavailable, field=field)

    @functools.wraps(function)
    def wrapped(*inputs: Any, **options: Any) -> Any:
        given = (Unavailable(NOT_SUPPLIED, field) if value is None else value for value in inputs)
        return attempt(function, *given, **options)

    return wrapped


def nothing_if_unavailable(function: Callable) -> Callable:
    """Return ``function`` made to return no exhibit, an empty list, where one of its inputs is a reason."""
    @functools.wraps(function)
    def wrapped(*inputs: Any, **options: Any) -> list:
        if any(isinstance(value, Unavailable) for value in inputs):
            return []
        return function(*inputs, **options)

    return wrapped
