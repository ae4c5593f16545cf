"""What the diagnosis says: findings with their numbers, and missing-data codes where nothing can be said.

``say_*`` return a list ready for ``nb.publish``. A result that is not there is said with its code: M1 without
orders, M2 with too few, M8 on too few people.
"""

from __future__ import annotations

from relops.customers.availability import or_missing
from relops.customers.diagnosis.bridge import YEAR_MONTHS, RevenueBridge, months_found
from relops.customers.diagnosis.cohorts import LaterRevenue, MonthlyRevenue, RepeatRate, Retention, SecondPurchase
from relops.customers.diagnosis.concentration import Concentration
from relops.customers.diagnosis.seasonality import LEAST_WEEKS, STL_MONTHS, Seasonality
from relops.customers.diagnosis.tables import MONTHS, WEEKDAYS
from relops.customers.saying import Said, lacking
from relops.exhibits import Evidence, Finding
from relops.store import MIN_PEOPLE_FOR_RATE


@or_missing("diagnosis.revenue.missing", "customers.measure.revenue")
def say_revenue(result: MonthlyRevenue, currency: str) -> Said:
    """Say period, customers, orders, net revenue and order value, and what came from anonymous orders."""
    money = f"money:{currency}"
    numbers = {
        "start": Evidence("diagnosis.period.first_day", result.first_day, "date"),
        "end": Evidence("diagnosis.period.last_day", result.last_day, "date"),
        "customers": Evidence("diagnosis.customers", result.customers, "customers", n=result.customers),
        "orders": Evidence("diagnosis.orders", result.orders, "orders", n=result.orders),
        "revenue": Evidence("diagnosis.revenue", result.revenue, money, n=result.orders),
        "order_value": result.order_value.evidence("diagnosis.order_value", money),
    }
    message = "revenue" if result.order_value.low is not None else "revenue_one_customer"
    said: Said = [Finding("diagnosis.revenue.finding", f"customers.finding.{message}", numbers)]
    anonymous = float(result.months["anonymous_revenue"].sum())
    if anonymous and result.revenue > 0:
        share = Evidence("diagnosis.anonymous.revenue_share", anonymous / result.revenue, "share",
                         n=result.orders)
        revenue = Evidence("diagnosis.anonymous.revenue", anonymous, money, n=result.orders)
        said.append(Finding("diagnosis.anonymous.finding", "customers.finding.anonymous",
                            {"share": share, "revenue": revenue}))
    return said


def returning_share(result: MonthlyRevenue) -> Evidence:
    """Return the share of revenue that customers acquired in an earlier month bring."""
    months = result.months
    share = months["returning_revenue"].sum() / result.revenue if result.revenue > 0 else None
    return Evidence("diagnosis.returning.revenue_share", share, "share", n=result.orders)


@or_missing("diagnosis.repeat_rate.missing", "customers.measure.repeat_rate")
def say_repeat_rate(result: RepeatRate) -> Said:
    """Say how many customers bought on at least two days."""
    if result.customers < MIN_PEOPLE_FOR_RATE:
        return [lacking("diagnosis", "M8", "repeat_rate")]
    customers = Evidence("diagnosis.repeat_customers", result.repeat_customers, "customers",
                         n=result.customers)
    rate = result.rate.evidence("diagnosis.repeat_rate", "share", "purchase_days >= 2")
    return [Finding("diagnosis.repeat_rate.finding", "customers.finding.repeat_rate",
                    {"customers": customers, "rate": rate})]


@or_missing("diagnosis.later_revenue.missing", "customers.measure.later_revenue")
def say_later_revenue(result: LaterRevenue, currency: str) -> Said:
    """Say what share of identified revenue comes after the first purchase day; its worth is that revenue."""
    if result.share.n < MIN_PEOPLE_FOR_RATE:
        return [lacking("diagnosis", "M8", "later_revenue")]
    worth = Evidence("diagnosis.later_revenue", result.revenue, f"money:{currency}", n=result.share.n)
    numbers = {"share": result.share.evidence("diagnosis.later_revenue_share", "share"), "revenue": worth}
    return [Finding("diagnosis.later_revenue.finding", "customers.finding.later_revenue", numbers,
                    worth=worth)]


@or_missing("diagnosis.second_purchase.missing", "customers.measure.second_purchase")
def say_second_purchase(result: SecondPurchase) -> Said:
    """Say how many first-time buyers came back within the window, of those observed that long."""
    if result.customers < MIN_PEOPLE_FOR_RATE:
        return [lacking("diagnosis", "M8", "second_purchase")]
    numbers = {
        "window": Evidence("diagnosis.second_purchase.window", result.window_days, "days", tag="A"),
        "customers": Evidence("diagnosis.second_purchase.customers", result.returned, "customers",
                              n=result.customers),
        "rate": result.rate.evidence("diagnosis.second_purchase.rate", "share"),
    }
    return [Finding("diagnosis.second_purchase.finding", "customers.finding.second_purchase", numbers)]


@or_missing("diagnosis.retention.missing", "customers.measure.retention")
def say_retention(result: Retention) -> Said:
    """Say how many customers buy again in the month after their own, and of the same customers later on."""
    if result.first.n < MIN_PEOPLE_FOR_RATE:
        return [lacking("diagnosis", "M8", "retention")]
    numbers = {"first": result.first.evidence("diagnosis.retention.first_month", "share")}
    if result.depth_months == 1:
        return [Finding("diagnosis.retention.finding", "customers.finding.retention_one_month", numbers)]
    numbers |= {"last": result.last.evidence("diagnosis.retention.last_month", "share"),
                "depth": Evidence("diagnosis.retention.depth", result.depth_months, "months")}
    return [Finding("diagnosis.retention.finding", "customers.finding.retention", numbers)]


