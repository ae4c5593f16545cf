from dataclasses import replace

import pytest
from conftest import EMPTY, make_project

from relops.brief import Brief
from relops.documents.changes import moved_rulers, since_last_run
from relops.documents.chapters import finding_runs
from relops.documents.decisions import RULES, decisions
from relops.documents.model import Paragraph
from relops.documents.order_rules import order_rules
from relops.documents.read_first import main_findings, ranked_findings, read_first, reconciliation, unknown
from relops.exhibits import plain


def lines(runs):
    return [plain(list(line)) for line in runs]


def page(language, project, exhibits, record):
    blocks = read_first(language, project, exhibits, record)
    return [(block.style, plain(list(block.runs()))) for block in blocks]


def test_page_one_gives_its_parts_in_order(filled, exhibits, record):
    leads = [text for style, text in page("en", filled, exhibits, record) if style == "lead"]
    assert leads == ["Data and rulers", "Reconciliation", "Main findings",
                     "Decisions that follow from a rule", "What is not known, and who can supply it"]


def test_data_and_rulers_stand_in_one_line(filled, exhibits, record):
    assert page("zh", filled, exhibits, record)[1][1] == (
        "数据期间 1997年1月1日 至 1997年9月30日，货币 CNY，时区 Asia/Shanghai。"
        "分群口径：购买日至少 3 个方为忠诚；距上次购买不超过 77 天为活跃，超过 164 天为流失，其间为沉睡。")


def told(language, *sources, **identity):
    brief = Brief.model_validate({
        "client": {"name": "x"}, "finance": {"currency": "CNY"}, "period": {"timezone": "UTC"},
        "data": {"sources": list(sources), "identity": identity}})
    return lines(order_rules(brief, language))


YOUZAN = {"table": "orders", "files": "有赞.csv", "status": {"not_counted": ["已关闭", "待付款"]},
          "columns": {"ordered_at": "付款时间", "amount": "实付金额", "phone": "手机号", "member": "会员号"}}
TILL = {"table": "orders", "files": ["till 1.csv", "till 2.csv"],
        "columns": {"ordered_at": "Date", "amount": {"sql": "a + b"}}}
BACK = {"table": "orders", "files": "售后.csv", "refunds": "file",
        "columns": {"refund_of": "订单号", "ordered_at": "退款时间", "amount": "退款金额"}}
LINES = {"table": "orders", "files": "lines.csv", "grain": "line", "columns": {"order_id": "Order", "product": "Item"}}


def test_page_one_says_how_orders_became_figures():
    assert told("zh", YOUZAN, orders=["member", "phone"]) == [
        "订单按“付款时间”计日，按“实付金额”计金额，客户按“会员号、手机号”识别；不计入的状态：已关闭、待付款。"]
    till = "Orders count on the day of “Date” with the amount of “a, b”; no column identifies the customer."
    assert told("en", TILL) == [till]
    assert told("en", TILL, BACK, LINES) == [
        f"till 1.csv, till 2.csv: {till}",
        "售后.csv: Refunds count on the day of “退款时间” with the amount of “退款金额”."]
    assert told("en", {"table": "tickets", "files": "t.csv"}) == []


def test_row_classes_are_reconciled(filled, exhibits, record):
    assert ("item", "orders: 6,919 rows read = 4,960 used + 1,959 excluded, of which 12 anonymous.") in page(
        "en", filled, exhibits, record)


@pytest.mark.parametrize(("share", "worst", "says"), [
    (0.004, 0.005, "is within the tolerance."), (0.004, -0.02, "2024-02 alone differs by -2.0%"),
    (-0.006, -0.02, "does not agree with the client's own books")])
def test_page_one_says_when_the_clients_own_totals_differ(filled, exhibits, record, share, worst, says):
    common = exhibits.evidence["diagnosis.later_revenue"] | {"low": None, "high": None, "level": None}
    values = {"months": (3, "months"), "ours": (1000.0, "money:CNY"), "theirs": (1006.0, "money:CNY"),
              "difference": (-6.0, "money:CNY"), "difference_share": (share, "share"),
              "worst_month": ("2024-02", "text"), "worst_share": (worst, "share")}
    added = {f"data.control.{name}": common | {"id": f"data.control.{name}", "value": value, "unit": unit}
             for name, (value, unit) in values.items()}
    compared = replace(exhibits, evidence=exhibits.evidence | added)
    line = [words for kind, words in page("en", filled, compared, record) if kind == "item" and "own books" in words]
    assert len(line) == 1 and says in line[0]
    assert not [words for _, words in page("en", filled, exhibits, record) if "own books" in words]


