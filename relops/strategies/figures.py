"""Figures of experiments: forest plots of arms and segments, the gain curve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, PercentFormatter

from relops.customers.availability import Unavailable
from relops.exhibits import Evidence, Figure
from relops.locale import text
from relops.locale.format import format_axis_money
from relops.strategies.evaluation import Evaluation
from relops.strategies.findings import metric_unit, policy_numbers, shown, subjects_evidence
from relops.strategies.segments import SegmentEffects
from relops.strategies.targeting import Policy
from relops.style import PALETTE

VERDICT_COLOURS = {"better": PALETTE["green"], "worse": PALETTE["red"], "beyond": PALETTE["red"],
                   "within": PALETTE["blue"], "unharmed": PALETTE["grey"], "undecided": PALETTE["grey"],
                   "beside": PALETTE["grey"]}


def plot_effects(evaluation: Evaluation, currency: str) -> list[Figure]:
    """Return the forest plot of all effects of a sound test, a panel a unit; the data: metric, arm, unit, effect, low,
    high (in that unit), verdict."""
    rows = []
    for judged in evaluation.decision.judged:
        effect, (unit, scale) = judged.effect, metric_unit(evaluation, judged.effect.metric, currency)
        if shown(effect):
            value, low, high = (scale * part for part in (effect.effect.value, effect.effect.low, effect.effect.high))
            rows.append({"metric": effect.metric, "arm": effect.arm, "unit": unit, "effect": value, "low": low,
                         "high": high, "verdict": judged.verdict})
    if not rows:
        return []
    data, name = pd.DataFrame(rows), evaluation.experiment.id
    return [exhibit(f"experiment.{name}.effects.figure", "effects", {"experiment": name}, data,
                    lambda language: _draw_effects(data, name, language), subjects_evidence(evaluation))]


def _draw_effects(data: pd.DataFrame, experiment: str, language: str) -> Drawing:
    panels = [own for _, own in data.groupby("unit", sort=False)]
    figure, drawn = pyplot.subplots(len(panels), 1, figsize=(6.3, 0.4 + 0.9 * len(panels) + 0.36 * len(data)),
                                    squeeze=False, height_ratios=[0.4 + len(own) for own in panels])
    for axes, own in zip(drawn[:, 0], panels, strict=True):
        for place, row in enumerate(own.itertuples(index=False)):
            colour = VERDICT_COLOURS[row.verdict]
            axes.plot([row.low, row.high], [place] * 2, color=colour, linewidth=2)
            axes.plot(row.effect, place, "o", color=colour, markersize=6)
            axes.annotate(text(f"strategies.verdict.{row.verdict}", language), (row.high, place), (5, 0),
                          textcoords="offset points", va="center", fontsize=8, color=colour)
        _forest(axes, [f"{row.metric} · {row.arm}" for row in own.itertuples(index=False)])
        axes.set_xlabel(difference_axis(own["unit"].iloc[0], language))
    title_of(figure, "effects", language, experiment=experiment)
    return figure


def plot_looks(evaluation: Evaluation, currency: str) -> list[Figure]:
    """Return the cumulative effect over the planned looks with the repeated intervals, for the first primary metric of
    a test that has had two looks or more; the data is the evaluation's trajectory of it."""
    name, seen = evaluation.experiment.id, evaluation.trajectory
    data = seen[seen["metric"] == seen["metric"].iloc[0]] if len(seen) else seen
    if data["look"].nunique() < 2:
        return []
    metric = data["metric"].iloc[0]
    unit, scale = metric_unit(evaluation, metric, currency)
    return [exhibit(f"experiment.{name}.looks.figure", "looks", {"experiment": name, "metric": metric}, data,
                    lambda language: _draw_looks(data, scale, unit, name, language), subjects_evidence(evaluation))]


def _draw_looks(data: pd.DataFrame, scale: float, unit: str, experiment: str, language: str) -> Drawing:
    figure, axes = pyplot.subplots()
    axes.axhline(0, color=PALETTE["black"], linewidth=0.8)
    for arm, own in data.groupby("arm", sort=False):
        axes.errorbar(own["n"], scale * own["effect"], scale * abs(own[["low", "high"]].sub(own["effect"], axis=0)).T,
                      marker="o", capsize=4, linewidth=1.6, label=arm)
    axes.set_xlabel(text("strategies.figure.looks.axis_x", language))
    axes.set_ylabel(difference_axis(unit, language))
    axes.legend(frameon=False)
    title_of(figure, "looks", language, experiment=experiment, metric=str(data["metric"].iloc[0]))
    return figure


