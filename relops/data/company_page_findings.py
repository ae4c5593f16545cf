"""The company at a glance, said in sentences, tables and two figures."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import pandas as pd

from relops.data.company_page import LEVEL, NOT_RECORDED, Basket, Buyers, CompanyPage, Estimate, NetPromoters
from relops.exhibits import Column, Evidence, Figure, Finding, Table, plain, render_sentence
from relops.locale import messages, text
from relops.locale.format import format_value
from relops.store import OTHER
from relops.style import HEIGHT_IN, PALETTE, WIDTH_IN

BAR_IN = 0.3
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")


def company_exhibits(page: CompanyPage, currency: str) -> list[Any]:
    """Return all that the page can show; nothing for a part that is None."""
    exhibits: list[Any] = []
    if page.channels is not None:
        exhibits += [*_plot_channels(page.channels), channel_table(page.channels, currency)]
    if page.basket is not None:
        exhibits.append(say_basket(page.basket, currency))
    if page.buyers is not None:
        exhibits.append(say_buyers(page.buyers))
    if page.season is not None:
        exhibits += [say_season(page.season), plot_season(page.season)]
    if page.net_promoters is not None:
        exhibits.append(say_net_promoters(page.net_promoters))
    if page.causes is not None:
        exhibits += [*say_causes(page.causes), cause_table(page.causes)]
    return exhibits


def _estimate(name: str, estimate: Estimate, unit: str, n: int, rows: str) -> Evidence:
    return Evidence(name, estimate.value, unit, low=estimate.low, high=estimate.high, level=LEVEL, n=n,
                    filter=rows)


def _first(frame: pd.DataFrame, label: str) -> pd.Series | None:
    named = frame[~frame[label].isin([NOT_RECORDED, OTHER])]
    return None if named.empty else named.iloc[0]


def _named(cell: str) -> str:
    """Return a word of the data as the message that says it in both languages, the client's own words as they are."""
    known = f"data.company.word.{cell}"
    return f"@{known}" if known in messages("data") else cell


def _word(cell: str) -> str:
    """Return a word of the data as a word of a sentence."""
    named = _named(cell)
    return named[1:] if named.startswith("@") else f"={named}"


def channel_table(channels: pd.DataFrame, currency: str) -> Table:
    """Return orders, revenue and order value by channel."""
    columns = (Column("channel", "data.company.heading.channel"),
               Column("orders", "data.heading.orders", "count", total=True),
               Column("order_share", "data.company.heading.order_share", "share"),
               Column("net", "data.heading.net", f"money:{currency}", total=True),
               Column("net_share", "data.company.heading.net_share", "share"),
               Column("median", "data.company.heading.median", f"money:{currency}"))
    return Table("data.channels.table", "data.company.title.channels",
                 channels.assign(channel=channels["channel"].map(_named)), columns,
                 n=int(channels["orders"].sum()))


def _plot_channels(channels: pd.DataFrame) -> list[Figure]:
    first = _first(channels, "channel")
    return [] if first is None else [plot_channels(channels, first)]


def plot_channels(channels: pd.DataFrame, first: pd.Series) -> Figure:
    """Return the share of orders by channel as bars, largest on top; ``first`` is the row the title names."""
    orders = int(channels["orders"].sum())
    numbers = {"first": Evidence("data.channels.first", first["channel"], "text", n=orders),
               "share": Evidence("data.channels.first_share", float(first["order_share"]), "share", n=orders)}
    words = {"channel": _word(first["channel"])}
    draw = functools.partial(_draw_channels, channels, numbers, words)
    return Figure("data.channels.figure", "data.company.figure.channels", "data.company.figure.channels_alt", draw,
                  channels, numbers, n=orders, words=words)


def _draw_channels(channels: pd.DataFrame, numbers: Mapping[str, Evidence], words: Mapping[str, str],
                   language: str) -> Any:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 1.1 + BAR_IN * max(len(channels), 3)))
    places = range(len(channels))
    axes.barh(places, channels["order_share"], color=PALETTE["blue"])
    for place, share in enumerate(channels["order_share"]):
        axes.text(share + 0.01, place, format_value(share, "share", language), va="center", fontsize=8)
    axes.set_yticks(places, [_shown(cell, language) for cell in channels["channel"]])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(lambda value, _: format_value(value, "share", language).replace(".0", ""))
    axes.set_xlabel(text("data.company.heading.order_share", language))
    axes.grid(False, axis="y")
    _set_title(figure, plain(render_sentence("data.company.figure.channels", language, numbers, words)))
    return figure


def _shown(cell: str, language: str) -> str:
    if cell == OTHER:
        return text("locale.other", language)
    named = _named(cell)
    return text(named[1:], language) if named.startswith("@") else named.replace("$", r"\$")


def _set_title(figure: Any, title: str) -> None:
    figure.get_layout_engine().set(w_pad=0.06)
    figure.suptitle(title.replace("$", r"\$"), x=0.01, ha="left", fontsize=11)


