"""The two outlines: which headings a plan has, in order, and what each of them waits for."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from relops.locale import read_yaml

FOLDER = Path(__file__).resolve().parent / "outlines"
DOCUMENTS = ("relationship", "word_of_mouth")
CHINESE_NUMERALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
# the first outline prints its fifth chapter twice; here the second one has an id of its own
TWICE_PRINTED = "R5b"


@dataclass(frozen=True)
class BriefItem:
    """A place in the brief that a heading prints: path, code where it is empty, rows and columns taken."""

    path: str
    code: str = "M4"
    where: Mapping[str, str] = field(default_factory=dict)
    columns: str | None = None


@dataclass(frozen=True)
class LackItem:
    """A field of the data that a heading needs until an exhibit matching ``until`` stands in it."""

    code: str
    field: str
    until: str
    gives: Mapping[str, str]


@dataclass(frozen=True)
class HeadingSpec:
    """One heading of an outline; ``level`` is 1 for chapters, 2 and 3 below; ``limits`` what its exhibits
    cannot show."""

    id: str
    level: int
    title: Mapping[str, str]
    gives: Mapping[str, str] = field(default_factory=dict)
    exhibits: tuple[str, ...] = ()
    brief: tuple[BriefItem, ...] = ()
    lacks: tuple[LackItem, ...] = ()
    limits: Mapping[str, str] | None = None

    @property
    def chapter(self) -> str:
        """The id of the chapter the heading belongs to."""
        return self.id.split(".", 1)[0]


@dataclass(frozen=True)
class Outline:
    """An outline: key, file stem, title and all headings in reading order, chapters included."""

    which: str
    file: str
    title: Mapping[str, str]
    headings: tuple[HeadingSpec, ...]

    @property
    def chapters(self) -> list[HeadingSpec]:
        """The chapters in order."""
        return [heading for heading in self.headings if heading.level == 1]

    @property
    def sections(self) -> list[HeadingSpec]:
        """The headings that carry content: all but the chapters."""
        return [heading for heading in self.headings if heading.level > 1]

    def chapter_number(self, chapter: str, numbering: str) -> int:
        """Return the number printed for a chapter id. ``numbering`` is ``as_outline`` (the fifth chapter of
        the first outline stands twice) or ``renumbered``."""
        order = [heading.id for heading in self.chapters]
        place = order.index(chapter) + 1
        if numbering == "as_outline" and TWICE_PRINTED in order and place > order.index(TWICE_PRINTED):
            return place - 1
        return place

    def number(self, heading: HeadingSpec, numbering: str, language: str) -> str:
        """Return the printed number of a heading: 一、 or 1 for a chapter, 1.2 and 1.2.3 below."""
        chapter = self.chapter_number(heading.chapter, numbering)
        if heading.level == 1:
            return f"{CHINESE_NUMERALS[chapter - 1]}、" if language == "zh" else str(chapter)
        return ".".join([str(chapter), *heading.id.split(".")[1:]])


@functools.cache
def load_outline(which: str) -> Outline:
    """Return an outline of the package: ``relationship`` or ``word_of_mouth``."""
    raw = read_yaml(FOLDER / f"{which}.yaml")
    headings: list[HeadingSpec] = []
    for chapter in raw["chapters"]:
        headings.append(HeadingSpec(chapter["id"], 1, chapter["title"]))
        headings += _sections(chapter["headings"], 2)
    return Outline(raw["document"], raw["file"], raw["title"], tuple(headings))


def _sections(raw: list[dict], level: int) -> Iterator[HeadingSpec]:
    for entry in raw:
        brief = tuple(
            BriefItem(**({"path": item} if isinstance(item, str) else item))
            for item in entry.get("brief", ())
        )
        lacks = tuple(
            LackItem(item["code"], item["field"], item["until"], item.get("gives", entry["gives"]))
            for item in entry.get("lacks", ())
        )
        yield HeadingSpec(
            entry["id"],
            level,
            entry["title"],
            entry["gives"],
            tuple(entry.get("exhibits", ())),
            brief,
            lacks,
            entry.get("limits"),
        )
        yield from _sections(entry.get("headings", []), level + 1)
