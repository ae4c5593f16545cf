import pytest

from relops.data.guess import guess_source
from relops.data.guess_places import tells_place
from relops.data.statuses import class_by_words, read_statuses


def test_words_tell_the_class_and_the_rest_is_left_to_the_user():
    rule, unknown = read_statuses(["交易成功", "交易关闭", "等待买家付款", "退款成功", "Paid", "paid",
                                   "partially_refunded", "unpaid", "on hold", ""])
    assert rule == {"counted": ["Paid", "paid", "交易成功"], "not_counted": ["unpaid", "交易关闭", "等待买家付款"],
                    "refund": ["退款成功"]}
    assert unknown == ["on hold", "partially_refunded"]


def test_a_column_of_many_values_is_no_status():
    assert read_statuses(f"note {number}" for number in range(41)) == ({}, [])


def test_the_guess_writes_the_rule_and_says_what_it_could_not_tell(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("order_id,customer_id,ordered_at,amount,status\n" + "".join(
        f"A{i},C{i % 3},2025-01-{i + 1:02d},{i}.5,{status}\n"
        for i, status in enumerate(["completed", "cancelled", "on hold", "completed"])), encoding="utf-8")
    source, notes = guess_source(path)
    assert source["status"] == {"counted": ["completed"], "not_counted": ["cancelled"]}
    assert "on hold" in notes["columns.status"]["en"] and "on hold" in notes["columns.status"]["zh"]


def test_a_word_that_is_denied_says_the_opposite():
    """What is not given back or called off counts, what is not paid does not; goods not sent yet are sold."""
    counted = ["Not refunded", "Non-refunded", "NOT_REFUNDED", "unrefunded", "No refund", "Nicht erstattet",
               "Non remboursé", "No se ha reembolsado", "not cancelled", "未退款", "無退款", "没有申请退款", "未取消",
               "キャンセルなし", "Completed, not refunded", "Not shipped", "Paid, not delivered",
               "未发货", "已付款未发货", "未出货", "尚未發貨", "无需发货", "未发货，已付款",
               "Unfulfilled", "Not yet invoiced"]
    lost = ["Not yet paid", "Nicht bezahlt", "No pagado", "unpaid", "未付款", "未完成", "Not completed",
            "Cancelled, not refunded"]
    refund = ["Refunded", "未发货已退款", "7天无理由退货完成"]
    assert read_statuses([*counted, *lost, *refund]) == (
        {"refund": sorted(refund), "not_counted": sorted(lost), "counted": sorted(counted)}, [])


@pytest.mark.parametrize("header, values", [
    ("发货状态", ("已发货", "未发货")), ("发货状态", ("已发货", "无需发货")), ("物流状态", ("已签收", "未签收")),
    ("开票状态", ("开票成功", "开票失败")), ("评价状态", ("已完成", "未完成")), ("出库状态", ("已完成", "未出库"))])
def test_what_comes_after_a_sale_is_no_status_of_the_order(header, values, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(f"订单号,下单时间,会员号,实付金额,{header}\n" + "".join(
        f"A{n},2024-03-{n:02d} 10:00,c{n % 3},10,{values[n % 4 == 0]}\n" for n in range(1, 9)), encoding="utf-8")
    source, _ = guess_source(path)
    assert "status" not in source["columns"] and "status" not in source


def test_a_delivery_that_failed_is_left_to_the_user():
    assert read_statuses(["Completed", "Undelivered", "Undeliverable", "未妥投"]) == (
        {"counted": ["Completed"]}, ["Undeliverable", "Undelivered", "未妥投"])


def test_what_is_paid_from_a_balance_is_a_sale():
    sold = ["Wallet purchase", "Store credit purchase", "储值卡消费", "充值卡消费", "预存消费", "预存款消费",
            "续卡消费", "充卡扣费"]
    loaded = ["Wallet load", "Store credit sale", "储值", "充值", "预存", "预存款", "续卡", "续充", "首充500"]
    told = class_by_words([*sold, *loaded], "row_type")
    assert told == {"counted": sold, "recharge": loaded}


def test_a_latin_word_stands_alone_unless_it_is_a_stem():
    """Apple is no application, what was opened again is open; requested and exchanges are stems with an end."""
    values = ["Apple", "Reopened", "Applied", "Requested", "Exchanges", "Open", "In Bearbeitung", "申请中"]
    assert class_by_words(values, "after_sales") == {"nothing": values[2:]}
    assert class_by_words(["Microservice", "Services"], "row_type") == {"counted": ["Services"]}


def test_a_kind_of_sale_that_is_denied_is_another_kind_of_sale():
    sold = ["会员消费", "非会员消费", "非会员", "Non-subscription", "Non-recurring", "Non-cash", "No reservation",
            "未预约", "免配送费订单", "补充订单", "Pay in store", "Subscription fee"]
    ended = ["No sale", "Pay in", "Paid in", "Cash out", "Reserve", "作废"]
    assert class_by_words([*sold, *ended], "row_type") == {"counted": sold, "not_counted": ended}
    assert class_by_words(["未付款", "Not paid", "已付款未发货"], "status") == {
        "not_counted": ["未付款", "Not paid"], "counted": ["已付款未发货"]}


def test_a_place_is_named_by_a_word_of_its_own():
    assert all(map(tells_place, ["Ship City", "shippingCity", "ship-postal-code", "Address", "Zip", "收货城市"]))
    assert not any(map(tells_place, ["Email Address", "IP address", "Capacity", "Velocity", "Zipper", "Web Address"]))


@pytest.mark.parametrize("header, values, others, column", [
    ("Estado", "Facturado Remitido Descartado Facturado", "Email Address:a@x.es b@x.es a@x.es a@x.es", "status"),
    ("Estado", "Facturado Remitido Descartado Facturado", "Ciudad:Madrid Madrid Soria Soria", "status"),
    ("Estado", "Jalisco Jalisco Sonora Sonora", "Ciudad:Tequila Tequila Nogales Nogales", "region"),
    ("State", "CMP CXL RFD CMP", "Capacity:1 1 2 2", "status"),
    ("Order State", "CMP CXL RFD CMP", "City:Austin Fresno Albany Austin", "status"),
    ("Order State", "CO CA CO CO", "Velocity:1 1 2 2", "status"),
    ("Order State", "TX CA NY TX", "Ship Postal:78701 93701 12207 78701", "region"),
    ("Estado", " ".join(f"Provincia{n}" for n in range(41)), "Note:" + " x" * 41, "region"),
    ("State", "TX CA NY TX", "Velocity:1 1 2 2", "region")])
def test_a_state_is_a_place_only_where_cities_lie_in_it(header, values, others, column, tmp_path):
    """Codes must be known ones, names the same whenever a city comes again; all else is asked for as a status."""
    name, cells = others.split(":")
    path = tmp_path / "orders.csv"
    path.write_text(f"Order ID,Order Date,Customer ID,Total,{header},{name}\n" + "".join(
        f"{n},2024-03-{n % 28 + 1:02d},C{n % 3},10,{value},{other}\n"
        for n, (value, other) in enumerate(zip(values.split(), cells.split(), strict=True), 1)), encoding="utf-8")
    source, notes = guess_source(path)
    assert {name for name in ("status", "region") if source["columns"].get(name) == header} == {column}
    assert header == "State" or column != "region" or "please check" in notes["columns.region"]["en"]
    assert column == "region" or "fairly sure" not in notes["columns.status"]["en"]


def test_states_of_korean_shops_are_known():
    assert read_statuses(["결제완료", "배송완료", "구매확정", "취소완료", "반품완료", "입금대기"]) == (
        {"refund": ["반품완료"], "not_counted": ["입금대기", "취소완료"],
         "counted": ["결제완료", "구매확정", "배송완료"]}, [])
