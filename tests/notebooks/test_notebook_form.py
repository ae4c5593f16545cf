"""Every notebook keeps the form: two equal languages, one parameters cell, short cells, no stray outputs."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from relops.notebook.parameters import COMMON, read_parameters

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("*.ipynb"))
LANGUAGES = ("zh", "en")
LONGEST_CELL = 15
LONGEST_FUNCTION = 8
# what carries digits without being a figure: code, formulas, links, names of notebooks
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)", re.DOTALL)


def pytest_generate_tests(metafunc):
    if "notebook" in metafunc.fixturenames:
        metafunc.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem, indirect=True)


@pytest.fixture
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def prose(notebook, language):
    return [cell.source for cell in tagged(notebook, language) if cell.cell_type == "markdown"]


def headings(notebook, language):
    lines = [line for source in prose(notebook, language)
             for line in re.sub(r"```.*?```", "", source, flags=re.DOTALL).splitlines()]
    return [len(match[1]) for line in lines if (match := re.match(r"(#{1,6}) \S", line))]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_valid_and_every_cell_named(notebook):
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell_id) for cell_id in ids)


def test_both_languages_stand_side_by_side(notebook):
    markdown = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    languages = [[tag for tag in cell.metadata.get("tags", []) if tag in LANGUAGES] for cell in markdown]
    assert languages == [["zh"], ["en"]] * (len(markdown) // 2)
    assert headings(notebook, "zh") == headings(notebook, "en")
    for language in LANGUAGES:
        assert headings(notebook, language).count(1) == 1
    assert not re.search(r"[\u4e00-\u9fff]", "".join(prose(notebook, "en")))


def test_one_parameters_cell_with_help_in_both_languages(notebook):
    cell, = tagged(notebook, "parameters")
    lines = cell.source.strip().splitlines()
    for line in lines:
        assert re.fullmatch(r"\w+: [^=]+ = [^=]+  # [^=]*[\u4e00-\u9fff][^=]* / [^=]+", line), line
    assert [line.split(":")[0] for line in lines[:3]] == list(COMMON)


def test_parameters_are_what_the_suite_reads(notebook):
    path = next(path for path in NOTEBOOKS if nbformat.read(path, as_version=4) == notebook)
    defaults = {name: parameter.default for name, parameter in read_parameters(path).items()}
    assert (defaults["project"], defaults["run"], defaults["language"]) == ("", "", "zh")


def test_code_cells_are_short_and_hold_no_machinery(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= LONGEST_CELL, cell.id
            assert cell.source.strip(), cell.id
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.FunctionDef):
                    assert node.end_lineno - node.lineno < LONGEST_FUNCTION, cell.id
                assert not isinstance(node, ast.ClassDef), cell.id


def test_prose_holds_no_typed_in_figures(notebook):
    found = [source for language in LANGUAGES for source in prose(notebook, language)
             if re.search(r"\d", NOT_PROSE.sub("", source))]
    assert found == []


def test_only_compared_outputs_are_kept_and_all_of_them_are_there(notebook):
    kept = tagged(notebook, "keep_output")
    assert kept and kept == tagged(notebook, "nbval-check-output")
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if cell in kept:
            assert cell.execution_count and cell.outputs, cell.id
            assert {output.output_type for output in cell.outputs} == {"stream"}, cell.id
        else:
            assert (cell.execution_count, cell.outputs) == (None, []), cell.id


def test_metadata_is_that_of_any_python(notebook):
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info", "relops"}
    assert set(notebook.metadata["relops"]["title"]) == set(LANGUAGES)
    title = notebook.metadata["relops"]["title"]
    for language in LANGUAGES:
        assert f"# {title[language]}" in prose(notebook, language)[0].splitlines()[0]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_file_is_written_in_one_way(path):
    text = path.read_text(encoding="utf-8")
    assert text == nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"
