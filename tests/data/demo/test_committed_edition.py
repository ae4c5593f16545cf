"""The small edition in the repository is the one that the program makes, and the dictionary is current."""

import gzip
import json
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from relops.brief import load_brief
from relops.data.contract import contract
from relops.data.demo import DemoSettings, make_demo
from relops.data.demo.brief import brief_values
from relops.data.demo.project import DEMO_KEY
from relops.data.dictionary import dictionary
from relops.project import Project

DATA = Path(__file__).resolve().parents[3] / "data"
DEMO = DATA / "demo"
MOST_BYTES = 3_000_000
CLOSE = 1e-12  # sums of integrals: another processor adds them in another order
LOCK = DATA.parent / "requirements.lock"


def locked(package):
    return f"\n{package}=={version(package)} " in LOCK.read_text(encoding="utf-8").replace("\\", " ")


def leaves(value, place=""):
    """Return every leaf of nested dictionaries and lists by its place."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        return {place: value}
    return {name: leaf for key, part in parts for name, leaf in leaves(part, f"{place}/{key}").items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder, json.loads(json.dumps(make_demo(folder / "data", DemoSettings(), folder / "private" / "truth")))


def test_the_tables_are_those_the_program_makes(made):
    folder, truth = made
    assert {path.name for path in (DEMO / "data").iterdir()} == {f"{table}.csv.gz" for table in contract()}
    committed = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
    assert committed["edition"] == truth["edition"]
    if not (locked("numpy") and locked("duckdb")):
        # other versions may draw other numbers: then size and shape stand in
        counts = {name: value["value"] for name, value in truth["evidence"].items() if name.endswith("rows_in")}
        for name, value in counts.items():
            assert committed["evidence"][name]["value"] == pytest.approx(value, rel=0.1), name
        return
    stored, again = leaves(committed), leaves(truth)
    near = {name: pytest.approx(value, rel=CLOSE) if isinstance(value, float) else value
            for name, value in again.items()}
    assert stored == near
    for path in (DEMO / "data").iterdir():
        # compared after decompression: another zlib packs differently
        again = folder / path.relative_to(DEMO)
        assert gzip.decompress(path.read_bytes()) == gzip.decompress(again.read_bytes()), path.name
    for path in (DEMO / "private" / "truth").iterdir():
        pd.testing.assert_frame_equal(pd.read_csv(path), pd.read_csv(folder / path.relative_to(DEMO)), rtol=CLOSE)


def test_the_edition_stays_small():
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < MOST_BYTES


@pytest.mark.parametrize(("name", "language"), [("brief.yaml", "zh"), ("brief.en.yaml", "en")])
def test_the_briefs_hold_the_plan(name, language):
    brief = load_brief(DEMO / name)
    values = brief_values(DemoSettings(), language)
    assert brief.client.name == values["client"]["name"]
    assert [goal.id for goal in brief.goals] == [goal["id"] for goal in values["goals"]]
    assert brief.budget.total == values["budget"]["total"]
    assert [experiment.id for experiment in brief.experiments] == [entry["id"] for entry in values["experiments"]]


def test_the_key_is_the_public_one():
    assert (DEMO / "private" / "id.key").read_text(encoding="ascii") == DEMO_KEY


def test_the_dictionary_is_current():
    assert (DATA / "README.md").read_text(encoding="utf-8") == dictionary()


def test_the_dictionary_names_every_column():
    page = dictionary()
    for table in contract().values():
        section = page.split(f"\n## {table.name} · ")[1].split("\n## ")[0]
        assert section.count("\n|") == len(table.columns) + 2
        for column in table.columns.values():
            assert f"`{column.example}`" in section, (table.name, column.name)


def test_the_frozen_rulers_are_those_of_the_truth():
    truth = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))["evidence"]
    settings = Project.open(DEMO).settings()
    assert {name: settings[name] for name in ("rfm.r1_days", "rfm.r2_days", "rfm.f_star")} == {
        name: truth[name]["value"] for name in ("rfm.r1_days", "rfm.r2_days", "rfm.f_star")}
