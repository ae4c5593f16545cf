"""The command on lists: draw whom to contact and whom to keep as control, read back what became of it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from relops.cli.terms import LANGUAGE, Folder, Lang, app, check_language, help_text


@app.command(help=help_text("assign"))
def assign(
    folder: Folder,
    name: Annotated[str, typer.Argument(metavar="EXPERIMENT|STRATEGY", help=help_text("target"))],
    coverage: Annotated[float | None, typer.Option(help=help_text("coverage"))] = None,
    strata: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help=help_text("strata"))] = None,
    key: Annotated[str | None, typer.Option(help=help_text("key"))] = None,
    start: Annotated[datetime.datetime | None,
                     typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help=help_text("start"))] = None,
    draw_id: Annotated[str | None, typer.Option("--id", help=help_text("draw_id"))] = None,
    extend: Annotated[bool, typer.Option("--extend", help=help_text("extend"))] = False,
    result: Annotated[list[Path] | None, typer.Option(metavar="FILE", help=help_text("result"))] = None,
    result_key: Annotated[str | None, typer.Option(metavar="HEADER", help=help_text("result_key"))] = None,
    word: Annotated[list[str] | None, typer.Option(metavar="WORD=EVENT", help=help_text("word"))] = None,
    lang: Lang = "",
) -> None:
    """Draw a list, or with ``result`` read back what became of it."""
    from relops.strategies.draw_plan import Wishes
    from relops.strategies.result_file import Asked
    from relops.suite.assign import draw_list, read_back
    from relops.suite.assign_view import show_drawn, show_read_back

    check_language(lang)
    if result:
        meant = dict(entry.rpartition("=")[::2] for entry in word or ())
        show_read_back(Console(), read_back(folder, name, result, Asked(result_key, meant)), LANGUAGE)
        return
    wishes = Wishes(coverage, tuple(strata or ()), key, start.date() if start else None, draw_id)
    show_drawn(Console(), draw_list(folder, name, wishes, extend=extend), LANGUAGE)
