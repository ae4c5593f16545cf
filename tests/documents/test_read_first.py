from dataclasses import replace

import pytest
from conftest import EMPTY, make_project

from relops.documents.decisions import RULES, decisions
from relops.documents.model import Paragraph
from relops.documents.read_first import changes, main_findings, ranked_findings, read_first, unknown
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


def test_row_classes_are_reconciled(filled, exhibits, record):
    assert ("item", "orders: 6,919 rows read = 4,960 used + 0 merged + 0 superseded + 1,959 excluded + "
            "0 refused, of which 12 anonymous.") in page("en", filled, exhibits, record)


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


def test_changes_since_the_last_run_are_told_when_known(filled, exhibits, record):
    before = exhibits.evidence["diagnosis.repeat_rate"]
    moved = lines(changes(exhibits, {"diagnosis.repeat_rate": before | {"value": 0.35}}, "en"))
    assert moved == ["repeat rate: 35.0% → 40.1%"]
    assert lines(changes(exhibits, dict(exhibits.evidence), "en")) == []
    texts = page("en", filled, exhibits, record | {"previous": dict(exhibits.evidence)})
    assert texts[-1] == ("body", "The numbers behind the main findings did not move.")


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
