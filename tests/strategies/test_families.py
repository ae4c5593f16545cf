import numpy as np
import pytest

from relops.strategies.families import adjust


def test_a_missing_test_stays_missing_and_counts():
    found = adjust([0.01, np.nan, 0.03])
    assert np.isnan(found[1])
    assert found[0] == pytest.approx(0.03)


def test_a_family_may_be_larger_than_what_is_at_hand():
    assert adjust([0.01], size=5) == pytest.approx([0.05])


def test_an_empty_family():
    assert len(adjust([])) == 0
