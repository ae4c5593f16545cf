"""A drawn list and what came of it, as a terminal shows them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relops.locale import text
from relops.locale.format import format_value
from relops.strategies.read_back import LEAKS, UNMATCHED, ReadBack
from relops.strategies.result_file import EVENTS
from relops.suite.assign import Drawn

WORTH_A_LOOK = 0.1  # a standardised difference of means; Austin 2009


def show_drawn(console: Console, drawn: Drawn, language: str) -> None:
    """Print who was drawn, who was left out and why, how the arms compare, and where the list lies."""

    def say(key: str, **values: Any) -> None:
        console.print(text(f"cli.assign.{key}", language, **values), markup=False, highlight=False, soft_wrap=True)

    manifest, plan = drawn.manifest, drawn.draw.plan
    if drawn.before:
        say("same", experiment=plan.id, people=_count(sum(manifest["people"].values()), language),
            hash=manifest["list_sha256"])
    elif drawn.added:
        say("extended", experiment=plan.id, added=_count(drawn.added, language))
    console.print(_arms(manifest, language))
    console.print(_left_out(drawn, language))
    _say_balance(drawn, say, language)
    if plan.channel and plan.channel.capacity_month is not None:
        treated = sum(n for arm, n in drawn.draw.arms.items() if arm != plan.control)
        if treated > plan.channel.capacity_month:
            say("capacity", people=_count(treated, language), channel=plan.channel.id,
                capacity=_count(plan.channel.capacity_month, language))
    if not drawn.before:
        say("written", folder=drawn.folder, hash=manifest["list_sha256"])
    say("next", control=plan.control, experiment=plan.id)
    if plan.experiment is None:
        say("no_experiment", experiment=plan.id)


def show_read_back(console: Console, found: ReadBack, language: str) -> None:
    """Print what the sending tool reports by arm, rows that fit nobody, and contradictions to the draw."""

    def say(key: str, **values: Any) -> None:
        console.print(text(f"cli.assign.{key}", language, **values), markup=False, highlight=False, soft_wrap=True)

    say("read" if found.new else "read_before", files=found.files, rows=_count(found.rows, language))
    kinds = ("people", "reported", *EVENTS)
    table = _table(language, "reported_by_arm", "arm", *kinds)
    for arm, counts in found.arms.items():
        table.add_row(escape(arm), *(_count(counts[kind], language) for kind in kinds))
    console.print(table)
    if found.unmatched:
        say("unmatched", rows=_count(found.unmatched, language), file=found.folder / UNMATCHED)
    for kind, people in found.leaks.items():
        say(kind, people=_count(people, language), file=found.folder / LEAKS)
    say("taken_in")


def _count(number: int, language: str) -> str:
    return format_value(number, "count", language)


def _table(language: str, title: str, *headings: str) -> Table:
    table = Table(title=text(f"cli.assign.{title}", language), title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(text(f"cli.assign.{heading}", language), justify="right" if place else "left")
    return table


def _arms(manifest: Any, language: str) -> Table:
    table = _table(language, "arms", "arm", "share", "people", "actual")
    everyone = sum(manifest["people"].values())
    for arm, people in manifest["people"].items():
        table.add_row(escape(arm), format_value(manifest["arms"][arm], "share", language), _count(people, language),
                      format_value(people / everyone, "share", language))
    return table


def _left_out(drawn: Drawn, language: str) -> Table:
    table = _table(language, "audience", "who", "people")
    table.add_row(text("cli.assign.known", language), _count(drawn.draw.customers, language))
    for reason, people in drawn.draw.left_out.items():
        table.add_row("− " + text(f"strategies.draw.reason.{reason}", language), _count(people, language))
    table.add_row("= " + text("cli.assign.drawn", language), _count(sum(drawn.draw.arms.values()), language))
    return table


def _say_balance(drawn: Drawn, say: Any, language: str) -> None:
    """Say where the arms differ most before the draw, with interval and n."""
    known = drawn.draw.balance.dropna(subset=["difference"])
    if known.empty:
        return
    worst = known.loc[known["difference"].abs().idxmax()]
    say("balance", measure=text(f"strategies.draw.measure.{worst['measure']}", language), arm=worst["arm"],
        difference=f"{worst['difference']:+.3f}", low=f"{worst['low']:+.3f}", high=f"{worst['high']:+.3f}",
        people=_count(int(worst["n"]), language), rows=len(known),
        beyond=int((known["difference"].abs() > WORTH_A_LOOK).sum()), limit=f"{WORTH_A_LOOK:g}")
