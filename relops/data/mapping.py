"""Which cell, constant or expression feeds each column of a contract table, as the brief says."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from relops.brief.sources import Data, Question, Source
from relops.data.cells import cleaned
from relops.data.contract import RESERVED, ContractTable, contract
from relops.data.engine import Engine, literal, quote
from relops.data.expressions import compile_expression
from relops.data.file_columns import Absence, absence_problems, file_absences
from relops.data.sources import Staged
from relops.errors import BadInput, Problem

REFUND_COLUMN = "refund_amount"
ROW, ROW_NUMBER = "_row", "n"  # in an expression: the number of the row in its source; its column in the staging table


@dataclass(frozen=True)
class Answer:
    """A column of a wide survey: its cell, its header, what it asks."""

    cell: str
    header: str
    question: Question


@dataclass(frozen=True)
class Mapping:
    """The columns of one source: name → SQL that gives their text, over the cleaned cells of the staging table.

    ``origin`` says for each what the user calls it; ``key`` are the SQL texts of the declared key; ``answers`` the
    questions of a wide survey; ``identity`` the columns that tell persons apart, best first; ``detail`` whether
    the rows are lines of orders that another source holds; ``absences`` the columns that a file cannot fill.
    """

    staged: Staged
    table: ContractTable
    columns: dict[str, str]
    origin: dict[str, str]
    key: tuple[str, ...] = ()
    attributes: tuple[str, ...] = field(default=())
    answers: tuple[Answer, ...] = ()
    identity: tuple[str, ...] = ()
    detail: bool = False
    absences: tuple[Absence, ...] = ()

    def place(self, column: str) -> str:
        """Return the place of a column in the brief."""
        return f"{self.staged.place}.columns.{column}"

    def required(self) -> tuple[str, ...]:
        """Return the columns that a row must fill: those of its table, less what other rows or keys supply."""
        return _required(self.table, self.staged.source, self.columns, self.identity, self.detail)


def map_source(engine: Engine, staged: Staged, data: Data) -> Mapping:
    """Return how the columns of a source are fed; ``data`` is the whole block of the brief.

    A contract column that the brief leaves out is taken from a header of the same name. Raises BadInput, all
    problems of the source at once: absent or ambiguous headers, faulty expressions, required columns without a
    source, rules that lack the column they speak of.
    """
    table = contract()[staged.source.table]
    columns: dict[str, str] = {}
    origin: dict[str, str] = {}
    problems: list[Problem] = []
    cells = _TypedCells(engine, staged)
    for name, rule in staged.source.columns.items():
        place = f"{staged.place}.columns.{name}"
        try:
            if name in RESERVED or name.startswith("_"):
                raise BadInput(Problem("data.door.reserved", place, {"name": name, "reserved": ", ".join(RESERVED)}))
            columns[name], origin[name] = _feed(rule, place, staged, cells)
        except BadInput as fault:
            problems += fault.problems
    keys = data.identity.get(table.name, ())
    for name in dict.fromkeys((*table.columns, *keys)):
        if name not in staged.source.columns and staged.cell(name):
            try:
                columns[name], origin[name] = _feed(name, f"{staged.place}.columns.{name}", staged, cells)
            except BadInput as fault:
                problems += fault.problems
    identity = tuple(name for name in keys if name in columns)
    detail = _is_detail(staged.source, columns, data)
    if detail:
        columns.pop("amount", None)
    required = _required(table, staged.source, columns, identity, detail)
    lacking = [name for name in required if name not in staged.source.columns | columns and not staged.cell(name)]
    if lacking:
        problems.append(Problem("data.door.required", f"{staged.place}.columns", {
            "table": table.name, "columns": ", ".join(lacking), "headers": ", ".join(staged.headers)}))
    problems += _check_rules(staged, columns)
    answers = []
    for header, question in staged.source.unpivot.items():
        cell = staged.cell(header)
        if cell is None:
            problems.append(_absent(f"{staged.place}.unpivot", header, staged))
        answers.append(Answer(str(cell), header, question))
    key = []
    for name in staged.source.key:
        cell = staged.cell(name)
        if name not in columns and cell is None:
            problems.append(_absent(f"{staged.place}.key", name, staged))
        key.append(columns.get(name) or str(cell))
    fed = {name: sql for name, sql in zip(staged.source.key, key, strict=True) if sql != "None"} | columns
    absences = file_absences(engine, staged, fed)
    needed = {*required, *identity, *staged.source.key}
    problems += absence_problems(staged, table, fed, needed, absences)
    if problems:
        raise BadInput(problems)
    attributes = tuple(name for name in columns if name not in table.columns)
    return Mapping(staged, table, columns, origin, tuple(key), attributes, tuple(answers), identity, detail,
                   tuple(absences))


def _is_detail(source: Source, columns: dict[str, str], data: Data) -> bool:
    """Return whether a source holds no orders of its own but the lines of those of another source."""
    return (source.table == "orders" and source.grain == "line" and "order_id" in columns
            # lines without a day of their own are nobody's orders, whatever they cost
            and ("amount" not in columns or ("amount" not in source.columns and "ordered_at" not in columns))
            and any(other.table == "orders" and other is not source for other in data.sources))


def _required(table: ContractTable, source: Source, columns: dict[str, str], identity: tuple[str, ...],
              detail: bool) -> tuple[str, ...]:
    supplied = {"ordered_at", "amount"} if detail else {"kind"} if source.unpivot else set()
    if identity:
        supplied |= {"customer_id"}
    return tuple(name for name in table.required(columns.keys()) if name not in supplied)


def _feed(rule: object, place: str, staged: Staged, cells: _TypedCells) -> tuple[str, str]:
    """Return the SQL of a column's text and what the user calls it."""
    if isinstance(rule, str):
        cell = staged.cell(rule)
        if cell is None:
            raise BadInput(_absent(place, rule, staged))
        header = staged.headers[int(cell[1:])]
        if header in staged.twice:
            raise BadInput(Problem("data.door.twice", place, {"column": header}))
        return cell, header
    if rule.sql is None:
        return ("NULL" if rule.value is None else literal(str(rule.value))), str(rule.value)
    compiled = compile_expression(rule.sql, place, cells.typed, staged.headers)
    cells.check(compiled, rule.sql, place)
    return f"CAST(TRY({compiled}) AS VARCHAR)", rule.sql


