"""Where a run lies: built out of sight, renamed when whole, so that nobody ever opens half a report."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

from relops.errors import BadInput, Problem
from relops.notebook.file_lock import try_lock

LATEST = "latest"
RENAME_TRIES = 20


class ClaimedFolder:
    """A folder that belongs to this process; what a dead process left behind is swept away by the next."""

    def __init__(self, path: Path):
        self.path = path
        self._lock: IO | None = try_lock(_lock_of(path))
        path.mkdir(mode=0o700)

    def release(self) -> None:
        """Let go of the claim; the folder, or what became of it, stays."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            _lock_of(self.path).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder and let go."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def sweep(parent: Path, pattern: str) -> None:
    """Remove folders of dead processes that match ``pattern``; those of the living and of others stay."""
    for path in parent.glob(pattern):
        if not path.is_dir() or (hasattr(os, "getuid") and path.stat().st_uid != os.getuid()):
            continue
        if (lock := try_lock(_lock_of(path))) is not None:
            shutil.rmtree(path, ignore_errors=True)
            lock.close()
            _lock_of(path).unlink(missing_ok=True)


class RunFolder:
    """The folder of one run in the making: built in ``draft``, renamed to ``final`` when good."""

    def __init__(self, out: Path):
        """Make a new one in ``out``. Raises BadInput when ``out`` cannot be written to."""
        self.out = out
        try:
            out.mkdir(parents=True, exist_ok=True)
            sweep(out, ".*.part")
            self.run_id = self._free_id()
            self._claim = ClaimedFolder(out / f".{self.run_id}.part")
        except OSError as fault:
            reason = fault.strerror or str(fault)
            raise BadInput(Problem("suite.folder", str(out), {"fault": reason})) from fault
        self.draft, self.final = self._claim.path, out / self.run_id

    def _free_id(self) -> str:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        candidates = (stamp if number == 1 else f"{stamp}-{number}" for number in range(1, 1000))
        return next(name for name in candidates if not any(
            (self.out / taken).exists() for taken in (name, f"{name}-failed", f".{name}.part")))

    def finish(self) -> Path:
        """Give a good run its name and make it the latest; return its folder."""
        self._rename(self.final)
        _write(self.out / LATEST, f"{self.run_id}\n")
        page = quote(f"{self.run_id}/index.html")
        _write(self.out / f"{LATEST}.html", f'<!DOCTYPE html><meta charset="utf-8">\n'
               f'<meta http-equiv="refresh" content="0; url={page}">\n<a href="{page}">{self.run_id}</a>\n')
        return self.final

    def fail(self) -> Path:
        """Give a failed run its name and leave the latest as it was; return its folder."""
        failed = self.out / f"{self.run_id}-failed"
        self._rename(failed)
        return failed

    def discard(self) -> None:
        """Leave nothing behind."""
        self._claim.remove()

    def _rename(self, target: Path) -> None:
        self.draft.chmod(0o755)
        for tries_left in reversed(range(RENAME_TRIES)):
            try:
                self.draft.rename(target)
                break
            except PermissionError:  # Windows: a virus scanner or an indexer holds a new file for a moment
                if not tries_left:
                    raise
                time.sleep(0.25)
        self._claim.release()


def latest_run(out: Path) -> Path | None:
    """Return the folder of the last good run in ``out``, None if there is none."""
    path = out / LATEST
    folder = out / path.read_text(encoding="utf-8").strip() if path.is_file() else None
    return folder if folder is not None and folder.is_dir() else None


def _write(path: Path, content: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(content, encoding="utf-8", newline="\n")
    draft.replace(path)
