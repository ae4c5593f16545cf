import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relops.customers.diagnosis.concentration import concentration, estimate_gini
from relops.customers.order_summary import revenue_summary

money = st.lists(st.integers(0, 500), min_size=10, max_size=60)


def totals_of(values: list[int]) -> pd.DataFrame:
    counted = pd.Series(values).value_counts().sort_index()
    return pd.DataFrame({"revenue": counted.index.astype(float), "customers": counted.to_numpy()})


@given(money)
@settings(deadline=None)
def test_lorenz_curve_lies_below_the_diagonal_and_deciles_fall(values):
    assume(sum(values) > 0)
    spread = concentration(totals_of(values))
    assert (spread.lorenz["revenue_share"] <= spread.lorenz["customer_share"] + 1e-9).all()
    assert spread.lorenz["revenue_share"].is_monotonic_increasing
    assert 0 <= spread.gini.value <= 1 - 1 / len(values) + 1e-12
    assert spread.deciles["customers"].sum() == len(values)
    assert spread.deciles["revenue"].sum() == pytest.approx(sum(values))
    per_head = spread.deciles["revenue"] / spread.deciles["customers"]
    assert (per_head.diff().dropna() <= 1e-9).all()


@given(money)
@settings(deadline=None)
def test_deciles_equal_sorting_and_cutting(values):
    assume(sum(values) > 0)
    richest_first = np.sort(values)[::-1]
    bounds = np.round(np.arange(11) * len(values) / 10).astype(int)
    expected = [richest_first[first:last].sum() for first, last in itertools.pairwise(bounds)]
    assert concentration(totals_of(values)).deciles["revenue"].tolist() == pytest.approx(expected)


@given(st.lists(st.integers(1, 300), min_size=3, max_size=30))
@settings(deadline=None)
def test_gini_and_its_jackknife_equal_the_definitions(values):
    def gini(sample: np.ndarray) -> float:
        return np.abs(sample[:, None] - sample[None, :]).sum() / (2 * len(sample) ** 2 * sample.mean())

    sample = np.sort(np.array(values, dtype=float))
    n = len(sample)
    distinct, weights = np.unique(sample, return_counts=True)
    estimate = estimate_gini(distinct, weights)
    replicates = np.array([gini(np.delete(sample, place)) for place in range(n)])
    half = 1.959964 * np.sqrt((n - 1) / n * ((replicates - replicates.mean()) ** 2).sum())
    assert estimate.value == pytest.approx(gini(sample), abs=1e-9)
    assert estimate.high == pytest.approx(min(1, gini(sample) + half), abs=1e-6)


def test_equal_customers_have_no_concentration():
    spread = concentration(totals_of([7] * 50))
    assert spread.gini.value == pytest.approx(0, abs=1e-12)
    assert spread.top_share.value == pytest.approx(0.1)


def test_one_customer_with_everything_is_the_highest_gini():
    assert concentration(totals_of([0] * 99 + [500])).gini.value == pytest.approx(0.99)


@pytest.mark.parametrize("values", [[5] * 9, [0] * 40])
def test_too_few_customers_or_no_revenue_have_no_concentration(values):
    assert concentration(totals_of(values)).code == "M2"


def test_a_customer_who_took_back_more_than_was_bought_counts_as_nothing():
    frame = pd.DataFrame({"revenue": [-50.0, 0.0, 10.0], "customers": [1, 4, 15]})
    assert concentration(frame).revenue == 150


def test_intervals_cover_the_truth_of_a_known_distribution():
    """Gini of an exponential is one half; its richest tenth holds 0.1 (1 + ln 10) of the money."""
    rng = np.random.default_rng(20240501)
    hits = np.zeros(2)
    for _ in range(300):
        spread = concentration(totals_of(np.round(rng.exponential(1000, 800)).astype(int)))
        hits += [spread.gini.low <= 0.5 <= spread.gini.high,
                 spread.top_share.low <= 0.1 * (1 + np.log(10)) <= spread.top_share.high]
    assert (hits / 300 >= 0.91).all()
    assert (hits / 300 <= 0.985).all()


def test_cdnow_sample(sample):
    spread = concentration(revenue_summary(sample.purchase_days))
    assert spread.customers == 2357
    assert round(spread.revenue, 2) == 173115.55
    assert spread.deciles["customers"].tolist() == [236, 235, 236, 236, 235, 236, 236, 236, 235, 236]
    assert round(spread.gini.value, 4) == 0.5853
    assert round(spread.top_share.value, 4) == 0.4690
