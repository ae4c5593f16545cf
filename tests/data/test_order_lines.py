"""Lines of one order: what stands on the first line alone, whose amount it is, orders and lines in two files."""

from decimal import Decimal

import pytest
from door_project import orders

from relops.errors import BadInput

SHOPIFY = ("Name,Email,Financial Status,Paid at,Total,Discount,Created at,Lineitem quantity,Lineitem name,"
           "Lineitem price\n")
SHOPIFY_COLUMNS = {
    "order_id": "Name", "customer_id": "Email", "ordered_at": {"sql": 'coalesce("Paid at", "Created at")'},
    "amount": "Total", "discount": "Discount", "status": "Financial Status", "quantity": "Lineitem quantity",
    "product": "Lineitem name"}
PAID = {"counted": ["paid"], "not_counted": ["voided"]}
LINES = {"order_id": "order", "product": "item", "quantity": "n"}


def test_fields_of_the_first_line_hold_for_the_whole_order_and_no_other(door):
    rows = ("#1,a@x.org,paid,2025-01-02 10:00,30,5,2025-01-01 09:00,1,cup,10\n"
            "#1,,,,,,2025-01-01 09:00,2,tea,12.5\n"
            "#2,,voided,2025-01-03 10:00,8,0,2025-01-03 09:00,1,cup,8\n"
            "#2,,,,,,2025-01-03 09:00,1,tea,8\n"
            "#3,b@x.org,paid,2025-01-04 10:00,12,0,2025-01-04 09:00,1,tea,12\n")
    through = door({"o.csv": SHOPIFY + rows}, orders(grain="line", columns=SHOPIFY_COLUMNS, status=PAID))
    assert through.classes() == (5, 2, 1, 0, 2, 0)
    assert through.rows("SELECT order_id, amount, discount, quantity, product, CAST(timezone('Asia/Shanghai', "
                        "ordered_at) AS VARCHAR) FROM orders ORDER BY record") == [
        ("#1", 30, 5, 3, "cup", "2025-01-02 10:00:00"), ("#3", 12, 0, 1, "tea", "2025-01-04 10:00:00")]
    assert through.audit.rows("orders", "rows_anonymous") == 0


def test_lines_may_bear_the_amount_and_the_first_line_the_discount(door):
    rows = "#1,a@x.org,paid,2025-01-02,30,5,2025-01-02,1,cup,10\n#1,,,,,,2025-01-02,2,tea,12.5\n"
    columns = SHOPIFY_COLUMNS | {"amount": {"sql": '"Lineitem quantity" * "Lineitem price"'}}
    through = door({"o.csv": SHOPIFY + rows}, orders(grain="line", columns=columns, status=PAID))
    assert through.rows("SELECT amount, discount, status FROM orders") == [(35, 5, "paid")]


REPEATED = ("A,2025-01-01,30,x,cup,1\nA,2025-01-01,30,x,tea,2\nB,2025-01-02,8,y,cup,1\nB,2025-01-02,8,y,pot,1\n"
            "C,2025-01-03,50,x,pot,3\nC,2025-01-03,50,x,tea,1\nD,2025-01-04,4,x,tea,1\n")
HEAD = "order,date,amount,customer,item,n\n"


def test_a_total_repeated_on_every_line_counts_once(door):
    through = door({"o.csv": HEAD + REPEATED}, orders(grain="line", columns=LINES))
    assert through.classes() == (7, 4, 3, 0, 0, 0)
    assert through.rows("SELECT order_id, amount, quantity FROM orders ORDER BY 1") == [
        ("A", 30, 3), ("B", 8, 2), ("C", 50, 4), ("D", 4, 1)]
    assert [(w.reason, w.column, w.rows) for w in through.audit.warnings] == [("order_total", "amount", 3)]


def test_a_stated_basis_is_taken_as_it_is(door):
    through = door({"o.csv": HEAD + REPEATED}, orders(grain="line", columns=LINES, amount_basis="line"))
    assert through.rows("SELECT order_id, amount FROM orders ORDER BY 1") == [
        ("A", 60), ("B", 16), ("C", 100), ("D", 4)]
    assert through.audit.warnings == ()
    two = "A,2025-01-01,30,x,cup,1\nA,2025-01-01,30,x,tea,2\nA,2025-01-01,31,x,pot,2\n"
    through = door({"o.csv": HEAD + two}, orders(grain="line", columns=LINES, amount_basis="order"))
    assert through.classes() == (3, 1, 1, 0, 0, 1)
    assert through.rows("SELECT amount, quantity FROM orders") == [(30, 3)]
    assert [(r.reason, r.column, r.line) for r in through.audit.refusals] == [("other_values", "amount", 4)]


