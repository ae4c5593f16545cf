"""Whether 1.250 is a thousand or a unit: told by the file's other numbers, else asked once for the folder."""

from __future__ import annotations

from collections.abc import Sequence

from relops.data.bases import AMOUNTS
from relops.data.guess_state import read_all
from relops.data.intake.draft import Draft
from relops.data.intake.questions import Ask, Question
from relops.data.intake.recognised import named
from relops.data.notes import note
from relops.data.readers.decimals import COMMA, GROUPS, INTEGER, WHOLE, WRITTEN


def ask_decimals(drafts: Sequence[Draft], ask: Ask) -> None:
    """Settle the decimal mark of sources whose files part cells by no commas, and whose amounts bear points between
    groups of three alone."""
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
    if any(form.kind == "text" and form.separator == "," for form in draft.group.forms):
        return {}
    rules = [rule for column, rule in draft.source["columns"].items() if column in AMOUNTS]
    asked = list(dict.fromkeys(header for rule in rules for header in named(rule, draft.group.headers)))
    if not asked:
        return {}
    examples, clear, written = {}, set(), set()
    by_semicolon = all(form.separator == ";" for form in draft.group.forms)
    for chunk in read_all(draft.group.forms, asked):
        for header in chunk:
            cells = chunk[header][chunk[header] != ""]
            groups = cells[cells.str.fullmatch(GROUPS)]
            examples |= {header: str(groups.iloc[0])} if len(groups) and header not in examples else {}
            clear |= set() if cells.str.fullmatch(f"{GROUPS}|{INTEGER}").all() else {header}
            written |= {header} if by_semicolon or cells.str.fullmatch(WRITTEN).any() else set()
    unclear = {header: example for header, example in examples.items() if header in written - clear}
    # the door takes commas of text files alone for a sign: cells of a workbook may be computed
    return {} if unclear and all(form.kind == "text" for form in draft.group.forms) and _has_commas(draft) else unclear


def _has_commas(draft: Draft) -> bool:
    """Return whether commas part decimals in some column, so that points part thousands."""
    seen: dict[str, tuple[bool, bool]] = {}
    for chunk in read_all(draft.group.forms, list(draft.group.headers)):
        for header in chunk:
            cells, (numbers, commas) = chunk[header][chunk[header] != ""], seen.get(header, (True, False))
            seen[header] = (numbers and bool(cells.str.fullmatch(f"{COMMA}|{WHOLE}").all()),
                            commas or bool(cells.str.fullmatch(COMMA).any()))
    return any(numbers and commas for numbers, commas in seen.values())
