"""The comparison of two runs, as a terminal shows it: the summary and the first of each kind; all is on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relops.exhibits import Evidence, name_of, plain, render_sentence
from relops.locale import text
from relops.locale.format import format_date, format_difference, format_value
from relops.lock import ruler_name, ruler_text
from relops.notebook.display import cell_text

MOST_NUMBERS, MOST_FINDINGS, MOST_LINES = 12, 6, 6


class ComparisonView:
    """Prints a comparison (:func:`relops.suite.compare.compare`)."""

    def __init__(self, console: Console, comparison: Mapping[str, Any], language: str):
        self.console, self.comparison, self.language = console, comparison, language

    def show(self) -> None:
        """Print it."""
        self._head()
        self._rulers()
        self._findings()
        self._numbers()
        self._months()
        self._data()

    def _say(self, key: str, **values: Any) -> str:
        return text(f"suite.site.compare.{key}", self.language, **values)

    def _line(self, words: str, style: str = "") -> None:
        self.console.print(words, style=style, markup=False, highlight=False, soft_wrap=True)

    def _head(self) -> None:
        runs = {which: self.comparison[which] for which in ("old", "new")}
        ends = {f"{which}_end": format_date(run["data_end"], self.language) if run["data_end"] else "—"
                for which, run in runs.items()}
        self._line(self._say("head", **ends, **{which: run["run"] for which, run in runs.items()}))
        projects = {which: run["project"] for which, run in runs.items()}
        if len(set(projects.values())) > 1:
            self._line(self._say("projects", **projects), "bold")

    def _rulers(self) -> None:
        rulers = self.comparison["rulers"]
        self._line(self._say("other_rulers" if rulers else "same_rulers"), "bold" if rulers else "")
        for entry in rulers[:MOST_LINES]:
            self._line(f"  {ruler_name(entry['name'], self.language)}: "
                       f"{ruler_text(entry['old'])} → {ruler_text(entry['new'])}")
        self._more(rulers, MOST_LINES)

    def _findings(self) -> None:
        findings = self.comparison["findings"]
        self._line(f"\n{self._say('findings' if findings else 'no_findings')}", "bold")
        for entry in findings[:MOST_FINDINGS]:
            told = entry["new"] or entry["old"]
            numbers = {name: Evidence(**record) for name, record in told["numbers"].items()}
            sentence = plain(render_sentence(told["message"], self.language, numbers, told["words"]))
            self._line(f"  [{self._say(entry['kind'])}] {sentence}")
        self._more(findings, MOST_FINDINGS)

    def _numbers(self) -> None:
        numbers = self.comparison["numbers"]
        beyond = sum(entry["judgement"] == "beyond" for entry in numbers)
        counts = {"count_beyond": beyond, "count_other": len(numbers) - beyond,
                  "count_same": self.comparison["unchanged"]}
        self._line("\n" + " · ".join(f"{self._say(key)} {value:,}" for key, value in counts.items()), "bold")
        table = Table(box=None, pad_edge=False)
        for key, justify in (("number", "left"), ("old", "right"), ("new", "right"), ("difference", "right"),
                             ("judgement", "left")):
            table.add_column(self._say(key), justify=justify, overflow="fold")
        for entry in numbers[:MOST_NUMBERS]:
            table.add_row(*map(escape, self._row(entry)))
        if numbers:
            self.console.print(table)
        self._more(numbers, MOST_NUMBERS)

    def _row(self, entry: Mapping[str, Any]) -> list[str]:
        old, new = (format_value(entry[which]["value"], entry["unit"], self.language) for which in ("old", "new"))
        moved = entry["difference"]
        difference = "" if moved is None else format_difference(moved, entry["unit"], self.language)
        return [name_of(entry["id"], self.language), old, new, difference, self._say(entry["judgement"])]

    def _months(self) -> None:
        months = self.comparison["months"]
        self._line(f"\n{self._say('count_months' if months else 'no_months')}", "bold")
        for entry in sorted(months, key=lambda entry: -abs(entry["new"] - entry["old"]))[:MOST_LINES]:
            unit = self.comparison["money"] if entry["measure"] in ("gross", "refunds", "net") else "count"
            old, new = (format_value(entry[which], unit, self.language) for which in ("old", "new"))
            difference = format_difference(entry["new"] - entry["old"], unit, self.language)
            measure = text(f"data.heading.{entry['measure']}", self.language)
            self._line(f"  {entry['month']} {measure}: {old} → {new} ({difference})")
        self._more(months, MOST_LINES)

    def _data(self) -> None:
        lines = [(kind, way, names) for kind in ("inputs", "sources", "tables", "columns")
                 for way, names in self.comparison[kind].items() if names]
        self._line(f"\n{self._say('data' if lines else 'same_data')}", "bold")
        for kind, way, names in lines:
            shown = "; ".join(self._label(name) for name in names[:MOST_LINES])
            more = " …" if len(names) > MOST_LINES else ""
            self._line(f"  {self._say(f'what.{kind}')} · {self._say(way)}: {shown}{more}")

    def _label(self, name: Any) -> str:
        parts = [name] if isinstance(name, str) else name
        return " · ".join(cell_text(part, "text", self.language) for part in parts)

    def _more(self, entries: list[Any], most: int) -> None:
        if len(entries) > most:
            self._line(f"  {text('cli.compare.more', self.language, count=len(entries) - most)}")
