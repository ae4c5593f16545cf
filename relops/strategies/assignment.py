"""Who gets which arm: thresholds on a salted SHA-256, the same on any engine and on any day.

A subject's place on the line from zero to one depends on the salt and the own id alone: a list that grows moves
nobody, and tests with different salts are independent. Arms hold stretches of the line; when a test ramps up, each
keeps the start of its stretch. Sorting by hash and cutting would move people whenever the list changes; it is done
only where exact balance within strata is asked for, and then for one list, once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from relops.errors import BadInput, Problem

HEX_DIGITS = 16  # of the digest: 64 bits
LINE = 16**HEX_DIGITS
VERSION = 1  # of the rule below; a manifest names it
SUM_TOLERANCE = 1e-6  # as the brief allows: three thirds


@dataclass(frozen=True)
class Allocation:
    """How subjects are divided: an id, the salt, arm → planned share (they sum to one) and the part of all subjects
    that takes part, ``coverage``. Raises BadInput where shares or coverage make no sense."""

    experiment: str
    salt: str
    arms: Mapping[str, float] = field(hash=False)
    coverage: float = 1.0

    def __post_init__(self) -> None:
        problems = []
        total = sum(self.arms.values())
        if len(self.arms) < 2:
            problems.append(Problem("strategies.one_arm", self._place, {"arms": ", ".join(self.arms) or "0"}))
        if any(share <= 0 for share in self.arms.values()) or abs(total - 1) > SUM_TOLERANCE:
            problems.append(Problem("strategies.shares", self._place, {"sum": f"{total:g}"}))
        if not 0 < self.coverage <= 1:
            problems.append(Problem("strategies.coverage", self._place, {"coverage": f"{self.coverage:g}"}))
        if problems:
            raise BadInput(problems)

    @property
    def _place(self) -> str:
        return f"experiments.{self.experiment}.arms"

    def stretches(self) -> dict[str, tuple[float, float]]:
        """Return arm → where its stretch of the line from zero to one begins and ends."""
        start, found = 0.0, {}
        for arm, share in self.arms.items():
            found[arm] = (start, start + share * self.coverage)
            start += share
        return found

    def edges(self) -> dict[str, tuple[str, str | None]]:
        """Return the stretches as hexadecimal texts of one length, which compare as their numbers do; an open end
        is None."""
        return {arm: (share_edge(low), None if round(high * LINE) >= LINE else share_edge(high))
                for arm, (low, high) in self.stretches().items()}


def place(unit: str, salt: str) -> str:
    """Return where a subject stands on the line, as sixteen hexadecimal digits."""
    return hashlib.sha256(f"{salt}:{unit}".encode()).hexdigest()[:HEX_DIGITS]


def arm_of(unit: str, allocation: Allocation) -> str | None:
    """Return the arm of one subject, None outside the coverage; equals :func:`assign_arms` on any engine."""
    here = place(unit, allocation.salt)
    for arm, (low, high) in allocation.edges().items():
        if low <= here and (high is None or here < high):
            return arm
    return None


def place_column(unit: ir.StringValue, salt: str) -> ir.StringValue:
    """Return the column of :func:`place`."""
    return (ibis.literal(f"{salt}:") + unit).hexdigest("sha256").substr(0, HEX_DIGITS)


def assign_arms(subjects: ir.Table, allocation: Allocation, unit: str = "customer_id") -> ir.Table:
    """Return the subjects with a column ``arm``, null outside the coverage.

    ``unit`` is the column that is divided: the customer, or the household or store whose members share an arm.
    """
    here = place_column(subjects[unit].cast("string"), allocation.salt)
    cases = [((here >= low) if high is None else (here >= low) & (here < high), arm)
             for arm, (low, high) in allocation.edges().items()]
    return subjects.mutate(arm=ibis.cases(*cases, else_=ibis.null("string")))


def balance_arms(subjects: ir.Table, allocation: Allocation, strata: Sequence[str],
                 unit: str = "customer_id") -> ir.Table:
    """Return the subjects with a column ``arm`` that is balanced within each stratum to within one
    person an arm.

    Within a stratum subjects stand in the order of their hash, and the first share of them is the first arm's. Where
    in a step the cut falls is drawn by the stratum's own hash, so that the shares also hold over many small strata.
    For one finished list: another list may give a subject another arm.
    """
    keyed = subjects.mutate(place=place_column(subjects[unit].cast("string"), allocation.salt))
    within = ibis.window(group_by=list(strata), order_by=[keyed.place, keyed[unit]])
    whole = ibis.window(group_by=list(strata))
    ranked = keyed.mutate(rank=ibis.row_number().over(within), size=keyed.count().over(whole),
                          shift=keyed.place.min().over(whole))
    # the last digits of the smallest hash are even over zero to one, and play no part in the order
    shift = sum(ibis.literal("0123456789abcdef").find(ranked.shift.substr(HEX_DIGITS - digit, 1)) * 16.0**-digit
                for digit in (1, 2, 3, 4))
    ranked = ranked.mutate(share=(ranked["rank"] + shift) / ranked["size"])
    cases, reached = [], 0.0
    for arm, part in list(allocation.arms.items())[:-1]:
        reached += part
        cases.append((ranked["share"] < reached, arm))
    drawn = ranked.mutate(arm=ibis.cases(*cases, else_=list(allocation.arms)[-1]))
    return drawn.drop("place", "rank", "size", "shift", "share")


def share_edge(point: float) -> str:
    """Return a point of the line from zero to one as :func:`place` writes it."""
    return f"{min(round(point * LINE), LINE - 1):0{HEX_DIGITS}x}"
