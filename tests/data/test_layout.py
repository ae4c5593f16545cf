"""Where the table stands in files as programs print them: titles, headers of two rows, notes and totals below."""

import datetime
import io

import openpyxl
import pytest

from relops.data.readers.layout import find_table, footer_rows
from relops.data.readers.sniff import sniff
from relops.data.readers.text_files import find_quote, find_separator


def rows(*lines: str, sign: str = ",") -> list[tuple[int, list[str]]]:
    return [(number, line.split(sign)) for number, line in enumerate(lines, 1) if line]


DATA = ["2025-01-01,A1,5.00", "2025-01-02,A2,6.00", "2025-01-03,A3,7.00"]


@pytest.mark.parametrize(("above", "line", "last", "names"), [
    (["date,id,sum"], 1, 1, ("date", "id", "sum")),
    (["报表,,", "导出时间：[2025-02-01],,", "----------,,", "日期,单号,金额"], 4, 4, ("日期", "单号", "金额")),
    (["#账务明细", "", "日期,单号,金额"], 3, 3, ("日期", "单号", "金额")),
    (["日期,单号,金额", "格式：年月日,唯一,单位：元"], 1, 2, ("日期", "单号", "金额")),
    (["日期,订单,", ",编号,金额"], 1, 2, ("日期", "订单 编号", "订单 金额")),
])
def test_the_header_is_found(above, line, last, names):
    found = find_table(rows(*above, *DATA))
    assert (found.header_line, found.last_line, found.names) == (line, last, names)


def test_a_first_row_of_data_is_no_explanation():
    found = find_table(rows("date,id,note", "2025-01-01,A1,gift", "2025-01-02,A2,x"))
    assert (found.last_line, found.explained) == (1, None)


def test_titles_alone_are_no_table():
    assert find_table([(1, ["报表", "", ""]), (2, ["说明", "", ""]), (3, ["", "", "x"])]) is None


def test_a_file_without_header_is_told_by_its_cells():
    found = find_table(rows(*DATA), headed=False)
    assert (found.header_line, found.names) == (0, ("", "", ""))


@pytest.mark.parametrize(("below", "cut"), [
    ([], 0), (["合计,,18.00"], 1), (["Grand total,,18.00"], 1), (["小计,,18.00", "合计,,18.00", "注：含税,,"], 3),
    (["--------", "共3笔记录", "已收入:3笔"], 3), (["总交易单数,总金额,", "3,18.00,"], 2),
    (["2025-01-04,A4,"], 0), (["2025-01-04,,"], 0), (["Total,A5,9.00"], 0),
])
def test_what_stands_below_the_table_is_cut(below, cut):
    body = [cells for _, cells in rows(*DATA * 3)]
    tail = [cells + [""] * (3 - len(cells)) for _, cells in rows(*below)]
    assert footer_rows(body + tail, body, 3) == cut


def test_lines_of_an_order_that_fill_few_cells_stay():
    first, further = ["#1", "a@b.c", "paid", "9", "1", "Tea"], ["#1", "", "", "", "2", "Cup"]
    assert footer_rows([first, further, further], [first, further, further], 6) == 0


@pytest.mark.parametrize(("lines", "found"), [
    (["a,b\n", "1,2\n"], ","), (["a;b\n", "1,5;2,5\n"], ";"), (["a\tb, c\n", "1\t2, 3\n"], "tab"),
    (["Liste 2025 Seite 1\n", "-----\n", "|a  |b |\n", "|1 2|3 |\n", "|4 5|6 |\n", "|4 5|6 |\n", "|7 8|9 |\n"], "|"),
    (["1 19970101 2 5\n", "2 19970102 1 6\n"], "blanks"),
])
def test_the_separator_is_found(lines, found):
    assert find_separator(lines) == found


@pytest.mark.parametrize(("lines", "found"), [
    (['"a","b"\n', '"x ""y""","z"\n'], ('"', '"')), (["'a','b'\n", "'x','z'\n"], ("'", "'")),
    (['a,b\n', '"x \\"y\\" z",1\n'], ('"', "\\")), (["'00123,5\n", "'00124,6\n"], ('"', '"')),
])
def test_the_quote_is_found(lines, found):
    assert find_quote(lines) == found


def test_a_report_of_a_shop_with_merged_cells(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["2025 年门店销售报表"])
    sheet.append(["单位：元", None, None, None, None, "制表：张三"])
    sheet.append([])
    sheet.append(["日期", "门店", "会员号", "销售", None, "退款", None])
    sheet.append([None, None, None, "金额", "件数", "金额", "件数"])
    for day in range(1, 9):
        store = "一店" if day % 2 else None
        sheet.append([datetime.date(2025, 1, day), store, 10000 + day, 100.5, 2, 0, 0])
    sheet.append(["合计", None, None, 804, 16, 0, 0])
    sheet.append(["注：以上数据含税"])
    for area in ("A1:G1", "A4:A5", "B4:B5", "C4:C5", "D4:E4", "F4:G4", "B6:B7", "B8:B9", "B10:B11", "B12:B13"):
        sheet.merge_cells(area)
    buffer = io.BytesIO()
    book.save(buffer)
    (tmp_path / "report.xlsx").write_bytes(buffer.getvalue())
    form = sniff(tmp_path / "report.xlsx")
    assert form.names == ("日期", "门店", "会员号", "销售 金额", "销售 件数", "退款 金额", "退款 件数")
    found = form.engine.rows(f"SELECT line, c0, c1, c2, c3 FROM {form.staged.table} ORDER BY n")
    assert found == [(day + 5, f"2025-01-{day:02d}", "一店", str(10000 + day), "100.5") for day in range(1, 9)]
    assert [(one.reason, one.rows, one.line) for one in form.staged.left_out] == [("total_row", 2, 14)]
