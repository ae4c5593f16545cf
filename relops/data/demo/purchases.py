"""When customers buy, where and for how much: BG/NBD (MBG/NBD in the full edition) and Gamma-Gamma, drawn customer by
customer without a loop.

Fader, Hardie and Lee (2005), Marketing Science 24, 275-284; Batislam, Denizel and Filiztekin (2007), International
Journal of Research in Marketing 24, 201-209; Fader and Hardie (2013), brucehardie.com/notes/025.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relops.data.demo.basket import draw_baskets
from relops.data.demo.clock import Clock, within_hours
from relops.data.demo.population import Population
from relops.data.demo.settings import SECONDS_PER_DAY, Block, choose, company

CHANNELS = tuple(company()["channels"]["ids"])
STORE = CHANNELS.index("store")
# a customer's times lie between two multiples of this, so that one sorted array finds them all
STRIDE = 1 << 33


@dataclass(frozen=True, eq=False)
class Purchases:
    """Purchases from the first of each customer to the end of the future, ordered by customer and time.

    ``owner`` is the customer's place in the block, ``seconds`` count from the beginning of the first day, ``cents``
    is the amount, ``listed`` that before discounts, ``product`` the leading one, ``channel`` a place in
    :data:`CHANNELS`. ``stopped_at`` says, one entry a customer, which of the own purchases was the last (0 the first,
    which nobody stops at in the plain edition; beyond the own count: still active at the end of the future).
    """

    owner: np.ndarray
    seconds: np.ndarray
    cents: np.ndarray
    listed: np.ndarray
    product: np.ndarray
    channel: np.ndarray
    stopped_at: np.ndarray

    @property
    def day(self) -> np.ndarray:
        """Days since the first day."""
        return self.seconds // SECONDS_PER_DAY


def draw_purchases(block: Block, clock: Clock, population: Population) -> Purchases:
    """Return the purchases of a block's customers, future included."""
    settings, generator = block.settings, block.generator("purchases")
    span = clock.weeks_at[-1] - population.start_weeks
    arrivals = generator.poisson(population.rate * span)
    # the plain edition's first chance of stopping is after the first repeat purchase, the full one's before it
    stopped_at = generator.geometric(population.stopping) - (0 if settings.plain else 1)
    count = np.minimum(arrivals, stopped_at)
    weeks, owner, nth = _times(population.start_weeks, span, arrivals, count, generator)
    seconds = clock.seconds(np.minimum(weeks, np.nextafter(clock.weeks_at[-1], 0)))
    if settings.plain:
        seconds = _one_a_day(seconds, owner, nth)
        kept = seconds < settings.data_seconds + settings.future_days * SECONDS_PER_DAY
        seconds, owner = seconds[kept], owner[kept]
        channel = np.zeros(len(owner), dtype=np.int16)
    else:
        channel = draw_channels(population, owner, generator)
        seconds = within_hours(seconds, channel == STORE)
        # two of a day, one at a store and one not, may have changed places
        order = np.argsort(owner * STRIDE + seconds, kind="stable")
        seconds, channel = seconds[order], channel[order]
    bought = draw_baskets(settings, population, owner, seconds, generator)
    return Purchases(owner, seconds, bought.cents, bought.listed, bought.product, channel, stopped_at)


def draw_channels(population: Population, owner: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return where purchases of ``owner`` are made: mostly on the own channel."""
    law, number = company()["channels"], len(owner)
    strays = generator.random(number) >= law["kept"]
    return np.where(strays, choose(generator, law["share"], number), population.channel[owner]).astype(np.int16)


def _times(start: np.ndarray, span: np.ndarray, arrivals: np.ndarray, count: np.ndarray,
           generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return operational time, customer and number of each purchase.

    ``arrivals`` points of a Poisson process on a span are its even order statistics: running sums of exponential
    gaps over their total. Only the first ``count`` are drawn; the gaps behind them enter as one gamma variable.
    """
    first = np.cumsum(count + 1) - (count + 1)
    owner = np.repeat(np.arange(len(count)), count + 1)
    nth = np.arange(len(owner)) - first[owner]
    gaps = generator.standard_exponential(len(owner))
    gaps[first] = 0
    running = np.cumsum(gaps)
    running -= running[first][owner]
    total = running[first + count] + generator.standard_gamma(arrivals + 1 - count)
    return start[owner] + running * (span / total)[owner], owner, nth


def _one_a_day(seconds: np.ndarray, owner: np.ndarray, nth: np.ndarray) -> np.ndarray:
    """Move a purchase that falls on a day already bought on to the next free day, so that a purchase day is a
    purchase and what is counted in days follows the model."""
    day = seconds // SECONDS_PER_DAY
    lifted = day - nth + owner * (1 << 32)
    moved = np.maximum.accumulate(lifted) - owner * (1 << 32) + nth
    return moved * SECONDS_PER_DAY + seconds % SECONDS_PER_DAY
