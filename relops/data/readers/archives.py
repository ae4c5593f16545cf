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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pyzipper

from relops.errors import BadInput, Problem
from relops.locale import system_language, text

PASSWORD_VARIABLE = "RELOPS_ZIP_PASSWORD"
BESIDE_THE_DATA = re.compile(r"(^|/)(__MACOSX/|\.|~\$|Thumbs\.db$|desktop\.ini$)|/$", re.IGNORECASE)
UTF8_NAME = 0x800
TIMES_ASKED = 3
WRONG = (pyzipper.BadZipFile, RuntimeError, zlib.error)
Unpacked = list[tuple[str, Path]]


def unpack_gzip(path: Path, draft: Path) -> Path:
    """Return the content of a gzip file, written to ``draft``. Raises BadInput where it is cut off or damaged."""
    try:
        with gzip.open(path) as packed, draft.open("wb") as target:
            shutil.copyfileobj(packed, target, 1 << 20)
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise BadInput(Problem("data.door.packed", str(path), {})) from fault
    return draft


class Passwords:
    """The passwords of zip archives: from the environment, else asked for on a terminal; stored nowhere.

    What somebody typed and opened an archive is tried on the next, for as long as the command runs.
    """

    _typed: ClassVar[list[bytes]] = []

    def tried(self, path: Path) -> Iterator[bytes]:
        """Yield what may open an archive, on a terminal asking anew where that did not. Raises BadInput where none is
        set and nobody answers."""
        stated = os.environ.get(PASSWORD_VARIABLE, "")
        known = [*([stated.encode()] if stated else []), *self._typed]
        yield from known
        if not (sys.stdin and sys.stdin.isatty()):
            if not known:
                raise _no_password(path)
            return
        for number in range(TIMES_ASKED):
            if number or stated:
                print(text("data.ask.zip_password_wrong", system_language(), name=path.name), file=sys.stderr)
            try:
                typed = getpass.getpass(text("data.ask.zip_password", system_language(), name=path.name))
            except EOFError:
                typed = ""
            if not typed:
                raise _no_password(path)
            yield typed.encode()

    def keep(self, password: bytes) -> None:
        """Remember a password that somebody typed and that opened an archive."""
        if password not in (*self._typed, os.environ.get(PASSWORD_VARIABLE, "").encode()):
            self._typed.append(password)


def _no_password(path: Path) -> BadInput:
    return BadInput(Problem("data.door.password", str(path), {"variable": PASSWORD_VARIABLE}))


def unpack_zip(path: Path, wanted: str | None, folder: Path, passwords: Passwords) -> Unpacked:
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
            drafts = {name: folder / f"{number}{Path(name).suffix}" for number, name in enumerate(chosen)}

            def unpack() -> Unpacked:
                return [(name, _unpack_member(archive, members[name], draft)) for name, draft in drafts.items()]

            locked = any(members[name].flag_bits & 1 for name in chosen)
            return _unlocked(archive, path, passwords, unpack) if locked else unpack()
    except (pyzipper.BadZipFile, RuntimeError, EOFError, zlib.error, NotImplementedError, ValueError) as fault:
        wrong = "password" in str(fault).lower()
        values = {"variable": PASSWORD_VARIABLE} if wrong else {}
        code = "data.door.wrong_password" if wrong else "data.door.archive"
        raise BadInput(Problem(code, str(path), values)) from fault


def _unlocked(archive: pyzipper.AESZipFile, path: Path, passwords: Passwords, unpack: Callable[[], Unpacked]
              ) -> Unpacked:
    """Unpack with the first password that fits; raise what the last one met with."""
    last: Exception | None = None
    for password in passwords.tried(path):
        archive.setpassword(password)
        try:
            unpacked = unpack()
        except WRONG as fault:  # a wrong password may also pass for a right one until the end of a member
            last = fault
            continue
        passwords.keep(password)
        return unpacked
    raise last or RuntimeError("no password")


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
