"""Four randomised experiments with both outcomes of every customer known: the true effect of each arm.

Each subject has one luck for all arms: an arm brings an order that would not have come where the luck lies below the
arm's chance, and keeps a buyer away where it lies above one less the chance of that. So the effect on the subjects
at hand is a plain difference, whichever arm they were drawn into.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from relops.data.demo.basket import margin_cents
from relops.data.demo.campaigns import Touches, message_rows, programme
from relops.data.demo.events import Events, basket_events, join, moment, standing, window_sums
from relops.data.demo.population import Population
from relops.data.demo.settings import SECONDS_PER_DAY, Block, choose, company

AGE_BANDS = len(company()["age_bands"]["ids"])
STORE = company()["channels"]["ids"].index("store")
REFUSED = company()["consent"]["ids"].index("false")
# per subject: one, bought in the window, cents spent, margin cents, left the list
MEASURES = ("subjects", "bought", "spend", "margin", "opted_out")


@dataclass(frozen=True, eq=False)
class Trial:
    """One experiment in a block. Rows are subjects: ``owner``, ``seconds`` of assignment, ``arm``, ``opted_out``,
    ``logged`` (the row reached the log), ``age`` band. ``outcomes`` is the truth: arm × subject × measure
    (:data:`MEASURES`), what each subject would have done under each arm; ``expected`` arm × subject the margin cents
    that were to be expected before luck fell."""

    id: str
    owner: np.ndarray
    seconds: np.ndarray
    arm: np.ndarray
    opted_out: np.ndarray
    logged: np.ndarray
    age: np.ndarray
    outcomes: np.ndarray
    expected: np.ndarray

    @property
    def sums(self) -> np.ndarray:
        """Return (arm, age band, measure): the outcomes of all subjects summed, under each arm."""
        return np.stack([np.stack([np.bincount(self.age, values, AGE_BANDS).astype(np.int64) for values in arm.T], 1)
                         for arm in self.outcomes])

    @property
    def expected_sums(self) -> np.ndarray:
        """Return (arm, age band): the expected margin cents of all subjects summed, under each arm."""
        return np.stack([np.bincount(self.age, values, AGE_BANDS) for values in self.expected])


@dataclass
class Programme:
    """The events after all experiments, the trials, the messages they sent."""

    events: Events
    trials: list[Trial] = field(default_factory=list)
    touches: list[Touches] = field(default_factory=list)


def run_experiments(block: Block, population: Population, events: Events) -> Programme:
    """Run the experiments one after the other on a block; ``events`` are by customer and time."""
    result = Programme(events)
    generator = block.generator("experiments")
    for spec in programme()["experiments"]:
        owner, seconds = _enrol(spec, block, population, result.events, generator)
        arm = _assign(spec, block, population, owner, generator)
        trial, result.events = _run(spec, block, population, result.events, (owner, seconds, arm), generator)
        result.trials.append(trial)
        if "channel" in spec:
            told = arm > 0
            result.touches += message_rows(owner[told], seconds[told] + 600, spec["id"], spec["channel"], generator)
    return result


def _enrol(spec: dict[str, Any], block: Block, population: Population, events: Events,
           generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the subjects and when each was assigned: quiet customers in weekly batches, buyers as they come."""
    start = moment(block.settings, spec["start"])
    if spec["enrol"] == "quiet":
        known = standing(events, start, len(population))
        silent = (start - known.last) / SECONDS_PER_DAY
        chosen = (known.orders > 0) & (silent >= spec["quiet_days"][0]) & (silent <= spec["quiet_days"][1])
        owner = np.flatnonzero(chosen & (population.consent != REFUSED))
        week = generator.integers(0, spec["days"] // 7, len(owner))
        return owner, start + week * 7 * SECONDS_PER_DAY + 9 * 3600
    inside = (events.seconds >= start) & (events.seconds < start + spec["days"] * SECONDS_PER_DAY)
    if spec["enrol"] == "store_visitors":
        inside &= population.channel[events.owner] == STORE
    owner = events.owner[inside]
    first = np.diff(owner, prepend=-1) > 0  # events stand by customer and time
    return owner[first], events.seconds[inside][first]


def _assign(spec: dict[str, Any], block: Block, population: Population, owner: np.ndarray,
            generator: np.random.Generator) -> np.ndarray:
    """Return each subject's arm: drawn alone, or with the own store, half of which hold each arm."""
    if "cluster" not in spec:
        return choose(generator, list(spec["arms"].values()), len(owner))
    return store_arms(block)[population.store[owner]]


def store_arms(block: Block) -> np.ndarray:
    """Return the arm of each store: the same in every block, half of them each."""
    stores = company()["stores"]
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(block.settings.seed, spawn_key=(1 << 31,))))
    return (draw.permutation(stores) % 2).astype(np.int16)


