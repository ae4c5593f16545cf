"""BG/NBD on distinct histories with weights against one row a customer: same estimates, how much faster.

Customers are simulated as the model tells it, in whole days. One company acquired all of them within a
quarter and was watched for 39 weeks (as CDNOW); the other acquired them evenly over 36 months. What is timed
is lifetimes' fitter on either form of the same data, and the package's own fit, which adds the exact Hessian.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter

from relops.customers.fitting import fit_bg_nbd
from relops.customers.history import customer_history

TRUE = {"r": 0.25, "alpha": 4.5, "a": 0.8, "b": 2.4}  # weeks, near those of CDNOW
# first purchase between these days before the end of observation
ACQUISITION = {"one quarter": (182, 273), "36 months": (0, 1095)}
SIZES = (100_000, 1_000_000)
KEYS = ["frequency", "recency_days", "T_days"]


def simulate(customers: int, acquisition: tuple[int, int], seed: int) -> pd.DataFrame:
    """Return one row a customer: frequency, recency_days, T_days. Several purchases on a day count once."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(TRUE["r"], 1 / TRUE["alpha"], customers) / 7
    stop = rng.beta(TRUE["a"], TRUE["b"], customers)
    age = rng.integers(*acquisition, customers)
    frequency, last = np.zeros(customers, int), np.zeros(customers, int)
    active, now = np.arange(customers), np.zeros(customers)
    while len(active):
        now[active] += rng.exponential(1, len(active)) / np.maximum(rate[active], 1e-12)
        active = active[now[active] <= age[active]]
        day = now[active].astype(int)
        new = day > last[active]
        frequency[active] += new
        last[active] = day
        active = active[rng.random(len(active)) >= stop[active]]
    return pd.DataFrame({"frequency": frequency, "recency_days": last, "T_days": age})


def compress(each: pd.DataFrame) -> pd.DataFrame:
    """Return the distinct rows with the number of customers who share them."""
    return each.groupby(KEYS, as_index=False).size().rename(columns={"size": "customers"})


def timed(function: Callable) -> tuple[object, float]:
    start = time.perf_counter()
    return function(), time.perf_counter() - start


def fit(rows: pd.DataFrame) -> pd.Series:
    weights = rows.get("customers")
    return BetaGeoFitter().fit(rows["frequency"], rows["recency_days"] / 7, rows["T_days"] / 7, weights).params_


def measure(customers: int, name: str) -> dict[str, object]:
    """Return one line of the result."""
    each = simulate(customers, ACQUISITION[name], seed=customers)
    distinct, compressing = timed(lambda: compress(each))
    single, unweighted = timed(lambda: fit(each))
    grouped, weighted = timed(lambda: fit(distinct))
    history = customer_history(distinct.assign(mean_spend=0.0), None)
    model, own = timed(lambda: fit_bg_nbd(history))
    gap = float((grouped / single - 1).abs().max())
    return {"customers": f"{customers:,}", "acquired in": name, "distinct rows": f"{len(distinct):,}",
            "grouping, s": f"{compressing:.2f}", "one row each, s": f"{unweighted:.2f}",
            "weighted, s": f"{weighted:.2f}", "ratio": f"**{unweighted / weighted:.1f}**",
            "relops, s": f"{own:.2f}", "parameters differ by": f"{gap:.0e}",
            "from relops' by": f"{float((single / model.theta - 1).abs().max()):.0e}"}


def main() -> str:
    """Return the section as Markdown."""
    lines = [measure(customers, name) for customers in SIZES for name in ACQUISITION]
    header = list(lines[0])
    table = [header, ["---"] * len(header), *(list(line.values()) for line in lines)]
    rows = "\n".join(f"| {' | '.join(cells)} |" for cells in table)
    return ("## Weighted fit of BG/NBD\n\nSimulated customers, daily grain; the ratio is lifetimes on one row a "
            f"customer over lifetimes on distinct rows with weights.\n\n{rows}\n")


if __name__ == "__main__":
    print(main())
