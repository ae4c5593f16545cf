"""Fitted purchase models side by side: log-likelihood, AIC, and likelihood-ratio tests where one holds another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from relops.customers.models import PurchaseModel

# the models that come down to NBD where nobody stops; BG/NBD and MBG/NBD are not special cases of each other
HOLD_NBD = ("bg_nbd", "mbg_nbd", "pareto_nbd")


def compare_models(models: Sequence[PurchaseModel]) -> pd.DataFrame:
    """Return one row a model: model, parameters (how many), log_likelihood, aic, aic_gap (to the least), and, where
    the model holds NBD as a special case and NBD is among them, likelihood_ratio (twice the gain over NBD), degrees
    and p_at_most.

    "Nobody stops" lies on the edge of what the parameters can be, where the ratio follows a mixture of chi-square
    distributions with fewer degrees (Self and Liang 1987): the p-value of the full number of degrees is an upper
    bound. Raises ValueError when the models were not fitted to the same customers in one unit and grain.
    """
    if len({(model.n, model.unit, model.event_grain) for model in models}) > 1:
        raise ValueError("models compare only when fitted to the same customers, in one unit and grain")
    reached = {model.name: (model.log_likelihood, len(model.theta)) for model in models}
    rows = []
    for model in models:
        gain, degrees, most = np.nan, np.nan, np.nan
        if model.name in HOLD_NBD and "nbd" in reached:
            simple, few = reached["nbd"]
            gain, degrees = max(0.0, 2 * (model.log_likelihood - simple)), len(model.theta) - few
            most = float(chi2.sf(gain, degrees))
        rows.append({"model": model.name, "parameters": len(model.theta), "log_likelihood": model.log_likelihood,
                     "aic": model.aic, "likelihood_ratio": gain, "degrees": degrees, "p_at_most": most})
    table = pd.DataFrame(rows)
    table.insert(4, "aic_gap", table["aic"] - table["aic"].min())
    return table
