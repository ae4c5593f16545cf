"""Exports that are known by their headers: one YAML file a kind of export (``recognisers/README.md`` shows its form).

A recogniser gives the source of the brief that its files make, so whatever the brief can say of a source, a
recogniser can say too. Where a kind of export has variants, a column is a list of ways of which the first whose
headers are all there is taken.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlglot
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlglot import exp

from relops.data.contract import contract
from relops.data.headers import normal
from relops.errors import BadInput, Problem
from relops.locale import LANGUAGES

FOLDER = Path(__file__).with_name("recognisers")
KEYS = {"name", "headers", "settings", "time", "amount", "stated", "identity", "questions", "source"}
# what is one and the same for every source of a folder, and the column of orders it decides
BASES = {"time": "ordered_at", "amount": "amount"}


@dataclass(frozen=True)
class Recogniser:
    """One kind of export.

    ``needed``: headers that must be there, each a tuple of which one must; ``telling``: further ones of which
    ``least`` must; ``settings``: currency and time zone that go without saying; ``time`` and ``amount``: the ways
    the column they decide can be taken, the usual first; ``stated``: those of the two that need no question;
    ``identity``: columns that tell customers apart, best first; ``questions``: the pattern of headers of a survey that
    ask something; ``source``: as in the brief.
    """

    place: str
    name: dict[str, str]
    needed: tuple[tuple[str, ...], ...]
    telling: tuple[str, ...] = ()
    least: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    time: Mapping[str, Any] = field(default_factory=dict)
    amount: Mapping[str, Any] = field(default_factory=dict)
    stated: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    questions: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)

    def score(self, names: Sequence[str]) -> int:
        """Return how many of its headers a file bears; 0 where it is not of this kind."""
        there = {normal(name) for name in names}
        if not all(any(normal(one) in there for one in choice) for choice in self.needed):
            return 0
        if self.questions and not any(re.search(self.questions, name) for name in names):
            return 0  # a survey asks something
        telling = sum(normal(name) in there for name in self.telling)
        return len(self.needed) + telling if telling >= self.least else 0


@dataclass
class Recognised:
    """A file's source by its recogniser: ``bases`` holds, for time and amount, the ways this file allows."""

    recogniser: Recogniser
    source: dict[str, Any]
    bases: dict[str, dict[str, Any]]

    def choose(self, basis: str, way: str) -> None:
        """Take the column that a basis decides the given way; where this file has no such way, the first it has."""
        ways = self.bases.get(basis, {})
        if ways:
            self.source["columns"][BASES[basis]] = ways.get(way, next(iter(ways.values())))


def recognise(names: Sequence[str], recognisers: Sequence[Recogniser]) -> Recognised | None:
    """Return the source of a file with these headers by the recogniser that knows most of them; None if none does."""
    best = max(recognisers, key=lambda one: one.score(names), default=None)
    if best is None or not best.score(names):
        return None
    feeds = _Feeds(names)
    columns = {column: found for column, ways in best.source.get("columns", {}).items()
               if (found := feeds.first(ways)) is not None}
    bases = {basis: {way: found for way, ways in getattr(best, basis).items() if (found := feeds.first(ways))}
             for basis in BASES}
    bases = {basis: ways for basis, ways in bases.items() if ways}
    found = Recognised(best, {**best.source, "columns": columns}, bases)
    for basis, ways in found.bases.items():
        found.choose(basis, next(iter(ways)))
    return found


