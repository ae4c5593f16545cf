"""Commands on a project before anything is computed: make one, check it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from relops.cli.terms import LANGUAGE, Folder, Lang, app, check_language, help_text, say
from relops.errors import BadInput, Problem


@app.command(help=help_text("new"))
def new(
    folder: Folder,
    more: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help=help_text("more"))] = None,
    origin: Annotated[list[str] | None,
                      typer.Option("--from", metavar="demo|cdnow|FILE", help=help_text("from"))] = None,
    name: Annotated[str | None, typer.Option(help=help_text("name"))] = None,
    currency: Annotated[str | None, typer.Option(help=help_text("currency"))] = None,
    timezone: Annotated[str | None, typer.Option(help=help_text("timezone"))] = None,
    data_end: Annotated[str | None, typer.Option(help=help_text("data_end"))] = None,
    date_format: Annotated[str | None, typer.Option(help=help_text("date_format"))] = None,
    customers: Annotated[int | None, typer.Option(help=help_text("customers"))] = None,
    seed: Annotated[int | None, typer.Option(help=help_text("seed"))] = None,
    plain: Annotated[bool, typer.Option("--plain", help=help_text("plain"))] = False,
    dirty: Annotated[bool, typer.Option("--dirty", help=help_text("dirty"))] = False,
    keep: Annotated[bool, typer.Option("--keep", help=help_text("keep"))] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=help_text("yes"))] = False,
    shape: Annotated[str | None, typer.Option("--as", metavar="exports", help=help_text("as"))] = None,
    lang: Lang = "",
) -> None:
    """Make a project."""
    from relops.data.demo import demo_project
    from relops.data.starter import new_cdnow_project, new_project
    from relops.project import BRIEF
    from relops.suite.new_view import Interview, ShownProject

    check_language(lang)
    files = [*(origin or []), *(more or [])]
    edition = {"customers": customers, "seed": seed, "plain": plain or None, "dirty": dirty or None,
               "exports": _is_exports(shape)}
    edition = {option: value for option, value in edition.items() if value is not None}
    if edition and files != ["demo"]:
        raise BadInput([Problem("cli.demo_only", "--as" if option == "exports" else f"--{option}", {})
                        for option in edition])
    if files == ["demo"]:
        made = demo_project(folder, **edition)
    elif files == ["cdnow"]:
        made = new_cdnow_project(folder)
    else:
        interview = Interview(Console(), LANGUAGE, at_terminal=sys.stdin.isatty() and not yes)
        shown = ShownProject(Console(), LANGUAGE, files, interview, keep=keep)
        made = new_project(folder, files, name=name, currency=currency, timezone=timezone, data_end=data_end,
                           date_format=date_format, ask=interview, language=LANGUAGE, look=shown, keep=keep)
        if shown.fault:
            say("new.made", folder=made)
            raise shown.fault
    say("new.made", folder=made)
    say("new.next", brief=made / BRIEF, folder=folder)


def _is_exports(shape: str | None) -> bool | None:
    """Return whether the sample company is to come as exports, None where nothing is said. Raises BadInput."""
    if shape not in (None, "exports"):
        raise BadInput(Problem("cli.shape", "--as", {"value": shape}))
    return shape == "exports" or None


@app.command(help=help_text("check"))
def check(folder: Folder, lang: Lang = "") -> None:
    """Say what data and brief support."""
    from relops.project import Project
    from relops.suite.check import check_project
    from relops.suite.check_view import show_check

    check_language(lang)
    show_check(Console(), check_project(Project.open(folder)), LANGUAGE)
