"""Where the sentences of lifetime value stand, and words that code chooses."""

from __future__ import annotations

from relops.customers.estimates import Estimate
from relops.exhibits import Evidence, Finding, Missing

Said = list[Evidence | Finding | Missing]
MESSAGE = "customers.value.finding"
MEASURE = "customers.value.measure"


def lacking(part: str, code: str, field: str, measure: str) -> Missing:
    """Return the missing-data line of one part of the chapter."""
    return Missing(f"lifetime_value.{part}.missing", code, field, f"{MEASURE}.{measure}")


def model_name(name: str) -> str:
    """Return the message that names a model."""
    return f"customers.value.model.{name}"


def direction(bias: Estimate) -> str:
    """Return the message that says in words whether a forecast was too high or too low, or neither for sure."""
    word = "over" if bias.low > 0 else "under" if bias.high < 0 else "even"
    return f"customers.value.direction.{word}"


def told(kind: str, **values: object) -> str:
    """Return the filter of an evidence as a message that both languages tell; a value may be ``@`` and a message."""
    return "|".join([f"@customers.value.filter.{kind}", *(f"{name}={value}" for name, value in values.items())])
