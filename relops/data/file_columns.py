"""Columns that some files of a source lack: where money, persons or what a row counts for hang on them, nobody may
take the rows of such a file for rows without; of any other column the books say so."""

from __future__ import annotations

import re
from collections.abc import Mapping

from relops.data.contract import ContractTable
from relops.data.engine import Engine
from relops.data.readers.inputs import StagedFile
from relops.data.sources import Staged
from relops.errors import Problem

# empty, they change what others count: money comes in twice, is not taken back, or is of another currency
DECIDING = {"refund_amount", "is_refund", "refund_of", "status", "order_id", "currency"}
CELL, LITERAL = re.compile(r"\bc(\d+)\b"), re.compile("'(?:[^']|'')*'")
OTHERWISE = re.compile(r"\b(coalesce|ifnull|case)\b", re.IGNORECASE)  # says itself what stands for an empty cell
Absence = tuple[str, StagedFile]


def file_absences(engine: Engine, staged: Staged, columns: Mapping[str, str]) -> list[Absence]:
    """Return each column that a file of the source cannot fill, since it lacks the headers the column is taken from.

    ``columns`` maps a column to its SQL over the cells of the staging table. An expression with COALESCE or CASE
    answers for headers that lack, as long as one of its headers is there or it says what stands for none.
    """
    found = []
    for name, sql in columns.items():
        used = set(_cells(sql))
        for file in staged.files:
            known = {staged.headers.index(header) for header in file.headers}
            if file.rows and used - known and not _answered(engine, sql, used & known):
                found.append((name, file))
    return found


def _cells(sql: str) -> list[int]:
    return [int(place) for place in CELL.findall(LITERAL.sub("''", sql))]


def _answered(engine: Engine, sql: str, known: set[int]) -> bool:
    if not OTHERWISE.search(sql):
        return False
    return bool(known) or engine.value(f"SELECT {CELL.sub('NULL', sql)}") is not None


def absence_problems(staged: Staged, table: ContractTable, columns: Mapping[str, str], needed: set[str],
                     absences: list[Absence]) -> list[Problem]:
    """Return the problems of files that lack what must not be missed: columns ``needed``, of money, of persons, and
    those that decide what a row counts for."""
    problems = []
    for name, file in absences:
        if not is_deciding(table, name, needed):
            continue
        others = set.intersection(*(set(one.headers) for one in staged.files if one is not file)) \
            if len(staged.files) > 1 else set()
        own = [header for header in file.headers if header not in others]
        used = [staged.headers[place] for place in _cells(columns[name])]
        header = next(header for header in used if header not in file.headers)
        problems.append(Problem("data.door.file_lacks", file.name, {
            "column": header, "name": name, "headers": ", ".join(file.headers), "files": f"{staged.place}.files",
            "place": f"{staged.place}.columns.{name}", "own": own[0] if len(own) == 1 else "…"}))
    return problems


def is_deciding(table: ContractTable, name: str, needed: set[str]) -> bool:
    """Return whether a column must not be missed in one file of a source that has it in others."""
    column = table.columns.get(name)
    return name in needed | DECIDING or (column is not None and column.type in ("money", "customer"))
