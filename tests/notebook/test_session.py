"""A notebook on its own: plain papermill, no run of the suite, several at once."""

import json
import os
import subprocess
import sys

import pandas as pd
import papermill
import pytest

import relops
from relops.errors import BadInput
from relops.exhibits import Column, Evidence, Figure, Finding, Missing, Table
from relops.lock import Lock
from relops.notebook.run_data import engine_file, run_folder
from relops.project import Project

BRIEF = """client: {name: 甲}
finance: {currency: CNY}
period: {timezone: Asia/Shanghai, data_end: 2024-03-31}
data:
  sources:
    - {table: orders, files: data/*.csv, columns: {customer_id: customer, ordered_at: day, amount: paid}}
"""


def write_orders(project, name="orders.csv", rows=40):
    lines = [f"c{i % 20},2024-01-{1 + i % 28:02d},{10 + i}" for i in range(rows)]
    (project / "data" / name).write_text("customer,day,paid\n" + "\n".join(lines) + "\n")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "brief.yaml").write_text(BRIEF, encoding="utf-8")
    write_orders(tmp_path)
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """What a notebook displays: (data, metadata) of each display."""
    displayed = []
    monkeypatch.setattr("IPython.display.publish_display_data",
                        lambda data, metadata: displayed.append((data, metadata["relops"])))
    return displayed


def open_mine(project, **options):
    return relops.open_notebook("90_mine", project=str(project), language="zh", **options)


def test_importing_relops_imports_nothing_else():
    script = "import sys, relops; print(sorted({'pandas', 'duckdb', 'matplotlib', 'pydantic'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_a_session_sees_tables_brief_period_and_rulers(project):
    Lock().extended({"rfm.r1_days": 77}, "1", "2024-04-01").write_draft(project / "settings.lock").replace(
        project / "settings.lock")
    nb = open_mine(project)
    assert nb.tables.orders.count().to_pandas() == 40
    assert nb.tables.tickets is None
    assert nb.has("purchase_days")
    assert not nb.tables.has("tickets")
    with pytest.raises(AttributeError, match="order_lines"):
        _ = nb.tables.order_lines
    assert (nb.currency, nb.settings, nb.brief.client.name) == ("CNY", {"rfm.r1_days": 77}, "甲")
    assert str(nb.data_end) == "2024-03-31"
    assert nb.audit().rows("orders", "rows_in") == 40
    nb.close()


def test_what_is_published_is_kept_shown_and_named(project, shown):
    nb = open_mine(project)
    rows = Evidence("data.orders.rows_in", 40, "rows")
    nb.publish([rows, Finding("data.orders.finding", {"zh": "共 {n}。", "en": "{n} in all."}, {"n": rows})])
    nb.publish(Missing("data.tickets.missing", "M1", "tickets", "data.word.passed"))
    nb.publish(Table("data.orders.table", "suite.tables.index",
                     pd.DataFrame({"who": ["@suite.tables.rows", "<b>"], "n": [1000, 2]}),
                     (Column("who", "suite.tables.table"), Column("n", "suite.tables.rows", "rows"))))
    nb.propose("rfm.r1_days", 77)
    nb.close()
    assert [meta["ids"] for _, meta in shown] == [
        ["data.orders.rows_in"], ["data.orders.finding", "data.orders.rows_in"], ["data.tickets.missing"],
        ["data.orders.table"], []]
    (finding, other), table = shown[1], shown[3][0]["text/html"]
    assert finding["text/plain"] == "共 40 行。"
    assert other["languages"]["en"]["text/plain"] == "40 rows in all."
    assert "M1" in shown[2][0]["text/plain"]
    assert "<td style=\"text-align:left\">行数</td>" in table
    assert "1,000" in table
    assert "&lt;b&gt;" in table
    assert "证据 2 条、结论 1 条、表 1 张" in shown[4][0]["text/plain"]
    kept = json.loads((project / "reports" / "scratch" / "store" / "90_mine" / "exhibits.json").read_text())
    assert {record["id"]: record["value"] for record in kept["evidence"]}["data.orders.rows_in"] == 40
    assert kept["settings"] == {"rfm.r1_days": 77}


def test_a_figure_is_drawn_once_for_the_store_and_shown_from_it(project, shown):
    drawn = []

    def draw(language):
        from matplotlib import pyplot

        drawn.append(language)
        return pyplot.figure()

    nb = open_mine(project)
    figure = Figure("data.orders.figure", "suite.tables.index", "suite.tables.table", draw, pd.DataFrame())
    nb.publish(figure)
    assert sorted(drawn) == ["en", "zh"]
    assert shown[0][0]["text/html"].startswith('<img alt="表名" src="data:image/svg+xml;base64,')
    nb.show(figure)
    assert len(drawn) == 4
    assert shown[1][1]["ids"] == []
    nb.close()


@pytest.mark.parametrize(("name", "options", "code"), [
    ("../x", {}, "notebook.name"), ("90_mine", {"language": "fr"}, "notebook.language"),
    ("01_data_and_scope", {"colour": 1}, "notebook.unknown_parameter"),
])
def test_wrong_openings_are_refused(project, name, options, code):
    with pytest.raises(BadInput) as caught:
        relops.open_notebook(name, **({"project": str(project)} | options))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_data_are_taken_in_again_only_when_brief_or_input_changed(project):
    def engine():
        opened = Project.open(project)
        return engine_file(opened, run_folder(opened, ""))

    first = engine()
    made = first.stat().st_mtime_ns
    assert engine().stat().st_mtime_ns == made
    write_orders(project, "more.csv", rows=5)
    second = engine()
    assert second != first
    assert not first.exists()
    (project / "brief.yaml").write_text(BRIEF.replace("甲", "乙"), encoding="utf-8")
    assert engine() != second


def test_the_engine_of_a_run_of_the_suite_stays_as_it_is(project):
    opened = Project.open(project)
    run = project / "reports" / "a-run"
    (run / "private").mkdir(parents=True)
    (run / "private" / "engine.duckdb").write_text("")
    assert engine_file(opened, run) == run / "private" / "engine.duckdb"


def test_plain_papermill_runs_a_notebook_and_several_may_start_at_once(project):
    source = 'project: str = ""\nrun: str = ""\nlanguage: str = "zh"\n'
    code = ('import relops\nnb = relops.open_notebook("90_mine", project=project, run=run, language=language)\n'
            "print(nb.tables.orders.count().to_pandas())\nnb.close()")
    cells = [{"cell_type": "code", "id": name, "metadata": {"tags": tags}, "source": text, "outputs": [],
              "execution_count": None} for name, tags, text in (("p", ["parameters"], source), ("c", [], code))]
    path = project / "90_mine.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}}))
    runs = [subprocess.Popen([sys.executable, "-m", "papermill", str(path), str(project / f"out{number}.ipynb"),
                              "-p", "project", str(project), "--no-progress-bar"],
                             env=os.environ | {"PYTHONWARNINGS": "ignore"}, stderr=subprocess.PIPE)
            for number in range(2)]
    said = [run.communicate()[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    for number in range(2):
        executed = papermill.iorw.load_notebook_node(str(project / f"out{number}.ipynb"))
        assert executed.cells[-1].outputs[0].text == "40\n"
    assert len(list((project / "reports" / "scratch" / "private").glob("engine-*.duckdb"))) == 1
