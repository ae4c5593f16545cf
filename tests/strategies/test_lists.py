"""Drawn lists: who may be drawn, people who stay put, files that are whole or absent, careless input told."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import hashlib
import io
import json

import openpyxl
import pandas as pd
import pytest
from list_project import ARMS, PEOPLE, brief, customer, make_project
from rich.console import Console

from relops.brief import Brief
from relops.errors import BadInput, RunFailed
from relops.project import Project
from relops.strategies import drawn_list
from relops.strategies.assignment import Allocation, arm_of, place, share_edge
from relops.strategies.audience import HOLDOUT_SALT, MEASURES
from relops.strategies.draw import draw_arms
from relops.strategies.draw_plan import Wishes, find_target, plan_draw
from relops.suite.assign import draw_list, opened
from relops.suite.assign_view import show_drawn

DATA_END = datetime.date(2026, 6, 30)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("lists") / "tea")


@pytest.fixture(scope="module")
def summer(shared):
    return draw_list(shared, "summer", Wishes())


def read(folder):
    with (folder / "list.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def codes(fault):
    return [problem.code for problem in fault.value.problems]


def test_everybody_is_drawn_or_left_out_for_one_reason(summer):
    left_out = summer.draw.left_out
    # of each ten customers one declined, one said nothing; of each four one was written to three times (the cap of
    # the year), one twice (the cap of the month): counted in this order
    consenting = [n for n in range(PEOPLE) if n % 10 < 8]
    assert left_out["no_consent"] == left_out["consent_unknown"] == PEOPLE // 10
    assert left_out["cap_year"] == sum(n % 4 == 3 for n in consenting)
    assert left_out["cap_month"] == sum(n % 4 == 2 for n in consenting)
    assert sum(left_out.values()) + sum(summer.draw.arms.values()) == summer.draw.customers == PEOPLE


def test_arms_are_those_of_the_salted_hash_of_the_clients_own_key(summer):
    allocation = Allocation("summer", "summer", ARMS)
    frame = pd.read_parquet(summer.folder / "list.parquet")
    assert frame["arm"].tolist() == [arm_of(own, allocation) for own in frame["customer_id"]]
    assert set(frame["assigned_at"].astype(str)) == {"2026-07-10"}
    assert (frame["contact"] == (frame["arm"] != "control")).all()
    assert set(frame["contactable"]) == {"yes"}
    manifest = json.loads((summer.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["salt"] == "summer"
    assert manifest["rule"] == 1
    assert manifest["edges"] == {arm: list(edges) for arm, edges in allocation.edges().items()}
    assert manifest["people"] == frame["arm"].value_counts()[list(ARMS)].to_dict()
    lines = "".join(f"{own}\x1f{arm}\n" for own, arm in zip(frame["customer_id"], frame["arm"], strict=True))
    assert manifest["list_sha256"] == hashlib.sha256(lines.encode()).hexdigest()


def test_files_for_people_hold_the_same_list_and_nothing_that_a_spreadsheet_computes(summer):
    frame = pd.read_parquet(summer.folder / "list.parquet").astype(str)
    shown = [own if own[0] != "=" else f"'{own}" for own in frame["customer_id"]]
    assert any(own[0] == "'" for own in shown)
    rows = read(summer.folder)
    assert [row["customer_id"] for row in rows] == shown
    assert [row["arm"] for row in rows] == frame["arm"].tolist()
    sheet = openpyxl.load_workbook(summer.folder / "list.xlsx").worksheets[0]
    assert [cell.value for cell in sheet["A"]][1:] == shown
    with (summer.folder / "send-gift.csv").open(encoding="utf-8-sig") as file:
        assert [row["customer_id"] for row in csv.DictReader(file)] == [
            own for own, arm in zip(shown, frame["arm"], strict=True) if arm == "gift"]
    assert not (summer.folder / "send-control.csv").exists()
    assert {path.stat().st_mode & 0o077 for path in summer.folder.iterdir()} == {0}


def test_balance_table_is_the_standardised_difference(summer):
    table = summer.draw.balance.set_index(["measure", "arm"])
    assert set(summer.draw.balance["measure"]) == set(MEASURES)
    frame = pd.read_parquet(summer.folder / "list.parquet")
    number = frame["customer_id"].str.extract(r"(\d+)$")[0].astype(int)
    bought = 1 + number % 4  # by construction, as is everything here
    first = number % 150 + 20 * (bought - 1)
    known = {"recency_days": number % 150, "purchase_days": bought, "tenure_days": first, "contacts": number % 4,
             "spend": bought * (50 + number % 7)}
    for measure, values in known.items():
        mean, variance = (getattr(values.groupby(frame["arm"]), name)() for name in ("mean", "var"))
        row = table.loc[(measure, "gift")]
        assert row["mean"] == pytest.approx(mean["gift"], rel=1e-12)
        assert row["control"] == pytest.approx(mean["control"], rel=1e-12)
        expected = (mean["gift"] - mean["control"]) / ((variance["gift"] + variance["control"]) / 2) ** 0.5
        assert row["difference"] == pytest.approx(expected, rel=1e-9)
        assert row["n"] == (frame["arm"] == "gift").sum()
        assert row["low"] < row["difference"] < row["high"]


def test_drawn_twice_it_is_the_same_and_nothing_is_written(shared, summer):
    before = {path: path.stat().st_mtime_ns for path in summer.folder.rglob("*")}
    again = draw_list(shared, "S1", Wishes())  # the strategy stands for its one experiment to come
    assert again.before
    assert again.manifest["list_sha256"] == summer.manifest["list_sha256"]
    assert {path: path.stat().st_mtime_ns for path in summer.folder.rglob("*")} == before


@pytest.mark.parametrize(("language", "said"), [("en", "declined marketing"), ("zh", "不同意营销信息")])
def test_what_a_terminal_shows(summer, language, said):
    out = io.StringIO()
    show_drawn(Console(file=out, width=100), summer, language)
    shown = out.getvalue()
    assert said in shown
    assert summer.manifest["list_sha256"] in shown
    for number in (*summer.draw.arms.values(), *summer.draw.left_out.values(), summer.draw.customers):
        assert f" {number} " in shown
    # fifty messages a month are what the channel can carry
    assert (" 50 " in shown) == (summer.draw.arms["voucher"] + summer.draw.arms["gift"] > 50)


@pytest.mark.parametrize(("wishes", "expected"), [
    (Wishes(strata=("region",)), ["strategies.other_settings"]),
    (Wishes(starts=datetime.date(2026, 7, 20)), ["strategies.other_settings"]),
    (Wishes(coverage=0.5), ["strategies.ramp_down"]),
])
def test_a_list_from_other_settings_is_not_replaced(shared, summer, wishes, expected):
    with pytest.raises(BadInput) as fault:
        draw_list(shared, "summer", wishes)
    assert codes(fault) == expected
    assert drawn_list.read_manifest(summer.folder) == summer.manifest


def test_a_list_edited_by_hand_is_noticed(tmp_path):
    project = make_project(tmp_path / "p", people=60)
    folder = draw_list(project, "summer", Wishes()).folder
    frame = pd.read_parquet(folder / "list.parquet")
    frame.assign(arm=frame["arm"].iloc[::-1].to_numpy()).to_parquet(folder / "list.parquet")
    with pytest.raises(BadInput) as fault:
        draw_list(project, "summer", Wishes())
    assert codes(fault) == ["strategies.list_changed"]


def test_growth_and_ramp_move_nobody(tmp_path):
    project = make_project(tmp_path / "p", people=200)
    first = draw_list(project, "summer", Wishes(coverage=0.4))
    before = pd.read_parquet(first.folder / "list.parquet").set_index("customer_id")
    make_project(project, people=300)
    with pytest.raises(BadInput) as fault:
        draw_list(project, "summer", Wishes())
    assert codes(fault) == ["strategies.list_differs"]
    grown = draw_list(project, "summer", Wishes(coverage=1.0, starts=datetime.date(2026, 7, 20)), extend=True)
    after = pd.read_parquet(grown.folder / "list.parquet").set_index("customer_id")
    assert grown.added == len(after) - len(before) > len(before)
    pd.testing.assert_frame_equal(after.loc[before.index], before)
    allocation = Allocation("summer", "summer", ARMS)
    assert after["arm"].tolist() == [arm_of(own, allocation) for own in after.index]
    assert set(after["assigned_at"].astype(str)) == {"2026-07-10", "2026-07-20"}
    assert [draw["people"] for draw in grown.manifest["draws"]] == [len(before), grown.added]
    assert draw_list(project, "summer", Wishes()).before


@pytest.fixture(scope="module")
def company(shared):
    """Draw by any brief on the one company: ``company(name, wishes, drawn=..., **changes)`` gives the draw and its
    rows."""
    with opened(Project.open(shared)) as bench:
        def drawing(name, wishes=None, drawn=None, **changes):
            told = Brief.model_validate(brief(**changes))
            plan = plan_draw(told, find_target(told, name, DATA_END, ()), wishes or Wishes(), DATA_END)
            listed = None
            if drawn is not None:
                bench.engine.connection.register("listed_before", drawn)
                listed = bench.engine.table("listed_before")
            made = draw_arms(dataclasses.replace(bench.sources, drawn=listed), told, plan, DATA_END)
            return made, bench.engine.table(f"draw_{plan.id}").drop_null("arm").to_pandas().set_index("id")
        yield drawing


def as_listed(experiment, rows, strategy=""):
    return pd.DataFrame({"id": rows.index, "experiment_id": experiment, "strategy_id": strategy, "channel": "sms",
                         "is_contact": (rows["arm"] != "control").to_numpy(), "is_read": False})


def test_holdout_and_running_tests_are_kept_out_and_lists_are_independent(company):
    other = {"id": "autumn", "arms": {"control": 0.5, "tea": 0.5}, "start": "2026-07-01", "end": "2026-07-31"}
    later = other | {"id": "winter", "start": "2026-11-01", "end": "2026-12-31"}
    changes = {"segments__holdout_share": 0.2, "experiments": [*brief()["experiments"], other, later]}
    summer, first = company("summer", **changes)
    held = {customer(number) for number in range(PEOPLE) if place(customer(number), HOLDOUT_SALT) < share_edge(0.2)}
    assert not held & set(first.index)
    assert summer.left_out["holdout"] > 0
    autumn, second = company("autumn", drawn=as_listed("summer", first), **changes)
    assert autumn.left_out["running"] == len(first)  # it overlaps summer in time, winter does not
    assert not set(first.index) & set(second.index)
    winter, third = company("winter", drawn=as_listed("summer", first), **changes)
    assert "running" not in winter.left_out
    both = pd.crosstab(first["arm"], third["arm"].reindex(first.index), normalize="index")["tea"]
    assert (both - 0.5).abs().max() < 4 * (0.25 / first["arm"].value_counts().min()) ** 0.5


def test_contacts_on_their_way_count_towards_the_caps(company):
    changes = {"strategies": [{"id": name, "channel": "sms", "control_share": 0.2} for name in ("S1", "S2")],
               "experiments": []}
    first, rows = company("S1", **changes)
    second, _ = company("S2", drawn=as_listed("s1", rows, "S1"), **changes)
    # who had one message this month and is to get another by the first list is at the cap of two
    number = rows.index.str.extract(r"(\d+)$")[0].astype(int)
    one_before = int(((number % 4 == 1).to_numpy() & (rows["arm"] == "treated").to_numpy()).sum())
    assert second.left_out["cap_month"] - first.left_out["cap_month"] == one_before > 0


def test_two_lists_of_one_strategy_share_nobody(company):
    """The control of one must not be treated by the other, until the first one's result has been read."""
    strategies = {"strategies": [{"id": "S1", "channel": "sms", "control_share": 0.5}], "experiments": []}
    _, rows = company("S1", Wishes(draw_id="july", coverage=0.5), **strategies)
    second, others = company("S1", Wishes(draw_id="again"), drawn=as_listed("july", rows, "S1"), **strategies)
    assert second.left_out["running"] == len(rows) > 0 and not set(rows.index) & set(others.index)
    _, later = company("S1", Wishes(draw_id="later"), drawn=as_listed("july", rows, "S1").assign(is_read=True),
                       **strategies)
    assert set(rows.index) & set(later.index)


