"""The named segments, their migration and what scores rest on: tables, figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from relops.customers.absence import nothing_if_unavailable
from relops.customers.availability import or_missing
from relops.customers.columns import column, labels
from relops.customers.drawing import money_axis, set_title
from relops.customers.rfm.groups import GROUPS
from relops.customers.rfm.migration import NEWCOMER, ORIGINS, Migration
from relops.customers.rfm.segments import OTHERS, SCALE, TRADE_SEGMENTS, SegmentRule
from relops.customers.saying import Said, lacking
from relops.exhibits import Evidence, Figure, Finding, Table
from relops.locale import text
from relops.locale.format import format_value
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE
from relops.style import GROUP_COLOURS, PALETTE

KNOWN = {rule.name for rule in TRADE_SEGMENTS} | {OTHERS}
ORIGIN_COLOURS = GROUP_COLOURS | {NEWCOMER: PALETTE["sky"]}
TILE_COLOURS = ("#0072B2", "#009E73", "#56B4E9", "#8CC7E8", "#B7DDF0", "#E69F00", "#F0C36A", "#D55E00", "#E69966",
                "#9A9A9A", "#C4C4C4")
LEAST_LABELLED = 0.02


def segment_cells(names: pd.Series, rules: Sequence[SegmentRule]) -> pd.Series:
    """Return segments as cells: the brief's own label or name, a message for the trade's."""
    own = {rule.name: rule.label for rule in rules if rule.label}
    return names.map(lambda name: own.get(name) or (f"@customers.segment.{name}" if name in KNOWN else name))


def segment_label(name: str, rules: Sequence[SegmentRule], language: str) -> str:
    """Return a segment's name in one language."""
    cell = segment_cells(pd.Series([name]), rules).iloc[0]
    return text(cell[1:], language) if cell.startswith("@customers.") else cell


@nothing_if_unavailable
def tabulate_segments(table: pd.DataFrame, currency: str, *, rules: Sequence[SegmentRule]) -> list[Table]:
    """Return the segments with size, revenue and medians, and the ordered rules behind them."""
    money, n = f"money:{currency}", int(table["customers"].sum())
    frame = table.assign(segment=segment_cells(table["segment"], rules))
    columns = (column("segment"), column("customers", "count", "people", people=True), column("share", "share"),
               column("low", "share"), column("high", "share"), column("revenue", money, total=True),
               column("revenue_share", "share", total=True), column("recency_days", "days", "median_recency"),
               column("purchase_days", "count", "median_days_bought"), column("spend", money, "median_spend"))
    if n < MIN_PEOPLE_FOR_RATE:
        frame[["share", "low", "high"]] = None
    boxes = pd.DataFrame([{"order": place, "segment": rule.name, **{
        letter: _box(getattr(rule, letter)) for letter in ("recency", "frequency", "monetary")}}
        for place, rule in enumerate(rules, start=1)])
    boxes["segment"] = segment_cells(boxes["segment"], rules)
    box_columns = (column("order", "count", "rule_order"), column("segment"),
                   *(column(letter, label=f"box_{letter}") for letter in ("recency", "frequency", "monetary")))
    return [Table("rfm.segments.table", "customers.table.segments", frame, columns, n=n),
            Table("rfm.segment_rules.table", "customers.table.segment_rules", boxes, box_columns, n=len(rules))]


def _box(ends: tuple[int, int]) -> str:
    return "—" if ends == (1, SCALE) else str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"


@nothing_if_unavailable
def plot_segments(table: pd.DataFrame, currency: str, *, rules: Sequence[SegmentRule]) -> list[Figure]:
    """Return the treemap of segments by customers and the bars of their medians; segments of fewer than ten people are
    left out."""
    shown = table[table["customers"] >= MIN_PEOPLE].reset_index(drop=True)
    if shown.empty:
        return []
    n = int(table["customers"].sum())
    return [Figure("rfm.segments.figure", "customers.figure.segments.title", "customers.figure.segments.alt",
                   lambda language: draw_treemap(shown, rules, language), shown, n=n),
            Figure("rfm.medians.figure", "customers.figure.medians.title", "customers.figure.medians.alt",
                   lambda language: draw_medians(shown, rules, currency, language), shown, n=n)]


