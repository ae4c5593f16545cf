"""Whether the estimates of plain editions are right on average: many companies, each estimated and held against its
truth.

``RELOPS_BENCH_SEEDS`` sets how many (default a thousand) companies of two thousand customers. Estimated are the
purchases of the coming year, by BG/NBD, and the money they bring, by Gamma-Gamma; the truth is what was then bought.
Errors are differences beside the mean truth: a mean of ratios to a truth that is itself random would stand above zero
for the best of estimates.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma
from relops.customers.history import CustomerHistory, customer_history
from relops.data.demo.make import make_blocks
from relops.data.demo.settings import DemoSettings
from relops.data.demo.tally import Tally

SEEDS = 1_000
CUSTOMERS = 2_000
FIRST_SEED = 1_000_000
WEEKS = 52


def company(seed: int, plain: bool) -> tuple[CustomerHistory, dict[str, float]]:
    """Return the history of a company as the door would find it, and what came of it: purchase days and money of the
    coming year, and the purchases expected under the true rates."""
    settings = DemoSettings(customers=CUSTOMERS, seed=seed, plain=plain)
    tally = Tally(settings)
    made = next(make_blocks(settings, tally))
    events = made.programme.events
    day = events.seconds // 86_400
    days = pd.DataFrame({"owner": events.owner, "day": day, "money": events.cents / 100})
    days = days.groupby(["owner", "day"], as_index=False)["money"].sum()
    each = days.groupby("owner").agg(first=("day", "min"), last=("day", "max"), count=("day", "size"),
                                     money=("money", "sum"), first_money=("money", "first"))
    frequency = each["count"] - 1
    spend = np.where(frequency > 0, (each["money"] - each["first_money"]) / frequency.clip(lower=1), 0.0)
    frame = pd.DataFrame({"frequency": frequency, "recency_days": each["last"] - each["first"],
                          "T_days": settings.data_days - 1 - each["first"], "customers": 1, "mean_spend": spend})
    outcome = {"purchases": tally.counts[f"future.{WEEKS}.days"],
               "money": tally.counts[f"future.{WEEKS}.cents"] / 100, "expected": tally.expected[f"{WEEKS}.purchases"]}
    return customer_history(frame.reset_index(drop=True), settings.last_day), outcome


def estimates(seed: int, plain: bool) -> dict[str, float]:
    """Return the estimates of one company, and under ``true_`` and the same name what they are held against."""
    history, outcome = company(seed, plain)
    model = fit_bg_nbd(history)
    purchases = model.expected_purchases(history, WEEKS) * history.customers
    spend = fit_gamma_gamma(history.frame.query("frequency > 0").assign(squared_deviation=0.0))
    estimate = {"purchases": purchases.sum(), "expected": purchases.sum(),
                "money": (purchases * spend.expected_spend(history)).sum()}
    return estimate | {f"true_{name}": value for name, value in outcome.items()}


def errors(seeds: int, plain: bool) -> pd.DataFrame:
    """Return one row a company: the error of each total as a share of the mean truth."""
    found = pd.DataFrame([estimates(FIRST_SEED + seed, plain) for seed in range(seeds)])
    return pd.DataFrame({name: (found[name] - found[f"true_{name}"]) / found[f"true_{name}"].mean()
                         for name in ("purchases", "expected", "money")})


def rows(found: pd.DataFrame, edition: str) -> list[str]:
    """Return one row of the table for each total."""
    names = {"expected": "purchases, against those expected under the true rates",
             "purchases": "purchases, against those that came", "money": "money, against what came in"}
    return [f"| {edition} | {label} | {found[name].mean():+.4f} | {found[name].std() / len(found) ** 0.5:.4f} "
            f"| {found[name].std():.4f} |" for name, label in names.items()]


def main() -> str:
    """Measure and return a section of RESULTS.md. The plain edition must not be off by more than four standard errors;
    the full edition's miss is told."""
    seeds = int(os.environ.get("RELOPS_BENCH_SEEDS", SEEDS))
    plain, full = errors(seeds, True), errors(max(seeds // 10, 10), False)
    lines = ["### The demo company: estimates against the truth", "",
             f"{seeds} plain and {len(full)} full editions of {CUSTOMERS:,} customers; relative error of totals over "
             f"{WEEKS} weeks.", "",
             "| edition | total | mean error | its standard error | spread of one company |", "|---|---|---|---|---|",
             *rows(plain, "plain"), *rows(full, "full")]
    report = "\n".join(lines)
    for name in ("expected", "purchases"):
        assert abs(plain[name].mean()) < 4 * plain[name].std() / seeds**0.5, report
    return report
