"""What a line of the brief says beside it: how it was known, in both languages."""

from __future__ import annotations

from typing import Any

from relops.locale import LANGUAGES, messages, text

Notes = dict[str, dict[str, str]]


def note(message: str, **values: Any) -> dict[str, str]:
    """Return one sentence on a line of the brief in each language: counts with thousands marks, names in words."""
    known = f"intake.note.{message}"
    key = known if known in messages("intake") else f"data.guess.{message}"
    return {language: text(key, language, **{name: _worded(value, language) for name, value in values.items()})
            for language in LANGUAGES}


def _worded(value: Any, language: str) -> str:
    if isinstance(value, dict):
        return value[language]
    if isinstance(value, str) and value.startswith("@intake."):
        named = messages("intake").get(value[1:])
        return named[language] if named else value.rpartition(".")[2].partition("_")[2]
    return f"{value:,}" if isinstance(value, int) else " ".join(str(value).split())


def join_notes(*notes: dict[str, str]) -> dict[str, str]:
    """Return several sentences as one."""
    return {language: {"zh": "；", "en": "; "}[language].join(part[language] for part in notes)
            for language in LANGUAGES}
