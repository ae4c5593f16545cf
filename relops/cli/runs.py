"""Commands on runs: run the suite, write its plans again, compare two runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from relops.cli.terms import LANGUAGE, Folder, Kernels, Lang, Out, app, check_language, help_text, say
from relops.errors import BadInput, Problem
from relops.locale import text


@app.command(help=help_text("run"))
def run(
    folder: Folder,
    out: Out = None,
    only: Annotated[list[str] | None, typer.Option(metavar="NN", help=help_text("only"))] = None,
    parameter: Annotated[list[str] | None, typer.Option("--parameter", "-p", metavar="NOTEBOOK.NAME=VALUE",
                                                        help=help_text("parameter"))] = None,
    kernels: Kernels = "auto",
    at_once: Annotated[int, typer.Option(min=0, help=help_text("at_once"))] = 0,
    cell_minutes: Annotated[float, typer.Option(help=help_text("cell_minutes"))] = 30.0,
    relock: Annotated[bool, typer.Option("--relock", help=help_text("relock"))] = False,
    lang: Lang = "",
) -> None:
    """Run the suite."""
    run_suite(folder, out=out, only=tuple(only or ()), settings=tuple(parameter or ()), relock=relock, kernels=kernels,
              at_once=at_once, cell_minutes=cell_minutes, language=check_language(lang))


def run_suite(folder: Path | Callable[[], Path], **options: object) -> None:
    """Run the suite, show how it goes, say where the report lies; exit 1 or 2 unless it is complete."""
    from relops.suite.console import ShownProgress
    from relops.suite.failure import failure_lines
    from relops.suite.runner import Options, run_project

    chosen = Options(command=_command(), **options)
    chosen.check()
    try:
        with ShownProgress(Console(soft_wrap=True), LANGUAGE) as progress:
            result = run_project(folder, chosen, progress)
    except KeyboardInterrupt:
        print(text("cli.run.interrupted", LANGUAGE), file=sys.stderr)
        raise typer.Exit(1) from None
    page = result.folder / "index.html"
    if result.status == "complete":
        say("run.complete", seconds=round(result.record["seconds"], 1), page=page)
        say("run.latest", page=result.folder.parent / "latest.html")
        return
    print(failure_lines(result.failures, LANGUAGE), file=sys.stderr)
    print(text("cli.run.failed", LANGUAGE, page=page), file=sys.stderr)
    raise typer.Exit(result.exit_code)


def _command() -> str:
    """Return the command as a report may print it: of a folder its name, not where it lies on this machine."""
    return " ".join(["relops", *(Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:])])


@app.command(help=help_text("plan"))
def plan(folder: Folder, out: Out = None, lang: Lang = "") -> None:
    """Write the documents again."""
    from relops.suite.plan import rewrite_plans

    check_language(lang)
    done = rewrite_plans(folder, out)
    say("plan.stands_on", run=done.run, changed=", ".join(done.changed) or "–")
    for name in done.documents:
        say("plan.written", document=done.folder / name)
    for name in done.kept:
        say("plan.kept", document=done.folder / name)


@app.command(help=help_text("compare"))
def compare(
    runs: Annotated[list[str] | None, typer.Argument(metavar="[RUN_A] [RUN_B]", help=help_text("runs"))] = None,
    place: Annotated[Path, typer.Option("--in", metavar="FOLDER", help=help_text("in"))] = Path(),
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help=help_text("compare_out"))] = None,
    lang: Lang = "",
) -> None:
    """Say how two runs differ."""
    from relops.suite.compare_runs import compare_runs
    from relops.suite.compare_view import ComparisonView

    check_language(lang)
    if len(runs or []) > 2:
        raise BadInput(Problem("cli.two_runs", " ".join(runs or []), {}))
    comparison, page = compare_runs(runs or [], place, out)
    ComparisonView(Console(), comparison, LANGUAGE).show()
    say("compare.page", page=page)
