"""Whether the intervals of a forecast cover what they promise: many plain demo companies, each forecast from its past
and held against the truth, in total and by group of customers.

The confidence interval of the *expected* total is held against what the true parameters expect of these very
histories, the prediction interval of the *realised* total against what then came. ``RELOPS_BENCH_SEEDS`` sets how many
companies (default a thousand) of two thousand customers; the cheap intervals (normal in the logarithms of the
parameters) are taken on all, the bootstrap on every tenth.
"""

from __future__ import annotations

import datetime
import os
import time

import numpy as np
import pandas as pd

from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma
from relops.customers.history import CustomerHistory, customer_history
from relops.customers.models import BgNbd, GammaGamma
from relops.customers.prediction import forecast
from relops.customers.rfm.groups import GroupRules
from relops.customers.value_terms import ValueTerms, history_groups
from relops.data.demo.make import make_blocks
from relops.data.demo.settings import DemoSettings
from relops.data.demo.tally import F_STAR, Tally

SEEDS, CUSTOMERS, FIRST_SEED = 1_000, 2_000, 2_000_000
WEEKS, LEVEL, DRAWS = 52, 0.9, 200
BOOTSTRAPPED = 10  # every so many companies
PROMISED = (0.87, 0.93)


def company(seed: int) -> tuple[CustomerHistory, np.ndarray, pd.DataFrame, DemoSettings]:
    """Return the history of a company (one row a customer), the group of each customer, and what each then bought:
    purchases and money."""
    settings = DemoSettings(customers=CUSTOMERS, seed=seed, plain=True, future_weeks=WEEKS)
    tally = Tally(settings)
    bought = next(make_blocks(settings, tally)).purchases
    days = pd.DataFrame({"owner": bought.owner, "day": bought.day, "money": bought.cents / 100})
    past = days[days["day"] < settings.data_days].groupby("owner").agg(
        first=("day", "min"), last=("day", "max"), days=("day", "size"), money=("money", "sum"),
        first_money=("money", "first"))
    ahead = days[days["day"] >= settings.data_days].groupby("owner").agg(
        purchases=("day", "size"), value=("money", "sum")).reindex(past.index).fillna(0.0)
    frequency = past["days"] - 1
    spend = (past["money"] - past["first_money"]) / frequency.clip(lower=1)
    summary = pd.DataFrame({"frequency": frequency, "recency_days": past["last"] - past["first"],
                            "T_days": settings.data_days - 1 - past["first"], "customers": 1, "mean_spend": spend})
    history = customer_history(summary.reset_index(drop=True), settings.last_day)
    limits = tally.gap_quantile(0.80), tally.gap_quantile(0.95)
    rules = GroupRules(F_STAR, *limits, int(tally.gaps.sum()), {}, *limits)
    return history, history_groups(history, rules), ahead, settings


def expected(history: CustomerHistory, law: dict[str, float], spend: GammaGamma) -> pd.DataFrame:
    """Return what the true parameters expect of each customer: purchases and value."""
    purchases = BgNbd.at(*(law[name] for name in ("r", "alpha", "a", "b"))).expected_purchases(history, WEEKS)
    true_spend = type(spend)(spend.name, spend.likelihood, spend.weights,
                             np.array([law[name] for name in ("p", "q", "v")]), spend.log_covariance, 0.0, 0)
    return pd.DataFrame({"purchases": purchases, "value": purchases * true_spend.expected_spend(history)})


def covered(seed: int, methods: tuple[str, ...]) -> list[dict[str, object]]:
    """Return which intervals of one company hold the truth."""
    history, groups, ahead, settings = company(seed)
    spend = fit_gamma_gamma(history.frame.query("frequency > 0").assign(squared_deviation=0.0))
    truths = {"": expected(history, settings.purchasing, spend), "_realised": ahead.reset_index(drop=True)}
    terms = ValueTerms(settings.last_day, settings.last_day + datetime.timedelta(weeks=WEEKS))
    found = []
    for method in methods:
        result = forecast(history, fit_bg_nbd(history), groups, terms, spend=spend, replicates=DRAWS, level=LEVEL,
                          seed=seed, method=method)
        rows = result.groups.set_index("group")
        for kind, truth in truths.items():
            for measure in ("purchases", "value"):
                total = getattr(result, f"{kind[1:]}_{measure}" if kind else measure)
                ends = {"all": (total.low, total.high)} | {
                    group: (row[f"{measure}{kind}_low"], row[f"{measure}{kind}_high"])
                    for group, row in rows.iterrows()}
                true = truth[measure].groupby(groups).sum().to_dict() | {"all": truth[measure].sum()}
                found += [{"method": method, "interval": kind, "measure": measure, "group": group,
                           "covered": low <= true[group] <= high} for group, (low, high) in ends.items()]
    return found


def main() -> str:
    """Measure and return a section of RESULTS.md."""
    seeds = int(os.environ.get("RELOPS_BENCH_SEEDS", SEEDS))
    started = time.process_time()
    found = pd.DataFrame([line for seed in range(seeds) for line in covered(
        FIRST_SEED + seed, ("normal", "bootstrap") if seed % BOOTSTRAPPED == 0 else ("normal",))])
    minutes = (time.process_time() - started) / 60
    kinds = {"": "confidence, expected", "_realised": "prediction, realised"}
    table = found.pivot_table(index=["method", "interval", "measure"], columns="group", values="covered",
                              sort=True)
    order = ["all", *sorted(set(table.columns) - {"all"})]
    lines = [f"| {method} | {kinds[interval]} | {measure} | " + " | ".join(f"{row[name]:.3f}" for name in order) + " |"
             for (method, interval, measure), row in table.iterrows()]
    low, high = PROMISED
    normal = table.loc["normal"]
    inside = int(((normal >= low) & (normal <= high)).to_numpy().sum())
    return "\n".join([
        "## Coverage of the intervals of a forecast", "",
        f"{seeds:,} plain demo companies of {CUSTOMERS:,} customers ({len(range(0, seeds, BOOTSTRAPPED)):,} for the "
        f"bootstrap), {WEEKS} weeks ahead, {DRAWS} draws, level {LEVEL:.0%}; {minutes:.0f} minutes of CPU. "
        f"{inside} of {normal.size} normal intervals cover {low:.0%} to {high:.0%}.", "",
        "| parameters drawn | interval | of | " + " | ".join(order) + " |", "|---" * (len(order) + 3) + "|", *lines])


if __name__ == "__main__":
    print(main())
