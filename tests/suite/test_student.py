"""The students' edition: the course without solutions or outputs, the company without its truth."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from relops.data.demo import demo_project
from relops.suite.student import course_copy, student_edition

NOTEBOOKS = sorted(path.name for path in (Path(__file__).resolve().parents[2] / "notebooks").rglob("*.ipynb"))


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return student_edition(tmp_path_factory.mktemp("class") / "edition", customers=300, seed=7)


def test_no_file_holds_the_truth_and_none_names_the_seed(edition):
    files = [path for path in edition.rglob("*") if path.is_file()]
    assert [path for path in files if "truth" in path.name or "truth" in str(path.parent.name)] == []
    assert [path for path in files if path.suffix in (".yaml", ".json", ".md") and "seed" in path.read_text(
        encoding="utf-8")] == []


def test_the_data_are_those_whose_truth_the_teacher_can_make(edition, tmp_path):
    teacher = demo_project(tmp_path / "teacher", customers=300, seed=7)
    assert (teacher / "truth.json").is_file()
    for path in (edition / "data").iterdir():
        assert gzip.decompress(path.read_bytes()) == gzip.decompress((teacher / "data" / path.name).read_bytes())


def test_the_course_is_there_in_both_languages_with_nothing_run(edition):
    for language, other in (("zh", "en"), ("en", "zh")):
        assert sorted(path.name for path in (edition / "lab" / language).iterdir()) == NOTEBOOKS
        for path in (edition / "lab" / language).iterdir():
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
            assert [cell for cell in cells if {other, "solution"} & set(cell["metadata"].get("tags", []))] == []


def test_solutions_stay_with_the_teacher():
    tags = {"question": [], "answer": ["solution"]}
    cells = [{"cell_type": "code", "source": name, "metadata": {"tags": own}, "outputs": [1], "execution_count": 3}
             for name, own in tags.items()]
    copy = course_copy({"cells": cells, "metadata": {}}, "en")
    assert [(cell["source"], cell["outputs"], cell["execution_count"]) for cell in copy["cells"]] == [
        ("question", [], None)]
    assert len(cells) == 2 and cells[0]["outputs"] == [1]


def test_a_notebook_opened_where_it_lies_finds_its_project(edition, tmp_path):
    """The folder may be copied: the path to the project is relative."""
    moved = edition.rename(tmp_path / "moved")
    cells = json.loads((moved / "lab" / "en" / "01_data_and_scope.ipynb").read_text(encoding="utf-8"))["cells"]
    parameters = next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    code = f"{parameters}\nfrom relops.project import Project\nprint(Project.open(project).folder)"
    done = subprocess.run([sys.executable, "-c", code], cwd=moved / "lab" / "en", env=os.environ, check=True,
                          capture_output=True, text=True)
    assert Path(done.stdout.strip()) == moved
