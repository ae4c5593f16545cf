"""The last look before a plan leaves: the written file is opened again and held against its model."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree

from relops.documents.model import Document, UntracedNumber
from relops.documents.word_xml import bookmark_name

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
READ_PARTS = re.compile(r"word/(document|comments|header\d*|footer\d*|footnotes|endnotes)\.xml")
DESCRIBED = ("descr", "title")


def numbers_in(text: str) -> set[str]:
    """Return every number that stands in a text, as printed."""
    return set(NUMBER.findall(text))


def declared_numbers(model: Document) -> set[str]:
    """Return every number that a model says may be printed: those of runs that name their source."""
    declared: set[str] = set()
    for run in model.runs():
        if run.kind != "words":
            declared |= numbers_in(run.text)
    return declared


def printed_text(path: Path) -> list[str]:
    """Return all text of a .docx that a reader can come across: paragraphs of the body, of tables, headers,
    footers and comments, and the descriptions of figures. Field codes are no text."""
    texts = []
    with zipfile.ZipFile(path) as archive:
        for name in sorted(name for name in archive.namelist() if READ_PARTS.fullmatch(name)):
            root = ElementTree.fromstring(archive.read(name))
            texts += ["".join(piece.text or "" for piece in p.iter(f"{W}t")) for p in root.iter(f"{W}p")]
            texts += [
                value
                for node in root.iter()
                if node.tag.endswith("}docPr")
                for key, value in node.attrib.items()
                if key in DESCRIBED
            ]
    return texts


def bookmarks_in(path: Path) -> set[str]:
    """Return the names of all bookmarks of a .docx."""
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    return {node.get(f"{W}name") for node in root.iter(f"{W}bookmarkStart")}


def check_file(path: Path, model: Document) -> None:
    """Raise UntracedNumber when the file prints a number its model does not declare, or lacks a heading."""
    printed = set().union(*(numbers_in(text) for text in printed_text(path)))
    # the list number of a caption is printed in two pieces, chapter and place
    allowed = declared_numbers(model)
    stray = sorted(printed - allowed)
    if stray:
        raise UntracedNumber(f"{path.name} prints numbers without a source: {', '.join(stray)}")
    marks = bookmarks_in(path)
    absent = [heading.id for heading in model.headings() if bookmark_name(heading.id) not in marks]
    if absent:
        raise UntracedNumber(f"{path.name} lacks the headings {', '.join(absent)}")


def check_languages(models: Sequence[Document]) -> None:
    """Raise UntracedNumber when two languages of a plan differ in headings, or in evidence or its order."""
    for model in models[1:]:
        first = models[0]
        for what, ours, theirs in (
            ("headings", _ids(first), _ids(model)),
            ("evidence", first.evidence_ids(), model.evidence_ids()),
        ):
            if ours != theirs:
                raise UntracedNumber(
                    f"{first.which}: {what} differ between {first.language} and {model.language}: "
                    f"{_first_difference(ours, theirs)}"
                )


def _ids(model: Document) -> list[str]:
    return [heading.id for heading in model.headings()]


def _first_difference(ours: Iterable[str], theirs: Iterable[str]) -> str:
    pairs = zip([*ours, "nothing"], [*theirs, "nothing"], strict=False)
    return next((f"{left} against {right}" for left, right in pairs if left != right), "")
