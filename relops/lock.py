"""``settings.lock``: the rulers that the first good run of a project fixed, so that the next month measures change
in customers and not in rulers. Each entry says its value, the run that set it and the day; ``--relock`` moves them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from relops.errors import BadInput, Problem
from relops.locale import messages, text

LOCK = "settings.lock"
FORMAT = 1
CHECK_LENGTH = 12
ROOMS, NONE = ("data", "rfm", "lifetime_value"), "–"


@dataclass(frozen=True)
class Ruler:
    """A frozen ruler: its value, the id of the run that set it, the day (ISO) that run began."""

    value: Any
    run: str
    date: str

    def check(self, name: str) -> str:
        """Return the mark that tells an entry changed by hand from one that a run wrote."""
        body = json.dumps([name, self.value, self.run, self.date], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()[:CHECK_LENGTH]


@dataclass(frozen=True)
class Lock:
    """The rulers of a project, name → :class:`Ruler`; none before the first good run. ``edited`` are the names of
    entries that no run wrote so."""

    rulers: Mapping[str, Ruler] = field(default_factory=dict)
    edited: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """Return name → value."""
        return {name: ruler.value for name, ruler in self.rulers.items()}

    @classmethod
    def read(cls, path: Path) -> Lock:
        """Return the lock in the file ``path``, an empty one where there is no file. Raises BadInput when it cannot
        be read as a lock."""
        if not path.exists():
            return cls()
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']}")
            marks = {name: entry.pop("check", None) for name, entry in content["rulers"].items()}
            rulers = {name: Ruler(**entry) for name, entry in content["rulers"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise BadInput(Problem("project.lock_unreadable", str(path), {"fault": str(fault)})) from fault
        return cls(rulers, tuple(name for name, ruler in rulers.items() if ruler.check(name) != marks[name]))

    def refuse_edits(self, place: str) -> None:
        """Raise BadInput, one problem an entry, where the lock was changed by hand."""
        if self.edited:
            raise BadInput([Problem("project.lock_edited", f"{place} {name}", {
                "value": self.rulers[name].value, "run": self.rulers[name].run}) for name in self.edited])

    def extended(self, proposed: Mapping[str, Any], run: str, date: str) -> Lock:
        """Return the lock with rulers it does not hold yet; those it holds stay as they are. Where a ruler maps
        sources to what they use, sources that are new join it."""
        held = {name: replace(ruler, value=_joined(ruler.value, proposed.get(name)))
                for name, ruler in self.rulers.items()}
        return Lock({name: Ruler(value, run, date) for name, value in proposed.items()} | held)

    def moved(self, proposed: Mapping[str, Any], run: str, date: str) -> Lock:
        """Return the lock with every proposed ruler set anew; one whose value stays keeps the run that set it."""
        moved = {name: Ruler(value, run, date) for name, value in proposed.items()
                 if name not in self.rulers or self.rulers[name].value != value or name in self.edited}
        return Lock(dict(self.rulers) | moved)

    def write_draft(self, path: Path) -> Path:
        """Write the lock beside ``path`` and return that file: renaming it to ``path`` then needs no room on disk."""
        entries = {name: asdict(ruler) | {"check": ruler.check(name)} for name, ruler in sorted(self.rulers.items())}
        body = json.dumps({"format": FORMAT, "rulers": entries}, indent=1, ensure_ascii=False)
        draft = path.with_name(f"{path.name}.part")
        try:
            draft.write_text(body + "\n", encoding="utf-8", newline="\n")
        except OSError:  # such as a full disk
            draft.unlink(missing_ok=True)
            raise
        return draft


def ruler_name(name: str, language: str) -> str:
    """Return what a ruler is called: ``data.orders.time_basis`` the column of the time (orders); one without a name
    of its own (a notebook's parameter) stands as it is."""
    subject, *middle, last = name.split(".")
    known = messages("project")
    if subject not in ROOMS or f"project.ruler.{last}" not in known:
        return name
    said = text(f"project.ruler.{last}", language)
    tables = [text(f"data.table.{table}", language) for table in middle if f"data.table.{table}" in messages("data")]
    return text("locale.keyed", language, name=said, keys=", ".join(tables)) if tables else said


def ruler_text(value: Any) -> str:
    """Return a ruler's value as text."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {ruler_text(part)}" for key, part in value.items()) or NONE
    if isinstance(value, (list, tuple)):
        return ", ".join(map(ruler_text, value)) or NONE
    return f"{value:.6g}" if isinstance(value, float) else NONE if value is None else str(value)


def _joined(held: Any, proposed: Any) -> Any:
    """Return a frozen value, a mapping with the further keys of ``proposed``."""
    if not (isinstance(held, Mapping) and isinstance(proposed, Mapping)):
        return held
    return dict(proposed) | {key: _joined(value, proposed.get(key)) for key, value in held.items()}
