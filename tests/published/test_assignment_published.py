"""Hash vectors of GrowthBook (packages/sdk-js/test/cases.json) and what its first hash got wrong, as a yardstick for
ours.

The first version, FNV-1a of key and salt once over, correlates between salts that look alike (growthbook #959); the
second hashes twice. Ours, SHA-256 thresholds, must pass the test that the first fails.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from relops.strategies.assignment import Allocation, place

IDS = [str(number) for number in range(200_000)]
SALTS = ("exp-1", "exp-2")


def fnv1a(texts):
    """32-bit FNV-1a of each text."""
    width, lengths = max(map(len, texts)), np.array([len(text) for text in texts])
    codes = np.frombuffer(b"".join(text.encode().ljust(width, b"\0") for text in texts), np.uint8).reshape(-1, width)
    found = np.full(len(texts), 0x811C9DC5, np.uint64)
    for number in range(width):
        step = ((found ^ codes[:, number]) * np.uint64(0x01000193)) & np.uint64(0xFFFFFFFF)
        found = np.where(number < lengths, step, found)
    return found


def first_version(salt, ids):
    return fnv1a([value + salt for value in ids]) % 1000 / 1000


def second_version(salt, ids):
    return fnv1a([str(number) for number in fnv1a([salt + value for value in ids])]) % 10_000 / 10_000


def ours(salt, ids):
    return np.array([int(place(value, salt), 16) for value in ids]) / 16.0**16


def halves(hashed):
    """Counts of ids in the lower and upper half of two experiments."""
    first, second = (hashed(salt, IDS) < 0.5 for salt in SALTS)
    return np.bincount(2 * first + second, minlength=4)


@pytest.mark.parametrize(("salt", "value", "found"), [
    ("seed", "a", 0.0505), ("seed", "b", 0.2696), ("foo", "ab", 0.2575), ("foo", "def", 0.2019),
    ("89123klj", "8952klfjas09ujkasdf", 0.124), ("90850943850283058242805", "123", 0.7516)])
def test_vectors_of_growthbook(salt, value, found):
    assert second_version(salt, [value])[0] == pytest.approx(found, abs=1e-9)


def test_the_first_version_hangs_together_and_ours_does_not():
    assert halves(first_version).tolist() == [47_390, 52_774, 52_525, 47_311]
    alarm, *calm = (chi2_contingency(halves(hashed).reshape(2, 2)).pvalue
                    for hashed in (first_version, second_version, ours))
    assert alarm < 1e-100
    assert min(calm) > 0.01


def test_ranges_of_growthbook():
    """Two equal arms at a coverage of one half keep the start of their stretches."""
    stretches = Allocation("test", "salt", {"a": 0.5, "b": 0.5}, coverage=0.5).stretches()
    assert stretches == {"a": (0.0, 0.25), "b": (0.5, 0.75)}
