"""What a run shows in a terminal: a line of progress for each notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from relops.locale import text
from relops.suite.graph import Node
from relops.suite.schedule import Progress


class ShownProgress(Progress):
    """Bars on a terminal; where there is none, a line for each notebook that has ended."""

    def __init__(self, console: Console, language: str):
        self.console, self.language = console, language
        self.bars = Bars(TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
                         TimeElapsedColumn(), console=console, disable=not console.is_terminal)
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> ShownProgress:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def stage(self, name: str) -> None:
        """Say which stage begins."""
        self.bars.console.print(text(f"cli.stage.{name}", self.language), style="bold")

    def cell(self, notebook: Node, cell: int, of: int) -> None:
        """Move the notebook's bar."""
        if notebook.name not in self.tasks:
            self.tasks[notebook.name] = self.bars.add_task(escape(self._title(notebook)), total=of)
        self.bars.update(self.tasks[notebook.name], completed=cell - 1, total=of)

    def ended(self, notebook: Node, outcome: Mapping[str, Any]) -> None:
        """Finish the notebook's bar, or say that it did not finish."""
        complete = outcome["status"] == "complete"
        if complete and notebook.name in self.tasks:
            task = self.tasks[notebook.name]
            self.bars.update(task, completed=self.bars.tasks[task].total)
        if not complete or not self.console.is_terminal:
            line = text(f"cli.run.{'ended' if complete else 'broken'}", self.language,
                        title=self._title(notebook), seconds=outcome["seconds"])
            self.bars.console.print(f"  {line}", markup=False, highlight=False)

    def _title(self, notebook: Node) -> str:
        number = notebook.name.split("_")[0]
        title = notebook.title.get(self.language)
        return f"{number} {title}" if title else notebook.name
