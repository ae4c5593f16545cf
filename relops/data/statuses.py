"""What the status values of an export mean, as far as their words say so: counted, not counted, refund."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from relops.data.headers import headers

MOST_VALUES = 40
PARTS = ("partial", "partly", "部分")
CLASSES = ("refund", "not_counted", "counted")


def read_statuses(values: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return class → values whose words are known (``headers.yaml``), and the values that nobody can classify.

    A column of more than forty different values is no status: nothing is returned for it. A value that speaks of
    several things at once belongs to the first of refund, not counted, counted; one that speaks of a part (of a
    refund, a payment, a delivery) is left to the user.
    """
    seen = Counter(value for value in values if value)
    if len(seen) > MOST_VALUES:
        return {}, []
    words = headers()["status_words"]
    rule: dict[str, list[str]] = {}
    unknown = []
    for value in sorted(seen):
        kinds = [kind for kind in CLASSES if any(_says(value, word) for word in words[kind])]
        if any(part in value.lower() for part in PARTS):
            kinds = []
        if kinds:
            rule.setdefault(kinds[0], []).append(value)
        else:
            unknown.append(value)
    return rule, unknown


def _says(value: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<![a-z]){word}(?![a-z])", value.lower().replace("_", " ")) is not None
    return word in value
