"""The commands as a person at a terminal meets them: what they print and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

from relops.locale import text

ENV = {name: value for name, value in os.environ.items() if name not in ("RELOPS_LANG", "LC_ALL", "LANG")}
ORDERS = "顾客,下单时间,实付金额\n" + "".join(
    f"c{i % 25},2024-0{1 + i % 3}-{1 + i % 27:02d},{10 + i}.5\n" for i in range(100))


def relops(*arguments, **env):
    return subprocess.run([sys.executable, "-m", "relops", *map(str, arguments)], capture_output=True, text=True,
                          encoding="utf-8", env=ENV | {"COLUMNS": "100", "LANG": "en_US.UTF-8"} | env)


def write_notebook(project, parameters, code):
    own = project / "notebooks" / "90_mine.ipynb"
    own.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "code", "id": name, "metadata": {"tags": tags}, "source": text, "outputs": [],
         "execution_count": None} for name, tags, text in (("p", ["parameters"], parameters), ("c", [], code))]}))
    return own


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    made = relops("new", folder / "client", "--from", folder / "orders.csv", "--data-end", "2024-03-31")
    assert made.returncode == 0, made.stderr
    return folder / "client"


@pytest.mark.parametrize(("arguments", "env", "said"), [
    (["--help"], {}, "Make a client project"), (["--lang", "zh", "--help"], {}, "新建客户项目"),
    (["run", "--help"], {"LANG": "zh_CN.UTF-8"}, "笔记本参数"), (["run", "--help", "--lang=en"], {}, "A notebook's"),
])
def test_help_speaks_the_readers_language(arguments, env, said):
    shown = relops(*arguments, **env)
    assert shown.returncode == 0
    assert said in shown.stdout


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("command", "keys"), [
    ("run", ("run", "dir", "out", "only", "parameter", "kernels", "at_once", "cell_minutes", "relock", "lang")),
    ("compare", ("compare", "runs", "in", "compare_out", "lang")),
    ("", ("relops", "new", "check", "run", "plan", "compare", "lab", "student", "report", "version"))])
def test_help_is_whole_at_eighty_columns(command, keys, language):
    shown = relops(*filter(None, [command]), "--help", "--lang", language, COLUMNS="80").stdout
    assert max(cell_len(line) for line in shown.splitlines()) <= 80
    unwrapped = "".join(shown.replace("│", "").split())
    for key in keys:
        assert "".join(text(f"cli.help.{key}", language).split()) in unwrapped
    assert "…" not in shown
    own = ("Usage:", "[OPTIONS]", "Options", "Show this message and exit.")
    assert all((word in shown) == (language == "en") for word in own)
    if command == "run":
        assert ("[必填]" in shown, "[缺省：auto]" in shown) == ((language == "zh"),) * 2


@pytest.mark.parametrize("arguments", [["fly"], ["run"], ["run", ".", "--at-once", "-1"], ["run", ".", "--nonsense"]])
def test_wrong_usage_ends_with_two(arguments):
    assert relops(*arguments).returncode == 2


@pytest.mark.parametrize(("arguments", "said"), [
    (["run", "/no/such/folder"], "made by relops new"), (["check", "/no/such/folder"], "made by relops new"),
    (["run", ".", "--lang", "fr"], "zh, en"), (["run", ".", "--kernels", "warm", "--cell-minutes", "0"], "above zero"),
    (["new", "x", "--from", "/no/such/file.csv"], "file.csv"),
])
def test_bad_input_is_told_without_a_traceback(arguments, said, tmp_path):
    ended = subprocess.run([sys.executable, "-m", "relops", *arguments], capture_output=True, text=True, cwd=tmp_path,
                           env=ENV | {"LANG": "en"}, encoding="utf-8")
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "found: " in ended.stderr
    assert "do: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_several_faults_are_told_together(project):
    ended = relops("run", project, "-p", "03_rfm_segments.bin=4", "-p", "03_rfm_segments.bins=four", "-p", "x.y=1",
                   "--lang", "zh")
    assert ended.returncode == 2
    assert ended.stderr.count("发现：") == 3
    assert "03_rfm_segments.bins" in ended.stderr
    assert list((project / "reports").iterdir()) == []


def test_assign_names_what_may_be_drawn_and_stops_without_consent(project):
    unknown = relops("assign", project, "S1", "--lang", "zh")
    assert unknown.returncode == 2
    assert "简报里没有这个试验或策略" in unknown.stderr
    brief = project / "brief.yaml"
    before = brief.read_text(encoding="utf-8")
    brief.write_text(before + "\nstrategies: [{id: S1, control_share: 0.2}]\n", encoding="utf-8")
    stopped = relops("assign", project, "S1")
    brief.write_text(before, encoding="utf-8")
    assert stopped.returncode == 2
    assert "compliance.legal_basis.marketing" in stopped.stderr
    assert "Traceback" not in stopped.stderr


def test_check_says_what_is_supported(project):
    shown = relops("check", project, "--lang", "zh")
    assert shown.returncode == 0, shown.stderr
    assert "100" in shown.stdout
    assert "采用" in shown.stdout
    assert "03_rfm_segments" in shown.stdout
    assert "tickets" in shown.stdout


def test_check_tells_refused_rows_one_by_one(project, tmp_path):
    source = (project / "data" / "orders.csv").read_text(encoding="utf-8")
    (tmp_path / "orders.csv").write_text(source + "c9,not a date,5\n", encoding="utf-8")
    assert relops("new", tmp_path / "p", "--from", tmp_path / "orders.csv").returncode == 0
    shown = relops("check", tmp_path / "p")
    assert shown.returncode == 0, shown.stderr
    assert "orders.csv:102" in shown.stdout.replace("\n", "")
    kept = list((tmp_path / "p" / "private" / "quarantine-check").glob("*.csv"))
    assert "not a date" in kept[0].read_text(encoding="utf-8-sig")


def test_run_ends_well_and_says_where_the_report_lies(project):
    ended = relops("run", project, "--only", "01", "--lang", "zh")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    latest = (project / "reports" / "latest").read_text().strip()
    assert f"{latest}/index.html" in ended.stdout
    assert "latest.html" in ended.stdout
    assert "01 数据与范围：完成" in ended.stdout
    assert ended.stderr == ""
    record = json.loads((project / "reports" / latest / "run.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in record["notebooks"]] == ["01_data_and_scope"]
    assert record["command"] == f"relops run {project.name} --only 01 --lang zh"


def test_a_failed_run_ends_with_one_and_names_the_page(project):
    own = write_notebook(project, 'project: str = ""\nrun: str = ""\nlanguage: str = "zh"\n', "1 / 0")
    ended = relops("run", project, "--only", "90")
    own.unlink()
    assert ended.returncode == 1
    assert "90_mine" in ended.stderr
    assert "ZeroDivisionError" in ended.stderr
    assert "-failed/index.html" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_lab_copies_are_set_to_the_project_and_one_language(project):
    from relops.suite.lab import lab_project, working_copies

    opened = lab_project(project)
    folder = working_copies(opened, "en")
    content = json.loads((folder / "03_rfm_segments.ipynb").read_text(encoding="utf-8"))
    tags = {tag for cell in content["cells"] for tag in cell["metadata"].get("tags", [])}
    assert "zh" not in tags
    assert "en" in tags
    parameters = next(cell for cell in content["cells"] if "parameters" in cell["metadata"].get("tags", []))
    assert f"project: str = {str(project)!r}  #" in parameters["source"]
    assert "language: str = 'en'  #" in parameters["source"]
    (folder / "03_rfm_segments.ipynb").write_text("my own work")
    assert (working_copies(opened, "en") / "03_rfm_segments.ipynb").read_text() == "my own work"
    assert working_copies(opened, "") != folder


def test_an_interrupted_run_ends_at_once_and_leaves_nothing(project):
    source = 'project: str = ""\nrun: str = ""\nlanguage: str = "zh"\n'
    wait = "import pathlib, time\npathlib.Path(project, 'started').touch()\ntime.sleep(300)"
    write_notebook(project, source, wait)
    before = sorted((project / "reports").iterdir())
    running = subprocess.Popen([sys.executable, "-m", "relops", "run", str(project), "--only", "90"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENV | {"LANG": "en"},
                               # a shell lets what it starts in the background ignore the key
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    deadline = time.monotonic() + 90
    while not (project / "started").exists():
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=30)[1]
    assert running.returncode == 1
    assert said == "Interrupted; nothing half-done is left.\n"
    assert sorted((project / "reports").iterdir()) == before
    (project / "notebooks" / "90_mine.ipynb").unlink()


def test_selftest_outside_a_clone_says_so(monkeypatch):
    from relops.suite import selftest

    monkeypatch.setattr(selftest, "CLONE", Path("/no/clone"))
    assert selftest.run_tests([]) is None


def test_selftest_hands_arguments_to_pytest():
    assert relops("selftest", "--version").stdout.startswith("pytest")


def test_the_sample_company_comes_in_any_size(tmp_path):
    made = relops("new", tmp_path / "demo", "--from", "demo", "--customers", "300", "--seed", "7", "--plain")
    assert made.returncode == 0, made.stderr
    truth = json.loads((tmp_path / "demo" / "truth.json").read_text(encoding="utf-8"))
    assert (truth["edition"]["customers"], truth["edition"]["seed"], truth["edition"]["plain"]) == (300, 7, True)


def test_options_of_the_sample_company_go_with_it_alone(tmp_path):
    refused = relops("new", tmp_path / "p", "--from", "cdnow", "--seed", "7", "--dirty")
    assert refused.returncode == 2
    assert "--seed" in refused.stderr and "--dirty" in refused.stderr
    assert not (tmp_path / "p").exists()


def test_the_sample_company_comes_as_exports_or_spoilt_but_not_both(tmp_path):
    unknown = relops("new", tmp_path / "p", "--from", "demo", "--as", "tables")
    both = relops("new", tmp_path / "p", "--from", "demo", "--as", "exports", "--dirty")
    assert unknown.returncode == both.returncode == 2
    assert "--as is tables" in unknown.stderr and "plain, dirty, exports" in both.stderr
    assert not (tmp_path / "p").exists()


def test_new_says_on_the_terminal_what_it_could_not_know(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    made = relops("new", tmp_path / "p", "--from", tmp_path / "orders.csv")
    said = " ".join(made.stdout.split())
    assert "Assumed, as nobody was asked" in said
    assert "CNY" in said and "Asia/Shanghai" in said
    told = relops("new", tmp_path / "q", "--from", tmp_path / "orders.csv", "--currency", "USD", "--timezone", "UTC")
    assert "CNY" not in told.stdout
