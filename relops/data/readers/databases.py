"""Tables of databases: DuckDB and SQLite files, PostgreSQL and MySQL by URL. Nothing is ever written to them.

The URL names user, host and database; the password comes from ``PGPASSWORD`` or ``MYSQL_PWD`` and is stored nowhere.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from relops.data.engine import Engine, literal, quote
from relops.data.readers.text_files import Row
from relops.errors import BadInput, Problem

SCHEMES = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
PORTS = {"postgresql": 5432, "mysql": 3306}
PASSWORDS = {"postgresql": "PGPASSWORD", "mysql": "MYSQL_PWD"}
TIMEOUT_SECONDS = 20
FETCHED = 10_000


def is_url(text: str) -> bool:
    """Return whether a text is the URL of a database."""
    return text.split("://", 1)[0].lower() in SCHEMES and "://" in text


def without_password(address: str) -> str:
    """Return an address as it may be shown: without a password, and without what follows a question mark."""
    return re.sub(r"://([^:/@]*):.*@", r"://\1@", address.split("?", 1)[0])


def choose_table(tables: Sequence[str], wanted: str | None, place: str) -> str:
    """Return the table to read: the one wanted, or the only one there is. Raises BadInput, listing the tables."""
    if wanted is None and len(tables) == 1:
        return tables[0]
    found = [name for name in tables if wanted in (name, name.rsplit(".", 1)[-1])]
    exact = [name for name in found if name == wanted]
    if wanted is not None and (exact or len(found) == 1):
        return (exact or found)[0]
    raise BadInput(Problem("data.door.table", place, {
        "table": wanted or "–", "tables": ", ".join(tables[:50]) or "–"}))


def read_sqlite(path: Path, shown: str, wanted: str | None) -> tuple[list[str], Iterator[Row]]:
    """Return the columns and the rows of a table of a SQLite file. Raises BadInput where it is none or damaged."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
        table = choose_table([name for name, _ in _sqlite_tables(connection)], wanted, shown)
        cursor = connection.execute(f"SELECT * FROM {quote(table)}")
        names = [column[0] for column in cursor.description]
    except sqlite3.Error as fault:
        raise BadInput(Problem("data.door.database", shown, {"fault": str(fault)})) from fault
    return names, _sqlite_rows(connection, cursor, shown)


def tables_of(path: Path) -> dict[str, bool]:
    """Return the tables and views of a database file, with whether each is a view; none where it is damaged or
    something else."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
        if head.startswith(b"SQLite format 3\0"):
            with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                return {name: kind == "view" for name, kind in _sqlite_tables(connection)}
        if head[8:12] == b"DUCK":
            with duckdb.connect(str(path), read_only=True) as connection:
                listed = ("SELECT table_name, table_type = 'VIEW' FROM information_schema.tables "
                          "WHERE table_schema = 'main' ORDER BY 1")
                return dict(connection.execute(listed).fetchall())
    except (OSError, sqlite3.Error, duckdb.Error):
        return {}  # what is wrong with it, the reader says
    return {}


def _sqlite_tables(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name").fetchall()


def _sqlite_rows(connection: sqlite3.Connection, cursor: sqlite3.Cursor, shown: str) -> Iterator[Row]:
    try:
        with contextlib.closing(connection):
            for number, row in enumerate(cursor, 1):
                yield number, [value_text(value) for value in row]
    except sqlite3.Error as fault:
        raise BadInput(Problem("data.door.database", shown, {"fault": str(fault)})) from fault


def value_text(value: Any) -> str:
    """Return a value of a database as text: whole numbers without a point, no value as nothing."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return value.isoformat(sep=" ") if isinstance(value, datetime.datetime) else str(value)


def attach_duckdb(engine: Engine, path: Path, shown: str, wanted: str | None, alias: str) -> tuple[list[str], str]:
    """Attach a DuckDB file for reading; return the columns of its table and the table's name in SQL."""
    try:
        engine.execute(f"ATTACH {literal(str(path))} AS {quote(alias)} (READ_ONLY)")
        listed = engine.rows("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? UNION ALL "
                             "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = ? AND NOT "
                             "internal ORDER BY ALL", [alias, alias])
        names = {name if schema == "main" else f"{schema}.{name}": (schema, name) for schema, name in listed}
        table = choose_table(list(names), wanted, shown)
        source = ".".join(quote(part) for part in (alias, *names[table]))
        return [row[0] for row in engine.rows(f"DESCRIBE SELECT * FROM {source}")], source
    except duckdb.Error as fault:
        raise BadInput(Problem("data.door.database", shown, {"fault": str(fault).splitlines()[0]})) from fault


