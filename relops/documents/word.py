"""The document model as a Word file: styles, fields, captions, bookmarks, comments; no clock in its bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.run import Run as WordRun

from relops.archives import same_bytes
from relops.documents.model import (
    Block,
    Caption,
    Contents,
    Document,
    FigureBlock,
    Heading,
    LinkRun,
    OpenRun,
    PageBreak,
    Paragraph,
    Runs,
    TableBlock,
    TagRun,
    check_runs,
)
from relops.documents.word_styles import HEAD_FILL, TABLE_STYLE, blank_document, properties, style_id
from relops.documents.word_xml import (
    bookmarked,
    cell,
    column_widths,
    element,
    field_close,
    field_open,
    field_runs,
    link,
    paragraph,
    row,
    table,
    text_run,
)
from relops.exhibits import Run, plain
from relops.locale import text

STYLES = {
    "cover_title": "Cover Title",
    "cover_line": "Cover Line",
    "lead": "Lead",
    "action": "Action Title",
    "body": "Normal",
    "item": "List Bullet",
    "evidence": "Evidence Line",
    "limits": "Limits",
    "missing": "Missing",
    "note": "Note",
}
FIGURE_WIDTH = Cm(16)
NARROW_MARGIN_TWIPS = 40
NARROW_FROM = 8  # columns from which a table is set in the small style
KEPT_WHOLE = 14  # rows up to which a table is not broken over pages
COMMENT_AUTHOR = "relops"


def write(model: Document, path: Path) -> Path:
    """Write a document as .docx and return its path. Raises UntracedNumber on a number without a source."""
    check_runs(model.runs())
    draft = io.BytesIO()
    Writer(model).document.save(draft)
    path.write_bytes(same_bytes(draft))
    return path


class Writer:
    """Turns the blocks of one model into a package of python-docx."""

    def __init__(self, model: Document):
        self.model = model
        self.document = blank_document(model.language)
        self.body = self.document.element.body
        self.end = self.body.find(qn("w:sectPr"))
        self.bookmarks = 0
        self.pictures = 0
        self.commented: set[str] = set()
        properties(self.document, plain(list(model.title)), model.author, model.language, model.date)
        self._header_and_footer()
        for block in model.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        handlers = {
            Heading: self._heading,
            Paragraph: self._paragraph,
            TableBlock: self._table,
            FigureBlock: self._figure,
            Contents: self._contents,
            PageBreak: self._page_break,
        }
        handlers[type(block)](block)

    def _add(self, part: object) -> None:
        self.end.addprevious(part)

    # text -------------------------------------------------------------------------------------------------
    def _runs(self, runs: Iterable[Run]) -> Iterator[object]:
        for run in runs:
            if isinstance(run, LinkRun):
                yield link(run.target, [text_run(run.text)])
            elif isinstance(run, OpenRun):
                yield text_run(run.text, "Tag" if run.kind == "words" else "OpenField")
            else:
                yield text_run(run.text, "Tag" if isinstance(run, TagRun) else None)

    def _comment(self, holder: object, runs: Iterable[Run]) -> None:
        """Comment on the open judgements of a paragraph that now stands in the document, each field once."""
        for run, part in zip(
            runs, [r for r in holder if r.tag in (qn("w:r"), qn("w:hyperlink"))], strict=False
        ):
            if not isinstance(run, OpenRun) or not run.question or (run.ref and run.ref in self.commented):
                continue
            self.commented.add(run.ref or "")
            marked = WordRun(part, self.document)
            comment = self.document.add_comment(
                marked, plain(list(run.question)), COMMENT_AUTHOR, COMMENT_AUTHOR[:2]
            )
            comment._comment_elm.set(qn("w:date"), f"{self.model.date or '2000-01-01'}T00:00:00Z")

    def _heading(self, block: Heading) -> None:
        gap = "" if block.number.endswith("、") else " "
        number = [text_run(f"{block.number}{gap}")] if block.number else []
        self._add(
            paragraph(
                f"Heading{block.level}", self._bookmarked(block.id, [*number, *self._runs(block.title)])
            )
        )

    def _bookmarked(self, name: str, inside: Iterable[object]) -> list[object]:
        self.bookmarks += 1
        return bookmarked(name, self.bookmarks, inside)

    def _paragraph(self, block: Paragraph) -> None:
        made = paragraph(style_id(STYLES[block.style]), self._runs(block.content))
        self._add(made)
        self._comment(made, block.content)

    def _caption(self, caption: Caption, style: str) -> None:
        """Add a caption whose number is a field; the first of a chapter sets the count back."""
        back = r" \r 1" if caption.place == 1 else ""
        lead = text_run(
            f"{caption.label.text} {caption.chapter}-"
            if self.model.language == "en"
            else f"{caption.label.text}{caption.chapter}-"
        )
        number = field_runs(rf"SEQ {caption.kind} \* ARABIC{back}", str(caption.place))
        self._add(paragraph(style, [lead, *number, text_run("  "), *self._runs(caption.title)]))

    # tables and figures -----------------------------------------------------------------------------------
    def _table(self, block: TableBlock) -> None:
        if block.caption:
            self._caption(block.caption, "TableCaption")
        lines = [line for line in (block.header, *block.rows) if line]
        widths = column_widths([[plain(list(entry)) for entry in line] for line in lines], block.widths)
        small = " Small" if len(widths) >= NARROW_FROM or block.id == "ledger" else ""
        made = table(widths, TABLE_STYLE, NARROW_MARGIN_TWIPS if small else None)
        for i, line in enumerate(lines):
            head = i == 0 and bool(block.header)
            style = style_id(f"Table {'Head' if head else 'Text'}{small}")
            mark = block.bookmarks[i - bool(block.header)] if block.bookmarks and not head else None
            # a short table stays whole: each row holds on to the next
            kept = {"keepNext": True} if i < len(lines) - 1 and len(lines) <= KEPT_WHOLE else {}
            cells = []
            for place, (entry, right) in enumerate(zip(line, block.numeric, strict=True)):
                runs = list(self._runs(entry))
                runs = self._bookmarked(mark, runs) if mark and place == 0 else runs
                content = paragraph(style, runs, **kept, **({"jc": "right"} if right else {}))
                cells.append(cell(widths[place], content, HEAD_FILL if head else None))
            made.append(row(cells, header=head))
        self._add(made)
        for line, entries in zip(made.findall(qn("w:tr")), lines, strict=True):
            self._comment_cells(line, entries)
        self._add(paragraph("AfterTable"))

    def _comment_cells(self, line: object, entries: tuple[Runs, ...]) -> None:
        for place, entry in zip(line.findall(qn("w:tc")), entries, strict=True):
            if any(isinstance(run, OpenRun) for run in entry):
                self._comment(place.find(qn("w:p")), entry)

    def _figure(self, block: FigureBlock) -> None:
        self.pictures += 1
        inline = self.document.part.new_pic_inline(str(block.png), FIGURE_WIDTH)
        alt = plain(list(block.alt))
        for described in (inline.docPr, inline.graphic.graphicData.pic.nvPicPr.cNvPr):
            described.set("descr", alt)
            described.set("name", block.id)
        inline.docPr.set("id", str(self.pictures))
        holder, drawing = element("r"), element("drawing")
        drawing.append(inline)
        holder.append(drawing)
        self._add(paragraph("FigurePlace", [holder]))
        self._caption(block.caption, "FigureCaption")

    def _page_break(self, block: PageBreak) -> None:
        made = element("r")
        made.append(element("br", type="page"))
        self._add(paragraph("Normal", [made]))

    # generated lists, header, footer ----------------------------------------------------------------------
    def _contents(self, block: Contents) -> None:
        entries = list(self._entries(block.kind))
        if not entries:
            return
        self._add(paragraph("ContentsTitle", self._runs((block.title,))))
        kind = block.kind.removesuffix("s")
        field = r'TOC \o "1-3" \h \z \u' if block.kind == "headings" else rf'TOC \h \z \c "{kind}"'
        for i, (style, target, shown) in enumerate(entries):
            runs = [link(target, [text_run(shown)])] if target else [text_run(shown)]
            opened = field_open(field) if i == 0 else []
            closed = [field_close()] if i == len(entries) - 1 else []
            self._add(paragraph(style, [*opened, *runs, *closed]))

    def _entries(self, kind: str) -> Iterator[tuple[str, str, str]]:
        """Yield style, target and text of each line; Word adds the pages, which nobody else can know."""
        for block in self.model.blocks:
            if kind == "headings" and isinstance(block, Heading):
                yield f"TOC{block.level}", block.id, heading_text(block)
            caption = getattr(block, "caption", None)
            if caption and f"{caption.kind}s" == kind:
                yield "TableofFigures", "", caption_text(caption, self.model.language)

    def _header_and_footer(self) -> None:
        section = self.document.sections[0]
        header, footer = section.header.paragraphs[0]._p, section.footer.paragraphs[0]._p
        for run in self._runs(self.model.header):
            header.append(run)
        before, _, rest = text("documents.label.page", self.model.language, page="\0", pages="\1").partition(
            "\0"
        )
        between, _, after = rest.partition("\1")
        parts = [
            *self._runs(self.model.footer),
            text_run("\t"),
            text_run(before),
            *field_runs("PAGE"),
            text_run(between),
            *field_runs("NUMPAGES"),
            text_run(after),
        ]
        for part in parts:
            footer.append(part)


def heading_text(block: Heading) -> str:
    """Return a heading as it is printed: number and title."""
    gap = "" if not block.number or block.number.endswith("、") else " "
    return f"{block.number}{gap}{plain(list(block.title))}"


def caption_text(caption: Caption, language: str) -> str:
    """Return a caption as it is printed: 表3-1 or Table 3-1, and the title."""
    gap = " " if language == "en" else ""
    return f"{caption.label.text}{gap}{caption.number}  {plain(list(caption.title))}"
