"""A new project in the terminal: questions with their proposals, what was found, first rows, monthly totals."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Table

from relops.brief import Brief
from relops.brief.load import check_values
from relops.brief.sources import Source
from relops.data.intake.files import gather_files, is_open
from relops.data.intake.preview import Preview, preview_project
from relops.data.intake.questions import Question, class_of_values, first_choice
from relops.data.readers.databases import tables_of
from relops.data.readers.sheets import other_sheets
from relops.errors import BadInput, Problem
from relops.locale import messages, text
from relops.locale.format import format_value
from relops.project import Project
from relops.suite.check_view import show_reasons

# the entries that a brief must have, with what is surely good
SETTINGS = {"client": {"name": "A"}, "finance": {"currency": "CNY"}, "period": {"timezone": "UTC"}}


class Interview:
    """Answers questions: by a person at the terminal, or with the proposal, remembering what was assumed."""

    def __init__(self, console: Console, language: str, *, at_terminal: bool):
        self.console, self.language, self.at_terminal = console, language, at_terminal
        self.answers: list[tuple[Question, str]] = []

    def __call__(self, question: Question) -> str:
        """Return the answer to one question. Raises BadInput where the terminal is closed before it."""
        try:
            answer = self._ask(question) if self.at_terminal else first_choice(question)
        except EOFError as end:
            raise BadInput(Problem("intake.no_answer", question.place, {
                "question": f"@intake.question.{question.name}"})) from end
        self.answers.append((question, answer))
        return answer

    def show_assumed(self) -> None:
        """Print what was taken without asking."""
        if self.at_terminal or not self.answers:
            return
        table = _table(_say("assumed", self.language), [_say(key, self.language) for key in (
            "question", "taken", "place")])
        for question, answer in self.answers:
            taken = question.label(answer, self.language) if answer else _say("nothing", self.language)
            asked = [question.words(self.language), *self._facts(question)]
            table.add_row(escape("\n".join(asked)), escape(taken), escape(question.place))
        self.console.print(table)

    def _ask(self, question: Question) -> str:
        self.console.print()
        self.console.print(question.words(self.language), style="bold", markup=False)
        for fact in self._facts(question):
            self.console.print(fact, style="dim", markup=False, highlight=False)
        if not question.choices:
            return self._free(question)
        for number, choice in enumerate(question.choices, 1):
            self.console.print(f"  {number}. {question.label(choice, self.language)}", markup=False, highlight=False)
        numbers = [str(number) for number in range(1, len(question.choices) + 1)]
        default = {"default": "1"} if question.default else {}
        prompt = Prompt(_say("answer", self.language), console=self.console, choices=numbers)
        prompt.illegal_choice_message = f"[prompt.invalid.choice]{escape(_say('not_a_choice', self.language))}"
        answer = prompt(**default)
        return question.choices[int(answer) - 1]

    def _facts(self, question: Question) -> list[str]:
        """Return the lines that help to answer; those of statuses are numbered."""
        lines = [" · ".join(_worded(part, self.language) for part in fact) for fact in question.facts]
        return [f"  {number}. {line}" if question.name == "statuses" else f"  {line}"
                for number, line in enumerate(lines, 1)]

    def _free(self, question: Question) -> str:
        while True:
            answer = Prompt.ask(_say("write", self.language), console=self.console, default=question.default,
                                show_default=bool(question.default)).strip()
            answer = answer if question.name == "statuses" else answer or question.default
            problems = _faults(question, answer)
            if not problems:
                return answer
            for problem in problems:
                self.console.print(problem.render(self.language), markup=False)


def _faults(question: Question, answer: str) -> list[Problem]:
    """Return what keeps a written answer from being taken."""
    if question.name == "statuses":
        try:
            class_of_values(answer, [value for value, *_ in question.facts])
        except ValueError as fault:
            return [Problem("intake.status_answer", question.place, {"value": str(fault), "example": "1,3r"})]
    block, _, entry = question.place.partition(".")
    if entry in SETTINGS.get(block, ()):
        try:
            check_values(SETTINGS | {block: {entry: answer}})
        except BadInput as fault:
            return fault.problems
    return []


class ShownProject:
    """Shows a project that is about to be made; data that do not come in keep it from being made, unless ``keep``."""

    def __init__(self, console: Console, language: str, given: Sequence[str], interview: Interview, *, keep: bool):
        self._console, self._language, self._given, self._interview = console, language, given, interview
        self._keep = keep
        self.fault: BadInput | None = None

    def __call__(self, folder: Path) -> None:
        """Show the project in ``folder``. Raises BadInput, or keeps it as ``fault`` where the project is to stay."""
        self._interview.show_assumed()
        self.fault = show_new(self._console, folder, self._language, self._given) if self._given else None
        if self.fault:
            self._console.print(_say("not_yet" if self._keep else "not_made", self._language), style="bold red")
            if not self._keep:
                raise self.fault


def show_new(console: Console, folder: Path, language: str, given: Sequence[str] = ()) -> BadInput | None:
    """Print what a new project takes in of the files it was ``given``; return what keeps its data from coming in, if
    anything does."""
    project = Project.open(folder)
    gathered = gather_files(given)
    aside = [path.name for path in gathered.left_aside if not path.name.startswith(".")]
    if aside:
        console.print(_say("left_aside", language, files=", ".join(aside)), markup=False, soft_wrap=True)
    for path, other in gathered.copies.items():
        console.print(_say("copy", language, file=path.name, other=other), style="yellow", markup=False,
                      soft_wrap=True)
    for path in filter(is_open, gathered.data):
        console.print(_say("open", language, file=path), style="yellow", markup=False, soft_wrap=True)
    for path, name in gathered.data.items():
        read = {source.sheet for source in project.brief.data.sources if _reads(source, name)}
        tables = tables_of(path)
        unread = {"sheets": [sheet for sheet in other_sheets(path) if sheet not in read],
                  "tables": [table for table in tables if table not in read] if len(tables) > 1 else []}
        for kind, names in unread.items():
            if names:
                console.print(_say(kind, language, file=path.name, **{kind: ", ".join(names)}), style="yellow",
                              markup=False, soft_wrap=True)
    console.print(_sources(project.brief, language))
    try:
        preview = preview_project(project, _say("hidden", language))
    except BadInput as fault:
        return fault
    show_reasons(console, preview.audit, language)
    for source in project.brief.data.sources:
        if source.table == "orders" and "order_id" not in source.columns and source.refunds != "file":
            files = ", ".join(source.file_names)
            console.print(_say("unnumbered", language, files=files), style="yellow", markup=False, soft_wrap=True)
    if preview.audit.knows_nobody:
        console.print(_say("nobody", language), style="yellow", markup=False, soft_wrap=True)
    _show_preview(console, preview, project.brief.finance.currency, language)
    return None


def _reads(source: Source, name: str) -> bool:
    """Return whether a file of the project is one of a source's; of several its files are named, or a pattern."""
    return any(fnmatch.fnmatchcase(f"data/{name}", one) or one == f"data/{name}" for one in source.file_names)


