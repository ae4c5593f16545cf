"""A new project as a terminal shows it: what is refused leaves nothing behind, what is asked can be answered again."""

import contextlib
import getpass
import io
import sqlite3
import sys
import zipfile

import pytest
import pyzipper
from rich.console import Console

from relops.brief import load_brief
from relops.data.intake.preview import preview_project
from relops.data.intake.questions import Question
from relops.data.readers.archives import PASSWORD_VARIABLE, Passwords
from relops.data.readers.prose import is_note
from relops.data.starter import new_project
from relops.errors import BadInput
from relops.project import Project
from relops.suite.check import check_project
from relops.suite.check_view import show_check
from relops.suite.new_view import Interview, ShownProject

HEAD = "订单号,下单时间,实付金额,会员号"
GOOD = f"{HEAD}\nA1,2024-01-02 10:00:00,35.5,m1\nA2,2024-01-03 11:30:00,20,m2\nA3,2024-02-03 09:00:00,12.8,m1\n"
ROUNDED = GOOD.replace("A", "1.23457E+1")
DOUBLED = f"{HEAD},实付金额\nA1,2024-01-02,35.5,m1,30\nA2,2024-01-03,20,m2,20\nA3,2024-02-03,12.8,m1,12\n"
UNDATED = f"{HEAD}\nA1,昨天,35.5,m1\nA2,前天,20,m2\n"


def make(folder, *files, keep=False):
    """Make a project as the command does, nobody being asked; return its folder, what was shown, and the fault."""
    console = Console(file=io.StringIO(), width=200)
    interview = Interview(console, "en", at_terminal=False)
    shown = ShownProject(console, "en", [str(file) for file in files], interview, keep=keep)
    made = new_project(folder, files, ask=interview, language="en", look=shown, keep=keep)
    return made, console.file.getvalue(), shown.fault


@pytest.mark.parametrize(("content", "code", "place"), [
    (ROUNDED, "data.door.rounded_ids", "data/orders.csv:2"),
    (DOUBLED, "data.door.twice", "brief.yaml data.sources[0].columns.amount"),
    ("客户编号,1月,2月,3月\nc1,10,20,30\nc2,5,,7\n", "data.guess.crosstab", "orders.csv"),
    (UNDATED, "data.guess.no_dates", "orders.csv")])
