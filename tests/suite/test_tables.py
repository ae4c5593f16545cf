import csv

import openpyxl
import pandas as pd
import pytest

from relops.exhibits import Column, Table
from relops.files import defused
from relops.store import Store, merge
from relops.suite.tables import write_tables

TITLE = "suite.tables.index"


@pytest.fixture
def written(tmp_path):
    frame = pd.DataFrame({
        "who": ["=HYPERLINK(0)", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "@suite.tables.rows", "成都\x07"],
        "share": [0.25] * 8, "rows": [1, 2, 3, 4, 5, 6, 7, None]})
    columns = (Column("who", "suite.tables.table"), Column("share", "suite.tables.filter", "share"),
               Column("rows", "suite.tables.rows", "rows"))
    store = Store(tmp_path / "store" / "91_a", "91_a", ("zh", "en"), ("2024-01-01", "2024-03-31"))
    store.add(Table("data.orders.table", TITLE, frame, columns, n=36, filter="=1+1"))
    for name in ("indeed", "also"):
        store.add(Table(f"data.orders_of_a_very_long_name_{name}.table", TITLE, frame[:1], columns))
    write_tables(tmp_path / "tables", merge(tmp_path / "store", ["91_a"]), ["zh", "en"])
    return tmp_path / "tables"


@pytest.mark.parametrize(("value", "safe"), [
    ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\ta", "'\ta"), ("\ra", "'\ra"),
    ("＝1", "'＝1"), ("\x01=1", "'=1"), ("a=1", "a=1"), (-1, -1), (None, None), ("", ""),
])
def test_no_text_is_taken_for_a_formula(value, safe):
    assert defused(value) == safe


def test_csv_has_the_mark_labels_and_whole_numbers(written):
    raw = (written / "data.orders.table.zh.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines(keepends=True)))
    assert rows[0] == ["表名", "取数条件", "行数（行）"]
    assert [row[0] for row in rows[1:]] == [
        "'=HYPERLINK(0)", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "行数", "成都"]
    assert rows[1][1:] == ["0.25", "1.0"]
    english = (written / "data.orders.table.en.csv").read_text(encoding="utf-8-sig").splitlines()
    assert english[0] == "Table,Filter,Rows (rows)"


def test_parquet_keeps_keys_and_types(written):
    frame = pd.read_parquet(written / "data.orders.table.parquet")
    assert list(frame) == ["who", "share", "rows"]
    assert frame["rows"].sum() == 28
    assert frame["who"][6] == "@suite.tables.rows"


def test_the_workbook_holds_every_table_and_an_index(written):
    book = openpyxl.load_workbook(written / "tables.xlsx")
    assert book.sheetnames == ["目录 Index", "data_orders", "data_orders_of_a_very_long_name",
                               "data_orders_of_a_very_long_n_2"]
    index = book.worksheets[0]
    assert [cell.value for cell in index[2]] == [
        "data_orders", "目录 / Index", "data.orders.table", "91_a", 8, 36, "2024-01-01 – 2024-03-31", "'=1+1"]
    sheet = book["data_orders"]
    assert [row[0].value for row in sheet.iter_rows(max_row=4)] == ["目录", "Index", "表名", "Table"]
    assert sheet["A11"].value == "行数 / Rows"
    assert sheet["B5"].value == 0.25
    assert sheet["B5"].number_format == "0.0%"
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
