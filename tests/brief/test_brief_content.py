"""What a brief holds once it is loaded."""

import datetime
import subprocess
import sys

import pytest
from babel.core import get_global
from brief_texts import LEAST
from pydantic import ValidationError

from relops.brief import Brief, brief_value, is_empty, load_brief
from relops.brief.currencies import CURRENCIES
from relops.errors import BadInput

# the sketch of a whole brief, in the short forms that people write
WHOLE = """\
schema_version: 1
meta: {title: 会员方案, outline: R, numbering: renumbered, languages: [en], version: 0.3, date: 2026-03-01}
client:
  name: 港湾茶铺
  business_model: b2c
  contract: noncontractual
  business_goals: [{id: BG1, text: 会员收入占比提升, kpi: member_revenue_share}]
scope: {parties: [customer, partner], units: [], exclusions: null}
period: {data_start: 2024-01-01, data_end: 2025-12-31, plan_start: "2026-04-01", timezone: Asia/Shanghai}
finance: {currency: CNY, margin_rate: null, discount_rate_year: 0.10, clv_horizon_months: 36, fx: []}
market: {facts: [{text: "", source: "", url: "", date: null, grade: C, verified_by: ""}]}
goals:
  - {id: G1, kpi: retention, baseline_ref: data, change_type: points, change: 5, by: 2027-03-31, phase: 3}
  - {id: G2, kpi: csat, change_type: level, change: 0.90, by: 2027-03-31, phase: P2, segment: [loyal, riser]}
  - {id: G3, kpi: cac, baseline_ref: data, change_type: relative, change: -0.3, by: 2027-03-31}
phases: [{id: P1, start: 2026-04-01, end: 2026-08-31, exit: [{kpi: id_match_rate, op: ">=", value: 0.95}]}]
channels: [{id: sms, unit_cost: 0.05, capacity_month: 200000, quiet_hours: "21:00-09:00"}]
strategies:
  - {id: S1, kind: winback, effect: {low: 0.01, mode: 0.03, high: 0.06, source: assumption, owner: 会员运营}}
  - {id: S2, kind: referral, reward: {referrer: 20, referee: 20, levels: 2, tied_to_review: false}}
team: {opening_hours: 09:00-24:00, roles: [{id: agent, headcount: 4.5, shrinkage: 0.3, touches: {loyal: 12}}]}
budget:
  total: 0.3
  lines: [{id: L1, amount: 0.1, phase: all}, {id: L2, amount: 0.2, kind: fixed}]
roadmap:
  tasks: [{id: T1, days: {low: 20, mode: 30, high: 55}}, {id: T2, after: [T1]}]
  gates: [{id: GT1, after: T2, rule: ">=0.95"}]
stakeholders: [{name: 市场部, raci: {T1: C, S1: A/R}}, {name: IT, raci: {T1: A, S1: C}}]
calendar: {blackout: [["2026-11-01", 2026-11-12]]}
decision_rules: [{if: gate fails, then: stop, who: 总经理}]
sop: [{id: SOP1, steps: [致歉, {text: 留样, minutes: 10}]}]
experiments:
  - id: wake
    arms: {a: 0.3333333, b: 0.3333333, control: 0.3333334}
    looks: [2026-05-01, 2026-06-01]
    metrics: [{id: spend, table: orders, column: amount, kind: mean, role: primary, cap: 500}]
compliance:
  legal_basis: {profiling: consent, marketing: consent}
  counsel_signoff: {name: 王律师, date: 2026-02-01}
csf: [店长重视]
data:
  sources:
    - table: orders
      files: [a.csv, b.csv]
      header: 5
      columns: {order_id: 单号, amount: {sql: "Quantity * UnitPrice"}, currency: {value: CNY}}
      status: {counted: [3, 4.5, 完成], refund: [退款]}
      refunds: status
    - {table: tickets, files: t.xlsx, header: none, names: [a, b], exported_at: 2026-01-31}
  identity: {orders: [customer_id, phone]}
  control: [{month: 2026-01, orders: 12, sales: 99.5, refunds: 0}]
engine: {memory: 512MB}
missing: inline
parameters: {03_rfm_segments: {bins: 4, label: null, when: 2026-01-01}}
"""


@pytest.fixture
def brief(write):
    return load_brief(write(WHOLE))


def test_least_brief_has_empty_lists_and_none(write):
    brief = load_brief(write(LEAST))
    assert (brief.client.name, brief.finance.currency, brief.period.timezone) == (
        "Harbour Tea", "GBP", "Europe/London")
    assert brief.goals == [] and brief.data.sources == [] and brief.compliance.constraints == []
    assert brief.finance.margin_rate is None and brief.compliance.counsel_signoff.name is None
    assert brief.period.data_end == "auto" and brief.meta.languages == ["zh", "en"]
    assert (brief.engine.name, brief.engine.memory, brief.engine.threads) == ("duckdb", "2GB", None)
    assert brief.missing == "gather" and brief.parameters == {}


def test_values_come_in_their_types(brief):
    assert brief.period.data_end == datetime.date(2025, 12, 31)
    assert brief.period.plan_start == datetime.date(2026, 4, 1)
    assert brief.meta.version == "0.3"
    assert [goal.change for goal in brief.goals] == [5, 0.9, -0.3]
    assert [goal.phase for goal in brief.goals] == [3, "P2", None]
    assert [goal.segment for goal in brief.goals] == ["all", ["loyal", "riser"], "all"]
    assert brief.team.opening_hours == "09:00-24:00"
    assert brief.calendar.blackout == [[datetime.date(2026, 11, 1), datetime.date(2026, 11, 12)]]
    assert brief.experiments[0].looks == [datetime.date(2026, 5, 1), datetime.date(2026, 6, 1)]
    assert brief.parameters == {"03_rfm_segments": {"bins": 4, "label": None, "when": "2026-01-01"}}


