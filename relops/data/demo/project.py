"""The demo company as a client project: tables, brief, and what is true of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from relops import __version__
from relops.brief import write_brief
from relops.data.demo.brief import brief_values
from relops.data.demo.make import make_demo
from relops.data.demo.settings import DEFAULT_SEED, DemoSettings
from relops.data.starter import cached_project, check_new, make_project
from relops.locale import PACKAGE
from relops.project import BRIEF, COMMITTED

TRUTH = "truth.json"
# the same brief for a reader of English: it takes effect as brief.yaml
ENGLISH_BRIEF = "brief.en.yaml"
# invented people: a fixed key gives them the same hashes on every machine
DEMO_KEY = hashlib.sha256(b"relops demo company").hexdigest()


def demo_project(folder: str | Path, customers: int = 2_000, seed: int = DEFAULT_SEED, plain: bool = False,
                 dirty: bool = False, truth: bool = True, exports: bool = False) -> Path:
    """Make a project of the demo company and return its folder.

    ``truth`` says whether ``truth.json`` is written; the students' edition goes without. Raises BadInput when the
    folder exists and is not empty or cannot be written, or when the numbers make no edition.
    """
    settings = DemoSettings(customers=customers, seed=seed, plain=plain, dirty=dirty, truth=truth,
                            exports=exports)
    folder = Path(folder).expanduser().resolve()
    check_new(folder)

    def put_data(draft: Path) -> None:
        found = make_demo(draft / "data", settings, draft / "private" / "truth" if truth else None)
        if truth:
            write_truth(draft / TRUTH, found)
        if not plain:
            write_brief(draft / ENGLISH_BRIEF, brief_values(settings, "en"))

    return make_project(folder, brief_values(settings, "zh"), {}, put_data, DEMO_KEY)


def company_project() -> Path:
    """Return the demo company's project: the committed edition of a clone, elsewhere the sample of the notebooks."""
    if (COMMITTED / BRIEF).is_file():
        return COMMITTED
    return sample_project()


def sample_project() -> Path:
    """Return the project that notebooks run on untouched: the demo company, made once in the user's cache folder.

    Not the committed edition: a notebook that runs alone keeps its data beside the project. Another version of the
    generator makes its own.
    """
    digest = hashlib.sha256(__version__.encode())
    for path in sorted((PACKAGE / "data" / "demo").glob("*.*")):
        digest.update(path.read_bytes())
    return cached_project(f"demo-{DEFAULT_SEED}-{digest.hexdigest()[:12]}", demo_project)


def write_truth(path: Path, truth: dict[str, Any]) -> None:
    """Write a truth as JSON that reads well and compares line by line."""
    path.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
