"""The result of a check, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relops.data.audit import CLASSES, Audit
from relops.data.control import TOLERANCE
from relops.exhibits import Finding, plain, render_finding
from relops.exhibits import Table as Exhibit
from relops.locale import messages, text
from relops.locale.format import format_money, format_period, format_value
from relops.notebook.display import cell_text
from relops.suite.check import CheckResult

MOST_HEADINGS = 12
CONTROL = ("month", "whole", "gross", "own_sales", "difference", "share")


def show_check(console: Console, result: CheckResult, language: str) -> None:
    """Print what data and brief support."""

    def say(key: str, **values: Any) -> str:
        return text(f"cli.check.{key}", language, **values)

    audit = result.audit
    if audit.data_start and audit.data_end:
        console.print(say("period", period=format_period(audit.data_start, audit.data_end, language)))
    classes = ("rows_in", *CLASSES)
    table = _table(say("rows"), [say("table"), *(say(name) for name in classes)], numbers_from=1)
    for count in audit.counts:
        numbers = (getattr(count, name) for name in classes)
        table.add_row(escape(f"{count.table} ({count.source})"),
                      *(format_value(number, "count", language) for number in numbers))
    console.print(table)
    if audit.refunds.records:
        money = {name: format_money(getattr(audit.refunds, name), audit.currency, language)
                 for name in ("total", "matched", "unmatched")}
        console.print(say("refunds", **money))
    show_reasons(console, audit, language)
    if audit.knows_nobody:
        console.print(text("intake.view.nobody", language), style="yellow", soft_wrap=True, markup=False)
    if result.quarantine:
        console.print(say("quarantine", folder=result.quarantine), soft_wrap=True, markup=False)
    _print_control(console, result.control, language)
    if result.merges:
        merges = format_value(audit.identity.held, "count", language)
        console.print(say("merges", merges=merges, file=result.merges), soft_wrap=True, markup=False)
    console.print(_notebooks(result, language))
    _print_waiting(console, result, language)
    console.print(say("good"), style="bold")


def _print_control(console: Console, control: Sequence[Finding | Exhibit], language: str) -> None:
    """Print the client's own monthly totals beside ours, and what the difference means."""
    for exhibit in control:
        if isinstance(exhibit, Finding):
            console.print(plain(render_finding(exhibit, language)), soft_wrap=True, markup=False, highlight=False)
            continue
        shown = {column.key: column for column in exhibit.columns if column.key in CONTROL}
        table = _table(text(exhibit.title, language), [text(shown[key].label, language) for key in CONTROL], 2)
        for row in exhibit.frame[list(CONTROL)].itertuples(index=False):
            table.add_row(*(cell_text(cell, column.unit, language) for cell, column in zip(
                row, (shown[key] for key in CONTROL), strict=True)))
        console.print(table)
    if control:
        tolerance = format_value(TOLERANCE, "share", language)
        console.print(text("cli.check.tolerance", language, tolerance=tolerance), soft_wrap=True, markup=False)


def show_reasons(console: Console, audit: Audit, language: str) -> None:
    """Print which rows were refused and which are used with a doubt, with the first line of each."""
    for key, rows in (("refused", audit.refusals), ("warnings", audit.warnings)):
        if rows:
            console.print(_reasons(text(f"cli.check.{key}", language), rows, language))


def _table(title: str, headings: list[str], numbers_from: int) -> Table:
    table = Table(title=title, title_justify="left")
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position >= numbers_from else "left", overflow="fold")
    return table


def _reasons(title: str, rows: Any, language: str) -> Table:
    headings = [text(f"cli.check.{key}", language) for key in ("table", "column", "reason", "first", "count")]
    table = _table(title, headings, numbers_from=4)
    for row in rows:
        known = f"data.reason.{row.reason}"
        reason = text(known, language) if known in messages("data") else row.reason
        table.add_row(escape(f"{row.table} ({row.source})"), escape(row.column), escape(reason),
                      escape(f"{row.file}:{row.line}"), format_value(row.rows, "count", language))
    return table


def _notebooks(result: CheckResult, language: str) -> Table:
    headings = [text(f"cli.check.{key}", language) for key in ("notebook", "support")]
    table = _table(text("cli.check.notebooks", language), headings, numbers_from=2)
    for node in result.graph.values():
        lacking = [name for name in node.tables if name not in result.present]
        lacking += ["orders.customer_id"] if "orders" in node.tables and result.audit.knows_nobody else []
        support = text("cli.check.lacking", language, tables=", ".join(lacking)) if lacking else text(
            "cli.check.supported", language)
        table.add_row(escape(f"{node.name} {node.title.get(language, '')}"), escape(support))
    return table


def _print_waiting(console: Console, result: CheckResult, language: str) -> None:
    """Print what the headings of the plans wait for."""
    if not result.waiting:
        return
    headings = [text(f"cli.check.{key}", language) for key in ("lacks", "headings")]
    table = _table(text("cli.check.waiting", language), headings, numbers_from=2)
    for name, ids in result.waiting.items():
        shown = ", ".join(ids[:MOST_HEADINGS]) + (" …" if len(ids) > MOST_HEADINGS else "")
        table.add_row(escape(name), shown)
    console.print(table)
