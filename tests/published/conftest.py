"""The 1/10 sample of CDNOW as the lifetimes wheel carries it (``CDNOW_sample.txt``): 6,919 rows, 2,357
customers."""

import datetime

import ibis
import pandas as pd
import pytest

from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma
from relops.customers.history import customer_history
from relops.customers.history_summary import history_summary, holdout_summary, spend_summary
from relops.data.public import cdnow_sample

CALIBRATION_END = datetime.date(1997, 9, 30)
HOLDOUT_END = datetime.date(1998, 6, 30)


@pytest.fixture(scope="session")
def cdnow_days():
    names = ["master_id", "customer_id", "day", "discs", "amount"]
    rows = pd.read_csv(cdnow_sample(), sep=r"\s+", header=None, names=names)
    rows["day"] = pd.to_datetime(rows["day"].astype(str), format="%Y%m%d")
    connection = ibis.duckdb.connect()
    connection.con.register("rows", rows)
    connection.con.execute("""CREATE TABLE purchase_days AS SELECT customer_id::VARCHAR AS customer_id,
        day::DATE AS day, sum(amount::DECIMAL(18, 4)) AS amount, count(*) AS orders FROM rows GROUP BY ALL""")
    return connection.table("purchase_days")


@pytest.fixture(scope="session")
def cdnow_history(cdnow_days):
    return customer_history(history_summary(cdnow_days, CALIBRATION_END), CALIBRATION_END)


@pytest.fixture(scope="session")
def cdnow_holdout(cdnow_days):
    return customer_history(holdout_summary(cdnow_days, CALIBRATION_END, HOLDOUT_END), CALIBRATION_END)


@pytest.fixture(scope="session")
def bg_nbd_model(cdnow_history):
    return fit_bg_nbd(cdnow_history)


@pytest.fixture(scope="session")
def gamma_gamma_model(cdnow_days):
    return fit_gamma_gamma(spend_summary(cdnow_days, CALIBRATION_END))
