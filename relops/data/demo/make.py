"""An edition of the demo company: every table of the contract, block by block, and what is true of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relops.data.demo.campaigns import last_brought, plan_campaigns, send_campaigns
from relops.data.demo.clock import make_clock
from relops.data.demo.contacts import assignment_frame, touch_frame
from relops.data.demo.dirt import write_dirty_orders
from relops.data.demo.events import Events, data_events, join
from relops.data.demo.experiments import NEVER, Programme, run_experiments
from relops.data.demo.exports import write_exports
from relops.data.demo.feedback import draw_feedback, feedback_frame
from relops.data.demo.future import Future, look_ahead
from relops.data.demo.orders import Orders, make_orders
from relops.data.demo.population import Population, draw_population
from relops.data.demo.purchases import Purchases, draw_purchases
from relops.data.demo.referrals import count_referrals, draw_referrals, referral_frame
from relops.data.demo.settings import MOST_CSV_CUSTOMERS, Block, DemoSettings
from relops.data.demo.tables import customer_frame, order_frame
from relops.data.demo.tally import Tally
from relops.data.demo.tickets import count_tickets, draw_tickets, ticket_frame
from relops.data.demo.truth import tell_truth
from relops.data.demo.truth_people import write_private_truth
from relops.data.demo.visits import draw_contacts, draw_visits
from relops.data.demo.voice import draw_mentions, mention_frame
from relops.data.demo.write import Writer


@dataclass(frozen=True, eq=False)
class MadeBlock:
    """A block of the company: customers, all they will ever buy, and the orders of the data."""

    block: Block
    population: Population
    purchases: Purchases
    programme: Programme
    orders: Orders
    future: Future

    @property
    def first_seconds(self) -> np.ndarray:
        """When each customer bought first."""
        first = np.flatnonzero(np.diff(self.purchases.owner, prepend=-1))
        return self.purchases.seconds[first]


def make_demo(folder: str | Path, settings: DemoSettings, private: str | Path | None = None) -> dict[str, Any]:
    """Write the tables of an edition into ``folder`` and return its truth (the content of ``truth.json``).

    ``private`` is a folder for the truth of each customer, written for editions of one block alone: ``customers``
    (who is active, rate, stopping, what came) and ``effects`` (what each subject would have done under each arm).
    Raises OSError when a folder cannot be written.
    """
    writer, tally = Writer(settings, Path(folder)), Tally(settings)
    try:
        for made in make_blocks(settings, tally):
            _write_block(made, writer, tally)
            if private is not None and settings.customers <= MOST_CSV_CUSTOMERS:
                write_private_truth(Path(private), made.block, made.population, made.future, made.programme.trials)
        if not settings.plain:
            mentions = draw_mentions(settings)
            writer.write("mentions", mention_frame(settings, mentions))
            tally.counts["mentions.incident"] = int(mentions.incident.sum())
    finally:
        writer.close()
    return tell_truth(tally, writer.rows)


def _write_block(made: MadeBlock, writer: Writer, tally: Tally) -> None:
    block, population, orders = made.block, made.population, made.orders
    frames = {"orders": order_frame(block, orders, writer.rows["orders"]),
              "customers": customer_frame(block, population, orders,
                                           (made.first_seconds, made.programme.refused_at))}
    if not block.settings.plain:
        tickets = draw_tickets(block, orders)
        feedback, heard = draw_feedback(block, orders, tickets)
        referrals = draw_referrals(block, population, made.first_seconds)
        for name, part in (("feedback", heard), ("tickets", count_tickets(tickets)),
                           ("referrals", count_referrals(referrals))):
            tally.add_parts(name, part)
        frames |= {"touches": touch_frame(block, [*made.programme.touches, draw_visits(block, orders),
                                              draw_contacts(block, tickets)]),
                   "assignments": assignment_frame(block, population, made.programme.trials),
                   "feedback": feedback_frame(block, feedback),
                   "tickets": ticket_frame(block, tickets, writer.rows["tickets"]),
                   "referrals": referral_frame(block, referrals)}
    if block.settings.exports:
        writer.rows.update({table: frame.rows for table, frame in frames.items()})
        tally.exports = write_exports(writer, block, frames)
        return
    if block.settings.dirty:
        tally.dirt = write_dirty_orders(writer, block, frames.pop("orders"))
    for table, frame in frames.items():
        writer.write(table, frame, block.number)


def make_blocks(settings: DemoSettings, tally: Tally) -> Iterator[MadeBlock]:
    """Yield an edition block by block, counting into ``tally`` what is true of it."""
    clock = make_clock(settings)
    for block in settings.blocks():
        population = draw_population(block, clock)
        purchases = draw_purchases(block, clock, population)
        programme = _run_programme(block, population, data_events(settings, purchases), tally)
        orders = make_orders(block, population, programme.events)
        tally.add_orders(orders)
        days = tally.add_customers(programme.events, len(population))
        future = look_ahead(settings, clock, population, purchases)
        tally.add_future(future, days)
        yield MadeBlock(block, population, purchases, programme, orders, future)


def _run_programme(block: Block, population: Population, events: Events, tally: Tally) -> Programme:
    """Return the events after campaigns and experiments; the plain edition has none."""
    if block.settings.plain:
        return Programme(events, np.full(len(population), NEVER))
    waves = plan_campaigns(block, population, events)
    events = join([events, *(wave.extra for wave in waves)]).in_customer_order()
    programme = run_experiments(block, population, events, last_brought(waves, len(population)))
    campaigns = send_campaigns(block, population, waves, events, programme.refused_at)
    for name, truth in campaigns.truth.items():
        tally.add_parts(f"campaign.{name}", truth)
    programme.touches[:0] = campaigns.touches
    tally.add_trials(programme.trials)
    return programme
