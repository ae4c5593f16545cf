"""The kinds of metric whose error rates are measured: how their values come about, and what a treatment adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from tea_tasting.aggr import Aggregates

from relops.customers.estimates import Estimate
from relops.strategies.clusters import compare_totals
from relops.strategies.covariates import slopes_of
from relops.strategies.design import Bar, Spread, needed_subjects, share_spread
from relops.strategies.moments import BEFORE, PER, VALUE
from relops.strategies.ratio_randomisation import ratio_test
from relops.strategies.simulation import (
    ManyEffects,
    aggregate_rows,
    many_means,
    many_quantiles,
    many_ratios,
    many_shares,
)

ALPHA, LEVEL, POWER = 0.05, 0.95, 0.8
EVEN = (0.5, 0.5)
BUYERS, CAP = 0.1, 300.0
DRAWS = 399  # of a randomisation test: enough for a p of one in twenty
OF_CLUSTERS = 999  # of clusters, where power is held against its plan: fewer draws cost some
PILOT = 400_000  # subjects from which a plan takes the variance
Draw = Callable[[np.random.Generator, int, float], ManyEffects]


@dataclass(frozen=True)
class Cell:
    """A kind of metric: ``draw(rng, simulations, lift)`` runs so many tests, ``values`` is how many numbers one takes;
    ``lift`` of the second run with ``truth`` the difference it makes; ``planned`` whether the size is that of a plan
    for this very effect at 80 % power."""

    name: str
    draw: Draw
    values: int
    lift: float
    truth: float
    planned: bool = False


def planned_size(effect: float, spread: Spread) -> int:
    """Return the subjects in each of two equal arms that the plan asks for."""
    return round(needed_subjects(effect, spread, EVEN, Bar(ALPHA, POWER)) / 2)


def mean_cell() -> Cell:
    """Gamma amounts of shape two."""
    n = planned_size(0.2, Spread(2.0, 2.0))

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        before, after = (aggregate_rows(value=rng.gamma(2, 1, (size, n)) + add) for add in (0, lift))
        return many_means(before, after, LEVEL)

    return Cell("mean", draw, 2 * n, 0.2, 0.2, planned=True)


def share_cell(name: str, share: float, rise: float, sizes: tuple[int, int] | None = None) -> Cell:
    """Whether something happened; without ``sizes`` in two arms as large as the plan asks for."""
    before, after = sizes or (planned_size(rise, share_spread(share, share + rise)),) * 2

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        return many_shares(rng.binomial(before, share, size), before, rng.binomial(after, share + lift, size), after,
                           LEVEL)

    return Cell(name, draw, 2, rise, rise, planned=sizes is None)


def ratio_cell() -> Cell:
    """Orders over sessions of the same customer, whose propensity varies: rows are not independent."""
    rise = 0.03

    def arm(rng: np.random.Generator, size: int, n: int, lift: float) -> Aggregates:
        sessions = rng.geometric(0.25, (size, n))
        orders = rng.binomial(sessions, np.minimum(rng.beta(1.5, 3.5, (size, n)) + lift, 1.0))
        return aggregate_rows(value=orders.astype(float), per=sessions.astype(float))

    pilot = [arm(np.random.default_rng(8), 1, PILOT, add) for add in (0.0, rise)]
    n = planned_size(rise, Spread(*(float(cell.ratio_var(VALUE, PER)[0]) for cell in pilot)))

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        return many_ratios(arm(rng, size, n, 0.0), arm(rng, size, n, lift), LEVEL)

    return Cell("ratio, delta method", draw, 6 * n, rise, rise, planned=True)


def count_cell() -> Cell:
    """Events of a Poisson process whose rate varies between customers."""
    n = planned_size(0.1, Spread(0.75, 0.6 + 0.36))

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        before, after = (aggregate_rows(value=rng.poisson(rng.gamma(1, 0.5 + add, (size, n))).astype(float))
                         for add in (0.0, lift))
        return many_means(before, after, LEVEL)

    return Cell("count", draw, 4 * n, 0.1, 0.1, planned=True)


def quantile_cell(quantile: float) -> Cell:
    """A quantile of lognormal amounts; treatment makes all of them larger by a tenth."""
    n, at = 1_000, float(np.exp(np.sqrt(2) * 0.9061938) if quantile == 0.9 else 1.0)

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        before, after = (rng.lognormal(0, 1, (size, n)) * (1 + add) for add in (0.0, lift))
        return many_quantiles(before, after, quantile, LEVEL)

    return Cell(f"quantile {quantile:.0%}", draw, 2 * n, 0.1, 0.1 * at)


def capped_cell() -> Cell:
    """Spend of which nine in ten have none, capped at an amount fixed beforehand; a fifth more would be spent."""
    def arm(rng: np.random.Generator, size: int, n: int, lift: float) -> Aggregates:
        spend = rng.lognormal(4, 1, (size, n)) * (rng.random((size, n)) < BUYERS)
        return aggregate_rows(value=np.minimum(spend * (1 + lift), CAP))

    pilot = [arm(np.random.default_rng(7), 1, PILOT, add) for add in (0.0, 0.2)]
    truth = capped_mean(0.2) - capped_mean(0.0)
    n = planned_size(truth, Spread(*(float(cell.var(VALUE)[0]) for cell in pilot)))

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        return many_means(arm(rng, size, n, 0.0), arm(rng, size, n, lift), LEVEL)

    return Cell("spend, capped", draw, 4 * n, 0.2, truth, planned=True)


def capped_mean(lift: float) -> float:
    """Return the expected capped spend: the mean of a lognormal amount below the cap, and the cap for the rest."""
    rest = (np.log(CAP / (1 + lift)) - 4) / 1
    return BUYERS * float((1 + lift) * np.exp(4.5) * norm.cdf(rest - 1) + CAP * norm.sf(rest))


def cuped_cell() -> Cell:
    """Amounts of which half the variance was there before."""
    n = planned_size(0.15, Spread(1.0, 1.0, explained=0.5))

    def arm(rng: np.random.Generator, size: int, lift: float) -> dict[str, np.ndarray]:
        before = rng.standard_normal((size, n))
        return {VALUE: lift + np.sqrt(0.5) * (before + rng.standard_normal((size, n))), BEFORE: before}

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        return many_means(aggregate_rows(**arm(rng, size, 0.0)), aggregate_rows(**arm(rng, size, lift)), LEVEL, True)

    return Cell("mean, CUPED", draw, 4 * n, 0.15, 0.15, planned=True)


def index_cell() -> Cell:
    """Whether something happened, half of it told by two covariates, of which one is missing for a fifth."""
    n = 800

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        shape, treated = (size, 2 * n), np.arange(2 * n) >= n
        first, second = rng.standard_normal(shape), rng.standard_normal(shape)
        happened = (first + second + rng.standard_normal(shape) > norm.isf(0.3 + lift * treated) * np.sqrt(3)).astype(
            float)
        missing = rng.random(shape) < 0.2
        columns = np.stack([np.where(missing, 0.0, first), missing, second], axis=2)
        index = np.stack([own @ slopes_of(own, value, treated) for own, value in zip(columns, happened, strict=True)])
        return many_means(*(aggregate_rows(value=happened[:, side], before=index[:, side])
                            for side in (~treated, treated)), LEVEL, True)

    return Cell("proportion, two covariates with holes", draw, 16 * n, 0.05, 0.05)


def small_ratio_cell() -> Cell:
    """Amount per order in a hold-out of a tenth where few order, by the randomisation test: amounts rise by a fifth."""
    sizes = (300, 2_700)

    def arm(rng: np.random.Generator, n: int, lift: float) -> np.ndarray:
        orders = rng.poisson(0.15, n)
        rows = np.column_stack([orders * rng.gamma(3, 10, n) + lift * orders, orders.astype(float)])
        return rows[np.lexsort(rows.T)]

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        return as_many([ratio_test(arm(rng, sizes[0], 0.0), arm(rng, sizes[1], lift), LEVEL, DRAWS,
                                   int(rng.integers(2**31)))[:2] for _ in range(size)])

    return Cell("ratio, 300 against 2,700, about 45 orders in it", draw, sum(sizes) * 4, 6.0, 6.0)


def as_many(found: list[tuple[Estimate, float]]) -> ManyEffects:
    """Return single tests as an array of them. Where the drawings are the test, a p may lie on the level itself."""
    return ManyEffects(*(np.array([getattr(effect, name) for effect, _ in found], float)
                         for name in ("value", "low", "high")), np.array([p for _, p in found]) - 1e-12)


@dataclass(frozen=True)
class Stores:
    """Whole stores drawn, whose customers resemble each other: how many in each arm (None: as many as a plan asks for),
    the shape of their gamma sizes, the correlation within, and how much of it was there before."""

    numbers: tuple[int, int] | None = None
    shape: float = 4.0
    within: float = 0.05
    before: float = 0.0

    def rows(self, rng: np.random.Generator, number: int, lift: float) -> np.ndarray:
        """Return one arm: value, customers and the same before the test, by store."""
        people = rng.poisson(rng.gamma(self.shape, 40 / self.shape, number)) + 1.0
        own, past, other = (rng.standard_normal(number) for _ in range(3))
        kind = np.sqrt(self.before) * past + np.sqrt(1 - self.before) * own
        noise = np.sqrt((1 - self.within) * people)
        rows = np.column_stack([
            people * (1 + lift + np.sqrt(self.within) * kind) + noise * rng.standard_normal(number), people,
            people * (1 + np.sqrt(self.within) * past) + noise * other, people])
        rows = rows[np.lexsort(rows.T)]
        return rows if self.before else rows[:, :2]


def cluster_cell(name: str, rise: float, stores: Stores) -> Cell:
    """Whole stores drawn: each store is one case."""
    size_mean = 41
    spread = Spread(1.0, 1.0, cluster_size=size_mean, cluster_variation=np.sqrt(40**2 / stores.shape + 40) / size_mean,
                    within_cluster=stores.within)
    numbers = stores.numbers or (round(planned_size(rise, spread) / size_mean),) * 2

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        found = []
        for _ in range(size):
            pair = [stores.rows(rng, number, add) for number, add in zip(numbers, (0.0, lift), strict=True)]
            found.append(compare_totals(pair, LEVEL, OF_CLUSTERS, int(rng.integers(2**31))))
        return as_many([(each.effect, each.p) for each in found])

    return Cell(f"{name}, {numbers[0]} stores against {numbers[1]}", draw, 8 * sum(numbers), rise, rise,
                planned=stores.numbers is None)


def all_cells() -> list[Cell]:
    """Return every kind of metric."""
    return [mean_cell(), share_cell("proportion", 0.05, 0.02), share_cell("proportion, rare", 0.01, 0.01),
            share_cell("proportion, rare, hold-out of a tenth", 0.01, 0.01, (1_000, 9_000)),
            share_cell("retention", 0.3, 0.05), ratio_cell(), count_cell(), quantile_cell(0.5), quantile_cell(0.9),
            capped_cell(), cuped_cell(), index_cell(), small_ratio_cell(), cluster_cell("clusters", 0.1, Stores()),
            cluster_cell("few clusters", 0.35, Stores()),
            cluster_cell("clusters of very uneven size", 0.3, Stores((12, 12), 1.5)),
            cluster_cell("clusters of very uneven size", 0.3, Stores((20, 180), 1.5)),
            cluster_cell("clusters, CUPED", 0.3, Stores((15, 30), 1.5, before=0.7))]
