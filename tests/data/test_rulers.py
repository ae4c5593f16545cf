"""The rulers a brief states, held against those a lock froze."""

import copy

import pytest

from relops.brief import Brief
from relops.data.rulers import mapping_rulers, moved_rulers, stated_rulers, under_rulers
from relops.lock import Lock

SOURCE = {"table": "orders", "files": "orders*.csv", "key": ["order_id"],
          "columns": {"customer_id": "买家手机号", "order_id": "订单号", "ordered_at": "买家付款时间",
                      "amount": "订单实付金额", "status": "订单状态"},
          "status": {"counted": ["交易成功"], "not_counted": ["交易关闭"]}}
BRIEF = {"client": {"name": "示例"}, "finance": {"currency": "CNY"}, "period": {"timezone": "Asia/Shanghai"},
         "data": {"sources": [SOURCE]}}


def brief(change=None):
    content = copy.deepcopy(BRIEF)
    if change:
        change(content)
    return Brief.model_validate(content)


def source(content):
    return content["data"]["sources"][0]


def lock(**more):
    return Lock().extended(stated_rulers(brief()) | more, "20260301-090000", "2026-03-01")


def test_the_mapping_states_its_rulers():
    assert mapping_rulers(brief()) == {
        "data.currency": "CNY", "data.timezone": "Asia/Shanghai",
        "data.orders.time_basis": {"orders*.csv": "买家付款时间"},
        "data.orders.amount_basis": {"orders*.csv": "订单实付金额"},
        "data.orders.customer_basis": {"orders*.csv": "买家手机号"},
        "data.orders.refund_rule": {"orders*.csv": None}, "data.orders.line_amount": {"orders*.csv": "auto"},
        "data.orders.stored_value": {"orders*.csv": "auto"},
        "data.orders.status_rule": {"orders*.csv": {"交易成功": "counted", "交易关闭": "not_counted"}},
        "data.orders.grain": {"orders*.csv": "order"}}


CHANGES = {
    "time": (lambda b: source(b)["columns"].update(ordered_at="订单创建时间"), "data.orders.time_basis",
             "买家付款时间", "订单创建时间"),
    "amount": (lambda b: source(b)["columns"].update(amount={"sql": '"应付" - "优惠"'}), "data.orders.amount_basis",
               "订单实付金额", '"应付" - "优惠"'),
    "status": (lambda b: source(b).update(status={"counted": ["交易成功", "交易关闭"]}), "data.orders.status_rule",
               "交易关闭 = not_counted", "交易关闭 = counted"),
    "no status rule": (lambda b: source(b).update(status={}), "data.orders.status_rule", "交易成功 = counted", "–"),
    "refunds": (lambda b: source(b).update(refunds="negative"), "data.orders.refund_rule", "–", "negative"),
    "whose amount": (lambda b: source(b).update(amount_basis="line"), "data.orders.line_amount", "auto", "line"),
    "customer": (lambda b: source(b)["columns"].update(customer_id="买家昵称"), "data.orders.customer_basis",
                 "买家手机号", "买家昵称"),
    "renamed file": (lambda b: (source(b).update(files="四月.csv"), source(b)["columns"].update(ordered_at="创建")),
                     "data.orders.time_basis", "买家付款时间", "创建"),
    "time zone": (lambda b: b["period"].update(timezone="UTC"), "data.timezone", "Asia/Shanghai", "UTC"),
    "limit": (lambda b: b.update(segments={"r1_days": 60, "r2_days": 180}), "rfm.r1_days", "77.0", "60"),
    "window": (lambda b: b.update(parameters={"02_background_diagnosis": {"second_purchase_days": 60}}),
               "02_background_diagnosis.second_purchase_days", "90", "60"),
}


@pytest.mark.parametrize(("change", "name", "frozen", "stated"), CHANGES.values(), ids=CHANGES)
def test_a_moved_ruler_is_told_with_both_values_and_the_way_to_move_it(change, name, frozen, stated):
    held = lock(**{"rfm.r1_days": 77.0, "rfm.r2_days": 180.0, "02_background_diagnosis.second_purchase_days": 90})
    problems = moved_rulers(brief(change), held)
    assert [problem.values["name"] for problem in problems] == [name]
    said = problems[0].render("en")
    assert frozen in said
    assert stated in said
    assert "relops run --relock" in said
    assert "20260301-090000" in said
    assert problems[0].place.startswith("brief.yaml ")


def second_source(content):
    content["data"]["sources"].append({"table": "orders", "files": "pos.xlsx", "columns": {
        "ordered_at": "日期", "amount": "实收金额"}})


@pytest.mark.parametrize("change", [
    None, second_source, lambda b: source(b).update(files="orders-2026-04.csv"),
    lambda b: source(b)["status"].update(refund=["退款成功"]), lambda b: b["data"].update(sources=[]),
    lambda b: source(b).update(status={"counted": ["交易成功"]})],
    ids=["none", "a source more", "files renamed", "a status more", "a source less", "a status less"])
def test_what_moves_no_ruler_is_not_stopped(change):
    assert moved_rulers(brief(change), lock()) == []


def test_a_brief_reads_under_other_rulers():
    rulers = lock().values
    for change, *_ in list(CHANGES.values())[:3]:
        under = under_rulers(brief(change), rulers)
        assert mapping_rulers(under) == mapping_rulers(brief())
    limits = under_rulers(brief(CHANGES["limit"][0]), {"rfm.r1_days": 77.0}).segments
    assert (limits.r1_days, limits.r2_days) == (77.0, 180)
    assert under_rulers(brief(), {}) == brief()


def test_columns_taken_by_their_header_are_not_made_up():
    plain = brief(lambda b: b["data"].update(sources=[{"table": "orders", "files": "o.csv"}]))
    assert under_rulers(plain, mapping_rulers(plain)) == plain
