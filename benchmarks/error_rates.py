"""How often the tests of experiments are wrong: false alarms where nothing happens, intervals that miss the truth,
effects found against what the plan promised.

Subjects are drawn anew in every simulation and go through the package's own tests, on arrays of aggregates
(``relops.strategies.simulation``; a test holds it equal to the single ones). ``RELOPS_BENCH_SIMULATIONS`` sets how many
simulations a cell takes (default ten thousand; the randomisation test draws anew each time and takes most of the time).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import numpy as np
from scipy.stats import skew

from benchmarks._error_cells import ALPHA, DRAWS, EVEN, LEVEL, POWER, Cell, Draw, Stores, all_cells
from relops.strategies.clusters import compare_totals
from relops.strategies.design import Bar, Spread, needed_subjects
from relops.strategies.families import adjust
from relops.strategies.health import ALARM, CHANCES
from relops.strategies.randomisation import is_lopsided, is_sparse, randomisation_test
from relops.strategies.sequential import plan_looks, sequence_half_width
from relops.strategies.shrinkage import paule_mandel, shrink, spread_around
from relops.strategies.simulation import ManyEffects, aggregate_rows, many_means, many_shares

SIMULATIONS, SEED = 10_000, 20_261_126
LOOKS, TUNED_AT = 14, 5_000
HELD = 4_000_000  # values held at once


def runs(draw: Draw, values: int, lift: float, simulations: int, seed: int) -> Iterator[ManyEffects]:
    """Yield the tests of a cell in pieces that fit into memory."""
    rng, step = np.random.default_rng(seed), max(1, HELD // values)
    for start in range(0, simulations, step):
        yield draw(rng, min(step, simulations - start), lift)


def spend_of(n: int, share: float, more: float, rng: np.random.Generator) -> np.ndarray:
    """Return the spend of ``n`` customers, of whom a share buys, lognormal amounts; first those who bought."""
    spend = np.zeros(n)
    buyers = rng.binomial(n, share)
    spend[:buyers] = rng.lognormal(4, 1, buyers) * (1 + more)
    return spend


def judge(arms: list[np.ndarray], draws: int, rng: np.random.Generator) -> tuple[float, float, float, bool]:
    """Return low, high, p of two arms by the test the package takes, and whether that was the randomisation test."""
    smaller, n = min(map(len, arms)), sum(map(len, arms))
    whole = np.concatenate(arms)
    few = is_sparse(np.count_nonzero(whole) * smaller / n, smaller)
    if few or is_lopsided(float(skew(whole)), *map(len, arms)):
        found, p, _ = randomisation_test(*arms, LEVEL, draws, int(rng.integers(2**31)))
        return found.low, found.high, p, True
    found = many_means(*(aggregate_rows(value=spend[None, :]) for spend in arms), LEVEL)
    return float(found.low[0]), float(found.high[0]), float(found.p[0]), False


def hold_out_lines(simulations: int) -> list[str]:
    """Return the lines of hold-outs of a tenth: rare buyers, or amounts of everybody with a long tail; treatment makes
    buyers spend half as much again, or twice as much where few are treated."""
    lines = []
    for control, treated, share, more, draws in ((1_000, 9_000, 0.01, 0.5, 399), (5_000, 45_000, 0.01, 0.5, 199),
                                                 (20_000, 180_000, 0.01, 0.5, 119), (200, 1_800, 1.0, 0.5, 199),
                                                 (9_000, 1_000, 0.02, 1.0, 399)):
        smaller = min(control, treated)
        rng, truth = np.random.default_rng(SEED + control), share * float(np.exp(4.5)) * more
        nothing, something = (np.array([judge([spend_of(control, share, 0.0, rng),
                                               spend_of(treated, share, lift, rng)], draws, rng)
                                        for _ in range(simulations)]) for lift in (0.0, more))
        covered = (something[:, 0] <= truth) & (something[:, 1] >= truth)
        # an exact test rejects at alpha itself, which a t test hits with no probability
        lines.append(f"| lognormal spend, control {control:,}, treated {treated:,}, {smaller * share:,.0f} buyers in "
                     f"the smaller, amounts {more:+.0%} ({nothing[:, 3].mean():.0%} by the randomisation test) "
                     f"| {rate(nothing[:, 2] <= ALPHA)} | {rate(covered)} | |")
    return lines


def sparse_looks_line(simulations: int) -> str:
    """Return the line of six planned looks at a small hold-out of rare spend."""
    smaller, looks = 800, 6
    levels, rng, stopped = plan_looks(looks, ALPHA).nominal_alpha(), np.random.default_rng(SEED + 6), []
    for _ in range(simulations):
        arms = [rng.permutation(spend_of(n, 0.01, 0.0, rng)) for n in (smaller, 9 * smaller)]
        stopped.append(any(judge([arm[:len(arm) * look // looks] for arm in arms], 399, rng)[2] <= level
                           for look, level in enumerate(levels, 1) if level > 1 / 400))
    return f"| lognormal spend, 800 against 7,200, 1% buy, {looks} planned looks | {rate(np.array(stopped))} | | |"


def looks_line(simulations: int) -> str:
    """Return the line of planned looks: a mean looked at fourteen times, planned for 80 % power; covered where the
    interval of every look holds the true effect."""
    bar = Bar(ALPHA, POWER, looks=LOOKS)
    each = round(needed_subjects(0.2, Spread(2.0, 2.0), EVEN, bar) / 2 / LOOKS)
    bounds, crossed, covered = plan_looks(LOOKS, ALPHA), {}, {}
    for lift in (0.0, 0.2):
        rng, stopped, held = np.random.default_rng(SEED + 14), [], []
        for _ in range(0, simulations, step := max(1, HELD // (2 * each * LOOKS))):
            arms = [rng.gamma(2, 1, (step, LOOKS * each)) + add for add in (0.0, lift)]
            looks = [many_means(*(aggregate_rows(value=arm[:, :look * each]) for arm in arms), 1 - level)
                     for look, level in enumerate(bounds.nominal_alpha(), 1)]
            stopped.append(np.any([found.alarms(level) for found, level in
                                   zip(looks, bounds.nominal_alpha(), strict=True)], axis=0))
            held.append(np.all([found.covers(lift) for found in looks], axis=0))
        crossed[lift], covered[lift] = (np.concatenate(each)[:simulations] for each in (stopped, held))
    return f"| mean, {LOOKS} planned looks | {rate(crossed[0.0])} | {rate(covered[0.2])} | {rate(crossed[0.2])} |"


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
    out = np.concatenate(ever)  # the interval moves with the effect: it misses the truth as often as it misses zero
    return f"| confidence sequence, looked at after every subject | {rate(out)} | {rate(~out)} | |"


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


def any_of(p: np.ndarray) -> np.ndarray:
    """Return which families (rows) sound an alarm after Holm's adjustment."""
    return np.array([adjust(row).min() <= ALPHA for row in p])


