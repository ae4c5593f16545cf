"""Every mistake that the brief can tell: what it is called, and on which line it is found."""

import pytest
from brief_texts import LEAST

from relops.brief import load_brief
from relops.errors import BadInput
from relops.locale import messages

# the least brief has three lines, so each text below begins on line 4
ONE_SOURCE = "data:\n  sources:\n    - {table: orders, files: a.csv, "
TWO_ARMS = "arms: {control: 0.5, mail: 0.5}"
CASES = [
    # the writing
    ("yaml_tab", 5, "", "scope:\n\tunits: [a]\n"),
    ("yaml_colon", 4, "", "missing: gather: all\n"),
    ("yaml_wide_colon", 4, "", "scope：\n  units: [甲：乙]\n"),
    ("yaml_wide_colon", 5, "", "scope:\n  {units：[a], exclusions: [b：c]}\nmissing: gather\n"),
    ("yaml_no_colon", 4, "", "scope\nmissing: gather\n"),
    ("yaml_bracket", 4, "", "scope: {units: [a, b\nmissing: gather\n"),
    ("yaml_quote", 4, "", "missing: \"gather\nengine: {threads: 2}\n"),
    ("yaml_indent", 6, "", "scope:\n  units: [a]\n   parties: []\n"),
    ("yaml_alias", 4, "", "scope: *everything\n"),
    ("yaml_documents", 4, "", "---\nmissing: gather\n"),
    ("yaml_character", 4, "", "scope: {units: [a\x07b]}\n"),
    ("yaml_syntax", 4, "", "scope: {units: [%a]}\n"),
    ("circular_alias", 4, "scope.units[0]", "scope: {units: &again [*again]}\n"),
    ("key_not_text", 4, "scope", "scope: {[a]: b}\n"),
    ("duplicate_key", 6, "scope.units", "scope:\n  units: [a]\n  units: [b]\n"),
    ("tag", 4, "scope.units[0]", "scope: {units: [!secret a]}\n"),
    # keys and kinds of value
    ("unknown_key", 5, "scope.wing", "scope:\n  wing: 1\n"),
    ("unknown_key_near", 4, "goal", "goal: []\n"),
    ("missing_key", 5, "goals[0].by", "goals:\n  - {id: g, kpi: nps, change_type: level}\n"),
    ("not_text", 5, "meta.title", "meta:\n  title: 12\n"),
    ("empty_text", 4, "goals[0].kpi", "goals: [{id: g, kpi: \" \", change_type: level, by: 2027-01-01}]\n"),
    ("not_number", 4, "budget.total", "budget: {total: 1 500 000}\n"),
    ("not_whole", 4, "engine.threads", "engine: {threads: 1.5}\n"),
    ("not_flag", 4, "budget.vat_included", "budget: {vat_included: yes}\n"),
    ("not_list", 4, "goals", "goals: none yet\n"),
    ("not_block", 4, "engine", "engine: duckdb\n"),
    ("not_allowed", 4, "missing", "missing: hide\n"),
    ("out_of_range", 4, "capability.targets.fill", "capability: {targets: {fill: 85}}\n"),
    ("list_length", 4, "calendar.blackout[0]", "calendar: {blackout: [[2026-01-01]]}\n"),
    ("not_text_or_list", 4, "theory.choice", "theory: {choice: 3}\n"),
    ("not_text_or_whole", 4, "goals[0].phase",
     "goals: [{id: g, kpi: nps, change_type: level, by: 2027-01-01, phase: 1.5}]\n"),
    ("not_date", 4, "meta.date", "meta: {date: 2026-02-30}\n"),
    ("bad_month", 4, "emergency.drills[0].month", "emergency: {drills: [{type: full, month: 2026-13}]}\n"),
    ("bad_hours", 4, "team.opening_hours", "team: {opening_hours: 9-21}\n"),
    ("bad_percentile", 4, "risk_policy.reserve", "risk_policy: {reserve: 80%}\n"),
    ("bad_percentile", 4, "risk_policy.reserve", "risk_policy: {reserve: P800}\n"),
    ("bad_encoding_name", 6, "data.sources[0].encoding", ONE_SOURCE + "encoding: klingon}\n"),
    ("bad_date_format", 6, "data.sources[0].date_format", ONE_SOURCE + "date_format: DD/MM/YYYY}\n"),
    ("bad_pattern", 6, "data.sources[0].exported_at", ONE_SOURCE + "exported_at: \"_(2026\"}\n"),
    ("bad_header", 6, "data.sources[0].header", ONE_SOURCE + "header: 0}\n"),
    ("bad_column", 6, "data.sources[0].columns.amount", ONE_SOURCE + "columns: {amount: 3}}\n"),
    ("bad_memory", 4, "engine.memory", "engine: {memory: much}\n"),
    ("bad_id", 4, "channels[0].id", "channels: [{id: \" sms\"}]\n"),
    ("bad_slug", 4, "experiments[0].id", "experiments: [{id: Come-back}]\n"),
    ("bad_slug", 4, "experiments[0].arms.A", "experiments: [{id: x, arms: {A: 0.5, control: 0.5}}]\n"),
    ("reserved_metric", 4, "experiments[0].metrics[0].id",
     "experiments: [{id: x, metrics: [{id: decision}]}]\n"),
    ("bad_looks", 4, "experiments[0].looks", "experiments: [{id: x, looks: 0}]\n"),
    ("bad_segment_rules", 4, "segments.rules", "segments: {rules: mine}\n"),
    ("bad_scales", 4, "risk_policy.scales", "risk_policy: {scales: mine}\n"),
    ("bad_raci", 4, "stakeholders[0].raci.T1", "stakeholders: [{name: a, raci: {T1: X}}]\n"),
    # rules between entries
    ("estimate_order", 6, "roadmap.tasks[0].days",
     "roadmap:\n  tasks:\n    - {id: T1, days: {low: 5, mode: 4, high: 9}}\n"),
    ("duplicate_id", 6, "sop[1].id", "sop:\n  - id: S1\n  - id: s1\n"),
    ("dates_reversed", 5, "phases[0].end", "phases:\n  - {id: P1, start: 2026-05-02, end: 2026-05-01}\n"),
    ("dates_reversed", 4, "calendar.blackout[0]", "calendar: {blackout: [[2026-05-02, 2026-05-01]]}\n"),
    ("goal_without_baseline", 4, "goals[0]",
     "goals: [{id: g, kpi: nps, change_type: points, by: 2027-01-01}]\n"),
    ("change_impossible_relative", 4, "goals[0].change",
     "goals: [{id: g, kpi: cac, baseline_ref: data, change_type: relative, change: -30, by: 2027-01-01}]\n"),
    ("change_impossible_points", 4, "goals[0].change",
     "goals: [{id: g, kpi: nps, baseline_ref: data, change_type: points, change: 201, by: 2027-01-01}]\n"),
    ("budget_sum", 5, "budget.total",
     "budget:\n  total: 100\n  lines: [{id: a, amount: 60}, {id: b, amount: 39.99}]\n"),
    ("raci_none", 5, "stakeholders[0].raci.T1", "stakeholders:\n  - {name: a, raci: {T1: R}}\n"),
    ("raci_several", 6, "stakeholders[1].raci.T1",
     "stakeholders:\n  - {name: a, raci: {T1: A}}\n  - {name: b, raci: {T1: R/A}}\n"),
    ("task_unknown", 4, "roadmap.tasks[0].after[0]", "roadmap: {tasks: [{id: T1, after: [T9]}]}\n"),
    ("task_unknown", 4, "roadmap.gates[0].after", "roadmap: {gates: [{id: G, after: T9}]}\n"),
    ("tasks_circular", 4, "roadmap.tasks[0].after",
     "roadmap: {tasks: [{id: T1, after: [T2]}, {id: T2, after: [T1]}]}\n"),
    ("tasks_circular", 4, "roadmap.tasks[0].after", "roadmap: {tasks: [{id: T1, after: [T1]}]}\n"),
    ("reward_tied_to_review", 4, "strategies[0].reward.tied_to_review",
     "strategies: [{id: S, reward: {tied_to_review: true}}]\n"),
    ("reward_levels", 4, "strategies[0].reward.levels", "strategies: [{id: S, reward: {levels: 2}}]\n"),
    ("assumption_without_owner", 4, "strategies[0].effect",
     "strategies: [{id: S, effect: {low: 0, mode: 0.1, high: 0.2, source: assumption}}]\n"),
    ("arms_too_few", 4, "experiments[0].arms", "experiments: [{id: x, arms: {control: 1}}]\n"),
    ("arms_sum", 4, "experiments[0].arms", "experiments: [{id: x, arms: {control: 0.5, mail: 0.4}}]\n"),
    ("arms_empty", 4, "experiments[0].arms", "experiments: [{id: x, arms: {control: 0.5, mail: 0.5, sms: 0.0}}]\n"),
    ("control_unknown", 4, "experiments[0].control",
     f"experiments: [{{id: x, control: none, {TWO_ARMS}}}]\n"),
    ("control_missing", 4, "experiments[0]", "experiments: [{id: x, arms: {letter: 0.5, mail: 0.5}}]\n"),
    ("ratio_without_denominator", 4, "experiments[0].metrics[0]",
     "experiments: [{id: x, metrics: [{id: basket, kind: ratio}]}]\n"),
    ("quantile_in_clusters", 4, "experiments[0].metrics[0]",
     "experiments: [{id: x, cluster: store_id, metrics: [{id: basket, kind: quantile}]}]\n"),
    ("quantile_without_kind", 4, "experiments[0].metrics[0]",
     "experiments: [{id: x, metrics: [{id: basket, kind: mean, quantile: 0.9}]}]\n"),
    ("cap_without_amount", 4, "experiments[0].metrics[0].cap",
     "experiments: [{id: x, metrics: [{id: basket, denominator: orders, cap: 50}]}]\n"),
    ("cap_without_amount", 4, "experiments[0].metrics[0].cap",
     "experiments: [{id: x, metrics: [{id: bought, kind: proportion, cap: 50}]}]\n"),
    ("status_twice", 6, "data.sources[0].status.refund[0]",
     ONE_SOURCE + "status: {counted: [1], refund: [1]}}\n"),
    ("refunds_by_status", 6, "data.sources[0].refunds", ONE_SOURCE + "refunds: status}\n"),
    ("formula_or_constant", 6, "data.sources[0].columns.a",
     ONE_SOURCE + "columns: {a: {sql: b, value: 3}}}\n"),
    ("formula_or_constant", 6, "data.sources[0].columns.a", ONE_SOURCE + "columns: {a: {}}}\n"),
    ("cut_points_reversed", 4, "segments.r2_days", "segments: {r1_days: 60, r2_days: 60}\n"),
]
# whole files
FILES = [
    ("empty_file", "brief.yaml", ""),
    ("empty_file", "brief.yaml", "# client: {name: a}\n\n   # nothing yet\n"),
    ("not_mapping", "brief.yaml:1", "- client\n- finance\n"),
    ("encoding", "brief.yaml:2", "finance: {currency: CNY}\nclient: {name: 茶}\n".encode("gb18030")),
    ("too_deep", "brief.yaml", "scope: " + "[" * 3000),
    ("too_large", "brief.yaml", b"# " + b"x" * 4_000_000),
    ("too_many_entries", "brief.yaml:1",
     "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else 'x'] * 9)}]\n" for i in range(9))),
    ("bad_timezone", "brief.yaml:2 period.timezone",
     "client: {name: a}\nperiod: {timezone: GMT+8}\nfinance: {currency: CNY}\n"),
    ("bad_currency", "brief.yaml:3 finance.currency",
     "client: {name: a}\nperiod: {timezone: UTC}\nfinance: {currency: RMB}\n"),
]
# told by the tests below
OTHERS = {"no_file", "unreadable"}
OTHERS |= {"password_in_address"}  # told by tests/data/test_servers.py
# told by test_brief_workbook.py
OTHERS |= {"no_workbook", "unknown_row", "unknown_column", "no_owner", "too_long_for_cell", "two_forms",
           "two_forms_no_base"}


