"""Contactable is yes, no or unknown. Where no column says so, a person answers for the ground in law, or nobody is
drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from relops.brief import Brief
from relops.brief.programme import Channel, Strategy
from relops.errors import BadInput, Problem
from relops.strategies.outcome_columns import number

DEFAULT_FIELD = "customers.consent_marketing"
YES, NO, UNKNOWN = "yes", "no", "unknown"
PLACE = "compliance.legal_basis.marketing"
CONSENT = re.compile("consent|opt.?in|同意|授权", re.IGNORECASE)


@dataclass(frozen=True)
class Consent:
    """The column of ``customers`` that says who may be contacted, None for none; ``needed``: only who said yes."""

    column: str | None
    needed: bool


NOBODY_ASKED = Consent(None, needed=False)


def consent_column(tables: Any, brief: Brief) -> str | None:
    """Return the column of ``customers`` that holds consent to marketing, None where the data hold none.

    Raises BadInput where there is none and the brief names no ground in law with the person who answers for it, and
    where that ground is consent but the data lack the column that the brief names for it: who declined would be drawn.
    """
    column = known_column(tables, brief)
    if column:
        return column
    field = brief.compliance.consent_field or DEFAULT_FIELD
    ground = brief.compliance.legal_basis.marketing
    if brief.compliance.consent_field and CONSENT.search(ground.basis or ""):
        known = tables.customers.columns if tables.customers is not None else ()
        raise BadInput(Problem("strategies.consent_gone", "brief.yaml compliance.consent_field", {
            "field": field, "columns": ", ".join(name for name in known if not name.startswith("_")) or "–"}))
    if not (ground.basis and ground.person):
        raise BadInput(Problem("strategies.no_consent", f"brief.yaml {PLACE}", {
            "field": field, "basis": ground.basis or "–", "person": ground.person or "–"}))
    return None


def known_column(tables: Any, brief: Brief) -> str | None:
    """Return the column of ``customers`` that holds consent to marketing, None where the data hold none."""
    column = (brief.compliance.consent_field or DEFAULT_FIELD).rpartition(".")[2]
    return column if tables.customers is not None and column in tables.customers.columns else None


def is_needed(column: str | None, channel: Channel | None) -> bool:
    """Return whether only those who said yes may be contacted: without a column the ground in law stands for
    everybody, and a channel may need no consent beforehand."""
    return column is not None and not (channel and channel.consent_required is False)


def consent_rule(tables: Any, brief: Brief, strategy: Strategy | None) -> Consent:
    """Return who may be contacted for a strategy by its channel, as far as the data tell."""
    column = known_column(tables, brief)
    channel = next((each for each in brief.channels if strategy and each.id == strategy.channel), None)
    return Consent(column, is_needed(column, channel))


def contactable(people: ir.Table, column: str | None) -> ir.StringValue:
    """Return for each of ``people`` whether it may be contacted; null and what is no answer are unknown."""
    if column is None:
        return ibis.literal(UNKNOWN)
    answer = number(people[column].cast("string"))
    return ibis.cases((answer == 1, YES), (answer == 0, NO), else_=UNKNOWN)
