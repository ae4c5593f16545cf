"""Where each row lands: refused, superseded, excluded, merged into a record, or used (it became one).

``place_rows`` makes, for one table of the contract, ``placed_<table>`` (all rows of all its sources: ``_row``,
``_source``, ``_file``, ``_line``, ``_class``, ``_reason`` ...) and ``records_<table>`` (one row a record, named by its
first row, with its day and whether it lies outside the period).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relops.data.arrival import arrived, family, natural_key
from relops.data.contract import ContractColumn, ContractTable
from relops.data.engine import Engine, quote
from relops.data.order_details import check_amounts, detailed, has_details, with_orders
from relops.data.order_lines import REFUNDED, by_lines
from relops.data.period import DataPeriod
from relops.data.persons import CUSTOMER
from relops.data.surveys import answer_records, survey_columns, with_answers, write_answers
from relops.data.typed import Typed


@dataclass(frozen=True)
class Placed:
    """The rows and records of one table; ``columns`` are those of all its sources, in the contract's order.

    ``answers`` are the counts of each question of a wide survey (:func:`relops.data.surveys.write_answers`).
    """

    table: ContractTable
    sources: tuple[Typed, ...]
    columns: dict[str, ContractColumn]
    answers: tuple[tuple[int, str, int, int, int, int], ...] = ()

    @property
    def rows(self) -> str:
        """The temporary table of all rows, each with its class."""
        return f"placed_{self.table.name}"

    @property
    def records(self) -> str:
        """The temporary table of records."""
        return f"records_{self.table.name}"


def place_rows(engine: Engine, table: ContractTable, sources: Sequence[Typed],
               ranks: dict[tuple[int, int], int], period: DataPeriod) -> Placed:
    """Give every row of a table its class, and write the records.

    ``ranks`` orders files from the oldest export to the newest: (place of the source, number of the file) → rank.
    Raises BadInput where the money of the same orders would come in twice.
    """
    columns: dict[str, ContractColumn] = {}
    for typed in sources:
        columns |= typed.columns
    for name in ("customer_id", "order_id"):
        if name in table.columns:
            columns.setdefault(name, table.columns[name])
    columns |= survey_columns(sources)
    columns = {name: columns[name] for name in [*table.columns, *columns] if name in columns}
    answers = write_answers(engine, sources) if survey_columns(sources) else ()
    placed = Placed(table, tuple(sources), columns, answers)
    check_amounts(engine, sources, period)
    engine.create_view(f"arrived_{table.name}", arrived(table, sources, columns, ranks))
    again = _has_unique(placed) and _keys_come_again(engine, table.name)
    engine.create_view(f"classed_{table.name}", _classed(placed, again))
    engine.create_view(f"owned_{table.name}", _with_records(placed))
    # where rows wait for others, they are worked out once; else to read them twice is quicker than to write them
    rows = f"owned_{table.name}"
    if again or has_details(sources) or _by_person(placed) or answers or _sources_with(placed, "amount"):
        rows = f"rows_{table.name}"
        engine.create_table(rows, f"FROM owned_{table.name}", temporary=True)
    records = detailed(_records(placed, rows), sources, columns) if has_details(sources) else _records(placed, rows)
    engine.create_table(placed.records, _dated(records, placed, period), temporary=True)
    engine.create_table(placed.rows, _placed(placed, rows, period), temporary=True)
    for name in (f"rows_{table.name}", *(typed.name for typed in sources)):
        engine.drop_table(name)
    return placed


def _keys_come_again(engine: Engine, table: str) -> bool:
    """Return whether any key stands in two rows: far quicker to see than to number the rows of every key.

    Two keys of one hash are taken for one here: then the rows are numbered, which is only slower.
    """
    other = "_supersedes IS NOT NULL AND _supersedes IS DISTINCT FROM _unique"  # mostly the two are one
    keys = [f"SELECT hash({name}, _family) AS key FROM arrived_{table} WHERE {some}"
            for name, some in (("_unique", "_unique IS NOT NULL"), ("_supersedes", other))]
    return any(engine.value(f"SELECT count(*) <> count(DISTINCT key) FROM ({query})") for query in keys)


def _classed(placed: Placed, again: bool) -> str:
    """Refuse, supersede, exclude by status; then find further rows of a key: the same again, or other values.

    ``again`` says whether there are any.
    """
    later = "_rank < max(_rank) FILTER (_fault IS NULL) OVER (PARTITION BY {})"
    newer = later.format("_source, _supersedes")
    time = placed.table.time
    if time in placed.columns and len({family(typed) for typed in placed.sources}) < len(placed.sources):
        # two shops may count from one: in another source it is the same record if it bears the same time
        newer = f"({newer} OR ({quote(time)} IS NOT NULL AND {later.format(f'_family, _supersedes, {quote(time)}')}))"
    newest = f"CASE WHEN _fault IS NULL AND _supersedes IS NOT NULL AND {newer} THEN true ELSE false END"
    if not again or not any(typed.mapping.key for typed in placed.sources):
        newest = "false"
    first = "first_value(_digest) OVER same" if again else "NULL"
    number = "row_number() OVER same" if again else "1"
    first_row = "first_value(_row) OVER same" if again else "_row"
    window = " WINDOW same AS (PARTITION BY _source, _alive, _unique ORDER BY _row)" if again else ""
    return f"""
        SELECT * EXCLUDE (_early, _alive, _number, _first, _first_row),
            CASE WHEN _early IS NOT NULL THEN _early
                WHEN _unique IS NULL OR _number = 1 THEN NULL
                WHEN _digest = _first THEN 'merged' ELSE 'refused' END AS _class,
            CASE WHEN _early = 'refused' THEN _fault
                WHEN _early = 'excluded' AND _status = 'recharge' THEN 'recharge:'
                WHEN _early = 'excluded' THEN 'status:'
                WHEN _early IS NULL AND _unique IS NOT NULL AND _number > 1 AND _digest <> _first
                    THEN 'other_values:' END AS _reason,
            CASE WHEN _unique IS NULL THEN _row ELSE _first_row END AS _first_row
        FROM (SELECT *, {number} AS _number, {first} AS _first, {first_row} AS _first_row
            FROM (SELECT *, _early IS NULL AS _alive
                FROM (SELECT *, CASE WHEN _fault IS NOT NULL THEN 'refused'
                        WHEN _newer THEN 'superseded'
                        WHEN _status IN ('not_counted', 'recharge') THEN 'excluded' END AS _early
                    FROM (SELECT *, {newest} AS _newer FROM arrived_{placed.table.name}))){window})"""


def _has_unique(placed: Placed) -> bool:
    return any(typed.mapping.key or natural_key(placed.table, typed) != "NULL" for typed in placed.sources)


def _by_lines(placed: Placed) -> bool:
    return any(by_lines(typed.mapping) and not typed.mapping.detail for typed in placed.sources)


def _by_person(placed: Placed) -> bool:
    """Return whether further rows of a person, from whichever source, complete its one record."""
    joined = any(typed.mapping.identity for typed in placed.sources)
    return placed.table.record == CUSTOMER and (joined or len(placed.sources) > 1)


def _with_records(placed: Placed) -> str:
    """Give every row that stays the first row of its record, ``_record``, or where lines make an order the number of
    that, ``_order``; refuse a line whose order's total is another one."""
    stays, rows = "(_class IS NULL OR _class = 'merged')", f"classed_{placed.table.name}"
    record = "_first_row"
    if _by_lines(placed):
        same_order = f"(PARTITION BY _source, _order, _refund, {stays}"
        if once := _sources_with(placed, "amount"):
            differs = f"_source IN ({once}) AND _order IS NOT NULL AND _class IS NULL AND amount <> _total"
            rows = (f"(SELECT * REPLACE (CASE WHEN {differs} THEN 'refused' ELSE _class END AS _class, "
                    f"CASE WHEN {differs} THEN 'other_values:amount' ELSE _reason END AS _reason) "
                    f"FROM (SELECT *, first_value(amount) OVER {same_order} ORDER BY _row) AS _total FROM {rows}))")
        record = "CASE WHEN _order IS NULL THEN _first_row END"
        if has_details(placed.sources):
            # a join with the first lines: a window would sort every row with all its columns
            rows = (f"(SELECT r.*, f._first_line FROM {rows} r LEFT JOIN (SELECT _source, _order, _refund, min(_row) "
                    f"AS _first_line FROM {rows} WHERE {stays} AND _order IS NOT NULL GROUP BY ALL) f ON {stays} "
                    "AND r._source = f._source AND r._order = f._order AND r._refund = f._refund)")
            record = "CASE WHEN _order IS NULL THEN _first_row ELSE _first_line END"
    if _by_person(placed):
        record = f"min(_row) OVER (PARTITION BY {CUSTOMER}, {stays})"
    rows = (f"SELECT * REPLACE (CASE WHEN {stays} AND NOT _detail THEN _order END AS _order), "
            f"CASE WHEN {stays} AND NOT _detail THEN {record} END AS _record FROM {rows}")
    rows = with_answers(rows, placed.sources) if placed.answers else rows
    return with_orders(rows) if has_details(placed.sources) else rows


