"""The demo company as exports: the run on them yields the evidence of the clean run, but for what is told as lost."""

import fnmatch
import json
import math

import pytest

from relops.data.demo import demo_project
from relops.suite.compare import read_run
from relops.suite.options import Options
from relops.suite.runner import run_project

CUSTOMERS, SEED = 600, 21
CLOSE = 1e-9


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Snapshots of the clean company and of the exported one, and what the latter's truth tells as lost."""
    folders = [demo_project(tmp_path_factory.mktemp("run") / "company", customers=CUSTOMERS, seed=SEED, **shape)
               for shape in ({}, {"exports": True})]
    made = [run_project(folder, Options()) for folder in folders]
    assert [run.status for run in made] == ["complete", "complete"]
    told = json.loads((folders[1] / "truth.json").read_text(encoding="utf-8"))
    return *(read_run(run.folder).exhibits.evidence for run in made), told["exports"]["lost"]


def is_lost(name, lost):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in lost)


def equal(one, other):
    if isinstance(one, float | int) and isinstance(other, float | int) and not isinstance(one, bool):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return one == other


@pytest.mark.slow
def test_the_run_on_exports_finds_what_the_clean_run_finds(runs):
    clean, exported, lost = runs
    names = [name for name in sorted(clean.keys() | exported.keys()) if not is_lost(name, lost)]
    differ = [(name, *(run.get(name, {}).get("value") for run in (clean, exported))) for name in names
              if not (name in clean and name in exported and all(
                  equal(clean[name][part], exported[name][part]) for part in ("value", "low", "high", "n")))]
    assert differ == []
    # the rule must not lose what a client came for
    kept = {name.split(".")[0] for name in names}
    assert len(names) > len(clean) / 2 and {"rfm", "lifetime_value", "experiment", "satisfaction", "ticket"} <= kept
