import json

import pytest

from relops.errors import BadInput
from relops.lock import Lock, ruler_name, ruler_text


def written(lock, folder):
    path = folder / "settings.lock"
    lock.write_draft(path).replace(path)
    return path


def test_a_lock_says_what_is_frozen_since_which_run(tmp_path):
    lock = Lock().extended({"rfm.r1_days": 78.0}, "19970930-1", "1997-10-01")
    path = written(lock, tmp_path)
    entry = json.loads(path.read_text(encoding="utf-8"))["rulers"]["rfm.r1_days"]
    assert (entry["value"], entry["run"], entry["date"]) == (78.0, "19970930-1", "1997-10-01")
    assert Lock.read(path) == lock
    assert Lock.read(tmp_path / "none") == Lock()


def test_frozen_rulers_stay_and_new_ones_join(tmp_path):
    lock = Lock().extended({"rfm.r1_days": 78.0, "data.orders.time_basis": {"a.csv": "paid"}}, "1", "1997-10-01")
    later = lock.extended({"rfm.r1_days": 85.0, "rfm.f_star": 3,
                           "data.orders.time_basis": {"a.csv": "other", "b.csv": "made"}}, "2", "1997-11-01")
    assert later.values == {"rfm.r1_days": 78.0, "rfm.f_star": 3,
                            "data.orders.time_basis": {"a.csv": "paid", "b.csv": "made"}}
    assert {name: ruler.run for name, ruler in later.rulers.items()} == {
        "rfm.r1_days": "1", "data.orders.time_basis": "1", "rfm.f_star": "2"}


def test_moved_rulers_name_the_run_that_moved_them_and_equal_ones_the_run_that_set_them():
    lock = Lock().extended({"rfm.r1_days": 78.0, "rfm.f_star": 3, "rfm.r2_days": 164.0}, "1", "1997-10-01")
    moved = lock.moved({"rfm.r1_days": 85.0, "rfm.f_star": 3}, "2", "1997-11-01")
    assert {name: (ruler.value, ruler.run) for name, ruler in moved.rulers.items()} == {
        "rfm.r1_days": (85.0, "2"), "rfm.f_star": (3, "1"), "rfm.r2_days": (164.0, "1")}


def test_an_entry_changed_by_hand_is_named(tmp_path):
    path = written(Lock().extended({"rfm.r1_days": 78.0, "rfm.f_star": 3}, "run-1", "1997-10-01"), tmp_path)
    path.write_text(path.read_text().replace("78.0", "80.0"))
    lock = Lock.read(path)
    with pytest.raises(BadInput) as caught:
        lock.refuse_edits("settings.lock")
    problem, = caught.value.problems
    assert (problem.code, problem.place) == ("project.lock_edited", "settings.lock rfm.r1_days")
    assert "80.0" in problem.render("en")
    assert "run-1" in problem.render("zh")
    assert lock.moved({"rfm.r1_days": 80.0}, "2", "1997-11-01").rulers["rfm.r1_days"].run == "2"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"rfm.r1_days": 77}', '{"format": 2, "rulers": {}}',
                                     '{"format": 1, "rulers": {"rfm.r1_days": 77}}',
                                     '{"format": 1, "rulers": {"rfm.r1_days": {"value": 77}}}', "\x00\x01"])
def test_a_broken_lock_is_refused_with_a_cure(tmp_path, content):
    (tmp_path / "settings.lock").write_text(content)
    with pytest.raises(BadInput) as caught:
        Lock.read(tmp_path / "settings.lock")
    problem, = caught.value.problems
    assert problem.code == "project.lock_unreadable"
    assert "restore it from a backup" in problem.render("en")


def test_rulers_have_names_and_readable_values():
    assert ruler_name("data.orders.time_basis", "en") == "column of the time (Orders)"
    assert ruler_name("rfm.r1_days", "zh") == "活跃界限（天）"
    assert ruler_name("02_background_diagnosis.second_purchase_days", "en") == (
        "02_background_diagnosis.second_purchase_days")
    assert ruler_text({"a.csv": "paid", "b.csv": {}}) == "a.csv: paid; b.csv: –"
    assert ruler_text([14.96, 46.934]) == "14.96, 46.934"
    assert ruler_text(None) == "–"
