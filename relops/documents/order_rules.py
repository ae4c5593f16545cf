"""How the client's orders became figures: the day, the amount and the customer of an order, and the statuses that do
not count, as the sources of the brief state them."""

from __future__ import annotations

from collections.abc import Iterator

from relops.brief import Brief
from relops.brief.sources import Source
from relops.data.expressions import columns_of
from relops.documents.model import Runs, fill, words
from relops.errors import BadInput
from relops.exhibits import Run
from relops.locale import text

SOURCES = "data.sources"
COLUMNS = {"time": "ordered_at", "amount": "amount"}
KINDS = ("not_counted", "refund", "recharge")
MOST = 3  # ways to read orders, and values of a status, that page one names


def order_rules(brief: Brief, language: str) -> Iterator[Runs]:
    """Yield a line for each way that sources of orders are read; the files are named where there are several."""
    ways: dict[tuple[object, ...], list[Source]] = {}
    for source in brief.data.sources:
        if source.table == "orders" and _states_orders(source):
            ways.setdefault(_way(source, brief), []).append(source)
    for sources in list(ways.values())[:MOST]:
        told = _line(sources[0], brief, language)
        if len(ways) > 1:
            files = [file for source in sources for file in source.file_names]
            told = (*fill("documents.read_first.orders_of", language, files=_named(files, language)), *told)
        yield told
    if len(ways) > MOST:
        yield (words("documents.read_first.orders_more", language),)


def _states_orders(source: Source) -> bool:
    """Whether a source bears orders or refunds of its own, not only the lines of another one's."""
    return not source.columns or source.columns.keys() >= set(COLUMNS.values())


def _way(source: Source, brief: Brief) -> tuple[object, ...]:
    return (source.refunds == "file", *(tuple(_headers(source, column)) for column in COLUMNS.values()),
            *_keys(source, brief),
            *(tuple(getattr(source.status, kind)) for kind in KINDS))


def _line(source: Source, brief: Brief, language: str) -> Runs:
    taken = {name: _named(_headers(source, column), language) for name, column in COLUMNS.items()}
    if source.refunds == "file":
        return (*fill("documents.read_first.refunds_read", language, **taken), words("documents.label.stop", language))
    line = fill("documents.read_first.orders_read", language, **taken)
    keys = _keys(source, brief)
    line += fill("documents.read_first.orders_who", language, keys=_named(keys, language)) if keys else (
        words("documents.read_first.orders_nobody", language),)
    for kind in KINDS:
        if values := getattr(source.status, kind):
            line += fill(f"documents.read_first.orders_{kind}", language, values=_named(values, language))
    return (*line, words("documents.label.stop", language))


def _headers(source: Source, column: str) -> list[str]:
    """Return the client's headers that a column is taken from: one, or those in its formula."""
    rule = source.columns.get(column, column)
    if isinstance(rule, str):
        return [rule]
    if not rule.sql:
        return [str(rule.value)]
    try:
        return columns_of(rule.sql) or [rule.sql]
    except BadInput:  # edited since the run, for documents that are written again: the next run will say so
        return [rule.sql]


def _keys(source: Source, brief: Brief) -> list[str]:
    """Return the headers by which customers are told, best first: those of the keys that this source has."""
    keys = brief.data.identity.get(source.table) or ["customer_id"]
    own = [key for key in keys if key in source.columns]
    return [" + ".join(_headers(source, key)) for key in own] if source.columns else keys


def _named(names: list[str], language: str) -> Run:
    """Return words of the client's files, the first few."""
    shown = text("documents.label.comma", language).join(names[:MOST])
    return Run("brief", shown + (" …" if len(names) > MOST else ""), SOURCES)
