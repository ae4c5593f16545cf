"""Retention, value and mix by a trait: first channel, first category, region, source, age band."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.diagnosis.bridge import Windows
from relops.customers.diagnosis.cohorts import retention
from relops.customers.diagnosis.trait_summary import field_of
from relops.customers.estimates import LEVEL, Estimate, critical_value, estimate_ratio, estimate_share
from relops.store import MIN_PEOPLE_FOR_RATE

# beyond these a curve or a row stands for "all others"
MOST_TRAITS = 8
OTHERS = "__others__"


@dataclass(frozen=True)
class TraitRetention:
    """How customers of each trait come back.

    ``curves``: trait, months_since, customers, active, share, low, high (Wilson). ``table``: trait, customers (of
    cohorts watched for ``depth_months``), active (in that month), share, low, high. ``p_value`` is that of the
    chi-square test that all traits share one rate in that month.
    """

    trait: str
    depth_months: int
    curves: pd.DataFrame
    table: pd.DataFrame
    p_value: float

    @property
    def differs(self) -> bool:
        """Whether the traits can be told apart at all."""
        return self.p_value < 1 - LEVEL


@dataclass(frozen=True)
class MixShift:
    """Why the mean order value moved from one window to the next, by a trait of orders (Kitagawa 1955).

    ``table``: trait, previous_share and current_share of orders, previous_value and current_value (net revenue an
    order; NaN without orders), mix_effect (its share moved) and rate_effect (its order value moved). The effects of
    all rows add up to ``change`` exactly. The intervals of both totals treat orders as drawn one by one.
    """

    trait: str
    windows: Windows
    previous: float
    current: float
    mix: Estimate
    rate: Estimate
    table: pd.DataFrame

    @property
    def change(self) -> float:
        """The change of the mean order value, money."""
        return self.current - self.previous


def keep_largest(frame: pd.DataFrame, column: str, weight: str, most: int = MOST_TRAITS) -> pd.DataFrame:
    """Return the frame with all but the ``most`` heaviest values of a column under one name."""
    totals = frame.groupby(column)[weight].sum().sort_values(ascending=False, kind="stable")
    kept = set(totals.index[:most])
    return frame.assign(**{column: frame[column].where(frame[column].isin(kept), OTHERS)})


@unless_unavailable
def retention_by_trait(cohorts: pd.DataFrame, data_end: datetime.date, trait: str) -> TraitRetention:
    """Return retention by trait from the cohort summary by trait; traits of fewer than thirty customers stand
    together. Raises Unavailable with fewer than two traits left to compare."""
    acquired = cohorts[cohorts["cohort"] == cohorts["month"]]
    sizes = acquired.groupby("trait")["customers"].sum()
    small = sizes.index[sizes < MIN_PEOPLE_FOR_RATE]
    frame = cohorts.assign(trait=cohorts["trait"].where(~cohorts["trait"].isin(small), OTHERS))
    frame = keep_largest(frame, "trait", "customers")
    merged = frame.groupby(["trait", "cohort", "month"], as_index=False)["customers"].sum()
    pooled = retention(merged.groupby(["cohort", "month"], as_index=False)["customers"].sum(), data_end)
    if isinstance(pooled, Unavailable):
        raise pooled
    curves, rows = [], []
    for name, part in merged.groupby("trait"):
        own = retention(part, data_end)
        if isinstance(own, Unavailable):
            continue
        curves.append(own.curve.assign(trait=name))
        deep = own.triangle[own.triangle["months_since"] == pooled.depth_months]
        if deep["customers"].sum() >= MIN_PEOPLE_FOR_RATE:
            rows.append((name, *deep[["customers", "active"]].sum()))
    if len(rows) < 2:
        raise Unavailable(TOO_LITTLE, field_of(trait))
    table = pd.DataFrame(rows, columns=["trait", "customers", "active"])
    shares = [estimate_share(active, n) for active, n in zip(table["active"], table["customers"], strict=True)]
    table = table.assign(**{key: [getattr(share, source) for share in shares] for key, source in
                            (("share", "value"), ("low", "low"), ("high", "high"))})
    return TraitRetention(trait, pooled.depth_months, pd.concat(curves, ignore_index=True),
                          table.sort_values("share", ascending=False, kind="stable", ignore_index=True),
                          _same_rate(table))


def _same_rate(table: pd.DataFrame) -> float:
    counts = np.array([table["active"], table["customers"] - table["active"]])
    if not counts.sum(axis=1).all():
        return 1.0
    return float(chi2_contingency(counts, correction=False).pvalue)


@unless_unavailable
def value_by_trait(values: pd.DataFrame, trait: str) -> pd.DataFrame:
    """Return what customers of each trait have brought: trait, customers, repeat_rate, revenue_each with low and
    high (customers drawn one by one), revenue_share and, where stated, cost_each. Raises Unavailable without any."""
    if values.empty:
        raise Unavailable(TOO_LITTLE, field_of(trait))
    summed = keep_largest(values, "trait", "customers").groupby("trait", as_index=False).sum()
    total, rows = summed["revenue"].sum(), []
    for row in summed.itertuples(index=False):
        each = estimate_ratio(row.customers, row.revenue, row.customers, row.revenue_squares, row.customers,
                              row.revenue)
        rows.append({"trait": row.trait, "customers": int(row.customers),
                     "repeat_rate": row.repeat_customers / row.customers, "revenue_each": each.value,
                     "low": each.low, "high": each.high, "revenue_share": row.revenue / total if total > 0 else None,
                     "cost_each": row.cost / row.costed if getattr(row, "costed", 0) else None})
    return pd.DataFrame(rows).sort_values("customers", ascending=False, kind="stable", ignore_index=True)


@unless_unavailable
def mix_shift(summary: pd.DataFrame, windows: Windows, trait: str) -> MixShift:
    """Return the decomposition of the change in mean order value. Raises Unavailable where a window is empty."""
    kept = keep_largest(summary, "trait", "orders")
    wide = kept.groupby(["trait", "window"])[["orders", "revenue", "revenue_squares"]].sum().unstack(fill_value=0)  # noqa: PD010
    if not {"previous", "current"} <= set(kept["window"]) or not (wide["orders"].sum() > 0).all():
        raise Unavailable(TOO_LITTLE, field_of(trait))
    share = wide["orders"] / wide["orders"].sum()
    value = (wide["revenue"] / wide["orders"]).replace([np.inf, -np.inf], np.nan)
    # a trait seen in one window only has no value of its own in the other: all of its effect is mix
    filled = value.fillna({"previous": value["current"], "current": value["previous"]})
    moved, steady = share["current"] - share["previous"], filled.mean(axis=1)
    mix = moved * steady
    rate = share[["previous", "current"]].mean(axis=1) * (filled["current"] - filled["previous"])
    table = pd.DataFrame({
        "trait": wide.index, "previous_share": share["previous"], "current_share": share["current"],
        "previous_value": value["previous"], "current_value": value["current"], "mix_effect": mix,
        "rate_effect": rate}).reset_index(drop=True)
    mean = wide["revenue"].sum() / wide["orders"].sum()
    return MixShift(trait, windows, float(mean["previous"]), float(mean["current"]),
                    *_effect_intervals(wide, share, filled, mix.sum(), rate.sum()), table)


def _effect_intervals(wide: pd.DataFrame, share: pd.DataFrame, value: pd.DataFrame, mix: float,
                      rate: float) -> tuple[Estimate, Estimate]:
    """Delta-method intervals of both totals: shares multinomial, order values independent between traits."""
    orders = wide["orders"].sum()
    steady, change = value.mean(axis=1), value["current"] - value["previous"]
    mean_share, moved = share.mean(axis=1), share["current"] - share["previous"]
    noise = (wide["revenue_squares"] / wide["orders"] - value**2).clip(lower=0) / wide["orders"]
    noise = noise.where(wide["orders"] > 1, 0)

    def spread(weights: pd.Series) -> float:
        return sum(((weights**2 * share[key]).sum() - (weights * share[key]).sum() ** 2) / orders[key]
                   for key in ("previous", "current"))

    mix_variance = spread(steady) + (noise.sum(axis=1) * (moved / 2) ** 2).sum()
    rate_variance = (noise.sum(axis=1) * mean_share**2).sum() + spread(change / 2)
    n = int(orders.sum())
    return tuple(Estimate(float(total), float(total - half), float(total + half), n) for total, half in (
        (mix, critical_value(LEVEL) * np.sqrt(mix_variance)), (rate, critical_value(LEVEL) * np.sqrt(rate_variance))))
