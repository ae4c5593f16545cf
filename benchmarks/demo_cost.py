"""What the demo company costs: all its tables against one DuckDB COPY of the same tables, and its peak memory.

``RELOPS_BENCH_CUSTOMERS`` sets the size (default a million, about five million orders); memory is measured at that
size and at twice it, each in a process of its own. ``python -m benchmarks.demo_cost FOLDER CUSTOMERS`` is such a
process.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from relops.data.contract import contract
from relops.data.demo import DemoSettings, make_demo

CUSTOMERS = 1_000_000
MOST_RATIO = 6.0
MOST_GIGABYTES = 4.0
# writing is repeated and the quickest taken, which is to our disadvantage
COPIES = 3


def peak_gigabytes() -> float:
    """Return the most memory this process has held."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would count the parent's memory, which a fork holds for a moment
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))[1]) / 1024**2
    import resource  # not on Windows

    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024**3 if sys.platform == "darwin" else 1024**2)


def generate(folder: Path, customers: int) -> dict[str, float]:
    """Make an edition in this process and return seconds, orders and peak memory."""
    start = time.perf_counter()
    truth = make_demo(folder, DemoSettings(customers=customers))
    seconds = time.perf_counter() - start
    rows = sum(value["value"] for name, value in truth["evidence"].items() if re.fullmatch(r"data\.\w+\.rows_in", name))
    return {"seconds": seconds, "orders": truth["evidence"]["data.orders.rows_in"]["value"], "rows": rows,
            "gigabytes": peak_gigabytes()}


def generate_apart(folder: Path, customers: int) -> dict[str, float]:
    """Make an edition in a process of its own and return what it measured."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.demo_cost", str(folder), str(customers)], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def copy_seconds(folder: Path) -> float:
    """Return the seconds of one COPY of each finished table to Parquet, the tables lying in memory."""
    seconds = 0.0
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as target:
        connection.execute("SET enable_progress_bar = false")
        for table in contract():
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{folder}/{table}_*.parquet')")
            times = []
            for _ in range(COPIES):
                start = time.perf_counter()
                connection.execute(f"COPY {table} TO '{target}/{table}.parquet' (FORMAT parquet)")
                times.append(time.perf_counter() - start)
            seconds += min(times)
            connection.execute(f"DROP TABLE {table}")
    return seconds


def main() -> str:
    """Measure and return a section of RESULTS.md. Raises AssertionError where a bound is broken."""
    customers = int(os.environ.get("RELOPS_BENCH_CUSTOMERS", CUSTOMERS))
    with tempfile.TemporaryDirectory() as draft:
        once = generate_apart(Path(draft) / "once", customers)
        copied = copy_seconds(Path(draft) / "once")
    with tempfile.TemporaryDirectory() as draft:
        twice = generate_apart(Path(draft) / "twice", 2 * customers)
    ratio = once["seconds"] / copied
    growth = twice["gigabytes"] / once["gigabytes"]
    lines = [
        "### The demo company: cost", "",
        f"{customers:,} customers, {once['orders']:,} orders, {once['rows']:,} rows in all eight tables.", "",
        "| | seconds | peak memory |", "|---|---|---|",
        f"| made and written as Parquet | {once['seconds']:.1f} | {once['gigabytes']:.2f} GB |",
        f"| the finished tables, one DuckDB COPY each | {copied:.1f} | |",
        f"| twice as many customers ({twice['orders']:,} orders) | {twice['seconds']:.1f} "
        f"| {twice['gigabytes']:.2f} GB |", "",
        f"Ratio {ratio:.1f} (bound {MOST_RATIO:g}); memory at twice the size {growth:.2f} times as much."]
    assert ratio <= MOST_RATIO, "\n".join(lines)
    assert max(once["gigabytes"], twice["gigabytes"]) < MOST_GIGABYTES, "\n".join(lines)
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(generate(Path(sys.argv[1]), int(sys.argv[2]))))
