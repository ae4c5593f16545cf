"""Customers and orders by a trait, and the paths between categories: tables, figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator, PercentFormatter

from relops.customers.absence import nothing_if_unavailable
from relops.customers.availability import Unavailable
from relops.customers.columns import column
from relops.customers.diagnosis.trait_summary import UNKNOWN
from relops.customers.diagnosis.traits import OTHERS, MixShift, TraitRetention, keep_largest
from relops.customers.drawing import annotate_cells, set_title
from relops.customers.estimates import estimate_share
from relops.customers.saying import Said
from relops.exhibits import Evidence, Figure, Finding, Missing, Table
from relops.locale import text
from relops.locale.format import format_value
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE
from relops.style import PALETTE

MOST_CATEGORIES = 8
MOST_CURVES, MOST_PANELS, MOST_MONTHS = 5, 3, 12


def trait_cell(value: str) -> str:
    """Return a trait's value as a cell: the client's own label, or a message for the unknown and the rest."""
    return {UNKNOWN: "@customers.trait_value.unknown", OTHERS: "@customers.trait_value.others"}.get(value, value)


def trait_label(value: str, language: str) -> str:
    """Return a trait's value as text in one language."""
    cell = trait_cell(value)
    return text(cell[1:], language) if cell is not value else value


def _word(value: str) -> str:
    cell = trait_cell(value)
    return cell[1:] if cell is not value else f"={value}"


@nothing_if_unavailable
def tabulate_trait(retained: TraitRetention, values: pd.DataFrame, currency: str) -> list[Table]:
    """Return how customers of each trait come back, and what they have brought."""
    trait, money = retained.trait, f"money:{currency}"
    back = retained.table.assign(trait=retained.table["trait"].map(trait_cell))
    back_columns = (column("trait", label=f"trait_{trait}"), column("customers", "count", "people", people=True),
                    column("active", "count", people=True), *(
                        column(key, "share", rate_of="customers") for key in ("share", "low", "high")))
    worth = values.assign(trait=values["trait"].map(trait_cell))
    worth_columns = [column("trait", label=f"trait_{trait}"), column("customers", "count", "people", people=True),
                     column("repeat_rate", "share", rate_of="customers"),
                     column("revenue_share", "share", total=True), column("revenue_each", money),
                     column("low", money), column("high", money)]
    if worth["cost_each"].notna().any():
        worth_columns.append(column("cost_each", money))
    n = int(values["customers"].sum())
    return [Table(f"diagnosis.{trait}.retention", "customers.table.trait_retention", back, back_columns, n=n),
            Table(f"diagnosis.{trait}.table", "customers.table.trait_value", worth, tuple(worth_columns), n=n)]


def say_trait(retained: TraitRetention | Unavailable, trait: str) -> Said:
    """Say whether traits differ in retention, and how far the first and the last lie apart."""
    if isinstance(retained, Unavailable):
        return [Missing(f"diagnosis.{trait}.missing", retained.code, retained.field,
                        f"customers.measure.trait_{trait}", retained.numbers)]
    numbers: dict[str, Evidence] = {
        "depth": Evidence("diagnosis.retention.depth", retained.depth_months, "months"),
        "p": Evidence(f"diagnosis.{trait}.p_value", retained.p_value, "ratio",
                      n=int(retained.table["customers"].sum()))}
    words = {"trait": f"customers.trait.{trait}"}
    for name, measure, place in (("high", "highest", 0), ("low", "lowest", -1)):
        row = retained.table.iloc[place]
        numbers[name] = Evidence(f"diagnosis.{trait}.{measure}", row["share"], "share", row["low"], row["high"], 0.95,
                                 int(row["customers"]))
        words[f"{name}_name"] = _word(row["trait"])
    message = "trait_differs" if retained.differs else "trait_level"
    return [Finding(f"diagnosis.{trait}.finding", f"customers.finding.{message}", numbers, words)]


def plot_traits(results: Sequence[TraitRetention | Unavailable]) -> list[Figure]:
    """Return retention curves by trait, a panel for each of the first three that are known; nothing without any."""
    shown = [result for result in results if isinstance(result, TraitRetention)][:MOST_PANELS]
    if not shown:
        return []
    data = pd.concat([_thick(result).assign(dimension=result.trait) for result in shown], ignore_index=True)
    return [Figure("diagnosis.traits.figure", "customers.figure.traits.title", "customers.figure.traits.alt",
                   lambda language: draw_traits(shown, language), data,
                   n=max(int(result.table["customers"].sum()) for result in shown))]


def _thick(result: TraitRetention) -> pd.DataFrame:
    curves = result.curves[(result.curves["customers"] >= MIN_PEOPLE_FOR_RATE)
                           & (result.curves["months_since"] <= MOST_MONTHS)]
    return keep_largest(curves, "trait", "customers", MOST_CURVES).query("trait != @OTHERS")


