"""What a plan cannot say: gathered over all headings, numbered once, from whom it would come and for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from relops.brief import Brief, brief_value, is_empty
from relops.documents.brief_content import Item, label, open_field, owner
from relops.documents.model import LinkRun, OpenRun, Paragraph, Runs, TableBlock, fill, structure, words
from relops.documents.outline import HeadingSpec, LackItem
from relops.exhibits import MISSING_CODES, Run
from relops.locale import LANGUAGES, messages, text
from relops.store import Exhibits

PENDING = "pending"
CONTRACT_TABLES = frozenset(
    ["orders", "customers", "touches", "assignments", "feedback", "tickets", "referrals", "mentions"]
)


@dataclass(frozen=True)
class Lack:
    """One thing a heading lacks: code (or ``pending``: supplied, but not evaluated by this version), field,
    what it would give in each language; ``open`` marks a field of the brief."""

    code: str
    field: str
    gives: Mapping[str, str]
    open: bool = False


def exhibit_ids(spec: HeadingSpec, exhibits: Exhibits) -> list[str]:
    """Return the ids of the store that answer a heading, in the order of its outline, each once."""
    known = [*exhibits.findings, *exhibits.tables, *exhibits.figures, *exhibits.missing]
    found = [name for pattern in spec.exhibits for name in known if fnmatchcase(name, pattern)]
    return list(dict.fromkeys(found))


def lacks_of(spec: HeadingSpec, items: list[Item], exhibits: Exhibits, brief: Brief) -> list[Lack]:
    """Return what a heading lacks: first what its notebooks say, then its data fields, then the brief."""
    shown = exhibit_ids(spec, exhibits)
    lacks = [
        Lack(record["code"], record["field"], {lang: text(record["measure"], lang) for lang in LANGUAGES})
        for record in (exhibits.missing[name] for name in shown if name in exhibits.missing)
    ]
    for item in spec.lacks:
        if not _settled(item, shown, brief):
            code = PENDING if supplied(item.field, exhibits) else item.code
            lacks.append(Lack(code, item.field, item.gives))
    for item in items:
        if item.value is None:
            lacks.append(Lack("M5" if item.withheld else item.spec.code, item.path, spec.gives, open=True))
    return list({(lack.code, lack.field): lack for lack in lacks}.values())


def _settled(item: LackItem, shown: list[str], brief: Brief) -> bool:
    if item.until.startswith("brief:"):
        return not is_empty(brief_value(brief, item.until.removeprefix("brief:")))
    return any(fnmatchcase(name, item.until) for name in shown)


def supplied(place: str, exhibits: Exhibits) -> bool:
    """Return whether the data hold a field: a table with rows, and the column where one is named."""
    table, _, column = place.partition(".")
    rows = exhibits.evidence.get(f"data.{table}.rows_in")
    if table not in CONTRACT_TABLES or not rows or not rows["value"]:
        return False
    filled = exhibits.evidence.get(f"data.{table}.{column}.fill") if column else rows
    return bool(filled and filled["value"])


@dataclass
class Entry:
    """A line of the numbered list: what lacks, in which headings, and all it would give."""

    number: int
    code: str
    field: str
    headings: list[HeadingSpec] = field(default_factory=list)
    gives: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def bookmark(self) -> str:
        """The bookmark of the line in appendix K."""
        return f"missing_{self.number}"


class MissingList:
    """The numbered list of a document, built over all headings before any of them is printed."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}
        self.by_heading: dict[str, list[Lack]] = {}

    def add(self, spec: HeadingSpec, lacks: list[Lack]) -> None:
        """Take up what a heading lacks."""
        self.by_heading[spec.id] = lacks
        for lack in lacks:
            entry = self.entries.setdefault(
                (lack.code, lack.field), Entry(len(self.entries) + 1, lack.code, lack.field)
            )
            entry.headings.append(spec)
            if lack.gives not in entry.gives:
                entry.gives.append(lack.gives)

    def numbered(self, spec: HeadingSpec) -> list[Entry]:
        """Return the lines of the list that concern a heading."""
        return sorted(
            (self.entries[lack.code, lack.field] for lack in self.by_heading[spec.id]),
            key=lambda entry: entry.number,
        )

    def paragraphs(
        self, spec: HeadingSpec, shown_open: set[str], mode: str, language: str
    ) -> Iterator[Paragraph]:
        """Yield what a heading prints about its gaps: one line that leads to the list (``gather``), or every
        sentence in place (``inline``). Empty fields of the brief stay visible either way, each once."""
        lacks = self.by_heading[spec.id]
        if not lacks:
            return
        if mode == "inline":
            for lack in lacks:
                yield Paragraph("missing", _sentence(lack, spec, language))
            return
        marks = [
            open_field(lack.field, spec, language)
            for lack in lacks
            if lack.open and lack.field not in shown_open
        ]
        links = _joined(
            [LinkRun("structure", str(entry.number), None, entry.bookmark) for entry in self.numbered(spec)],
            language,
        )
        if marks:
            shown = _joined(marks, language)
            yield Paragraph("missing", fill("documents.missing.gathered", language, open=shown, items=links))
        else:
            yield Paragraph("missing", fill("documents.missing.pointer", language, items=links))

    def table(self, number_of: Mapping[str, str], language: str) -> TableBlock:
        """Return the numbered list as a table; ``number_of`` gives the printed number of each heading."""
        keys = ("number", "code", "heading", "field", "supplier", "unlocks")
        header = tuple((words(f"documents.column.{key}", language),) for key in keys)
        rows = tuple(
            (
                (structure(entry.number),),
                _code(entry.code, language),
                _joined(
                    [LinkRun("structure", number_of[spec.id], None, spec.id) for spec in entry.headings],
                    language,
                ),
                field_runs(entry.field, language),
                (Run("words", owner(entry.field, language)),),
                (
                    Run(
                        "words",
                        text("documents.label.semicolon", language).join(
                            give[language] for give in entry.gives
                        ),
                    ),
                ),
            )
            for entry in self.entries.values()
        )
        return TableBlock(
            "missing",
            header,
            rows,
            (False,) * len(keys),
            None,
            (0.06, 0.13, 0.13, 0.21, 0.15, 0.32),
            tuple(entry.bookmark for entry in self.entries.values()),
        )


def field_runs(place: str, language: str) -> Runs:
    """Return a field with its name: of a table of the data, or of the brief."""
    head = place.partition(".")[0]
    if f"documents.table.{head}" in messages("documents") and not place.startswith("diagnosis.interviews"):
        name, shown = text(f"documents.table.{head}", language), structure(place)
    else:
        name, shown = label(place, language), Run("brief", place, place)
    if place.startswith(name.lower()):
        return (shown,)  # the name would only repeat the field
    return Run("words", name), Run("words", " "), shown


def _code(code: str, language: str) -> Runs:
    name = words(f"documents.code.{code}", language)
    return (structure(code), Run("words", " "), name) if code in MISSING_CODES else (name,)


def _joined(runs: list[Run], language: str) -> Runs:
    comma = words("documents.label.comma", language)
    return tuple(run for i, entry in enumerate(runs) for run in ((comma, entry) if i else (entry,)))


def _sentence(lack: Lack, spec: HeadingSpec, language: str) -> Runs:
    runs = fill(
        f"documents.missing.{lack.code}",
        language,
        field=field_runs(lack.field, language),
        gives=Run("words", lack.gives[language]),
        owner=Run("words", owner(lack.field, language)),
    )
    if not lack.open:
        return runs
    mark: OpenRun = open_field(lack.field, spec, language)
    return mark, Run("words", " "), *runs
