"""The pieces of WordprocessingML the plans are made of, built directly: python-docx is slow at tables."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Iterable

from docx.oxml.ns import nsmap
from docx.oxml.parser import oxml_parser
from docx.oxml.xmlchemy import BaseOxmlElement

NAMESPACE = {"w": nsmap["w"]}
W = f"{{{nsmap['w']}}}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
PAGE_WIDTH_TWIPS = 9071  # 16 cm, what A4 leaves between margins of 2.5 cm
CHARACTERS_A_LINE = 96  # of the table's text size
WIDEST = 30
BOLD = 1  # what a word of a header takes more, in characters
WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


def element(tag: str, **attributes: object) -> BaseOxmlElement:
    """Return an element ``w:tag`` with attributes of the same namespace."""
    made = copy.copy(_blank(tag))
    for name, value in attributes.items():
        made.set(f"{W}{name}", str(value))
    return made


@functools.cache
def _blank(tag: str) -> BaseOxmlElement:
    """Return an element to copy: making one anew takes five times as long, and a plan has tens of thousands."""
    return oxml_parser.makeelement(f"{W}{tag}", {}, NAMESPACE)


def text_run(text: str, style: str | None = None) -> BaseOxmlElement:
    """Return a run of text in a character style."""
    run = element("r")
    if style:
        properties = element("rPr")
        properties.append(element("rStyle", val=style))
        run.append(properties)
    if text == "\t":
        run.append(element("tab"))
        return run
    body = element("t")
    body.text = text
    body.set(SPACE, "preserve")
    run.append(body)
    return run


def field_runs(instruction: str, result: str = "", style: str | None = None) -> list[BaseOxmlElement]:
    """Return a complex field: instruction, and the result shown until Word updates it."""
    return [*field_open(instruction), text_run(result, style), field_close()]


def field_open(instruction: str) -> list[BaseOxmlElement]:
    """Return the runs that begin a field, up to where its result starts."""
    code = element("r")
    words = element("instrText")
    words.text = f" {instruction} "
    words.set(SPACE, "preserve")
    code.append(words)
    return [_character("begin"), code, _character("separate")]


def field_close() -> BaseOxmlElement:
    """Return the run that ends a field."""
    return _character("end")


def _character(kind: str) -> BaseOxmlElement:
    run = element("r")
    run.append(element("fldChar", fldCharType=kind))
    return run


def paragraph(style: str, runs: Iterable[BaseOxmlElement] = (), **properties: object) -> BaseOxmlElement:
    """Return a paragraph in a style; ``properties`` are further elements of ``w:pPr`` with their ``val``."""
    made = element("p")
    shape = element("pPr")
    shape.append(element("pStyle", val=style))
    for name, value in properties.items():
        shape.append(element(name) if value is True else element(name, val=value))
    made.append(shape)
    for run in runs:
        made.append(run)
    return made


def link(target: str, runs: Iterable[BaseOxmlElement]) -> BaseOxmlElement:
    """Return runs that lead to a bookmark of the document."""
    made = element("hyperlink", anchor=bookmark_name(target), history="1")
    for run in runs:
        made.append(run)
    return made


def bookmark_name(name: str) -> str:
    """Return a name Word accepts for a bookmark: letters, digits and underscores."""
    return re.sub(r"\W", "_", name)


def bookmarked(name: str, number: int, inside: Iterable[BaseOxmlElement]) -> list[BaseOxmlElement]:
    """Return elements enclosed by a bookmark."""
    start = element("bookmarkStart", id=number, name=bookmark_name(name))
    return [start, *inside, element("bookmarkEnd", id=number)]


def column_widths(rows: list[list[str]], shares: tuple[float, ...] | None) -> list[int]:
    """Return column widths in twips that fill the page: as declared, else by the longest cell of each column.

    No word is torn while there is room; headers may wrap, cells stay on one line where they can.
    """
    if shares is None:
        columns = list(zip(*rows, strict=True))
        least = [max(_longest_word(head) + BOLD, *map(_longest_word, cells), 0) for head, *cells in columns]
        wanted = [max(_longest_word(head), *map(_whole, cells), 0) for head, *cells in columns]
        spare = max(0, CHARACTERS_A_LINE - sum(least))
        asked = [max(0, min(want, WIDEST) - floor) for want, floor in zip(wanted, least, strict=True)]
        total = sum(asked) or 1
        shares = tuple(floor + spare * ask / total for floor, ask in zip(least, asked, strict=True))
    widths = [round(PAGE_WIDTH_TWIPS * share / sum(shares)) for share in shares]
    widths[-1] += PAGE_WIDTH_TWIPS - sum(widths)
    return widths


def _whole(text: str) -> int:
    """Return the length of a text in Latin characters (Chinese ones are two wide), with margins."""
    return len(text) + len(WIDE.findall(text)) + 3


def _longest_word(text: str) -> int:
    """Return the length of what should not be torn: a Latin word, three or four Chinese characters."""
    pieces = [_whole(piece) for word in text.split() for piece in WIDE.sub(" ", word).split()]
    return min(max([*pieces, min(_whole(text), 10)], default=0), WIDEST)


def table(widths: list[int], style: str, margin_twips: int | None = None) -> BaseOxmlElement:
    """Return an empty table of fixed column widths in a table style; ``margin_twips`` is what a cell leaves left and
    right, by default as the style has it."""
    made = element("tbl")
    properties = element("tblPr")
    properties.append(element("tblStyle", val=style))
    properties.append(element("tblW", w=sum(widths), type="dxa"))
    properties.append(element("tblLayout", type="fixed"))
    if margin_twips is not None:
        margins = element("tblCellMar")
        for side in ("left", "right"):
            margins.append(element(side, w=margin_twips, type="dxa"))
        properties.append(margins)
    properties.append(
        element(
            "tblLook",
            val="0420",
            firstRow="1",
            lastRow="0",
            firstColumn="0",
            lastColumn="0",
            noHBand="0",
            noVBand="1",
        )
    )
    made.append(properties)
    grid = element("tblGrid")
    for width in widths:
        grid.append(element("gridCol", w=width))
    made.append(grid)
    return made


def row(cells: list[BaseOxmlElement], header: bool = False) -> BaseOxmlElement:
    """Return a table row that no page break cuts; a header row is repeated on each page."""
    made = element("tr")
    properties = element("trPr")
    properties.append(element("cantSplit"))
    if header:
        properties.append(element("tblHeader"))
    made.append(properties)
    for cell in cells:
        made.append(cell)
    return made


def cell(width: int, content: BaseOxmlElement, fill: str | None = None) -> BaseOxmlElement:
    """Return a cell that holds one paragraph."""
    made = element("tc")
    properties = element("tcPr")
    properties.append(element("tcW", w=width, type="dxa"))
    if fill:
        properties.append(element("shd", val="clear", color="auto", fill=fill))
    properties.append(element("vAlign", val="center"))
    made.append(properties)
    made.append(content)
    return made
