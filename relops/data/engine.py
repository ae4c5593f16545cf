"""The engine: Ibis on DuckDB, one file a run. Every create and drop of a table stands here."""

from __future__ import annotations

import contextlib
import errno
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from relops.errors import RunFailed
from relops.locale import system_language, text

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow
    from ibis.backends.duckdb import Backend

# extensions would be downloaded: what the wheel holds (parquet, json, icu) is linked in and needs no loading
OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def quote(name: str) -> str:
    """Return a name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def literals(values: Iterable[str]) -> str:
    """Return texts as the SQL of a list, without its brackets."""
    return ", ".join(map(literal, values))


class Engine:
    """One engine file, open.

    Attributes:
        connection: the DuckDB connection; its session clock stands at UTC.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self.connection = connection
        connection.execute("SET TimeZone = 'UTC'")

    @functools.cached_property
    def ibis(self) -> Backend:
        """The Ibis backend on the same connection."""
        import ibis  # imported late: the door works without it

        return ibis.duckdb.from_connection(self.connection)

    @classmethod
    def create(cls, path: str | Path, memory: str = "4GB", threads: int | None = None) -> Engine:
        """Return a new, empty engine file. Raises RunFailed when it cannot be written."""
        path = Path(path)
        with storage_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            return cls._connect(path, memory, threads, read_only=False)

    @classmethod
    def open(cls, path: str | Path, memory: str = "4GB", threads: int | None = None, *,
             read_only: bool = True) -> Engine:
        """Return an engine file opened, for reading only by default. Raises RunFailed when it cannot be read."""
        with storage_faults(Path(path)):
            return cls._connect(Path(path), memory, threads, read_only)

    @classmethod
    def _connect(cls, path: Path, memory: str, threads: int | None, read_only: bool) -> Engine:
        config = OFFLINE | {"memory_limit": memory.replace(" ", "")} | ({"threads": threads} if threads else {})
        return cls(duckdb.connect(str(path), read_only=read_only, config=config))

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def names(self) -> list[str]:
        """Return the names of all lasting tables and views, sorted."""
        rows = self.rows("SELECT table_name FROM information_schema.tables "
                         "WHERE table_catalog = current_database() AND table_schema = 'main' ORDER BY 1")
        return [name for name, in rows]

    def has(self, name: str) -> bool:
        """Return whether there is a lasting table of this name."""
        return name in self.names()

    def table(self, name: str) -> ir.Table:
        """Return a table as an Ibis expression."""
        return self.ibis.table(name)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run one statement and return its cursor."""
        return self.connection.execute(sql, list(parameters))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the one value of a query."""
        return self.rows(sql, parameters)[0][0]

    def create_table(self, name: str, query: str, *, temporary: bool = False) -> None:
        """Write the rows of a query as a table; a temporary one never touches the engine file."""
        self.execute(f"CREATE OR REPLACE {'TEMP ' if temporary else ''}TABLE {quote(name)} AS {query}")

    def keep(self, query: ir.Table, name: str) -> ir.Table:
        """Return the rows of an Ibis query kept under a name until the connection closes; a read-only file stays as
        it is."""
        self.create_table(name, self.ibis.compile(query), temporary=True)
        return self.table(name)

    def create_view(self, name: str, query: str, *, lasting: bool = False) -> None:
        """Name a query for the time of this connection, or ``lasting`` in the file beside its tables."""
        self.execute(f"CREATE OR REPLACE {'' if lasting else 'TEMP '}VIEW {quote(name)} AS {query}")

    def create_empty(self, name: str, columns: Mapping[str, str], *, temporary: bool = False) -> None:
        """Make an empty table of these columns: name → type."""
        listed = ", ".join(f"{quote(column)} {kind}" for column, kind in columns.items())
        self.execute(f"CREATE OR REPLACE {'TEMP ' if temporary else ''}TABLE {quote(name)} ({listed})")

    def insert(self, target: str, rows: pyarrow.Table) -> None:
        """Append an Arrow table to ``target``: a table's name and, in brackets, its columns in order."""
        self.connection.register("arriving", rows)
        self.execute(f"INSERT INTO {target} SELECT * FROM arriving")
        self.connection.unregister("arriving")

    def create_macro(self, signature: str, body: str) -> None:
        """Name an expression, with its arguments, for the time of this connection."""
        self.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS ({body})")

    def copy_to(self, query: str, path: Path) -> None:
        """Write the rows of a query to a Parquet file."""
        self.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")

    def drop_table(self, name: str) -> None:
        """Drop a table."""
        self.execute(f"DROP TABLE IF EXISTS {quote(name)}")


def is_full(fault: Exception) -> bool:
    """Return whether the system says that a disk is full."""
    return getattr(fault, "errno", None) in FULL


@contextlib.contextmanager
def storage_faults(place: Path) -> Iterator[None]:
    """Turn a full disk, a missing right to write and a damaged file into RunFailed with a sentence."""
    try:
        yield
    except (duckdb.IOException, OSError) as fault:
        said = str(fault)
        full = is_full(fault) or "No space left" in said or "not enough space" in said
        denied = isinstance(fault, PermissionError) or "Permission denied" in said
        kind = "disk_full" if full else "not_writable" if denied else "storage"
        detail = said.splitlines()[0] if said else type(fault).__name__
        raise RunFailed(text(f"data.failed.{kind}", system_language(), place=place, detail=detail)) from fault
    except duckdb.OutOfMemoryException as fault:
        raise RunFailed(text("data.failed.memory", system_language(), place=place,
                             detail=str(fault).splitlines()[0])) from fault
