"""Figures of lifetime value: hold-out calibration, gain curve, fit of the frequencies, value by group.

``plot_*`` return a list with one figure, empty where the result is a reason why there is none; the figure
carries its data. ``draw_*`` draw it in one language, within :func:`relops.style.use_style`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, PercentFormatter

from relops.customers.absence import nothing_if_unavailable
from relops.customers.drawing import money_axis
from relops.customers.history import CustomerHistory
from relops.customers.models import PurchaseModel
from relops.customers.prediction import Forecast
from relops.customers.rfm.groups import GROUPS
from relops.customers.validation import MOST_FREQUENCY, TOP_SHARE, Validation, holdout_evidence
from relops.customers.value_findings import total_id
from relops.customers.value_terms import EVERYONE
from relops.customers.weighted import weighted_sum
from relops.exhibits import Evidence, Figure, plain, render_sentence
from relops.locale import text
from relops.locale.format import format_value
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE
from relops.style import GROUP_COLOURS, PALETTE

MODEL_COLOURS = {"bg_nbd": PALETTE["blue"], "nbd": PALETTE["blue"], "baseline": PALETTE["orange"],
                 "perfect": PALETTE["grey"], "actual": PALETTE["black"]}


def _words(name: str, language: str, **values: object) -> str:
    return text(f"customers.value.figure.{name}", language, **values)


def _model(name: str, language: str) -> str:
    return text(f"customers.value.model.{name}", language)


def _level(record: Evidence, language: str) -> str:
    return format_value(record.level, "share", language).replace(".0", "")


def _title(figure: Drawing, name: str, language: str, numbers: Mapping[str, Evidence]) -> None:
    title = plain(render_sentence(f"customers.value.figure.{name}.title", language, numbers))
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)


def _figure(name: str, draw, data: pd.DataFrame, numbers: Mapping[str, Evidence], n: int) -> Figure:
    subject = f"customers.value.figure.{name}"
    return Figure(f"lifetime_value.{name}.figure", f"{subject}.title", f"{subject}.alt", draw, data, numbers,
                  n=n)


@nothing_if_unavailable
def plot_calibration(result: Validation) -> list[Figure]:
    """Return mean held-out purchases by calibration frequency: actual, expected by the model, constant
    rate."""
    numbers = {"bias": holdout_evidence(result, result.model, "bias"),
               "baseline_bias": holdout_evidence(result, "baseline", "bias"),
               "weeks": Evidence("lifetime_value.holdout.weeks", result.weeks, "weeks", tag="A")}
    shown = result.calibration[result.calibration["customers"] >= MIN_PEOPLE]
    if shown.empty:
        return []
    return [_figure("calibration", lambda language: draw_calibration(shown, result.model, language, numbers),
                    shown, numbers, result.customers)]


def draw_calibration(shown: pd.DataFrame, model: str, language: str, numbers: Mapping) -> Drawing:
    """Draw actual means with intervals as points, expectations as lines; thin cells are left out."""
    figure, axes = pyplot.subplots()
    for name, style in (("baseline", "s--"), (model, "o-")):
        axes.plot(shown["frequency"], shown[name], style, color=MODEL_COLOURS[name], markersize=4,
                  linewidth=1.5, label=_model(name, language))
    spread = np.abs(shown[["low", "high"]].to_numpy().T - shown["actual"].to_numpy())
    axes.errorbar(shown["frequency"], shown["actual"], yerr=spread, fmt="D", color=MODEL_COLOURS["actual"],
                  markersize=4, capsize=3, linewidth=1.2,
                  label=_words("calibration.actual", language, level=_level(numbers["bias"], language)))
    axes.set_xticks(shown["frequency"], _frequency_labels(shown, language))
    axes.set(xlabel=_words("calibration.axis_x", language), ylabel=_words("calibration.axis_y", language))
    axes.legend(frameon=False)
    _title(figure, "calibration", language, numbers)
    return figure


def _frequency_labels(data: pd.DataFrame, language: str) -> list[str]:
    return [_words("calibration.more", language, count=value) if value == MOST_FREQUENCY else str(value)
            for value in data["frequency"]]


@nothing_if_unavailable
def plot_ranking(result: Validation) -> list[Figure]:
    """Return the gain curves of model, baseline and perfect foresight on the held-out purchases."""
    if result.customers < MIN_PEOPLE_FOR_RATE:
        return []
    numbers = {"share": result.top_fifth.evidence("lifetime_value.holdout.top_fifth", "share")}
    return [_figure("ranking", lambda language: draw_ranking(result, language, numbers), result.ranking,
                    numbers, result.customers)]


def draw_ranking(result: Validation, language: str, numbers: Mapping) -> Drawing:
    """Draw cumulative shares; the diagonal is a random order."""
    figure, axes = pyplot.subplots()
    share = result.ranking["share_customers"]
    axes.plot([0, 1], [0, 1], color=PALETTE["grey"], linewidth=1, linestyle=":",
              label=_words("ranking.random", language))
    for name, style in (("perfect", "-."), ("baseline", "--"), (result.model, "-")):
        axes.plot(share, result.ranking[name], style, color=MODEL_COLOURS[name], linewidth=1.6,
                  label=_model(name, language))
    axes.plot([TOP_SHARE], [numbers["share"].value], "o", color=MODEL_COLOURS[result.model], markersize=5)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=_words("ranking.axis_x", language),
             ylabel=_words("ranking.axis_y", language))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(frameon=False, loc="lower right")
    _title(figure, "ranking", language, numbers)
    return figure


@nothing_if_unavailable
def plot_frequency(model: PurchaseModel, history: CustomerHistory) -> list[Figure]:
    """Return customers by number of repeat purchases, actual and as the model fits them (exactly, no
    simulation)."""
    band = np.minimum(history.frequency, MOST_FREQUENCY).astype(int)
    counts = np.arange(MOST_FREQUENCY)
    fitted = [weighted_sum(history.customers, model.purchase_probability(count, history.T))
              for count in counts]
    data = pd.DataFrame({"frequency": np.append(counts, MOST_FREQUENCY),
                         "actual": np.bincount(band, history.customers, MOST_FREQUENCY + 1),
                         "fitted": np.append(fitted, history.n - sum(fitted))})
    return [_figure("frequency", lambda language: draw_frequency(data, model.name, language), data, {},
                    history.n)]


def draw_frequency(data: pd.DataFrame, model: str, language: str) -> Drawing:
    """Draw both as points on a logarithmic scale, with their numbers; fewer than ten people are not shown."""
    figure, axes = pyplot.subplots()
    shown = data[data["actual"] >= MIN_PEOPLE]
    single = shown[shown["frequency"] < MOST_FREQUENCY]
    axes.plot(single["frequency"], single["fitted"], "-", color=MODEL_COLOURS[model])
    axes.plot(shown["frequency"], shown["fitted"], "o", color=MODEL_COLOURS[model], markersize=5,
              label=_model(model, language))
    axes.plot(shown["frequency"], shown["actual"], "D", color=MODEL_COLOURS["actual"], markersize=5,
              label=_model("actual", language))
    for row in shown.itertuples(index=False):
        numbers = (format_value(round(value), "count", language) for value in (row.actual, row.fitted))
        axes.annotate(" / ".join(numbers), (row.frequency, max(row.actual, row.fitted)), (5, 6),
                      textcoords="offset points", fontsize=7.5)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_value(value, "count", language)))
    axes.margins(y=0.14)
    axes.set_xlim(-0.4, MOST_FREQUENCY + 0.9)
    axes.set_xticks(shown["frequency"], _frequency_labels(shown, language))
    axes.set(xlabel=_words("frequency.axis_x", language), ylabel=_words("frequency.axis_y", language))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], frameon=False)
    _title(figure, "frequency", language, {})
    return figure


@nothing_if_unavailable
def plot_groups(result: Forecast, currency: str) -> list[Figure]:
    """Return the value of each group with its interval."""
    shown = result.groups[result.groups["customers"] >= MIN_PEOPLE]
    if result.value is None or shown.empty or list(shown["group"]) == [EVERYONE]:
        return []
    shown = shown.set_index("group").reindex([g for g in GROUPS if g in set(shown["group"])]).reset_index()
    numbers = {"value": result.value.evidence(total_id(result.terms), f"money:{currency}")}
    name = f"customers.value.figure.groups_{result.terms.measure}"
    return [Figure("lifetime_value.groups.figure", f"{name}.title", f"{name}.alt",
                   lambda language: draw_groups(shown, result, currency, language, numbers), shown, numbers,
                   n=result.value.n)]


def draw_groups(shown: pd.DataFrame, result: Forecast, currency: str, language: str,
                numbers: Mapping) -> Drawing:
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
    axes.set_xlabel(_words("groups.axis", language, level=_level(numbers["value"], language)))
    money_axis(axes.xaxis, currency, language)
    _title(figure, f"groups_{result.terms.measure}", language, numbers)
    return figure