def _chances(spec: dict[str, Any], kind: str) -> np.ndarray:
    """Return a table of chances: arm by age band."""
    return np.array([spec.get(kind, {}).get(arm, [0.0] * AGE_BANDS) for arm in spec["arms"]])


def _run(spec: dict[str, Any], block: Block, population: Population, events: Events,
         subjects: tuple[np.ndarray, np.ndarray, np.ndarray], generator: np.random.Generator) -> tuple[Trial, Events]:
    owner, seconds, arm = subjects
    age, days = population.age_band[owner], spec["window_days"]
    base = window_sums(events, owner, seconds, days)
    luck = generator.random(len(owner))
    when = seconds + generator.integers(3600, days * SECONDS_PER_DAY, len(owner))
    offered = basket_events(block.settings, population, owner, when, generator)
    extra, suppressed, opting = (_chances(spec, kind)[:, age] for kind in ("extra", "suppressed", "opted_out"))
    gains, losses, left = luck < extra, luck > 1 - suppressed, generator.random(len(owner)) < opting
    kept = margin_cents(offered.cents, offered.listed, offered.category)
    outcomes = _outcomes(base, (offered.cents, kept), (gains, losses, left))
    expected = (1 - suppressed) * base[2] + extra * kept
    mine = np.arange(len(owner))
    gained, lost = gains[arm, mine], losses[arm, mine]
    after = join([_apply(events, owner, seconds, days, lost), offered.where(gained)]).in_customer_order()
    missing = np.array([spec.get("lost", {}).get(name, 0.0) for name in spec["arms"]])[arm]
    bought = outcomes[arm, mine, MEASURES.index("bought")] > 0
    logged = bought | (generator.random(len(owner)) >= missing)
    return Trial(spec["id"], owner, seconds, arm, left[arm, mine], logged, age, outcomes, expected), after


def _outcomes(base: np.ndarray, offered: tuple[np.ndarray, np.ndarray],
              fates: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Return arm × subject × measure from the window's orders, cents and margin without the test, cents and margin
    of the order that an arm may bring, and (each arm × subject) whether it does, keeps away, drives off the list."""
    gains, losses, left = fates
    cents, margin = (np.where(losses, 0, usual) + np.where(gains, more, 0)
                     for usual, more in zip(base[1:], offered, strict=True))
    bought = ((base[0] > 0) & ~losses) | gains
    return np.stack([np.ones(gains.shape, dtype=np.int64), bought, cents, margin, left], axis=2)


def _apply(events: Events, owner: np.ndarray, seconds: np.ndarray, days: int, lost: np.ndarray) -> Events:
    """Return the events without those that an arm kept away."""
    since = np.full(int(events.owner.max(initial=0)) + 1, np.iinfo(np.int64).max // 2)
    since[owner[lost]] = seconds[lost]
    start = since[events.owner]
    return events.where(~((events.seconds > start) & (events.seconds <= start + days * SECONDS_PER_DAY)))
