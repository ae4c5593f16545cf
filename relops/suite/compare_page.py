"""The comparison of two runs as a page and as ``.json``: what matters first, the rest behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from relops.exhibits import Evidence, name_of
from relops.locale import text
from relops.locale.format import format_date, format_difference, format_interval, format_value
from relops.lock import ruler_name, ruler_text
from relops.notebook.display import cell_text
from relops.suite.record import write_json
from relops.suite.site_markup import Voice
from relops.suite.site_page import write_page

BEYOND = "beyond"
WAYS = ("came", "went", "hidden", "changed")
MONEY = ("gross", "refunds", "net")


def write_comparison(folder: Path, name: str, comparison: Mapping[str, Any], client: str,
                     languages: Iterable[str]) -> Path:
    """Write ``<name>.html`` and ``<name>.json`` into ``folder`` and return the path of the page.

    ``name`` is changes, rulers_moved or comparison, and says what stands above it.
    """
    write_json(folder / f"{name}.json", comparison)
    voice = Voice(languages)
    heading = "runs" if name == "comparison" else name
    titles = {language: text("suite.site.title", language, client=client,
                             name=text(f"suite.site.compare.{heading}", language)) for language in voice.languages}
    content = ComparisonPage(comparison, voice).content()
    return write_page(folder / f"{name}.html", "compare.html.j2", content | {
        "titles": titles, "heading": heading, "in_run": name != "comparison",
        "data_file": f"{name}.json"}, voice, client)


class ComparisonPage:
    """A comparison (:func:`relops.suite.compare.compare`) in words, in every language of a report."""

    def __init__(self, comparison: Mapping[str, Any], voice: Voice):
        self.comparison, self.voice = comparison, voice

    def content(self) -> dict[str, Any]:
        """Return what the template prints."""
        numbers = [(entry["judgement"] == BEYOND, self._number(entry)) for entry in self.comparison["numbers"]]
        found = {
            "head": self._head(), "projects": self._projects(),
            "beyond": [row for is_beyond, row in numbers if is_beyond],
            "other": [row for is_beyond, row in numbers if not is_beyond],
            "findings": [self._finding(entry) for entry in self.comparison["findings"]],
            "months": [self._month(entry) for entry in self.comparison["months"]],
            "rulers": [self._ruler(entry) for entry in self.comparison["rulers"]],
            "data": [line for kind in ("inputs", "sources", "tables", "columns") for line in self._data(kind)],
            "ids": self._lines("numbers", self.comparison),
        }
        counts = {name: len(found[name]) for name in ("findings", "beyond", "months", "rulers", "other")}
        return found | {"counts": counts | {"same": self.comparison["unchanged"]}}

    def _head(self) -> Markup:
        def write(language: str) -> str:
            runs = {which: self.comparison[which] for which in ("old", "new")}
            ends = {f"{which}_end": format_date(run["data_end"], language) if run["data_end"] else "—"
                    for which, run in runs.items()}
            return text("suite.site.compare.head", language, **ends,
                        **{which: run["run"] for which, run in runs.items()})

        return self.voice.both(write)

    def _projects(self) -> Markup:
        names = {which: self.comparison[which]["project"] for which in ("old", "new")}
        return Markup("") if len(set(names.values())) == 1 else self.voice.say("compare.projects", **names)

    def _number(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        unit, both = entry["unit"], self.voice.both
        old, new = (both(lambda language, which=which: format_value(entry[which]["value"], unit, language))
                    for which in ("old", "new"))
        return {
            "id": entry["id"], "name": both(lambda language: name_of(entry["id"], language)), "old": old, "new": new,
            "difference": "" if entry["difference"] is None else both(
                lambda language: format_difference(entry["difference"], unit, language)),
            "interval": self._interval(entry), "judgement": self.voice.say(f"compare.{entry['judgement']}"),
            "sign": entry["judgement"],
        }

    def _interval(self, entry: Mapping[str, Any]) -> Markup:
        if entry["low"] is None:
            return Markup("")
        in_points = entry["unit"] == "share" and entry["method"] == "difference"
        scale, unit = (100, "points") if in_points else (1, entry["unit"])
        between = self.voice.both(lambda language: format_interval(
            scale * entry["low"], scale * entry["high"], unit, language))
        return Markup('{} <span class="unit">{}</span>').format(
            between, self.voice.say(f"compare.method.{entry['method']}"))

    def _finding(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": entry["id"], "kind": entry["kind"], "sentences": [
            (which, self._sentence(entry[which])) for which in ("old", "new") if entry[which]]}

    def _sentence(self, told: Mapping[str, Any]) -> Markup:
        numbers = {name: Evidence(**record | {"period": tuple(record["period"]) if record["period"] else None})
                   for name, record in told["numbers"].items()}
        return self.voice.message(told["message"], numbers, told["words"], plain=True)

    def _month(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        unit = self.comparison["money"] if entry["measure"] in MONEY else "count"
        old, new = (self.voice.cell(entry[which], unit) for which in ("old", "new"))
        return {
            "month": entry["month"], "old": old, "new": new,
            "measure": self.voice.both(lambda language: text(f"data.heading.{entry['measure']}", language)),
            "difference": self.voice.both(
                lambda language: format_difference(entry["new"] - entry["old"], unit, language)),
        }

    def _ruler(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": self.voice.both(lambda language: ruler_name(entry["name"], language)), "id": entry["name"],
                "old": ruler_text(entry["old"]), "new": ruler_text(entry["new"])}

    def _data(self, kind: str) -> list[dict[str, Any]]:
        return self._lines(kind, self.comparison[kind])

    def _lines(self, kind: str, moved: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what came, went or changed of one kind of thing; nothing where nothing did."""
        return [{"what": self.voice.say(f"compare.what.{kind}"), "way": self.voice.say(f"compare.{way}"),
                 "names": [self._label(name) for name in moved[way]]} for way in WAYS if moved.get(way)]

    def _label(self, name: Any) -> Markup:
        """Return the label of a thing: a column stands with its table, each by its message or as it is."""
        parts = [name] if isinstance(name, str) else name
        shown = [self.voice.both(lambda language, part=part: cell_text(part, "text", language)) for part in parts]
        return escape(" · ").join(shown)
