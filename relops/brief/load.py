"""Reading ``brief.yaml``: every mistake in it is told at once, each with its line."""

from __future__ import annotations

import difflib
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from relops.brief.forms import TwoForms, read_forms
from relops.brief.model import Brief
from relops.brief.paths import Path, brief_keys, has_path, show_path
from relops.brief.reader import Document, read_text
from relops.brief.rules import broken_rules
from relops.errors import BadInput, Problem

LONGEST_SHOWN = 60
# pydantic's names of faults, and our problems for them
CODES = {
    "string_type": "not_text", "string_too_short": "empty_text", "string_pattern_mismatch": "empty_text",
    "int_type": "not_whole", "int_from_float": "not_whole", "int_parsing_size": "not_whole",
    "float_type": "not_number", "finite_number": "not_number", "bool_type": "not_flag",
    "list_type": "not_list", "dict_type": "not_block", "model_type": "not_block",
    "literal_error": "not_allowed", "missing": "missing_key", "extra_forbidden": "unknown_key",
    "greater_than_equal": "out_of_range", "greater_than": "out_of_range", "less_than_equal": "out_of_range",
    "less_than": "out_of_range", "too_short": "list_length", "too_long": "list_length",
}
BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def load_brief(path: str | FilePath) -> Brief:
    """Return the checked brief in the file ``path`` and in the workbook of its name beside it, if there is one.

    Raises BadInput with every problem of the files: their writing, unknown keys, wrong types, broken rules, entries
    that the two forms changed differently.
    """
    return _checked(read_forms(FilePath(path), lambda file: Document(read_text(file), file.name)))


def load_text(text: str, file_name: str) -> Brief:
    """Return the checked brief in ``text``; problems name ``file_name``. Raises BadInput."""
    return _checked(Document(text, file_name))


def _checked(document: Document | TwoForms) -> Brief:
    problems = list(document.problems)
    brief = None
    try:
        brief = Brief.model_validate(document.content, context={"rules_checked": True})
    except ValidationError as error:
        problems += model_problems(error, document)
    problems += [Problem(f"brief.{rule.code}", document.place(rule.path), rule.values)
                 for rule in broken_rules(document.content)]
    if problems or brief is None:
        raise BadInput(sorted(problems, key=lambda problem: _line(problem.place)))
    return brief


def check_values(content: dict[str, Any]) -> None:
    """Raise BadInput when plain values make no valid brief; problems name paths, for there is no file yet."""
    try:
        Brief.model_validate(content)
    except ValidationError as error:
        raise BadInput(model_problems(error, Values(content))) from error


class Values:
    """Plain values in the place of a file: their paths are all that a problem can name."""

    def __init__(self, content: dict[str, Any]):
        self.content = content

    def has(self, path: Path) -> bool:
        """Return whether there is an entry at ``path``."""
        return has_path(self.content, path)

    def is_refused(self, path: Path) -> bool:
        """Return False: plain values have no writing that could be wrong."""
        return False

    def place(self, path: Path) -> str:
        """Return the path as text."""
        return show_path(path)


def model_problems(error: ValidationError, document: Document | TwoForms | Values) -> list[Problem]:
    """Return what the model refuses as problems, one for a place."""
    faults: dict[Path, tuple[str, dict[str, Any]]] = {}
    for fault in error.errors(include_url=False):
        path = file_path(fault["loc"], document, whole=fault["type"] == "missing")
        if document.is_refused(path):
            continue
        code, values = describe(fault, path)
        faults.setdefault(path, (code, values))
    # a value that may be of two kinds is refused by both: the fault further in says what is wrong
    outer = {path[:depth] for path in faults for depth in range(len(path))}
    return [Problem(f"brief.{code}", document.place(path), values)
            for path, (code, values) in faults.items() if path not in outer]


def file_path(loc: Path, document: Document | TwoForms | Values, whole: bool) -> Path:
    """Return the place in the file of pydantic's ``loc``, which also names the kinds it tried on the way."""
    path: Path = ()
    for place, part in enumerate(loc):
        if document.has((*path, part)) or (whole and place == len(loc) - 1):
            path = (*path, part)
    return path


def describe(fault: dict[str, Any], path: Path) -> tuple[str, dict[str, Any]]:
    """Return our problem for a fault of the model and what fills its sentences."""
    context = fault.get("ctx", {})
    code = CODES.get(fault["type"], fault["type"])
    values: dict[str, Any] = {key: value for key, value in context.items() if key != "error"}
    values["value"] = shown(fault["input"])
    if code == "unknown_key":
        keys = brief_keys(Brief, path[:-1])
        near = difflib.get_close_matches(str(path[-1]), keys, n=1, cutoff=0.6)
        values = {"key": path[-1], "keys": ", ".join(keys), "near": near[0] if near else ""}
        code = "unknown_key_near" if near else code
    elif code == "missing_key":
        values = {"key": path[-1]}
    elif code == "out_of_range":
        values["bound"] = next(f"{BOUNDS[key]} {context[key]:g}" for key in BOUNDS if key in context)
    elif code == "not_allowed":
        values["expected"] = context["expected"].replace(" or ", ", ").replace("'", "")
    return code, values


def shown(value: Any) -> str:
    """Return a value as it may be shown in a sentence: on one line and short."""
    text = " ".join(("null" if value is None else str(value)).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _line(place: str) -> int:
    number = place.partition(" ")[0].rpartition(":")[2]
    return int(number) if number.isdecimal() else 0
