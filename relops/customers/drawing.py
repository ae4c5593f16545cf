"""What the figures of the room share: titles, axes of money and months, values written into cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, MaxNLocator

from relops.customers.columns import month_text
from relops.exhibits import Evidence, plain, render_sentence
from relops.locale.format import format_axis_money
from relops.style import PALETTE

MOST_MONTH_LABELS = 18
MOST_AMOUNTS = 5


def set_title(figure: Drawing, name: str, language: str, numbers: Mapping[str, Evidence]) -> None:
    """Set the title of one of the room's figures, its numbers filled in, flush with the figure's left
    edge."""
    title = plain(render_sentence(f"customers.figure.{name}.title", language, numbers))
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)


def money_axis(axis, currency: str, language: str) -> None:
    """Show an axis in short amounts (万 and 亿, or K and M), few enough to stand side by side."""
    axis.set_major_locator(MaxNLocator(MOST_AMOUNTS))
    axis.set_major_formatter(FuncFormatter(lambda value, _: format_axis_money(value, currency, language)))


def label_months(axes: Axes, months: pd.Series) -> None:
    """Label bars 0..k with their months, thinned out where they are many."""
    step = -(-len(months) // MOST_MONTH_LABELS)
    places = list(range(0, len(months), step))
    axes.set_xticks(places, month_text(months).iloc[places], rotation=45, ha="right", rotation_mode="anchor")


def annotate_cells(axes: Axes, cells: np.ndarray, write) -> None:
    """Write each cell's value into a heat map, light on dark; empty cells stay empty."""
    top = np.nanmax(cells) if np.isfinite(cells).any() else 1
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            colour = "white" if value > 0.6 * top else PALETTE["black"]
            axes.text(column + 0.5, row + 0.5, write(value), ha="center", va="center", fontsize=8,
                      color=colour)
