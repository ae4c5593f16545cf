"""Effects against fixtures of tea-tasting (n = 100 and its sums), gbstats 0.8.0 (growthbook) and printed sample ratios.

Sums of squares are those of the fixtures; relative intervals are tea-tasting's, on the scale of the ratio.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, t
from statsmodels.stats.multitest import multipletests
from tea_tasting.aggr import Aggregates

from relops.customers.estimates import Estimate
from relops.strategies.effects import compare_means, compare_ratios
from relops.strategies.families import adjust
from relops.strategies.health import sample_ratio
from relops.strategies.shrinkage import heterogeneity
from relops.strategies.strata import relative_by_delta


def cell(n, **columns):
    """Aggregates from sums: value=(sum, sum of squares), and under `a_b` the sum of products."""
    names = [name for name in columns if "_" not in name]
    means = {name: columns[name][0] / n for name in names}
    variances = {name: (columns[name][1] - n * means[name] ** 2) / (n - 1) for name in names}
    pairs = {tuple(name.split("_")): (total - n * means[name.split("_")[0]] * means[name.split("_")[1]]) / (n - 1)
             for name, total in columns.items() if "_" in name}
    return Aggregates(n, means, variances, pairs)


CONTROL = cell(53, value=(30, 58), before=(28, 90), value_before=56)
TREATED = cell(47, value=(18, 30), before=(15, 31), value_before=23)


def test_mean():
    found = compare_means(CONTROL, TREATED, 0.95, covariate=False)
    assert (found.control.value, found.treated.value) == pytest.approx((0.5660377, 0.3829787), abs=1e-7)
    assert (found.effect.low, found.effect.high) == pytest.approx((-0.5004359, 0.1343179), abs=1e-7)
    assert (found.relative.value, found.relative.low, found.relative.high) == pytest.approx(
        (-0.3234043, -0.6593351, 0.3437892), abs=1e-7)
    assert found.p == pytest.approx(0.2551231, abs=1e-7)


def test_mean_adjusted_by_what_was_before():
    found = compare_means(CONTROL, TREATED, 0.95, covariate=True)
    assert (found.effect.low, found.effect.high, found.p) == pytest.approx((-0.287369, 0.159397, 0.571026), abs=1e-6)
    assert found.effect.value == pytest.approx(0.446087 - 0.510073, abs=1e-6)
    assert 0.4 < found.variance_cut < 0.6


def test_ratio():
    control = cell(53, value=(30, 58), per=(105, 259), value_per=80)
    treated = cell(47, value=(18, 30), per=(89, 205), value_per=41)
    found = compare_ratios(control, treated, 0.95)
    assert (found.control.value, found.treated.value) == pytest.approx((0.2857143, 0.2022472), abs=1e-7)
    assert (found.effect.low, found.effect.high, found.p) == pytest.approx((-0.235930, 0.068996, 0.279960), abs=1e-6)


def test_absolute_effect_of_gbstats():
    found = compare_means(cell(3407, value=(1396.87, 52377.9767)), cell(3461, value=(2422.7, 134698.29)), 0.95, False)
    effect = found.effect
    assert (effect.value, effect.low, effect.high) == pytest.approx((0.29, 0.04538, 0.53462), abs=6e-6)
    assert found.p == pytest.approx(0.02016, abs=6e-6)


def test_one_sided_p_of_gbstats():
    """On 3000 and 3461 subjects; the effect goes the way that is asked for, so half of the two-sided p."""
    found = compare_means(cell(3000, value=(1396.87, 52377.9767)), cell(3461, value=(2422.7, 134698.29)), 0.95, False)
    assert found.p / 2 == pytest.approx(0.0355427, abs=1e-6)


MEANS = (cell(3407, value=(1396.87, 52377.9767)), cell(3461, value=(2422.7, 134698.29)))
ONE_SIDED = (cell(3000, value=(1396.87, 52377.9767)), MEANS[1])
SHARES = (cell(28, value=(14, 14)), cell(30, value=(16, 16)))  # its variance is that of n, not of n - 1


@pytest.mark.parametrize(("cells", "less", "relative", "error", "low", "high", "p", "sides"), [
    (MEANS, 0, 0.70732, 0.37879, -0.03526, 1.44989, 0.06191, 2),
    (SHARES, 1, 0.06667, None, -0.47767, 0.61101, 0.80707, 2),
    (ONE_SIDED, 0, None, None, None, None, 0.0655826, 1)])
def test_relative_effects_of_gbstats(cells, less, relative, error, low, high, p, sides):
    """Its interval of a relative effect is the linear one of the delta method, which ours is within strata; elsewhere
    ours is that of the ratio's logarithm, and named as such."""
    squares = [each.var("value") * (each.count() - less) / each.count() / each.count() for each in cells]
    parts = [square**2 / (each.count() - 1) for square, each in zip(squares, cells, strict=True)]
    freedom = sum(squares) ** 2 / sum(parts)
    own = [Estimate(each.mean("value"), None, None, each.count()) for each in cells]
    found = relative_by_delta(own, np.sqrt(squares), freedom, 0.95)
    own_error = (found.high - found.low) / 2 / t.ppf(0.975, freedom)
    assert sides * t.sf(found.value / own_error, freedom) == pytest.approx(p, abs=6e-6)
    if low is not None:
        assert (found.value, found.low, found.high) == pytest.approx((relative, low, high), abs=6e-6)
    if error is not None:
        assert own_error == pytest.approx(error, abs=6e-6)


