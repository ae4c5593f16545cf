"""A small run made by hand: a store of two notebooks, a brief filled in and a brief left empty."""

from pathlib import Path

import pandas as pd
import pytest

from relops.brief import load_brief
from relops.exhibits import Column, Evidence, Figure, Finding, Missing, Table
from relops.project import Project
from relops.store import Exhibits, Store, merge

PERIOD = ("1997-01-01", "1997-09-30")
EMPTY = """
schema_version: 1
client: {name: 示例公司 No. 7}
finance: {currency: CNY}
period: {timezone: Asia/Shanghai}
"""
FILLED = """
schema_version: 1
meta: {version: 0.3, date: 2026-03-01, authors: [项目顾问], confidentiality: client}
client:
  name: 示例公司
  background: 会员三成，复购放缓。
  business_goals: [{id: BG1, text: 会员收入占比提升, kpi: member_revenue_share}]
  priorities: [retention, word_of_mouth]
scope: {parties: [customer], units: [all_stores], exclusions: []}
period: {plan_start: 2026-04-01, plan_months: 18, timezone: Asia/Shanghai}
finance: {currency: CNY, discount_rate_year: 0.10, clv_horizon_months: 36}
market:
  facts:
    - {text: 到店客流回升, source: 行业年报, date: 2025-11-01, grade: B, verified_by: 顾问}
    - {text: 留存提高 23%, source: 未署名文章, date: 2023-01-01, grade: D}
goals:
  - {id: G1, kpi: retention_12m, baseline_ref: data, change_type: points, change: 5, by: 2027-03-31,
     phase: P1, priority: must}
  - {id: G2, kpi: repeat_rate, baseline_ref: data, change_type: relative, change: 0.1, by: 2027-03-31}
phases:
  - id: P1
    name: 基础运营体系构建
    start: 2026-04-01
    end: 2026-08-31
    exit: [{kpi: id_match_rate, op: ">=", value: 0.95}]
channels:
  - {id: sms, name: 短信, unit_cost: 0.05, capacity_month: 200000, consent_required: true,
     max_per_customer_month: 4}
strategies:
  - id: S1
    name: 沉睡唤醒券
    kind: winback
    segments: [dormant]
    channel: sms
    unit_cost: 6.0
    effect: {metric: reactivation, low: 0.01, mode: 0.03, high: 0.06, source: assumption, owner: 会员运营}
    control_share: 0.10
budget:
  total: 1500000
  lines:
    - {id: L1, name: 激励成本, amount: 1000000, phase: P1, kind: variable, owner: 市场部}
    - {id: L2, name: 新增人力, amount: 500000, phase: P1, kind: fixed, owner: 客服}
roadmap:
  tasks:
    - {id: T1, name: 主数据打通, phase: P1, owner: IT, days: {low: 20, mode: 30, high: 55}}
risks:
  - id: K1
    name: 舆情集中爆发
    kind: external
    probability_year: {low: 0.05, mode: 0.10, high: 0.25}
    impact: {low: 50000, mode: 200000, high: 1500000}
    severity: 8
    occurrence: 4
    detection: 5
    owner: 公关
stakeholders:
  - {name: 市场部, role: head, raci: {T1: C, S1: A}, interest: high, influence: high}
  - {name: IT, role: owner, raci: {T1: A, S1: C}, interest: medium, influence: high}
loop: {detractor_contact_h: 24}
"""


def make_project(folder: Path, brief: str) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "brief.yaml").write_text(brief, encoding="utf-8")
    return Project(folder, load_brief(folder / "brief.yaml"))


def count(name: str, value: int, unit: str = "customers") -> Evidence:
    return Evidence(name, value, unit, n=2357)


def draw(language: str):
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(6.3, 3.6))
    drawing.subplots().bar(["a", "b"], [1, 2])
    return drawing


