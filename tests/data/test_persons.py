"""Who is one person: keys compared as people write them, joined over sources, never by a mask; many wait."""

import csv

import numpy as np
import pytest
from door_project import Door, orders
from hypothesis import given, settings
from hypothesis import strategies as st

from relops.data.cells import define_cells
from relops.data.engine import Engine
from relops.data.keys import define_keys, key_value
from relops.data.persons import components
from relops.errors import BadInput


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with Engine.create(tmp_path_factory.mktemp("keys") / "e.duckdb") as engine:
        define_cells(engine)
        define_keys(engine)
        yield engine


@pytest.mark.parametrize(("name", "given", "kept"), [
    ("phone", "138 1234-5678", "13812345678"), ("phone", "+86 13812345678", "13812345678"),
    ("phone", "008613812345678", "13812345678"), ("phone", "１３８１２３４５６７８", "13812345678"),
    ("phone", "13812345678.0", "13812345678"), ("phone", "李雷 13812345678", "13812345678"),
    ("phone", "+1 (555) 010-9999", "15550109999"), ("phone", "021-61234567", "02161234567"),
    ("phone", "138****1234", None), ("phone", "1******6198", None), ("phone", "##abc$$", None),
    ("phone", "138xxxx1234", None), ("phone", "$$encrypted", None), ("phone", "1.38E+10", None),
    ("phone", "00000000000", None), ("phone", "12345", None), ("phone", "李雷", None),
    ("email", "Ann@Example.org", "ann@example.org"), ("email", "no address", None), ("email", "a***@x.org", None),
    ("customer_id", "C*1", None), ("customer_id", "散客", None), ("customer_id", "Guest", None),
    ("customer_id", "ab", "ab"), ("union_id", "~AgAAAABBBBCCCC~", None)])
def test_keys_as_they_are_compared(engine, name, given, kept):
    assert engine.value(f"SELECT {key_value(name, 'x')} FROM (SELECT $1 AS x)", [given]) == kept


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20))
def test_components_equal_those_of_a_plain_union_find(pairs):
    parent = {}

    def root(node):
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    nodes, lowest = components(*(np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1)))
    assert dict(zip(nodes.tolist(), lowest.tolist(), strict=True)) == {node: root(node) for node in sorted(parent)}



ORDERS = "date,amount,customer,mobile,mail\n"


def test_phone_and_email_make_one_person_of_three_sources(door):
    files = {"o.csv": ORDERS + "2025-01-01,5,c1,138 1234 5678,\n2025-01-02,6,c2,,A@x.org\n2025-01-03,7,,,\n"
                               "2025-01-04,8,,138****5678,\n",
             "w.csv": "date,amount,tel,mail\n2025-02-01,9,+8613812345678,a@X.org\n2025-02-02,1,139****0000,\n",
             "f.csv": "given_at,kind,score,phone\n2025-02-03,nps,9,13812345678\n2025-02-03,nps,8,13700000001\n"}
    web = {"table": "orders", "files": "data/w.csv", "columns": {
        "ordered_at": "date", "amount": "amount", "phone": "tel", "email": "mail"}}
    feedback = {"table": "feedback", "files": "data/f.csv"}
    through = door(files, orders(files="data/o.csv", columns={"phone": "mobile", "email": "mail"}), web, feedback,
                   data__identity={"orders": ["customer_id", "phone", "email"], "feedback": ["phone"]})
    # c1 and c2 are one: the web order bears the phone of the one and the address of the other
    assert through.rows("SELECT count(DISTINCT customer_id), count(customer_id), count(*) FROM orders") == [(1, 3, 6)]
    assert through.rows("SELECT count(*) FROM feedback JOIN (SELECT DISTINCT customer_id FROM orders) USING "
                        "(customer_id)") == [(1,)]
    assert vars(through.audit.identity) == {"before": 4, "after": 2, "merges": 1, "held": 0}
    assert [(k.table, k.records, k.known, k.money, k.known_money) for k in through.audit.known] == [
        ("orders", 4, 2, 26, 11), ("orders", 2, 1, 10, 9), ("feedback", 2, 2, None, None)]
    assert {(w.reason, w.column, w.rows) for w in through.audit.warnings} == {("masked", "phone", 1)}
    assert through.rows("SELECT column_name FROM (DESCRIBE orders) WHERE column_name IN ('phone', 'email')") == []
    ids = through.quarantine.parent / "keys.parquet"
    assert through.rows(f"SELECT count(DISTINCT hash), count(*) FROM read_parquet('{ids}')") == [(2, 5)]
    assert ids.stat().st_mode & 0o077 == 0
    assert b"13812345678" not in through.path.read_bytes()


