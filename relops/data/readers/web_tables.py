"""Tables of web pages and of XML spreadsheets, as reporting systems save them under the name .xls."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import lxml.etree
import lxml.html

from relops.data.readers.encodings import decode
from relops.data.readers.sheets import Grid, fill_down
from relops.data.readers.text_files import Span
from relops.errors import BadInput, Problem

SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
LEAST_COLUMNS = 2
TITLE_CHARACTERS = 80


def read_web_table(path: Path, shown: str, encoding: str) -> Grid:
    """Return the largest table of a web page. Raises BadInput where the page holds none, as an error page does."""
    body = path.read_bytes()
    if body[:5].lower() == b"mime-":
        page = email.message_from_bytes(body, policy=email.policy.default)
        parts = [part for part in page.walk() if part.get_content_type() == "text/html"]
        body = b"".join(part.get_payload(decode=True) or b"" for part in parts)
    text = decode(body, encoding, shown)
    # a declaration of an encoding inside a text that is decoded already would be refused
    page = lxml.html.document_fromstring(text.encode("utf-8"), parser=lxml.html.HTMLParser(
        encoding="utf-8", huge_tree=True)) if text.strip() else None
    tables = page.iter("table") if page is not None else ()
    grids = [_web_grid(table) for table in tables]
    grids = [grid for grid in grids if grid.rows and max(len(cells) for _, cells in grid) >= LEAST_COLUMNS]
    if not grids:
        title = " ".join((page.findtext(".//title") or page.text_content()).split()) if page is not None else ""
        raise BadInput(Problem("data.door.web_page", shown, {"title": title[:TITLE_CHARACTERS] or "–"}))
    return max(grids, key=lambda grid: len(grid.rows))


def _web_grid(table: lxml.html.HtmlElement) -> Grid:
    """Lay the cells of a table out, those of inner tables left aside."""
    cells: list[list[str]] = []
    spans: list[Span] = []
    taken: set[tuple[int, int]] = set()
    own = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    for number, row in enumerate(own):
        line: list[str] = []
        for cell in row.iterchildren("td", "th"):
            while (number, len(line)) in taken:
                line.append("")
            wide, high = _size(cell, "colspan"), min(_size(cell, "rowspan"), len(own) - number)
            if wide > 1 or high > 1:
                spans.append((number, len(line), number + high - 1, len(line) + wide - 1))
                taken |= {(number + down, len(line) + right) for down in range(1, high) for right in range(wide)}
            line += [" ".join(cell.text_content().split()), *[""] * (wide - 1)]
        while (number, len(line)) in taken:
            line.append("")
        cells.append(line)
    fill_down(cells, spans)
    return Grid([(number, line) for number, line in enumerate(cells, 1) if any(line)], spans)


def _size(cell: lxml.html.HtmlElement, name: str) -> int:
    stated = (cell.get(name) or "").strip()
    return max(1, int(stated)) if stated.isdigit() else 1


def read_sheet_xml(path: Path, shown: str, sheet: str | None) -> Grid:
    """Return the rows of a sheet of an XML spreadsheet (Excel 2003). Raises BadInput where it is damaged."""
    try:
        book = lxml.etree.parse(path, lxml.etree.XMLParser(huge_tree=True, resolve_entities=False)).getroot()
    except lxml.etree.XMLSyntaxError as fault:
        raise BadInput(Problem("data.door.workbook", shown, {})) from fault
    sheets = {one.get(f"{SPREADSHEET}Name"): one for one in book.iter(f"{SPREADSHEET}Worksheet")}
    if sheet is not None and sheet not in sheets:
        raise BadInput(Problem("data.door.sheet", shown, {"sheet": sheet, "sheets": ", ".join(sheets)}))
    for one in [sheets[sheet]] if sheet else sheets.values():
        grid = _xml_grid(one)
        if grid.rows:
            return grid
    raise BadInput(Problem("data.door.empty", shown, {}))


def _xml_grid(sheet: lxml.etree._Element) -> Grid:
    cells: list[list[str]] = []
    spans: list[Span] = []
    for row in sheet.iter(f"{SPREADSHEET}Row"):
        number = int(row.get(f"{SPREADSHEET}Index", len(cells) + 1)) - 1
        cells += [[] for _ in range(number - len(cells))]
        line: list[str] = []
        for cell in row.iterchildren(f"{SPREADSHEET}Cell"):
            place = int(cell.get(f"{SPREADSHEET}Index", len(line) + 1)) - 1
            line += [""] * (place - len(line))
            wide, down = (int(cell.get(f"{SPREADSHEET}Merge{way}", 0)) for way in ("Across", "Down"))
            if wide or down:
                spans.append((number, place, number + down, place + wide))
            data = cell.find(f"{SPREADSHEET}Data")
            line += ["".join(data.itertext()).strip() if data is not None else "", *[""] * wide]
        cells.append(line)
    for top, left, bottom, _ in spans:
        for row in cells[top: bottom + 1]:
            row += [""] * (left + 1 - len(row))
    fill_down(cells, spans)
    return Grid([(number, line) for number, line in enumerate(cells, 1) if any(line)], spans)