def _show_preview(console: Console, preview: Preview, currency: str, language: str) -> None:
    for name, rows in preview.rows.items():
        table = _table(_say("rows", language, table=text(f"data.table.{name}", language)),
                       [text(f"data.column.{column}", language) for column in rows.columns])
        for row in rows.itertuples(index=False):
            table.add_row(*(escape(str(cell)) if isinstance(cell, str) else "" for cell in row))
        console.print(table)
    if preview.months is None:
        return
    table = _table(_say("months", language, currency=currency), [_say("month", language)])
    for key in ("orders", "gross", "refunds", "net", "customers"):
        table.add_column(_say(key, language), justify="right")
    for month in preview.months.itertuples():
        money = (f"{value:,.2f}" for value in (month.gross, month.refunds, month.net))
        table.add_row(month.month, format_value(month.orders, "count", language), *money,
                      format_value(month.customers, "count", language))
    console.print(table)
    left_out = preview.audit.rows("orders", "rows_excluded")
    if preview.audit.data_end and left_out:
        console.print(_say("last_day", language, end=preview.audit.data_end, rows=format_value(
            left_out, "count", language)), markup=False, soft_wrap=True)


def _sources(brief: Brief, language: str) -> Table:
    table = _table(_say("found", language), [_say(key, language) for key in ("file", "table")])
    for source in brief.data.sources:
        files = "\n".join(f"{name}#{source.sheet}" if source.sheet else name for name in source.file_names)
        table.add_row(escape(files), text(f"data.table.{source.table}", language))
    if brief.data.control_file:
        table.add_row(escape(brief.data.control_file.file), _say("own_totals", language))
    return table


def _table(title: str, headings: list[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(escape(heading), overflow="fold")
    return table


def _worded(part: str, language: str) -> str:
    """Return a part of a fact; one that names a message stands for its text, or else for its last word."""
    if not part.startswith("@"):
        return part
    return text(part[1:], language) if part[1:] in messages("intake") else part.rpartition("_")[2]


def _say(key: str, language: str, **values: Any) -> str:
    return text(f"intake.view.{key}", language, **values)
