"""How soon customers come back, and when the level of revenue moved: tables, figure and sentences."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import PercentFormatter

from relops.customers.absence import nothing_if_unavailable
from relops.customers.availability import or_missing
from relops.customers.columns import column
from relops.customers.diagnosis.change_points import ChangePoints
from relops.customers.diagnosis.survival import HALF, ReturnCurves
from relops.customers.drawing import set_title
from relops.customers.saying import Said, lacking
from relops.exhibits import Evidence, Figure, Finding, Table
from relops.locale import text
from relops.store import MIN_PEOPLE_FOR_RATE
from relops.style import PALETTE

CURVE_COLOURS = ("blue", "green", "orange")
# a year and its first return of the same day
MOST_DAYS_DRAWN = 366


@nothing_if_unavailable
def tabulate_returns(result: ReturnCurves) -> list[Table]:
    """Return for each purchase day how many bought again, within the window and at the median."""
    frame = result.table.assign(nth=[f"@customers.nth.after_{nth}" for nth in result.table["nth"]])
    columns = (column("nth"), column("customers", "count", "people", people=True),
               column("returned", "count", people=True),
               *(column(key, "share", label, rate_of="customers") for key, label in (
                   ("share", "within_window"), ("low", "low"), ("high", "high"))),
               *(column(key, "days") for key in ("median_days", "median_low", "median_high")))
    return [Table("diagnosis.returns.table", "customers.table.returns", frame, columns,
                  n=int(result.table["customers"].max()))]


@nothing_if_unavailable
def tabulate_gap_quantiles(quantiles: pd.DataFrame, gaps: pd.DataFrame) -> list[Table]:
    """Return the quantiles of completed gaps with their intervals; none on fewer than thirty gaps."""
    count = int(gaps["gaps"].sum())
    if count < MIN_PEOPLE_FOR_RATE:
        return []
    columns = (column("share", "share", "share_of_gaps"), column("days", "days", "gap_days"),
               column("low", "days"), column("high", "days"))
    return [Table("diagnosis.gaps.table", "customers.table.gap_quantiles", quantiles, columns, n=count)]


@nothing_if_unavailable
def plot_returns(result: ReturnCurves) -> list[Figure]:
    """Return the curves of coming back after the first, second and third purchase day, of thirty customers up."""
    thick = result.table.loc[result.table["customers"] >= MIN_PEOPLE_FOR_RATE, "nth"]
    curves = result.curves[result.curves["nth"].isin(thick)]
    if curves.empty:
        return []
    return [Figure("diagnosis.returns.figure", "customers.figure.returns.title", "customers.figure.returns.alt",
                   lambda language: draw_returns(curves, language), curves,
                   n=int(result.table["customers"].max()))]


def draw_returns(curves: pd.DataFrame, language: str) -> Drawing:
    """Draw a step curve an nth purchase day, with its interval."""
    figure, axes = pyplot.subplots()
    for (nth, curve), colour in zip(curves.groupby("nth"), CURVE_COLOURS, strict=False):
        near = curve[curve["days"] <= MOST_DAYS_DRAWN]
        axes.fill_between(near["days"], near["low"], near["high"], step="post", color=PALETTE[colour], alpha=0.18,
                          linewidth=0)
        axes.step(near["days"], near["share"], where="post", color=PALETTE[colour], linewidth=1.6,
                  label=text(f"customers.nth.after_{nth}", language))
    axes.axhline(HALF, color=PALETTE["grey"], linewidth=1, linestyle="--")
    axes.set(xlim=(0, None), ylim=(0, 1), xlabel=text("customers.figure.returns.axis_x", language),
             ylabel=text("customers.figure.returns.axis_y", language))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(frameon=False, loc="upper left")
    set_title(figure, "returns", language, {})
    return figure


@or_missing("diagnosis.returns.missing", "customers.measure.returns")
def say_returns(result: ReturnCurves) -> Said:
    """Say the median time to the second purchase, or how far the curve has come, and beside it the next one's."""
    first = result.within(1)
    if first.n < MIN_PEOPLE_FOR_RATE:
        return [lacking("diagnosis", "M8", "returns")]
    if first.value != first.value:
        return [lacking("diagnosis", "M2", "returns", "orders.ordered_at")]
    numbers: dict[str, Evidence] = {
        "window": Evidence("diagnosis.second_purchase.window", result.window_days, "days", tag="A"),
        "share": first.evidence("diagnosis.returns.second.share", "share")}
    median = result.median_days(1)
    message = "returns_open"
    if median is not None:
        numbers["median"] = median.evidence("diagnosis.returns.second.median_days", "days")
        message = "returns"
    said: Said = [Finding("diagnosis.returns.finding", f"customers.finding.{message}", numbers)]
    if 2 in set(result.table["nth"]):
        second = result.within(2)
        if second.n >= MIN_PEOPLE_FOR_RATE and second.value == second.value:
            third = {"window": numbers["window"], "second": numbers["share"],
                     "third": second.evidence("diagnosis.returns.third.share", "share")}
            apart = second.low > first.high or second.high < first.low
            words = {"compared": f"customers.compared.{'more' if second.value > first.value else 'fewer'}"}
            said.append(Finding("diagnosis.returns_third.finding",
                                f"customers.finding.returns_{'apart' if apart else 'alike'}", third, words))
    return said


@nothing_if_unavailable
def tabulate_changes(result: ChangePoints, currency: str) -> list[Table]:
    """Return the levels of weekly revenue between change points; none where the level never moved."""
    if len(result.segments) < 2:
        return []
    money = f"money:{currency}"
    columns = (column("start", "date", "from_day"), column("end", "date", "to_day"), column("weeks", "weeks"),
               column("level", money, "weekly_level"), column("low", money), column("high", money),
               column("change", "share", "level_change"))
    return [Table("diagnosis.change.table", "customers.table.changes", result.segments, columns,
                  n=len(result.weeks))]


@or_missing("diagnosis.change.missing", "customers.measure.changes")
def say_changes(result: ChangePoints, currency: str) -> Said:
    """Say when the level of weekly revenue last moved and from what to what; or that it held."""
    segments, money = result.segments, f"money:{currency}"
    numbers: Mapping[str, Evidence] = {
        "count": Evidence("diagnosis.change.count", len(segments) - 1, "count", n=len(result.weeks)),
        "weeks": Evidence("diagnosis.change.weeks", len(result.weeks), "weeks")}
    if len(segments) < 2:
        return [Finding("diagnosis.change.finding", "customers.finding.changes_none", {"weeks": numbers["weeks"]})]
    before, after = segments.iloc[-2], segments.iloc[-1]
    numbers |= {"date": Evidence("diagnosis.change.last_day", after["start"], "date")} | {
        name: Evidence(f"diagnosis.change.{name}", row["level"], money, row["low"], row["high"], 0.95,
                       int(row["weeks"])) for name, row in (("before", before), ("after", after))}
    words = {"direction": f"customers.direction.{'up' if after['level'] > before['level'] else 'down'}"}
    return [Finding("diagnosis.change.finding", "customers.finding.changes", numbers, words)]
