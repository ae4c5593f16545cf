"""Commands for who learns, teaches or works on the suite itself: notebooks, students' edition, sample report, tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from relops.cli.runs import run_suite
from relops.cli.terms import LANGUAGE, Kernels, Lang, Out, app, check_language, help_text, say
from relops.locale import PACKAGE, text


@app.command(help=help_text("lab"))
def lab(folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help=help_text("dir"))] = None,
        lang: Lang = "") -> None:
    """Open a project's notebooks in JupyterLab."""
    from relops.suite.lab import lab_project, open_lab, working_copies

    project = lab_project(folder)
    working = working_copies(project, check_language(lang))
    say("lab.copies", folder=working)
    raise typer.Exit(open_lab(project, working))


@app.command(help=help_text("student"))
def student(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help=help_text("student_out"))],
    customers: Annotated[int | None, typer.Option(help=help_text("customers"))] = None,
    seed: Annotated[int | None, typer.Option(help=help_text("student_seed"))] = None,
    lang: Lang = "",
) -> None:
    """Make the students' edition."""
    from relops.suite.student import CUSTOMERS, STUDENT_SEED, student_edition

    check_language(lang)
    size, chosen = (default if value is None else value
                    for value, default in ((customers, CUSTOMERS), (seed, STUDENT_SEED)))
    made = student_edition(folder, size, chosen)
    say("student.made", folder=made)
    say("student.truth", customers=size, seed=chosen)


@app.command(help=help_text("report"))
def report(out: Out = None, kernels: Kernels = "auto", lang: Lang = "") -> None:
    """Run the suite on the demo company, into ``reports/demo`` of the clone or the current folder."""
    home = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else Path.cwd()
    run_suite(_company, out=out or home / "reports" / "demo", kernels=kernels, cell_minutes=30.0,
              language=check_language(lang))


def _company() -> Path:
    from relops.data.demo import company_project  # imported late: a second or two, while the kernels import theirs

    return company_project()


@app.command(help=help_text("selftest"), context_settings={"ignore_unknown_options": True})
def selftest(
    arguments: Annotated[list[str] | None,
                         typer.Argument(metavar="[ARGUMENT]...", help=help_text("pytest"))] = None,
) -> None:
    """Run every test, the notebooks' stored values among them."""
    from relops.suite.selftest import run_tests

    code = run_tests(arguments or [])
    if code is None:
        print(text("cli.selftest.no_tests", LANGUAGE), file=sys.stderr)
        raise typer.Exit(2)
    raise typer.Exit(min(code, 1))