def test_consent_as_the_ground_needs_its_column(company):
    ground = {"basis": "consent", "person": "counsel"}
    with pytest.raises(BadInput) as fault:
        company("summer", compliance={"consent_field": "customers.agreed", "legal_basis": {"marketing": ground}})
    assert codes(fault) == ["strategies.consent_gone"]


def test_strata_are_exact_and_households_share_an_arm(company):
    plain = {"id": "plain", "arms": {"control": 0.5, "tea": 0.5}}
    _, rows = company("plain", Wishes(strata=("region", "group")), experiments=[plain])
    counts = pd.crosstab(rows["stratum"], rows["arm"])
    assert counts.index.str.contains("east · loyal").any()
    assert (counts["control"] - counts["tea"]).abs().max() <= 1
    made, rows = company("plain", Wishes(strata=("region",), coverage=0.5), experiments=[plain])
    assert made.left_out["outside"] == pytest.approx(len(rows), rel=0.3)
    _, rows = company("plain", experiments=[plain | {"cluster": "household_id"}])
    assert rows["cluster"].str.fullmatch(r"H\d{3}").all()  # by the client's own name, not as a hash
    assert rows.groupby("cluster")["arm"].nunique().max() == 1
    assert rows["cluster"].duplicated().any()


def test_groups_minors_and_the_share_that_may_be_treated(company):
    strategy = {"id": "S1", "segments": ["dormant"], "control_share": 0.2, "max_share": 0.6}
    changes = {"experiments": [], "compliance__constraints": ["minors_excluded"]}
    made, rows = company("S1", Wishes(draw_id="s1_july"), strategies=[strategy], **changes)
    number = rows.index.str.extract(r"(\d+)$")[0].astype(int)
    assert (number % 150).between(61, 120).all()
    assert made.plan.id == "s1_july"
    assert made.plan.allocation.coverage == pytest.approx(0.75)
    able = sum(made.arms.values()) + made.left_out["outside"]
    assert made.arms["treated"] == pytest.approx(0.6 * able, abs=2 * able**0.5)
    for_all, _ = company("S1", strategies=[strategy | {"segments": ["all"]}], **changes)
    assert for_all.left_out["minor"] == 1


