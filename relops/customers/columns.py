"""Columns and labels of the room's tables: every heading and every row label is a message of the room."""

from __future__ import annotations

import pandas as pd

from relops.exhibits import Column


def column(key: str, unit: str = "text", label: str | None = None, **marks: object) -> Column:
    """Return a column headed ``customers.column.<label>`` (the key where no label is given)."""
    return Column(key, f"customers.column.{label or key}", unit, **marks)


def labels(kind: str, keys: pd.Series) -> pd.Series:
    """Return cells that each language fills with ``customers.<kind>.<key>``."""
    return f"@customers.{kind}." + keys


def month_text(months: pd.Series) -> pd.Series:
    """Return months as text, 1997-01."""
    return months.dt.strftime("%Y-%m")
