"""The books of the door, in the engine file: what landed where and why. ``relops.data.audit`` reads them back."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pyarrow as pa

from relops.data.engine import Engine, quote
from relops.data.grain import Placed
from relops.data.period import DataPeriod
from relops.data.persons import Identity
from relops.data.surveys import unread_questions

CLASSES = ("used", "merged", "superseded", "excluded", "refused")
FEWEST_CUSTOMERS = 50
TEXT, COUNT, DAY, MONEY = "VARCHAR", "BIGINT", "DATE", "DOUBLE"
BOOKS = {
    "door_counts": {"place": COUNT, "table": TEXT, "source": TEXT, "rows_in": COUNT,
                    **{f"rows_{name}": COUNT for name in CLASSES}, "rows_anonymous": COUNT},
    "door_refusals": {"table": TEXT, "source": TEXT, "reason": TEXT, "column": TEXT, "rows": COUNT, "file": TEXT,
                      "line": COUNT},
    "door_warnings": {"table": TEXT, "source": TEXT, "reason": TEXT, "column": TEXT, "rows": COUNT, "file": TEXT,
                      "line": COUNT},
    "door_excluded": {"table": TEXT, "reason": TEXT, "month": DAY, "rows": COUNT},
    "door_answers": {"place": COUNT, "table": TEXT, "source": TEXT, "question": TEXT, "answered": COUNT,
                     "skipped": COUNT, "blank": COUNT, "unread": COUNT},
    "door_control": {"month": DAY, "orders": MONEY, "sales": MONEY, "refunds": MONEY},
    "door_files": {"place": COUNT, "table": TEXT, "source": TEXT, "file": TEXT, "sha256": TEXT, "rows": COUNT,
                   "exported_at": DAY},
    "door_known": {"place": COUNT, "table": TEXT, "source": TEXT, "records": COUNT, "known": COUNT, "money": MONEY,
                   "known_money": MONEY},
    "door_spans": {"table": TEXT, "first_day": DAY, "last_day": DAY},
    "door_meta": {"key": TEXT, "value": TEXT},
}


class Books:
    """Empty books in an engine file, filled table by table."""

    def __init__(self, engine: Engine):
        self._engine = engine
        for name, columns in BOOKS.items():
            engine.create_empty(name, columns)
        self._meta: dict[str, str] = {}
        self._files = 0

    def write(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        """Append rows to a book."""
        kinds = {TEXT: pa.string(), COUNT: pa.int64(), DAY: pa.date32(), MONEY: pa.float64()}
        columns = [pa.array([row[place] for row in rows], kinds[kind])
                   for place, kind in enumerate(BOOKS[name].values())]
        self._engine.insert(name, pa.table(columns, names=list(BOOKS[name])))

    def enter(self, placed: Placed, first_place: int) -> None:
        """Write counts, reasons, warnings, months left out and files of one table."""
        table, engine = placed.table.name, self._engine
        labels = _labels(placed)
        sums = ", ".join(f"count(*) FILTER (_class = '{name}')" for name in CLASSES)
        counts = {row[0]: row[1:] for row in engine.rows(
            f"SELECT _source, count(*), {sums}, count(*) FILTER (_anonymous) FROM {placed.rows} GROUP BY _source")}
        self.write("door_counts", [(first_place + place, table, label, *counts[place])
                                   for place, label in enumerate(labels)])
        for book, query in (("door_refusals", _REFUSED), ("door_warnings", _UNREAD), ("door_warnings", _IDENTICAL)):
            self.write(book, [(table, labels[source], *rest) for source, *rest in _reasons(engine, placed, query)])
        self.write("door_warnings", [(table, label, "order_total", "amount", typed.basis.repeated,
                                      typed.mapping.staged.files[0].name, 1)
                                     for label, typed in zip(labels, placed.sources, strict=True)
                                     if typed.basis.repeated])
        self.write("door_warnings", [(table, label, "column_absent", name, file.rows, file.name, 1)
                                     for label, typed in zip(labels, placed.sources, strict=True)
                                     for name, file in typed.mapping.absences])
        unread = [unread_questions(typed.mapping) for typed in placed.sources]
        self.write("door_warnings", [
            (table, label, "not_asked", ", ".join(headers), typed.mapping.staged.rows,
             typed.mapping.staged.files[0].name, 1)
            for label, typed, headers in zip(labels, placed.sources, unread, strict=True) if headers])
        if table == "orders":
            self.write("door_warnings", [
                (table, labels[place], "customers_once", "customer_id", rows,
                 placed.sources[place].mapping.staged.files[0].name, 1)
                for place, rows in engine.rows(_ONCE.format(records=placed.records))])
        self.write("door_answers", [(number, table, labels[place], *rest)
                                     for number, (place, *rest) in enumerate(placed.answers)])
        self.write("door_warnings", [
            (table, label, one.reason, "", one.rows, one.file, one.line)
            for label, typed in zip(labels, placed.sources, strict=True) for one in typed.mapping.staged.left_out])
        self.write("door_excluded", [(table, *row) for row in engine.rows(_EXCLUDED.format(rows=placed.rows))])
        if "customer_id" in placed.columns:
            money = "amount" if "amount" in placed.columns else "NULL"
            self.write("door_known", [
                (first_place + place, table, labels[place], *rest) for place, *rest in engine.rows(
                    _KNOWN.format(records=placed.records, money=money))])
        files = [(table, label, file.name, file.sha256, file.rows, file.exported_at)
                 for label, typed in zip(labels, placed.sources, strict=True) for file in typed.mapping.staged.files]
        self.write("door_files", [(place, *file) for place, file in enumerate(files, self._files)])
        self._files += len(files)
        self._meta |= {f"sha256:{name}": sha256 for _, _, name, sha256, *_ in files}

    def span(self, table: str, time: str, period: DataPeriod) -> None:
        """Write first and last day of a table's records, if they are dated."""
        day = period.day_of(quote(time))
        first, last = self._engine.rows(f"SELECT min({day}), max({day}) FROM {quote(table)}")[0]
        if first is not None:
            self.write("door_spans", [(table, first, last)])

    def close(self, period: DataPeriod, currency: str, identity: Identity | None) -> None:
        """Write refunds, period, joined persons and the rest of what is said once."""
        start = period.start or self._first_day()
        if identity:
            self._meta |= {f"identity_{name}": str(count) for name, count in vars(identity).items()}
        self._meta |= {"timezone": period.timezone, "currency": currency, **self._refunds()}
        self._meta |= {key: day.isoformat() for key, day in (("data_start", start), ("data_end", period.end or
                                                              self._last_day())) if day}
        self.write("door_meta", sorted(self._meta.items()))

    def _first_day(self) -> datetime.date | None:
        return self._engine.value("SELECT min(first_day) FROM door_spans WHERE \"table\" = 'orders' OR NOT EXISTS "
                                  "(FROM door_spans WHERE \"table\" = 'orders')")

    def _last_day(self) -> datetime.date | None:
        return self._engine.value("SELECT max(last_day) FROM door_spans")

    def _refunds(self) -> dict[str, str]:
        records = total = matched = 0
        if self._engine.has("orders"):
            records, total = self._engine.rows(
                "SELECT count(*), coalesce(sum(-amount), 0) FROM orders WHERE is_refund")[0]
            matched = self._engine.value("SELECT coalesce(sum(amount - net_amount), 0) FROM purchases")
        return {"refund_records": str(records), "refunds_total": str(total), "refunds_matched": str(matched),
                "refunds_unmatched": str(total - matched)}


