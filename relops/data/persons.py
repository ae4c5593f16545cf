"""Who is one person: exact matches of keys, joined by a union-find over all sources.

A key is a (name, value), such as (phone, 13812345678). Keys that stand in one row are one person's, so persons are
the connected components of keys that share rows. What leaves the engine for it are pairs of numbers, each pair once
(Tarjan's strong components of an undirected graph, as SciPy has them: linear in keys and pairs).

A merge of many records may be a shop's own telephone: it waits, and its records stay apart, until it is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from relops.data.engine import Engine, literal, quote
from relops.data.typed import Typed

MOST_RECORDS = 5
CUSTOMER = "customer_id"
# persons named in other columns than customer_id
OTHER_PERSONS = ("referrer_id", "referee_id")


@dataclass(frozen=True)
class Identity:
    """What joining did: ``before`` and ``after`` are customers told apart by the best key of each row and by persons;
    ``merges`` are persons of more than one such customer, ``held`` those of too many, which wait for acceptance."""

    before: int
    after: int
    merges: int
    held: int


Merge = list[tuple[str, str, int]]


def join_persons(engine: Engine, sources: Sequence[Typed], identity: Mapping[str, Sequence[str]],
                 accepted: Set[tuple[str, str]]) -> tuple[list[Typed], Identity, list[Merge]]:
    """Give every row the person its keys name, as ``customer_id``; other keys do not go on.

    ``identity`` orders the keys of each table, ``accepted`` holds the (name, value) of records whose merge a person
    has agreed to. Returns the sources as they are now, what was joined, and of each merge that waits its records as
    name and value of the best key and number of rows. A person bears the first of its customer ids, else of its
    other keys.
    """
    names = list(dict.fromkeys([CUSTOMER, *(name for keys in identity.values() for name in keys)]))
    keyed = [(typed, keys) for typed in sources if (keys := _keys(typed))]
    _write_keys(engine, keyed, names)
    _write_persons(engine, keyed)
    held = _held(engine, accepted)
    engine.create_table("persons", _PERSONS.format(own=literal(CUSTOMER)), temporary=True)
    before, after, merges = engine.rows(_COUNTS)[0]
    for typed in sources:
        _rename(engine, typed)
    return [_without_keys(typed) for typed in sources], Identity(before, after, merges, len(held)), held


def _keys(typed: Typed) -> list[str]:
    named = [name for name in typed.mapping.identity if name in typed.columns]
    return named or [name for name in (CUSTOMER, *OTHER_PERSONS) if name in typed.columns]


def _apart(typed: Typed) -> bool:
    """Return whether the keys of a row name different persons."""
    return any(name in typed.columns for name in OTHER_PERSONS)


def _first(keys: Sequence[str]) -> str:
    """Return the SQL of the name of the best key that a row has."""
    return f"CASE {' '.join(f'WHEN {quote(key)} IS NOT NULL THEN {literal(_name(key))}' for key in keys)} END"


def _name(key: str) -> str:
    return CUSTOMER if key in OTHER_PERSONS else key


def _value(keys: Sequence[str]) -> str:
    return f"coalesce({', '.join(map(quote, keys))})"


def _write_keys(engine: Engine, keyed: Sequence[tuple[Typed, list[str]]], names: Sequence[str]) -> None:
    """Write ``keys`` (node, name, value, rows): numbered so that a person's lowest number is its best key; rows counts
    those that have it as their best."""
    parts = []
    for typed, keys in keyed:
        for place, key in enumerate(keys):
            best = " AND ".join(f"{quote(other)} IS NULL" for other in keys[:place]) if not _apart(typed) else ""
            parts.append(f"SELECT {literal(_name(key))} AS name, {quote(key)} AS value, "
                         f"count(*) FILTER ({best or 'true'}) AS times FROM {typed.name} "
                         f"WHERE _fault IS NULL AND {quote(key)} IS NOT NULL GROUP BY ALL")
    rank = " ".join(f"WHEN {literal(name)} THEN {place}" for place, name in enumerate(names))
    found = " UNION ALL ".join(parts) or "SELECT '' AS name, '' AS value, 0 AS times LIMIT 0"
    engine.create_table("keys", f"SELECT row_number() OVER (ORDER BY CASE name {rank} END, value) - 1 AS node, * FROM "
                        f"(SELECT name, value, CAST(sum(times) AS BIGINT) AS rows FROM ({found}) GROUP BY ALL)",
                        temporary=True)


def _write_persons(engine: Engine, keyed: Sequence[tuple[Typed, list[str]]]) -> None:
    """Write ``joined`` (node, person): of each key that shares a row with another the lowest key of its person."""
    parts = []
    for typed, keys in keyed:
        if _apart(typed):
            continue
        for place, key in enumerate(keys[1:], 1):
            better = keys[:place]
            parts.append(f"SELECT {_first(better)} AS name, {_value(better)} AS value, {literal(key)} AS other, "
                         f"{quote(key)} AS other_value FROM {typed.name} WHERE _fault IS NULL "
                         f"AND {_value(better)} IS NOT NULL AND {quote(key)} IS NOT NULL GROUP BY ALL")
    pairs = {"a": np.empty(0, np.int64), "b": np.empty(0, np.int64)}
    if parts:
        pairs = engine.execute(
            f"SELECT DISTINCT a.node AS a, b.node AS b FROM ({' UNION ALL '.join(parts)}) p "
            "JOIN keys a ON a.name = p.name AND a.value = p.value "
            "JOIN keys b ON b.name = p.other AND b.value = p.other_value").fetchnumpy()
    nodes, persons = components(np.asarray(pairs["a"]), np.asarray(pairs["b"]))
    engine.create_empty("joined", {"node": "BIGINT", "person": "BIGINT"}, temporary=True)
    engine.insert("joined", pa.table({"node": nodes, "person": persons}))


def components(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers that occur in the pairs (a, b), sorted, and of each the lowest number it is connected to."""
    from scipy.sparse import coo_array  # imported late: most projects need it not
    from scipy.sparse.csgraph import connected_components

    nodes, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    if not len(nodes):
        return nodes.astype(np.int64), nodes.astype(np.int64)
    graph = coo_array((np.ones(len(a), dtype=np.int8), (places[:len(a)], places[len(a):])), shape=(len(nodes),) * 2)
    number, labels = connected_components(graph, directed=False)
    lowest = np.full(number, len(nodes), dtype=np.int64)
    np.minimum.at(lowest, labels, np.arange(len(nodes)))
    return nodes, nodes[lowest[labels]]


