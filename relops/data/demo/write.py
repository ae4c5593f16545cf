"""Arrays into files: integer codes go to the engine as Arrow columns, the engine makes the texts and writes them.

A small edition is one gzipped CSV a table, the same bytes whenever it is made; a large one is Parquet, one file a
block, so that memory does not grow with the number of customers.
"""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from relops.data.demo.settings import DemoSettings
from relops.data.engine import OFFLINE, literal

GZIP_LEVEL = 9


@dataclass(frozen=True)
class Frame:
    """Arrow columns and the SQL of the table's own columns over them."""

    columns: dict[str, pa.Array]
    select: str

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))


@dataclass
class Writer:
    """Writes the tables of an edition into ``folder``; ``rows`` counts what was written, table → rows."""

    settings: DemoSettings
    folder: Path
    rows: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.connection = duckdb.connect(config=OFFLINE)
        self.connection.execute("SET TimeZone = 'UTC'")
        # within Jupyter, where it is off already, the setting cannot be touched without ipywidgets
        if self.connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
            self.connection.execute("SET enable_progress_bar = false")

    def write(self, table: str, frame: Frame, block: int = 0) -> Path:
        """Write one block of a table and return its file."""
        self.rows[table] += frame.rows
        self.connection.register("arriving", pa.table(frame.columns))
        try:
            return self._copy(f"SELECT {frame.select} FROM arriving", table, block)
        finally:
            self.connection.unregister("arriving")

    def texts(self, frame: Frame) -> pd.DataFrame:
        """Return a table as the texts that a file would hold."""
        self.connection.register("arriving", pa.table(frame.columns))
        try:
            return self.connection.execute(
                f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (SELECT {frame.select} FROM arriving)").df()
        finally:
            self.connection.unregister("arriving")

    def _copy(self, query: str, table: str, block: int) -> Path:
        if self.settings.extension == "parquet":
            path = self.folder / f"{table}_{block:04d}.parquet"
            self.connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
            return path
        path = self.folder / f"{table}.csv.gz"
        draft = self.folder / f"{table}.csv"
        self.connection.execute(f"COPY ({query}) TO {literal(str(draft))} (FORMAT csv, HEADER)")
        # the engine's own gzip would do, but this one leaves name and time out of the file
        path.write_bytes(gzip.compress(draft.read_bytes(), GZIP_LEVEL, mtime=0))
        draft.unlink()
        return path

    def close(self) -> None:
        """Let go of the engine."""
        self.connection.close()


def labels(codes: np.ndarray, names: list[str] | tuple[str, ...]) -> pa.Array:
    """Return codes as their names; a negative code, and a name that is None, as null."""
    absent = [place for place, name in enumerate(names) if name is None]
    codes = np.asarray(codes)
    mask = codes < 0
    for place in absent:
        mask = mask | (codes == place)
    words = [name or "" for name in names]
    indices = pa.array(np.where(mask, 0, codes).astype(np.int32), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words))


def times(settings: DemoSettings, seconds: np.ndarray, absent: np.ndarray | None = None) -> pa.Array:
    """Return seconds since the first day's beginning as local times, null where ``absent``."""
    start = np.datetime64(settings.first_day, "s")
    return pa.array(start + seconds.astype("timedelta64[s]"), mask=absent)


def numbers(values: np.ndarray, absent: np.ndarray | None = None) -> pa.Array:
    """Return whole numbers, null where ``absent``."""
    return pa.array(np.asarray(values), mask=absent)


def identity(letter: str, column: str, digits: int = 7) -> str:
    """Return the SQL of an id: a letter and the number, filled with zeros; null stays null."""
    return f"{literal(letter)} || lpad(CAST({column} AS VARCHAR), {digits}, '0')"


def money(column: str) -> str:
    """Return the SQL of cents as money."""
    return f"CAST(CAST({column} AS DECIMAL(18, 2)) * CAST(0.01 AS DECIMAL(3, 2)) AS DECIMAL(18, 2))"
