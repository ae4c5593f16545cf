"""What the kinds of an unknown file's rows say of its orders: sales, refunds, stored value, what must be asked."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from relops.data.bases import as_text
from relops.data.engine import literal, literals
from relops.data.folding import fold
from relops.data.guess_state import Guess
from relops.data.notes import note
from relops.data.readers.sniff import sum_values
from relops.data.statuses import class_by_words, read_statuses

LESSENS = re.compile("discount|coupon|voucher|promo|rabatt|remise|descuento|desconto|sconto|优惠|折扣|满减|抵扣|减免|"
                     "exchange|换货|umtausch")


@dataclass
class Kinds:
    """Whether the words of a column of kinds tell anything but sales; the kinds that are sales, those that somebody
    must class, with the class to propose, and the cases of the others."""

    told: bool = False
    sales: list[str] = field(default_factory=list)
    strange: dict[str, str] = field(default_factory=dict)
    cases: list[str] = field(default_factory=list)


def settle_kinds(guess: Guess, kind: str, reasons: list[dict[str, str]]) -> Kinds:
    """Return what the column of a row's kind tells, and let refunds of a kind of their own be refunds."""
    told = class_by_words(guess.values(kind), "row_type")
    refunds, plain = told.pop("refund", []), told.pop("counted", [])
    if refunds:  # the row itself takes money back, whatever the sign of its amount
        guess.take("is_refund", {"sql": f"{as_text(kind)} IN ({literals(refunds)})"},
                   note("is_refund", header=kind, values=", ".join(refunds)))
        guess.returns = (kind, tuple(refunds))
    cases = overrule(guess, kind, told, reasons, "row_type")
    if not (refunds or told):
        return Kinds()
    strange = _strange_kinds(guess, kind, plain, refunds)
    sales = [value for value in guess.values(kind) if value not in guess.classes and value not in strange]
    return Kinds(True, sales, strange, cases)


def _strange_kinds(guess: Guess, kind: str, plain: list[str], refunds: list[str]) -> dict[str, str]:
    """Return the kinds of rows that no word calls a sale, and those called so that take money out on the whole, with
    the class to propose: a discount lessens the order that it stands in."""
    amount = guess.columns.get("amount")
    money: Counter[str] = Counter()
    for form in guess.forms if isinstance(amount, str) else ():
        money.update(sum_values(form, kind, amount))
    return {value: "not_counted" if money[value] < 0 and not LESSENS.search(fold(value)) else "counted"
            for value in guess.values(kind)
            if value not in guess.classes and value not in refunds and (value not in plain or money[value] < 0)}


def asked(guess: Guess, header: str | None, values: dict[str, str], status: str | None, prefix: str) -> list[str]:
    """Return the case of values that somebody must class, where the order's own status does not end it already."""
    if not values:
        return []
    guess.doubts.setdefault("statuses", {}).update({prefix + value: meant for value, meant in values.items()})
    shown = f"{literal(prefix)} || {as_text(header)}" if prefix else as_text(header)
    sold = ["", *read_statuses(guess.values(status))[0].get("counted", [])] if status else []
    stands = f" AND coalesce({as_text(status)}, '') IN ({literals(sold)})" if status else ""
    return [f"WHEN {as_text(header)} IN ({literals(values)}){stands} THEN {shown}"]


def overrule(guess: Guess, header: str, told: dict[str, list[str]], reasons: list[dict[str, str]], reason: str
              ) -> list[str]:
    """Return the cases in which a column decides, and keep what its values mean."""
    decisive = {value: name for name, values in told.items() for value in values if name != "counted"}
    if not decisive:
        return []
    guess.classes |= decisive
    reasons.append(note(reason, header=header, values=", ".join(decisive)))
    return [f"WHEN {as_text(header)} IN ({literals(decisive)}) THEN {as_text(header)}"]
