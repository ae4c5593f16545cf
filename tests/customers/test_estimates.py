import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relops.customers.estimates import (
    estimate_mean,
    estimate_ratio,
    estimate_share,
    weighted_quantile,
)

counts = st.lists(st.integers(1, 6), min_size=1, max_size=20)


def test_wilson_interval_of_a_published_example():
    """Wilson's interval for 15 of 148 is 0.0624 to 0.1605 (Newcombe 1998, table I)."""
    share = estimate_share(15, 148)
    assert (round(share.low, 4), round(share.high, 4), share.n) == (0.0624, 0.1605, 148)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 0.2775), (10, 0.7225, 1.0)])
def test_shares_at_the_edge_keep_an_honest_interval(count, low, high):
    share = estimate_share(count, 10)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


def test_a_share_of_nobody_is_refused():
    with pytest.raises(ValueError, match="at least one case"):
        estimate_share(0, 0)


def test_ratio_equals_the_residuals_written_out():
    top, bottom = np.array([1.0, 0, 4, 2, 6]), np.array([2.0, 3, 5, 2, 9])
    sums = [top.sum(), bottom.sum(), (top**2).sum(), (bottom**2).sum(), (top * bottom).sum()]
    ratio = estimate_ratio(5, *sums)
    residuals = top - ratio.value * bottom
    half = 1.959964 * residuals.std(ddof=1) * np.sqrt(5) / bottom.sum()
    assert ratio.value == pytest.approx(13 / 21)
    assert ratio.high - ratio.value == pytest.approx(half, rel=1e-6)


def test_one_case_has_no_interval():
    assert estimate_ratio(1, 1.0, 2.0, 1.0, 4.0, 2.0).low is None
    assert estimate_mean(np.array([3.0]), np.array([1])).low is None


def test_weighted_mean_equals_the_mean_of_repeated_values():
    values, weights = np.array([1.0, 2.5, 7.0]), np.array([3, 1, 2])
    repeated = np.repeat(values, weights)
    mean = estimate_mean(values, weights)
    assert mean.value == pytest.approx(repeated.mean())
    assert mean.high - mean.value == pytest.approx(1.959964 * repeated.std(ddof=1) / np.sqrt(6), rel=1e-6)


@given(counts, st.floats(0, 1))
@settings(deadline=None)
def test_weighted_quantile_equals_numpy_on_repeated_values(weights, share):
    values = np.arange(len(weights)) ** 2
    expected = np.quantile(np.repeat(values, weights), share)
    assert weighted_quantile(values, np.array(weights), share) == pytest.approx(expected, rel=1e-12, abs=1e-9)
