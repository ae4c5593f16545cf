"""Time and memory from purchases to a file of scores, for ever more customers, drawn as ``scoring_scale.png``.

Each size runs in a process of its own, whose peak memory (engine included) is measured: purchases are simulated on
disk, then summarised, BG/NBD, MBG/NBD and Gamma-Gamma are fitted, and every customer's scores are written as Parquet.
``RELOPS_BENCH_LARGEST`` sets the largest number of customers.
"""

from __future__ import annotations

import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
from matplotlib import pyplot

from relops.customers.fitting import fit_gamma_gamma, fit_model
from relops.customers.history import read_history
from relops.customers.history_summary import spend_summary
from relops.customers.rfm.groups import GroupRules
from relops.customers.scores import ScoreTerms, write_scores
from relops.customers.value_terms import ValueTerms
from relops.units import AnnualRate

BLOCK = 1_000_000  # customers made at a time
SIZES = (100_000, 1_000_000, 10_000_000)
END = datetime.date(2025, 12, 31)
MOST_GIGABYTES = 4
FIGURE = Path(__file__).with_name("scoring_scale.png")


def make_purchases(folder: Path, customers: int) -> None:
    """Write a database of purchase days: customers who came over three years and buy as BG/NBD and Gamma-Gamma say."""
    connection = ibis.duckdb.connect(folder / "purchases.duckdb", threads=2, memory_limit="1500MB")
    connection.raw_sql("CREATE TABLE purchases (number BIGINT, age INTEGER, amount DOUBLE)")
    for first in range(0, customers, BLOCK):
        block = simulate_days(np.random.default_rng(first), first, min(BLOCK, customers - first))
        connection.con.register("block", block)
        connection.raw_sql("INSERT INTO purchases SELECT * FROM block")
        connection.con.unregister("block")
    connection.raw_sql(f"""
        CREATE TABLE purchase_days AS SELECT lpad(number::VARCHAR, 9, '0') AS customer_id, DATE '{END}' - age AS day,
            sum(amount::DECIMAL(18, 2))::DECIMAL(18, 2) AS amount, count(*) AS orders
        FROM purchases GROUP BY ALL""")
    ids = folder / "ids.parquet"
    connection.raw_sql(f"""COPY (SELECT customer_id AS hash, 'C' || customer_id AS id FROM purchase_days LIMIT 1000)
        TO '{ids}'""")
    connection.raw_sql("DROP TABLE purchases")
    connection.disconnect()


def simulate_days(rng: np.random.Generator, first: int, customers: int) -> pd.DataFrame:
    """Return the purchases of a block: number of the customer, age (days before the end), amount."""
    rate, stop = rng.gamma(0.25, 1 / 4.5, customers) / 7, rng.beta(0.8, 2.4, customers)
    age, price = rng.integers(0, 1095, customers), 15 * 6 / rng.gamma(3.7, 1.0, customers)
    active, now = np.arange(customers), np.zeros(customers)
    found = [(active, age)]
    while len(active):
        now[active] += rng.exponential(size=len(active)) / np.maximum(rate[active], 1e-12)
        active = active[now[active] <= age[active]]
        found.append((active, age[active] - now[active].astype(int)))
        active = active[rng.random(len(active)) >= stop[active]]
    number, days = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return pd.DataFrame({"number": number + first, "age": days.astype(np.int32),
                         "amount": np.maximum(price[number] * rng.gamma(6, 1 / 6, len(number)), 0.01)})


def score(folder: Path) -> dict[str, float]:
    """Return the seconds of each step and the peak memory of this process in gigabytes."""
    connection = ibis.duckdb.connect(folder / "purchases.duckdb", threads=2, memory_limit="1500MB",
                                     temp_directory=str(folder / "spill"))
    days, took = connection.table("purchase_days"), {}

    def step(name: str, function, *arguments):
        start = time.perf_counter()
        result = function(*arguments)
        took[name] = time.perf_counter() - start
        return result

    history = step("summary", read_history, days, END, "none")
    model, activity = step("fit", lambda: (fit_model("bg_nbd", history), fit_model("mbg_nbd", history)))
    spend = step("spend", lambda: fit_gamma_gamma(spend_summary(days, END)))
    terms = ValueTerms(END, END + datetime.timedelta(days=365), AnnualRate(0.1), 0.3)
    rules = GroupRules(3, 90.0, 200.0, 1_000, {}, 90.0, 200.0)
    made_with = ScoreTerms(model, activity, spend, terms, rules, 0.9)
    step("scores", write_scores, SimpleNamespace(ibis=connection), days, history, made_with, folder / "ids.parquet",
         folder / "private")
    rows = connection.read_parquet(str(folder / "private" / "scores.parquet")).count().to_pandas()
    return took | {"rows": int(rows), "histories": len(history.frame),
                   "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2}


def measure(customers: int) -> dict[str, float]:
    """Return what :func:`score` finds for so many customers, in fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        for task in ("make", "score"):
            done = subprocess.run([sys.executable, "-W", "ignore", "-m", "benchmarks.scoring_scale", task, folder,
                                   str(customers)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["rows"] == customers, found
    return {"customers": customers} | found


def draw(found: list[dict[str, float]]) -> None:
    """Draw time and memory by number of customers."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    sizes = [line["customers"] for line in found]
    for name in ("summary", "fit", "spend", "scores"):
        left.loglog(sizes, [line[name] for line in found], marker="o", label=name)
    left.set(xlabel="customers", ylabel="seconds", title="Time of each step")
    left.legend(frameon=False)
    right.semilogx(sizes, [line["gigabytes"] for line in found], marker="o")
    right.axhline(MOST_GIGABYTES, linestyle="--", linewidth=1, color="grey")
    right.set(xlabel="customers", ylabel="gigabytes", title="Peak memory", ylim=(0, MOST_GIGABYTES * 1.1))
    figure.savefig(FIGURE, dpi=120)
    pyplot.close(figure)


def main() -> str:
    """Return the section as Markdown and draw the figure."""
    largest = int(os.environ.get("RELOPS_BENCH_LARGEST", SIZES[-1]))
    found = [measure(size) for size in SIZES if size <= largest]
    draw(found)
    lines = [f"| {line['customers']:,} | {line['histories']:,} | {line['summary']:.1f} | {line['fit']:.1f} | "
             f"{line['spend']:.1f} | {line['scores']:.1f} | {line['gigabytes']:.2f} |" for line in found]
    return "\n".join([
        "## Scoring ever more customers", "",
        "Two threads, the engine held to 1.5 GB; drawn in `scoring_scale.png`.", "",
        "| customers | distinct histories | summary, s | two fits, s | spend, s | scores to Parquet, s | peak, GB |",
        "|---|---|---|---|---|---|---|", *lines])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        place, number = Path(sys.argv[2]), int(sys.argv[3])
        if sys.argv[1] == "make":
            make_purchases(place, number)
        else:
            print(json.dumps(score(place)))
    else:
        print(main())