def _sources_with(placed: Placed, name: str) -> str:
    """Return the places of sources in which a column is the whole order's, joined by commas."""
    return ", ".join(str(place) for place, typed in enumerate(placed.sources) if name in typed.basis.once)


def _numbered(placed: Placed) -> bool:
    """Return whether rows know the order they belong to by its number, not by its first line."""
    return _by_lines(placed) and not has_details(placed.sources)


def _records(placed: Placed, rows: str) -> str:
    """Make one row a record: the row itself, the lines of an order, summed where the contract says so, or the rows of
    a person, the first of which that fills a column has its say."""
    rows = f"{rows} WHERE _class IS NULL AND NOT _detail"
    if not _by_lines(placed) and not _by_person(placed):
        kept = "".join(f", {quote(name)}" for name in placed.columns)
        records = f"SELECT _row AS record, _source, _refund, _refunded{kept} FROM {rows}"
        return answer_records(records, list(placed.columns)) if placed.answers else records

    def added(name: str, value: str, kind: str) -> str:
        once = _sources_with(placed, name)
        whole = f"CASE WHEN min(_source) IN ({once}) THEN arg_min({value}, _row) ELSE sum({value}) END"
        return f"CAST({whole if once else f'sum({value})'} AS {kind})"

    def gathered(name: str, column: ContractColumn) -> str:
        if column.adds:
            return added(name, quote(name), column.sql_type)
        return f"min({quote(name)})" if name == placed.table.time else f"arg_min({quote(name)}, _row)"

    kept = "".join(f", {gathered(name, column)} AS {quote(name)}" for name, column in placed.columns.items())
    # lines of an order that are refunds by a rule make a record of their own
    owner = "_source, _refund, _order, _record"
    named, group = (f"min(_row) AS record, {owner}", owner) if _numbered(placed) else (
        "_record AS record, min(_source) AS _source, bool_or(_refund) AS _refund", "_record")
    return (f"SELECT {named}, {added(REFUNDED, REFUNDED, 'DECIMAL(18, 4)')} AS _refunded{kept} FROM {rows} "
            f"GROUP BY {group}")


