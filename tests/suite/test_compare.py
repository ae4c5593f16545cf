"""Two runs against each other: judgements by hand, and the second month of CDNOW."""

import io
import json
import math
import os
from pathlib import Path

import pytest
from rich.console import Console
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from relops.data.starter import new_cdnow_project
from relops.errors import BadInput
from relops.exhibits import Evidence, Finding, Missing, Table
from relops.store import Store, merge
from relops.suite.compare import compare, difference_interval, importance, judge, rulers_moved, snapshot
from relops.suite.compare_page import ComparisonPage
from relops.suite.compare_runs import compare_runs, find_runs
from relops.suite.compare_view import ComparisonView
from relops.suite.runner import Options, run_project
from relops.suite.site_markup import Voice

SEPTEMBER, OCTOBER = ("1997-01-01", "1997-09-30"), ("1997-01-01", "1997-10-31")


def share(hits, n, period):
    low, high = proportion_confint(hits, n, method="wilson")
    return Evidence("diagnosis.repeat_rate", hits / n, "share", low, high, 0.95, n, period)


def test_independent_shares_are_judged_by_the_interval_of_their_difference():
    old, new = share(120, 400, ("1997-01-01", "1997-03-31")), share(160, 400, ("1997-04-01", "1997-06-30"))
    expected = confint_proportions_2indep(160, 400, 120, 400, method="newcomb", compare="diff")
    assert difference_interval(old, new) == pytest.approx(expected, abs=1e-12)
    judged = judge(old, new)
    assert (judged["method"], judged["judgement"]) == ("difference", "beyond")
    assert judge(old, share(125, 400, ("1997-04-01", "1997-06-30")))["judgement"] == "within"


def test_the_same_records_measured_again_are_judged_by_the_range_of_the_older_run():
    old = share(120, 400, SEPTEMBER)
    inside, outside = share(134, 410, OCTOBER), share(146, 410, OCTOBER)
    assert old.low < inside.value < old.high < outside.value
    assert [judge(old, new)["judgement"] for new in (inside, outside)] == ["within", "beyond"]
    assert judge(old, inside)["method"] == "range"
    assert (judge(old, inside)["low"], judge(old, inside)["high"]) == (old.low, old.high)


def test_numbers_without_an_interval_are_counted_and_what_cannot_be_compared_is_not_judged():
    count = Evidence("rfm.group.loyal.customers", 2897, "customers", period=SEPTEMBER)
    judged = judge(count, Evidence("rfm.group.loyal.customers", 2822, "customers", period=OCTOBER))
    assert (judged["difference"], judged["judgement"], judged["low"]) == (-75, "counted", None)
    rate = share(120, 400, SEPTEMBER)
    bare = Evidence("diagnosis.repeat_rate", 0.4, "share", period=OCTOBER)
    wider = Evidence("diagnosis.repeat_rate", 0.4, "share", 0.2, 0.6, 0.9, period=OCTOBER)
    day = Evidence("data.orders.last_day", "1997-09-30", "date")
    assert [judge(rate, other)["judgement"] for other in (bare, wider)] == ["unjudged"] * 2
    assert judge(day, day)["difference"] is None


def test_money_comes_first_and_bookkeeping_last():
    def entry(name, unit, judgement, difference, stated=True):
        interval = (0.0, 2.0) if judgement in ("beyond", "within") else (None, None)
        return {"id": name, "unit": unit, "judgement": judgement, "difference": difference, "stated": stated,
                "low": interval[0], "high": interval[1], "old": {"value": 10.0}}

    entries = [entry("data.orders.rows_in", "rows", "counted", 9e9), entry("a", "share", "within", 1.0),
               entry("b", "money:CNY", "within", 1.0), entry("c", "customers", "counted", 5),
               entry("d", "money:CNY", "counted", 7.0), entry("e", "share", "beyond", 4.0),
               entry("f", "share", "beyond", 3.0), entry("g", "share", "beyond", 9.0, stated=False),
               entry("h", "money:CNY", "beyond", 3.0), entry("i", "money:CNY", "beyond", 30.0)]
    assert [one["id"] for one in sorted(entries, key=importance)] == [
        "i", "h", "e", "f", "g", "d", "c", "b", "a", "data.orders.rows_in"]


