"""The rulers of a run: windows of notebooks frozen, given back, moved."""

import os
import signal
import subprocess
import sys
import time

import pytest

from relops.data.demo import company_project
from relops.errors import BadInput
from relops.lock import Lock
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


@pytest.mark.parametrize(("content", "code"), [("{", "project.lock_unreadable"), ("", "project.lock_unreadable"),
                                               (None, "project.lock_edited")])
def test_a_lock_that_is_broken_or_changed_by_hand_stops_the_run_and_nothing_is_written(project, notebook, content,
                                                                                      code):
    notebook("91_a")
    lock = project / "settings.lock"
    Lock().extended({"rfm.r1_days": 77}, "1", "2024-04-01").write_draft(lock).replace(lock)
    lock.write_text(lock.read_text().replace("77", "80") if content is None else content)
    before = lock.read_bytes()
    with pytest.raises(BadInput) as caught:
        run_project(project)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert lock.read_bytes() == before
    assert not (project / "reports").exists()


def test_a_disk_that_is_full_when_the_rulers_are_written_leaves_lock_and_latest_alone(project, notebook, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    notebook("91_a", parameters=WINDOWS)
    good = run_project(project, Options(language="en"))
    before = (project / "settings.lock").read_bytes()
    notebook("92_b", parameters=WINDOWS)
    monkeypatch.setattr("relops.lock.Lock.write_draft", full)
    result = run_project(project, Options(language="en"))
    assert [failure["kind"] for failure in result.failures] == ["disk_full"]
    assert (project / "settings.lock").read_bytes() == before
    assert (project / "reports" / "latest").read_text().strip() == good.run_id


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a POSIX signal")
def test_a_run_killed_half_way_leaves_lock_and_latest_and_the_next_goes_through(project, notebook):
    notebook("91_a", parameters=WINDOWS)
    good = run_project(project, Options(language="en"))
    before = (project / "settings.lock").read_bytes()
    slow = notebook("92_b", parameters=WINDOWS, cells=[f"open({str(project / 'reached')!r}, 'w').close()",
                                                       "import time\ntime.sleep(300)"])
    script = ("import sys\nfrom pathlib import Path\nimport relops.suite.graph as graph\n"
              "graph.notebooks_folder = lambda: Path(sys.argv[1]).parent / 'no-notebooks'\n"
              "from relops.suite.runner import run_project\nrun_project(sys.argv[1])\n")
    running = subprocess.Popen([sys.executable, "-c", script, str(project)])
    deadline = time.monotonic() + 240
    while not (project / "reached").exists():
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert (project / "settings.lock").read_bytes() == before
    assert (project / "reports" / "latest").read_text().strip() == good.run_id
    slow.unlink()
    again = run_project(project, Options(language="en"))
    assert again.status == "complete"
    assert (project / "reports" / "latest").read_text().strip() == again.run_id
    assert (project / "settings.lock").read_bytes() == before
    assert [path.name for path in (project / "reports").iterdir() if path.name.startswith(".")] == []
