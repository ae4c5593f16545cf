"""The documents' own markup made at home on a page: numbers open their card, both languages keep apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from relops.documents import html
from relops.documents.model import Block, Document, FigureBlock, Paragraph
from relops.exhibits import plain
from relops.store import Exhibits
from relops.suite.site_markup import anchor, link_class
from relops.suite.svg import inline_svg

# the outline, and the headings above it, that the contents beside a plan list
LISTED_LEVEL = 2
# what may stand in a client's text but in no markup
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
CONTENTS = "contents-list"


def document_markup(model: Document | Iterable[Block], language: str, exhibits: Exhibits) -> Markup:
    """Return a document, or some blocks, in one language as markup for a page that holds other languages too.

    Every id and link of the document carries the language. Numbers become links to their card;
    in a table that is a record itself, only those of other records do.
    """
    fragment = FORBIDDEN.sub("", html.render(model, figure=_drawings(language)))
    root = ElementTree.fromstring(f"<div>{fragment}</div>")
    _adapt(root, language, exhibits, None)
    inner = "".join(ElementTree.tostring(child, encoding="unicode", method="html") for child in root)
    return Markup(inner)


def parts_of(blocks: Iterable[Block]) -> list[list[Block]]:
    """Return blocks in parts, each of which begins with a lead."""
    parts: list[list[Block]] = []
    for block in blocks:
        if not parts or (isinstance(block, Paragraph) and block.style == "lead"):
            parts.append([])
        parts[-1].append(block)
    return parts


def headings(model: Document, language: str) -> list[dict[str, Any]]:
    """Return what the contents beside a plan list: id on the page, text, level."""
    return [{"id": f"{language}-{heading.id}", "number": heading.number, "text": plain(list(heading.title)),
             "level": heading.level} for heading in model.headings() if heading.level <= LISTED_LEVEL]


def _drawings(language: str) -> Callable[[FigureBlock], str]:
    numbers = count(1)

    def draw(block: FigureBlock) -> str:
        box = Markup('<div class="canvas" role="img" tabindex="0" aria-label="{}">{}</div>')
        return box.format(plain(list(block.alt)), inline_svg(block.svg, f"{language}{next(numbers)}-"))

    return draw


def _adapt(parent: ElementTree.Element, language: str, exhibits: Exhibits, table: str | None) -> None:
    """Bring all elements below ``parent`` into the form :func:`document_markup` promises."""
    for element in list(parent):
        if element.get("class") == CONTENTS:
            parent.remove(element)  # the page has its contents beside the text
            continue
        if "drawing" in (element.get("class") or ""):
            continue
        inside = element.get("data-id", table) if element.tag == "table" else table
        if element.tag == "div" and element.get("class") == "scroll":
            element.attrib |= {"class": "box", "tabindex": "0"}
        if element.get("id"):
            element.set("id", f"{language}-{element.get('id')}")
        if element.tag == "a" and element.get("href", "").startswith("#"):
            element.set("href", f"#{language}-{element.get('href')[1:]}")
        if element.get("class") == "evidence" and element.tag == "span":
            _link(element, language, exhibits, table)
        if element.get("class") == "brief":
            element.set("title", f"brief.yaml: {element.attrib.pop('data-path')}")
        _adapt(element, language, exhibits, inside)


def _link(element: ElementTree.Element, language: str, exhibits: Exhibits, table: str | None) -> None:
    name = element.attrib.pop("data-id")
    if name not in exhibits.evidence or name == table:
        return
    kind = link_class(exhibits.record(name), element.text or "", language)
    element.tag = "a"
    element.attrib = {"class": kind, "href": f"#{anchor('evidence', name)}", "aria-haspopup": "dialog"}


def cited(models: Mapping[str, Document]) -> set[str]:
    """Return the evidence ids that any language of a plan refers to."""
    return {evidence_id for model in models.values() for evidence_id in model.evidence_ids()}