def run_of(folder, run, period, months, message="customers.finding.base", rulers=None, **record):
    """A run whose one notebook publishes monthly totals, a number and a statement."""
    import pandas as pd

    from relops.exhibits import Column

    store = Store(folder / "01_data_and_scope", "01_data_and_scope", ("zh", "en"), period)
    frame = pd.DataFrame(months, columns=["month", "orders", "net"])
    columns = (Column("month", "data.heading.month"), Column("orders", "data.heading.orders", "count"),
               Column("net", "data.heading.net", "money:CNY"))
    store.add(Table("data.months.table", "data.title.months", frame, columns))
    numbers = {"customers": Evidence("rfm.customers", 50 + len(months), "customers"),
               "single": Evidence("rfm.single_day.customers", 20, "customers"),
               "gaps": Evidence("rfm.gaps.count", 60, "count")}
    store.add(Finding("rfm.base.finding", message, numbers))
    store.write()
    base = {"run": run, "project": "p", "settings": rulers or {}, "inputs": {"a.csv": "1"}, "sources": [],
            "notebooks": [{"name": "01_data_and_scope"}]}
    return snapshot(base | record, merge(folder, ["01_data_and_scope"]))


def test_past_months_rulers_inputs_and_statements_are_compared(tmp_path):
    old = run_of(tmp_path / "a", "1", ("1997-01-01", "1997-03-15"), [("1997-01", 9, 90.0), ("1997-02", 8, 80.0),
                                                                    ("1997-03", 4, 40.0)], rulers={"rfm.r1_days": 78})
    new = run_of(tmp_path / "b", "2", ("1997-01-01", "1997-04-30"), [("1997-01", 9, 90.0), ("1997-02", 8, 65.0),
                                                                    ("1997-03", 8, 85.0), ("1997-04", 7, 70.0)],
                 message="customers.finding.loyal", rulers={"rfm.r1_days": 85}, inputs={"a.csv": "2", "b.csv": "3"})
    found = compare(old, new)
    assert found["months"] == [{"month": "1997-02", "measure": "net", "old": 80.0, "new": 65.0}]
    assert found["rulers"] == [{"name": "rfm.r1_days", "old": 78, "new": 85}]
    same = {"data.orders.amount_basis": {"data/a_*.csv": "实付金额"}}
    renamed = {"data.orders.amount_basis": {"data/b_*.csv": "实付金额"}}
    moved = {"data.orders.amount_basis": {"data/b_*.csv": "应付金额"}}
    assert not list(rulers_moved(same, renamed))
    assert [entry["new"] for entry in rulers_moved(same, moved)] == [moved["data.orders.amount_basis"]]
    assert found["inputs"] == {"came": ["b.csv"], "went": [], "changed": ["a.csv"]}
    assert [(entry["id"], entry["kind"]) for entry in found["findings"]] == [("rfm.base.finding", "changed")]
    assert [(entry["id"], entry["difference"]) for entry in found["numbers"]] == [("rfm.customers", 1)]
    assert found["unchanged"] == 2
    assert found["money"] == "money:CNY"
    assert compare(old, old)["numbers"] == compare(old, old)["months"] == compare(old, old)["findings"] == []
    json.dumps(found)
    months = ComparisonPage(compare(old, run_of(tmp_path / "c", "3", ("1997-01-01", "1997-04-30"), [
        ("1997-01", 9, 70.0)])), Voice(["zh", "en"])).content()["months"]
    assert "CNY 70.00" in months[0]["new"] or "70.00" in months[0]["new"]


