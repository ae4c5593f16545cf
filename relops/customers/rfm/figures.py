"""Figures of RFM: the groups by customers and revenue, the gaps behind the rulers, the map of R and F
scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import PercentFormatter

from relops.customers.absence import nothing_if_unavailable
from relops.customers.drawing import annotate_cells, set_title
from relops.customers.rfm.findings import group_numbers, ruler_numbers
from relops.customers.rfm.groups import GroupRules, Groups
from relops.customers.rfm.scores import CutPoints
from relops.exhibits import Figure
from relops.locale import text
from relops.locale.format import format_value
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE, held_back
from relops.style import GROUP_COLOURS, PALETTE


@nothing_if_unavailable
def plot_groups(groups: Groups, currency: str) -> list[Figure]:
    """Return the groups' shares of customers, with intervals, beside their shares of revenue."""
    if groups.customers < MIN_PEOPLE_FOR_RATE or groups.revenue <= 0:
        return []
    numbers = group_numbers(groups, "loyal", currency)
    numbers = {name: numbers[name] for name in ("share", "revenue_share")}
    name = "groups"
    if held_back(groups.table.set_index("group")["customers"])["loyal"]:
        name, numbers = "groups_few", {}  # a share of a known total gives the count away
    return [Figure("rfm.groups.figure", f"customers.figure.{name}.title", f"customers.figure.{name}.alt",
                   lambda language: draw_groups(groups, language, numbers, name), groups.table, numbers,
                   n=groups.customers)]


def draw_groups(groups: Groups, language: str, numbers: Mapping, name: str = "groups") -> Drawing:
    """Draw two bars per group: customers above, revenue below; none for a group that is held back."""
    figure, axes = pyplot.subplots()
    table, labelled = groups.table, set()
    shown = table[~held_back(table["customers"])]
    for place, row in zip(shown.index, shown.itertuples(index=False), strict=True):
        colour = GROUP_COLOURS[row.group]
        axes.barh(place - 0.19, row.share, height=0.34, color=colour)
        axes.plot([row.low, row.high], [place - 0.19] * 2, color=PALETTE["black"], linewidth=1.4)
        axes.barh(place + 0.19, row.revenue_share, height=0.34, color=colour, alpha=0.45)
        for offset, share, end, kind in ((-0.19, row.share, row.high, "customers"),
                                         (0.19, row.revenue_share, row.revenue_share, "revenue")):
            label = format_value(share, "share", language)
            if kind not in labelled:
                labelled.add(kind)
                label += f"  {text(f'customers.figure.groups.{kind}', language)}"
            axes.annotate(label, (end, place + offset), (4, 0), textcoords="offset points", va="center",
                          fontsize=8)
    names = [text(f"customers.group.{group}", language) for group in table["group"]]
    axes.set_yticks(range(len(table)), names)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.margins(x=0.16)
    axes.grid(visible=False, axis="y")
    set_title(figure, name, language, numbers)
    return figure


@nothing_if_unavailable
def plot_gaps(gaps: pd.DataFrame, rules: GroupRules) -> list[Figure]:
    """Return the cumulative curve of gaps between purchase days with both limits."""
    if rules.gaps < MIN_PEOPLE_FOR_RATE:
        return []
    numbers = ruler_numbers(rules)
    numbers = {name: numbers[name] for name in ("active", "lost", "r1", "r2")}
    return [Figure("rfm.gaps.figure", "customers.figure.gaps.title", "customers.figure.gaps.alt",
                   lambda language: draw_gaps(gaps, rules, language, numbers), gaps, numbers, n=rules.gaps)]


def draw_gaps(gaps: pd.DataFrame, rules: GroupRules, language: str, numbers: Mapping) -> Drawing:
    """Draw the share of gaps up to each number of days; the three zones between the limits are tinted."""
    figure, axes = pyplot.subplots()
    last = max(float(gaps["gap_days"].max()), rules.r2_days * 1.25)
    axes.step(np.r_[0, gaps["gap_days"]], np.r_[0, gaps["gaps"].cumsum() / gaps["gaps"].sum()], where="post",
              color=PALETTE["black"], linewidth=1.6)
    zones = {"active": (0, rules.r1_days, "loyal"), "dormant": (rules.r1_days, rules.r2_days, "dormant"),
             "churned": (rules.r2_days, last, "churned")}
    for zone, (start, end, group) in zones.items():
        axes.axvspan(start, end, color=GROUP_COLOURS[group], alpha=0.14, linewidth=0)
        axes.text((start + end) / 2, 0.04, text(f"customers.figure.gaps.{zone}", language), ha="center",
                  fontsize=8.5)
    for limit in (rules.r1_days, rules.r2_days):
        axes.axvline(limit, color=PALETTE["grey"], linewidth=1, linestyle="--")
    axes.set(xlim=(0, last), ylim=(0, 1.02), xlabel=text("customers.figure.gaps.axis_x", language),
             ylabel=text("customers.figure.gaps.axis_y", language))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    set_title(figure, "gaps", language, numbers)
    return figure


@nothing_if_unavailable
def plot_scores(scores: pd.DataFrame, cuts: CutPoints) -> list[Figure]:
    """Return customers by recency and frequency score; cells of fewer than ten people stay blank."""
    counted = scores.groupby(["recency_score", "frequency_score"], as_index=False)["customers"].sum()
    shown = counted[counted["customers"] >= MIN_PEOPLE]
    if shown.empty:
        return []
    return [Figure("rfm.scores.figure", "customers.figure.scores.title", "customers.figure.scores.alt",
                   lambda language: draw_scores(shown, cuts.bins, language), shown,
                   n=int(scores["customers"].sum()))]


def draw_scores(shown: pd.DataFrame, bins: int, language: str) -> Drawing:
    """Draw a heat map on a root scale, so that one large cell does not hide the others."""
    figure, axes = pyplot.subplots()
    span = range(1, bins + 1)
    wide = shown.pivot_table(index="recency_score", columns="frequency_score", values="customers")
    cells = wide.reindex(index=span, columns=span).to_numpy(dtype=float)
    axes.pcolormesh(np.sqrt(cells), cmap="Blues", vmin=0, edgecolors="white", linewidth=1)
    annotate_cells(axes, cells, lambda count: format_value(count, "count", language))
    axes.set_xticks(np.arange(bins) + 0.5, span)
    axes.set_yticks(np.arange(bins) + 0.5, span)
    axes.set(xlabel=text("customers.letter.frequency", language),
             ylabel=text("customers.letter.recency", language))
    axes.grid(visible=False)
    set_title(figure, "scores", language, {})
    return figure