def test_without_a_column_of_consent_a_person_answers_for_it(company):
    ground = {"basis": "legitimate interest", "person": "counsel"}
    made, rows = company("summer", compliance={"consent_field": "customers.agreed",
                                               "legal_basis": {"marketing": ground}})
    assert set(rows["contactable"]) == {"unknown"}
    assert not {"no_consent", "consent_unknown"} & made.left_out.keys()
    need_none = [{"id": "sms", "consent_required": False}]
    made, rows = company("summer", channels=need_none)
    assert set(rows["contactable"]) == {"yes", "unknown"}  # a no stands whatever the channel
    assert made.left_out["no_consent"] == PEOPLE // 10


@pytest.mark.parametrize(("name", "wishes", "changes", "expected"), [
    ("winter", Wishes(), {}, ["strategies.unknown_target"]),
    ("summer", Wishes(starts=datetime.date(2026, 6, 1)), {}, ["strategies.starts_in_data"]),
    ("summer", Wishes(starts=datetime.date(2026, 9, 1)), {}, ["strategies.draw_over"]),
    ("summer", Wishes(coverage=1.5), {}, ["strategies.coverage"]),
    ("summer", Wishes(coverage=0.9), {"strategies": [{"id": "S1", "max_share": 0.25}]}, ["strategies.max_share"]),
    ("summer", Wishes(draw_id="other"), {}, ["strategies.id_of_experiment"]),
    ("S2", Wishes(), {"strategies": [{"id": "S2"}]}, ["strategies.no_control_share"]),
    ("S 2", Wishes(), {"strategies": [{"id": "S 2", "control_share": 0.1}]}, ["strategies.draw_id"]),
    ("S1", Wishes(), {"experiments": [{"id": name, "strategy": "S1", "arms": ARMS} for name in ("a", "b")]},
     ["strategies.several_targets"]),
    ("summer", Wishes(strata=("region",), starts=datetime.date(2026, 6, 1)),
     {"experiments": [{"id": "summer", "arms": ARMS, "cluster": "household_id"}]},
     ["strategies.starts_in_data", "strategies.strata_of_clusters"]),
])
def test_plans_that_make_no_sense_are_told(name, wishes, changes, expected):
    told = Brief.model_validate(brief(**changes))
    with pytest.raises(BadInput) as fault:
        plan_draw(told, find_target(told, name, DATA_END, ()), wishes, DATA_END)
    assert codes(fault) == expected
    assert fault.value.render("zh") != fault.value.render("en")


