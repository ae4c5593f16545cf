"""The commands; the work is done below. Help stands in both languages in ``cli.messages.yaml``."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import relops
from relops.errors import BadInput, Problem, RunFailed
from relops.locale import LANGUAGES, PACKAGE, system_language, text

DISK_FULL = 28


def _language(arguments: list[str]) -> str:
    """Return the language of help and messages: ``--lang`` wherever it stands, else the system's."""
    asked = [following for option, following in itertools.pairwise(arguments) if option == "--lang"]
    asked += [argument.removeprefix("--lang=") for argument in arguments if argument.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in LANGUAGES else system_language()


LANGUAGE = _language(sys.argv[1:])


def _help(key: str) -> str:
    return text(f"cli.help.{key}", LANGUAGE)


app = typer.Typer(help=_help("relops"), no_args_is_help=True, pretty_exceptions_enable=False,
                  add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
Folder = Annotated[Path, typer.Argument(metavar="DIR", help=_help("dir"))]
Lang = Annotated[str, typer.Option("--lang", metavar="zh|en", help=_help("lang"))]
Kernels = Annotated[str, typer.Option(metavar="auto|forked|ordinary", help=_help("kernels"))]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER", help=_help("out"))]


def _say(key: str, **values: object) -> None:
    Console(soft_wrap=True).print(text(f"cli.{key}", LANGUAGE, **values), markup=False, highlight=False)


def _check_language(lang: str) -> str:
    if lang and lang not in LANGUAGES:
        raise BadInput(Problem("cli.language", "--lang", {"value": lang, "languages": ", ".join(LANGUAGES)}))
    return lang


@app.callback(invoke_without_command=True)
def start(version: Annotated[bool, typer.Option("--version", help=_help("version"))] = False,
          lang: Lang = "") -> None:
    """Print the version if asked."""
    _check_language(lang)
    if version:
        print(relops.__version__)
        raise typer.Exit


@app.command(help=_help("new"))
def new(
    folder: Folder,
    more: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help=_help("more"))] = None,
    origin: Annotated[list[str] | None,
                      typer.Option("--from", metavar="demo|cdnow|FILE", help=_help("from"))] = None,
    name: Annotated[str | None, typer.Option(help=_help("name"))] = None,
    currency: Annotated[str | None, typer.Option(help=_help("currency"))] = None,
    timezone: Annotated[str | None, typer.Option(help=_help("timezone"))] = None,
    data_end: Annotated[str | None, typer.Option(help=_help("data_end"))] = None,
    date_format: Annotated[str | None, typer.Option(help=_help("date_format"))] = None,
    customers: Annotated[int | None, typer.Option(help=_help("customers"))] = None,
    seed: Annotated[int | None, typer.Option(help=_help("seed"))] = None,
    plain: Annotated[bool, typer.Option("--plain", help=_help("plain"))] = False,
    dirty: Annotated[bool, typer.Option("--dirty", help=_help("dirty"))] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_help("yes"))] = False,
    shape: Annotated[str | None, typer.Option("--as", metavar="exports", help=_help("as"))] = None,
    lang: Lang = "",
) -> None:
    """Make a project."""
    from relops.data.demo import demo_project
    from relops.data.starter import new_cdnow_project, new_project
    from relops.project import BRIEF
    from relops.suite.new_view import Interview, show_new

    _check_language(lang)
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
        made = new_project(folder, files, name=name, currency=currency, timezone=timezone, data_end=data_end,
                           date_format=date_format, ask=interview, language=LANGUAGE)
        interview.show_assumed()
        fault = show_new(Console(), made, LANGUAGE) if files else None
        if fault:
            raise fault
    _say("new.made", folder=made)
    _say("new.next", brief=made / BRIEF, folder=folder)


def _is_exports(shape: str | None) -> bool | None:
    """Return whether the sample company is to come as exports, None where nothing is said. Raises BadInput."""
    if shape not in (None, "exports"):
        raise BadInput(Problem("cli.shape", "--as", {"value": shape}))
    return shape == "exports" or None


@app.command(help=_help("check"))
def check(folder: Folder, lang: Lang = "") -> None:
    """Say what data and brief support."""
    from relops.project import Project
    from relops.suite.check import check_project
    from relops.suite.check_view import show_check

    _check_language(lang)
    show_check(Console(), check_project(Project.open(folder)), LANGUAGE)


@app.command(help=_help("run"))
def run(
    folder: Folder,
    out: Out = None,
    only: Annotated[list[str] | None, typer.Option(metavar="NN", help=_help("only"))] = None,
    parameter: Annotated[list[str] | None, typer.Option("--parameter", "-p", metavar="NOTEBOOK.NAME=VALUE",
                                                        help=_help("parameter"))] = None,
    kernels: Kernels = "auto",
    at_once: Annotated[int, typer.Option(min=0, help=_help("at_once"))] = 0,
    cell_minutes: Annotated[float, typer.Option(help=_help("cell_minutes"))] = 30.0,
    relock: Annotated[bool, typer.Option("--relock", help=_help("relock"))] = False,
    lang: Lang = "",
) -> None:
    """Run the suite."""
    _run(folder, out=out, only=tuple(only or ()), settings=tuple(parameter or ()), relock=relock, kernels=kernels,
         at_once=at_once, cell_minutes=cell_minutes, language=_check_language(lang))


