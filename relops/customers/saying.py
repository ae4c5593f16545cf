"""What the findings of the room share: the type of what is said, and the record of what cannot be."""

from __future__ import annotations

from relops.exhibits import Evidence, Finding, Missing

ORDERS = "orders.customer_id, orders.ordered_at, orders.amount"
Said = list[Finding | Missing | Evidence]


def lacking(subject: str, code: str, measure: str, field: str = ORDERS, **numbers: Evidence) -> Missing:
    """Return the missing-data record of one of the room's measures."""
    return Missing(f"{subject}.{measure}.missing", code, field, f"customers.measure.{measure}", numbers)
