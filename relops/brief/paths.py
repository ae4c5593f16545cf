"""Places in a brief: a path is a tuple of keys and list positions, written ``goals[0].by``."""

from __future__ import annotations

import re
import typing
from typing import Any

Path = tuple[str | int, ...]
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def show_path(path: Path) -> str:
    """Return a path as text, e.g. ``goals[0].by``."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")


def parse_path(path: str) -> Path:
    """Return the parts of ``goals[0].by`` or ``goals.0.by``."""
    parts = (index or name for index, name in _PART.findall(path))
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def has_path(content: Any, path: Path) -> bool:
    """Return whether plain content has an entry at ``path``."""
    for part in path:
        keys = range(len(content)) if isinstance(content, list) else content if isinstance(content, dict) else ()
        if part not in keys:
            return False
        content = content[part]
    return True


def is_empty(value: Any) -> bool:
    """Return whether a value of the brief says nothing: None, blank text, an empty list, mapping or block."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple | dict | set | frozenset):
        return len(value) == 0
    if hasattr(value, "model_fields_set"):
        return all(is_empty(getattr(value, name)) for name in value.model_fields_set)
    return False


def brief_value(brief: Any, path: str) -> Any:
    """Return what stands at ``path`` (``finance.margin_rate``, ``goals[0].by``), or None where nothing does.

    Raises KeyError when the brief has no such field: an empty answer must never come from a misspelt path.
    """
    here = brief
    for part in parse_path(path):
        if here is None:
            return None
        if isinstance(here, list | tuple):
            here = here[part] if isinstance(part, int) and part < len(here) else None
        elif isinstance(here, dict):
            here = here.get(part, here.get(str(part)))
        else:
            here = getattr(here, _attribute(here, part, path))
    return here


def _attribute(block: Any, key: str | int, path: str) -> str:
    for name, field in getattr(type(block), "model_fields", {}).items():
        if key == (field.alias or name):
            return name
    raise KeyError(f"the brief has no field {path}")


def brief_keys(model: Any, path: Path) -> list[str]:
    """Return the keys that the block at ``path`` of a model may have, in order (none for a free mapping)."""
    block = block_of(entry_type(model, path))
    return [] if block is None else [field.alias or name for name, field in block.model_fields.items()]


def entry_type(annotation: Any, path: Path) -> Any:
    """Return the annotation of what stands at ``path`` below ``annotation``, or None where nothing may."""
    if not path or annotation is None:
        return annotation
    part, rest = path[0], path[1:]
    if is_block(annotation):
        fields = annotation.model_fields.items()
        inner = next((field.annotation for name, field in fields if part == (field.alias or name)), None)
        return entry_type(inner, rest)
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is list:
        return entry_type(arguments[0], rest) if isinstance(part, int) else None
    if typing.get_origin(annotation) is dict:
        return entry_type(arguments[1], rest)
    options = (entry_type(argument, path) for argument in arguments)
    return next((option for option in options if option is not None), None)


def block_of(annotation: Any) -> Any:
    """Return the first block named in an annotation, or None."""
    if is_block(annotation):
        return annotation
    return next((block for inner in typing.get_args(annotation) if (block := block_of(inner))), None)


def is_block(annotation: Any) -> bool:
    """Return whether an annotation is a block itself, not a list, mapping or choice with blocks in it."""
    return isinstance(annotation, type) and hasattr(annotation, "model_fields")


def may_be_block(annotation: Any) -> bool:
    """Return whether an entry with this annotation may be a block, perhaps besides None or text."""
    if is_block(annotation):
        return True
    if typing.get_origin(annotation) in (list, dict):
        return False
    return any(map(may_be_block, typing.get_args(annotation)))
