"""Figures of what came in: months with what was left out, and how much of each column is filled."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import pandas as pd

from relops.data.findings import ORDERS, column_label, table_label
from relops.data.profile import DataProfile
from relops.exhibits import Evidence, Figure, plain, render_sentence
from relops.locale import text
from relops.locale.format import format_axis_money, format_value
from relops.style import HEIGHT_IN, PALETTE, WIDTH_IN

MOST_TICKS = 8
BAR_IN = 0.21
PALE = 0.45


def plot_months(profile: DataProfile, currency: str) -> Figure:
    """Return orders and money by month, one above the other.

    Rows that a status rule or the period left out are hatched on top of the orders; a month that the data
    do not cover to its end is lighter, so that it is not read as a fall.
    """
    frame = profile.months.merge(profile.excluded, on="month", how="outer")
    frame = frame.sort_values("month", ignore_index=True)
    frame = frame.fillna({"orders": 0, "gross": 0, "refunds": 0, "net": 0, "rows": 0})
    frame["whole"] = frame["month"].isin(profile.whole_months()["month"])
    orders, counted = int(frame["orders"].sum()), int((frame["orders"] > 0).sum())
    numbers = {"orders": Evidence("data.orders.orders", orders, "orders", n=orders, filter=ORDERS),
               "months": Evidence("data.orders.months", counted, "months", n=orders)}
    case = "excluded" if frame["rows"].any() else "complete"
    title, alt = f"data.figure.months.{case}", f"data.figure.months_alt.{case}"
    draw = functools.partial(_draw_months, frame, currency, title, numbers)
    return Figure("data.months.figure", title, alt, draw, frame, numbers, n=orders)


def _draw_months(frame: pd.DataFrame, currency: str, title: str, numbers: Mapping[str, Evidence],
                 language: str) -> Any:
    from matplotlib import pyplot  # imported late: whoever only reads numbers need not load it

    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(WIDTH_IN, HEIGHT_IN + 0.6))

    def bars(axes: Any, values: pd.Series, label: str, base: pd.Series | None = None, **looks: Any) -> None:
        drawn = values[values != 0]  # an empty bar would pin the top of the axis to its own foot
        if len(drawn):
            foot = 0 if base is None else base[drawn.index]
            axes.bar(drawn.index, drawn, bottom=foot, label=text(f"data.figure.{label}", language), **looks)

    whole, partial = frame[frame["whole"]], frame[~frame["whole"]]
    bars(above, whole["orders"], "counted", color=PALETTE["blue"])
    bars(above, partial["orders"], "partial", color=PALETTE["blue"], alpha=PALE)
    bars(above, frame["rows"], "left_out", frame["orders"], color="white", hatch="////", linewidth=0.6,
         edgecolor=PALETTE["grey"])
    bars(below, whole["gross"], "gross", color=PALETTE["green"])
    bars(below, partial["gross"], "partial", color=PALETTE["green"], alpha=PALE)
    bars(below, frame["refunds"], "refunds", color=PALETTE["red"])
    above.set_ylabel(text("data.figure.orders", language))
    above.yaxis.set_major_formatter(lambda value, _: format_value(value, "count", language))
    below.set_ylabel(text("data.figure.money", language, currency=currency))
    below.yaxis.set_major_formatter(lambda value, _: format_axis_money(value, currency, language))
    step = max(1, -(-len(frame) // MOST_TICKS))
    below.set_xticks(range(0, len(frame), step), frame["month"].dt.strftime("%Y-%m").iloc[::step])
    for axes in (above, below):
        axes.grid(False, axis="x")
        if len(axes.get_legend_handles_labels()[0]) > 1:
            axes.margins(y=0.25)
            axes.legend(loc="upper right", frameon=False, ncols=3)
    _set_title(figure, plain(render_sentence(title, language, numbers)))
    return figure


def _set_title(figure: Any, title: str) -> None:
    figure.get_layout_engine().set(w_pad=0.06)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)


def plot_fill(fill: pd.DataFrame, most_bars: int) -> Figure:
    """Return the share filled of each column as bars, least filled on top, and no more than ``most_bars``.

    ``fill`` is the frame of :func:`relops.data.profile.fill_summary`.
    """
    filled = fill[fill["rows"] > 0]
    frame = filled.sort_values("fill", kind="stable", ignore_index=True).head(most_bars)
    lowest = frame.iloc[0]
    mean = float(filled.loc[filled["table"] == lowest["table"], "fill"].mean())
    numbers = {"fill": Evidence(f"data.{lowest['table']}.fill", mean, "share", n=int(lowest["rows"]))}
    title = f"data.figure.fill.{'complete' if (filled['fill'] == 1).all() else 'gaps'}"
    draw = functools.partial(_draw_fill, frame, title)
    return Figure("data.fill.figure", title, "data.figure.fill_alt", draw, frame, numbers,
                  n=int(frame["rows"].max()))


def _draw_fill(frame: pd.DataFrame, title: str, language: str) -> Any:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.9 + BAR_IN * max(len(frame), 4)))
    names = [text("data.figure.table_column", language, table=_shown(table_label(row.table), language),
                  column=_shown(column_label(row.column), language)) for row in frame.itertuples()]
    places = range(len(frame))
    axes.barh(places, 1, color="#EDEDED")
    axes.barh(places, frame["fill"], color=PALETTE["blue"])
    for place, share in enumerate(frame["fill"]):
        axes.text(1.01, place, format_value(share, "share", language), va="center", fontsize=8)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes.set_xticks(ticks, [format_value(tick, "share", language).replace(".0", "") for tick in ticks])
    axes.set_xlabel(text("data.figure.fill_axis", language))
    axes.grid(False)
    _set_title(figure, text(title, language))
    return figure


def _shown(cell: str, language: str) -> str:
    return text(cell[1:], language) if cell.startswith("@") else cell
