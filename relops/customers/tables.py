"""Tables of the diagnosis and of RFM: results laid out in columns with labels and units.

Every function returns a list, empty where its result is absent, ready for ``nb.publish``.
"""

from __future__ import annotations

import pandas as pd

from relops.customers.absence import nothing_if_unavailable
from relops.customers.bridge import RevenueBridge
from relops.customers.cohorts import MonthlyRevenue, Retention
from relops.customers.concentration import Concentration
from relops.customers.rfm import GROUPS, SCORES, CutPoints, GroupRules, Groups
from relops.customers.seasonality import Seasonality
from relops.exhibits import Column, Table
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")


def _column(key: str, unit: str = "text", label: str | None = None, **marks: object) -> Column:
    return Column(key, f"customers.column.{label or key}", unit, **marks)


def _labels(kind: str, keys: pd.Series) -> pd.Series:
    return f"@customers.{kind}." + keys


def month_text(months: pd.Series) -> pd.Series:
    """Return months as text, 1997-01."""
    return months.dt.strftime("%Y-%m")


@nothing_if_unavailable
def tabulate_revenue(result: MonthlyRevenue, currency: str) -> list[Table]:
    """Return customers, orders and revenue by month; anonymous revenue only where there is any."""
    money = f"money:{currency}"
    whole = result.months["is_partial"].map({False: "@customers.coverage.whole",
                                             True: "@customers.coverage.partial"})
    frame = result.months.assign(month=month_text(result.months["month"]), coverage=whole)
    columns = [
        _column("month"), _column("coverage"), _column("customers", "count", people=True),
        _column("new_customers", "count", people=True), _column("orders", "count", total=True),
        _column("revenue", money, total=True), _column("new_revenue", money, total=True),
        _column("returning_revenue", money, total=True),
    ]
    if frame["anonymous_revenue"].any():
        columns.append(_column("anonymous_revenue", money, total=True))
    return [Table("diagnosis.revenue.table", "customers.table.revenue", frame, tuple(columns),
                  n=result.orders)]


@nothing_if_unavailable
def tabulate_bridge(result: RevenueBridge, currency: str) -> list[Table]:
    """Return the steps of the revenue bridge with their customers; the movements of nobody are left out."""
    steps = result.steps
    idle = steps["revenue"].eq(0) & ~steps["step"].isin(["previous", "current"])
    frame = steps[~idle].assign(label=_labels("step", steps["step"]))
    frame["customers"] = frame["customers"].astype(float).where(frame["step"] != "anonymous")
    columns = (_column("label", label="step"), _column("revenue", f"money:{currency}", total=True),
               _column("customers", "count", "people", people=True))
    return [Table("diagnosis.bridge.table", "customers.table.bridge", frame, columns,
                  n=result.customers("previous") + result.customers("new") + result.customers("reactivated"))]


@nothing_if_unavailable
def tabulate_retention(result: Retention) -> list[Table]:
    """Return the pooled retention curve and the triangle; cohorts too small to be listed are in the curve
    only."""
    curve = (
        _column("months_since", "months"), _column("customers", "count", "people", people=True),
        _column("active", "count", people=True), _column("share", "share", rate_of="customers"),
        _column("low", "share", rate_of="customers"), _column("high", "share", rate_of="customers"),
    )
    listed = result.triangle[result.triangle["customers"] >= MIN_PEOPLE]
    listed = listed.assign(cohort=month_text(listed["cohort"]))
    triangle = (_column("cohort"), _column("customers", "count", "people"),
                _column("months_since", "months"), _column("share", "share", rate_of="customers"))
    n = int(result.curve["customers"].max())
    return [
        Table("diagnosis.retention.table", "customers.table.retention", result.curve, curve, n=n),
        Table("diagnosis.cohorts.table", "customers.table.cohorts", listed, triangle, n=n),
    ]


@nothing_if_unavailable
def tabulate_concentration(result: Concentration, currency: str) -> list[Table]:
    """Return revenue by tenth of customers."""
    money = f"money:{currency}"
    columns = (
        _column("decile", "count"), _column("customers", "count", "people", people=True),
        _column("revenue", money, total=True), _column("revenue_share", "share", total=True),
        _column("cumulative_share", "share"), _column("least_revenue", money),
    )
    return [Table("diagnosis.deciles.table", "customers.table.deciles", result.deciles, columns,
                  n=result.customers)]


