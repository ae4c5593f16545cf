"""A client project on disk: the folder that ``relops new`` makes and every command works on."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relops.brief import Brief, load_brief
from relops.errors import BadInput, Problem
from relops.locale import PACKAGE
from relops.lock import LOCK, Lock

BRIEF = "brief.yaml"
WORKBOOK = "brief.xlsx"
KEY = "id.key"
KEY_BYTES = 32
# the demo company's edition in a clone of the repository, which is only read
COMMITTED = PACKAGE.parent / "data" / "demo"


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

    def maps(self, runs: Path) -> Path:
        """Return the folder of the maps from hash to the client's own ids; those of the committed demo company lie with
        its ``runs``."""
        return runs / "private" if self.folder == COMMITTED else self.private

    @property
    def reports(self) -> Path:
        """The default folder of runs."""
        return self.folder / "reports"

    def key(self) -> bytes:
        """Return the secret that customer ids are hashed with; in a project without one a new one, which
        :meth:`keep_key` is to keep once there are ids that it hashed. Raises BadInput when the file holds no key."""
        path = self.private / KEY
        if not path.exists():
            return secrets.token_bytes(KEY_BYTES)
        written = path.read_text(encoding="ascii", errors="replace").strip()
        if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", written):
            raise BadInput(Problem("project.key_unreadable", str(path), {
                "characters": len(written), "digits": 2 * KEY_BYTES}))
        return bytes.fromhex(written)

    def keep_key(self, key: bytes) -> None:
        """Write the project's secret, whole or not at all, readable by its owner only. Raises BadInput when another
        run has given the project another one meanwhile."""
        path = self.private / KEY
        if not path.exists():
            self.private.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{KEY}-{secrets.token_hex(4)}")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    file.write(key.hex())
                _put_in_place(draft, path)
            finally:
                draft.unlink(missing_ok=True)
        if self.key() != key:
            raise BadInput(Problem("project.key_other", str(path), {}))

    def lock(self) -> Lock:
        """Return the rulers frozen by earlier runs. Raises BadInput when ``settings.lock`` cannot be read."""
        return Lock.read(self.folder / LOCK)

    def settings(self) -> dict[str, Any]:
        """Return the frozen rulers, name → value. Raises BadInput when the lock cannot be read or was changed by
        hand."""
        lock = self.lock()
        lock.refuse_edits(LOCK)
        return lock.values


def _put_in_place(draft: Path, path: Path) -> None:
    """Give a finished file its name, unless another process was faster."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        draft.replace(path)