def fill_store(folder: Path) -> None:
    """Publish what notebooks 01 to 03 would: the classes of rows, the repeat rate, the groups."""
    data = Store(folder / "01_data", "01_data", ("zh", "en"), PERIOD, ("sha256:abc",))
    rows = {"in": 6919, "used": 4960, "merged": 0, "superseded": 0, "excluded": 1959, "refused": 0,
            "anonymous": 12}
    for name, value in rows.items():
        data.add(Evidence(f"data.orders.rows_{name}", value, "rows", n=6919))
    frame = pd.DataFrame({"label": ["@data.table.orders"], "rows_in": [6919], "rows_used": [4960]})
    columns = (Column("label", "data.heading.table"), Column("rows_in", "data.heading.rows_in", "rows"),
               Column("rows_used", "data.heading.rows_used", "rows"))
    data.add(Table("data.classes.table", "data.title.classes", frame, columns, n=6919))
    customers = Store(folder / "02_diagnosis", "02_diagnosis", ("zh", "en"), PERIOD)
    rate = Evidence("diagnosis.repeat_rate", 946 / 2357, "share", 0.3818, 0.4211, 0.95, 2357,
                    filter="at least 2 purchase days")
    numbers = {"customers": count("diagnosis.repeat_customers", 946), "rate": rate}
    customers.add(Finding("diagnosis.repeat_rate.finding", "customers.finding.repeat_rate", numbers))
    later = Evidence("diagnosis.later_revenue", 120000.0, "money:CNY", n=2357)
    share = Evidence("diagnosis.later_revenue_share", 0.6, "share", 0.58, 0.62, 0.95, 2357)
    customers.add(Finding("diagnosis.later_revenue.finding", "customers.finding.later_revenue",
                          {"share": share, "revenue": later}, worth=later))
    customers.add(Missing("diagnosis.yearly_bridge.missing", "M2", "orders.ordered_at",
                          "customers.measure.yearly_bridge"))
    groups = Store(folder / "03_rfm", "03_rfm", ("zh", "en"), PERIOD)
    for name, value in {"f_star": 3, "r1_days": 77, "r2_days": 164}.items():
        groups.add(Evidence(f"rfm.{name}", value, "count" if name == "f_star" else "days", n=2357))
    groups.add(count("rfm.group.dormant.customers", 283))
    frame = pd.DataFrame({"group": ["@customers.group.loyal", "@customers.group.riser", "__other__"],
                          "customers": [283, 95, None]})
    columns = (Column("group", "customers.column.group"),
               Column("customers", "customers.column.customers", "customers", people=True))
    groups.add(Table("rfm.groups.table", "customers.table.groups", frame, columns, n=2357))
    share = {"share": Evidence("rfm.group.loyal.share", 283 / 2357, "share", 0.107, 0.134, 0.95, 2357),
             "revenue_share": Evidence("rfm.group.loyal.revenue_share", 0.55, "share", n=2357)}
    groups.add(Figure("rfm.groups.figure", "customers.figure.groups.title", "customers.figure.groups.alt",
                      draw, pd.DataFrame(), share))


@pytest.fixture(scope="session")
def exhibits(tmp_path_factory) -> Exhibits:
    folder = tmp_path_factory.mktemp("run") / "store"
    fill_store(folder)
    return merge(folder, ["01_data", "02_diagnosis", "03_rfm"])


@pytest.fixture(scope="session")
def nothing(tmp_path_factory) -> Exhibits:
    return merge(tmp_path_factory.mktemp("bare") / "store", [])


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Project:
    return make_project(tmp_path_factory.mktemp("filled"), FILLED)


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Project:
    return make_project(tmp_path_factory.mktemp("empty"), EMPTY)


@pytest.fixture(scope="session")
def record() -> dict:
    return {"run": "2026-03-02-0900", "started": "2026-03-02T09:00:00", "command": "relops run .",
            "inputs": {"orders.csv": "sha256:0123456789abcdef"},
            "versions": {"relops": "0.1.0", "pandas": "3.1.1"}}