def refused_rows(engine: Engine, placed: Placed) -> list[tuple[int, str, str, int, str, int]]:
    """Return why rows of a table were refused: source, reason, column, rows, file and line of the first one."""
    return _reasons(engine, placed, _REFUSED)


def _reasons(engine: Engine, placed: Placed, query: str) -> list[tuple[int, str, str, int, str, int]]:
    return [(source, reason, column, rows, placed.sources[source].mapping.staged.files[file].name, line)
            for source, reason, column, rows, file, line in engine.rows(query.format(rows=placed.rows))]


def _labels(placed: Placed) -> list[str]:
    """Return the name of each source; a name that comes again is numbered."""
    labels = [typed.mapping.staged.label for typed in placed.sources]
    return [label if labels.index(label) == place else f"{label} ({place + 1})" for place, label in enumerate(labels)]


_REFUSED = """
    SELECT _source, split_part(_reason, ':', 1) AS reason, split_part(_reason, ':', 2) AS field, count(*),
        arg_min(_file, _row), arg_min(_line, _row)
    FROM {rows} WHERE _class = 'refused' GROUP BY ALL ORDER BY ALL"""
_UNREAD = """
    SELECT _source, split_part(told, ':', 1) AS reason, substr(told, strpos(told, ':') + 1) AS field, count(*),
        arg_min(_file, _row), arg_min(_line, _row)
    FROM (SELECT *, unnest(string_split(_unread, chr(31))) AS told FROM {rows}
        WHERE _unread IS NOT NULL AND _class <> 'refused')
    GROUP BY ALL ORDER BY ALL"""
_IDENTICAL = """
    SELECT _source, 'identical_rows' AS reason, '' AS field, CAST(sum(again - 1) AS BIGINT),
        arg_min(_file, _row), arg_min(_line, _row)
    FROM (SELECT _source, _digest, count(*) AS again, max(_row) AS _row, arg_max(_file, _row) AS _file,
            arg_max(_line, _row) AS _line
        FROM {rows} WHERE _keyless AND _class IN ('used', 'merged') GROUP BY ALL HAVING again > 1)
    GROUP BY _source ORDER BY _source"""
# of orders that are no refunds, and their money; of all records in other tables
_KNOWN = """
    SELECT _source, count(*), count(customer_id), CAST(sum({money}) AS DOUBLE),
        CAST(sum({money}) FILTER (customer_id IS NOT NULL) AS DOUBLE)
    FROM {records} WHERE _outside IS NULL AND NOT _refund GROUP BY _source ORDER BY _source"""
# no customer of a source comes twice, though there are many: its ids may be the orders' own
_ONCE = f"""
    SELECT _source, count(*) FROM {{records}} WHERE _outside IS NULL AND NOT _refund AND customer_id IS NOT NULL
    GROUP BY _source HAVING count(*) >= {FEWEST_CUSTOMERS} AND count(DISTINCT customer_id) = count(*)
    ORDER BY _source"""
_EXCLUDED = """
    SELECT split_part(_reason, ':', 1) AS reason, CAST(date_trunc('month', _day) AS DATE) AS month, count(*)
    FROM {rows} WHERE _class = 'excluded' GROUP BY ALL ORDER BY ALL"""

