"""Figures of the fitted models: frequencies and the fit, what recency and frequency mean, how customers differ.

``plot_*`` return a list with one figure, empty where the result is a reason why there is none; the figure
carries its data. ``draw_*`` draw it in one language, within :func:`relops.style.use_style`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator
from scipy.stats import beta, gamma

from relops.customers import gamma_gamma
from relops.customers.absence import nothing_if_unavailable
from relops.customers.calibration import MOST_FREQUENCY
from relops.customers.drawing import money_axis
from relops.customers.estimates import weighted_quantile
from relops.customers.history import CustomerHistory
from relops.customers.models import GammaGamma, PurchaseModel
from relops.customers.value_drawing import (
    colour,
    count_axis,
    frequency_labels,
    make_figure,
    model_label,
    set_title,
    share_axis,
    words,
)
from relops.customers.value_terms import ValueTerms
from relops.customers.weighted import weighted_sum
from relops.exhibits import Figure
from relops.locale.format import format_value
from relops.store import MIN_PEOPLE
from relops.style import PALETTE
from relops.units import convert_span

GRID = 13  # purchases across, and steps of recency up, in the heat maps
PATH_PURCHASES, PATH_SILENCE = 5, 10  # a constructed customer's purchases, then so many usual gaps of silence
CURVE_POINTS = 200
SPEND_BINS = 40


@nothing_if_unavailable
def plot_frequency(model: PurchaseModel, history: CustomerHistory) -> list[Figure]:
    """Return customers by number of repeat purchases, actual and as the model fits them (exactly, no
    simulation)."""
    band = np.minimum(history.frequency, MOST_FREQUENCY).astype(int)
    counts = np.arange(MOST_FREQUENCY)
    ages, age_of = np.unique(history.T, return_inverse=True)
    people = np.bincount(age_of, history.customers)
    fitted = [weighted_sum(people, model.purchase_probability(count, ages)) for count in counts]
    data = pd.DataFrame({"frequency": np.append(counts, MOST_FREQUENCY),
                         "actual": np.bincount(band, history.customers, MOST_FREQUENCY + 1),
                         "fitted": np.append(fitted, history.n - sum(fitted))})
    return [make_figure("frequency", lambda language: draw_frequency(data, model.name, language), data, {},
                        history.n)]


def draw_frequency(data: pd.DataFrame, model: str, language: str) -> Drawing:
    """Draw both as points on a logarithmic scale, with their numbers; fewer than ten people are not shown."""
    figure, axes = pyplot.subplots()
    shown = data[data["actual"] >= MIN_PEOPLE]
    single = shown[shown["frequency"] < MOST_FREQUENCY]
    axes.plot(single["frequency"], single["fitted"], "-", color=colour(model))
    axes.plot(shown["frequency"], shown["fitted"], "o", color=colour(model), markersize=5,
              label=model_label(model, language))
    axes.plot(shown["frequency"], shown["actual"], "D", color=colour("actual"), markersize=5,
              label=model_label("actual", language))
    for row in shown.itertuples(index=False):
        numbers = (format_value(round(value), "count", language) for value in (row.actual, row.fitted))
        axes.annotate(" / ".join(numbers), (row.frequency, max(row.actual, row.fitted)), (5, 6),
                      textcoords="offset points", fontsize=7.5)
    axes.set_yscale("log")
    axes.minorticks_off()
    count_axis(axes.yaxis, language)
    axes.margins(y=0.14)
    axes.set_xlim(-0.4, MOST_FREQUENCY + 0.9)
    axes.set_xticks(shown["frequency"], frequency_labels(shown["frequency"], language))
    axes.set(xlabel=words("frequency.axis_x", language), ylabel=words("frequency.axis_y", language))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], frameon=False)
    set_title(figure, "frequency", language, {})
    return figure


@nothing_if_unavailable
def plot_heatmaps(model: PurchaseModel, activity: PurchaseModel, history: CustomerHistory,
                  terms: ValueTerms) -> list[Figure]:
    """Return, over frequency and weeks since the last purchase, the purchases expected up to the horizon and
    P(alive), for customers acquired when the data begin."""
    data = recency_frequency_grid(model, activity, history, terms.span(history.unit))
    return [make_figure("heatmaps", lambda language: draw_heatmaps(data, (model.name, activity.name), language),
                        data, {}, history.n)]


def recency_frequency_grid(model: PurchaseModel, activity: PurchaseModel, history: CustomerHistory,
                           horizon: float) -> pd.DataFrame:
    """Return a row for each cell of the heat maps: frequency, since_weeks, purchases, alive."""
    order = np.argsort(history.frequency, kind="stable")
    top = weighted_quantile(history.frequency[order], history.customers[order], 0.99)
    frequencies = np.arange(1, max(min(int(top), GRID), 2) + 1)
    age = float(history.T.max())
    since = np.linspace(0, age, GRID, endpoint=False)
    grid = pd.DataFrame([(x, age - gone, gone) for gone in since for x in frequencies],
                        columns=["frequency", "recency", "since"])
    made_up = CustomerHistory(grid.assign(T=age, customers=1, mean_spend=0.0), history.observation_end,
                              unit=history.unit)
    return pd.DataFrame({"frequency": grid["frequency"],
                         "since_weeks": [convert_span(gone, history.unit, "weeks") for gone in grid["since"]],
                         "purchases": model.expected_purchases(made_up, horizon),
                         "alive": activity.probability_alive(made_up)})


def draw_heatmaps(data: pd.DataFrame, models: tuple[str, str], language: str) -> Drawing:
    """Draw both maps side by side, darker for more."""
    figure, panels = pyplot.subplots(1, 2, sharey=True)
    for axes, kind, model in zip(panels, ("purchases", "alive"), models, strict=True):
        table = data.pivot_table(index="since_weeks", columns="frequency", values=kind)
        step = table.index[1] / 2
        drawn = axes.imshow(table, aspect="auto", origin="lower", cmap="Blues", vmin=0,
                            extent=(0.5, table.columns[-1] + 0.5, -step, table.index[-1] + step))
        axes.grid(visible=False)
        if kind == "alive":
            drawn.set_clim(0, 1)
        bar = figure.colorbar(drawn, ax=axes, pad=0.02, ticks=MaxNLocator(3))
        bar.outline.set_visible(False)
        if kind == "alive":
            share_axis(bar.ax.yaxis)
        axes.set_title(words(f"heatmaps.{kind}", language, model=model_label(model, language)), fontsize=9)
        axes.set_xlabel(words("frequency.axis_x", language))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    panels[0].set_ylabel(words("heatmaps.axis_y", language))
    set_title(figure, "heatmaps", language, {})
    return figure


@nothing_if_unavailable
def plot_alive_path(model: PurchaseModel, history: CustomerHistory) -> list[Figure]:
    """Return P(alive) day by day of a constructed customer (nobody real): purchases at the usual gap, then
    silence."""
    data = alive_path(model, history)
    return [make_figure("alive_path", lambda language: draw_alive_path(data, model.name, language), data, {},
                        history.n)]


def alive_path(model: PurchaseModel, history: CustomerHistory) -> pd.DataFrame:
    """Return week, alive and purchase (whether the constructed customer bought on that day), day by day."""
    bought = history.frequency > 0
    gaps = history.recency[bought] / history.frequency[bought]
    order = np.argsort(gaps, kind="stable")
    usual = weighted_quantile(gaps[order], history.customers[bought][order], 0.5)
    gap_days = max(round(convert_span(usual, history.unit, "days")), 1)
    days = np.arange(gap_days * (PATH_PURCHASES - 1 + PATH_SILENCE) + 1)
    count = np.minimum(days // gap_days, PATH_PURCHASES - 1)
    frame = pd.DataFrame({"frequency": count, "recency": count * gap_days, "T": days, "customers": 1,
                          "mean_spend": 0.0})
    made_up = CustomerHistory(frame, history.observation_end).in_unit(model.unit)
    return pd.DataFrame({"week": days / 7, "alive": model.probability_alive(made_up),
                         "purchase": (days % gap_days == 0) & (days < gap_days * PATH_PURCHASES)})


def draw_alive_path(data: pd.DataFrame, model: str, language: str) -> Drawing:
    """Draw the path, a mark at each purchase."""
    figure, axes = pyplot.subplots()
    axes.plot(data["week"], data["alive"], color=colour(model), linewidth=1.6, label=model_label(model, language))
    bought = data[data["purchase"]]
    axes.plot(bought["week"], bought["alive"], "D", color=colour("actual"), markersize=5,
              label=words("alive_path.purchase", language))
    axes.set_ylim(0, 1.03)
    share_axis(axes.yaxis)
    axes.set(xlabel=words("alive_path.axis_x", language), ylabel=words("alive_path.axis_y", language))
    axes.legend(frameon=False, loc="lower left")
    set_title(figure, "alive_path", language, {})
    return figure


@nothing_if_unavailable
def plot_heterogeneity(model: PurchaseModel) -> list[Figure]:
    """Return how customers differ: the share that buys at a rate or more while active, and the share that stops
    with a chance (or a yearly rate) or more."""
    data = heterogeneity(model)
    return [make_figure("heterogeneity", lambda language: draw_heterogeneity(data, model.name, language), data, {},
                        model.n)]


def heterogeneity(model: PurchaseModel) -> pd.DataFrame:
    """Return part (rate, stopping or stopping_rate), value (purchases a year, chance, times a year) and share of
    customers at that value or above."""
    year = convert_span(1, "years", model.unit)
    laws = {"rate": gamma(model.parameters["r"], scale=year / model.parameters["alpha"])}
    if "a" in model.parameters:
        laws["stopping"] = beta(model.parameters["a"], model.parameters["b"])
    if "s" in model.parameters:
        laws["stopping_rate"] = gamma(model.parameters["s"], scale=year / model.parameters["beta"])
    curves = []
    for part, law in laws.items():
        values = np.linspace(0, 1 if part == "stopping" else law.ppf(0.99), CURVE_POINTS)
        curves.append(pd.DataFrame({"part": part, "value": values, "share": law.sf(values)}))
    return pd.concat(curves, ignore_index=True)


def draw_heterogeneity(data: pd.DataFrame, model: str, language: str) -> Drawing:
    """Draw one panel a part."""
    parts = list(dict.fromkeys(data["part"]))
    figure, panels = pyplot.subplots(1, len(parts), sharey=True, squeeze=False)
    for axes, part in zip(panels[0], parts, strict=True):
        curve = data[data["part"] == part]
        axes.fill_between(curve["value"], curve["share"], color=colour(model), alpha=0.25)
        axes.plot(curve["value"], curve["share"], color=colour(model), linewidth=1.6)
        axes.set(xlim=(0, curve["value"].max()), ylim=(0, 1), xlabel=words(f"heterogeneity.{part}", language))
        if part == "stopping":
            share_axis(axes.xaxis)
    share_axis(panels[0][0].yaxis)
    panels[0][0].set_ylabel(words("heterogeneity.axis_y", language))
    set_title(figure, "heterogeneity", language, {})
    return figure


@nothing_if_unavailable
def plot_spend(model: GammaGamma, spend: pd.DataFrame, currency: str) -> list[Figure]:
    """Return the density of mean spend per purchase of repeat buyers, actual and as Gamma-Gamma fits it."""
    data = spend_density(model, spend)
    return [make_figure("spend", lambda language: draw_spend(data, currency, language), data, {}, model.n)]


def spend_density(model: GammaGamma, spend: pd.DataFrame) -> pd.DataFrame:
    """Return from, to, customers, actual and fitted density of mean spend, up to the 99th percentile. ``spend``
    comes from :func:`relops.customers.history_summary.spend_summary`."""
    used = spend[spend["mean_spend"] > 0].sort_values("mean_spend")
    people = used["customers"].to_numpy(float)
    top = weighted_quantile(used["mean_spend"].to_numpy(), people, 0.99)
    edges = np.linspace(0, top, SPEND_BINS + 1)
    counts, _ = np.histogram(used["mean_spend"], edges, weights=people)
    middle = (edges[1:] + edges[:-1]) / 2
    by_frequency = used.groupby("frequency")["customers"].sum()
    fitted = sum(share * np.exp(gamma_gamma.log_likelihood(*model.theta, x, middle))
                 for x, share in (by_frequency / people.sum()).items())
    return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "customers": counts.astype(int),
                         "actual": counts / people.sum() / np.diff(edges), "fitted": fitted})


def draw_spend(data: pd.DataFrame, currency: str, language: str) -> Drawing:
    """Draw bars of the actual density (none for fewer than ten people) and the fitted curve."""
    figure, axes = pyplot.subplots()
    shown = data[data["customers"] >= MIN_PEOPLE]
    axes.bar(shown["from"], shown["actual"], shown["to"] - shown["from"], align="edge", color=PALETTE["grey"],
             alpha=0.45, linewidth=0, label=model_label("actual", language))
    axes.plot((data["from"] + data["to"]) / 2, data["fitted"], color=colour("gamma_gamma"), linewidth=1.6,
              label=model_label("gamma_gamma", language))
    money_axis(axes.xaxis, currency, language)
    axes.set_yticks([])
    axes.set_xlim(0, data["to"].max())
    axes.set(xlabel=words("spend.axis_x", language), ylabel=words("spend.axis_y", language))
    axes.legend(frameon=False)
    set_title(figure, "spend", language, {})
    return figure
