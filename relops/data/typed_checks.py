"""Whether a source was read at all: columns of which no value can be read, ids that a spreadsheet has rounded."""

from __future__ import annotations

from collections.abc import Mapping as Columns

from relops.data.cells import ROUNDED
from relops.data.contract import ContractColumn
from relops.data.engine import Engine, literal, quote
from relops.data.headers import contact_headers
from relops.data.mapping import Mapping
from relops.data.order_lines import text_of
from relops.errors import BadInput, Problem

UNREAD = {"time": "unparsable_date", "date": "unparsable_date", "money": "unparsable_amount",
          "quantity": "unparsable_number", "number": "unparsable_number", "boolean": "unparsable_boolean"}
ID = ("_id", "refund_of")
FEWEST_ROUNDED = 5


def check_ids(engine: Engine, texts: str, typed: str, mapping: Mapping) -> None:
    """Raise BadInput for columns of ids and of persons that a spreadsheet has rounded: written as a power of ten, or,
    of more than fifteen digits, with nothing but zeros after them in nearly every cell.

    ``texts`` is the relation of texts of a source, ``typed`` its typed table. Where no column tells persons apart,
    the contacts that nobody mapped are looked at too: rounded, they look like none.
    """
    known = mapping.table.columns
    persons = [name for name in mapping.columns
               if name in mapping.identity or (name in known and known[name].type == "customer")]
    names = [name for name in mapping.columns if name.endswith(ID) or name in persons]
    cells = {mapping.origin[name]: text_of(name) for name in names}
    suspects = [f"contains({name}, '+') OR (strlen({name}) > 15 AND {name} >= '1' AND {name} < ':')"
                for name in map(quote, names)]
    # such a number is no phone: its typed value is empty
    suspects += [f"contains(_unread, {literal(f':{name}')}) OR contains(_fault, {literal(f':{name}')})"
                 for name in persons]
    if names and engine.value(f"SELECT bool_or({' OR '.join(suspects)}) FROM {typed}"):
        _check_rounded(engine, texts, "_file", "_line", cells, mapping)
    if not persons and mapping.table.customer_optional:
        staged = mapping.staged
        _check_rounded(engine, staged.table, "file", "line", {
            header: str(staged.cell(header)) for header in contact_headers(staged.headers)}, mapping)


def _check_rounded(engine: Engine, relation: str, file: str, line: str, cells: Columns[str, str], mapping: Mapping
                   ) -> None:
    """Raise BadInput for those ``cells``, header → column of a relation, that were rounded."""
    counts = []
    for text in cells.values():
        power = f"contains({text}, '+') AND regexp_full_match({text}, '{ROUNDED}')"
        long = f"strlen({text}) BETWEEN 16 AND 22 AND regexp_full_match({text}, '[1-9][0-9]+')"
        zeros = f"{long} AND regexp_full_match(substr({text}, 16), '0+')"
        counts.append(f"count(*) FILTER ({power}), count(*) FILTER ({zeros}), count(*) FILTER ({long}), "
                      f"min({text}) FILTER (({power}) OR ({zeros})), "
                      f"min(struct_pack(f := {file}, l := {line})) FILTER (({power}) OR ({zeros}))")
    row = engine.rows(f"SELECT {', '.join(counts)} FROM {relation}")[0] if cells else ()
    problems = []
    for place, header in enumerate(cells):
        power, zeros, long, example, first = row[5 * place: 5 * place + 5]
        rounded = power + (zeros if zeros >= FEWEST_ROUNDED and zeros > 0.9 * long else 0)
        if rounded:
            problems.append(Problem("data.door.rounded_ids", f"{mapping.staged.files[first['f']].name}:{first['l']}", {
                "column": header, "example": example, "rows": f"{rounded:,}"}))
    if problems:
        raise BadInput(problems)


def check_read(engine: Engine, values: str, typed: str, mapping: Mapping,
               columns: Columns[str, ContractColumn]) -> None:
    """Raise BadInput for every required column of which no value at all can be read.

    ``values`` is the relation of texts and values of a source, ``typed`` its typed table.
    """
    wanted = [name for name in mapping.required() if columns[name].type in UNREAD]
    if wanted:
        kept = engine.rows(f"SELECT {', '.join(f'count({quote(name)})' for name in wanted)} FROM {typed}")[0]
        wanted = [name for name, count in zip(wanted, kept, strict=True) if not count]
    if not wanted:
        return
    counts = ", ".join(f"count({text_of(name)}), count({quote(name)}), min({text_of(name)})" for name in wanted)
    row = engine.rows(f"SELECT {counts} FROM {values}")[0]
    problems = []
    for place, name in enumerate(wanted):
        filled, read, example = row[3 * place: 3 * place + 3]
        if filled and not read:
            code = "formulas" if example.startswith("=") else f"all_{UNREAD[columns[name].type]}"
            problems.append(Problem(f"data.door.{code}", mapping.place(name), {
                "column": mapping.origin[name], "example": example[:80], "rows": filled}))
    if problems:
        raise BadInput(problems)
