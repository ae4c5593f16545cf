"""What is guessed is what the door reads: small files of many forms go through both, row by row."""

import pytest

from relops.data import ingest
from relops.data.engine import Engine
from relops.data.starter import new_project
from relops.project import Project

LIST = ("订单号,订单状态,订单创建时间,买家手机号,订单实付金额,\n"
        "E1,交易成功,2024-03-01 10:00:00,13800000001,88.50,\n"
        "E2,交易关闭,2024-03-15 11:00:00,13800000002,120.00,\n"
        "E3,交易成功,2024-04-02 12:30:00,,45.00,\n")
EURO = ("Order No ;Order Date (UTC) ;E-Mail ; Total \n"
        "A-1;2024/3/1 8:05;a@b.org;¥1,200\nA-2;2024/3/2 9:15;c@d.org;30元\n")
LINES = ("单号\t日期\t会员号\t数量\t单价\n"
         "1\t2024-01-02\tm1\t2\t9.9\n1\t2024-01-02\tm1\t-1\t5\n2\t2024-01-03\tm2\t1\t3\n")
ZONES = "customer_id,date,amount\na,2024-03-01T10:00:00Z,3.5\nb,2024-03-02T11:00:00+08:00,4.5\n"


@pytest.mark.parametrize(("text", "encoding", "counts", "gross"), [
    (LIST, "utf-8", (3, 2, 0, 1), 133.5), (LIST, "utf-8-sig", (3, 2, 0, 1), 133.5),
    (LIST, "gb18030", (3, 2, 0, 1), 133.5), (LIST, "utf-16", (3, 2, 0, 1), 133.5),
    (EURO, "utf-8", (2, 2, 0, 0), 1230), (LINES, "utf-8", (3, 2, 1, 0), 17.8), (ZONES, "utf-8", (2, 2, 0, 0), 8),
    ("customer_id,date,amount\na,13/01/2024,3.5\nb,02/01/2024,4.5\n", "utf-8", (2, 2, 0, 0), 8),
    ("会员号,日期,金额\na,2024年3月1日,3.5\nb,2024年3月12日,4.5\n", "utf-8", (2, 2, 0, 0), 8),
    ("order_id,date,amount,city\n1,2024-01-02,3.5,Zürich\n2,2024-01-03,4,Orléans\n", "cp1252", (2, 2, 0, 2), 7.5),
    ("7 20240102 3.5\n8 20240103 4.0\n7 20240105 1.0\n", "utf-8", (3, 3, 0, 0), 8.5),
], ids=["list", "list-bom", "list-gb18030", "list-utf16", "euro", "lines", "zones", "day-first", "chinese-dates",
        "western", "no-header"])
def test_orders(tmp_path, text, encoding, counts, gross):
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode(encoding))
    project = Project.open(new_project(tmp_path / "p", [path], data_end="2024-04-30"))
    audit = ingest(project, tmp_path / "engine.duckdb", tmp_path / "quarantine")
    assert audit.refusals == ()
    assert tuple(audit.rows("orders", name) for name in (
        "rows_in", "rows_used", "rows_merged", "rows_anonymous")) == counts
    with Engine.open(tmp_path / "engine.duckdb") as engine:
        assert float(engine.value("SELECT sum(amount) FROM orders")) == gross


@pytest.mark.parametrize(("text", "table"), [
    ("提交答卷时间,会员号,推荐意愿,建议\n2024-01-02 10:00:00,a,9,快\n", "feedback"),
    ("工单号,受理时间,关闭时间,会员号\nT1,2024-01-02,2024-01-03,a\n", "tickets"),
    ("推荐人,被推荐人,邀请时间\na,b,2024-01-02\n", "referrals"),
    ("客户编号,注册时间,会员等级,积分,客户生日\na,2024-01-02,金卡,30,1990-01-02\n", "customers"),
    ("会员号,发送时间,渠道,活动编号\na,2024-01-02,短信,c1\n", "touches"),
    ("发布时间,平台,内容\n2024-01-02,微博,好\n", "mentions"),
    ("userid,version,retention_1\n1,gate_30,True\n", "assignments"),
])
def test_other_tables(tmp_path, text, table):
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    project = Project.open(new_project(tmp_path / "p", [path], data_end="2024-04-30"))
    audit = ingest(project, tmp_path / "engine.duckdb", tmp_path / "quarantine")
    assert (audit.rows(table, "rows_in"), audit.rows(table, "rows_used")) == (1, 1)
