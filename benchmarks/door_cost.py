"""What the door costs: line items of two years in monthly CSVs, against DuckDB's own read_csv with all-text columns.

Both sides read the same files in the same run into a database file, each in a process of its own, whose peak memory
is told. ``RELOPS_BENCH_LINES`` sets the size (default five million, about 600 MB).
``python -m benchmarks.door_cost SIDE FOLDER`` is such a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import yaml

from benchmarks.demo_cost import peak_gigabytes

LINES = 5_000_000
MONTHS = 24
LINES_AN_ORDER = 3
MOST_RATIO = 4.0
MOST_GIGABYTES = 3.0
BRIEF = {
    "client": {"name": "benchmark"}, "finance": {"currency": "CNY"},
    "period": {"timezone": "Asia/Shanghai", "data_end": "2025-12-31"},
    "data": {"sources": [{
        "table": "orders", "files": "data/*.csv", "grain": "line", "amount_basis": "line", "key": ["子订单编号"],
        "status": {"counted": ["已完成"], "not_counted": ["已关闭"]},
        "columns": {"order_id": "主订单编号", "ordered_at": "订单提交时间", "customer_id": "会员编号",
                    "product": "选购商品", "quantity": "商品数量", "amount": "商品金额", "status": "订单状态",
                    "channel": "渠道"}}]}}


def write_files(folder: Path, lines: int) -> int:
    """Write the monthly files and the brief; return their size in bytes."""
    (folder / "data").mkdir(parents=True)
    (folder / "private").mkdir()
    (folder / "private" / "id.key").write_text("00" * 32, encoding="ascii")
    (folder / "brief.yaml").write_text(yaml.safe_dump(BRIEF, allow_unicode=True), encoding="utf-8")
    with duckdb.connect() as connection:
        for month in range(MONTHS):
            first, last = month * lines // MONTHS, (month + 1) * lines // MONTHS
            day = f"TIMESTAMP '{2024 + month // 12}-{month % 12 + 1:02d}-01'"
            connection.execute(f"""
                COPY (SELECT 'E' || lpad(CAST(o AS VARCHAR), 16, '0') AS "主订单编号",
                    'S' || lpad(CAST(i AS VARCHAR), 16, '0') AS "子订单编号",
                    strftime({day} + to_seconds(CAST(o * 7919 % (27 * 86400) AS BIGINT)), '%Y-%m-%d %H:%M:%S')
                        AS "订单提交时间",
                    'C' || lpad(CAST(o * 48271 % 400000 AS VARCHAR), 7, '0') AS "会员编号",
                    '商品' || h % 5000 AS "选购商品", 1 + h % 4 AS "商品数量", printf('%.2f', h % 20000 / 100.0 + 1)
                        AS "商品金额", CASE WHEN h % 50 = 0 THEN '已关闭' ELSE '已完成' END AS "订单状态",
                    ['抖音', '小程序', '门店'][1 + h % 3] AS "渠道", '备注' || h * 104729 AS "备注"
                FROM (SELECT i, i // {LINES_AN_ORDER} AS o, i * 2654435761 % 1000003 AS h
                    FROM range({first}, {last}) lines (i)))
                TO '{folder}/data/lines_{month + 1:02d}.csv' (HEADER)""")
    return sum(path.stat().st_size for path in folder.glob("data/*.csv"))


def read_plainly(folder: Path) -> int:
    """Let DuckDB read the files, all text, into a table; return its rows."""
    with duckdb.connect(str(folder / "plain.duckdb")) as connection:
        connection.execute(f"CREATE TABLE lines AS SELECT * FROM read_csv('{folder}/data/*.csv', all_varchar = true)")
        return connection.execute("SELECT count(*) FROM lines").fetchone()[0]


def take_in(folder: Path) -> int:
    """Take the files through the door; return the rows that came in."""
    from relops.data import ingest
    from relops.project import Project

    audit = ingest(Project.open(folder), folder / "door" / "engine.duckdb", folder / "door" / "quarantine")
    return audit.rows("orders", "rows_in")


def measured_apart(side: str, folder: Path) -> dict[str, float]:
    """Run one side in a process of its own and return seconds, rows and peak memory."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.door_cost", side, str(folder)], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> str:
    """Measure and return a section of RESULTS.md. Raises AssertionError where a bound is broken."""
    lines = int(os.environ.get("RELOPS_BENCH_LINES", LINES))
    with tempfile.TemporaryDirectory() as draft:
        folder = Path(draft) / "project"
        size = write_files(folder, lines)
        plain, door = measured_apart("plain", folder), measured_apart("door", folder)
    ratio = door["seconds"] / plain["seconds"]
    text = "\n".join([
        "### The door: cost", "",
        f"{lines:,} line items in {MONTHS} monthly CSVs ({size / 1e6:,.0f} MB), read, typed, keyed, made orders.", "",
        "| | seconds | peak memory |", "|---|---|---|",
        f"| DuckDB read_csv, all text, into a database file | {plain['seconds']:.1f} | {plain['gigabytes']:.2f} GB |",
        f"| the door | {door['seconds']:.1f} | {door['gigabytes']:.2f} GB |", "",
        f"Ratio {ratio:.2f} (bound {MOST_RATIO:g}); memory bound {MOST_GIGABYTES:g} GB."])
    assert plain["rows"] == door["rows"] == lines, text
    assert ratio <= MOST_RATIO and door["gigabytes"] < MOST_GIGABYTES, text
    return text


if __name__ == "__main__":
    start = time.perf_counter()
    rows = (read_plainly if sys.argv[1] == "plain" else take_in)(Path(sys.argv[2]))
    print(json.dumps({"seconds": time.perf_counter() - start, "rows": rows, "gigabytes": peak_gigabytes()}))
