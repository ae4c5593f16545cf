"""What goes wrong, told so that a person can mend it: place, found, allowed, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from relops.locale import messages, rooms, system_language, text


@dataclass(frozen=True)
class Problem:
    """One fault in what the user gave.

    ``code`` is ``<room>.<name>``; the room's ``messages.yaml`` holds, under ``problem.<name>``, the three
    sentences ``found``, ``allowed`` and ``do`` in each language. ``values`` fill their placeholders; one that
    begins with ``@`` and names a message stands for its text.
    """

    code: str
    place: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: str | None = None) -> str:
        """Return the problem as four lines of text in ``language`` (default: the system's)."""
        language = language or system_language()
        room, name = self.code.split(".", 1)
        values = {key: _worded(value, language) for key, value in self.values.items()}
        parts = [f"{self.place}"]
        for part in ("found", "allowed", "do"):
            label = text(f"locale.problem.{part}", language)
            parts.append(f"  {label}{text(f'{room}.problem.{name}.{part}', language, **values)}")
        return "\n".join(parts)


def _worded(value: Any, language: str) -> Any:
    """Return the text of a value that names a message, any other value as it is."""
    if isinstance(value, str) and value.startswith("@"):
        message_id = value[1:]
        room = message_id.split(".", 1)[0]
        if room in rooms() and message_id in messages(room):
            return text(message_id, language)
    return value


class BadInput(Exception):
    """The user's input cannot be used; carries every problem found, at once. Commands exit with 2."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(problem.render() for problem in self.problems))

    def render(self, language: str | None = None) -> str:
        """Return all problems in ``language``, one after another."""
        return "\n\n".join(problem.render(language) for problem in self.problems)


class RunFailed(Exception):
    """A run broke off though its input was good. Commands exit with 1."""

    exit_code = 1
