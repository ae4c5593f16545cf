"""The data contract as objects: tables, their columns, what each column may hold."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relops.locale import read_yaml

SQL_TYPES = {
    "customer": "VARCHAR", "text": "VARCHAR", "time": "TIMESTAMPTZ", "date": "DATE",
    "money": "DECIMAL(18, 4)", "quantity": "DECIMAL(18, 4)", "number": "DOUBLE", "boolean": "BOOLEAN",
}
# made by the door itself, so no attribute may bear these names
RESERVED = ("record", "ordered_on", "net_amount")


@dataclass(frozen=True)
class ContractColumn:
    """A column of a contract table.

    ``required`` says whether a row without it is refused; ``low`` and ``high`` bound it, ``allowed`` lists its
    only values (None: any), ``adds`` says that the lines of an order are summed.
    """

    name: str
    type: str
    required: bool | str = False
    allowed: tuple[str, ...] | None = None
    low: float | str | None = None
    high: float | str | None = None
    adds: bool = False
    example: str = ""

    @property
    def sql_type(self) -> str:
        """The column's type in the engine."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class ContractTable:
    """A table of the contract.

    ``time`` names the column that dates a row; ``start`` and ``end`` say whether rows before ``data_start`` and
    after ``data_end`` are left out; ``record`` names the column whose value names a record, if any.
    """

    name: str
    time: str
    columns: dict[str, ContractColumn]
    start: bool = False
    end: bool = False
    record: str | None = None

    def required(self, mapped: set[str] | frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return the columns a row must fill, given the columns that are ``mapped``.

        ``assigned_at`` is not required where outcomes are columns of the assignments, that is where attributes
        beyond the contract are mapped.
        """
        outcomes = bool(set(mapped) - set(self.columns))
        return tuple(name for name, column in self.columns.items()
                     if column.required is True or (column.required == "unless_outcomes" and not outcomes))

    @property
    def customer_optional(self) -> bool:
        """Whether rows may be anonymous."""
        return "customer_id" in self.columns and not self.columns["customer_id"].required


def _column(name: str, spec: dict[str, Any]) -> ContractColumn:
    allowed = spec.pop("allowed", None)
    return ContractColumn(name, allowed=tuple(allowed) if allowed else None, **spec)


@functools.cache
def contract() -> dict[str, ContractTable]:
    """Return the eight tables of the contract, name → table, in their order."""
    tables = read_yaml(Path(__file__).with_name("contract.yaml"))
    return {name: ContractTable(name, **(spec | {"columns": {
        column: _column(column, dict(entry)) for column, entry in spec["columns"].items()}}))
        for name, spec in tables.items()}