def server_options(url: str) -> tuple[str, dict[str, Any]]:
    """Return the kind of a server and what its driver's ``connect`` takes; the password is the environment's."""
    parts = urlsplit(url)
    kind = SCHEMES[parts.scheme.lower()]
    options = {"user": unquote(parts.username or os.environ.get("USER", "")), "host": parts.hostname or "localhost",
               "port": parts.port or PORTS[kind], "database": unquote(parts.path.lstrip("/")),
               "password": os.environ.get(PASSWORDS[kind], "")}
    return kind, options


def read_database(url: str, wanted: str | None, draft: Path) -> tuple[list[str], Path | Iterator[Row]]:
    """Return the columns of a table of a server and its rows: as a CSV (PostgreSQL) or one by one (MySQL).

    Raises BadInput where the server cannot be reached, refuses the user, or has no such table.
    """
    try:
        kind, options = server_options(url)
    except ValueError as fault:  # a port that is no number, a bracket left open
        raise BadInput(Problem("data.door.server", without_password(url), {
            "fault": str(fault), "variable": " / ".join(PASSWORDS.values())})) from fault
    read = _read_postgresql if kind == "postgresql" else _read_mysql
    try:
        return read(url, wanted, draft, options)
    except BadInput:
        raise
    except Exception as fault:
        import pg8000.exceptions
        import pymysql

        if _lacks_password(fault, options["password"]):
            raise BadInput(Problem("data.door.server_password", url, {
                "user": options["user"], "variable": PASSWORDS[kind]})) from fault
        if not isinstance(fault, pg8000.exceptions.Error | pymysql.Error | OSError):
            raise
        values = {"fault": _said(fault, options["password"]), "variable": PASSWORDS[kind]}
        raise BadInput(Problem("data.door.server", url, values)) from fault


def _lacks_password(fault: Exception, password: str) -> bool:
    """Return whether a server asked for a password and there is none: the driver of PostgreSQL then stumbles."""
    if password:
        return False
    told = isinstance(fault, AttributeError) and "decode" in str(fault)
    return told or "password" in _said(fault, "").lower()


def _said(fault: Exception, password: str) -> str:
    said = fault.args[0] if fault.args else fault
    said = said.get("M", said) if isinstance(said, dict) else " ".join(str(part) for part in fault.args)
    return re.sub(re.escape(password), "…", str(said)) if password else str(said)


def _split(table: str) -> str:
    return ".".join(quote(part) for part in table.split("."))


def _read_postgresql(url: str, wanted: str | None, draft: Path, options: dict[str, Any]) -> tuple[list[str], Path]:
    import pg8000.dbapi

    options = options | {"password": options["password"] or None}
    with contextlib.closing(pg8000.dbapi.connect(**options, timeout=TIMEOUT_SECONDS)) as connection:
        cursor = connection.cursor()
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        cursor.execute("SET DateStyle = 'ISO'")
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SELECT CASE table_schema WHEN 'public' THEN table_name ELSE table_schema || '.' || table_name "
                       "END FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', "
                       "'information_schema') ORDER BY 1")
        table = choose_table([name for name, in cursor.fetchall()], wanted, url)
        cursor.execute(f"SELECT * FROM {_split(table)} LIMIT 0")
        names = [column[0] for column in cursor.description]
        with draft.open("wb") as target:
            # ordered by nothing: the order of rows is the server's own
            cursor.execute(f"COPY (SELECT * FROM {_split(table)}) TO STDOUT WITH (FORMAT csv, HEADER, ENCODING 'UTF8')",
                           stream=target)
    return names, draft


def _read_mysql(url: str, wanted: str | None, draft: Path, options: dict[str, Any]) -> tuple[list[str], Iterator[Row]]:
    import pymysql.converters
    import pymysql.cursors

    connection = pymysql.connect(**options, charset="utf8mb4", connect_timeout=TIMEOUT_SECONDS,
                                 conv=pymysql.converters.encoders,
                                 init_command="SET SESSION TRANSACTION READ ONLY")
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION time_zone = '+00:00'")
        cursor.execute("SHOW TABLES")
        tables = [value_text(row[0]) for row in cursor.fetchall()]
    table = choose_table(tables, wanted, url)
    cursor = connection.cursor(pymysql.cursors.SSCursor)
    cursor.execute(f"SELECT * FROM {'`' + table.replace('`', '``') + '`'}")
    return [column[0] for column in cursor.description], _mysql_rows(connection, cursor)


def _mysql_rows(connection: Any, cursor: Any) -> Iterator[Row]:
    with contextlib.closing(connection):
        number = 0
        while rows := cursor.fetchmany(FETCHED):
            for row in rows:
                number += 1
                yield number, [value_text(value) for value in row]
