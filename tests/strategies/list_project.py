"""A small company whose lists are known beforehand: who agreed, who was written to, who bought when."""

from __future__ import annotations

import csv
import datetime

import yaml

PEOPLE = 400
ARMS = {"control": 0.5, "voucher": 0.3, "gift": 0.2}
CONSENT = {True: "true", False: "false", None: ""}


def customer(number):
    """Customers whose ids a spreadsheet would compute, next to plain ones."""
    return f"=1+{number}" if number % 50 == 0 else f"C{number:04d}"


def brief(**changes):
    body = {
        "client": {"name": "tea"}, "finance": {"currency": "CNY"},
        "period": {"timezone": "Asia/Shanghai", "data_end": "2026-06-30"},
        "data": {"sources": [{"table": "orders", "files": "data/orders.csv"},
                             {"table": "customers", "files": "data/customers.csv"},
                             {"table": "touches", "files": "data/touches.csv"}]},
        "segments": {"r1_days": 60, "r2_days": 120, "f_star": 3},
        "channels": [{"id": "sms", "unit_cost": 0.05, "capacity_month": 50, "max_per_customer_month": 2}],
        "strategies": [{"id": "S1", "channel": "sms", "control_share": 0.2, "cap_per_customer_year": 3}],
        "experiments": [{"id": "summer", "strategy": "S1", "arms": ARMS, "start": "2026-07-10", "end": "2026-08-31"}],
    }
    for path, value in changes.items():
        *blocks, key = path.split("__")
        place_ = body
        for block in blocks:
            place_ = place_.setdefault(block, {})
        place_[key] = value
    return body


def make_project(folder, changes=None, people=PEOPLE, **brief_changes):
    """A company of ``people``: customer n bought n % 4 times, the last time n % 150 days before the end."""
    end = datetime.date(2026, 6, 30)
    orders, rows, touches = [], [], []
    for number in range(people):
        last = end - datetime.timedelta(days=number % 150)
        orders += [(f"{last - datetime.timedelta(days=20 * back)} 10:00:00", customer(number), 50 + number % 7)
                   for back in range(1 + number % 4)]
        consent = None if number % 10 == 9 else number % 10 != 8
        rows.append((customer(number), CONSENT[consent], ("east", "west")[number % 2], f"H{number // 2:03d}",
                     "2010-05-05" if number == 7 else "1980-01-01"))
        touches += [(customer(number), "2026-06-20 09:00:00", "sms", "S1", "sent")] * (number % 4)
        touches.append((customer(number), "2026-06-21 09:00:00", "sms", "S1", "open"))
    files = {"orders": (("ordered_at", "customer_id", "amount"), orders),
             "customers": (("customer_id", "consent_marketing", "region", "household_id", "birth_date"), rows),
             "touches": (("customer_id", "touched_at", "channel", "strategy_id", "event"), touches)}
    if changes:
        changes(files)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, (header, lines) in files.items():
        with (folder / "data" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *lines])
    (folder / "brief.yaml").write_text(yaml.safe_dump(brief(**brief_changes), sort_keys=False), encoding="utf-8")
    return folder