def _dated(records: str, placed: Placed, period: DataPeriod) -> str:
    """Date every record by the client's calendar and say whether it lies outside the period."""
    time, outside = placed.table.time, []
    day = period.day_of(quote(time)) if time in placed.columns else "CAST(NULL AS DATE)"
    if placed.table.start and period.start:
        outside.append(f"WHEN _day < DATE '{period.start}' THEN 'before_start'")
    if placed.table.end and period.end:
        outside.append(f"WHEN _day > DATE '{period.end}' THEN 'after_end'")
    reason = f"CASE {' '.join(outside)} END" if outside else "CAST(NULL AS VARCHAR)"
    return f"SELECT *, {reason} AS _outside FROM (SELECT *, {day} AS _day FROM ({records}))"


def _placed(placed: Placed, rows: str, period: DataPeriod) -> str:
    """Join rows to their records: what lies outside the period is excluded, line by line."""
    time = placed.table.time
    own_day = period.day_of(f"p.{quote(time)}") if time in placed.columns else "NULL"
    exports = " ".join(f"WHEN p._source = {place} AND p._file = {file.number} THEN DATE '{file.exported_at}'"
                       for place, typed in enumerate(placed.sources) for file in typed.mapping.staged.files
                       if file.exported_at)
    # what a rule leaves out though it has no day of its own belongs to the day of its export
    own_day += f", CASE WHEN p._class = 'excluded' THEN CASE {exports} END END" if exports else ""
    customer = "r.customer_id IS NULL" if placed.table.customer_optional else "false"
    same = "p._record = r.record"
    if _numbered(placed):
        same = ("p._source = r._source AND p._refund = r._refund AND p._order IS NOT DISTINCT FROM r._order "
                "AND p._record IS NOT DISTINCT FROM r._record")
    return f"""
        SELECT p._row, p._source, p._file, p._line, p._unread, p._digest, p._unique IS NULL AS _keyless,
            coalesce(r._day, {own_day}) AS _day,
            CASE WHEN p._class <> 'merged' THEN p._class WHEN r._outside IS NOT NULL THEN 'excluded'
                WHEN p._row = r.record THEN 'used' ELSE 'merged' END AS _class,
            CASE WHEN p._class <> 'merged' THEN p._reason ELSE r._outside || ':' END AS _reason,
            {customer} AND r.record IS NOT NULL AND r._outside IS NULL AS _anonymous
        FROM {rows} p LEFT JOIN {placed.records} r ON {same}"""
