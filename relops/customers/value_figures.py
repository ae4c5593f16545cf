"""Figures of lifetime value: value by group, and what moved it.

``plot_*`` return a list with one figure, empty where the result is a reason why there is none; the figure
carries its data. ``draw_*`` draw it in one language, within :func:`relops.style.use_style`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing

from relops.customers.absence import nothing_if_unavailable
from relops.customers.drawing import money_axis
from relops.customers.equity_bridge import EquityBridge, bridge_table
from relops.customers.prediction import Forecast
from relops.customers.rfm.groups import GROUPS
from relops.customers.value_drawing import level_text, make_figure, set_title, words
from relops.customers.value_findings import bridge_evidence, total_id
from relops.customers.value_terms import EVERYONE
from relops.exhibits import Evidence, Figure
from relops.locale import text
from relops.locale.format import format_value
from relops.store import MIN_PEOPLE, held_back
from relops.style import GROUP_COLOURS, PALETTE

STEP_COLOURS = {"then": PALETTE["grey"], "faded": PALETTE["red"], "bought_again": PALETTE["green"],
                "new": PALETTE["sky"], "now": PALETTE["blue"]}


@nothing_if_unavailable
def plot_groups(result: Forecast, currency: str) -> list[Figure]:
    """Return the value of each group with its interval."""
    shown = result.groups[~held_back(result.groups["customers"])]
    if result.value is None or shown.empty or list(shown["group"]) == [EVERYONE]:
        return []
    shown = shown.set_index("group").reindex([g for g in GROUPS if g in set(shown["group"])]).reset_index()
    numbers = {"value": result.value.evidence(total_id(result.terms), f"money:{currency}")}
    return [make_figure("groups", lambda language: draw_groups(shown, result, currency, language, numbers), shown,
                        numbers, result.value.n, f"groups_{result.terms.measure}")]


def draw_groups(shown: pd.DataFrame, result: Forecast, currency: str, language: str,
                numbers: Mapping[str, Evidence]) -> Drawing:
    """Draw a bar a group with its interval and its value."""
    figure, axes = pyplot.subplots()
    spread = np.abs(shown[["value_low", "value_high"]].to_numpy().T - shown["value"].to_numpy())
    axes.barh(range(len(shown)), shown["value"], xerr=spread, capsize=3, height=0.6,
              color=[GROUP_COLOURS[group] for group in shown["group"]], error_kw={"linewidth": 1.3})
    for place, row in enumerate(shown.itertuples(index=False)):
        label = format_value(row.value, f"money:{currency}", language)
        axes.annotate(label, (row.value_high, place), (5, 0), textcoords="offset points", va="center",
                      fontsize=8.5)
    names = [text(f"customers.group.{group}", language) for group in shown["group"]]
    axes.set_yticks(range(len(shown)), names)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(words("groups.axis", language, level=level_text(result.value.level, language)))
    money_axis(axes.xaxis, currency, language)
    set_title(figure, f"groups_{result.terms.measure}", language, numbers)
    return figure


@nothing_if_unavailable
def plot_bridge(result: EquityBridge, currency: str) -> list[Figure]:
    """Return what moved the value of the customer base, step by step."""
    if min(result.customers["then"], result.customers["now"]) < MIN_PEOPLE:
        return []
    data = bridge_table(result)
    numbers = bridge_evidence(result, currency)
    shown = {name: numbers[name] for name in ("then", "now", "start")}
    return [make_figure("bridge", lambda language: draw_bridge(data, currency, language, shown), data, shown,
                        result.customers["now"])]


def draw_bridge(data: pd.DataFrame, currency: str, language: str, numbers: Mapping[str, Evidence]) -> Drawing:
    """Draw a waterfall: totals stand on the axis, steps hang between them."""
    figure, axes = pyplot.subplots()
    level, tops = 0.0, []
    for place, row in enumerate(data.itertuples(index=False)):
        total = row.step in ("then", "now")
        start = 0.0 if total else level
        level = row.value if total else level + row.value
        axes.bar(place, row.value, bottom=start, color=STEP_COLOURS[row.step], width=0.62)
        axes.errorbar(place, level, yerr=row.value - row.low, color=PALETTE["black"], capsize=3, linewidth=1)
        tops.append(max(start, level) + (row.value - row.low))
    for place, (row, top) in enumerate(zip(data.itertuples(index=False), tops, strict=True)):
        axes.annotate(format_value(row.value, f"money:{currency}", language, bare=True), (place, top), (0, 3),
                      textcoords="offset points", ha="center", fontsize=8)
    axes.set_xticks(range(len(data)), [words(f"bridge.{step}", language) for step in data["step"]])
    axes.margins(y=0.12)
    axes.grid(visible=False, axis="x")
    money_axis(axes.yaxis, currency, language)
    set_title(figure, "bridge", language, numbers)
    return figure
