"""Where each row lands: on small files whose every count is known, and on random ones that must add up."""

import csv
import datetime
import io
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from door_project import Door, orders
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = datetime.date
HEAD = "order,date,amount,customer\n"
BY_ORDER = {"order_id": "order"}


def test_a_row_an_order_the_same_again_is_merged_other_values_are_refused(door):
    rows = "A,2025-01-01,5,x\nA,2025-01-01,5,x\nA,2025-01-01,6,x\nB,2025-01-01,7,\n,2025-01-01,8,y\n,2025-01-01,8,y\n"
    through = door({"o.csv": HEAD + rows}, orders(columns=BY_ORDER))
    assert through.classes() == (6, 4, 1, 0, 0, 1)
    assert through.audit.rows("orders", "rows_anonymous") == 1
    assert [(r.reason, r.rows, r.line) for r in through.audit.refusals] == [("other_values", 1, 4)]
    assert [(w.reason, w.rows, w.line) for w in through.audit.warnings] == [("identical_rows", 1, 7)]
    assert through.rows("SELECT record, order_id, amount FROM orders ORDER BY record") == [
        (1, "A", 5), (4, "B", 7), (5, None, 8), (6, None, 8)]


def test_lines_share_an_order(door):
    rows = ("A,2025-01-02 10:00,5,x\nB,2025-01-01,1,\nA,2025-01-02 09:00,7,x\nA,2025-01-02 10:00,5,x\n"
            ",2025-01-03,2,y\n,2025-01-03,3,y\nB,2025-01-01,,\n")
    through = door({"o.csv": HEAD + rows}, orders(grain="line", columns=BY_ORDER))
    assert through.classes() == (7, 4, 2, 0, 0, 1)
    assert through.audit.rows("orders", "rows_anonymous") == 1
    assert through.rows("SELECT record, order_id, amount, CAST(timezone('Asia/Shanghai', ordered_at) AS TIME)::VARCHAR "
                        "FROM orders ORDER BY record") == [
        (1, "A", 17, "09:00:00"), (2, "B", 1, "00:00:00"), (5, None, 2, "00:00:00"), (6, None, 3, "00:00:00")]


NESTED = "A,2025-01-01,10,x,lamp\n,,4,,bulb\nB,2025-01-02,5,y,lamp\n,,1,,bulb\n,,2,,vase\nC,2025-01-03,7,x,vase\n"


def test_lines_without_number_and_time_belong_to_the_order_above(door):
    through = door({"o.csv": "order,date,amount,customer,product\n" + NESTED}, orders(grain="line", columns=BY_ORDER))
    assert through.classes() == (6, 3, 3, 0, 0, 0)
    assert through.rows("SELECT order_id, amount FROM orders ORDER BY 1") == [("A", 14), ("B", 8), ("C", 7)]
    assert through.rows("SELECT count(DISTINCT customer_id) FROM orders") == [(2,)]


@pytest.mark.parametrize("gap", ["D,,9,z,lamp\n", ",2025-01-04,9,z,lamp\n", ",,9,z,lamp\n"])
def test_a_row_with_gaps_is_no_line_of_the_order_above(door, gap):
    """Where another row lacks only one of the two, or a line names a customer, blanks are not the form of the file."""
    rows = {"o.csv": "order,date,amount,customer,product\n" + NESTED + gap}
    through = door(rows, orders(grain="line", columns=BY_ORDER))
    assert ("A", 10) in through.rows("SELECT order_id, amount FROM orders")
    assert through.audit.refusals


def test_a_finer_key_merges_the_same_line_again(door):
    head = "order,line,date,amount,customer\n"
    through = door({"o.csv": head + "A,1,2025-01-01,5,x\nA,2,2025-01-01,5,x\nA,2,2025-01-01,5,x\nA,1,2025-01-01,9,x\n"},
                   orders(grain="line", columns=BY_ORDER, key=["order_id", "line"]))
    assert through.classes() == (4, 1, 2, 0, 0, 1)
    assert through.rows("SELECT amount FROM orders") == [(Decimal("10.0000"),)]


def test_events_are_never_merged(door):
    through = door({"o.csv": HEAD + "A,2025-01-01,5,x\nA,2025-01-01,5,x\n"}, orders(grain="event", columns=BY_ORDER))
    assert through.classes() == (2, 2, 0, 0, 0, 0)
    assert [(w.reason, w.rows) for w in through.audit.warnings] == [("identical_rows", 1)]