def draw_traits(results: Sequence[TraitRetention], language: str) -> Drawing:
    """Draw a panel a trait, its largest values as curves."""
    figure, panels = pyplot.subplots(1, len(results), sharey=True, squeeze=False)
    for axes, result in zip(panels[0], results, strict=True):
        for colour, (name, curve) in zip(PALETTE.values(), _thick(result).groupby("trait"), strict=False):
            axes.plot(curve["months_since"], curve["share"], color=colour, linewidth=1.4,
                      label=trait_label(name, language))
        axes.set_title(text(f"customers.trait.{result.trait}", language), fontsize=9)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.legend(frameon=False, fontsize=7)
    panels[0][0].set_ylim(bottom=0)
    panels[0][0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[0][0].set_ylabel(text("customers.figure.retention_curve.axis", language))
    figure.supxlabel(text("customers.figure.retention.axis", language), fontsize=9)
    set_title(figure, "traits", language, {})
    return figure


@nothing_if_unavailable
def tabulate_mix(result: MixShift, currency: str) -> list[Table]:
    """Return the decomposition by trait; its effects add up to the change of the mean order value."""
    money = f"money:{currency}"
    frame = result.table.assign(trait=result.table["trait"].map(trait_cell))
    columns = (column("trait", label=f"mix_{result.trait}"), column("previous_share", "share"),
               column("current_share", "share"), column("previous_value", money), column("current_value", money),
               column("mix_effect", money), column("rate_effect", money))
    return [Table(f"diagnosis.mix.{result.trait}.table", "customers.table.mix", frame, columns, n=result.mix.n)]


def say_mix(result: MixShift | Unavailable, trait: str, currency: str) -> Said:
    """Say how much of the change in mean order value is mix and how much the order values themselves."""
    if isinstance(result, Unavailable):
        return [Missing(f"diagnosis.mix.{trait}.missing", result.code, result.field,
                        f"customers.measure.mix_{trait}", result.numbers)]
    money, subject = f"money:{currency}", f"diagnosis.mix.{trait}"
    numbers = {
        "window": Evidence("diagnosis.bridge.window", result.windows.months, "months"),
        "previous": Evidence(f"{subject}.previous", result.previous, money, n=result.mix.n),
        "current": Evidence(f"{subject}.current", result.current, money, n=result.mix.n),
        "change": Evidence(f"{subject}.change", result.change, money, n=result.mix.n),
        "mix": result.mix.evidence(f"{subject}.mix_effect", money),
        "rate": result.rate.evidence(f"{subject}.rate_effect", money)}
    return [Finding(f"{subject}.finding", "customers.finding.mix", numbers, {"trait": f"customers.mix_trait.{trait}"})]


def _paths(paths: pd.DataFrame) -> pd.DataFrame:
    """Those who bought a second time, from and to the largest categories: first, second, customers, of (all of that
    first category who bought again), share."""
    again = paths.dropna(subset=["second"])
    weight = again.groupby("first")["customers"].sum().add(again.groupby("second")["customers"].sum(), fill_value=0)
    kept = set(weight.sort_values(ascending=False, kind="stable").index[:MOST_CATEGORIES])
    named = again.assign(**{key: again[key].where(again[key].isin(kept), OTHERS) for key in ("first", "second")})
    summed = named.groupby(["first", "second"], as_index=False)["customers"].sum()
    summed["of"] = summed.groupby("first")["customers"].transform("sum")
    return summed.assign(share=summed["customers"] / summed["of"])


@nothing_if_unavailable
def tabulate_paths(paths: pd.DataFrame) -> list[Table]:
    """Return the paths from first to second category that ten people or more took."""
    frame = _paths(paths)
    frame = frame[frame["customers"] >= MIN_PEOPLE].sort_values(["first", "customers"], ascending=[True, False])
    if frame.empty:
        return []
    frame = frame.assign(first=frame["first"].map(trait_cell), second=frame["second"].map(trait_cell))
    columns = (column("first", label="first_category"), column("second", label="second_category"),
               column("customers", "count", "people", people=True),
               column("share", "share", "path_share", rate_of="of"), column("of", "count", "path_of"))
    return [Table("diagnosis.paths.table", "customers.table.paths", frame, columns, n=int(frame["customers"].sum()))]


@nothing_if_unavailable
def plot_paths(paths: pd.DataFrame) -> list[Figure]:
    """Return the paths as a heat map: of those who bought again, the share who went to each category."""
    frame = _paths(paths)
    shown = frame[(frame["customers"] >= MIN_PEOPLE) & (frame["of"] >= MIN_PEOPLE_FOR_RATE)]
    if shown.empty:
        return []
    return [Figure("diagnosis.paths.figure", "customers.figure.paths.title", "customers.figure.paths.alt",
                   lambda language: draw_paths(shown, language), shown, n=int(frame["customers"].sum()))]


def draw_paths(shown: pd.DataFrame, language: str) -> Drawing:
    """Draw a row a first category, a column a second one."""
    names = list(dict.fromkeys([*shown["first"], *shown["second"]]))
    cells = shown.pivot_table(index="first", columns="second", values="share").reindex(
        index=names, columns=names).to_numpy(dtype=float)
    figure, axes = pyplot.subplots()
    axes.pcolormesh(cells, cmap="Blues", vmin=0, edgecolors="white", linewidth=1)
    annotate_cells(axes, cells, lambda share: format_value(share, "share", language))
    labels = [trait_label(name, language) for name in names]
    axes.set_xticks(np.arange(len(names)) + 0.5, labels, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(np.arange(len(names)) + 0.5, labels)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set(xlabel=text("customers.column.second_category", language),
             ylabel=text("customers.column.first_category", language))
    set_title(figure, "paths", language, {})
    return figure


def say_paths(paths: pd.DataFrame | Unavailable) -> Said:
    """Say from which category most customers move on to another, of those who buy again at all; M8 on few."""
    if isinstance(paths, Unavailable):
        return [paths.missing("diagnosis.paths.missing", "customers.measure.paths")]
    frame = _paths(paths)
    total, same = int(frame["customers"].sum()), frame[frame["first"] == frame["second"]]
    if total < MIN_PEOPLE_FOR_RATE:
        return [Missing("diagnosis.paths.missing", "M8", "orders.category", "customers.measure.paths")]
    stayed = estimate_share(int(same.loc[same["first"] != OTHERS, "customers"].sum()), total)
    numbers: Mapping[str, Evidence] = {"stayed": stayed.evidence("diagnosis.paths.same_category", "share")}
    return [Finding("diagnosis.paths.finding", "customers.finding.paths", numbers)]
