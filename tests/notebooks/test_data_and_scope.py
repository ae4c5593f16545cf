"""Notebook 01 by plain papermill: both languages, a client with an awkward name, projects without orders."""

import json
from pathlib import Path

import papermill
import pytest

from relops.data.starter import new_project

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "01_data_and_scope.ipynb"
ORDERS = ("订单号,下单时间,实付金额,会员号\n" + "".join(
    f"{number},2024-0{1 + number // 20}-{1 + number % 20:02d} 10:00:00,{number}.5,m{number % 30}\n"
    for number in range(60)))


def run(project: Path, run_folder: Path, language: str) -> dict:
    run_folder.mkdir(exist_ok=True)
    papermill.execute_notebook(str(NOTEBOOK), str(run_folder / f"{language}.ipynb"), progress_bar=False,
                               parameters={"project": str(project), "run": str(run_folder), "language": language})
    store = run_folder / "store" / NOTEBOOK.stem / "exhibits.json"
    return json.loads(store.read_text(encoding="utf-8"))


def shown(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join("".join(output.get("data", {}).get("text/plain", "")) for cell in cells
                   for output in cell.get("outputs", []))


def values(store: dict) -> dict:
    return {record["id"]: record["value"] for record in store["evidence"]}


@pytest.mark.slow
def test_both_languages_publish_the_same_numbers(tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text(ORDERS, encoding="utf-8")
    project = new_project(tmp_path / "p", [orders], name="老王'的\"茶\"铺", data_end="2024-03-31")
    zh = run(project, tmp_path / "run", "zh")
    en = run(project, tmp_path / "run", "en")
    assert zh == en
    found = values(zh)
    assert (found["data.orders.rows_in"], found["data.orders.orders"], found["data.customers.count"]) == (60, 60, 30)
    assert found["data.orders.gross"] == sum(range(60)) + 30
    assert {figure["id"] for figure in zh["figures"]} == {"data.months.figure", "data.fill.figure"}
    assert "60 单" in shown(tmp_path / "run" / "zh.ipynb")
    assert "60 orders" in shown(tmp_path / "run" / "en.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize(("header", "row", "table"), [
    ("提交答卷时间,会员号,推荐意愿", "2024-01-{day:02d} 10:00:00,m{day},{score}", "feedback"),
    ("userid,version,retention_7", "{day},gate_{arm},{arm}", "assignments"),
], ids=["feedback", "assignments"])
def test_without_orders_it_ends_and_says_what_is_missing(tmp_path, header, row, table):
    data = tmp_path / "data.csv"
    rows = [row.format(day=day, score=day % 11, arm=day % 2) for day in range(1, 31)]
    data.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    project = new_project(tmp_path / "p", [data], data_end="2024-01-31")
    store = run(project, tmp_path / "run", "zh")
    found = values(store)
    assert found[f"data.{table}.rows_in"] == found[f"data.{table}.rows_used"] == 30
    assert found["data.orders.rows_in"] == 0 and "data.customers.count" not in found
    assert [(gap["id"], gap["code"]) for gap in store["missing"]] == [
        ("data.orders.missing", "M1"), ("data.customers.missing", "M1")]
    assert "未提供 orders" in shown(tmp_path / "run" / "zh.ipynb")
