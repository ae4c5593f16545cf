"""Files of every kind become the same rows, each with the line an editor shows."""

import csv
import gzip
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from relops.brief.sources import Source
from relops.data.cells import define_cells
from relops.data.engine import Engine
from relops.data.readers import file_formats
from relops.data.readers.sheets import other_sheets, read_sheet
from relops.data.sources import stage
from relops.errors import BadInput

ROWS = [("订单号", "日期", "金额"), ("A1", "2025-01-02", "12.50"), ("A2", "2025-01-03", "7"), ("A3", "2025-01-04", "8")]
CELLS = ROWS[1:]


def staged(folder: Path, content: bytes, name="o.csv", **source):
    """Lines, faults and cells of a staged file."""
    (folder / name).write_bytes(content)
    (folder / "drafts").mkdir(exist_ok=True)
    with Engine.create(folder / "e.duckdb") as engine:
        define_cells(engine)
        one = stage(engine, folder, Source(table="orders", files=name, **source), 0, folder / "drafts")
        return one, engine.rows(f"SELECT * EXCLUDE (n, file) FROM {one.table} ORDER BY n")


def text(separator=",", end="\n", rows=ROWS):
    return end.join(separator.join(row) for row in rows) + end


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("stated", [True, False])
def test_encodings(tmp_path, encoding, stated):
    _, rows = staged(tmp_path, text().encode(encoding), encoding=encoding if stated else "auto")
    assert [row[3:] for row in rows] == CELLS
    assert [row[0] for row in rows] == [2, 3, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("word", "separator"), [(",", ","), (";", ";"), ("tab", "\t"), ("|", "|"), ("blanks", "   ")])
def test_separators_found_or_stated(tmp_path, word, separator, end):
    for stated in (word, "auto"):
        _, rows = staged(tmp_path, text(separator, end).encode(), separator=stated)
        assert [row[3:] for row in rows] == CELLS
        assert [row[0] for row in rows] == [2, 3, 4]


def test_without_header_and_with_gzip(tmp_path):
    content = text(rows=ROWS[1:]).encode()
    one, rows = staged(tmp_path, gzip.compress(content), "o.csv.gz", header="none")
    assert one.headers == ["column_1", "column_2", "column_3"]
    assert [(row[0], *row[3:]) for row in rows] == [(line, *cells) for line, cells in enumerate(CELLS, 1)]
    one, _ = staged(tmp_path, gzip.compress(content), "o.csv.gz", header="none", names=["id", "day", "sum"])
    assert one.headers == ["id", "day", "sum"]


def test_header_in_a_later_line_and_footer(tmp_path):
    content = "订单导出\n2025 年\n" + text() + "合计,,27.50\n"
    one, rows = staged(tmp_path, content.encode(), header=3, footer=1, separator=",")
    assert one.headers == list(ROWS[0])
    assert [(row[0], *row[3:]) for row in rows] == [(line, *cells) for line, cells in enumerate(CELLS, 4)]


def test_workbook(tmp_path):
    frame = pd.DataFrame({"id": ["007", "008"], "when": pd.to_datetime(["2025-01-02 10:30", "2025-01-03 00:00"]),
                          "sum": [12.5, 7.0], "ok": [True, False], "note": [None, "x"]})
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as writer:
        pd.DataFrame({"other": [1]}).to_excel(writer, sheet_name="first", index=False)
        frame.to_excel(writer, sheet_name="orders", index=False, startrow=2)
    one, rows = staged(tmp_path, buffer.getvalue(), "o.xlsx", sheet="orders")
    assert one.headers == ["id", "when", "sum", "ok", "note"]
    assert rows == [(4, None, None, "007", "2025-01-02 10:30:00", "12.5", "true", None),
                    (5, None, None, "008", "2025-01-03", "7", "false", "x")]


def test_parquet(tmp_path):
    frame = pd.DataFrame({"line": ["a", "b"], "when": pd.to_datetime(["2025-01-02 10:30", None]), "sum": [12.5, None]})
    frame.to_parquet(tmp_path / "o.parquet")
    one, rows = staged(tmp_path, (tmp_path / "o.parquet").read_bytes(), "o.parquet")
    assert one.headers == ["line", "when", "sum"]
    assert rows == [(1, None, None, "a", "2025-01-02 10:30:00", "12.5"), (2, None, None, "b", None, None)]


def test_stacked_files_meet_by_header(tmp_path):
    (tmp_path / "m1.csv").write_text("id,sum\n1,5\n")
    (tmp_path / "m2.csv").write_text("sum,extra,id\n6,x,2\n")
    (tmp_path / "drafts").mkdir()
    with Engine.create(tmp_path / "e.duckdb") as engine:
        define_cells(engine)
        one = stage(engine, tmp_path, Source(table="orders", files="m*.csv"), 0, tmp_path / "drafts")
        assert one.headers == ["id", "sum", "extra"]
        assert engine.rows(f"SELECT file, line, c0, c1, c2 FROM {one.table} ORDER BY n") == [
            (0, 2, "1", "5", None), (1, 2, "2", "6", "x")]
    assert [(file.name, file.rows) for file in one.files] == [("m1.csv", 1), ("m2.csv", 1)]


def test_lines_are_those_of_the_file(tmp_path):
    content = 'id,note,sum\n1,"two\nlines",5\n\n2,x,6\n3,y\n4,"a ""quoted"" word",7,8\n5,z,9\n'
    _, rows = staged(tmp_path, content.encode())
    assert rows == [(2, None, None, "1", "two\nlines", "5"), (5, None, None, "2", "x", "6"),
                    (6, "width", "3,y", None, None, None),
                    (7, "width", '4,"a ""quoted"" word",7,8', None, None, None), (8, None, None, "5", "z", "9")]


