"""The rulers of a run: windows of notebooks frozen, given back, moved."""

import pytest

from relops.data.demo import company_project
from relops.errors import BadInput
from relops.project import Project
from relops.suite.graph import build_graph, notebook_parameters
from relops.suite.rulers import obey, rulers_in_force, under_windows, with_windows
from relops.suite.runner import Options, run_project

WINDOWS = 'window_days: int = 90\nbins: int = 5\nmost_rows: int = 7\n'


def test_windows_and_named_parameters_are_rulers_and_others_are_not(project, notebook):
    path = notebook("91_a", parameters=WINDOWS)
    path.write_text(path.read_text().replace('"tables": ["orders"]', '"tables": ["orders"], "rulers": ["bins"]'))
    graph = build_graph(project)
    given = notebook_parameters(graph, {}, ["91_a.bins=4"])
    assert graph["91_a"].rulers == ("window_days", "bins")
    in_force = rulers_in_force(Project.open(project), graph, given, {"rfm.r1_days": 77})
    assert {name: in_force[name] for name in in_force if not name.startswith("data.")} == {
        "91_a.window_days": 90, "91_a.bins": 4, "rfm.r1_days": 77}
    frozen = {"91_a.window_days": 60, "91_a.bins": 3}
    assert with_windows(graph, given, frozen) == {"91_a": {"window_days": 60, "bins": 4}}
    assert under_windows(graph, given, frozen) == {"91_a": {"window_days": 60, "bins": 3}}


def test_an_unknown_ruler_in_the_metadata_is_refused(project, notebook):
    path = notebook("91_a")
    path.write_text(path.read_text().replace('"tables": ["orders"]', '"tables": ["orders"], "rulers": ["bins"]'))
    with pytest.raises(BadInput) as caught:
        build_graph(project)
    assert caught.value.problems[0].values == {"keys": "rulers"}


def test_the_demo_companys_lock_holds_every_ruler_so_that_no_run_writes_into_it():
    """To renew it: ``relops report``, then commit ``data/demo/settings.lock``."""
    project = Project.open(company_project())
    lock, graph = project.lock(), build_graph(None)
    obey(project, lock)
    needed = rulers_in_force(project, graph, notebook_parameters(graph, project.brief.parameters, ()), {})
    assert lock.extended(needed, "later", "2099-01-01") == lock


def test_a_moved_ruler_stops_the_run_before_anything_is_written(project, notebook):
    notebook("91_a", parameters=WINDOWS, cells=["nb.propose('rfm.r1_days', 77 if 'rfm.r1_days' not in nb.settings "
                                                "else nb.settings['rfm.r1_days'])",
                                                "print(window_days)", "nb.close()"])
    assert run_project(project, Options(language="en")).status == "complete"
    brief = project / "brief.yaml"
    brief.write_text(brief.read_text(encoding="utf-8").replace("amount: paid", "amount: number"), encoding="utf-8")
    before = sorted((project / "reports").iterdir())
    with pytest.raises(BadInput) as caught:
        run_project(project)
    problem, = caught.value.problems
    assert (problem.values["frozen"], problem.values["stated"]) == ("data/orders.csv: paid", "number")
    assert sorted((project / "reports").iterdir()) == before
    moved = run_project(project, Options(relock=True))
    assert moved.status == "complete"
    lock = Project.open(project).lock()
    assert lock.values["data.orders.amount_basis"] == {"data/orders.csv": "number"}
    assert lock.rulers["data.orders.amount_basis"].run == moved.run_id
    assert lock.rulers["rfm.r1_days"].run != moved.run_id


def test_old_rulers_that_the_data_no_longer_bear_are_told(project, notebook):
    notebook("91_a")
    assert run_project(project, Options(language="en")).status == "complete"
    orders = project / "data" / "orders.csv"
    orders.write_text(orders.read_text().replace("paid", "received", 1))
    brief = project / "brief.yaml"
    brief.write_text(brief.read_text(encoding="utf-8").replace("amount: paid", "amount: received"), encoding="utf-8")
    moved = run_project(project, Options(relock=True))
    assert moved.status == "complete"
    page = (moved.folder / "index.html").read_text(encoding="utf-8")
    assert "cannot be put under the old rulers any more" in page
    assert "paid" in page
