"""From texts to values: each row of a source typed, or refused with the column at fault.

The typed table of a source holds the columns mapped, in their types, and the door's own, which begin with an
underscore: ``_n`` (order of file and line), ``_file``, ``_line``, ``_fault`` (``reason:column``, null for a sound
row), ``_unread`` (``reason:column`` of optional values that could not be kept), ``_status`` (counted, not_counted,
refund, recharge), ``_refund`` (the row is a refund by a rule), ``_refunded`` (money taken back from this very order,
or null), ``_key`` (the declared key as one text) and ``_digest`` (hash of the row).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from relops.brief import Brief
from relops.data.cells import cleaned, soiled
from relops.data.contract import ContractColumn
from relops.data.date_order import day_first
from relops.data.engine import Engine, literal, literals, quote
from relops.data.keys import KEY_FAULTS, key_value
from relops.data.mapping import REFUND_COLUMN, Mapping
from relops.data.order_lines import (
    LINES_ADD,
    OrderBasis,
    by_lines,
    number_lines,
    printed_once,
    settle_basis,
    text_of,
    with_amounts,
)
from relops.data.statuses import check_statuses, status_class
from relops.data.stored_value import add_stored_value
from relops.data.typed_checks import UNREAD, check_ids, check_read

UNIT = "chr(31)"
# an order that does not count may lack what only orders that do can have: when it was paid, how much
LEFT_OUT_ANYWAY = "CASE WHEN NOT (_status = 'not_counted' AND starts_with(_fault, 'missing:')) THEN _fault END"


@dataclass(frozen=True)
class Typed:
    """A typed source: its temporary table, the columns it holds, and which of them are the whole order's."""

    name: str
    mapping: Mapping
    columns: dict[str, ContractColumn]
    basis: OrderBasis = LINES_ADD


def type_source(engine: Engine, mapping: Mapping, brief: Brief) -> Typed:
    """Write the typed table of a source.

    Raises BadInput when day and month of dates could change places, when none of the dates or amounts can be
    read, or when the status rule leaves a value out.
    """
    number = mapping.staged.table.rsplit("_", 1)[1]
    columns = {name: mapping.table.columns.get(name) or ContractColumn(name, "text") for name in mapping.columns}
    texts, values, judged = f"texts_{number}", f"values_{number}", f"judged_{number}"
    # each step is a view of the one before: texts cleaned, keyed and hashed; then typed; then judged; one pass writes
    # the last of them, unless what one row says must be filled into others first
    lines, printed = by_lines(mapping), []
    if lines:
        number_lines(engine, mapping)
        printed = printed_once(engine, mapping)
    engine.create_view(texts, _texts(engine, mapping, printed))
    try:
        basis = settle_basis(engine, texts, mapping) if lines else LINES_ADD
        if printed or basis.once:
            texts = with_amounts(engine, texts, filled=bool(basis.once))
        typed = Typed(f"typed_{number}", mapping, columns, basis)
        read = ", ".join(f"{_value(engine, texts, mapping, column, brief)} AS {quote(name)}"
                         for name, column in columns.items())
        engine.create_view(values, f"SELECT *, {read} FROM {texts}")
        kept = ", ".join(f"{_final(column, mapping, brief)} AS {quote(name)}" for name, column in columns.items())
        engine.create_view(judged, f"SELECT * REPLACE ({_fault(typed, brief)} AS _fault, {kept}), "
                           f"{status_class(mapping, text_of('status'))} AS _status FROM {values}")
        names = ", ".join(map(quote, columns))
        answers = "".join(f", {answer.cell}" for answer in mapping.answers)
        engine.create_table(
            typed.name, f"SELECT _n, _file, _line, {LEFT_OUT_ANYWAY} AS _fault, {_unread(typed)} AS _unread, _status, "
            f"{_refund(mapping)} AS _refund, {_refunded(mapping, brief)} AS _refunded, _key, _digest, {names}{answers} "
            f"FROM {judged}",
            temporary=True)
        check_read(engine, values, typed.name, mapping, columns)
        check_ids(engine, texts, typed.name, mapping)
    finally:
        engine.drop_table(f"filled_{number}")
    check_statuses(engine, typed.name, mapping)
    add_stored_value(engine, typed.name, mapping)
    return typed


