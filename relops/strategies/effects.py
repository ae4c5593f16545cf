"""What an arm did against the control, by intention to treat: everyone counts in the arm that was drawn.

Means, ratios and adjustment by a covariate come from tea-tasting on aggregates (delta method: Deng, Knoblich & Lu 2018;
CUPED: Deng, Xu, Kohavi & Walker 2013), shares from statsmodels (Newcombe 1998)
with the score test, or where it has few to go by the exact one at its middle (Fisher 1935; mid-P of Lancaster 1961).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep
from tea_tasting.aggr import Aggregates
from tea_tasting.metrics import Mean, RatioOfMeans

from relops.customers.estimates import Estimate, estimate_share
from relops.strategies.moments import BEFORE, BEFORE_PER, PER, VALUE, Moments, residual_variance

SHARES = ("proportion", "retention")
CONSTANT = "constant"  # the method of an effect without noise, and so without an interval
FEW = 20  # who is expected in the smaller arm to have done it, below which the score test is not to be trusted
FEW_AS_MEAN = 50  # the same for a share taken as a mean, as covariates and strata need: at 20, six in a hundred alarm
CLEAR = 10.0  # standard errors from zero of what a covariate is over, from where on it is a ratio to go by
NEAR_ZERO = 2.0  # standard errors from zero within which a control mean bears no relative effect
NO_RATIO, FAR = 0.01, 100.0  # interval's lengths: from zero of a value without a logarithm, and to where all have one
CONTROL, TREATED = "control", "treated"


@dataclass(frozen=True)
class Effect:
    """One arm against the control on one metric.

    ``effect`` is treated less control (shares as shares, not percent), ``relative`` the same over the control's value,
    None where that is not clearly above zero; ``method`` names the interval: newcombe, newcombe_exact, welch, delta,
    cluster, strata, randomisation or order_statistics, with ``_cuped`` where a covariate took noise out,
    ``variance_cut`` the share of the variance that went. ``p`` is two-sided.
    """

    metric: str
    arm: str
    control_arm: str
    control: Estimate
    treated: Estimate
    effect: Estimate
    relative: Estimate | None
    p: float
    method: str
    variance_cut: float | None = None

    @property
    def n(self) -> int:
        """Subjects in both arms."""
        return self.control.n + self.treated.n

    @property
    def relative_method(self) -> str:
        """Name the interval of the relative effect: on the logarithm of the ratio, or linear by the delta method."""
        return "linear" if "strata" in self.method else "logarithm"


def compare(moments: Moments, control: str, level: float, adjusted: bool = True) -> list[Effect]:
    """Return the effect of every other arm against ``control``, by the metric's kind, in the order of the arms.

    A covariate is used where there is one and it varies. Arms with fewer than two subjects, and of a
    ratio those whose denominators add up to nothing, are left out.
    """
    metric = moments.outcome.metric
    arms = {arm: cell for arm, cell in moments.arms().items()
            if cell.count() > 1 and not (moments.outcome.denominator and cell.mean(PER) <= 0)}
    if control not in arms:
        return []
    kind = PER if moments.outcome.denominator else metric.kind
    return [replace(_compare(kind, arms[control], arms[arm], level, adjusted), metric=metric.id, arm=arm,
                    control_arm=control) for arm in arms if arm != control]


def _compare(kind: str | None, control: Aggregates, treated: Aggregates, level: float, adjusted: bool) -> Effect:
    covariate = adjusted and explains_some(control, treated)
    if kind == PER:
        return compare_ratios(control, treated, level, covariate)
    if kind in SHARES:
        hits = [round(cell.mean(VALUE) * cell.count()) for cell in (control, treated)]
        if not covariate or are_few(hits[0], control.count(), hits[1], treated.count(), FEW_AS_MEAN):
            return compare_shares(hits[0], control.count(), hits[1], treated.count(), level)
    return compare_means(control, treated, level, covariate)


def explains_some(*arms: Aggregates) -> bool:
    """Whether there is a covariate that varies, is a ratio to go by in every arm if it is one, and is not the outcome
    itself, which would leave no noise to measure an effect by."""
    if BEFORE not in arms[0].mean_ or (BEFORE_PER in arms[0].mean_ and not all(
            cell.mean(BEFORE_PER) > CLEAR * math.sqrt(cell.var(BEFORE_PER) / cell.count()) for cell in arms)):
        return False
    own, before, both = covariance(sum(arms[1:], arms[0]))
    return before > 0 and both**2 < (1 - 1e-9) * own * before


def covariance(cell: Aggregates) -> tuple[float, float, float]:
    """Return the variances of a value and of its covariate, and their covariance; those of ratios by the delta
    method."""
    value, before = ((name, per if per in cell.mean_ else None) for name, per in ((VALUE, PER), (BEFORE, BEFORE_PER)))
    cell = cell.with_zero_div()
    return float(cell.ratio_var(*value)), float(cell.ratio_var(*before)), float(cell.ratio_cov(*value, *before))


def are_few(hits: np.ndarray | int, n: np.ndarray | int, treated_hits: np.ndarray | int,
            treated_n: np.ndarray | int, few: int = FEW) -> np.ndarray | bool:
    """Return whether so few subjects of the smaller arm are expected to have done it, were there no effect, that the
    score test rejects too often: far out and with unequal arms up to ten times as often as it should. ``few`` is the
    limit."""
    return (hits + treated_hits) * np.minimum(n, treated_n) / (n + treated_n) < few


def compare_shares(hits: int, n: int, treated_hits: int, treated_n: int, level: float) -> Effect:
    """Return the difference of two shares: Newcombe's interval, that of the logarithm of their ratio, and the p of
    :func:`share_p`."""
    pair = (treated_hits, treated_n, hits, n)
    low, high = confint_proportions_2indep(*pair, method="newcomb", compare="diff", alpha=1 - level)
    both = treated_n + n
    effect = Estimate(treated_hits / treated_n - hits / n, float(low), float(high), both, level)
    relative = None
    if hits and treated_hits:
        below, above = confint_proportions_2indep(*pair, method="log-adjusted", compare="ratio", alpha=1 - level)
        times = (treated_hits / treated_n) / (hits / n)
        relative = Estimate(times - 1, float(below) - 1, float(above) - 1, both, level)
    p = float(share_p(np.array([hits]), n, np.array([treated_hits]), treated_n)[0])
    method = "newcombe_exact" if are_few(hits, n, treated_hits, treated_n) else "newcombe"
    return Effect("", TREATED, CONTROL, estimate_share(hits, n, level), estimate_share(treated_hits, treated_n, level),
                  effect, relative, p, method)


def share_p(hits: np.ndarray, n: np.ndarray | int, treated_hits: np.ndarray,
            treated_n: np.ndarray | int) -> np.ndarray:
    """Return the two-sided p of the difference of two shares: of the score test, of Fisher's exact one (twice the
    smaller tail, mid-P) where few are expected in the smaller arm."""
    n, treated_n = np.broadcast_to(n, hits.shape), np.broadcast_to(treated_n, hits.shape)
    pooled = (hits + treated_hits) / (n + treated_n)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / treated_n))
    z = np.divide(np.abs(treated_hits / treated_n - hits / n), error, out=np.zeros(len(hits)), where=error > 0)
    p, few = 2 * stats.norm.sf(z), are_few(hits, n, treated_hits, treated_n)
    if few.any():
        own = hits[few]
        exact = stats.hypergeom(n[few] + treated_n[few], own + treated_hits[few], n[few])
        tail = np.minimum(exact.cdf(own), exact.sf(own - 1)) - exact.pmf(own) / 2
        p[few] = np.minimum(2 * tail, 1.0)
    return p


def compare_means(control: Aggregates, treated: Aggregates, level: float, covariate: bool) -> Effect:
    """Return the difference of two means with Welch's interval, adjusted by the covariate where asked for."""
    own = [_mean(cell, level) for cell in (control, treated)]
    if control.var(VALUE) + treated.var(VALUE) == 0:
        return _constant(own)
    metric = Mean(VALUE, BEFORE if covariate else None, confidence_level=level, equal_var=False)
    by = _distance(own)
    found = metric.analyze({CONTROL: _moved(control, by), TREATED: _moved(treated, by)}, CONTROL, TREATED)
    plain = control.var(VALUE) / control.count() + treated.var(VALUE) / treated.count()
    return _from_tea_tasting(found, own, level, "welch_cuped" if covariate else "welch", by,
                             plain if covariate else None)


