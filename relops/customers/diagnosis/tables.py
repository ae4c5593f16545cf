"""Tables of the diagnosis: results laid out in columns with labels and units.

Every function returns a list, empty where its result is absent, ready for ``nb.publish``.
"""

from __future__ import annotations

from relops.customers.absence import nothing_if_unavailable
from relops.customers.columns import column, labels, month_text
from relops.customers.diagnosis.bridge import RevenueBridge
from relops.customers.diagnosis.cohorts import MonthlyRevenue, Retention
from relops.customers.diagnosis.concentration import Concentration
from relops.customers.diagnosis.seasonality import Seasonality
from relops.exhibits import Table
from relops.store import MIN_PEOPLE

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")


@nothing_if_unavailable
def tabulate_revenue(result: MonthlyRevenue, currency: str) -> list[Table]:
    """Return customers, orders and revenue by month; anonymous revenue only where there is any."""
    money = f"money:{currency}"
    whole = result.months["is_partial"].map({False: "@customers.coverage.whole",
                                             True: "@customers.coverage.partial"})
    frame = result.months.assign(month=month_text(result.months["month"]), coverage=whole)
    columns = [
        column("month"), column("coverage"), column("customers", "count", people=True),
        column("new_customers", "count", people=True), column("orders", "count", total=True),
        column("revenue", money, total=True), column("new_revenue", money, total=True),
        column("returning_revenue", money, total=True),
    ]
    if frame["anonymous_revenue"].any():
        columns.append(column("anonymous_revenue", money, total=True))
    return [Table("diagnosis.revenue.table", "customers.table.revenue", frame, tuple(columns),
                  n=result.orders)]


@nothing_if_unavailable
def tabulate_bridge(result: RevenueBridge, currency: str) -> list[Table]:
    """Return the steps of the revenue bridge with their customers; the movements of nobody are left out."""
    steps = result.steps
    idle = steps["revenue"].eq(0) & ~steps["step"].isin(["previous", "current"])
    frame = steps[~idle].assign(label=labels("step", steps["step"]))
    frame["customers"] = frame["customers"].astype(float).where(frame["step"] != "anonymous")
    columns = (column("label", label="step"), column("revenue", f"money:{currency}", total=True),
               column("customers", "count", "people", people=True))
    return [Table("diagnosis.bridge.table", "customers.table.bridge", frame, columns,
                  n=result.customers("previous") + result.customers("new") + result.customers("reactivated"))]


@nothing_if_unavailable
def tabulate_retention(result: Retention) -> list[Table]:
    """Return the pooled retention curve and the triangle; cohorts too small to be listed are in the curve
    only."""
    curve = (
        column("months_since", "months"), column("customers", "count", "people", people=True),
        column("active", "count", people=True), column("share", "share", rate_of="customers"),
        column("low", "share", rate_of="customers"), column("high", "share", rate_of="customers"),
    )
    listed = result.triangle[result.triangle["customers"] >= MIN_PEOPLE]
    listed = listed.assign(cohort=month_text(listed["cohort"]))
    triangle = (column("cohort"), column("customers", "count", "people"),
                column("months_since", "months"), column("share", "share", rate_of="customers"))
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
        column("decile", "count"), column("customers", "count", "people", people=True),
        column("revenue", money, total=True), column("revenue_share", "share", total=True),
        column("cumulative_share", "share"), column("least_revenue", money),
    )
    return [Table("diagnosis.deciles.table", "customers.table.deciles", result.deciles, columns,
                  n=result.customers)]


@nothing_if_unavailable
def tabulate_seasonality(result: Seasonality, currency: str) -> list[Table]:
    """Return orders by weekday, revenue by month of the year and, with two years, the decomposition."""
    money, tables = f"money:{currency}", []
    if result.week is not None:
        names = result.week.weekdays["weekday"].map(dict(enumerate(WEEKDAYS)))
        frame = result.week.weekdays.assign(weekday=labels("weekday", names))
        columns = (column("weekday"), *(column(key, "ratio") for key in ("index", "low", "high")))
        tables.append(Table("diagnosis.weekdays.table", "customers.table.weekdays", frame, columns,
                            n=result.week.weeks))
    if result.months_observed:
        names = result.months["month"].map(dict(enumerate(MONTHS, start=1)))
        frame = result.months.assign(month=labels("month", names))
        columns = (column("month", label="season_month"), column("observed", "count"),
                   column("revenue", money, "mean_revenue"), column("index", "ratio", "month_index"))
        tables.append(Table("diagnosis.months.table", "customers.table.months", frame, columns,
                            n=result.months_observed))
    if result.decomposition is not None:
        frame = result.decomposition.assign(month=month_text(result.decomposition["month"]))
        parts = ("revenue", "trend", "seasonal", "remainder")
        columns = (column("month"), *(column(key, money) for key in parts))
        tables.append(Table("diagnosis.season.table", "customers.table.season", frame, columns,
                            n=result.months_observed))
    return tables