def bridge_numbers(result: RevenueBridge, currency: str) -> dict[str, Evidence]:
    """Return the evidence of the revenue bridge: every step (losses as positive amounts) and the window."""
    numbers = {
        step: Evidence(f"diagnosis.bridge.{step}.revenue",
                       -revenue if step == "lost" else revenue, f"money:{currency}", n=customers or None)
        for step, revenue, customers in result.steps.itertuples(index=False)}
    return numbers | {"window": Evidence("diagnosis.bridge.window", result.windows.months, "months")}


@or_missing("diagnosis.bridge.missing", "customers.measure.bridge")
def say_bridge(result: RevenueBridge, currency: str) -> Said:
    """Say what moved revenue between the two latest windows; its worth is what lost customers had spent."""
    numbers = bridge_numbers(result, currency)
    change = result.revenue("current") - result.revenue("previous")
    words = {"direction": f"customers.direction.{'up' if change > 0 else 'down' if change < 0 else 'level'}"}
    retained = result.net_revenue_retention
    message = f"customers.finding.{'bridge_without_base' if retained is None else 'bridge_thin'}"
    if retained is not None and retained.low is not None and retained.n >= MIN_PEOPLE_FOR_RATE:
        numbers["retained"] = retained.evidence("diagnosis.net_revenue_retention", "share")
        message = f"customers.finding.{'bridge' if result.windows.has_past else 'bridge_without_past'}"
    worth = numbers["lost"] if numbers["lost"].value > 0 else None
    said: Said = [Finding("diagnosis.bridge.finding", message, numbers, words, worth)]
    if result.windows.months < YEAR_MONTHS:
        said.append(lacking("diagnosis", "M2", "yearly_bridge", "orders.ordered_at",
                            **months_found(result.windows.months_observed, 2 * YEAR_MONTHS)))
    return said


def concentration_numbers(result: Concentration, currency: str) -> dict[str, Evidence]:
    """Return the evidence of the concentration of revenue."""
    money = f"money:{currency}"
    return {
        "customers": Evidence("diagnosis.top_decile.customers", int(result.deciles["customers"].iloc[0]),
                              "customers", n=result.customers),
        "share": result.top_share.evidence("diagnosis.top_decile.revenue_share", "share"),
        "revenue": Evidence("diagnosis.top_decile.revenue", result.top_revenue, money, n=result.customers),
        "gini": result.gini.evidence("diagnosis.gini", "ratio"),
    }


@or_missing("diagnosis.concentration.missing", "customers.measure.concentration")
def say_concentration(result: Concentration, currency: str) -> Said:
    """Say what the tenth of customers who spent most brings; its worth is their revenue."""
    if result.customers < MIN_PEOPLE_FOR_RATE or result.gini.low is None:
        return [lacking("diagnosis", "M8", "concentration")]
    numbers = concentration_numbers(result, currency)
    return [Finding("diagnosis.concentration.finding", "customers.finding.concentration", numbers,
                    worth=numbers["revenue"])]


@or_missing("diagnosis.season.missing", "customers.measure.season")
def say_seasonality(result: Seasonality, currency: str) -> Said:
    """Say whether weekdays differ and how strong the season is; M2 below eight weeks and two years."""
    return _say_weekdays(result) + _say_season(result, currency)


def _say_weekdays(result: Seasonality) -> Said:
    if result.week is None:
        return [lacking("diagnosis", "M2", "weekdays", "orders.ordered_at",
                        found=Evidence("diagnosis.weekdays.weeks", result.weeks_observed, "weeks"),
                        needed=Evidence("diagnosis.weekday.weeks_needed", LEAST_WEEKS, "weeks"))]
    (busiest, high), (quietest, low) = (result.week.extreme(which) for which in ("busiest", "quietest"))
    numbers = {"high": high.evidence("diagnosis.weekday.highest", "ratio"),
               "low": low.evidence("diagnosis.weekday.lowest", "ratio"),
               "p": Evidence("diagnosis.weekday.p_value", result.week.p_value, "ratio", n=result.week.weeks)}
    words = {"busiest": f"customers.weekday.{WEEKDAYS[busiest]}",
             "quietest": f"customers.weekday.{WEEKDAYS[quietest]}"}
    message = "weekdays_differ" if result.week.differs else "weekdays_level"
    return [Finding("diagnosis.weekdays.finding", f"customers.finding.{message}", numbers, words)]


def _say_season(result: Seasonality, currency: str) -> Said:
    if result.decomposition is None:
        return [lacking("diagnosis", "M2", "season", "orders.ordered_at",
                        found=Evidence("diagnosis.history.months", result.months_observed, "months"),
                        needed=Evidence("diagnosis.season.months_needed", STL_MONTHS, "months"))]
    parts = result.decomposition
    by_month = parts.groupby(parts["month"].dt.month)["seasonal"].mean()
    money, n = f"money:{currency}", result.months_observed
    numbers = {
        "strength": Evidence("diagnosis.season.strength", result.strength, "ratio", n=n),
        "high": Evidence("diagnosis.season.peak", float(by_month.max()), money, n=n),
        "low": Evidence("diagnosis.season.trough", -float(by_month.min()), money, n=n),
    }
    words = {"peak": f"customers.month.{MONTHS[by_month.idxmax() - 1]}",
             "trough": f"customers.month.{MONTHS[by_month.idxmin() - 1]}"}
    return [Finding("diagnosis.season.finding", "customers.finding.season", numbers, words)]