@nothing_if_unavailable
def tabulate_seasonality(result: Seasonality, currency: str) -> list[Table]:
    """Return orders by weekday, revenue by month of the year and, with two years, the decomposition."""
    money, tables = f"money:{currency}", []
    if result.week is not None:
        names = result.week.weekdays["weekday"].map(dict(enumerate(WEEKDAYS)))
        frame = result.week.weekdays.assign(weekday=_labels("weekday", names))
        columns = (_column("weekday"), *(_column(key, "ratio") for key in ("index", "low", "high")))
        tables.append(Table("diagnosis.weekdays.table", "customers.table.weekdays", frame, columns,
                            n=result.week.weeks))
    if result.months_observed:
        names = result.months["month"].map(dict(enumerate(MONTHS, start=1)))
        frame = result.months.assign(month=_labels("month", names))
        columns = (_column("month", label="season_month"), _column("observed", "count"),
                   _column("revenue", money, "mean_revenue"), _column("index", "ratio", "month_index"))
        tables.append(Table("diagnosis.months.table", "customers.table.months", frame, columns,
                            n=result.months_observed))
    if result.decomposition is not None:
        frame = result.decomposition.assign(month=month_text(result.decomposition["month"]))
        parts = ("revenue", "trend", "seasonal", "remainder")
        columns = (_column("month"), *(_column(key, money) for key in parts))
        tables.append(Table("diagnosis.season.table", "customers.table.season", frame, columns,
                            n=result.months_observed))
    return tables


@nothing_if_unavailable
def tabulate_rules(rules: GroupRules) -> list[Table]:
    """Return the rule of each group, and the rulers with their sources beside what this data alone would
    give."""
    active, lost, least = rules.r1_days, rules.r2_days, rules.f_star
    boxes = pd.DataFrame({
        "group": _labels("group", pd.Series(GROUPS)),
        # a whole number of days passes between two purchase days, so "beyond" starts a day later
        "recency_from": [0, 0, active // 1 + 1, lost // 1 + 1], "recency_to": [active, active, lost, None],
        "days_from": [least, 1, 1, 1], "days_to": [None, least - 1, None, None],
    })
    box_columns = (_column("group"), _column("recency_from", "days"), _column("recency_to", "days"),
                   _column("days_from", "count"), _column("days_to", "count"))
    names = pd.Series(["f_star", "r1_days", "r2_days"])
    rulers = pd.DataFrame({
        "ruler": _labels("ruler", names), "in_force": [least, active, lost],
        "source": _labels("source", names.map(rules.sources)),
        "today": [None, rules.today_r1_days, rules.today_r2_days],
    })
    ruler_columns = (_column("ruler"), _column("in_force", "count"), _column("source"),
                     _column("today", "count"))
    return [Table("rfm.rules.table", "customers.table.rules", boxes, box_columns, n=rules.gaps),
            Table("rfm.rulers.table", "customers.table.rulers", rulers, ruler_columns, n=rules.gaps)]


@nothing_if_unavailable
def tabulate_groups(groups: Groups, currency: str) -> list[Table]:
    """Return the four groups: customers, share with interval, revenue, orders, recency."""
    frame = groups.table.assign(group=_labels("group", groups.table["group"]))
    if groups.customers < MIN_PEOPLE_FOR_RATE:
        frame[["share", "low", "high"]] = None
    columns = (
        _column("group"), _column("customers", "count", "people", people=True),
        _column("share", "share"), _column("low", "share"), _column("high", "share"),
        _column("revenue", f"money:{currency}", total=True), _column("revenue_share", "share", total=True),
        _column("orders_per_customer", "ratio"),
        _column("median_recency_days", "days", "median_recency"),
        _column("single_day", "count", people=True),
    )
    return [Table("rfm.groups.table", "customers.table.groups", frame, columns, n=groups.customers)]


@nothing_if_unavailable
def tabulate_scores(table: pd.DataFrame, cuts: CutPoints, currency: str) -> list[Table]:
    """Return for each score the cut point that must be passed and how many customers hold it, letter by
    letter."""
    passed = {"recency": [None, *cuts.recency[::-1]], "frequency": [None, *cuts.frequency],
              "monetary": [None, *cuts.monetary]}
    units = {"recency": "days", "frequency": "count", "monetary": f"money:{currency}"}
    frame = table.assign(**{f"{letter}_limit": passed[letter] for letter in SCORES})
    columns = [_column("score", "count")]
    for letter in SCORES:
        columns += [_column(f"{letter}_limit", units[letter]),
                    _column(f"{letter}_customers", "count", people=True)]
    n = int(table["recency_customers"].sum())
    return [Table("rfm.scores.table", "customers.table.scores", frame, tuple(columns), n=n)]
