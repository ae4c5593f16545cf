"""The package's fits against lifetimes on the same simulated customers: BG/NBD, Pareto/NBD, and the bootstrap of CDNOW.

Customers are simulated as the model tells it, in whole days. One company acquired all of them within a quarter and was
watched for 39 weeks (as CDNOW); the other acquired them evenly over 36 months. lifetimes gets one row a customer, as
it is documented; what its own weights save is told beside it. The package's time includes exact standard errors, and
grouping, which the engine does in use, is told apart. ``RELOPS_BENCH_LARGEST`` sets the largest number of customers.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, ParetoNBDFitter

from benchmarks import timed
from relops.customers.fitting import fit_model
from relops.customers.history import CustomerHistory, customer_history
from relops.customers.models import PurchaseModel
from relops.customers.prediction import redraw
from relops.data.public import cdnow_sample

TRUE = {"r": 0.25, "alpha": 4.5, "a": 0.8, "b": 2.4}  # weeks, near those of CDNOW
# first purchase between these days before the end of observation
ACQUISITION = {"one quarter": (182, 273), "36 months": (0, 1095)}
SIZES = (100_000, 1_000_000)
KEYS = ["frequency", "recency_days", "T_days"]
REFITS = 200


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


def compress(each: pd.DataFrame) -> CustomerHistory:
    """Return the distinct histories, in weeks."""
    distinct = each.groupby(KEYS, as_index=False).size().rename(columns={"size": "customers"})
    return customer_history(distinct.assign(mean_spend=0.0), None)


def lifetimes_fit(name: str, rows: pd.DataFrame, weights: pd.Series | None = None) -> pd.Series:
    """Return the parameters that lifetimes finds; its Pareto/NBD starts at random, here from one seed."""
    np.random.seed(1)  # noqa: NPY002 - lifetimes draws from the global generator
    fitter = {"bg_nbd": BetaGeoFitter, "pareto_nbd": ParetoNBDFitter}[name]()
    return fitter.fit(rows["frequency"], rows["recency_days"] / 7, rows["T_days"] / 7, weights).params_


def measure(name: str, customers: int, acquired: str) -> list[str]:
    """Return one line of the result."""
    each = simulate(customers, ACQUISITION[acquired], seed=customers)
    history, grouping = timed(lambda: compress(each))
    model, own = timed(lambda: fit_model(name, history), times=3)
    theirs, single = timed(lambda: lifetimes_fit(name, each))
    grouped = "-"
    if name == "bg_nbd":
        days = history.in_unit("days").frame.rename(columns={"recency": "recency_days", "T": "T_days"})
        grouped = f"{timed(lambda: lifetimes_fit(name, days, days['customers']))[1]:.2f}"
    return [name, f"{customers:,}", acquired, f"{len(history.frame):,}", f"{grouping:.2f}", f"{single:.2f}", grouped,
            f"{own:.2f}", f"**{single / own:.1f}**", f"{_behind(name, each, model, theirs):+.1e}"]


def _behind(name: str, each: pd.DataFrame, model: PurchaseModel, theirs: pd.Series) -> float:
    """Return by how much lifetimes' log-likelihood falls short of the package's (both by the package's formula)."""
    history = compress(each)
    columns = history.frequency, history.recency, history.T
    reached = float((history.customers * model.law.log_likelihood(*theirs.to_numpy(float), *columns)).sum())
    return model.log_likelihood - reached


def bootstrap() -> list[str]:
    """Return the line about refits of CDNOW to redrawn customers."""
    rows = pd.read_csv(Path(cdnow_sample()).with_name("cdnow_customers_summary.csv"))
    days = pd.DataFrame({"frequency": rows["frequency"], "recency_days": (rows["recency"] * 7).round(),
                         "T_days": (rows["T"] * 7).round()})
    history = compress(days)
    _, single = timed(lambda: lifetimes_fit("bg_nbd", days), times=5)
    lines = []
    for name in ("bg_nbd", "mbg_nbd", "pareto_nbd"):
        model = fit_model(name, history)
        _, refits = timed(lambda model=model: redraw(model, REFITS, np.random.default_rng(1)), times=2)
        lines.append(f"| {name} | {REFITS} | {single:.3f} | {refits:.2f} | **{refits / single:.1f}** |")
    return lines


def main() -> str:
    """Return the section as Markdown."""
    largest = int(os.environ.get("RELOPS_BENCH_LARGEST", SIZES[-1]))
    sizes = [size for size in SIZES if size <= largest]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        lines = [measure("bg_nbd", size, acquired) for size in sizes for acquired in ACQUISITION]
        lines += [measure("pareto_nbd", size, "one quarter") for size in sizes]
        refits = bootstrap()
    header = ["model", "customers", "acquired in", "distinct rows", "grouping, s", "lifetimes, one row each, s",
              "lifetimes, weighted, s", "relops, s", "ratio", "log-likelihood of lifetimes falls short by"]
    table = [header, ["---"] * len(header), *lines]
    body = "\n".join(f"| {' | '.join(cells)} |" for cells in table)
    return "\n".join([
        "## Fits of purchase models", "", "Simulated customers, daily grain; the ratio is lifetimes on one row a "
        "customer over relops on distinct rows, standard errors included.", "", body, "",
        f"Bootstrap of CDNOW ({REFITS} refits to redrawn customers) against one fit of BG/NBD by lifetimes:", "",
        "| model | refits | one lifetimes fit, s | refits, s | ratio |", "|---|---|---|---|---|", *refits])


if __name__ == "__main__":
    print(main())
