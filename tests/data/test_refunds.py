"""Refunds against orders: the engine's running sums equal a stack worked by hand."""

import tempfile
from decimal import Decimal
from pathlib import Path

from door_project import Door, orders
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEAD = "order,date,amount,customer,refund_of\n"
COLUMNS = {"order_id": "order", "refund_of": "refund_of"}


def nets(through: Door) -> dict[str, Decimal]:
    return dict(through.rows("SELECT order_id, net_amount FROM purchases ORDER BY record"))


def test_a_refund_takes_from_the_order_it_names_and_no_other(door):
    rows = ("A,2025-01-01,10,x,\nB,2025-01-02,20,x,\nR1,2025-01-03,-15,x,A\nR2,2025-01-03,-4,y,B\n"
            "R3,2025-01-03,-3,x,elsewhere\n")
    through = door({"o.csv": HEAD + rows}, orders(columns=COLUMNS, refunds="negative"))
    assert nets(through) == {"A": 0, "B": 16}
    assert through.audit.refunds.__dict__ == {"records": 3, "total": 22.0, "matched": 14.0, "unmatched": 8.0}


def test_a_refund_that_names_none_takes_from_the_latest_earlier_orders(door):
    rows = ("A,2025-01-01,10,x,\nB,2025-01-02,20,x,\nC,2025-01-05,30,x,\nD,2025-01-01,9,y,\nR,2025-01-03,-25,x,\n"
            "S,2025-01-06,-1,,\n")
    through = door({"o.csv": HEAD + rows}, orders(columns=COLUMNS, refunds="negative"))
    assert nets(through) == {"A": 5, "B": 0, "C": 30, "D": 9}
    assert through.audit.refunds.unmatched == 1.0
    assert through.rows("SELECT day, amount, orders FROM purchase_days JOIN (SELECT customer_id FROM purchases "
                        "WHERE order_id = 'D') USING (customer_id)")[0][1:] == (9, 1)


def test_a_refunded_order_stays_a_purchase_day(door):
    through = door({"o.csv": HEAD + "A,2025-01-01,10,x,\nR,2025-01-03,-10,x,A\n"},
                   orders(columns=COLUMNS, refunds="negative"))
    assert through.rows("SELECT amount, orders FROM purchase_days") == [(0, 1)]


def test_a_negative_amount_for_goods_sold_is_a_correction(door):
    content = "date,amount,customer,quantity\n2025-01-01,10,x,1\n2025-01-02,-4,x,1\n2025-01-03,-3,x,-1\n"
    through = door({"o.csv": content}, orders(refunds="negative"))
    assert through.rows("SELECT amount, net_amount FROM purchases ORDER BY record") == [(10, 7), (-4, -4)]
    assert through.audit.refunds.total == 3.0


def test_where_all_quantities_are_positive_negative_amounts_are_the_refunds(door):
    content = "date,amount,customer,quantity\n2025-01-01,10,x,1\n2025-01-02,-4,x,1\n"
    through = door({"o.csv": content}, orders(refunds="negative"))
    assert through.rows("SELECT amount, net_amount FROM purchases ORDER BY record") == [(10, 6)]
    assert through.audit.refunds.total == 4.0


def test_refunds_in_a_column_of_the_order(door):
    content = "order,date,amount,customer,back\nA,2025-01-01,10,x,3\nB,2025-01-02,5,x,8\nC,2025-01-03,6,x,\n"
    through = door({"o.csv": content}, orders(columns={"order_id": "order", "refund_amount": "back"}, refunds="column"))
    assert nets(through) == {"A": 7, "B": 0, "C": 6}
    assert through.audit.refunds.__dict__ == {"records": 2, "total": 11.0, "matched": 8.0, "unmatched": 3.0}
    assert through.rows("SELECT record, amount, refund_of FROM orders WHERE is_refund ORDER BY 1") == [
        (4, -3, "A"), (5, -8, "B")]
    assert through.classes() == (3, 3, 0, 0, 0, 0)


def test_refunds_in_a_column_are_in_the_currency_of_their_order(door):
    content = "order,date,amount,customer,back,currency\nA,2025-01-01,10,x,3,USD\nB,2025-01-02,5,x,1,CNY\n"
    through = door({"o.csv": content}, orders(columns={"order_id": "order", "refund_amount": "back"}, refunds="column"),
                   finance__fx=[{"currency": "USD", "rate": 7.0}])
    assert nets(through) == {"A": 49, "B": 4}


