"""The page of a failed run: which notebook, which section, why, what to do next; the technical part last."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from relops.errors import RunFailed
from relops.locale import LANGUAGES, text

TEMPLATES = Path(__file__).resolve().parent / "templates"
DISK_FULL = ("No space left on device", "Errno 28", "database or disk is full")
OWN = "relops"
LABELS = ("title", "notebook", "section", "cell", "cause", "next", "message", "details", "executed")


def failure_of(fault: Exception) -> dict[str, Any]:
    """Return a failure outside the notebooks as plain data, told by the exception that caused it."""
    full = any(sign in str(fault) for sign in DISK_FULL)
    told = isinstance(fault, RunFailed)  # by a sentence of its own
    return {"notebook": OWN, "status": "failed", "traceback": traceback.format_exc(),
            "kind": "disk_full" if full else "engine" if told else "internal",
            "error": str(fault) if told else f"{type(fault).__name__}: {fault}"}


def write_failure_page(folder: Path, run_id: str, failures: list[Mapping[str, Any]], log: str) -> Path:
    """Write ``index.html`` of a failed run and return its path.

    ``failures`` hold notebook, kind (a key of ``suite.failure`` in the messages), section, cell_number, error
    and traceback; ``log`` is what the processes printed.
    """
    shown = [_shown(folder, failure) for failure in failures]
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    page = environment.get_template("failure.html.j2").render(
        languages=LANGUAGES, lang={"zh": "zh-Hans", "en": "en-GB"}, failures=shown, log=log.strip(),
        say={language: {label: text(f"suite.failure.{label}", language) for label in LABELS}
             for language in LANGUAGES},
        summary={language: text("suite.failure.summary", language, run=run_id) for language in LANGUAGES})
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _shown(folder: Path, failure: Mapping[str, Any]) -> dict[str, Any]:
    page = f"notebooks/{failure['notebook']}.html"
    return {
        "notebook": {language: place(failure, language) for language in LANGUAGES},
        "page": page if (folder / page).exists() else None,
        "cell_number": failure.get("cell_number"), "section": failure.get("section") or {},
        "error": failure.get("error") or "", "traceback": failure.get("traceback") or "",
        "cause": {language: said(failure, "cause", language) for language in LANGUAGES},
        "next": {language: said(failure, "next", language) for language in LANGUAGES},
    }


def place(failure: Mapping[str, Any], language: str) -> str:
    """Return where a failure happened: the notebook's name, or that it was outside the notebooks."""
    return failure["notebook"] if failure["notebook"] != OWN else text("suite.failure.own", language)


def said(failure: Mapping[str, Any], part: str, language: str) -> str:
    """Return the sentence of a kind of failure: its ``cause`` or what to do ``next``."""
    return text(f"suite.failure.{failure['kind']}.{part}", language)


def failure_lines(failures: list[Mapping[str, Any]], language: str) -> str:
    """Return the failures as text for a terminal: notebook, section, cause, message, next step."""
    lines = []
    for failure in failures:
        section = (failure.get("section") or {}).get(language)
        lines.append(" · ".join(filter(None, [place(failure, language), section])))
        message = (failure.get("error") or "").strip()
        parts = {"cause": said(failure, "cause", language), "message": message,
                 "next": said(failure, "next", language)}
        for part, sentence in parts.items():
            label = text(f"suite.failure.{part}", language)
            lines += [f"  {text('suite.failure.line', language, label=label, sentence=sentence)}"] if sentence else []
    return "\n".join(lines)
