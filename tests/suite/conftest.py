"""A small project with notebooks of its own, in place of the package's."""

import json

import pytest

BRIEF = """client: {name: 华南"一"店}
finance: {currency: CNY}
period: {timezone: Asia/Shanghai, data_end: 2024-03-31}
data:
  sources:
    - table: orders
      files: data/orders.csv
      columns: {customer_id: customer, order_id: number, ordered_at: day, amount: paid}
"""
PARAMETERS = 'project: str = ""  # folder\nrun: str = ""\nlanguage: str = "zh"\n'
PUBLISH = """from relops.exhibits import Evidence
nb.publish(Evidence("data.orders.rows_in", int(nb.tables.orders.count().to_pandas()), "rows"))"""


def write_orders(folder, rows=120):
    lines = ["number,customer,day,paid"]
    lines += [f"{i},c{i % 30},2024-0{1 + i % 3}-{1 + i % 27:02d},{10 + i % 7}.50" for i in range(rows)]
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "orders.csv").write_text("\n".join(lines) + "\n")


def cell(kind, identifier, source, tags):
    made = {"cell_type": kind, "id": identifier, "metadata": {"tags": tags}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def write_notebook(folder, name, cells, *, after=(), parameters="", title=None):
    """Write a notebook: title, parameters, opening, then ``cells`` (text of code, or (id, text))."""
    opening = f'nb = relops.open_notebook("{name}", project=project, run=run, language=language)'
    made = [
        cell("markdown", "title-zh", "# 题目", ["zh"]), cell("markdown", "title-en", "# The title", ["en"]),
        cell("code", "parameters", PARAMETERS + parameters, ["parameters"]),
        cell("code", "open", f"import relops\n{opening}", []),
        cell("markdown", "part-zh", "## 第一节", ["zh"]), cell("markdown", "part-en", "## Part one", ["en"]),
        *(cell("code", f"code-{place}", source, []) for place, source in enumerate(cells)),
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                "relops": {"after": list(after), "tables": ["orders"],
                           "title": title or {"zh": f"笔记本{name}", "en": f"Notebook {name}"}}}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    return path


def make_project(tmp_path):
    """Make a project folder with a brief and orders, but without notebooks."""
    folder = tmp_path / "华南 project"
    folder.mkdir()
    (folder / "brief.yaml").write_text(BRIEF, encoding="utf-8")
    write_orders(folder)
    return folder


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory):
    """A folder without notebooks, in place of the package's."""
    return tmp_path_factory.mktemp("no-notebooks")


@pytest.fixture
def project(tmp_path, monkeypatch, nowhere):
    """A project folder whose notebooks are only its own."""
    monkeypatch.setattr("relops.suite.graph.notebooks_folder", lambda: nowhere)
    return make_project(tmp_path)


@pytest.fixture
def notebook(project):
    """Write a notebook into the project: ``notebook(name, cells, after=..., parameters=...)``."""
    return lambda name, cells=(PUBLISH, "nb.close()"), **options: write_notebook(
        project / "notebooks", name, cells, **options)


@pytest.fixture(scope="module")
def lasting_project(tmp_path_factory, nowhere):
    """A project for all tests of a module, and the function that writes notebooks into it."""
    folder = make_project(tmp_path_factory.mktemp("lasting"))

    def write(name, cells=(PUBLISH, "nb.close()"), **options):
        return write_notebook(folder / "notebooks", name, cells, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relops.suite.graph.notebooks_folder", lambda: nowhere)
        yield folder, write