def test_a_refused_project_leaves_all_as_it_was(tmp_path, content, code, place):
    orders = tmp_path / "orders.csv"
    orders.write_text(content, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for folder in (tmp_path / "new" / "deeper", tmp_path / "empty"):
        with pytest.raises(BadInput) as caught:
            make(folder, orders)
        assert [problem.code for problem in caught.value.problems] == [code]
        assert caught.value.problems[0].place.removeprefix(f"{tmp_path}/") == place
        assert sorted(tmp_path.rglob("*")) == before
    orders.write_text(GOOD, encoding="utf-8")
    made, shown, fault = make(tmp_path / "empty", orders)
    assert fault is None and (made / "brief.yaml").is_file() and "2024-01" in shown


def test_a_project_whose_brief_is_to_be_mended_is_kept_where_that_is_asked_for(tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text(DOUBLED, encoding="utf-8")
    made, shown, fault = make(tmp_path / "p", orders, keep=True)
    assert [problem.code for problem in fault.problems] == ["data.door.twice"]
    assert "The project is made" in shown and (made / "data" / "orders.csv").read_text(encoding="utf-8") == DOUBLED


@pytest.mark.parametrize(("address", "code", "place"), [
    ("postgresql://lei:hush-hush@db.example/shop", "intake.server", "postgresql://lei@db.example/shop"),
    ("mysql+pymysql://lei:hush-hush/@db/shop", "intake.server", "mysql+pymysql://lei@db/shop"),
    ("https://lei:hush-hush@example.com/o.csv", "intake.address", "https://lei@example.com/o.csv")])
def test_an_address_is_no_file_and_its_password_is_not_shown(tmp_path, address, code, place):
    with pytest.raises(BadInput) as caught:
        make(tmp_path / "p", address)
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [(code, place)]
    for language in ("zh", "en"):
        said = caught.value.render(language)
        assert "hush-hush" not in said
        assert code == "intake.address" or 'files: "' + place.replace("+pymysql", "") + '", sheet: ' in said


def at_terminal(monkeypatch, *lines, language="en"):
    """An interview at a terminal where ``lines`` are typed, and then the end of the input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return Interview(Console(file=io.StringIO(), width=200), language, at_terminal=True)


@pytest.mark.parametrize(("language", "said"), [("zh", "请填上面的编号之一"), ("en", "Type one of the numbers above")])
def test_a_number_that_is_none_of_the_choices_is_told_in_the_users_language(monkeypatch, language, said):
    interview = at_terminal(monkeypatch, "9", "2", language=language)
    assert interview(Question("day_month", "date_format", ("day_first", "month_first"))) == "month_first"
    shown = interview.console.file.getvalue()
    assert shown.count(said) == 1 and "Please" not in shown


@pytest.mark.parametrize(("name", "place", "default", "typed", "code", "said"), [
    ("currency", "finance.currency", "CNY", "ZZZ", "USD", "ZZZ, which is not a currency code"),
    ("timezone", "period.timezone", "UTC", "Mars/X", "Asia/Tokyo", "Mars/X, which is not a known time zone")])
def test_an_answer_that_cannot_be_is_asked_for_again(monkeypatch, name, place, default, typed, code, said):
    interview = at_terminal(monkeypatch, typed, code)
    assert interview(Question(name, place, (), default)) == code
    assert interview.console.file.getvalue().count(said) == 1
    assert [answer for _, answer in interview.answers] == [code]
    assert at_terminal(monkeypatch, "")(Question(name, place, (), default)) == default


@pytest.mark.parametrize("choices", [(), ("day_first", "month_first")])
def test_an_input_that_ends_is_told(monkeypatch, choices):
    interview = at_terminal(monkeypatch)
    with pytest.raises(BadInput) as caught:
        interview(Question("currency" if not choices else "day_month", "finance.currency", choices, "CNY"))
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [
        ("intake.no_answer", "finance.currency")]
    assert "--yes" in caught.value.render("zh")


class Terminal(io.StringIO):
    """Standard input of somebody who sits at a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """An archive locked with ``right``; what is typed is taken from the list that it comes with."""
    path, typed = tmp_path / "orders.zip", []

    def answer(_):
        if not typed:
            raise EOFError
        return typed.pop(0)

    with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES, compression=pyzipper.ZIP_DEFLATED) as archive:
        archive.setpassword(b"right")
        archive.writestr("orders.csv", GOOD)
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", answer)
    monkeypatch.setattr(Passwords, "_typed", [])
    return path, typed


def test_a_password_is_asked_for_until_it_fits_and_once_a_command(tmp_path, locked, capsys):
    path, typed = locked
    typed += ["wrong", "right", "never asked for"]
    _, shown, fault = make(tmp_path / "p", path)
    assert fault is None and typed == ["never asked for"] and "2024-01" in shown
    assert capsys.readouterr().err.count("orders.zip") == 1


@pytest.mark.parametrize(("answers", "code"), [
    (["a", "b", "c", "right"], "data.door.wrong_password"), ([], "data.door.password"), (["a"], "data.door.password")])
def test_without_the_password_nothing_is_left(tmp_path, locked, answers, code):
    path, typed = locked
    typed += answers
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput) as caught:
        make(tmp_path / "p", path)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", [
    "月份,订单数,销售额,退款\n2024-01,2,55.5,0\n2024-02,1,12.8,\n合计,3,68.3,0\n",
    "month,revenue\n2024年1月,55.5\n202402,12.8\n", "日期,销售额,订单数\n2024-01-01,55.5,2\n2024-02-01,12.8,1\n"])
def test_monthly_totals_among_the_files_are_what_ours_are_held_against(tmp_path, content):
    orders, totals = tmp_path / "orders.csv", tmp_path / "totals.csv"
    orders.write_text(GOOD, encoding="utf-8")
    totals.write_text(content, encoding="utf-8")
    made, shown, fault = make(tmp_path / "p", orders, totals)
    brief = load_brief(made / "brief.yaml")
    assert fault is None and [source.files for source in brief.data.sources] == ["data/orders.csv"]
    assert brief.data.control_file.file == "data/totals.csv" and "to reconcile with" in shown


@pytest.mark.parametrize("content", [
    "日期,销售额,订单数\n2024-01-01,55.5,2\n2024-01-02,12.8,1\n", "日期,金额\n2024-01-01,55.5\n2024-02-01,12.8\n",
    "日期,金额,手机号,订单数\n2024-01-01,5,13812345678,1\n2024-02-01,6,13812345678,1\n"])
def test_days_and_purchases_are_no_monthly_totals(tmp_path, content):
    orders = tmp_path / "orders.csv"
    orders.write_text(content, encoding="utf-8")
    made, *_ = make(tmp_path / "p", orders)
    brief = load_brief(made / "brief.yaml")
    assert brief.data.control_file is None and [source.table for source in brief.data.sources] == ["orders"]


