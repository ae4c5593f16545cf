"""Named segments: an ordered table of rules on the scores, the first that holds naming a customer.

The ten names are the ones of the trade; every score combination is in one of them and in one only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from relops.customers.absence import unless_unavailable
from relops.customers.estimates import estimate_share
from relops.customers.rfm.scores import SCORES
from relops.errors import BadInput, Problem

# rules are written on five scores and stretched to as many as there are
SCALE = 5
OTHERS = "others"
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class SegmentRule:
    """One rule: a name and, for each letter, the lowest and highest score (of five) it takes."""

    name: str
    recency: tuple[int, int] = (1, SCALE)
    frequency: tuple[int, int] = (1, SCALE)
    monetary: tuple[int, int] = (1, SCALE)
    label: str | None = None

    def scores(self, letter: str, bins: int) -> list[int]:
        """Return the scores of a letter with ``bins`` scores that the rule takes."""
        low, high = getattr(self, letter)
        return [own for own in range(1, bins + 1) if low <= five(own, bins) <= high]


def five(own: int, bins: int) -> int:
    """Return a score of ``bins`` on the scale of five: the lowest stays 1, the highest becomes 5."""
    return 1 + int(np.floor((own - 1) * (SCALE - 1) / (bins - 1) + 0.5))


TRADE_SEGMENTS = (
    SegmentRule("champions", (5, 5), (4, 5)),
    SegmentRule("loyal_customers", (3, 4), (4, 5)),
    SegmentRule("potential_loyalists", (4, 5), (2, 3)),
    SegmentRule("new_customers", (5, 5), (1, 1)),
    SegmentRule("promising", (4, 4), (1, 1)),
    SegmentRule("need_attention", (3, 3), (3, 3)),
    SegmentRule("about_to_sleep", (3, 3), (1, 2)),
    SegmentRule("cannot_lose", (1, 2), (5, 5)),
    SegmentRule("at_risk", (1, 2), (3, 4)),
    SegmentRule("hibernating"),
)


def segment_rules(rules: Any) -> tuple[SegmentRule, ...]:
    """Return the ordered rules: the trade's ten, or those that ``segments.rules`` of the brief lists as
    ``{name, label, recency: [low, high], frequency: …, monetary: …}``; a letter left out takes every score.

    Raises BadInput with all problems at once.
    """
    if rules is None or rules == "default" or len(rules) == 0:
        return TRADE_SEGMENTS
    problems, read = [], []
    for place, given in enumerate(rules):
        where = f"brief.yaml segments.rules[{place}]"
        given = given if isinstance(given, Mapping) else {str(given): None}
        unknown = sorted(set(given) - {"name", "label", *SCORES})
        name = given.get("name")
        if unknown or not isinstance(name, str) or not NAME.fullmatch(name) or name == OTHERS:
            problems.append(Problem("customers.segment_name", where, {
                "name": repr(name), "unknown": ", ".join(unknown) or "—"}))
            continue
        boxes = {letter: given[letter] for letter in SCORES if letter in given}
        wrong = [letter for letter, box in boxes.items() if not _is_box(box)]
        if wrong or name in [rule.name for rule in read]:
            problems.append(Problem("customers.segment_box", where, {
                "name": name, "letters": ", ".join(wrong) or "—", "most": SCALE}))
            continue
        label = given.get("label")
        read.append(SegmentRule(name, **{letter: tuple(box) for letter, box in boxes.items()},
                                label=None if label is None else str(label)))
    if problems:
        raise BadInput(problems)
    return tuple(read)


def _is_box(box: Any) -> bool:
    return (isinstance(box, (list, tuple)) and len(box) == 2 and all(type(end) is int for end in box)
            and 1 <= box[0] <= box[1] <= SCALE)


def name_segments(scores: pd.DataFrame, rules: Sequence[SegmentRule], bins: int) -> np.ndarray:
    """Return the segment of each row of scores (recency_score, frequency_score, monetary_score)."""
    holds = [np.logical_and.reduce([scores[f"{letter}_score"].isin(rule.scores(letter, bins)) for letter in SCORES])
             for rule in rules]
    return np.select(holds, [rule.name for rule in rules], default=OTHERS)


@unless_unavailable
def segment_table(summary: pd.DataFrame, rules: Sequence[SegmentRule]) -> pd.DataFrame:
    """Return every segment in the order of its rule, empty ones too: segment, customers, share, low, high (Wilson),
    revenue, revenue_share, orders_each, and the medians recency_days, purchase_days, spend. Those whom no rule takes
    come last, where there are any."""
    names = [rule.name for rule in rules] + ([OTHERS] if OTHERS in set(summary["segment"]) else [])
    frame = summary.set_index("segment").reindex(names).rename_axis("segment").reset_index()
    counts = ["customers", "orders", "revenue"]
    frame[counts] = frame[counts].fillna(0)
    frame["customers"] = frame["customers"].astype(int)
    customers, revenue = int(frame["customers"].sum()), float(frame["revenue"].sum())
    shares = [estimate_share(count, customers) for count in frame["customers"]]
    return frame.assign(
        share=[share.value for share in shares], low=[share.low for share in shares],
        high=[share.high for share in shares],
        revenue_share=frame["revenue"] / revenue if revenue > 0 else None,
        orders_each=(frame["orders"] / frame["customers"].where(frame["customers"] > 0)))