def difference_axis(unit: str, language: str) -> str:
    """Return the name of an axis of differences from the control."""
    kind = unit if unit in ("points", "ratio") else "money"
    return text(f"strategies.figure.effects.{kind}", language, currency=unit.removeprefix("money:"))


def plot_segments(evaluation: Evaluation, currency: str) -> list[Figure]:
    """Return a forest plot for each segment whose effects on a primary metric differ; the data is its table."""
    primary = {metric.id for metric in evaluation.experiment.metrics if metric.role == "primary"}
    figures = []
    for found in evaluation.segments:
        if found.metric not in primary or not found.differ:
            continue
        unit, scale = metric_unit(evaluation, found.metric, currency)
        name = f"experiment.{evaluation.experiment.id}.{found.metric}_{found.arm}_{found.segment}.figure"
        words = {"arm": found.arm, "metric": found.metric, "segment": found.segment}
        figures.append(exhibit(name, "segments", words, found.table, _drawer(found, scale, unit),
                               subjects_evidence(evaluation)))
    return figures


def _drawer(found: SegmentEffects, scale: float, unit: str) -> Callable[[str], Drawing]:
    return lambda language: _draw_segments(found, scale, unit, language)


def _draw_segments(found: SegmentEffects, scale: float, unit: str, language: str) -> Drawing:
    table = found.table
    figure, axes = pyplot.subplots(figsize=(6.3, 1.5 + 0.42 * len(table)))
    for kind, offset, colour, face in (("raw", -0.14, PALETTE["grey"], "white"),
                                       ("shrunken", 0.14, PALETTE["blue"], PALETTE["blue"])):
        value, low, high = (("effect", "low", "high") if kind == "raw" else
                            ("shrunken", "shrunken_low", "shrunken_high"))
        for place, row in enumerate(table.to_dict("records")):
            axes.plot([scale * row[low], scale * row[high]], [place + offset] * 2, color=colour, linewidth=1.6)
            axes.plot(scale * row[value], place + offset, "o", color=colour, markerfacecolor=face, markersize=6,
                      label=text(f"strategies.figure.segments.{kind}", language) if place == 0 else None)
    _forest(axes, table["value"].tolist())
    axes.set_xlabel(difference_axis(unit, language))
    axes.legend(frameon=False)
    title_of(figure, "segments", language, arm=found.arm, metric=found.metric, segment=found.segment)
    return figure


def plot_gain(policy: Policy | Unavailable, strategy: str, currency: str) -> list[Figure]:
    """Return the gain curve with its interval beside treating at random; the data: share, gain, low, high, random."""
    if isinstance(policy, Unavailable):
        return []
    return [exhibit(f"targeting.{strategy}.gain.figure", "gain", {"strategy": strategy}, policy.curve,
                    lambda language: _draw_gain(policy, strategy, currency, language),
                    policy_numbers(policy, strategy, currency)["policy"])]


def _draw_gain(policy: Policy, strategy: str, currency: str, language: str) -> Drawing:
    figure, axes = pyplot.subplots()
    curve = policy.curve
    axes.fill_between(curve["share"], curve["low"], curve["high"], color=PALETTE["blue"], alpha=0.15, linewidth=0)
    axes.plot(curve["share"], curve["gain"], color=PALETTE["blue"],
              label=text("strategies.figure.gain.ranked", language))
    axes.plot(curve["share"], curve["random"], color=PALETTE["grey"], linestyle="--",
              label=text("strategies.figure.gain.random", language))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_axis_money(value, currency, language)))
    axes.set_xlabel(text("strategies.figure.gain.axis_x", language))
    axes.set_ylabel(text("strategies.figure.gain.axis_y", language))
    axes.legend(frameon=False)
    title_of(figure, "gain", language, strategy=strategy)
    return figure


def _forest(axes: Axes, labels: list[str]) -> None:
    axes.axvline(0, color=PALETTE["black"], linewidth=0.8)
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.margins(x=0.18)
    axes.grid(visible=False, axis="y")


def title_of(figure: Drawing, name: str, language: str, **words: str) -> None:
    """Write a figure's title, the message of its name, above it."""
    figure.suptitle(text(f"strategies.figure.{name}.title", language, **words), x=0.01, ha="left", fontsize=11)


def exhibit(figure_id: str, name: str, words: dict[str, str], data: pd.DataFrame, draw: Callable[[str], Drawing],
            proof: Evidence) -> Figure:
    """Return a figure of the room with title and alternative text of its name."""
    title, alt = (f"strategies.figure.{name}.{part}" for part in ("title", "alt"))
    return Figure(figure_id, title, alt, draw, data, {"proof": proof}, proof.n,
                  words={key: f"={word}" for key, word in words.items()})
