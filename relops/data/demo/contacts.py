"""Touches and assignments as tables of the contract."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from relops.data.demo.brief import STRATEGY_OF
from relops.data.demo.campaigns import CHANNELS, EVENTS, NONE, Touches, campaign_ids, programme
from relops.data.demo.experiments import Trial
from relops.data.demo.population import Population
from relops.data.demo.settings import Block
from relops.data.demo.tables import customer_column, store_names
from relops.data.demo.write import Frame, identity, labels, money, numbers, times

# seasonal reminders are one strategy of the brief, whichever season
CAMPAIGN_STRATEGY = "S5"


def touch_frame(block: Block, parts: list[Touches]) -> Frame:
    """Return the touches table of a block, in order of time."""
    touches = Touches(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Touches)))
    order = np.argsort(touches.seconds, kind="stable")
    owner, seconds, campaign, channel, event, store, wait, human = (
        getattr(touches, field.name)[order] for field in fields(Touches))
    prices = programme()["message_cost"]
    cents = np.array([round(100 * prices.get(name, 0)) for name in CHANNELS])[channel] * (event == EVENTS.index("sent"))
    place = np.select([event == EVENTS.index("visit"), event == EVENTS.index("contact")], [0, 1], NONE)
    strategies = [STRATEGY_OF.get(name, CAMPAIGN_STRATEGY) for name in campaign_ids()]
    columns = {
        "customer": customer_column(block, owner), "touched_at": times(block.settings, seconds),
        "channel": labels(channel, CHANNELS), "campaign_id": labels(campaign, campaign_ids()),
        "strategy_id": labels(campaign, strategies), "event": labels(event, EVENTS), "cents": numbers(cents),
        "touchpoint": labels(place, ("checkout", "after_sales")), "store_id": labels(store, store_names()),
        "wait_s": numbers(wait, wait == NONE), "handled_by": labels(human, ("auto", "human"))}
    return Frame(columns, f"{identity('C', 'customer')} AS customer_id, touched_at, channel, touchpoint, store_id, "
                          f"campaign_id, strategy_id, event, wait_s, {money('cents')} AS cost, handled_by")


def assignment_frame(block: Block, population: Population, trials: list[Trial]) -> Frame:
    """Return the assignments table of a block: the rows that reached the log, in order of time within each test."""
    specs = {spec["id"]: spec for spec in programme()["experiments"]}
    parts = []
    for place, trial in enumerate(trials):
        chosen = np.flatnonzero(trial.logged)
        chosen = chosen[np.argsort(trial.seconds[chosen], kind="stable")]
        arms = list(specs[trial.id]["arms"])
        codes = np.array([all_arms().index(arm) for arm in arms])[trial.arm[chosen]]
        owner = trial.owner[chosen]
        store = population.store[owner] if "cluster" in specs[trial.id] else np.full(len(owner), -1)
        parts.append((np.full(len(owner), place), owner, trial.seconds[chosen], codes, store,
                      trial.opted_out[chosen].astype(int)))
    test, owner, seconds, arm, store, opted_out = (np.concatenate(column) for column in zip(*parts, strict=True))
    columns = {
        "experiment_id": labels(test, list(specs)), "customer": customer_column(block, owner),
        "arm": labels(arm, all_arms()), "assigned_at": times(block.settings, seconds),
        "cluster_id": labels(store, store_names()), "opted_out": labels(opted_out, ("false", "true"))}
    return Frame(columns, f"experiment_id, {identity('C', 'customer')} AS customer_id, arm, assigned_at, cluster_id, "
                          "opted_out")


def all_arms() -> list[str]:
    """Return the names of the arms of all experiments."""
    return list(dict.fromkeys(arm for spec in programme()["experiments"] for arm in spec["arms"]))
