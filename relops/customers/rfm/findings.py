"""What RFM says: the rulers, and each group with its share, its revenue and its worth."""

from __future__ import annotations

import pandas as pd

from relops.customers.absence import nothing_if_unavailable
from relops.customers.availability import or_missing
from relops.customers.rfm.groups import LEAST_GAPS, GroupRules, Groups
from relops.customers.rfm.scores import SCORES, CutPoints
from relops.customers.saying import ORDERS, Said, lacking
from relops.exhibits import Evidence, Finding, Missing
from relops.store import MIN_PEOPLE_FOR_RATE, blank, held_back


@nothing_if_unavailable
def say_base(histories: pd.DataFrame, gaps: pd.DataFrame) -> Said:
    """Say who is grouped: customers, those with one purchase day, completed gaps between purchase days."""
    customers = int(histories["customers"].sum())
    single = int(histories.loc[histories["purchase_days"] == 1, "customers"].sum())
    numbers = {
        "customers": Evidence("rfm.customers", customers, "customers", n=customers),
        "single": Evidence("rfm.single_day.customers", single, "customers", n=customers),
        "gaps": Evidence("rfm.gaps.count", int(gaps["gaps"].sum()), "count"),
    }
    return [Finding("rfm.base.finding", "customers.finding.base", numbers)]


@nothing_if_unavailable
def say_rulers(rules: GroupRules) -> Said:
    """Say the limits, how many gaps they cover, where they come from, and what this data alone would give."""
    numbers = ruler_numbers(rules)
    words = {"source": f"customers.source.{rules.sources['r1_days']}"}
    message = "rulers" if {"active", "lost"} <= set(numbers) else "rulers_without_gaps"
    said: Said = [Finding("rfm.rulers.finding", f"customers.finding.{message}", numbers, words)]
    today = (rules.today_r1_days, rules.today_r2_days)
    if None not in today and today != (rules.r1_days, rules.r2_days):
        moved = {f"today_{name}": rules.evidence(f"{name}_days", today=True) for name in ("r1", "r2")}
        kept = {name: numbers[name] for name in ("r1", "r2")}
        said.append(Finding("rfm.rulers_moved.finding", "customers.finding.rulers_moved", moved | kept))
    return said


def ruler_numbers(rules: GroupRules) -> dict[str, Evidence]:
    """Return the evidence of the rulers; the shares of gaps only where thirty gaps or more lie behind
    them."""
    tag = {"brief": "B", "rule": "A"}.get(rules.sources["f_star"], "D")
    numbers = {
        "f_star": Evidence("rfm.f_star", rules.f_star, "count", tag=tag),
        "r1": rules.evidence("r1_days"), "r2": rules.evidence("r2_days"),
        "gaps": Evidence("rfm.gaps.count", rules.gaps, "count"),
    }
    if rules.gaps >= LEAST_GAPS:
        numbers["active"] = rules.within_active.evidence("rfm.gaps.within_active", "share")
        numbers["lost"] = rules.within_lost.evidence("rfm.gaps.within_lost", "share")
    return numbers


def group_numbers(groups: Groups, group: str, currency: str) -> dict[str, Evidence]:
    """Return the evidence of one group: customers, share, revenue, revenue_share, orders, recency, single."""
    row, n, subject = groups.row(group), groups.customers, f"rfm.group.{group}"
    few = {"n": int(row["customers"]), "filter": f"group = {group}"}
    return {
        "customers": Evidence(f"{subject}.customers", int(row["customers"]), "customers", n=n,
                              filter=f"group = {group}"),
        "share": Evidence(f"{subject}.share", row["share"], "share", row["low"], row["high"], 0.95, n),
        "revenue": Evidence(f"{subject}.revenue", row["revenue"], f"money:{currency}", **few),
        "revenue_share": Evidence(f"{subject}.revenue_share", row["revenue_share"], "share", n=n),
        "orders": Evidence(f"{subject}.orders_per_customer", row["orders_per_customer"], "ratio", **few),
        "recency": Evidence(f"{subject}.median_recency", row["median_recency_days"], "days", **few),
        "single": Evidence(f"{subject}.single_day", int(row["single_day"]), "customers", **few),
    }


@or_missing("rfm.groups.missing", "customers.measure.groups")
def say_groups(groups: Groups, currency: str) -> Said:
    """Say each group; the worth of those not churned is what they have spent within the data."""
    numbers = {group: group_numbers(groups, group, currency) for group in groups.table["group"]}
    few = held_back(groups.table.set_index("group")["customers"])
    if groups.customers < MIN_PEOPLE_FOR_RATE or groups.revenue <= 0:
        counts = [blank(records["customers"]) if few[group] else records["customers"]
                  for group, records in numbers.items()]
        return [*counts, lacking("rfm", "M8", "groups")]
    kept = groups.loyal_among_kept
    if kept is not None and kept.n >= MIN_PEOPLE_FOR_RATE:
        numbers["loyal"]["kept"] = kept.evidence("rfm.loyal.share_of_kept", "share", "group != churned")
    numbers["riser"]["f_star"] = ruler_numbers(groups.rules)["f_star"]
    return [exhibit for group, records in numbers.items() for exhibit in _say_group(group, records, few[group])]


def _say_group(group: str, numbers: dict[str, Evidence], is_held_back: bool) -> Said:
    if is_held_back:  # its share would tell the count as well
        few = Missing(f"rfm.{group}.missing", "M8", ORDERS, f"customers.measure.{group}")
        return [blank(numbers["customers"]), few]
    case = group if numbers["customers"].value else "empty_group"
    if group == "loyal" and "kept" not in numbers:
        case = "empty_group"
    # what churned customers once spent is history, not money at stake
    worth = None if group == "churned" or case == "empty_group" else numbers["revenue"]
    words = {"group": f"customers.group.{group}"}
    return [Finding(f"rfm.{group}.finding", f"customers.finding.{case}", numbers, words, worth)]


@or_missing("rfm.scores.missing", "customers.measure.scores")
def say_scores(table: pd.DataFrame, cuts: CutPoints) -> Said:
    """Say of each letter how many scores nobody holds, as equal customers get equal scores; why, where there are no
    scores at all."""
    said = []
    for letter in SCORES:
        empty = int((table[f"{letter}_customers"] == 0).sum())
        if empty:
            numbers = {"empty": Evidence(f"rfm.scores.{letter}.empty", empty, "count"),
                       "bins": Evidence("rfm.scores.bins", cuts.bins, "count", tag="A")}
            said.append(Finding(f"rfm.scores.{letter}.finding", "customers.finding.empty_scores", numbers,
                                {"letter": f"customers.letter.{letter}"}))
    return said
