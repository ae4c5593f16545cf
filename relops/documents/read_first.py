"""*Read this first*: data and rulers, reconciliation, findings by worth, decisions, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from relops.data.control import TOLERANCE
from relops.documents import changes
from relops.documents.brief_content import BriefPrinter, owner
from relops.documents.chapters import finding_runs
from relops.documents.decisions import decisions
from relops.documents.missing import CONTRACT_TABLES, PENDING, MissingList, exhibit_ids, field_runs, lacks_of, supplied
from relops.documents.model import Block, Paragraph, Runs, fill, space, structure, words
from relops.documents.order_rules import order_rules
from relops.documents.outline import DOCUMENTS, load_outline
from relops.exhibits import Evidence, Run, format_evidence
from relops.locale import text
from relops.locale.format import format_period, format_value
from relops.project import Project
from relops.store import Exhibits

MOST = 5
ROW_CLASSES = ("used", "merged", "superseded", "excluded", "refused")
RULERS = {"f_star": "rfm.f_star", "r1": "rfm.r1_days", "r2": "rfm.r2_days"}


def read_first(language: str, project: Project, exhibits: Exhibits, record: Mapping[str, Any]) -> list[Block]:
    """Return the page that both plans and the site open with, without its title."""

    def part(key: str, lines: list[Runs], otherwise: str) -> Iterator[Block]:
        yield Paragraph("lead", (words(f"documents.read_first.{key}", language),))
        if not lines:
            yield Paragraph("body", (words(f"documents.read_first.{otherwise}", language),))
        for line in lines:
            yield Paragraph("item", line)

    blocks: list[Block] = []
    if record.get("only"):
        chosen = structure(text("documents.label.comma", language).join(record["only"]))
        blocks += part("partial", [fill("documents.read_first.partial_run", language, notebooks=chosen)], "no_data")
    blocks += [
        Paragraph("lead", (words("documents.read_first.data", language),)),
        Paragraph("body", data_line(project, exhibits, language)),
        *(Paragraph("body", line) for line in order_rules(project.brief, language)),
    ]
    blocks += part("reconciliation", list(reconciliation(exhibits, language)), "no_data")
    blocks += part("findings", list(main_findings(exhibits, language)), "no_findings")
    blocks += part("decisions", list(decisions(exhibits, project.brief, language)), "no_decisions")
    blocks += part("unknown", list(unknown(project, exhibits, language)), "nothing_missing")
    if record.get("relocked"):
        blocks += part("relocked", list(changes.moved_rulers(record["relocked"], exhibits, language)), "same_rulers")
    if record.get("change"):
        ids = [key for finding in ranked_findings(exhibits)[:MOST] for key in finding["numbers"].values()]
        lines = list(changes.since_last_run(record["change"], exhibits, ids, language))
        blocks += part("change", lines, "unchanged")
    return blocks


def data_line(project: Project, exhibits: Exhibits, language: str) -> Runs:
    """Return data and rulers in one line."""
    brief = project.brief
    dated = next((exhibits.record(name) for name, raw in exhibits.evidence.items() if raw["period"]), None)
    period = (
        Run("evidence", format_period(*dated.period, language), dated.id)
        if dated
        else words("documents.read_first.no_period", language)
    )
    line = fill(
        "documents.read_first.ruler_data",
        language,
        period=period,
        currency=Run("brief", brief.finance.currency, "finance.currency"),
        timezone=Run("brief", str(brief.period.timezone), "period.timezone"),
    )
    rulers = {name: exhibits.record(key) for name, key in RULERS.items() if key in exhibits.evidence}
    if len(rulers) < len(RULERS):
        return (*line, *space(language), words("documents.read_first.no_rulers", language))
    return (
        *line,
        *space(language),
        *fill(
            "documents.read_first.ruler_groups",
            language,
            **{name: _value(ruler, language) for name, ruler in rulers.items()},
        ),
    )


def _value(record: Evidence, language: str) -> Run:
    return Run("evidence", format_evidence(record, "", language), record.id)


def _count(record: Evidence, language: str) -> Run:
    return Run("evidence", format_value(record.value, "count", language), record.id)


def reconciliation(exhibits: Exhibits, language: str) -> Iterator[Runs]:
    """Yield where the rows of each table landed, as a sum that adds up; the tables whose rows were all used stand
    together in one line; then the client's own totals beside ours."""
    whole: list[Runs] = []
    for table in ("orders", *sorted(CONTRACT_TABLES - {"orders"})):
        keys = {name: f"data.{table}.rows_{name}" for name in ("in", "anonymous", *ROW_CLASSES)}
        counts = {name: exhibits.record(key) for name, key in keys.items() if key in exhibits.evidence}
        if not {"in", *ROW_CLASSES} <= counts.keys() or not counts["in"].value:
            continue
        called = {"table": words(f"documents.table.{table}", language), "rows_in": _count(counts["in"], language)}
        anonymous = counts.pop("anonymous", None)
        if counts["used"].value == counts["in"].value and not (anonymous and anonymous.value):
            whole.append(fill("documents.read_first.rows_whole", language, **called))
            continue
        line = fill("documents.read_first.rows", language, **called, classes=_classes(counts, language))
        if anonymous and anonymous.value:
            line += fill("documents.read_first.anonymous", language, anonymous=_count(anonymous, language))
        yield (*line, words("documents.label.stop", language))
    if whole:
        comma = words("documents.label.comma", language)
        tables = [run for i, runs in enumerate(whole) for run in ((comma, *runs) if i else runs)]
        yield fill("documents.read_first.all_used", language, tables=tuple(tables))
    yield from control(exhibits, language)


