"""Whole runs of a small project: good ones and all the ways they end badly."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import pytest

from relops.errors import BadInput, RunFailed
from relops.suite.processes import can_fork
from relops.suite.publish import write_part
from relops.suite.run_folder import RunFolder
from relops.suite.runner import Options, RunResult, run_project

KINDS = ["ordinary", *(["forked"] if can_fork() else [])]
KEYS = ["id", "value", "unit", "low", "high", "level", "n", "period", "filter", "tag", "notebook", "cell", "inputs"]


def executed(result, name):
    content = json.loads((result.folder / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: cell for cell in content["cells"]} | {"metadata": content["metadata"]}


def evidence(result):
    return json.loads((result.folder / "evidence.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def good_runs(lasting_project):
    """One good run for each way kernels start: kind → result."""
    _, write = lasting_project
    write("91_a", parameters='name: str = ""\nbins: int = 5\n', cells=[
        "from relops.exhibits import Evidence\n"
        'nb.publish(Evidence("data.orders.rows_in", int(nb.tables.orders.count().to_pandas()), "rows"))',
        "from matplotlib import pyplot\npyplot.plot([1, 2])\n(name, bins)",
        "nb.propose('rfm.r1_days', 77)", "nb.close()"])
    write("92_b", after=["91_a"])
    settings = ("91_a.name=成都'\"\\", "91_a.bins=4")
    return {kind: run_project(lasting_project[0], Options(kernels=kind, settings=settings, language="en"))
            for kind in KINDS}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def good(good_runs, kind):
    return good_runs[kind]


def test_a_run_leaves_what_was_promised(lasting_project, good, kind):
    project, _ = lasting_project
    assert (good.status, good.failures) == ("complete", [])
    assert good.exit_code == 0
    assert good.record["kernels"] == kind
    folder = good.folder
    promised = ["index.html", "evidence.json", "run.json", "tables/tables.xlsx", "figures", "private/engine.duckdb",
                "notebooks/91_a.ipynb", "notebooks/91_a.html", "plan-relationship.zh.docx",
                "plan-word-of-mouth.en.docx"]
    assert [name for name in promised if not (folder / name).exists()] == []
    links = re.findall(r'href="([^"#]+)', (folder / "index.html").read_text(encoding="utf-8"))
    assert "tables/tables.xlsx" in links
    assert [link for link in links if not (folder / unquote(link)).exists()] == []
    assert folder == project / "reports" / good.run_id
    # who is behind the hashes lies with the project, once, and in no run
    assert {path.name for path in (project / "private").iterdir()} == {"id.key", "ids.parquet"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (project / "private").iterdir())
    assert not list(folder.rglob("ids.parquet"))
    assert [path.name for path in (project / "reports").iterdir() if path.name.startswith(".")] == []
    lock = json.loads((project / "settings.lock").read_text())["rulers"]
    assert (lock["rfm.r1_days"]["value"], lock["data.orders.time_basis"]["value"]) == (77, {"data/orders.csv": "day"})
    assert {ruler["run"] for ruler in lock.values()} == {min(path.name for path in folder.parent.glob("2*"))}

    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "complete"
    assert record["parameters"] == {"91_a": {"name": "成都'\"\\", "bins": 4}, "92_b": {}}
    assert [(entry["name"], entry["status"]) for entry in record["notebooks"]] == [
        ("91_a", "complete"), ("92_b", "complete")]
    assert [check["passed"] for check in record["checks"]] == [True] * len(record["checks"])
    assert list(record["inputs"]) == ["data/orders.csv"]
    assert len(record["inputs"]["data/orders.csv"]) == 64


def test_evidence_names_notebook_cell_and_input(good):
    records = evidence(good)
    assert [list(record) for record in records] == [KEYS]
    record = records[0]
    assert (record["id"], record["value"], record["notebook"], record["cell"]) == (
        "data.orders.rows_in", 120, "91_a", "code-0")
    assert list(record["inputs"]) == list(good.record["inputs"].values())


def test_the_executed_notebook_can_be_read_and_run_again(good):
    cells = executed(good, "91_a")
    injected = cells["injected-parameters"]["source"]
    assert "name = '成都\\'\"\\\\'" in "".join(injected)
    assert "project = '../../..'" in "".join(injected) and "run = '..'" in "".join(injected)
    for name in ("91_a", "92_b"):
        for kind in ("ipynb", "html"):
            text = (good.folder / "notebooks" / f"{name}.{kind}").read_text(encoding="utf-8")
            assert str(good.folder.parents[1].parent) not in text, "nothing of this machine"
    assert cells["metadata"]["kernelspec"]["name"] == "python3"
    output = cells["code-1"]["outputs"]
    assert "".join(output[0]["data"]["text/plain"]) == "('成都\\'\"\\\\', 4)"
    assert "image/png" in output[1]["data"]
    assert cells["code-0"]["outputs"][0]["metadata"]["relops"]["ids"] == ["data.orders.rows_in"]


def test_the_page_of_a_notebook_hides_code_and_holds_both_languages(good):
    page = (good.folder / "notebooks" / "91_a.html").read_text(encoding="utf-8")
    assert "open_notebook" not in page
    assert "celltag_zh" in page
    assert "celltag_en" in page
    assert "读入行数" in page
    assert "rows in" in page
    assert 'id="cell-id=code-0"' in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


@pytest.mark.skipif(len(KINDS) < 2, reason="there is one kind of kernel here")
def test_results_are_equal_whichever_way_kernels_start(good_runs):
    first, second = (evidence(run) for run in good_runs.values())
    assert first == second
    shown = [[executed(run, "91_a")[name]["outputs"] for name in ("code-0", "code-1", "code-3")]
             for run in good_runs.values()]
    assert shown[0] == shown[1]


def test_the_last_good_run_is_the_latest(lasting_project, good_runs):
    project, _ = lasting_project
    last = list(good_runs.values())[-1]
    assert (project / "reports" / "latest").read_text().strip() == last.run_id


BAD_ENDS = {
    "error": "1 / 0",
    "died": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "timeout": "import time\ntime.sleep(60)",
    "disk_full": "open('/dev/full', 'w').write('x' * 100_000)",
    "bad_input": "from relops.errors import BadInput, Problem\n"
                 "raise BadInput(Problem('project.none', 'here', {'brief': 'brief.yaml'}))",
}


def test_each_bad_end_is_told_and_leaves_the_last_good_run(project, notebook, kind):
    (project / "reports").mkdir()
    (project / "reports" / "latest").write_text("the good one\n")
    for bad_end, code in BAD_ENDS.items():
        notebook(f"91_{bad_end}", cells=["fine = 1", code, "never = 1"])
    notebook("92_b", after=["91_error"])
    result = run_project(project, Options(kernels=kind, at_once=len(BAD_ENDS), cell_minutes=0.2))
    assert (result.status, result.exit_code) == ("failed", 1)
    assert result.folder.name == f"{result.run_id}-failed"
    assert (project / "reports" / "latest").read_text() == "the good one\n"
    assert {failure["notebook"]: failure["kind"] for failure in result.failures} == {
        f"91_{bad_end}": bad_end for bad_end in BAD_ENDS}
    assert {failure["cell"] for failure in result.failures} == {"code-1"}
    assert {failure["cell_number"] for failure in result.failures} == {5}
    assert result.failures[0]["section"] == {"zh": "第一节", "en": "Part one"}
    page = (result.folder / "index.html").read_text(encoding="utf-8")
    for said in ("第一节", "Part one", "下一步", "Next step", "ZeroDivisionError", "91_died", "内存不足"):
        assert said in page
    assert json.loads((result.folder / "run.json").read_text(encoding="utf-8"))["status"] == "failed"
    assert not (result.folder / "notebooks" / "92_b.ipynb").exists()
    for bad_end in BAD_ENDS:
        cells = executed(result, f"91_{bad_end}")
        assert [cells[name]["metadata"]["papermill"]["status"] for name in ("code-0", "code-1", "code-2")] == [
            "completed", "failed", "pending"]
        assert "没有跑完" in "".join(cells["failure"]["source"])


def test_only_faults_of_the_input_exit_with_two():
    failures = [{"kind": "bad_input"}, {"kind": "bad_input"}]
    assert RunResult("1", Path(), "failed", failures).exit_code == 2
    assert RunResult("1", Path(), "failed", [*failures, {"kind": "died"}]).exit_code == 1


def test_bad_input_leaves_nothing_behind(project, notebook):
    notebook("91_a")
    (project / "data" / "orders.csv").unlink()
    with pytest.raises(BadInput):
        run_project(project)
    assert list((project / "reports").iterdir()) == []


def test_a_full_disk_outside_the_notebooks(project, notebook, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    notebook("91_a")
    monkeypatch.setattr("relops.suite.passes.ingest", full)
    result = run_project(project)
    assert [failure["kind"] for failure in result.failures] == ["disk_full"]
    assert "磁盘已满" in (result.folder / "index.html").read_text(encoding="utf-8")
    monkeypatch.setattr("relops.suite.run.write_failure_page", full)
    with pytest.raises(RunFailed):
        run_project(project)
    assert [path.name for path in (project / "reports").iterdir()] == [result.folder.name]


@pytest.mark.parametrize("part", ["site", "tables"])
def test_a_report_that_cannot_be_finished_leaves_no_half_document(project, notebook, part):
    """A folder stands where the part is to write its file."""
    blocked = {"site": "index.html", "tables": "evidence.json"}[part]
    notebook("91_a", cells=["from pathlib import Path\nPath(nb.run, " f"{blocked!r}, 'x').mkdir(parents=True)",
                            "from relops.exhibits import Evidence\n"
                            'nb.publish(Evidence("data.orders.rows_in", 120, "rows"))\nnb.propose("rfm.r1_days", 7)',
                            "nb.close()"])
    result = run_project(project)
    assert result.status == "failed"
    assert sorted(path.name for path in result.folder.iterdir()) == ["index.html", "notebooks", "private", "run.json",
                                                                     "store"]
    assert "IsADirectoryError" in (result.folder / "index.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in project.iterdir() if path.is_file()) == ["brief.yaml"]


def test_a_part_of_the_report_that_cannot_be_written_is_told(project, tmp_path):
    events = []
    write_part({"part": "tables", "project": str(project), "run": "/dev/null/x", "notebooks": []}, events.append)
    failure, = (event["failure"] for event in events)
    assert failure["kind"] == "internal"
    assert "NotADirectoryError" in failure["error"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a POSIX signal")
def test_a_run_killed_half_way_leaves_no_process_and_the_next_sweeps(project, notebook, kind):
    notebook("91_a", cells=[f"import os\nopen({str(project / 'pid')!r}, 'w').write(str(os.getpid()))",
                            "import time\ntime.sleep(300)"])
    script = ("import sys\nfrom pathlib import Path\nimport relops.suite.graph as graph\n"
              "graph.notebooks_folder = lambda: Path(sys.argv[1]).parent / 'no-notebooks'\n"
              "from relops.suite.runner import Options, run_project\n"
              "run_project(sys.argv[1], Options(kernels=sys.argv[2]))\n")
    running = subprocess.Popen([sys.executable, "-c", script, str(project), kind])
    deadline = time.monotonic() + 60
    while not ((project / "pid").exists() and (project / "pid").read_text()):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kernel = int((project / "pid").read_text())
    running.send_signal(signal.SIGKILL)
    running.wait()
    half, = (project / "reports").glob(".*.part")
    while Path(f"/proc/{kernel}").exists() and "zombie" not in Path(f"/proc/{kernel}/status").read_text():
        assert time.monotonic() < deadline, "the kernel outlives its run"
        time.sleep(0.1)
    RunFolder(project / "reports").discard()
    assert not half.exists()
    assert list((project / "reports").iterdir()) == []
