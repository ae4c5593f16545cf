"""Where the table stands in a file: titles above its header, headers of two rows, explanations below, totals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from relops.data.readers.text_files import Row, Span

HEAD_ROWS = 60
TITLE_ROWS = 30
NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(e[-+]?\d+)?%?", re.IGNORECASE)
DATE = re.compile(r"\d{4}[-/.年]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
UNITS = re.compile(r"^[（(【\[].*[)）】\]]$|^(单位|说明|必填|选填|备注|格式|示例|注)|"
                   r"^(unit|format|required|optional|e\.g\.)", re.IGNORECASE)
MONTH_NAME = (r"(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|"
              r"nov(ember)?|dec(ember)?)[.]?")
# a total may name its month first
PERIOD = (r"((\d{2,4}年)?(\d{1,2}|[一二三四五六七八九十]{1,3})月份?|第?[一二三四1-4]季度|[本当上][日周月季年页]|"
          r"全年|\d{1,2}[日号]|"
          rf"{MONTH_NAME}([ -]\d{{2,4}})?\s)")
TOTALS = re.compile(rf"^[#*=\s]*{PERIOD}?\s*(合\s*计|总\s*计|小\s*计|累\s*计|汇\s*总|总交易单数|"
                    r"共\s*\d+\s*[条笔单行项]|"
                    r"((grand\s+|sub[- ]?)?totals?|sum|summe|gesamt(summe)?)([^a-z_]|$))", re.IGNORECASE)
IMPORT_ID = re.compile(r'^\{"ImportId":"([^"]*)"')
RULE = re.compile(r"^#(?!\d)|^[-=*_─━]{3,}")
NARROW = 0.5
FEW = 4
NAMES = 0.7


@dataclass(frozen=True)
class Layout:
    """Lines of the table in its file: ``header_line`` (0: it has none), ``last_line`` of header and explanations.

    ``names`` are the headers, empty where none stands; ``explained`` the line of an explaining row left out.
    """

    header_line: int
    last_line: int
    names: tuple[str, ...]
    explained: int | None = None
    titles: int = 0


def is_value(cell: str) -> bool:
    """Return whether a cell looks like data (a number or a date), not like a name."""
    bare = cell.strip("¥￥$€£ '`\t").removeprefix('="').removesuffix('"')
    return bool(NUMBER.fullmatch(bare) or DATE.match(bare))


def find_table(rows: Sequence[Row], merged: Sequence[Span] = (), *, headed: bool = True) -> Layout | None:
    """Return where the table of a file begins, told from its first rows; None where all of them are titles.

    ``headed`` says that there is a header; else the cells tell whether there is one.
    """
    cells = [[cell.strip() for cell in row] for _, row in rows[:HEAD_ROWS]]
    filled = [sum(map(bool, row)) for row in cells]
    typical = median(sorted(filled)[len(filled) // 2:])
    wide = [number for number, count in enumerate(filled) if count >= max(1, NARROW * typical)]
    wide = [number for number in wide if filled[number] >= typical or not RULE.match(_first(cells[number]))]
    used = {place for row in cells for place, cell in enumerate(row) if cell}
    if not any(filled[number] > 1 for number in wide) and (typical > 1 or len(used) > 1):
        return None
    place = _header(cells, wide, typical)
    if not headed and not _looks_like_header(cells[place], cells[place + 1: place + 50]):
        return Layout(0, 0, ("",) * len(cells[place]), titles=place)
    place, last = _upper(cells, place, typical, merged, rows), place
    names = cells[place]
    codes = _question_codes(cells, place)
    if codes:
        asked = [f"{name} {below}" if code else name for name, below, code in zip(
            names, cells[place + 1], codes, strict=False)]
        return Layout(rows[place][0], rows[place + 2][0], tuple(asked), rows[place + 2][0], titles=place)
    if last == place and _has_lower(cells, place, merged, rows):
        last = place + 1
    if last > place:
        names = _joined(_spread(names, place, merged, rows, cells[last]), cells[last])
    below = last + 1
    explained = below < len(cells) and _explains(cells[below], cells[below + 1:])
    last_line = rows[last + explained][0]
    return Layout(rows[place][0], last_line, tuple(names), rows[below][0] if explained else None, titles=place)


def _first(cells: Sequence[str]) -> str:
    return next((cell for cell in cells if cell), "")


def _header(cells: list[list[str]], wide: list[int], typical: float) -> int:
    """Return the first wide row that names columns, else the first wide one."""
    for number in wide:
        if number > TITLE_ROWS:
            break
        row = [cell for cell in cells[number] if cell]
        if sum(not is_value(cell) for cell in row) >= NAMES * len(row) and not TOTALS.match(_first(row)):
            return number
    return wide[0] if wide else 0


def _looks_like_header(first: list[str], below: list[list[str]]) -> bool:
    """Return whether a row names the columns: none of its cells is a number or date, while below it some are; a
    file of texts alone counts as headed."""
    if any(is_value(cell) for cell in first if cell):
        return False
    if not any(is_value(cell) for row in below for cell in row):
        return len(set(first)) == len(first)
    return True


def _upper(cells: list[list[str]], place: int, typical: float, merged: Sequence[Span], rows: Sequence[Row]) -> int:
    """Return the row of group names above a header row, else the header row itself."""
    above = cells[place - 1] if place else []
    if place == 0 or rows[place - 1][0] != rows[place][0] - 1 or any(is_value(cell) for cell in above if cell):
        return place
    groups = sum(map(bool, above))
    doubled = len(set(filter(None, cells[place]))) < sum(map(bool, cells[place]))
    gaps = any(cell and not below for cell, below in zip(above, cells[place], strict=False))
    return place - 1 if groups > 1 and (doubled or gaps) else place


def _has_lower(cells: list[list[str]], place: int, merged: Sequence[Span], rows: Sequence[Row]) -> bool:
    """Return whether the row below a header row belongs to it: it names the columns of merged or empty headers."""
    if place + 1 >= len(cells) or rows[place + 1][0] != rows[place][0] + 1:
        return False
    above, below = cells[place], cells[place + 1]
    if any(is_value(cell) for cell in below if cell) or not any(below) or RULE.match(_first(below)):
        return False
    line = rows[place][0] - 1
    if any(top == line and right > left and bottom == line for top, left, bottom, right in merged):
        return True
    named = [number for number, cell in enumerate(below) if cell]
    inner = [number for number in range(named[-1] + 1) if number >= len(above) or not above[number]]
    over = any(cell and not below[number] for number, cell in enumerate(above) if number < len(below))
    later = [row for row in cells[place + 2: place + 12] if any(row)]
    values = any(is_value(cell) for row in later for cell in row if cell)
    return bool(inner) and set(inner) <= set(named) and values and (over or named[-1] >= len(above))


def _question_codes(cells: list[list[str]], place: int) -> list[bool]:
    """Return of each column whether it is a question, where the second row below a header says so, as Qualtrics
    writes it (``{"ImportId":"QID1"}``, under a row with the questions in full); empty where there is no such row."""
    below = cells[place + 2] if place + 2 < len(cells) else []
    told = [IMPORT_ID.match(cell) for cell in below]
    return [one is not None and one[1].startswith("QID") for one in told] if told and all(told) else []


def _spread(upper: list[str], place: int, merged: Sequence[Span], rows: Sequence[Row], lower: list[str]) -> list[str]:
    """Write the name of a group over all of its columns."""
    line = rows[place][0] - 1
    spans = {left: right for top, left, _, right in merged if top == line}
    spread, group, end = [], "", -1
    for number in range(max(len(upper), len(lower))):
        own = upper[number] if number < len(upper) else ""
        below = lower[number] if number < len(lower) else ""
        if own:
            group, end = own, spans.get(number, number if merged else 10**9)
        spread.append(own or (group if below and number <= end else ""))
    return spread


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    lower = lower + [""] * (len(upper) - len(lower))
    return [above if above == below or not below else f"{above} {below}".strip()
            for above, below in zip(upper, lower, strict=True)]


def _explains(row: list[str], later: list[list[str]]) -> bool:
    """Return whether the row under a header explains it: no value where all rows below it have one, and no word that
    stands again below."""
    later = [cells for cells in later if any(cells)][:20]
    if not later or any(is_value(cell) for cell in row if cell):
        return False
    if any(cell and cell in {cells[number] for cells in later if number < len(cells)}
           for number, cell in enumerate(row)):
        return False
    width = min(len(row), *map(len, later))
    columns = [number for number in range(width) if all(is_value(cells[number]) for cells in later)]
    told = [row[number] for number in columns if row[number]]
    return len(told) >= 2 or any(UNITS.search(cell) for cell in told)


def shape(cell: str) -> str:
    """Return what a cell looks like: digits as 9, letters as a, other letters as 字, repeats once."""
    bare = re.sub(r"\d+", "9", cell.strip())
    bare = re.sub(r"[A-Za-z]+", "a", bare)
    return re.sub(r"[^\W\da-zA-Z_]+", "字", bare)


def footer_rows(tail: Sequence[list[str]], head: Sequence[list[str]], width: int) -> int:
    """Return how many of the last rows of a table are totals, notes and rules below it.

    ``tail`` are its last rows, ``head`` some of its first ones, ``width`` the number of its columns. A row goes
    where it begins with a word of totals and has gaps that other rows lack, has one cell alone that looks like no
    other of its column, has few cells that say something, or stands below such a row.
    """
    begun = [row for row in head if row and row[0]] or head  # further lines of an order leave its fields blank
    usual = Counter(sum(map(bool, row)) for row in begun).most_common(1)[0][0] if head else width
    whole = [row for row in head if sum(map(bool, row)) > NARROW * usual]
    shapes = [Counter(shape(row[number]) for row in whole if number < len(row) and row[number])
              for number in range(width)]
    cut = 0
    for number, row in enumerate(reversed(tail), 1):
        above = tail[-number - 1] if number < len(tail) else []
        if _is_total(row, usual) or _is_stray(row, shapes, width) or _is_note(row, shapes, usual):
            cut = number
        elif _is_total(above, usual) and row and row[0] and shape(row[0]) not in shapes[0]:
            continue  # the values below a row of names of totals
        elif sum(map(bool, row)) > NARROW * usual or number - cut > 1:
            break
    return cut


def _is_note(row: list[str], shapes: list[Counter], usual: int) -> bool:
    """Return whether a row of a few cells says something, as "3", "record(s) downloaded" below ten columns does."""
    filled = [number for number, cell in enumerate(row) if cell]
    return 1 < len(filled) <= usual / FEW and any(
        number >= len(shapes) or (" " in row[number] and shape(row[number]) not in shapes[number]) for number in filled)


def is_total(row: Sequence[str | None]) -> bool:
    """Return whether a row begins with a word of totals."""
    return bool(TOTALS.match(next((cell for cell in row if cell), "")))


def _is_total(row: list[str], usual: int) -> bool:
    first = _first(row)
    return sum(map(bool, row)) < max(usual, 2) and bool(TOTALS.match(first) or RULE.match(first))


def _is_stray(row: list[str], shapes: list[Counter], width: int) -> bool:
    filled = [number for number, cell in enumerate(row) if cell]
    if len(filled) == 1 and len(re.split(r"[;\t|]", row[filled[0]])) >= width:
        return False  # a row cut by another separator: no note, and nothing that may get lost
    return width > 2 and len(filled) == 1 and (filled[0] >= width or shape(row[filled[0]]) not in shapes[filled[0]])