def test_the_newest_export_of_a_key_wins_across_files_only(door):
    files = {"o_20250131.csv": HEAD + "A,2025-01-01,5,x\nB,2025-01-20,6,x\nB,2025-01-20,6,x\n",
             "o_20250228.csv": HEAD + "B,2025-01-20,4,x\nC,2025-02-02,7,x\n",
             "o_20250115.csv": HEAD + "A,2025-01-01,99,x\nC,2025-02-02,1,x\nD,2025-01-02,3,x\n"}
    source = orders(files="data/o_*.csv", columns=BY_ORDER, key=["order_id"], exported_at=r"o_(\d+)")
    through = door(files, source, period__data_end="auto")
    # A: January wins; B: February wins over two rows of January; C: February wins; D: only in the oldest
    assert through.classes() == (8, 4, 0, 4, 0, 0)
    assert through.rows("SELECT order_id, amount FROM orders ORDER BY order_id") == [
        ("A", 5), ("B", 4), ("C", 7), ("D", 3)]
    assert through.audit.data_end == DAY(2025, 2, 27)


@pytest.mark.parametrize("days", [("2025-03-01",), ("2025-03-01", "2025-03-02")])
def test_the_last_day_of_assignment_is_not_the_day_of_export(door, days):
    """Outcomes stand beside the assignments, so the list was written after its last day: nobody is left out."""
    rows = "".join(f"test,c{number},{arm},{days[number % len(days)]},1\n"
                   for number, arm in enumerate(["control", "mail"] * 4))
    source = {"table": "assignments", "files": "data/a.csv", "grain": "event"}
    through = door({"a.csv": "experiment_id,customer_id,arm,assigned_at,bought\n" + rows}, source,
                   period__data_end="auto")
    assert through.rows("SELECT count(*) FROM assignments") == [(8,)]
    assert through.audit.data_end == DAY.fromisoformat(days[-1])


def test_a_refused_row_supersedes_nothing(door):
    files = {"o1.csv": HEAD + "A,2025-01-01,5,x\n", "o2.csv": HEAD + "A,2025-01-01,?,x\nB,2025-01-02,6,x\n"}
    through = door(files, orders(files=["data/o1.csv", "data/o2.csv"], columns=BY_ORDER, key=["order_id"]))
    assert through.classes() == (3, 2, 0, 0, 0, 1)


def test_without_a_key_nothing_is_superseded(door):
    files = {"o1.csv": HEAD + "A,2025-01-01,5,x\nB,2025-01-01,6,x\n",
             "o2.csv": HEAD + "A,2025-01-01,5,x\nB,2025-01-01,7,x\n"}
    through = door(files, orders(files="data/*.csv", columns=BY_ORDER))
    assert through.classes() == (4, 2, 1, 0, 0, 1)


def test_the_period_leaves_rows_out_by_the_clients_calendar(door):
    through = door({"o.csv": "date,amount,customer\n2024-12-31T15:59:59Z,1,x\n2024-12-31T16:00:00Z,2,x\n"
                    "2025-01-31T15:59:59Z,3,x\n2025-01-31T16:00:00Z,4,x\n"}, orders(),
                   period__data_start="2025-01-01", period__data_end="2025-01-31")
    assert through.classes() == (4, 2, 0, 0, 2, 0)
    assert through.rows("SELECT ordered_on, amount FROM orders ORDER BY 1") == [
        (DAY(2025, 1, 1), 2), (DAY(2025, 1, 31), 3)]
    assert [(x.reason, x.month, x.rows) for x in through.audit.excluded] == [
        ("after_end", DAY(2025, 2, 1), 1), ("before_start", DAY(2024, 12, 1), 1)]
    assert (through.audit.data_start, through.audit.data_end) == (DAY(2025, 1, 1), DAY(2025, 1, 31))


def test_an_order_is_in_the_period_with_all_its_lines(door):
    through = door({"o.csv": HEAD + "A,2025-01-31 23:59,1,x\nA,2025-02-01 00:01,2,x\nB,2025-02-01,3,x\n"},
                   orders(grain="line", columns=BY_ORDER), period__data_end="2025-01-31")
    assert through.classes() == (3, 1, 1, 0, 1, 0)
    assert through.rows("SELECT amount FROM orders") == [(3,)]


