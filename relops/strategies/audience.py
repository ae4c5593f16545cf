"""Who may be drawn: every known customer in one row, and of those left out the first reason why.

The reasons stand in a fixed order and the first that holds counts, so that with those who stay they add up to
everybody.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.brief import Brief
from relops.customers.availability import Unavailable
from relops.customers.order_summary import gap_summary
from relops.customers.rfm.groups import EVERYBODY, GROUPS, group_rules, named_groups
from relops.customers.rfm.summary import grouped_customers
from relops.errors import BadInput, Problem
from relops.strategies.assignment import place_column, share_edge
from relops.strategies.consent import NO, UNKNOWN, consent_column, contactable, is_needed
from relops.strategies.contacts import Sources, joined, with_contacts, with_running
from relops.strategies.draw_plan import CUSTOMER, DrawPlan
from relops.strategies.places import usual_place

REASONS = ("party", "segment", "minor", "no_consent", "consent_unknown", "holdout", "running", "cap_year", "cap_month",
           "no_key", "no_cluster")
MEASURES = ("purchase_days", "spend", "recency_days", "tenure_days", "contacts")
# a blank keeps it apart from the salts of experiments, whose ids hold none
HOLDOUT_SALT = "permanent hold-out"
YEAR = datetime.timedelta(days=365)
HOUSEHOLD, GROUP = "household_id", "group"
MINORS, ADULT_YEARS = "minors_excluded", 18
YOUNG_BAND = rf"^\s*(<|under|below|未满|不满)\s*{ADULT_YEARS}|^\s*{ADULT_YEARS}\s*岁?以下"
NO_STRATUM = "–"


def audience(sources: Sources, brief: Brief, plan: DrawPlan, data_end: datetime.date) -> ir.Table:
    """Return one row a customer: customer_id (hashed), id (the client's own), key, unit (what is divided), cluster,
    stratum, contactable, reason (null: may be drawn), cap_left (contacts still allowed by strategy and channel, null
    without a cap), and :data:`MEASURES` of the year before.

    Raises BadInput with everything that is asked for and the data do not hold.
    """
    problems: list[Problem] = []
    consent = _found(problems, lambda: consent_column(sources.tables, brief))
    groups = _found(problems, lambda: wanted_groups(brief, plan))
    rules = _found(problems, lambda: _rules(sources, brief, plan, groups))
    problems += _check_columns(sources, plan)
    if problems:
        raise BadInput(problems)
    each = _with_behaviour(_everybody(sources.tables), sources.tables, rules, data_end)
    own = sources.ids.group_by("hash").aggregate(id=_.id.min()).rename(customer_id="hash")
    each = _with_key(joined(each, own), sources, plan)
    each = with_running(with_contacts(each, sources, plan, brief.period.timezone), sources, brief, plan)
    each = _with_cluster(each, sources, plan)
    strata = [each[name].cast("string").fill_null(NO_STRATUM) for name in plan.strata]
    each = each.mutate(contactable=contactable(each, consent),
                       stratum=ibis.literal(" · ").join(strata) if strata else ibis.null("string"))
    each = each.mutate(reason=_reason(each, brief, plan, groups, consent, data_end), cap_left=_cap_left(each, plan))
    return each.select(CUSTOMER, "id", "key", "unit", "cluster", "stratum", "contactable", "reason", "cap_left",
                       *MEASURES)


def _found(problems: list[Problem], look: Callable[[], Any]) -> Any:
    """Return what is found; what is wrong joins the ``problems``."""
    try:
        return look()
    except BadInput as fault:
        problems += fault.problems
        return None


def wanted_groups(brief: Brief, plan: DrawPlan) -> tuple[str, ...] | None:
    """Return the groups that the strategy is for, None for everybody. Raises BadInput for a name that is none."""
    wanted, strange = named_groups(plan.strategy.segments if plan.strategy else (), brief.segments)
    if strange:
        own = [name for name in brief.segments.names.model_dump().values() if name]
        raise BadInput(Problem("strategies.unknown_group", f"strategies.{plan.strategy.id}.segments", {
            "names": ", ".join(strange), "groups": ", ".join([*GROUPS, *own, EVERYBODY[0]])}))
    return wanted or None


def _rules(sources: Sources, brief: Brief, plan: DrawPlan, groups: Sequence[str] | None) -> Any:
    """Return the limits of the groups, None where the draw needs none. Raises BadInput where there are none."""
    if groups is None and GROUP not in plan.strata:
        return None
    days = sources.tables.purchase_days
    rules = None if days is None else group_rules(gap_summary(days), brief.segments, sources.settings or {})
    if rules is None or isinstance(rules, Unavailable):
        raise BadInput(Problem("strategies.no_groups", "brief.yaml segments", {
            "groups": ", ".join(groups or GROUPS), "limits": "segments.r1_days, segments.r2_days"}))
    return rules


def _check_columns(sources: Sources, plan: DrawPlan) -> list[Problem]:
    """Return the strata, the cluster and the key that the data do not hold."""
    people, problems = sources.tables.customers, []
    known = {GROUP, *(people.columns if people is not None else ())} - {CUSTOMER, "record"}
    listed = {"tables": "customers", "columns": ", ".join(sorted(known))}
    problems += [Problem("strategies.no_column", "--strata", {"column": name} | listed)
                 for name in plan.strata if name not in known]
    if plan.cluster and _cluster_table(sources.tables, plan.cluster) is None:
        problems.append(Problem("strategies.no_column", f"experiments.{plan.id}.cluster",
                                {"column": plan.cluster} | listed | {"tables": "customers, orders"}))
    if plan.key != CUSTOMER:
        keys = [] if sources.keys is None else sources.keys.select("key").distinct().to_pandas()["key"].tolist()
        if plan.key not in keys:
            problems.append(Problem("strategies.no_key", "--key", {
                "key": plan.key, "keys": ", ".join(sorted({CUSTOMER, *keys}))}))
    return problems


def _cluster_table(tables: Any, cluster: str) -> ir.Table | None:
    """Return the table that tells a customer's cluster: customers, else purchases."""
    return next((table for table in (tables.customers, tables.purchases)
                 if table is not None and cluster in table.columns), None)


def _everybody(tables: Any) -> ir.Table:
    """Return all customers that the list of customers or an order names, with what the list says of them."""
    named = [table.select(CUSTOMER) for table in (tables.customers, tables.purchase_days) if table is not None]
    if not named:
        raise BadInput(Problem("strategies.nobody_known", "brief.yaml data.sources", {}))
    each = ibis.union(*named) if len(named) > 1 else named[0]
    each = each.drop_null(CUSTOMER).distinct()
    if tables.customers is None:
        return each
    return joined(each, tables.customers.distinct(on=CUSTOMER, keep="first").drop("record"))


def _with_behaviour(each: ir.Table, tables: Any, rules: Any, data_end: datetime.date) -> ir.Table:
    """Add the group and what the customer did in the year up to the end of the data."""
    days, unknown = tables.purchase_days, ibis.null("int64")
    if days is None:
        return each.mutate(group=ibis.null("string"), purchase_days=0, spend=0.0, recency_days=unknown,
                           tenure_days=unknown)
    inside = days.day > data_end - YEAR
    own = days.drop_null(CUSTOMER).group_by(CUSTOMER).aggregate(
        purchase_days=inside.sum(), spend=days.amount.sum(where=inside).cast("float64"),
        recency_days=-days.day.max().delta(data_end, unit="day"),
        tenure_days=-days.day.min().delta(data_end, unit="day"))
    each = joined(each, own)
    if rules is None:
        each = each.mutate(group=ibis.null("string"))
    else:
        each = joined(each, grouped_customers(days, data_end, rules).select(CUSTOMER, GROUP))
    return each.mutate(purchase_days=_.purchase_days.fill_null(0), spend=_.spend.fill_null(0.0))


def _with_key(each: ir.Table, sources: Sources, plan: DrawPlan) -> ir.Table:
    """Add the key that the sending tool knows: the client's own id, or the first of the customer's keys so named."""
    if plan.key == CUSTOMER:
        return each.mutate(key=each.id)
    keys = sources.keys.filter(_.key == plan.key).group_by("hash").aggregate(key=_.value.min())
    return joined(each, keys.rename(customer_id="hash"))


def _with_cluster(each: ir.Table, sources: Sources, plan: DrawPlan) -> ir.Table:
    """Add the cluster and the unit that is divided: the cluster where there is one, else the customer.

    Who has no household is one of its own; who has no store has none. A cluster that only orders tell is the one of
    most orders.
    """
    if not plan.cluster:
        return each.mutate(cluster=ibis.null("string"), unit=each.id)
    table = _cluster_table(sources.tables, plan.cluster)
    if CUSTOMER in table.columns and plan.cluster not in each.columns:
        each = joined(each, usual_place(table, plan.cluster))
    if plan.cluster == HOUSEHOLD:  # an id that the door has hashed: told by its own name again
        homes = sources.ids.group_by("hash").aggregate(home=_.id.min()).rename(household_id="hash")
        each = joined(each, homes, HOUSEHOLD)
        each = each.mutate(cluster=ibis.coalesce(each.home, each.id))
    else:
        each = each.mutate(cluster=each[plan.cluster].cast("string"))
    return each.mutate(unit=each.cluster)


def _reason(each: ir.Table, brief: Brief, plan: DrawPlan, groups: Sequence[str] | None, consent: str | None,
            data_end: datetime.date) -> ir.StringValue:
    """Return the first of :data:`REASONS` that keeps a customer out, null where none does."""
    never = ibis.literal(value=False)
    asked = is_needed(consent, plan.channel)
    year, month = _caps(plan)
    parties = brief.scope.parties if "party_type" in each.columns else []
    share = brief.segments.holdout_share
    holds = {
        "party": each.party_type.notin(parties).fill_null(False) if parties else never,
        "segment": ~each.group.isin(groups).fill_null(False) if groups else never,
        "minor": _is_minor(each, data_end) if MINORS in brief.compliance.constraints else never,
        "no_consent": each.contactable == NO,
        "consent_unknown": each.contactable == UNKNOWN if asked else never,
        "holdout": place_column(each.id, HOLDOUT_SALT) < share_edge(share) if share else never,
        "running": each.is_running,
        "cap_year": each.by_strategy + 1 > year if year is not None else never,
        "cap_month": each.by_channel + 1 > month if month is not None else never,
        "no_key": each.key.fill_null("") == "",
        "no_cluster": each.unit.fill_null("") == "",
    }
    return ibis.cases(*((holds[reason], reason) for reason in REASONS), else_=ibis.null("string"))


def _caps(plan: DrawPlan) -> tuple[float | None, float | None]:
    """Return how often the strategy may reach a customer in a year, and its channel in a month."""
    return (plan.strategy.cap_per_customer_year if plan.strategy else None,
            plan.channel.max_per_customer_month if plan.channel else None)


def _cap_left(each: ir.Table, plan: DrawPlan) -> ir.NumericValue:
    left = [cap - used for cap, used in zip(_caps(plan), (each.by_strategy, each.by_channel), strict=True)
            if cap is not None]
    return ibis.greatest(ibis.least(*left), 0) if left else ibis.null("float64")


def _is_minor(each: ir.Table, data_end: datetime.date) -> ir.BooleanValue:
    """Whether a customer is known to be under age, by the day of birth or the band of ages."""
    known = []
    if "birth_date" in each.columns:
        grown = (pd.Timestamp(data_end) - pd.DateOffset(years=ADULT_YEARS)).date()
        known.append(each.birth_date > grown)
    if "age_band" in each.columns:
        top = each.age_band.re_extract(r"^\D*\d+\D+(\d+)\D*$", 1).try_cast("int64")
        known.append((top < ADULT_YEARS).fill_null(False) | each.age_band.re_search(YOUNG_BAND).fill_null(False))
    return ibis.or_(*(flag.fill_null(False) for flag in known)) if known else ibis.literal(value=False)
