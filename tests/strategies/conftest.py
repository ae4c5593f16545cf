"""A small company for tests of experiments: ibis tables over frames, as a notebook's session has them."""

from __future__ import annotations

from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

TABLES = ("customers", "purchases", "purchase_days", "touches", "feedback", "tickets", "referrals", "assignments")


def build(customers=None, orders=None, **others):
    """Return the tables of a run: orders (customer_id, ordered_at in UTC, amount, ...) give purchases and days."""
    frames = dict.fromkeys(TABLES) | {"customers": customers} | others
    if orders is not None:
        orders = orders.assign(ordered_at=pd.to_datetime(orders["ordered_at"], utc=True), record=range(len(orders)))
        frames["purchases"] = orders
        days = orders.assign(day=orders["ordered_at"].dt.date)
        frames["purchase_days"] = days.groupby(["customer_id", "day"], as_index=False).agg(
            amount=("amount", "sum"), orders=("amount", "size"))
    if (drawn := frames["assignments"]) is not None:
        frames["assignments"] = drawn.assign(record=range(len(drawn)))
        if "assigned_at" in drawn:
            frames["assignments"]["assigned_at"] = pd.to_datetime(drawn["assigned_at"], utc=True)
    tables = {name: None if frame is None else ibis.memtable(frame) for name, frame in frames.items()}
    return SimpleNamespace(**tables, keep=lambda query, name: query.cache())


@pytest.fixture
def company():
    return build
