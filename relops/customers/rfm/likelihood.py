"""The optional fourth letter, L: how likely another purchase is. It stands beside M and never takes its place."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.estimates import Estimate, estimate_share
from relops.store import MIN_PEOPLE_FOR_RATE
from relops.units import DAYS_PER_WEEK


@dataclass(frozen=True)
class Likelihood:
    """L by scores of R and F: the share of customers with these scores on ``cut`` who bought again in the ``weeks``
    after it. No model is in it: it is what happened the last time.

    ``cells``: recency_score, frequency_score, customers (then), likelihood, low, high (Wilson), customers_now and
    monetary_now (their mean total revenue today, M); cells of fewer than thirty then have no L. ``overall`` pools all.
    """

    weeks: int
    cut: datetime.date
    cells: pd.DataFrame
    overall: Estimate


def likelihood_cut(data_end: datetime.date | None, weeks: int) -> datetime.date | None:
    """Return the day whose customers are watched for ``weeks`` up to the end of the data; None where nothing in them
    bears a date."""
    return None if data_end is None else data_end - datetime.timedelta(weeks * DAYS_PER_WEEK)


@unless_unavailable
def likelihood(then: pd.DataFrame, now: pd.DataFrame, data_end: datetime.date, weeks: int) -> Likelihood:
    """Return L from the summaries of likelihood (on the earlier day) and scores (today). Raises Unavailable (M2) where
    fewer than thirty customers had bought by the earlier day."""
    customers = int(then["customers"].sum())
    if customers < MIN_PEOPLE_FOR_RATE:
        raise Unavailable(TOO_LITTLE, "orders.ordered_at")
    keys = ["recency_score", "frequency_score"]
    today = now.groupby(keys, as_index=False)[["customers", "revenue"]].sum()
    today["monetary_now"] = today["revenue"] / today["customers"]
    today = today.rename(columns={"customers": "customers_now"}).drop(columns="revenue")
    cells = then.merge(today, on=keys, how="outer").sort_values(keys, ignore_index=True)
    shares = [estimate_share(row.returned, int(row.customers)) if row.customers >= MIN_PEOPLE_FOR_RATE else None
              for row in cells.itertuples(index=False)]
    for key, source in (("likelihood", "value"), ("low", "low"), ("high", "high")):
        cells[key] = [np.nan if share is None else getattr(share, source) for share in shares]
    return Likelihood(weeks, likelihood_cut(data_end, weeks), cells,
                      estimate_share(int(then["returned"].sum()), customers))