def test_only_what_both_runs_published_is_compared(tmp_path):
    old = run_of(tmp_path / "a", "1", SEPTEMBER, [("1997-01", 9, 90.0)])
    partial = run_of(tmp_path / "b", "2", SEPTEMBER, [("1997-01", 9, 90.0)], notebooks=[])
    assert compare(old, partial)["went"] == []
    assert compare(old, partial)["numbers"] == []


def thin_run(folder, run, *exhibits):
    """A run of one notebook that publishes these exhibits."""
    store = Store(folder / "03_rfm_segments", "03_rfm_segments", ("zh", "en"), SEPTEMBER)
    for exhibit in exhibits:
        store.add(exhibit)
    store.write()
    return snapshot({"run": run, "project": "p", "settings": {}, "inputs": {}, "sources": [],
                     "notebooks": [{"name": "03_rfm_segments"}]}, merge(folder, ["03_rfm_segments"]))


@pytest.mark.parametrize(("instead", "kind", "went", "hidden"), [
    ([Evidence("rfm.single_day.customers", 9, "customers"), Evidence("rfm.customers", 9, "customers")],
     "hidden", ["rfm.gaps.count"], ["rfm.customers", "rfm.single_day.customers"]),
    ([Missing("rfm.base.missing", "M8", "orders", "customers.measure.groups")],
     "hidden", ["rfm.customers", "rfm.gaps.count", "rfm.single_day.customers"], []),
    ([Missing("rfm.base.missing", "M2", "orders", "customers.measure.groups")],
     "went", ["rfm.customers", "rfm.gaps.count", "rfm.single_day.customers"], []),
    ([], "went", ["rfm.customers", "rfm.gaps.count", "rfm.single_day.customers"], [])])
def test_what_is_hidden_for_too_few_people_is_not_called_gone(tmp_path, instead, kind, went, hidden):
    numbers = {"customers": Evidence("rfm.customers", 40, "customers"),
               "single": Evidence("rfm.single_day.customers", 20, "customers"),
               "gaps": Evidence("rfm.gaps.count", 60, "count")}
    old = thin_run(tmp_path / "a", "1", Finding("rfm.base.finding", "customers.finding.base", numbers))
    found = compare(old, thin_run(tmp_path / "b", "2", *instead))
    assert [(entry["id"], entry["kind"]) for entry in found["findings"]] == [("rfm.base.finding", kind)]
    assert (found["went"], found["hidden"]) == (went, hidden)
    console = Console(file=io.StringIO(), width=200)
    ComparisonView(console, found, "en").show()
    said = {"hidden": "[hidden, too few people this time] ", "went": "[gone] "}[kind]
    assert said in console.file.getvalue()
    page = ComparisonPage(found, Voice(["zh", "en"])).content()
    assert len(page["ids"]) == (2 if hidden else 1) and page["findings"][0]["kind"] == kind


def test_runs_are_found_by_id_by_folder_or_as_the_last_two(tmp_path):
    reports = tmp_path / "reports"
    for name, status in (("1", "complete"), ("2", "complete"), ("3", "complete"), ("4-failed", "failed")):
        (reports / name).mkdir(parents=True)
        (reports / name / "run.json").write_text(json.dumps({"status": status}))
    (tmp_path / "brief.yaml").write_text("")

    def found(*named, place=reports):
        return [path.name for path in find_runs(list(named), place)]

    assert found() == ["2", "3"]
    assert found("1") == ["1", "3"]
    assert found("3", "1") == ["3", "1"]
    assert found(str(reports / "1"), "2") == ["1", "2"]
    assert found(str(tmp_path), place=tmp_path / "nowhere") == ["2", "3"]
    with pytest.raises(BadInput) as caught:
        found("4-failed", "9")
    assert [problem.place for problem in caught.value.problems] == ["4-failed", "9"]
    with pytest.raises(BadInput) as caught:
        found(place=tmp_path / "nowhere")
    assert caught.value.problems[0].code == "suite.too_few_runs"


