"""Purchases in an engine of their own: CDNOW as the lifetimes wheel carries it, or rows typed into a test."""

import datetime
from pathlib import Path

import ibis
import lifetimes
import pandas as pd
import pytest

CDNOW = Path(lifetimes.__file__).parent / "datasets"
DATA_START = datetime.date(1997, 1, 1)
CALIBRATION_END = datetime.date(1997, 9, 30)


class Purchases:
    """The two tables of purchases as the door leaves them: one row per order, one per customer and day."""

    def __init__(self, rows: pd.DataFrame, data_end: datetime.date):
        """``rows``: customer_id (None = anonymous), ordered_on, amount."""
        connection = ibis.duckdb.connect()
        connection.con.register("given", rows.astype({"ordered_on": "datetime64[s]"}))
        connection.con.execute(
            """CREATE TABLE purchases AS SELECT row_number() OVER () - 1 AS record, customer_id::VARCHAR AS
            customer_id, ordered_on::DATE AS ordered_on, amount::DECIMAL(18, 4) AS amount,
            amount::DECIMAL(18, 4) AS net_amount FROM given WHERE ordered_on::DATE <= ?""", [data_end])
        connection.con.execute(
            """CREATE TABLE purchase_days AS SELECT customer_id, ordered_on AS day,
            sum(net_amount)::DECIMAL(18, 4) AS amount, count(*) AS orders
            FROM purchases WHERE customer_id IS NOT NULL GROUP BY ALL""")
        self.purchases = connection.table("purchases")
        self.purchase_days = connection.table("purchase_days")
        self.data_end = data_end
        self.data_start = rows["ordered_on"].min() if len(rows) else data_end
        if hasattr(self.data_start, "date"):
            self.data_start = self.data_start.date()


def read_cdnow(name: str, columns: dict[int, str], skip: int = 0) -> pd.DataFrame:
    rows = pd.read_csv(CDNOW / name, sep=r"\s+", header=None, skiprows=skip, dtype=str)
    rows = rows[list(columns)].rename(columns=columns)
    rows["ordered_on"] = pd.to_datetime(rows["ordered_on"], format="%Y%m%d")
    return rows


@pytest.fixture(scope="session")
def sample_rows() -> pd.DataFrame:
    """The 1/10 sample of CDNOW: 6,919 orders of 2,357 customers, 1997-01-01 to 1998-06-30."""
    return read_cdnow("CDNOW_sample.txt", {1: "customer_id", 2: "ordered_on", 4: "amount"})


@pytest.fixture(scope="session")
def master_rows() -> pd.DataFrame:
    """All of CDNOW: 69,659 orders of 23,570 customers."""
    return read_cdnow("CDNOW_master.txt", {0: "customer_id", 1: "ordered_on", 3: "amount"}, skip=1)


@pytest.fixture(scope="session")
def sample(sample_rows) -> Purchases:
    """The sample up to the end of its usual calibration period, 1997-09-30."""
    return Purchases(sample_rows, CALIBRATION_END)


@pytest.fixture(scope="session")
def make_purchases():
    """A function that lays rows (customer_id, ordered_on, amount) into an engine."""
    def make(rows, data_end: datetime.date) -> Purchases:
        if not isinstance(rows, pd.DataFrame):
            rows = pd.DataFrame(rows, columns=["customer_id", "ordered_on", "amount"])
        return Purchases(rows, data_end)

    return make