def _held(engine: Engine, accepted: Set[tuple[str, str]]) -> list[Merge]:
    """Take merges of too many records apart again, and return them."""
    listed = sorted(accepted)
    engine.create_empty("agreed", {"name": "VARCHAR", "value": "VARCHAR"}, temporary=True)
    engine.insert("agreed", pa.table({"name": pa.array([name for name, _ in listed], pa.string()),
                                      "value": pa.array([value for _, value in listed], pa.string())}))
    engine.create_table("held", "SELECT person FROM joined JOIN keys USING (node) WHERE rows > 0 GROUP BY person "
                        f"HAVING count(*) > {MOST_RECORDS} AND count(*) FILTER ((name, value) NOT IN (FROM agreed)) > "
                        f"{MOST_RECORDS}", temporary=True)
    merges: dict[int, Merge] = {}
    for person, name, value, rows in engine.rows(
            "SELECT person, name, value, rows FROM joined JOIN held USING (person) JOIN keys USING (node) "
            "WHERE rows > 0 ORDER BY person, node"):
        merges.setdefault(person, []).append((name, value, rows))
    engine.execute("UPDATE joined SET person = node WHERE person IN (FROM held)")
    return list(merges.values())


_PERSONS = """
    SELECT k.name, k.value, k.rows, p.node AS person,
        CASE WHEN p.name = {own} THEN p.value ELSE p.name || ':' || p.value END AS id
    FROM keys k LEFT JOIN joined j ON k.node = j.node JOIN keys p ON p.node = coalesce(j.person, k.node)"""
_COUNTS = """
    SELECT count(*), count(DISTINCT person), count(*) FILTER (many) FROM (
        SELECT person, row_number() OVER (PARTITION BY person ORDER BY value) = 2 AS many
        FROM persons WHERE rows > 0)"""


def _rename(engine: Engine, typed: Typed) -> None:
    """Write a source's typed table anew with persons in the place of its keys."""
    keys = _keys(typed)
    if not keys:
        return
    if _apart(typed):
        joins = " ".join(f"LEFT JOIN persons p{place} ON p{place}.name = {literal(CUSTOMER)} AND p{place}.value = "
                         f"t.{quote(key)}" for place, key in enumerate(keys))
        changes = ", ".join(f"coalesce(p{place}.id, t.{quote(key)}) AS {quote(key)}" for place, key in enumerate(keys))
        query = f"SELECT t.* REPLACE ({changes}) FROM {typed.name} t {joins}"
    else:
        # refused rows name nobody; a row without a usable key is nobody's, or refused where it must be somebody's
        fault = "_fault"
        if CUSTOMER in typed.mapping.table.required():
            fault = f"CASE WHEN _fault IS NULL AND p.id IS NULL THEN 'missing:{CUSTOMER}' ELSE _fault END"
        dropped = ", ".join(quote(name) for name in sorted({*_key_columns(typed), CUSTOMER}) if name in typed.columns)
        exclude = f"EXCLUDE ({dropped})" if dropped else ""
        query = (f"SELECT t.* {exclude} REPLACE ({fault} AS _fault), p.id AS {CUSTOMER} FROM (SELECT *, "
                 f"{_first(keys)} AS _name, {_value(keys)} AS _best FROM {typed.name}) t "
                 "LEFT JOIN persons p ON p.name = _name AND p.value = _best")
        query = f"SELECT * EXCLUDE (_name, _best) FROM ({query})"
    engine.create_table(typed.name, query, temporary=True)


def _key_columns(typed: Typed) -> list[str]:
    """Return the keys that serve for nothing but to know persons: they do not go on into the tables."""
    return [name for name in typed.mapping.identity if name not in typed.mapping.table.columns]


def _without_keys(typed: Typed) -> Typed:
    if not typed.mapping.identity:
        return typed
    columns = {name: column for name, column in typed.columns.items() if name not in _key_columns(typed)}
    return replace(typed, columns=columns | {CUSTOMER: typed.mapping.table.columns[CUSTOMER]})
