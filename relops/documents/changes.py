"""What *Read this first* says of the last run, and of rulers that were moved: told from a comparison of two runs
(the plain data that ``relops compare`` makes)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from relops.documents.chapters import finding_runs
from relops.documents.model import Runs, fill, structure, words
from relops.exhibits import Run, name_of
from relops.locale import text
from relops.locale.format import format_difference, format_value
from relops.lock import ruler_name, ruler_text
from relops.store import Exhibits

MOST = 5
MONTHS = "data.months.table"
SIZES = "rfm.group."


def since_last_run(
    change: Mapping[str, Any], exhibits: Exhibits, main_ids: Iterable[str], language: str
) -> Iterator[Runs]:
    """Yield what moved since the last run: rulers, conclusions, numbers beyond their interval, those behind the
    main findings (``main_ids``), and totals of past months."""
    yield from _rulers(change["rulers"], language)
    yield from _conclusions(change["findings"], exhibits, language)
    main = set(main_ids)
    beyond = [entry for entry in change["numbers"] if entry["judgement"] == "beyond"]
    rest = [entry for entry in change["numbers"] if entry["id"] in main and entry not in beyond]
    for entry in [*beyond[:MOST], *rest[:MOST]]:
        yield from _moved(entry, exhibits, language)
    yield from _past_months(change["months"], exhibits, language)


def moved_rulers(relocked: Mapping[str, Any], exhibits: Exhibits, language: str) -> Iterator[Runs]:
    """Yield what the same data give under the old and under the new rulers: the sizes of the groups, then what
    else differs most."""
    if "fault" in relocked:
        fault = relocked["fault"].splitlines()
        yield fill("documents.read_first.no_old_rulers", language, fault=structure(" ".join(fault)))
        return
    for ruler in relocked["rulers"][:MOST]:
        yield fill("documents.read_first.ruler", language, name=structure(ruler_name(ruler["name"], language)),
                   **{which: structure(ruler_text(ruler[which])) for which in ("old", "new")})
    sizes = [entry for entry in relocked["numbers"] if entry["id"].startswith(SIZES) and entry["unit"] == "customers"]
    rest = [entry for entry in relocked["numbers"] if entry not in sizes]
    for entry in [*sizes, *rest[:MOST]]:
        yield from _moved(entry | {"judgement": None}, exhibits, language)


def _rulers(rulers: list[Mapping[str, Any]], language: str) -> Iterator[Runs]:
    if rulers:
        comma = text("documents.label.comma", language)
        names = comma.join(ruler_name(ruler["name"], language) for ruler in rulers[:MOST])
        more = " …" if len(rulers) > MOST else ""
        yield fill("documents.read_first.rulers_differ", language, count=structure(len(rulers)),
                   names=structure(names + more))


def _conclusions(findings: list[Mapping[str, Any]], exhibits: Exhibits, language: str) -> Iterator[Runs]:
    """Yield the statements whose verdict is another one than in the last run."""
    changed = [entry for entry in findings if entry["kind"] == "changed" and entry["id"] in exhibits.findings]
    for entry in changed[:MOST]:
        sentence = finding_runs(exhibits.findings[entry["id"]], exhibits, language)
        yield fill("documents.read_first.concluded", language, sentence=sentence)


def _moved(entry: Mapping[str, Any], exhibits: Exhibits, language: str) -> Iterator[Runs]:
    key, unit = entry["id"], entry["unit"]
    if key not in exhibits.evidence or entry["difference"] is None:
        return
    before, now = (Run("evidence", format_value(entry[which]["value"], unit, language), key)
                   for which in ("old", "new"))
    judged = "apart" if entry["method"] == "difference" and entry["judgement"] == "beyond" else entry["judgement"]
    yield fill("documents.read_first.moved", language, name=Run("evidence", name_of(key, language), key),
               before=before, now=now,
               difference=Run("evidence", format_difference(entry["difference"], unit, language), key),
               judgement=words(f"documents.read_first.judgement.{judged}", language) if judged else ())


def _past_months(months: list[Mapping[str, Any]], exhibits: Exhibits, language: str) -> Iterator[Runs]:
    if not months or MONTHS not in exhibits.tables:
        return
    columns = {column["key"]: column["unit"] for column in exhibits.tables[MONTHS]["columns"]}
    net = [entry for entry in months if entry["measure"] == "net"]
    count = structure(len(months))
    if not net:
        yield fill("documents.read_first.past_counts", language, count=count)
        return
    most = max(net, key=lambda entry: abs(entry["new"] - entry["old"]))
    before, now = (Run("evidence", format_value(most[which], columns["net"], language), MONTHS)
                   for which in ("old", "new"))
    yield fill("documents.read_first.past_months", language, count=count, month=structure(most["month"]),
               before=before, now=now)