def test_tables_used_whole_stand_in_one_line(exhibits):
    rows = {name: exhibits.evidence[f"data.orders.rows_{name}"] for name in ("in", "used", "merged", "superseded",
                                                                            "excluded", "refused")}
    whole = {f"data.{table}.rows_{name}": record | {"id": f"data.{table}.rows_{name}",
                                                   "value": 6919 if name in ("in", "used") else 0}
             for table in ("tickets", "customers") for name, record in rows.items()}
    store = replace(exhibits, evidence=exhibits.evidence | whole)
    assert lines(reconciliation(store, "en"))[1:] == ["Used whole: customers 6,919 rows, tickets 6,919 rows."]
    assert lines(reconciliation(store, "zh"))[1:] == ["全部采用：客户表 6,919 行、工单表 6,919 行。"]


def test_findings_come_by_worth_then_in_the_order_of_the_outline(exhibits):
    assert [finding["id"] for finding in ranked_findings(exhibits)] == [
        "diagnosis.later_revenue.finding", "diagnosis.repeat_rate.finding"]
    dearer = exhibits.findings["diagnosis.repeat_rate.finding"] | {"worth": "diagnosis.dear"}
    common = exhibits.evidence["diagnosis.later_revenue"]
    dear = {"diagnosis.dear": common | {"id": "diagnosis.dear", "value": 2e6}}
    store = replace(exhibits, findings=exhibits.findings | {dearer["id"]: dearer},
                    evidence=exhibits.evidence | dear)
    assert ranked_findings(store)[0]["id"] == "diagnosis.repeat_rate.finding"
    assert lines(main_findings(store, "en"))[0].endswith("(worth CNY 2,000,000)")


def test_a_worth_already_in_the_sentence_is_not_repeated(exhibits):
    assert lines(main_findings(exhibits, "en"))[0].count("120,000") == 1


def test_at_most_five_findings(exhibits):
    many = {f"diagnosis.f{i}.finding": exhibits.findings["diagnosis.repeat_rate.finding"] | {
        "id": f"diagnosis.f{i}.finding"} for i in range(9)}
    assert len(list(main_findings(replace(exhibits, findings=many), "en"))) == 5


def test_decisions_name_their_rule_and_its_numbers(filled, exhibits):
    said = lines(decisions(exhibits, filled.brief, "en"))
    assert said[0] == (
        "Rule “unrecognised orders stay out of customer figures”: 12 rows carry no customer id and stand "
        "outside every figure per customer; mend recognition before goals per customer are set.")
    assert said[1].startswith("Rule “dormant before churned”: 283 customers are dormant")
    assert len(said) == 2


def test_what_a_test_decided_stands_with_the_decisions(filled, exhibits):
    verdict = exhibits.findings["diagnosis.repeat_rate.finding"] | {"id": "experiment.spring.decision.finding"}
    store = replace(exhibits, findings=exhibits.findings | {verdict["id"]: verdict})
    said = lines(decisions(store, filled.brief, "en"))
    assert len(said) == 3
    assert said[2] == lines([finding_runs(verdict, exhibits, "en")])[0]


def test_without_goals_that_is_the_first_thing_to_decide(tmp_path, nothing):
    said = lines(decisions(nothing, make_project(tmp_path, EMPTY).brief, "zh"))
    assert said == ["规则“没有目标就不谈可行性”：简报没有填目标，请客户方负责人先定指标、变动方式与期限。"]


@pytest.mark.parametrize(("low", "high", "words"), [(0.1, 0.3, "may be used to rank"),
                                                    (-0.1, 0.3, "rank by the group rule"),
                                                    (-0.3, -0.1, "rank by the group rule")])
def test_a_model_not_proved_better_than_its_baseline_is_not_used(filled, exhibits, low, high, words):
    reads = next(rule for rule in RULES if rule.key == "holdout").reads
    common = exhibits.evidence["rfm.r1_days"] | {"unit": "ratio", "value": 0.8}
    store = replace(exhibits, evidence={
        key: common | {"id": key, "low": low, "high": high, "level": 0.95} for key in reads.values()})
    assert words in lines(decisions(store, filled.brief, "en"))[0]


def test_a_withheld_number_meets_no_rule(filled, exhibits):
    hidden = exhibits.evidence["rfm.group.dormant.customers"] | {"value": None, "tag": "N"}
    store = replace(exhibits, evidence={"rfm.group.dormant.customers": hidden})
    assert lines(decisions(store, filled.brief, "en")) == []


