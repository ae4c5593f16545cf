"""The client's own monthly totals among the files of a new project: no table, but what ours are held against."""

from __future__ import annotations

import re
from collections.abc import Sequence

from relops.data.headers import contact_headers, found_by_header, headers, normal
from relops.data.intake.draft import Group
from relops.data.intake.files import Gathered, common_pattern
from relops.data.readers.layout import TOTALS
from relops.data.readers.sniff import count_values
from relops.errors import Problem

MONTH = re.compile(r"(\d{4})\D?(0?[1-9]|1[0-2])(月份?|[-/.]0?1(\D.*)?|月0?1日|01)?")
DAYS = ("日期", "date")
# part of the cells of a column of months that may be something else, such as a month written in words
ODD = 0.5


def are_own_totals(group: Group) -> bool:
    """Return whether files hold a row a month, each month once, with totals beside it and nobody's name.

    A column of days may hold the first of each month; then a count of orders must tell that these are totals.
    """
    known = headers()["control"]
    found = {name: next((own for own in group.headers if normal(own) in known[name]), None) for name in known}
    if not (group.forms[0].has_header and found["month"] and any(found[name] for name in known if name != "month")):
        return False
    named = [found_by_header(group.headers, headers()["orders"][column]) for column in ("customer_id", "order_id")]
    if any(named) or contact_headers(group.headers):
        return False
    if normal(found["month"]) in DAYS and not found["orders"]:
        return False
    seen: dict[str, int] = {}
    for form in group.forms:
        for value, count in count_values(form, found["month"]).items():
            if value and not TOTALS.match(value):
                seen[value] = seen.get(value, 0) + count
    months = [MONTH.fullmatch(value) for value in seen]
    dated = [(int(month[1]), int(month[2])) for month in months if month]
    least = 2 if normal(found["month"]) in DAYS else 1
    return (len(dated) >= least and len(dated) >= ODD * len(seen) and len(set(dated)) == len(dated)
            and max(seen.values()) == 1)


def take_own_totals(groups: Sequence[Group], gathered: Gathered, problems: list[Problem]) -> list[Group]:
    """Note the file of monthly totals in ``gathered.control`` and return the other groups; more than one such file, or
    nothing but totals, is a problem."""
    totals = [group for group in groups if are_own_totals(group)]
    others = [group for group in groups if group not in totals]
    if not totals:
        return others
    pattern = common_pattern(totals[0].names, [name for group in others for name in group.names])
    if len(totals) > 1 or not isinstance(pattern, str):
        names = [name for group in totals for name in group.names]
        problems.append(Problem("intake.many_totals", str(totals[0].forms[0].path), {"files": ", ".join(names)}))
    elif not others and not problems:
        problems.append(Problem("intake.totals_alone", str(totals[0].forms[0].path), {"file": f"data/{pattern}"}))
    gathered.control = f"data/{pattern}"
    return others
