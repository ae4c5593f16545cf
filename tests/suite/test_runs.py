"""Whole runs of a small project: good ones and all the ways they end badly."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relops.errors import BadInput, RunFailed
from relops.suite.processes import can_fork
from relops.suite.runner import Options, run_project

KINDS = ["ordinary", *(["forked"] if can_fork() else [])]
KEYS = ["id", "value", "unit", "low", "high", "level", "n", "period", "filter", "tag", "notebook", "cell", "inputs"]


def executed(result, name):
    content = json.loads((result.folder / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: cell for cell in content["cells"]} | {"metadata": content["metadata"]}


def evidence(result):
    return json.loads((result.folder / "evidence.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def good(project, notebook, kind):
    notebook("91_a", parameters='name: str = ""\nbins: int = 5\n', cells=[
        "from relops.exhibits import Evidence\n"
        'nb.publish(Evidence("data.orders.rows_in", int(nb.tables.orders.count().to_pandas()), "rows"))',
        "from matplotlib import pyplot\npyplot.plot([1, 2])\n(name, bins)", "nb.propose('rfm.r1_days', 77)", "nb.close()"])
    notebook("92_b", after=["91_a"])
    options = Options(kernels=kind, settings=("91_a.name=成都'\"\\", "91_a.bins=4"), language="en")
    return run_project(project, options)


def test_a_run_leaves_what_was_promised(project, good, kind):
    assert good.status == "complete"
    assert good.exit_code == 0
    assert good.record["kernels"] == kind
    folder = good.folder
    promised = ["index.html", "evidence.json", "run.json", "tables/tables.xlsx", "figures", "private/quarantine",
                "notebooks/91_a.ipynb", "notebooks/91_a.html", "plan-relationship.zh.docx",
                "plan-word-of-mouth.en.docx"]
    assert [name for name in promised if not (folder / name).exists()] == []
    assert (project / "reports" / "latest").read_text().strip() == folder.name == good.run_id
    assert [path.name for path in (project / "reports").iterdir() if path.name.startswith(".")] == []
    assert json.loads((project / "settings.lock").read_text()) == {"rfm.r1_days": 77}

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
    assert f"run = {str(good.folder)!r}" in "".join(injected)
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
def test_results_are_equal_whichever_way_kernels_start(project, notebook):
    notebook("91_a")
    runs = [run_project(project, Options(kernels=kind)) for kind in KINDS]
    first, second = (evidence(run) for run in runs)
    assert first == second
    shown = [[executed(run, "91_a")[name]["outputs"] for name in ("code-0", "code-1")] for run in runs]
    assert shown[0] == shown[1]


@pytest.mark.parametrize(("cell", "failing"), [
    ("1 / 0", "error"), ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "died"),
    ("import time\ntime.sleep(60)", "timeout"), ("open('/dev/full', 'w').write('x' * 100_000)", "disk_full"),
    ("from relops.errors import BadInput, Problem\nraise BadInput(Problem('project.none', 'x', {'brief': 'b'}))",
     "bad_input"),
])
def test_each_bad_end_is_told_and_leaves_the_last_good_run(project, notebook, kind, cell, failing):
    if kind == "ordinary" and failing in ("error", "disk_full"):
        pytest.skip("ends the same way whichever way the kernel started")
    notebook("91_a")
    good = run_project(project, Options(kernels=kind))
    notebook("91_a", cells=["fine = 1", cell, "never = 1"])
    notebook("92_b", after=["91_a"])
    result = run_project(project, Options(kernels=kind, cell_minutes=3 / 60))
    assert result.status == "failed"
    assert result.exit_code == (2 if failing == "bad_input" else 1)
    failure, = result.failures
    assert (failure["notebook"], failure["kind"], failure["cell"]) == ("91_a", failing, "code-1")
    assert failure["section"] == {"zh": "第一节", "en": "Part one"}
    assert result.folder.name == f"{result.run_id}-failed"
    assert (project / "reports" / "latest").read_text().strip() == good.run_id
    page = (result.folder / "index.html").read_text(encoding="utf-8")
    assert "第一节" in page
    assert "Part one" in page
    assert "下一步" in page
    assert "Next step" in page
    assert not (result.folder / "notebooks" / "92_b.ipynb").exists()
    record = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "failed"
    cells = executed(result, "91_a")
    assert cells["code-1"]["metadata"]["papermill"]["status"] == "failed"
    assert cells["code-2"]["metadata"]["papermill"]["status"] == "pending"
    if failing == "error":
        assert "ZeroDivisionError" in page


def test_bad_input_leaves_nothing_behind(project, notebook):
    notebook("91_a")
    (project / "data" / "orders.csv").unlink()
    with pytest.raises(BadInput):
        run_project(project)
    assert list((project / "reports").iterdir()) == []


def test_a_full_disk_while_writing_the_report(project, notebook, monkeypatch):
    notebook("91_a")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("relops.suite.tables.write_tables", full)
    result = run_project(project)
    assert [failure["kind"] for failure in result.failures] == ["disk_full"]
    assert "磁盘已满" in (result.folder / "index.html").read_text(encoding="utf-8")
    monkeypatch.setattr("relops.suite.runner.write_failure_page", full)
    with pytest.raises(RunFailed):
        run_project(project)
    assert [path.name for path in (project / "reports").iterdir()] == [result.folder.name]


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
    notebook("91_a")
    assert run_project(project).status == "complete"
    assert not half.exists()
    assert list((project / "reports").glob(".*")) == []