def test_a_strategy_stands_for_its_experiment_until_that_has_run():
    told = Brief.model_validate(brief())
    assert find_target(told, "S1", DATA_END, ())[0].id == "summer"
    assert find_target(told, "S1", DATA_END, {"summer"})[0] is None
    assert find_target(told, "S1", datetime.date(2026, 9, 1), ())[0] is None
    plan = plan_draw(told, find_target(told, "S1", DATA_END, {"summer"}), Wishes(), DATA_END)
    assert (plan.id, dict(plan.allocation.arms), plan.starts) == (
        "s1", {"control": 0.2, "treated": 0.8}, datetime.date(2026, 7, 1))


@pytest.mark.parametrize(("wishes", "changes", "expected"), [
    (Wishes(key="phone", strata=("tier", "colour")), {}, ["no_column", "no_column", "no_key"]),
    (Wishes(), {"strategies": [{"id": "S1", "segments": ["vip"]}]}, ["unknown_group"]),
    (Wishes(), {"compliance__consent_field": "customers.agreed"}, ["no_consent"]),
    (Wishes(), {"compliance__consent_field": "customers.agreed", "strategies": [{"id": "S1", "segments": ["vip"]}]},
     ["no_consent", "unknown_group"]),
])
def test_what_the_data_do_not_hold_is_told_together(company, wishes, changes, expected):
    with pytest.raises(BadInput) as fault:
        company("summer", wishes, **changes)
    assert codes(fault) == [f"strategies.{code}" for code in expected]


