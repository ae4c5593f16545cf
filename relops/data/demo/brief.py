"""The demo company's brief, in Chinese and in English: the same plan, the same numbers."""

from __future__ import annotations

import datetime
import functools
from pathlib import Path
from typing import Any

from relops.data.demo.campaigns import programme
from relops.data.demo.dirt import EXPORTED_AT
from relops.data.demo.settings import DemoSettings, company
from relops.locale import LANGUAGES, read_yaml


def brief_values(settings: DemoSettings, language: str) -> dict[str, Any]:
    """Return the values of the brief in one language, as :func:`relops.brief.write_brief` takes them."""
    values = _in_language(_plan(), language)
    values["period"] |= {"data_start": settings.first_day, "data_end": settings.last_day,
                         "timezone": company()["calendar"]["timezone"]}
    values["data"] = read_yaml(EXPORTS) if settings.exports else {"sources": sources(settings)}
    values["experiments"] = experiments()
    if settings.plain:
        values = {name: values[name] for name in ("client", "finance", "period", "data")}
        values["client"] = {name: values["client"][name] for name in ("name", "industry", "business_model", "contract")}
    return values


def discount_rate() -> float:
    """Return the brief's annual discount rate."""
    return _plan()["finance"]["discount_rate_year"]


def sources(settings: DemoSettings) -> list[dict[str, Any]]:
    """Return the mapping of an edition's files; their headers are the contract's own names."""
    tables = ("orders", "customers") if settings.plain else tuple(TABLES)
    files = f"*.{settings.extension}"
    found = []
    for table in tables:
        source: dict[str, Any] = {"table": table, "files": f"data/{table}{files}"}
        found.append(source | ({} if settings.plain else TABLES[table]))
    found[0]["grain"] = "order"
    if settings.dirty:
        found[0] |= {"files": "data/orders_*.csv", "key": ["order_id"], "exported_at": EXPORTED_AT}
    return found


# what a table's mapping needs beyond its files
TABLES: dict[str, dict[str, Any]] = {
    "orders": {"refunds": "negative", "status": {"counted": ["completed"], "not_counted": ["cancelled"],
                                                 "recharge": ["recharge"]}},
    "customers": {}, "touches": {}, "assignments": {"columns": {"opted_out": "opted_out"}}, "feedback": {},
    "tickets": {}, "referrals": {}, "mentions": {},
}
EXPORTS = Path(__file__).with_name("exports.yaml")
STRATEGY_OF = {"winback_autumn": "S1", "member_day": "S3", "store_tasting": "S4"}


def experiments() -> list[dict[str, Any]]:
    """Return the experiments as the brief states them: the plan, not what came of it."""
    found = []
    for spec in programme()["experiments"]:
        last = spec["start"] + datetime.timedelta(days=spec["days"] + spec["window_days"] - 1)
        days, targets = spec["window_days"], spec["targets"]
        found.append({
            "id": spec["id"], "strategy": STRATEGY_OF.get(spec["id"]), "unit": "customer",
            "cluster": spec.get("cluster"), "arms": spec["arms"], "control": "control", "alpha": 0.05, "power": 0.8,
            "start": spec["start"], "end": last, "contact_cost": spec["contact_cost"],
            "looks": spec.get("looks"), "segments": spec["segments"],
            "metrics": [
                {"id": "bought", "table": "orders", "column": "amount", "kind": "proportion", "role": "primary",
                 "direction": "increase", "target": targets["bought"], "window_days": days},
                {"id": "spend", "table": "orders", "column": "amount", "kind": "mean", "role": "secondary",
                 "direction": "increase", "target": targets["spend"], "window_days": days, "cap": 2000},
                {"id": "margin", "table": "orders", "column": "margin", "kind": "mean", "role": "secondary",
                 "direction": "increase", "target": targets["margin"], "window_days": days},
                {"id": "opted_out", "table": "assignments", "column": "opted_out", "kind": "proportion",
                 "role": "guardrail", "direction": "decrease", "margin": 0.01}]})
    return found


@functools.cache
def _plan() -> dict[str, Any]:
    return read_yaml(Path(__file__).with_name("plan.yaml"))


def _in_language(value: Any, language: str) -> Any:
    """Return a tree with every ``{zh, en}`` replaced by its text in one language."""
    if isinstance(value, list):
        return [_in_language(entry, language) for entry in value]
    if not isinstance(value, dict):
        return value
    if set(value) == set(LANGUAGES):
        return value[language]
    return {key: _in_language(entry, language) for key, entry in value.items()}
