"""Every kind of bad input ends in a sentence with place, finding and cure, in both languages."""

import gzip
import io

import pandas as pd
import pytest
from door_project import Door, orders

from relops.errors import BadInput
from relops.locale import LANGUAGES

HEAD = "date,amount,customer\n"
GOOD = HEAD + "2025-01-01,5,x\n"


@pytest.fixture
def refused(tmp_path):
    """Take bad input to the door and return what it says: (code, place, values) of each problem."""
    def told(content, *sources, **brief):
        files = content if isinstance(content, dict) else {"o.csv": content}
        with pytest.raises(BadInput) as raised:
            Door(tmp_path, files, *(sources or [orders()]), **brief)
        assert raised.value.exit_code == 2
        assert not (tmp_path / "run" / "engine.duckdb").exists()
        for language in LANGUAGES:
            said = raised.value.render(language)
            assert len(said.splitlines()) >= 4
        return [(problem.code.removeprefix("data.door."), problem.place, problem.values)
                for problem in raised.value.problems]
    return told


def test_no_such_file(refused):
    (code, place, values), = refused(GOOD, orders(files="data/absent_*.csv"))
    assert (code, values["place"]) == ("no_file", "brief.yaml data.sources[0].files")
    assert place.endswith("data/absent_*.csv")


@pytest.mark.parametrize("content", [b"", b"\n\n\n"])
def test_empty_file(refused, content):
    assert [code for code, *_ in refused(content)] == ["empty"]


@pytest.mark.parametrize("content", [HEAD, HEAD.strip(), HEAD + "\n\n"])
def test_header_only(refused, content):
    (code, _, values), = refused(content)
    assert (code, values["headers"]) == ("header_only", "date, amount, customer")


def test_wrong_encoding(refused):
    (code, place, values), = refused((HEAD + "2025-01-01,5,李雷\n").encode("gb18030"), orders(encoding="utf-8"))
    assert (code, values["encoding"]) == ("encoding", "utf-8")
    assert place.endswith("o.csv:2")


def test_what_is_no_encoding_at_all(refused):
    assert [code for code, *_ in refused(GOOD.encode() + b"\x81\x20\xff\xff,\x80")] == ["encoding"]


def test_missing_required_column(refused):
    (code, _, values), = refused("when,sum\n2025-01-01,5\n", {"table": "orders", "columns": {"ordered_at": "when"}})
    assert (code, values["columns"], values["headers"]) == ("required", "amount", "when, sum")


def test_mapping_to_absent_columns_all_at_once(refused):
    problems = refused(GOOD, orders(columns={"customer_id": "who", "channel": "where"}))
    assert [(code, values["column"]) for code, _, values in problems] == [("no_column", "who"), ("no_column", "where")]
    assert problems[0][1] == "brief.yaml data.sources[0].columns.customer_id"


@pytest.mark.parametrize("source", [orders(), {"table": "orders", "columns": {"ordered_at": "date"}}])
def test_a_header_that_stands_there_twice(refused, source):
    assert [code for code, *_ in refused("date,amount,customer,amount\n2025-01-01,5,x,6\n", source)] == ["twice"]


def test_a_month_that_lacks_a_required_column(refused):
    files = {"m1.csv": GOOD, "m2.csv": "date,sum,customer\n2025-02-01,5,x\n"}
    (code, place, values), = refused(files, orders(files="data/m*.csv"))
    assert (code, place, values["column"], values["headers"]) == (
        "file_lacks", "data/m2.csv", "amount", "date, sum, customer")


@pytest.mark.parametrize(("name", "old", "new"), [
    ("refund_amount", "退款金额", "退款总额"), ("status", "订单状态", "状态"), ("customer_id", "会员卡号", "卡号"),
    ("order_id", "单号", "订单号"), ("discount", "优惠", "优惠额")])
def test_a_month_in_which_a_header_was_renamed(refused, tmp_path, name, old, new):
    """Money taken back, what a row counts for, who bought: none of it may come in empty because a header changed."""
    rules = {"order_id": {"key": ["order_id"]}, "status": {"status": {"counted": ["1", "2", "3"]}}}
    source = orders(files="data/m*.csv", columns={"customer_id": "customer", name: old}, **rules.get(name, {}))
    files = {f"m{month}.csv": f"date,amount,customer,{header}\n2025-0{month}-01,50,x,{month}\n"
             for month, header in enumerate([old, old, new], 1)}
    (code, place, values), = refused(files, source)
    assert (code, place, values["column"], values["name"], values["own"]) == (
        "file_lacks", "data/m3.csv", old, name, new)
    cure = {"sql": f'coalesce("{old}", "{new}")'}
    door = Door(tmp_path / "cured", files, source | {"columns": source["columns"] | {name: cure}})
    assert door.audit.rows("orders", "rows_used") == 3 and not door.audit.warnings
    if name == "refund_amount":
        assert door.audit.refunds.total == 1 + 2 + 3