def test_fewer_customers_than_arms_are_no_audience(tmp_path):
    project = make_project(tmp_path / "p", people=4)
    with pytest.raises(BadInput) as fault:
        draw_list(project, "summer", Wishes())
    assert codes(fault) == ["strategies.few_customers", *["strategies.left_out"] * 2]
    assert not list((project / "private" / "actions").glob("[!.]*"))


def test_an_empty_audience_says_what_keeps_everybody_out(company):
    with pytest.raises(BadInput) as fault:
        company("summer", channels=[{"id": "sms", "max_per_customer_month": 0}])
    assert codes(fault) == ["strategies.few_customers", *["strategies.left_out"] * 4]
    assert "40 left out: declined marketing" in fault.value.render("en")


def test_shares_that_do_not_sum_are_refused_with_the_brief(tmp_path):
    project = make_project(tmp_path / "p", people=20,
                           experiments=[{"id": "summer", "arms": {"control": 0.5, "tea": 0.4}}])
    with pytest.raises(BadInput) as fault:
        draw_list(project, "summer", Wishes())
    assert codes(fault) == ["brief.arms_sum"]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_draw_that_breaks_off_leaves_the_list_before_it_or_none(tmp_path, monkeypatch, fault):
    project = make_project(tmp_path / "p", people=120)
    actions = project / "private" / "actions"

    def broken(*_):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(drawn_list, "_write_balance", broken)
        with pytest.raises((RunFailed, KeyboardInterrupt)):
            draw_list(project, "summer", Wishes())
    assert not [path for path in actions.iterdir() if path.is_dir()]
    folder = draw_list(project, "summer", Wishes(coverage=0.5)).folder
    before = (folder / "list.csv").read_bytes()
    monkeypatch.setattr(drawn_list, "_write_balance", broken)
    with pytest.raises((RunFailed, KeyboardInterrupt)):
        draw_list(project, "summer", Wishes(coverage=1.0), extend=True)
    assert (folder / "list.csv").read_bytes() == before
    assert [path.name for path in actions.iterdir() if path.is_dir()] == ["summer"]


def test_a_list_moved_aside_by_a_killed_draw_comes_back(tmp_path):
    folder = draw_list(make_project(tmp_path / "p", people=60), "summer", Wishes()).folder
    folder.rename(folder.with_name(".summer.old"))
    folder.with_name(".summer.part").mkdir()
    drawn_list.recover(folder)
    assert (folder / "manifest.json").is_file()
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["summer"]
