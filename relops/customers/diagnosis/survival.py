"""The time to the second and to later purchases as survival curves, and how long gaps between purchases last.

Kaplan and Meier's estimate (1958) with the end of the data as censoring, from statsmodels: a mean over those who
have come back already would leave out everybody who has not had the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.demands import require_whole
from relops.customers.estimates import LEVEL, Estimate, estimate_ratio, weighted_quantile

QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.80, 0.90, 0.95)
HALF = 0.5


@dataclass(frozen=True)
class ReturnCurves:
    """How soon customers buy again after their first, second … purchase day.

    ``curves``: nth, days, share (bought again by then), low, high (complementary log-log, pointwise). ``table``:
    nth, customers, returned (so far), share, low, high (within ``window_days``), median_days with its bounds (NaN
    where half have not come back within the time watched).
    """

    window_days: int
    curves: pd.DataFrame
    table: pd.DataFrame

    def within(self, nth: int) -> Estimate:
        """Return the share who bought again within the window after their ``nth`` purchase day."""
        row = self.table.set_index("nth").loc[nth]
        return Estimate(row["share"], row["low"], row["high"], int(row["customers"]))

    def median_days(self, nth: int) -> Estimate | None:
        """Return the median days to the next purchase day; None where half have not come back."""
        row = self.table.set_index("nth").loc[nth]
        if np.isnan([row["median_days"], row["median_low"], row["median_high"]]).any():
            return None
        return Estimate(row["median_days"], row["median_low"], row["median_high"], int(row["customers"]))


@unless_unavailable
def return_curves(spells: pd.DataFrame, window_days: int) -> ReturnCurves:
    """Return the curves from the summary of spells. Raises Unavailable where nobody has been watched for a day."""
    require_whole(window_days, 1, "window_days")
    watched = spells[spells["days"] > 0]
    curves, rows = [], []
    for nth, part in watched.groupby("nth"):
        if not part["is_event"].any():
            continue
        curve, row = _curve(part, window_days)
        curves.append(curve.assign(nth=int(nth)))
        rows.append({"nth": int(nth)} | row)
    if not rows:
        raise Unavailable(TOO_LITTLE, "orders.ordered_at")
    return ReturnCurves(window_days, pd.concat(curves, ignore_index=True), pd.DataFrame(rows))


def _curve(part: pd.DataFrame, window_days: int) -> tuple[pd.DataFrame, dict]:
    fit = SurvfuncRight(part["days"].to_numpy(), part["is_event"].astype(int).to_numpy(),
                        freq_weights=part["spells"].to_numpy(dtype=float))
    low, high = _log_log_bounds(fit)
    curve = pd.DataFrame({"days": np.r_[0, fit.surv_times], "share": np.r_[0, 1 - fit.surv_prob],
                          "low": np.r_[0, low], "high": np.r_[0, high]})
    within = curve[curve["days"] <= window_days].iloc[-1]
    if part["days"].max() < window_days:
        within = pd.Series({"share": np.nan, "low": np.nan, "high": np.nan})
    row = {"customers": int(part["spells"].sum()), "returned": int(part.loc[part["is_event"], "spells"].sum()),
           **within[["share", "low", "high"]], "median_days": _first_day(curve, "share"),
           # the bound of the share that is first to pass a half bounds the median from below (Brookmeyer & Crowley)
           "median_low": _first_day(curve, "high"), "median_high": _first_day(curve, "low")}
    return curve, row


def _first_day(curve: pd.DataFrame, key: str) -> float:
    """Return the first day on which half have come back by one of the curves, NaN where none is."""
    passed = curve.loc[curve[key] >= HALF, "days"]
    return float(passed.iloc[0]) if len(passed) else np.nan


def _log_log_bounds(fit: SurvfuncRight) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the share that has come back, on the log-log scale of survival: they stay within nought and one.

    The variance is Greenwood's, from the numbers at risk: for weighted rows statsmodels gives that of the logarithm.
    Where all have come back it is none; the share is then bounded by what it was before, and if that was nothing, by
    Clopper & Pearson (1934).
    """
    alive = np.clip(fit.surv_prob, 1e-12, 1 - 1e-12)
    left = np.clip(fit.n_risk - fit.n_events, 1e-12, None)
    log_error = np.sqrt(np.cumsum(fit.n_events / (fit.n_risk * left)))
    some = fit.surv_prob > 0
    half = np.where(some, norm.ppf((1 + LEVEL) / 2) * log_error / np.abs(np.log(alive)), 0.0)
    low, high = 1 - alive ** np.exp(-half), np.where(some, 1 - alive ** np.exp(half), 1.0)
    if not some.all():
        low[~some] = low[some][-1] if some.any() else ((1 - LEVEL) / 2) ** (1 / fit.n_risk[0])
    return low, high


@unless_unavailable
def gap_limits(gaps: pd.DataFrame) -> list[float]:
    """Return the quantiles (linear) of completed gaps at :data:`QUANTILES`, days. Raises Unavailable without a
    gap."""
    if gaps.empty:
        raise Unavailable(TOO_LITTLE, "orders.ordered_at")
    values, weights = gaps["gap_days"].to_numpy(), gaps["gaps"].to_numpy()
    return [weighted_quantile(values, weights, share) for share in QUANTILES]


@unless_unavailable
def gap_quantiles(gaps: pd.DataFrame, spread: pd.DataFrame) -> pd.DataFrame:
    """Return the quantiles of completed gaps: share, days, low, high, from the gaps and from their spread over
    customers at these very quantiles.

    Intervals after Woodruff (1952): the bounds of the share of gaps within the quantile, customers drawn whole
    (who buys often brings many gaps, which are alike), are turned back into days.
    """
    values, weights = gaps["gap_days"].to_numpy(), gaps["gaps"].to_numpy()
    rows = []
    for share, sums in zip(QUANTILES, spread.itertuples(index=False), strict=True):
        within = estimate_ratio(sums.customers, sums.within, sums.gaps, sums.within_squares, sums.gap_squares,
                                sums.products)
        low, high = np.nan, np.nan
        if within.low is not None:
            half = (within.high - within.low) / 2
            low, high = (weighted_quantile(values, weights, float(np.clip(bound, 0, 1)))
                         for bound in (share - half, share + half))
        rows.append((share, sums.limit_days, low, high))
    return pd.DataFrame(rows, columns=["share", "days", "low", "high"])
