"""A client project on disk: the folder that ``relops new`` makes and every command works on."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relops.brief import Brief, load_brief
from relops.errors import BadInput, Problem
from relops.lock import LOCK, Lock

BRIEF = "brief.yaml"
WORKBOOK = "brief.xlsx"
KEY = "id.key"


def brief_files(folder: Path) -> tuple[Path, Path]:
    """Return where the two forms of a project's brief lie; one of them may be absent."""
    return folder / BRIEF, folder / WORKBOOK


@dataclass(frozen=True)
class Project:
    """A project folder and its checked brief."""

    folder: Path
    brief: Brief

    @classmethod
    def open(cls, folder: str | Path) -> Project:
        """Return the project in ``folder``. Raises BadInput when there is none or its brief is faulty."""
        folder = Path(folder).expanduser().resolve()
        if not any(form.is_file() for form in brief_files(folder)):
            raise BadInput(Problem("project.none", str(folder), {"brief": BRIEF}))
        return cls(folder, load_brief(folder / BRIEF))

    @property
    def private(self) -> Path:
        """The folder of what must not be sent round."""
        return self.folder / "private"

    @property
    def reports(self) -> Path:
        """The default folder of runs."""
        return self.folder / "reports"

    def key(self) -> bytes:
        """Return the secret that customer ids are hashed with, made on first use, readable by the owner only."""
        path = self.private / KEY
        if not path.exists():
            self.private.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
        return bytes.fromhex(path.read_text(encoding="ascii").strip())

    def lock(self) -> Lock:
        """Return the rulers frozen by earlier runs. Raises BadInput when ``settings.lock`` cannot be read."""
        return Lock.read(self.folder / LOCK)

    def settings(self) -> dict[str, Any]:
        """Return the frozen rulers, name → value. Raises BadInput when the lock cannot be read or was changed by
        hand."""
        lock = self.lock()
        lock.refuse_edits(LOCK)
        return lock.values
