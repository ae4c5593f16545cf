"""The document model: what a plan consists of, whichever program prints it.

Every stretch of text is a :class:`relops.exhibits.Run` that says where it comes from. Words may hold no
digit; a number enters as evidence (an id of the store), from the brief (a path) or as structure (numbering,
and what the run record holds). A block refuses anything else when it is made.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from relops.exhibits import Run, plain
from relops.locale import template, text

DIGIT = re.compile(r"\d")
TRACED = ("evidence", "brief")
KINDS = ("words", "structure", *TRACED)


class UntracedNumber(ValueError):
    """A number without a source stood in the way of print."""


@dataclass(frozen=True)
class OpenRun(Run):
    """A field of the brief that nobody has filled in, or a judgement that someone must confirm.

    Word shows ``question`` as a comment addressed to ``owner``.
    """

    owner: str = ""
    question: tuple[Run, ...] = ()


@dataclass(frozen=True)
class LinkRun(Run):
    """A stretch that leads to the bookmark ``target`` of the same document."""

    target: str = ""


@dataclass(frozen=True)
class TagRun(Run):
    """The tag behind a number that says where it comes from, or a small mark in a cell."""


Runs = tuple[Run, ...]


def words(message_id: str, language: str) -> Run:
    """Return a message without placeholders as a run."""
    return Run("words", text(message_id, language))


def tag(letter: str, language: str) -> TagRun:
    """Return the tag of a provenance: D, B, A, X or N."""
    return TagRun("words", text(f"documents.tag.{letter}", language))


def gap(language: str) -> Run:
    """Return the gap between a caption and its tag, or a client and a title."""
    return Run("words", "\u3000" if language == "zh" else "  ")


def space(language: str) -> Runs:
    """Return what stands between two sentences: nothing in Chinese."""
    return () if language == "zh" else (Run("words", " "),)


def structure(value: object) -> Run:
    """Return numbering, or something the run record holds, as a run."""
    return Run("structure", str(value))


def fill(message_id: str, language: str, **parts: Run | Runs) -> Runs:
    """Return a message as runs, each placeholder replaced by the runs given for it. Raises KeyError."""
    runs: list[Run] = []
    for literal, name, _, _ in string.Formatter().parse(template(message_id, language)):
        if literal:
            runs.append(Run("words", literal))
        if name is not None:
            part = parts[name]
            runs += [part] if isinstance(part, Run) else part
    return tuple(runs)


def check_runs(runs: Iterable[Run]) -> None:
    """Raise UntracedNumber where a digit has no source, or a traced run names none."""
    for run in runs:
        if run.kind not in KINDS:
            raise UntracedNumber(f"{run.text!r} is of unknown kind {run.kind!r}")
        if run.kind == "words" and DIGIT.search(run.text):
            raise UntracedNumber(f"{run.text!r} holds a number that comes from nowhere")
        if run.kind in TRACED and not run.ref:
            raise UntracedNumber(f"{run.text!r} names no {run.kind}")
        if isinstance(run, OpenRun):
            check_runs(run.question)


class Block:
    """A part of a document, from top to bottom."""

    def __post_init__(self) -> None:
        check_runs(self.runs())

    def runs(self) -> Iterator[Run]:
        """Yield all runs of the block in reading order."""
        raise NotImplementedError


@dataclass(frozen=True)
class Heading(Block):
    """A heading: level 1 to 3, id of the outline (the bookmark), printed number (may be empty) and title."""

    level: int
    id: str
    number: str
    title: Runs

    def runs(self) -> Iterator[Run]:
        """Yield the number and the title."""
        if self.number:
            yield structure(self.number)
        yield from self.title


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph in one of the named styles.

    ``cover_title``, ``cover_line``, ``action`` (the conclusion of a section), ``body``, ``item`` (of a list),
    ``evidence`` (what a section rests on), ``limits``, ``missing``, ``note`` (below a table or figure).
    """

    style: str
    content: Runs

    def runs(self) -> Iterator[Run]:
        """Yield the content."""
        yield from self.content


@dataclass(frozen=True)
class Caption:
    """Label (table or figure), chapter and place in the chapter, title: Table 3-1 Customers by group."""

    kind: str
    label: Run
    chapter: str
    place: int
    title: Runs

    @property
    def number(self) -> str:
        """The printed number."""
        return f"{self.chapter}-{self.place}"

    def runs(self) -> Iterator[Run]:
        """Yield label, number and title."""
        yield self.label
        yield structure(self.number)
        yield Run("words", "  ")  # a title may begin with a number of its own
        yield from self.title


@dataclass(frozen=True)
class TableBlock(Block):
    """A table: id, caption (None: unnumbered), header, rows of cells, and which columns are set as numbers.

    ``widths`` are the columns' shares of the page; ``bookmarks`` name rows that links lead to.
    """

    id: str
    header: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    numeric: tuple[bool, ...]
    caption: Caption | None = None
    widths: tuple[float, ...] | None = None
    bookmarks: tuple[str, ...] = ()

    def runs(self) -> Iterator[Run]:
        """Yield caption, header and cells, row by row."""
        if self.caption:
            yield from self.caption.runs()
        for row in (self.header, *self.rows):
            for cell in row:
                yield from cell


@dataclass(frozen=True)
class FigureBlock(Block):
    """A figure: id, caption, the drawn files, and what a reader who cannot see it is told."""

    id: str
    caption: Caption
    png: Path
    svg: Path
    alt: Runs

    def runs(self) -> Iterator[Run]:
        """Yield caption and alternative text."""
        yield from self.caption.runs()
        yield from self.alt


@dataclass(frozen=True)
class Contents(Block):
    """The place of a generated list: of headings, tables or figures."""

    kind: str
    title: Run

    def runs(self) -> Iterator[Run]:
        """Yield the title; the entries repeat what stands elsewhere."""
        yield self.title


@dataclass(frozen=True)
class PageBreak(Block):
    """A new page."""

    def runs(self) -> Iterator[Run]:
        """Yield nothing."""
        yield from ()


@dataclass(frozen=True)
class Document:
    """A whole plan in one language. ``header`` and ``footer`` stand on every page but the cover."""

    which: str
    language: str
    title: Runs
    header: Runs
    footer: Runs
    date: str
    author: str
    blocks: tuple[Block, ...] = field(default=())

    def __post_init__(self) -> None:
        check_runs((*self.title, *self.header, *self.footer))

    def runs(self) -> Iterator[Run]:
        """Yield every run of the document, questions of open judgements included."""
        for run in (*self.title, *self.header, *self.footer):
            yield run
        for block in self.blocks:
            for run in block.runs():
                yield run
                if isinstance(run, OpenRun):
                    yield from run.question

    def evidence_ids(self) -> list[str]:
        """Return the evidence ids block by block; within a block by name: word order differs by language."""
        return evidence_ids(self.blocks)

    def headings(self) -> list[Heading]:
        """Return the headings in reading order."""
        return [block for block in self.blocks if isinstance(block, Heading)]

    def text(self) -> str:
        """Return the document as plain text, for search."""
        return "\n".join(plain(list(block.runs())) for block in self.blocks)


def evidence_ids(blocks: Iterable[Block]) -> list[str]:
    """Return the evidence ids of some blocks, block by block, each block's in the order of their names."""
    cited = ({run.ref for run in block.runs() if run.kind == "evidence"} for block in blocks)
    return [ref for refs in cited for ref in sorted(refs)]
