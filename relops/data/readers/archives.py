"""Packed files unpacked into drafts: gzip, and zip with or without a password (AES too)."""

from __future__ import annotations

import fnmatch
import getpass
import gzip
import os
import re
import shutil
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import pyzipper

from relops.errors import BadInput, Problem
from relops.locale import system_language, text

PASSWORD_VARIABLE = "RELOPS_ZIP_PASSWORD"
BESIDE_THE_DATA = re.compile(r"(^|/)(__MACOSX/|\.|~\$|Thumbs\.db$|desktop\.ini$)|/$", re.IGNORECASE)
UTF8_NAME = 0x800


def unpack_gzip(path: Path, draft: Path) -> Path:
    """Return the content of a gzip file, written to ``draft``. Raises BadInput where it is cut off or damaged."""
    try:
        with gzip.open(path) as packed, draft.open("wb") as target:
            shutil.copyfileobj(packed, target, 1 << 20)
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise BadInput(Problem("data.door.packed", str(path), {"fault": str(fault)})) from fault
    return draft


@dataclass
class Passwords:
    """The password of zip archives: from the environment, else asked for once on a terminal; stored nowhere."""

    known: list[bytes] = field(default_factory=list)

    def for_archive(self, path: Path) -> bytes:
        """Return the password. Raises BadInput where none is set and nobody can be asked."""
        if not self.known:
            stated = os.environ.get(PASSWORD_VARIABLE, "")
            if not stated and sys.stdin and sys.stdin.isatty():
                stated = getpass.getpass(text("data.ask.zip_password", system_language(), name=path.name))
            if not stated:
                raise BadInput(Problem("data.door.password", str(path), {"variable": PASSWORD_VARIABLE}))
            self.known.append(stated.encode())
        return self.known[0]


def unpack_zip(path: Path, wanted: str | None, folder: Path, passwords: Passwords) -> list[tuple[str, Path]]:
    """Return (name, unpacked file) of the members of a zip archive, in order of their names.

    ``wanted`` is a member's name or pattern (None: all that are no by-work of the system). Raises BadInput: no such
    member, nothing in it, no or a wrong password, damaged.
    """
    try:
        with pyzipper.AESZipFile(path) as archive:
            members = {_name(member): member for member in archive.infolist()}
            names = sorted(name for name in members if not BESIDE_THE_DATA.search(name))
            chosen = [name for name in names if wanted is None or fnmatch.fnmatch(name, wanted)
                      or fnmatch.fnmatch(name.rsplit("/", 1)[-1], wanted)]
            if not chosen:
                listed = ", ".join(names) or "–"
                code = "member" if wanted and names else "empty_archive"
                raise BadInput(Problem(f"data.door.{code}", str(path), {"sheet": wanted or "", "members": listed}))
            if any(members[name].flag_bits & 1 for name in chosen):
                archive.setpassword(passwords.for_archive(path))
            return [(name, _unpack_member(archive, members[name], folder / f"{number}{Path(name).suffix}"))
                    for number, name in enumerate(chosen)]
    except (pyzipper.BadZipFile, RuntimeError, EOFError, zlib.error, NotImplementedError, ValueError) as fault:
        wrong = "password" in str(fault).lower()
        passwords.known.clear()
        values = {"variable": PASSWORD_VARIABLE} if wrong else {"fault": str(fault)}
        code = "data.door.wrong_password" if wrong else "data.door.archive"
        raise BadInput(Problem(code, str(path), values)) from fault


def _name(member: pyzipper.ZipInfo) -> str:
    """Return a member's name; Windows programs of China write it in GB18030 and do not say so."""
    if member.flag_bits & UTF8_NAME:
        return member.filename
    raw = member.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _unpack_member(archive: pyzipper.AESZipFile, member: pyzipper.ZipInfo, draft: Path) -> Path:
    draft.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, draft.open("wb") as target:
        shutil.copyfileobj(packed, target, 1 << 20)
    return draft