def compare_ratios(control: Aggregates, treated: Aggregates, level: float, covariate: bool = False) -> Effect:
    """Return the difference of two ratios of sums with the delta method's interval, adjusted by the covariate (a ratio
    too, or one number a subject) where asked for."""
    own = [_ratio(cell, level) for cell in (control, treated)]
    if all(each.low == each.high for each in own):
        return _constant(own)
    by = _distance(own)
    before = (BEFORE, BEFORE_PER if BEFORE_PER in control.mean_ else None) if covariate else ()
    found = RatioOfMeans(VALUE, PER, *before, confidence_level=level, equal_var=False).analyze(
        {CONTROL: _moved(control, by, PER), TREATED: _moved(treated, by, PER)}, CONTROL, TREATED)
    plain = sum(covariance(cell)[0] / cell.count() for cell in (control, treated)) if covariate else None
    return _from_tea_tasting(found, own, level, "delta_cuped" if covariate else "delta", by, plain)


def _critical(level: float, freedom: float) -> float:
    return float(stats.t.ppf((1 + level) / 2, freedom))


def _mean(cell: Aggregates, level: float) -> Estimate:
    half = _critical(level, cell.count() - 1) * math.sqrt(cell.var(VALUE) / cell.count())
    return Estimate(cell.mean(VALUE), cell.mean(VALUE) - half, cell.mean(VALUE) + half, cell.count(), level)


