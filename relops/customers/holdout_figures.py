"""Figures of the hold-out: expected against actual by frequency, recency and tenth, gain curve, tracking.

``plot_*`` return a list with one figure, empty where the result is a reason why there is none; the figure
carries its data. ``draw_*`` draw it in one language, within :func:`relops.style.use_style`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing

from relops.customers.absence import nothing_if_unavailable
from relops.customers.holdout_scores import BASELINE, TOP_SHARE
from relops.customers.tracking import Tracking
from relops.customers.validation import Validation, holdout_evidence
from relops.customers.value_drawing import (
    colour,
    count_axis,
    draw_means,
    frequency_labels,
    make_figure,
    model_label,
    set_title,
    share_axis,
    words,
)
from relops.exhibits import Evidence, Figure
from relops.locale.format import format_date
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE
from relops.style import PALETTE


def _bias(result: Validation) -> dict[str, Evidence]:
    return {"bias": holdout_evidence(result, result.model, "bias"),
            "baseline_bias": holdout_evidence(result, BASELINE, "bias"),
            "weeks": Evidence("lifetime_value.holdout.weeks", result.holdout.weeks, "weeks", tag="A")}


@nothing_if_unavailable
def plot_calibration(result: Validation) -> list[Figure]:
    """Return mean held-out purchases by calibration frequency: actual, expected by the model, constant
    rate."""
    return _means("calibration", result, result.calibration, _bias(result))


@nothing_if_unavailable
def plot_recency(result: Validation) -> list[Figure]:
    """Return mean held-out purchases by weeks since the last purchase: actual, expected, constant rate."""
    return _means("recency", result, result.recency, {})


@nothing_if_unavailable
def plot_deciles(result: Validation) -> list[Figure]:
    """Return mean held-out purchases by tenth of expected purchases: actual, expected, constant rate."""
    return _means("deciles", result, result.deciles, {})


def _means(name: str, result: Validation, table: pd.DataFrame, numbers: Mapping[str, Evidence]) -> list[Figure]:
    shown = table[table["customers"] >= MIN_PEOPLE].reset_index(drop=True)
    if shown.empty:
        return []
    return [make_figure(name, lambda language: draw_calibration(name, shown, result, language, numbers), shown,
                        numbers, result.holdout.history.n)]


def draw_calibration(name: str, shown: pd.DataFrame, result: Validation, language: str,
                     numbers: Mapping[str, Evidence]) -> Drawing:
    """Draw actual means with intervals as points, expectations as lines; thin cells are left out."""
    figure, axes = pyplot.subplots()
    if name == "recency":
        places = (shown["from"] + shown["to"]) / 2
    elif name == "deciles":
        places = shown["decile"]
        axes.set_xticks(places)
    else:
        places = shown["frequency"]
        axes.set_xticks(places, frequency_labels(places, language))
    draw_means(axes, places, shown, result.model, result.level, language)
    axes.set(xlabel=words(f"{name}.axis_x", language), ylabel=words("calibration.axis_y", language))
    set_title(figure, name, language, numbers)
    return figure


@nothing_if_unavailable
def plot_ranking(result: Validation) -> list[Figure]:
    """Return the gain curves of model, baseline and perfect foresight on the held-out purchases."""
    if result.holdout.history.n < MIN_PEOPLE_FOR_RATE:
        return []
    numbers = {"share": result.top_fifth.evidence("lifetime_value.holdout.top_fifth", "share")}
    curves = result.ranking
    return [make_figure("ranking", lambda language: draw_ranking(curves, result.model, language, numbers), curves,
                        numbers, result.holdout.history.n)]


def draw_ranking(curves: pd.DataFrame, model: str, language: str, numbers: Mapping[str, Evidence]) -> Drawing:
    """Draw cumulative shares; the diagonal is a random order."""
    figure, axes = pyplot.subplots()
    share = curves["share_customers"]
    axes.plot([0, 1], [0, 1], color=PALETTE["grey"], linewidth=1, linestyle=":",
              label=words("ranking.random", language))
    for name, style in (("perfect", "-."), (BASELINE, "--"), (model, "-")):
        axes.plot(share, curves[name], style, color=colour(name), linewidth=1.6, label=model_label(name, language))
    axes.plot([TOP_SHARE], [numbers["share"].value], "o", color=colour(model), markersize=5)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=words("ranking.axis_x", language),
             ylabel=words("ranking.axis_y", language))
    share_axis(axes.xaxis)
    share_axis(axes.yaxis)
    axes.legend(frameon=False, loc="lower right")
    set_title(figure, "ranking", language, numbers)
    return figure


@nothing_if_unavailable
def plot_tracking(result: Tracking) -> list[Figure]:
    """Return weekly and cumulative repeat purchases, actual and as the model, fitted to the time before the
    line, follows them."""
    numbers = {"surplus": Evidence("lifetime_value.tracking.surplus", result.surplus, "share", n=result.customers),
               "day": Evidence("lifetime_value.holdout.calibration_end", result.calibration_end, "date")}
    return [make_figure("tracking", lambda language: draw_tracking(result, language, numbers), result.weeks,
                        numbers, result.customers)]


def draw_tracking(result: Tracking, language: str, numbers: Mapping[str, Evidence]) -> Drawing:
    """Draw the cumulative course on the left, the weeks on the right; a line parts what the model has seen."""
    figure, panels = pyplot.subplots(1, 2)
    for axes, kind in zip(panels, ("cumulative", "weekly"), strict=True):
        axes.plot(result.weeks["week"], result.weeks[f"actual_{kind}"], color=colour("actual"), linewidth=1.2,
                  label=model_label("actual", language))
        axes.plot(result.weeks["week"], result.weeks[f"expected_{kind}"], color=colour(result.model),
                  linewidth=1.6, label=model_label(result.model, language))
        axes.axvline(result.calibration_week, color=PALETTE["grey"], linestyle="--", linewidth=1)
        axes.set_ylim(bottom=0)
        axes.set(xlabel=words("tracking.axis_x", language), ylabel=words(f"tracking.{kind}", language))
        count_axis(axes.yaxis, language)
    panels[0].legend(frameon=False, loc="upper left")
    panels[1].annotate(format_date(result.calibration_end, language), (result.calibration_week, 1),
                       (-4, -4), xycoords=("data", "axes fraction"), textcoords="offset points", ha="right", va="top",
                       fontsize=7.5)
    set_title(figure, "tracking", language, numbers)
    return figure