def test_data_end_is_the_day_before_the_newest_export_and_no_clock_is_asked(door):
    through = door({"o.csv": "date,amount,customer\n2019-01-01,1,x\n2019-01-05,2,x\n2019-01-06 08:00,3,x\n"}, orders(),
                   period__data_end="auto")
    assert through.audit.data_end == DAY(2019, 1, 5)
    assert through.audit.files[0].exported_at == DAY(2019, 1, 6)
    assert through.classes() == (3, 2, 0, 0, 1, 0)


def test_the_status_rule_counts_leaves_out_and_takes_back(door):
    rows = "A,2025-01-01,5,x,paid\nB,2025-01-02,6,x,closed\nC,2025-01-03,7,x,\nD,2025-01-04,8,x,returned\n"
    through = door({"o.csv": HEAD.replace("customer", "customer,state") + rows}, orders(
        columns=BY_ORDER | {"status": "state"}, refunds="status",
        status={"counted": ["paid"], "not_counted": ["closed", ""], "refund": ["returned"]}))
    assert through.classes() == (4, 2, 0, 0, 2, 0)
    # the row of D is its order, refunded in full: a purchase of nothing, and a refund of eight
    assert through.rows("SELECT order_id, net_amount FROM purchases ORDER BY 1") == [("A", 5), ("D", 0)]
    assert through.rows("SELECT amount, refund_of FROM orders WHERE is_refund") == [(-8, "D")]
    assert {x.reason for x in through.audit.excluded} == {"status"}


def test_optional_values_that_cannot_be_read_are_left_empty_and_warned_of(door):
    content = "date,amount,customer,quantity,paid_at\n2025-01-01,1,x,two,2025-01-01\n2025-01-02,2,x,2,soon\n"
    through = door({"o.csv": content}, orders())
    assert through.classes() == (2, 2, 0, 0, 0, 0)
    assert [(w.reason, w.column, w.rows, w.line) for w in through.audit.warnings] == [
        ("unread", "paid_at", 1, 3), ("unread", "quantity", 1, 2)]
    assert through.rows("SELECT quantity, paid_at IS NULL FROM orders ORDER BY record") == [(None, False), (2, True)]


