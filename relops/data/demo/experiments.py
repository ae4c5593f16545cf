"""Four randomised experiments with both outcomes of every customer known: the true effect of each arm.

Each subject has one luck for all arms: an arm brings an order that would not have come where the luck lies below the
arm's chance, and keeps a buyer away where it lies above one less the chance of that. So the effect on the subjects
at hand is a plain difference, whichever arm they were drawn into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from relops.data.demo.basket import margin_cents
from relops.data.demo.campaigns import REFUSED, Touches, message_rows, programme
from relops.data.demo.events import Events, basket_events, discounted, join, moment, standing, window_sums
from relops.data.demo.population import Population
from relops.data.demo.purchases import STORE
from relops.data.demo.settings import SECONDS_PER_DAY, Block, choose, company, waking

AGE_BANDS = len(company()["age_bands"]["ids"])
NEVER = np.iinfo(np.int64).max
# who leaves the list does so within this many days of the assignment
DAYS_TO_LEAVE = 6
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
    """The events after all experiments, when each customer left the list (``refused_at``, seconds; ``NEVER``), the
    trials, the messages sent."""

    events: Events
    refused_at: np.ndarray
    trials: list[Trial] = field(default_factory=list)
    touches: list[Touches] = field(default_factory=list)


def run_experiments(block: Block, population: Population, events: Events, brought_at: np.ndarray) -> Programme:
    """Run the experiments one after the other on a block; ``events`` are by customer and time. Whom a campaign brought
    to buy (``brought_at``, seconds) was on the list until then."""
    result = Programme(events, np.full(len(population), NEVER))
    generator = block.generator("experiments")
    for spec in programme()["experiments"]:
        owner, seconds = _enrol(spec, block, population, result.events, generator)
        if "channel" in spec:  # who does not want to hear of it is no subject of a message
            listed = (population.consent[owner] != REFUSED) & (result.refused_at[owner] > seconds)
            owner, seconds = owner[listed], seconds[listed]
        arm = _assign(spec, block, population, owner, generator)
        leaves_at = waking(seconds + generator.integers(SECONDS_PER_DAY, DAYS_TO_LEAVE * SECONDS_PER_DAY, len(owner)))
        leaving = np.where((population.consent[owner] != REFUSED) & (leaves_at > brought_at[owner])
                           & (leaves_at < result.refused_at[owner]), leaves_at, NEVER)
        trial, result.events = _run(spec, block, population, result.events, (owner, seconds, arm, leaving), generator)
        left = trial.owner[trial.opted_out]
        result.refused_at[left] = leaving[trial.opted_out]
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
        owner = np.flatnonzero(chosen)
        week = generator.integers(0, spec["days"] // 7, len(owner))
        return owner, start + week * 7 * SECONDS_PER_DAY + 9 * 3600
    inside = (events.seconds >= start) & (events.seconds < start + spec["days"] * SECONDS_PER_DAY)
    if spec["enrol"] == "store_visitors":
        inside &= (population.channel[events.owner] == STORE) & (events.channel == STORE)
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
         subjects: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
         generator: np.random.Generator) -> tuple[Trial, Events]:
    owner, seconds, arm, leaving = subjects
    age, days = population.age_band[owner], spec["window_days"]
    luck = generator.random(len(owner))
    # from the next day on and before the window's last, so that all of them lie in it
    when = (seconds // SECONDS_PER_DAY + generator.integers(1, days, len(owner))) * SECONDS_PER_DAY
    offered = basket_events(block.settings, population, owner,
                            when + generator.integers(0, SECONDS_PER_DAY, len(owner)), generator)
    off = [spec.get("discount", {}).get(name, 0.0) for name in spec["arms"]]
    base, more = _under_discounts(events, offered, off, (owner, seconds, days))
    extra, suppressed, opting = (_chances(spec, kind)[:, age] for kind in ("extra", "suppressed", "opted_out"))
    gains, losses = luck < extra, luck > 1 - suppressed
    left = (generator.random(len(owner)) < opting) & (leaving < NEVER)
    outcomes = _outcomes(base, more, (gains, losses, left))
    expected = (1 - suppressed) * base[:, 2] + extra * more[:, 1]
    mine = np.arange(len(owner))
    gained, lost = gains[arm, mine], losses[arm, mine]
    stay = events.where(~_in_window(events, owner[lost], seconds[lost], days))
    after = join([stay, offered.where(gained)]).in_customer_order()
    for place in np.flatnonzero(off):
        after = _redeem(after, off[place], (owner[arm == place], seconds[arm == place], days))
    missing = np.array([spec.get("lost", {}).get(name, 0.0) for name in spec["arms"]])[arm]
    bought = outcomes[arm, mine, MEASURES.index("bought")] > 0
    logged = bought | (generator.random(len(owner)) >= missing)
    return Trial(spec["id"], owner, seconds, arm, left[arm, mine], logged, age, outcomes, expected), after


def _under_discounts(events: Events, offered: Events, off: Sequence[float],
                     window: tuple[np.ndarray, np.ndarray, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return by arm what each subject buys without being brought to it (orders, cents, margin) and what the order that
    an arm may bring comes to (cents, margin), when an arm's voucher takes so much off all orders of the window."""
    base, more = {}, {}
    for rate in set(off):
        cheaper = discounted(offered, rate)
        base[rate] = window_sums(discounted(events, rate), *window)
        more[rate] = np.stack([cheaper.cents, margin_cents(cheaper.cents, cheaper.listed, cheaper.product)])
    return np.stack([base[rate] for rate in off]), np.stack([more[rate] for rate in off])


def _outcomes(base: np.ndarray, offered: np.ndarray, fates: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Return arm × subject × measure from what :func:`_under_discounts` gives, and (each arm × subject) whether an arm
    brings its order, keeps away, drives off the list."""
    gains, losses, left = fates
    cents, margin = (np.where(losses, 0, base[:, 1 + place]) + np.where(gains, offered[:, place], 0)
                     for place in range(2))
    bought = ((base[:, 0] > 0) & ~losses) | gains
    return np.stack([np.ones(gains.shape, dtype=np.int64), bought, cents, margin, left], axis=2)


def _in_window(events: Events, owner: np.ndarray, seconds: np.ndarray, days: int) -> np.ndarray:
    """Return which events lie in the days after the moment of their owner."""
    since = np.full(int(events.owner.max(initial=0)) + 1, NEVER // 2)
    since[owner] = seconds
    start = since[events.owner]
    return (events.seconds > start) & (events.seconds <= start + days * SECONDS_PER_DAY)


def _redeem(events: Events, rate: float, window: tuple[np.ndarray, np.ndarray, int]) -> Events:
    """Return the events with the voucher taken off those of its window."""
    cheaper = discounted(events, rate)
    return replace(events, cents=np.where(_in_window(events, *window), cheaper.cents, events.cents))
