"""What drawing arms costs: ten million customers into three arms by salted thresholds, against the bare
``SELECT sha256(id)`` on the same engine in the same run; exact balance within strata beside it, where every stratum is
sorted by hash.

Both sides write their rows to a table. Each side runs in a process of its own, whose peak memory (engine included) is
measured. ``RELOPS_BENCH_LARGEST`` sets the largest number of customers.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable

import ibis

from benchmarks import timed
from relops.strategies.assignment import Allocation, assign_arms, balance_arms

CUSTOMERS = 10_000_000
MOST_RATIO = 4.0
TIMES = 3
STRATA = 12
ALLOCATION = Allocation("winback", "winback", {"control": 0.34, "voucher": 0.33, "gift": 0.33})


def make_customers(number: int) -> ibis.BaseBackend:
    """Return an engine on two threads with ``customers``: id and stratum."""
    connection = ibis.duckdb.connect(threads=2)
    connection.raw_sql(f"CREATE TABLE customers AS SELECT 'C' || lpad(i::VARCHAR, 9, '0') AS id, "
                       f"hash(i) % {STRATA} AS stratum FROM range({number}) AS t(i)")
    return connection


def sides(connection: ibis.BaseBackend) -> dict[str, str]:
    """Return what is measured → its SQL."""
    customers = connection.table("customers")
    return {
        "sha256": "SELECT id, sha256(id) AS hash FROM customers",
        "arms": ibis.to_sql(assign_arms(customers, ALLOCATION, "id"), dialect="duckdb"),
        "strata": ibis.to_sql(balance_arms(customers, ALLOCATION, ["stratum"], "id"), dialect="duckdb"),
    }


def measure(side: str, number: int) -> dict[str, float]:
    """Return seconds and peak memory of one side, and what it gave: rows, and the largest gap between an arm's share
    and its plan."""
    connection = make_customers(number)
    query = sides(connection)[side]
    _, seconds = timed(lambda: connection.raw_sql(f"CREATE OR REPLACE TABLE drawn AS {query}"), TIMES)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = connection.raw_sql("SELECT count(*) FROM drawn").fetchone()[0]
    found = {"seconds": seconds, "gigabytes": peak, "rows": rows, "gap": 0.0}
    if side != "sha256":
        counts = dict(connection.raw_sql("SELECT arm, count(*) FROM drawn GROUP BY arm").fetchall())
        found["gap"] = max(abs(counts[arm] / rows - share) for arm, share in ALLOCATION.arms.items())
    return found


def in_own_process(side: str, number: int) -> dict[str, float]:
    """Return :func:`measure` of a process of its own, so that no side pays for the memory of another."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.assignment_cost", side, str(number)], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(measured: Callable[[str, int], dict[str, float]] = in_own_process) -> str:
    """Return the section as Markdown. Raises AssertionError where the bound is broken."""
    number = min(CUSTOMERS, int(os.environ.get("RELOPS_BENCH_LARGEST", CUSTOMERS)))
    found = {side: measured(side, number) for side in ("sha256", "arms", "strata")}
    bare = found["sha256"]
    assert all(one["rows"] == number for one in found.values())
    assert found["arms"]["gap"] < 5 * (0.25 / number) ** 0.5
    assert found["strata"]["gap"] < STRATA / number
    names = {"sha256": "`SELECT sha256(id)`", "arms": "three arms by thresholds", "strata": "exact within strata"}
    lines = [f"| {names[side]} | {one['seconds']:.2f} | {one['gigabytes']:.2f} | "
             f"**{one['seconds'] / bare['seconds']:.2f}** to one | {one['gap']:.1e} |" for side, one in found.items()]
    section = "\n".join(["## Drawing arms", "", f"{number:,} customers, two threads, best of {TIMES}; bound for arms "
                         f"by thresholds: {MOST_RATIO:g} times the bare hash.", "",
                         "| side | s | peak GB | against the hash | largest gap of a share |", "|---|---|---|---|---|",
                         *lines])
    assert found["arms"]["seconds"] / bare["seconds"] <= MOST_RATIO, section
    return section


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        print(main())