def _classes(counts: Mapping[str, Evidence], language: str) -> Runs:
    """Return the classes that hold rows, joined by plus signs."""
    held = [name for name in ROW_CLASSES if counts[name].value]
    return tuple(
        run
        for place, name in enumerate(held)
        for run in (
            *((words("documents.read_first.plus", language),) if place else ()),
            *fill(f"documents.read_first.class.{name}", language, rows=_count(counts[name], language)),
        )
    )


def control(exhibits: Exhibits, language: str) -> Iterator[Runs]:
    """Yield ours beside the client's own revenue, and whether the two are further apart than is tolerated."""
    names = {"months": "months", "ours": "ours", "theirs": "theirs", "difference": "difference",
             "share": "difference_share", "worst_month": "worst_month", "worst_share": "worst_share"}
    found = {name: exhibits.record(key) for name, part in names.items()
             if (key := f"data.control.{part}") in exhibits.evidence}
    if len(found) < len(names):
        return
    beyond = abs(found["share"].value) > TOLERANCE
    single = not beyond and abs(found["worst_share"].value) > TOLERANCE
    case = "beyond" if beyond else "single" if single else "within"
    yield fill(f"documents.read_first.control_{case}", language,
               **{name: _value(record, language) for name, record in found.items()})


def ranked_findings(exhibits: Exhibits) -> list[dict]:
    """Return the findings for page one: by worth, then the conclusions of sections in outline order."""
    wired = [
        name
        for which in DOCUMENTS
        for spec in load_outline(which).sections
        for name in [n for n in exhibit_ids(spec, exhibits) if n in exhibits.findings][:1]
    ]
    order = list(dict.fromkeys([*wired, *exhibits.findings]))

    def worth(name: str) -> float:
        evidence_id = exhibits.findings[name]["worth"]
        return abs(exhibits.record(evidence_id).value or 0) if evidence_id else 0.0

    plain = [name for name in order if not exhibits.findings[name]["code"]]
    return [
        exhibits.findings[name] for name in sorted(plain, key=lambda name: (-worth(name), plain.index(name)))
    ]


def main_findings(exhibits: Exhibits, language: str) -> Iterator[Runs]:
    """Yield up to five findings ordered by what they are worth."""
    for finding in ranked_findings(exhibits)[:MOST]:
        runs = finding_runs(finding, exhibits, language)
        if finding["worth"] and finding["worth"] not in finding["numbers"].values():
            worth = exhibits.record(finding["worth"])
            shown: list[Run] = [_value(worth, language)]
            if worth.low is not None:
                shown += [
                    words("documents.label.comma", language),
                    Run("evidence", format_evidence(worth, "interval", language), worth.id),
                ]
            runs += fill("documents.read_first.worth", language, worth=tuple(shown))
        yield runs


def unknown(project: Project, exhibits: Exhibits, language: str) -> Iterator[Runs]:
    """Yield what would open most headings of both plans: table or field, who supplies it, what it gives."""
    gaps, printer = MissingList(), BriefPrinter(project.brief, language)
    for which in DOCUMENTS:
        for spec in load_outline(which).sections:
            gaps.add(spec, lacks_of(spec, printer.read(spec), exhibits, project.brief))
    groups: dict[str, list] = {}
    for entry in gaps.entries.values():
        if entry.code == PENDING:
            continue  # the client has supplied it; it is our method that is still to come
        table = entry.field.partition(".")[0]
        whole = table in CONTRACT_TABLES and not supplied(table, exhibits)
        groups.setdefault(table if whole else entry.field, []).append(entry)
    weight = {
        key: len({spec.id for entry in entries for spec in entry.headings}) for key, entries in groups.items()
    }
    for key in sorted(groups, key=lambda key: -weight[key])[:MOST]:
        gives = list(dict.fromkeys(give[language] for entry in groups[key] for give in entry.gives))[:2]
        yield fill(
            "documents.read_first.supplies",
            language,
            field=field_runs(key, language),
            owner=Run("words", owner(key, language)),
            gives=Run("words", text("documents.label.semicolon", language).join(gives)),
        )