def test_short_forms_become_blocks(brief):
    assert [step.text for step in brief.sop[0].steps] == ["致歉", "留样"]
    assert brief.csf[0].text == "店长重视"
    assert brief.compliance.legal_basis.marketing.basis == "consent"
    assert brief.scope.exclusions == []


def test_sources(brief):
    orders, tickets = brief.data.sources
    assert orders.columns["order_id"] == "单号"
    assert orders.columns["amount"].sql == "Quantity * UnitPrice"
    assert (orders.columns["currency"].sql, orders.columns["currency"].value) == (None, "CNY")
    assert orders.status.counted == ["3", "4.5", "完成"]
    assert (orders.header, tickets.header) == (5, "none")
    assert (orders.separator, orders.encoding, orders.footer) == ("auto", "auto", None)
    assert (tickets.exported_at, orders.exported_at) == (datetime.date(2026, 1, 31), None)
    assert brief.data.identity == {"orders": ["customer_id", "phone"]}
    assert brief.data.control[0].sales == 99.5


@pytest.mark.parametrize(("table", "columns", "grain"), [
    ("orders", "{order_id: a}", "order"), ("orders", "{amount: a}", "event"),
    ("tickets", "{order_id: a}", "event")])
def test_grain_where_it_is_not_said(write, table, columns, grain):
    text = LEAST + f"data: {{sources: [{{table: {table}, files: a.csv, columns: {columns}}}]}}\n"
    source = load_brief(write(text)).data.sources[0]
    assert source.grain == grain
    assert "grain" not in source.model_fields_set


def test_a_brief_does_not_change(brief):
    with pytest.raises(ValidationError):
        brief.missing = "gather"


def test_rules_hold_for_a_brief_made_in_code_too():
    content = {"client": {"name": "a"}, "finance": {"currency": "CNY"}, "period": {"timezone": "UTC"},
               "roadmap": {"tasks": [{"id": "T1", "after": ["T1"]}]}}
    with pytest.raises(BadInput) as caught:
        Brief.model_validate(content)
    assert [(p.code, p.place) for p in caught.value.problems] == [
        ("brief.tasks_circular", "roadmap.tasks[0].after")]


@pytest.mark.parametrize(("path", "value"), [
    ("finance.discount_rate_year", 0.1),
    ("finance.margin_rate", None), ("goals[1].phase", "P2"),
    ("goals.1.phase", "P2"), ("goals[9].phase", None), ("strategies[0].effect.mode", 0.03),
    ("strategies[1].effect.mode", None), ("decision_rules[0].if", "gate fails"),
    ("data.sources[0].columns.order_id", "单号"), ("data.sources[0].columns.nothing", None),
    ("parameters.03_rfm_segments.bins", 4), ("experiments[0].arms.control", 0.3333334),
])
def test_value_at_a_path(brief, path, value):
    assert brief_value(brief, path) == value


def test_a_misspelt_path_is_no_empty_answer(brief):
    for path in ("finance.margin", "goals[0].until", "client.name.first"):
        with pytest.raises(KeyError):
            brief_value(brief, path)


@pytest.mark.parametrize(("path", "empty"), [
    ("finance.margin_rate", True), ("finance.fx", True), ("market.facts[0].text", True),
    ("scope.units", True),
    ("wom", True), ("market.facts[0]", False), ("goals", False), ("budget.total", False), ("swot", True),
    ("strategies[1].reward.tied_to_review", False),
])
def test_empty(brief, path, empty):
    assert is_empty(brief_value(brief, path)) is empty


def test_text_stays_text_where_older_yaml_would_change_it(write):
    text = LEAST + "scope: {units: [no, 21:00, 0123, 1_000, 2026-01-01, 1e, .5.]}\n"
    assert load_brief(write(text)).scope.units == ["no", "21:00", "0123", "1_000", "2026-01-01", "1e", ".5."]


@pytest.mark.parametrize("encode", [
    lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16"),
    lambda text: text.replace("\n", "\r\n").encode("utf-8")], ids=["BOM", "UTF-16", "CRLF"])
def test_files_of_windows_editors(write, encode):
    assert load_brief(write(encode(WHOLE))).client.name == "港湾茶铺"


def test_an_anchor_may_be_used_again(write):
    text = LEAST + "scope: {units: &all [a, b], exclusions: *all}\n"
    assert load_brief(write(text)).scope.exclusions == ["a", "b"]


def test_currencies_are_those_in_use():
    today = {code for entries in get_global("territory_currencies").values()
             for code, _, end, tender in entries if tender and end is None}
    # a register of currencies ages: what either side has alone is a handful of changes of recent years
    assert len(today - CURRENCIES) <= 5
    assert {"CNY", "USD", "EUR", "JPY", "HKD", "TWD", "GBP", "DEM"} <= CURRENCIES
    assert set(get_global("all_currencies")) | {"XCG", "ZWG", "SLE", "VED"} >= CURRENCIES


def test_importing_the_brief_stays_light():
    heavy = "{'pandas', 'numpy', 'duckdb', 'ibis', 'matplotlib', 'babel', 'scipy', 'jupyter_client'}"
    code = f"import sys, relops.brief; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
