"""Contactable is yes, no or unknown. Where no column says so, a person answers for the ground in law, or nobody is
drawn."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from relops.brief import Brief
from relops.errors import BadInput, Problem
from relops.strategies.outcomes import number

DEFAULT_FIELD = "customers.consent_marketing"
YES, NO, UNKNOWN = "yes", "no", "unknown"
PLACE = "compliance.legal_basis.marketing"


def consent_column(tables: Any, brief: Brief) -> str | None:
    """Return the column of ``customers`` that holds consent to marketing, None where the data hold none.

    Raises BadInput where there is none and the brief names no ground in law with the person who answers for it.
    """
    field = brief.compliance.consent_field or DEFAULT_FIELD
    column = field.rpartition(".")[2]
    if tables.customers is not None and column in tables.customers.columns:
        return column
    ground = brief.compliance.legal_basis.marketing
    if not (ground.basis and ground.person):
        raise BadInput(Problem("strategies.no_consent", f"brief.yaml {PLACE}", {
            "field": field, "basis": ground.basis or "–", "person": ground.person or "–"}))
    return None


def contactable(people: ir.Table, column: str | None) -> ir.StringValue:
    """Return for each of ``people`` whether it may be contacted; null and what is no answer are unknown."""
    if column is None:
        return ibis.literal(UNKNOWN)
    answer = number(people[column].cast("string"))
    return ibis.cases((answer == 1, YES), (answer == 0, NO), else_=UNKNOWN)