def test_refused_rows_lie_in_quarantine_with_line_and_reason(door):
    content = ("date,amount,customer\n2025-01-01,5,x\n,6,x\nyesterday,7,x\n2025-01-02,a lot,x\n1900-01-01,8,x\n"
               "2025-01-03,9\n2025-01-04,\"1,5\",x\n2025-01-05,99999999999999999,x\n")
    through = door({"o.csv": content}, orders())
    with (through.quarantine / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    assert [(int(row["line"]), row["reason"], row["column"], row["original"]) for row in kept] == [
        (3, "missing", "ordered_at", ",6,x"), (4, "unparsable_date", "ordered_at", "yesterday,7,x"),
        (5, "unparsable_amount", "amount", "2025-01-02,a lot,x"), (6, "out_of_range", "ordered_at", "1900-01-01,8,x"),
        (7, "width", "", '2025-01-03,9'), (8, "unparsable_amount", "amount", '2025-01-04,"1,5",x'),
        (9, "out_of_range", "amount", "2025-01-05,99999999999999999,x")]
    assert {row["file"] for row in kept} == {"data/o.csv"}
    assert kept[0]["explanation"] == "缺少必需的值 / a required value is missing"
    assert through.classes() == (8, 1, 0, 0, 0, 7)
    assert sum(reason.rows for reason in through.audit.refusals) == 7


def test_money_in_other_currencies(door):
    content = ("date,amount,customer,currency\n2025-01-01,5,x,CNY\n2025-01-02,5,x,usd\n2025-01-03,5,x,\n"
               "2025-01-04,5,x,GBP\n")
    through = door({"o.csv": content}, orders(), finance__fx=[{"currency": "USD", "rate": 7.1}])
    assert through.rows("SELECT amount FROM orders ORDER BY record") == [(5,), (Decimal("35.5"),), (5,)]
    assert [(r.reason, r.column, r.line) for r in through.audit.refusals] == [("other_currency", "currency", 5)]


def test_tables_besides_orders(door):
    files = {"c.csv": "customer_id,region\nx,north\nx,north\nx,south\ny,\n,west\n",
             "t.csv": "ticket_id,opened_at,customer_id\n1,2025-01-01,x\n1,2025-01-01,x\n2,2026-01-01,\n3,2025-01-02,\n",
             "f.csv": "given_at,kind,score\n2025-01-01,NPS,9\n2025-01-01,NPS,9\n2025-01-02,stars,4\n",
             "a.csv": "experiment_id,customer_id,arm,won\ne1,x,control,1\ne1,y,treatment,0\n",
             "r.csv": "referrer_id,referee_id,invited_at\nx,y,2025-01-01\n"}
    sources = [{"table": table, "files": f"data/{table[0]}.csv"}
               for table in ("customers", "tickets", "feedback", "referrals")]
    sources.append({"table": "assignments", "files": "data/a.csv", "columns": {"won": "won"}})
    through = door(files, *sources)
    assert through.classes("customers") == (5, 2, 1, 0, 0, 2)
    assert through.classes("tickets") == (4, 2, 1, 0, 1, 0)
    assert through.audit.rows("tickets", "rows_anonymous") == 1
    assert through.classes("feedback") == (3, 2, 0, 0, 0, 1)
    assert through.classes("assignments") == (2, 2, 0, 0, 0, 0)
    assert through.rows("SELECT kind, count(*), count(customer_id) FROM feedback GROUP BY 1") == [("nps", 2, 0)]
    assert through.rows("SELECT arm, won FROM assignments ORDER BY 1") == [("control", "1"), ("treatment", "0")]
    # one person bears one hash in every table
    joined = ("customers JOIN tickets USING (customer_id) JOIN assignments USING (customer_id) "
              "JOIN referrals ON referrer_id = customer_id")
    assert through.rows(f"SELECT count(*) FROM {joined}") == [(1,)]
    assert through.rows("SELECT table_name FROM information_schema.tables WHERE table_name = 'orders'") == []
    assert through.audit.data_start == DAY(2025, 1, 1)


def test_two_sources_of_one_table(door):
    files = {"shop.csv": HEAD + "A,2025-01-01,5,x\n",
             "web.csv": "id,when,total,who\nA,2025-01-02,6,y\nA,2025-01-02,6,y\n"}
    web = {"table": "orders", "files": "data/web.csv", "columns": {
        "ordered_at": "when", "amount": "total", "customer_id": "who", "order_id": "id", "channel": {"value": "web"}}}
    through = door(files, orders(columns=BY_ORDER), web)
    assert [(c.source, c.rows_in, c.rows_used, c.rows_merged) for c in through.audit.counts] == [
        ("data/shop.csv", 1, 1, 0), ("data/web.csv", 2, 1, 1)]
    assert through.rows("SELECT record, channel FROM orders ORDER BY 1") == [(1, None), (2, "web")]


def test_the_same_input_gives_the_same_rows(tmp_path):
    rows = "".join(f"{n % 97},2025-01-{n % 28 + 1:02d},{n % 13}.5,{n % 11}\n" for n in range(3000))
    found = []
    for place, threads in enumerate((1, 2, 2)):
        through = Door(tmp_path / str(place), {"o.csv": HEAD + rows}, orders(grain="line", columns=BY_ORDER),
                       engine__threads=threads)
        found.append([through.rows(f"FROM {table}") for table in ("purchase_days", "door_counts", "door_excluded")]
                     + [through.rows("SELECT * EXCLUDE ordered_at FROM purchases")])
    assert found[0] == found[1] == found[2]


VALUES = {
    "order": st.sampled_from(["A", "B", "C", "", " A "]),
    "date": st.sampled_from(["2025-01-01", "2025-01-02 10:00", "2024-12-01", "2025-03-01", "", "soon"]),
    "amount": st.sampled_from(["5", "7.25", "0", "-3", "", "much"]),
    "customer": st.sampled_from(["x", "y", "", "李雷"]),
    "state": st.sampled_from(["paid", "closed", "back"]),
}
FILES = st.lists(st.lists(st.tuples(*VALUES.values()), min_size=1, max_size=12), min_size=1, max_size=3)
RULES = {"counted": ["paid"], "not_counted": ["closed"], "refund": ["back"]}
SOURCES = st.fixed_dictionaries({
    "grain": st.sampled_from(["order", "line", "event"]),
    "key": st.sampled_from([[], ["order_id"], ["order_id", "amount"]]),
    "refunds": st.sampled_from(["negative", "status"]), "status": st.just(RULES),
})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES, source=SOURCES)
def test_the_five_classes_add_up_and_money_is_conserved(tmp_path, files, source):
    contents = {"base.csv": "order,date,amount,customer,state\nZ,2025-01-05,1,z,paid\n"}
    for place, rows in enumerate(files):
        buffer = io.StringIO()
        csv.writer(buffer).writerows([tuple(VALUES), *rows])
        contents[f"f{place}.csv"] = buffer.getvalue()
    through = Door(Path(tempfile.mkdtemp(dir=tmp_path)), contents, orders(
        files="data/*.csv", columns=BY_ORDER | {"status": "state"}, **source),
        period__data_start="2025-01-01", period__data_end="2025-01-31")
    # a row of words above rows of numbers explains its columns
    explained = sum(each.rows for each in through.audit.warnings if each.reason == "explaining_row")
    assert sum(through.classes()[1:]) == through.classes()[0] == 1 + sum(map(len, files)) - explained
    gross, refunds, net = (through.rows(f"SELECT coalesce(sum({sql}), 0) FROM {table}")[0][0] for sql, table in (
        ("amount", "purchases"), ("-amount", "orders WHERE is_refund"), ("net_amount", "purchases")))
    kept = through.audit.refunds
    assert kept.total == float(refunds)
    assert kept.matched == float(gross - net)
    assert kept.unmatched == float(refunds - (gross - net)) >= 0
    wrong = "net_amount > amount OR (net_amount < 0 AND amount >= 0)"
    assert through.rows(f"SELECT count(*) FROM purchases WHERE {wrong}") == [(0,)]
    assert through.rows("SELECT coalesce(sum(amount), 0) FROM purchase_days") == through.rows(
        "SELECT coalesce(sum(net_amount), 0) FROM purchases WHERE customer_id IS NOT NULL")


