import json
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure as Drawing

from relops.exhibits import Column, Evidence, Figure, Finding, Missing, Table, check_id, plain, render_finding
from relops.store import OTHER, Store, held_back, merge, suppress, suppress_table

RATE = Evidence("diagnosis.repeat_rate", 946 / 2357, "share", low=0.3818, high=0.4211, level=0.95, n=2357)


@pytest.mark.parametrize("good", ["diagnosis.repeat_rate", "data.orders.rows_in", "lifetime_value.holdout.bg_nbd.mae",
                                  "experiment.spring.conversion.b.effect"])
def test_ids_that_follow_the_grammar(good):
    assert check_id(good) == good


@pytest.mark.parametrize("bad", ["diagnosis", "sales.total", "data.Orders.rows", "data..rows", "rfm.a.b.c.d.e",
                                 "data.orders.rows-in", "data.orders.rows_in\n", ""])
def test_ids_that_do_not(bad):
    with pytest.raises(ValueError, match="no evidence id"):
        check_id(bad)


@given(st.lists(st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True), min_size=1, max_size=4))
def test_any_two_to_five_parts_pass(parts):
    assert check_id(".".join(["rfm", *parts]))


def test_an_interval_comes_whole():
    with pytest.raises(ValueError, match="low, high and level"):
        Evidence("diagnosis.repeat_rate", 0.4, "share", low=0.3)
    with pytest.raises(ValueError, match="low, high and level"):
        Evidence("diagnosis.repeat_rate", 0.4, "share", low=0.3, high=0.5)


def sentence(zh: str, en: str) -> Finding:
    return Finding("diagnosis.repeat.finding", {"zh": zh, "en": en}, {"rate": RATE}, {"group": "=VIP"})


def test_a_sentence_renders_value_interval_and_n_each_traceable():
    finding = sentence("{group}：{rate}（{rate:interval}，n = {rate:n}）",
                       "{group}: {rate} ({rate:interval}, n = {rate:n})")
    assert plain(render_finding(finding, "en")) == "VIP: 40.1% (95% interval 38.2% to 42.1%, n = 2,357)"
    assert plain(render_finding(finding, "zh")) == "VIP：40.1%（95% 区间 38.2% 至 42.1%，n = 2,357）"
    assert {run.ref for run in render_finding(finding, "en") if run.kind == "evidence"} == {"diagnosis.repeat_rate"}


def test_a_typed_number_cannot_be_printed():
    with pytest.raises(ValueError, match="typed-in digit"):
        render_finding(sentence("约 40%", "about 40 %"), "en")


def test_an_unfilled_placeholder_cannot_be_printed():
    with pytest.raises(KeyError):
        render_finding(sentence("{other}", "{other}"), "en")


@pytest.mark.parametrize(("unit", "value", "n", "hidden"), [
    ("customers", 9, None, True), ("customers", 10, None, False), ("customers", 0, None, False),
    ("share", 0.5, 29, True), ("share", 0.5, 30, False), ("rows", 3, None, False)])
def test_small_counts_are_blanked(unit, value, n, hidden):
    shown = suppress(Evidence("rfm.group.loyal.customers", value, unit, n=n))
    assert (shown.value is None) == hidden
    assert (shown.tag == "N") == hidden


COLUMNS = (Column("group", "locale.tag.D"), Column("people", "locale.unit.customers", "customers", people=True),
           Column("spend", "locale.tag.D", "money:CNY", total=True),
           Column("rate", "locale.tag.D", "share", rate_of="people"))


def table(people: list[int]) -> Table:
    frame = pd.DataFrame({"group": [f"g{i}" for i in range(len(people))], "people": people,
                          "spend": [10.0 * p for p in people], "rate": [0.5] * len(people)})
    return Table("rfm.group.table", "locale.tag.D", frame, COLUMNS)


def test_thin_rows_merge_and_thin_rates_vanish():
    shown = suppress_table(table([100, 9, 8, 29])).frame
    assert shown["group"].tolist() == ["g0", "g3", OTHER]
    assert shown["people"].tolist() == [100, 29, 17]
    assert shown["spend"].tolist() == [1000, 290, 170]
    assert shown["rate"].tolist() == [0.5, None, None]


@pytest.mark.parametrize(("people", "shown_people"), [
    ([100, 3], [103]), ([283, 5, 283, 1696], [283, 1696, 288]), ([4, 5, 100, 30], [100, 39]), ([3], [None])])
