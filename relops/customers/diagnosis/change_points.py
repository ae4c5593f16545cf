"""When the level of weekly revenue moved: change points with dates, and how often chance alone would find one."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import kruskal
from scipy.stats import t as student

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.estimates import LEVEL
from relops.exhibits import Evidence
from relops.units import DAYS_PER_WEEK

LEAST_WEEKS = 26
# a new level must hold for a month, so that a festival week is no change of level
LEAST_SEGMENT_WEEKS = 4
SEASON_WEEKS = 52
SEASON_P = 0.01  # from where on months that differ are chance
# times σ² · log n: under two in a hundred series of noise then show a change (tests count them)
PENALTY_FACTOR = 4.0
WINSOR = 3.0


@dataclass(frozen=True)
class ChangePoints:
    """Weeks at which the level of revenue moved.

    ``segments``: start and end (first and last day), weeks, level (mean revenue a week) with its interval (its spread
    is that of all weeks around their levels, as the search supposes), change (to the level before, as a share; NaN for
    the first). No level lies within the interval of a neighbour. ``penalty`` is what one more change had to save in
    squared deviations; ``autocorrelation`` that of neighbouring weeks within a segment. ``deseasonalised`` tells
    whether the season of the year was taken out first (two whole years, and months that differ beyond chance).
    """

    weeks: pd.DataFrame
    segments: pd.DataFrame
    penalty: float
    autocorrelation: float
    deseasonalised: bool

    @property
    def dates(self) -> list[datetime.date]:
        """First days of the new levels, in order."""
        return list(self.segments["start"].iloc[1:])


def whole_weeks(daily: pd.DataFrame, data_start: datetime.date, data_end: datetime.date) -> pd.DataFrame:
    """Return revenue by whole week (Monday to Sunday) between two days: week (its Monday), revenue."""
    days = daily.set_index("day")["revenue"].reindex(pd.date_range(data_start, data_end), fill_value=0.0)
    start = (DAYS_PER_WEEK - days.index[0].weekday()) % DAYS_PER_WEEK
    whole = max(0, (len(days) - start) // DAYS_PER_WEEK)
    grid = days.to_numpy()[start:start + whole * DAYS_PER_WEEK].reshape(whole, DAYS_PER_WEEK)
    return pd.DataFrame({"week": days.index[start:start + whole * DAYS_PER_WEEK:DAYS_PER_WEEK],
                         "revenue": grid.sum(axis=1)})


@unless_unavailable(field="orders")
def change_points(daily: pd.DataFrame, data_start: datetime.date, data_end: datetime.date) -> ChangePoints:
    """Return the change points of weekly revenue by PELT (Killick, Fearnhead & Eckley 2012), squared deviations.

    Weeks beyond three robust standard deviations of their neighbourhood are pulled in first: a festival is no new
    level. The penalty is a multiple of σ² log n, σ² widened for the autocorrelation of neighbouring weeks. Raises
    Unavailable with fewer than half a year of whole weeks.
    """
    weeks = whole_weeks(daily, data_start, data_end)
    if len(weeks) < LEAST_WEEKS or not weeks["revenue"].any():
        raise Unavailable(TOO_LITTLE, "orders.ordered_at", {
            "found": Evidence("diagnosis.history.weeks", len(weeks), "weeks"),
            "needed": Evidence("diagnosis.change.weeks_needed", LEAST_WEEKS, "weeks", tag="A")})
    plain, seasonal = _without_season(weeks)
    breaks, penalty, autocorrelation = find_changes(plain)
    segments = _told_apart(weeks, plain, breaks, autocorrelation)
    return ChangePoints(weeks, segments, penalty, autocorrelation, seasonal)


def find_changes(values: np.ndarray, factor: float = PENALTY_FACTOR) -> tuple[list[int], float, float]:
    """Return where new levels start, the penalty and the autocorrelation within levels. Deterministic."""
    import ruptures  # imported late: short histories never need it

    series = winsorise(values)
    sigma2 = _noise(series)
    if sigma2 <= 0:
        return [], 0.0, 0.0
    # the linear kernel is the squared deviation from the mean, searched exactly and in C
    search = ruptures.KernelCPD(kernel="linear", min_size=LEAST_SEGMENT_WEEKS).fit(series.reshape(-1, 1))
    breaks, correlation = [len(series)], 0.0
    for _ in range(2):  # once to see the levels, once more with the autocorrelation around them
        penalty = factor * sigma2 * np.log(len(series)) * (1 + correlation) / (1 - correlation)
        breaks = search.predict(pen=penalty)
        correlation = _autocorrelation(series, breaks)
    return breaks[:-1], float(penalty), correlation


def winsorise(values: np.ndarray) -> np.ndarray:
    """Return the series with weeks far from the median of nine weeks around them pulled in."""
    around = pd.Series(values).rolling(2 * LEAST_SEGMENT_WEEKS + 1, center=True, min_periods=LEAST_SEGMENT_WEEKS)
    middle = around.median().to_numpy()
    scale = 1.4826 * np.median(np.abs(values - middle))
    return np.clip(values, middle - WINSOR * scale, middle + WINSOR * scale) if scale > 0 else values.astype(float)


def _noise(series: np.ndarray) -> float:
    """Variance around the level: from differences two weeks apart, which a change of level hardly touches."""
    gaps = np.abs(series[2:] - series[:-2])
    return float((1.4826 * np.median(gaps) / np.sqrt(2)) ** 2)


def _autocorrelation(series: np.ndarray, breaks: list[int]) -> float:
    parts = [part - part.mean() for part in np.split(series, breaks[:-1])]
    top = sum(float((part[1:] * part[:-1]).sum()) for part in parts)
    bottom = sum(float((part**2).sum()) for part in parts)
    return float(np.clip(top / bottom if bottom > 0 else 0.0, 0.0, 0.8))


def _without_season(weeks: pd.DataFrame) -> tuple[np.ndarray, bool]:
    """Weekly revenue over the index of its month (classical decomposition: ratios to a moving year, averaged over
    years); as it is with less than two years, and where months do not differ beyond chance."""
    values = weeks["revenue"].to_numpy(dtype=float)
    if len(values) < 2 * SEASON_WEEKS:
        return values, False
    year = weeks["revenue"].rolling(SEASON_WEEKS, center=True).mean()
    month = weeks["week"].dt.month
    ratio = weeks["revenue"] / year.where(year > 0)
    known = [own.dropna() for _, own in ratio.groupby(month) if own.notna().any()]
    # taking out a season that is none would put one in (Kruskal & Wallis 1952)
    if len(known) < 2 or ratio.nunique() < 2 or kruskal(*known).pvalue >= SEASON_P:
        return values, False
    index = ratio.groupby(month).median()
    factor = month.map(index / index.mean()).to_numpy()
    usable = bool(np.isfinite(factor).all() and (factor > 0).all())
    return (values / factor if usable else values), usable


def _told_apart(weeks: pd.DataFrame, plain: np.ndarray, breaks: list[int], correlation: float) -> pd.DataFrame:
    """Return the segments between those breaks whose two levels can be told apart: where one lies within the interval
    of the other, the smallest such change goes, and the rest are looked at again."""
    breaks = list(breaks)
    while True:
        segments = _segments(weeks, plain, breaks, correlation)
        level, half = segments["level"].to_numpy(), (segments["high"] - segments["level"]).to_numpy()
        moved = np.abs(np.diff(level))
        within = moved <= np.maximum(half[1:], half[:-1])
        if not within.any():
            return segments
        del breaks[int(np.where(within, moved, np.inf).argmin())]


def _segments(weeks: pd.DataFrame, plain: np.ndarray, breaks: list[int], correlation: float) -> pd.DataFrame:
    rows, edges = [], [0, *breaks, len(plain)]
    parts = [plain[start:end] for start, end in itertools.pairwise(edges)]
    # neighbouring weeks that move together count for fewer
    share = (1 - correlation) / (1 + correlation)
    freedom = max(1.0, len(plain) * share - len(parts))
    spread = np.sqrt(sum(float(((part - part.mean()) ** 2).sum()) for part in parts) / (len(plain) - len(parts)))
    for part, (start, end) in zip(parts, itertools.pairwise(edges), strict=True):
        half = student.ppf((1 + LEVEL) / 2, freedom) * spread / np.sqrt(len(part) * share)
        last = weeks["week"].iloc[end - 1] + pd.Timedelta(days=DAYS_PER_WEEK - 1)
        before = rows[-1]["level"] if rows else np.nan
        rows.append({"start": weeks["week"].iloc[start].date(), "end": last.date(), "weeks": end - start,
                     "level": float(part.mean()), "low": float(part.mean() - half),
                     "high": float(part.mean() + half),
                     "change": float(part.mean() / before - 1) if before > 0 else np.nan})
    return pd.DataFrame(rows)
