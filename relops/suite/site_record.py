"""The run's record as a reader sees it: what went in, with what, how long it took, what was checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from relops.locale import messages
from relops.lock import ruler_name, ruler_text
from relops.suite.site_markup import Voice

Line = tuple[Markup, Markup]


def record_entries(record: Mapping[str, Any], voice: Voice) -> list[dict[str, Any]]:
    """Return the entries of the run's record: message of the label, and a value or labelled lines."""
    def seconds(value: float | None) -> Markup:
        return Markup("") if value is None else voice.say("record.seconds", seconds=value)

    started = record.get("started", "")[:16].replace("T", " ")
    single = {"run": escape(record.get("run", "")), "started": escape(started),
              "duration": seconds(record.get("seconds"))}
    lists = {
        "checks": list(_checks(record.get("checks", ()), voice)),
        "inputs": [_line(name, fingerprint) for name, fingerprint in record.get("inputs", {}).items()],
        "notebooks": [(voice.both(lambda language, entry=entry: title_of(entry, language)),
                       seconds(entry.get("seconds"))) for entry in record.get("notebooks", ())],
        "parameters": [_line(f"{notebook}.{name}", value) for notebook, given in
                       record.get("parameters", {}).items() for name, value in given.items()],
        "settings": [_ruler(name, ruler, voice) for name, ruler in sorted(record.get("rulers", {}).items())],
        "versions": [_line(name, value) for name, value in record.get("versions", {}).items()],
    }
    return [{"message": name, "value": value, "lines": []} for name, value in single.items() if value] + \
        [{"message": name, "value": "", "lines": lines} for name, lines in lists.items() if lines]


def refused_rows(record: Mapping[str, Any], voice: Voice) -> list[dict[str, Any]]:
    """Return how many rows were refused, by table and reason. The rows themselves stay in the private folder."""
    return [{"table": entry["table"], "reason": voice.message(f"data.reason.{entry['reason']}"),
             "rows": entry["rows"]} for entry in record.get("refused", ())]


def title_of(notebook: Mapping[str, Any], language: str) -> str:
    """Return the title of a notebook of the record, or its name."""
    return notebook.get("title", {}).get(language) or notebook["name"]


def _line(label: str, value: Any) -> Line:
    return escape(label), escape(str(value))


def _ruler(name: str, ruler: Mapping[str, Any], voice: Voice) -> Line:
    """Return a frozen ruler: what it is, its value, and since which run."""
    label = Markup('{} <code class="id">{}</code>').format(
        voice.both(lambda language: ruler_name(name, language)), name)
    return label, voice.say("record.frozen", value=ruler_text(ruler["value"]), run=ruler["run"], date=ruler["date"])


def _checks(checks: Iterable[Mapping[str, Any]], voice: Voice) -> Iterator[Line]:
    for check in checks:
        message = f"record.check.{check['name']}"
        label = voice.say(message) if f"suite.site.{message}" in messages("suite") else escape(check["name"])
        against = ", ".join(str(name) for name in check["against"])
        held = voice.say("record.holds") if check["passed"] else voice.say("record.fails", against=against)
        yield label, held