def _texts(engine: Engine, mapping: Mapping, printed: list[str]) -> str:
    """Return the query of a source's texts; cells ``printed`` on the first line of an order stand for all its lines.

    Money that adds up over lines is read from the cells as they stand: a value filled down would count again.
    """
    staged = mapping.staged
    cells = [f"c{place}" for place in range(len(staged.headers))]
    everything = ", ".join(cells)
    adding = {name for name in mapping.columns if name == REFUND_COLUMN or (
        name in mapping.table.columns and mapping.table.columns[name].adds)}
    texts = {name: f"{sql} AS {text_of(name)}" for name, sql in mapping.columns.items()}
    own = [texts.pop(name) for name in list(texts) if name in adding]
    used = " ".join((*mapping.columns.values(), *mapping.key, *(answer.cell for answer in mapping.answers)))
    mapped = [cell for cell in cells if re.search(rf"\b{cell}\b", used)]
    # only those that are mapped need cleaning, where there is any to do; blanks around them make no other row
    rows = (f"SELECT *, hash({everything}) AS _digest{''.join(f', {sql}' for sql in own)} "
            f"FROM {cleaned(staged.table, soiled(engine, staged.table, mapped))}")
    if printed:
        firsts = f"firsts_{staged.table.rsplit('_', 1)[1]}"
        kept = ", ".join(f"coalesce(own.{cell}, first.{cell}) AS {cell}" for cell in printed)
        rows = (f"SELECT own.* REPLACE ({kept}) FROM (SELECT *, {mapping.columns['order_id']} AS _order FROM ({rows})) "
                f"own LEFT JOIN {firsts} first ON own.file = first.file AND own._order = first._order")
    listed = "".join(f", {sql}" for sql in texts.values()) + "".join(f", {text_of(name)}" for name in sorted(adding))
    answers = "".join(f", {answer.cell}" for answer in mapping.answers)
    return (f"SELECT n AS _n, file AS _file, line AS _line, fault AS _fault, {_key(mapping.key)} AS _key, "
            f"_digest{listed}{answers} FROM ({rows})")


def _key(parts: tuple[str, ...]) -> str:
    if not parts:
        return "CAST(NULL AS VARCHAR)"
    if len(parts) == 1:
        return parts[0]
    empty = " OR ".join(f"{part} IS NULL" for part in parts)
    return f"CASE WHEN {empty} THEN NULL ELSE concat_ws({UNIT}, {', '.join(parts)}) END"


def _value(engine: Engine, texts: str, mapping: Mapping, column: ContractColumn, brief: Brief) -> str:
    """Return the SQL that reads a column's text; null where it cannot be read."""
    text = text_of(column.name)
    if column.name in mapping.identity:
        return key_value(column.name, text)
    if column.type in ("time", "date"):
        time = _time(engine, texts, mapping, column, brief.period.timezone)
        zone = literal(brief.period.timezone)
        return time if column.type == "time" else f"CAST(timezone({zone}, {time}) AS DATE)"
    reader = {"money": "as_money({})", "quantity": "as_money({})", "number": "as_number({})",
              "boolean": "as_boolean({})", "customer": "id_key({})"}.get(column.type, "{}")
    return reader.format(text)


def _time(engine: Engine, texts: str, mapping: Mapping, column: ContractColumn, timezone: str) -> str:
    text, zone, form = text_of(column.name), literal(timezone), mapping.staged.source.date_format
    if form is None:
        order = day_first(engine, texts, text, mapping, column.name)
        return f"as_time({text}, {zone}, {'NULL' if order is None else str(order).lower()})"
    stated = f"try_strptime({text}, {literal(form)})"
    local = stated if "%z" in form else f"timezone({zone}, {stated})"
    return f"coalesce({local}, as_time({text}, {zone}, NULL))"


def _bounds(column: ContractColumn) -> list[tuple[str, str]]:
    """Return (reason, condition) for what lies outside the contract."""
    name, outside = quote(column.name), []
    for bound, sign in ((column.low, "<"), (column.high, ">")):
        if bound is not None:
            limit = f"{column.sql_type} {literal(bound)}" if isinstance(bound, str) else str(bound)
            outside.append(("out_of_range", f"{name} {sign} {limit}"))
    if column.allowed:
        outside.append(("not_allowed", f"lower({name}) NOT IN ({literals(column.allowed)})"))
    return outside


def _rates(mapping: Mapping, brief: Brief) -> dict[str, float]:
    """Return what one unit of each known currency is worth in the brief's own; a later rate wins."""
    known = {rate.currency: rate.rate for rate in brief.finance.fx} | {brief.finance.currency: 1.0}
    return known if "currency" in mapping.columns else {}