def test_a_total_does_not_tell_a_single_thin_row(people, shown_people):
    shown = suppress_table(table(people)).frame
    assert shown["group"].tolist()[-1] == OTHER
    assert shown["people"].tolist() == shown_people
    assert shown["spend"].tolist()[-1] == (shown_people[-1] and shown_people[-1] * 10)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_what_is_held_back_is_nothing_or_ten_people_or_all(people):
    counts = pd.Series(people)
    held = held_back(counts)
    assert held[counts.gt(0) & counts.lt(10)].all() and not held[counts == 0].any()
    total = counts[held].sum()
    assert total == 0 or total >= 10 or total == counts.sum()


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_no_shown_count_lies_between_one_and_nine(people):
    shown = suppress_table(table(people)).frame
    assert all(value is None or value == 0 or value >= 10 for value in shown["people"])
    assert all(rate is None or n >= 30 for rate, n in zip(shown["rate"], shown["people"], strict=True))


@pytest.fixture
def declared(monkeypatch):
    known = {"diagnosis.repeat_rate": {"unit": "share", "zh": "复购率", "en": "repeat rate"}}
    monkeypatch.setattr("relops.store.describe", known.get)


def make_store(folder, notebook="02_test") -> Store:
    return Store(folder / notebook, notebook, ("zh", "en"), ("1997-01-01", "1997-09-30"), ("abc",))


def test_store_fills_in_origin_and_merges(tmp_path, declared):
    store = make_store(tmp_path)
    store.add(Finding("diagnosis.repeat.finding", {"zh": "{rate}", "en": "{rate}"}, {"rate": RATE}))
    store.add(table([50, 60]))
    store.add(Missing("diagnosis.orders.missing", "M1", "orders", "locale.tag.D"))
    exhibits = merge(tmp_path, ["02_test", "never_ran"])
    record = exhibits.record("diagnosis.repeat_rate")
    assert (record.notebook, record.period, record.inputs) == ("02_test", ("1997-01-01", "1997-09-30"), ("abc",))
    assert record.value == RATE.value
    assert exhibits.tables["rfm.group.table"]["rows"][1] == ["g1", 60, 600.0, 0.5]
    assert exhibits.evidence["rfm.group.table"]["value"] == exhibits.tables["rfm.group.table"]["hash"]
    assert exhibits.missing["diagnosis.orders.missing"]["code"] == "M1"


def test_store_refuses_undeclared_ids_and_other_units(tmp_path, declared):
    store = make_store(tmp_path)
    with pytest.raises(KeyError, match="declared in no evidence"):
        store.add(Evidence("diagnosis.invented", 1, "share"))
    with pytest.raises(ValueError, match="declared in share, got points"):
        store.add(replace(RATE, unit="points"))


def test_two_notebooks_cannot_disagree_on_one_number(tmp_path, declared):
    make_store(tmp_path, "a").add(RATE)
    make_store(tmp_path, "b").add(replace(RATE, value=0.39))
    with pytest.raises(ValueError, match=r"0\.39 in b"):
        merge(tmp_path, ["a", "b"])


def test_figures_are_drawn_in_each_language_with_equal_bytes(tmp_path):
    def draw(language: str) -> Drawing:
        drawing = Drawing()
        drawing.subplots().set_title({"zh": "复购", "en": "repeat"}[language])
        return drawing

    figure = Figure("diagnosis.repeat.figure", "locale.tag.D", "locale.tag.D", draw, pd.DataFrame())
    for folder in ("one", "two"):
        make_store(tmp_path / folder).add(figure)
    files = sorted(p.name for p in (tmp_path / "one" / "02_test").glob("*.*g"))
    assert files == [f"diagnosis.repeat.figure.{end}" for end in ("en.png", "en.svg", "zh.png", "zh.svg")]
    for name in files:
        assert (tmp_path / "one/02_test" / name).read_bytes() == (tmp_path / "two/02_test" / name).read_bytes()


def test_store_writes_plain_json_without_nan(tmp_path):
    frame = pd.DataFrame({"group": ["a"], "people": [40], "spend": [float("nan")], "rate": [0.1]})
    make_store(tmp_path).add(replace(table([1]), frame=frame))
    content = json.loads((tmp_path / "02_test" / "exhibits.json").read_text(encoding="utf-8"))
    assert content["tables"][0]["rows"] == [["a", 40, None, 0.1]]


def test_two_sentences_never_print_two_numbers_under_one_id(tmp_path):
    """The plan reads a sentence's numbers by their ids: the later one would stand in both."""
    store = Store(tmp_path, "02_background_diagnosis", ("en",))
    text = {"zh": "{rate}", "en": "{rate}"}
    store.add(Finding("diagnosis.repeat.finding", text, {"rate": RATE}))
    store.add(Finding("diagnosis.again.finding", text, {"rate": RATE}))
    other = replace(RATE, value=0.39)
    with pytest.raises(ValueError, match=r"is 0[.]40.* in diagnosis[.]repeat.* but 0[.]39 in diagnosis[.]again"):
        store.add(Finding("diagnosis.again.finding", text, {"rate": other}))
    store.add(Finding("diagnosis.repeat.finding", text, {"rate": other}))  # a cell that is run again
    assert store.records["evidence"][RATE.id]["value"] == 0.39
