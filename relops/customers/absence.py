"""A project may hold no orders at all: then every result about customers is absent, and says so itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def unless_absent(function: Callable) -> Callable:
    """Return ``function`` made to return None when its first argument is None.

    An absent table has no summary, and an absent summary no result; what is said of it is a missing-data
    code.
    """
    @functools.wraps(function)
    def wrapped(first: Any, *args: Any, **kwargs: Any) -> Any:
        return None if first is None else function(first, *args, **kwargs)

    return wrapped


def nothing_if_absent(function: Callable) -> Callable:
    """Return ``function`` made to return an empty list when its first argument is None: no exhibit of an
    absent result."""
    @functools.wraps(function)
    def wrapped(first: Any, *args: Any, **kwargs: Any) -> Any:
        return [] if first is None else function(first, *args, **kwargs)

    return wrapped
