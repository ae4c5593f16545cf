"""Whether the intervals of a forecast cover what they promise: many demo companies, each forecast from its past and
held against the truth, in total and by group of customers.

In the plain edition, where the models' premises hold, the confidence interval of the *expected* total is held against
what the true parameters expect of these very histories, the prediction interval of the *realised* total against what
then came. In the full edition, with its seasons, drift and campaigns, nobody's parameters are true: there the realised
totals alone are looked at, and how far they are missed.

The plain edition follows BG/NBD. What a model that is not the truth costs is measured beside it, on every fourth
company: no interval knows of the model's own error, which is why a model has to earn its place on a hold-out first.

``RELOPS_BENCH_SEEDS`` sets how many plain companies (default a thousand) of two thousand customers; the full edition
is measured on every twentieth.
"""

from __future__ import annotations

import datetime
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd

from relops.customers.availability import Unavailable
from relops.customers.fitting import fit_gamma_gamma, fit_model
from relops.customers.history import CustomerHistory, customer_history
from relops.customers.models import BgNbd, GammaGamma
from relops.customers.prediction import METHODS, forecast
from relops.customers.rfm.groups import GROUPS, GroupRules
from relops.customers.value_terms import ValueTerms, history_groups
from relops.data.demo.make import make_blocks
from relops.data.demo.settings import DemoSettings
from relops.data.demo.tally import F_STAR, Tally

SEEDS, CUSTOMERS, FIRST_SEED = 1_000, 2_000, 2_000_000
WEEKS, LEVEL, DRAWS = 52, 0.9, 59  # so few draws, for their third and fifty-seventh are the very quantiles
WRONG, FULL = 4, 20  # models that are not the truth, and the full edition, on one company in so many
PROMISED = (0.87, 0.93)
KINDS = {"": "confidence, expected", "_realised": "prediction, realised"}
COLUMNS = ("all", *GROUPS)
TRUTH = "bg_nbd"


