import json

import pytest

from relops.errors import BadInput
from relops.notebook.parameters import Parameter, check_parameters, find_notebook, read_parameters


def notebook(folder, source, name="90_mine"):
    cells = [{"cell_type": "code", "id": "p", "metadata": {"tags": ["parameters"]}, "source": source,
              "outputs": [], "execution_count": None}]
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_reads_names_types_and_defaults(tmp_path):
    source = ('project: str = ""  # folder\nbins: int = 5  # a = b in a comment\nquery = "a == 1"\n'
              'shares: list[float] = [0.5, 1]\nlimit: int | None = None\n')
    declared = read_parameters(notebook(tmp_path, source))
    assert {name: (p.type, p.default) for name, p in declared.items()} == {
        "project": ("str", ""), "bins": ("int", 5), "query": ("str", "a == 1"),
        "shares": ("list[float]", [0.5, 1]), "limit": ("int | None", None)}


@pytest.mark.parametrize(("source", "line"), [
    ("bins: int = 2 + len('abc')", "bins: int = 2 + len('abc')"), ("import os", "import os"),
    ("day: datetime = None", "day: datetime = None"), ("bins: int =", "bins: int ="),
])
def test_refuses_what_is_no_parameter(tmp_path, source, line):
    with pytest.raises(BadInput) as caught:
        read_parameters(notebook(tmp_path, source))
    assert [(p.code, p.values["line"]) for p in caught.value.problems] == [("notebook.parameters_cell", line)]


@pytest.mark.parametrize(("kind", "value", "good"), [
    ("int", 4, True), ("int", True, False), ("int", "4", False), ("int", 4.0, False),
    ("float", 4, True), ("float", False, False), ("str", "成都", True), ("str", 3, False),
    ("bool", 1, False), ("list[int]", [1, 2], True), ("list[int]", [1, "2"], False),
    ("dict[str, float]", {"a": 1}, True), ("dict[str, float]", {"a": "1"}, False),
    ("int | None", None, True), ("int | None", "x", False),
])
def test_types(kind, value, good):
    assert Parameter("x", kind, None).accepts(value) is good


@pytest.mark.parametrize(("kind", "text", "value"), [
    ("int", "4", 4), ("str", "4", "4"), ("float", "0.5", 0.5), ("bool", "true", True),
    ("list[int]", "[1, 2]", [1, 2]), ("str | None", "12", "12"), ("int | None", "null", None),
    ("int", "four", "four"),
])
def test_values_from_the_command_line(kind, text, value):
    parsed = Parameter("x", kind, None).parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


def test_every_wrong_parameter_is_told_at_once():
    declared = {"project": Parameter("project", "str", ""), "bins": Parameter("bins", "int", 5)}
    with pytest.raises(BadInput) as caught:
        check_parameters("03_rfm_segments", declared, {"bin": 4, "bins": "four"})
    assert {p.place: p.code for p in caught.value.problems} == {
        "03_rfm_segments.bin": "notebook.unknown_parameter", "03_rfm_segments.bins": "notebook.wrong_type"}
    assert caught.value.problems[0].values["known"] == "bins"
    assert "'four'" in caught.value.render("zh")
    assert "int" in caught.value.render("en")


def test_the_projects_own_notebook_is_found(tmp_path):
    (tmp_path / "notebooks").mkdir()
    path = notebook(tmp_path / "notebooks", "bins: int = 5")
    assert find_notebook("90_mine", tmp_path) == path
    assert find_notebook("91_absent", tmp_path) is None
