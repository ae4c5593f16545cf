"""How a model follows the purchases of its customers week by week, through the hold-out and beyond."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from ibis import _

from relops.customers.availability import CHECK_FAILED, Unavailable
from relops.customers.models import PurchaseModel
from relops.customers.validation import Holdout
from relops.units import DAYS_PER_WEEK, convert_span


@dataclass(frozen=True, eq=False)
class Tracking:
    """Repeat purchases of the customers acquired by ``calibration_end``, week by week since the first of them:
    week, actual_weekly, expected_weekly, actual_cumulative, expected_cumulative. ``calibration_week`` is the
    week the model was fitted up to; ``surplus`` the surplus of expected over actual purchases after it."""

    model: str
    calibration_end: datetime.date
    calibration_week: float
    customers: int
    weeks: pd.DataFrame
    surplus: float


def repeat_purchases(purchase_days: Any, calibration_end: datetime.date, holdout_end: datetime.date) -> pd.DataFrame:
    """Return the repeat purchases of each day up to ``holdout_end``, by customers acquired by
    ``calibration_end``: day, purchases."""
    first = purchase_days.day.min().over(group_by=purchase_days.customer_id)
    later = purchase_days.mutate(first_day=first).filter(
        (_.first_day <= calibration_end) & (_.day > _.first_day) & (_.day <= holdout_end))
    counted = later.group_by("day").aggregate(purchases=_.count())
    return counted.order_by("day").to_pandas().astype({"day": "datetime64[s]"})


def track(purchase_days: Any, holdout: Holdout, serving: PurchaseModel) -> Tracking:
    """Return how the model that serves, fitted to the time before the hold-out, follows the purchases of its
    customers from the first day to the end of the hold-out. Exposure counts from each one's own first purchase
    day. Raises Unavailable (M7) where the model was not fitted to the time before."""
    model = serving.name
    if model not in holdout.models:
        raise Unavailable(CHECK_FAILED, f"lifetime_value.{model}")
    fitted = holdout.models[model]
    ages = np.round(convert_span(1, holdout.history.unit, "days") * holdout.history.T).astype(int)
    born = np.bincount(ages.max() - ages, holdout.customers)  # customers acquired, by day since the first
    last = int(ages.max()) + (holdout.holdout_end - holdout.calibration_end).days
    first_day = holdout.calibration_end - datetime.timedelta(days=int(ages.max()))
    daily = repeat_purchases(purchase_days, holdout.calibration_end, holdout.holdout_end)
    place = (daily["day"] - pd.Timestamp(first_day)).dt.days.to_numpy()
    actual = np.cumsum(np.bincount(place, daily["purchases"], last + 1))
    ends = np.arange(DAYS_PER_WEEK - 1, last + 1, DAYS_PER_WEEK)  # the last day of each whole week
    weeks = pd.DataFrame({"week": ends // DAYS_PER_WEEK + 1, "actual_cumulative": actual[ends],
                          "expected_cumulative": expected_course(fitted, born, last)[ends]})
    for kind in ("actual", "expected"):
        weeks[f"{kind}_weekly"] = np.diff(weeks[f"{kind}_cumulative"], prepend=0)
    surplus = holdout.total(model) / max(holdout.purchases, 1) - 1
    return Tracking(model, holdout.calibration_end, float(ages.max() + 1) / DAYS_PER_WEEK, holdout.history.n, weeks,
                    float(surplus))


def expected_course(model: PurchaseModel, born: np.ndarray, last: int) -> np.ndarray:
    """Return the repeat purchases expected up to each day 0..``last`` of customers ``born`` on days 0, 1, ..."""
    days = np.arange(last + 1)
    each = model.newcomer().purchases(convert_span(1, "days", model.unit) * days)[:, 0]
    return np.convolve(born, each)[:last + 1]