def test_four_shares_of_r():
    """prop.test on smokers among lung patients: 83 of 86, 90 of 93, 129 of 136, 70 of 82 (Fleiss 1981). With the
    pooled variance, Cochran's Q of shares is that chi-square."""
    hits, n = np.array([83, 90, 129, 70]), np.array([86, 93, 136, 82])
    pooled = hits.sum() / n.sum()
    q = heterogeneity(hits / n, np.sqrt(pooled * (1 - pooled) / n), 0.0)
    assert q == pytest.approx(12.600411, abs=1e-6)
    assert chi2.sf(q, 3) == pytest.approx(0.0055855, abs=5e-8)


@pytest.mark.parametrize(("segments", "chance"), [(5, 0.226), (11, 0.431), (27, 0.750)])
def test_fished_segments(segments, chance):
    """The chance that one of so many independent segments looks significant without any effect; after Holm's
    adjustment the smallest p must be that of a twentieth of the family."""
    assert 1 - 0.95**segments == pytest.approx(chance, abs=5e-4)
    assert adjust([0.05 / segments, *[0.5] * (segments - 1)]).min() == pytest.approx(0.05)


@pytest.mark.parametrize(("counts", "p"), [
    ((821_588, 815_482), 1.82e-6), ((50_100, 49_900), 0.527), ((501_000, 499_000), 0.0455),
    ((5_010_000, 4_990_000), 2.54e-10)])
def test_sample_ratio(counts, p):
    """Kohavi, Tang & Xu (2020) print the first; the others are the chi-square of the same deviation at larger n."""
    found = sample_ratio(dict(zip("ab", counts, strict=True)), {"a": 0.5, "b": 0.5})
    assert found.p == pytest.approx(p, rel=0.01)


def test_families():
    assert adjust([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    for method in ("benjamini_hochberg", "hochberg"):
        assert adjust([0.01, 0.02, 0.03, 0.04, 0.05], method) == pytest.approx([0.05] * 5)
    assert adjust([0.01, 0.02, 0.03, 0.04, 0.05], "benjamini_yekutieli") == pytest.approx([0.114167] * 5, abs=5e-7)


def test_fifteen_p_values_of_benjamini_and_hochberg():
    """Benjamini & Hochberg (1995): Bonferroni and Holm reject three, their procedure four, under dependence three."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
         0.7590, 1]
    assert (adjust(p) <= 0.05).sum() == 3
    assert (adjust(p, "benjamini_hochberg") <= 0.05).sum() == 4
    assert (adjust(p, "benjamini_yekutieli") <= 0.05).sum() == 3
    assert multipletests(p, method="bonferroni")[0].sum() == 3
