"""What scores rest on and what follows from them: stability, likelihood of another purchase, distributions, pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, PercentFormatter

from relops.customers.absence import nothing_if_unavailable
from relops.customers.availability import or_missing
from relops.customers.columns import column, labels
from relops.customers.drawing import money_axis, set_title
from relops.customers.rfm.likelihood import Likelihood
from relops.customers.rfm.stability import Stability
from relops.customers.saying import Said, lacking
from relops.exhibits import Evidence, Figure, Finding, Table
from relops.locale import text
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE
from relops.style import PALETTE

MOST_DAYS_LISTED = 10


@nothing_if_unavailable
def tabulate_stability(result: Stability) -> list[Table]:
    """Return for each letter how many customers keep their score when customers are drawn anew; none on few."""
    if result.customers < MIN_PEOPLE_FOR_RATE:
        return []
    frame = result.letters.assign(letter=labels("letter", result.letters["letter"]))
    columns = (column("letter"), *(column(key, "share") for key in ("unchanged", "low", "high")))
    return [Table("rfm.stability.table", "customers.table.stability", frame, columns, n=result.customers)]


@or_missing("rfm.stability.missing", "customers.measure.stability")
def say_stability(result: Stability) -> Said:
    """Say which letter hangs most on the very customers drawn."""
    if result.customers < MIN_PEOPLE_FOR_RATE:
        return [lacking("rfm", "M8", "stability")]
    weakest = result.letters.loc[result.letters["unchanged"].idxmin()]
    numbers = {
        "draws": Evidence("rfm.stability.draws", result.replicates, "count"),
        "unchanged": Evidence(f"rfm.stability.{weakest['letter']}", weakest["unchanged"], "share", weakest["low"],
                              weakest["high"], 0.95, result.customers)}
    return [Finding("rfm.stability.finding", "customers.finding.stability", numbers,
                    {"letter": f"customers.letter.{weakest['letter']}"})]


@nothing_if_unavailable
def tabulate_likelihood(result: Likelihood, currency: str) -> list[Table]:
    """Return L beside M for each pair of R and F that ten people or more hold today."""
    frame = result.cells[result.cells["customers_now"].fillna(0) >= MIN_PEOPLE].sort_values(
        ["recency_score", "frequency_score"], ascending=False)
    if frame.empty:
        return []
    columns = (column("recency_score", "count"), column("frequency_score", "count"),
               column("customers_now", "count", "people", people=True),
               column("monetary_now", f"money:{currency}", "mean_spend"),
               *(column(key, "share", "likelihood" if key == "likelihood" else key, rate_of="customers")
                 for key in ("likelihood", "low", "high")), column("customers", "count", "watched"))
    return [Table("rfm.likelihood.table", "customers.table.likelihood", frame, columns,
                  n=int(frame["customers_now"].sum()))]


@or_missing("rfm.likelihood.missing", "customers.measure.likelihood")
def say_likelihood(result: Likelihood) -> Said:
    """Say how likely another purchase was for all, and for the best and the last pair of scores of thirty and more."""
    known = result.cells.dropna(subset=["likelihood"])
    if known.empty:
        return [lacking("rfm", "M8", "likelihood")]
    numbers = {"weeks": Evidence("rfm.likelihood.weeks", result.weeks, "weeks", tag="A"),
               "cut": Evidence("rfm.likelihood.cut", result.cut, "date"),
               "overall": result.overall.evidence("rfm.likelihood.overall", "share")}
    for name, place in (("highest", known["likelihood"].idxmax()), ("lowest", known["likelihood"].idxmin())):
        row = known.loc[place]
        numbers[name] = Evidence(f"rfm.likelihood.{name}", row["likelihood"], "share", row["low"], row["high"], 0.95,
                                 int(row["customers"]))
    return [Finding("rfm.likelihood.finding", "customers.finding.likelihood", numbers)]


def distribution(histories: pd.DataFrame) -> pd.DataFrame:
    """Return customers and revenue by number of purchase days, the last row open upwards: days, customers, revenue and
    the shares of both."""
    capped = histories.assign(days=histories["purchase_days"].clip(upper=MOST_DAYS_LISTED))
    frame = capped.groupby("days")[["customers", "revenue"]].sum().reindex(
        range(1, MOST_DAYS_LISTED + 1), fill_value=0).rename_axis("days").reset_index()
    total = frame["revenue"].sum()
    return frame.assign(customer_share=frame["customers"] / max(1, frame["customers"].sum()),
                        revenue_share=frame["revenue"] / total if total > 0 else 0.0)


def _days_label(days: int) -> str:
    return f"{days}+" if days == MOST_DAYS_LISTED else str(days)


@nothing_if_unavailable
def tabulate_distribution(histories: pd.DataFrame, currency: str) -> list[Table]:
    """Return customers and revenue by number of purchase days."""
    frame = distribution(histories)
    frame = frame[frame["customers"] > 0]
    frame = frame.assign(days=frame["days"].map(_days_label))
    columns = (column("days", label="days_bought"), column("customers", "count", "people", people=True),
               column("customer_share", "share", "share", total=True),
               column("revenue", f"money:{currency}", total=True), column("revenue_share", "share", total=True))
    return [Table("rfm.distribution.table", "customers.table.distribution", frame, columns,
                  n=int(histories["customers"].sum()))]


@nothing_if_unavailable
def plot_distribution(histories: pd.DataFrame) -> list[Figure]:
    """Return customers and revenue by number of purchase days, side by side."""
    frame = distribution(histories)
    shown = frame[frame["customers"] >= MIN_PEOPLE]
    if len(shown) < 2:
        return []
    return [Figure("rfm.distribution.figure", "customers.figure.distribution.title",
                   "customers.figure.distribution.alt", lambda language: draw_distribution(shown, language), shown,
                   n=int(frame["customers"].sum()))]


def draw_distribution(shown: pd.DataFrame, language: str) -> Drawing:
    """Draw the shares of customers and of revenue as two bars a number of purchase days."""
    figure, axes = pyplot.subplots()
    for offset, key, colour in ((-0.2, "customer_share", "blue"), (0.2, "revenue_share", "orange")):
        axes.bar(shown["days"] + offset, shown[key], width=0.38, color=PALETTE[colour],
                 label=text(f"customers.figure.distribution.{key}", language))
    axes.set_xticks(shown["days"], shown["days"].map(_days_label))
    axes.set_xlabel(text("customers.column.days_bought", language))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(visible=False, axis="x")
    axes.legend(frameon=False)
    set_title(figure, "distribution", language, {})
    return figure


@nothing_if_unavailable
def plot_pairs(pairs: pd.DataFrame, currency: str) -> list[Figure]:
    """Return R, F and M against each other, two by two: a dot a cell of ten customers or more."""
    shown = pairs[pairs["customers"] >= MIN_PEOPLE]
    if shown.empty:
        return []
    n = int(pairs.loc[pairs["pair"] == pairs["pair"].iloc[0], "customers"].sum())
    return [Figure("rfm.pairs.figure", "customers.figure.pairs.title", "customers.figure.pairs.alt",
                   lambda language: draw_pairs(shown, currency, language), shown, n=n)]


def draw_pairs(shown: pd.DataFrame, currency: str, language: str) -> Drawing:
    """Draw three panels of dots, as large as their customers are many; F and M on log scales."""
    figure, panels = pyplot.subplots(1, 3)
    for axes, (x, y) in zip(panels, (("recency", "frequency"), ("recency", "monetary"), ("frequency", "monetary")),
                            strict=True):
        part = shown[shown["pair"] == f"{x}_{y}"]
        axes.scatter(part["x"], part["y"], s=120 * np.sqrt(part["customers"] / shown["customers"].max()),
                     color=PALETTE["blue"], alpha=0.45, linewidth=0)
        if (part["y"] > 0).any():  # an empty panel has no scale to choose
            axes.set_yscale("log")
        if y == "frequency":
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        if x == "frequency":
            if (part["x"] > 0).any():
                axes.set_xscale("log")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        else:
            axes.locator_params(axis="x", nbins=4)
        if y == "monetary":
            money_axis(axes.yaxis, currency, language)
        axes.minorticks_off()
        axes.set_xlabel(text(f"customers.letter.{x}", language), fontsize=8)
        axes.set_ylabel(text(f"customers.letter.{y}", language), fontsize=8)
        axes.tick_params(labelsize=7)
    set_title(figure, "pairs", language, {})
    return figure
