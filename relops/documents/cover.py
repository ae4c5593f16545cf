"""The cover, and the note that tells a reader how to read the tags."""

from __future__ import annotations

from collections.abc import Iterator

from relops.documents.brief_values import choice
from relops.documents.model import Block, Heading, Paragraph, Runs, TableBlock, structure, tag, words
from relops.documents.outline import Outline
from relops.exhibits import TAGS, Run
from relops.locale.format import format_date, format_period
from relops.project import Project
from relops.store import Exhibits

ROLES = ("prepared", "checked", "approved", "accepted", "counsel")


def cover(
    outline: Outline, project: Project, exhibits: Exhibits, language: str, date: str
) -> Iterator[Block]:
    """Yield client, title, and a table of version, date, data and status."""
    brief = project.brief
    yield Paragraph("cover_line", (Run("brief", brief.client.name, "client.name"),))
    yield Paragraph("cover_title", (Run("words", outline.title[language]),))
    dated = next((exhibits.record(name) for name, raw in exhibits.evidence.items() if raw["period"]), None)
    lines: list[tuple[str, Run | None]] = [
        ("version", _brief(brief.meta.version, "meta.version")),
        ("date", structure(format_date(date, language)) if date else None),
        ("authors", _brief(", ".join(brief.meta.authors), "meta.authors")),
        (
            "confidentiality",
            _brief(
                brief.meta.confidentiality and choice(brief.meta.confidentiality, language),
                "meta.confidentiality",
            ),
        ),
        ("data", Run("evidence", format_period(*dated.period, language), dated.id) if dated else None),
        ("status", words("documents.cover.draft", language)),
    ]
    rows: tuple[tuple[Runs, ...], ...] = tuple(
        ((words(f"documents.cover.{key}", language),), (run,)) for key, run in lines if run
    )
    yield TableBlock("cover", (), rows, (False, False), None, (0.25, 0.75))
    yield Paragraph("lead", (words("documents.signoff.title", language),))
    yield sign_off(project, language)
    yield Paragraph("note", (words("documents.cover.draft_open", language),))


def sign_off(project: Project, language: str) -> TableBlock:
    """Return the table people sign in: those the brief names, else the usual roles, with room to write."""
    header = tuple((words(f"documents.signoff.{key}", language),) for key in ("role", "name", "date", "signature"))
    signers = project.brief.signoff
    rows: list[tuple[Runs, ...]] = [((words(f"documents.signoff.{role}", language),), (), (), ())
                                    for role in ROLES if not signers]
    for i, signer in enumerate(signers):
        named = _brief(signer.name, f"signoff[{i}].name")
        day = _brief(signer.date and format_date(signer.date, language), f"signoff[{i}].date")
        role = Run("brief", signer.role, f"signoff[{i}].role")
        rows.append(((role,), (named,) if named else (), (day,) if day else (), ()))
    return TableBlock("signoff", header, tuple(rows), (False,) * 4, None, (0.34, 0.22, 0.2, 0.24))


def _brief(value: object, path: str) -> Run | None:
    return Run("brief", str(value), path) if value not in (None, "") else None


def tag_note(language: str) -> Iterator[Block]:
    """Yield the reader's note on tags."""
    yield Heading(1, "tags", "", (words("documents.tags.title", language),))
    yield Paragraph("body", (words("documents.tags.intro", language),))
    header = tuple((words(f"documents.tags.{key}", language),) for key in ("head_tag", "head_meaning"))
    rows = tuple(
        ((tag(letter, language),), (words(f"documents.tags.{letter}", language),))
        for letter in TAGS
    )
    yield TableBlock("tags", header, rows, (False, False), None, (0.25, 0.75))