def _final(column: ContractColumn, mapping: Mapping, brief: Brief) -> str:
    """Return the SQL of a value as it is kept: in bounds, money in the brief's currency, refunds negative."""
    name = quote(column.name)
    value = f"lower({name})" if column.allowed else name
    if column.type == "money":
        value = _converted(value, mapping, brief)
    if column.name == "amount" and (flag := _refund_flag(mapping)):
        value = f"CASE WHEN {flag} THEN -abs({value}) ELSE {value} END"
    outside = " OR ".join(condition for _, condition in _bounds(column))
    return f"CAST({f'CASE WHEN NOT ({outside}) THEN {value} END' if outside else value} AS {column.sql_type})"


def _converted(value: str, mapping: Mapping, brief: Brief) -> str:
    """Return the SQL of money in the brief's currency."""
    rates = _rates(mapping, brief)
    if not rates.keys() - {brief.finance.currency}:
        return value
    cases = " ".join(f"WHEN {literal(code)} THEN {rate!r}" for code, rate in rates.items())
    return f"round({value} * CASE currency_code({text_of('currency')}) {cases} ELSE 1 END, 4)"


def _fault(typed: Typed, brief: Brief) -> str:
    """Return the SQL that names the first reason to refuse a row, as ``reason:column``."""
    mapping = typed.mapping
    cases = ["WHEN _fault IS NOT NULL THEN _fault || ':'"]
    for name in mapping.required():
        column, text = typed.columns[name], text_of(name)
        tests = [("missing", f"{text} IS NULL")]
        if column.type == "customer":
            tests += [(reason, f"key_fault({text}) = '{reason}'") for reason in KEY_FAULTS]
        if column.type in ("money", "quantity"):
            tests.append(("out_of_range", f"{quote(name)} IS NULL AND is_number({text})"))
        if column.type in UNREAD:
            tests.append((UNREAD[column.type], f"{quote(name)} IS NULL"))
        cases += [f"WHEN {test} THEN '{reason}:{name}'" for reason, test in tests + _bounds(column)]
    if rates := _rates(mapping, brief):
        known = literals(rates)
        cases.append(f"WHEN currency_code({text_of('currency')}) NOT IN ({known}) THEN 'other_currency:currency'")
    return f"CASE {' '.join(cases)} END"


def _unread(typed: Typed) -> str:
    """Return the SQL that lists, as ``reason:column``, optional columns whose value was there and could not be kept."""
    required = typed.mapping.required()

    def case(name: str, column: ContractColumn) -> str:
        plain = literal(f"unread:{name}")
        told = f"coalesce(key_fault({text_of(name)}) || {literal(f':{name}')}, {plain})"
        is_key = column.type == "customer" or name in typed.mapping.identity
        return f"CASE WHEN {text_of(name)} IS NOT NULL AND {quote(name)} IS NULL THEN {told if is_key else plain} END"

    cases = [case(name, column) for name, column in typed.columns.items() if name not in required]
    return f"NULLIF(concat_ws({UNIT}, {', '.join(cases)}), '')" if cases else "CAST(NULL AS VARCHAR)"


def _refund_flag(mapping: Mapping) -> str:
    """Return the SQL that says of a row that it is a refund whatever its sign; empty where nothing says so."""
    if mapping.table.name != "orders":
        return ""
    if mapping.staged.source.refunds == "file":
        return "true"
    return f"coalesce(as_boolean({text_of('is_refund')}), false)" if "is_refund" in mapping.columns else ""


def _refund(mapping: Mapping) -> str:
    if mapping.table.name != "orders":
        return "false"
    flag = _refund_flag(mapping) or "false"
    return f"({flag} OR (_status = 'refund' AND amount < 0))" if "amount" in mapping.columns else f"({flag})"


def _refunded(mapping: Mapping, brief: Brief) -> str:
    """Return the SQL of the money taken back from the very order of this row, null for none.

    A column of refunds says how much came back, also where a status says that it did; without one all of it did.
    """
    if mapping.table.name != "orders":
        return "NULL"
    column = f"NULLIF(abs(as_money({quote(REFUND_COLUMN)})), 0)" if REFUND_COLUMN in mapping.columns else "NULL"
    column = f"CAST({_converted(column, mapping, brief)} AS DECIMAL(18, 4))"
    whole = "amount" if "amount" in mapping.columns else "NULL"
    return (f"CASE WHEN {_refund(mapping)} THEN NULL WHEN _status = 'refund' THEN coalesce({column}, {whole}) "
            f"ELSE {column} END")