def _absent(place: str, name: str, staged: Staged) -> Problem:
    return Problem("data.door.no_column", place, {"column": name, "headers": ", ".join(staged.headers)})


def _check_rules(staged: Staged, columns: dict[str, str]) -> list[Problem]:
    """Return what the status and refund rules of a source lack."""
    source, status = staged.source, staged.source.status
    ruled = bool(status.counted or status.not_counted or status.refund or status.recharge)
    needed = []
    if (ruled or source.refunds == "status") and "status" not in columns:
        needed.append(("status", "columns.status"))
    if source.refunds == "status" and not status.refund:
        needed.append(("refunds: status", "status.refund"))
    if source.refunds == "column" and not {REFUND_COLUMN, "is_refund"} & set(columns):
        needed.append(("refunds: column", f"columns.{REFUND_COLUMN}, columns.is_refund"))
    if source.grain == "line" and "order_id" not in columns:
        needed.append(("grain: line", "columns.order_id"))
    misplaced = source.unpivot and source.table != "feedback"
    problems = [Problem("data.door.unpivot", f"{staged.place}.unpivot", {})] if misplaced else []
    return problems + [Problem("data.door.rule_lacks", staged.place, {"rule": rule, "field": lacking})
                       for rule, lacking in needed]


class _TypedCells:
    """The columns of a file as an expression sees them: numbers where all of a column's cells are numbers.

    Leading zeros (``00123``) and ids of sixteen digits, which no number holds exactly, keep a column text.
    """

    def __init__(self, engine: Engine, staged: Staged):
        self._engine, self._staged = engine, staged
        self._types: dict[str, str] = {}

    def typed(self, header: str) -> str | None:
        """Return the SQL of a column's value, None if there is no such column."""
        cell = self._staged.cell(header)
        if cell is None:
            return ROW_NUMBER if header == ROW else None
        if cell not in self._types:
            filled, numbers, padded, whole = self._engine.rows(
                f"SELECT count(x), bool_and(is_number(x)), bool_or(regexp_matches(x, '^[+-]?0[0-9]|[0-9]{{16}}')), "
                f"bool_and(regexp_full_match(x, '[+-]?[0-9]{{1,18}}')) "
                f"FROM (SELECT {cell} AS x FROM {cleaned(self._staged.table, [cell])})")[0]
            is_number = filled and numbers and not padded
            self._types[cell] = "BIGINT" if is_number and whole else "DOUBLE" if is_number else "VARCHAR"
        kind = self._types[cell]
        return {"BIGINT": f"CAST({cell} AS BIGINT)", "DOUBLE": f"as_number({cell})", "VARCHAR": cell}[kind]

    def check(self, compiled: str, sql: str, place: str) -> None:
        """Raise BadInput when the engine cannot make sense of an expression."""
        try:
            self._engine.execute(f"SELECT {compiled} FROM {quote(self._staged.table)} LIMIT 0")
        except (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError) as fault:
            texts = [self._staged.headers[int(cell[1:])] for cell, kind in self._types.items() if kind == "VARCHAR"]
            raise BadInput(Problem("data.door.sql_invalid", place, {
                "sql": sql, "detail": str(fault).splitlines()[0], "texts": ", ".join(texts) or "–"})) from fault