SHOP = ORDERS + "".join(f"2025-01-0{n},5,c{n},02161234567,\n" for n in range(1, 8))
BY_PHONE = {"data__identity": {"orders": ["customer_id", "phone"]}}


def test_a_merge_of_many_waits_until_it_is_accepted(tmp_path):
    source = orders(columns={"phone": "mobile"})
    through = Door(tmp_path, {"o.csv": SHOP}, source, **BY_PHONE)
    assert through.rows("SELECT count(DISTINCT customer_id) FROM orders") == [(7,)]
    assert vars(through.audit.identity) == {"before": 7, "after": 7, "merges": 0, "held": 1}
    path = tmp_path / "private" / "identity-merges.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["merge"], row["key"], row["value"], row["rows"]) for row in rows] == [
        ("1", "customer_id", f"c{n}", "1") for n in range(1, 8)]
    assert path.stat().st_mode & 0o077 == 0
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",1,\n", ",1,yes\n"), encoding="utf-8-sig")
    through = Door(tmp_path, {"o.csv": SHOP}, source, **BY_PHONE)
    assert through.rows("SELECT count(DISTINCT customer_id) FROM orders") == [(1,)]
    # what was accepted stays accepted
    through = Door(tmp_path, {"o.csv": SHOP}, source, **BY_PHONE)
    assert vars(through.audit.identity) == {"before": 7, "after": 1, "merges": 1, "held": 0}


def answered(folder, answer, encoding="utf-8-sig", separator=",", rows=(3,)):
    """Answer a merge as a spreadsheet would save it: ``answer`` in some of the file's rows, counted from the header."""
    source = orders(columns={"phone": "mobile"})
    Door(folder, {"o.csv": SHOP}, source, **BY_PHONE)
    path = folder / "private" / "identity-merges.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert "yes/no 是/否" in lines[0][4]
    answers = dict(zip(rows, [answer] if isinstance(answer, str) else answer, strict=True))
    for place, word in answers.items():
        lines[place][4] = word
    path.write_bytes("".join(f"{separator.join(line)}\r\n" for line in lines).encode(encoding))
    return lambda: Door(folder, {"o.csv": SHOP}, source, **BY_PHONE)


@pytest.mark.parametrize(("answer", "encoding", "separator"), [
    ("是", "utf-8-sig", ","), ("YES", "ascii", ";"), ("同意", "gb18030", "\t"), ("是", "gb18030", ","),
    ("ok", "utf-16", "\t")])
def test_one_mark_accepts_a_merge_as_spreadsheets_save_it(tmp_path, answer, encoding, separator):
    again = answered(tmp_path, answer, "gb18030" if encoding == "ascii" else encoding, separator)
    for _ in range(2):  # what was accepted stays accepted
        through = again()
        assert through.rows("SELECT count(DISTINCT customer_id) FROM orders") == [(1,)]
        assert vars(through.audit.identity) == {"before": 7, "after": 1, "merges": 1, "held": 0}


def test_a_merge_that_is_declined_waits_no_longer(tmp_path):
    again = answered(tmp_path, "否")
    for _ in range(2):
        assert vars(again().audit.identity) == {"before": 7, "after": 7, "merges": 0, "held": 0}
    path = tmp_path / "private" / "identity-merges.csv"
    assert path.read_text(encoding="utf-8-sig").count(",no\n") == 1


@pytest.mark.parametrize(("answers", "rows", "code", "place", "values"), [
    (["yes", "maybe"], [2, 5], "merge_answer", 6, {"value": "maybe"}),
    (["yes", "no", "是"], [1, 4, 7], "merge_both", 2, {"merge": "1", "yes": "2, 8", "no": "5"})])
def test_an_answer_that_is_none_is_told_and_kept(tmp_path, answers, rows, code, place, values):
    again = answered(tmp_path, answers, rows=rows)
    path = tmp_path / "private" / "identity-merges.csv"
    before = path.read_bytes()
    with pytest.raises(BadInput) as caught:
        again()
    problem, = caught.value.problems
    assert (problem.code, problem.place, problem.values) == (f"data.door.{code}", f"{path}:{place}", values)
    assert all(caught.value.render(language) for language in ("zh", "en"))
    assert path.read_bytes() == before