def draw_treemap(shown: pd.DataFrame, rules: Sequence[SegmentRule], language: str) -> Drawing:
    """Draw a tile a segment, as large as its customers are many."""
    import squarify

    ordered = shown.sort_values("customers", ascending=False, kind="stable")
    places = {rule.name: place for place, rule in enumerate(rules)}
    figure, axes = pyplot.subplots()
    tiles = squarify.squarify(squarify.normalize_sizes(ordered["customers"].tolist(), 160, 90), 0, 0, 160, 90)
    for tile, row in zip(tiles, ordered.itertuples(index=False), strict=True):
        colour = TILE_COLOURS[places.get(row.segment, len(TILE_COLOURS) - 1) % len(TILE_COLOURS)]
        axes.add_patch(pyplot.Rectangle((tile["x"], tile["y"]), tile["dx"], tile["dy"], facecolor=colour,
                                        edgecolor="white", linewidth=1.5))
        if tile["dx"] * tile["dy"] > LEAST_LABELLED * 160 * 90:
            dark = colour in ("#0072B2", "#009E73", "#D55E00")
            axes.text(tile["x"] + tile["dx"] / 2, tile["y"] + tile["dy"] / 2,
                      f"{segment_label(row.segment, rules, language)}\n{format_value(row.share, 'share', language)}",
                      ha="center", va="center", fontsize=7.5, color="white" if dark else PALETTE["black"])
    axes.set(xlim=(0, 160), ylim=(0, 90))
    axes.axis("off")
    set_title(figure, "segments", language, {})
    return figure


def draw_medians(shown: pd.DataFrame, rules: Sequence[SegmentRule], currency: str, language: str) -> Drawing:
    """Draw the median of R, F and M of each segment, three panels side by side."""
    figure, panels = pyplot.subplots(1, 3, sharey=True)
    places = np.arange(len(shown))
    for axes, (key, letter), colour in zip(panels, (("recency_days", "recency"), ("purchase_days", "frequency"),
                                                    ("spend", "monetary")), ("orange", "green", "blue"), strict=True):
        axes.barh(places, shown[key], color=PALETTE[colour], height=0.7)
        axes.set_title(text(f"customers.figure.medians.{letter}", language), fontsize=9)
        axes.locator_params(axis="x", nbins=4)
        axes.grid(visible=False, axis="y")
    panels[0].set_yticks(places, [segment_label(name, rules, language) for name in shown["segment"]], fontsize=8)
    panels[0].invert_yaxis()
    money_axis(panels[2].xaxis, currency, language)
    set_title(figure, "medians", language, {})
    return figure


@or_missing("rfm.segments.missing", "customers.measure.segments")
def say_segments(table: pd.DataFrame, currency: str, *, rules: Sequence[SegmentRule]) -> Said:
    """Say which segment brings most revenue, which holds most customers, and how many are at stake at low recency."""
    n = int(table["customers"].sum())
    thick = table[table["customers"] >= MIN_PEOPLE]
    if n < MIN_PEOPLE_FOR_RATE or thick.empty or not table["revenue"].sum() > 0:
        return [lacking("rfm", "M8", "segments")]
    numbers, words = {}, {}
    for name, most in (("rich", "revenue"), ("large", "customers")):
        row = thick.loc[thick[most].idxmax()]
        subject = f"rfm.segment.{row['segment']}"
        words[name] = _word(row["segment"], rules)
        numbers |= {
            f"{name}_customers": Evidence(f"{subject}.customers", int(row["customers"]), "customers", n=n),
            f"{name}_share": Evidence(f"{subject}.share", row["share"], "share", row["low"], row["high"], 0.95, n),
            f"{name}_revenue": Evidence(f"{subject}.revenue", row["revenue"], f"money:{currency}",
                                        n=int(row["customers"])),
            f"{name}_revenue_share": Evidence(f"{subject}.revenue_share", row["revenue_share"], "share", n=n)}
    return [Finding("rfm.segments.finding", "customers.finding.segments", numbers, words,
                    worth=numbers["rich_revenue"])]


def _word(name: str, rules: Sequence[SegmentRule]) -> str:
    cell = segment_cells(pd.Series([name]), rules).iloc[0]
    return cell[1:] if cell.startswith("@customers.") else f"={cell}"


@nothing_if_unavailable
def tabulate_migration(result: Migration) -> list[Table]:
    """Return the migration matrix, a row a move. Moves of fewer than ten people stand together with the next larger one
    of the same group: alone, the rest of the group would give them away."""
    frame = pd.concat([_listed(part) for _, part in result.cells.groupby("origin", sort=False)])
    if frame.empty:
        return []
    frame = frame.assign(origin=labels("origin", frame["origin"]), destination=labels("group", frame["destination"]))
    columns = (column("origin"), column("destination"), column("customers", "count", "people", people=True),
               column("of", "count", "move_of"), *(column(key, "share", "move_share" if key == "share" else key,
                                                         rate_of="of") for key in ("share", "low", "high")))
    return [Table("rfm.migration.table", "customers.table.migration", frame, columns,
                  n=int(result.cells["customers"].sum()))]


