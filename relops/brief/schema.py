"""The brief as JSON Schema, so that an editor can help while it is being written."""

from __future__ import annotations

from typing import Any

from relops.brief.model import Brief


def brief_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``brief.yaml``; an optional entry may also be empty."""
    schema = Brief.model_json_schema(by_alias=True, mode="validation")
    for block in (schema, *schema.get("$defs", {}).values()):
        for name, entry in block.get("properties", {}).items():
            if name not in block.get("required", ()):
                block["properties"][name] = _or_empty(entry)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _or_empty(entry: dict[str, Any]) -> dict[str, Any]:
    options = entry.get("anyOf", ())
    if {"type": "null"} in options or not (entry.keys() - {"title", "default", "description"}):
        return entry
    outside = {key: entry[key] for key in ("title", "default", "description") if key in entry}
    inside = {key: value for key, value in entry.items() if key not in outside}
    return outside | {"anyOf": [*(options or [inside]), {"type": "null"}]}
