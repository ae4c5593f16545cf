"""Why an unknown file bears no column of what it should: no table, letters that were lost, formulas in its cells."""

from __future__ import annotations

import re

from relops.data.folding import fold
from relops.data.guess_state import Guess
from relops.data.headers import found_by_header, headers, normal
from relops.data.readers.layout import MONTH_NAME
from relops.errors import Problem

# of the answer that a server gives in place of a file
ANSWER = {"error", "errors", "code", "message", "errcode", "errmsg", "error_code", "error_msg", "error_message",
          "error_description", "msg", "detail", "status", "success", "request_id", "trace_id", "timestamp", "path"}
NO_VALUE = re.compile(r"=[^\"]|#(REF|VALUE|NAME|DIV/0|NUM|SPILL|CALC)[!?]")
# the bytes of one letter of UTF-8, each shown as a Western European sign
PAIRS = re.compile("[Ã-ô][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
# a header that is a month: 3月, 2024-03, 202403, Mar, Mar-24, March 2024
MONTH = re.compile(r"((20)?\d\d\s*[-/.年]?\s*)?(0?[1-9]|1[0-2])\s*月份?|20\d\d\s*[-/.年]?\s*(0[1-9]|1[0-2]|[1-9])|"
                   rf"{MONTH_NAME}([-/ ']*(20)?\d\d)?")
FEWEST_MONTHS = 3
LOST = ("\ufffd", "锟斤拷", "烫烫", "ï¿½")


def why_unlike(guess: Guess, lacking: list[str]) -> list[Problem]:
    """Return what is wrong with a file in which the columns ``lacking`` were not found, nothing where it is sound."""
    place, names = str(guess.form.path), guess.form.names
    if len(names) > 1 and all(normal(name) in ANSWER for name in names):
        return [Problem("data.guess.server_answer", place, {"headers": ", ".join(names)})]
    garbled = [name for name in names if is_garbled(name)]
    if garbled:
        return [Problem("data.guess.garbled", place, {"headers": ", ".join(garbled)})]
    months = [name for name in names if MONTH.fullmatch(fold(name).strip())]
    if len(months) >= FEWEST_MONTHS:
        return [Problem("data.guess.crosstab", place, {"months": ", ".join(months)})]
    problems = []
    for column in lacking:
        for name, _ in found_by_header(names, headers()[guess.table].get(column, [])):
            cells = guess.evidence.get(name)
            if cells and NO_VALUE.match(cells.example):
                problems.append(Problem("data.guess.no_values", place, {"header": name, "example": cells.example}))
    return problems


def is_garbled(name: str) -> bool:
    """Return whether letters of a text were lost, or UTF-8 was read as Western European and saved again."""
    if any(mark in name for mark in LOST) or len(PAIRS.findall(name)) > 1:
        return True
    try:
        return len(name.encode("cp1252").decode("utf-8")) < len(name)
    except UnicodeError:
        return False
