"""The four groups of a fixed rule.

The groups follow days since the last purchase day
and number of purchase days, with limits read from the customers' own gaps between purchase days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.availability import TOO_LITTLE, Unavailable
from relops.customers.demands import require_known
from relops.customers.estimates import LEVEL, Estimate, estimate_share, weighted_quantile
from relops.errors import BadInput, Problem
from relops.exhibits import Evidence

GROUPS = ("loyal", "riser", "dormant", "churned")
EVERYBODY = ("all", "everyone", "全部", "所有")
F_STAR = 3
ACTIVE_QUANTILE, LOST_QUANTILE = 0.80, 0.95
LEAST_GAPS = 30
LEAST_CUSTOMERS = 10  # as few as are never shown apart: the habits of fewer are no ruler for everybody


def named_groups(names: Sequence[str], segments: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of :data:`GROUPS` are meant by ``names``, of ours or of the brief's ``segments.names``, and the
    names that mean none. No group is everybody: where no name is given, or one of :data:`EVERYBODY`."""
    own = {name: group for group, name in segments.names.model_dump().items() if name}
    wanted = [own.get(name, name) for name in names]
    if any(name in EVERYBODY for name in wanted):
        return (), ()
    return (tuple(dict.fromkeys(name for name in wanted if name in GROUPS)),
            tuple(name for name in wanted if name not in GROUPS))


@dataclass(frozen=True)
class GroupRules:
    """The rulers of the groups. ``sources`` says for f_star, r1_days and r2_days where each comes from:
    brief, lock (frozen by an earlier run), data, or rule (the fixed default). ``today_r1_days`` and
    ``today_r2_days`` are what this data would give (None with too few gaps). ``within_active``
    and ``within_lost`` are the shares of completed gaps that last at most r1 and r2 days (None without any
    gap). ``intervals`` are those of what this data would give (Woodruff 1952: the gaps' quantiles at the ends of the
    interval of their share, as if each gap were drawn apart)."""

    f_star: int
    r1_days: float
    r2_days: float
    gaps: int
    sources: Mapping[str, str]
    today_r1_days: float | None
    today_r2_days: float | None
    within_active: Estimate | None = None
    within_lost: Estimate | None = None
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def evidence(self, limit: str, *, today: bool = False) -> Evidence:
        """Return ``r1_days`` or ``r2_days`` as evidence, with an interval where the data set it: the one that serves,
        or what this data alone would give."""
        source = "data" if today else self.sources.get(limit)
        interval = (*self.intervals[limit], LEVEL) if source == "data" and limit in self.intervals else ()
        name, days = ("rfm.today.", f"today_{limit}") if today else ("rfm.", limit)
        return Evidence(f"{name}{limit}", getattr(self, days), "days", *interval, n=self.gaps,
                        tag="B" if source == "brief" else "D")


@dataclass(frozen=True)
class Groups:
    """The four groups in a fixed order, also where one is empty; every customer is in exactly one.

    ``table``: group, customers, share, low, high (Wilson), revenue, revenue_share, orders_per_customer,
    median_recency_days, single_day (customers with one purchase day). ``loyal_among_kept`` is the share of
    loyal customers among those not written off (None if all are).
    """

    rules: GroupRules
    customers: int
    revenue: float
    table: pd.DataFrame
    loyal_among_kept: Estimate | None

    def row(self, group: str) -> pd.Series:
        """Return a group's row of the table."""
        return self.table.set_index("group").loc[group]