class _Feeds:
    """The ways a column may be fed that the headers of one file allow."""

    def __init__(self, names: Sequence[str]):
        self._named = {normal(name): name for name in reversed(names)}

    def first(self, ways: Any) -> Any:
        """Return the first way whose headers are all there, with the headers as this file writes them."""
        for way in ways if isinstance(ways, list) else [ways]:
            found = self._fed(way)
            if found is not None:
                return found
        return None

    def _fed(self, way: Any) -> Any:
        if isinstance(way, str):
            return self._named.get(normal(way))
        if "sql" not in way:
            return dict(way)
        tree = sqlglot.parse_one(way["sql"], dialect="duckdb")
        wanted = {column.name for column in tree.find_all(exp.Column)}
        if not all(normal(name) in self._named for name in wanted):
            return None
        if all(name in self._named.values() for name in wanted):
            return {"sql": way["sql"]}
        renamed = tree.transform(lambda node: exp.column(self._named[normal(node.name)], quoted=True)
                                 if isinstance(node, exp.Column) else node)
        return {"sql": renamed.sql(dialect="duckdb")}


@functools.cache
def known_recognisers() -> tuple[Recogniser, ...]:
    """Return the recognisers of the package, in order of their file names."""
    return read_recognisers(sorted(FOLDER.glob("*.yaml")))


def read_recognisers(paths: Sequence[Path]) -> tuple[Recogniser, ...]:
    """Return the recognisers in YAML files. Raises BadInput with every file that is none."""
    read, problems = [], []
    for path in paths:
        try:
            read.append(_recogniser(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8-sig")), path))
        except BadInput as fault:
            problems += fault.problems
        except (OSError, UnicodeDecodeError, YAMLError) as fault:
            problems.append(_bad(path, " ".join(str(fault).split())[:200]))
    if problems:
        raise BadInput(problems)
    return tuple(read)


def _recogniser(given: Any, path: Path) -> Recogniser:
    if not isinstance(given, dict) or not isinstance(given.get("headers"), dict):
        raise BadInput(_bad(path, "headers"))
    lacking = [key for key, there in (
        ("headers.all", given["headers"].get("all")), ("source.table", _table(given) in contract()),
        ("source.columns", isinstance(given.get("source"), dict) and given["source"].get("columns"))) if not there]
    lacking += [str(key) for key in given if key not in KEYS]
    lacking += _faulty_ways(given)
    lacking += [] if _is_pattern(given.get("questions", "")) else ["questions"]
    if lacking:
        raise BadInput([_bad(path, what) for what in lacking])
    name = given.get("name", path.stem)
    headers = given["headers"]
    return Recogniser(
        place=path.name, name=name if isinstance(name, dict) else dict.fromkeys(LANGUAGES, str(name)),
        needed=tuple((one,) if isinstance(one, str) else tuple(one) for one in headers["all"]),
        telling=tuple(headers.get("some", ())), least=headers.get("least", 0),
        **{key: given[key] for key in ("settings", "time", "amount", "questions", "source") if key in given},
        **{key: tuple(given[key]) for key in ("stated", "identity") if key in given})


def _table(given: Mapping[str, Any]) -> Any:
    source = given.get("source")
    return source.get("table") if isinstance(source, dict) else None


def _faulty_ways(given: Mapping[str, Any]) -> list[str]:
    """Return the places of ways that are neither a header nor an expression nor a constant."""
    source = given.get("source")
    blocks = {"source.columns": source.get("columns") if isinstance(source, dict) else None,
              "time": given.get("time"), "amount": given.get("amount")}
    faulty = []
    for place, block in blocks.items():
        for key, ways in (block.items() if isinstance(block, dict) else ()):
            for way in ways if isinstance(ways, list) else [ways]:
                if not (isinstance(way, str) or (isinstance(way, dict) and way.keys() in ({"sql"}, {"value"}))
                        ) or (isinstance(way, dict) and "sql" in way and not _is_sql(way["sql"])):
                    faulty.append(f"{place}.{key}")
    return faulty


def _is_pattern(text: Any) -> bool:
    try:
        return isinstance(text, str) and re.compile(text) is not None
    except re.error:
        return False


def _is_sql(text: Any) -> bool:
    try:
        return isinstance(text, str) and sqlglot.parse_one(text, dialect="duckdb") is not None
    except sqlglot.errors.SqlglotError:
        return False


def _bad(path: Path, what: str) -> Problem:
    return Problem("intake.recogniser", str(path), {"what": what})
