"""New projects: whole or not at all, on the user's files, on CDNOW, and the sample that notebooks run on."""

import datetime
import json
import shutil
import stat
import sys

import openpyxl
import pytest

from relops.brief import load_brief
from relops.data import starter
from relops.data.contract import contract
from relops.data.intake import gather_files
from relops.data.public import cdnow_master, cdnow_sample
from relops.data.starter import cdnow_sample_project, new_cdnow_project, new_project
from relops.errors import BadInput
from relops.project import Project

ORDERS = ("订单号,下单时间,实付金额,会员号\n1,2024-01-02 10:00:00,35.5,m1\n2,2024-01-03 11:30:00,20,m2\n"
          "3,2024-02-03 09:00:00,12.8,m1\n")


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "一月订单.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


def codes(caught) -> list[str]:
    assert all(caught.value.render(language) for language in ("zh", "en"))
    return [problem.code for problem in caught.value.problems]


def known(brief) -> tuple[str, str, str]:
    return brief.client.name, brief.finance.currency, brief.period.timezone


def test_a_project_on_the_users_own_file(tmp_path, orders):
    folder = new_project(tmp_path / "茶铺", [orders])
    assert {path.name for path in folder.iterdir()} == {
        ".gitignore", "README.md", "brief.schema.json", "brief.xlsx", "brief.yaml", "data", "notebooks", "private",
        "reports", "templates"}
    assert (folder / "data" / orders.name).read_bytes() == orders.read_bytes()
    brief = load_brief(folder / "brief.yaml")
    source, = brief.data.sources
    assert known(brief) == ("茶铺", "CNY", "Asia/Shanghai")
    assert source.files == f"data/{orders.name}" and source.grain == "order"
    assert source.columns == {"order_id": "订单号", "ordered_at": "下单时间", "amount": "实付金额",
                              "customer_id": "会员号"}
    lines = (folder / "brief.yaml").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.strip().startswith("amount: 实付金额"))
    assert "把握较大" in line and "fairly sure" in line
    currency = next(line for line in lines if line.strip().startswith("currency: CNY"))
    assert "请核对" in currency and "please check" in currency
    schema = json.loads((folder / "brief.schema.json").read_text(encoding="utf-8"))
    assert "client" in schema["properties"]
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "茶铺" in readme and "relops run ." in readme and "## " not in readme.split("\n")[0]


def test_what_the_user_states_is_not_assumed(tmp_path, orders):
    folder = new_project(tmp_path / "p", [orders], name="Tea", currency="EUR", timezone="Europe/Berlin",
                         data_end="2024-02-29")
    brief = load_brief(folder / "brief.yaml")
    assert known(brief) == ("Tea", "EUR", "Europe/Berlin")
    assert brief.period.data_end == datetime.date(2024, 2, 29)


def test_a_project_without_data_is_the_template(tmp_path):
    brief = load_brief(new_project(tmp_path / "empty") / "brief.yaml")
    assert list(brief.data.sources) == [] and brief.client.name == "empty"


def test_several_files_become_several_sources(tmp_path, orders):
    survey = tmp_path / "survey.csv"
    survey.write_text("提交答卷时间,会员号,推荐意愿\n2024-01-02 10:00:00,m1,9\n", encoding="utf-8")
    brief = load_brief(new_project(tmp_path / "p", [orders, survey]) / "brief.yaml")
    assert [source.table for source in brief.data.sources] == ["orders", "feedback"]
    assert brief.data.sources[1].columns["kind"].value == "nps"


def test_an_existing_project_is_never_overwritten(tmp_path, orders):
    folder = new_project(tmp_path / "p", [orders])
    before = (folder / "brief.yaml").read_bytes()
    with pytest.raises(BadInput) as caught:
        new_project(folder, [orders])
    assert codes(caught) == ["data.project.exists"]
    assert (folder / "brief.yaml").read_bytes() == before
    with pytest.raises(BadInput):
        new_cdnow_project(folder)


def test_an_empty_folder_is_taken(tmp_path, orders):
    (tmp_path / "p").mkdir()
    assert (new_project(tmp_path / "p", [orders]) / "brief.yaml").is_file()


def test_all_faults_of_all_files_at_once_and_nothing_left_behind(tmp_path, orders):
    empty, missing, twin = tmp_path / "empty.csv", tmp_path / "none.csv", tmp_path / "other" / orders.name
    empty.touch()
    twin.parent.mkdir()
    twin.write_bytes(orders.read_bytes().replace(b"1", b"2"))  # the very same contents would be read once
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BadInput) as caught:
        new_project(tmp_path / "p", [orders, empty, missing, twin])
    assert codes(caught) == ["data.project.twins", "data.door.empty", "data.guess.no_file"]
    assert sorted(tmp_path.iterdir()) == before


