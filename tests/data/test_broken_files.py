"""Broken files, each refused with a sentence that names place and cure in both languages, nothing half-loaded;
and files that only look broken, each read as its owner meant it."""

import gzip
import io
import json
import sqlite3
import sys
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
import pyzipper
from door_project import Door, orders

from relops.errors import BadInput

HEAD = "date,amount,customer\n"
ROWS = "".join(f"2025-01-{day:02d},{day}.50,c{day % 3}\n" for day in range(1, 29))
GOOD = HEAD + ROWS
CHINESE = "日期,金额,客户\n" + "".join(f"2025-01-{day:02d},{day}.50,李雷{day}\n" for day in range(1, 29))


def zipped(members: dict[str, bytes | str], password: bytes | None = None) -> bytes:
    buffer = io.BytesIO()
    kind = {"encryption": pyzipper.WZ_AES, "compression": pyzipper.ZIP_DEFLATED} if password else {}
    with pyzipper.AESZipFile(buffer, "w", **kind) as archive:
        if password:
            archive.setpassword(password)
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(rows: list[list], *more: list[list]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "first"
    for number, sheet in enumerate([rows, *more]):
        target = book.active if number == 0 else book.create_sheet(f"sheet{number}")
        for row in sheet:
            target.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame({"date": ["2025-01-01"], "amount": ["5"], "customer": ["x"]}).to_parquet(buffer)
    return buffer.getvalue()


def database(folder: Path, kind: str, *tables: str) -> bytes:
    path = folder / f"made.{kind}"
    connection = sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(str(path))
    for table in tables:
        connection.execute(f"CREATE TABLE {table} (date VARCHAR, amount VARCHAR, customer VARCHAR)")
        connection.execute(f"INSERT INTO {table} VALUES ('2025-01-02', '7.25', 'x')")
    connection.commit()
    connection.close()
    return path.read_bytes()


def damaged(content: bytes) -> bytes:
    """The same with its middle overwritten."""
    middle = len(content) // 2
    return content[:middle] + b"\xff" * 40 + content[middle + 40:]


LINES = [json.dumps({"date": f"2025-01-{day:02d}", "amount": day, "customer": "x"}) for day in range(1, 9)]
PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"
MIXED = CHINESE.encode() + "2025-01-29,5,韩梅梅小姐\n".encode("gb18030")
SHUFFLED = GOOD + "customer,date,amount\nx,2025-02-01,3\n"
BLANKS = HEAD + "".join(f"2025-01-{day:02} 10:00,{day + 4},x{day}\n" for day in range(1, 20))
PHONES = "date,amount,手机号\n2025-01-01,5,13912345678\n" + "2025-01-02,6,1.39E+10\n" * 3
IDS = "order_no," + HEAD + "".join(f"3.25864E+17,2025-01-{day:02d},{day},x{day}\n" for day in range(1, 9))
ZEROS = "order_no," + HEAD + "".join(f"32586412345{day:04d}000,2025-01-{day:02d},{day},x{day}\n" for day in range(1, 9))
BY_PHONE = {"columns": {"customer_id": "手机号"}}
BY_ORDER = {"columns": {"order_id": "order_no"}}
UNCALCULATED = workbook([["date", "amount", "customer"], ["2025-01-01", "=2*3", "x"]])

# name of the case: (file, content, changes to the source, code, place (its end), a word of the cure in en and zh)
REFUSED = {
    "zero bytes long": ("o.csv", b"", {}, "empty", "o.csv", "export", "导出"),
    "blank lines alone": ("o.csv", b"\r\n\r\n", {}, "empty", "o.csv", "export", "导出"),
    "header alone": ("o.csv", HEAD, {}, "header_only", "o.csv", "period", "时间"),
    "truncated zip": ("o.zip", zipped({"o.csv": GOOD})[:-30], {}, "archive", "o.zip", "download", "下载"),
    "zip with a broken member": ("o.zip", zipped({"o.csv": GOOD * 9}).replace(b"2025-01-09", b"2025-01-19"), {},
                                 "archive", "o.zip", "download", "下载"),
    "zip of nothing": ("o.zip", zipped({}), {}, "empty_archive", "o.zip", "pack", "打包"),
    "zip of by-work": ("o.zip", zipped({"__MACOSX/._o.csv": "x", ".DS_Store": "y"}), {}, "empty_archive", "o.zip",
                       "pack", "打包"),
    "zip without that member": ("o.zip", zipped({"o.csv": GOOD}), {"sheet": "lines.csv"}, "member", "o.zip", "sheet",
                                "sheet"),
    "zip of different tables": ("o.zip", zipped({"a.csv": GOOD, "b.csv": "item,price,stock\nx,1,2\n"}), {},
                                "other_headers", "o.zip/b.csv", "data.sources[0].sheet", "data.sources[0].sheet"),
    "zip with a password": ("o.zip", zipped({"o.csv": GOOD}, b"secret"), {}, "password", "o.zip",
                            "RELOPS_ZIP_PASSWORD", "RELOPS_ZIP_PASSWORD"),
    "zip of a PDF": ("o.zip", zipped({"o.pdf": b"%PDF-1.7 x"}), {}, "foreign", "o.zip/o.pdf", "CSV", "CSV"),
    "truncated gz": ("o.csv.gz", gzip.compress(GOOD.encode() * 50)[:90], {}, "packed", "o.csv.gz", "download", "下载"),
    "gz that is none": ("o.csv.gz", GOOD, {}, "not_as_named", "o.csv.gz", "download", "下载"),
    "zip that is a text": ("o.zip", GOOD, {}, "not_as_named", "o.zip", "download", "下载"),
    "PDF named csv": ("o.csv", b"%PDF-1.7\n1 0 obj", {}, "foreign", "o.csv", "CSV", "CSV"),
    "picture named csv": ("o.csv", b"\x89PNG\r\n\x1a\n....", {}, "foreign", "o.csv", "CSV", "CSV"),
    "RAR archive": ("o.rar", b"Rar!\x1a\x07\x01\x00....", {}, "foreign", "o.rar", "unpack", "解压"),
    "7-Zip archive": ("o.7z", b"7z\xbc\xaf\x27\x1c....", {}, "foreign", "o.7z", "unpack", "解压"),
    "Word document": ("o.xlsx", zipped({"word/document.xml": "<w/>"}), {}, "foreign", "o.xlsx", "Excel", "Excel"),
    "XML of another kind": ("o.xml", "<?xml version='1.0'?><orders><order/></orders>", {}, "foreign", "o.xml", "CSV",
                            "CSV"),
    "HTML error page named csv": ("o.csv", PAGE, {}, "web_page", "o.csv", "export", "导出"),
    "login page named xls": ("o.xls", "<html><body><form><input name=user></form>Please log in</body></html>", {},
                             "web_page", "o.xls", "login", "登录"),
    "workbook cut off": ("o.xlsx", workbook([["date", "amount", "customer"], ["2025-01-01", 5, "x"]])[:900], {},
                         "archive", "o.xlsx", "download", "下载"),
    "old workbook damaged": ("o.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, {}, "workbook", "o.xls",
                             "save", "另存"),
    "workbook with a password": ("o.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), {},
                                 "locked_workbook", "o.xlsx", "password", "密码"),
    "sheet that is not there": ("o.xlsx", workbook([["date"], ["x"]]), {"sheet": "orders"}, "sheet", "o.xlsx", "sheet",
                                "sheet"),
    "empty workbook": ("o.xlsx", workbook([]), {}, "empty", "o.xlsx", "export", "导出"),
    "sheet of titles alone": ("o.xlsx", workbook([["销售报表", None], ["2025 年", None], [None, "x"]]), {},
                              "titles_only", "o.xlsx", "sheet", "工作表"),
    "formulas without values": ("o.xlsx", UNCALCULATED, {}, "uncalculated", "o.xlsx:first!B2", "Excel", "Excel"),
    "formulas instead of values": ("o.csv", HEAD + "2025-01-01,=A2*2,x\n2025-01-02,=A3*2,x\n", {}, "formulas",
                                   "columns.amount", "values", "数值"),
    "mixed encodings": ("o.csv", MIXED, {}, "mixed_encodings", "o.csv:30", "UTF-8", "UTF-8"),
    "cut off inside a letter": ("o.csv", (GOOD + "2025-02-01,5,林").encode()[:-1], {}, "cut_sign", "o.csv:30", "export",
                                "导出"),
    "mixed separators": ("o.csv", GOOD + "".join(f"2025-02-{day:02};5,50;x\n" for day in range(1, 4)), {},
                         "mixed_separators", "o.csv:30", "separator", "分隔符"),
    "bytes of no encoding": ("o.csv", GOOD.encode() + b"\x81\x20\xff\xff,\x80\n", {}, "encoding", "o.csv:30",
                             "encoding", "编码"),
    "encoding stated wrongly": ("o.csv", CHINESE.encode("gb18030"), {"encoding": "utf-8"}, "encoding", "o.csv:1",
                                "encoding", "编码"),
    "zero bytes inside": ("o.csv", GOOD.replace("c2", "c\0"), {}, "zero_bytes", "o.csv:3", "export", "导出"),
    "quote never closed": ("o.csv", GOOD + '2025-02-01,5,"x\n2025-02-02,6,y\n', {}, "open_quote", "o.csv:30",
                           "cut off", "引号"),
    "quote closed lines later": ("o.csv", HEAD + '2025-02-01,5,"x\n2025-02-02,6,y\n2025-02-03,7,z"\n' + ROWS, {},
                                 "swallowed", "o.csv:2", "quote", "引号"),
    "second header in another order": ("o.csv", SHUFFLED, {}, "second_header", "o.csv:30", "split", "拆成"),
    "columns of one name": ("o.csv", "date,amount,customer,amount\n2025-01-01,5,x,6\n", {}, "twice",
                            "columns.amount", "rename", "改名"),
    "a needed column lacks": ("o.csv", "date,customer\n2025-01-01,x\n", {}, "no_column", "columns.amount", "name",
                              "列名"),
    "one long column": ("o.csv", "date\n" + "2025-01-01\n" * 3_000_000, {}, "no_column", "columns.amount", "name",
                        "列名"),
    "ids by powers of ten": ("o.csv", IDS, BY_ORDER, "rounded_ids", "data/o.csv:2", "text", "文本"),
    "quote never closed among dates with blanks": ("o.csv", BLANKS.replace("03 10:00,7", '03 10:00,"7'), {},
                                                   "open_quote", "o.csv:4", "close", "引号"),
    "whole lines in quotes": ("o.csv", "".join(f'"{line}"\n' for line in BLANKS.splitlines()), {}, "quoted_lines",
                              "o.csv:1", "quotes", "引号"),
    "separated by a caret": ("o.csv", BLANKS.replace(",", "^"), {}, "unknown_separator", "o.csv:1", "^", "^"),
    "phones by powers of ten": ("o.csv", PHONES, BY_PHONE, "rounded_ids", "data/o.csv:3", "text", "文本"),
    "phones by powers of ten that nobody mapped": ("o.csv", PHONES, {"columns": {"customer_id": None}},
                                                   "rounded_ids", "data/o.csv:3", "text", "文本"),
    "ids with lost digits": ("o.csv", ZEROS, BY_ORDER, "rounded_ids", "data/o.csv:2", "text", "文本"),
    "ids rounded by a workbook": ("o.xlsx", workbook([["order_no", "date", "amount", "customer"], [
        326586412345678901, "2025-01-01", 5, "x"]]), BY_ORDER, "rounded_ids", "data/o.xlsx:2", "text", "文本"),
    "amounts that are none": ("o.csv", HEAD + "2025-01-01,inf,x\n2025-01-02,-inf,x\n", {}, "all_unparsable_amount",
                              "columns.amount", "column", "列"),
    "dates that are none": ("o.csv", HEAD + "yesterday,5,x\n", {}, "all_unparsable_date", "columns.ordered_at",
                            "date_format", "date_format"),
    "days or months": ("o.csv", HEAD + "03/04/2025,5,x\n05/06/2025,6,x\n", {}, "day_month", "date_format",
                       "date_format", "date_format"),
    "days and months": ("o.csv", HEAD + "25/04/2025,5,x\n05/26/2025,6,x\n", {}, "day_month_mixed", "date_format",
                        "date_format", "date_format"),
    "JSON with a broken line": ("o.jsonl", "\n".join([*LINES, '{"date": "2025-', ""]), {}, "json", "o.jsonl:9", "line",
                                "该行"),
    "JSON nested": ("o.jsonl", "\n".join([*LINES, '{"date": "2025-01-09", "items": [1, 2]}']), {}, "json_nested",
                    "o.jsonl:9", "flatten", "展开"),
    "JSON of numbers": ("o.json", "[[1, 2], [3, 4]]", {}, "json", "o.json:1", "line", "该行"),
    "Parquet cut off": ("o.parquet", parquet()[:-20], {}, "workbook", "o.parquet", "save", "另存"),
    "SQLite that is none": ("o.sqlite", GOOD, {}, "not_as_named", "o.sqlite", "download", "下载"),
    "SQLite damaged": ("o.db", b"SQLite format 3\0" + b"\x10" * 300, {}, "database", "o.db", "copy", "复制"),
    "DuckDB damaged": ("o.duckdb", b"\0" * 8 + b"DUCK" + b"\0" * 500, {}, "database", "o.duckdb", "copy", "复制"),
    "rows all ragged": ("o.csv", HEAD + "2025-01-01,5\n2025-01-02\n", {}, "nothing_left", "o.csv", "mapping", "对应"),
}


def test_there_are_fifty():
    assert len(REFUSED) >= 50


def refusal(folder: Path, files: dict, source: dict) -> BadInput:
    with pytest.raises(BadInput) as raised:
        Door(folder, files, source)
    assert not (folder / "run" / "engine.duckdb").exists()
    assert not list(folder.glob("run/.drafts-*"))
    assert raised.value.exit_code == 2
    return raised.value


def told(fault: BaseException, code: str, place: str, english: str, chinese: str) -> None:
    first = fault.problems[0]
    assert first.code == f"data.door.{code}", first
    assert first.place.endswith(place), first.place
    for language, word in {"zh": chinese, "en": english}.items():
        lines = first.render(language).splitlines()
        assert len(lines) == 4 and word in lines[3], lines
        assert "{" not in "".join(lines)


@pytest.mark.parametrize("case", REFUSED)
def test_each_is_refused_with_place_and_cure(tmp_path, case, monkeypatch):
    monkeypatch.delenv("RELOPS_ZIP_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", None)
    name, content, changes, *expected = REFUSED[case]
    told(refusal(tmp_path, {name: content}, orders(**changes)), *expected)


def test_phones_of_an_identity_by_powers_of_ten(tmp_path):
    with pytest.raises(BadInput) as raised:
        Door(tmp_path, {"o.csv": PHONES}, orders(columns={"customer_id": None, "phone": "手机号"}),
             data__identity={"orders": ["phone"]})
    told(raised.value, "rounded_ids", "data/o.csv:3", "text", "文本")
    assert raised.value.problems[0].values == {"column": "手机号", "example": "1.39E+10", "rows": "3"}


def test_a_wrong_password(tmp_path, monkeypatch):
    monkeypatch.setenv("RELOPS_ZIP_PASSWORD", "hush-hush")
    fault = refusal(tmp_path, {"o.zip": zipped({"o.csv": GOOD}, b"secret")}, orders())
    told(fault, "wrong_password", "o.zip", "sender", "发送者")
    assert "hush-hush" not in fault.render("en")


def test_a_folder_instead_of_a_file(tmp_path):
    told(refusal(tmp_path, {"o.csv": GOOD}, orders(files="data")), "folder", "data", "files", "files")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_that_leads_nowhere(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "o.csv").symlink_to("gone.csv")
    told(refusal(tmp_path, {}, orders(files="data/o.csv")), "broken_link", "o.csv", "copy", "复制")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def held(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("relops.data.readers.inputs.kind_of", held)
    told(refusal(tmp_path, {"o.csv": GOOD}, orders()), "locked", "o.csv", "close it in Excel", "关闭")


def test_a_database_of_two_tables(tmp_path):
    for kind in ("sqlite", "duckdb"):
        content = database(tmp_path, kind, "orders", "lines")
        fault = refusal(tmp_path / kind, {"o.db": content}, orders())
        told(fault, "table", "o.db", "sheet", "sheet")
        assert fault.problems[0].values["tables"] == "lines, orders"


def test_a_server_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "hush-hush")
    servers = {"postgresql://me@localhost:1/shop": "PGPASSWORD", "mysql://me@127.0.0.1:1/shop": "MYSQL_PWD"}
    for url, variable in servers.items():
        fault = refusal(tmp_path, {}, orders(files=url))
        told(fault, "server", url, variable, variable)
        assert "hush-hush" not in fault.render("en")


def through(folder: Path, name: str, content: bytes | str, **changes) -> Door:
    return Door(folder, {name: content}, orders(**changes))


def amounts(door: Door) -> list[float]:
    return [float(amount) for amount, in door.rows("SELECT amount FROM orders ORDER BY record")]


PLAIN = [day + 0.5 for day in range(1, 29)]
TABLE = ("<html><meta charset='gbk'><body><p>报表</p><table><tr><td colspan=3>一月</td></tr><tr><th>日期</th>"
         "<th>金额</th><th>客户</th></tr><tr><td>2025-01-01</td><td>¥1,005.50</td><td>李雷</td></tr><tr><td>合计</td><td>1,005.50"
         "</td><td></td></tr></table></body></html>")
NAMES = {"columns": {"ordered_at": "日期", "amount": "金额", "customer_id": "客户"}}
XML = ('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
       'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="s"><Table>'
       "<Row><Cell><Data>date</Data></Cell><Cell><Data>amount</Data></Cell><Cell><Data>customer</Data></Cell></Row>"
       '<Row ss:Index="4"><Cell><Data>2025-01-01</Data></Cell><Cell ss:Index="2"><Data>5</Data></Cell>'
       "<Cell><Data>x</Data></Cell></Row></Table></Worksheet></Workbook>")
SHEET = [["date", "amount", "customer"], ["2025-01-01", 5, "x"]]

# name of the case: (file, content, changes to the source, amounts)
READ = {
    "header again": ("o.csv", GOOD + GOOD, {}, PLAIN * 2),
    "mark in the middle": ("o.csv", GOOD + "\ufeff" + GOOD, {}, PLAIN * 2),
    "total below": ("o.csv", GOOD + "合计,406.00,\n", {}, PLAIN),
    "English total below": ("o.csv", GOOD + "Grand total,406.00,\n", {}, PLAIN),
    "titles above": ("o.csv", "订单导出\n2025 年,,\n" + GOOD, {}, PLAIN),
    "UTF-16 without mark": ("o.csv", GOOD.encode("utf-16-le"), {}, PLAIN),
    "UTF-16 by tabs, as Excel saves": ("o.txt", GOOD.replace(",", "\t").encode("utf-16"), {}, PLAIN),
    "Big5": ("o.csv", CHINESE.replace("日期,金额,客户", "日期,金額,客戶").replace("李雷", "顧客").encode("big5"),
             {"columns": {"ordered_at": "日期", "amount": "金額", "customer_id": "客戶"}}, PLAIN),
    "GB18030": ("o.csv", CHINESE.encode("gb18030"), NAMES, PLAIN),
    "workbook named csv": ("o.csv", workbook(SHEET), {}, [5]),
    "text named xls": ("o.xls", GOOD.replace(",", "\t"), {}, PLAIN),
    "page named xls": ("o.xls", TABLE.encode("gb18030"), NAMES, [1005.5]),
    "XML spreadsheet named xls": ("o.xls", XML, {}, [5]),
    "workbook whose first sheet is empty": ("o.xlsx", workbook([], SHEET), {}, [5]),
    "zip of months": ("o.zip", zipped({"m2.csv": HEAD + "2025-02-01,2,x\n", "m1.csv": HEAD + "2025-01-01,1,x\n"}), {},
                      [1, 2]),
    "zip in a zip": ("o.zip", zipped({"inner.zip": zipped({"o.csv": GOOD})}), {}, PLAIN),
    "zip, one of two": ("o.zip", zipped({"a.csv": GOOD, "b.csv": "item\nx\n"}), {"sheet": "a*"}, PLAIN),
    "JSON lines": ("o.jsonl", "\n".join(LINES), {}, list(range(1, 9))),
    "JSON list": ("o.json", json.dumps([json.loads(line) for line in LINES], indent=1), {}, list(range(1, 9))),
    "decimal comma": ("o.csv", HEAD.replace(",", ";") + "2025-01-01;1.234,50;x\n2025-01-02;7;y\n", {}, [1234.5, 7]),
    "single quotes": ("o.csv", "'date','amount','customer'\n'2025-01-01','5','O\"x'\n", {}, [5]),
    "backslash before quotes": ("o.csv", HEAD + '2025-01-01,5,"a \\"b\\" c"\n2025-01-02,6,d\n', {}, [5, 6]),
    "a note under the header": ("o.csv", HEAD + "格式 yyyy-mm-dd,单位：元,\n" + ROWS, {}, PLAIN),
    "lines in a cell": ("o.csv", HEAD + '2025-01-01,5,"two\r\nlines"\r\n' + ROWS, {}, [5, *PLAIN]),
}


@pytest.mark.parametrize("case", READ)
def test_what_only_looks_broken_is_read(tmp_path, case):
    name, content, changes, expected = READ[case]
    assert amounts(through(tmp_path, name, content, **changes)) == expected


def test_a_password_from_the_environment_opens_both_kinds_of_lock(tmp_path, monkeypatch):
    monkeypatch.setenv("RELOPS_ZIP_PASSWORD", "secret")
    assert amounts(through(tmp_path, "o.zip", zipped({"o.csv": GOOD}, b"secret"))) == PLAIN


def test_a_password_is_asked_for_on_a_terminal(tmp_path, monkeypatch):
    monkeypatch.delenv("RELOPS_ZIP_PASSWORD", raising=False)
    asked = []
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or "secret")
    assert amounts(through(tmp_path, "o.zip", zipped({"o.csv": GOOD}, b"secret"))) == PLAIN
    assert len(asked) == 1 and "o.zip" in asked[0]


def test_databases_are_read(tmp_path):
    for kind in ("sqlite", "duckdb"):
        content = database(tmp_path, kind, "orders", "lines")
        assert amounts(through(tmp_path / kind, "o.db", content, sheet="orders")) == [7.25]


def test_what_is_left_out_is_told_with_its_line(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "~$o.csv").write_bytes(b"\0lock")
    door = through(tmp_path, "o.csv", GOOD + HEAD + "合计,5,\n", files="data/*.csv")
    assert [(one.reason, one.rows, one.file, one.line) for one in door.audit.warnings] == [
        ("header_again", 1, "data/o.csv", 30), ("lock_file", 1, "~$o.csv", 0), ("total_row", 1, "data/o.csv", 31)]
    assert door.classes() == (28, 28, 0, 0, 0, 0)


def test_a_zip_made_in_china_keeps_its_names(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("orders_XXXX.csv", GOOD)
    content = buffer.getvalue().replace(b"orders_XXXX", "订单".encode("gb18030") + b"_2025_X"[:7])
    door = through(tmp_path, "o.zip", content)
    assert [file.file for file in door.audit.files] == ["data/o.zip/订单_2025_X.csv"]
