"""Numbers of tables and figures: they run through a printed chapter; chapters printed alike share them."""

from __future__ import annotations

from collections import Counter

from relops.documents.model import Caption, Runs, words


class Captions:
    """Gives out captions in reading order; ``enter`` says which printed chapter or appendix comes next."""

    def __init__(self, language: str):
        self.language = language
        self.chapter = ""
        self.given: Counter[tuple[str, str]] = Counter()

    def enter(self, chapter: str) -> None:
        """Begin a chapter."""
        self.chapter = chapter

    def _next(self, kind: str, title: Runs) -> Caption:
        self.given[kind, self.chapter] += 1
        label = words(f"documents.label.{kind}", self.language)
        return Caption(kind, label, self.chapter, self.given[kind, self.chapter], title)

    def table(self, title: Runs) -> Caption:
        """Return the next table's caption."""
        return self._next("table", title)

    def figure(self, title: Runs) -> Caption:
        """Return the next figure's caption."""
        return self._next("figure", title)