def test_the_same_amount_on_lines_that_differ_in_nothing_known_is_asked(door):
    with pytest.raises(BadInput) as caught:
        door({"o.csv": HEAD + REPEATED}, orders(grain="line", columns={"order_id": "order"}))
    assert [(p.code, p.place) for p in caught.value.problems] == [
        ("data.door.amount_basis", "brief.yaml data.sources[0].amount_basis")]


FILES = {"o.csv": "id,date,amount,customer,state\nA,2025-01-01,30,x,ok\nB,2025-01-02,8,,ok\nC,2025-01-03,9,x,closed\n"
                  "D,2026-02-03,9,x,ok\n",
         "l.csv": "line,id,item,n,back\n1,A,cup,1,\n2,A,tea,2,4\n3,B,pot,1,\n4,C,pot,1,\n5,D,pot,1,\n6,E,pot,1,\n"
                  "6,E,pot,1,\n2,A,tea,2,4\n"}
ORDERS = orders(columns={"order_id": "id", "status": "state"}, files="data/o.csv", refunds="column",
                status={"counted": ["ok"], "not_counted": ["closed"]})


def details(**changes):
    columns = {"order_id": "id", "product": "item", "quantity": "n", "refund_amount": "back"}
    return {"table": "orders", "grain": "line", "files": "data/l.csv", "key": ["line"], "refunds": "column",
            "columns": columns | changes}


def test_orders_in_one_file_lines_in_another(door):
    through = door(FILES, ORDERS | {"refunds": None}, details())
    assert [(c.rows_in, c.rows_used, c.rows_merged, c.rows_excluded, c.rows_refused, c.rows_anonymous)
            for c in through.audit.counts] == [(4, 2, 0, 2, 0, 1), (8, 0, 4, 2, 2, 1)]
    assert through.rows("SELECT order_id, amount, net_amount, product, quantity FROM purchases ORDER BY 1") == [
        ("A", 30, 26, "cup", 3), ("B", 8, 8, "pot", 1)]
    assert {(r.reason, r.rows) for r in through.audit.refusals} == {("no_order", 2)}


def test_money_from_orders_or_lines_never_both(door):
    files = FILES | {"l.csv": "line,id,item,n,date,price\n1,A,cup,1,2025-01-01,10\n2,B,pot,1,2025-01-02,8\n"}
    lines = details(amount="price", ordered_at="date", refund_amount=None)
    lines["columns"].pop("refund_amount")
    with pytest.raises(BadInput) as caught:
        door(files, ORDERS | {"refunds": None}, lines | {"refunds": None})
    assert [(p.code, p.values["both"]) for p in caught.value.problems] == [("data.door.both_amounts", "2")]


POS = "no,date,type,customer,paid,card\n"


def test_loading_stored_value_is_no_revenue_spending_it_is(door):
    rows = ("1,2025-01-01,会员充值,x,500,0\n2,2025-01-02,消费,x,0,88\n3,2025-01-03,消费,y,20,0\n"
            "4,2025-01-04,消费,x,12,30\n"
            "5,2025-01-05,退款,y,-20,0\n")
    source = orders(columns={"order_id": "no", "status": "type", "amount": "paid", "stored_value_used": "card"},
                    status={"counted": ["消费"], "recharge": ["会员充值"], "refund": ["退款"]}, refunds="status")
    through = door({"o.csv": POS + rows}, source)
    assert through.classes() == (5, 4, 0, 0, 1, 0)
    assert [(x.reason, x.rows) for x in through.audit.excluded] == [("recharge", 1)]
    assert through.rows("SELECT order_id, amount FROM purchases ORDER BY 1") == [
        ("2", 88), ("3", 20), ("4", 42)]


def test_amounts_that_include_stored_value_stay_and_a_contradiction_is_asked(door):
    columns = {"amount": "paid", "stored_value_used": "card"}
    through = door({"o.csv": POS + "1,2025-01-02,a,x,88,88\n2,2025-01-03,a,x,90,30\n"}, orders(columns=columns))
    assert through.rows("SELECT sum(amount) FROM orders") == [(Decimal(178),)]
    with pytest.raises(BadInput) as caught:
        door({"o.csv": POS + "1,2025-01-02,a,x,88,88\n2,2025-01-03,a,x,0,30\n"}, orders(columns=columns))
    assert [p.code for p in caught.value.problems] == ["data.door.stored_value"]


def test_statuses_without_a_rule_are_asked_with_rows_and_sums(door):
    rows = "1,2025-01-01,paid,x,500,0\n2,2025-01-02,paid,x,1,0\n3,2025-01-03,odd,y,20,0\n"
    with pytest.raises(BadInput) as caught:
        door({"o.csv": POS + rows}, orders(columns={"status": "type", "amount": "paid"}))
    assert caught.value.problems[0].values["values"] == "'paid': 2 (501.00) → counted?; 'odd': 1 (20.00)"