def _ratio(cell: Aggregates, level: float) -> Estimate:
    value = cell.mean(VALUE) / cell.mean(PER)
    half = _critical(level, cell.count() - 1) * math.sqrt(residual_variance(cell, value, PER) / cell.count()) / abs(
        cell.mean(PER))
    return Estimate(value, value - half, value + half, cell.count(), level)


def _constant(own: list[Estimate]) -> Effect:
    """Return the effect where nobody differs from anybody in the own arm: a difference without a measure of noise."""
    control, treated = own
    difference = treated.value - control.value
    return Effect("", TREATED, CONTROL, control, treated, Estimate(difference, None, None, control.n + treated.n,
                                                                   control.level), None, 1.0, CONSTANT)


def _distance(own: list[Estimate]) -> float:
    """Return how far values must move for their ratio to have a logarithm: by nothing where both lie clear of zero. No
    difference changes with it, and the relative effect is not shown there."""
    control, treated = own
    if _clear_of_zero(control) and treated.value > NO_RATIO * (treated.high - treated.low):
        return 0.0
    return max(abs(control.value), abs(treated.value)) + FAR * max(each.high - each.low for each in own)


def _moved(cell: Aggregates, by: float, per: str | None = None) -> Aggregates:
    """Return a cell whose values are higher by so much, or by so much for each unit of ``per``."""
    if by == 0:
        return cell
    means, spreads, shared = dict(cell.mean_), dict(cell.var_), dict(cell.cov_)
    means[VALUE] += by * (cell.mean(per) if per else 1)
    if per:
        spreads[VALUE] += 2 * by * cell.cov(VALUE, per) + by**2 * cell.var(per)
        for left, right in shared:
            if VALUE in (left, right):
                other = right if left == VALUE else left
                shared[left, right] += by * (cell.var(per) if other == per else cell.cov(per, other))
    return Aggregates(cell.count(), means, spreads, shared)


def _from_tea_tasting(found: object, own: list[Estimate], level: float, method: str, by: float,
                      plain: float | None) -> Effect:
    """Return the effect that tea-tasting found; ``plain`` is its squared error without the covariate, None where there
    is none."""
    control, treated = own
    n = control.n + treated.n
    cut = 1 - (found.effect_size / found.statistic) ** 2 / plain if plain and found.statistic else None
    relative = None
    if by == 0:
        relative = Estimate(found.rel_effect_size, found.rel_effect_size_ci_lower, found.rel_effect_size_ci_upper, n,
                            level)
    effect = Estimate(found.effect_size, found.effect_size_ci_lower, found.effect_size_ci_upper, n, level)
    return Effect("", TREATED, CONTROL, control, treated, effect, relative, float(found.pvalue), method, cut)


def _clear_of_zero(control: Estimate) -> bool:
    """Whether a relative effect makes sense: the control's value lies clearly above zero."""
    error = (control.high - control.low) / 2 / _critical(control.level, control.n - 1)
    return control.value > NEAR_ZERO * error