def test_a_file_that_never_had_the_column_is_a_source_of_its_own(refused, tmp_path):
    files = {"m1.csv": "date,amount,customer\n2025-01-01,5,x\n",
             "m2.csv": "date,amount,customer,退款\n2025-02-01,5,x,2\n"}
    source = orders(columns={"refund_amount": "退款"}, files="data/m*.csv")
    assert [code for code, *_ in refused(files, source)] == ["file_lacks"]
    assert [code for code, *_ in refused(files, orders(columns={"refund_amount": {"sql": "abs(退款)"}},
                                                       files="data/m*.csv"))] == ["file_lacks"]
    stated = orders(columns={"refund_amount": {"sql": "coalesce(退款, 0)"}}, files="data/m*.csv")
    for place, sources in enumerate([[stated], [orders(files="data/m1.csv"), source | {"files": "data/m2.csv"}]]):
        assert Door(tmp_path / str(place), files, *sources).audit.refunds.total == 2


def test_another_column_that_one_file_lacks_is_warned_of(tmp_path):
    files = {"m1.csv": "date,amount,customer,渠道\n2025-01-01,5,x,a\n",
             "m2.csv": "date,amount,customer\n2025-02-01,5,x\n"}
    door = Door(tmp_path, files, orders(columns={"channel": "渠道"}, files="data/m*.csv"))
    assert [(one.reason, one.column, one.rows, one.file) for one in door.audit.warnings] == [
        ("column_absent", "channel", 1, "data/m2.csv")]


def test_a_wide_table(refused):
    assert [code for code, *_ in refused(GOOD, orders(unpivot={"question": "nps"}))] == ["unpivot", "no_column"]


def test_all_dates_unparsable(refused):
    (code, place, values), = refused(HEAD + "monday,5,x\ntuesday,6,x\n")
    assert (code, values["rows"], values["example"]) == ("all_unparsable_date", 2, "monday")
    assert place.endswith("columns.ordered_at")


def test_all_amounts_unparsable(refused):
    (code, _, values), = refused(HEAD + '2025-01-01,"12,50",x\n')
    assert (code, values["example"]) == ("all_unparsable_amount", "12,50")


def test_day_month_order_unknown(refused):
    (code, place, values), = refused(HEAD + "05/01/2025,5,x\n06/02/2025,6,x\n")
    assert (code, place, values["example"]) == ("day_month", "brief.yaml data.sources[0].date_format", "05/01/2025")


def test_day_month_order_mixed(refused):
    assert [code for code, *_ in refused(HEAD + "25/01/2025,5,x\n01/25/2025,6,x\n")] == ["day_month_mixed"]


def test_day_month_order_told_by_the_column_or_the_brief(door, tmp_path):
    through = door({"o.csv": HEAD + "05/01/2025,5,x\n25/01/2025,6,x\n"}, orders())
    days = [str(day) for day, in through.rows("SELECT ordered_on FROM orders ORDER BY 1")]
    assert days == ["2025-01-05", "2025-01-25"]
    through = Door(tmp_path / "b", {"o.csv": HEAD + "05/01/2025,5,x\n"}, orders(date_format="%m/%d/%Y"))
    assert [str(day) for day, in through.rows("SELECT ordered_on FROM orders")] == ["2025-05-01"]


def test_years_of_two_digits(door):
    through = door({"o.csv": HEAD + "3/5/25 9:05 AM,5,x\n3/25/25 12:00 PM,6,x\n"}, orders())
    assert [str(day) for day, in through.rows("SELECT ordered_on FROM orders ORDER BY 1")] == [
        "2025-03-05", "2025-03-25"]


def test_a_year_of_two_digits_that_may_stand_first(refused):
    """25/03/24 is the 24th of March or the 25th: a column in which the first number never leaves the years' range."""
    (code, _, values), = refused(HEAD + "25/03/24,5,x\n25/03/25,6,x\n")
    assert (code, values["example"]) == ("day_month", "25/03/24")


def test_negative_amounts_without_a_rule(refused):
    (code, place, values), = refused(HEAD + "2025-01-01,5,x\n2025-01-02,-3,x\n2025-01-03,-4.5,x\n")
    assert (code, place) == ("negative", "brief.yaml data.sources[0].refunds")
    assert (values["rows"], values["total"]) == ("2", "-7.50")


def test_all_rows_after_data_end(refused):
    (code, _, values), = refused(HEAD + "2026-01-01,5,x\n2026-02-01,5,x\n")
    assert code == "all_after_end"
    assert (str(values["first"]), str(values["last"]), str(values["data_end"])) == (
        "2026-01-01", "2026-02-01", "2025-12-31")