def _run(folder: Path, **options: object) -> None:
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
        _say("run.complete", seconds=round(result.record["seconds"], 1), page=page)
        _say("run.latest", page=result.folder.parent / "latest.html")
        return
    print(failure_lines(result.failures, LANGUAGE), file=sys.stderr)
    print(text("cli.run.failed", LANGUAGE, page=page), file=sys.stderr)
    raise typer.Exit(result.exit_code)


def _command() -> str:
    """Return the command as a report may print it: of a folder its name, not where it lies on this machine."""
    return " ".join(["relops", *(Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:])])


@app.command(help=_help("plan"))
def plan(folder: Folder, out: Out = None, lang: Lang = "") -> None:
    """Write the documents again."""
    from relops.suite.plan import rewrite_plans

    _check_language(lang)
    done = rewrite_plans(folder, out)
    _say("plan.stands_on", run=done.run, changed=", ".join(done.changed) or "–")
    for name in done.documents:
        _say("plan.written", document=done.folder / name)
    for name in done.kept:
        _say("plan.kept", document=done.folder / name)


@app.command(help=_help("compare"))
def compare(
    runs: Annotated[list[str] | None, typer.Argument(metavar="[RUN_A] [RUN_B]", help=_help("runs"))] = None,
    place: Annotated[Path, typer.Option("--in", metavar="FOLDER", help=_help("in"))] = Path(),
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help=_help("compare_out"))] = None,
    lang: Lang = "",
) -> None:
    """Say how two runs differ."""
    from relops.suite.compare_runs import compare_runs
    from relops.suite.compare_view import ComparisonView

    _check_language(lang)
    if len(runs or []) > 2:
        raise BadInput(Problem("cli.two_runs", " ".join(runs or []), {}))
    comparison, page = compare_runs(runs or [], place, out)
    ComparisonView(Console(), comparison, LANGUAGE).show()
    _say("compare.page", page=page)


@app.command(help=_help("lab"))
def lab(folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help=_help("dir"))] = None,
        lang: Lang = "") -> None:
    """Open a project's notebooks in JupyterLab."""
    from relops.suite.lab import lab_project, open_lab, working_copies

    project = lab_project(folder)
    working = working_copies(project, _check_language(lang))
    _say("lab.copies", folder=working)
    raise typer.Exit(open_lab(project, working))


@app.command(help=_help("student"))
def student(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help=_help("student_out"))],
    customers: Annotated[int | None, typer.Option(help=_help("customers"))] = None,
    seed: Annotated[int | None, typer.Option(help=_help("student_seed"))] = None,
    lang: Lang = "",
) -> None:
    """Make the students' edition."""
    from relops.suite.student import CUSTOMERS, STUDENT_SEED, student_edition

    _check_language(lang)
    size, chosen = (default if value is None else value
                    for value, default in ((customers, CUSTOMERS), (seed, STUDENT_SEED)))
    made = student_edition(folder, size, chosen)
    _say("student.made", folder=made)
    _say("student.truth", customers=size, seed=chosen)


@app.command(help=_help("report"))
def report(out: Out = None, kernels: Kernels = "auto", lang: Lang = "") -> None:
    """Run the suite on the demo company, into ``reports/demo`` of the clone or the current folder."""
    from relops.data.demo import company_project

    home = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else Path.cwd()
    _run(company_project(), out=out or home / "reports" / "demo", kernels=kernels, cell_minutes=30.0,
         language=_check_language(lang))


@app.command(help=_help("selftest"), context_settings={"ignore_unknown_options": True})
def selftest(
    arguments: Annotated[list[str] | None,
                         typer.Argument(metavar="[ARGUMENT]...", help=_help("pytest"))] = None,
) -> None:
    """Run every test, the notebooks' stored values among them."""
    from relops.suite.selftest import run_tests

    code = run_tests(arguments or [])
    if code is None:
        print(text("cli.selftest.no_tests", LANGUAGE), file=sys.stderr)
        raise typer.Exit(2)
    raise typer.Exit(min(code, 1))


def main() -> None:
    """Run a command; end with 0 good, 1 a run failed, 2 bad input or usage."""
    os.environ["RELOPS_LANG"] = LANGUAGE
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding=_console_encoding(stream.encoding), errors="replace")
    try:
        app(prog_name="relops")
    except BadInput as fault:
        print(fault.render(LANGUAGE), file=sys.stderr)
        sys.exit(fault.exit_code)
    except RunFailed as fault:
        print(_failed(fault), file=sys.stderr)
        sys.exit(fault.exit_code)
    except OSError as fault:
        if fault.errno != DISK_FULL:
            raise
        print(text("cli.run.disk_full", LANGUAGE), file=sys.stderr)
        sys.exit(1)


def _console_encoding(encoding: str) -> str:
    """Return the console's own encoding where it can write Chinese (cp936 does), else UTF-8."""
    try:
        "中".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "utf-8"
    return encoding


def _failed(fault: RunFailed) -> str:
    from relops.suite.failure import failure_lines

    return failure_lines(fault.args[0], LANGUAGE) if isinstance(fault.args[0], list) else str(fault)
