"""Results of sending tools, each with its own headers and words, read back into assignments and contacts."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil

import openpyxl
import pandas as pd
import pytest
from list_project import make_project

from relops.data import ingest
from relops.data.engine import Engine
from relops.errors import BadInput
from relops.project import Project
from relops.strategies.draw_plan import Wishes
from relops.strategies.result_file import Asked
from relops.suite.assign import draw_list, read_back

ARMS = {"control": 0.5, "voucher": 0.5}


@pytest.fixture(scope="module")
def drawn_once(tmp_path_factory):
    experiments = [{"id": "summer", "strategy": "S1", "arms": ARMS}]
    project = make_project(tmp_path_factory.mktemp("drawn") / "p", people=200, experiments=experiments)
    return draw_list(project, "summer", Wishes())


@pytest.fixture
def drawn(drawn_once, tmp_path):
    """The list in a copy of its project."""
    shutil.copytree(project_of(drawn_once), tmp_path / "p")
    return dataclasses.replace(drawn_once, folder=tmp_path / "p" / "private" / "actions" / "summer")


def people(drawn, arm):
    """The customers of an arm, those first whose ids are plain."""
    frame = pd.read_parquet(drawn.folder / "list.parquet")
    return sorted(frame.loc[frame["arm"] == arm, "customer_id"], reverse=True)


def project_of(drawn):
    return drawn.folder.parents[2]


def rows(path):
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_dict("records")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path, table, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(table)
    return path


def read(drawn, *files, **asked):
    return read_back(project_of(drawn), "summer", files, Asked(**asked))


def codes(fault):
    return [problem.code for problem in fault.value.problems]


def test_a_status_in_chinese_words(drawn, tmp_path):
    sent = people(drawn, "voucher")
    table = [["会员号", "发送状态", "发送时间"]]
    table += [[own, ("发送成功", "发送失败")[place == 0], f"2026-07-02 10:00:{place % 60:02d}"]
              for place, own in enumerate(sent)]
    found = read(drawn, write(tmp_path / "回执.csv", table, "gb18030"))
    assert found.arms["voucher"] == {"people": len(sent), "reported": len(sent), "sent": len(sent) - 1, "failed": 1,
                                     "opened": 0, "clicked": 0}
    assert found.arms["control"]["reported"] == 0
    assert (found.rows, found.unmatched, found.leaks) == (len(sent), 0, {})
    touches = {row["customer_id"]: row for row in rows(drawn.folder / "touches.parquet")}
    assert touches[sent[0]]["event"] == "failed"
    assert touches[sent[1]] == {
        "customer_id": sent[1], "touched_at": "2026-07-02 10:00:01", "channel": "sms", "campaign_id": "summer",
        "strategy_id": "S1", "event": "sent", "cost": 0.05, "handled_by": "auto"}
    assignments = rows(drawn.folder / "assignments.parquet")
    assert [row["customer_id"] for row in assignments] == sorted(people(drawn, "control") + sent)
    assert {row["assigned_at"] for row in assignments} == {"2026-07-01"}


def test_flags_and_times_in_a_workbook(drawn, tmp_path):
    """One row a person with a column an event; who opened was sent something, whatever else the row says."""
    first, second, third = people(drawn, "voucher")[:3]
    book = openpyxl.Workbook()
    for row in (["customer_id", "Delivered", "Bounced", "Open Time", "Clicks"],
                [first, "Yes", "No", "2026-07-01 20:15:00", 2], [second, "No", "Yes", None, 0],
                [third, None, None, "2026-07-03 08:00:00", None]):
        book.active.append(row)
    book.save(tmp_path / "result.xlsx")
    found = read(drawn, tmp_path / "result.xlsx")
    counts = {kind: found.arms["voucher"][kind] for kind in ("reported", "sent", "failed", "opened", "clicked")}
    assert counts == {"reported": 3, "sent": 2, "failed": 1, "opened": 2, "clicked": 1}
    events = {(row["customer_id"], row["event"], row["touched_at"]) for row in rows(drawn.folder / "touches.parquet")}
    assert (first, "open", "2026-07-01 20:15:00") in events
    assert (third, "sent", "2026-07-01 00:00:00") in events  # no time told: the first day of the list


def test_two_files_add_up_and_a_file_counts_once(drawn, tmp_path):
    own = people(drawn, "voucher")
    sent = write(tmp_path / "sent.csv", [["customer_id", "status"], *([one, "delivered"] for one in own)])
    opened = write(tmp_path / "opened.csv", [["customer_id", "status"], *([one, "opened"] for one in own[:5])])
    read(drawn, sent)
    before = (drawn.folder / "touches.parquet").read_bytes()
    again = read(drawn, sent)
    assert again.new == 0
    assert (drawn.folder / "touches.parquet").read_bytes() == before
    both = read(drawn, opened)
    assert (both.files, both.new, both.rows) == (2, 1, len(own) + 5)
    assert both.arms["voucher"]["opened"] == 5
    assert len(rows(drawn.folder / "touches.parquet")) == len(own) + 5
    kept = json.loads((drawn.folder / "read_back.json").read_text(encoding="utf-8"))
    assert kept["arms"] == {arm: dict(counts) for arm, counts in both.arms.items()}


def test_contradictions_and_strangers_are_told_and_kept_for_health(drawn, tmp_path):
    control, voucher = people(drawn, "control"), people(drawn, "voucher")
    table = [["customer_id", "status", "arm"], [control[0], "sent", ""], [control[1], "failed", ""],
             [voucher[0], "sent", "voucher"], [voucher[1], "sent", "control"], ["=cmd()", "sent", ""],
             ["C9999", "sent", ""]]
    found = read(drawn, write(tmp_path / "r.csv", table))
    assert found.leaks == {"control_contacted": 1, "other_arm": 1}
    assert found.unmatched == 2
    assert {row["key"] for row in rows(drawn.folder / "unmatched.csv")} == {"'=cmd()", "C9999"}
    leaks = {row["customer_id"]: (row["drawn"], row["got"]) for row in rows(drawn.folder / "leaks.csv")}
    assert leaks == {control[0]: ("control", "voucher"), voucher[1]: ("voucher", "control")}
    arms = pd.DataFrame(rows(drawn.folder / "assignments.parquet")).groupby("customer_id")["arm"].agg(list)
    assert arms[control[0]] == ["control", "voucher"]  # the arm drawn first: it is the one that counts
    assert arms[control[1]] == ["control"]


def test_keys_that_a_spreadsheet_would_compute_come_back(drawn, tmp_path):
    strange = [own for arm in ARMS for own in people(drawn, arm) if own[0] == "="]
    assert strange
    with (drawn.folder / "list.csv").open(encoding="utf-8-sig") as file:
        shown = [row["customer_id"] for row in csv.DictReader(file) if row["customer_id"][0] == "'"]
    found = read(drawn, write(tmp_path / "r.csv", [["customer_id", "status"], *([own, "sent"] for own in shown)]))
    assert found.unmatched == 0
    assert sum(counts["reported"] for counts in found.arms.values()) == len(strange)


def test_the_next_run_sees_assignments_and_contacts(drawn, tmp_path):
    """Through the door: first outside the period of the data, and inside once the data reach that far."""
    own = people(drawn, "voucher")
    read(drawn, write(tmp_path / "r.csv", [["customer_id", "status", "sent_at"],
                                           *([one, "sent", "2026-07-01 09:00:00"] for one in own)]))
    folder = project_of(drawn)

    def taken_in(name):
        audit = ingest(Project.open(folder), tmp_path / name / "engine.duckdb", tmp_path / name / "private" / "q")
        with Engine.open(tmp_path / name / "engine.duckdb") as engine:
            tables = engine.names()
            arms = dict(engine.rows("SELECT arm, count(*) FROM assignments GROUP BY arm")) if (
                "assignments" in tables) else {}
            linked = engine.value("SELECT count(*) FROM touches WHERE campaign_id = 'summer' AND customer_id IN "
                                  "(SELECT customer_id FROM orders)") if "assignments" in tables else 0
        return audit, arms, linked

    audit, arms, _ = taken_in("june")
    assert arms == {}
    assert audit.rows("assignments", "rows_excluded") == sum(drawn.manifest["people"].values())
    text = (folder / "brief.yaml").read_text(encoding="utf-8")
    (folder / "brief.yaml").write_text(text.replace("2026-06-30", "2026-07-31"), encoding="utf-8")
    audit, arms, linked = taken_in("july")
    assert arms == drawn.manifest["people"]
    assert linked == len(own)  # the same persons as in the orders


def test_a_key_of_its_own_goes_out_and_comes_back(tmp_path):
    def phones(files):
        header, lines = files["customers"]
        files["customers"] = ((*header, "phone"), [
            (*line, "" if place % 20 == 1 else f"138{place:08d}") for place, line in enumerate(lines)])

    project = make_project(tmp_path / "p", phones, people=120, data__identity={"customers": ["customer_id", "phone"]},
                           experiments=[{"id": "summer", "arms": ARMS}])
    drawn = draw_list(project, "summer", Wishes(key="phone"))
    # one of twenty gave no number; the odd ones of these agreed to marketing in four of five cases
    assert drawn.draw.left_out["no_key"] > 0
    frame = pd.read_parquet(drawn.folder / "list.parquet")
    assert frame["phone"].str.fullmatch(r"138\d{8}").all()
    with (drawn.folder / "send-voucher.csv").open(encoding="utf-8-sig") as file:
        assert next(csv.reader(file)) == ["phone", "arm"]
    table = [["手机号码", "状态"], *([f"+86 {own[:3]}-{own[3:7]}-{own[7:]}", "已送达"] for own in frame["phone"]),
             ["138****0001", "已送达"]]
    found = read(drawn, write(tmp_path / "r.csv", table))
    assert found.unmatched == 1
    assert sum(counts["sent"] for counts in found.arms.values()) == len(frame)


@pytest.mark.parametrize(("table", "asked", "expected"), [
    ([["who", "status"], ["C0001", "sent"]], {}, ["strategies.result_no_key"]),
    ([["customer_id", "status"], ["C0001", "sent"]], {"key": "卡号"}, ["strategies.result_no_key"]),
    ([["customer_id", "colour"], ["C0001", "red"]], {}, ["strategies.result_no_event"]),
    ([["a", "b"], ["1", "2"]], {}, ["strategies.result_no_key", "strategies.result_no_event"]),
    ([["customer_id", "status"], ["C0001", "Q"], ["C0002", "W"]], {},
     ["strategies.result_word", "strategies.result_word"]),
    ([["customer_id", "status"], ["C0001", "Q"]], {"words": {"Q": "gone"}}, ["strategies.result_meaning"]),
])
def test_careless_results_are_told_and_nothing_is_kept(drawn, tmp_path, table, asked, expected):
    with pytest.raises(BadInput) as fault:
        read(drawn, write(tmp_path / "r.csv", table), **asked)
    assert codes(fault) == expected
    assert fault.value.render("zh") != fault.value.render("en")
    assert {path.name for path in drawn.folder.iterdir()} == {
        "list.parquet", "list.csv", "list.xlsx", "manifest.json", "balance.csv", "send-voucher.csv"}


def test_what_words_mean_can_be_said(drawn, tmp_path):
    own = people(drawn, "voucher")[0]
    found = read(drawn, write(tmp_path / "r.csv", [["who", "status"], [own, "Q"]]), key="who", words={"Q": "sent"})
    assert found.arms["voucher"]["sent"] == 1


def test_results_need_a_list_and_a_file(drawn, tmp_path):
    with pytest.raises(BadInput) as fault:
        read_back(project_of(drawn), "winter", [tmp_path / "none.csv"], Asked())
    assert codes(fault) == ["strategies.not_drawn"]
    with pytest.raises(BadInput) as fault:
        read(drawn, tmp_path / "none.csv")
    assert codes(fault) == ["strategies.result_no_file"]
