"""What the figures of lifetime value share: colours of the models, words, titles, axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, PercentFormatter

from relops.customers.calibration import MOST_FREQUENCY
from relops.exhibits import Evidence, Figure, plain, render_sentence
from relops.locale import text
from relops.locale.format import format_value
from relops.style import PALETTE

MODEL_COLOURS = {"baseline": PALETTE["orange"], "perfect": PALETTE["grey"], "actual": PALETTE["black"]}
MODEL_COLOUR = PALETTE["blue"]
MESSAGE = "customers.value.figure"


def words(name: str, language: str, **values: object) -> str:
    """Return a label of one of the figures."""
    return text(f"{MESSAGE}.{name}", language, **values)


def model_label(name: str, language: str) -> str:
    """Return the name of a model, or of what stands beside it."""
    return text(f"customers.value.model.{name}", language)


def colour(name: str) -> str:
    """Return the colour of a model: all models of purchases share one, since one serves."""
    return MODEL_COLOURS.get(name, MODEL_COLOUR)


def level_text(level: float, language: str) -> str:
    """Return the level of an interval as whole percent."""
    return format_value(level, "share", language).replace(".0", "")


def make_figure(name: str, draw: Callable[[str], Drawing], data: pd.DataFrame, numbers: Mapping[str, Evidence],
                n: int, words_of: str | None = None) -> Figure:
    """Return the figure ``lifetime_value.<name>.figure``; ``words_of`` names its messages (``name``)."""
    subject = f"{MESSAGE}.{words_of or name}"
    return Figure(f"lifetime_value.{name}.figure", f"{subject}.title", f"{subject}.alt", draw, data, numbers, n=n)


def set_title(figure: Drawing, name: str, language: str, numbers: Mapping[str, Evidence]) -> None:
    """Set the title of a figure, its numbers filled in, flush with its left edge."""
    title = plain(render_sentence(f"{MESSAGE}.{name}.title", language, numbers))
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)


def count_axis(axis, language: str) -> None:
    """Show an axis in whole numbers with thousands marked."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: format_value(round(value, 1), "count", language)))


def share_axis(axis) -> None:
    """Show an axis in whole percent."""
    axis.set_major_formatter(PercentFormatter(1, decimals=0))


def frequency_labels(values: pd.Series, language: str) -> list[str]:
    """Return the labels of repeat purchases, the last standing for that many and more."""
    return [words("calibration.more", language, count=value) if value == MOST_FREQUENCY else str(value)
            for value in values]


def draw_means(axes: Axes, places: np.ndarray, shown: pd.DataFrame, model: str, level: float,
               language: str) -> None:
    """Draw actual means with intervals as points, the expectations of model and baseline as lines."""
    for name, style in (("baseline", "s--"), (model, "o-")):
        axes.plot(places, shown[name], style, color=colour(name), markersize=4, linewidth=1.5,
                  label=model_label(name, language))
    spread = np.abs(shown[["low", "high"]].to_numpy(float).T - shown["actual"].to_numpy(float))
    axes.errorbar(places, shown["actual"], yerr=spread, fmt="D", color=colour("actual"), markersize=4, capsize=3,
                  linewidth=1.2, label=words("calibration.actual", language, level=level_text(level, language)))
    axes.legend(frameon=False)