def say_basket(basket: Basket, currency: str) -> Finding:
    """Return median and mean order value with their intervals."""
    money, rows = f"money:{currency}", "amount > 0, before refunds"
    numbers = {"median": _estimate("data.basket.median", basket.median, money, basket.orders, rows),
               "mean": _estimate("data.basket.mean", basket.mean, money, basket.orders, rows)}
    case = "skewed" if basket.mean.low > basket.median.high else "level"
    return Finding("data.basket.finding", f"data.company.finding.basket.{case}", numbers)


def say_season(season: pd.DataFrame) -> Finding:
    """Return the strongest and the weakest month of the year."""
    numbers, words = _season_ends(season)
    return Finding("data.season.finding", "data.company.finding.season", numbers, words)


def _season_ends(season: pd.DataFrame) -> tuple[dict[str, Evidence], dict[str, str]]:
    months = int(season["years"].sum())
    ends = {"highest": season.loc[season["index"].idxmax()], "lowest": season.loc[season["index"].idxmin()]}
    numbers = {name: Evidence(f"data.season.{name}", float(row["index"]), "ratio", n=months,
                              filter="@data.filter.whole_months")
               for name, row in ends.items()}
    return numbers, {f"{name}_month": f"data.company.month.{MONTHS[int(row['month']) - 1]}"
                     for name, row in ends.items()}


def plot_season(season: pd.DataFrame) -> Figure:
    """Return the index of orders by month of the year."""
    numbers, _words = _season_ends(season)
    return Figure("data.season.figure", "data.company.figure.season", "data.company.figure.season_alt",
                  functools.partial(_draw_season, season), season, numbers, n=int(season["years"].sum()))


def _draw_season(season: pd.DataFrame, language: str) -> Any:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(WIDTH_IN, HEIGHT_IN - 0.6))
    axes.bar(season["month"], season["index"], color=PALETTE["blue"])
    axes.axhline(1, color=PALETTE["black"], linewidth=0.8)
    axes.set_xticks(season["month"], [text(f"data.company.short.{name}", language) for name in MONTHS])
    axes.set_ylabel(text("data.company.figure.season_axis", language))
    axes.grid(False, axis="x")
    _set_title(figure, text("data.company.figure.season", language))
    return figure


def say_buyers(buyers: Buyers) -> Finding:
    """Return the repeat rate and purchase days per customer, of customers who are known."""
    rows = "purchase_days >= 1"
    numbers = {name: _estimate(f"data.buyers.{name}", getattr(buyers, name), unit, buyers.customers, rows)
               for name, unit in (("repeat_rate", "share"), ("days_per_customer", "ratio"))}
    return Finding("data.buyers.finding", "data.company.finding.buyers", numbers)


def say_net_promoters(found: NetPromoters) -> Finding:
    """Return the net promoter score with its interval; that the answers are too few, where they are."""
    name, rows = "satisfaction.nps", "kind = nps, scale_max = 10"
    if found.score is None:
        few = Evidence(name, None, "points", filter=rows, tag="N")
        return Finding(f"{name}.finding", "data.company.finding.net_promoters.few", {"score": few})
    numbers = {"score": _estimate(name, found.score, "points", found.answers, rows),
               "answers": Evidence("satisfaction.nps.answers", found.answers, "rows", n=found.rows, filter=rows),
               "rows": Evidence("satisfaction.nps.rows", found.rows, "rows", n=found.rows, filter="kind = nps")}
    case = "above" if found.score.low > 0 else "below" if found.score.high < 0 else "even"
    return Finding(f"{name}.finding", f"data.company.finding.net_promoters.{case}", numbers)


def cause_table(causes: pd.DataFrame) -> Table:
    """Return tickets by category, and how many of them are still open where that is recorded."""
    still_open = (Column("open", "data.company.heading.open", "count", total=True),) if "open" in causes else ()
    columns = (Column("category", "data.company.heading.category"),
               Column("tickets", "data.company.heading.tickets", "count", total=True),
               Column("share", "data.company.heading.ticket_share", "share"), *still_open)
    return Table("ticket.causes.table", "data.company.title.causes",
                 causes.assign(category=causes["category"].map(_named)), columns,
                 n=int(causes["tickets"].sum()))


def say_causes(causes: pd.DataFrame) -> list[Finding]:
    """Return the category with most tickets; nothing where none is large enough to be named."""
    first, tickets = _first(causes, "category"), int(causes["tickets"].sum())
    if first is None:
        return []
    numbers = {"first": Evidence("ticket.causes.first", first["category"], "text", n=tickets),
               "share": Evidence("ticket.causes.first_share", float(first["share"]), "share", n=tickets),
               "tickets": Evidence("ticket.causes.tickets", tickets, "count", n=tickets)}
    return [Finding("ticket.causes.finding", "data.company.finding.causes", numbers,
                    {"category": _word(first["category"])})]
