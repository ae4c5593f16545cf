"""The documents alone: new words of the brief, the old run's numbers, edited files kept."""

import json
import shutil
import zipfile

import pytest

import relops
from relops.brief import load_brief
from relops.errors import BadInput
from relops.exhibits import Evidence
from relops.suite.plan import rewrite_plans
from relops.suite.plan_marks import brief_marks
from relops.suite.runner import Options, run_project


def edit(project, old, new):
    brief = project / "brief.yaml"
    brief.write_text(brief.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def body(path):
    with zipfile.ZipFile(path) as document:
        return document.read("word/document.xml").decode()


@pytest.fixture
def done(project, notebook):
    notebook("91_a", cells=["len(nb.brief.goals)\n" + "from relops.exhibits import Evidence\n"
                            'nb.publish(Evidence("data.orders.rows_in", 120, "rows"))', "nb.close()"])
    run = run_project(project, Options(language="en"))
    assert run.status == "complete"
    return run


def test_an_edit_of_the_brief_reaches_the_documents_and_leaves_the_numbers(project, done):
    before = (done.folder / "evidence.json").read_bytes()
    edit(project, 'name: 华南"一"店', "name: 华北二店")
    edited = done.folder / "plan-relationship.zh.docx"
    shutil.copyfile(done.folder / "plan-word-of-mouth.zh.docx", edited)
    rewritten = rewrite_plans(project)
    assert (rewritten.run, rewritten.folder) == (done.run_id, done.folder)
    assert rewritten.changed == ("client.name",)
    assert rewritten.kept == ("edited-plan-relationship.zh.docx",)
    assert set(rewritten.documents) == {f"plan-{which}.{language}.docx" for which in ("relationship", "word-of-mouth")
                                        for language in ("zh", "en")}
    for name in rewritten.documents:
        assert "华北二店" in body(done.folder / name)
    assert "华南" in body(done.folder / rewritten.kept[0])
    assert "华北二店" in (done.folder / "index.html").read_text(encoding="utf-8")
    assert "华北二店" in (done.folder / "plan-relationship.html").read_text(encoding="utf-8")
    assert (done.folder / "evidence.json").read_bytes() == before
    assert json.loads((done.folder / "run.json").read_text(encoding="utf-8"))["run"] == done.run_id
    assert rewrite_plans(project).kept == ()
    assert [path.name for path in (project / "reports").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(("old", "new", "part"), [
    ("currency: CNY", "currency: EUR", "finance.currency"), ("data_end: 2024-03-31", "data_end: 2024-03-30",
                                                             "period.data_end"),
    ("amount: paid", "amount: number", "data.sources"),
    ("client: {", "goals: [{id: G1, kpi: repeat_rate, change_type: level, change: 0.3, by: 2025-01-31}]\nclient: {",
     "goals")])
def test_what_numbers_rest_on_may_not_change_under_them(project, done, old, new, part):
    edit(project, old, new)
    before = (done.folder / "index.html").read_bytes()
    with pytest.raises(BadInput) as caught:
        rewrite_plans(project)
    assert [problem.place for problem in caught.value.problems] == [f"brief.yaml {part}"]
    assert (done.folder / "index.html").read_bytes() == before


@pytest.mark.parametrize("change", [
    lambda store: store["evidence"][0].update(value=121), lambda store: store["evidence"].clear()])
def test_a_store_that_is_not_what_the_run_reported_is_refused(project, done, change):
    path = done.folder / "store" / "91_a" / "exhibits.json"
    store = json.loads(path.read_text(encoding="utf-8"))
    change(store)
    path.write_text(json.dumps(store), encoding="utf-8")
    edit(project, 'name: 华南"一"店', "name: 华北二店")
    before = {file: file.read_bytes() for file in done.folder.glob("*.*")}
    with pytest.raises(BadInput) as caught:
        rewrite_plans(project)
    assert [problem.code for problem in caught.value.problems] == ["suite.store_moved"]
    assert "data.orders.rows_in" in caught.value.render("en")
    assert {file: file.read_bytes() for file in done.folder.glob("*.*")} == before


def test_a_notebook_run_again_on_a_run_that_has_ended_leaves_it_as_it_was(project, done, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda data, metadata: shown.append(data))
    before = {file: file.read_bytes() for file in done.folder.rglob("*") if file.is_file()}
    nb = relops.open_notebook("91_a", project=str(project), run=str(done.folder), language="en")
    nb.publish(Evidence("data.orders.rows_in", 121, "rows"))
    nb.propose("rfm.r1_days", 3)
    nb.close()
    assert {file: file.read_bytes() for file in done.folder.rglob("*") if file.is_file()} == before
    scratch = project / "reports" / "scratch"
    assert (nb.folder, nb.private) == (scratch, scratch / "private")
    assert f"Run {done.run_id} has ended" in shown[0]["text/plain"] and str(scratch) in shown[0]["text/plain"]
    kept = json.loads((scratch / "store" / "91_a" / "exhibits.json").read_text(encoding="utf-8"))
    assert kept["evidence"][0]["value"] == 121
    edit(project, 'name: 华南"一"店', "name: 华北二店")
    assert rewrite_plans(project).changed == ("client.name",)


def test_without_a_good_run_there_is_nothing_to_stand_on(project):
    with pytest.raises(BadInput) as caught:
        rewrite_plans(project)
    assert caught.value.problems[0].code == "suite.no_good_run"


def test_marks_move_with_their_part_alone(project):
    before = brief_marks(load_brief(project / "brief.yaml"))
    edit(project, "currency: CNY", "currency: EUR")
    after = brief_marks(load_brief(project / "brief.yaml"))
    assert {part for part in before if before[part] != after[part]} == {"finance.currency"}
