"""What never changes while a run lasts, read once in the process that all others are forked from.

Only files of the package and of its fonts; nothing of a project, and nothing that starts a thread.
"""

from __future__ import annotations

from relops.brief import Brief
from relops.exhibits import describe
from relops.locale import LANGUAGES, messages, rooms
from relops.style import use_style


def read_unchanging() -> None:
    """Read messages, declared ids, the model of the brief and the fonts into the caches of their modules."""
    for room in rooms():
        messages(room)
    describe("data.none")
    Brief.model_rebuild()
    for language in LANGUAGES:
        with use_style(language):
            continue