def _listed(moves: pd.DataFrame) -> pd.DataFrame:
    """The moves of one group, small ones merged until they are ten people; none where the group has fewer."""
    moves = moves[moves["customers"] > 0].sort_values("customers")
    running = moves["customers"].cumsum()
    small = moves["customers"] < MIN_PEOPLE
    if not small.any():
        return moves.sort_index()
    if running.iloc[-1] < MIN_PEOPLE:
        return moves.iloc[:0]
    merged = small | (running.shift(fill_value=0) < MIN_PEOPLE)
    row = moves[merged].iloc[[0]].assign(destination="rest", customers=moves.loc[merged, "customers"].sum(), low=np.nan,
                                         high=np.nan)
    return pd.concat([moves[~merged].sort_index(), row.assign(share=row["customers"] / row["of"])])


@nothing_if_unavailable
def plot_migration(result: Migration) -> list[Figure]:
    """Return the moves as a flow from the earlier day to the later one; flows of fewer than ten people are not
    drawn."""
    shown = result.cells[result.cells["customers"] >= MIN_PEOPLE]
    if shown.empty:
        return []
    numbers = {"months": Evidence("rfm.migration.months", result.months, "months")}
    return [Figure("rfm.migration.figure", "customers.figure.migration.title", "customers.figure.migration.alt",
                   lambda language: draw_migration(shown, language, numbers), shown, numbers,
                   n=int(result.cells["customers"].sum()))]


def draw_migration(shown: pd.DataFrame, language: str, numbers: Mapping[str, Evidence]) -> Drawing:
    """Draw an alluvial diagram: groups of the earlier day on the left, of the later one on the right."""
    figure, axes = pyplot.subplots()
    gap = 0.03 * shown["customers"].sum()
    left = _stack(shown.groupby("origin")["customers"].sum().reindex(ORIGINS).dropna(), gap)
    right = _stack(shown.groupby("destination")["customers"].sum().reindex(GROUPS).dropna(), gap)
    start, end = dict(left), dict(right)
    for origin in left:
        for row in shown[shown["origin"] == origin].itertuples(index=False):
            flow = _flow(axes, start[origin], end[row.destination], row.customers)
            flow.set(facecolor=ORIGIN_COLOURS[origin], alpha=0.45, linewidth=0)
            start[origin] -= row.customers
            end[row.destination] -= row.customers
    for side, tops, kind, align in ((0, left, "origin", "right"), (1, right, "group", "left")):
        sizes = shown.groupby("origin" if side == 0 else "destination")["customers"].sum()
        for name, top in tops.items():
            axes.add_patch(pyplot.Rectangle((side - 0.015, top - sizes[name]), 0.03, sizes[name],
                                            facecolor=ORIGIN_COLOURS[name]))
            # no counts: beside the totals of the groups they would give the flows left out away
            axes.text(side + (0.03 if side else -0.03), top - sizes[name] / 2,
                      text(f"customers.{kind}.{name}", language), ha=align, va="center", fontsize=8.5)
    axes.set(xlim=(-0.35, 1.35))
    axes.axis("off")
    set_title(figure, "migration", language, numbers)
    return figure


def _stack(sizes: pd.Series, gap: float) -> dict[str, float]:
    """The top of each block, the first one highest."""
    tops, top = {}, float(sizes.sum() + gap * (len(sizes) - 1))
    for name, size in sizes.items():
        tops[name] = top
        top -= size + gap
    return tops


def _flow(axes: Axes, top_left: float, top_right: float, width: float):
    x = np.linspace(0, 1, 24)
    bend = x**2 * (3 - 2 * x)
    upper = top_left + (top_right - top_left) * bend
    return axes.fill_between(x, upper - width, upper)


@or_missing("rfm.migration.missing", "customers.measure.migration")
def say_migration(result: Migration) -> Said:
    """Say what became of the loyal and of the churned between the two days."""
    numbers: dict[str, Evidence] = {
        "months": Evidence("rfm.migration.months", result.months, "months"),
        "earlier": Evidence("rfm.migration.earlier", result.earlier, "date")}
    for name, origin, destination in (("kept", "loyal", "loyal"), ("lost", "loyal", "churned"),
                                      ("back", "dormant", "loyal")):
        cell = result.cell(origin, destination)
        if cell["of"] < MIN_PEOPLE_FOR_RATE:
            return [lacking("rfm", "M8", "migration")]
        numbers[name] = Evidence(f"rfm.migration.{origin}.{destination}", cell["share"], "share", cell["low"],
                                 cell["high"], 0.95, int(cell["of"]))
    return [Finding("rfm.migration.finding", "customers.finding.migration", numbers)]