def test_totals_alone_and_two_files_of_totals_are_told(tmp_path):
    orders, one, other = (tmp_path / name for name in ("orders.csv", "one.csv", "other.csv"))
    orders.write_text(GOOD, encoding="utf-8")
    one.write_text("month,sales\n2024-01,55.5\n", encoding="utf-8")
    other.write_text("month,orders\n2024-01,2\n", encoding="utf-8")
    for files, code, values in (([one], "totals_alone", {"file": "data/one.csv"}),
                                ([orders, one, other], "many_totals", {"files": "one.csv, other.csv"})):
        with pytest.raises(BadInput) as caught:
            make(tmp_path / "p", *files)
        assert [(problem.code, problem.values) for problem in caught.value.problems] == [(f"intake.{code}", values)]
        assert all(caught.value.render(language) for language in ("zh", "en"))


NOTES = {
    "说明.txt": "本次导出的说明：\n一、订单号为文本，共3笔。\n二、金额含税，不含运费。\n",
    "README.txt": "These are the orders of our shop,\nexported on 4 February.\nKeep them, and all names, private.\n",
    "contract.pdf": "%PDF-1.7 x", "letter.docx": "PK"}


def test_notes_beside_the_data_of_a_folder_are_left_aside_and_named(tmp_path):
    for name, content in {"orders.csv": GOOD, **NOTES, ".DS_Store": "x"}.items():
        (tmp_path / "exports" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "exports" / name).write_text(content, encoding="utf-8")
    for number, given in enumerate((tmp_path / "exports", tmp_path / "exports" / "*.*")):
        made, shown, fault = make(tmp_path / f"p{number}", given)
        assert fault is None and [path.name for path in (made / "data").iterdir()] == ["orders.csv"]
        line, = [line for line in shown.splitlines() if line.startswith("Files left aside: ")]
        assert sorted(line.removeprefix("Files left aside: ").split(", ")) == sorted(NOTES)


def test_notes_in_an_archive_are_left_aside_and_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "exports.zip", "w") as archive:
        for name, content in {"orders.csv": GOOD, **NOTES}.items():
            archive.writestr(name, content)
    made, shown, fault = make(tmp_path / "p", tmp_path / "exports.zip")
    assert fault is None and "2024-01" in shown
    assert [path.name for path in (made / "data").iterdir()] == ["exports.zip"]
    assert "data/exports.zip/contract.pdf:0" in shown and "no table, left aside" in shown


def test_a_lock_file_is_told_as_what_it_is_and_left_aside_beside_its_workbook(tmp_path):
    lock, orders = tmp_path / "~$orders.csv", tmp_path / "orders.csv"
    lock.write_bytes(b"\x05Lei  ")
    orders.write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        make(tmp_path / "p", lock)
    assert [(problem.code, problem.place, problem.values) for problem in caught.value.problems] == [
        ("data.door.lock_file", str(lock), {"file": "orders.csv"})]
    made, shown, _ = make(tmp_path / "p", lock, orders)
    assert "Files left aside: ~$orders.csv" in shown
    assert [path.name for path in (made / "data").iterdir()] == ["orders.csv"]


@pytest.mark.parametrize(("name", "content"), [
    ("说明.txt", GOOD), ("orders.txt", GOOD.replace(",", "\t")), ("ids.txt", "13812345678\n13812345679\n"),
    ("cdnow.txt", "  00001 19970101  1   11.77\n  00002 19970112  1   12.00\n"), ("readme.csv", "a note, and more"),
    ("names.txt", "name\nAnna\nBert\n"), ("评价.txt", "客户|评价\n李雷|很好，下次再来\n韩梅|不错，服务好\n"),
    ("orders.json", '[{"a": 1}]'), ("data.txt", '{"a": "this is a line of text"}\n')])
