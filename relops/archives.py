"""Office files are zipped: made so that the same content is the same bytes, whenever and wherever it is written."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

EARLIEST_ZIP = (1980, 1, 1, 0, 0, 0)


def same_bytes(draft: io.BytesIO) -> bytes:
    """Return the archive with its members' times fixed; a zip otherwise holds the clock."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(draft) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, EARLIEST_ZIP)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            target.writestr(member, source.read(name))
    return fixed.getvalue()


def workbook_bytes(book: Any) -> bytes:
    """Return a workbook of openpyxl as .xlsx that does not tell when it was made: ``book.save`` stamps it."""
    from openpyxl.writer.excel import ExcelWriter  # Word files need none of it

    book.properties.created = book.properties.modified = datetime(*EARLIEST_ZIP)
    draft = io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED)).save()
    return same_bytes(draft)
