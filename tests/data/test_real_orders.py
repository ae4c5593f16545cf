"""Public data through the door, against figures published or counted by other means."""

import os
from pathlib import Path

import pandas as pd
import pytest
from door_project import Door

REAL = os.environ.get("RELOPS_REAL_DATA")
pytestmark = [pytest.mark.real, pytest.mark.skipif(not REAL, reason="RELOPS_REAL_DATA names no folder of public data")]
LINES = {"table": "orders", "grain": "line", "columns": {
    "ordered_at": "InvoiceDate", "order_id": "InvoiceNo", "customer_id": "CustomerID", "quantity": "Quantity",
    "amount": {"sql": "Quantity * UnitPrice"}, "region": "Country"}}
BRITISH = {"finance__currency": "GBP", "period__timezone": "Europe/London", "period__data_end": "2011-12-09"}


def retail(folder: Path, **source) -> Door:
    file = Path(REAL) / "online_retail_2010_2011.csv.gz"
    columns = LINES["columns"] | source.pop("columns", {})
    return Door(folder, {}, LINES | {"files": str(file), "columns": columns} | source, **BRITISH)


@pytest.fixture(scope="module")
def as_it_is(tmp_path_factory):
    return retail(tmp_path_factory.mktemp("retail"), refunds="negative")


def test_every_line_lands(as_it_is):
    assert as_it_is.classes() == (541_909, 25_900, 516_009, 0, 0, 0)
    assert as_it_is.audit.rows("orders", "rows_anonymous") == 135_080
    assert [(w.reason, w.rows) for w in as_it_is.audit.warnings] == [("identical_rows", 5_268)]


def test_orders_and_revenue(as_it_is):
    total, records, orders = as_it_is.rows(
        "SELECT CAST(sum(amount) AS VARCHAR), count(*), count(*) FILTER (NOT is_refund) FROM orders")[0]
    assert (total, records, orders) == ("9747747.9340", 25_900, 22_064)


def test_refunds_are_settled_or_told(as_it_is):
    refunds = as_it_is.audit.refunds
    assert (refunds.records, refunds.total) == (3_836, 896_812.49)
    assert refunds.matched + refunds.unmatched == pytest.approx(refunds.total)
    assert refunds.unmatched == pytest.approx(308_086.84)
    assert as_it_is.rows("SELECT count(*) FROM purchases WHERE net_amount < 0 AND amount > 0") == [(0,)]


def test_identified_positive_lines(tmp_path):
    positive = "CASE WHEN Quantity > 0 AND UnitPrice > 0 AND CustomerID IS NOT NULL THEN 'keep' ELSE 'drop' END"
    through = retail(tmp_path, columns={"status": {"sql": positive}},
                     status={"counted": ["keep"], "not_counted": ["drop"]})
    orders, customers, revenue = through.rows(
        "SELECT count(*), count(DISTINCT customer_id), CAST(sum(amount) AS DOUBLE) FROM purchases")[0]
    assert round(orders / customers, 2) == 4.27
    assert round(revenue / orders) == 481
    assert through.classes()[4] == 541_909 - 397_884


def test_purchase_days_equal_those_counted_in_pandas(as_it_is):
    frame = pd.read_csv(Path(REAL) / "online_retail_2010_2011.csv.gz", dtype={"InvoiceNo": str, "CustomerID": str})
    frame["day"] = frame["InvoiceDate"].str[:10]
    orders = frame[~frame["InvoiceNo"].str.startswith("C")].dropna(subset="CustomerID")
    first_days = orders.groupby("InvoiceNo").agg(day=("day", "min"), customer=("CustomerID", "first"))
    days = len(first_days.drop_duplicates())
    assert as_it_is.rows("SELECT count(*), count(DISTINCT customer_id) FROM purchase_days") == [
        (days, first_days["customer"].nunique())]


def test_cdnow_master(tmp_path):
    source = {"table": "orders", "files": str(Path(REAL) / "cdnow_master.txt.gz"), "separator": "blanks",
              "columns": {"customer_id": "customer_id", "ordered_at": "date", "amount": "dollar_value"}}
    through = Door(tmp_path, {}, source, period__data_end="1998-06-30", period__timezone="America/New_York",
                   finance__currency="USD")
    assert through.classes() == (69_659, 69_659, 0, 0, 0, 0)
    customers, first, last = through.rows(
        "SELECT count(DISTINCT customer_id), min(day), max(day) FROM purchase_days")[0]
    assert (customers, str(first), str(last)) == (23_570, "1997-01-01", "1998-06-30")
