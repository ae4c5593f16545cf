"""Families of tests: which p values are judged together, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from relops.brief.experiments import Adjustment


def adjust(p_values: Sequence[float] | np.ndarray, method: Adjustment = "holm", size: int | None = None) -> np.ndarray:
    """Return adjusted p values; one that is missing stays missing and still counts in the family.

    Holm (1979) bounds the chance of any false alarm, Hochberg (1988) too where tests are independent or hang together
    positively; Benjamini & Hochberg (1995) bound the share of false ones among the alarms under that condition,
    Benjamini & Yekutieli (2001) under any. ``size`` is the size of the family where it is larger than the tests at
    hand. Equal to statsmodels' ``multipletests``, which calls the garbage collector and so takes longer than the test
    it corrects. Raises ValueError on another method.
    """
    if method not in get_args(Adjustment):
        raise ValueError(f"method = {method!r}, must be one of {', '.join(get_args(Adjustment))}")
    given = np.asarray(p_values, float)
    if not len(given):
        return given
    size = max(size or 0, len(given))
    order = np.argsort(np.nan_to_num(given, nan=1.0), kind="stable")
    ranked = np.nan_to_num(given, nan=1.0)[order]
    place = np.arange(len(given))
    # tests that are not there found nothing: they come last
    times = size - place if method in ("holm", "hochberg") else size / (place + 1)
    if method == "benjamini_yekutieli":
        times = times * (1 / np.arange(1, size + 1)).sum()
    if method == "holm":
        found = np.maximum.accumulate(ranked * times)
    else:
        found = np.minimum.accumulate((ranked * times)[::-1])[::-1]
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(found, 1.0)
    return np.where(np.isnan(given), np.nan, adjusted)
