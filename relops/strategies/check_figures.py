"""Figures of plans and checks: power curves, a rehearsal without effect, balance before a test, quantile effects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, PercentFormatter

from relops.customers.availability import Unavailable
from relops.customers.estimates import LEVEL, critical_value
from relops.exhibits import Evidence, Figure
from relops.locale import text
from relops.strategies.design import power_of
from relops.strategies.evaluation import Evaluation
from relops.strategies.figures import difference_axis, exhibit, title_of
from relops.strategies.findings import metric_unit, subjects_evidence
from relops.strategies.methods import read_arms
from relops.strategies.outcomes import BESIDE, Outcome
from relops.strategies.plans import TestPlan
from relops.strategies.quantiles import quantile_effects
from relops.style import PALETTE

BINS = 20


def plot_power(plans: Mapping[str, TestPlan | Unavailable]) -> list[Figure]:
    """Return the power curves of all plans with a target, one line each; the data: experiment, metric, subjects, power,
    wanted, here (whether these are the subjects there are)."""
    aimed = [plan for plan in plans.values() if not isinstance(plan, Unavailable) and plan.main.effect is not None]
    if not aimed:
        return []
    data = pd.concat([_power_curve(plan) for plan in aimed], ignore_index=True)
    proof = Evidence(f"experiment.{aimed[0].experiment.id}.plan.subjects", aimed[0].subjects, "customers")
    return [exhibit("experiment.all.power.figure", "power", {}, data, lambda language: _draw_power(data, language),
                    proof)]


def _power_curve(plan: TestPlan) -> pd.DataFrame:
    main, arms = plan.main, plan.experiment.arms
    control = arms[str(plan.experiment.control)]
    pair = control + min(share for arm, share in arms.items() if arm != plan.experiment.control)
    shares = control / pair, 1 - control / pair
    most = max(1.6 * main.needed, 1.3 * plan.subjects)
    subjects = np.append(np.geomspace(max(most / 100, 20), most, 40), plan.subjects)
    power = [power_of(n * pair, main.effect, main.spread, shares, main.bar) for n in subjects]
    return pd.DataFrame({"experiment": plan.experiment.id, "metric": main.metric.id, "subjects": subjects,
                         "power": power, "wanted": main.bar.power, "here": subjects == plan.subjects})


def _draw_power(data: pd.DataFrame, language: str) -> Drawing:
    figure, axes = pyplot.subplots()
    for (experiment, metric), own in data.groupby(["experiment", "metric"], sort=False):
        curve, here = own[~own["here"]], own[own["here"]].iloc[0]
        line, = axes.plot(curve["subjects"], curve["power"], label=f"{experiment} · {metric}")
        axes.plot(here["subjects"], here["power"], "o", color=line.get_color(), markersize=7)
    for wanted in data["wanted"].unique():
        axes.axhline(wanted, color=PALETTE["grey"], linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(text("strategies.figure.power.axis_x", language))
    axes.set_ylabel(text("strategies.figure.power.axis_y", language))
    axes.legend(frameon=False)
    title_of(figure, "power", language)
    return figure


def plot_rehearsal(plans: Mapping[str, TestPlan | Unavailable]) -> list[Figure]:
    """Return the histogram of p values over random divisions of history, for the plan whose Welch's test would raise
    most false alarms, if these are more than allowed; the data: p."""
    misled = [plan for plan in plans.values()
              if not isinstance(plan, Unavailable) and plan.rehearsal and plan.rehearsal.alarms.low > plan.alpha]
    if not misled:
        return []
    plan = max(misled, key=lambda each: each.rehearsal.alarms.value)
    data, name = pd.DataFrame({"p": np.sort(plan.rehearsal.p_values)}), plan.experiment.id
    proof = plan.rehearsal.alarms.evidence(f"experiment.{name}.{plan.sparse.metric.id}.planned.false_alarms", "share")
    return [exhibit(f"experiment.{name}.rehearsal.figure", "rehearsal", {"experiment": name}, data,
                    lambda language: _draw_rehearsal(data, name, plan.alpha, language), proof)]


def _draw_rehearsal(data: pd.DataFrame, experiment: str, alpha: float, language: str) -> Drawing:
    figure, axes = pyplot.subplots()
    counts, edges = np.histogram(data["p"], BINS, (0, 1))
    colours = [PALETTE["red"] if edge < alpha else PALETTE["blue"] for edge in edges[:-1]]
    axes.bar(edges[:-1], counts, 1 / BINS, align="edge", color=colours, edgecolor="white")
    axes.axhline(len(data) / BINS, color=PALETTE["grey"], linestyle="--", linewidth=1)
    axes.set_xlabel(text("strategies.figure.rehearsal.axis_x", language))
    axes.set_ylabel(text("strategies.figure.rehearsal.axis_y", language))
    title_of(figure, "rehearsal", language, experiment=experiment)
    return figure


def plot_balance(tests: Sequence[Evaluation]) -> list[Figure]:
    """Return how far every arm lay from the control before its test, on every covariate; the data: test, metric, arm,
    standardised, chance (how far nineteen in twenty draws without any difference stay)."""
    rows = [{"test": test.experiment.id, "metric": row["metric"], "arm": row["arm"],
             "standardised": row["standardised"], "chance": _chance(test, row["arm"])}
            for test in tests for row in test.health.before.to_dict("records")]
    if not rows:
        return []
    data = pd.DataFrame(rows)
    return [exhibit("experiment.all.balance.figure", "balance", {}, data, lambda lang: _draw_balance(data, lang),
                    subjects_evidence(tests[0]))]


def _chance(test: Evaluation, arm: str) -> float:
    counts = test.health.ratio.counts
    return critical_value(LEVEL) * math.sqrt(1 / counts[arm] + 1 / counts[str(test.experiment.control)])


def _draw_balance(data: pd.DataFrame, language: str) -> Drawing:
    figure, axes = pyplot.subplots(figsize=(6.3, 1.1 + 0.27 * len(data)))
    places = np.arange(len(data))
    axes.axvline(0, color=PALETTE["black"], linewidth=0.8)
    axes.hlines(places, -data["chance"], data["chance"], color=PALETTE["grey"], linewidth=5, alpha=0.25)
    off = data["standardised"].abs() > data["chance"]
    axes.scatter(data["standardised"], places, c=[PALETTE["red"] if each else PALETTE["blue"] for each in off], s=30)
    axes.set_yticks(places, [f"{row.test} · {row.metric} · {row.arm}" for row in data.itertuples(index=False)])
    axes.set_ylim(len(data) - 0.5, -0.5)
    axes.set_xlabel(text("strategies.figure.balance.axis", language))
    title_of(figure, "balance", language)
    return figure


def plot_quantiles(tests: Sequence[Evaluation], currency: str) -> list[Figure]:
    """Return the effects on the quantiles of each test's first amount, a panel a test; the data: test, metric, arm and
    the columns of :func:`quantile_effects`. Tests whose quantiles are zero, or hang on a few subjects, have none."""
    rows = [part for test in tests if (outcome := _amount(test)) for part in _quantile_rows(test, outcome)]
    if not rows:
        return []
    data = pd.concat(rows, ignore_index=True)
    units = {test.experiment.id: metric_unit(test, name, currency)[0] for test in tests
             for name in data.loc[data["test"] == test.experiment.id, "metric"].unique()}
    return [exhibit("experiment.all.quantiles.figure", "quantiles", {}, data,
                    lambda language: _draw_quantiles(data, units, language), subjects_evidence(tests[0]))]


def _amount(test: Evaluation) -> Outcome | None:
    """Return the first outcome of a test that is an amount and no ratio."""
    if test.experiment.cluster or not test.effects:
        return None
    return next((each for each in test.subjects.outcomes if each.metric.kind == "mean" and not each.denominator
                 and each.metric.role != BESIDE), None)


def _quantile_rows(test: Evaluation, outcome: Outcome) -> list[pd.DataFrame]:
    arms, control = read_arms(test.subjects, outcome), str(test.experiment.control)
    found = [quantile_effects(arms[control], values, test.level).assign(
        test=test.experiment.id, metric=outcome.metric.id, arm=arm) for arm, values in arms.items() if arm != control]
    return [frame for frame in found if len(frame)]


def _draw_quantiles(data: pd.DataFrame, units: Mapping[str, str], language: str) -> Drawing:
    names = data["test"].unique()
    figure, panels = pyplot.subplots(len(names), 1, figsize=(6.3, 1.2 + 1.9 * len(names)), squeeze=False)
    for axes, name in zip(panels[:, 0], names, strict=True):
        own = data[data["test"] == name]
        shares = sorted(own["share"].unique())
        arms = own["arm"].nunique()
        axes.axhline(0, color=PALETTE["black"], linewidth=0.8)
        for shift, (arm, each) in enumerate(own.groupby("arm", sort=False)):
            places = np.array([shares.index(share) for share in each["share"]]) + 0.12 * (shift - (arms - 1) / 2)
            axes.errorbar(places, each["effect"], abs(each[["low", "high"]].sub(each["effect"], axis=0)).T, fmt="o",
                          capsize=3, label=arm)
        axes.set_xticks(range(len(shares)), [f"{share:.0%}" for share in shares])
        axes.set_xlim(-0.5, len(shares) - 0.5)
        axes.set_title(f"{name} · {own['metric'].iloc[0]}", fontsize=9)
        axes.set_ylabel(difference_axis(units[name], language), fontsize=8)
        axes.legend(frameon=False)
    panels[-1, 0].set_xlabel(text("strategies.figure.quantiles.axis_x", language))
    title_of(figure, "quantiles", language)
    return figure
