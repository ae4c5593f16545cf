"""Tickets: what goes wrong with orders, how fast it is answered and closed, what is still open."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from relops.data.demo.events import NOBODY
from relops.data.demo.orders import COMPLETED, Orders
from relops.data.demo.purchases import CHANNELS
from relops.data.demo.settings import SECONDS_PER_DAY, Block, choose, waking
from relops.data.demo.tables import customer_column, store_names
from relops.data.demo.write import Frame, identity, labels, numbers, times
from relops.locale import read_yaml

ABSENT = -1


@functools.cache
def service() -> dict[str, Any]:
    """Return how the company is to deal with (``service.yaml``)."""
    return read_yaml(Path(__file__).with_name("service.yaml"))


@dataclass(frozen=True, eq=False)
class Tickets:
    """Tickets in order of opening; times in seconds, ``ABSENT`` where it has not happened."""

    owner: np.ndarray
    opened: np.ndarray
    responded: np.ndarray
    closed: np.ndarray
    reopened: np.ndarray
    channel: np.ndarray
    store: np.ndarray
    category: np.ndarray
    severity: np.ndarray
    agent: np.ndarray
    handle_seconds: np.ndarray
    escalated: np.ndarray

    def where(self, chosen: np.ndarray) -> Tickets:
        """Return the rows of a mask or of places."""
        return Tickets(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass
class TicketTruth:
    """Whole numbers of a block."""

    tickets: int = 0
    open: int = 0
    reopened: int = 0
    escalated: int = 0
    anonymous: int = 0


def draw_tickets(block: Block, orders: Orders) -> Tickets:
    """Return the tickets about a block's orders, up to the end of the data."""
    law, generator = service()["tickets"], block.generator("tickets")
    share = np.array([law["per_order"][name] for name in CHANNELS])[orders.channel]
    place = np.flatnonzero((orders.kind == COMPLETED) & (generator.random(len(orders)) < share))
    number, end = len(place), block.settings.data_days * SECONDS_PER_DAY
    category = choose(generator, [entry["share"] for entry in law["categories"]], number)
    edges = np.cumsum([entry["severity"] for entry in law["categories"]], axis=1)[category]
    severity = np.minimum((generator.random(number)[:, None] >= edges).sum(axis=1), len(law["severities"]) - 1)
    channel = choose(generator, law["channels"]["share"], number)

    def lasting(median: np.ndarray | float, unit: int) -> np.ndarray:
        return (median * unit * np.exp(law["spread"] * generator.standard_normal(number))).astype(np.int64) + 1

    opened = waking(orders.seconds[place] + generator.integers(SECONDS_PER_DAY, 9 * SECONDS_PER_DAY, number))
    names = law["channels"]["ids"]
    responded = opened + lasting(np.array([law["first_response_minutes"][name] for name in names])[channel], 60)
    closed = responded + lasting(np.array(law["close_hours"])[severity], 3600)
    hangs = (generator.random(number) < law["stay_open"]) & (opened >= end - law["open_days"] * SECONDS_PER_DAY)
    closed = np.where(hangs, end, closed)
    again = generator.random(number) < law["reopened"]
    reopened = np.where(again, closed + generator.integers(3600, 6 * SECONDS_PER_DAY, number), end)
    median = np.array([law["handle_seconds"][name] for name in names])[channel]
    owner = np.where(generator.random(number) < law["anonymous_share"], NOBODY, orders.owner[place])
    tickets = Tickets(
        owner, opened, *(np.where(when < end, when, ABSENT) for when in (responded, closed, reopened)),
        channel, orders.store[place], category, severity, generator.integers(0, law["agents"], number),
        lasting(median, 1), generator.random(number) < np.array(law["escalated"])[severity])
    inside = np.flatnonzero(opened < end)
    return tickets.where(inside[np.argsort(opened[inside], kind="stable")])


def count_tickets(tickets: Tickets) -> TicketTruth:
    """Return the truth about a block's tickets."""
    return TicketTruth(len(tickets.opened), int((tickets.closed == ABSENT).sum()),
                       int((tickets.reopened != ABSENT).sum()), int(tickets.escalated.sum()),
                       int((tickets.owner == NOBODY).sum()))


def ticket_frame(block: Block, tickets: Tickets, before: int) -> Frame:
    """Return the tickets table of a block, numbered from ``before`` + 1 on."""
    law, settings = service()["tickets"], block.settings
    agents = [f"A{number:02d}" for number in range(1, law["agents"] + 1)]
    columns = {
        "number": numbers(np.arange(before + 1, before + 1 + len(tickets.opened))),
        "opened_at": times(settings, tickets.opened), "customer": customer_column(block, tickets.owner),
        "channel": labels(tickets.channel, law["channels"]["ids"]), "store_id": labels(tickets.store, store_names()),
        "category": labels(tickets.category, [entry["id"] for entry in law["categories"]]),
        "severity": labels(tickets.severity, law["severities"]), "agent_id": labels(tickets.agent, agents),
        "handle_s": numbers(tickets.handle_seconds),
        "escalated": labels(tickets.escalated.astype(int), ("false", "true"))}
    columns |= {name: times(settings, np.maximum(when, 0), when == ABSENT) for name, when in (
        ("first_response_at", tickets.responded), ("closed_at", tickets.closed), ("reopened_at", tickets.reopened))}
    return Frame(columns, f"{identity('T', 'number')} AS ticket_id, opened_at, {identity('C', 'customer')} AS "
                          "customer_id, first_response_at, closed_at, reopened_at, channel, store_id, category, "
                          "severity, agent_id, handle_s, escalated")
