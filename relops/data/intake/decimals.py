"""Whether 1.250 is a thousand or a unit: told by the file's other numbers, else asked once for the folder."""

from __future__ import annotations

import re
from collections.abc import Sequence

from relops.data.bases import AMOUNTS
from relops.data.guess_state import read_all
from relops.data.intake.draft import Draft
from relops.data.intake.questions import Ask, Question
from relops.data.intake.recognised import named
from relops.data.notes import note

MARKS = r"[-+()\s¥￥€$£]|EUR|CHF"
GROUPS, WHOLE, COMMA = r"\d{1,3}(?:\.\d{3})+", r"\d+", r"(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}"


def ask_decimals(drafts: Sequence[Draft], ask: Ask) -> None:
    """Settle the decimal mark of sources whose files part cells by semicolons, as is done where commas part decimals,
    and whose amounts bear points between groups of three alone."""
    unclear = {draft.group.names[0]: (draft, facts) for draft in drafts if (facts := _unclear(draft))}
    if not unclear:
        return
    facts = tuple((name, header, example) for name, (_, found) in unclear.items() for header, example in found.items())
    answer = ask(Question("decimal", "decimal", ("comma", "point"), "comma", facts))
    for draft, _ in unclear.values():
        draft.source["decimal"] = answer
        draft.notes["decimal"] = note("decimal", way=f"@intake.choice.decimal_{answer}")


def _unclear(draft: Draft) -> dict[str, str]:
    """Return the headers of amounts that can be read in two ways, each with an example."""
    if not all(form.kind == "text" and form.separator == ";" for form in draft.group.forms):
        return {}
    rules = [rule for column, rule in draft.source["columns"].items() if column in AMOUNTS]
    asked = list(dict.fromkeys(header for rule in rules for header in named(rule, draft.group.headers)))
    examples, clear = {}, set()
    for chunk in read_all(draft.group.forms, list(draft.group.headers)):
        for header in chunk:
            cells = chunk[header].str.replace(re.compile(MARKS), "", regex=True)
            cells = cells[cells != ""].drop_duplicates()
            numbers = cells.str.fullmatch(f"{COMMA}|{GROUPS}|{WHOLE}").all()
            if numbers and cells.str.fullmatch(COMMA).any():
                return {}  # commas part decimals here, so points part thousands
            if header in asked:
                groups = cells[cells.str.fullmatch(GROUPS)]
                examples |= {header: str(groups.iloc[0])} if len(groups) and header not in examples else {}
                clear |= set() if cells.str.fullmatch(f"{GROUPS}|{WHOLE}").all() else {header}
    return {header: example for header, example in examples.items() if header not in clear}
