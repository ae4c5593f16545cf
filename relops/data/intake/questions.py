"""What files cannot say and somebody must: asked once for the whole folder, each with a proposal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from relops.errors import BadInput, Problem
from relops.locale import messages, text

CLASS_MARKS = {"": "not_counted", "n": "not_counted", "r": "refund", "c": "recharge"}


@dataclass(frozen=True)
class Question:
    """One question: ``choices`` with the proposal first (none: any text may be the answer), what it is about.

    ``default`` is the answer taken without a word; ``facts`` are lines that help to answer; ``place`` leads to the
    entry of the brief that holds the answer.
    """

    name: str
    place: str
    choices: tuple[str, ...] = ()
    default: str = ""
    facts: tuple[tuple[str, ...], ...] = ()

    def words(self, language: str) -> str:
        """Return the question itself."""
        return text(f"intake.question.{self.name}", language)

    def label(self, choice: str, language: str) -> str:
        """Return a choice in words."""
        known = messages("intake")
        basis = self.name.partition("_")[0]
        named = known.get(f"intake.choice.{basis}_{choice}") or known.get(f"intake.choice.{choice}")
        return named[language] if named else choice


Ask = Callable[[Question], str]


def first_choice(question: Question) -> str:
    """Answer with the proposal. Raises BadInput where nothing may be proposed: day or month first."""
    if question.name == "day_month":
        raise BadInput([Problem("data.guess.day_month", file, {"header": header, "example": example})
                        for file, header, example in question.facts])
    return question.default


def class_of_values(answer: str, values: Sequence[str]) -> dict[str, list[str]]:
    """Return class → status values from an answer such as ``1, 3r``: numbers that do not count, refunds (r),
    recharges (c); all others count.

    Raises ValueError where a number or a mark is none of these.
    """
    classes = dict.fromkeys(values, "counted")
    for token in answer.replace("，", ",").replace("、", ",").replace(" ", ",").split(","):
        if token:
            number, mark = token.rstrip("nrcNRC"), token.lstrip("0123456789").lower()
            if not number.isdecimal() or not 1 <= int(number) <= len(values) or mark not in CLASS_MARKS:
                raise ValueError(token)
            classes[values[int(number) - 1]] = CLASS_MARKS[mark]
    return {kind: [value for value in values if classes[value] == kind] for kind in dict.fromkeys(classes.values())}