def test_unnamed_columns_at_the_end_may_be_short(tmp_path):
    one, rows = staged(tmp_path, b"id,sum,,\n1,5,,\n2,6\n3,7,x,\n4\n")
    assert one.headers == ["id", "sum", "column_3", "column_4"]
    assert [row[1:6] for row in rows] == [(None, None, "1", "5", None), (None, None, "2", "6", None),
                                          (None, None, "3", "7", "x"), ("width", "4", None, None, None)]


def test_a_cell_of_ten_megabytes_is_refused_with_its_line(tmp_path):
    content = b"id,sum\n1,5\n2," + b"x" * 10_000_000 + b"\n3,7\n"
    _, rows = staged(tmp_path, content)
    assert [(row[0], row[1], row[3]) for row in rows] == [(2, None, "1"), (3, "cell_size", None), (4, None, "3")]
    assert len(rows[1][2]) == file_formats.KEPT_OF_A_FAULTY_ROW


def test_a_name_with_signs_of_a_pattern_is_one_file(tmp_path):
    (tmp_path / "o1.csv").write_text("id\n9\n")
    for name in ("o[1].csv", "o[1].parquet"):
        pd.DataFrame({"订单号": ["A1"]}).to_parquet(tmp_path / name)
        content = text().encode() if name.endswith("csv") else (tmp_path / name).read_bytes()
        assert staged(tmp_path, content, name)[1][0][3] == "A1"


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=[("", file_formats.ABSENT)], footer=0, end="\n", tail="", blank=False)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), footer=st.integers(0, 2),
       end=st.sampled_from(["\n", "\r\n"]), tail=st.sampled_from(["", "\n", "\n\n"]), blank=st.booleans())
def test_both_readers_agree(tmp_path, rows, footer, end, tail, blank):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end).writerows([("a", "b"), *rows])
    content = (buffer.getvalue() + (end if blank else "") + "x,y" + tail).encode()
    both = []
    ways = ("_fill_plainly", "_fill_exactly")
    for barred in ((), ways[:1], ways):
        with pytest.MonkeyPatch.context() as patch:
            for way in barred:
                patch.setattr(file_formats, way, lambda *_: False)
            try:
                both.append(staged(tmp_path, content, footer=footer, separator=",")[1])
            except BadInput as fault:
                both.append([problem.code for problem in fault.problems])
    assert both[0] == both[1] == both[2]


def test_the_engine_reads_plain_files_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(file_formats, "_fill_row_by_row", None)
    for content in (text().encode(), text(end="\r\n").encode("gb18030"), (text() + "\n\n").encode()):
        assert [row[3:] for row in staged(tmp_path, content)[1]] == CELLS


def sheets(path: Path, **content: list) -> bytes:
    """A workbook of sheets, each of rows below the same header."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in content.items():
        sheet = book.create_sheet(name)
        for row in [ROWS[0], *rows]:
            sheet.append(row)
    book.save(path)
    return path.read_bytes()


@pytest.mark.parametrize(("names", "read"), [
    (("3月", "4月"), 2), (("Sheet1", "Sheet2"), 2), (("2025-01", "2025-02"), 2), (("Jan 25", "February 25"), 2),
    (("一月", "十二月"), 2), (("销售单", "退货单"), 1), (("3月", "汇总"), 1)])
def test_sheets_of_a_series_are_read_together(tmp_path, names, read):
    content = sheets(tmp_path / "b.xlsx", **{names[0]: CELLS[:2], names[1]: CELLS[2:]})
    one, rows = staged(tmp_path, content, "o.xlsx")
    assert [row[3:] for row in rows] == CELLS[:2] + (CELLS[2:] if read == 2 else [])
    assert [file.name for file in one.files] == ([f"o.xlsx#{name}" for name in names] if read == 2 else ["o.xlsx"])
    assert other_sheets(tmp_path / "o.xlsx") == ([] if read == 2 else [names[1]])
    _, rows = staged(tmp_path, content, "o.xlsx", sheet=names[1])
    assert [row[3:] for row in rows] == CELLS[2:]


def test_a_sheet_that_repeats_another_is_refused(tmp_path):
    content = sheets(tmp_path / "b.xlsx", 订单1=CELLS[:2], 订单2=CELLS)
    with pytest.raises(BadInput) as raised:
        staged(tmp_path, content, "o.xlsx")
    (problem,) = raised.value.problems
    assert (problem.code, problem.place, problem.values["other"]) == (
        "data.door.sheets_again", "o.xlsx#订单2", "o.xlsx#订单1")


def test_a_new_workbook_of_an_old_name(tmp_path):
    content = sheets(tmp_path / "b.xlsx", orders=CELLS)
    for name in ("o.xls", "o.xlsb", "o.ods", "o.csv"):
        assert [row[3:] for row in staged(tmp_path, content, name)[1]] == CELLS


def test_a_sheet_of_instructions_gives_way_to_the_table_and_further_tables_are_named(tmp_path):
    path = tmp_path / "orders.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "读我"
    book.active.append(["本表由系统导出，请勿修改表头"])
    for name in ("销售单", "退货单"):
        sheet = book.create_sheet(name)
        sheet.append(["单号", "金额"])
        sheet.append([name, 5])
    book.save(path)
    assert [cells for _, cells in read_sheet(path, "orders.xlsx", None)] == [["单号", "金额"], ["销售单", "5"]]
    assert other_sheets(path) == ["退货单"]
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert other_sheets(tmp_path / "orders.csv") == []
