"""The brief as JSON Schema, so that an editor can help while it is being written."""

from __future__ import annotations

import typing
from typing import Any

from relops.brief.base import Block
from relops.brief.model import Brief
from relops.brief.words import field_words


def brief_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``brief.yaml``; an optional entry may also be empty."""
    schema = Brief.model_json_schema(by_alias=True, mode="validation")
    blocks = {block.__name__: block for block in all_blocks(Brief)}
    for title, block in ((Brief.__name__, schema), *schema.get("$defs", {}).items()):
        for name, entry in block.get("properties", {}).items():
            if name not in block.get("required", ()):
                entry = _or_empty(entry)
            block["properties"][name] = entry | {"description": field_words(blocks[title], name)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def all_blocks(annotation: Any, known: tuple[type[Block], ...] = ()) -> tuple[type[Block], ...]:
    """Return all blocks that occur in an annotation, each once."""
    if isinstance(annotation, type) and issubclass(annotation, Block):
        if annotation in known:
            return known
        known = (*known, annotation)
        inner: tuple[Any, ...] = tuple(field.annotation for field in annotation.model_fields.values())
    else:
        inner = typing.get_args(annotation)
    for part in inner:
        known = all_blocks(part, known)
    return known


def _or_empty(entry: dict[str, Any]) -> dict[str, Any]:
    options = entry.get("anyOf", ())
    if {"type": "null"} in options or not (entry.keys() - {"title", "default", "description"}):
        return entry
    outside = {key: entry[key] for key in ("title", "default", "description") if key in entry}
    inside = {key: value for key, value in entry.items() if key not in outside}
    return outside | {"anyOf": [*(options or [inside]), {"type": "null"}]}