@unless_unavailable
def group_rules(gaps: pd.DataFrame, segments: Any, settings: Mapping[str, Any]) -> GroupRules:
    """Return the rulers of the groups: what the brief's ``segments`` block fixes, else what the lock holds,
    else the data's own.

    r1 and r2 are the 80th and 95th percentile (linear) of the completed gaps in days. Raises Unavailable with
    fewer than thirty gaps, or gaps of fewer than ten customers, where neither brief nor lock gives both, BadInput
    when the limits do not ascend.
    """
    count, people = int(gaps["gaps"].sum()), int(gaps["customers"].sum())
    today, intervals = {"r1_days": None, "r2_days": None}, {}
    if count >= LEAST_GAPS and people >= LEAST_CUSTOMERS:
        values, weights = gaps["gap_days"].to_numpy(), gaps["gaps"].to_numpy()
        for limit, share in (("r1_days", ACTIVE_QUANTILE), ("r2_days", LOST_QUANTILE)):
            about = estimate_share(share * count, count)
            today[limit], *ends = (weighted_quantile(values, weights, place)
                                   for place in (share, about.low, about.high))
            intervals[limit] = tuple(ends)
    chosen, sources = {}, {}
    for name, default in ({"f_star": F_STAR} | today).items():
        for source, value in (("brief", getattr(segments, name, None)),
                              ("lock", settings.get(f"rfm.{name}")),
                              ("rule" if name == "f_star" else "data", default)):
            if value is not None:
                chosen[name], sources[name] = value, source
                break
    if len(chosen) < len(today) + 1:
        found = {"found": Evidence("rfm.gaps.count", count, "count"),
                 "needed": Evidence("rfm.gaps.needed", LEAST_GAPS, "count", tag="A"),
                 "customers": Evidence("rfm.gaps.customers", people, "customers"),
                 "customers_needed": Evidence("rfm.gaps.customers_needed", LEAST_CUSTOMERS, "customers", tag="A")}
        raise Unavailable(TOO_LITTLE, "orders.ordered_at", found)
    if chosen["r1_days"] > chosen["r2_days"]:
        raise BadInput(Problem("customers.limits", "brief.yaml segments", chosen))
    within = [_share_within(gaps, chosen[limit]) for limit in today] if count else []
    return GroupRules(**chosen, gaps=count, sources=sources, intervals=intervals,
                      **{f"today_{limit}": days for limit, days in today.items()},
                      **dict(zip(("within_active", "within_lost"), within, strict=False)))


def _share_within(gaps: pd.DataFrame, limit_days: float) -> Estimate:
    within = gaps.loc[gaps["gap_days"] <= limit_days, "gaps"].sum()
    return estimate_share(int(within), int(gaps["gaps"].sum()))


def assign_groups(recency_days: np.ndarray, purchase_days: np.ndarray, rules: GroupRules) -> np.ndarray:
    """Return the group of each customer, one of :data:`GROUPS`. Raises BadInput on a missing value."""
    require_known(recency_days, "assign_groups")
    require_known(purchase_days, "assign_groups")
    recency_days, purchase_days = np.asarray(recency_days), np.asarray(purchase_days)
    active = recency_days <= rules.r1_days
    conditions = [active & (purchase_days >= rules.f_star), active, recency_days <= rules.r2_days]
    return np.select(conditions, GROUPS[:3], default=GROUPS[3])


@unless_unavailable
def customer_groups(histories: pd.DataFrame, rules: GroupRules) -> Groups:
    """Return the groups from the summary of recency and frequency, and their rulers."""
    group = assign_groups(histories["recency_days"], histories["purchase_days"], rules)
    named = histories.assign(group=group)
    customers, revenue = int(named["customers"].sum()), float(named["revenue"].sum())
    table = pd.DataFrame([_describe_group(group, named[named["group"] == group], customers, revenue)
                          for group in GROUPS])
    kept = customers - int(table["customers"].iloc[-1])
    loyal = estimate_share(table["customers"].iloc[0], kept) if kept else None
    return Groups(rules, customers, revenue, table, loyal)


def _describe_group(group: str, rows: pd.DataFrame, customers: int, revenue: float) -> dict[str, Any]:
    count = int(rows["customers"].sum())
    share = estimate_share(count, customers)
    by_recency = rows.groupby("recency_days")["customers"].sum()
    median = weighted_quantile(by_recency.index.to_numpy(), by_recency.to_numpy(), 0.5) if count else None
    return {
        "group": group, "customers": count, "share": share.value, "low": share.low, "high": share.high,
        "revenue": float(rows["revenue"].sum()),
        "revenue_share": rows["revenue"].sum() / revenue if revenue > 0 else None,
        "orders_per_customer": rows["orders"].sum() / count if count else None,
        "median_recency_days": median,
        "single_day": int(rows.loc[rows["purchase_days"] == 1, "customers"].sum()),
    }