def test_a_failure_half_way_leaves_nothing(tmp_path, orders, monkeypatch):
    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(starter.shutil, "copyfile", full_disk)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BadInput) as caught:
        new_project(tmp_path / "p", [orders])
    assert codes(caught) == ["data.project.cannot_write"]
    assert "No space left" in caught.value.render("en")
    assert sorted(tmp_path.iterdir()) == before


def test_a_place_that_is_a_file_is_refused(tmp_path, orders):
    with pytest.raises(BadInput) as caught:
        new_project(orders / "p", [orders])
    assert codes(caught) == ["data.project.cannot_write"]


def test_cdnow_is_the_full_file(tmp_path):
    folder = new_cdnow_project(tmp_path / "cdnow")
    brief = load_brief(folder / "brief.yaml")
    assert brief.period.data_end == datetime.date(1998, 6, 30)
    assert (brief.finance.currency, brief.data.sources[0].grain) == ("USD", "event")
    assert (folder / "data" / "CDNOW_master.txt").read_bytes() == cdnow_master().read_bytes()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(starter, "user_cache_path", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache"


def test_the_sample_is_made_once_with_a_fixed_key(cache):
    folder = cdnow_sample_project()
    key = (folder / "private" / "id.key").read_text(encoding="ascii")
    assert len(bytes.fromhex(key)) == 32
    brief = load_brief(folder / "brief.yaml")
    assert brief.period.data_end == datetime.date(1997, 9, 30)
    assert brief.data.sources[0].columns["customer_id"] == "customer_id"
    assert (folder / "data" / "CDNOW_sample.txt").read_bytes() == cdnow_sample().read_bytes()
    (folder / "mark").touch()
    assert cdnow_sample_project() == folder and (folder / "mark").exists()
    shutil.rmtree(cache)
    assert (cdnow_sample_project() / "private" / "id.key").read_text(encoding="ascii") == key


def test_two_sessions_may_make_the_sample_at_once(cache, monkeypatch):
    first = cdnow_sample_project()
    keep = first.with_name("keep")
    first.rename(keep)
    real = starter.write_brief

    def other_session_is_faster(*arguments):
        real(*arguments)
        if not first.exists():
            shutil.copytree(keep, first)

    monkeypatch.setattr(starter, "write_brief", other_session_is_faster)
    assert cdnow_sample_project() == first
    assert [path.name for path in first.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_private_is_for_its_owner_alone(tmp_path):
    folder = new_project(tmp_path / "p")
    assert stat.S_IMODE((folder / "private").stat().st_mode) == 0o700


def test_the_workbook_and_the_templates_of_a_project(tmp_path, orders):
    folder = new_project(tmp_path / "p", [orders])
    only = load_brief(folder / "brief.yaml")
    (folder / "brief.yaml").unlink()
    assert load_brief(folder / "brief.yaml") == only  # from brief.xlsx alone
    assert Project.open(folder).brief == only
    assert {path.stem for path in (folder / "templates").iterdir()} == set(contract())
    for table in contract().values():
        sheet = openpyxl.load_workbook(folder / "templates" / f"{table.name}.xlsx").active
        assert [cell.value for cell in sheet[1]] == list(table.columns)


def test_a_filled_in_template_is_read_as_it_is(tmp_path, orders):
    folder = new_project(tmp_path / "p", [orders])
    path = folder / "templates" / "tickets.xlsx"
    book = openpyxl.load_workbook(path)
    book.active.append(["T1", datetime.datetime(2024, 1, 5, 9, 30), "m1"])
    book.save(path)
    brief = load_brief(new_project(tmp_path / "q", [path]) / "brief.yaml")
    source, = brief.data.sources
    assert source.table == "tickets"
    assert source.columns == {"ticket_id": "ticket_id", "opened_at": "opened_at", "customer_id": "customer_id"}


def test_files_of_the_system_beside_the_data_are_left_aside(tmp_path):
    for name in ("orders.csv", "Thumbs.db", ".DS_Store", "desktop.ini", "~$orders.xlsx"):
        (tmp_path / name).write_text("order_id,date,amount\n1,2024-01-02,3.5\n", encoding="utf-8")
    gathered = gather_files([tmp_path])
    assert [path.name for path in gathered.data] == ["orders.csv"]
    assert len(gathered.left_aside) == 4
