"""The truth of each customer, under the ids of the files: for those who hold a model or a policy against it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from relops.data.demo.campaigns import programme
from relops.data.demo.contacts import all_arms
from relops.data.demo.experiments import MEASURES, Trial
from relops.data.demo.future import Future
from relops.data.demo.population import Population
from relops.data.demo.settings import Block
from relops.data.demo.tables import customer_column
from relops.data.demo.write import Frame, Writer, identity, labels, money, numbers


def write_private_truth(folder: Path, block: Block, population: Population, future: Future,
                        trials: list[Trial]) -> None:
    """Write ``customers`` and, where there were experiments, ``effects`` into ``folder``."""
    writer = Writer(block.settings, folder)
    try:
        writer.write("customers", _customers(block, population, future), block.number)
        if trials:
            writer.write("effects", _effects(block, trials), block.number)
    finally:
        writer.close()


def _customers(block: Block, population: Population, future: Future) -> Frame:
    """Return customer_id, active, rate_week (per week of the company's clock), stopping, mean_order, and for each
    horizon expected purchases, purchase days, spend."""
    columns = {"customer": customer_column(block, np.arange(len(population))),
               "active": labels(future.active.astype(int), ("false", "true")), "rate_week": numbers(population.rate),
               "stopping": numbers(population.stopping), "basket": numbers(future.basket_cents.astype(np.int64))}
    chosen = [f"{identity('C', 'customer')} AS customer_id, active, rate_week, stopping",
              f"{money('basket')} AS mean_order"]
    for weeks, horizon in future.horizons.items():
        columns |= {f"expected_{weeks}": numbers(horizon.expected), f"days_{weeks}": numbers(horizon.days.astype(int)),
                    f"cents_{weeks}": numbers(horizon.cents.astype(np.int64))}
        chosen.append(f"expected_{weeks} AS expected_purchases_{weeks}_weeks, days_{weeks} AS purchases_{weeks}_weeks, "
                      f"{money(f'cents_{weeks}')} AS spend_{weeks}_weeks")
    return Frame(columns, ", ".join(chosen))


def _effects(block: Block, trials: list[Trial]) -> Frame:
    """Return experiment_id, customer_id, arm, drawn (whether into this arm), then bought, spend, margin, opted_out:
    the outcome under this arm; expected_margin before luck fell. One row a subject and arm."""
    arms = {spec["id"]: list(spec["arms"]) for spec in programme()["experiments"]}
    parts = []
    for place, trial in enumerate(trials):
        for number, name in enumerate(arms[trial.id]):
            size = len(trial.owner)
            parts.append((np.full(size, place), trial.owner, np.full(size, all_arms().index(name)),
                          (trial.arm == number).astype(int), trial.expected[number], *trial.outcomes[number].T[1:]))
    test, owner, arm, drawn, expected, *outcomes = (np.concatenate(column) for column in zip(*parts, strict=True))
    told = {name: numbers(values.astype(np.int64)) for name, values in zip(MEASURES[1:], outcomes, strict=True)}
    columns = {"experiment_id": labels(test, list(arms)), "customer": customer_column(block, owner),
               "arm": labels(arm, all_arms()), "drawn": numbers(drawn),
               "expected": numbers(np.rint(expected).astype(np.int64)), **told}
    return Frame(columns, f"experiment_id, {identity('C', 'customer')} AS customer_id, arm, drawn, bought, "
                          f"{money('spend')} AS spend, {money('margin')} AS margin, opted_out, "
                          f"{money('expected')} AS expected_margin")
