"""The last look before a plan leaves: the written file is opened again and held against its model."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from relops.documents.model import (
    Block,
    Document,
    FigureBlock,
    Heading,
    OpenRun,
    TableBlock,
    UntracedNumber,
    check_runs,
)
from relops.documents.word_xml import bookmark_name
from relops.exhibits import Run, plain

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
READ_PARTS = re.compile(r"word/(document|comments|header\d*|footer\d*|footnotes|endnotes)\.xml")
DESCRIBED = ("descr", "title")


def numbers_in(text: str) -> tuple[str, ...]:
    """Return the numbers that stand in a text, in order, as printed."""
    return tuple(NUMBER.findall(text))


def declared_stretches(model: Document) -> Iterator[Iterable[Run]]:
    """Yield the stretches of text that a model has printed: headings, paragraphs, captions, cells, figures,
    questions; headings and captions twice, as the lists at the front repeat them."""
    yield from (model.header, model.footer)
    for block in model.blocks:
        yield from _stretches(block)
        for run in block.runs():
            if isinstance(run, OpenRun):
                yield run.question


def _stretches(block: Block) -> Iterator[Iterable[Run]]:
    caption = getattr(block, "caption", None)
    if caption:
        yield from [list(caption.runs())] * 2
    if isinstance(block, TableBlock):
        for row in (block.header, *block.rows):
            yield from row
    elif isinstance(block, FigureBlock):
        yield block.alt
    else:
        yield from [list(block.runs())] * (2 if isinstance(block, Heading) else 1)


@dataclass(frozen=True)
class Printed:
    """What stands in a written file: its stretches of text and the names of its bookmarks."""

    stretches: list[str]
    bookmarks: set[str]


def read_back(path: Path) -> Printed:
    """Return all text of a .docx that a reader can come across: paragraphs of the body, of tables, headers,
    footers and comments, and the descriptions of figures; and its bookmarks. Field codes are no text."""
    printed = Printed([], set())
    with zipfile.ZipFile(path) as archive:
        for name in sorted(name for name in archive.namelist() if READ_PARTS.fullmatch(name)):
            root = ElementTree.fromstring(archive.read(name))
            for paragraph in root.iter(f"{W}p"):
                printed.stretches.append("".join(piece.text or "" for piece in paragraph.iter(f"{W}t")))
            for described in root.iter(DRAWING):
                printed.stretches.extend(described.get(key) for key in DESCRIBED if described.get(key))
            printed.bookmarks.update(mark.get(f"{W}name") for mark in root.iter(f"{W}bookmarkStart"))
    return printed


def check_file(path: Path, model: Document) -> None:
    """Raise UntracedNumber when the file prints numbers its model does not declare, or lacks a heading.

    The numbers of each printed stretch must be those of a declared one, and stand no more often.
    """
    check_runs(model.runs())
    file = read_back(path)
    declared = Counter(numbers_in(plain(list(stretch))) for stretch in declared_stretches(model))
    printed = Counter(numbers_in(stretch) for stretch in file.stretches)
    stray = [numbers for numbers, times in printed.items() if numbers and times > declared[numbers]]
    if stray:
        shown = "; ".join(" ".join(numbers) for numbers in stray)
        raise UntracedNumber(f"{path.name} prints numbers without a source: {shown}")
    absent = [heading.id for heading in model.headings() if bookmark_name(heading.id) not in file.bookmarks]
    if absent:
        raise UntracedNumber(f"{path.name} lacks the headings {', '.join(absent)}")


def check_languages(models: Sequence[Document]) -> None:
    """Raise UntracedNumber when two languages of a plan differ in headings, or in evidence or its order."""
    for model in models[1:]:
        first = models[0]
        for what, ours, theirs in (("headings", _ids(first), _ids(model)),
                                   ("evidence", first.evidence_ids(), model.evidence_ids())):
            if ours != theirs:
                raise UntracedNumber(f"{first.which}: {what} differ between {first.language} and "
                                     f"{model.language}: {_first_difference(ours, theirs)}")


def _ids(model: Document) -> list[str]:
    return [heading.id for heading in model.headings()]


def _first_difference(ours: Iterable[str], theirs: Iterable[str]) -> str:
    pairs = zip([*ours, "nothing"], [*theirs, "nothing"], strict=False)
    return next((f"{left} against {right}" for left, right in pairs if left != right), "")
