"""What all commands share: the application, the language of help and messages, options that several commands take."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import relops
from relops.cli.help import speak
from relops.errors import BadInput, Problem
from relops.locale import LANGUAGES, system_language, text


def _language(arguments: list[str]) -> str:
    """Return the language of help and messages: ``--lang`` wherever it stands, else the system's."""
    asked = [following for option, following in itertools.pairwise(arguments) if option == "--lang"]
    asked += [argument.removeprefix("--lang=") for argument in arguments if argument.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in LANGUAGES else system_language()


LANGUAGE = _language(sys.argv[1:])
speak(LANGUAGE)


def help_text(key: str) -> str:
    """Return a line of help in the reader's language."""
    return text(f"cli.help.{key}", LANGUAGE)


app = typer.Typer(help=help_text("relops"), no_args_is_help=True, pretty_exceptions_enable=False,
                  add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
Folder = Annotated[Path, typer.Argument(metavar="DIR", help=help_text("dir"))]
Lang = Annotated[str, typer.Option("--lang", metavar="zh|en", help=help_text("lang"))]
Kernels = Annotated[str, typer.Option(metavar="auto|forked|ordinary", help=help_text("kernels"))]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER", help=help_text("out"))]


def say(key: str, **values: object) -> None:
    """Print the message ``cli.<key>`` in the reader's language."""
    Console(soft_wrap=True).print(text(f"cli.{key}", LANGUAGE, **values), markup=False, highlight=False)


def check_language(lang: str) -> str:
    """Return the language asked for, empty where none was. Raises BadInput."""
    if lang and lang not in LANGUAGES:
        raise BadInput(Problem("cli.language", "--lang", {"value": lang, "languages": ", ".join(LANGUAGES)}))
    return lang


@app.callback(invoke_without_command=True)
def start(version: Annotated[bool, typer.Option("--version", help=help_text("version"))] = False,
          lang: Lang = "") -> None:
    """Print the version if asked."""
    check_language(lang)
    if version:
        print(relops.__version__)
        raise typer.Exit
