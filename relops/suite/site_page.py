"""One page of a report, complete in itself: style, script and drawings are in it, nothing is fetched."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

import relops
from relops.suite.site_markup import LANG, Voice

TEMPLATES = Path(__file__).resolve().parent / "templates"
INLINED = ("site.css", "site.js")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )


def write_page(path: Path, template: str, content: Mapping[str, Any], voice: Voice, client: str) -> Path:
    """Write a page from a template and return its path; ``client`` is whose report it is."""
    css, script = (Markup((TEMPLATES / part).read_text(encoding="utf-8")) for part in INLINED)
    page = _environment().get_template(template).render(
        content, css=css, script=script, policy=content_policy(css, script), lang=LANG, languages=voice.languages,
        say=voice.say, count=voice.count, client=client, version=relops.__version__,
    )
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def content_policy(css: str, script: str) -> str:
    """Return a policy that lets a browser use the page's own style, script and pictures, nothing else."""
    def fingerprint(body: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"

    return (f"default-src 'none'; style-src {fingerprint(css)}; script-src {fingerprint(script)}; "
            "img-src data:; base-uri 'none'; form-action 'none'")
