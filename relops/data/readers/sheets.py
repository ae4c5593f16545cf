"""Workbooks as rows of cells with their line numbers, every cell as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from relops.data.readers.text_files import Row
from relops.errors import BadInput, Problem


def read_sheet(path: Path, sheet: str | None) -> Iterator[Row]:
    """Yield (line number, cells) of every row of a sheet (the first one if unnamed) that is not blank.

    Raises BadInput when the file is no workbook or has no such sheet.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as fault:
        if isinstance(fault, PermissionError):
            raise
        raise BadInput(Problem("data.door.workbook", str(path), {"fault": str(fault)})) from fault
    names = workbook.sheet_names
    if sheet is not None and sheet not in names:
        raise BadInput(Problem("data.door.sheet", str(path), {"sheet": sheet, "sheets": ", ".join(names)}))
    # kept whole, empty edges too, so that a line here is the line the user sees
    rows = workbook.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    for number, cells in enumerate(rows, 1):
        texts = [cell_text(cell) for cell in cells]
        if any(texts):
            yield number, texts


def cell_text(cell: Any) -> str:
    """Return a cell of a workbook as text: whole numbers without a point, times in ISO form."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    return str(cell)
