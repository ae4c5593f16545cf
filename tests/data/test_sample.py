"""The sample through the door and out again in evidence: the counts everything else is built on."""

import os
from pathlib import Path

import pytest

from relops.data import ingest, starter
from relops.data.engine import Engine
from relops.data.findings import check_results, intake_exhibits, scope_exhibits
from relops.data.profile import profile_data
from relops.data.starter import cdnow_sample_project, new_project
from relops.exhibits import Evidence, Finding
from relops.project import Project


class EngineTables:
    """Tables of an engine by name, absent ones as None."""

    def __init__(self, engine: Engine):
        self.engine = engine

    def __getattr__(self, name):
        return self.engine.table(name) if self.engine.has(name) else None


def taken_in(folder: Path, place: Path):
    audit = ingest(Project.open(folder), place / "engine.duckdb", place / "quarantine")
    with Engine.open(place / "engine.duckdb") as engine:
        return profile_data(EngineTables(engine), audit)


def values(exhibits) -> dict:
    records = [record for exhibit in exhibits if isinstance(exhibit, (Finding, Evidence))
               for record in (exhibit.evidence if isinstance(exhibit, Finding) else [exhibit])]
    return {record.id: record.value for record in records}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    place = tmp_path_factory.mktemp("sample")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starter, "user_cache_path", lambda name: place / "cache")
        return taken_in(cdnow_sample_project(), place)


def test_every_row_of_the_sample_is_accounted_for(sample):
    found = values([*intake_exhibits(sample), *scope_exhibits(sample, "USD")])
    expected = {"rows_in": 6919, "rows_used": 4960, "rows_merged": 0, "rows_superseded": 0, "rows_excluded": 1959,
                "rows_refused": 0, "rows_anonymous": 0, "orders": 4960}
    assert {name: found[f"data.orders.{name}"] for name in expected} == expected
    assert found["data.customers.count"] == 2357
    assert found["data.orders.gross"] == found["data.orders.net"] == 173115.55
    assert (found["data.orders.first_day"], found["data.orders.last_day"]) == ("1997-01-01", "1997-09-30")


def test_the_months_left_out_are_those_after_the_period(sample):
    assert list(sample.excluded["rows"]) == [246, 274, 248, 202, 198, 278, 165, 176, 172]
    assert sample.excluded["month"].min().strftime("%Y-%m") == "1997-10"
    assert list(sample.months["orders"]) == [885, 1178, 1204, 362, 291, 284, 284, 235, 237]


def test_the_sample_passes_every_check(sample):
    results = check_results(sample, sample.audit.data_end)
    assert len(results) == 5 and all(results.values())


@pytest.mark.real
@pytest.mark.skipif("RELOPS_REAL_DATA" not in os.environ, reason="RELOPS_REAL_DATA names no folder")
def test_online_retail_by_the_guessed_mapping(tmp_path):
    file = Path(os.environ["RELOPS_REAL_DATA"]) / "online_retail_2010_2011.csv.gz"
    folder = new_project(tmp_path / "retail", [file], currency="GBP", timezone="Europe/London",
                         data_end="2011-12-09")
    profile = taken_in(folder, tmp_path)
    found = values([*intake_exhibits(profile), *scope_exhibits(profile, "GBP")])
    expected = {"rows_in": 541909, "rows_used": 25900, "rows_merged": 516009, "rows_superseded": 0,
                "rows_excluded": 0, "rows_refused": 0, "rows_anonymous": 135080, "orders": 22064}
    assert {name: found[f"data.orders.{name}"] for name in expected} == expected
    assert all(check_results(profile, profile.audit.data_end).values())
    assert found["data.refunds.total"] > found["data.refunds.unmatched"] > 0
