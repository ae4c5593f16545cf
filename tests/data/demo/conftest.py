import json
from pathlib import Path

import pytest

from relops.data import ingest
from relops.data.demo import demo_project
from relops.data.engine import Engine
from relops.project import Project


class Landed:
    """A project of the demo company behind the door: its folder, what it says is true, its audit, its engine file
    open."""

    def __init__(self, folder: Path, run: Path):
        self.folder = folder
        self.truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        self.project = Project.open(folder)
        self.audit = ingest(self.project, run / "engine.duckdb", run / "private" / "quarantine")
        self.engine = Engine.open(run / "engine.duckdb")


@pytest.fixture(scope="session")
def land(tmp_path_factory):
    opened = []

    def make(**settings) -> Landed:
        run = tmp_path_factory.mktemp("demo")
        landed = Landed(demo_project(run / "company", **settings), run)
        opened.append(landed)
        return landed

    yield make
    for landed in opened:
        landed.engine.close()


@pytest.fixture(scope="session")
def company(land):
    return land(customers=2_000)


@pytest.fixture(scope="session")
def plain(land):
    return land(customers=20_000, seed=5, plain=True)