def test_a_table_is_no_note_whatever_it_is_called(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert not is_note(path, name)
    for encoding in ("gb18030", "utf-16"):
        path.write_bytes("本次导出的说明：\n金额含税，不含运费。\n".encode(encoding))
        assert is_note(path, "请先看.txt") and not is_note(path, "请先看.csv")


@pytest.mark.parametrize(("content", "codes", "columns"), [
    (UNDATED, {"data.door.required"}, {"order_id", "amount", "customer_id"}),
    ("订单号,下单时间,口味,会员号\nA1,2024-01-02,甜,m1\nA2,2024-01-03,咸,m2\n",
     {"data.door.required"}, {"order_id", "ordered_at", "customer_id"})])
def test_a_file_that_lacks_a_column_is_kept_where_that_is_asked_for(tmp_path, content, codes, columns):
    orders = tmp_path / "orders.csv"
    orders.write_text(content, encoding="utf-8")
    made, shown, fault = make(tmp_path / "p", orders, keep=True)
    assert {problem.code for problem in fault.problems} == codes
    assert set(load_brief(made / "brief.yaml").data.sources[0].columns) == columns
    assert (made / "data" / "orders.csv").is_file() and "The project is made" in shown


def test_a_stated_form_reads_dates_that_nobody_else_can(tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text(GOOD.replace("2024-01-02 10:00:00", "02#01#2024").replace(
        "2024-01-03 11:30:00", "03#01#2024").replace("2024-02-03 09:00:00", "14#02#2024"), encoding="utf-8")
    made = new_project(tmp_path / "p", [orders], date_format="%d#%m#%Y", data_end="2024-03-01")
    preview = preview_project(Project.open(made), "")
    assert preview.months["orders"].tolist() == [2, 1]


def test_a_stated_form_takes_no_numbers_for_dates(tmp_path):
    """Six digits are a day under a header of time, and a member's number under any other."""
    orders = tmp_path / "orders.csv"
    orders.write_text("订单号,下单时间,实付金额,会员号\nA1,240102,35.5,240101\nA2,240103,20,240102\nA3,240214,12.8,240101\n",
                      encoding="utf-8")
    made = new_project(tmp_path / "p", [orders], date_format="%y%m%d", data_end="2024-03-01")
    columns = load_brief(made / "brief.yaml").data.sources[0].columns
    assert (columns["ordered_at"], columns["customer_id"]) == ("下单时间", "会员号")
    assert preview_project(Project.open(made), "").months["orders"].tolist() == [2, 1]


def test_a_file_downloaded_twice_is_read_once(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in ("orders (1).csv", "orders.csv"):
        (folder / name).write_text(GOOD, encoding="utf-8")
    made, shown, _ = make(tmp_path / "p", folder)
    assert "orders (1).csv has the very contents of orders.csv" in shown
    assert [file.name for file in (made / "data").iterdir()] == ["orders.csv"]


@pytest.mark.parametrize(("header", "said"), [
    ("订单号,下单时间,实付金额,会员号", []), ("序,下单时间,实付金额,会员号", ["columns.order_id"]),
    ("序,下单时间,实付金额,口味", ["columns.order_id", "columns.customer_id"])])
def test_orders_without_number_or_customer_are_told_on_the_screen(tmp_path, header, said):
    orders = tmp_path / "orders.csv"
    orders.write_text(GOOD.replace(HEAD, header), encoding="utf-8")
    made, shown, _ = make(tmp_path / "p", orders)
    lines = {"columns.order_id": "no column was found to number the orders",
             "columns.customer_id": "No order names its customer"}
    assert [name for name, line in lines.items() if line in shown] == said
    if "columns.customer_id" in said:
        console = Console(file=io.StringIO(), width=200)
        show_check(console, check_project(Project.open(made)), "en")
        assert console.file.getvalue().count("without orders.customer_id") == 3  # of five notebooks


def database(path, script):
    """Write a database of these statements."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


ORDERS = """CREATE TABLE orders(id INT, customer_id INT, total_amount REAL, created_at TEXT);
    INSERT INTO orders VALUES (1, 7, 25, '2024-03-01 10:00'), (2, 8, 15, '2024-03-05 10:00'),
        (3, 7, 4, '2024-03-20 10:00');"""
PRODUCTS = """CREATE TABLE products(id INT, name TEXT, price REAL);
    INSERT INTO products VALUES (1, 'tea', 15), (2, 'cup', 5);"""


def test_what_a_database_holds_beside_its_orders_stays_out_even_where_files_that_lack_a_column_are_kept(tmp_path):
    made, shown, fault = make(tmp_path / "p", database(tmp_path / "shop.db", ORDERS + PRODUCTS), keep=True)
    assert [source.sheet for source in load_brief(made / "brief.yaml").data.sources] == ["orders"]
    assert fault is None and "further tables that are not read: products" in " ".join(shown.split())


def test_tables_not_read_are_told_of_each_database_by_itself(tmp_path):
    """The only table of one bears the name of a table of the other that is not read."""
    one = database(tmp_path / "one.db", ORDERS.replace("orders", "products"))
    two = database(tmp_path / "two.db", ORDERS + PRODUCTS)
    _, shown, _ = make(tmp_path / "p", one, two)
    shown = " ".join(shown.split())
    assert "one.db has further" not in shown and "two.db has further tables that are not read: products" in shown
