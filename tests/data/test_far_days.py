"""One mistyped year moves neither end of the period of the data."""

import datetime

import pytest
from door_project import orders

from relops.data.far_days import usual_days

START = datetime.date(2026, 1, 1)


def content(*others):
    days = [START + datetime.timedelta(days=number) for number in range(60)]
    return "date,amount,customer\n" + "".join(f"{day},5,x{str(day)[8:10]}\n" for day in [*days, *others])


@pytest.mark.parametrize("far", ["2062-03-01", "2006-01-05", "1926-01-05", "1970-01-01 08:00:00"])
def test_a_mistyped_year_is_refused(door, far):
    through = door({"o.csv": content(far)}, orders(), period__data_end="auto")
    assert through.classes() == (61, 59, 0, 0, 1, 1)
    assert (through.audit.data_start, through.audit.data_end) == (START, datetime.date(2026, 2, 28))
    (refusal,) = through.audit.refusals
    reason = "far_day" if far[:4] in ("2062", "2006") else "out_of_range"
    assert (refusal.reason, refusal.column, refusal.line) == (reason, "ordered_at", 62)
    assert far in next(through.quarantine.glob("*.csv")).read_text(encoding="utf-8-sig")


def test_stated_ends_keep_such_a_day(door):
    stated = {"period__data_start": "2000-01-01", "period__data_end": "2062-12-31"}
    assert door({"o.csv": content("2062-03-01", "2006-01-05")}, orders(), **stated).classes() == (62, 62, 0, 0, 0, 0)


def test_a_customer_first_seen_on_such_a_day_stays(door):
    rows = "".join(f"c{number},2026-01-{number:02}\n" for number in range(1, 29))
    source = {"table": "customers", "columns": {"customer_id": "id", "first_seen_at": "seen"}}
    through = door({"c.csv": f"id,seen\n{rows}c29,2062-01-01\nc30,2012-01-01\n"}, source, period__data_end="auto")
    assert through.audit.data_end == datetime.date(2026, 1, 27)
    assert [(one.reason, one.column, one.rows) for one in through.audit.warnings] == [("far_day", "first_seen_at", 1)]
    assert through.rows("SELECT count(first_seen_at), max(year(first_seen_at)) FROM customers") == [(28, 2026)]


@pytest.mark.parametrize(("days", "kept"), [
    ([(day, 1) for day in range(0, 300, 10)] + [(800, 1)], (0, 290)),
    # customers who buy once in two months: what follows after a year and a half may well be one of them
    ([(day, 1) for day in range(0, 3000, 60)] + [(3500, 1)], (0, 3500)),
    ([(day, 1) for day in range(0, 3000, 60)] + [(9000, 1)], (0, 2940)),
    # too few rows to tell, too many to be mistyped
    ([(0, 5), (1, 5), (900, 1)], (0, 900)),
    ([(0, 50), (1, 50), (900, 8), (901, 8)], (0, 901)),
    ([(-4000, 1), (-2000, 1), (0, 400), (1, 400), (900, 1), (5000, 2)], (0, 1))])
def test_which_days_are_usual(days, kept):
    assert usual_days(days) == kept
