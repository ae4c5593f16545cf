"""Counts kept block by block, from which the truth is told at the end: whole numbers, so that blocks add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from relops.data.demo.events import NOBODY, Events
from relops.data.demo.experiments import Trial
from relops.data.demo.future import Future
from relops.data.demo.orders import CANCELLED, COMPLETED, RECHARGE, REFUND, Orders
from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings

# purchase days from which a customer is loyal (architecture of the groups: f*)
F_STAR = 3


@dataclass
class Tally:
    """``counts`` by name; ``gaps`` how many completed gaps lasted so many days; ``recency`` how many customers
    (column 1: with at least ``F_STAR`` purchase days) bought last so many days before the end; ``expected`` sums of
    expected values; ``trials`` experiment → (arm, age band, measure); ``margins`` experiment → (arm, age band)
    expected margin cents; ``assigned`` experiment → (arm, [drawn, logged]); ``dirt`` the faults of a dirty edition,
    ``exports`` what is told of one in the shapes of exports."""

    settings: DemoSettings
    counts: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)
    trials: dict[str, np.ndarray] = field(default_factory=dict)
    margins: dict[str, np.ndarray] = field(default_factory=dict)
    assigned: dict[str, np.ndarray] = field(default_factory=dict)
    dirt: dict[str, Any] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gaps = np.zeros(self.settings.data_days, dtype=np.int64)
        self.recency = np.zeros((self.settings.data_days, 2), dtype=np.int64)

    def add_orders(self, orders: Orders) -> None:
        """Count the orders of a block."""
        done, refund = orders.kind == COMPLETED, orders.kind == REFUND
        nobody = orders.owner == NOBODY
        for name, chosen in (("orders", done), ("refunds", refund), ("cancelled", orders.kind == CANCELLED),
                             ("anonymous", nobody), ("recharges", orders.kind == RECHARGE)):
            self.counts[name] += int(chosen.sum())
            self.counts[f"{name}_cents"] += int(orders.cents[chosen].sum())
        self.counts["stored_cents"] += int(orders.stored.sum())

    def add_customers(self, events: Events, customers: int) -> np.ndarray:
        """Count purchase days, gaps and groups and return the days of each customer; ``events`` are a block's completed
        orders, by customer and time."""
        day = events.seconds // SECONDS_PER_DAY
        new = np.ones(len(events), dtype=bool)
        new[1:] = (events.owner[1:] != events.owner[:-1]) | (day[1:] != day[:-1])
        owner, day = events.owner[new], day[new]
        same = owner[1:] == owner[:-1]
        self.gaps += np.bincount((day[1:] - day[:-1])[same], minlength=len(self.gaps))
        days = np.bincount(owner, minlength=customers)
        last = np.zeros(customers, dtype=np.int64)
        last[owner] = day  # of repeated places the last one stays
        bought = days > 0
        since = self.settings.data_days - 1 - last[bought]
        for column, chosen in enumerate((days[bought] < F_STAR, days[bought] >= F_STAR)):
            self.recency[:, column] += np.bincount(since[chosen], minlength=len(self.recency))
        self.counts["customers"] += int(bought.sum())
        self.counts["repeat_customers"] += int((days > 1).sum())
        self.counts["purchase_days"] += len(owner)
        return days

    def add_future(self, future: Future, days: np.ndarray) -> None:
        """Count who is still active at the end of the data, by their purchase ``days`` so far, what is to be expected
        of them, and what came."""
        self.counts["active"] += int(future.active.sum())
        self.counts["active_once"] += int((future.active & (days == 1)).sum())
        self.counts["once"] += int((days == 1).sum())
        self.counts["active_repeat"] += int((future.active & (days > 1)).sum())
        self.expected["worth_cents"] += float(future.worth_cents.sum())
        for name in ("discounted_cents", "paid_cents", "margin_cents"):
            self.expected[name] += float(getattr(future, name))
        for weeks, horizon in future.horizons.items():
            for name in ("days", "orders", "cents"):
                self.counts[f"future.{weeks}.{name}"] += int(getattr(horizon, name).sum())
            self.expected[f"{weeks}.purchases"] += float(horizon.expected.sum())
            self.expected[f"{weeks}.cents"] += float((horizon.expected * future.basket_cents).sum())

    def add_trials(self, trials: list[Trial]) -> None:
        """Count the outcomes of experiments."""
        for trial in trials:
            arms = len(trial.sums)
            counted = np.stack([np.bincount(trial.arm, minlength=arms),
                                np.bincount(trial.arm[trial.logged], minlength=arms)], axis=1)
            self.trials[trial.id] = self.trials.get(trial.id, 0) + trial.sums
            self.margins[trial.id] = self.margins.get(trial.id, 0) + trial.expected_sums
            self.assigned[trial.id] = self.assigned.get(trial.id, 0) + counted

    def add_parts(self, name: str, part: object) -> None:
        """Add the whole numbers of a part of the programme (its attributes) under ``name``."""
        for measure, value in vars(part).items():
            self.counts[f"{name}.{measure}"] += value

    def gap_quantile(self, share: float) -> float:
        """Return a quantile of the completed gaps in days, with linear interpolation."""
        place = share * (self.gaps.sum() - 1)
        below, above = np.searchsorted(np.cumsum(self.gaps), [np.floor(place), np.ceil(place)], side="right")
        return float(below + (above - below) * (place - np.floor(place)))
