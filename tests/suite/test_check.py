"""A check tells before a run what the run would stop at."""

import io

import pytest
from rich.console import Console

from relops.errors import BadInput
from relops.lock import Lock
from relops.project import Project
from relops.suite.check import check_project
from relops.suite.check_view import show_check

BRIEF = """client: {name: A company}
finance: {currency: CNY}
period: {timezone: Asia/Shanghai}
data:
  sources:
    - table: assignments
      files: log.csv
      columns: {experiment_id: experiment_id, customer_id: customer_id, arm: arm, assigned_at: assigned_at, won: won}
experiments:
  - {id: first, control: a, arms: {a: 0.5, b: 0.5}, segments: [age_band], metrics: [{id: won, column: won}]}
  - {id: second, control: a, arms: {a: 0.5, b: 0.5}, metrics: [{id: spent, column: spent}]}
  - {id: later, control: a, arms: {a: 0.5, b: 0.5}, segments: [nowhere], metrics: [{id: won, column: won}]}
"""
LOG = "experiment_id,customer_id,arm,assigned_at,won\n" + "".join(
    f"{('first', 'second')[number % 2]},c{number},{'ab'[number // 2 % 2]},2025-03-01,{number % 3 % 2}\n"
    for number in range(80))


def test_columns_that_experiments_ask_for_are_told_all_at_once(tmp_path):
    (tmp_path / "brief.yaml").write_text(BRIEF, encoding="utf-8")
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        check_project(Project.open(tmp_path))
    told = [(problem.place, problem.values["column"]) for problem in caught.value.problems]
    assert told == [("experiments.first", "age_band"), ("experiments.second.metrics.spent", "spent")]


def test_a_check_passes_what_the_data_hold(tmp_path):
    (tmp_path / "brief.yaml").write_text(BRIEF.replace("[age_band]", "[]").replace("spent", "won"), encoding="utf-8")
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    found = check_project(Project.open(tmp_path))
    assert (found.present, found.quarantine) == (frozenset({"assignments"}), None)


SHOP = """client: {name: A shop}
finance: {currency: CNY}
period: {timezone: Asia/Shanghai, data_end: 2025-02-28}
data:
  sources:
    - table: orders
      files: orders.csv
      columns: {ordered_at: day, amount: paid, customer_id: customer, phone: mobile}
  identity: {orders: [customer_id, phone]}
"""
ONE_TELEPHONE = "day,paid,customer,mobile\n" + "".join(
    f"2025-0{1 + number % 2}-0{1 + number},5,c{number},02161234567\n" for number in range(8))


def checked(folder, brief, orders, *, language="en", **files):
    """Check a project of one file of orders; return what was found and what the terminal shows of it."""
    for name, content in {"brief.yaml": brief, "orders.csv": orders, **files}.items():
        (folder / name).write_text(content, encoding="utf-8")
    found = check_project(Project.open(folder))
    console = Console(file=io.StringIO(), width=300)
    show_check(console, found, language)
    return found, console.file.getvalue()


def test_a_check_says_which_file_waits_for_an_answer(tmp_path):
    found, shown = checked(tmp_path, SHOP, ONE_TELEPHONE)
    assert found.merges == tmp_path / "private" / "identity-merges.csv"
    assert f"Merges that wait for an answer, their records apart until then: 1. Open {found.merges}" in shown
    found.merges.write_text(found.merges.read_text(encoding="utf-8-sig").replace(",1,\n", ",1,no\n", 1), "utf-8")
    found, shown = checked(tmp_path, SHOP, ONE_TELEPHONE, language="zh")
    assert found.merges is None and "等待答复" not in shown


CONTROL = SHOP.replace("  identity: {orders: [customer_id, phone]}\n", """  control:
    - {month: 2025-01, orders: 4, sales: 20}
    - {month: 2025-02, sales: 24.9, refunds: 1}
""")


def test_a_check_holds_the_clients_own_totals_against_ours(tmp_path):
    _, shown = checked(tmp_path, CONTROL, ONE_TELEPHONE)
    # 4 orders of 5 in either month: 40.00 beside 44.90 is 4.90 less, 10.9 % of 44.90
    assert "revenue here is CNY 40.00 and the client's own CNY 44.90: a difference of CNY -4.90 (-10.9%)" in shown
    assert "The two may differ by 0.5% of the client's own total" in shown
    lines = [[cell.strip() for cell in line.strip("│").split("│")] for line in shown.splitlines() if "│ 2025-0" in line]
    assert lines == [["2025-01", "whole month", "20.00", "20.00", "0.00", "0.0%"],
                     ["2025-02", "whole month", "20.00", "24.90", "-4.90", "-19.7%"]]


def test_a_check_without_own_totals_says_nothing_of_them(tmp_path):
    found, shown = checked(tmp_path, SHOP, ONE_TELEPHONE)
    assert found.control == () and "0.5%" not in shown


def test_a_check_tells_a_moved_ruler_as_the_run_does(tmp_path):
    checked(tmp_path, SHOP, ONE_TELEPHONE)
    frozen = Lock().moved({"data.currency": "USD"}, "2025-03-01-0900-abc", "2025-03-01")
    frozen.write_draft(tmp_path / "settings.lock").replace(tmp_path / "settings.lock")
    with pytest.raises(BadInput) as caught:
        check_project(Project.open(tmp_path))
    problem, = caught.value.problems
    assert (problem.code, problem.place) == ("project.ruler_moved", "brief.yaml finance.currency")
    assert (problem.values["frozen"], problem.values["stated"]) == ("USD", "CNY")
