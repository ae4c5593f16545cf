"""What was to be expected of a subject before a test: alive, and worth what over a year, as the models of customer
lifetime saw it on the eve of the first assignment. Nothing that came later plays a part, so both may be targeted by.
"""

from __future__ import annotations

import datetime

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from relops.customers.availability import Unavailable, attempt
from relops.customers.fitting import fit_gamma_gamma, fit_purchase_model
from relops.customers.history import constructed_history, read_history
from relops.customers.history_summary import KEYS, customer_histories, spend_summary
from relops.units import DAYS_PER

ALIVE, WORTH = "alive__before", "worth__before"
HORIZON_WEEKS = 52.0
HISTORY = [*KEYS, "mean_spend"]


def with_histories(subjects: ir.Table, purchase_days: ir.Table, day: datetime.date) -> ir.Table:
    """Return the subjects with the columns of :data:`HISTORY` up to a day, null for those who had not bought."""
    each = customer_histories(purchase_days, day).select("customer_id", *HISTORY)
    return subjects.left_join(each, "customer_id").drop("customer_id_right")


def lifetime_features(rows: pd.DataFrame, purchase_days: ir.Table, day: datetime.date) -> pd.DataFrame | None:
    """Return, for rows with the columns of :data:`HISTORY`, P(alive) on the day and the revenue expected in the
    :data:`HORIZON_WEEKS` after it; missing where nothing had been bought, None where the models cannot be fitted."""
    model = attempt(lambda: fit_purchase_model(read_history(purchase_days, day, "none")))
    spend = attempt(lambda: fit_gamma_gamma(spend_summary(purchase_days, day)))
    if isinstance(model, Unavailable) or isinstance(spend, Unavailable):
        return None
    known = rows["frequency"].notna().to_numpy()
    found = pd.DataFrame(np.nan, rows.index, [ALIVE, WORTH])
    if known.any():
        own = rows.loc[known, HISTORY].astype(float)
        history = constructed_history(own["frequency"], own["recency_days"] / DAYS_PER["weeks"],
                                      own["T_days"] / DAYS_PER["weeks"])
        each = spend.expected_spend_of(own["frequency"].to_numpy(), own["mean_spend"].to_numpy())
        found.loc[known, ALIVE] = model.probability_alive(history)
        found.loc[known, WORTH] = model.expected_purchases(history, HORIZON_WEEKS) * each
    return found
