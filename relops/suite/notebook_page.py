"""An executed notebook as a page to read: no code, both languages with a switch, nothing from the network."""

from __future__ import annotations

import copy
import functools
import html
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook

from relops.locale import LANGUAGES, text
from relops.notebook.parameters import traps

TEMPLATES = Path(__file__).resolve().parent / "templates"
LANG = {"zh": "zh-Hans", "en": "en-GB"}
# pages of nbconvert fetch scripts from the network unless told otherwise
NO_NETWORK = dict.fromkeys(
    ("mathjax_url", "require_js_url", "jquery_url", "mermaid_js_url", "mermaid_layout_elk_js_url"), "")
NO_CODE = dict.fromkeys(
    ("exclude_input", "exclude_input_prompt", "exclude_output_prompt", "exclude_anchor_links"), True)


def notebook_page(notebook: Any, name: str, languages: list[str]) -> str:
    """Return the page of an executed notebook, self-contained and without its code.

    Cells tagged ``zh`` or ``en`` and exhibits are shown in one of ``languages`` at a time.
    """
    shown = copy.deepcopy(notebook)
    others = set(LANGUAGES) - set(languages)
    shown.cells = [cell for cell in shown.cells if not others & set(cell.metadata.get("tags", []))]
    for cell in shown.cells:
        if cell.cell_type == "code":
            heard = [output for output in cell.outputs if output.get("name") != "stderr"]
            cell.outputs = [_in_all(output, languages) for output in heard]
    titles = notebook.metadata.get("relops", {}).get("title", {})
    body, _ = _exporter().from_notebook_node(shown)
    # the body is nbconvert's; everything else on the page is escaped
    return _environment().get_template("notebook.html.j2").render(
        body=body, languages=languages, lang=LANG,
        titles={language: titles.get(language) or name for language in languages},
        back={language: text("suite.notebook_page.back", language) for language in languages})


def write_traps(folder: Path, languages: list[str]) -> None:
    """Write, beside the notebooks of a run, those that show how experiments go wrong: as they lie in the package with
    what their cells found there, to read and to run again."""
    for path in traps():
        (folder / path.name).write_bytes(path.read_bytes())
        page = notebook_page(nbformat.read(path, as_version=4), path.stem, languages)
        (folder / f"{path.stem}.html").write_text(page, encoding="utf-8")


def compile_templates() -> None:
    """Compile all that a page is made of; it takes longer than most pages do."""
    notebook_page(new_notebook(cells=[new_markdown_cell("")]), "", list(LANGUAGES))


@functools.cache
def _exporter() -> HTMLExporter:
    return HTMLExporter(template_name="basic", embed_images=True, **NO_CODE, **NO_NETWORK)


@functools.cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)


def _in_all(output: Any, languages: list[str]) -> Any:
    """Return an output with its display in every language, for the switch on the page to choose from."""
    travelling = output.get("metadata", {}).get("relops")
    if travelling is None:
        return output
    bundles = {language: travelling["languages"].get(language, output.data) for language in languages}
    output.data = {"text/html": "".join(
        f'<div lang="{LANG[language]}">{_markup(bundle)}</div>' for language, bundle in bundles.items())}
    return output


def _markup(bundle: dict[str, str]) -> str:
    return bundle.get("text/html") or f"<p>{html.escape(bundle['text/plain'])}</p>"
