"""Two languages as equals: every sentence of the product lies in a ``messages.yaml``, id → {zh, en}."""

from __future__ import annotations

import functools
import locale as system_locale
import os
import string
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("zh", "en")
PACKAGE = Path(__file__).resolve().parent.parent


def read_yaml(path: Path) -> Any:
    """Return the content of one of the package's own YAML files (the brief has its own reader)."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def _flatten(prefix: str, node: dict) -> dict[str, dict[str, str]]:
    if set(node) == set(LANGUAGES):
        return {prefix: node}
    flat: dict[str, dict[str, str]] = {}
    for key, child in node.items():
        if not isinstance(child, dict):
            raise ValueError(f"{prefix}.{key}: a message needs exactly the languages {LANGUAGES}")
        flat |= _flatten(f"{prefix}.{key}", child)
    return flat


@functools.cache
def messages(room: str) -> dict[str, dict[str, str]]:
    """Return message id → {zh, en} of one room (a folder of the package, or a module's own file)."""
    folder = PACKAGE / room / "messages.yaml"
    path = folder if folder.exists() else PACKAGE / f"{room}.messages.yaml"
    return _flatten(room, read_yaml(path))


@functools.cache
def rooms() -> tuple[str, ...]:
    """Return the names of all rooms that hold messages, sorted."""
    folders = {path.parent.name for path in PACKAGE.glob("*/messages.yaml")}
    modules = {path.name.removesuffix(".messages.yaml") for path in PACKAGE.glob("*.messages.yaml")}
    return tuple(sorted(folders | modules))


def template(message_id: str, language: str) -> str:
    """Return the sentence of ``message_id`` with its placeholders unfilled. Raises KeyError."""
    return messages(message_id.split(".", 1)[0])[message_id][language]


def text(message_id: str, language: str, **values: Any) -> str:
    """Return the sentence of ``message_id`` in ``language``, placeholders filled with ``values``."""
    return template(message_id, language).format(**values)


def placeholders(sentence: str) -> set[str]:
    """Return the names of the placeholders of a message."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def system_language() -> str:
    """Return the language for terminal messages: ``RELOPS_LANG``, else the system's; English if neither."""
    wanted = os.environ.get("RELOPS_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    wanted = wanted or system_locale.getlocale()[0] or "en"
    return "zh" if wanted.lower().startswith(("zh", "chinese")) else "en"