GAINED = "order,when,amount,customer\nA,2025-02-27 09:00,10,x\nB,2025-02-28 10:00,20,y\n"
GAINS = "order,when,amount,customer,coupon\nB,2025-02-28 10:00,25,y,c1\nC,2025-03-01 11:00,30,x,\n"


def two_sources(**changes):
    return [orders(files=name, key=["order_id"], columns={"order_id": "order", "ordered_at": "when"}, **changes)
            for name in ("data/feb.csv", "data/mar.csv")]


def test_the_newest_export_of_a_record_wins_across_sources(door):
    """An export that gains a column in March is a second source; its window overlaps the first one's."""
    through = door({"feb.csv": GAINED, "mar.csv": GAINS}, *two_sources())
    assert through.classes() == (4, 3, 0, 1, 0, 0)
    assert through.rows("SELECT order_id, amount FROM orders ORDER BY order_id") == [("A", 10), ("B", 25), ("C", 30)]


def test_two_shops_that_count_from_one_keep_their_orders(door):
    other = GAINS.replace("2025-02-28 10:00", "2025-03-02 12:00")
    through = door({"feb.csv": GAINED, "mar.csv": other}, *two_sources())
    assert through.classes() == (4, 4, 0, 0, 0, 0)


def test_an_order_that_does_not_count_needs_no_time(door):
    """Nobody has paid it: the export prints no time of payment; a counted order without one is refused."""
    rows = "date,amount,customer,state\n2025-01-01,5,x,paid\n,7,y,unpaid\n,9,z,paid\n"
    through = door({"o.csv": rows}, orders(columns={"status": "state"}, exported_at="2025-02-03",
                                           status={"counted": ["paid"], "not_counted": ["unpaid"]}))
    assert through.classes() == (3, 1, 0, 0, 1, 1)
    assert [(line.reason, line.month.isoformat()) for line in through.audit.excluded] == [("status", "2025-02-01")]


@pytest.mark.parametrize(("again", "said"), [(0, [("customers_once", 60)]), (1, [])])
def test_a_source_whose_customers_never_come_twice_is_said(door, again, said):
    rows = "".join(f"2025-01-01,5,c{number if number else again}\n" for number in range(60))
    through = door({"o.csv": "date,amount,customer\n" + rows}, orders())
    assert [(line.reason, line.rows) for line in through.audit.warnings if line.reason != "identical_rows"] == said
