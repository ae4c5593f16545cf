"""The document model as HTML: a fragment for the pages of the site, from the same blocks as the Word file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from itertools import groupby

from markupsafe import Markup, escape

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
from relops.exhibits import Run, plain

LISTED = "item"
NUMERIC = ' class="numeric"'


def render(model: Document | Iterable[Block], figure: Callable[[FigureBlock], str] | None = None) -> str:
    """Return a document, or some of its blocks, as an HTML fragment.

    Numbers stand in ``<span class="evidence" data-id>`` or ``<span class="brief" data-path>``. ``figure``
    returns the markup of a drawing; by default it is embedded as an image. Raises UntracedNumber.
    """
    draw = figure or _image
    document = isinstance(model, Document)
    blocks = list(model.blocks if document else model)
    parts = []
    for listed, group in groupby(blocks, key=lambda b: isinstance(b, Paragraph) and b.style == LISTED):
        rendered = [_block(block, blocks, draw) for block in group]
        parts.append(
            Markup("<ul>{}</ul>").format(Markup("").join(rendered))
            if listed
            else Markup("\n").join(part for part in rendered if part)
        )
    return str(Markup("\n").join(parts))


def _block(block: Block, blocks: list[Block], draw: Callable[[FigureBlock], str]) -> Markup:
    check_runs(block.runs())
    if isinstance(block, Heading):
        return _heading(block)
    if isinstance(block, Paragraph):
        return _paragraph(block)
    if isinstance(block, TableBlock):
        return _table(block)
    if isinstance(block, FigureBlock):
        return Markup('<figure data-id="{}">{}<figcaption>{}</figcaption></figure>').format(
            block.id, Markup(draw(block)), _caption(block.caption)
        )
    if isinstance(block, Contents):
        return _contents(block, blocks)
    if isinstance(block, PageBreak):
        return Markup("")
    raise TypeError(f"{type(block).__name__} is no block of a document")


def _heading(block: Heading) -> Markup:
    number = Markup('<span class="number-of">{}</span> ').format(block.number) if block.number else ""
    return Markup('<h{0} id="{1}">{2}{3}</h{0}>').format(
        block.level + 1, block.id, number, runs_html(block.title)
    )


def _paragraph(block: Paragraph) -> Markup:
    if block.style == LISTED:
        return Markup("<li>{}</li>").format(runs_html(block.content))
    if block.style == "lead":
        return Markup("<h3>{}</h3>").format(runs_html(block.content))
    if block.style == "cover_title":
        return Markup('<h1 class="cover_title">{}</h1>').format(runs_html(block.content))
    body = runs_html(block.content)
    if block.style == "action":
        body = Markup("<strong>{}</strong>").format(body)
    return Markup('<p class="{}">{}</p>').format(block.style, body)


def _caption(caption: Caption) -> Markup:
    return Markup('<span class="caption-number">{} {}</span> {}').format(
        caption.label.text, caption.number, runs_html(caption.title)
    )


def _table(block: TableBlock) -> Markup:
    caption = Markup("<caption>{}</caption>").format(_caption(block.caption)) if block.caption else ""
    head = Markup("<thead>{}</thead>").format(_row(block.header, block.numeric, "th")) if block.header else ""
    marks = block.bookmarks or ("",) * len(block.rows)
    body = Markup("").join(
        _row(row, block.numeric, "td", mark) for row, mark in zip(block.rows, marks, strict=True)
    )
    return Markup(
        '<div class="scroll"><table class="exhibit" data-id="{}">{}{}<tbody>{}</tbody></table></div>'
    ).format(block.id, caption, head, body)


def _row(cells: tuple[Runs, ...], numeric: tuple[bool, ...], tag: str, mark: str = "") -> Markup:
    scope = Markup(' scope="col"') if tag == "th" else ""
    inner = Markup("".join(
        f"<{tag}{scope}{NUMERIC if right else ''}>{runs_html(cell)}</{tag}>"
        for cell, right in zip(cells, numeric, strict=True)
    ))
    return Markup("<tr{}>{}</tr>").format(Markup(' id="{}"').format(mark) if mark else "", inner)


def _contents(block: Contents, blocks: list[Block]) -> Markup:
    if block.kind != "headings":
        return Markup("")  # a page is searched and scrolled; lists of tables and figures serve paper
    lines = Markup("").join(
        Markup('<li class="level-{}"><a href="#{}">{}</a></li>').format(h.level, h.id, plain(list(h.runs())))
        for h in blocks
        if isinstance(h, Heading)
    )
    return Markup('<nav class="contents-list"><p class="lead">{}</p><ol>{}</ol></nav>').format(
        block.title.text, lines
    )


def runs_html(runs: Iterable[Run]) -> Markup:
    """Return runs of text as markup."""
    return Markup("".join(_run(run) for run in runs))


def _run(run: Run) -> Markup:
    if isinstance(run, LinkRun):
        return Markup('<a href="#{}">{}</a>').format(run.target, run.text)
    if isinstance(run, OpenRun):
        return Markup('<mark class="open" title="{}">{}</mark>').format(plain(list(run.question)), run.text)
    if isinstance(run, TagRun):
        return Markup('<span class="tag">{}</span>').format(run.text)
    if run.kind == "evidence":
        return Markup(f'<span class="evidence" data-id="{escape(run.ref)}">{escape(run.text)}</span>')
    if run.kind == "brief":
        return Markup('<span class="brief" data-path="{}">{}</span>').format(run.ref, run.text)
    return escape(run.text)


def _image(block: FigureBlock) -> Markup:
    drawing = base64.b64encode(block.svg.read_bytes()).decode()
    return Markup('<img src="data:image/svg+xml;base64,{}" alt="{}">').format(drawing, plain(list(block.alt)))