def company(seed: int, plain: bool) -> tuple[CustomerHistory, pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Return the distinct histories of a company, its repeat buyers' spend, the group of each history, and what then
    came of the customers behind it: purchases and value."""
    settings = DemoSettings(customers=CUSTOMERS, seed=seed, plain=plain, future_weeks=WEEKS)
    tally = Tally(settings)
    made = next(make_blocks(settings, tally))
    events, ahead = made.programme.events, made.future.horizons[WEEKS]
    days = pd.DataFrame({"owner": events.owner, "day": events.seconds // 86_400, "money": events.cents / 100})
    days = days.groupby(["owner", "day"], as_index=False)["money"].sum()
    owner, day, money = (days[name].to_numpy() for name in days)
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    who, ends = owner[begins], np.append(begins[1:], len(owner)) - 1
    each = pd.DataFrame({"frequency": ends - begins, "recency_days": day[ends] - day[begins],
                         "T_days": settings.data_days - 1 - day[begins], "customers": 1,
                         "purchases": ahead.days[who], "value": ahead.cents[who] / 100})
    spent = np.bincount(owner, money)[who] - money[begins]
    each["mean_spend"] = spent / np.maximum(each["frequency"], 1)
    rows = each.groupby(["frequency", "recency_days", "T_days"], as_index=False).sum()
    history = customer_history(rows.drop(columns=["purchases", "value"]), settings.last_day)
    limits = tally.gap_quantile(0.80), tally.gap_quantile(0.95)
    rules = GroupRules(F_STAR, *limits, int(tally.gaps.sum()), {}, *limits)
    return history, each[each["frequency"] > 0].assign(squared_deviation=0.0), history_groups(history, rules), rows


def expected(history: CustomerHistory, spend: GammaGamma) -> pd.DataFrame:
    """Return what the true parameters expect of the customers behind each history: purchases and value."""
    law = DemoSettings(plain=True).purchasing
    purchases = BgNbd.at(*(law[name] for name in ("r", "alpha", "a", "b"))).expected_purchases(history, WEEKS)
    purchases *= history.customers
    true_spend = replace(spend, theta=np.array([law[name] for name in ("p", "q", "v")]))
    return pd.DataFrame({"purchases": purchases, "value": purchases * true_spend.expected_spend(history)})


def covered(task: tuple[int, bool, str, tuple[str, ...]]) -> tuple[list[dict[str, object]], float]:
    """Return which intervals of one company hold the truth, and the seconds it took the processor."""
    (seed, plain, name, methods), started = task, time.process_time()
    history, spending, groups, came = company(seed, plain)
    end = DemoSettings().last_day
    terms = ValueTerms(end, end + datetime.timedelta(weeks=WEEKS))
    model, spend = fit_model(name, history), fit_gamma_gamma(spending)
    truths = {"": expected(history, spend), "_realised": came} if plain else {"_realised": came}
    found = []
    for method in methods:
        try:
            result = forecast(history, model, groups, terms, spend=spend, replicates=DRAWS, level=LEVEL, seed=seed,
                              method=method)
        except Unavailable:
            found.append({"method": method, "refused": seed})
            continue
        rows = result.groups.set_index("group")
        for kind, truth in truths.items():
            for measure in ("purchases", "value"):
                total = getattr(result, f"{kind[1:]}_{measure}" if kind else measure)
                ends = {"all": (total.low, total.high, total.value)} | {
                    group: (row[f"{measure}{kind}_low"], row[f"{measure}{kind}_high"], row[measure])
                    for group, row in rows.iterrows()}
                true = truth[measure].groupby(groups).sum().to_dict() | {"all": truth[measure].sum()}
                found += [{"plain": plain, "model": name, "method": method, "interval": kind, "measure": measure,
                           "group": group, "covered": low <= true[group] <= high,
                           "miss": value / true[group] - 1 if true[group] else np.nan}
                          for group, (low, high, value) in ends.items()]
    return found, time.process_time() - started


def tasks(seeds: int) -> list[tuple[int, bool, str, tuple[str, ...]]]:
    """Return what is to be measured: seed, plain or full, model, ways of drawing parameters (the notebook's first)."""
    def of(step: int, plain: bool, name: str, methods: tuple[str, ...]) -> list:
        return [(FIRST_SEED + number, plain, name, methods) for number in range(0, seeds, step)]

    wrong = [task for name in ("mbg_nbd", "pareto_nbd") for task in of(WRONG, True, name, METHODS[:1])]
    return of(1, True, TRUTH, METHODS) + wrong + of(FULL, False, TRUTH, METHODS)


def table(found: pd.DataFrame, label: str) -> list[str]:
    """Return a line for each interval: the companies, and the share of them covered, by group."""
    covered = found.pivot_table(index=["model", "method", "interval", "measure"], columns="group", values="covered",
                                aggfunc=["mean", "size"])
    return [f"| {label} | {model} | {method} | {KINDS[interval]} | {measure} | {row['size', 'all']:.0f} | "
            + " | ".join(f"{row['mean', name]:.3f}" for name in COLUMNS) + " |"
            for (model, method, interval, measure), row in covered.iterrows()]


def main() -> str:
    """Measure and return a section of RESULTS.md."""
    seeds = int(os.environ.get("RELOPS_BENCH_SEEDS", SEEDS))
    with ProcessPoolExecutor() as pool:
        answers = list(pool.map(covered, tasks(seeds), chunksize=10))
    found = pd.DataFrame([line for lines, _ in answers for line in lines])
    minutes = sum(seconds for _, seconds in answers) / 60
    plain, full = (found[found["plain"] == edition] for edition in (True, False))
    own = plain[(plain["method"] == METHODS[0]) & (plain["model"] == TRUTH)]
    shares = own.groupby(["interval", "measure", "group"])["covered"].mean()
    inside = int(shares.between(*PROMISED).sum())
    miss = full[(full["group"] == "all") & (full["method"] == METHODS[0])].groupby("measure")["miss"].mean()
    refused = f" No interval for {found['refused'].notna().sum()} companies." if "refused" in found else ""
    return "\n".join([
        "## Coverage of the intervals of a forecast", "",
        f"{seeds:,} plain demo companies of {CUSTOMERS:,} customers, {WEEKS} weeks ahead, {DRAWS} draws, level "
        f"{LEVEL:.0%}; the full edition on every twentieth; {minutes:.1f} minutes "
        f"of CPU. {inside} of {len(shares)} of the notebook's intervals cover {PROMISED[0]:.0%} to {PROMISED[1]:.0%} "
        "in the plain edition where the model is the true one "
        f"(smallest {shares.min():.3f}, largest {shares.max():.3f})."
        f"{refused}", "",
        "| edition | model | parameters | interval | of | companies | " + " | ".join(COLUMNS) + " |",
        "|---" * (len(COLUMNS) + 6) + "|",
        *table(plain, "plain"), *table(full, "full"), "",
        f"Full edition, whose seasons and growth no model here knows: expected less realised over realised, on average "
        f"{miss['purchases']:+.1%} of purchases and {miss['value']:+.1%} of value."])


if __name__ == "__main__":
    print(main())