def test_the_unknown_is_told_with_who_supplies_it(empty, nothing):
    said = lines(unknown(empty, nothing, "zh"))
    assert len(said) == 5
    assert said[0].startswith("工单表 tickets，由客服负责人提供，可得：")


def moved(key, unit, old, new, judgement="beyond", method="range"):
    return {"id": key, "unit": unit, "old": {"value": old}, "new": {"value": new}, "difference": new - old,
            "judgement": judgement, "method": method}


CHANGE = {"rulers": [], "findings": [], "months": [], "numbers": []}


def test_changes_since_the_last_run_say_what_moved_and_how_far(filled, exhibits, record):
    rate = moved("diagnosis.repeat_rate", "share", 0.35, 0.401)
    group = moved("rfm.group.dormant.customers", "customers", 300, 283, "counted", None)
    change = CHANGE | {"numbers": [rate, group]}
    said = lines(since_last_run(change, exhibits, ["rfm.group.dormant.customers"], "en"))
    assert said == ["repeat rate: 35.0% → 40.1% (+5.1 points), beyond the interval of the last report",
                    "customers of the group (Dormant): 300 customers → 283 customers (-17 customers), "
                    "counted in full"]
    assert lines(since_last_run(change, exhibits, [], "zh")) == [
        "复购率：35.0% → 40.1%（+5.1 个百分点），超出上次报告的区间"]
    texts = page("en", filled, exhibits, record | {"change": CHANGE})
    assert texts[-1] == ("body", "Compared with the last run, no number of weight has moved.")


def test_changed_rulers_conclusions_and_past_months_are_told(exhibits):
    table = {"columns": [{"key": "month", "unit": "text"}, {"key": "net", "unit": "money:CNY"}]}
    store = replace(exhibits, tables=exhibits.tables | {"data.months.table": table})
    change = CHANGE | {
        "rulers": [{"name": "rfm.r1_days", "old": 77.0, "new": 80.0}],
        "findings": [{"id": "diagnosis.repeat_rate.finding", "kind": "changed"},
                     {"id": "diagnosis.later_revenue.finding", "kind": "came"}],
        "months": [{"month": "1997-08", "measure": "orders", "old": 9, "new": 7},
                   {"month": "1997-07", "measure": "net", "old": 900.0, "new": 850.0},
                   {"month": "1997-08", "measure": "net", "old": 800.0, "new": 650.0}]}
    said = lines(since_last_run(change, store, [], "en"))
    assert said[0] == ("Rulers that differ from the last run (1): active limit, days. Part of what moved is the "
                       "ruler.")
    assert said[1].startswith("Changed conclusion: ")
    assert len(said) == 3
    assert said[2].endswith("handed in later): 3. Net revenue moved most in 1997-08: CNY 800 → CNY 650.")


def test_moved_rulers_show_the_same_data_under_both(exhibits):
    sizes = moved("rfm.group.dormant.customers", "customers", 300, 283)
    relocked = CHANGE | {"rulers": [{"name": "rfm.r1_days", "old": 78.0, "new": 85.0}], "numbers": [sizes]}
    assert lines(moved_rulers(relocked, exhibits, "en")) == [
        "Ruler active limit, days: 78 → 85",
        "customers of the group (Dormant): 300 customers → 283 customers (-17 customers)"]
    assert lines(moved_rulers({"fault": "brief.yaml\n  no column"}, exhibits, "zh")) == [
        "同一份数据无法再按旧口径计算：brief.yaml   no column"]


def test_the_page_needs_no_chart_and_no_table(filled, exhibits, record):
    assert all(isinstance(block, Paragraph) for block in read_first("zh", filled, exhibits, record))


def test_what_the_client_supplied_is_not_asked_for_again(empty, nothing):
    given = {f"data.{table}.rows_in": {"value": 5} for table in ("tickets", "feedback", "touches")}
    asked = [line.split(", from ")[0] for line in lines(unknown(empty, replace(nothing, evidence=given), "en"))]
    assert "customers" in asked
    assert not {"tickets", "feedback", "touches"} & set(asked)


def test_a_partial_run_says_so_first(filled, exhibits, record):
    texts = page("en", filled, exhibits, record | {"only": ["03"]})
    assert texts[0] == ("lead", "Partial run")
    assert texts[1][1].startswith("Only notebooks whose names start with 03, and what they need, were run")
    assert page("en", filled, exhibits, record | {"only": []})[0][1] != "Partial run"