def test_refunds_in_a_file_of_their_own(door):
    files = {"o.csv": HEAD + "A,2025-01-01,10,x,\n", "r.csv": "date,amount,customer,of\n2025-01-05,4,x,A\n"}
    refunds = orders(files="data/r.csv", refunds="file", columns={"refund_of": "of"})
    through = door(files, orders(columns=COLUMNS), refunds)
    assert nets(through) == {"A": 6}
    assert through.rows("SELECT amount FROM orders WHERE is_refund") == [(-4,)]


def test_refund_rows_bear_the_number_of_their_order(door):
    rows = ("A,2025-01-01,10,x,\nA,2025-01-05,-3,x,\nA,2025-01-06,-2,x,\nA,2025-01-06,-2,x,\n"
            "B,2025-01-02,8,y,\n")
    through = door({"o.csv": HEAD + rows}, orders(columns=COLUMNS, refunds="negative"))
    assert through.classes() == (5, 4, 1, 0, 0, 0)
    assert nets(through) == {"A": 5, "B": 8}


def test_a_late_refund_of_a_newer_export_leaves_its_order_standing(door):
    files = {"o_20250131.csv": HEAD + "A,2025-01-01,10,x,\nB,2025-01-30,8,y,\n",
             "o_20250228.csv": HEAD + "B,2025-01-30,7,y,\nA,2025-02-05,-3,x,\n",
             "o_20250331.csv": HEAD + "A,2025-02-05,-4,x,\n"}
    through = door(files, orders(files="data/o_*.csv", columns=COLUMNS, key=["order_id"], refunds="negative",
                                 exported_at=r"o_(\d+)"))
    assert through.classes() == (5, 3, 0, 2, 0, 0)
    assert nets(through) == {"A": 6, "B": 7}


def test_refunds_flagged_by_a_column(door):
    content = "order,date,amount,customer,type\nA,2025-01-01,10,x,no\nA,2025-01-02,4,x,yes\n"
    through = door({"o.csv": content}, orders(columns={"order_id": "order", "is_refund": "type"}, grain="event"))
    assert nets(through) == {"A": 6}


def test_lines_taken_back_are_a_refund_of_their_order(door):
    content = "order,date,amount,customer,state\nA,2025-01-01,10,x,ok\nA,2025-01-01,5,x,ok\nA,2025-01-04,-5,x,back\n"
    through = door({"o.csv": content}, orders(
        grain="line", columns={"order_id": "order", "status": "state"}, refunds="status",
        status={"counted": ["ok"], "refund": ["back"]}))
    assert through.rows("SELECT amount, net_amount FROM purchases") == [(15, 10)]
    assert through.classes() == (3, 2, 1, 0, 0, 0)


def by_hand(events):
    """Net amounts of orders in their order, and the money of refunds that found none."""
    left, stacks, unmatched = [], {}, 0
    for customer, amount in events:
        stack = stacks.setdefault(customer, [])
        if amount >= 0:
            stack.append(len(left))
            left.append(amount)
            continue
        owed = -amount
        while owed and stack and customer:
            taken = min(owed, left[stack[-1]])
            left[stack[-1]] -= taken
            owed -= taken
            if left[stack[-1]] == 0:
                stack.pop()
        unmatched += owed
    return left, unmatched


AMOUNTS = st.integers(-2000, 2000).map(lambda cents: Decimal(cents) / 100)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["x", "y", ""]), AMOUNTS), min_size=1, max_size=30).filter(
    lambda events: any(amount >= 0 for _, amount in events)))
def test_netting_equals_a_stack_worked_by_hand(tmp_path, events):
    rows = "".join(f"2025-01-01 {place // 60:02d}:{place % 60:02d},{amount},{customer}\n"
                   for place, (customer, amount) in enumerate(events))
    through = Door(Path(tempfile.mkdtemp(dir=tmp_path)), {"o.csv": "date,amount,customer\n" + rows},
                   orders(refunds="negative"))
    left, unmatched = by_hand(events)
    assert [net for net, in through.rows("SELECT net_amount FROM purchases ORDER BY record")] == left
    assert through.audit.refunds.unmatched == float(unmatched)
