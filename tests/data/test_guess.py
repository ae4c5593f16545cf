"""The mapping guessed from an unknown file: headers in two languages, cells, grain, what is refused."""

import gzip
import os
from pathlib import Path

import lifetimes.datasets
import pandas as pd
import pytest

from relops.data.column_evidence import gather
from relops.data.guess import guess_source
from relops.data.misread import is_garbled
from relops.errors import BadInput

WHEEL = Path(lifetimes.datasets.__file__).parent


def write(folder: Path, text: str, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def problem(path: Path, **options) -> tuple[str, dict]:
    with pytest.raises(BadInput) as caught:
        guess_source(path, **options)
    assert all(each.render(language) for each in caught.value.problems for language in ("zh", "en"))
    first = caught.value.problems[0]
    return first.code.rpartition(".")[2], first.values


def test_cdnow_sample_without_header():
    source, notes = guess_source(WHEEL / "CDNOW_sample.txt")
    assert source == {
        "table": "orders", "files": "CDNOW_sample.txt", "header": "none", "separator": "blanks",
        "names": [f"column_{number}" for number in range(1, 6)], "encoding": "utf-8", "date_format": "%Y%m%d",
        "grain": "event",
        "columns": {"ordered_at": "column_3", "amount": "column_5", "customer_id": "column_1",
                    "quantity": "column_4"},
    }
    assert set(notes) >= {"table", "header", "separator", "encoding", "date_format", "grain"}
    assert all(set(note) == {"zh", "en"} for note in notes.values())


def test_cdnow_master_with_header():
    source, _ = guess_source(WHEEL / "CDNOW_master.txt")
    assert "header" not in source
    assert source["separator"] == "blanks"
    assert source["columns"] == {"customer_id": "customer_id", "ordered_at": "date", "amount": "dollar_value",
                                 "quantity": "number_of_cds"}


@pytest.mark.real
@pytest.mark.skipif("RELOPS_REAL_DATA" not in os.environ, reason="RELOPS_REAL_DATA names no folder")
def test_online_retail_as_it_is():
    source, notes = guess_source(Path(os.environ["RELOPS_REAL_DATA"]) / "online_retail_2010_2011.csv.gz")
    assert source["columns"] == {
        "ordered_at": "InvoiceDate", "customer_id": "CustomerID", "order_id": "InvoiceNo",
        "quantity": "Quantity", "product": "StockCode", "region": "Country",
        "amount": {"sql": "Quantity * UnitPrice"}}
    assert (source["grain"], source["refunds"], source["separator"]) == ("line", "negative", ",")
    assert "541,909" in notes["grain"]["zh"] and "25,900" in notes["grain"]["en"]
    assert "9,290" in notes["refunds"]["en"]
    assert "135,080" in notes["columns.customer_id"]["zh"]


YOUZAN = ("订单号,订单状态,订单创建时间,买家付款时间,买家昵称,买家手机号,全部商品名称,"
          "订单实付金额,分销员,销售渠道\n"
          "E1,交易成功,2024-03-01 10:00:00,2024-03-01 10:01:00,小王,13800000001,茶,88.50,张三,小程序\n"
          "E2,交易关闭,2024-03-15 11:00:00,2024-03-15 11:02:00,小李,13800000002,茶具,120.00,,门店\n"
          "E3,交易成功,2024-04-02 12:30:00,2024-04-02 12:31:00,小王,13800000001,茶,45.00,张三,小程序\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_order_list_in_every_encoding(tmp_path, encoding):
    source, notes = guess_source(write(tmp_path, YOUZAN, encoding=encoding))
    assert source["encoding"] == encoding.removesuffix("-sig")
    assert source["grain"] == "order" and "refunds" not in source
    assert source["columns"] == {
        "order_id": "订单号", "status": "订单状态", "ordered_at": "订单创建时间", "paid_at": "买家付款时间",
        "customer_id": "买家手机号", "product": "全部商品名称", "amount": "订单实付金额",
        "partner_id": "分销员", "channel": "销售渠道"}
    assert "联系方式" in notes["columns.customer_id"]["zh"]
    assert "status" in notes["columns.status"]["en"]


def test_masked_phones_are_no_customer_id(tmp_path):
    lines = ["订单号,下单时间,应付金额,联系电话"]
    lines += [f"{day},2024-03-{day:02d} 09:00:00,{day}.50,1******61{day:02d}" for day in range(1, 20)]
    source, notes = guess_source(write(tmp_path, "\n".join(lines)))
    assert "customer_id" not in source["columns"]
    assert source["columns"]["amount"] == "应付金额"
    assert "匿名" in notes["table"]["zh"]


def test_headers_with_blanks_and_brackets_are_recognised(tmp_path):
    text = ("Order No ;Order Date (UTC) ;E-Mail ; Total \n"
            "A-1;2024/3/1 8:05;a@b.org;¥1,200\nA-2;2024/3/2 9:15;c@d.org;30元\n")
    source, notes = guess_source(write(tmp_path, text))
    assert source["separator"] == ";"
    assert source["date_format"] == "%Y/%m/%d %H:%M"
    assert source["columns"] == {"order_id": "Order No", "ordered_at": "Order Date (UTC)",
                                 "customer_id": "E-Mail", "amount": "Total"}
    assert "please check" in notes["columns.ordered_at"]["en"]
    assert "fairly sure" in notes["columns.amount"]["en"]


def test_amount_as_product_needs_quoted_chinese_headers(tmp_path):
    text = ("单号\t日期\t会员号\t数量\t单价\n"
            "1\t2024-01-02\tm1\t2\t9.9\n1\t2024-01-02\tm1\t-1\t5\n2\t2024-01-03\tm2\t1\t3\n")
    source, _ = guess_source(write(tmp_path, text, "pos.txt"))
    assert source["columns"]["amount"] == {"sql": '"数量" * "单价"'}
    assert source["columns"]["quantity"] == "数量"
    assert (source["separator"], source["grain"], source["refunds"]) == ("tab", "line", "negative")


def test_an_order_total_repeated_on_each_line_is_warned_of(tmp_path):
    text = ("order_id,order_date,amount,product\n"
            "1,2024-01-02,50.0,a\n1,2024-01-02,50.0,b\n2,2024-01-03,20.0,c\n")
    source, notes = guess_source(write(tmp_path, text))
    assert source["grain"] == "line"
    assert "several times" in notes["grain"]["en"]


@pytest.mark.parametrize(("dates", "expected"), [
    (["13/01/2024", "02/01/2024"], "%d/%m/%Y"), (["01/13/2024", "01/02/2024"], "%m/%d/%Y"),
    (["2024年3月1日", "2024年3月12日"], "%Y年%m月%d日"),
    (["31.12.2023 10:30", "02.01.2024 08:00"], "%d.%m.%Y %H:%M"),
    (["20240301", "20240302"], "%Y%m%d"), (["2024-03-01T10:00:00Z", "2024-03-02T11:00:00Z"], None),
])
def test_date_forms(tmp_path, dates, expected):
    rows = "".join(f"c{number},{day},{number}.5\n" for number, day in enumerate(dates))
    source, _ = guess_source(write(tmp_path, "customer_id,date,amount\n" + rows))
    assert source.get("date_format") == expected


def test_ambiguous_day_and_month_is_asked_not_guessed(tmp_path):
    path = write(tmp_path, "customer_id,date,amount\na,01/02/2024,3.5\nb,03/04/2024,4.5\n")
    code, values = problem(path)
    assert (code, values["header"], values["example"]) == ("day_month", "date", "01/02/2024")
    source, _ = guess_source(path, date_format="%m/%d/%Y")
    assert source["date_format"] == "%m/%d/%Y"


def test_same_day_and_month_in_all_dates_is_not_ambiguous(tmp_path):
    source, _ = guess_source(write(tmp_path, "customer_id,date,amount\na,01/01/2024,3.5\nb,02/02/2024,4.5\n"))
    assert source["date_format"] == "%d/%m/%Y"


def test_missing_amount_lists_the_headers(tmp_path):
    code, values = problem(write(tmp_path, "客户编号,下单时间,备注\n7,2024-01-02,好\n8,2024-01-03,好\n"))
    assert (code, values["columns"]) == ("no_column", "amount")
    assert values["headers"] == "客户编号, 下单时间, 备注"


def test_a_lone_unknown_amount_is_found_by_its_cells(tmp_path):
    text = "member_id,Tag,Beleg\nm1,2024-01-02,9.95\nm2,2024-01-03,20.00\n"
    source, notes = guess_source(write(tmp_path, text))
    assert source["columns"] == {"customer_id": "member_id", "ordered_at": "Tag", "amount": "Beleg"}
    assert "cells alone" in notes["columns.amount"]["en"]


@pytest.mark.parametrize(("content", "code"), [
    (b"", "empty"), (b"\n\n", "empty"), (b"order_id,date,amount\n", "header_only"),
    (b"\x00\x01\x02\x00\x05", "zero_bytes"),
    (b"customer_id,date,amount\na,soon,3.5\nb,later,4.5\n", "no_dates"),
])
def test_unusable_files(tmp_path, content, code):
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    assert problem(path)[0] == code


def test_no_such_file(tmp_path):
    assert problem(tmp_path / "none.csv")[0] == "no_file"


def test_western_text_is_not_taken_for_chinese(tmp_path):
    text = "order_id,date,amount,city\n1,2024-01-02,3.5,Zürich\n2,2024-01-03,4.5,Orléans\n"
    assert guess_source(write(tmp_path, text, encoding="cp1252"))[0]["encoding"] == "cp1252"


def test_gz_workbook_and_parquet(tmp_path):
    times = pd.to_datetime(["2024-01-02 10:00", "2024-01-03 11:00"])
    frame = pd.DataFrame({"订单号": ["1", "2"], "下单时间": times,
                          "实付金额": [3.5, -1.0], "会员号": ["a", "b"]})
    (tmp_path / "o.csv.gz").write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    frame.to_excel(tmp_path / "o.xlsx", index=False)
    frame.to_parquet(tmp_path / "o.parquet")
    for name in ("o.csv.gz", "o.xlsx", "o.parquet"):
        source, _ = guess_source(tmp_path / name)
        assert source["refunds"] == "negative", name
        assert source["columns"] == {"order_id": "订单号", "ordered_at": "下单时间", "amount": "实付金额",
                                     "customer_id": "会员号"}, name


def test_a_survey_becomes_feedback(tmp_path):
    text = "提交答卷时间,会员号,推荐意愿,建议\n2024-01-02 10:00:00,a,9,快\n2024-01-03 11:00:00,b,3,慢\n"
    source, _ = guess_source(write(tmp_path, text))
    assert source["table"] == "feedback" and "grain" not in source
    assert source["columns"] == {"given_at": "提交答卷时间", "customer_id": "会员号", "score": "推荐意愿",
                                 "text": "建议", "kind": {"value": "nps"}}


def test_an_experiment_measured_elsewhere_keeps_its_outcomes(tmp_path):
    text = "userid,version,retention_7\n1,gate_30,True\n2,gate_40,False\n"
    source, _ = guess_source(write(tmp_path, text, "cookie.csv"))
    assert source["table"] == "assignments"
    assert source["columns"] == {"experiment_id": {"value": "cookie"}, "customer_id": "userid",
                                 "arm": "version", "retention_7": "retention_7"}


@pytest.mark.parametrize(("amount", "basis"), [("total", "order"), ("line_total", "line"), ("amount", None)])
def test_a_total_on_each_line_counts_once_where_its_name_says_so(tmp_path, amount, basis):
    text = f"order_id,order_date,{amount},product\n1,2024-01-02,50.0,a\n1,2024-01-02,50.0,b\n2,2024-01-03,20.0,c\n"
    assert guess_source(write(tmp_path, text))[0].get("amount_basis") == basis


def test_equal_lines_are_no_total_where_each_bears_its_own_price(tmp_path):
    text = ("order_id,order_date,total,product,qty,price\n1,2024-01-02,50.0,a,2,25\n1,2024-01-02,50.0,b,1,50\n"
            "2,2024-01-03,20.0,c,1,20\n")
    assert guess_source(write(tmp_path, text))[0]["amount_basis"] == "line"


def test_what_a_row_is_overrules_its_status(tmp_path):
    text = ("order_id,order_date,amount,status,type,voided\n1,2024-01-02,50,closed,Sale,no\n"
            "2,2024-01-02,50,closed,Refund,no\n"
            "3,2024-01-03,20,closed,Top up,no\n4,2024-01-03,20,closed,Sale,yes\n")
    source, notes = guess_source(write(tmp_path, text))
    assert source["status"] == {"recharge": ["Top up"], "not_counted": ["voided"]}
    assert source["columns"]["is_refund"] == {"sql": "CAST(type AS VARCHAR) IN ('Refund')"}
    assert source["columns"]["status"] == {"sql": (
        "CASE WHEN CAST(type AS VARCHAR) IN ('Top up') THEN CAST(type AS VARCHAR) "
        "WHEN CAST(voided AS VARCHAR) IN ('yes') THEN 'voided' "
        "WHEN coalesce(CAST(type AS VARCHAR), '') IN ('', 'Refund', 'Sale') THEN CAST(status AS VARCHAR) "
        "ELSE CAST(type AS VARCHAR) END")}
    assert "closed" in notes["columns.status"]["en"]  # whether closed means called off or settled, nothing says


@pytest.mark.parametrize(("status", "counted", "not_counted"), [
    ("closed", None, None), ("completed", ["completed"], ["closed"])])
def test_closed_means_called_off_only_beside_completed(tmp_path, status, counted, not_counted):
    text = f"order_id,order_date,amount,status\n1,2024-01-02,50,closed\n2,2024-01-02,50,{status}\n"
    rule = guess_source(write(tmp_path, text))[0].get("status", {})
    assert (rule.get("counted"), rule.get("not_counted")) == (counted, not_counted)


def test_names_sums_and_the_clients_own_people_are_no_keys_and_no_orders(tmp_path):
    text = "会员卡号,姓名,累计消费金额,最近消费时间,会员等级,积分\n"
    text += "M1,林,600,2024-03-01,金卡,3\nM2,王,60,2024-03-02,银卡,4\n"
    assert guess_source(write(tmp_path, text))[0]["table"] == "customers"
    text = ("Order No,Order Date,Total,Customer Name,Sales Agent Email,Guest E-mail\n"
            "1,2024-01-02,5,Lin,zhou@example.org,lin@example.org\n"
            "2,2024-01-03,6,Wang,zhou@example.org,wang@example.org\n")
    assert guess_source(write(tmp_path, text))[0]["columns"]["customer_id"] == "Guest E-mail"


def test_money_given_back_is_read_from_its_column_unless_rows_tell_it(tmp_path):
    head = "order_id,order_date,amount,refunded_amount,status\n"
    source, _ = guess_source(write(tmp_path, head + "1,2024-01-02,50,20,Partially refunded\n2,2024-01-02,9,0,Paid\n"))
    assert (source["refunds"], source["columns"]["refund_amount"]) == ("column", "refunded_amount")
    assert source["status"]["counted"] == ["Paid", "Partially refunded"]
    source, _ = guess_source(write(tmp_path, head + "1,2024-01-02,50,20,Paid\n1,2024-01-03,-20,0,Paid\n"))
    assert source["refunds"] == "negative" and "refund_amount" not in source["columns"]


@pytest.mark.parametrize(("header", "row", "table"), [
    ("工单号,受理时间,关闭时间,会员号", "T1,2024-01-02,2024-01-03,a", "tickets"),
    ("推荐人,被推荐人,邀请时间", "a,b,2024-01-02", "referrals"),
    ("客户编号,注册时间,会员等级,积分", "a,2024-01-02,金卡,30", "customers"),
    ("会员号,发送时间,渠道,活动编号", "a,2024-01-02,短信,c1", "touches"),
    ("发布时间,平台,内容", "2024-01-02,微博,好", "mentions"),
])
def test_other_tables_are_told_by_their_headers(tmp_path, header, row, table):
    assert guess_source(write(tmp_path, f"{header}\n{row}\n"))[0]["table"] == table


LINES = "order_id,order_date,customer_id,amount\n" + "".join(
    f"A{day},2025-01-{day:02d},c{day % 5},{{}}\n" for day in range(1, 29))


@pytest.mark.parametrize(("name", "text", "code"), [
    ("orders.csv", '{"error":"unauthorized","code":401,"message":"token expired"}', "server_answer"),
    ("orders.json", '{"errcode":40001,"errmsg":"invalid credential"}', "server_answer"),
    ("orders.csv", LINES.replace("{}", "#REF!"), "no_values"),
    ("orders.csv", LINES.replace("{}", "=C2*D2"), "no_values"),
    ("orders.csv", LINES.replace("{}", "much"), "no_column")])
def test_a_file_without_amounts_is_told_why(tmp_path, name, text, code):
    assert problem(write(tmp_path, text, name))[0] == code


@pytest.mark.parametrize("spoil", [
    lambda text: text.encode("gbk").decode("utf-8", "replace"), lambda text: text.encode("utf-8").decode("latin-1")])
def test_headers_that_were_garbled_in_saving(tmp_path, spoil):
    header = "订单号,下单时间,会员编号,实付金额"
    rows = LINES.partition("\n")[2].replace("{}", "5")
    assert problem(write(tmp_path, f"{spoil(header)}\n{rows}"))[0] == "garbled"


@pytest.mark.parametrize("header", ["Größe", "Prénom", "订单号", "Montant payé", "Año", "naïve façade", "café’s"])
def test_words_of_other_languages_are_not_garbled(header):
    assert not is_garbled(header)


def test_a_kind_of_row_that_comes_later_stops_at_the_door(tmp_path):
    """A value that the column lacked when the mapping was made is no sale by default."""
    text = "单号,日期,业务类型,金额\n1,2024-01-02,销售,50\n2,2024-01-02,退货,20\n"
    source, _ = guess_source(write(tmp_path, text))
    assert source["status"] == {"counted": ["counted"]}
    assert source["columns"]["status"]["sql"].endswith("ELSE CAST(\"业务类型\" AS VARCHAR) END")


def test_a_short_year_leads_over_all_pieces_of_a_sorted_file():
    """The days of the second piece alone could be years: the first one proves that they are none."""
    pieces = [pd.DataFrame({"day": pd.Series([f"24/1/{day}" for day in days], dtype="string")})
              for days in (range(3, 10), range(10, 29))]
    cells = gather(pieces)["day"]
    assert (cells.date_format, dict(cells.formats)) == ("%y/%m/%d", {"%y/%m/%d": 26})
    assert set(gather(pieces[1:])["day"].formats) == {"%d/%m/%y"}