# the second month of CDNOW, as in the note on moving rulers: 23 570 customers, cut points frozen and recomputed
@pytest.fixture(scope="module")
def second_month(tmp_path_factory):
    """Three runs: to 30 September 1997, to 31 October under the same rulers, and with the rulers moved."""
    if "RELOPS_REAL_DATA" not in os.environ:
        pytest.skip("RELOPS_REAL_DATA names no folder of public data sets")
    folder = new_cdnow_project(tmp_path_factory.mktemp("second-month") / "cdnow")
    brief = folder / "brief.yaml"
    whole = "meta: {languages: [en], outline: W}\n" + brief.read_text(encoding="utf-8")
    runs = {}
    for name, end, relock in (("september", "1997-09-30", False), ("october", "1997-10-31", False),
                              ("relocked", "1997-10-31", True)):
        brief.write_text(whole.replace("1998-06-30", end), encoding="utf-8")
        runs[name] = run_project(folder, Options(only=("03",), relock=relock))
        assert runs[name].status == "complete", runs[name].failures
    return {name: run.folder for name, run in runs.items()}


def group_sizes(folder):
    records = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    return {record["id"].split(".")[2]: record["value"] for record in records
            if record["id"].startswith("rfm.group.") and record["id"].endswith(".customers")}


def test_group_sizes_move_by_customers_alone_until_the_rulers_are_moved(second_month):
    sizes = {name: group_sizes(folder) for name, folder in second_month.items()}
    assert [sizes[name]["loyal"] for name in ("september", "october", "relocked")] == [2897, 2822, 2938]
    assert {sum(groups.values()) for groups in sizes.values()} == {23570}


def test_the_report_names_what_moved_beyond_its_interval(second_month):
    september, october = second_month["september"], second_month["october"]
    comparison, page = compare_runs([str(september), str(october)], Path())
    numbers = {entry["id"]: entry for entry in comparison["numbers"]}
    assert comparison["rulers"] == comparison["months"] == []
    loyal, riser, churned = (numbers[f"rfm.group.{name}.share"] for name in ("loyal", "riser", "churned"))
    assert (loyal["judgement"], riser["judgement"], churned["judgement"]) == ("within", "beyond", "beyond")
    assert math.isclose(riser["new"]["value"], 802 / 23570)
    assert numbers["rfm.group.loyal.customers"]["difference"] == -75
    assert "rfm.group.riser.share" in page.read_text(encoding="utf-8")
    first = (october / "index.html").read_text(encoding="utf-8").split('id="files"')[0]
    assert "rfm.group.riser." in first  # page one names the first few, the page of changes all
    assert "rfm.group.riser.share" in (october / "changes.html").read_text(encoding="utf-8")
    assert "beyond the interval of the last report" in first
    assert (october / "changes.html").is_file()


def test_moved_rulers_are_shown_on_the_same_data(second_month):
    folder = second_month["relocked"]
    moved = json.loads((folder / "rulers_moved.json").read_text(encoding="utf-8"))
    numbers = {entry["id"]: entry for entry in moved["numbers"]}
    loyal = numbers["rfm.group.loyal.customers"]
    assert (loyal["old"]["value"], loyal["new"]["value"]) == (2822, 2938)
    rulers = {entry["name"]: (entry["old"], entry["new"]) for entry in moved["rulers"]}
    assert rulers["rfm.r1_days"] == (78.0, 85.0)
    first = (folder / "index.html").read_text(encoding="utf-8").split('id="files"')[0]
    assert "2,822" in first
    assert "2,938" in first
    lock = json.loads((folder.parent.parent / "settings.lock").read_text(encoding="utf-8"))["rulers"]
    assert (lock["rfm.r1_days"]["value"], lock["rfm.r1_days"]["run"]) == (85.0, folder.name)
    assert lock["rfm.f_star"]["run"] == second_month["september"].name
    assert not (folder / "frozen").exists()
