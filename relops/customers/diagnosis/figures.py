"""Figures of the diagnosis. ``plot_*`` return a list with one figure, empty where its result is absent.

``draw_*`` draw it with matplotlib in one language, within :func:`relops.style.use_style`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from relops.customers.absence import nothing_if_unavailable
from relops.customers.columns import month_text
from relops.customers.diagnosis.bridge import RevenueBridge
from relops.customers.diagnosis.cohorts import MonthlyRevenue, Retention
from relops.customers.diagnosis.concentration import Concentration
from relops.customers.diagnosis.findings import (
    bridge_numbers,
    concentration_numbers,
    returning_share,
)
from relops.customers.diagnosis.seasonality import Seasonality
from relops.customers.diagnosis.tables import WEEKDAYS
from relops.customers.drawing import MOST_MONTH_LABELS, annotate_cells, label_months, money_axis, set_title
from relops.exhibits import Figure, plain, render_sentence
from relops.locale import text
from relops.locale.format import format_value
from relops.store import MIN_PEOPLE_FOR_RATE
from relops.style import PALETTE

MOST_ANNOTATED = 12


@nothing_if_unavailable
def plot_revenue(result: MonthlyRevenue, currency: str) -> list[Figure]:
    """Return net revenue by month, split into new, returning and anonymous."""
    numbers = {"share": returning_share(result)}
    return [Figure("diagnosis.revenue.figure", "customers.figure.revenue.title",
                   "customers.figure.revenue.alt",
                   lambda language: draw_revenue(result, currency, language, numbers), result.months, numbers,
                   n=result.orders)]


def draw_revenue(result: MonthlyRevenue, currency: str, language: str, numbers: Mapping) -> Drawing:
    """Draw stacked bars; months the data cover only in part are hatched."""
    figure, axes = pyplot.subplots()
    months, below, handles = result.months, np.zeros(len(result.months)), []
    hatches = np.where(months["is_partial"], "///", "")
    parts = {"returning": PALETTE["blue"], "new": PALETTE["sky"], "anonymous": PALETTE["grey"]}
    for part, colour in parts.items():
        heights = months[f"{part}_revenue"].to_numpy()
        if heights.any():
            handles.append(Patch(color=colour, label=text(f"customers.figure.revenue.{part}", language)))
            axes.bar(range(len(months)), heights, bottom=below, color=colour,
                     hatch=list(hatches), edgecolor="white", linewidth=0.5)
            below = below + heights
    label_months(axes, months["month"])
    money_axis(axes.yaxis, currency, language)
    axes.set_ylabel(text("customers.figure.revenue.axis", language, currency=currency))
    axes.grid(visible=False, axis="x")
    title = text("customers.figure.revenue.partial", language) if months["is_partial"].any() else None
    axes.legend(handles=handles, frameon=False, title=title, title_fontsize=8)
    set_title(figure, "revenue", language, numbers)
    return figure


@nothing_if_unavailable
def plot_bridge(result: RevenueBridge, currency: str) -> list[Figure]:
    """Return the revenue bridge as a waterfall."""
    numbers = bridge_numbers(result, currency)
    numbers = {name: numbers[name] for name in ("previous", "current")}
    return [Figure("diagnosis.bridge.figure", "customers.figure.bridge.title", "customers.figure.bridge.alt",
                   lambda language: draw_bridge(result, currency, language, numbers), result.steps, numbers)]


def draw_bridge(result: RevenueBridge, currency: str, language: str, numbers: Mapping) -> Drawing:
    """Draw a horizontal waterfall, first window on top, movements of nothing left out."""
    ends = result.steps["step"].isin(["previous", "current"])
    steps = result.steps[ends | result.steps["revenue"].ne(0)].reset_index(drop=True)
    is_total = steps["step"].isin(["previous", "current"])
    starts = steps["revenue"].cumsum().shift(fill_value=0).where(~is_total, 0)
    colours = np.where(is_total, PALETTE["grey"],
                       np.where(steps["revenue"] < 0, PALETTE["red"], PALETTE["blue"]))
    figure, axes = pyplot.subplots()
    axes.barh(steps.index, steps["revenue"], left=starts, color=list(colours), height=0.62)
    for place, (start, revenue) in enumerate(zip(starts, steps["revenue"], strict=True)):
        amount = format_value(revenue, f"money:{currency}", language, bare=True)
        axes.annotate(amount, (max(start, start + revenue), place), (4, 0), textcoords="offset points",
                      va="center", fontsize=8)
    axes.set_yticks(steps.index, [text(f"customers.step.{step}", language) for step in steps["step"]])
    axes.invert_yaxis()
    axes.margins(x=0.14)
    axes.set_xlim(left=min(0, float((starts + steps["revenue"]).min())))
    money_axis(axes.xaxis, currency, language)
    axes.set_xlabel(text("customers.figure.revenue.axis", language, currency=currency))
    axes.grid(visible=False, axis="y")
    set_title(figure, "bridge", language, numbers)
    return figure


@nothing_if_unavailable
def plot_retention(result: Retention) -> list[Figure]:
    """Return the retention triangle as a heat map of the cohorts of thirty customers or more; where there is none
    such, the curve of all cohorts together; nothing where they too are fewer."""
    thick = result.triangle[result.triangle["customers"] >= MIN_PEOPLE_FOR_RATE]
    if len(thick):
        return [Figure("diagnosis.retention.figure", "customers.figure.retention.title",
                       "customers.figure.retention.alt", lambda language: draw_retention(thick, language), thick,
                       n=int(result.curve["customers"].max()))]
    curve = result.curve[result.curve["customers"] >= MIN_PEOPLE_FOR_RATE]
    if curve.empty:
        return []
    return [Figure("diagnosis.retention.figure", "customers.figure.retention_curve.title",
                   "customers.figure.retention_curve.alt",
                   lambda language: draw_retention_curve(curve, language), curve,
                   n=int(curve["customers"].max()))]


def draw_retention_curve(curve: pd.DataFrame, language: str) -> Drawing:
    """Draw the share of customers who buy again in each month after their first, with its interval."""
    figure, axes = pyplot.subplots()
    axes.fill_between(curve["months_since"], curve["low"], curve["high"], color=PALETTE["sky"], alpha=0.35,
                      linewidth=0)
    axes.plot(curve["months_since"], curve["share"], color=PALETTE["blue"], marker="o", markersize=4)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.set_xlabel(text("customers.figure.retention.axis", language))
    axes.set_ylabel(text("customers.figure.retention_curve.axis", language))
    set_title(figure, "retention_curve", language, {})
    return figure


def draw_retention(triangle: pd.DataFrame, language: str) -> Drawing:
    """Draw one row per cohort, one column per month since; the shares are written in while they are few."""
    wide = triangle.pivot_table(index="cohort", columns="months_since", values="share")
    sizes = triangle.groupby("cohort")["customers"].first()
    figure, axes = pyplot.subplots()
    mesh = axes.pcolormesh(wide.to_numpy(dtype=float), cmap="Blues", vmin=0, edgecolors="white", linewidth=1)
    if wide.shape[1] <= MOST_ANNOTATED and len(wide) <= MOST_ANNOTATED:
        annotate_cells(axes, wide.to_numpy(dtype=float), lambda share: format_value(share, "share", language))
    labels = [f"{month} ({format_value(size, 'count', language)})"
              for month, size in zip(month_text(sizes.index.to_series()), sizes, strict=True)]
    row_step, column_step = -(-len(wide) // MOST_MONTH_LABELS), -(-wide.shape[1] // MOST_MONTH_LABELS)
    axes.set_yticks(np.arange(0, len(wide), row_step) + 0.5, labels[::row_step])
    axes.set_xticks(np.arange(0, wide.shape[1], column_step) + 0.5, wide.columns[::column_step])
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_xlabel(text("customers.figure.retention.axis", language))
    axes.set_ylabel(text("customers.figure.retention.rows", language))
    figure.colorbar(mesh, ax=axes, format=PercentFormatter(1, decimals=0), fraction=0.04, pad=0.02)
    set_title(figure, "retention", language, {})
    return figure


@nothing_if_unavailable
def plot_concentration(result: Concentration, currency: str) -> list[Figure]:
    """Return the Lorenz curve with the Gini coefficient."""
    numbers = concentration_numbers(result, currency)
    numbers = {name: numbers[name] for name in ("share", "gini")}
    return [Figure("diagnosis.concentration.figure", "customers.figure.concentration.title",
                   "customers.figure.concentration.alt",
                   lambda language: draw_concentration(result, language, numbers), result.lorenz, numbers,
                   n=result.customers)]


def draw_concentration(result: Concentration, language: str, numbers: Mapping) -> Drawing:
    """Draw the Lorenz curve against equal spending, the top tenth of customers shaded."""
    figure, axes = pyplot.subplots()
    customers, revenue = result.lorenz["customer_share"], result.lorenz["revenue_share"]
    grid = np.linspace(0, 1, 401)  # thousands of distinct totals would only make the file large
    curve = np.interp(grid, customers, revenue)
    axes.plot([0, 1], [0, 1], color=PALETTE["grey"], linewidth=1, linestyle="--")
    axes.plot(grid, curve, color=PALETTE["blue"], linewidth=2)
    cut = 1 - result.deciles["customers"].iloc[0] / result.customers
    axes.fill_between(grid, curve, where=grid >= cut, color=PALETTE["orange"], alpha=0.5, linewidth=0)
    axes.text(0.46, 0.52, text("customers.figure.concentration.equal", language), fontsize=8.5, ha="right")
    gini = plain(render_sentence("customers.figure.concentration.gini", language, numbers))
    axes.text(0.62, 0.3, gini, fontsize=9, ha="center", color=PALETTE["blue"])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=text("customers.figure.concentration.axis_x", language),
             ylabel=text("customers.figure.concentration.axis_y", language))
    set_title(figure, "concentration", language, numbers)
    return figure


@nothing_if_unavailable
def plot_seasonality(result: Seasonality) -> list[Figure]:
    """Return the rhythm of the week beside the profile of the months; nothing where neither is known."""
    if result.week is None and not result.months_observed:
        return []
    data = result.months if result.week is None else result.week.weekdays
    return [Figure("diagnosis.season.figure", "customers.figure.season.title", "customers.figure.season.alt",
                   lambda language: draw_seasonality(result, language), data, n=result.months_observed)]


def draw_seasonality(result: Seasonality, language: str) -> Drawing:
    """Draw the index of each weekday with its interval, and of each month of the year."""
    figure, (week, year) = pyplot.subplots(1, 2)
    if result.week is not None:
        days = result.week.weekdays
        spread = np.abs(days[["low", "high"]].to_numpy().T - days["index"].to_numpy())
        week.errorbar(days["weekday"], days["index"], yerr=spread, fmt="o", color=PALETTE["blue"], capsize=3)
        labels = [text(f"customers.weekday_short.{day}", language) for day in WEEKDAYS]
        week.set_xticks(range(len(WEEKDAYS)), labels)
    year.bar(result.months["month"], result.months["index"], color=PALETTE["sky"], width=0.7)
    year.set_xticks(result.months["month"])
    year.set_xlabel(text("customers.column.season_month", language))
    for axes in (week, year):
        axes.axhline(1, color=PALETTE["grey"], linewidth=1, linestyle="--")
        axes.grid(visible=False, axis="x")
    week.set_title(text("customers.figure.season.weekdays", language), fontsize=9)
    kind = "months" if result.decomposition is not None else "months_with_trend"
    year.set_title(text(f"customers.figure.season.{kind}", language), fontsize=9)
    set_title(figure, "season", language, {})
    return figure
