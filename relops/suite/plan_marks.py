"""Marks that tell later whether a part of the brief, or a document, is as a run left it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from relops.brief import Brief
from relops.brief.base import Block

MARK_LENGTH = 12


def brief_marks(brief: Brief) -> dict[str, str]:
    """Return a mark for each part of the brief (``goals``, ``period.data_end``) that moves when the part does."""
    marks = {}
    for name in type(brief).model_fields:
        part = getattr(brief, name)
        fields = type(part).model_fields if isinstance(part, Block) else {"": None}
        plain = brief.model_dump(mode="json", include={name})[name]
        for field in fields:
            value = plain.get(field) if field else plain
            body = json.dumps(value, sort_keys=True, ensure_ascii=False)
            marks[f"{name}.{field}".rstrip(".")] = hashlib.sha256(body.encode()).hexdigest()[:MARK_LENGTH]
    return marks


def document_marks(folder: Path) -> dict[str, str]:
    """Return the hash of every Word file of a run."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("plan-*.docx"))}
