"""Files spoilt as exports are spoilt, every fault counted: the orders of a dirty edition.

Each row gets at most one fault. Rows that refunds speak of keep their dates, so that what a fault costs is the row
itself. Files are one a year, in different encodings, and one that came late.
"""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from relops.data.demo.settings import Block
from relops.data.demo.write import Frame, Writer

# fault → share of the rows it may fall on
SHARES = {
    "duplicates": 0.006, "late_rows": 0.004, "superseded_rows": 0.003, "unparsable_dates": 0.004,
    "ids_with_blanks": 0.010, "ids_in_formulas": 0.006, "ids_without_zeros": 0.003, "refunds_before_purchases": 0.15,
}
NO_DATES = ("2024-13-05 10:00:00", "0000-00-00", "昨天", "#REF!")
BLANKS = ("{} ", " {}", "\u3000{}", "{}\t")
# one till was set to the wrong half of the day for a while: its rows are twelve hours early, the morning's a day
SLOW_TILL, SLOW_FROM, SLOW_TO, SLOW_HOURS = "S05", "2025-03-01", "2025-06-01", 12
ENCODINGS = {"2023": "gb18030", "2024": "utf-8-sig", "2025": "utf-8", "2026": "gb18030"}
LATE_EXPORT = "20260705"
FILE = "orders_{}_exported_{}.csv"
EXPORTED_AT = r"_exported_(\d{8})"


def write_dirty_orders(writer: Writer, block: Block, frame: Frame) -> dict[str, Any]:
    """Write the orders of a block as spoilt files and return how often each fault occurs, under its name."""
    generator, rows = block.generator("dirt"), writer.texts(frame)
    fault = _draw_faults(rows, generator)
    told: dict[str, Any] = {name: int((fault == name).sum()) for name in SHARES}
    told["slow_till_rows"], told["slow_till_day_changed"] = _slow_till(rows, fault)
    told["refused_amount"] = round(float(rows.loc[fault == "unparsable_dates", "amount"].astype(float).sum()), 2)
    told["customers_split"] = int(rows.loc[fault == "ids_without_zeros", "customer_id"].nunique())
    year = rows["ordered_at"].str[:4]
    _spoil_ids(rows, fault, generator)
    _refund_early(rows, fault)
    unread = fault == "unparsable_dates"
    rows.loc[unread, "ordered_at"] = generator.choice(NO_DATES, int(unread.sum()))
    newest = rows[(fault == "late_rows") | (fault == "superseded_rows")]
    older = fault == "superseded_rows"
    # the till had the amount before the discount was taken off
    before = rows.loc[older, "amount"].astype(float) + rows.loc[older, "discount"].astype(float) + 1
    rows.loc[older, "amount"] = before.map("{:.2f}".format)
    kept = rows[fault != "late_rows"]
    kept = pd.concat([kept, kept[fault[fault != "late_rows"] == "duplicates"]]).sort_index(kind="stable")
    files = {FILE.format(key, f"{int(key) + 1}0101" if key < "2026" else "20260701"): kept[year[kept.index] == key]
             for key in ENCODINGS}
    files[FILE.format("late", LATE_EXPORT)] = newest
    told["encodings"] = dict(Counter([*ENCODINGS.values(), "utf-8"]))
    for name, content in files.items():
        encoding = next((encoding for key, encoding in ENCODINGS.items() if f"_{key}_" in name), "utf-8")
        _write(writer.folder / name, content, encoding)
        writer.rows["orders"] += len(content)
    return told


def _draw_faults(rows: pd.DataFrame, generator: np.random.Generator) -> pd.Series:
    """Return the fault of each row, empty for most."""
    refund = rows["refund_of"].notna()
    named = set(rows.loc[refund, "refund_of"])
    plain = (rows["status"] == "completed") & ~refund & ~rows["order_id"].isin(named) & rows["customer_id"].notna()
    fault = pd.Series("", index=rows.index)
    luck = generator.random(len(rows))
    names = [name for name in SHARES if name != "refunds_before_purchases"]
    edges = np.cumsum([SHARES[name] for name in names])
    place = np.searchsorted(edges, luck, side="right")
    for number, name in enumerate(names):
        fault[plain & (place == number)] = name
    fault[refund & (luck < SHARES["refunds_before_purchases"])] = "refunds_before_purchases"
    return fault


def _slow_till(rows: pd.DataFrame, fault: pd.Series) -> tuple[int, int]:
    """Set back the clock of one till and return its rows, and those that fell on the day before."""
    at = rows["ordered_at"]
    slow = (rows["store_id"] == SLOW_TILL) & (at >= SLOW_FROM) & (at < SLOW_TO) & (fault == "")
    moved = pd.to_datetime(at[slow]) - datetime.timedelta(hours=SLOW_HOURS)
    moved = moved.dt.strftime("%Y-%m-%d %H:%M:%S")
    changed = int((moved.str[:10] != at[slow].str[:10]).sum())
    rows.loc[slow, "ordered_at"] = moved
    return int(slow.sum()), changed


def _spoil_ids(rows: pd.DataFrame, fault: pd.Series, generator: np.random.Generator) -> None:
    blank = fault == "ids_with_blanks"
    forms = generator.integers(0, len(BLANKS), int(blank.sum()))
    rows.loc[blank, "customer_id"] = [BLANKS[form].format(name)
                                      for form, name in zip(forms, rows.loc[blank, "customer_id"], strict=True)]
    formula, short = fault == "ids_in_formulas", fault == "ids_without_zeros"
    rows.loc[formula, "customer_id"] = '="' + rows.loc[formula, "customer_id"] + '"'
    rows.loc[short, "customer_id"] = "C" + rows.loc[short, "customer_id"].str[1:].str.lstrip("0")


def _refund_early(rows: pd.DataFrame, fault: pd.Series) -> None:
    """Date some refunds a day before the order that they take back."""
    early = fault == "refunds_before_purchases"
    sold = rows.set_index("order_id")["ordered_at"]
    times = pd.to_datetime(rows.loc[early, "refund_of"].map(sold)) - datetime.timedelta(days=1)
    rows.loc[early, "ordered_at"] = times.dt.strftime("%Y-%m-%d %H:%M:%S")


def _write(path: Path, rows: pd.DataFrame, encoding: str) -> None:
    rows.to_csv(path, index=False, encoding=encoding, lineterminator="\n")
