"""A check tells before a run what the run would stop at."""

import pytest

from relops.errors import BadInput
from relops.project import Project
from relops.suite.check import check_project

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
