"""What a file is, told by its first bytes: names lie, as in an .xls that is a web page or a .csv that is a workbook."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from relops.errors import BadInput, Problem

HEAD_BYTES = 4096
OLE = b"\xd0\xcf\x11\xe0"
MAGIC = {b"\x1f\x8b": "gzip", b"PAR1": "parquet", b"SQLite format 3\0": "sqlite"}
FOREIGN = {
    b"%PDF": "PDF", b"Rar!": "RAR", b"7z\xbc\xaf": "7-Zip", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF",
    b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"(\xb5/\xfd": "zstd", b"{\\rtf": "RTF", b"MZ": "EXE", b"ORC": "ORC",
    b"ARROW1": "Arrow", b"Obj\x01": "Avro", b"\x00\x01\x00\x00Standard": "Access",
}
# what a zip archive holds when it is the file of an office program
OFFICE = {"xl/workbook.xml": "workbook", "xl/workbook.bin": "workbook", "word/document.xml": "Word",
          "ppt/presentation.xml": "PowerPoint", "Index/Document.iwa": "Numbers"}
MARKUP = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?(<\?mso[^>]*\?>\s*)?(<!--.*?-->\s*)*"
                    r"<(!doctype\s+html|html|head|body|meta|table|div|style|script|title|center)\b", re.IGNORECASE)
SHEET_XML = re.compile(r"<(\w+:)?workbook\b[^>]*urn:schemas-microsoft-com:office:spreadsheet", re.IGNORECASE)
PACKED = (".xlsx", ".xlsm", ".zip")
# content of these names is binary: a text under one of them is no such file
PROMISED = (".gz", ".zip", ".parquet", ".sqlite", ".sqlite3", ".duckdb")
XML = re.compile(r"\s*<\?xml|\s*<[A-Za-z][\w:.-]*(\s[^<>]*)?>\s*<")
JSON = re.compile(r'\s*(\{\s*("|\})|\[\s*[\[{"\]])')


def kind_of(path: Path) -> str:
    """Return what a file is: text, json, workbook, web, sheet_xml, parquet, sqlite, duckdb, zip or gzip.

    Raises BadInput for an empty file and for one that is no table (a PDF, a picture, another archive).
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise BadInput(Problem("data.door.empty", str(path), {}))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or (head[:2] == b"PK" and _suffix(path) in PACKED):
        return _packed_kind(path)
    if head.startswith(OLE):
        return _ole_kind(path)
    if head[8:12] == b"DUCK":
        return "duckdb"
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    foreign = next((name for magic, name in FOREIGN.items() if head.startswith(magic)), None)
    if foreign or head[257:262] == b"ustar":
        raise _foreign(path, foreign or "tar")
    kind = _text_kind(path, head)
    if kind == "text" and _suffix(path) in PROMISED:
        raise BadInput(Problem("data.door.not_as_named", str(path), {"ending": _suffix(path)}))
    return kind


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _text_kind(path: Path, head: bytes) -> str:
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", errors="replace")
    text = text.removeprefix("ï»¿").lstrip("\ufeff")
    if SHEET_XML.search(text):
        return "sheet_xml"
    if MARKUP.match(text) or text.startswith(("MIME-Version:", "Mime-Version:")):
        return "web"
    if JSON.match(text):
        return "json"
    if XML.match(text):
        raise _foreign(path, "XML")
    return "text"


def _packed_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and b"spreadsheet" in archive.read("mimetype"):
                return "workbook"
    except (zipfile.BadZipFile, OSError, RuntimeError, EOFError) as fault:
        raise BadInput(Problem("data.door.archive", str(path), {})) from fault
    kind = next((kind for member, kind in OFFICE.items() if member in names), "zip")
    if kind not in ("workbook", "zip"):
        raise _foreign(path, kind)
    return kind


def _ole_kind(path: Path) -> str:
    """Tell a workbook of the old form from a locked new one and from other documents by their streams' names."""
    content = path.read_bytes()

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        raise BadInput(Problem("data.door.locked_workbook", str(path), {}))
    if holds("WordDocument"):
        raise _foreign(path, "Word")
    return "workbook"


def _foreign(path: Path, kind: str) -> BadInput:
    return BadInput(Problem("data.door.foreign", str(path), {"kind": kind}))
