"""Families of tests: which p values are judged together, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from statsmodels.stats.multitest import multipletests

METHODS = {"holm": "holm", "benjamini_hochberg": "fdr_bh"}


def adjust(p_values: Sequence[float] | np.ndarray, method: Literal["holm", "benjamini_hochberg"] = "holm",
           size: int | None = None) -> np.ndarray:
    """Return adjusted p values; one that is missing stays missing and still counts in the family.

    Holm (1979) bounds the chance of any false alarm, Benjamini & Hochberg (1995) the share of false ones among the
    alarms. ``size`` is the size of the family where it is larger than the tests at hand.
    """
    given = np.asarray(p_values, float)
    size = max(size or 0, len(given))
    if not len(given):
        return given
    # a missing test is one that found nothing
    whole = np.append(np.nan_to_num(given, nan=1.0), np.ones(size - len(given)))
    found = multipletests(whole, method=METHODS[method])[1][: len(given)]
    return np.where(np.isnan(given), np.nan, found)