@pytest.mark.parametrize(("code", "line", "path", "text"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_one_mistake_is_told_once_with_its_line(problems, code, line, path, text):
    assert problems(LEAST + text) == [(code, f"brief.yaml:{line} {path}".rstrip())]


@pytest.mark.parametrize(("code", "place", "text"), FILES, ids=[case[0] for case in FILES])
def test_files_that_are_no_brief(problems, code, place, text):
    told = problems(text)
    assert [(found, where.partition(" ")[0]) for found, where in told] == [(code, place.partition(" ")[0])]
    assert told[0][1].startswith(place)


def test_every_problem_has_its_test():
    named = {message.split(".")[2] for message in messages("brief") if message.startswith("brief.problem.")}
    assert named == {case[0] for case in CASES} | {case[0] for case in FILES} | OTHERS


def test_no_such_file(tmp_path):
    with pytest.raises(BadInput) as caught:
        load_brief(tmp_path / "brief.yaml")
    assert [problem.code for problem in caught.value.problems] == ["brief.no_file"]


def test_a_folder_is_no_brief(tmp_path):
    with pytest.raises(BadInput) as caught:
        load_brief(tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["brief.unreadable"]


def test_what_is_required(problems):
    assert problems("scope: {units: [a]}\n") == [
        ("missing_key", "brief.yaml client"), ("missing_key", "brief.yaml period"),
        ("missing_key", "brief.yaml finance")]
    assert problems("client:\nfinance: {}\nperiod:\n  timezone:\n") == [
        ("not_block", "brief.yaml:1 client"), ("missing_key", "brief.yaml:2 finance.currency"),
        ("not_text", "brief.yaml:4 period.timezone")]


def test_all_mistakes_at_once_in_the_order_of_the_file(problems):
    text = LEAST + (
        "goals:\n"
        "  - {id: G1, kpi: nps, change: 5, surprise: 1}\n"
        "budget:\n"
        "  total: 10\n"
        "  lines: [{id: L1, amount: 3}, {id: L1, amount: 5, colour: red}]\n"
        "roadmap:\n"
        "  tasks:\n"
        "    - {id: T1, days: {low: 3, mode: 2, high: 5, x: 1}, after: [T2]}\n"
        "    - {id: T2, after: [T1, T3]}\n"
        "experiments: [{id: x, alpha: 5, arms: {a: 0.5, control: 0.6}}]\n"
        "sla: [{channel: phone\n"
        "missing: perhaps\n")
    assert problems(text) == [
        ("missing_key", "brief.yaml:5 goals[0].change_type"), ("missing_key", "brief.yaml:5 goals[0].by"),
        ("unknown_key", "brief.yaml:5 goals[0].surprise"),
        ("budget_sum", "brief.yaml:7 budget.total"),
        ("unknown_key", "brief.yaml:8 budget.lines[1].colour"),
        ("duplicate_id", "brief.yaml:8 budget.lines[1].id"),
        ("unknown_key", "brief.yaml:11 roadmap.tasks[0].days.x"),
        ("estimate_order", "brief.yaml:11 roadmap.tasks[0].days"),
        ("tasks_circular", "brief.yaml:11 roadmap.tasks[0].after"),
        ("task_unknown", "brief.yaml:12 roadmap.tasks[1].after[1]"),
        ("out_of_range", "brief.yaml:13 experiments[0].alpha"),
        ("arms_sum", "brief.yaml:13 experiments[0].arms"),
        ("yaml_bracket", "brief.yaml:14"), ("not_allowed", "brief.yaml:15 missing"),
    ]


def test_a_rule_is_told_beside_a_wrong_type_next_to_it(problems):
    text = LEAST + (
        "roadmap: {tasks: [{id: T1, name: 5, after: [T1]}, {id: 7, days: {low: 1, mode: 0, high: x}}]}\n")
    assert {code for code, _ in problems(text)} == {
        "not_text", "tasks_circular", "not_number", "estimate_order"}


def test_two_circles_are_two_problems(problems):
    tasks = "".join(f"    - {{id: T{a}, after: [T{b}]}}\n" for a, b in ((1, 2), (2, 1), (3, 4), (4, 3)))
    assert problems(LEAST + "roadmap:\n  tasks:\n" + tasks) == [
        ("tasks_circular", "brief.yaml:6 roadmap.tasks[0].after"),
        ("tasks_circular", "brief.yaml:8 roadmap.tasks[2].after")]


def test_sentences_name_what_was_found_and_what_to_do(write):
    path = write(LEAST + "finanse: {}\nengine: {threads: two}\n")
    with pytest.raises(BadInput) as caught:
        load_brief(path)
    near, wrong = caught.value.problems
    assert near.render("en").splitlines()[1] == "  found: no such key: finanse"
    assert near.render("en").splitlines()[3] == "  do: did you mean finance?"
    assert near.render("zh").splitlines()[3] == "  处理：是不是要写 finance？"
    assert wrong.render("en").splitlines()[1] == "  found: two, which is not a whole number"
