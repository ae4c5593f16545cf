"""Effects by segment: the test of a difference, shrinkage, the family."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relops.strategies.segments import shrink


def test_without_spread_all_are_the_common_effect():
    centre, shrunken, spread = shrink(np.array([1.0, 2.0, 6.0]), np.array([1.0, 1.0, 2.0]), 0.0)
    assert centre == pytest.approx((1 + 2 + 6 / 4) / 2.25)
    assert shrunken == pytest.approx([centre] * 3)
    assert spread == pytest.approx([1 / np.sqrt(2.25)] * 3)


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0.1, 5)), min_size=2, max_size=8), st.floats(0, 20))
def test_shrunken_effects_lie_between_their_own_and_the_common_one(pairs, tau2):
    effects, errors = map(np.array, zip(*pairs, strict=True))
    centre, shrunken, spread = shrink(effects, errors, tau2)
    assert (np.minimum(effects, centre) - 1e-9 <= shrunken).all()
    assert (shrunken <= np.maximum(effects, centre) + 1e-9).all()
    assert (spread <= np.sqrt(errors**2 + 1 / (1 / (errors**2 + tau2)).sum()) + 1e-9).all()


def test_large_spread_leaves_effects_alone():
    effects = np.array([1.0, 5.0, -3.0])
    _, shrunken, spread = shrink(effects, np.ones(3), 1e9)
    assert shrunken == pytest.approx(effects, abs=1e-6)
    assert spread == pytest.approx([1] * 3, abs=1e-3)