def hard_segments_lines(simulations: int) -> list[str]:
    """Return the lines of families of segments that a plain test would get wrong: rare spend and rare buyers of small
    hold-outs, and customers of whole stores, whose means lie a standard deviation apart."""
    rng, sizes = np.random.default_rng(SEED + 4), (250, 2_250)
    spend = [[judge([spend_of(n, 0.01, 0.0, rng) for n in sizes], 399, rng)[2] for _ in range(4)]
             for _ in range(simulations)]
    hits = [rng.binomial(n, 0.01, 4 * simulations) for n in sizes]
    bought = many_shares(hits[0], sizes[0], hits[1], sizes[1], LEVEL).p.reshape(simulations, 4)
    stores = []
    for _ in range(simulations):
        means = [rng.standard_normal(20) for _ in range(2)]  # twenty stores an arm, the same in every segment
        pairs = [[np.column_stack([33 * own + np.sqrt(33) * rng.standard_normal(20), np.full(20, 33.0)])
                  for own in means] for _ in range(3)]
        stores.append([compare_totals(pair, LEVEL, DRAWS, int(rng.integers(2**31))).p for pair in pairs])
    return [f"| any of {name}, Holm | {rate(any_of(np.array(p)))} | | |" for name, p in (
        ("4 segments, lognormal spend, 250 against 2,250 each, 1% buy", spend),
        ("4 segments, proportion, 250 against 2,250 each, 1%", bought),
        ("3 segments of 40 stores with 100 customers each", stores))]


def alarm_line(simulations: int) -> str:
    """Return the line of whole stores that did not differ before the test: how often its health sounds the alarm."""
    rng, stores, draws = np.random.default_rng(SEED + 9), Stores((12, 12), 1.5), round(CHANCES / ALARM)
    p = [compare_totals([stores.rows(rng, number, 0.0) for number in stores.numbers], 1 - ALARM, draws,
                        int(rng.integers(2**31))).p for _ in range(simulations)]
    return (f"| before the test, 12 stores against 12 of very uneven size, alarm at {ALARM:.1%} "
            f"| {rate(np.array(p) < ALARM)} | | |")


def shrunken_lines(simulations: int) -> list[str]:
    """Return the lines of shrunken effects of eight segments: how many intervals hold the true effect, by how far true
    effects differ, in standard errors."""
    lines = []
    for spread in (0.0, 0.75, 1.5, 3.0):
        rng, held = np.random.default_rng(SEED + 8), []
        for _ in range(simulations // 8):  # eight intervals each
            true, errors = rng.normal(0, spread, 8), rng.uniform(0.7, 1.4, 8)
            effects = true + rng.normal(0, errors)
            shrunken = shrink(effects, errors, paule_mandel(effects, errors))[1]
            held.append(np.abs(shrunken - true) <= 1.96 * spread_around(effects, errors, shrunken))
        lines.append(f"| shrunken effects of 8 segments, true ones {spread:g} standard errors apart "
                     f"| | {rate(np.concatenate(held))} | |")
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
    lines = [cell_line(cell, simulations) for cell in all_cells()]
    lines += [*hold_out_lines(simulations), looks_line(simulations), sparse_looks_line(simulations),
              sequence_line(simulations), *segments_lines(simulations), *hard_segments_lines(simulations),
              alarm_line(simulations), *shrunken_lines(simulations)]
    minutes = (time.process_time() - started) / 60
    return "\n".join([
        "## Error rates of experiments", "",
        f"{simulations:,} simulations a cell, each rate with its standard error; alarms at {ALPHA:.0%} without any "
        f"effect, intervals of {LEVEL:.0%} at a true one, power where the size was planned for "
        f"{POWER:.0%}; {minutes:.1f} minutes of CPU.", "",
        "| test | false alarms | coverage | power |", "|---|---|---|---|", *lines])


if __name__ == "__main__":
    print(main())
