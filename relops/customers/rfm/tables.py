"""Tables of RFM: the rule of each group, the groups, the cut points of the scores."""

from __future__ import annotations

import pandas as pd

from relops.customers.absence import nothing_if_unavailable
from relops.customers.columns import column, labels
from relops.customers.rfm.groups import GROUPS, GroupRules, Groups
from relops.customers.rfm.scores import SCORES, CutPoints
from relops.exhibits import Table
from relops.store import MIN_PEOPLE_FOR_RATE


@nothing_if_unavailable
def tabulate_rules(rules: GroupRules) -> list[Table]:
    """Return the rule of each group, and the rulers with their sources beside what this data alone would
    give."""
    active, lost, least = rules.r1_days, rules.r2_days, rules.f_star
    boxes = pd.DataFrame({
        "group": labels("group", pd.Series(GROUPS)),
        # a whole number of days passes between two purchase days, so "beyond" starts a day later
        "recency_from": [0, 0, active // 1 + 1, lost // 1 + 1], "recency_to": [active, active, lost, None],
        "days_from": [least, 1, 1, 1], "days_to": [None, least - 1, None, None],
    })
    box_columns = (column("group"), column("recency_from", "days"), column("recency_to", "days"),
                   column("days_from", "count"), column("days_to", "count"))
    names = pd.Series(["f_star", "r1_days", "r2_days"])
    rulers = pd.DataFrame({
        "ruler": labels("ruler", names), "in_force": [least, active, lost],
        "source": labels("source", names.map(rules.sources)),
        "today": [None, rules.today_r1_days, rules.today_r2_days],
    })
    ruler_columns = (column("ruler"), column("in_force", "count"), column("source"),
                     column("today", "count"))
    return [Table("rfm.rules.table", "customers.table.rules", boxes, box_columns, n=rules.gaps),
            Table("rfm.rulers.table", "customers.table.rulers", rulers, ruler_columns, n=rules.gaps)]


@nothing_if_unavailable
def tabulate_groups(groups: Groups, currency: str) -> list[Table]:
    """Return the four groups: customers, share with interval, revenue, orders, recency."""
    frame = groups.table.assign(group=labels("group", groups.table["group"]))
    if groups.customers < MIN_PEOPLE_FOR_RATE:
        frame[["share", "low", "high"]] = None
    columns = (
        column("group"), column("customers", "count", "people", people=True),
        column("share", "share"), column("low", "share"), column("high", "share"),
        column("revenue", f"money:{currency}", total=True), column("revenue_share", "share", total=True),
        column("orders_per_customer", "ratio"),
        column("median_recency_days", "days", "median_recency"),
        column("single_day", "count", people=True),
    )
    return [Table("rfm.groups.table", "customers.table.groups", frame, columns, n=groups.customers)]


@nothing_if_unavailable
def tabulate_scores(table: pd.DataFrame, cuts: CutPoints, currency: str) -> list[Table]:
    """Return for each score the cut point that must be passed and how many customers hold it, letter by
    letter."""
    blank = [None] * len(cuts.monetary)  # with nested binning F and M have cut points of their own in every cell
    passed = {"recency": [None, *cuts.recency[::-1]],
              "frequency": [None, *(blank if cuts.nested else cuts.frequency)],
              "monetary": [None, *(blank if cuts.nested else cuts.monetary)]}
    units = {"recency": "days", "frequency": "count", "monetary": f"money:{currency}"}
    frame = table.assign(**{f"{letter}_limit": passed[letter] for letter in SCORES})
    columns = [column("score", "count")]
    for letter in SCORES:
        columns += [column(f"{letter}_limit", units[letter]),
                    column(f"{letter}_customers", "count", people=True)]
    n = int(table["recency_customers"].sum())
    tables = [Table("rfm.scores.table", "customers.table.scores", frame, tuple(columns), n=n)]
    return tables + (_tabulate_nested(cuts, currency, n) if cuts.nested else [])


def _tabulate_nested(cuts: CutPoints, currency: str, n: int) -> list[Table]:
    """The cut points of F within each R, and of M within each pair of R and F."""
    places = range(1, cuts.bins)
    for_f = pd.DataFrame([(own, *points) for own, points in sorted(cuts.nested_frequency.items())],
                         columns=["recency_score", *(f"cut_{place}" for place in places)])
    for_m = pd.DataFrame([(*own, *points) for own, points in sorted(cuts.nested_monetary.items())],
                         columns=["recency_score", "frequency_score", *(f"cut_{place}" for place in places)])

    def heads(keys: list[str], unit: str) -> tuple:
        return (*(column(key, "count") for key in keys),
                *(column(f"cut_{place}", unit, f"cut_{place}") for place in places))

    return [Table("rfm.nested_frequency.table", "customers.table.nested_frequency", for_f,
                  heads(["recency_score"], "count"), n=n),
            Table("rfm.nested_monetary.table", "customers.table.nested_monetary", for_m,
                  heads(["recency_score", "frequency_score"], f"money:{currency}"), n=n)]
