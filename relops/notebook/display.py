"""Exhibits as a notebook shows them: a sentence, a table, a figure, in one language."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path
from typing import Any

from relops.exhibits import (
    Column,
    Evidence,
    Figure,
    Finding,
    Missing,
    Run,
    Table,
    describe,
    format_evidence,
    name_of,
    plain,
    render_finding,
    render_sentence,
)
from relops.locale import messages, rooms, text
from relops.locale.format import format_value
from relops.store import OTHER

Bundle = dict[str, str]
WORDS = ("text", "date", "share", "ratio", "p_value", "parameter", "log_likelihood", "count", "table")


def bundle(exhibit: Any, language: str, drawn: Path | None = None) -> Bundle:
    """Return what a notebook displays for an exhibit (or a list of Evidence): MIME type → text.

    ``drawn`` is the SVG the store has drawn of a figure already; without it the figure is drawn here.
    """
    if isinstance(exhibit, list):
        return _evidence(exhibit, language)
    if isinstance(exhibit, Finding):
        return _sentence(render_finding(exhibit, language))
    if isinstance(exhibit, Missing):
        return _sentence(missing_sentence(exhibit, language))
    if isinstance(exhibit, Table):
        return _table(exhibit, language)
    if isinstance(exhibit, Figure):
        return _figure(exhibit, language, drawn)
    raise TypeError(f"{type(exhibit).__name__} is no exhibit")


def exhibit_ids(exhibit: Any) -> list[str]:
    """Return the ids an exhibit publishes: its own and those of the numbers in it."""
    if isinstance(exhibit, list):
        return [record.id for record in exhibit]
    numbers = exhibit.evidence if isinstance(exhibit, Finding) else getattr(exhibit, "numbers", {}).values()
    return [exhibit.id, *(record.id for record in numbers)]


def missing_sentence(missing: Missing, language: str) -> list[Run]:
    """Return the sentence that stands where a measure is missing, as runs."""
    runs = render_sentence(f"notebook.missing.{missing.code.lower()}", language, {}, {
        "code": f"={missing.code}", "field": f"={missing.field}", "measure": missing.measure})
    for name, record in missing.numbers.items():
        label = (describe(record.id) or {}).get(language, name)
        value = format_evidence(record, "", language)
        runs += [Run("words", f" {label}: "), Run("evidence", value, record.id)]
    return runs


def _sentence(runs: list[Run]) -> Bundle:
    def marked(run: Run) -> str:
        body = html.escape(run.text)
        return f'<b title="{html.escape(run.ref)}">{body}</b>' if run.kind == "evidence" and run.ref else body

    return {"text/html": f"<p>{''.join(map(marked, runs))}</p>", "text/plain": plain(runs)}


def heading(column: Column, language: str) -> str:
    """Return a column's heading with its unit."""
    label, unit = text(column.label, language), column.unit
    if unit in WORDS:
        return label
    name = unit.removeprefix("money:") if unit.startswith("money:") else text(f"locale.unit.{unit}", language)
    return text("notebook.heading", language, label=label, unit=name)


def cell_text(value: Any, unit: str, language: str) -> str:
    """Return a cell of a table as text: ``@id`` a message, the merged row by its name, else the value.

    A client's own label may begin with ``@`` too: it stands as it is unless a message of that id exists.
    """
    if isinstance(value, str) and value == OTHER:
        return text("locale.other", language)
    if isinstance(value, str) and value.startswith("@"):
        room = value[1:].split(".", 1)[0]
        if room in rooms() and value[1:] in messages(room):
            return text(value[1:], language)
    is_text = isinstance(value, str) and unit != "date"
    return format_value(value, "text" if is_text else unit, language, bare=True)


def _table(table: Table, language: str) -> Bundle:
    headings = [heading(column, language) for column in table.columns]
    units = [column.unit for column in table.columns]
    frame = table.frame[[column.key for column in table.columns]]
    rows = [[cell_text(value, unit, language) for value, unit in zip(row, units, strict=True)]
            for row in frame.itertuples(index=False, name=None)]
    numeric = [unit not in ("text", "date") for unit in units]
    return _rows(plain(render_sentence(table.title, language, {}, table.words)), headings, rows, numeric)


def _evidence(records: list[Evidence], language: str) -> Bundle:
    headings = [text(f"notebook.evidence.{name}", language) for name in ("name", "value", "interval", "n")]
    rows = []
    for record in records:
        name = name_of(record.id, language)
        interval = "" if record.low is None else format_evidence(record, "interval", language)
        n = "" if record.n is None else format_evidence(record, "n", language)
        rows.append([name, format_evidence(record, "", language), interval, n])
    return _rows("", headings, rows, [False, True, True, True])


def _rows(title: str, headings: list[str], rows: list[list[str]], numeric: list[bool]) -> Bundle:
    def line(cells: list[str], tag: str) -> str:
        aligned = (f'<{tag} style="text-align:{"right" if right else "left"}">{html.escape(cell)}</{tag}>'
                   for cell, right in zip(cells, numeric, strict=True))
        return f"<tr>{''.join(aligned)}</tr>"

    caption = f"<caption>{html.escape(title)}</caption>" if title else ""
    body = "\n".join(line(row, "td") for row in rows)
    markup = f"<table>{caption}<thead>{line(headings, 'th')}</thead>\n<tbody>{body}</tbody></table>"
    lines = [title, *("\t".join(row) for row in [headings, *rows])]
    return {"text/html": markup, "text/plain": "\n".join(lines)}


def _figure(figure: Figure, language: str, drawn: Path | None) -> Bundle:
    svg = drawn.read_bytes() if drawn else _draw(figure, language)
    title = plain(render_sentence(figure.title, language, figure.numbers, figure.words))
    alt = plain(render_sentence(figure.alt, language, figure.numbers, figure.words))
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
    markup = f'<img alt="{html.escape(alt)}" src="{source}" style="max-width:100%">'
    return {"text/html": markup, "text/plain": f"{title}\n{alt}"}


def _draw(figure: Figure, language: str) -> bytes:
    from matplotlib import pyplot  # imported late: most sessions draw through the store

    from relops.style import use_style, write_svg

    file = io.BytesIO()
    with use_style(language):
        drawn = figure.draw(language)
        write_svg(drawn, file)
        pyplot.close(drawn)
    return file.getvalue()