def test_all_rows_refused_names_the_reasons(refused):
    problems = refused("date,amount,customer\n2025-01-01,,x\n,5,x\n2025-01-02,,x\n")
    assert [code for code, *_ in problems] == ["nothing_left", "refused_rows", "refused_rows"]
    assert [(values["reason"], values["column"], values["rows"], place) for _, place, values in problems[1:]] == [
        ("@data.reason.missing", "amount", "2", "data/o.csv:2"),
        ("@data.reason.missing", "ordered_at", "1", "data/o.csv:3")]


@pytest.mark.parametrize(("sql", "code"), [
    ("amount *", "sql_syntax"), ("(SELECT 1)", "sql_forbidden"), ("price * 2", "no_column"), ("amount || 5 + now()",
     "sql_forbidden"), ("customer * 2", "sql_invalid"), ("no_such_function(amount)", "sql_invalid"),
])
def test_faulty_expressions(refused, sql, code):
    (found, place, _), = refused(GOOD, orders(columns={"amount": {"sql": sql}}))
    assert (found, place) == (code, "brief.yaml data.sources[0].columns.amount")


def test_unmapped_status_values_are_listed_with_counts_and_sums(refused):
    content = ("date,amount,customer,status\n2025-01-01,5,x,paid\n2025-01-02,6,x,closed\n2025-01-03,7.5,x,closed\n"
               "2025-01-03,1,x,\n")
    (code, place, values), = refused(content, orders(status={"counted": ["paid"]}))
    assert (code, place) == ("status_unmapped", "brief.yaml data.sources[0].status")
    assert values["values"] == "'closed': 2 (13.50) → not_counted?; '': 1 (1.00)"


@pytest.mark.parametrize("source", [
    {"refunds": "column"}, {"grain": "line"},
    {"status": {"counted": ["paid"], "refund": ["back"]}, "refunds": "status"}])
def test_rules_without_their_column(refused, source):
    assert {code for code, *_ in refused(GOOD, orders(**source))} == {"rule_lacks"}


def test_a_key_that_is_no_column(refused):
    (code, place, values), = refused(GOOD, orders(key=["order_no"]))
    assert (code, place, values["column"]) == ("no_column", "brief.yaml data.sources[0].key", "order_no")


def test_names_that_the_door_uses_itself(refused):
    assert [code for code, *_ in refused(GOOD, orders(columns={"net_amount": "amount", "_row": "date"}))] == [
        "reserved", "reserved"]


def test_names_that_do_not_fit_the_file(refused):
    (code, _, values), = refused("2025-01-01,5,x\n", orders(header="none", names=["date", "amount"]))
    assert (code, values["names"], values["columns"]) == ("names", 2, 3)


def test_a_pattern_that_finds_no_day(refused):
    assert [code for code, *_ in refused(GOOD, orders(exported_at=r"_(\d{8})"))] == ["exported_at"]


def test_a_workbook_that_is_none_and_a_sheet_that_is_not_there(refused):
    buffer = io.BytesIO()
    pd.DataFrame({"date": ["2025-01-01"], "amount": [5], "customer": ["x"]}).to_excel(buffer, index=False)
    problems = refused({"a.xlsx": b"PK no workbook", "b.xlsx": buffer.getvalue(), "c.parquet": b"PAR1 none"},
                       orders(files="data/a.xlsx"), orders(files="data/b.xlsx", sheet="orders"),
                       orders(files="data/c.parquet"))
    assert [code for code, *_ in problems] == ["archive", "sheet", "workbook"]
    assert problems[1][2]["sheets"] == "Sheet1"


def test_a_damaged_archive(refused):
    whole = gzip.compress((HEAD + "2025-01-01,5,x\n" * 1000).encode())
    assert [code for code, *_ in refused({"o.csv.gz": whole[:60]})] == ["packed"]
    assert [code for code, *_ in refused({"o.csv.gz": b"no archive"})] == ["not_as_named"]


def test_a_brief_without_sources(tmp_path):
    with pytest.raises(BadInput) as raised:
        Door(tmp_path, {})
    assert raised.value.problems[0].code == "data.door.no_sources"


def test_problems_of_several_sources_are_told_together(refused):
    problems = refused({"a.csv": b"", "b.csv": GOOD}, orders(files="data/a.csv"), orders(files="data/absent.csv"),
                       orders(files="data/b.csv"))
    assert [code for code, *_ in problems] == ["empty", "no_file"]


def test_a_ten_megabyte_cell_is_refused_and_the_rest_is_used(door):
    through = door({"o.csv": GOOD + "2025-01-02,6," + "x" * 10_000_000 + "\n2025-01-03,7,y\n"}, orders())
    assert through.classes() == (3, 2, 0, 0, 0, 1)
    assert [(r.reason, r.line) for r in through.audit.refusals] == [("cell_size", 3)]
    assert (through.quarantine / "orders.csv").stat().st_size < 10_000
