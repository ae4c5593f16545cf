import json

import pytest

from relops.errors import BadInput
from relops.suite.graph import build_graph, notebook_parameters, select


def codes(caught):
    return [problem.code for problem in caught.value.problems]


def test_each_notebook_stands_after_those_it_needs_else_by_name(project, notebook):
    notebook("93_c", after=["94_d"])
    notebook("94_d")
    notebook("92_b")
    graph = build_graph(project)
    assert list(graph) == ["92_b", "94_d", "93_c"]
    assert graph["93_c"].after == ("94_d",)
    assert graph["93_c"].tables == ("orders",)
    assert graph["93_c"].title["zh"] == "笔记本93_c"


def test_all_faults_of_the_graph_at_once(project, notebook):
    notebook("91_a", after=["90_none"])
    (project / "notebooks" / "92_b.ipynb").write_text("no notebook")
    path = notebook("93_c")
    content = json.loads(path.read_text())
    content["metadata"]["relops"]["after"] = "94_d"
    content["cells"][2]["source"] = 'project: str = ""'
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput) as caught:
        build_graph(project)
    assert codes(caught) == ["notebook.no_notebook", "suite.common_parameters", "suite.metadata",
                             "suite.unknown_notebook"]
    assert caught.value.problems[1].values["names"] == "run, language"


def test_a_circle_is_named(project, notebook):
    notebook("91_a", after=["92_b"])
    notebook("92_b", after=["91_a"])
    with pytest.raises(BadInput) as caught:
        build_graph(project)
    assert codes(caught) == ["suite.circle"]
    assert caught.value.problems[0].values["circle"] in ("91_a → 92_b → 91_a", "92_b → 91_a → 92_b")


def test_a_name_of_the_package_cannot_be_taken(project, notebook, tmp_path, monkeypatch):
    notebook("91_a")
    monkeypatch.setattr("relops.suite.graph.notebooks_folder", lambda: project / "notebooks")
    with pytest.raises(BadInput) as caught:
        build_graph(project)
    assert codes(caught) == ["suite.twice"]


def test_only_brings_what_it_needs(project, notebook):
    notebook("91_a")
    notebook("92_b", after=["91_a"])
    notebook("93_c", after=["92_b"])
    notebook("94_d")
    assert list(select(build_graph(project), ["93"])) == ["91_a", "92_b", "93_c"]
    with pytest.raises(BadInput) as caught:
        select(build_graph(project), ["93", "95"])
    assert caught.value.problems[0].values["name"] == "95"


def test_parameters_come_from_the_brief_then_from_the_command(project, notebook):
    notebook("91_a", parameters='bins: int = 5\nname: str = ""\n')
    graph = build_graph(project)
    given = notebook_parameters(graph, {"91_a": {"bins": 3, "name": "x"}}, ["91_a.bins=4"])
    assert given == {"91_a": {"bins": 4, "name": "x"}}


def test_parameters_are_strict_and_all_faults_are_told(project, notebook):
    notebook("91_a", parameters="bins: int = 5\n")
    with pytest.raises(BadInput) as caught:
        notebook_parameters(build_graph(project), {"91_a": {"bin": 4}, "99_z": {}},
                            ["91_a.bins=four", "91_a.bins", "98_y.bins=4", "91_a.run=/tmp"])
    assert sorted(codes(caught)) == [
        "notebook.unknown_parameter", "notebook.wrong_type", "suite.reserved", "suite.setting",
        "suite.setting", "suite.unknown_notebook"]
