"""How often the tests of experiments are wrong: false alarms where nothing happens, intervals that miss the truth,
effects found against what the plan promised.

Subjects are drawn anew in every simulation and go through the package's own tests, on arrays of aggregates
(``relops.strategies.simulation``; a test holds it equal to the single ones). ``RELOPS_BENCH_SIMULATIONS`` sets how many
simulations a cell takes (default ten thousand; the randomisation test draws anew each time and takes most of the time).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from tea_tasting.aggr import Aggregates

from relops.strategies.design import Bar, Spread, needed_subjects, share_spread
from relops.strategies.families import adjust
from relops.strategies.moments import BEFORE, PER, VALUE
from relops.strategies.randomisation import is_sparse, randomisation_test
from relops.strategies.sequential import plan_looks, sequence_half_width
from relops.strategies.simulation import (
    ManyEffects,
    aggregate_rows,
    many_means,
    many_quantiles,
    many_ratios,
    many_shares,
)

SIMULATIONS, SEED = 10_000, 20_261_126
ALPHA, LEVEL, POWER = 0.05, 0.95, 0.8
EVEN = (0.5, 0.5)
LOOKS, TUNED_AT = 14, 5_000
HELD = 4_000_000  # values held at once
BUYERS, CAP = 0.1, 300.0
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


def runs(draw: Draw, values: int, lift: float, simulations: int, seed: int) -> Iterator[ManyEffects]:
    """Yield the tests of a cell in pieces that fit into memory."""
    rng, step = np.random.default_rng(seed), max(1, HELD // values)
    for start in range(0, simulations, step):
        yield draw(rng, min(step, simulations - start), lift)


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


def cluster_cell() -> Cell:
    """Whole stores drawn, of different sizes, whose customers resemble each other: each store is one case."""
    size_mean, within, rise = 41, 0.05, 0.1
    spread = Spread(1.0, 1.0, cluster_size=size_mean, cluster_variation=np.sqrt(40**2 / 4 + 40) / size_mean,
                    within_cluster=within)
    stores = round(planned_size(rise, spread) / size_mean)

    def arm(rng: np.random.Generator, size: int, lift: float) -> Aggregates:
        people = rng.poisson(rng.gamma(4, 10, (size, stores))) + 1.0
        noise = (np.sqrt(within) * people * rng.standard_normal((size, stores))
                 + np.sqrt((1 - within) * people) * rng.standard_normal((size, stores)))
        return aggregate_rows(value=people * (1 + lift) + noise, per=people)

    def draw(rng: np.random.Generator, size: int, lift: float) -> ManyEffects:
        return many_ratios(arm(rng, size, 0.0), arm(rng, size, lift), LEVEL, freedom=2 * stores - 2)

    return Cell("clusters", draw, 8 * stores, rise, rise, planned=True)


def hold_out(smaller: int, rng: np.random.Generator, lift: float, draws: int) -> tuple[float, float, float, bool]:
    """Return low, high, p of one small hold-out with rare heavy-tailed spend by the test the package takes, and
    whether that was the randomisation test."""
    arms = []
    for n, more in ((smaller, 0.0), (9 * smaller, lift)):
        spend = np.zeros(n)
        buyers = rng.binomial(n, 0.01)
        spend[:buyers] = rng.lognormal(4, 1, buyers) * (1 + more)
        arms.append(spend)
    if is_sparse(sum(np.count_nonzero(spend) for spend in arms) / 10, smaller):
        found, p = randomisation_test(*arms, LEVEL, draws, int(rng.integers(2**31)))
        return found.low, found.high, p, True
    found = many_means(*(aggregate_rows(value=spend[None, :]) for spend in arms), LEVEL)
    return float(found.low[0]), float(found.high[0]), float(found.p[0]), False


def hold_out_lines(simulations: int) -> list[str]:
    """Return the lines of small hold-outs: a tenth held back, one customer in a hundred buys; treatment makes buyers
    spend half as much again."""
    lines, more = [], 0.5
    truth = 0.01 * float(np.exp(4.5)) * more
    for smaller, draws in ((1_000, 399), (5_000, 199), (20_000, 99), (25_000, 99)):
        rng = np.random.default_rng(SEED + smaller)
        nothing, something = (np.array([hold_out(smaller, rng, lift, draws) for _ in range(simulations)])
                              for lift in (0.0, more))
        covered = (something[:, 0] <= truth) & (something[:, 1] >= truth)
        # an exact test rejects at alpha itself, which a t test hits with no probability
        lines.append(f"| hold-out of {smaller:,} against {9 * smaller:,}, {smaller // 100} buyers in it "
                     f"({nothing[:, 3].mean():.0%} by the randomisation test) | {rate(nothing[:, 2] <= ALPHA)} "
                     f"| {rate(covered)} | |")
    return lines


def looks_line(simulations: int) -> str:
    """Return the line of planned looks: a mean looked at fourteen times, planned for 80 % power."""
    bar = Bar(ALPHA, POWER, looks=LOOKS)
    each = round(needed_subjects(0.2, Spread(2.0, 2.0), EVEN, bar) / 2 / LOOKS)
    bounds, results = plan_looks(LOOKS, ALPHA), []
    for lift in (0.0, 0.2):
        rng, stopped = np.random.default_rng(SEED + 14), []
        for _ in range(0, simulations, step := max(1, HELD // (2 * each * LOOKS))):
            arms = [rng.gamma(2, 1, (step, LOOKS * each)) + add for add in (0.0, lift)]
            crossed = np.zeros(step, bool)
            for look, level in enumerate(bounds.nominal_alpha(), 1):
                cells = [aggregate_rows(value=arm[:, :look * each]) for arm in arms]
                crossed |= many_means(*cells, LEVEL).alarms(level)
            stopped.append(crossed)
        results.append(np.concatenate(stopped)[:simulations])
    return f"| mean, {LOOKS} planned looks | {rate(results[0])} | | {rate(results[1])} |"


def sequence_line(simulations: int) -> str:
    """Return the line of looking after every subject with the confidence sequence, from the hundredth on."""
    n = np.arange(2, 10_001)
    ever = []
    for start in range(0, simulations, step := HELD // len(n)):
        rng = np.random.default_rng([SEED, start])
        steps = rng.gamma(2, 1, (min(step, simulations - start), len(n))) - 2
        total, squares = np.cumsum(steps, axis=1), np.cumsum(steps**2, axis=1)
        mean = total / n
        error = np.sqrt((squares / n - mean**2) / n)
        out = np.abs(mean) > sequence_half_width(error, n, ALPHA, TUNED_AT)
        ever.append(out[:, 98:].any(axis=1))
    return f"| confidence sequence, looked at after every subject | {rate(np.concatenate(ever))} | | |"


def segments_lines(simulations: int) -> list[str]:
    """Return the lines of families of segments: the chance of any alarm where there is no effect anywhere."""
    lines = []
    for segments in (5, 11, 27):
        rng, n, any_alarm, raw = np.random.default_rng(SEED + segments), 200, [], []
        for start in range(0, simulations, step := max(1, HELD // (2 * n * segments))):
            size = min(step, simulations - start)
            cells = [aggregate_rows(value=rng.gamma(2, 1, (size * segments, n))) for _ in range(2)]
            p = many_means(*cells, LEVEL).p.reshape(size, segments)
            any_alarm += [adjust(row).min() < ALPHA for row in p]
            raw.append((p < ALPHA).any(axis=1))
        lines.append(f"| any of {segments} segments, Holm (unadjusted {np.concatenate(raw).mean():.1%}) "
                     f"| {rate(np.array(any_alarm))} | | |")
    return lines


def rate(hits: np.ndarray) -> str:
    """Return a share with its standard error, in percent."""
    share = float(np.mean(hits))
    return f"{share:.2%} ± {np.sqrt(share * (1 - share) / len(hits)):.2%}"


def cell_line(cell: Cell, simulations: int) -> str:
    """Return the line of a kind of metric: false alarms, coverage of a true effect, power against the plan."""
    nothing = list(runs(cell.draw, cell.values, 0.0, simulations, SEED))
    something = list(runs(cell.draw, cell.values, cell.lift, simulations, SEED + 1))
    alarms, found = (np.concatenate([test.alarms(ALPHA) for test in tests]) for tests in (nothing, something))
    covers = np.concatenate([test.covers(cell.truth) for test in something])
    return f"| {cell.name} | {rate(alarms)} | {rate(covers)} | {rate(found) if cell.planned else ''} |"


def main() -> str:
    """Measure and return a section of RESULTS.md."""
    simulations = int(os.environ.get("RELOPS_BENCH_SIMULATIONS", SIMULATIONS))
    started = time.process_time()
    cells = [mean_cell(), share_cell("proportion", 0.05, 0.02), share_cell("proportion, rare", 0.01, 0.01),
             share_cell("proportion, rare, hold-out of a tenth", 0.01, 0.01, (1_000, 9_000)),
             share_cell("retention", 0.3, 0.05), ratio_cell(), count_cell(), quantile_cell(0.5), quantile_cell(0.9),
             capped_cell(), cuped_cell(), cluster_cell()]
    lines = [cell_line(cell, simulations) for cell in cells]
    lines += [*hold_out_lines(simulations), looks_line(simulations), sequence_line(simulations),
              *segments_lines(simulations)]
    minutes = (time.process_time() - started) / 60
    return "\n".join([
        "## Error rates of experiments", "",
        f"{simulations:,} simulations a cell, each rate with its standard error; alarms at {ALPHA:.0%} without any "
        f"effect, intervals of {LEVEL:.0%} at a true one, power where the size was planned for "
        f"{POWER:.0%}; {minutes:.1f} minutes of CPU.", "",
        "| test | false alarms | coverage | power |", "|---|---|---|---|", *lines])


if __name__ == "__main__":
    print(main())