def test_a_file_of_merges_without_its_headers_is_told_and_kept(tmp_path):
    again = answered(tmp_path, "yes")
    path = tmp_path / "private" / "identity-merges.csv"
    path.write_text("merge,key\n1,phone\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        again()
    assert [problem.code for problem in caught.value.problems] == ["data.door.merge_columns"]
    assert path.read_text(encoding="utf-8") == "merge,key\n1,phone\n"


def test_answers_stand_while_a_merge_grows_and_ids_outlive_a_spreadsheet(tmp_path):
    """An acceptance holds for the records it was given for; seven more of the same telephone wait anew."""
    source = orders(columns={"phone": "mobile"})
    first = ORDERS + "".join(f"2025-01-0{n},5,00{n},02161234567,\n" for n in range(1, 8))
    path = tmp_path / "private" / "identity-merges.csv"
    Door(tmp_path, {"o.csv": first}, source, **BY_PHONE)
    written = path.read_text(encoding="utf-8-sig")
    assert "1,customer_id,'001,1,\n" in written
    path.write_text(written.replace("'001,1,", "'001,1,yes"), encoding="utf-8-sig")
    more = first + "".join(f"2025-02-0{n},5,x{n},02161234567,\n" for n in range(1, 8))
    for _ in range(2):
        through = Door(tmp_path, {"o.csv": more}, source, **BY_PHONE)
        assert through.audit.identity.held == 1
        assert path.read_text(encoding="utf-8-sig").count(",,yes\n") == 7
    assert Door(tmp_path, {"o.csv": first}, source, **BY_PHONE).audit.identity.after == 1


def test_a_masked_id_is_nobody_with_or_without_keys(door):
    content = "date,amount,customer\n2025-01-01,5,1******6198\n2025-01-02,6,##enc\n2025-01-03,7,c1\n2025-01-04,7,散客\n"
    through = door({"o.csv": content}, orders())
    assert through.audit.rows("orders", "rows_anonymous") == 3
    assert [(w.reason, w.rows) for w in through.audit.warnings] == [("masked", 2), ("nobody", 1)]
    touches = {"t.csv": "customer_id,touched_at,channel\n138****1234,2025-01-01,sms\nc1,2025-01-01,sms\n"}
    through = door(touches, {"table": "touches"})
    assert [(r.reason, r.column, r.rows) for r in through.audit.refusals] == [("masked", "customer_id", 1)]


def test_lists_of_customers_become_one_record_a_person(door):
    files = {"hub.csv": "Record ID,Email,region\n1,a@x.org,\n2,A@x.org,north\n3,b@x.org,east\n",
             "wecom.csv": "name,mobile,mail,region\n甲,13812345678,b@x.org,west\n"
                          "乙,13812345678,b@x.org,west\n丙,,,west\n"}
    hub = {"table": "customers", "files": "data/hub.csv", "columns": {
        "customer_id": "Record ID", "email": "Email", "region": "region"}}
    wecom = {"table": "customers", "files": "data/wecom.csv", "columns": {
        "phone": "mobile", "email": "mail", "region": "region"}}
    through = door(files, hub, wecom, data__identity={"customers": ["customer_id", "phone", "email"]})
    assert through.rows("SELECT region FROM customers ORDER BY record") == [("north",), ("east",)]
    assert [(c.rows_in, c.rows_used, c.rows_merged, c.rows_refused) for c in through.audit.counts] == [
        (3, 2, 1, 0), (3, 0, 2, 1)]


def test_referrals_follow_their_persons(door):
    files = {"c.csv": "customer_id,phone\nc1,13812345678\nc9,13812345678\n",
             "r.csv": "referrer_id,referee_id,invited_at\nc9,c2,2025-01-01\n"}
    through = door(files, {"table": "customers", "files": "data/c.csv"}, {"table": "referrals", "files": "data/r.csv"},
                   data__identity={"customers": ["customer_id", "phone"]})
    assert through.rows("SELECT count(*) FROM customers JOIN referrals ON referrer_id = customer_id") == [(1,)]


def test_a_key_that_no_source_has_is_told(door):
    with pytest.raises(BadInput) as caught:
        door({"o.csv": ORDERS + "2025-01-01,5,c1,,\n"}, orders(), data__identity={"orders": ["customer_id", "card"]})
    assert [(p.code, p.values["key"]) for p in caught.value.problems] == [("data.door.identity", "card")]
